//! The parts of an entry, for those who want to see its bytes: what says what it is, its content, and its length for
//! readers who come from the right. The table at the head of `entry.rs` says what each first byte means.

use super::super::element::Element;
use super::{HEADER, View, entry};

/// What the first byte of an entry says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `0xxxxxxx`: 0 to 127, in that byte itself.
    Uint7,
    /// `10xxxxxx`: a string of up to 63 bytes.
    Str6,
    /// `110xxxxx` and a byte more: an integer of 13 bits.
    Int13,
    /// `1110xxxx` and a byte more: a string of up to 4095 bytes.
    Str12,
    /// `F0` and four bytes of length: a longer string.
    Str32,
    /// `F1`: an integer of two bytes.
    Int16,
    /// `F2`: an integer of three bytes.
    Int24,
    /// `F3`: an integer of four bytes.
    Int32,
    /// `F4`: an integer of eight bytes.
    Int64,
}

impl Kind {
    /// What the first byte says, how many bytes the encoding takes, and how many the content, unless it is a string.
    fn of(first: u8) -> Option<(Kind, usize, Option<usize>)> {
        Some(match first {
            0..=0x7f => (Kind::Uint7, 1, Some(0)),
            0x80..=0xbf => (Kind::Str6, 1, None),
            0xc0..=0xdf => (Kind::Int13, 2, Some(0)),
            0xe0..=0xef => (Kind::Str12, 2, None),
            0xf0 => (Kind::Str32, 5, None),
            0xf1 => (Kind::Int16, 1, Some(2)),
            0xf2 => (Kind::Int24, 1, Some(3)),
            0xf3 => (Kind::Int32, 1, Some(4)),
            0xf4 => (Kind::Int64, 1, Some(8)),
            _ => return None,
        })
    }
}

/// An entry taken apart. The three runs of bytes follow one another from `at` on.
#[derive(Clone, Copy, Debug)]
pub struct Anatomy<'a> {
    /// Where it begins, in bytes from the beginning of the listpack.
    pub at: usize,
    /// What it is.
    pub kind: Kind,
    /// What it means.
    pub element: Element<'a>,
    /// The encoding, in which small integers and lengths of strings stand too.
    pub head: &'a [u8],
    /// The content that does not stand in the encoding.
    pub data: &'a [u8],
    /// The length of both, seven bits a byte.
    pub back: &'a [u8],
}

impl<'a> View<'a> {
    /// The six bytes before the entries: the total length in four, the number of entries in two.
    pub fn header(&self) -> &'a [u8] {
        self.as_bytes().get(..HEADER).unwrap_or_default()
    }

    /// The entry at `place` taken apart, and the place of the next one; `None` at the end.
    pub fn anatomy(&self, place: usize) -> Option<(Anatomy<'a>, usize)> {
        let (element, next) = entry::decode(self.as_bytes(), place)?;
        let bytes = self.as_bytes().get(place..next)?;
        let (kind, head, data) = Kind::of(*bytes.first()?)?;
        let data = data.unwrap_or(element.len());
        let (head, rest) = bytes.split_at_checked(head)?;
        let (data, back) = rest.split_at_checked(data)?;
        Some((Anatomy { at: place, kind, element, head, data, back }, next))
    }
}
