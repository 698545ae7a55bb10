//! Measures what the project promises, beside the real Redis, and prints it. `cargo xtask bench` builds everything
//! and runs this with the paths of our server and of the built page.
//!
//! All sides are measured in turn in one run, several times, and their medians compared: machines differ and drift,
//! ratios less so. Timings fail nothing.

mod browser;
mod in_process;
mod lua;
mod lua_report;
mod memory;
mod more;
mod page;
mod report;
mod servers;
mod sizes;
mod workload;

use report::{PIPELINES, Report, Row};
use servers::Servers;
use std::path::Path;
use std::process::ExitCode;
use workload::{WORKLOADS, Workload};
use xtask::site::Site;
use xtask::workspace::{self, say};

/// How much is measured.
struct Plan {
    repetitions: usize,
    /// Commands of the engine in process, and requests to the servers by [`PIPELINES`], for a workload of share 10.
    commands: usize,
    requests: [usize; 3],
    elements: u64,
    visits: usize,
}

const FULL: Plan =
    Plan { repetitions: 5, commands: 1_000_000, requests: [60_000, 400_000, 800_000], elements: 1_000_000, visits: 5 };
const QUICK: Plan =
    Plan { repetitions: 1, commands: 200_000, requests: [20_000, 100_000, 200_000], elements: 1_000_000, visits: 1 };

fn main() -> ExitCode {
    workspace::since_start();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let plan = if words.iter().any(|word| word == "--quick") { QUICK } else { FULL };
    let scripts_alone = words.first().is_some_and(|word| word == "lua");
    let page_alone = words.first().is_some_and(|word| word == "page");
    words.retain(|word| word != "--quick" && word != "lua" && word != "page");
    let (server, output, page) = match words.as_slice() {
        [server, output] => (server, output, None),
        [server, output, page] => (server, output, Some(Path::new(page))),
        _ => {
            return Err("usage: bench [lua|page] [--quick] SERVER OUTPUT [PAGE]; `cargo xtask bench` knows them".into());
        }
    };
    if scripts_alone {
        let report = lua::measure(plan.repetitions, Path::new(server), page)?;
        return write(Path::new(output), &report.json(), &report.text());
    }
    if page_alone {
        let folder = page.ok_or("there is no page to measure")?;
        let figures = page::measure(folder, plan.visits)?;
        return write(Path::new(output), &figures.json(), &figures.text());
    }
    let report = measure(&plan, Path::new(server), page)?;
    write(Path::new(output), &report.json(), &report.text())
}

/// Prints the figures, and writes them into a file.
fn write(output: &Path, json: &serde_json::Value, text: &str) -> Result<(), String> {
    let written = std::fs::write(output, format!("{json:#}\n"));
    written.map_err(|error| format!("cannot write {}: {error}", output.display()))?;
    println!("\n{text}\nWritten to {}", output.display());
    Ok(())
}

fn measure(plan: &Plan, server: &Path, page: Option<&Path>) -> Result<Report, String> {
    let servers = Servers::start(server)?;
    let site = page.map(|page| Site::start(page, "/", 0)).transpose()?;
    let tab = site.as_ref().map(browser::Tab::open).transpose()?;
    let mut rows: Vec<Row> = WORKLOADS.map(Row::new).into();
    for repetition in 1..=plan.repetitions {
        for row in &mut rows {
            say(&format!("round {repetition} of {}: {}", plan.repetitions, row.workload.name));
            measure_row(plan, &servers, tab.as_ref(), repetition, row)?;
        }
    }
    drop(tab);
    let mut more = more::ROWS.map(more::Figures::new);
    for repetition in 1..=plan.repetitions {
        for figures in &mut more {
            say(&format!("round {repetition} of {}: {}", plan.repetitions, figures.row.name));
            more::measure(&servers, figures, plan.commands / 5, repetition)?;
        }
    }
    let mut memory = Vec::new();
    for shape in memory::SHAPES {
        say(&format!("filling both servers with {} {}", plan.elements, shape.name));
        memory.push(memory::measure(&servers, shape, plan.elements)?);
    }
    let (mut first_command, mut sizes) = ((Vec::new(), Vec::new()), Vec::new());
    if let (Some(site), Some(page)) = (&site, page) {
        say("opening the page");
        let visits = (0..plan.visits).map(|_| browser::first_command(site));
        first_command = visits.collect::<Result<Vec<_>, String>>()?.into_iter().unzip();
        say("packing the page's files");
        sizes = sizes::measure(page)?;
    }
    let version = |program: &str| workspace::output(std::process::Command::new(program).arg("--version"));
    let browser = match xtask::programs::CHROMIUM.find() {
        Some(chromium) if site.is_some() => {
            format!("Chromium {}", word_after(&version(&chromium.to_string_lossy())?, "Chromium "))
        }
        _ => "no browser".to_string(),
    };
    Ok(Report {
        rows,
        more: more.into(),
        elements: plan.elements,
        memory,
        sizes,
        first_command,
        redis: format!("Redis {}", word_after(&version("redis-server")?, "v=")),
        browser,
    })
}

/// The word that follows `before`; all of the text when nothing does.
fn word_after<'a>(text: &'a str, before: &str) -> &'a str {
    let word = text.split_once(before).and_then(|(_, rest)| rest.split_whitespace().next());
    word.unwrap_or(text.trim())
}

fn measure_row(
    plan: &Plan,
    servers: &Servers,
    tab: Option<&browser::Tab>,
    repetition: usize,
    row: &mut Row,
) -> Result<(), String> {
    let workload: Workload = row.workload;
    let scaled = |count: usize| count * workload.share / 10;
    row.native.push(in_process::measure(&workload, scaled(plan.commands))?);
    if let Some(tab) = tab {
        row.wasm.push(browser::measure(tab, &workload, scaled(plan.commands))?);
    }
    if !workload.follows() {
        servers.empty()?;
    }
    for (at, (pipeline, requests)) in PIPELINES.into_iter().zip(plan.requests).enumerate() {
        let mut sides = [(servers.ours.side(), &mut row.ours), (servers.real, &mut row.real)];
        // Neither always goes first.
        if repetition.is_multiple_of(2) {
            sides.reverse();
        }
        for (side, figures) in sides {
            let figure = servers::benchmark(side, &workload, pipeline, scaled(requests))?;
            figures.get_mut(at).map(|figures| figures.push(figure)).ok_or("a figure has no place")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_versions() {
        assert_eq!(word_after("Redis server v=7.0.15 sha=0\n", "v="), "7.0.15");
        assert_eq!(word_after("Google Chrome 130.0\n", "Chromium "), "Google Chrome 130.0");
    }
}
