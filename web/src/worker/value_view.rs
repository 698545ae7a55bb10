//! One page of a value, as the page draws it beside the key tree.
//!
//! Reads the data directly, so that looking at a key is no command: it counts no hit, makes no key younger and
//! shows in no monitor.

use engine::keyspace::{Keyspace, Object};
use engine::value::Value;
use serde_bytes::ByteBuf;

use super::{key_view, print};
use crate::protocol::{VALUE_PAGE, ValueContent, ValuePage, ValueQuestion, ValueView};

/// How many bytes of a string make a page.
const TEXT_PAGE: usize = 4096;
/// How many bytes of one element are shown.
const ELEMENT_CHARACTERS: usize = 1000;
const MAX_NAME_CHARACTERS: usize = 2000;

/// What the question asks for, as it is now.
pub fn view(keyspace: &Keyspace, question: &ValueQuestion) -> ValueView {
    let object = keyspace
        .database(question.database as usize)
        .and_then(|space| space.at(space.find(&question.key)?))
        .map(|(_, object)| object)
        .filter(|object| !keyspace.is_expired(object));
    ValueView {
        database: question.database,
        key: ByteBuf::from(question.key.to_vec()),
        name: print::name(&question.key, MAX_NAME_CHARACTERS),
        value: object.map(|object| page(&question.key, object, question.from as usize)),
    }
}

fn page(key: &[u8], object: &Object, from: usize) -> ValuePage {
    let value = &object.value;
    let len = value.len();
    let size = if matches!(value, Value::String(_)) { TEXT_PAGE } else { VALUE_PAGE };
    // A value that shrank shows its last page.
    let from = from.min(len.saturating_sub(1) / size * size);
    let count = len.saturating_sub(from).min(size);
    ValuePage {
        type_name: value.type_name().to_owned(),
        encoding: value.encoding().to_owned(),
        bytes: key_view::memory_usage(key, object) as f64,
        expires_at_ms: key_view::deadline(object),
        len: len as u32,
        from: from as u32,
        count: count as u32,
        content: content(value, from, count),
    }
}

fn content(value: &Value, from: usize, count: usize) -> ValueContent {
    match value {
        Value::String(string) => ValueContent::Text(
            string.with_bytes(|bytes| print::paragraph(bytes.get(from..from + count).unwrap_or(bytes))),
        ),
        _ => ValueContent::Unknown,
    }
}

#[expect(dead_code, reason = "the other types use it")]
fn element(bytes: &[u8]) -> String {
    print::name(bytes, ELEMENT_CHARACTERS)
}
