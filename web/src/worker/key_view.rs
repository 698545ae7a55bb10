//! Which rows of the key tree the page looks at, kept up to date from the engine's events.
//!
//! Follows one database. Knows whether a key came or went by comparing what it has counted with what the engine
//! holds, so it stays right whatever an event is called.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use engine::keyspace::{Change, Database, Keyspace, NEVER, Object};
use serde_bytes::ByteBuf;

use super::keys::{KeyTree, Row};
use super::print;
use crate::protocol::{KeyKind, KeyRow, KeysView, MAX_ROWS};

/// Longer names are cut in the tree; the value's view shows all of it.
const MAX_NAME_CHARACTERS: usize = 200;

/// A window onto the keys of one database.
#[derive(Debug)]
pub struct KeyWindow {
    database: usize,
    first: usize,
    count: usize,
    tree: KeyTree,
    /// Hashes of the keys in `tree`: 8 bytes a key instead of the keys once more. Two of a million keys share
    /// a 64-bit hash once in ten million stores; a count would be off by one then until the next rebuild.
    known: HashSet<u64>,
    hasher: RandomState,
    /// The tree has to be built from the keys again.
    stale: bool,
    /// Something in the database changed since the last view.
    changed: bool,
}

impl KeyWindow {
    pub fn new(database: u32) -> KeyWindow {
        KeyWindow {
            database: database as usize,
            first: 0,
            count: 0,
            tree: KeyTree::new(b':'),
            known: HashSet::new(),
            hasher: RandomState::new(),
            stale: true,
            changed: true,
        }
    }

    /// Looks at other rows, perhaps of another database.
    pub fn look_at(&mut self, database: u32, first: u32, count: u32) {
        let database = database as usize;
        if self.database != database {
            self.database = database;
            self.stale = true;
        }
        self.first = first as usize;
        self.count = (count as usize).min(MAX_ROWS);
        self.changed = true;
    }

    /// Opens or closes a folder.
    pub fn toggle(&mut self, keyspace: &Keyspace, folder: &[u8], open: bool) {
        let Some(database) = keyspace.database(self.database) else { return };
        self.changed = true;
        if open {
            self.catch_up(database);
            self.tree.open(folder, names(database));
        } else {
            self.tree.close(folder);
        }
    }

    /// Hears of a change that the engine announced.
    pub fn follow(&mut self, change: &Change, keyspace: &Keyspace) {
        match change {
            Change::Key { database, key, .. } if *database == self.database => {
                self.changed = true;
                if !self.stale {
                    let exists = keyspace.database(self.database).is_some_and(|space| space.find(key).is_some());
                    self.note(key, exists);
                }
            }
            Change::Flushed { database } if *database == self.database => self.start_over(),
            Change::Swapped { first, second } if *first == self.database || *second == self.database => {
                self.start_over();
            }
            _ => {}
        }
    }

    /// All data were replaced.
    pub fn start_over(&mut self) {
        self.stale = true;
        self.changed = true;
    }

    /// Whether [`KeyWindow::view`] has something to tell.
    pub fn has_changed(&self) -> bool {
        self.changed
    }

    fn note(&mut self, key: &[u8], exists: bool) {
        let hash = self.hasher.hash_one(key);
        if exists {
            if self.known.insert(hash) {
                self.tree.insert(key);
            }
        } else if self.known.remove(&hash) {
            self.tree.remove(key);
        }
    }

    fn catch_up(&mut self, database: &Database) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        self.known = names(database).map(|key| self.hasher.hash_one(key)).collect();
        self.tree.rebuild(names(database));
    }

    /// The rows, if they may have changed since the last call.
    pub fn view(&mut self, keyspace: &Keyspace) -> Option<KeysView> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let database = keyspace.database(self.database)?;
        self.catch_up(database);
        let rows = self.tree.rows_len();
        // When rows vanished below the window, it shows the last ones instead of nothing.
        let first = self.first.min(rows.saturating_sub(self.count));
        let shown = self.tree.rows(first, self.count).into_iter().map(|row| shown_row(row, database)).collect();
        Some(KeysView {
            database: self.database as u32,
            keys: self.tree.len() as u32,
            rows: rows as u32,
            first: first as u32,
            shown,
        })
    }
}

fn names(database: &Database) -> impl Iterator<Item = &[u8]> {
    database.iter().map(|(key, _)| key.as_slice())
}

fn shown_row(row: Row, database: &Database) -> KeyRow {
    let kind = match row.folder {
        Some(folder) => KeyKind::Folder { open: folder.open, keys: folder.keys as u32 },
        None => match database.find(&row.path).and_then(|at| Some((database.at(at)?.1, database.bytes_at(at)?))) {
            Some((object, bytes)) => KeyKind::Key {
                type_name: object.value.type_name().to_owned(),
                bytes: bytes as f64,
                expires_at_ms: deadline(object),
            },
            // Can only be for the moment between an expiry and its event.
            None => KeyKind::Key { type_name: String::new(), bytes: 0.0, expires_at_ms: None },
        },
    };
    // The page draws a folder's delimiter itself.
    let end = row.path.len() - usize::from(row.folder.is_some());
    KeyRow {
        depth: row.depth as u32,
        name: print::name(row.path.get(row.name_at..end).unwrap_or_default(), MAX_NAME_CHARACTERS),
        path: ByteBuf::from(row.path),
        position: row.position as u32,
        siblings: row.siblings as u32,
        kind,
    }
}

/// When a key expires, if it does.
pub fn deadline(object: &Object) -> Option<f64> {
    (object.expire_at_ms != NEVER).then_some(object.expire_at_ms as f64)
}
