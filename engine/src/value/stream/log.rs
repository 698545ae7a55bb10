//! The entries of a stream: an ordered map of nodes. Knows no consumer groups.
//!
//! What always holds: IDs of entries grow from each to the next, across nodes; the ID of a node is not above those of
//! its entries; the counts and the first ID are right; no ID is above the last one.

use std::collections::{BTreeMap, btree_map};

use crate::value::Limits;

use super::StreamId;
use super::node::{Entries, Fields, Node};

/// What a node takes in the map besides its bytes: an entry of the standard library's B-tree that grows at its end,
/// where nodes are half full.
const BYTES_PER_NODE: usize = (size_of::<StreamId>() + size_of::<Node>()) * 2;
/// Nodes never become bigger than this, whatever the settings say.
const MAX_NODE_BYTES: usize = 1 << 30;

/// The entries of a stream; see the module's documentation.
#[derive(Clone, Debug, Default)]
pub struct Log {
    nodes: BTreeMap<StreamId, Node>,
    len: u64,
    first_id: StreamId,
    last_id: StreamId,
    max_deleted_id: StreamId,
    entries_added: u64,
    /// Bytes that the nodes allocated.
    node_bytes: usize,
}

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub id: StreamId,
    pub fields: Fields<'a>,
}

/// What a stream knows beside its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    pub last_id: StreamId,
    pub max_deleted_id: StreamId,
    pub entries_added: u64,
}

/// How the ID of a new entry is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewId {
    /// From the time in milliseconds.
    Auto(u64),
    /// These milliseconds, and the next number among those.
    AnySeq(u64),
    Exactly(StreamId),
}

/// Why an entry was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// The last ID is the greatest there is.
    Exhausted,
    /// The ID is not above the last one.
    NotAbove,
    TooLarge,
}

/// What a trimmed stream keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// So many entries.
    MaxLen(u64),
    /// Entries from this ID on.
    MinId(StreamId),
}

/// Bytes that are no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unordered;

impl Log {
    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The ID of the first entry; `0-0` without entries.
    pub fn first_id(&self) -> StreamId {
        self.first_id
    }

    /// The ID of the entry that was added last, which may be gone.
    pub fn last_id(&self) -> StreamId {
        self.last_id
    }

    /// The highest ID that was removed by name; `0-0` when none was.
    pub fn max_deleted_id(&self) -> StreamId {
        self.max_deleted_id
    }

    /// How many entries were ever added.
    pub fn entries_added(&self) -> u64 {
        self.entries_added
    }

    /// The nodes with their IDs (RDB).
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (StreamId, &Node)> {
        self.nodes.iter().map(|(id, node)| (*id, node))
    }

    /// Bytes allocated outside the structure itself. O(1).
    pub fn heap_bytes(&self) -> usize {
        self.node_bytes + self.nodes.len() * BYTES_PER_NODE
    }

    /// What the accounts say of the nodes.
    #[cfg(test)]
    pub(super) fn node_bytes_counted(&self) -> usize {
        self.node_bytes
    }

    /// Adds a node behind those that are there (RDB).
    ///
    /// # Errors
    /// When its entries are not in order or not above those that are there.
    pub fn push_node(&mut self, base: StreamId, node: Node) -> Result<(), Unordered> {
        if self.nodes.last_key_value().is_some_and(|(last, _)| *last >= base) {
            return Err(Unordered);
        }
        let mut before = self.range_back(StreamId::MIN, StreamId::MAX).next().map(|entry| entry.id);
        if before.is_some_and(|before| before >= base) {
            return Err(Unordered);
        }
        for entry in node.entries(base).filter(|entry| !entry.deleted) {
            if entry.id < base || before.is_some_and(|before| before >= entry.id) {
                return Err(Unordered);
            }
            before = Some(entry.id);
        }
        self.node_bytes += node.heap_bytes();
        self.len += node.count();
        self.nodes.insert(base, node);
        Ok(())
    }

    /// Sets the counters after all nodes were added (RDB).
    ///
    /// # Errors
    /// When an entry's ID is above the last one.
    pub fn set_counters(&mut self, counters: Counters) -> Result<(), Unordered> {
        self.refresh_first_id();
        if self.top_id().is_some_and(|top| top > counters.last_id) {
            return Err(Unordered);
        }
        self.restore_counters(counters);
        Ok(())
    }

    /// Sets the counters, which the caller has compared with the entries (XSETID).
    pub fn restore_counters(&mut self, counters: Counters) {
        self.last_id = counters.last_id;
        self.max_deleted_id = counters.max_deleted_id;
        self.entries_added = counters.entries_added;
    }

    /// The ID of the last entry that is there.
    pub fn top_id(&self) -> Option<StreamId> {
        self.range_back(StreamId::MIN, StreamId::MAX).next().map(|entry| entry.id)
    }

    /// The lowest ID of which something is left, if only the mark that it was removed.
    pub fn edge_id(&self) -> Option<StreamId> {
        self.nodes.iter().find_map(|(base, node)| node.entries(*base).next()).map(|entry| entry.id)
    }

    /// Adds an entry and says which ID it got; `pairs` are its names and values.
    ///
    /// # Errors
    /// When there is no ID for it or it does not fit a node; nothing is changed then.
    pub fn append(&mut self, new: NewId, pairs: &[&[u8]], limits: &Limits) -> Result<StreamId, NotAdded> {
        if self.last_id == StreamId::MAX {
            return Err(NotAdded::Exhausted);
        }
        let id = self.new_id(new).filter(|id| *id > self.last_id).ok_or(NotAdded::NotAbove)?;
        let bytes = pairs.iter().fold(0usize, |sum, word| sum.saturating_add(word.len()));
        if bytes > MAX_NODE_BYTES {
            return Err(NotAdded::TooLarge);
        }
        let last = self.nodes.last_entry();
        let (base, before) = match last {
            Some(mut last) => {
                let old = last.get().heap_bytes();
                if is_full(last.get(), bytes, limits) {
                    last.get_mut().shrink_to_fit();
                    self.node_bytes = (self.node_bytes + last.get().heap_bytes()).saturating_sub(old);
                    (id, 0)
                } else {
                    (*last.key(), old)
                }
            }
            None => (id, 0),
        };
        let node = self.nodes.entry(base).or_insert_with(|| Node::new(pairs));
        node.append(base, id, pairs);
        self.node_bytes = (self.node_bytes + node.heap_bytes()).saturating_sub(before);
        self.len += 1;
        self.entries_added = self.entries_added.wrapping_add(1);
        self.last_id = id;
        if self.len == 1 {
            self.first_id = id;
        }
        Ok(id)
    }

    fn new_id(&self, new: NewId) -> Option<StreamId> {
        match new {
            NewId::Exactly(id) => Some(id),
            NewId::Auto(ms) if ms > self.last_id.ms => Some(StreamId { ms, seq: 0 }),
            NewId::Auto(_) => self.last_id.next(),
            NewId::AnySeq(ms) if ms == self.last_id.ms => Some(StreamId { ms, seq: self.last_id.seq.checked_add(1)? }),
            NewId::AnySeq(ms) => Some(StreamId { ms, seq: 0 }),
        }
    }

    /// Removes entries from the beginning on and says how many. Only whole nodes when `whole_nodes`, and not more
    /// than `limit` entries unless that is 0.
    pub fn trim(&mut self, trim: Trim, whole_nodes: bool, limit: u64) -> u64 {
        let mut removed = 0u64;
        while let Some(mut first) = self.nodes.first_entry() {
            let base = *first.key();
            let node = first.get_mut();
            let count = node.count();
            if matches!(trim, Trim::MaxLen(most) if self.len <= most)
                || limit > 0 && removed.saturating_add(count) > limit
            {
                break;
            }
            let whole = match trim {
                Trim::MaxLen(most) => self.len.saturating_sub(count) >= most,
                Trim::MinId(least) => node.last_id(base).unwrap_or_default() < least,
            };
            if whole {
                self.node_bytes = self.node_bytes.saturating_sub(node.heap_bytes());
                first.remove();
                self.len = self.len.saturating_sub(count);
                removed += count;
                continue;
            }
            if !whole_nodes {
                let mut excess = match trim {
                    Trim::MaxLen(most) => self.len.saturating_sub(most),
                    Trim::MinId(_) => 0,
                };
                let before = node.heap_bytes();
                let marked = node.mark_while(base, |id, deleted| match trim {
                    Trim::MinId(least) => id < least,
                    Trim::MaxLen(_) => {
                        let goes = excess > 0;
                        excess -= u64::from(goes && !deleted);
                        goes
                    }
                });
                self.node_bytes = (self.node_bytes + node.heap_bytes()).saturating_sub(before);
                self.len = self.len.saturating_sub(marked);
                removed += marked;
            }
            break;
        }
        if removed > 0 {
            self.refresh_first_id();
        }
        removed
    }

    /// Removes an entry; false when it is not there.
    pub fn remove(&mut self, id: StreamId) -> bool {
        let Some((base, node)) = self.nodes.range_mut(..=id).next_back() else { return false };
        let base = *base;
        let found = node.entries(base).find(|entry| entry.id == id && !entry.deleted);
        let Some(place) = found.map(|entry| entry.place) else { return false };
        let before = node.heap_bytes();
        if node.count() == 1 {
            self.node_bytes = self.node_bytes.saturating_sub(before);
            self.nodes.remove(&base);
        } else {
            node.mark_deleted(place);
            self.node_bytes = (self.node_bytes + node.heap_bytes()).saturating_sub(before);
        }
        self.len = self.len.saturating_sub(1);
        self.max_deleted_id = self.max_deleted_id.max(id);
        if self.len == 0 || id == self.first_id {
            self.refresh_first_id();
        }
        true
    }

    fn refresh_first_id(&mut self) {
        self.first_id = self.range(StreamId::MIN, StreamId::MAX).next().map_or(StreamId::MIN, |entry| entry.id);
    }

    /// The entry with this ID.
    pub fn get(&self, id: StreamId) -> Option<Entry<'_>> {
        self.range(id, id).next()
    }

    /// The entries from one ID to another, both included.
    pub fn range(&self, start: StreamId, end: StreamId) -> Range<'_> {
        Range { nodes: self.nodes_between(start, end), entries: None, start, end, reverse: false }
    }

    /// [`Log::range`] from its end to its start.
    pub fn range_back(&self, start: StreamId, end: StreamId) -> Range<'_> {
        Range { nodes: self.nodes_between(start, end), entries: None, start, end, reverse: true }
    }

    /// The entries from a position on, 0 being the first. Whole nodes before it are only counted.
    pub fn from_position(&self, mut position: u64) -> impl Iterator<Item = Entry<'_>> {
        let mut start = StreamId::MAX;
        for (base, node) in &self.nodes {
            let count = node.count();
            if position < count {
                start = *base;
                break;
            }
            position -= count;
        }
        self.range(start, StreamId::MAX).skip(usize::try_from(position).unwrap_or(usize::MAX))
    }

    /// The nodes that may hold entries between two IDs.
    fn nodes_between(&self, start: StreamId, end: StreamId) -> Option<btree_map::Range<'_, StreamId, Node>> {
        if start > end {
            return None;
        }
        let first = self.nodes.range(..=start).next_back().map_or(start, |(base, _)| *base);
        Some(self.nodes.range(first..=end))
    }

    /// Whether an entry from `start` on was removed by name, so that counting from there is not possible. As in Redis up to 7.4.1 a removal before the first entry does not count.
    pub fn has_gaps_from(&self, start: StreamId) -> bool {
        self.has_gaps() && start <= self.max_deleted_id
    }

    /// Whether an entry was removed by name that stood after the first one.
    fn has_gaps(&self) -> bool {
        self.len > 0 && self.max_deleted_id != StreamId::MIN && self.max_deleted_id >= self.first_id
    }

    /// How many entries were added up to an ID, as far as the counters tell it without counting.
    pub fn added_up_to(&self, id: StreamId) -> Option<i64> {
        let added = self.entries_added as i64;
        if self.entries_added == 0 {
            return Some(0);
        }
        if self.len == 0 && id <= self.last_id || id == self.last_id {
            return Some(added);
        }
        if id > self.last_id || self.has_gaps() {
            return None;
        }
        let before_first = added.wrapping_sub(self.len as i64);
        match id.cmp(&self.first_id) {
            core::cmp::Ordering::Less => Some(before_first),
            core::cmp::Ordering::Equal => Some(before_first.wrapping_add(1)),
            core::cmp::Ordering::Greater => None,
        }
    }

    /// How many nodes Redis's radix tree would have for the nodes of this stream: a node for each place where keys
    /// part, for each run of bytes that keys share or have alone, and for each end of a key.
    pub fn radix_tree_nodes(&self) -> usize {
        const KEY: usize = 16;
        let mut nodes = 0;
        // The depths at which the present key parts from others, from the root on.
        let mut branches: Vec<usize> = Vec::new();
        let mut leaf_parent = None;
        let mut previous: Option<[u8; KEY]> = None;
        let run = |depth: usize, parent: Option<usize>| usize::from(depth > parent.map_or(0, |parent| parent + 1));
        for base in self.nodes.keys() {
            let key = base.to_be_bytes();
            if let Some(previous) = previous {
                let shared = previous.iter().zip(&key).take_while(|(a, b)| a == b).count();
                nodes += 1 + run(KEY, leaf_parent.max(Some(shared)));
                while let Some(depth) = branches.pop_if(|depth| *depth > shared) {
                    nodes += 1 + run(depth, branches.last().copied().max(Some(shared)));
                }
                if branches.last() != Some(&shared) {
                    branches.push(shared);
                }
                leaf_parent = Some(shared);
            }
            previous = Some(key);
        }
        if previous.is_none() {
            return 1;
        }
        nodes += 1 + run(KEY, leaf_parent);
        while let Some(depth) = branches.pop() {
            nodes += 1 + run(depth, branches.last().copied());
        }
        nodes
    }
}

/// Whether an entry of `bytes` more goes into a new node.
fn is_full(node: &Node, bytes: usize, limits: &Limits) -> bool {
    let most = match limits.stream_node_max_bytes {
        0 => MAX_NODE_BYTES,
        most => most.min(MAX_NODE_BYTES),
    };
    let most_entries = limits.stream_node_max_entries;
    node.total_bytes().saturating_add(bytes) >= most || most_entries > 0 && node.count_all() >= most_entries
}

impl PartialEq for Log {
    /// The same entries and counters, however they are laid out.
    fn eq(&self, other: &Log) -> bool {
        let about = |log: &Log| (log.len, log.last_id, log.max_deleted_id, log.entries_added);
        let (own, theirs) = (self.range(StreamId::MIN, StreamId::MAX), other.range(StreamId::MIN, StreamId::MAX));
        about(self) == about(other)
            && own.zip(theirs).all(|(one, other)| one.id == other.id && one.fields.eq(other.fields))
    }
}

/// Entries in a range of IDs.
#[derive(Clone, Debug)]
pub struct Range<'a> {
    nodes: Option<btree_map::Range<'a, StreamId, Node>>,
    entries: Option<Entries<'a>>,
    start: StreamId,
    end: StreamId,
    reverse: bool,
}

impl<'a> Iterator for Range<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            let Some(entries) = &mut self.entries else {
                let nodes = self.nodes.as_mut()?;
                let (base, node) = if self.reverse { nodes.next_back()? } else { nodes.next()? };
                self.entries = Some(node.entries(*base));
                continue;
            };
            match if self.reverse { entries.next_back() } else { entries.next() } {
                None => self.entries = None,
                Some(entry) if entry.deleted || entry.id < self.start && !self.reverse => {}
                Some(entry) if entry.id > self.end && self.reverse => {}
                Some(entry) if entry.id < self.start || entry.id > self.end => {
                    self.nodes = None;
                    self.entries = None;
                    return None;
                }
                Some(entry) => return Some(Entry { id: entry.id, fields: entry.fields }),
            }
        }
    }
}
