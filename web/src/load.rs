//! A synthetic workload: what is asked for, as a text that can be kept and shared, and what came of it.
//!
//! The text is words of the form `name=value`; what it does not name is as in [`Plan::default`]. The same text gives
//! the same commands in the same order, whenever and wherever it runs.

use core::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::metrics::Sample;

/// A command that a workload may consist of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Get,
    HGet,
    SIsMember,
    ZScore,
    LRange,
    XRevRange,
    Set,
    Incr,
    HSet,
    SAdd,
    ZAdd,
    LPush,
    XAdd,
    Del,
}

/// All of them, with their names; those that only read come first.
pub const KINDS: [(Kind, &str); 14] = [
    (Kind::Get, "GET"),
    (Kind::HGet, "HGET"),
    (Kind::SIsMember, "SISMEMBER"),
    (Kind::ZScore, "ZSCORE"),
    (Kind::LRange, "LRANGE"),
    (Kind::XRevRange, "XREVRANGE"),
    (Kind::Set, "SET"),
    (Kind::Incr, "INCR"),
    (Kind::HSet, "HSET"),
    (Kind::SAdd, "SADD"),
    (Kind::ZAdd, "ZADD"),
    (Kind::LPush, "LPUSH"),
    (Kind::XAdd, "XADD"),
    (Kind::Del, "DEL"),
];

impl Kind {
    pub fn is_read(self) -> bool {
        matches!(self, Kind::Get | Kind::HGet | Kind::SIsMember | Kind::ZScore | Kind::LRange | Kind::XRevRange)
    }

    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// What a workload is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub seed: u32,
    /// How often each command comes, relative to the others that read, or to the others that write.
    pub mix: Vec<(Kind, u32)>,
    /// Of 100 commands; of no account where the mix only reads or only writes.
    pub reads_percent: u32,
    pub keys: u32,
    /// The exponent of Zipf's law by which keys are chosen; 0 chooses all alike.
    pub zipf: f64,
    /// How long values are, from and to.
    pub bytes: (u32, u32),
    /// How many seconds SET lets keys live, from and to; they last if both are 0.
    pub ttl_seconds: (u32, u32),
    /// Whether a GET that finds nothing is followed by a SET of its key, as one does who uses a cache.
    pub fill: bool,
    /// Of all clients together; 0 is as fast as it goes.
    pub per_second: u32,
    pub clients: u32,
    /// How many commands a client gathers and sends at once.
    pub pipeline: u32,
    /// From a client to the engine and back, in milliseconds.
    pub delay_ms: u32,
    /// After how many commands it ends; 0 is never.
    pub operations: u32,
    /// What all its keys begin with.
    pub prefix: String,
}

const KEYS: RangeInclusive<u32> = 1..=10_000_000;
const BYTES: RangeInclusive<u32> = 1..=1_000_000;
const TTL: RangeInclusive<u32> = 0..=31_536_000;
const RATE: RangeInclusive<u32> = 0..=1_000_000;
const CLIENTS: RangeInclusive<u32> = 1..=50;
const PIPELINE: RangeInclusive<u32> = 1..=1000;
const DELAY: RangeInclusive<u32> = 0..=2000;
const MAX_EXPONENT: f64 = 5.0;
const MAX_WEIGHT: u32 = 1000;
const MAX_PREFIX_BYTES: usize = 64;

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            seed: 1,
            mix: vec![(Kind::Get, 1), (Kind::Set, 1)],
            reads_percent: 90,
            keys: 10_000,
            zipf: 1.0,
            bytes: (100, 100),
            ttl_seconds: (0, 0),
            fill: true,
            per_second: 500,
            clients: 10,
            pipeline: 1,
            delay_ms: 1,
            operations: 0,
            prefix: "load:".to_owned(),
        }
    }
}

/// Workloads to begin with: what they are called and their text.
pub const PRESETS: [(&str, &str); 7] = [
    ("Cache", "mix=GET:1,SET:1 reads=90 keys=10000 zipf=1 fill=on"),
    ("Cache that forgets", "mix=GET:1,SET:1 reads=90 keys=10000 zipf=1 fill=on ttl=5-30"),
    ("Counters", "mix=INCR:1 keys=1000 zipf=1.2 rate=1000"),
    ("Sessions", "mix=HGET:1,HSET:1 reads=80 keys=5000 zipf=0 size=50-200"),
    ("Leaderboards", "mix=ZADD:1,ZSCORE:1 reads=50 keys=20 zipf=0"),
    ("Queues and logs", "mix=LPUSH:2,LRANGE:1,XADD:2,XREVRANGE:1 reads=20 keys=50 zipf=0 size=20-200"),
    (
        "A bit of everything",
        "mix=GET:5,HGET:2,SISMEMBER:1,ZSCORE:1,LRANGE:1,SET:4,INCR:2,HSET:2,SADD:1,ZADD:1,LPUSH:1,XADD:1 reads=70 keys=2000",
    ),
];

impl Plan {
    /// Reads a plan's text.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Plan, String> {
        let mut plan = Plan::default();
        for word in text.split_whitespace() {
            let (name, value) = word.split_once('=').ok_or_else(|| format!("\"{word}\" is not name=value"))?;
            match name {
                "seed" => plan.seed = number(name, value, &(0..=u32::MAX))?,
                "mix" => plan.mix = mix(value)?,
                "reads" => plan.reads_percent = number(name, value, &(0..=100))?,
                "keys" => plan.keys = number(name, value, &KEYS)?,
                "zipf" => plan.zipf = exponent(value)?,
                "size" => plan.bytes = range(name, value, &BYTES)?,
                "ttl" => plan.ttl_seconds = range(name, value, &TTL)?,
                "fill" => plan.fill = switch(name, value)?,
                "rate" => plan.per_second = number(name, value, &RATE)?,
                "clients" => plan.clients = number(name, value, &CLIENTS)?,
                "pipeline" => plan.pipeline = number(name, value, &PIPELINE)?,
                "delay" => plan.delay_ms = number(name, value, &DELAY)?,
                "ops" => plan.operations = number(name, value, &(0..=u32::MAX))?,
                "prefix" => plan.prefix = prefix(value)?,
                _ => return Err(format!("\"{name}\" is no setting of a workload")),
            }
        }
        Ok(plan)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mix: Vec<String> = self.mix.iter().map(|(kind, weight)| format!("{}:{weight}", kind.name())).collect();
        let Plan { seed, reads_percent, keys, zipf, bytes, ttl_seconds: ttl, per_second, clients, .. } = self;
        write!(f, "seed={seed} mix={} reads={reads_percent} keys={keys} zipf={zipf}", mix.join(","))?;
        write!(f, " size={}-{} ttl={}-{}", bytes.0, bytes.1, ttl.0, ttl.1)?;
        write!(f, " fill={} rate={per_second} clients={clients}", if self.fill { "on" } else { "off" })?;
        let Plan { pipeline, delay_ms, operations, prefix, .. } = self;
        write!(f, " pipeline={pipeline} delay={delay_ms} ops={operations} prefix={prefix}")
    }
}

fn number(name: &str, value: &str, range: &RangeInclusive<u32>) -> Result<u32, String> {
    let number = value.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("{name} is a whole number from {} to {}", range.start(), range.end()))
}

/// `100` or `100-1000`.
fn range(name: &str, value: &str, allowed: &RangeInclusive<u32>) -> Result<(u32, u32), String> {
    let (from, to) = value.split_once('-').unwrap_or((value, value));
    let (from, to) = (number(name, from, allowed)?, number(name, to, allowed)?);
    if from <= to { Ok((from, to)) } else { Err(format!("{name} is from a smaller number to a larger one")) }
}

fn exponent(value: &str) -> Result<f64, String> {
    let number = value.parse().ok().filter(|number| (0.0..=MAX_EXPONENT).contains(number));
    number.ok_or_else(|| format!("zipf is a number from 0 to {MAX_EXPONENT}"))
}

fn switch(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("{name} is on or off")),
    }
}

/// What ends up in patterns of SCAN and on lines of the terminal is plain.
fn prefix(value: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.".contains(&byte);
    if value.is_empty() || value.len() > MAX_PREFIX_BYTES || !value.bytes().all(plain) {
        return Err("prefix is made of letters, digits and : - _ .".to_owned());
    }
    Ok(value.to_owned())
}

fn mix(value: &str) -> Result<Vec<(Kind, u32)>, String> {
    let mut mix: Vec<(Kind, u32)> = Vec::new();
    for part in value.split(',') {
        let (name, weight) = part.split_once(':').unwrap_or((part, "1"));
        let kind = KINDS.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
        let (kind, _) = kind.ok_or_else(|| format!("\"{name}\" is no command of a workload"))?;
        let weight = number("a weight", weight, &(0..=MAX_WEIGHT))?;
        if mix.iter().any(|(other, _)| other == kind) {
            return Err(format!("{name} is twice in the mix"));
        }
        mix.push((*kind, weight));
    }
    if mix.iter().all(|(_, weight)| *weight == 0) {
        return Err("a mix has at least one command".to_owned());
    }
    Ok(mix)
}

/// Orders to the workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LoadOrder {
    /// From the beginning, in this database; one that runs is stopped before.
    Start {
        plan: Plan,
        database: u32,
    },
    Stop,
}

/// How the workload goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Which one, counted from 1.
    pub run: u32,
    pub running: bool,
    /// Since the report before: latencies as its clients felt them, and its own hits.
    pub sample: Sample,
    pub total: LoadTotal,
    /// What it was, in its last report.
    pub plan: Option<Plan>,
}

/// All of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadTotal {
    pub operations: f64,
    /// SETs after a GET that found nothing.
    pub fills: f64,
    pub seconds: f64,
    pub hits: f64,
    pub misses: f64,
    pub median_ms: f64,
    pub p99_ms: f64,
    pub worst_ms: f64,
    /// Keys that went meanwhile, whoever's they were.
    pub expired: f64,
    pub evicted: f64,
    pub errors: f64,
    pub last_error: String,
    /// `maxmemory` and `maxmemory-policy` at the end.
    pub max_bytes: f64,
    pub policy: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_its_text() {
        let text = "seed=7 mix=GET:3,ZADD:1 reads=75 keys=500 zipf=0.99 size=10-2000 ttl=5-60 fill=off rate=0 clients=50 \
                    pipeline=16 delay=20 ops=100000 prefix=test:a";
        assert_eq!(Plan::parse(text).unwrap().to_string(), text);
        assert_eq!(Plan::parse("").unwrap(), Plan::default());
        assert_eq!(Plan::parse(&Plan::default().to_string()).unwrap(), Plan::default());
        assert_eq!(Plan::parse("size=5 mix=get").unwrap().bytes, (5, 5));
        for (name, text) in PRESETS {
            Plan::parse(text).unwrap_or_else(|why| panic!("{name}: {why}"));
        }
    }

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        for (text, why) in [
            ("hello", "\"hello\" is not name=value"),
            ("color=red", "\"color\" is no setting of a workload"),
            ("keys=0", "keys is a whole number from 1 to 10000000"),
            ("zipf=NaN", "zipf is a number from 0 to 5"),
            ("size=9-3", "size is from a smaller number to a larger one"),
            ("mix=GET:1,GET:2", "GET is twice in the mix"),
            ("mix=GET:0", "a mix has at least one command"),
            ("mix=FLUSHALL", "\"FLUSHALL\" is no command of a workload"),
            ("prefix=a*b", "prefix is made of letters, digits and : - _ ."),
            ("fill=maybe", "fill is on or off"),
        ] {
            assert_eq!(Plan::parse(text), Err(why.to_owned()), "{text}");
        }
    }
}
