//! Which rows of the key tree the page looks at, kept up to date from the engine's events.
//!
//! Follows one database. Knows whether a key came or went, and how its size changed, by comparing what it has counted
//! with what the engine holds, so it stays right whatever an event is called. All keys are looked at only for a new
//! database, filter or delimiter and for a folder that opens, and then a few at a time, between commands: what changes
//! meanwhile is counted once, before or after the look at it.

mod dump;
mod known;
mod rows;

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, RandomState};

use engine::encoding::Dict;
use engine::keyspace::{Change, Database, Keyspace, NEVER, Object};

pub use self::dump::dump;
use self::known::{HashOfHash, KeyHash, Known};
use self::rows::shown_row;
use super::key_expiry;
use super::key_filter::Filter;
use super::keys::{Difference, KeyTree, Row};
use super::print;
use crate::protocol::{KeysSort, KeysView, MAX_ROWS};

/// How many keys are looked at between two looks at the time.
const KEYS_PER_LOOK: usize = 256;
/// So many keys are looked at in one go when rows are asked for, so that a small store is never shown in part.
const KEYS_AT_ONCE: usize = 2_000;

/// A window onto the keys of one database.
#[derive(Debug)]
pub struct KeyWindow {
    database: usize,
    first: usize,
    count: usize,
    tree: KeyTree,
    /// The keys that expire next are shown instead of the tree.
    by_expiry: bool,
    filter: Filter,
    /// The keys in `tree` by their hashes, with their sizes: 12 bytes a key instead of the keys once more. Two of a
    /// million keys share a 64-bit hash once in ten million stores; a count would be off by one then until the next
    /// rebuild.
    known: HashMap<KeyHash, Known, BuildHasherDefault<HashOfHash>>,
    hasher: RandomState,
    /// What is under way.
    look: Option<Look>,
    /// Which mark keys have that the look has seen; it changes from look to look.
    mark: bool,
    /// Folders that are to be opened after it.
    to_open: VecDeque<Vec<u8>>,
    /// The databases that have keys, and how many, as last told.
    databases: Vec<(u32, u32)>,
    /// Something changed since the last view.
    changed: bool,
}

/// A look at all keys, from the last to the first. A key that goes leaves its place to the last one, which was seen
/// then, and new ones come behind: each that is there all the time is seen.
#[derive(Debug)]
struct Look {
    /// The folder that is filled; empty when all is counted anew.
    folder: Vec<u8>,
    /// Keys before this position have not been seen.
    unseen: usize,
}

impl KeyWindow {
    pub fn new(database: u32) -> KeyWindow {
        KeyWindow {
            database: database as usize,
            first: 0,
            count: 0,
            tree: KeyTree::new(b":"),
            by_expiry: false,
            filter: Filter::default(),
            known: HashMap::default(),
            hasher: RandomState::new(),
            look: Some(Look::at_all()),
            mark: false,
            to_open: VecDeque::new(),
            databases: Vec::new(),
            changed: true,
        }
    }

    /// Looks at other rows, perhaps of another database.
    pub fn look_at(&mut self, database: u32, first: u32, count: u32) {
        let database = database as usize;
        if self.database != database {
            self.database = database;
            self.start_over();
        }
        self.first = first as usize;
        self.count = (count as usize).min(MAX_ROWS);
        self.changed = true;
    }

    /// Shows only some of the keys.
    pub fn filter(&mut self, pattern: &[u8], types: Vec<String>) {
        let filter = Filter::new(pattern, types);
        if filter != self.filter {
            self.filter = filter;
            self.start_over();
        }
    }

    /// Splits names at another delimiter; empty for none. Escapes such as `\x00` stand for their bytes.
    pub fn split_at(&mut self, typed: &str) {
        let words = engine::resp::split_line(format!("\"{typed}\"")).unwrap_or_default();
        let delimiter = match words.as_slice() {
            [one] => one.as_slice(),
            _ => typed.as_bytes(),
        };
        if delimiter != self.tree.delimiter() {
            self.tree.split_at(delimiter);
            self.start_over();
        }
    }

    pub fn sort_by(&mut self, sort: KeysSort) {
        self.by_expiry = sort == KeysSort::Expiry;
        self.tree.sort_by(sort);
        self.changed = true;
    }

    /// Opens or closes a folder.
    pub fn toggle(&mut self, folder: &[u8], open: bool) {
        if open {
            self.to_open.push_back(folder.to_vec());
        } else {
            self.to_open.retain(|other| other != folder);
            self.tree.close(folder);
        }
        self.changed = true;
    }

    /// Hears of a change that the engine announced.
    pub fn follow(&mut self, change: &Change, keyspace: &Keyspace) {
        match change {
            Change::Key { class, .. } if !class.is_change() => {}
            Change::Key { database, key, .. } if *database == self.database => {
                if let Some(space) = keyspace.database(self.database) {
                    self.changed = true;
                    self.note(key, space);
                }
            }
            Change::Flushed { database } if *database == self.database => self.start_over(),
            Change::Swapped { first, second } if *first == self.database || *second == self.database => {
                self.start_over();
            }
            Change::FieldsExpired { .. } => {}
            // Another database is told of by its count.
            Change::Key { database, .. } => {
                let keys = keyspace.database(*database).map_or(0, Database::len) as u32;
                let told = self.databases.iter().find(|(number, _)| *number as usize == *database);
                self.changed |= told.map_or(0, |(_, keys)| *keys) != keys;
            }
            Change::Flushed { .. } | Change::Swapped { .. } => self.changed = true,
        }
    }

    /// All data were replaced.
    pub fn start_over(&mut self) {
        self.known.clear();
        self.tree.clear();
        self.look = Some(Look::at_all());
        self.changed = true;
    }

    /// Whether [`KeyWindow::view`] has something to tell.
    pub fn has_changed(&self) -> bool {
        self.changed
    }

    // --- Counting --------------------------------------------------------------------------------------------

    /// Goes on with what is under way until `is_over`; whether more is left then.
    pub fn work(&mut self, keyspace: &Keyspace, mut is_over: impl FnMut() -> bool) -> bool {
        let Some(database) = keyspace.database(self.database) else { return false };
        while self.step(database, KEYS_PER_LOOK) {
            if is_over() {
                return true;
            }
        }
        false
    }

    /// Looks at some keys. False when nothing is left to do.
    fn step(&mut self, database: &Database, keys: usize) -> bool {
        let Some(mut look) = self.look.take().or_else(|| self.next_look()) else { return false };
        self.changed = true;
        look.unseen = look.unseen.min(database.len());
        let until = look.unseen.saturating_sub(keys);
        while look.unseen > until {
            look.unseen -= 1;
            if let Some((key, object)) = database.at(look.unseen) {
                self.see(&look.folder, key.as_slice(), object, database.bytes_at(look.unseen).unwrap_or(0));
            }
        }
        if look.unseen > 0 {
            self.look = Some(look);
        }
        true
    }

    fn next_look(&mut self) -> Option<Look> {
        while let Some(folder) = self.to_open.pop_front() {
            if self.tree.open(&folder) {
                self.mark = !self.mark;
                return Some(Look { folder, unseen: usize::MAX });
            }
        }
        None
    }

    fn see(&mut self, folder: &[u8], key: &[u8], object: &Object, bytes: usize) {
        let hash = self.hash(key);
        if !folder.is_empty() {
            return self.see_known(folder, key, hash);
        }
        if self.filter.takes(key, object) && !self.known.contains_key(&hash) {
            self.known.insert(hash, Known::new(bytes, self.mark));
            self.tree.change(key, Difference { keys: 1, bytes: bytes as i64 });
        }
    }

    /// Counts a key into the folder that is filled, once.
    fn see_known(&mut self, folder: &[u8], key: &[u8], hash: KeyHash) {
        if let Some(known) = self.known.get_mut(&hash).filter(|known| known.mark() != self.mark) {
            *known = Known::new(known.bytes(), self.mark);
            self.tree.fill(folder, key, known.bytes());
        }
    }

    /// Compares a key with what was counted.
    fn note(&mut self, key: &[u8], database: &Database) {
        let hash = self.hash(key);
        if let Some(look) = self.look.take() {
            // A folder that is filled has to have the key before it can lose it.
            if !look.folder.is_empty() {
                self.see_known(&look.folder, key, hash);
            }
            self.look = Some(look);
        }
        let found = database.find(key).and_then(|at| Some((database.at(at)?.1, database.bytes_at(at)?)));
        let bytes = found.filter(|(object, _)| self.filter.takes(key, object)).map(|(_, bytes)| bytes);
        let known = match bytes {
            Some(bytes) => self.known.insert(hash, Known::new(bytes, self.mark)),
            None => self.known.remove(&hash),
        };
        let before = known.map(Known::bytes);
        let count = |bytes: Option<usize>| i64::from(bytes.is_some());
        let by = Difference {
            keys: count(bytes) - count(before),
            bytes: bytes.unwrap_or(0) as i64 - before.unwrap_or(0) as i64,
        };
        if by != (Difference { keys: 0, bytes: 0 }) {
            self.tree.change(key, by);
        }
    }

    fn hash(&self, key: &[u8]) -> KeyHash {
        KeyHash::of(self.hasher.hash_one(key))
    }

    // --- Showing ---------------------------------------------------------------------------------------------

    /// The rows, if they may have changed since the last call.
    pub fn view(&mut self, keyspace: &Keyspace) -> Option<KeysView> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let database = keyspace.database(self.database)?;
        let is_small = database.len() <= KEYS_AT_ONCE;
        while is_small && self.step(database, KEYS_AT_ONCE) {}
        self.changed = false;
        self.databases = keyspace
            .databases()
            .filter(|(_, database)| !database.is_empty())
            .map(|(number, database)| (number as u32, database.len() as u32))
            .collect();
        if self.look.is_none() {
            self.tree.prune();
        }
        let (rows, first, shown) = match self.by_expiry {
            true => key_expiry::rows(database, &self.filter, self.first, self.count),
            false => self.tree_rows(),
        };
        let delimiter = print::text(self.tree.delimiter());
        let skip = self.tree.delimiter().len();
        let shown = shown.into_iter().map(|row| shown_row(row, skip, database)).collect();
        Some(KeysView {
            is_told: true,
            database: self.database as u32,
            databases: self.databases.clone(),
            keys: self.tree.len() as u32,
            bytes: self.tree.bytes() as f64,
            all_keys: database.len() as u32,
            all_bytes: accounted_bytes(database) as f64,
            seen: self.look.as_ref().map(|look| look.seen(database.len())),
            delimiter,
            expiring: self.by_expiry.then(|| database.volatile_len() as u32),
            rows: rows as u32,
            first: first as u32,
            shown,
        })
    }

    fn tree_rows(&mut self) -> (usize, usize, Vec<Row>) {
        let rows = self.tree.rows_len();
        // When rows vanished below the window, it shows the last ones instead of nothing.
        let first = self.first.min(rows.saturating_sub(self.count));
        (rows, first, self.tree.rows(first, self.count))
    }
}

impl Look {
    fn at_all() -> Look {
        Look { folder: Vec::new(), unseen: usize::MAX }
    }

    /// The share of the keys that it has seen.
    fn seen(&self, keys: usize) -> f64 {
        1.0 - self.unseen.min(keys) as f64 / keys.max(1) as f64
    }
}

/// What all keys of a database take together: the sum of `bytes_at`.
fn accounted_bytes(database: &Database) -> usize {
    let without_entries = database.live_bytes().saturating_sub(database.overhead_bytes());
    without_entries + database.len() * Dict::<Object>::BYTES_PER_ENTRY
}

/// When a key expires, if it does.
pub fn deadline(object: &Object) -> Option<f64> {
    (object.expire_at_ms != NEVER).then_some(object.expire_at_ms as f64)
}

#[cfg(test)]
mod tests;
