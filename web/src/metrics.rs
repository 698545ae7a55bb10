//! What the worker measures for the charts, while they are looked at.

use serde::{Deserialize, Serialize};

/// What happened since the sample before, and how things are now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// How long that was, in real milliseconds.
    pub span_ms: f64,
    pub commands: f64,
    /// Reads of keys that were there, and of keys that were not.
    pub hits: f64,
    pub misses: f64,
    pub expired: f64,
    pub evicted: f64,
    /// Commands whose time was measured, and milliseconds that so many of them took at most.
    pub measured: f64,
    pub median_ms: f64,
    pub p99_ms: f64,
    pub worst_ms: f64,
    /// Bytes in use, as INFO says, and how many may be; 0 is no limit.
    pub used_bytes: f64,
    pub max_bytes: f64,
    /// If there is a new one.
    pub survey: Option<Survey>,
    /// If it has changed, with the latest first.
    pub slow: Option<Vec<SlowCommand>>,
    /// From how many microseconds on a command is called slow; none if none is.
    pub slower_than_us: Option<f64>,
}

/// All keys, added up in one walk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// The engine's time when the walk ended, and how long it took in real milliseconds.
    pub as_of_ms: f64,
    pub took_ms: f64,
    /// The largest first.
    pub types: Vec<Share>,
    pub prefixes: Vec<Share>,
    /// How many keys have at most so many milliseconds left; the last have more than any other.
    pub ttls: Vec<(f64, f64)>,
    /// How many keys never expire.
    pub lasting: f64,
}

/// A part of all keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub name: String,
    pub keys: f64,
    pub bytes: f64,
}

/// An entry of the slow log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlowCommand {
    pub id: f64,
    /// The engine's time.
    pub at_ms: f64,
    pub micros: f64,
    /// As it would be typed.
    pub text: String,
    pub client: String,
}
