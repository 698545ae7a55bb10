//! Reading the format's primitives: lengths, strings in all their encodings, numbers.

use std::borrow::Cow;

use super::error::{LoadError, Problem};
use super::format::string_encoding;
use crate::base::{lzf, numbers};

/// A place in the input.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    bytes: &'a [u8],
    position: usize,
}

/// A length, or the mark that a string is specially encoded.
enum Length {
    Plain(u64),
    Special(u8),
}

impl<'a> Source<'a> {
    /// The start of an input.
    pub fn new(bytes: &'a [u8]) -> Source<'a> {
        Source { bytes, position: 0 }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Bytes not read yet.
    pub fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.position)
    }

    /// What has been read so far.
    pub fn consumed(&self) -> &'a [u8] {
        self.bytes.get(..self.position).unwrap_or(self.bytes)
    }

    /// An error at this place.
    pub fn error(&self, problem: Problem) -> LoadError {
        LoadError { offset: self.position, key: None, problem }
    }

    /// A complaint about what was read last.
    pub fn corrupt(&self, what: &'static str) -> LoadError {
        self.error(Problem::Corrupt { what })
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: u64) -> Result<&'a [u8], LoadError> {
        let end = usize::try_from(count).ok().and_then(|count| self.position.checked_add(count));
        match end.and_then(|end| self.bytes.get(self.position..end)) {
            Some(taken) => {
                self.position = self.position.saturating_add(taken.len());
                Ok(taken)
            }
            None => Err(self.error(Problem::Truncated)),
        }
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], LoadError> {
        let bytes = self.take(N as u64)?;
        <[u8; N]>::try_from(bytes).map_err(|_| self.error(Problem::Truncated))
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, LoadError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn length_or_mark(&mut self) -> Result<Length, LoadError> {
        let first = self.byte()?;
        let low = first & 0x3f;
        match (first >> 6, low) {
            (0, _) => Ok(Length::Plain(u64::from(low))),
            (1, _) => Ok(Length::Plain(u64::from(low) << 8 | u64::from(self.byte()?))),
            (2, 0) => Ok(Length::Plain(u64::from(u32::from_be_bytes(self.array()?)))),
            (2, 1) => Ok(Length::Plain(u64::from_be_bytes(self.array()?))),
            (3, _) => Ok(Length::Special(low)),
            _ => Err(self.corrupt("a length is written in an unknown way")),
        }
    }

    /// A length, count or other unsigned number.
    pub fn length(&mut self) -> Result<u64, LoadError> {
        match self.length_or_mark()? {
            Length::Plain(length) => Ok(length),
            Length::Special(_) => Err(self.corrupt("a string's encoding stands where a length should")),
        }
    }

    /// A string in any encoding, as its bytes.
    pub fn string(&mut self) -> Result<Cow<'a, [u8]>, LoadError> {
        match self.length_or_mark()? {
            Length::Plain(length) => Ok(Cow::Borrowed(self.take(length)?)),
            Length::Special(string_encoding::INT8) => self.array().map(|bytes| integer(i8::from_le_bytes(bytes))),
            Length::Special(string_encoding::INT16) => self.array().map(|bytes| integer(i16::from_le_bytes(bytes))),
            Length::Special(string_encoding::INT32) => self.array().map(|bytes| integer(i32::from_le_bytes(bytes))),
            Length::Special(string_encoding::LZF) => {
                let compressed = self.length()?;
                let length = self.length()?;
                let compressed = self.take(compressed)?;
                usize::try_from(length)
                    .ok()
                    .and_then(|length| lzf::decompress(compressed, length))
                    .map(Cow::Owned)
                    .ok_or_else(|| self.corrupt("a compressed string does not unpack"))
            }
            Length::Special(_) => Err(self.corrupt("a string is written in an unknown way")),
        }
    }

    /// A double as eight bytes; not NaN, which no score can be.
    pub fn score(&mut self) -> Result<f64, LoadError> {
        let score = f64::from_le_bytes(self.array()?);
        if score.is_nan() { Err(self.corrupt("a score is not a number")) } else { Ok(score) }
    }

    /// A double as text with a byte of length before it, as versions before 8 wrote scores.
    pub fn text_score(&mut self) -> Result<f64, LoadError> {
        match self.byte()? {
            255 => Ok(f64::NEG_INFINITY),
            254 => Ok(f64::INFINITY),
            253 => Err(self.corrupt("a score is not a number")),
            length => {
                let text = self.take(u64::from(length))?;
                numbers::parse_f64_range_end(text)
                    .filter(|_| !text.is_empty())
                    .ok_or_else(|| self.corrupt("a score is not a number"))
            }
        }
    }
}

fn integer(value: impl Into<i64>) -> Cow<'static, [u8]> {
    Cow::Owned(numbers::i64_to_buffer(value.into()).to_vec())
}
