//! The commands that are measured: the bytes that `redis-benchmark -r` sends for each.

use engine::base::Random;

/// Keys, fields and members are drawn from so many.
pub const RANGE: u64 = 100_000;

/// Commands that are sent in one piece to the engine in process.
pub const BATCH: usize = 100;

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    /// As the table shows it.
    pub name: &'static str,
    /// What `redis-benchmark -t` calls it.
    pub test: &'static str,
    /// How many of them take as long as ten SETs.
    pub share: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Set,
    Get,
    Incr,
    Lpush,
    Lpop,
    Sadd,
    Hset,
    Zadd,
    Lrange,
    Mset,
}

const fn workload(name: &'static str, test: &'static str, share: usize, kind: Kind) -> Workload {
    Workload { name, test, share, kind }
}

/// In the order they are run: GET finds what SET wrote, and LPOP takes what LPUSH left.
pub const WORKLOADS: [Workload; 10] = [
    workload("SET", "set", 10, Kind::Set),
    workload("GET", "get", 10, Kind::Get),
    workload("INCR", "incr", 10, Kind::Incr),
    workload("LPUSH", "lpush", 10, Kind::Lpush),
    workload("LPOP", "lpop", 10, Kind::Lpop),
    workload("SADD", "sadd", 10, Kind::Sadd),
    workload("HSET", "hset", 10, Kind::Hset),
    workload("ZADD", "zadd", 4, Kind::Zadd),
    workload("LRANGE_100", "lrange_100", 2, Kind::Lrange),
    workload("MSET (10)", "mset", 2, Kind::Mset),
];

impl Workload {
    /// Whether it works on what the one before it left.
    pub fn follows(&self) -> bool {
        matches!(self.kind, Kind::Get | Kind::Lpop)
    }

    /// What must be there first, before this many commands are run.
    pub fn prepare(&self, commands: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.kind {
            Kind::Get => {
                for number in 0..RANGE {
                    encode(&mut bytes, &["SET", &format!("key:{number:012}"), "VXK"]);
                }
            }
            Kind::Lpop | Kind::Lrange => {
                let mut words = vec!["LPUSH", "mylist"];
                words.extend([VALUE; BATCH]);
                let elements = if self.kind == Kind::Lpop { commands } else { RANGE as usize };
                for _ in 0..elements.div_ceil(BATCH) {
                    encode(&mut bytes, &words);
                }
            }
            _ => {}
        }
        bytes
    }

    /// So many pieces of [`BATCH`] commands each.
    pub fn batches(&self, pieces: usize) -> Vec<Vec<u8>> {
        let mut random = Random::new(1);
        let mut piece = || {
            let mut bytes = Vec::new();
            for _ in 0..BATCH {
                self.write(&mut random, &mut bytes);
            }
            bytes
        };
        (0..pieces).map(|_| piece()).collect()
    }

    fn write(&self, random: &mut Random, bytes: &mut Vec<u8>) {
        let mut number = |prefix: &str| format!("{prefix}{:012}", random.below(RANGE));
        match self.kind {
            Kind::Set => encode(bytes, &["SET", &number("key:"), VALUE]),
            Kind::Get => encode(bytes, &["GET", &number("key:")]),
            Kind::Incr => encode(bytes, &["INCR", &number("counter:")]),
            Kind::Lpush => encode(bytes, &["LPUSH", "mylist", VALUE]),
            Kind::Lpop => encode(bytes, &["LPOP", "mylist"]),
            Kind::Sadd => encode(bytes, &["SADD", "myset", &number("element:")]),
            Kind::Hset => encode(bytes, &["HSET", "myhash", &number("element:"), VALUE]),
            Kind::Zadd => encode(bytes, &["ZADD", "myzset", &number(""), &number("element:")]),
            Kind::Lrange => encode(bytes, &["LRANGE", "mylist", "0", "99"]),
            Kind::Mset => {
                let keys: Vec<String> = (0..10).map(|_| number("key:")).collect();
                let pairs = keys.iter().flat_map(|key| [key.as_str(), VALUE]);
                encode(bytes, &std::iter::once("MSET").chain(pairs).collect::<Vec<_>>());
            }
        }
    }
}

/// The three bytes that redis-benchmark writes by default.
const VALUE: &str = "VXK";

/// Appends a command.
pub fn encode(bytes: &mut Vec<u8>, words: &[&str]) {
    ::tests::wire::encode(words, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::in_process;

    /// Each stream is what it says: commands that the engine answers without an error.
    #[test]
    fn every_workload_runs_without_an_error() {
        for workload in WORKLOADS {
            let outcome = in_process::measure(&workload, 1_000).map(|speed| speed > 0.0);
            assert_eq!(outcome, Ok(true), "{}", workload.name);
        }
    }

    #[test]
    fn sends_the_bytes_that_redis_benchmark_sends() {
        let first = |workload: &Workload| String::from_utf8(workload.batches(1).concat()).expect("text");
        let [set, .., mset] = &WORKLOADS;
        let text = first(set);
        assert!(text.starts_with("*3\r\n$3\r\nSET\r\n$16\r\nkey:0000000"), "{text:.60}");
        assert_eq!(text.matches("*3\r\n").count(), BATCH);
        assert!(first(mset).starts_with("*21\r\n$4\r\nMSET\r\n$16\r\nkey:0000000"));
    }
}
