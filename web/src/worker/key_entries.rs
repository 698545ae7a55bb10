//! The entries of one folder of the key tree, sorted by name, in chunks: a change moves one chunk's entries and not
//! those of a million siblings.
//!
//! Knows nothing of delimiters or of what is open. What always holds: no chunk is empty, and an entry that stands for
//! no key is gone.

use std::cmp::Ordering;

/// A chunk that grows beyond this is split.
const MAX_CHUNK: usize = 512;

/// A key or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: Box<[u8]>,
    /// How many keys a folder stands for; 0 for a key, which stands for itself.
    pub keys: usize,
    /// What its keys take.
    pub bytes: usize,
}

impl Entry {
    pub fn is_folder(&self) -> bool {
        self.keys > 0
    }

    /// By name; a key stands before a folder of the same name.
    fn order_to(&self, name: &[u8], is_folder: bool) -> Ordering {
        (*self.name).cmp(name).then(self.is_folder().cmp(&is_folder))
    }
}

/// Where an entry is: its chunk, and its place there.
pub type At = (u32, u32);

/// Entries in the order of their names.
#[derive(Debug, Default)]
pub struct Entries {
    chunks: Vec<Vec<Entry>>,
    len: usize,
    /// The folder that was changed last. Keys often come folder by folder, and are then found without a search.
    last: At,
}

impl Entries {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn clear(&mut self) {
        *self = Entries::default();
    }

    pub fn at(&self, at: At) -> Option<&Entry> {
        self.chunks.get(at.0 as usize)?.get(at.1 as usize)
    }

    /// Where all of them are.
    pub fn places(&self) -> impl Iterator<Item = At> {
        self.chunks
            .iter()
            .zip(0..)
            .flat_map(|(chunk, number)| (0..chunk.len() as u32).map(move |place| (number, place)))
    }

    /// The entries from a position on.
    pub fn from(&self, position: usize) -> impl Iterator<Item = &Entry> {
        let (mut chunk, mut skipped) = (0, position);
        while let Some(entries) = self.chunks.get(chunk).filter(|entries| entries.len() <= skipped) {
            skipped -= entries.len();
            chunk += 1;
        }
        self.chunks.get(chunk..).unwrap_or_default().iter().flatten().skip(skipped)
    }

    /// The position of a folder.
    pub fn position_of_folder(&self, name: &[u8]) -> Option<usize> {
        let (chunk, place) = self.find(name, true).ok()?;
        let before: usize = self.chunks.iter().take(chunk).map(Vec::len).sum();
        Some(before + place)
    }

    /// Adds a key of this size, or takes it away, or changes its size by so much.
    pub fn change_key(&mut self, name: &[u8], keys: i64, bytes: i64) {
        match self.find(name, false) {
            Ok((chunk, place)) if keys < 0 => self.remove(chunk, place),
            Ok((chunk, place)) => {
                if let Some(entry) = self.chunks.get_mut(chunk).and_then(|chunk| chunk.get_mut(place)) {
                    entry.bytes = moved(entry.bytes, bytes);
                }
            }
            Err((chunk, place)) if keys > 0 => {
                self.insert(chunk, place, Entry { name: name.into(), keys: 0, bytes: moved(0, bytes) });
            }
            Err(_) => {}
        }
    }

    /// Adds so many keys and bytes to a folder, which comes and goes with its keys.
    pub fn change_folder(&mut self, name: &[u8], keys: i64, bytes: i64) {
        let is_last = self.at(self.last).is_some_and(|entry| entry.is_folder() && *entry.name == *name);
        let found = if is_last { Ok((self.last.0 as usize, self.last.1 as usize)) } else { self.find(name, true) };
        match found {
            Ok((chunk, place)) => {
                self.last = (chunk as u32, place as u32);
                let Some(entry) = self.chunks.get_mut(chunk).and_then(|chunk| chunk.get_mut(place)) else { return };
                let left = moved(entry.keys, keys);
                if left == 0 {
                    return self.remove(chunk, place);
                }
                entry.keys = left;
                entry.bytes = moved(entry.bytes, bytes);
            }
            Err((chunk, place)) if keys > 0 => {
                self.insert(chunk, place, Entry { name: name.into(), keys: moved(0, keys), bytes: moved(0, bytes) });
            }
            Err(_) => {}
        }
    }

    /// The chunk and place of an entry, or where it would be put.
    fn find(&self, name: &[u8], is_folder: bool) -> Result<(usize, usize), (usize, usize)> {
        let before = |chunk: &Vec<Entry>| chunk.last().is_some_and(|it| it.order_to(name, is_folder) == Ordering::Less);
        // What comes after all others goes to the end of the last chunk.
        let chunk = self.chunks.partition_point(before).min(self.chunks.len().saturating_sub(1));
        let Some(entries) = self.chunks.get(chunk) else { return Err((0, 0)) };
        match entries.binary_search_by(|entry| entry.order_to(name, is_folder)) {
            Ok(place) => Ok((chunk, place)),
            Err(place) => Err((chunk, place)),
        }
    }

    fn insert(&mut self, chunk: usize, place: usize, entry: Entry) {
        self.len += 1;
        let Some(entries) = self.chunks.get_mut(chunk) else { return self.chunks.push(vec![entry]) };
        if entries.len() < MAX_CHUNK {
            return entries.insert(place.min(entries.len()), entry);
        }
        if place == entries.len() {
            // Sorted keys come one after the other: full chunks stay full.
            return self.chunks.insert(chunk + 1, vec![entry]);
        }
        let half = entries.len() / 2;
        let mut second = entries.split_off(half);
        entries.shrink_to(MAX_CHUNK * 3 / 4);
        match place.checked_sub(half) {
            Some(place) => second.insert(place, entry),
            None => entries.insert(place, entry),
        }
        self.chunks.insert(chunk + 1, second);
    }

    fn remove(&mut self, chunk: usize, place: usize) {
        let Some(entries) = self.chunks.get_mut(chunk).filter(|entries| place < entries.len()) else { return };
        entries.remove(place);
        self.len -= 1;
        let left = entries.len();
        if left == 0 {
            self.chunks.remove(chunk);
        } else if left < MAX_CHUNK / 8 && self.chunks.get(chunk + 1).is_some_and(|next| next.len() < MAX_CHUNK / 2) {
            let next = self.chunks.remove(chunk + 1);
            if let Some(entries) = self.chunks.get_mut(chunk) {
                entries.extend(next);
            }
        }
    }
}

/// A number moved by so much; never below 0.
fn moved(number: usize, by: i64) -> usize {
    number.saturating_add_signed(isize::try_from(by).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::base::Random;
    use std::collections::BTreeMap;

    #[test]
    fn agrees_with_a_naive_model() {
        for seed in 0..10 {
            let mut random = Random::new(seed);
            let mut entries = Entries::default();
            let mut model = BTreeMap::<(Vec<u8>, bool), (i64, i64)>::new();
            for step in 0..6_000 {
                // Grows first, then shrinks, so that chunks split and join.
                let grows = random.below(10) < if step < 4_000 { 8 } else { 2 };
                let (name, is_folder) = (random.below(3_000).to_string().into_bytes(), random.below(2) == 0);
                let bytes = random.below(100) as i64;
                let known = model.get(&(name.clone(), is_folder)).copied();
                let (keys, bytes) = match (grows, known) {
                    (true, Some(_)) if !is_folder => (0, bytes),
                    (true, _) => (1, bytes),
                    (false, Some((_, bytes))) => (-1, if is_folder { 0 } else { -bytes }),
                    (false, None) => (0, 0),
                };
                if is_folder {
                    entries.change_folder(&name, keys, bytes);
                } else {
                    entries.change_key(&name, keys, bytes);
                }
                if keys != 0 || known.is_some() {
                    let sums = model.entry((name.clone(), is_folder)).or_default();
                    *sums = (sums.0 + keys, sums.1 + bytes);
                    if sums.0 == 0 {
                        model.remove(&(name, is_folder));
                    }
                }
            }
            let held: Vec<_> = entries
                .from(0)
                .map(|it| ((it.name.to_vec(), it.is_folder()), (it.keys.max(1) as i64, it.bytes as i64)))
                .collect();
            assert_eq!(held, model.into_iter().collect::<Vec<_>>(), "seed {seed}");
            assert_eq!((entries.len(), entries.places().count()), (held.len(), held.len()));
            for (position, entry) in entries.from(0).enumerate().filter(|(_, entry)| entry.is_folder()) {
                assert_eq!(entries.position_of_folder(&entry.name), Some(position), "seed {seed}");
                assert_eq!(entries.from(position).next(), Some(entry), "seed {seed}");
            }
            assert!(entries.chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= MAX_CHUNK));
        }
    }
}
