//! Reading a stream, as Redis 5.0 (STREAM_LISTPACKS), 7.0 (_2) and 7.2 (_3) write it.
//!
//! ```text
//! nodes (ID, listpack) ...   length   last ID   [first ID   max deleted ID   entries added]
//! groups (name   last ID   [entries read]
//!         pending (ID   time   deliveries) ...
//!         consumers (name   seen   [active]   pending (ID) ...) ...) ...
//! ```
//!
//! Everything is checked: the layout and order of entries, the length, names that stand twice, pending entries that
//! belong to no consumer or to two.

use super::error::LoadError;
use super::format::{UNKNOWN_ENTRIES_READ, kind};
use super::source::Source;
use super::value_in::read_listpack;
use crate::value::stream::{Counters, Group, Node, Pending};
use crate::value::{Stream, StreamId};

/// Reads a stream whose type code is `code`.
pub fn read(source: &mut Source<'_>, code: u8) -> Result<Stream, LoadError> {
    let mut stream = Stream::new();
    for _ in 0..source.length()? {
        let base = source.string()?;
        let base = <[u8; 16]>::try_from(&*base).map_err(|_| source.corrupt("a stream's node has no ID"))?;
        let node = Node::from_listpack(read_listpack(source)?);
        let node = node.map_err(|_| source.corrupt("a stream's node is damaged"))?;
        let pushed = stream.log.push_node(StreamId::from_be_bytes(base), node);
        pushed.map_err(|_| source.corrupt("a stream's entries are not in order"))?;
    }
    let length = source.length()?;
    if length != stream.log.len() {
        return Err(source.corrupt("a stream does not have as many entries as it says"));
    }
    let last_id = read_id(source)?;
    let mut counters = Counters { last_id, max_deleted_id: StreamId::MIN, entries_added: length };
    if code != kind::STREAM_LISTPACKS {
        // The first ID is that of the first entry, whatever the file says.
        read_id(source)?;
        counters.max_deleted_id = read_id(source)?;
        counters.entries_added = source.length()?;
    }
    let counted = stream.log.set_counters(counters);
    counted.map_err(|_| source.corrupt("a stream has entries above its last ID"))?;
    for _ in 0..source.length()? {
        let name = source.string()?;
        let group = read_group(source, code, &stream)?;
        if !stream.add_group(&name, group) {
            return Err(source.corrupt("a stream has a consumer group twice"));
        }
    }
    Ok(stream)
}

fn read_id(source: &mut Source<'_>) -> Result<StreamId, LoadError> {
    Ok(StreamId { ms: source.length()?, seq: source.length()? })
}

fn read_raw_id(source: &mut Source<'_>) -> Result<StreamId, LoadError> {
    source.array().map(StreamId::from_be_bytes)
}

fn read_time(source: &mut Source<'_>) -> Result<i64, LoadError> {
    source.array().map(i64::from_le_bytes)
}

fn read_group(source: &mut Source<'_>, code: u8, stream: &Stream) -> Result<Group, LoadError> {
    let last_id = read_id(source)?;
    let entries_read = if code == kind::STREAM_LISTPACKS {
        stream.log.added_up_to(last_id)
    } else {
        Some(source.length()?.cast_signed()).filter(|&read| read != UNKNOWN_ENTRIES_READ)
    };
    let mut group = Group::new(last_id, entries_read);
    // Whose they are is told later.
    let mut pending = std::collections::BTreeMap::new();
    for _ in 0..source.length()? {
        let (id, delivered_ms, deliveries) = (read_raw_id(source)?, read_time(source)?, source.length()?);
        if pending.insert(id, (delivered_ms, deliveries)).is_some() {
            return Err(source.corrupt("a consumer group has a pending entry twice"));
        }
    }
    for _ in 0..source.length()? {
        let name = source.string()?;
        let seen_ms = read_time(source)?;
        let (consumer, new) = group.find_or_create(&name, seen_ms);
        if !new {
            return Err(source.corrupt("a consumer group has a consumer twice"));
        }
        let active_ms = if code == kind::STREAM_LISTPACKS_3 { read_time(source)? } else { seen_ms };
        if let Some(consumer) = group.consumer_mut(consumer) {
            consumer.active_ms = Some(active_ms).filter(|&ms| ms != NEVER_ACTIVE);
        }
        for _ in 0..source.length()? {
            let id = read_raw_id(source)?;
            let Some((delivered_ms, deliveries)) = pending.remove(&id) else {
                return Err(source.corrupt("a consumer has a pending entry that its group has not"));
            };
            group.assign(id, Pending { consumer, delivered_ms, deliveries });
        }
    }
    if pending.is_empty() { Ok(group) } else { Err(source.corrupt("a pending entry belongs to no consumer")) }
}

/// What a file holds for a consumer that was never given anything.
const NEVER_ACTIVE: i64 = -1;
