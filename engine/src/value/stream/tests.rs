//! The log and the groups against naive models, with seeded operations.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::base::Random;
use crate::encoding::Listpack;
use crate::value::Limits;

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// What a log is to hold.
#[derive(Default)]
struct Model {
    entries: BTreeMap<StreamId, Pairs>,
    last_id: StreamId,
    max_deleted_id: StreamId,
    added: u64,
}

fn pairs_of(entry: &Entry) -> Pairs {
    entry.fields.clone().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

fn random_pairs(random: &mut Random) -> Pairs {
    let names: &[&[u8]] = &[b"a", b"b", b"12", b"a-longer-name"];
    let word = |random: &mut Random| match random.below(4) {
        0 => (random.next_u64() as i64 >> random.below(64)).to_string().into_bytes(),
        1 => vec![b'x'; random.index(300)],
        _ => vec![b'a' + random.index(3) as u8; random.index(5)],
    };
    let count = if random.below(3) > 0 { 2 } else { 1 + random.index(4) };
    (0..count)
        .map(|at| {
            let name = if random.below(5) > 0 { names[at % names.len()].to_vec() } else { word(random) };
            (name, word(random))
        })
        .collect()
}

fn words(pairs: &Pairs) -> Vec<&[u8]> {
    pairs.iter().flat_map(|(name, value)| [&name[..], &value[..]]).collect()
}

fn check(log: &Log, model: &Model) {
    assert_eq!(log.len(), model.entries.len() as u64);
    assert_eq!(log.first_id(), model.entries.keys().next().copied().unwrap_or_default());
    assert_eq!(log.top_id(), model.entries.keys().next_back().copied());
    assert_eq!((log.last_id(), log.max_deleted_id()), (model.last_id, model.max_deleted_id));
    assert_eq!(log.entries_added(), model.added);
    assert_eq!(log.node_bytes_counted(), log.nodes().map(|(_, node)| node.heap_bytes()).sum::<usize>());
}

fn check_ranges(log: &Log, model: &Model, random: &mut Random) {
    let mut id = || StreamId::new(random.below(model.last_id.ms + 2), random.below(4));
    let (start, end) = (id(), id());
    let own = |entry: Entry| (entry.id, pairs_of(&entry));
    let expected: Vec<_> = if start <= end {
        model.entries.range(start..=end).map(|(id, pairs)| (*id, pairs.clone())).collect()
    } else {
        Vec::new()
    };
    assert_eq!(log.range(start, end).map(own).collect::<Vec<_>>(), expected);
    assert_eq!(log.range_back(start, end).map(own).collect::<Vec<_>>(), expected.into_iter().rev().collect::<Vec<_>>());
    let ids: Vec<StreamId> = log.range(StreamId::MIN, StreamId::MAX).map(|entry| entry.id).collect();
    assert_eq!(ids, model.entries.keys().copied().collect::<Vec<_>>());
    let position = random.index(ids.len() + 2);
    let from: Vec<StreamId> = log.from_position(position as u64).map(|entry| entry.id).collect();
    assert_eq!(from, ids.iter().copied().skip(position).collect::<Vec<_>>());
    assert_eq!(log.get(start).map(|entry| pairs_of(&entry)), model.entries.get(&start).cloned());
}

/// A log from its own nodes, as a file would hold them.
fn reread(log: &Log) -> Log {
    let mut again = Log::default();
    for (base, node) in log.nodes() {
        let listpack = Listpack::from_bytes(node.as_bytes().to_vec()).unwrap();
        again.push_node(base, Node::from_listpack(listpack).unwrap()).unwrap();
    }
    let (last_id, max_deleted_id) = (log.last_id(), log.max_deleted_id());
    again.set_counters(Counters { last_id, max_deleted_id, entries_added: log.entries_added() }).unwrap();
    again
}

#[test]
fn a_log_holds_what_a_map_holds() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let limits = Limits {
            stream_node_max_bytes: [0, 64, 300, 4096][random.index(4)],
            stream_node_max_entries: [0, 1, 3, 10, 100][random.index(5)],
            ..Limits::default()
        };
        let (mut log, mut model) = (Log::default(), Model::default());
        for _ in 0..400 {
            match random.below(20) {
                0..14 => {
                    let pairs = random_pairs(&mut random);
                    let new = match random.below(3) {
                        0 => NewId::Auto(random.below(model.last_id.ms + 5)),
                        1 => NewId::AnySeq(model.last_id.ms + random.below(3)),
                        _ => NewId::Exactly(StreamId::new(model.last_id.ms + random.below(2), random.below(9))),
                    };
                    match log.append(new, &words(&pairs), &limits) {
                        Ok(id) => {
                            assert!(id > model.last_id);
                            model.entries.insert(id, pairs);
                            (model.last_id, model.added) = (id, model.added + 1);
                        }
                        Err(why) => assert_eq!(why, NotAdded::NotAbove),
                    }
                }
                14..17 => {
                    let among = model.entries.keys().nth(random.index(model.entries.len().max(1)));
                    let id = among.copied().unwrap_or(StreamId::new(random.below(50), 0));
                    let there = model.entries.remove(&id).is_some();
                    assert_eq!(log.remove(id), there);
                    if there {
                        model.max_deleted_id = model.max_deleted_id.max(id);
                    }
                }
                17 => {
                    let most = random.below(model.entries.len() as u64 + 2);
                    let removed = log.trim(Trim::MaxLen(most), false, 0);
                    let excess = (model.entries.len() as u64).saturating_sub(most);
                    assert_eq!(removed, excess);
                    (0..excess).for_each(|_| drop(model.entries.pop_first()));
                }
                18 => {
                    let least = StreamId::new(random.below(model.last_id.ms + 2), random.below(5));
                    let kept = model.entries.split_off(&least);
                    assert_eq!(log.trim(Trim::MinId(least), false, 0), model.entries.len() as u64);
                    model.entries = kept;
                }
                _ => {
                    // Whole nodes only: how many go depends on the nodes, but never too many.
                    let most = random.below(model.entries.len() as u64 + 2);
                    let removed = log.trim(Trim::MaxLen(most), true, random.below(30));
                    (0..removed).for_each(|_| drop(model.entries.pop_first()));
                    assert!(removed == 0 || model.entries.len() as u64 >= most);
                }
            }
            check(&log, &model);
            check_ranges(&log, &model, &mut random);
        }
        assert_eq!(reread(&log), log, "seed {seed}");
    }
}

#[test]
fn ids_are_made_from_time_and_never_fall_back() {
    let mut log = Log::default();
    let limits = Limits::default();
    let mut add = |new| log.append(new, &[b"f", b"v"], &limits);
    assert_eq!(add(NewId::Auto(5)), Ok(StreamId::new(5, 0)));
    assert_eq!(add(NewId::Auto(5)), Ok(StreamId::new(5, 1)));
    assert_eq!(add(NewId::Auto(3)), Ok(StreamId::new(5, 2)));
    assert_eq!(add(NewId::AnySeq(5)), Ok(StreamId::new(5, 3)));
    assert_eq!(add(NewId::AnySeq(4)), Err(NotAdded::NotAbove));
    assert_eq!(add(NewId::AnySeq(9)), Ok(StreamId::new(9, 0)));
    assert_eq!(add(NewId::Exactly(StreamId::new(9, 0))), Err(NotAdded::NotAbove));
    assert_eq!(add(NewId::Exactly(StreamId::new(9, u64::MAX))), Ok(StreamId::new(9, u64::MAX)));
    assert_eq!(add(NewId::AnySeq(9)), Err(NotAdded::NotAbove));
    assert_eq!(add(NewId::Auto(3)), Ok(StreamId::new(10, 0)));
    assert_eq!(add(NewId::Exactly(StreamId::MAX)), Ok(StreamId::MAX));
    assert_eq!(add(NewId::Auto(3)), Err(NotAdded::Exhausted));
    let mut log = Log::default();
    assert_eq!(log.append(NewId::AnySeq(0), &[b"f", b"v"], &limits), Ok(StreamId::new(0, 1)));
}

/// The bytes of a node that the real server wrote (DUMP of XADD s 1-1 a 1 b 2; XADD s 1-2 a 3 b 4; XADD s 5-0 c x).
#[test]
fn a_node_has_the_bytes_of_the_real_server() {
    let mut log = Log::default();
    for (id, words) in [
        (StreamId::new(1, 1), [b"a", b"1", b"b", b"2"].as_slice()),
        (StreamId::new(1, 2), &[b"a", b"3", b"b", b"4"]),
        (StreamId::new(5, 0), &[b"c", b"x"]),
    ] {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_slice()).collect();
        log.append(NewId::Exactly(id), &words, &Limits::default()).unwrap();
    }
    let node = log.nodes().next().unwrap().1.as_bytes().escape_ascii().to_string();
    assert_eq!(node, REAL_NODE);
}

const REAL_NODE: &str = r">\x00\x00\x00\x19\x00\x03\x01\x00\x01\x02\x01\x81a\x02\x81b\x02\x00\x01\x02\x01\x00\x01\x00\x01\x01\x01\x02\x01\x05\x01\x02\x01\x00\x01\x01\x01\x03\x01\x04\x01\x05\x01\x00\x01\x04\x01\xdf\xff\x02\x01\x01\x81c\x02\x81x\x02\x06\x01\xff";

#[test]
fn counts_the_nodes_of_a_radix_tree() {
    let count = |ids: &[(u64, u64)]| {
        let limits = Limits { stream_node_max_entries: 1, ..Limits::default() };
        let mut log = Log::default();
        for &(ms, seq) in ids {
            log.append(NewId::Exactly(StreamId::new(ms, seq)), &[b"f", b"v"], &limits).unwrap();
        }
        log.radix_tree_nodes()
    };
    assert_eq!(count(&[]), 1);
    assert_eq!(count(&[(1, 1)]), 2);
    // Shared run, the place where they part, and two ends.
    assert_eq!(count(&[(1, 1), (1, 2)]), 4);
    assert_eq!(count(&[(1, 1), (1, 2), (2, 0)]), 8);
}

#[test]
fn damaged_nodes_are_refused() {
    let mut node = Node::new(&[b"a", b"1", b"b", b"2"]);
    let base = StreamId::new(5, 5);
    for seq in 5..9 {
        node.append(base, StreamId::new(5, seq), &[b"a", b"1", b"b", b"2"]);
        node.append(base, StreamId::new(6, seq), &[b"c", b"1"]);
    }
    let bytes = node.as_bytes().to_vec();
    let read =
        |bytes: Vec<u8>| Listpack::from_bytes(bytes).ok().and_then(|listpack| Node::from_listpack(listpack).ok());
    assert!(read(bytes.clone()).is_some());
    for at in 0..bytes.len() {
        for value in [0, 1, 2, 3, 8, 0x7f, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            if let Some(node) = read(damaged) {
                // What is accepted can be walked from both sides.
                let forwards: Vec<StreamId> = node.entries(base).map(|entry| entry.id).collect();
                let mut backwards: Vec<StreamId> = node.entries(base).rev().map(|entry| entry.id).collect();
                backwards.reverse();
                assert_eq!((forwards.len(), &forwards), (8, &backwards));
                assert!(node.entries(base).all(|entry| entry.fields.len() == entry.fields.clone().count()));
            }
        }
    }
}

#[test]
fn nodes_out_of_order_are_refused() {
    let node = |base: StreamId, ids: &[StreamId]| {
        let mut node = Node::new(&[b"a", b"1"]);
        ids.iter().for_each(|id| node.append(base, *id, &[b"a", b"1"]));
        node
    };
    let id = StreamId::new;
    let mut log = Log::default();
    assert_eq!(log.push_node(id(5, 0), node(id(5, 0), &[id(5, 0), id(7, 0)])), Ok(()));
    assert_eq!(log.push_node(id(5, 0), node(id(5, 0), &[id(8, 0)])), Err(Unordered));
    assert_eq!(log.push_node(id(6, 0), node(id(6, 0), &[id(8, 0)])), Err(Unordered));
    assert_eq!(log.push_node(id(8, 0), node(id(8, 0), &[id(9, 0), id(9, 0)])), Err(Unordered));
    assert_eq!(log.push_node(id(8, 0), node(id(8, 0), &[id(7, 5)])), Err(Unordered));
    assert_eq!(log.push_node(id(8, 0), node(id(8, 0), &[id(8, 0)])), Ok(()));
    let counters = |last_id| Counters { last_id, max_deleted_id: StreamId::MIN, entries_added: 3 };
    assert_eq!(log.set_counters(counters(id(7, 9))), Err(Unordered));
    assert_eq!(log.set_counters(counters(id(8, 0))), Ok(()));
    assert_eq!((log.len(), log.first_id()), (3, id(5, 0)));
}

/// Both lists of pending entries against a map.
#[test]
fn pending_entries_stand_on_both_lists() {
    let mut random = Random::new(9);
    let mut group = Group::new(StreamId::MIN, None);
    let mut model: BTreeMap<StreamId, (Vec<u8>, u64)> = BTreeMap::new();
    let mut names: BTreeSet<Vec<u8>> = BTreeSet::new();
    for _ in 0..5000 {
        let id = StreamId::new(random.below(40), 0);
        let name = format!("consumer {}", random.below(5)).into_bytes();
        match random.below(10) {
            0..6 => {
                let (consumer, new) = group.find_or_create(&name, 0);
                assert_eq!(new, names.insert(name.clone()));
                let deliveries = random.below(100);
                group.assign(id, Pending { consumer, delivered_ms: 0, deliveries });
                model.insert(id, (name, deliveries));
            }
            6..9 => assert_eq!(group.acknowledge(id), model.remove(&id).is_some()),
            _ => {
                let before = model.len();
                model.retain(|_, (own, _)| *own != name);
                let expected = names.remove(&name).then(|| before - model.len());
                assert_eq!(group.remove_consumer(&name), expected);
            }
        }
        let held: BTreeMap<StreamId, (Vec<u8>, u64)> = group
            .pending(StreamId::MIN, StreamId::MAX)
            .map(|(id, one)| (id, (group.consumer(one.consumer).unwrap().name().to_vec(), one.deliveries)))
            .collect();
        assert_eq!(held, model);
        let each: usize = group.consumers().map(Consumer::pending_len).sum();
        assert_eq!((each, group.consumers_len()), (model.len(), names.len()));
        for consumer in group.consumers() {
            for id in consumer.pending(StreamId::MIN, StreamId::MAX) {
                assert_eq!(model[&id].0, consumer.name().to_vec());
            }
        }
    }
}

#[test]
fn accounts_of_groups_return_to_nothing() {
    let mut stream = Stream::new();
    let name = [b'g'; 100];
    assert!(stream.add_group(&name, Group::new(StreamId::MIN, None)));
    assert!(!stream.add_group(&name, Group::new(StreamId::MIN, None)));
    let with_group = stream.heap_bytes();
    stream.change_group(&name, |_, group| {
        let (consumer, _) = group.find_or_create(&[b'c'; 50], 0);
        group.assign(StreamId::new(1, 1), Pending { consumer, delivered_ms: 0, deliveries: 1 });
    });
    assert!(stream.heap_bytes() > with_group + 100);
    stream.change_group(&name, |_, group| group.remove_consumer(&[b'c'; 50]));
    assert_eq!(stream.heap_bytes(), with_group);
    assert!(stream.remove_group(&name));
    assert_eq!(stream.heap_bytes(), 0);
}
