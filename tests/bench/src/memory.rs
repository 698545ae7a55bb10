//! What a million small strings take: by each server's own count, and by the system's.

use crate::servers::{Servers, Side, info};
use crate::workload::encode;
use ::tests::Client;
use serde_json::{Value, json};
use std::path::Path;

/// Sent in one piece; the replies are read before the next.
const PIECE: u64 = 1_000;

/// What keys take in one server.
pub struct PerKey {
    /// By `used_memory`.
    pub counted: f64,
    /// By the resident pages of the process, where the system tells.
    pub resident: Option<f64>,
}

impl PerKey {
    pub fn json(&self) -> Value {
        json!({ "used_memory": self.counted, "resident": self.resident })
    }
}

/// Our server's and the real one's, for this many keys.
pub fn measure(servers: &Servers, keys: u64) -> Result<(PerKey, PerKey), String> {
    servers.empty()?;
    let ours = of(servers.ours.side(), keys)?;
    let real = of(servers.real, keys)?;
    servers.empty()?;
    Ok((ours, real))
}

fn of(Side { port, process }: Side, keys: u64) -> Result<PerKey, String> {
    let before = (info(port, "memory", "used_memory")?, resident(process));
    fill(port, keys)?;
    let after = (info(port, "memory", "used_memory")?, resident(process));
    let per_key = |before: f64, after: f64| (after - before) / keys as f64;
    Ok(PerKey {
        counted: per_key(before.0, after.0),
        resident: before.1.zip(after.1).map(|(before, after)| per_key(before, after)),
    })
}

fn fill(port: u16, keys: u64) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("filling the server: {error}");
    let mut client = Client::connect(port).map_err(failed)?;
    for first in (0..keys).step_by(PIECE as usize) {
        let mut bytes = Vec::new();
        let numbers = first..keys.min(first + PIECE);
        for number in numbers.clone() {
            encode(&mut bytes, &["SET", &format!("key:{number:012}"), &format!("value:{number:08}")]);
        }
        client.send(&bytes).map_err(failed)?;
        for _ in numbers {
            let reply = client.read_reply().map_err(failed)?;
            if reply != b"+OK\r\n" {
                return Err(::tests::wire::show(&reply));
            }
        }
    }
    Ok(())
}

/// Bytes of resident memory, where Linux tells.
fn resident(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next())?;
    kilobytes.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0)
}
