//! A consumer group: how far it has read, its consumers, and what they were given and have not acknowledged.
//!
//! What always holds: every pending entry has a consumer that exists, and stands both in the group's list and in that
//! consumer's.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Bytes;

use super::{Log, StreamId};

/// What an entry of the standard library's B-trees takes besides its own size, when they grow at their end.
const fn in_tree(size: usize) -> usize {
    size * 2
}

const BYTES_PER_PENDING: usize = in_tree(size_of::<(StreamId, Pending)>()) + in_tree(size_of::<StreamId>());
const BYTES_PER_CONSUMER: usize =
    in_tree(size_of::<(ConsumerId, Consumer)>()) + in_tree(size_of::<(Bytes, ConsumerId)>());

/// Which consumer of a group it is; never used again after the consumer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConsumerId(u64);

/// A consumer group; see the module's documentation.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The last entry that was given to anyone.
    pub last_id: StreamId,
    /// How many entries were given to anyone, as far as that is known.
    pub entries_read: Option<i64>,
    consumers: BTreeMap<ConsumerId, Consumer>,
    names: BTreeMap<Bytes, ConsumerId>,
    next_consumer: u64,
    pending: BTreeMap<StreamId, Pending>,
    /// Bytes that names allocated.
    name_bytes: usize,
}

/// One that reads in a group.
#[derive(Clone, Debug)]
pub struct Consumer {
    name: Bytes,
    /// When it last asked for something, in milliseconds.
    pub seen_ms: i64,
    /// When it last was given something.
    pub active_ms: Option<i64>,
    pending: BTreeSet<StreamId>,
}

/// An entry that was given to a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    pub consumer: ConsumerId,
    pub delivered_ms: i64,
    /// How often it was given.
    pub deliveries: u64,
}

impl Consumer {
    pub fn name(&self) -> &Bytes {
        &self.name
    }

    /// How many entries it has not acknowledged.
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// The entries that it has not acknowledged, from `start` to `end`.
    pub fn pending(&self, start: StreamId, end: StreamId) -> impl Iterator<Item = StreamId> {
        let range = if start <= end { Some(self.pending.range(start..=end)) } else { None };
        range.into_iter().flatten().copied()
    }
}

impl Group {
    /// A group that has read up to `last_id`.
    pub fn new(last_id: StreamId, entries_read: Option<i64>) -> Group {
        Group { last_id, entries_read, ..Group::default() }
    }

    /// Bytes allocated outside the structure itself. O(1).
    pub fn heap_bytes(&self) -> usize {
        self.pending.len() * BYTES_PER_PENDING + self.consumers.len() * BYTES_PER_CONSUMER + self.name_bytes
    }

    // --- Consumers ---------------------------------------------------------------------------------------

    /// How many consumers there are.
    pub fn consumers_len(&self) -> usize {
        self.consumers.len()
    }

    /// The consumers in the order of their names.
    pub fn consumers(&self) -> impl Iterator<Item = &Consumer> {
        self.names.values().filter_map(|id| self.consumers.get(id))
    }

    /// The consumer with this name.
    pub fn find(&self, name: &[u8]) -> Option<ConsumerId> {
        self.names.get(name).copied()
    }

    pub fn consumer(&self, id: ConsumerId) -> Option<&Consumer> {
        self.consumers.get(&id)
    }

    pub fn consumer_mut(&mut self, id: ConsumerId) -> Option<&mut Consumer> {
        self.consumers.get_mut(&id)
    }

    /// The consumer with this name, which is created where it is missing; says whether it was.
    pub fn find_or_create(&mut self, name: &[u8], now_ms: i64) -> (ConsumerId, bool) {
        if let Some(id) = self.find(name) {
            return (id, false);
        }
        let id = ConsumerId(self.next_consumer);
        self.next_consumer += 1;
        let name = Bytes::new(name);
        self.name_bytes += 2 * name.heap_bytes();
        self.names.insert(name.clone(), id);
        self.consumers.insert(id, Consumer { name, seen_ms: now_ms, active_ms: None, pending: BTreeSet::new() });
        (id, true)
    }

    /// Removes a consumer with all that it has not acknowledged; says how much that was.
    pub fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let id = self.names.remove(name)?;
        let consumer = self.consumers.remove(&id)?;
        self.name_bytes = self.name_bytes.saturating_sub(2 * consumer.name.heap_bytes());
        for entry in &consumer.pending {
            self.pending.remove(entry);
        }
        Some(consumer.pending.len())
    }

    // --- Pending entries ---------------------------------------------------------------------------------

    /// How many entries are not acknowledged.
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// The lowest and the highest ID of an entry that is not acknowledged.
    pub fn pending_edges(&self) -> Option<(StreamId, StreamId)> {
        Some((*self.pending.first_key_value()?.0, *self.pending.last_key_value()?.0))
    }

    /// The entries that are not acknowledged, from `start` to `end`.
    pub fn pending(&self, start: StreamId, end: StreamId) -> impl Iterator<Item = (StreamId, &Pending)> {
        let range = if start <= end { Some(self.pending.range(start..=end)) } else { None };
        range.into_iter().flatten().map(|(id, pending)| (*id, pending))
    }

    pub fn pending_at(&self, id: StreamId) -> Option<&Pending> {
        self.pending.get(&id)
    }

    /// Makes an entry pending as `pending` says, whoever had it before.
    pub fn assign(&mut self, id: StreamId, pending: Pending) {
        let Some(consumer) = self.consumers.get_mut(&pending.consumer) else { return };
        consumer.pending.insert(id);
        let before = self.pending.insert(id, pending);
        if let Some(before) = before.filter(|before| before.consumer != pending.consumer)
            && let Some(consumer) = self.consumers.get_mut(&before.consumer)
        {
            consumer.pending.remove(&id);
        }
    }

    /// Takes an entry off the lists; false when it is on none.
    pub fn acknowledge(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    /// Counts an entry as given, when it is above the last one; says whether it is.
    pub fn advance(&mut self, log: &Log, id: StreamId) -> bool {
        if id <= self.last_id {
            return false;
        }
        match self.entries_read {
            Some(read) if !log.has_gaps_from(id) => self.entries_read = Some(read.wrapping_add(1)),
            _ if log.entries_added() > 0 => self.entries_read = log.added_up_to(id),
            _ => {}
        }
        self.last_id = id;
        true
    }

    /// How many entries were not given to anyone yet, where that can be known without counting them.
    pub fn lag(&self, log: &Log) -> Option<i64> {
        if log.entries_added() == 0 {
            return Some(0);
        }
        let read = match self.entries_read {
            Some(read) if !log.has_gaps_from(self.last_id) => read,
            _ => log.added_up_to(self.last_id)?,
        };
        Some((log.entries_added() as i64).wrapping_sub(read))
    }
}

impl PartialEq for Group {
    fn eq(&self, other: &Group) -> bool {
        let about = |group: &Group| (group.last_id, group.entries_read, group.pending.len(), group.consumers.len());
        let times = |group: &Group| -> Vec<_> {
            group.consumers().map(|one| (one.name.to_vec(), one.seen_ms, one.active_ms)).collect()
        };
        let named = |group: &Group, (id, pending): (&StreamId, &Pending)| {
            let name = group.consumer(pending.consumer).map(|consumer| consumer.name.to_vec());
            (*id, pending.delivered_ms, pending.deliveries, name)
        };
        about(self) == about(other)
            && times(self) == times(other)
            && self.pending.iter().zip(&other.pending).all(|(one, theirs)| named(self, one) == named(other, theirs))
    }
}
