//! One page of a value, as the page draws it beside the key tree.
//!
//! Reads the data directly, so that looking at a key is no command: it counts no hit, makes no key younger and
//! shows in no monitor.

use engine::encoding::Element;
use engine::keyspace::{Keyspace, Object};
use engine::value::stream::{Entry, Group};
use engine::value::{Stream, StreamId, Value};
use serde_bytes::ByteBuf;

use super::{key_view, print};
use crate::protocol::{GroupView, VALUE_PAGE, ValueContent, ValuePage, ValueQuestion, ValueView};

/// How many bytes of a string make a page.
const TEXT_PAGE: usize = 4096;
/// How many bytes of one element are shown.
const ELEMENT_CHARACTERS: usize = 1000;
const MAX_NAME_CHARACTERS: usize = 2000;
/// How many groups of a stream are shown.
const GROUPS: usize = 100;

/// What the question asks for, as it is now.
pub fn view(keyspace: &Keyspace, question: &ValueQuestion) -> ValueView {
    let page = keyspace.database(question.database as usize).and_then(|database| {
        let position = database.find(&question.key)?;
        let (_, object) = database.at(position).filter(|(_, object)| !keyspace.is_expired(object))?;
        Some(page(object, database.bytes_at(position)?, question.from as usize))
    });
    ValueView {
        database: question.database,
        key: ByteBuf::from(question.key.to_vec()),
        name: print::name(&question.key, MAX_NAME_CHARACTERS),
        value: page,
    }
}

fn page(object: &Object, bytes: usize, from: usize) -> ValuePage {
    let value = &object.value;
    let len = value.len();
    let size = if matches!(value, Value::String(_)) { TEXT_PAGE } else { VALUE_PAGE };
    // A value that shrank shows its last page.
    let from = from.min(len.saturating_sub(1) / size * size);
    let count = len.saturating_sub(from).min(size);
    ValuePage {
        type_name: value.type_name().to_owned(),
        encoding: value.encoding().to_owned(),
        bytes: bytes as f64,
        expires_at_ms: key_view::deadline(object),
        len: len as u32,
        from: from as u32,
        count: count as u32,
        content: content(value, from, count),
    }
}

fn content(value: &Value, from: usize, count: usize) -> ValueContent {
    match value {
        Value::String(string) => string.with_bytes(|bytes| {
            ValueContent::Text(print::paragraph(bytes.get(from..from + count).unwrap_or_default()))
        }),
        Value::List(list) => ValueContent::Elements(list.iter_from(from).take(count).map(element).collect()),
        Value::Set(set) => ValueContent::Elements(set.iter().skip(from).take(count).map(element).collect()),
        Value::Hash(hash) if hash.next_deadline().is_some() => {
            let fields = hash.iter_with_times().skip(from).take(count);
            let shown = |(field, value, deadline): (Element<'_>, Element<'_>, Option<u64>)| {
                (element(field), element(value), deadline.map(|at| at as f64))
            };
            ValueContent::Fields(fields.map(shown).collect())
        }
        Value::Hash(hash) => {
            let fields = hash.iter().skip(from).take(count);
            ValueContent::Pairs(fields.map(|(field, value)| (element(field), element(value))).collect())
        }
        Value::ZSet(zset) => {
            let members = zset.range(from..from + count, false);
            ValueContent::Pairs(members.map(|(member, score)| (element(member), text_of(score))).collect())
        }
        Value::Stream(stream) => ValueContent::Stream {
            entries: stream.log.from_position(from as u64).take(count).map(entry).collect(),
            groups: stream.groups().take(GROUPS).map(|(name, group)| group_view(stream, name, group)).collect(),
        },
    }
}

/// An entry's ID, and its names and values in one line.
fn entry(entry: Entry<'_>) -> (String, String) {
    let fields: Vec<String> =
        entry.fields.map(|(name, value)| format!("{} {}", element(name), element(value))).collect();
    (id(entry.id), fields.join("  "))
}

fn id(id: StreamId) -> String {
    format!("{}-{}", id.ms, id.seq)
}

fn group_view(stream: &Stream, name: &[u8], group: &Group) -> GroupView {
    GroupView {
        name: print::name(name, ELEMENT_CHARACTERS),
        consumers: group.consumers_len() as u32,
        pending: group.pending_len() as u32,
        last_id: id(group.last_id),
        lag: group.lag(&stream.log).map(|lag| lag as f64),
    }
}

fn text_of(score: f64) -> String {
    String::from_utf8_lossy(&engine::base::numbers::format_f64(score)).into_owned()
}

fn element(element: Element<'_>) -> String {
    element.with_bytes(|bytes| print::name(bytes, ELEMENT_CHARACTERS))
}
