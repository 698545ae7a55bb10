//! What the compact encodings hand out: an integer or bytes, without an allocation.

use core::cmp::Ordering;

use crate::base::Bytes;
use crate::base::numbers::{DecimalText, i64_to_buffer, parse_i64};

/// An element of a collection as it is stored. Integers stand for their decimal text, so an `Int` and the
/// `Bytes` with the same digits are the same element.
#[derive(Clone, Copy, Debug)]
pub enum Element<'a> {
    /// Stored as a number.
    Int(i64),
    /// Stored as bytes.
    Bytes(&'a [u8]),
}

impl<'a> Element<'a> {
    /// The element's bytes; `digits` is where an integer's text is written.
    #[inline]
    pub fn bytes<'b>(self, digits: &'b mut Digits) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Element::Int(number) => digits.write(number),
            Element::Bytes(bytes) => bytes,
        }
    }

    /// Shows the element's bytes to `see`.
    #[inline]
    pub fn with_bytes<R>(self, see: impl FnOnce(&[u8]) -> R) -> R {
        see(self.bytes(&mut Digits::default()))
    }

    /// The element's bytes in a vector of their own.
    pub fn to_vec(self) -> Vec<u8> {
        self.bytes(&mut Digits::default()).to_vec()
    }

    /// The element as an immutable byte string.
    pub fn to_bytes(self) -> Bytes {
        Bytes::new(self.bytes(&mut Digits::default()))
    }

    /// Appends the element's bytes to `out`.
    #[inline]
    pub fn append_to(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.bytes(&mut Digits::default()));
    }

    /// The number of bytes of the element's text.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            Element::Int(number) => decimal_len(number),
            Element::Bytes(bytes) => bytes.len(),
        }
    }

    /// Whether the element is the empty string.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The element as an integer, when its text is the one that Redis writes for that integer.
    #[inline]
    pub fn as_int(self) -> Option<i64> {
        match self {
            Element::Int(number) => Some(number),
            Element::Bytes(bytes) => parse_i64(bytes),
        }
    }

    /// Whether the element's text is `bytes`.
    #[inline]
    pub fn is(self, bytes: &[u8]) -> bool {
        match self {
            Element::Int(number) => parse_i64(bytes) == Some(number),
            Element::Bytes(own) => own == bytes,
        }
    }
}

impl<'a> From<&'a [u8]> for Element<'a> {
    fn from(bytes: &'a [u8]) -> Element<'a> {
        Element::Bytes(bytes)
    }
}

impl<'a> From<&'a Bytes> for Element<'a> {
    fn from(bytes: &'a Bytes) -> Element<'a> {
        Element::Bytes(bytes)
    }
}

impl From<i64> for Element<'_> {
    fn from(number: i64) -> Self {
        Element::Int(number)
    }
}

/// Text to compare many elements with. It is parsed once, when the first integer comes.
#[derive(Clone, Debug)]
pub struct Needle<'a> {
    text: &'a [u8],
    number: Option<Option<i64>>,
}

impl<'a> Needle<'a> {
    /// Text to look for.
    pub fn new(text: &'a [u8]) -> Needle<'a> {
        Needle { text, number: None }
    }

    /// Whether the element's text is the needle.
    #[inline]
    pub fn is(&mut self, element: Element<'_>) -> bool {
        match element {
            Element::Bytes(own) => own == self.text,
            Element::Int(own) => *self.number.get_or_insert_with(|| parse_i64(self.text)) == Some(own),
        }
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Element<'_>) -> bool {
        match (*self, *other) {
            (Element::Int(left), Element::Int(right)) => left == right,
            (Element::Bytes(left), right) => right.is(left),
            (left, Element::Bytes(right)) => left.is(right),
        }
    }
}

impl Eq for Element<'_> {}

impl PartialOrd for Element<'_> {
    fn partial_cmp(&self, other: &Element<'_>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Element<'_> {
    /// By bytes, as `memcmp` does, also among integers: "10" stands before "9".
    fn cmp(&self, other: &Element<'_>) -> Ordering {
        self.bytes(&mut Digits::default()).cmp(other.bytes(&mut Digits::default()))
    }
}

/// The longest decimal text of an `i64`: a sign and 19 digits.
pub const INTEGER_TEXT: usize = 20;

/// Room on the stack for an integer's decimal text.
#[derive(Clone, Debug, Default)]
pub struct Digits(Option<DecimalText>);

impl Digits {
    /// The decimal text of `number`.
    #[inline]
    pub fn write(&mut self, number: i64) -> &[u8] {
        self.0.insert(i64_to_buffer(number)).as_slice()
    }
}

/// How many bytes the decimal text of `number` has.
#[inline]
pub fn decimal_len(number: i64) -> usize {
    let digits = number.unsigned_abs().checked_ilog10().map_or(1, |power| power as usize + 1);
    digits + usize::from(number < 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    #[test]
    fn numbers_and_their_text() {
        let mut random = Random::new(3);
        let mut numbers = vec![0, 1, -1, 9, 10, -10, i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1];
        numbers.extend((0..10_000).map(|_| (random.next_u64() >> random.below(64)) as i64));
        for number in numbers {
            let text = number.to_string();
            assert_eq!(Digits::default().write(number), text.as_bytes());
            assert_eq!(parse_i64(text.as_bytes()), Some(number));
            assert_eq!(decimal_len(number), text.len());
            assert!(Element::Int(number).is(text.as_bytes()));
            assert_eq!(Element::Int(number), Element::Bytes(text.as_bytes()));
        }
        let others =
            ["", "-", "+1", "01", "-0", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "1e3", "12a"];
        for text in others {
            assert_eq!(parse_i64(text.as_bytes()), None, "{text}");
        }
        assert!(Element::Int(10) < Element::Bytes(b"9"));
    }
}
