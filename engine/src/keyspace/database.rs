//! One numbered database: its keys, and their deadlines in order.

use std::collections::BTreeSet;

use crate::base::{Bytes, HashSeed};
use crate::encoding::dict::{Dict, Slot};
use crate::value::Value;

use super::access::Access;

/// A deadline that never comes.
pub const NEVER: u64 = u64::MAX;

/// What a deadline takes in the order of deadlines: a B-tree node of the standard library holds 5 to 11 entries of
/// 16 bytes; 24 is its measured mean.
const BYTES_PER_DEADLINE: usize = 24;

/// What a key holds.
#[derive(Clone, Debug)]
pub struct Object {
    pub value: Value,
    /// The last millisecond at which the key exists; [`NEVER`] without expiry.
    pub expire_at_ms: u64,
    /// When, or how often, the key was read or written.
    pub access: Access,
}

/// The keys of one database. Positions are stable until a key is removed; then the last key moves into the gap.
#[derive(Clone, Debug)]
pub struct Database {
    table: Dict<Object>,
    /// (deadline, position) of each key that has one, so that the next to expire is always known. Sampling, as
    /// Redis does it, would be smaller but leaves dead keys behind and cannot say when the next one dies.
    deadlines: BTreeSet<(u64, u32)>,
    /// (earliest deadline of a field, position) of each hash that has such fields.
    field_deadlines: BTreeSet<(u64, u32)>,
    /// Bytes that the values allocated.
    value_bytes: usize,
}

/// What the bytes of a key are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyParts {
    /// Its place in the table of keys, in which short names and short strings stand too.
    pub entry: usize,
    /// Its name, when that does not stand in the entry.
    pub name: usize,
    /// Its place in the orders of deadlines.
    pub deadlines: usize,
    /// What the value has outside the entry: [`crate::value::layout`] tells how they are divided.
    pub value: usize,
}

impl Database {
    pub fn new(seed: HashSeed) -> Database {
        Database {
            table: Dict::new(seed),
            deadlines: BTreeSet::new(),
            field_deadlines: BTreeSet::new(),
            value_bytes: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.table.len()
    }

    pub fn is_empty(&self) -> bool {
        self.table.len() == 0
    }

    /// How many keys have a deadline.
    pub fn volatile_len(&self) -> usize {
        self.deadlines.len()
    }

    /// How many hashes have fields with a deadline.
    pub fn volatile_hashes(&self) -> usize {
        self.field_deadlines.len()
    }

    /// The number of slots of the table of keys.
    pub fn slots(&self) -> usize {
        self.table.slots()
    }

    pub fn find(&self, key: &[u8]) -> Option<usize> {
        self.table.find(key)
    }

    pub fn at(&self, position: usize) -> Option<(&Bytes, &Object)> {
        self.table.at(position)
    }

    pub fn object_mut(&mut self, position: usize) -> Option<&mut Object> {
        self.table.at_mut(position).map(|(_, object)| object)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Bytes, &Object)> {
        self.table.iter()
    }

    /// Visits some keys from `cursor` on (0 starts) and returns the next cursor, 0 at the end. Every key that is
    /// present from the first call to the last is visited at least once.
    pub fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(&Bytes, &Object)) -> u64 {
        self.table.scan(cursor, count, |_, key, object| visit(key, object))
    }

    /// Adds a key that is not there.
    pub fn insert(&mut self, key: &[u8], object: Object) {
        let (deadline, field_deadline) = (object.expire_at_ms, object.value.next_field_deadline());
        self.value_bytes += object.value.heap_bytes();
        self.table.insert(Bytes::new(key), object);
        self.note_new(self.table.len().saturating_sub(1), deadline, field_deadline);
    }

    #[inline]
    fn note_new(&mut self, position: usize, deadline: u64, field_deadline: Option<u64>) {
        if deadline != NEVER {
            self.deadlines.insert((deadline, position as u32));
        }
        if let Some(deadline) = field_deadline {
            self.field_deadlines.insert((deadline, position as u32));
        }
    }

    /// Adds a key unless it is there.
    ///
    /// # Errors
    /// When the key is there: its position, and the object that was not added.
    #[inline]
    pub fn insert_new(&mut self, key: &[u8], object: Object) -> Result<(), (usize, Object)> {
        match self.table.slot(key) {
            Slot::Found(position) => Err((position, object)),
            Slot::Vacant(vacant) => {
                let (deadline, field_deadline) = (object.expire_at_ms, object.value.next_field_deadline());
                self.value_bytes += object.value.heap_bytes();
                let position = vacant.insert(Bytes::new(key), object);
                self.note_new(position, deadline, field_deadline);
                Ok(())
            }
        }
    }

    /// Runs `change` on a value and keeps the accounts.
    #[inline]
    pub fn change<R>(&mut self, position: usize, change: impl FnOnce(&mut Object) -> R) -> Option<R> {
        let (_, object) = self.table.at_mut(position)?;
        let (before, field_before) = (object.value.heap_bytes(), object.value.next_field_deadline());
        let result = change(object);
        self.value_bytes = (self.value_bytes + object.value.heap_bytes()).saturating_sub(before);
        let field_after = object.value.next_field_deadline();
        if field_before != field_after {
            self.move_field_deadline((field_before, position), (field_after, position));
        }
        Some(result)
    }

    /// A hash's earliest deadline changed, or its position.
    fn move_field_deadline(&mut self, from: (Option<u64>, usize), to: (Option<u64>, usize)) {
        if let (Some(deadline), position) = from {
            self.field_deadlines.remove(&(deadline, position as u32));
        }
        if let (Some(deadline), position) = to {
            self.field_deadlines.insert((deadline, position as u32));
        }
    }

    /// Gives a key another deadline; [`NEVER`] takes it away.
    pub fn set_deadline(&mut self, position: usize, expire_at_ms: u64) {
        let Some((_, object)) = self.table.at_mut(position) else { return };
        let old = core::mem::replace(&mut object.expire_at_ms, expire_at_ms);
        if old == expire_at_ms {
            return;
        }
        if old != NEVER {
            self.deadlines.remove(&(old, position as u32));
        }
        if expire_at_ms != NEVER {
            self.deadlines.insert((expire_at_ms, position as u32));
        }
    }

    /// Removes the key at a position.
    pub fn remove_at(&mut self, position: usize) -> Option<(Bytes, Object)> {
        let last = self.table.len().checked_sub(1)?;
        let moved = if position == last { None } else { self.table.at(last).map(|(_, object)| object) };
        let moved = moved.map(|object| (object.expire_at_ms, object.value.next_field_deadline()));
        let (key, object) = self.table.remove_at(position)?;
        if object.expire_at_ms != NEVER {
            self.deadlines.remove(&(object.expire_at_ms, position as u32));
        }
        self.move_field_deadline((object.value.next_field_deadline(), position), (None, position));
        if let Some((deadline, field_deadline)) = moved {
            if deadline != NEVER {
                self.deadlines.remove(&(deadline, last as u32));
                self.deadlines.insert((deadline, position as u32));
            }
            self.move_field_deadline((field_deadline, last), (field_deadline, position));
        }
        self.value_bytes = self.value_bytes.saturating_sub(object.value.heap_bytes());
        Some((key, object))
    }

    /// The earliest deadline and the position of its key.
    pub fn next_deadline(&self) -> Option<(u64, usize)> {
        self.deadlines.first().map(|&(deadline, position)| (deadline, position as usize))
    }

    /// Deadlines and the positions of their keys, the earliest first.
    pub fn by_deadline(&self) -> impl Iterator<Item = (u64, usize)> + '_ {
        self.deadlines.iter().map(|&(deadline, position)| (deadline, position as usize))
    }

    /// The position of the key with the deadline number `index` in time. Walks there.
    pub fn nth_deadline(&self, index: usize) -> Option<usize> {
        self.deadlines.iter().nth(index).map(|&(_, position)| position as usize)
    }

    /// The earliest deadline of a field and the position of its hash.
    #[inline]
    pub fn next_field_deadline(&self) -> Option<(u64, usize)> {
        self.field_deadlines.first().map(|&(deadline, position)| (deadline, position as usize))
    }

    /// Mean milliseconds that keys with a deadline have left.
    pub fn average_ttl_ms(&self, now_ms: u64) -> u64 {
        // A sample is enough for INFO and keeps a database with a million deadlines instant.
        const SAMPLE: usize = 100;
        let step = (self.deadlines.len() / SAMPLE).max(1);
        let (mut sum, mut count) = (0u64, 0u64);
        for &(deadline, _) in self.deadlines.iter().step_by(step).take(SAMPLE) {
            sum = sum.saturating_add(deadline.saturating_sub(now_ms));
            count += 1;
        }
        sum.checked_div(count).unwrap_or(0)
    }

    /// Bytes that the key at a position takes: its entry, its name, its value and its deadline.
    pub fn bytes_at(&self, position: usize) -> Option<usize> {
        let (key, object) = self.table.at(position)?;
        let deadlines =
            usize::from(object.expire_at_ms != NEVER) + usize::from(object.value.next_field_deadline().is_some());
        let deadlines = deadlines * BYTES_PER_DEADLINE;
        Some(Dict::<Object>::BYTES_PER_ENTRY + key.heap_bytes() + object.value.heap_bytes() + deadlines)
    }

    /// How [`Database::bytes_at`] is divided.
    pub fn parts_at(&self, position: usize) -> Option<KeyParts> {
        let (key, object) = self.table.at(position)?;
        let (name, value) = (key.heap_bytes(), object.value.heap_bytes());
        let deadlines = self.bytes_at(position)?.saturating_sub(Dict::<Object>::BYTES_PER_ENTRY + name + value);
        Some(KeyParts { entry: Dict::<Object>::BYTES_PER_ENTRY, name, deadlines, value })
    }

    /// Bytes that the keys need: as [`Database::heap_bytes`], without room that is kept for keys to come.
    pub fn live_bytes(&self) -> usize {
        self.table.live_bytes() + self.value_bytes + self.deadline_bytes()
    }

    /// Bytes of the table of keys, without their names and values.
    pub fn overhead_bytes(&self) -> usize {
        self.table.live_bytes().saturating_sub(self.table.key_bytes())
    }

    /// Bytes of the order of deadlines.
    pub fn deadline_bytes(&self) -> usize {
        (self.deadlines.len() + self.field_deadlines.len()) * BYTES_PER_DEADLINE
    }

    /// Bytes that this database allocated: keys, values, table and deadlines.
    pub fn heap_bytes(&self) -> usize {
        self.table.heap_bytes()
            + self.value_bytes
            + (self.deadlines.len() + self.field_deadlines.len()) * BYTES_PER_DEADLINE
    }
}
