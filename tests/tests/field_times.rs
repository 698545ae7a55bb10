//! Deadlines of hash fields, which the real server of the tests does not have: random commands and passing time
//! beside a naive model, with ticks when the engine asks for them.

use std::collections::BTreeMap;

use engine::base::Random;
use engine::keyspace::Change;
use engine::resp::Value;
use engine::{ClientId, Engine, Event, Options, Output, Time};

const START: u64 = 1_700_000_000_000;
const KEYS: [&str; 3] = ["h", "i", "j"];

/// A field's value and its deadline.
type Fields = BTreeMap<String, (String, Option<u64>)>;

#[derive(Default)]
struct Model {
    hashes: BTreeMap<String, Fields>,
}

impl Model {
    /// A field exists up to the millisecond of its deadline; a hash, as long as it has fields.
    fn pass(&mut self, now: u64) {
        for fields in self.hashes.values_mut() {
            fields.retain(|_, (_, deadline)| deadline.is_none_or(|deadline| now <= deadline));
        }
        self.hashes.retain(|_, fields| !fields.is_empty());
    }
}

struct Node {
    engine: Engine,
    client: ClientId,
    now: u64,
    events: Vec<String>,
    journal: Vec<u8>,
}

impl Node {
    fn new(settings: &[(&str, &str)]) -> Node {
        // Without save points the engine's only deadlines are those of fields.
        let config =
            settings.iter().chain(&[("save", "")]).map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let mut engine = Engine::new(Options { seed: 3, config, events: true }, Time(START)).unwrap();
        let client = engine.connect(Time(START));
        Node { engine, client, now: START, events: Vec::new(), journal: Vec::new() }
    }

    fn run(&mut self, line: &str) -> Value {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let reply = self.engine.call(self.client, &words, Time(self.now));
        self.drain();
        reply
    }

    fn shown(&mut self, line: &str) -> String {
        let reply = self.run(line);
        String::from_utf8_lossy(&engine::resp::print::raw(&reply)).trim_end().replace('\n', " ")
    }

    /// Lets time pass, with a tick whenever the engine asks for one on the way.
    fn pass(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        while let Some(due) = self.engine.deadline().filter(|due| due.0 <= end) {
            self.now = self.now.max(due.0);
            self.engine.tick(Time(self.now));
            self.drain();
        }
        self.now = end;
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Event(Event::Change(Change::Key { key, event, .. })) => {
                    self.events.push(format!("{event} {}", key.escape_ascii()));
                }
                Output::Append(bytes) => self.journal.extend(bytes),
                _ => {}
            }
        }
    }

    fn take_events(&mut self) -> Vec<String> {
        std::mem::take(&mut self.events)
    }
}

fn texts(reply: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Bulk(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        Value::Integer(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    match reply {
        Value::Array(elements) => elements.iter().map(text).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn agree_with_a_model_under_random_commands_and_passing_time() {
    let mut expired = 0;
    for seed in 0..60 {
        let mut random = Random::new(seed);
        // Small limits, so that each seed meets both encodings.
        let mut node =
            Node::new(&[("hash-max-listpack-entries", ["4", "64"][seed as usize % 2]), ("appendonly", "yes")]);
        let mut model = Model::default();
        for step in 0..400 {
            match random.below(6) {
                0 => node.pass(random.below(400)),
                1 => node.now += random.below(40),
                _ => {}
            }
            let now = node.now;
            let fields_before: usize = model.hashes.values().map(BTreeMap::len).sum();
            model.pass(now);
            expired += fields_before - model.hashes.values().map(BTreeMap::len).sum::<usize>();
            let key = KEYS[random.index(KEYS.len())].to_owned();
            let field = format!("f{}", random.below(8));
            let what = format!("seed {seed}, step {step}, {key} {field}");
            match random.below(10) {
                0 | 1 => {
                    let value = random.below(100).to_string();
                    node.run(&format!("HSET {key} {field} {value}"));
                    model.hashes.entry(key.clone()).or_default().insert(field.clone(), (value, None));
                }
                2 => {
                    let reply = node.shown(&format!("HINCRBY {key} {field} 7"));
                    let own = model
                        .hashes
                        .entry(key.clone())
                        .or_default()
                        .entry(field.clone())
                        .or_insert_with(|| ("0".into(), None));
                    own.0 = (own.0.parse::<i64>().unwrap() + 7).to_string();
                    assert_eq!(reply, own.0, "{what}");
                }
                3..=5 => {
                    let condition = ["", "NX ", "XX ", "GT ", "LT "][random.index(5)];
                    let other = format!("f{}", random.below(8));
                    let after = random.below(300);
                    let (name, time) = match random.below(3) {
                        0 => ("HPEXPIRE", after),
                        1 => ("HPEXPIREAT", now - 20 + after),
                        _ => ("HEXPIRE", after / 200),
                    };
                    let at = match name {
                        "HPEXPIREAT" => time,
                        "HPEXPIRE" => now + time,
                        _ => now + time * 1000,
                    };
                    let reply = texts(&node.run(&format!("{name} {key} {time} {condition}FIELDS 2 {field} {other}")));
                    let mut expected = Vec::new();
                    for field in [&field, &other] {
                        let current = model.hashes.get(&key).and_then(|fields| fields.get(field)).map(|own| own.1);
                        let allowed = match (condition, current) {
                            (_, None) => {
                                expected.push("-2".to_owned());
                                continue;
                            }
                            ("NX ", Some(current)) => current.is_none(),
                            ("XX ", Some(current)) => current.is_some(),
                            ("GT ", Some(current)) => current.is_some_and(|current| current < at),
                            ("LT ", Some(current)) => current.is_none_or(|current| at < current),
                            _ => true,
                        };
                        let fields = model.hashes.get_mut(&key).unwrap();
                        expected.push(if !allowed {
                            "0".to_owned()
                        } else if at <= now {
                            fields.remove(field);
                            "2".to_owned()
                        } else {
                            fields.get_mut(field).unwrap().1 = Some(at);
                            "1".to_owned()
                        });
                        model.pass(now);
                    }
                    assert_eq!(reply, expected, "{what}: {name} {time} {condition}");
                }
                6 => {
                    let reply = texts(&node.run(&format!("HPERSIST {key} FIELDS 1 {field}")));
                    let own = model.hashes.get_mut(&key).and_then(|fields| fields.get_mut(&field));
                    let expected = match own {
                        None => "-2",
                        Some((_, deadline)) => ["-1", "1"][usize::from(deadline.take().is_some())],
                    };
                    assert_eq!(reply, [expected], "{what}");
                }
                7 => {
                    node.run(&format!("HDEL {key} {field}"));
                    if let Some(fields) = model.hashes.get_mut(&key) {
                        fields.remove(&field);
                    }
                }
                8 => {
                    let target = KEYS[random.index(KEYS.len())].to_owned();
                    let name = ["RENAME", "COPY"][random.index(2)];
                    node.run(&format!("{name} {key} {target}{}", if name == "COPY" { " REPLACE" } else { "" }));
                    if let Some(fields) = model.hashes.get(&key).cloned()
                        && target != key
                    {
                        if name == "RENAME" {
                            model.hashes.remove(&key);
                        }
                        model.hashes.insert(target, fields);
                    }
                }
                _ => {
                    let reply = texts(&node.run(&format!("HPTTL {key} FIELDS 1 {field}")));
                    let own = model.hashes.get(&key).and_then(|fields| fields.get(&field));
                    let expected = match own {
                        None => "-2".to_owned(),
                        Some((_, None)) => "-1".to_owned(),
                        Some((_, Some(deadline))) => (deadline - now).to_string(),
                    };
                    assert_eq!(reply, [expected], "{what}");
                }
            }
            model.pass(now);
            verify(&mut node, &model, &key, &what);
        }
        // The journal alone and a snapshot alone give the same.
        let mut replayed = Node::new(&[]);
        replayed.now = node.now;
        replayed.engine.replay(&node.journal, Time(node.now)).unwrap();
        let mut restored = Node::new(&[]);
        restored.now = node.now;
        restored.engine.restore(&node.engine.snapshot(), Time(node.now)).unwrap();
        for key in KEYS {
            verify(&mut replayed, &model, key, &format!("seed {seed}, replayed"));
            verify(&mut restored, &model, key, &format!("seed {seed}, restored"));
        }
    }
    assert!(expired > 1000, "only {expired} fields expired");
}

/// Every way of looking at a key shows the model's fields and no other.
fn verify(node: &mut Node, model: &Model, key: &str, what: &str) {
    let fields = model.hashes.get(key).cloned().unwrap_or_default();
    assert_eq!(node.shown(&format!("EXISTS {key}")), usize::from(!fields.is_empty()).to_string(), "{what}");
    assert_eq!(node.shown(&format!("HLEN {key}")), fields.len().to_string(), "{what}");
    let all = texts(&node.run(&format!("HGETALL {key}")));
    let all: BTreeMap<String, String> = all.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    let expected: BTreeMap<String, String> = fields.iter().map(|(field, own)| (field.clone(), own.0.clone())).collect();
    assert_eq!(all, expected, "{what}");
    for (field, (_, deadline)) in &fields {
        let shown = texts(&node.run(&format!("HPEXPIRETIME {key} FIELDS 1 {field}")));
        assert_eq!(shown, [deadline.map_or("-1".to_owned(), |deadline| deadline.to_string())], "{what}: {field}");
    }
    let earliest = model.hashes.values().flat_map(BTreeMap::values).filter_map(|own| own.1).min();
    assert!(earliest.is_none() || node.engine.deadline().is_some_and(|due| due.0 <= earliest.unwrap() + 1), "{what}");
}

#[test]
fn fields_and_keys_go_at_their_moment_with_their_events() {
    let mut node = Node::new(&[]);
    node.run("HSET h a 1 b 2 c 3");
    node.run("HPEXPIRE h 100 FIELDS 1 a");
    node.run("HPEXPIRE h 200 FIELDS 2 b c");
    node.run("HPERSIST h FIELDS 1 c");
    node.run("HPEXPIRE h 200 FIELDS 1 c");
    assert_eq!(node.take_events(), ["hset h", "hexpire h", "hexpire h", "hpersist h", "hexpire h"]);
    assert_eq!(node.engine.deadline(), Some(Time(START + 101)));
    node.pass(100);
    assert_eq!((node.take_events(), node.shown("HLEN h")), (Vec::new(), "3".to_owned()));
    node.pass(1);
    assert_eq!((node.take_events(), node.shown("HLEN h")), (vec!["hexpired h".to_owned()], "2".to_owned()));
    node.pass(100);
    assert_eq!(node.take_events(), ["hexpired h", "del h"]);
    assert_eq!((node.shown("DBSIZE"), node.engine.deadline()), ("0".to_owned(), None));
    node.run("HSET h a 1 b 2");
    node.run("HPEXPIRE h 0 FIELDS 1 a");
    node.run("HPEXPIRE h 0 FIELDS 1 b");
    assert_eq!(node.take_events(), ["hset h", "hdel h", "hdel h", "del h"]);
    let info = node.shown("INFO stats");
    assert!(info.contains("expired_subkeys:3"), "{info}");
}

#[test]
fn nobody_sees_a_field_that_no_tick_has_removed_yet() {
    let looks = [
        ("HGET h a", ""),
        ("HMGET h a", ""),
        ("HEXISTS h a", "0"),
        ("HSTRLEN h a", "0"),
        ("HSCAN h 0", "0 b 2"),
        ("HRANDFIELD h 5", "b"),
        ("HKEYS h", "b"),
        ("HVALS h", "2"),
        ("SORT s BY nosort GET h->a", ""),
        ("HSETNX h a 5", "1"),
        ("HINCRBY h a 5", "5"),
        ("HDEL h a", "0"),
        ("DEL g", "0"),
        ("EXISTS g", "0"),
        ("TYPE g", "none"),
        ("KEYS g*", ""),
        ("SCAN 0 MATCH g", "0"),
        ("RENAME g x", "ERR no such key"),
        ("COPY g x", "0"),
        ("PERSIST g", "0"),
        ("DBSIZE", "2"),
        ("SET g v GET", ""),
    ];
    for (line, expected) in looks {
        let mut node = Node::new(&[]);
        node.run("HSET h a 1 b 2");
        node.run("HSET g a 1");
        node.run("RPUSH s 1");
        node.run("HPEXPIRE h 10 FIELDS 1 a");
        node.run("HPEXPIRE g 10 FIELDS 1 a");
        node.now += 11;
        assert_eq!(node.shown(line), expected, "{line}");
    }
}

#[test]
fn a_dump_keeps_the_deadlines_of_fields() {
    for pairs in ["a 1 b 2", &(0..600).map(|number| format!("f{number} {number}")).collect::<Vec<_>>().join(" ")] {
        let mut node = Node::new(&[]);
        node.run(&format!("HSET h {pairs} c 3"));
        node.run("HPEXPIRE h 5000 FIELDS 1 c");
        let Value::Bulk(payload) = node.run("DUMP h") else { panic!("no payload") };
        // The oldest version that holds it: 12 with a deadline, 10 without.
        assert_eq!(payload[payload.len() - 10], 12);
        let reply = node.engine.call(node.client, &[b"RESTORE", b"g", b"0", &payload], Time(node.now));
        assert_eq!(reply, Value::Simple(b"OK".to_vec()));
        assert_eq!(node.shown("HPTTL g FIELDS 1 c"), "5000");
        assert_eq!(node.shown("HPTTL g FIELDS 1 nope"), "-2");
        assert_eq!(node.shown("OBJECT ENCODING g"), node.shown("OBJECT ENCODING h"));
        node.pass(5001);
        assert_eq!((node.shown("HEXISTS g c"), node.shown("HEXISTS h c")), ("0".to_owned(), "0".to_owned()));
        let Value::Bulk(payload) = node.run("DUMP h") else { panic!("no payload") };
        assert_eq!(payload[payload.len() - 10], 10);
    }
}

#[test]
fn one_tick_removes_a_limited_number_of_fields() {
    let mut node = Node::new(&[]);
    for first in (0..25_000).step_by(500) {
        let pairs: Vec<String> = (first..first + 500).map(|number| format!("f{number} v")).collect();
        let names: Vec<String> = (first..first + 500).map(|number| format!("f{number}")).collect();
        node.run(&format!("HSET h {}", pairs.join(" ")));
        node.run(&format!("HPEXPIRE h 100 FIELDS 500 {}", names.join(" ")));
    }
    let fields =
        |node: &Node| node.engine.keyspace().database(0).unwrap().iter().map(|(_, own)| own.value.len()).sum::<usize>();
    let mut left = Vec::new();
    while let Some(due) = node.engine.deadline() {
        node.engine.tick(due);
        left.push(fields(&node));
    }
    assert_eq!(left, [15_000, 5_000, 0]);
}
