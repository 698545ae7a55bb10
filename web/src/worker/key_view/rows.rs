//! A row of the tree as the page draws it.

use engine::keyspace::Database;

use super::deadline;
use crate::bytes::ByteBuf;
use crate::protocol::{KeyKind, KeyRow};
use crate::worker::keys::Row;
use crate::worker::print;

/// Longer names are cut in the tree; the value's view shows all of it.
const MAX_NAME_CHARACTERS: usize = 200;

pub fn shown_row(row: Row, delimiter_bytes: usize, database: &Database) -> KeyRow {
    let kind = match row.folder {
        Some(it) => KeyKind::Folder { open: it.open, keys: it.keys as u32, bytes: it.bytes as f64 },
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
    let end = row.path.len() - if row.folder.is_some() { delimiter_bytes } else { 0 };
    KeyRow {
        depth: row.depth as u32,
        name: print::name(row.path.get(row.name_at..end).unwrap_or_default(), MAX_NAME_CHARACTERS),
        path: ByteBuf::from(row.path),
        position: row.position as u32,
        siblings: row.siblings as u32,
        kind,
    }
}
