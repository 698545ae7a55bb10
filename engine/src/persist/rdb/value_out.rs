//! Writing a value. Compact encodings go out as they are in memory; a set in a listpack, which Redis 7.0 does not
//! know, goes out member by member; when a consumer was last given something, which it does not know either, stays out.

use super::format::{UNKNOWN_ENTRIES_READ, VERSION_WITH_FIELD_TIMES, WRITTEN_VERSION, container, kind};
use super::target::Target;
use crate::encoding::quicklist::Node;
use crate::encoding::{Element, Listpack, Quicklist};
use crate::value::{Hash, List, Set, Stream, StreamId, Value, ZSet};

/// The oldest version that holds the value, but not below the one that is written anyway.
pub fn version(value: &Value) -> u32 {
    if value.next_field_deadline().is_some() { VERSION_WITH_FIELD_TIMES } else { WRITTEN_VERSION }
}

/// The type code under which [`write`] writes a value.
pub fn kind(value: &Value) -> u8 {
    match value {
        Value::String(_) => kind::STRING,
        Value::List(_) => kind::LIST_QUICKLIST_2,
        Value::Hash(hash) if hash.listpack().is_some() => kind::HASH_LISTPACK,
        Value::Hash(hash) if hash.next_deadline().is_none() => kind::HASH,
        Value::Hash(hash) if hash.is_compact() => kind::HASH_LISTPACK_EX,
        Value::Hash(_) => kind::HASH_METADATA,
        Value::Set(set) if set.intset().is_some() => kind::SET_INTSET,
        Value::Set(_) => kind::SET,
        Value::ZSet(zset) if zset.listpack().is_some() => kind::ZSET_LISTPACK,
        Value::ZSet(_) => kind::ZSET_2,
        Value::Stream(_) => kind::STREAM_LISTPACKS_2,
    }
}

/// Writes a value's content.
pub fn write(target: &mut Target, value: &Value) {
    match value {
        Value::String(string) => match string.stored_int() {
            Some(number) => target.integer(number),
            None => string.with_bytes(|text| target.string(text)),
        },
        Value::List(list) => write_list(target, list),
        Value::Hash(hash) => write_hash(target, hash),
        Value::Set(set) => write_set(target, set),
        Value::ZSet(zset) => write_zset(target, zset),
        Value::Stream(stream) => write_stream(target, stream),
    }
}

fn write_element(target: &mut Target, element: Element<'_>) {
    element.with_bytes(|text| target.string(text));
}

fn write_list(target: &mut Target, list: &List) {
    let packed = |target: &mut Target, listpack: &Listpack| {
        target.length(container::PACKED);
        target.string(listpack.as_bytes());
    };
    if let Some(listpack) = list.listpack() {
        target.length(1);
        return packed(target, listpack);
    }
    let nodes = list.quicklist().map(Quicklist::nodes);
    target.length(nodes.as_ref().map_or(0, ExactSizeIterator::len) as u64);
    for node in nodes.into_iter().flatten() {
        match node {
            Node::Packed(listpack) => packed(target, listpack),
            Node::Plain(element) => {
                target.length(container::PLAIN);
                target.string(element);
            }
        }
    }
}

fn write_hash(target: &mut Target, hash: &Hash) {
    if let Some(listpack) = hash.listpack() {
        return target.string(listpack.as_bytes());
    }
    if let Some(earliest) = hash.next_deadline() {
        return write_hash_with_times(target, hash, earliest);
    }
    target.length(hash.len() as u64);
    for (field, value) in hash.iter() {
        write_element(target, field);
        write_element(target, value);
    }
}

/// The earliest deadline, then a listpack of triples, or each field after how long after that its own deadline is:
/// 0 for none, 1 for the same.
fn write_hash_with_times(target: &mut Target, hash: &Hash, earliest: u64) {
    target.raw(&earliest.to_le_bytes());
    if let Some(listpack) = hash.timed_listpack() {
        return target.string(listpack.as_bytes());
    }
    target.length(hash.len() as u64);
    for (field, value, deadline) in hash.iter_with_times() {
        target.length(deadline.map_or(0, |deadline| deadline.saturating_sub(earliest) + 1));
        write_element(target, field);
        write_element(target, value);
    }
}

fn write_set(target: &mut Target, set: &Set) {
    if let Some(intset) = set.intset() {
        return target.string(intset.as_bytes());
    }
    target.length(set.len() as u64);
    for member in set.iter() {
        write_element(target, member);
    }
}

fn write_zset(target: &mut Target, zset: &ZSet) {
    if let Some(listpack) = zset.listpack() {
        return target.string(listpack.as_bytes());
    }
    target.length(zset.len() as u64);
    // From the highest score down, as Redis does: each member then goes to the front of the reader's skiplist.
    for (member, score) in zset.range(0..zset.len(), true) {
        write_element(target, member);
        target.raw(&score.to_le_bytes());
    }
}

fn write_stream(target: &mut Target, stream: &Stream) {
    let write_id = |target: &mut Target, id: StreamId| {
        target.length(id.ms);
        target.length(id.seq);
    };
    let log = &stream.log;
    let nodes = log.nodes();
    target.length(nodes.len() as u64);
    for (base, node) in nodes {
        target.string(&base.to_be_bytes());
        target.string(node.as_bytes());
    }
    target.length(log.len());
    for id in [log.last_id(), log.first_id(), log.max_deleted_id()] {
        write_id(target, id);
    }
    target.length(log.entries_added());
    target.length(stream.groups_len() as u64);
    for (name, group) in stream.groups() {
        target.string(name);
        write_id(target, group.last_id);
        target.length(group.entries_read.unwrap_or(UNKNOWN_ENTRIES_READ).cast_unsigned());
        target.length(group.pending_len() as u64);
        for (id, pending) in group.pending(StreamId::MIN, StreamId::MAX) {
            target.raw(&id.to_be_bytes());
            target.raw(&pending.delivered_ms.to_le_bytes());
            target.length(pending.deliveries);
        }
        target.length(group.consumers_len() as u64);
        for consumer in group.consumers() {
            target.string(consumer.name());
            target.raw(&consumer.seen_ms.to_le_bytes());
            target.length(consumer.pending_len() as u64);
            for id in consumer.pending(StreamId::MIN, StreamId::MAX) {
                target.raw(&id.to_be_bytes());
            }
        }
    }
}
