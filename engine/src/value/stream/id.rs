//! The IDs of entries: milliseconds and a number among those of the same millisecond.

use crate::base::numbers::{parse_i64, u64_to_buffer};

/// An entry's ID. IDs of a stream only ever grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId {
    /// Milliseconds since the Unix epoch, unless the writer chose something else.
    pub ms: u64,
    pub seq: u64,
}

/// An ID as a command names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdText {
    /// `ms-seq`
    Whole(StreamId),
    /// `ms`
    OnlyMs(u64),
    /// `ms-*`
    AnySeq(u64),
}

impl StreamId {
    /// `0-0`, which no entry has.
    pub const MIN: StreamId = StreamId { ms: 0, seq: 0 };
    pub const MAX: StreamId = StreamId { ms: u64::MAX, seq: u64::MAX };

    pub const fn new(ms: u64, seq: u64) -> StreamId {
        StreamId { ms, seq }
    }

    /// The ID right after this one.
    pub fn next(self) -> Option<StreamId> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => Some(StreamId { ms: self.ms.checked_add(1)?, seq: 0 }),
        }
    }

    /// The ID right before this one.
    pub fn previous(self) -> Option<StreamId> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => Some(StreamId { ms: self.ms.checked_sub(1)?, seq: u64::MAX }),
        }
    }

    /// The 16 bytes that RDB files hold: both numbers big-endian, so that bytes sort as IDs do.
    pub fn to_be_bytes(self) -> [u8; 16] {
        (u128::from(self.ms) << 64 | u128::from(self.seq)).to_be_bytes()
    }

    /// The ID that [`StreamId::to_be_bytes`] gives.
    pub fn from_be_bytes(bytes: [u8; 16]) -> StreamId {
        let both = u128::from_be_bytes(bytes);
        StreamId { ms: (both >> 64) as u64, seq: both as u64 }
    }

    /// `ms-seq`
    pub fn to_text(self) -> Vec<u8> {
        let mut text = Vec::with_capacity(24);
        text.extend_from_slice(u64_to_buffer(self.ms).as_slice());
        text.push(b'-');
        text.extend_from_slice(u64_to_buffer(self.seq).as_slice());
        text
    }
}

impl IdText {
    /// The ID that a text names. As in Redis, which reads a C string, the text ends at a zero byte, and its numbers
    /// are what C's `strtoull` takes for one.
    pub fn parse(text: &[u8]) -> Option<IdText> {
        const LONGEST: usize = 127;
        if text.len() > LONGEST {
            return None;
        }
        let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
        match text.iter().position(|&byte| byte == b'-') {
            None => Some(IdText::OnlyMs(parse_number(text)?)),
            Some(at) => {
                let ms = parse_number(text.get(..at)?)?;
                match text.get(at + 1..)? {
                    b"*" => Some(IdText::AnySeq(ms)),
                    seq => Some(IdText::Whole(StreamId { ms, seq: parse_number(seq)? })),
                }
            }
        }
    }

    /// The ID, whose missing number is `seq`; none where the number is to be chosen.
    pub fn with_seq(self, seq: u64) -> Option<StreamId> {
        match self {
            IdText::Whole(id) => Some(id),
            IdText::OnlyMs(ms) => Some(StreamId { ms, seq }),
            IdText::AnySeq(_) => None,
        }
    }
}

/// An unsigned number as C's `strtoull` reads it: spaces and a sign before it are allowed, a minus turns it around;
/// but what is plainly a negative number is none.
fn parse_number(text: &[u8]) -> Option<u64> {
    if let Some(number) = parse_i64(text) {
        return u64::try_from(number).ok();
    }
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !is_space(byte))?;
    let (negative, digits) = match text.get(start..)?.split_first()? {
        (b'-', digits) => (true, digits),
        (b'+', digits) => (false, digits),
        _ => (false, text.get(start..)?),
    };
    if digits.is_empty() {
        return None;
    }
    let number = digits.iter().try_fold(0u64, |number, &byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 { None } else { number.checked_mul(10)?.checked_add(u64::from(digit)) }
    })?;
    Some(if negative { number.wrapping_neg() } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours() {
        let id = StreamId::new;
        assert_eq!(id(1, 1).next(), Some(id(1, 2)));
        assert_eq!(id(1, u64::MAX).next(), Some(id(2, 0)));
        assert_eq!(StreamId::MAX.next(), None);
        assert_eq!(id(1, 0).previous(), Some(id(0, u64::MAX)));
        assert_eq!(StreamId::MIN.previous(), None);
        assert_eq!(StreamId::from_be_bytes(id(5, 7).to_be_bytes()), id(5, 7));
        assert_eq!(StreamId::MAX.to_text(), b"18446744073709551615-18446744073709551615");
    }

    /// What the real server took for IDs.
    #[test]
    fn reads_ids_as_the_real_server_does() {
        let check =
            |text: &str, expected: Option<IdText>| assert_eq!(IdText::parse(text.as_bytes()), expected, "{text}");
        let whole = |ms, seq| Some(IdText::Whole(StreamId::new(ms, seq)));
        check("1-2", whole(1, 2));
        check("5", Some(IdText::OnlyMs(5)));
        check("5-*", Some(IdText::AnySeq(5)));
        check("18446744073709551615-18446744073709551615", whole(u64::MAX, u64::MAX));
        check("18446744073709551616", None);
        check("05-007", whole(5, 7));
        check(" +5-+7", whole(5, 7));
        check("1--5", None);
        check("1- -5", whole(1, u64::MAX - 4));
        check("1-2\0junk", whole(1, 2));
        for text in ["", "-", "+", "*", "-5", "5-", "-*", "*-*", "5-**", "a", "1-a", "1 ", "1-2-3", "1.5"] {
            check(text, None);
        }
        check(&"0".repeat(127), Some(IdText::OnlyMs(0)));
        check(&"0".repeat(128), None);
    }
}
