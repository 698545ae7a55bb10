//! The keys that expire next, as rows of the tree's window.
//!
//! The engine keeps all deadlines in order, so that the next ones are read off its front: what that costs does not
//! depend on how many keys there are.

use engine::keyspace::Database;

use super::key_filter::Filter;
use super::keys::Row;
use crate::protocol::MAX_EXPIRING;

/// A filter that takes few of the keys is asked about so many of them at most.
const MAX_LOOKED_AT: usize = 10_000;

/// How many rows there are, the number of the first one here, and those rows. `first` is moved back where fewer rows
/// are left behind it than are wanted.
pub fn rows(database: &Database, filter: &Filter, first: usize, count: usize) -> (usize, usize, Vec<Row>) {
    let is_taken =
        |position: &usize| database.at(*position).is_some_and(|(key, object)| filter.takes(key.as_slice(), object));
    let next = database.by_deadline().map(|(_, position)| position).take(MAX_LOOKED_AT);
    let positions: Vec<usize> = next.filter(is_taken).take(MAX_EXPIRING).collect();
    let siblings = positions.len();
    let first = first.min(siblings.saturating_sub(count));
    let row = |(number, position): (usize, &usize)| {
        let (key, _) = database.at(*position)?;
        Some(Row { depth: 0, path: key.as_slice().to_vec(), name_at: 0, position: number, siblings, folder: None })
    };
    (siblings, first, positions.iter().enumerate().skip(first).take(count).filter_map(row).collect())
}
