//! A stream value: a log of entries and the consumer groups that read it.
//!
//! What always holds: see [`Log`] and [`Group`]. A stream without entries stays, unlike other collections.

mod group;
mod id;
mod log;
mod node;

pub use group::{Consumer, ConsumerId, Group, Pending};
pub use id::{IdText, StreamId};
pub use log::{Counters, Entry, Log, NewId, NotAdded, Range, Trim, Unordered};
pub use node::{Fields, Node};

use std::collections::BTreeMap;

use crate::base::Bytes;

/// What a group takes in the map besides what it allocates.
const BYTES_PER_GROUP: usize = size_of::<(Bytes, Group)>() * 2;

/// A stream; see the module's documentation.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    pub log: Log,
    groups: BTreeMap<Bytes, Group>,
    /// Bytes that the groups and their names allocated.
    group_bytes: usize,
}

impl Stream {
    /// A stream without entries and groups.
    pub fn new() -> Stream {
        Stream::default()
    }

    /// Bytes allocated outside the structure itself. O(1).
    pub fn heap_bytes(&self) -> usize {
        self.log.heap_bytes() + self.group_bytes
    }

    /// How many groups there are.
    pub fn groups_len(&self) -> usize {
        self.groups.len()
    }

    /// The groups in the order of their names.
    pub fn groups(&self) -> impl Iterator<Item = (&Bytes, &Group)> {
        self.groups.iter()
    }

    /// The group with this name.
    pub fn group(&self, name: &[u8]) -> Option<&Group> {
        self.groups.get(name)
    }

    /// Adds a group; false when there is one of this name.
    pub fn add_group(&mut self, name: &[u8], group: Group) -> bool {
        if self.groups.contains_key(name) {
            return false;
        }
        let name = Bytes::new(name);
        self.group_bytes += BYTES_PER_GROUP + name.heap_bytes() + group.heap_bytes();
        self.groups.insert(name, group);
        true
    }

    /// Removes a group; false when there is none of this name.
    pub fn remove_group(&mut self, name: &[u8]) -> bool {
        let Some((name, group)) = self.groups.remove_entry(name) else { return false };
        let bytes = BYTES_PER_GROUP + name.heap_bytes() + group.heap_bytes();
        self.group_bytes = self.group_bytes.saturating_sub(bytes);
        true
    }

    /// Runs `change` on a group, beside the entries, and keeps the accounts; none when there is no such group.
    pub fn change_group<R>(&mut self, name: &[u8], change: impl FnOnce(&Log, &mut Group) -> R) -> Option<R> {
        let group = self.groups.get_mut(name)?;
        let before = group.heap_bytes();
        let result = change(&self.log, group);
        self.group_bytes = (self.group_bytes + group.heap_bytes()).saturating_sub(before);
        Some(result)
    }
}

impl PartialEq for Stream {
    fn eq(&self, other: &Stream) -> bool {
        self.log == other.log && self.groups == other.groups
    }
}

#[cfg(test)]
mod tests;
