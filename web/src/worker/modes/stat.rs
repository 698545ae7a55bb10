//! `--stat`: a line from INFO now and then.

use engine::resp::Value;

use super::{Next, words};
use crate::printed::{Printed, Style};

/// Lines between two headings.
const LINES_PER_HEADING: u64 = 20;
/// Databases whose keys are counted, as redis-cli does.
const DATABASES: u32 = 20;

#[derive(Debug)]
pub struct Stat {
    interval_ms: f64,
    lines: u64,
    requests: i64,
    /// Whether a line was printed since the last pause.
    told: bool,
    failed: bool,
}

impl Stat {
    pub fn new(interval_ms: f64) -> Stat {
        Stat { interval_ms, lines: 0, requests: 0, told: false, failed: false }
    }

    pub fn step(&mut self) -> Next {
        match (self.failed, std::mem::take(&mut self.told)) {
            (true, _) => Next::Done,
            (false, true) => Next::Sleep(self.interval_ms),
            (false, false) => Next::Send(vec![words(&[b"INFO"])]),
        }
    }

    pub fn reply(&mut self, value: &Value, printed: &mut Printed) {
        self.told = true;
        if let Value::Error(text) = value {
            self.failed = true;
            return printed.push(Style::Error, &format!("ERROR: {}\n", String::from_utf8_lossy(text)));
        }
        let info = String::from_utf8_lossy(value.as_bytes().unwrap_or_default());
        if self.lines.is_multiple_of(LINES_PER_HEADING) {
            printed.push(
                Style::Plain,
                "------- data ------ --------------------- load -------------------- - child -\n\
                 keys       mem      clients blocked requests            connections          \n",
            );
        }
        self.lines += 1;
        let keys: i64 = (0..DATABASES).filter_map(|number| field(&info, &format!("db{number}:keys="))).sum();
        let of = |name: &str| field(&info, name).unwrap_or_default();
        let requests = of("total_commands_processed:");
        let more = if self.requests == 0 { 0 } else { requests - self.requests };
        self.requests = requests;
        let child = match (of("rdb_bgsave_in_progress:"), of("aof_rewrite_in_progress:"), of("\nloading:")) {
            (0, 0, 0) => "",
            (_, 0, 0) => "SAVE",
            (0, _, 0) => "AOF",
            (_, _, 0) => "SAVE+AOF",
            _ => "LOAD",
        };
        let line = format!(
            "{keys:<11}{:<8} {:<8}{:<8}{:<19} {:<12}{child}\n",
            human(of("used_memory:")),
            of("connected_clients:"),
            of("blocked_clients:"),
            format!("{requests} (+{more})"),
            of("total_connections_received:"),
        );
        printed.push(Style::Plain, &line);
    }
}

/// The number after a name in INFO.
fn field(info: &str, name: &str) -> Option<i64> {
    let rest = info.get(info.find(name)? + name.len()..)?;
    let end = rest.find(|it: char| !it.is_ascii_digit() && it != '-').unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

/// As redis-cli writes bytes.
fn human(bytes: i64) -> String {
    let number = bytes as f64;
    match bytes {
        ..1024 => format!("{bytes}B"),
        1024..1_048_576 => format!("{:.2}K", number / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.2}M", number / 1_048_576.0),
        _ => format!("{:.2}G", number / 1_073_741_824.0),
    }
}
