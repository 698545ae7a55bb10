//! What a visitor of the page feels, in one run: the time to the first command, what each route has the host send, and the
//! longest frames while much happens. The load of the machine stands beside each, because it decides much of them.

use crate::report::{median, table};
use crate::sizes;
use ::tests::browser::frames::{self, Frames};
use ::tests::browser::{Page, Profile, TestSite, start};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use xtask::workspace::say;

/// A route, and the role and name of what is there once it can be used.
const ROUTES: [(&str, &str, &str); 7] = [
    ("", "log", "Replies"),
    ("embed?cmd=PING", "log", "Replies"),
    ("learn", "heading", "Learn Redis by doing"),
    ("learn/which-structure", "log", "Replies"),
    ("commands", "region", "Sorted sets"),
    ("commands/ZADD", "region", "Example 1"),
    ("components", "region", "Layouts"),
];

/// The page comes to rest, and then fetches what it may need later. Without its idle time it asks for what it needs only.
const NEVER_AT_REST: &str = "window.requestIdleCallback = () => 0;";
/// What the worker fetches by itself as soon as it has begun, whatever the route is.
const AT_REST: &str = "worker_later.wasm";
/// What comes by itself has come after so long.
const SETTLED: &str = "window.thereAt ??= performance.now(); return performance.now() - window.thereAt > 6000";

/// The load of the machine over the last minute, where the system tells.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("?").to_owned()
}

/// What one route has the host send.
struct Route {
    path: &'static str,
    /// In bytes of brotli: until it can be used, and what follows by itself.
    first: usize,
    later: usize,
    /// Each file of the former with its bytes, the largest first.
    files: Vec<(String, usize)>,
}

/// Everything that was measured, and the load before each part.
pub struct Figures {
    visits: (Vec<f64>, Vec<f64>),
    visits_load: String,
    routes: Vec<Route>,
    /// Of all files, which the service worker keeps for a day without a network.
    kept: usize,
    file: Vec<Frames>,
    file_load: String,
    keys: Vec<Frames>,
    keys_load: String,
}

/// Measures the page in this folder.
pub fn measure(folder: &Path, visits: usize) -> Result<Figures, String> {
    let site = TestSite::copy_of(folder)?;
    say("first visits and next ones");
    let visits_load = load();
    let once = || {
        let profile = Profile::create()?;
        let visit = || start::until_accepted(&profile, &site.url(""));
        Ok((visit()?, visit()?))
    };
    let visits: (Vec<f64>, Vec<f64>) =
        (0..visits).map(|_| once()).collect::<Result<Vec<_>, String>>()?.into_iter().unzip();
    say("what each route asks for");
    let mut packed = Packed { folder, known: BTreeMap::new() };
    let bare = TestSite::copy_of(folder)?.not_kept()?;
    let routes = ROUTES.map(|route| measure_route(&bare, route, &mut packed));
    let routes = routes.into_iter().collect::<Result<_, _>>()?;
    let kept = packed.all()?;
    say("a file of 100,000 commands");
    let file_load = load();
    let file = repeat(
        visits.0.len().min(3),
        |profile, page| {
            let file = profile.file("commands.txt", frames::commands(100_000).as_bytes())?;
            frames::while_a_file_runs(page, &file)
        },
        &site,
    )?;
    say("a million keys");
    let keys_load = load();
    let keys = repeat(visits.0.len().min(3), |_, page| frames::while_a_million_keys_come(page), &site)?;
    Ok(Figures { visits, visits_load, routes, kept, file, file_load, keys, keys_load })
}

/// Measures so many times, each in a browser of its own.
fn repeat(
    times: usize,
    look: impl Fn(&Profile, &Page) -> Result<Frames, String>,
    site: &TestSite,
) -> Result<Vec<Frames>, String> {
    let once = || {
        let profile = Profile::create()?;
        let page = Page::open(&profile, &site.url(""))?;
        // What the page fetches at rest is no part of it.
        page.wait_until_kept();
        let frames = look(&profile, &page)?;
        page.close();
        Ok(frames)
    };
    (0..times).map(|_| once()).collect()
}

fn measure_route(site: &TestSite, route: (&'static str, &str, &str), packed: &mut Packed) -> Result<Route, String> {
    let (path, role, name) = route;
    let visit = |before: &str, settles: bool| -> Result<Vec<String>, String> {
        let page = Page::open(&Profile::create()?, "about:blank")?;
        page.before_page(before);
        site.record();
        page.go(&site.url(path));
        page.find(role, name);
        if settles {
            page.own(SETTLED, json!([]));
        }
        let mut files = site.record();
        page.close();
        files.sort_unstable();
        files.dedup();
        Ok(files)
    };
    let mut files = Vec::new();
    for name in visit(NEVER_AT_REST, false)? {
        if !name.ends_with(AT_REST) {
            let bytes = packed.size(&name)?;
            files.push((name, bytes));
        }
    }
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let mut all = 0;
    for name in visit("", true)? {
        all += packed.size(&name)?;
    }
    let first = files.iter().map(|(_, bytes)| bytes).sum();
    Ok(Route { path, first, later: all.saturating_sub(first), files })
}

/// The files of a folder as a host sends them, each packed once.
struct Packed<'a> {
    folder: &'a Path,
    known: BTreeMap<String, usize>,
}

impl Packed<'_> {
    fn size(&mut self, name: &str) -> Result<usize, String> {
        if let Some(bytes) = self.known.get(name) {
            return Ok(*bytes);
        }
        let path = self.folder.join(name);
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let packed = sizes::brotli(&fs::read(&path).map_err(failed)?).map_err(failed)?;
        self.known.insert(name.to_owned(), packed);
        Ok(packed)
    }

    /// All of them.
    fn all(&mut self) -> Result<usize, String> {
        let mut names = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(below) = folders.pop() {
            let folder = self.folder.join(&below);
            let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
            for entry in fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let name = format!("{below}{}", entry.file_name().to_string_lossy());
                match entry.path().is_dir() {
                    true => folders.push(format!("{name}/")),
                    false => names.push(name),
                }
            }
        }
        let mut bytes = 0;
        for name in names {
            bytes += self.size(&name)?;
        }
        Ok(bytes)
    }
}

fn kilobytes(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / 1000.0)
}

/// How the middle and the worst of some runs are written.
fn of_frames(all: &[Frames]) -> String {
    let longest: Vec<f64> = all.iter().map(|it| it.longest_ms).collect();
    let took: Vec<f64> = all.iter().map(|it| it.took_ms).collect();
    let worst = longest.iter().copied().fold(0.0, f64::max);
    format!(
        "longest frame {:.0} ms (worst of {} runs {worst:.0} ms), {:.1} s in all",
        median(&longest),
        all.len(),
        median(&took) / 1000.0
    )
}

impl Figures {
    pub fn text(&self) -> String {
        let (cold, warm) = &self.visits;
        let mut text = format!(
            "From navigation to the reply of a first command, typed by a script as soon as there is a line to type in; medians of {}:\n\
             {:.0} ms with an empty profile, {:.0} ms on the next visit (load {}).\n\n",
            cold.len(),
            median(cold),
            median(warm),
            self.visits_load
        );
        let mut lines = vec![["Route, kB of brotli", "first", "later"].map(String::from).to_vec()];
        for route in &self.routes {
            lines.push(vec![format!("/{}", route.path), kilobytes(route.first), kilobytes(route.later)]);
        }
        text += &table(&lines);
        text += "first: what the browser asks for until the route can be used; later: what follows by itself.\n";
        if let Some(home) = self.routes.first() {
            let files: Vec<String> =
                home.files.iter().map(|(name, bytes)| format!("{name} {}", kilobytes(*bytes))).collect();
            let _ = writeln!(text, "The first of /: {}.", files.join(", "));
        }
        let _ = writeln!(
            text,
            "All files, kept for visits without a network: {} kB.\n\n\
             A file of 100,000 commands: {} (load {}).\nA million keys streaming in: {} (load {}).",
            kilobytes(self.kept),
            of_frames(&self.file),
            self.file_load,
            of_frames(&self.keys),
            self.keys_load
        );
        text
    }

    pub fn json(&self) -> Value {
        let frames = |all: &[Frames]| -> Vec<Value> {
            all.iter()
                .map(|it| json!({"longest_ms": it.longest_ms, "frames": it.frames, "took_ms": it.took_ms}))
                .collect()
        };
        let routes: Vec<Value> = self
            .routes
            .iter()
            .map(
                |it| json!({"route": format!("/{}", it.path), "first": it.first, "later": it.later, "files": it.files}),
            )
            .collect();
        json!({
            "first_command_ms": {"first_visit": self.visits.0, "later_visit": self.visits.1, "load": self.visits_load},
            "routes_brotli": routes,
            "kept_brotli": self.kept,
            "file_of_100000_commands": {"runs": frames(&self.file), "load": self.file_load},
            "million_keys": {"runs": frames(&self.keys), "load": self.keys_load},
        })
    }
}
