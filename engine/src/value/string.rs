//! A string value. What always holds: it is 24 bytes, and up to 22 bytes of text need no allocation.

use crate::base::Bytes;
use crate::base::numbers::parse_i64;
use crate::encoding::element::{Digits, Element, decimal_len};

/// The longest text that needs no allocation.
const INLINE: usize = 22;
/// The longest text that Redis keeps in one allocation with its object.
const EMBEDDED: usize = 44;

/// A string, as an integer, inline, set once, or grown in place.
#[derive(Clone)]
pub struct StringValue(Repr);

#[derive(Clone)]
enum Repr {
    Int(i64),
    Inline {
        len: u8,
        data: [u8; INLINE],
    },
    Boxed(Box<[u8]>),
    /// Two pointers away, so that a value stays 24 bytes; strings that are appended to are few.
    #[allow(clippy::box_collection)]
    Raw(Box<Vec<u8>>),
}

/// Where the text of a string stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In the value itself, as a number.
    Number(i64),
    /// In the value itself.
    Inline(&'a [u8]),
    /// In memory of its own, of exactly its size.
    Exact(&'a [u8]),
    /// In memory of its own that has room to grow, since it was changed in place.
    Grown { text: &'a [u8], capacity: usize },
}

impl Place<'_> {
    /// The longest text that stands in the value itself.
    pub const INLINE: usize = INLINE;
    /// The longest text that `OBJECT ENCODING` calls `embstr`.
    pub const EMBEDDED: usize = EMBEDDED;
}

const _: () = assert!(size_of::<StringValue>() == 24);

impl StringValue {
    /// The text as it is, not as an integer even if it looks like one.
    pub fn new(text: &[u8]) -> StringValue {
        let mut data = [0; INLINE];
        match data.get_mut(..text.len()) {
            Some(room) => {
                room.copy_from_slice(text);
                StringValue(Repr::Inline { len: text.len() as u8, data })
            }
            None => StringValue(Repr::Boxed(text.into())),
        }
    }

    /// The text in its most compact form: as an integer when it is the text of one (SET and its like).
    pub fn from_bytes(text: &[u8]) -> StringValue {
        match parse_i64(text) {
            Some(number) => StringValue::from_int(number),
            None => StringValue::new(text),
        }
    }

    /// The decimal text of `number`.
    pub fn from_int(number: i64) -> StringValue {
        StringValue(Repr::Int(number))
    }

    /// The text as it is, in the vector's own memory when it is too long to stand inline.
    pub fn from_vec(text: Vec<u8>) -> StringValue {
        if text.len() <= INLINE { StringValue::new(&text) } else { StringValue(Repr::Boxed(text.into_boxed_slice())) }
    }

    /// The text; `digits` is where an integer's text is written.
    #[inline]
    pub fn bytes<'a>(&'a self, digits: &'a mut Digits) -> &'a [u8] {
        match &self.0 {
            Repr::Int(number) => digits.write(*number),
            Repr::Inline { len, data } => data.get(..usize::from(*len)).unwrap_or(data),
            Repr::Boxed(text) => text,
            Repr::Raw(text) => text,
        }
    }

    /// Shows the text to `see`.
    #[inline]
    pub fn with_bytes<R>(&self, see: impl FnOnce(&[u8]) -> R) -> R {
        see(self.bytes(&mut Digits::default()))
    }

    /// A copy of the text.
    pub fn to_vec(&self) -> Vec<u8> {
        self.with_bytes(<[u8]>::to_vec)
    }

    /// Where the text stands.
    pub fn place(&self) -> Place<'_> {
        match &self.0 {
            Repr::Int(number) => Place::Number(*number),
            Repr::Inline { len, data } => Place::Inline(data.get(..usize::from(*len)).unwrap_or(data)),
            Repr::Boxed(text) => Place::Exact(text),
            Repr::Raw(text) => Place::Grown { text, capacity: text.capacity() },
        }
    }

    /// The text as an element of a collection is handed out.
    #[inline]
    pub fn element(&self) -> Element<'_> {
        match &self.0 {
            Repr::Int(number) => Element::Int(*number),
            Repr::Inline { len, data } => Element::Bytes(data.get(..usize::from(*len)).unwrap_or(data)),
            Repr::Boxed(text) => Element::Bytes(text),
            Repr::Raw(text) => Element::Bytes(text),
        }
    }

    /// The text in a vector, without a copy where it had memory of its own.
    pub fn into_vec(self) -> Vec<u8> {
        match self.0 {
            Repr::Boxed(text) => text.into_vec(),
            Repr::Raw(text) => *text,
            _ => self.to_vec(),
        }
    }

    /// The text as an immutable byte string.
    pub fn to_bytes(&self) -> Bytes {
        self.with_bytes(Bytes::new)
    }

    /// The text as an integer, when it is exactly the text of one.
    #[inline]
    pub fn as_int(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(number) => Some(*number),
            _ => self.with_bytes(parse_i64),
        }
    }

    /// The number, when it is stored as one (`OBJECT ENCODING` says `int`).
    #[inline]
    pub fn stored_int(&self) -> Option<i64> {
        if let Repr::Int(number) = self.0 { Some(number) } else { None }
    }

    /// Lets `change` work on the text in place (APPEND, SETRANGE, SETBIT); the value is `raw` from then on.
    pub fn edit<R>(&mut self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let mut text = match core::mem::replace(&mut self.0, Repr::Int(0)) {
            Repr::Raw(text) => text,
            other => Box::new(StringValue(other).into_vec()),
        };
        let result = change(&mut text);
        self.0 = Repr::Raw(text);
        result
    }

    /// The length of the text in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Int(number) => decimal_len(*number),
            Repr::Inline { len, .. } => usize::from(*len),
            Repr::Boxed(text) => text.len(),
            Repr::Raw(text) => text.len(),
        }
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes allocated outside the 24 of the value itself. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Int(_) | Repr::Inline { .. } => 0,
            Repr::Boxed(text) => text.len(),
            Repr::Raw(text) => size_of::<Vec<u8>>() + text.capacity(),
        }
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Int(_) => "int",
            Repr::Inline { .. } => "embstr",
            Repr::Boxed(text) if text.len() <= EMBEDDED => "embstr",
            Repr::Boxed(_) | Repr::Raw(_) => "raw",
        }
    }
}

impl PartialEq for StringValue {
    fn eq(&self, other: &StringValue) -> bool {
        self.bytes(&mut Digits::default()) == other.bytes(&mut Digits::default())
    }
}

impl Eq for StringValue {}

impl core::fmt::Debug for StringValue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}:\"{}\"", self.encoding(), self.bytes(&mut Digits::default()).escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &StringValue, text: &str, encoding: &str, heap_bytes: usize) {
        assert_eq!(value.to_vec(), text.as_bytes());
        assert_eq!(value.len(), text.len());
        assert_eq!((value.encoding(), value.heap_bytes()), (encoding, heap_bytes), "{text}");
        assert_eq!(value.clone(), *value);
        assert_eq!(value.clone().into_vec(), text.as_bytes());
        assert_eq!(StringValue::from_vec(text.into()), *value);
    }

    #[test]
    fn takes_the_encoding_that_redis_reports() {
        let letters = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
        check(&StringValue::from_bytes(b"12"), "12", "int", 0);
        check(&StringValue::from_bytes(b"-9223372036854775808"), "-9223372036854775808", "int", 0);
        check(&StringValue::new(b"12"), "12", "embstr", 0);
        check(&StringValue::from_bytes(b"012"), "012", "embstr", 0);
        check(&StringValue::from_bytes(b""), "", "embstr", 0);
        check(&StringValue::from_bytes(&letters.as_bytes()[..22]), &letters[..22], "embstr", 0);
        check(&StringValue::from_bytes(&letters.as_bytes()[..23]), &letters[..23], "embstr", 23);
        check(&StringValue::from_bytes(&letters.as_bytes()[..44]), &letters[..44], "embstr", 44);
        check(&StringValue::from_bytes(&letters.as_bytes()[..45]), &letters[..45], "raw", 45);
        let mut value = StringValue::from_int(7);
        assert_eq!(value.edit(|text| (text.reserve_exact(7), text.extend(b"up"), text.len()).2), 3);
        check(&value, "7up", "raw", 24 + 8);
        assert_eq!((value.as_int(), value.stored_int()), (None, None));
        value.edit(|text| text.truncate(1));
        assert_eq!((value.as_int(), value.stored_int()), (Some(7), None));
    }
}
