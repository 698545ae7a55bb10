//! The page under use for a long time: `cargo xtask soak --minutes 30`.
//!
//! Three clients, of which one listens, a workload in the background, and keys that expire; every ten seconds what the
//! page's heap holds after a collection, how many nodes and listeners it has, how large the memories of its wasm and of
//! the worker's are, and what its processes have in memory. Ends with what that was at the beginning and at the end, and
//! fails if the console was not clean or any of it went on growing.

use ::tests::browser::{Page, Profile, Terminal, TestSite};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const USAGE: &str = "usage: soak [--minutes N]\n  --minutes N    how long; 30 unless given";
const SAMPLE_EVERY: Duration = Duration::from_secs(10);

/// What is measured: what it is called, how much more than before is a leak, as a share and in its unit, and where it is.
type Measure = (&'static str, f64, f64, fn(&Sample) -> f64);

/// A wasm memory never shrinks and grows in steps: with the same use it stands still once everything was used.
const MEASURES: [Measure; 6] = [
    ("heap MB", 0.05, 0.5, |it| it.heap_mb),
    // The terminals keep their last 6,000 lines: until they are full, these come to them.
    ("nodes", 0.15, 100.0, |it| it.nodes),
    ("listeners", 0.02, 10.0, |it| it.listeners),
    ("page's wasm MB", 0.0, 0.7, |it| it.page_mb),
    ("worker's wasm MB", 0.0, 1.4, |it| it.worker_mb),
    // The browser's own caches are in it.
    ("processes MB", 0.15, 0.0, |it| it.processes_mb),
];

/// What was measured at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    at: Duration,
    heap_mb: f64,
    nodes: f64,
    listeners: f64,
    page_mb: f64,
    worker_mb: f64,
    processes_mb: f64,
}

fn main() -> ExitCode {
    ::tests::ended::ended(minutes().and_then(soak))
}

fn minutes() -> Result<f64, String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Ok(30.0),
        ["--minutes", number] => number.parse().map_err(|_| format!("{number} is no number\n{USAGE}")),
        _ => Err(USAGE.to_owned()),
    }
}

fn soak(minutes: f64) -> Result<(), String> {
    let site = TestSite::that_tells_memory()?;
    let profile = Profile::create()?;
    let page = Page::open(&profile, &site.url(""))?;
    let mut terminal = Terminal::find(&page);
    terminal.check("SET started yes", "OK");
    for name in ["listener", "worker"] {
        page.press("New client");
        terminal = Terminal::find(&page);
        terminal.check(&format!("CLIENT SETNAME {name}"), "OK");
        if name == "listener" {
            terminal.enter("PSUBSCRIBE news:* __key*__:expired");
        }
    }
    terminal.check("CONFIG SET notify-keyspace-events Ex", "OK");
    page.press("Workload");
    page.press("Start");
    page.click(&terminal.input);
    let began = Instant::now();
    let until = Duration::from_secs_f64(minutes * 60.0);
    let mut samples: Vec<Sample> = Vec::new();
    let mut round = 0u64;
    while began.elapsed() < until {
        for _ in 0..20 {
            round += 1;
            say(&page, &terminal, &format!("SET soak:{} {round} PX 1500", round % 500), "OK");
            say(&page, &terminal, &format!("PUBLISH news:{} {round}", round % 7), "(integer) 1");
        }
        if samples.last().is_none_or(|last| began.elapsed() - last.at > SAMPLE_EVERY) {
            let sample = measure(&page, &profile, began.elapsed())?;
            let figures = MEASURES.map(|(what, _, _, of)| format!("{what} {:.1}", of(&sample)));
            println!("{:4} s  {}", sample.at.as_secs(), figures.join("  "));
            samples.push(sample);
            terminal.clear();
        }
    }
    page.close();
    judge(&samples, round)
}

/// Types a line and waits for its reply. By the browser's own input: what WebDriver types with leaves some 200 bytes in the
/// page's heap for each line, which in half an hour looks like a leak of the page.
fn say(page: &Page, terminal: &Terminal, line: &str, reply: &str) {
    page.devtools("Input.insertText", json!({ "text": line }));
    for kind in ["keyDown", "keyUp"] {
        let enter = json!({"type": kind, "key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13});
        page.devtools("Input.dispatchKeyEvent", enter);
    }
    terminal.wait_for(&format!("{line}\n{reply}"));
}

fn measure(page: &Page, profile: &Profile, at: Duration) -> Result<Sample, String> {
    // What one collection finds loose, a later one frees.
    for _ in 0..3 {
        page.devtools("HeapProfiler.collectGarbage", json!({}));
    }
    page.devtools("Performance.enable", json!({}));
    let metrics = page.devtools("Performance.getMetrics", json!({}));
    let metric = |name: &str| {
        let all = metrics["metrics"].as_array().into_iter().flatten();
        all.filter(|it| it["name"] == name).find_map(|it| it["value"].as_f64()).unwrap_or(f64::NAN)
    };
    let wasm = page.own("return await wasmBytes()", json!([]));
    let wasm_mb = |place: usize| wasm[place].as_f64().unwrap_or(f64::NAN) / 1e6;
    Ok(Sample {
        at,
        heap_mb: metric("JSHeapUsedSize") / 1e6,
        nodes: metric("Nodes"),
        listeners: metric("JSEventListeners"),
        page_mb: wasm_mb(0),
        worker_mb: wasm_mb(1),
        processes_mb: processes_mb(&profile.data())?,
    })
}

/// The memory of all processes of the browser with this profile, as the system counts it: the page's and the worker's
/// wasm are in it.
fn processes_mb(profile: &Path) -> Result<f64, String> {
    let wanted = format!("--user-data-dir={}", profile.display());
    let mut kilobytes = 0.0;
    for process in std::fs::read_dir("/proc").map_err(|error| error.to_string())?.flatten() {
        let file = |name: &str| std::fs::read(process.path().join(name)).unwrap_or_default();
        let arguments = file("cmdline");
        if !arguments.split(|&byte| byte == 0).any(|argument| argument == wanted.as_bytes()) {
            continue;
        }
        let rollup = String::from_utf8_lossy(&file("smaps_rollup")).into_owned();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
        kilobytes += line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default();
    }
    Ok(kilobytes / 1e3)
}

/// Compares the second quarter with the last one: the first has what only a start needs.
fn judge(samples: &[Sample], commands: u64) -> Result<(), String> {
    let quarter = samples.len() / 4;
    if quarter == 0 {
        return Err(format!("too short to tell: {} samples", samples.len()));
    }
    println!("{} commands typed", 2 * commands);
    let early = samples.get(quarter..2 * quarter).unwrap_or_default();
    let late = samples.get(samples.len() - quarter..).unwrap_or_default();
    let mut leaks = Vec::new();
    for (what, share, more, of) in MEASURES {
        let mean = |samples: &[Sample]| samples.iter().map(of).sum::<f64>() / samples.len() as f64;
        let (before, after) = (mean(early), mean(late));
        println!("{what}: {before:.1} in the second quarter, {after:.1} in the last");
        let most = before * (1.0 + share) + more;
        // What could not be measured is no proof.
        if after.is_nan() || most.is_nan() || after > most {
            leaks.push(what);
        }
    }
    if leaks.is_empty() { Ok(()) } else { Err(format!("still growing: {leaks:?}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half an hour of samples, each made of its number.
    fn run(of: impl Fn(f64) -> Sample) -> Result<(), String> {
        judge(&(0..180).map(|number| of(f64::from(number))).collect::<Vec<_>>(), 0)
    }

    fn steady(number: f64) -> Sample {
        // What is collected now and then goes up and down.
        let wave = (number * 0.7).sin();
        Sample {
            at: Duration::from_secs_f64(number * 10.0),
            heap_mb: 12.0 + wave,
            nodes: 4000.0 + 100.0 * wave,
            listeners: 300.0,
            page_mb: 4.0,
            worker_mb: 20.0,
            processes_mb: 500.0 + 30.0 * wave,
        }
    }

    #[test]
    fn what_goes_up_and_down_is_no_leak() {
        assert_eq!(run(steady), Ok(()));
    }

    #[test]
    fn slow_leaks_are_found() {
        let check = |what: &str, of: fn(f64) -> Sample| {
            assert_eq!(run(of), Err(format!("still growing: [{what:?}]")));
        };
        // 15 kB of heap, 12 nodes, a listener in four samples, 16 kB of wasm: in ten seconds each.
        check("heap MB", |number| Sample { heap_mb: 12.0 + 0.015 * number, ..steady(number) });
        check("nodes", |number| Sample { nodes: 4000.0 + 12.0 * number, ..steady(number) });
        check("listeners", |number| Sample { listeners: 300.0 + 0.25 * number, ..steady(number) });
        check("page's wasm MB", |number| Sample { page_mb: 4.0 + 0.016 * number, ..steady(number) });
        check("worker's wasm MB", |number| Sample { worker_mb: 20.0 + 0.016 * number, ..steady(number) });
        check("processes MB", |number| Sample { processes_mb: 500.0 + 1.5 * number, ..steady(number) });
        check("heap MB", |number| Sample { heap_mb: f64::NAN, ..steady(number) });
    }
}
