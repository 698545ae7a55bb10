//! What a stream holds, in no encoding: made at random, out of the engine's value and out of a server's replies.

use std::collections::{BTreeMap, BTreeSet};

use engine::base::Random;
use engine::value::stream::{Counters, Group, NewId, Pending};
use engine::value::{Limits, Stream, StreamId};

use crate::reply::Tree;
use crate::wire::Command;

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// All but when consumers were last seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamContent {
    entries: BTreeMap<StreamId, Pairs>,
    last_id: StreamId,
    max_deleted_id: StreamId,
    entries_added: u64,
    groups: BTreeMap<Vec<u8>, GroupContent>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct GroupContent {
    last_id: StreamId,
    entries_read: Option<i64>,
    consumers: BTreeSet<Vec<u8>>,
    /// Consumer, time and number of deliveries of each pending entry.
    pending: BTreeMap<StreamId, (Vec<u8>, i64, u64)>,
}

impl StreamContent {
    /// `count` entries with words from `element`, and some groups.
    pub fn random(random: &mut Random, count: usize, element: impl Fn(&mut Random) -> Vec<u8>) -> StreamContent {
        let mut content = StreamContent::default();
        let mut id = StreamId::new(random.below(1 << 45), 1);
        let names: Vec<Vec<u8>> = (0..3).map(|_| element(random)).collect();
        for _ in 0..count {
            id = if random.below(2) == 0 {
                StreamId::new(id.ms, id.seq + 1 + random.below(3))
            } else {
                StreamId::new(id.ms + 1 + random.below(1 << 20), random.below(3))
            };
            let fields = 1 + random.index(3);
            let name =
                |random: &mut Random, at: usize| if random.below(6) > 0 { names[at].clone() } else { element(random) };
            let pairs = (0..fields).map(|at| (name(random, at), element(random))).collect();
            content.entries.insert(id, pairs);
        }
        content.last_id = StreamId::new(id.ms + random.below(2), id.seq + 1);
        content.max_deleted_id = StreamId::new(1 + random.below(id.ms.max(1)), 0);
        content.entries_added = count as u64 + random.below(1000);
        for number in 0..random.below(3) {
            let name = [element(random), number.to_string().into_bytes()].concat();
            let group = content.random_group(random);
            content.groups.insert(name, group);
        }
        content
    }

    fn random_group(&self, random: &mut Random) -> GroupContent {
        let entries_read = [None, Some(0), Some(random.below(1 << 40) as i64)][random.index(3)];
        let last_id = StreamId::new(random.below(1 << 45), random.below(1 << 40));
        let mut group = GroupContent { last_id, entries_read, ..GroupContent::default() };
        group.consumers = (0..random.below(4)).map(|number| format!("consumer {number}").into_bytes()).collect();
        for id in self.entries.keys() {
            let owner = group.consumers.iter().nth(random.index(4)).cloned();
            if let Some(owner) = owner {
                let time = 1_600_000_000_000 + random.below(100_000_000_000) as i64;
                group.pending.insert(*id, (owner, time, random.below(1000)));
            }
        }
        group
    }

    /// An ID right before that of an entry, to be added and removed, so that something of it stays.
    fn removed_before(&self, id: StreamId) -> Option<StreamId> {
        let before = id.previous().filter(|before| (id.ms + id.seq).is_multiple_of(5) && *before > StreamId::MIN)?;
        let last = self.entries.range(..id).next_back().map(|(last, _)| *last);
        last.is_none_or(|last| last < before).then_some(before)
    }

    pub fn to_stream(&self, limits: &Limits) -> Stream {
        let mut stream = Stream::new();
        for (id, pairs) in &self.entries {
            if let Some(removed) = self.removed_before(*id) {
                stream.log.append(NewId::Exactly(removed), &[b"x", b"y"], limits).unwrap();
                assert!(stream.log.remove(removed));
            }
            let words: Vec<&[u8]> = pairs.iter().flat_map(|(name, value)| [&name[..], value]).collect();
            stream.log.append(NewId::Exactly(*id), &words, limits).unwrap();
        }
        let (last_id, max_deleted_id, entries_added) = (self.last_id, self.max_deleted_id, self.entries_added);
        stream.log.set_counters(Counters { last_id, max_deleted_id, entries_added }).unwrap();
        for (name, content) in &self.groups {
            assert!(stream.add_group(name, Group::new(content.last_id, content.entries_read)));
            stream.change_group(name, |_, group| {
                for consumer in &content.consumers {
                    group.find_or_create(consumer, 1_700_000_000_000);
                }
                for (id, (consumer, delivered_ms, deliveries)) in &content.pending {
                    let (consumer, delivered_ms, deliveries) =
                        (group.find(consumer).unwrap(), *delivered_ms, *deliveries);
                    group.assign(*id, Pending { consumer, delivered_ms, deliveries });
                }
            });
        }
        stream
    }

    pub fn of_stream(stream: &Stream) -> StreamContent {
        let log = &stream.log;
        let pairs = |entry: engine::value::stream::Entry| {
            (entry.id, entry.fields.map(|(name, value)| (name.to_vec(), value.to_vec())).collect())
        };
        let group = |group: &Group| GroupContent {
            last_id: group.last_id,
            entries_read: group.entries_read,
            consumers: group.consumers().map(|consumer| consumer.name().to_vec()).collect(),
            pending: group
                .pending(StreamId::MIN, StreamId::MAX)
                .map(|(id, pending)| {
                    let name = group.consumer(pending.consumer).unwrap().name().to_vec();
                    (id, (name, pending.delivered_ms, pending.deliveries))
                })
                .collect(),
        };
        StreamContent {
            entries: log.range(StreamId::MIN, StreamId::MAX).map(pairs).collect(),
            last_id: log.last_id(),
            max_deleted_id: log.max_deleted_id(),
            entries_added: log.entries_added(),
            groups: stream.groups().map(|(name, own)| (name.to_vec(), group(own))).collect(),
        }
    }

    /// The commands that make a server hold it.
    pub fn commands(&self, key: &[u8]) -> Vec<Command> {
        let mut commands = Vec::new();
        let mut add = |words: &[&[u8]]| commands.push(words.iter().map(|word| word.to_vec()).collect::<Command>());
        if self.entries.is_empty() {
            add(&[b"XADD", key, b"MAXLEN", b"0", b"0-1", b"x", b"y"]);
        }
        for (id, pairs) in &self.entries {
            if let Some(removed) = self.removed_before(*id) {
                add(&[b"XADD", key, &removed.to_text(), b"x", b"y"]);
                add(&[b"XDEL", key, &removed.to_text()]);
            }
            let id = id.to_text();
            let mut words: Vec<&[u8]> = vec![b"XADD", key, &id];
            words.extend(pairs.iter().flat_map(|(name, value)| [&name[..], value]));
            add(&words);
        }
        let (last, deleted, added) =
            (self.last_id.to_text(), self.max_deleted_id.to_text(), self.entries_added.to_string());
        add(&[b"XSETID", key, &last, b"ENTRIESADDED", added.as_bytes(), b"MAXDELETEDID", &deleted]);
        for (name, group) in &self.groups {
            let read = group.entries_read.unwrap_or(-1).to_string();
            add(&[b"XGROUP", b"CREATE", key, name, &group.last_id.to_text(), b"ENTRIESREAD", read.as_bytes()]);
            for consumer in &group.consumers {
                add(&[b"XGROUP", b"CREATECONSUMER", key, name, consumer]);
            }
            for (id, (consumer, time, count)) in &group.pending {
                let (time, count) = (time.to_string(), count.to_string());
                let (time, count) = (time.as_bytes(), count.as_bytes());
                let id = id.to_text();
                add(&[
                    b"XCLAIM",
                    key,
                    name,
                    consumer,
                    b"0",
                    &id,
                    b"TIME",
                    time,
                    b"RETRYCOUNT",
                    count,
                    b"FORCE",
                    b"JUSTID",
                ]);
            }
        }
        commands
    }

    /// Out of the reply to XINFO STREAM FULL COUNT 0.
    pub fn of_reply(reply: &Tree) -> StreamContent {
        let entry = |entry: &Tree| {
            let [id, words] = entry.children() else { panic!("{entry:?}") };
            (self::id(id), words.children().chunks(2).map(|pair| (text(&pair[0]), text(&pair[1]))).collect())
        };
        let group = |group: &Tree| {
            let pending = |pending: &Tree| {
                let [id, consumer, time, count] = pending.children() else { panic!("{pending:?}") };
                (self::id(id), (text(consumer), time.integer().unwrap(), count.integer().unwrap() as u64))
            };
            let content = GroupContent {
                last_id: id(field(group, "last-delivered-id")),
                entries_read: field(group, "entries-read").integer(),
                consumers: field(group, "consumers").children().iter().map(|one| text(field(one, "name"))).collect(),
                pending: field(group, "pending").children().iter().map(pending).collect(),
            };
            (text(field(group, "name")), content)
        };
        StreamContent {
            entries: field(reply, "entries").children().iter().map(entry).collect(),
            last_id: id(field(reply, "last-generated-id")),
            max_deleted_id: id(field(reply, "max-deleted-entry-id")),
            entries_added: field(reply, "entries-added").integer().unwrap() as u64,
            groups: field(reply, "groups").children().iter().map(group).collect(),
        }
    }
}

fn field<'t>(map: &'t Tree, name: &str) -> &'t Tree {
    let pair = map.children().chunks(2).find(|pair| pair[0].text() == Some(name.as_bytes()));
    pair.map(|pair| &pair[1]).unwrap_or_else(|| panic!("{name} in {map:?}"))
}

fn text(leaf: &Tree) -> Vec<u8> {
    leaf.text().unwrap_or_else(|| panic!("{leaf:?}")).to_vec()
}

fn id(leaf: &Tree) -> StreamId {
    let text = String::from_utf8(text(leaf)).unwrap();
    let (ms, seq) = text.split_once('-').unwrap();
    StreamId::new(ms.parse().unwrap(), seq.parse().unwrap())
}
