//! IDs and names as the commands of streams take them, and the errors that quote them.

use crate::command::{Error, quoted};
use crate::value::stream::{IdText, StreamId};

pub const INVALID_ID: Error = Error::Static("ERR Invalid stream ID specified as stream command argument");

/// The ID that a text names; where it has no number that is `seq`.
pub fn strict_id(text: &[u8], seq: u64) -> Result<StreamId, Error> {
    IdText::parse(text).and_then(|id| id.with_seq(seq)).ok_or(INVALID_ID)
}

/// [`strict_id`], and `-` and `+` for the least and the greatest.
pub fn id(text: &[u8], seq: u64) -> Result<StreamId, Error> {
    match quoted(text) {
        b"-" => Ok(StreamId::MIN),
        b"+" => Ok(StreamId::MAX),
        _ => strict_id(text, seq),
    }
}

/// One end of a range: an ID, `-` or `+`, or an ID after `(` that does not belong to the range itself.
pub fn bound(text: &[u8], is_start: bool) -> Result<StreamId, Error> {
    let seq = if is_start { 0 } else { u64::MAX };
    match text.split_first() {
        Some((b'(', open)) if !open.is_empty() => {
            let id = strict_id(open, seq)?;
            let (inside, refusal) = if is_start {
                (id.next(), "ERR invalid start ID for the interval")
            } else {
                (id.previous(), "ERR invalid end ID for the interval")
            };
            inside.ok_or(Error::Static(refusal))
        }
        _ => id(text, seq),
    }
}

/// There is no such key, or no such group at it.
pub fn no_group(key: &[u8], group: &[u8], place: &str) -> Error {
    let text = [b"NOGROUP No such key '", quoted(key), b"' or consumer group '", quoted(group), b"'", place.as_bytes()];
    Error::text_of(text.concat())
}

/// There is no such group at a key that exists.
pub fn no_group_at(key: &[u8], group: &[u8]) -> Error {
    let text = [b"NOGROUP No such consumer group '", quoted(group), b"' for key name '", quoted(key), b"'"];
    Error::text_of(text.concat())
}
