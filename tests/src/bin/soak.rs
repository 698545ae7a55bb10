//! The page under use for a long time: `cargo xtask soak --minutes 30`.
//!
//! Three clients, of which one listens, a workload in the background, and keys that expire; every ten seconds what the
//! page's heap holds after a collection, how many nodes it has, and what its processes have in memory. Ends with what
//! that was at the beginning and at the end, and fails if the console was not clean or memory went on growing.

use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tests::browser::{Page, Profile, Terminal, TestSite};

const USAGE: &str = "usage: soak [--minutes N]\n  --minutes N    how long; 30 unless given";
const SAMPLE_EVERY: Duration = Duration::from_secs(10);
/// More growth than this from the first quarter to the last, of heap or of processes, is a leak.
const MOST_GROWTH: f64 = 1.15;

/// What was measured at one moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Duration,
    heap_mb: f64,
    nodes: f64,
    processes_mb: f64,
}

fn main() -> ExitCode {
    match minutes().and_then(soak) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
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
    let site = TestSite::at_root()?;
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
    let began = Instant::now();
    let until = Duration::from_secs_f64(minutes * 60.0);
    let mut samples: Vec<Sample> = Vec::new();
    let mut round = 0u64;
    while began.elapsed() < until {
        for _ in 0..20 {
            round += 1;
            terminal.check(&format!("SET soak:{} {round} PX 1500", round % 500), "OK");
            terminal.line(&format!("PUBLISH news:{} {round}", round % 7));
        }
        if samples.last().is_none_or(|last| began.elapsed() - last.at > SAMPLE_EVERY) {
            let sample = measure(&page, &profile, began.elapsed())?;
            println!(
                "{:4} s  heap {:6.1} MB  nodes {:6}  processes {:7.1} MB",
                sample.at.as_secs(),
                sample.heap_mb,
                sample.nodes,
                sample.processes_mb
            );
            samples.push(sample);
            terminal.clear();
        }
    }
    page.close();
    judge(&samples, round)
}

fn measure(page: &Page, profile: &Profile, at: Duration) -> Result<Sample, String> {
    page.devtools("HeapProfiler.collectGarbage", json!({}));
    page.devtools("Performance.enable", json!({}));
    let metrics = page.devtools("Performance.getMetrics", json!({}));
    let metric = |name: &str| {
        let all = metrics["metrics"].as_array().into_iter().flatten();
        all.filter(|it| it["name"] == name).find_map(|it| it["value"].as_f64()).unwrap_or(f64::NAN)
    };
    Ok(Sample {
        at,
        heap_mb: metric("JSHeapUsedSize") / 1e6,
        nodes: metric("Nodes"),
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
    let early = samples.get(quarter..2 * quarter).unwrap_or_default();
    let late = samples.get(samples.len() - quarter..).unwrap_or_default();
    let mean = |of: &[Sample], value: fn(&Sample) -> f64| of.iter().map(value).sum::<f64>() / of.len() as f64;
    println!("{} commands typed", 2 * commands);
    let mut leaks = Vec::new();
    for (what, value) in [
        ("heap MB", (|sample| sample.heap_mb) as fn(&Sample) -> f64),
        ("nodes", |sample| sample.nodes),
        ("processes MB", |sample| sample.processes_mb),
    ] {
        let (before, after) = (mean(early, value), mean(late, value));
        println!("{what}: {before:.1} in the second quarter, {after:.1} in the last");
        if after > before * MOST_GROWTH {
            leaks.push(what);
        }
    }
    if leaks.is_empty() { Ok(()) } else { Err(format!("still growing: {leaks:?}")) }
}
