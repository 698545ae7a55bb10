//! Writing the format's primitives: lengths, strings in their shortest encoding, numbers.

use super::format::string_encoding;
use crate::base::{lzf, numbers};

/// Shorter strings are not worth compressing.
const LEAST_BYTES_TO_COMPRESS: usize = 21;
/// What compression must save, the price of its lengths.
const LEAST_BYTES_TO_SAVE: usize = 4;
/// The longest text of an integer that is stored as one: 32 bits and a sign.
const LONGEST_INTEGER: usize = 11;

/// An output with what writing it needs.
#[derive(Debug, Default)]
pub struct Target {
    pub bytes: Vec<u8>,
    compressor: lzf::Compressor,
    /// `rdbcompression`.
    pub compress: bool,
}

impl Target {
    /// An empty output.
    pub fn new(compress: bool) -> Target {
        Target { compress, ..Target::default() }
    }

    /// One byte: an opcode, a type.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A length, count or other unsigned number.
    pub fn length(&mut self, length: u64) {
        match length {
            0..0x40 => self.byte(length as u8),
            0x40..0x4000 => self.raw(&(0x4000 | length as u16).to_be_bytes()),
            0x4000..=0xffff_ffff => {
                self.byte(0x80);
                self.raw(&(length as u32).to_be_bytes());
            }
            _ => {
                self.byte(0x81);
                self.raw(&length.to_be_bytes());
            }
        }
    }

    /// An integer as a string.
    pub fn integer(&mut self, value: i64) {
        if !self.short_integer(value) {
            let text = numbers::i64_to_buffer(value);
            self.length(text.len() as u64);
            self.raw(&text);
        }
    }

    /// An integer in up to 32 bits; false when it needs more.
    fn short_integer(&mut self, value: i64) -> bool {
        let mark = |encoding: u8| 0xc0 | encoding;
        if let Ok(value) = i8::try_from(value) {
            self.byte(mark(string_encoding::INT8));
            self.raw(&value.to_le_bytes());
        } else if let Ok(value) = i16::try_from(value) {
            self.byte(mark(string_encoding::INT16));
            self.raw(&value.to_le_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.byte(mark(string_encoding::INT32));
            self.raw(&value.to_le_bytes());
        } else {
            return false;
        }
        true
    }

    /// A string: as a short integer when it is the text of one, compressed when that saves enough, or as it is.
    pub fn string(&mut self, text: &[u8]) {
        if text.len() <= LONGEST_INTEGER
            && let Some(value) = numbers::parse_i64(text)
            && self.short_integer(value)
        {
            return;
        }
        if !self.compressed(text) {
            self.length(text.len() as u64);
            self.raw(text);
        }
    }

    fn compressed(&mut self, text: &[u8]) -> bool {
        if !self.compress || text.len() < LEAST_BYTES_TO_COMPRESS {
            return false;
        }
        let Some(compressed) = self.compressor.compress(text, text.len() - LEAST_BYTES_TO_SAVE) else { return false };
        self.byte(0xc0 | string_encoding::LZF);
        self.length(compressed.len() as u64);
        self.length(text.len() as u64);
        self.raw(&compressed);
        true
    }
}
