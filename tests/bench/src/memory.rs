//! What a million elements take in each of the ways to keep them: by each server's own count, and by the system's.

use crate::more::Pieces;
use crate::servers::{Servers, Side, info, line};
use ::tests::Client;
use serde_json::{Value, json};
use std::path::Path;

/// A way to keep many elements.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub name: &'static str,
    add: fn(&mut Pieces, u64),
}

/// What is filled into both servers; `add` writes the element of a number.
pub const SHAPES: [Shape; 8] = [
    Shape {
        name: "small strings",
        add: |pieces, number| pieces.add(&["SET", &format!("key:{number:012}"), &format!("value:{number:08}")]),
    },
    Shape {
        name: "hashes of 5 fields",
        add: |pieces, number| {
            let (key, value) = (format!("user:{number:08}"), format!("value:{number:08}"));
            let fields = ["name", "email", "city", "visits", "since"];
            let mut words = vec!["HSET", &key];
            words.extend(fields.iter().flat_map(|field| [*field, value.as_str()]));
            pieces.add(&words);
        },
    },
    Shape {
        name: "fields of one hash",
        add: |pieces, number| {
            pieces.add(&["HSET", "hash", &format!("field:{number:08}"), &format!("value:{number:08}")])
        },
    },
    Shape {
        name: "integers of one set",
        add: |pieces, number| pieces.add(&["SADD", "integers", &(number * 7).to_string()]),
    },
    Shape {
        name: "strings of one set",
        add: |pieces, number| pieces.add(&["SADD", "strings", &format!("member:{number:08}")]),
    },
    Shape {
        name: "members of one sorted set",
        add: |pieces, number| {
            pieces.add(&["ZADD", "zset", &(number * 31 % 1_000_003).to_string(), &format!("member:{number:08}")])
        },
    },
    Shape {
        name: "elements of one list",
        add: |pieces, number| pieces.add(&["RPUSH", "list", &format!("value:{number:08}")]),
    },
    Shape {
        name: "entries of one stream",
        add: |pieces, number| pieces.add(&["XADD", "stream", "*", "field", &format!("value:{number:08}")]),
    },
];

/// What elements take in one server.
#[derive(Debug, Clone, Copy)]
pub struct PerElement {
    /// By `used_memory`.
    pub counted: f64,
    /// By the resident pages of the process, where the system tells.
    pub resident: Option<f64>,
}

impl PerElement {
    pub fn json(&self) -> Value {
        json!({ "used_memory": self.counted, "resident": self.resident })
    }
}

/// One shape on our server and on the real one.
pub struct Memory {
    pub shape: Shape,
    pub ours: PerElement,
    pub real: PerElement,
}

/// Fills both servers with so many elements of one shape, and empties them again.
pub fn measure(servers: &Servers, shape: Shape, elements: u64) -> Result<Memory, String> {
    servers.empty()?;
    let ours = of(servers.ours.side(), shape, elements)?;
    let real = of(servers.real, shape, elements)?;
    servers.empty()?;
    Ok(Memory { shape, ours, real })
}

fn of(Side { port, process }: Side, shape: Shape, elements: u64) -> Result<PerElement, String> {
    /// Elements that are written before the next are sent, so that they need not all stand in memory.
    const PART: u64 = 50_000;
    let before = (info(port, "memory", "used_memory")?, resident(process));
    let mut client = Client::connect(port).map_err(|error| format!("filling the server: {error}"))?;
    for first in (0..elements).step_by(PART as usize) {
        let mut pieces = Pieces::default();
        (first..elements.min(first + PART)).for_each(|number| (shape.add)(&mut pieces, number));
        pieces.send(&mut client)?;
    }
    drop(client);
    // A command of its own connection, so that the buffers of the one before are gone.
    line(port, "PING")?;
    let after = (info(port, "memory", "used_memory")?, resident(process));
    let per_element = |before: f64, after: f64| (after - before) / elements as f64;
    Ok(PerElement {
        counted: per_element(before.0, after.0),
        resident: before.1.zip(after.1).map(|(before, after)| per_element(before, after)),
    })
}

/// Bytes of resident memory, where Linux tells.
fn resident(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next())?;
    kilobytes.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0)
}
