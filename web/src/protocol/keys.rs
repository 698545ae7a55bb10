//! The key tree: what is asked of it, and the rows that come back.

use serde::{Deserialize, Serialize};

use crate::bytes::ByteBuf;

/// How many rows of the key tree are sent at a time.
pub const MAX_ROWS: usize = 500;
/// Larger keys are not kept for an undo.
pub const MAX_DUMP_BYTES: usize = 4 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeysOrder {
    /// Send these rows now and whenever they change.
    View {
        database: u32,
        first: u32,
        count: u32,
    },
    /// Stop sending rows.
    Close,
    Open {
        folder: ByteBuf,
        open: bool,
    },
    /// Show only keys whose names fit a glob pattern, or contain it where nothing in it is special; and of these types,
    /// or of all if there are none.
    Filter {
        pattern: ByteBuf,
        types: Vec<String>,
    },
    /// Split names at this, as typed: `\\x00` stands for that byte. Empty for no folders.
    Split {
        delimiter: String,
    },
    Sort(KeysSort),
}

/// The order of a folder's entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeysSort {
    #[default]
    Name,
    /// The largest first.
    Memory,
    /// No tree, but the keys that expire next, the first [`MAX_EXPIRING`] of them.
    Expiry,
}

/// How many of the keys that expire next are shown.
pub const MAX_EXPIRING: usize = 1_000;

/// Rows of the key tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeysView {
    /// Whether this was told by a worker, and is not what a page begins with.
    pub is_told: bool,
    pub database: u32,
    /// The databases that have keys, and how many.
    pub databases: Vec<(u32, u32)>,
    /// Keys that the filter takes, and what they take.
    pub keys: u32,
    pub bytes: f64,
    /// The same for all keys of the database.
    pub all_keys: u32,
    pub all_bytes: f64,
    /// While all keys are looked at: the share that was.
    pub seen: Option<f64>,
    /// What names are split at, as text.
    pub delimiter: String,
    /// Where the keys that expire next are shown: how many keys of the database expire at all.
    pub expiring: Option<u32>,
    /// How many rows there are in all.
    pub rows: u32,
    /// The number of the first one here.
    pub first: u32,
    pub shown: Vec<KeyRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyRow {
    pub depth: u32,
    /// The key, or what all keys of a folder begin with.
    pub path: ByteBuf,
    /// What to show of it.
    pub name: String,
    pub position: u32,
    pub siblings: u32,
    pub kind: KeyKind,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeyKind {
    Folder { open: bool, keys: u32, bytes: f64 },
    Key { type_name: String, bytes: f64, expires_at_ms: Option<f64> },
}

/// A key as RESTORE brings it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DumpedKey {
    /// None where it is larger than [`MAX_DUMP_BYTES`].
    pub payload: Option<ByteBuf>,
    pub expires_at_ms: Option<f64>,
}
