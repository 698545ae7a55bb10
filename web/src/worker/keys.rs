//! The keys of a database as a tree: split at a delimiter, counted and summed up, open where a person opened it.
//!
//! Knows nothing of values, time or drawing. Only open folders hold their entries, so that a million keys cost
//! memory only where someone looks; a closed folder is a name, a count and a sum.
//!
//! Needs to be told of every key that comes, goes or changes its size exactly once; counts and sums are exact then.

use engine::base::order;
use std::collections::BTreeMap;

use super::key_entries::{At, Entries, Entry};
use crate::protocol::KeysSort;

/// Folders nest no deeper; what follows stays in the name. Hostile keys of delimiters only would else nest as deep
/// as they are long.
pub const MAX_DEPTH: usize = 32;
/// Folders with more entries stay in the order of names: to sort them anew whenever something changes would cost more
/// than it shows.
pub const MAX_SORTED: usize = 50_000;

/// The tree of one database.
#[derive(Debug)]
pub struct KeyTree {
    /// None of its keys is split at an empty one.
    delimiter: Vec<u8>,
    sort: KeysSort,
    root: Branch,
    keys: usize,
    bytes: usize,
}

/// An open folder.
#[derive(Debug, Default)]
struct Branch {
    entries: Entries,
    /// The open ones of the folders in `entries`, by name.
    open: BTreeMap<Box<[u8]>, Branch>,
    /// The entries by size, the largest first, where they are wanted so; none where names order them.
    by_size: Option<Vec<At>>,
}

/// One visible line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// 0 for the outermost.
    pub depth: usize,
    /// The key; for a folder what all its keys begin with, the delimiter included.
    pub path: Vec<u8>,
    /// Where in `path` the part begins that this row shows.
    pub name_at: usize,
    /// Which of its siblings it is, from 0, and how many they are.
    pub position: usize,
    pub siblings: usize,
    pub folder: Option<Folder>,
}

/// What a row says of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folder {
    pub open: bool,
    pub keys: usize,
    pub bytes: usize,
}

/// How many keys more or less there are, and bytes that they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub keys: i64,
    pub bytes: i64,
}

impl KeyTree {
    pub fn new(delimiter: &[u8]) -> KeyTree {
        let (sort, root) = (KeysSort::Name, Branch::default());
        KeyTree { delimiter: delimiter.to_vec(), sort, root, keys: 0, bytes: 0 }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys
    }

    pub fn is_empty(&self) -> bool {
        self.keys == 0
    }

    /// What all its keys take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn delimiter(&self) -> &[u8] {
        &self.delimiter
    }

    /// Forgets all keys. Folders that were open stay so if they get keys again before the next [`KeyTree::prune`].
    pub fn clear(&mut self) {
        (self.keys, self.bytes) = (0, 0);
        self.root.clear();
    }

    /// Forgets all keys and closes everything; the next ones are split at another delimiter.
    pub fn split_at(&mut self, delimiter: &[u8]) {
        *self = KeyTree { sort: self.sort, ..KeyTree::new(delimiter) };
    }

    pub fn sort_by(&mut self, sort: KeysSort) {
        self.sort = sort;
    }

    /// Notes that a key came (`keys` is 1), went (-1), or changed its size only (0).
    pub fn change(&mut self, key: &[u8], by: Difference) {
        self.keys = self.keys.saturating_add_signed(by.keys as isize);
        self.bytes = self.bytes.saturating_add_signed(by.bytes as isize);
        self.root.change(&self.delimiter, key, 0, by);
    }

    /// Opens a folder, which then has to be filled with all its keys. False if there is none or it is open already.
    pub fn open(&mut self, folder: &[u8]) -> bool {
        let Some((parent, name, _)) = self.root.parent_of(&self.delimiter, folder) else { return false };
        if parent.open.contains_key(name) || parent.entries.position_of_folder(name).is_none() {
            return false;
        }
        parent.open.insert(name.into(), Branch::default());
        true
    }

    /// Adds a key that the tree has counted already to a folder that was opened since, if it is open still.
    pub fn fill(&mut self, folder: &[u8], key: &[u8], bytes: usize) {
        let Some(rest) = key.strip_prefix(folder) else { return };
        let Some((parent, name, depth)) = self.root.parent_of(&self.delimiter, folder) else { return };
        if let Some(branch) = parent.open.get_mut(name) {
            branch.change(&self.delimiter, rest, depth + 1, Difference { keys: 1, bytes: bytes as i64 });
        }
    }

    pub fn close(&mut self, folder: &[u8]) {
        if let Some((parent, name, _)) = self.root.parent_of(&self.delimiter, folder) {
            parent.open.remove(name);
        }
    }

    /// Closes the folders that lost all their keys. Not to be called while keys are still being counted.
    pub fn prune(&mut self) {
        self.root.prune();
    }

    /// How many rows are visible.
    pub fn rows_len(&self) -> usize {
        self.root.rows_len()
    }

    /// The visible rows from `first` on, `count` at most.
    pub fn rows(&mut self, first: usize, count: usize) -> Vec<Row> {
        self.root.sort(self.sort);
        let mut window = Window { delimiter: &self.delimiter, skip: first, take: count, rows: Vec::new() };
        self.root.show(&mut Vec::new(), 0, &mut window);
        window.rows
    }
}

/// The part of the rows that is wanted.
struct Window<'a> {
    delimiter: &'a [u8],
    skip: usize,
    take: usize,
    rows: Vec<Row>,
}

impl Branch {
    /// Forgets all entries here and in the open folders.
    fn clear(&mut self) {
        self.entries.clear();
        self.open.values_mut().for_each(Branch::clear);
    }

    /// Notes a change; `rest` is the key without the names of the folders around.
    fn change(&mut self, delimiter: &[u8], rest: &[u8], depth: usize, by: Difference) {
        let Some((name, inside)) = (if depth < MAX_DEPTH { split(rest, delimiter) } else { None }) else {
            return self.entries.change_key(rest, by.keys, by.bytes);
        };
        self.entries.change_folder(name, by.keys, by.bytes);
        if let Some(branch) = self.open.get_mut(name) {
            branch.change(delimiter, inside, depth + 1, by);
        }
    }

    /// Closes the folders that lost all their keys.
    fn prune(&mut self) {
        self.open.retain(|_, branch| !branch.entries.is_empty());
        self.open.values_mut().for_each(Branch::prune);
    }

    /// The branch that a folder is in, the folder's name there and the branch's depth. None when it is not visible:
    /// nothing asks for it then but a stale message.
    fn parent_of<'f>(&mut self, delimiter: &[u8], folder: &'f [u8]) -> Option<(&mut Branch, &'f [u8], usize)> {
        let (mut branch, mut depth) = (self, 0);
        let (mut name, mut inside) = split(folder, delimiter)?;
        while !inside.is_empty() {
            branch = branch.open.get_mut(name)?;
            depth += 1;
            (name, inside) = split(inside, delimiter)?;
        }
        (depth < MAX_DEPTH).then_some((branch, name, depth))
    }

    fn sort(&mut self, sort: KeysSort) {
        self.by_size = match sort {
            KeysSort::Memory if self.entries.len() <= MAX_SORTED => {
                let mut places: Vec<(usize, At)> =
                    self.entries.places().map(|at| (self.entries.at(at).map_or(0, |it| it.bytes), at)).collect();
                order::sort_by(&mut places, |(one, _), (other, _)| other.cmp(one));
                Some(places.into_iter().map(|(_, at)| at).collect())
            }
            _ => None,
        };
        for branch in self.open.values_mut() {
            branch.sort(sort);
        }
    }

    fn rows_len(&self) -> usize {
        self.entries.len() + self.open.values().map(Branch::rows_len).sum::<usize>()
    }

    fn show(&self, path: &mut Vec<u8>, depth: usize, window: &mut Window) {
        if let Some(places) = &self.by_size {
            for (position, at) in places.iter().enumerate() {
                let Some(entry) = self.entries.at(*at) else { continue };
                self.show_entries(path, depth, position, std::iter::once(entry), window);
                if let Some(branch) = self.open.get(&entry.name).filter(|_| entry.is_folder()) {
                    branch.show_inside(&entry.name, path, depth, window);
                }
                if window.take == 0 {
                    return;
                }
            }
            return;
        }
        let mut next = 0;
        for (name, branch) in &self.open {
            let Some(at) = self.entries.position_of_folder(name) else { continue };
            self.show_range(path, depth, next..at + 1, window);
            next = at + 1;
            branch.show_inside(name, path, depth, window);
            if window.take == 0 {
                return;
            }
        }
        self.show_range(path, depth, next..self.entries.len(), window);
    }

    /// Shows this branch below its folder's row.
    fn show_inside(&self, name: &[u8], path: &mut Vec<u8>, depth: usize, window: &mut Window) {
        let rows = self.rows_len();
        if window.skip >= rows {
            window.skip -= rows;
            return;
        }
        let length = path.len();
        path.extend_from_slice(name);
        path.extend_from_slice(window.delimiter);
        self.show(path, depth + 1, window);
        path.truncate(length);
    }

    fn show_range(&self, path: &[u8], depth: usize, range: std::ops::Range<usize>, window: &mut Window) {
        // What is above the window is not looked at one by one.
        let skipped = window.skip.min(range.len());
        window.skip -= skipped;
        let first = range.start + skipped;
        let entries = self.entries.from(first).take(range.end - first);
        self.show_entries(path, depth, first, entries, window);
    }

    fn show_entries<'e>(
        &self,
        path: &[u8],
        depth: usize,
        first: usize,
        entries: impl Iterator<Item = &'e Entry>,
        window: &mut Window,
    ) {
        for (entry, position) in entries.zip(first..) {
            if window.take == 0 {
                return;
            }
            if window.skip > 0 {
                window.skip -= 1;
                continue;
            }
            window.take -= 1;
            let mut full = path.to_vec();
            full.extend_from_slice(&entry.name);
            let folder = entry.is_folder().then(|| Folder {
                open: self.open.contains_key(&entry.name),
                keys: entry.keys,
                bytes: entry.bytes,
            });
            if folder.is_some() {
                full.extend_from_slice(window.delimiter);
            }
            let siblings = self.entries.len();
            window.rows.push(Row { depth, path: full, name_at: path.len(), position, siblings, folder });
        }
    }
}

/// The part before the first delimiter and the part after it.
fn split<'k>(key: &'k [u8], delimiter: &[u8]) -> Option<(&'k [u8], &'k [u8])> {
    let at = match delimiter {
        [] => None,
        [byte] => key.iter().position(|other| other == byte),
        _ => key.windows(delimiter.len()).position(|part| part == delimiter),
    }?;
    let (name, rest) = key.split_at(at);
    Some((name, rest.get(delimiter.len()..).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
