//! Streams: entries by their IDs, and what a group's consumers have not acknowledged.

use std::ops::Range;

use engine::value::stream::{Entry, Group, IdText, Log};
use engine::value::{Stream, StreamId};

use super::Room;
use crate::protocol::{ConsumerView, EntryView, GroupContent, GroupView, PendingView, ValueContent};

/// How many groups of a stream are shown.
const GROUPS: usize = 100;
/// How many consumers of a group are shown.
const CONSUMERS: usize = 200;

/// The positions of the entries between two IDs; an empty end is open.
pub fn window(log: &Log, start: &str, end: &str) -> Result<Range<usize>, String> {
    let len = log.len() as usize;
    let first = match start.trim() {
        "" | "-" => 0,
        text => position(log, parse(text, 0)?),
    };
    let last = match end.trim() {
        "" | "+" => len,
        text => parse(text, u64::MAX)?.next().map_or(len, |after| position(log, after)),
    };
    Ok(first..last.max(first))
}

fn parse(text: &str, seq: u64) -> Result<StreamId, String> {
    let id = IdText::parse(text.as_bytes()).and_then(|id| id.with_seq(seq));
    id.ok_or_else(|| "An ID is milliseconds, or milliseconds-number, such as 1700000000000-0.".to_owned())
}

/// How many entries are below an ID. Whole nodes are only counted.
fn position(log: &Log, id: StreamId) -> usize {
    let (mut before, mut count, mut base) = (0, 0, StreamId::MIN);
    for (node, entries) in log.nodes().take_while(|(base, _)| *base < id) {
        before += count;
        (base, count) = (node, entries.count());
    }
    let within = id.previous().map_or(0, |last| log.range(base, last).count());
    before as usize + if count > 0 { within } else { 0 }
}

pub fn content(stream: &Stream, shown: Range<usize>, reversed: bool, room: &mut Room) -> ValueContent {
    let entries = stream.log.from_position(shown.start as u64).take(shown.len());
    let mut entries: Vec<EntryView> = entries.map(|entry| entry_view(entry, room)).collect();
    if reversed {
        entries.reverse();
    }
    let groups = stream.groups().take(GROUPS);
    ValueContent::Stream {
        entries,
        groups: groups.map(|(name, group)| group_view(stream, name, group, room)).collect(),
    }
}

fn entry_view(entry: Entry<'_>, room: &mut Room) -> EntryView {
    let fields = entry.fields.map(|(name, value)| (room.take(name), room.take(value))).collect();
    EntryView { id: id(entry.id), fields }
}

fn id(id: StreamId) -> String {
    format!("{}-{}", id.ms, id.seq)
}

fn group_view(stream: &Stream, name: &[u8], group: &Group, room: &mut Room) -> GroupView {
    GroupView {
        name: room.take_bytes(name),
        consumers: group.consumers_len() as u32,
        pending: group.pending_len() as u32,
        last_id: id(group.last_id),
        lag: group.lag(&stream.log).map(|lag| lag as f64),
    }
}

/// One group; without it what a stream shows without entries.
pub fn group(stream: &Stream, name: &[u8], shown: Range<usize>, room: &mut Room) -> ValueContent {
    let Some(group) = stream.group(name) else { return content(stream, 0..0, false, room) };
    let consumers = group.consumers().take(CONSUMERS).map(|consumer| ConsumerView {
        name: room.take_bytes(consumer.name()),
        pending: consumer.pending_len() as u32,
        seen_ms: consumer.seen_ms as f64,
    });
    let consumers = consumers.collect();
    let pending = group.pending(StreamId::MIN, StreamId::MAX).skip(shown.start).take(shown.len());
    let pending = pending.map(|(entry, pending)| PendingView {
        id: id(entry),
        consumer: group.consumer(pending.consumer).map_or_else(Default::default, |it| room.take_bytes(it.name())),
        delivered_ms: pending.delivered_ms as f64,
        deliveries: pending.deliveries as f64,
    });
    let pending = pending.collect();
    ValueContent::Group(GroupContent { name: room.take_bytes(name), consumers, pending })
}
