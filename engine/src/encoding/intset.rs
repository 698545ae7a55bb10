//! The intset: a sorted set of integers in one run of bytes, in the format of Redis (`intset.c`), because RDB
//! files carry these bytes as they are.
//!
//! ```text
//! width in bytes: 2, 4 or 8 (u32 LE)   count (u32 LE)   integer (LE, of that width) ...
//! ```
//!
//! What always holds: the integers ascend without duplicates, and all have the width that the widest one
//! needed when it came. An intset never gets narrower again.

use core::fmt;
use core::slice::ChunksExact;

use super::listpack::Corrupt;

const HEADER: usize = 8;

/// A sorted set of integers; see the module's documentation.
#[derive(Clone, PartialEq, Eq)]
pub struct Intset {
    bytes: Vec<u8>,
}

impl Intset {
    /// An intset without integers.
    pub fn new() -> Intset {
        Intset { bytes: vec![2, 0, 0, 0, 0, 0, 0, 0] }
    }

    /// An intset from bytes of unknown origin: width, count and order are checked.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Intset, Corrupt> {
        let (&width, rest) = bytes.split_first_chunk::<4>().ok_or(Corrupt)?;
        let (&count, integers) = rest.split_first_chunk::<4>().ok_or(Corrupt)?;
        let (width, count) = (u32::from_le_bytes(width) as usize, u32::from_le_bytes(count) as usize);
        if !matches!(width, 2 | 4 | 8) || count.checked_mul(width) != Some(integers.len()) {
            return Err(Corrupt);
        }
        let intset = Intset { bytes };
        if !intset.iter().is_sorted_by(|left, right| left < right) {
            return Err(Corrupt);
        }
        Ok(intset)
    }

    /// The bytes as RDB files carry them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of integers.
    #[inline]
    pub fn len(&self) -> usize {
        self.integers().len() / self.width()
    }

    /// Whether there is no integer.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.integers().is_empty()
    }

    /// Bytes on the heap. O(1).
    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// The integers in ascending order.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.integers().chunks_exact(self.width()))
    }

    /// The integer number `index` in ascending order.
    #[inline]
    pub fn at(&self, index: usize) -> Option<i64> {
        let width = self.width();
        let begin = index.checked_mul(width)?;
        self.integers().get(begin..begin.checked_add(width)?).map(decode)
    }

    /// Whether `number` is there.
    #[inline]
    pub fn contains(&self, number: i64) -> bool {
        width_of(number) <= self.width() && self.search(number).is_ok()
    }

    /// Adds `number`; false when it was there.
    pub fn insert(&mut self, number: i64) -> bool {
        if width_of(number) > self.width() {
            self.widen(width_of(number));
        }
        let Err(index) = self.search(number) else { return false };
        let width = self.width();
        let (at, len) = (HEADER + index * width, self.bytes.len());
        if self.bytes.capacity() - len < width {
            self.bytes.reserve_exact(width + len / 8);
        }
        self.bytes.resize(len + width, 0);
        self.bytes.copy_within(at..len, at + width);
        for (room, byte) in self.bytes.iter_mut().skip(at).take(width).zip(number.to_le_bytes()) {
            *room = byte;
        }
        self.write_count();
        true
    }

    /// Removes `number`; false when it was not there.
    pub fn remove(&mut self, number: i64) -> bool {
        if width_of(number) > self.width() {
            return false;
        }
        match self.search(number) {
            Ok(index) => self.remove_at(index).is_some(),
            Err(_) => false,
        }
    }

    /// Removes the integer number `index` in ascending order.
    pub fn remove_at(&mut self, index: usize) -> Option<i64> {
        let number = self.at(index)?;
        let width = self.width();
        let at = HEADER + index * width;
        self.bytes.copy_within(at + width.., at);
        self.bytes.truncate(self.bytes.len() - width);
        if self.bytes.capacity() > 64 && self.bytes.len() < self.bytes.capacity() / 2 {
            self.bytes.shrink_to(self.bytes.len() + self.bytes.len() / 8);
        }
        self.write_count();
        Some(number)
    }

    /// How many bytes each integer takes: 2, 4 or 8.
    #[inline]
    pub fn width(&self) -> usize {
        // The header's three upper bytes are always 0; never 0 itself, as it divides.
        self.bytes.first().map_or(2, |&width| usize::from(width).max(2))
    }

    #[inline]
    fn integers(&self) -> &[u8] {
        self.bytes.get(HEADER..).unwrap_or_default()
    }

    /// Where `number` stands, or where it belongs.
    fn search(&self, number: i64) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        // Ascending insertion is common, so the end is looked at first.
        if high > 0 && self.at(high - 1).is_some_and(|last| last < number) {
            return Err(high);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            match self.at(middle) {
                Some(own) if own == number => return Ok(middle),
                Some(own) if own < number => low = middle + 1,
                _ => high = middle,
            }
        }
        Err(low)
    }

    fn widen(&mut self, width: usize) {
        let mut bytes = Vec::with_capacity(HEADER + (self.len() + 1) * width);
        bytes.extend_from_slice(&(width as u32).to_le_bytes());
        bytes.extend_from_slice(self.bytes.get(4..HEADER).unwrap_or_default());
        for number in self.iter() {
            bytes.extend_from_slice(number.to_le_bytes().get(..width).unwrap_or_default());
        }
        self.bytes = bytes;
    }

    fn write_count(&mut self) {
        let count = (self.len() as u32).to_le_bytes();
        if let Some(place) = self.bytes.get_mut(4..HEADER) {
            place.copy_from_slice(&count);
        }
    }
}

/// The integers of an intset in ascending order.
#[derive(Clone, Debug)]
pub struct Iter<'a>(ChunksExact<'a, u8>);

impl Iterator for Iter<'_> {
    type Item = i64;

    #[inline]
    fn next(&mut self) -> Option<i64> {
        self.0.next().map(decode)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<i64> {
        self.0.next_back().map(decode)
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[inline]
fn decode(bytes: &[u8]) -> i64 {
    match *bytes {
        [b0, b1] => i64::from(i16::from_le_bytes([b0, b1])),
        [b0, b1, b2, b3] => i64::from(i32::from_le_bytes([b0, b1, b2, b3])),
        [b0, b1, b2, b3, b4, b5, b6, b7] => i64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]),
        _ => 0,
    }
}

fn width_of(number: i64) -> usize {
    if i16::try_from(number).is_ok() {
        2
    } else if i32::try_from(number).is_ok() {
        4
    } else {
        8
    }
}

impl Default for Intset {
    fn default() -> Intset {
        Intset::new()
    }
}

impl fmt::Debug for Intset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;
    use std::collections::BTreeSet;

    fn verify(intset: &Intset, model: &BTreeSet<i64>) {
        assert!(intset.iter().eq(model.iter().copied()));
        assert!(intset.iter().rev().eq(model.iter().rev().copied()));
        assert_eq!(intset.len(), model.len());
        assert_eq!(Intset::from_bytes(intset.as_bytes().to_vec()).as_ref(), Ok(intset));
    }

    #[test]
    fn agrees_with_a_set_under_random_operations() {
        for seed in 0..60 {
            let mut random = Random::new(seed);
            let (mut intset, mut model) = (Intset::new(), BTreeSet::new());
            // The numbers get wider as it goes.
            for step in 0..600 {
                let bits = [8, 15, 16, 17, 31, 32, 33, 40, 63, 64][step / 60];
                let number = (random.next_u64() as i64) >> (64 - random.below(bits + 1)).min(63);
                match random.below(6) {
                    0..=2 => assert_eq!(intset.insert(number), model.insert(number)),
                    3 => assert_eq!(intset.contains(number), model.contains(&number)),
                    4 => assert_eq!(intset.remove(number), model.remove(&number)),
                    _ => {
                        let index = random.index(model.len() + 1);
                        let number = model.iter().nth(index).copied();
                        assert_eq!(intset.at(index), number);
                        assert_eq!(intset.remove_at(index), number);
                        number.map(|number| model.remove(&number));
                    }
                }
                verify(&intset, &model);
            }
        }
    }

    #[test]
    fn has_the_bytes_that_redis_writes() {
        // Recorded with SADD and DUMP from Redis 7.0.15.
        let check = |numbers: &[i64], expected: &[u8]| {
            let mut intset = Intset::new();
            numbers.iter().for_each(|&number| assert!(intset.insert(number)));
            assert_eq!(intset.as_bytes(), expected);
        };
        check(&[3, 1, -2], &[2, 0, 0, 0, 3, 0, 0, 0, 0xfe, 0xff, 1, 0, 3, 0]);
        check(&[3, 70_000], &[4, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x70, 0x11, 1, 0]);
    }

    #[test]
    fn hostile_bytes_are_refused() {
        let good = [4, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x70, 0x11, 1, 0];
        assert!(Intset::from_bytes(good.to_vec()).is_ok());
        let mut refused = 0;
        for at in 0..good.len() {
            for byte in 0..=255 {
                let mut bytes = good.to_vec();
                bytes[at] = byte;
                match Intset::from_bytes(bytes) {
                    Ok(mut intset) => assert!(intset.insert(-1_000_000) && intset.remove_at(0).is_some()),
                    Err(Corrupt) => refused += 1,
                }
            }
            assert!(Intset::from_bytes(good[..at].to_vec()).is_err());
        }
        assert!(refused > 8 * 255);
        assert!(Intset::from_bytes(vec![3, 0, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(Intset::from_bytes(vec![2, 0, 0, 0, 2, 0, 0, 0, 5, 0, 5, 0]).is_err());
    }
}
