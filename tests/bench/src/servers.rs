//! Our server and the real one, side by side, under `redis-benchmark`.

use crate::workload::{RANGE, Workload};
use ::tests::process::{Process, free_port};
use ::tests::{Client, RealServer};
use std::path::Path;
use std::process::Command;

/// What our server prints when it listens.
const READY: &str = "Ready to accept connections";

/// The two servers.
pub struct Servers {
    pub ours: Ours,
    pub real: Side,
    _process: RealServer,
}

/// Where one of them is.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    pub port: u16,
    pub process: u32,
}

/// Our server as a process of its own.
pub struct Ours {
    process: Process,
    port: u16,
}

impl Ours {
    /// Starts this program on a free port, in a folder where it finds no data.
    pub fn start(program: &Path) -> Result<Ours, String> {
        let port = free_port()?;
        let folder = std::env::temp_dir();
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dbfilename", "no-such.rdb"]);
        let process = Process::start(command.arg("--dir").arg(folder), READY)?;
        Ok(Ours { port, process })
    }

    pub fn side(&self) -> Side {
        Side { port: self.port, process: self.process.id() }
    }
}

impl Servers {
    pub fn start(program: &Path) -> Result<Servers, String> {
        let (ours, real) = (Ours::start(program)?, RealServer::start()?);
        let process = info(real.port(), "server", "process_id")? as u32;
        Ok(Servers { ours, real: Side { port: real.port(), process }, _process: real })
    }

    /// Empties both.
    pub fn empty(&self) -> Result<(), String> {
        for side in [self.ours.side(), self.real] {
            line(side.port, "FLUSHALL")?;
        }
        Ok(())
    }
}

/// One command, and its reply as text.
pub fn line(port: u16, command: &str) -> Result<String, String> {
    let reply = Client::connect(port).and_then(|mut client| client.line(command));
    let reply = reply.map_err(|error| format!("{command}: {error}"))?;
    if reply.starts_with(b"-") { Err(::tests::wire::show(&reply)) } else { Ok(String::from_utf8_lossy(&reply).into()) }
}

/// A number from INFO.
pub fn info(port: u16, section: &str, field: &str) -> Result<f64, String> {
    let text = line(port, &format!("INFO {section}"))?;
    let value = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')?.trim().parse().ok());
    value.ok_or_else(|| format!("INFO {section} has no {field}"))
}

/// What one run of redis-benchmark found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    pub requests_per_second: f64,
    /// Microseconds that the server computed for each request, where Linux tells. Other load on the machine, and
    /// the price of redis-benchmark itself, are not in it.
    pub cpu_us: Option<f64>,
}

/// Runs redis-benchmark with its 50 clients against the server in this process.
pub fn benchmark(side: Side, workload: &Workload, pipeline: usize, requests: usize) -> Result<Figures, String> {
    let mut command = Command::new("redis-benchmark");
    command.args(["-p", &side.port.to_string(), "-t", workload.test, "-P", &pipeline.to_string()]);
    command.args(["-n", &requests.to_string(), "-r", &RANGE.to_string(), "-q", "--csv"]);
    let before = cpu_ns(side.process);
    let text = xtask::workspace::output(&mut command)?;
    let after = cpu_ns(side.process);
    let speed = requests_per_second(&text).ok_or_else(|| format!("redis-benchmark printed no figure: {text}"))?;
    // A run may consist of several tests of as many requests each.
    let all = (requests * text.lines().count().saturating_sub(1).max(1)) as f64;
    let cpu_us = before.zip(after).map(|(before, after)| (after - before) / all / 1_000.0);
    Ok(Figures { requests_per_second: speed, cpu_us })
}

/// Nanoseconds that the first thread of a process has run: both servers do their work in it.
fn cpu_ns(process: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The figure in the last line: a test may be preceded by another that it needs.
fn requests_per_second(csv: &str) -> Option<f64> {
    csv.lines().last()?.split(',').nth(1)?.trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_last_figure() {
        let csv = "\"test\",\"rps\",\"avg_latency_ms\"\n\"LPUSH (needed to benchmark LRANGE)\",\"1111111.12\",\"0.368\"\n\
                   \"LRANGE_100 (first 100 elements)\",\"160000.00\",\"2.813\"\n";
        assert_eq!(requests_per_second(csv), Some(160_000.0));
        assert_eq!(requests_per_second("\"test\",\"rps\"\n"), None);
        assert_eq!(requests_per_second(""), None);
    }
}
