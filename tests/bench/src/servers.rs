//! Our server and the real one, side by side, under `redis-benchmark`.

use crate::workload::{RANGE, Workload};
use ::tests::process::Process;
use ::tests::{Client, RealServer};
use std::path::Path;
use std::process::Command;

/// What our server prints before its address.
const READY: &str = "Ready to accept connections on ";

/// The two servers.
pub struct Servers {
    pub ours: Ours,
    pub real: RealServer,
}

/// Our server as a process of its own.
pub struct Ours {
    process: Process,
    port: u16,
}

impl Ours {
    /// Starts this program on a free port.
    pub fn start(program: &Path) -> Result<Ours, String> {
        let process = Process::start(Command::new(program).args(["--port", "0", "--save", ""]), READY)?;
        let log = process.log();
        let port = log.split(READY).nth(1).and_then(|rest| rest.trim().rsplit(':').next()?.parse().ok());
        Ok(Ours { port: port.ok_or_else(|| format!("our server named no port: {log}"))?, process })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn process_id(&self) -> u32 {
        self.process.id()
    }
}

impl Servers {
    pub fn start(program: &Path) -> Result<Servers, String> {
        Ok(Servers { ours: Ours::start(program)?, real: RealServer::start()? })
    }

    /// Empties both.
    pub fn empty(&self) -> Result<(), String> {
        for port in [self.ours.port(), self.real.port()] {
            line(port, "FLUSHALL")?;
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

/// Requests a second that redis-benchmark reaches with 50 clients.
pub fn benchmark(port: u16, workload: &Workload, pipeline: usize, requests: usize) -> Result<f64, String> {
    let mut command = Command::new("redis-benchmark");
    command.args(["-p", &port.to_string(), "-t", workload.test, "-P", &pipeline.to_string()]);
    command.args(["-n", &requests.to_string(), "-r", &RANGE.to_string(), "-q", "--csv"]);
    let text = xtask::workspace::output(&mut command)?;
    requests_per_second(&text).ok_or_else(|| format!("redis-benchmark printed no figure: {text}"))
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
