//! The listpack: a list of strings and integers in one run of bytes, in the format of Redis (`listpack.c`),
//! because RDB files carry these bytes as they are. Knows nothing of what its entries mean.
//!
//! ```text
//! total bytes (u32 LE)   entries (u16 LE, 65535 = not known)   entry ...   FF
//! ```
//!
//! An entry is named by where it begins, its *place*; a change makes places behind it invalid. What always
//! holds: the bytes are a well-formed listpack. Foreign bytes come in through [`Listpack::from_bytes`] only,
//! which checks every entry, so nothing else needs to report damage.
//!
//! The bytes may begin behind a gap in their buffer, so that a push or pop at the front moves six bytes and
//! not all.

mod anatomy;
mod entry;
mod packed;
mod view;

use core::fmt;

use super::element::Element;
pub use anatomy::{Anatomy, Kind};
use entry::{END, Encoded};
pub use packed::Packed;
pub use view::{Iter, View};

const HEADER: usize = 6;
/// The count in the header for more entries than it can tell.
const UNKNOWN: u32 = u16::MAX as u32;

/// A list of strings and integers in one run of bytes; see the module's documentation.
#[derive(Clone)]
pub struct Listpack {
    /// A gap of `start` bytes, then the listpack up to the end.
    buffer: Vec<u8>,
    start: u32,
    count: u32,
}

/// Bytes that are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("corrupt compact encoding")
    }
}

impl Listpack {
    /// Owners change to another encoding before a listpack becomes bigger than this.
    pub const MAX_BYTES: usize = 1 << 30;

    /// A listpack without entries.
    pub fn new() -> Listpack {
        Listpack::with_capacity(0)
    }

    /// A listpack without entries, with room for `bytes` of them.
    pub fn with_capacity(bytes: usize) -> Listpack {
        let mut buffer = Vec::with_capacity(HEADER + bytes + 1);
        buffer.extend_from_slice(&[HEADER as u8 + 1, 0, 0, 0, 0, 0, END]);
        Listpack { buffer, start: 0, count: 0 }
    }

    /// A listpack from bytes of unknown origin: header, every entry and its length backwards are checked.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Listpack, Corrupt> {
        let (&total, rest) = bytes.split_first_chunk::<4>().ok_or(Corrupt)?;
        let stated = u16::from_le_bytes(*rest.first_chunk::<2>().ok_or(Corrupt)?);
        if u32::from_le_bytes(total) as usize != bytes.len() {
            return Err(Corrupt);
        }
        let end = bytes.len() - 1;
        let (mut at, mut count) = (HEADER, 0u32);
        while at < end {
            (_, at) = entry::decode_untrusted(&bytes, at).ok_or(Corrupt)?;
            count += 1;
        }
        let told = u32::from(stated);
        if at != end || bytes.get(end) != Some(&END) || (told != UNKNOWN && told != count) {
            return Err(Corrupt);
        }
        let mut listpack = Listpack { buffer: bytes, start: 0, count };
        listpack.write_header();
        Ok(listpack)
    }

    /// The bytes as RDB files carry them.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.buffer.get(self.start as usize..).unwrap_or_default()
    }

    /// The number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there is no entry.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The bytes of header, entries and end.
    #[inline]
    pub fn total_bytes(&self) -> usize {
        self.buffer.len() - self.start as usize
    }

    /// Bytes on the heap. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    /// What can be read of it.
    #[inline]
    pub fn view(&self) -> View<'_> {
        View::new(self.as_bytes())
    }

    /// The entries from first to last, or from last to first.
    #[inline]
    pub fn iter(&self) -> Iter<'_> {
        self.view().iter()
    }

    /// The entries from the one at `place` to the last.
    #[inline]
    pub fn iter_from(&self, place: usize) -> Iter<'_> {
        self.view().iter_from(place)
    }

    /// The entries from the first to the one before `place`; walk it in reverse.
    #[inline]
    pub fn iter_before(&self, place: usize) -> Iter<'_> {
        self.view().iter_before(place)
    }

    /// The place of the first entry, or the end.
    #[inline]
    pub fn first(&self) -> usize {
        HEADER
    }

    /// The place behind the last entry.
    #[inline]
    pub fn end(&self) -> usize {
        self.total_bytes() - 1
    }

    /// The entry at `place`; `None` at the end.
    #[inline]
    pub fn get(&self, place: usize) -> Option<Element<'_>> {
        self.view().get(place)
    }

    /// The entry at `place` and the place of the next one.
    #[inline]
    pub fn get_and_next(&self, place: usize) -> Option<(Element<'_>, usize)> {
        self.view().get_and_next(place)
    }

    /// The place after the entry at `place`: the next entry or the end. `None` at the end.
    #[inline]
    pub fn next(&self, place: usize) -> Option<usize> {
        self.view().next(place)
    }

    /// The place of the entry before `place`, which may be the end.
    #[inline]
    pub fn previous(&self, place: usize) -> Option<usize> {
        self.view().previous(place)
    }

    /// The place of entry `index`; `len` is the end. Walks from the nearer side.
    pub fn seek(&self, index: usize) -> Option<usize> {
        self.view().seek(index)
    }

    /// The entry number `index`.
    pub fn at(&self, index: usize) -> Option<Element<'_>> {
        self.view().at(index)
    }

    /// The first place at or behind `from` whose entry is `text`; see [`View::find`].
    #[inline]
    pub fn find(&self, text: &[u8], from: usize, step: usize) -> Option<usize> {
        self.view().find(text, from, step)
    }

    /// Adds an entry at the end.
    #[inline]
    pub fn push_back(&mut self, element: Element<'_>) {
        let encoded = Encoded::new(element);
        self.grow(encoded.len());
        self.buffer.pop();
        for part in encoded.parts() {
            self.buffer.extend_from_slice(part);
        }
        self.buffer.push(END);
        self.count += 1;
        self.write_header();
    }

    /// Adds an entry at the beginning.
    pub fn push_front(&mut self, element: Element<'_>) {
        let encoded = Encoded::new(element);
        self.grow_front(encoded.len());
        self.write(HEADER, 0, &encoded);
        self.count += 1;
        self.write_header();
    }

    /// Adds an entry before the one at `place`, which may be the end; the new one stands at `place` then.
    pub fn insert(&mut self, place: usize, element: Element<'_>) {
        if place >= self.end() {
            return self.push_back(element);
        }
        self.write(place.max(HEADER), 0, &Encoded::new(element));
        self.count += 1;
        self.write_header();
    }

    /// Puts another entry in the place of the one at `place`.
    pub fn replace(&mut self, place: usize, element: Element<'_>) {
        if let Some(next) = self.next(place) {
            self.write(place, next - place, &Encoded::new(element));
            self.write_header();
        }
    }

    /// Removes up to `count` entries from `place` on; the one behind them stands at `place` then.
    pub fn remove(&mut self, place: usize, count: usize) {
        let (mut next, mut removed) = (place, 0);
        while removed < count
            && let Some(after) = self.next(next)
        {
            next = after;
            removed += 1;
        }
        if removed == 0 {
            return;
        }
        self.count -= removed as u32;
        self.make_room(place, next - place, 0);
        self.give_back();
        self.write_header();
    }

    /// Removes up to `count` entries from number `index` on.
    pub fn remove_range(&mut self, index: usize, count: usize) {
        if let Some(place) = self.seek(index) {
            self.remove(place, count);
        }
    }

    /// Adds all entries of `other` at the end.
    pub fn append(&mut self, other: &Listpack) {
        let entries = other.as_bytes().get(HEADER..other.end()).unwrap_or_default();
        self.grow(entries.len());
        self.buffer.pop();
        self.buffer.extend_from_slice(entries);
        self.buffer.push(END);
        self.count += other.count;
        self.write_header();
    }

    /// Splits off the entries from number `index` on.
    pub fn split_off(&mut self, index: usize) -> Listpack {
        let place = self.seek(index).unwrap_or(self.end());
        let entries = self.as_bytes().get(place..self.end()).unwrap_or_default();
        let mut tail = Listpack::with_capacity(entries.len());
        tail.buffer.pop();
        tail.buffer.extend_from_slice(entries);
        tail.buffer.push(END);
        tail.count = self.count.saturating_sub(index as u32);
        tail.write_header();
        self.remove(place, tail.len());
        tail
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        *self = Listpack::new();
    }

    /// Gives back all memory that is not in use.
    pub fn shrink_to_fit(&mut self) {
        self.close_gap();
        self.buffer.shrink_to_fit();
    }

    /// What adding `element` would add to the bytes.
    pub fn entry_bytes(element: Element<'_>) -> usize {
        Encoded::new(element).len()
    }

    /// Whether `more` bytes can be added without reaching the size at which owners change encoding.
    pub fn can_grow(&self, more: usize) -> bool {
        self.total_bytes().saturating_add(more) <= Listpack::MAX_BYTES
    }

    /// Writes an entry over the `old` bytes at `place`.
    fn write(&mut self, place: usize, old: usize, encoded: &Encoded<'_>) {
        self.make_room(place, old, encoded.len());
        let mut rest = self.buffer.get_mut(self.start as usize + place..).unwrap_or_default();
        for part in encoded.parts() {
            let Some((room, behind)) = rest.split_at_mut_checked(part.len()) else { return };
            room.copy_from_slice(part);
            rest = behind;
        }
    }

    /// Turns the `old` bytes at `place` into `new` bytes of room, moving the shorter side where it can.
    fn make_room(&mut self, place: usize, old: usize, new: usize) {
        let start = self.start as usize;
        let at = start + place;
        if at + old > self.buffer.len() {
            return;
        }
        let front_is_near = place < self.total_bytes() / 2;
        if new <= old {
            let less = old - new;
            if front_is_near {
                self.buffer.copy_within(start..at, start + less);
                self.start += less as u32;
            } else {
                self.buffer.copy_within(at + old.., at + new);
                self.buffer.truncate(self.buffer.len() - less);
            }
            return;
        }
        let more = new - old;
        if front_is_near && start >= more {
            self.buffer.copy_within(start..at, start - more);
            self.start -= more as u32;
        } else {
            self.grow(more);
            let (at, len) = (self.start as usize + place, self.buffer.len());
            self.buffer.resize(len + more, 0);
            self.buffer.copy_within(at + old..len, at + new);
        }
    }

    /// Room for exactly `more` bytes at the end.
    fn reserve_exact(&mut self, more: usize) {
        self.close_gap();
        self.buffer.reserve_exact(more);
    }

    /// Room for `more` bytes at the end. Grows by an eighth: listpacks are many and small, and big ones stay
    /// at a few KB.
    fn grow(&mut self, more: usize) {
        if self.buffer.capacity() - self.buffer.len() >= more {
            return;
        }
        self.close_gap();
        let needed = self.buffer.len() + more;
        if needed > self.buffer.capacity() {
            self.buffer.reserve_exact(allocation(needed + needed / 8) - self.buffer.len());
        }
    }

    /// A gap of `more` bytes at the front.
    fn grow_front(&mut self, more: usize) {
        let start = self.start as usize;
        if start >= more {
            return;
        }
        let needed = self.total_bytes() + more;
        let capacity = allocation(needed + needed / 8);
        let mut buffer = Vec::with_capacity(capacity);
        buffer.resize(capacity - self.total_bytes(), 0);
        buffer.extend_from_slice(self.as_bytes());
        self.start = (capacity - self.total_bytes()) as u32;
        self.buffer = buffer;
    }

    fn close_gap(&mut self) {
        let start = self.start as usize;
        if start > 0 {
            self.buffer.copy_within(start.., 0);
            self.buffer.truncate(self.buffer.len() - start);
            self.start = 0;
        }
    }

    /// Frees the buffer's unused part when it is more than the used one.
    fn give_back(&mut self) {
        if self.buffer.capacity() > 64 && self.total_bytes() < self.buffer.capacity() / 2 {
            self.close_gap();
            self.buffer.shrink_to(allocation(self.buffer.len() + self.buffer.len() / 8));
        }
    }

    #[inline]
    fn write_header(&mut self) {
        let total = (self.total_bytes() as u32).to_le_bytes();
        let count = (self.count.min(UNKNOWN) as u16).to_le_bytes();
        if let Some(header) = self.buffer.get_mut(self.start as usize..).and_then(|bytes| bytes.first_chunk_mut::<6>())
        {
            let [t0, t1, t2, t3] = total;
            let [c0, c1] = count;
            *header = [t0, t1, t2, t3, c0, c1];
        }
    }
}

/// The size that an allocator hands out anyway for `bytes`: multiples of 16 less a word.
fn allocation(bytes: usize) -> usize {
    (bytes + 8).next_multiple_of(16) - 8
}

impl Default for Listpack {
    fn default() -> Listpack {
        Listpack::new()
    }
}

impl PartialEq for Listpack {
    /// The same entries, however they are encoded.
    fn eq(&self, other: &Listpack) -> bool {
        self.count == other.count && (self.as_bytes() == other.as_bytes() || self.iter().eq(other.iter()))
    }
}

impl Eq for Listpack {}

impl fmt::Debug for Listpack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for &'a Listpack {
    type Item = Element<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
pub(crate) mod tests;
