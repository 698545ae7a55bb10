//! What the compact encodings hand out: an integer or bytes, without an allocation; and how integers and
//! their decimal text turn into each other.

use core::cmp::Ordering;

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

    /// The element's bytes in a vector of their own.
    pub fn to_vec(self) -> Vec<u8> {
        self.bytes(&mut Digits::default()).to_vec()
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
            Element::Bytes(bytes) => parse_integer(bytes),
        }
    }

    /// Whether the element's text is `bytes`.
    #[inline]
    pub fn is(self, bytes: &[u8]) -> bool {
        match self {
            Element::Int(number) => parse_integer(bytes) == Some(number),
            Element::Bytes(own) => own == bytes,
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
pub struct Digits([u8; INTEGER_TEXT]);

impl Digits {
    /// The decimal text of `number`.
    #[inline]
    pub fn write(&mut self, number: i64) -> &[u8] {
        let mut rest = number.unsigned_abs();
        let mut begin = INTEGER_TEXT;
        // From the right, since the number of digits is not known; the iterator cannot run out.
        for place in self.0.iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
            begin -= 1;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            begin = begin.saturating_sub(1);
            if let Some(sign) = self.0.get_mut(begin) {
                *sign = b'-';
            }
        }
        self.0.get(begin..).unwrap_or_default()
    }
}

/// The integer whose decimal text is exactly `text`: no plus, no leading zero, no space (Redis `string2ll`).
#[inline]
pub fn parse_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() < INTEGER_TEXT => {}
        _ => return None,
    }
    let mut magnitude: u64 = 0;
    for &digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // At most 19 digits: this cannot overflow.
        magnitude = magnitude.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
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
            assert_eq!(parse_integer(text.as_bytes()), Some(number));
            assert_eq!(decimal_len(number), text.len());
            assert!(Element::Int(number).is(text.as_bytes()));
            assert_eq!(Element::Int(number), Element::Bytes(text.as_bytes()));
        }
        let others =
            ["", "-", "+1", "01", "-0", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "1e3", "12a"];
        for text in others {
            assert_eq!(parse_integer(text.as_bytes()), None, "{text}");
        }
        assert!(Element::Int(10) < Element::Bytes(b"9"));
    }
}
