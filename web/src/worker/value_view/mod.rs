//! One page of a value, as the page draws it beside the key tree.
//!
//! Reads the data directly, so that looking at a key is no command: it counts no hit, makes no key younger and
//! shows in no monitor.

mod stream;
#[cfg(test)]
mod tests;

use std::ops::Range;

use engine::base::geohash::Point;
use engine::base::{bits, numbers};
use engine::encoding::{self, hyperloglog};
use engine::keyspace::{Keyspace, Object};
use engine::value::{ScoreRange, StringValue, Value, ZSet};

use super::key_view;
use crate::bytes::ByteBuf;
use crate::protocol::{
    BITS_PAGE, Element, FieldView, MemberView, RegistersView, VALUE_PAGE, ValueContent, ValueLook, ValuePage,
    ValueQuestion, ValueView,
};
use crate::visible;

/// How many bytes of a string make a page.
pub const TEXT_PAGE: usize = 4096;
/// Up to here a string is sent whole, to be edited or laid out as JSON.
pub const WHOLE_BYTES: usize = 256 * 1024;
/// How many places are drawn on one map.
pub const PLACES_PAGE: usize = 500;
/// Bits of longer strings are not counted each time the view is drawn.
const COUNTED_BYTES: usize = 8 * 1024 * 1024;
/// How many bytes of elements a page may hold; longer elements are cut, and then cannot be edited from it.
const ELEMENTS_BYTES: usize = 2 * 1024 * 1024;
/// How many bytes of a cut element are sent.
const CUT_BYTES: usize = 4096;
const MAX_NAME_CHARACTERS: usize = 2000;

/// What the question asks for, as it is now.
pub fn view(keyspace: &Keyspace, question: &ValueQuestion) -> ValueView {
    let page = keyspace.database(question.database as usize).and_then(|database| {
        let position = database.find(&question.key)?;
        let (_, object) = database.at(position).filter(|(_, object)| !keyspace.is_expired(object))?;
        Some(page(object, database.bytes_at(position)?, question))
    });
    ValueView {
        database: question.database,
        key: ByteBuf::from(question.key.to_vec()),
        name: visible::shortened(&question.key, question.key.len(), MAX_NAME_CHARACTERS),
        value: page,
    }
}

fn page(object: &Object, bytes: usize, question: &ValueQuestion) -> ValuePage {
    let value = &object.value;
    let (positions, problem) = match window(value, question) {
        Ok(positions) => (positions, None),
        Err(why) => (0..0, Some(why)),
    };
    let len = positions.len();
    let size = page_size(value, &question.look);
    // A value that shrank shows its last page.
    let from = (question.from as usize).min(len.saturating_sub(1) / size * size);
    let count = len.saturating_sub(from).min(size);
    let shown = if question.reversed {
        positions.end - from - count..positions.end - from
    } else {
        positions.start + from..positions.start + from + count
    };
    let is_hyperloglog = match value {
        Value::String(string) => string.with_bytes(hyperloglog::is_valid),
        _ => false,
    };
    ValuePage {
        type_name: value.type_name().to_owned(),
        encoding: value.encoding().to_owned(),
        bytes: bytes as f64,
        expires_at_ms: key_view::deadline(object),
        total: value.len() as u32,
        len: len as u32,
        from: from as u32,
        count: count as u32,
        content: content(value, question, shown),
        problem,
        is_hyperloglog,
    }
}

/// How many elements or bytes make a page.
fn page_size(value: &Value, look: &ValueLook) -> usize {
    match (value, look) {
        (Value::String(string), ValueLook::Whole) if string.len() <= WHOLE_BYTES => WHOLE_BYTES,
        (Value::String(_), ValueLook::Bits) => BITS_PAGE,
        (Value::String(_), _) => TEXT_PAGE,
        (Value::ZSet(_), ValueLook::Places) => PLACES_PAGE,
        _ => VALUE_PAGE,
    }
}

/// The positions of what the question is about.
fn window(value: &Value, question: &ValueQuestion) -> Result<Range<usize>, String> {
    match value {
        Value::ZSet(zset) if !question.start.is_empty() || !question.end.is_empty() => {
            Ok(zset.score_ranks(&scores(&question.start, &question.end)?))
        }
        Value::Stream(stream) => match &question.look {
            ValueLook::Group(name) => Ok(0..stream.group(name).map_or(0, |group| group.pending_len())),
            _ => stream::window(&stream.log, &question.start, &question.end),
        },
        _ => Ok(0..value.len()),
    }
}

/// A range of scores as ZRANGEBYSCORE takes it; an empty end is open.
fn scores(start: &str, end: &str) -> Result<ScoreRange, String> {
    let bound = |text: &str, open: f64| {
        let (number, exclusive) = text.strip_prefix('(').map_or((text, false), |number| (number, true));
        match number {
            "" => Some((open, exclusive)),
            number => numbers::parse_f64(number.as_bytes()).map(|score| (score, exclusive)),
        }
    };
    let bounds = (bound(start.trim(), f64::NEG_INFINITY), bound(end.trim(), f64::INFINITY));
    let (Some((min, min_exclusive)), Some((max, max_exclusive))) = bounds else {
        return Err("A score is a number such as 1.5, inf or -inf; ( before it leaves the number itself out.".into());
    };
    Ok(ScoreRange { min, min_exclusive, max, max_exclusive })
}

fn content(value: &Value, question: &ValueQuestion, shown: Range<usize>) -> ValueContent {
    let mut room = Room(ELEMENTS_BYTES);
    let (from, count) = (shown.start, shown.len());
    match value {
        Value::String(string) => string_content(string, &question.look, shown),
        Value::List(list) => ValueContent::List(list.iter_from(from).take(count).map(|it| room.take(it)).collect()),
        Value::Set(set) => ValueContent::Set(set.iter().skip(from).take(count).map(|it| room.take(it)).collect()),
        Value::Hash(hash) => {
            let mut row =
                |field: encoding::Element<'_>, value: encoding::Element<'_>, deadline: Option<u64>| FieldView {
                    field: room.take(field),
                    value: room.take(value),
                    expires_at_ms: deadline.map(|at| at as f64),
                };
            ValueContent::Hash(match hash.next_deadline() {
                Some(_) => {
                    let fields = hash.iter_with_times().skip(from).take(count);
                    fields.map(|(field, value, deadline)| row(field, value, deadline)).collect()
                }
                None => hash.iter().skip(from).take(count).map(|(field, value)| row(field, value, None)).collect(),
            })
        }
        Value::ZSet(zset) => ValueContent::Sorted(members(zset, question, shown, &mut room)),
        Value::Stream(stream) => match &question.look {
            ValueLook::Group(name) => stream::group(stream, name, shown, &mut room),
            _ => stream::content(stream, shown, question.reversed, &mut room),
        },
    }
}

fn members(zset: &ZSet, question: &ValueQuestion, ranks: Range<usize>, room: &mut Room) -> Vec<MemberView> {
    let wants_place = question.look == ValueLook::Places;
    let (start, end) = (ranks.start, ranks.end);
    let rank = |index: usize| if question.reversed { end - 1 - index } else { start + index };
    let members = zset.range(ranks, question.reversed).enumerate();
    let shown = |(index, (member, score)): (usize, (encoding::Element<'_>, f64))| MemberView {
        member: room.take(member),
        score,
        rank: rank(index) as u32,
        place: wants_place.then(|| Point::of_score(score)).map(|point| (point.longitude, point.latitude)),
    };
    members.map(shown).collect()
}

fn string_content(string: &StringValue, look: &ValueLook, shown: Range<usize>) -> ValueContent {
    string.with_bytes(|bytes| {
        if *look == ValueLook::Registers
            && let Some(registers) = registers(bytes)
        {
            return ValueContent::Registers(registers);
        }
        let counted = *look == ValueLook::Bits && bytes.len() <= COUNTED_BYTES;
        ValueContent::Bytes {
            bytes: ByteBuf::from(bytes.get(shown).unwrap_or_default()),
            ones: counted.then(|| bits::count(bytes) as f64),
        }
    })
}

/// The registers, unless the string only looks like a HyperLogLog.
fn registers(text: &[u8]) -> Option<RegistersView> {
    if !hyperloglog::is_valid(text) {
        return None;
    }
    let mut registers = [0; hyperloglog::REGISTERS];
    hyperloglog::merge(&mut registers, text).ok()?;
    Some(RegistersView {
        bytes: ByteBuf::from(registers.as_slice()),
        is_sparse: hyperloglog::is_sparse(text),
        estimate: hyperloglog::estimate_of(&registers) as f64,
        is_kept: hyperloglog::last_estimate(text).is_some(),
    })
}

/// How many bytes of elements may still be sent.
pub struct Room(usize);

impl Room {
    /// An element, cut if there is no room for all of it.
    pub fn take(&mut self, element: encoding::Element<'_>) -> Element {
        element.with_bytes(|bytes| self.take_bytes(bytes))
    }

    pub fn take_bytes(&mut self, bytes: &[u8]) -> Element {
        let kept = if bytes.len() <= CUT_BYTES.max(self.0) { bytes } else { bytes.get(..CUT_BYTES).unwrap_or(bytes) };
        self.0 = self.0.saturating_sub(kept.len());
        Element { bytes: ByteBuf::from(kept), len: bytes.len() as u32 }
    }
}
