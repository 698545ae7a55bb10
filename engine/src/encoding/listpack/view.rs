//! What can be read of a listpack, wherever its bytes are.

use super::super::element::{Element, Needle};
use super::entry;
use super::{HEADER, UNKNOWN};

/// A well-formed listpack to be read.
#[derive(Clone, Copy)]
pub struct View<'a> {
    bytes: &'a [u8],
}

impl<'a> View<'a> {
    #[inline]
    pub(super) fn new(bytes: &'a [u8]) -> View<'a> {
        View { bytes }
    }

    /// The bytes as RDB files carry them.
    #[inline]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The number of entries. O(1) up to 65,534, above O(n).
    #[inline]
    pub fn len(&self) -> usize {
        let told = self.bytes.get(4..).and_then(|bytes| bytes.first_chunk()).copied().map_or(0, u16::from_le_bytes);
        if u32::from(told) < UNKNOWN { usize::from(told) } else { self.iter().count() }
    }

    /// Whether there is no entry.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.end() <= HEADER
    }

    /// The entries from first to last, or from last to first.
    #[inline]
    pub fn iter(&self) -> Iter<'a> {
        Iter { bytes: self.bytes, front: HEADER, back: self.end() }
    }

    /// The entries from the one at `place` to the last.
    #[inline]
    pub fn iter_from(&self, place: usize) -> Iter<'a> {
        Iter { bytes: self.bytes, front: place.max(HEADER), back: self.end() }
    }

    /// The entries from the first to the one before `place`; walk it in reverse.
    #[inline]
    pub fn iter_before(&self, place: usize) -> Iter<'a> {
        Iter { bytes: self.bytes, front: HEADER, back: place.min(self.end()) }
    }

    /// The place of the first entry, or the end.
    #[inline]
    pub fn first(&self) -> usize {
        HEADER
    }

    /// The place behind the last entry.
    #[inline]
    pub fn end(&self) -> usize {
        self.bytes.len().saturating_sub(1)
    }

    /// The entry at `place`; `None` at the end.
    #[inline]
    pub fn get(&self, place: usize) -> Option<Element<'a>> {
        entry::decode(self.bytes, place).map(|(element, _)| element)
    }

    /// The entry at `place` and the place of the next one.
    #[inline]
    pub fn get_and_next(&self, place: usize) -> Option<(Element<'a>, usize)> {
        entry::decode(self.bytes, place)
    }

    /// The place after the entry at `place`: the next entry or the end. `None` at the end.
    #[inline]
    pub fn next(&self, place: usize) -> Option<usize> {
        entry::skip(self.bytes, place)
    }

    /// The place of the entry before `place`, which may be the end.
    #[inline]
    pub fn previous(&self, place: usize) -> Option<usize> {
        if place <= HEADER { None } else { entry::entry_before(self.bytes, place) }
    }

    /// The place of entry `index`; `len` is the end. Walks from the nearer side.
    pub fn seek(&self, index: usize) -> Option<usize> {
        let len = self.len();
        if index > len {
            return None;
        }
        if index <= len / 2 {
            (0..index).try_fold(HEADER, |place, _| self.next(place))
        } else {
            (index..len).try_fold(self.end(), |place, _| self.previous(place))
        }
    }

    /// The entry number `index`.
    pub fn at(&self, index: usize) -> Option<Element<'a>> {
        self.get(self.seek(index)?)
    }

    /// The first place at or behind `from` whose entry is `text`, looking at that entry and then at every
    /// `step`th after it. With `step` 2 it finds a field among fields and values.
    #[inline]
    pub fn find(&self, text: &[u8], from: usize, step: usize) -> Option<usize> {
        let mut needle = Needle::new(text);
        let mut place = from;
        loop {
            let (element, mut next) = entry::decode(self.bytes, place)?;
            if needle.is(element) {
                return Some(place);
            }
            for _ in 1..step {
                next = entry::skip(self.bytes, next)?;
            }
            place = next;
        }
    }
}

/// The entries of a listpack, from both sides.
#[derive(Clone)]
pub struct Iter<'a> {
    bytes: &'a [u8],
    front: usize,
    back: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        if self.front >= self.back {
            return None;
        }
        let (element, next) = entry::decode(self.bytes, self.front)?;
        self.front = next;
        Some(element)
    }
}

impl DoubleEndedIterator for Iter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front >= self.back {
            return None;
        }
        self.back = entry::entry_before(self.bytes, self.back)?;
        entry::decode(self.bytes, self.back).map(|(element, _)| element)
    }
}
