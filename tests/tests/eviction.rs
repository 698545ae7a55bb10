//! Giving up keys for `maxmemory`: what each policy may take, and how well it chooses beside the real server.

use std::time::{Duration, Instant};

use engine::base::Random;
use engine::keyspace::{Change, Class, NEVER};
use engine::{ClientId, Engine, Event, Options, Output, Time};
use tests::side::{OursOverTcp, Real, Side};
use tests::wire::{self, Command};

const START: u64 = 1_700_000_000_000;

struct Node {
    engine: Engine,
    client: ClientId,
    now: u64,
    evicted: Vec<String>,
    journal: Vec<u8>,
}

impl Node {
    fn new() -> Node {
        let config = vec![("appendonly".to_owned(), "yes".to_owned()), ("save".to_owned(), String::new())];
        let mut engine = Engine::new(Options { seed: 9, config, events: true }, Time(START)).unwrap();
        let client = engine.connect(Time(START));
        Node { engine, client, now: START, evicted: Vec::new(), journal: Vec::new() }
    }

    fn run(&mut self, line: &str) -> String {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let reply = self.engine.call(self.client, &words, Time(self.now));
        self.drain();
        String::from_utf8_lossy(&engine::resp::print::raw(&reply)).trim_end().to_owned()
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Event(Event::Change(Change::Key { key, class: Class::Evicted, event, .. })) => {
                    assert_eq!(event, "evicted");
                    self.evicted.push(key.escape_ascii().to_string());
                }
                Output::Append(bytes) => self.journal.extend(bytes),
                _ => {}
            }
        }
    }

    fn info(&mut self, field: &str) -> usize {
        let text = self.run("INFO everything");
        let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("no {field} in {text}")).trim().parse().unwrap()
    }

    /// What `maxmemory` is compared with.
    fn counted(&mut self) -> usize {
        self.info("used_memory") - self.info("mem_not_counted_for_evict")
    }

    /// Ticks as long as the engine has something to do at once.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.engine.deadline().is_none_or(|due| due.0 > self.now) {
                return;
            }
            self.engine.tick(Time(self.now));
            self.drain();
        }
        panic!("the engine never rests");
    }
}

const POLICIES: [&str; 8] = [
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
];

#[test]
fn every_policy_takes_only_what_it_may_and_no_more_than_it_must() {
    for policy in POLICIES {
        let mut node = Node::new();
        let mut random = Random::new(3);
        for number in 0..3000 {
            node.run(&format!("SELECT {}", number % 3));
            let deadline = if number % 4 == 0 { format!(" EX {}", 100_000 + number) } else { String::new() };
            let text = "x".repeat(random.index(200));
            node.run(&format!("SET key:{number} {text}{deadline}"));
        }
        let limit = node.counted();
        node.run(&format!("CONFIG SET maxmemory {limit} maxmemory-policy {policy}"));
        let mut refused = 0;
        for number in 0..1500 {
            node.now += 10;
            let reply = node.run(&format!("SET new:{number} {}", "y".repeat(random.index(300))));
            refused += usize::from(reply == "OOM command not allowed when used memory > 'maxmemory'.");
            assert!(reply == "OK" || reply.starts_with("OOM"), "{policy}: {reply}");
            // One command may go beyond the limit by what it adds itself.
            assert!(node.counted() <= limit + 2000, "{policy}, {number}: {} of {limit}", node.counted());
        }
        let volatile_left =
            node.engine.keyspace().databases().map(|(_, database)| database.volatile_len()).sum::<usize>();
        match policy {
            "noeviction" => assert!(node.evicted.is_empty() && refused > 1400, "{refused}"),
            _ if policy.starts_with("allkeys") => assert!(refused == 0 && node.evicted.len() > 500, "{policy}"),
            _ => {
                // They are all there is to give up; when they are gone, writes are refused.
                assert!(node.evicted.iter().all(|key| key.starts_with("key:")), "{policy}");
                assert_eq!((node.evicted.len(), volatile_left, refused > 0), (750, 0, true), "{policy}");
                let numbers = node.evicted.iter().map(|key| key["key:".len()..].parse::<usize>().unwrap());
                assert!(numbers.into_iter().all(|number| number % 4 == 0), "{policy}");
            }
        }
        assert_eq!(node.info("evicted_keys"), node.evicted.len(), "{policy}");
        // No more than it takes: what is free is less than two of the largest values, or a page of the tables' own.
        assert!(policy.starts_with("volatile") || node.counted() + 1000 > limit, "{policy}: {}", node.counted());
        let mut again = Node::new();
        again.engine.replay(&node.journal, Time(node.now)).unwrap();
        for (number, database) in node.engine.keyspace().databases() {
            let other = again.engine.keyspace().database(number).unwrap();
            assert_eq!(other.len(), database.len(), "{policy}: the journal lacks evictions");
            assert!(database.iter().all(|(key, _)| other.find(key).is_some()), "{policy}");
        }
    }
}

#[test]
fn a_lower_limit_takes_effect_by_itself_and_in_bounded_steps() {
    let mut node = Node::new();
    for number in 0..5000 {
        node.run(&format!("SET key:{number} {}", "x".repeat(100)));
    }
    let limit = node.counted() / 4;
    node.run(&format!("CONFIG SET maxmemory {limit} maxmemory-policy allkeys-lru maxmemory-eviction-tenacity 0"));
    assert_eq!(node.engine.deadline(), Some(Time(node.now)));
    node.engine.tick(Time(node.now));
    node.drain();
    assert!((1..100).contains(&node.evicted.len()), "{}", node.evicted.len());
    node.now += 250;
    // While it goes on, writes are not refused.
    assert_eq!(node.run("SET another value"), "OK");
    assert_eq!(node.info("current_eviction_exceeded_time"), 250);
    node.settle();
    assert!(node.counted() <= limit && node.evicted.len() > 3000, "{} of {limit}", node.counted());
    assert_eq!((node.info("current_eviction_exceeded_time"), node.info("total_eviction_exceeded_time")), (0, 250));
    assert_eq!(node.engine.deadline(), None);
    let database = node.engine.keyspace().database(0).unwrap();
    assert!(database.iter().all(|(_, object)| object.expire_at_ms == NEVER));
}

#[test]
fn clients_that_take_too_much_are_closed() {
    let mut node = Node::new();
    node.run("CONFIG SET maxmemory-clients 200kb");
    let (greedy, spared) = (node.engine.connect(Time(START)), node.engine.connect(Time(START)));
    node.engine.call(spared, &[b"CLIENT", b"NO-EVICT", b"on"], Time(START));
    let half = [b"*2\r\n$4\r\nECHO\r\n$400000\r\n".as_slice(), &[b'x'; 150_000]].concat();
    let mut closed = Vec::new();
    for client in [spared, greedy] {
        node.engine.receive(client, &half, Time(START));
        while let Some(output) = node.engine.poll() {
            if let Output::Close { client } = output {
                closed.push(client);
            }
        }
    }
    // The largest goes first, unless it may not; then even those that take little.
    assert!(closed.contains(&greedy) && !closed.contains(&spared), "{closed:?}");
    let client = node.engine.connect(Time(START));
    node.client = client;
    node.engine.call(client, &[b"CONFIG", b"SET", b"maxmemory-clients", b"0"], Time(START));
    assert!(node.info("evicted_clients") >= 1);
}

// --- How well it chooses -------------------------------------------------------------------------------------

/// How many keys there are, and how many of them memory holds.
const KEYS: usize = 20_000;
const HELD: usize = 6_000;
/// Accesses of one run, those before the count begins, and those between a look at the replies.
const ACCESSES: usize = 90_000;
const WARM_UP: usize = 40_000;
const BATCH: usize = 250;

/// Draws numbers below [`KEYS`], each as often as the reciprocal of its rank.
struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    fn new() -> Zipf {
        let mut sum = 0.0;
        let cumulative = (1..=KEYS).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Zipf { cumulative: cumulative.collect() }
    }

    fn draw(&self, random: &mut Random) -> usize {
        let wanted = random.unit() * self.cumulative[KEYS - 1];
        self.cumulative.partition_point(|&sum| sum < wanted).min(KEYS - 1)
    }
}

fn set(number: usize) -> Command {
    wire::command(&[b"SET".as_slice(), format!("key:{number:08}").as_bytes(), &[b'v'; 500]])
}

fn field(side: &mut dyn Side, section: &str, name: &str) -> usize {
    let reply = side.run(&[wire::words(&format!("INFO {section}"))]).unwrap().pop().unwrap();
    let text = String::from_utf8_lossy(&reply).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name}")).trim().parse().unwrap()
}

/// Gives a side so much memory that it holds about [`HELD`] keys.
fn prepare(side: &mut dyn Side, policy: &str) {
    side.reset().unwrap();
    for first in (0..HELD).step_by(BATCH) {
        side.run(&(first..first + BATCH).map(|number| set(KEYS + number)).collect::<Vec<_>>()).unwrap();
    }
    let counted = field(side, "memory", "used_memory") - field(side, "memory", "mem_not_counted_for_evict");
    let line = format!("CONFIG SET maxmemory {counted} maxmemory-policy {policy} maxmemory-samples 5");
    assert_eq!(side.run(&[wire::words(&line)]).unwrap(), [b"+OK\r\n"]);
}

/// Reads keys, and writes those that are not there, as a cache is used; how many were there.
fn access(side: &mut dyn Side, numbers: &[usize]) -> usize {
    let gets: Vec<Command> = numbers.iter().map(|number| wire::words(&format!("GET key:{number:08}"))).collect();
    let replies = side.run(&gets).unwrap();
    let missing: Vec<Command> = numbers
        .iter()
        .zip(&replies)
        .filter(|(_, reply)| *reply == b"$-1\r\n")
        .map(|(&number, _)| set(number))
        .collect();
    let stored = side.run(&missing).unwrap();
    assert!(stored.iter().all(|reply| reply == b"+OK\r\n"));
    numbers.len() - missing.len()
}

/// The share of reads that found their key, on the real server and on ours, which take turns so that as much time
/// passes for both. Ages are counted in seconds: a run that goes by them is spread over some.
fn hit_rates(policy: &str, at_least: Duration) -> (f64, f64) {
    let (mut real, mut ours) = (Real::start().unwrap(), OursOverTcp::start(1).unwrap());
    prepare(&mut real, policy);
    prepare(&mut ours, policy);
    let (zipf, mut random) = (Zipf::new(), Random::new(11));
    let (mut hits_real, mut hits_ours) = (0, 0);
    let start = Instant::now();
    for batch in 0..ACCESSES / BATCH {
        let numbers: Vec<usize> = (0..BATCH).map(|_| zipf.draw(&mut random)).collect();
        let hits = (access(&mut real, &numbers), access(&mut ours, &numbers));
        if batch * BATCH >= WARM_UP {
            hits_real += hits.0;
            hits_ours += hits.1;
        }
        let due = at_least * batch as u32 / (ACCESSES / BATCH) as u32;
        std::thread::sleep(due.saturating_sub(start.elapsed()));
    }
    let held = |side: &mut dyn Side| {
        let reply = side.run(&[wire::words("DBSIZE")]).unwrap().pop().unwrap();
        wire::show(&reply)
    };
    let counted = (ACCESSES - WARM_UP) as f64;
    let rates = (hits_real as f64 / counted, hits_ours as f64 / counted);
    println!("{policy}: {rates:?} with {} and {} keys", held(&mut real), held(&mut ours));
    rates
}

fn check(policy: &str, at_least: Duration, better_than: f64) {
    let (real, ours) = hit_rates(policy, at_least);
    assert!((real - ours).abs() <= 0.02, "{policy}: {real} on the real server, {ours} on ours");
    assert!(ours > better_than, "{policy}: {ours}");
}

#[test]
fn hit_rates_by_frequency_are_those_of_the_real_server() {
    check("allkeys-lfu", Duration::ZERO, 0.80);
}

#[test]
fn hit_rates_by_age_are_those_of_the_real_server() {
    check("allkeys-lru", Duration::from_secs(9), 0.75);
}

#[test]
fn hit_rates_by_chance_are_those_of_the_real_server() {
    check("allkeys-random", Duration::ZERO, 0.70);
}
