//! One entry of a listpack: encoding byte(s), content, and the entry's length for walking backwards.
//!
//! | first byte | content |
//! |---|---|
//! | `0xxxxxxx` | the integer 0 to 127 itself |
//! | `10xxxxxx` | a string of up to 63 bytes |
//! | `110xxxxx` + 1 byte | an integer of 13 bits |
//! | `1110xxxx` + 1 byte | a string of up to 4095 bytes |
//! | `F0` + 4 bytes | a string, its length little-endian |
//! | `F1` `F2` `F3` `F4` | an integer of 2, 3, 4 or 8 bytes, little-endian |
//! | `FF` | the end |
//!
//! The length that follows covers encoding and content, seven bits a byte, most significant first; all bytes
//! but the first have their top bit set, so that a reader who comes from the right knows where it begins.

use crate::base::numbers::parse_i64;
use crate::encoding::element::{Element, INTEGER_TEXT};

/// The byte after the last entry.
pub(super) const END: u8 = 0xff;

/// An entry ready to be written.
pub(super) struct Encoded<'a> {
    head: [u8; 9],
    head_len: usize,
    body: &'a [u8],
    back: [u8; 5],
    back_len: usize,
}

impl<'a> Encoded<'a> {
    /// The most compact encoding of `element`; text of an integer is stored as the integer.
    pub fn new(element: Element<'a>) -> Encoded<'a> {
        let number = match element {
            Element::Int(number) => Some(number),
            Element::Bytes(text) if text.len() <= INTEGER_TEXT => parse_i64(text),
            Element::Bytes(_) => None,
        };
        let (head, head_len, body) = match (number, element) {
            (Some(number), _) => integer_head(number),
            (None, Element::Bytes(text)) => string_head(text),
            (None, Element::Int(number)) => integer_head(number),
        };
        let (back, back_len) = back_length(head_len + body.len());
        Encoded { head, head_len, body, back, back_len }
    }

    /// The bytes of the whole entry.
    pub fn len(&self) -> usize {
        self.head_len + self.body.len() + self.back_len
    }

    /// The three parts of the entry in their order.
    pub fn parts(&self) -> [&[u8]; 3] {
        [
            self.head.get(..self.head_len).unwrap_or_default(),
            self.body,
            self.back.get(..self.back_len).unwrap_or_default(),
        ]
    }
}

fn integer_head<'a>(number: i64) -> ([u8; 9], usize, &'a [u8]) {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = number.to_le_bytes();
    let (head, len) = match number {
        0..=0x7f => ([b0, 0, 0, 0, 0, 0, 0, 0, 0], 1),
        -0x1000..=0xfff => ([0xc0 | (b1 & 0x1f), b0, 0, 0, 0, 0, 0, 0, 0], 2),
        -0x8000..=0x7fff => ([0xf1, b0, b1, 0, 0, 0, 0, 0, 0], 3),
        -0x80_0000..=0x7f_ffff => ([0xf2, b0, b1, b2, 0, 0, 0, 0, 0], 4),
        -0x8000_0000..=0x7fff_ffff => ([0xf3, b0, b1, b2, b3, 0, 0, 0, 0], 5),
        _ => ([0xf4, b0, b1, b2, b3, b4, b5, b6, b7], 9),
    };
    (head, len, &[])
}

fn string_head(text: &[u8]) -> ([u8; 9], usize, &[u8]) {
    // A listpack never reaches 4 GB: its owners change the encoding long before.
    let [b0, b1, b2, b3] = (text.len() as u32).to_le_bytes();
    let (head, len) = match text.len() {
        0..=0x3f => ([0x80 | b0, 0, 0, 0, 0, 0, 0, 0, 0], 1),
        0x40..=0xfff => ([0xe0 | b1, b0, 0, 0, 0, 0, 0, 0, 0], 2),
        _ => ([0xf0, b0, b1, b2, b3, 0, 0, 0, 0], 5),
    };
    (head, len, text)
}

/// How many bytes the length at the end of an entry of `size` bytes has. The bounds are Redis's: it does not
/// use the largest number of each width.
#[inline]
pub(super) fn back_length_size(size: usize) -> usize {
    match size {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    }
}

fn back_length(size: usize) -> ([u8; 5], usize) {
    let len = back_length_size(size);
    let mut back = [0; 5];
    for (place, byte) in back.iter_mut().take(len).enumerate() {
        let shift = 7 * (len - 1 - place);
        let continued = if place == 0 { 0 } else { 0x80 };
        *byte = ((size >> shift) as u8 & 0x7f) | continued;
    }
    (back, len)
}

/// The content of the entry at `at` and the bytes of encoding and content together; `None` at the end and for
/// bytes that are no entry.
#[inline]
fn content(bytes: &[u8], at: usize) -> Option<(Element<'_>, usize)> {
    let (&first, rest) = bytes.get(at..)?.split_first()?;
    Some(match first {
        0..=0x7f => (Element::Int(i64::from(first)), 1),
        0x80..=0xbf => {
            let len = usize::from(first & 0x3f);
            (Element::Bytes(rest.get(..len)?), 1 + len)
        }
        0xc0..=0xdf => {
            let low = *rest.first()?;
            // Moved to the top of 16 bits and back, so that the sign spreads.
            let number = i16::from_be_bytes([first << 3, 0]) | (i16::from(low) << 3);
            (Element::Int(i64::from(number >> 3)), 2)
        }
        0xe0..=0xef => {
            let (&low, rest) = rest.split_first()?;
            let len = usize::from(u16::from_be_bytes([first & 0x0f, low]));
            (Element::Bytes(rest.get(..len)?), 2 + len)
        }
        0xf0 => {
            let (len, rest) = rest.split_first_chunk::<4>()?;
            let len = u32::from_le_bytes(*len) as usize;
            (Element::Bytes(rest.get(..len)?), 5 + len)
        }
        0xf1 => (Element::Int(i64::from(i16::from_le_bytes(*rest.first_chunk()?))), 3),
        0xf2 => {
            let [b0, b1, b2] = *rest.first_chunk()?;
            (Element::Int(i64::from(i32::from_le_bytes([0, b0, b1, b2]) >> 8)), 4)
        }
        0xf3 => (Element::Int(i64::from(i32::from_le_bytes(*rest.first_chunk()?))), 5),
        0xf4 => (Element::Int(i64::from_le_bytes(*rest.first_chunk()?)), 9),
        _ => return None,
    })
}

/// The entry at `at` and where the next one begins.
#[inline]
pub(super) fn decode(bytes: &[u8], at: usize) -> Option<(Element<'_>, usize)> {
    let (element, size) = content(bytes, at)?;
    Some((element, at + size + back_length_size(size)))
}

/// Where the entry after the one at `at` begins, without looking at the content.
#[inline]
pub(super) fn skip(bytes: &[u8], at: usize) -> Option<usize> {
    let (&first, rest) = bytes.get(at..)?.split_first()?;
    let size = match first {
        0..=0x7f => 1,
        0x80..=0xbf => 1 + usize::from(first & 0x3f),
        0xc0..=0xdf => 2,
        0xe0..=0xef => 2 + usize::from(u16::from_be_bytes([first & 0x0f, *rest.first()?])),
        0xf0 => 5 + u32::from_le_bytes(*rest.first_chunk()?) as usize,
        0xf1 => 3,
        0xf2 => 4,
        0xf3 => 5,
        0xf4 => 9,
        _ => return None,
    };
    Some(at + size + back_length_size(size))
}

/// Where the entry begins that ends just before `end`.
#[inline]
pub(super) fn entry_before(bytes: &[u8], end: usize) -> Option<usize> {
    let mut size = 0usize;
    for (place, &byte) in bytes.get(..end)?.iter().rev().take(5).enumerate() {
        size |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return end.checked_sub(size + place + 1);
        }
    }
    None
}

/// As [`decode`], for bytes that nobody has checked yet: also the length at the end must be right.
pub(super) fn decode_untrusted(bytes: &[u8], at: usize) -> Option<(Element<'_>, usize)> {
    let (element, size) = content(bytes, at)?;
    let (back, len) = back_length(size);
    let end = at.checked_add(size)?;
    let stored = bytes.get(end..end.checked_add(len)?)?;
    if back.get(..len)? != stored {
        return None;
    }
    Some((element, end + len))
}
