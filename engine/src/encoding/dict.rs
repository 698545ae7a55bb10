//! The dictionary of the keyspace and of every big hash, set and sorted set: an insertion-ordered hash table
//! from byte strings to `V`. Knows nothing of what it holds.
//!
//! Entries stand one after another in pages; a Swiss table holds only their positions as `u32`. What always
//! holds: positions are `0..len` without gaps, and removing an entry moves the last one into its place. So a
//! random entry costs one random number, iteration and scans are walks over positions, and no reply depends
//! on the hash function.
//!
//! The first page grows like an ordinary small vector, so small dictionaries are small; later pages have a
//! fixed size, so that a million entries are never copied to make room for one more. When the table is full
//! a bigger one is built by walking the entries in order: sequential reads, where hashbrown's own growth
//! would read them in random order.

use core::iter::Flatten;
use core::slice;

use hashbrown::HashTable;

use crate::base::{Bytes, HashSeed};

/// Entries in a page, except the first, which grows up to this.
pub const PAGE: usize = 1024;
const PAGE_BITS: u32 = PAGE.trailing_zeros();
/// A first page or table of no more than this is not worth shrinking.
const SMALL: usize = 16;

/// An insertion-ordered hash table from byte strings to `V`; see the module's documentation.
#[derive(Debug)]
pub struct Dict<V> {
    seed: HashSeed,
    table: HashTable<u32>,
    pages: Vec<Vec<Entry<V>>>,
    len: usize,
    key_bytes: usize,
}

#[derive(Clone, Debug)]
struct Entry<V> {
    key: Bytes,
    value: V,
}

/// How a dictionary divides its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Slots of the table, each of which holds one position at most.
    pub slots: usize,
    /// Pages of entries.
    pub pages: usize,
    /// What an entry takes in its page.
    pub entry_bytes: usize,
    /// Bytes of the table: a position of four bytes and a control byte a slot.
    pub table_bytes: usize,
    /// Bytes of the list of pages.
    pub list_bytes: usize,
    /// Bytes of the pages.
    pub page_bytes: usize,
    /// Bytes of the pages that hold entries.
    pub used_page_bytes: usize,
}

/// The entries of a dictionary in the order of their positions.
#[derive(Debug)]
pub struct Iter<'a, V> {
    entries: Flatten<slice::Iter<'a, Vec<Entry<V>>>>,
    remaining: usize,
}

impl<V> Clone for Iter<'_, V> {
    fn clone(&self) -> Self {
        Iter { entries: self.entries.clone(), remaining: self.remaining }
    }
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = (&'a Bytes, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        self.remaining = self.remaining.saturating_sub(1);
        Some((&entry.key, &entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl<V> DoubleEndedIterator for Iter<'_, V> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next_back()?;
        self.remaining = self.remaining.saturating_sub(1);
        Some((&entry.key, &entry.value))
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}

/// Where a key stands, or would stand; see [`Dict::slot`].
pub enum Slot<'a, V> {
    /// The key is there, at this position.
    Found(usize),
    /// The key is not there.
    Vacant(Vacant<'a, V>),
}

/// The place of a key that is not there yet; it remembers the hash.
pub struct Vacant<'a, V> {
    dict: &'a mut Dict<V>,
    hash: u64,
}

impl<V> Vacant<'_, V> {
    /// Adds the entry and returns its position. `key` must be the key that was looked for.
    pub fn insert(self, key: Bytes, value: V) -> usize {
        debug_assert_eq!(self.dict.seed.hash(&key), self.hash);
        self.dict.push(self.hash, key, value)
    }
}

impl<V> Dict<V> {
    /// What one entry takes: its place in a page, and in the table a position and a control byte in a bucket of
    /// which between 7 in 16 and 7 in 8 are in use.
    pub const BYTES_PER_ENTRY: usize = size_of::<Entry<V>>() + 8;

    /// An empty dictionary, which allocates nothing.
    pub fn new(seed: HashSeed) -> Dict<V> {
        Dict { seed, table: HashTable::new(), pages: Vec::new(), len: 0, key_bytes: 0 }
    }

    /// An empty dictionary with room for `entries`.
    pub fn with_capacity(seed: HashSeed, entries: usize) -> Dict<V> {
        let mut dict = Dict::new(seed);
        dict.reserve(entries);
        dict
    }

    /// The number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of slots of the table, each of which holds one position at most.
    pub fn slots(&self) -> usize {
        self.table.num_buckets()
    }

    /// The hash function.
    pub fn seed(&self) -> &HashSeed {
        &self.seed
    }

    /// The position of `key`.
    #[inline]
    pub fn find(&self, key: &[u8]) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        self.find_hashed(self.seed.hash(key), key)
    }

    /// Whether `key` is there.
    #[inline]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    /// The value of `key`.
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.entry(self.find(key)?).map(|entry| &entry.value)
    }

    /// The value of `key`, to change it.
    #[inline]
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        let position = self.find(key)?;
        self.entry_mut(position).map(|entry| &mut entry.value)
    }

    /// The entry at a position in `0..len`.
    #[inline]
    pub fn at(&self, position: usize) -> Option<(&Bytes, &V)> {
        self.entry(position).map(|entry| (&entry.key, &entry.value))
    }

    /// The entry at a position in `0..len`, to change its value.
    #[inline]
    pub fn at_mut(&mut self, position: usize) -> Option<(&Bytes, &mut V)> {
        self.entry_mut(position).map(|entry| (&entry.key, &mut entry.value))
    }

    /// Finds `key`, or the place to insert it, with one computation of its hash.
    #[inline]
    pub fn slot(&mut self, key: &[u8]) -> Slot<'_, V> {
        let hash = self.seed.hash(key);
        match self.find_hashed(hash, key) {
            Some(position) => Slot::Found(position),
            None => Slot::Vacant(Vacant { dict: self, hash }),
        }
    }

    /// The position of `key`, which is added with `make()` when it is not there; true when it was added.
    #[inline]
    pub fn find_or_insert(&mut self, key: &[u8], make: impl FnOnce() -> V) -> (usize, bool) {
        match self.slot(key) {
            Slot::Found(position) => (position, false),
            Slot::Vacant(vacant) => (vacant.insert(Bytes::new(key), make()), true),
        }
    }

    /// Sets the value of `key` and returns the one it had.
    pub fn insert(&mut self, key: Bytes, value: V) -> Option<V> {
        match self.slot(&key) {
            Slot::Found(position) => self.entry_mut(position).map(|entry| core::mem::replace(&mut entry.value, value)),
            Slot::Vacant(vacant) => {
                vacant.insert(key, value);
                None
            }
        }
    }

    /// Removes `key`; the last entry moves into its position.
    pub fn remove(&mut self, key: &[u8]) -> Option<(Bytes, V)> {
        if self.len == 0 {
            return None;
        }
        let hash = self.seed.hash(key);
        let position = self.find_hashed(hash, key)?;
        self.remove_hashed(hash, position)
    }

    /// Removes the entry at `position`; the last entry moves there.
    pub fn remove_at(&mut self, position: usize) -> Option<(Bytes, V)> {
        let hash = self.seed.hash(&self.entry(position)?.key);
        self.remove_hashed(hash, position)
    }

    /// Removes all entries and frees what they stood in.
    pub fn clear(&mut self) {
        *self = Dict::new(self.seed.clone());
    }

    /// Makes room for `additional` entries, so that the table is built only once.
    pub fn reserve(&mut self, additional: usize) {
        let wanted = self.len.saturating_add(additional);
        if wanted > self.table.capacity() {
            self.rebuild(wanted);
        }
        if self.pages.is_empty() && additional > 0 {
            self.pages.reserve_exact(1);
            self.pages.push(Vec::with_capacity(wanted.min(PAGE)));
        }
    }

    /// The entries in the order of their positions.
    pub fn iter(&self) -> Iter<'_, V> {
        Iter { entries: self.pages.iter().flatten(), remaining: self.len }
    }

    /// The entries in the order of their positions, to change their values.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&Bytes, &mut V)> + '_ {
        self.pages.iter_mut().flatten().map(|entry| (&entry.key, &mut entry.value))
    }

    /// One step of a scan: shows `count` entries to `visit`, with their positions, and returns the cursor to
    /// go on with; 0 begins, and 0 comes back at the end.
    ///
    /// A scan walks from the last position to the first. A removal only ever moves the last entry into a gap:
    /// from what the scan has passed to what it has not, or within one of them. So every entry that is there
    /// throughout is shown at least once, whatever happens between the steps.
    pub fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(usize, &Bytes, &V)) -> u64 {
        let begin = match usize::try_from(cursor) {
            Ok(remaining) if remaining > 0 => remaining.min(self.len),
            _ => self.len,
        };
        let end = begin.saturating_sub(count.max(1));
        for position in (end..begin).rev() {
            if let Some((key, value)) = self.at(position) {
                visit(position, key, value);
            }
        }
        end as u64
    }

    /// Bytes of the keys that do not stand inline. O(1).
    pub fn key_bytes(&self) -> usize {
        self.key_bytes
    }

    /// Bytes that the entries need: never more than [`Dict::heap_bytes`], and less with every entry that goes. O(1).
    pub fn live_bytes(&self) -> usize {
        // A bucket of the table is a position and a control byte, and at most 7 of 8 are in use.
        self.len * size_of::<Entry<V>>() + self.len * (size_of::<u32>() + 1) * 8 / 7 + self.key_bytes
    }

    /// Bytes on the heap for table, pages and long keys; what values own elsewhere is not included. O(1).
    pub fn heap_bytes(&self) -> usize {
        let entries = match self.pages.first() {
            Some(first) => first.capacity() + (self.pages.len() - 1) * PAGE,
            None => 0,
        };
        self.table.allocation_size()
            + self.pages.capacity() * size_of::<Vec<Entry<V>>>()
            + entries * size_of::<Entry<V>>()
            + self.key_bytes
    }

    /// How the memory of [`Dict::heap_bytes`] is divided.
    pub fn shape(&self) -> Shape {
        let entry_bytes = size_of::<Entry<V>>();
        let table_bytes = self.table.allocation_size();
        let list_bytes = self.pages.capacity() * size_of::<Vec<Entry<V>>>();
        let page_bytes = self.heap_bytes().saturating_sub(table_bytes + list_bytes + self.key_bytes);
        Shape {
            slots: self.slots(),
            pages: self.pages.len(),
            entry_bytes,
            table_bytes,
            list_bytes,
            page_bytes,
            used_page_bytes: self.len * entry_bytes,
        }
    }

    /// The position that stands in a slot of the table, when one does.
    pub fn in_slot(&self, slot: usize) -> Option<usize> {
        self.table.get_bucket(slot).map(|&position| position as usize)
    }

    #[inline]
    fn entry(&self, position: usize) -> Option<&Entry<V>> {
        self.pages.get(position >> PAGE_BITS)?.get(position & (PAGE - 1))
    }

    #[inline]
    fn entry_mut(&mut self, position: usize) -> Option<&mut Entry<V>> {
        self.pages.get_mut(position >> PAGE_BITS)?.get_mut(position & (PAGE - 1))
    }

    #[inline]
    fn find_hashed(&self, hash: u64, key: &[u8]) -> Option<usize> {
        let same = |&position: &u32| match self.entry(position as usize) {
            Some(entry) => entry.key.as_slice() == key,
            None => false,
        };
        self.table.find(hash, same).map(|&position| position as usize)
    }

    fn push(&mut self, hash: u64, key: Bytes, value: V) -> usize {
        if self.table.len() == self.table.capacity() {
            // Full, or worn out by removals: when less than half is in use, the same size will do.
            self.rebuild(self.len + self.len / 2 + 1);
        }
        let position = self.len;
        let number = page_of(position);
        if number >= self.pages.len() {
            if number == 0 {
                self.pages.reserve_exact(1);
            }
            self.pages.push(if number == 0 { Vec::new() } else { Vec::with_capacity(PAGE) });
        }
        if let Some(page) = self.pages.get_mut(number) {
            if page.len() == page.capacity() {
                // Only the first page gets here.
                let growth = (page.len() / 2).max(2).min(PAGE - page.len().min(PAGE - 1));
                page.reserve_exact(growth);
            }
            self.key_bytes += key.heap_bytes();
            page.push(Entry { key, value });
            self.len += 1;
            // There is room, so the hasher is not asked.
            self.table.insert_unique(hash, position as u32, |_| hash);
        }
        position
    }

    fn remove_hashed(&mut self, hash: u64, position: usize) -> Option<(Bytes, V)> {
        let last = self.len.checked_sub(1)?;
        self.table.find_entry(hash, |&at| at as usize == position).ok()?.remove();
        let mut removed = self.pages.get_mut(page_of(last))?.pop()?;
        self.len = last;
        if position != last {
            let moved = self.seed.hash(&removed.key);
            if let Some(at) = self.table.find_mut(moved, |&at| at as usize == last) {
                *at = position as u32;
            }
            core::mem::swap(self.entry_mut(position)?, &mut removed);
        }
        self.key_bytes -= removed.key.heap_bytes();
        self.give_back();
        Some((removed.key, removed.value))
    }

    /// Frees pages and table when they are mostly empty; far enough from where they grow that an insertion
    /// and a removal in turn do not do it each time.
    fn give_back(&mut self) {
        if self.pages.len() > 1 {
            if page_of(self.len + PAGE / 2) + 1 < self.pages.len() {
                self.pages.pop();
                if self.pages.capacity() > self.pages.len().saturating_mul(4) {
                    self.pages.shrink_to(self.pages.len() * 2);
                }
            }
        } else if let Some(first) = self.pages.first_mut()
            && first.capacity() > SMALL
            && first.len() < first.capacity() / 4
        {
            first.shrink_to(first.len() * 2);
        }
        if self.table.num_buckets() > SMALL && self.len < self.table.num_buckets() / 8 {
            self.rebuild(self.len * 2);
        }
    }

    /// A new table with room for `capacity` entries.
    fn rebuild(&mut self, capacity: usize) {
        // The old table goes first: together they would make the peak half as high again.
        self.table = HashTable::new();
        let mut table = HashTable::with_capacity(capacity.max(self.len));
        for (position, entry) in self.pages.iter().flatten().enumerate() {
            let hash = self.seed.hash(&entry.key);
            table.insert_unique(hash, position as u32, |_| hash);
        }
        self.table = table;
    }
}

#[inline]
fn page_of(position: usize) -> usize {
    position >> PAGE_BITS
}

impl<V> Default for Dict<V> {
    fn default() -> Dict<V> {
        Dict::new(HashSeed::default())
    }
}

impl<V: Clone> Clone for Dict<V> {
    fn clone(&self) -> Dict<V> {
        // A plain clone of the pages would lose their fixed capacity.
        let copy = |(number, page): (usize, &Vec<Entry<V>>)| {
            let mut copy = Vec::with_capacity(if number == 0 { page.len() } else { PAGE });
            copy.extend_from_slice(page);
            copy
        };
        Dict {
            seed: self.seed.clone(),
            table: self.table.clone(),
            pages: self.pages.iter().enumerate().map(copy).collect(),
            len: self.len,
            key_bytes: self.key_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;
    use std::collections::BTreeMap;

    fn name(number: u64) -> Vec<u8> {
        // Some names are too long to stand inline.
        if number.is_multiple_of(7) {
            format!("a rather long name of {number}").into()
        } else {
            number.to_string().into()
        }
    }

    fn verify(dict: &Dict<u64>, model: &BTreeMap<Vec<u8>, u64>) {
        assert_eq!(dict.len(), model.len());
        assert_eq!(dict.table.len(), model.len());
        for (position, (key, value)) in dict.iter().enumerate() {
            assert_eq!(model.get(key.as_slice()), Some(value));
            assert_eq!(dict.find(key), Some(position));
            assert_eq!(dict.at(position), Some((key, value)));
        }
        assert_eq!(dict.iter().count(), model.len());
        let long: usize = dict.iter().map(|(key, _)| key.heap_bytes()).sum();
        let pages: usize = dict.pages.iter().map(Vec::capacity).sum();
        let expected =
            long + pages * size_of::<Entry<u64>>() + dict.pages.capacity() * 24 + dict.table.allocation_size();
        assert_eq!(dict.heap_bytes(), expected);
    }

    #[test]
    fn agrees_with_a_map_under_random_operations() {
        for seed in 0..6 {
            let mut random = Random::new(seed);
            let mut dict = Dict::new(HashSeed::new(seed));
            let mut model = BTreeMap::new();
            // Phases that mostly grow and mostly shrink, across several pages.
            for phase in 0..8u64 {
                let growing = phase % 2 == 0;
                for _ in 0..6_000 {
                    let number = random.below(5_000);
                    let key = name(number);
                    match (random.below(10), growing) {
                        (0..=6, true) | (0, false) => {
                            assert_eq!(dict.insert(Bytes::new(&key), number), model.insert(key, number));
                        }
                        (7, _) => {
                            let (position, added) = dict.find_or_insert(&key, || 9);
                            assert_eq!(added, !model.contains_key(&key));
                            let value = *model.entry(key.clone()).or_insert(9);
                            assert_eq!(dict.at(position), Some((&Bytes::new(&key), &value)));
                        }
                        (8, _) if !dict.is_empty() => {
                            let (key, value) = dict.remove_at(random.index(dict.len())).unwrap();
                            assert_eq!(model.remove(key.as_slice()), Some(value));
                        }
                        (9, _) => assert_eq!(dict.get(&key), model.get(&key)),
                        _ => {
                            let removed = dict.remove(&key).map(|(key, value)| (key.into_vec(), value));
                            assert_eq!(removed, model.remove_entry(&key));
                        }
                    }
                }
                verify(&dict, &model);
            }
            verify(&dict.clone(), &model);
            for key in model.keys() {
                assert!(dict.remove(key).is_some());
            }
            assert!(dict.is_empty() && dict.heap_bytes() < 2_000, "{}", dict.heap_bytes());
        }
    }

    #[test]
    fn a_scan_shows_every_entry_that_stays() {
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let mut dict = Dict::new(HashSeed::new(seed));
            for number in 0..2_000 {
                dict.insert(Bytes::new(&name(number)), number);
            }
            let mut stays: BTreeMap<u64, bool> = (0..2_000).map(|number| (number, false)).collect();
            let mut cursor = 0;
            let mut next = 2_000;
            loop {
                cursor = dict.scan(cursor, 10, |_, _, value| {
                    stays.insert(*value, true);
                });
                if cursor == 0 {
                    break;
                }
                for _ in 0..8 {
                    if random.below(2) == 0 {
                        let (_, value) = dict.remove_at(random.index(dict.len())).unwrap();
                        stays.remove(&value);
                    } else {
                        dict.insert(Bytes::new(&name(next)), next);
                        next += 1;
                    }
                }
            }
            assert!(stays.values().all(|&shown| shown));
        }
    }

    #[test]
    fn a_million_entries_cost_little_more_than_themselves() {
        let mut dict: Dict<u64> = Dict::new(HashSeed::new(1));
        for number in 0..1_000_000u64 {
            dict.find_or_insert(format!("key:{number:012}").as_bytes(), || number);
        }
        let each = dict.heap_bytes() as f64 / 1e6;
        assert!(each < 32.0 + 10.7, "{each}");
    }
}
