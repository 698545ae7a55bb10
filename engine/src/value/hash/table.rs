//! A big hash: a dictionary of values, and the deadlines of the fields that have one.

use std::collections::BTreeSet;

use crate::base::{Bytes, HashSeed};
use crate::encoding::Dict;
use crate::encoding::dict::Slot;

/// What a deadline takes in the order of deadlines: the measured mean of a B-tree of the standard library.
const BYTES_PER_DEADLINE: usize = 24;
/// The deadline of a field that has none.
const NEVER: u64 = u64::MAX;

/// A dictionary of fields; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Table {
    pub fields: Dict<Bytes>,
    /// Bytes of values that do not stand inline.
    pub value_bytes: usize,
    /// There from the first deadline on: a hash without one pays a pointer.
    times: Option<Box<Times>>,
}

/// The deadlines of a table's fields.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// By the field's position; as long as the dictionary, or shorter when those that follow have none.
    by_position: Vec<u64>,
    /// (deadline, position), so that the next to expire is the first.
    order: BTreeSet<(u64, u32)>,
}

impl Times {
    /// The deadline of the field at a position.
    #[inline]
    pub fn at(&self, position: usize) -> Option<u64> {
        self.by_position.get(position).copied().filter(|&deadline| deadline != NEVER)
    }

    fn set(&mut self, position: usize, deadline: Option<u64>) {
        if let Some(old) = self.at(position) {
            self.order.remove(&(old, position as u32));
        }
        if let Some(deadline) = deadline {
            self.order.insert((deadline, position as u32));
            if self.by_position.len() <= position {
                self.by_position.resize(position + 1, NEVER);
            }
        }
        if let Some(slot) = self.by_position.get_mut(position) {
            *slot = deadline.unwrap_or(NEVER);
        }
    }
}

impl Table {
    pub fn with_capacity(seed: HashSeed, fields: usize) -> Table {
        Table { fields: Dict::with_capacity(seed, fields), value_bytes: 0, times: None }
    }

    pub fn heap_bytes(&self) -> usize {
        let times = self.times.as_ref().map_or(0, |times| {
            size_of::<Times>() + times.by_position.capacity() * 8 + times.order.len() * BYTES_PER_DEADLINE
        });
        self.fields.heap_bytes() + self.value_bytes + times
    }

    pub fn times(&self) -> Option<&Times> {
        self.times.as_deref()
    }

    /// Sets a field's value; true when the field is new. What deadline it has stays or, without `keep`, goes.
    pub fn set(&mut self, field: &[u8], value: Bytes, keep: bool) -> bool {
        self.value_bytes += value.heap_bytes();
        match self.fields.slot(field) {
            Slot::Vacant(vacant) => {
                vacant.insert(Bytes::new(field), value);
                true
            }
            Slot::Found(position) => {
                if let Some((_, own)) = self.fields.at_mut(position) {
                    self.value_bytes -= own.heap_bytes();
                    *own = value;
                }
                if !keep && let Some(times) = &mut self.times {
                    times.set(position, None);
                }
                false
            }
        }
    }

    /// The deadline of a field; `None` also when there is no such field.
    pub fn deadline(&self, field: &[u8]) -> Option<u64> {
        self.times.as_ref()?.at(self.fields.find(field)?)
    }

    /// Gives a field a deadline or takes it away; nothing when there is no such field.
    pub fn set_deadline(&mut self, field: &[u8], deadline: Option<u64>) {
        let Some(position) = self.fields.find(field) else { return };
        if deadline.is_some() || self.times.is_some() {
            self.times.get_or_insert_default().set(position, deadline);
        }
    }

    pub fn remove(&mut self, field: &[u8]) -> bool {
        let position = self.fields.find(field);
        if let Some(position) = position {
            self.remove_at(position);
        }
        position.is_some()
    }

    /// Removes the field at a position; the last one moves there.
    fn remove_at(&mut self, position: usize) -> Option<Bytes> {
        let last = self.fields.len().checked_sub(1)?;
        if let Some(times) = &mut self.times {
            let moved = times.at(last);
            times.set(last, None);
            times.set(position, moved.filter(|_| position != last));
            times.by_position.truncate(last);
        }
        let (field, value) = self.fields.remove_at(position)?;
        self.value_bytes -= value.heap_bytes();
        Some(field)
    }

    /// The earliest deadline.
    #[inline]
    pub fn next_deadline(&self) -> Option<u64> {
        self.times.as_ref()?.order.first().map(|&(deadline, _)| deadline)
    }

    /// Whether every field's deadline lies before `now_ms`.
    pub fn all_due(&self, now_ms: u64) -> bool {
        self.times.as_ref().is_some_and(|times| {
            times.order.len() == self.fields.len() && times.order.last().is_some_and(|&(last, _)| last < now_ms)
        })
    }

    /// Takes fields away whose deadline lies before `now_ms`, at most `limit`, and names them.
    pub fn expire(&mut self, now_ms: u64, limit: usize) -> Vec<Bytes> {
        let mut expired = Vec::new();
        while expired.len() < limit
            && let Some(&(deadline, position)) = self.times.as_ref().and_then(|times| times.order.first())
            && deadline < now_ms
            && let Some(field) = self.remove_at(position as usize)
        {
            expired.push(field);
        }
        expired
    }
}
