//! A hash value: fields and their values, as a listpack of field, value, field, value ..., as one that holds each
//! field's deadline too, or as a dictionary.
//!
//! What always holds: it becomes a dictionary at the sizes that [`Limits`] say, and never a listpack again; once a
//! deadline was asked for, a listpack has room for deadlines and keeps it. A plain listpack keeps the order in which
//! fields came; a dictionary too, until one is removed.

mod table;
mod timed;

use crate::base::Bytes;
use crate::encoding::dict;
use crate::encoding::listpack::{self, Corrupt};
use crate::encoding::{Element, Listpack};

use super::Limits;
use table::{Table, Times};
use timed::Timed;

/// The latest deadline that a file may hold, in milliseconds since the epoch: Redis has 48 bits for it.
pub const MAX_DEADLINE_MS: u64 = (1 << 48) - 1;

/// A hash; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Hash(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Listpack(Listpack),
    // Boxed, so that hashes without deadlines are not larger for it.
    Timed(Box<Timed>),
    Table(Box<Table>),
}

/// Until when a field lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldTime {
    /// There is no such field.
    NoField,
    /// The field has no deadline.
    Never,
    /// The last millisecond (since the epoch) at which the field exists.
    At(u64),
}

impl Hash {
    /// A hash without fields.
    pub fn new() -> Hash {
        Hash(Repr::Listpack(Listpack::new()))
    }

    /// A hash from a listpack of fields and values (RDB), which must be even and without duplicate fields.
    pub fn from_listpack(listpack: Listpack, limits: &Limits) -> Result<Hash, Corrupt> {
        if !listpack.len().is_multiple_of(2) || super::has_duplicates(&listpack, 2) {
            return Err(Corrupt);
        }
        Ok(Hash(Repr::Listpack(listpack)).within(limits))
    }

    /// A hash from a listpack of fields, values and times (RDB), where 0 is no time; without duplicate fields.
    pub fn from_timed_listpack(listpack: Listpack, limits: &Limits) -> Result<Hash, Corrupt> {
        Ok(Hash(Repr::Timed(Box::new(Timed::from_triples(listpack)?))).within(limits))
    }

    fn within(mut self, limits: &Limits) -> Hash {
        if self.len() > limits.hash_max_listpack_entries {
            self.convert(limits);
        }
        self
    }

    /// The listpack of fields and values, while the hash is one (RDB).
    pub fn listpack(&self) -> Option<&Listpack> {
        if let Repr::Listpack(listpack) = &self.0 { Some(listpack) } else { None }
    }

    /// The listpack of fields, values and times, while the hash is one (RDB).
    pub fn timed_listpack(&self) -> Option<&Listpack> {
        if let Repr::Timed(timed) = &self.0 { Some(timed.listpack()) } else { None }
    }

    /// Whether reaching a position means walking there.
    pub fn is_compact(&self) -> bool {
        !matches!(&self.0, Repr::Table(_))
    }

    /// The number of fields.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.len() / 2,
            Repr::Timed(timed) => timed.len(),
            Repr::Table(table) => table.fields.len(),
        }
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Listpack(_) => "listpack",
            Repr::Timed(_) => "listpackex",
            Repr::Table(_) => "hashtable",
        }
    }

    /// Bytes allocated outside the structure itself. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.heap_bytes(),
            Repr::Timed(timed) => size_of::<Timed>() + timed.heap_bytes(),
            Repr::Table(table) => size_of::<Table>() + table.heap_bytes(),
        }
    }

    /// The value of `field`.
    #[inline]
    pub fn get(&self, field: &[u8]) -> Option<Element<'_>> {
        match &self.0 {
            Repr::Listpack(listpack) => {
                let place = listpack.find(field, listpack.first(), 2)?;
                listpack.get(listpack.next(place)?)
            }
            Repr::Timed(timed) => timed.get(field).map(|(value, _)| value),
            Repr::Table(table) => table.fields.get(field).map(Element::from),
        }
    }

    /// Whether `field` is there.
    pub fn contains(&self, field: &[u8]) -> bool {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.find(field, listpack.first(), 2).is_some(),
            Repr::Timed(timed) => timed.contains(field),
            Repr::Table(table) => table.fields.contains(field),
        }
    }

    /// Tells that `fields` are about to be set at once (HSET, HMSET): for more than a listpack may hold the
    /// hash becomes a dictionary right away, also when some of them are the same, as in Redis.
    pub fn expect(&mut self, fields: usize, limits: &Limits) {
        if fields > limits.hash_max_listpack_entries {
            self.convert(limits);
            if let Repr::Table(table) = &mut self.0 {
                table.fields.reserve(fields);
            }
        }
    }

    /// Sets `field`; true when it is new. A deadline that it had is gone afterwards.
    pub fn set(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        self.set_and(field, value, false, limits)
    }

    /// Sets `field`, which keeps its deadline; true when it is new.
    pub fn set_keeping_time(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        self.set_and(field, value, true, limits)
    }

    #[inline]
    fn set_and(&mut self, field: &[u8], value: &[u8], keep: bool, limits: &Limits) -> bool {
        if let Some(listpack) = self.any_listpack() {
            let fits = field.len().max(value.len()) <= limits.hash_max_listpack_value;
            if fits && listpack.can_grow(field.len() + value.len()) {
                let new = match &mut self.0 {
                    Repr::Listpack(listpack) => set_in_listpack(listpack, field, value),
                    Repr::Timed(timed) => timed.set(field, value, keep),
                    Repr::Table(_) => false,
                };
                if self.len() > limits.hash_max_listpack_entries {
                    self.convert(limits);
                }
                return new;
            }
            self.convert(limits);
        }
        match &mut self.0 {
            Repr::Table(table) => table.set(field, Bytes::new(value), keep),
            _ => false,
        }
    }

    /// Removes `field`; false when it was not there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        match &mut self.0 {
            Repr::Listpack(listpack) => match listpack.find(field, listpack.first(), 2) {
                Some(place) => {
                    listpack.remove(place, 2);
                    true
                }
                None => false,
            },
            Repr::Timed(timed) => timed.remove(field),
            Repr::Table(table) => table.remove(field),
        }
    }

    /// Fields with their values.
    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Repr::Listpack(listpack) => Iter::Listpack(listpack.iter()),
            Repr::Timed(timed) => Iter::Timed(timed.iter()),
            Repr::Table(table) => Iter::Table(table.fields.iter()),
        }
    }

    /// Fields with their values and deadlines.
    pub fn iter_with_times(&self) -> impl Iterator<Item = (Element<'_>, Element<'_>, Option<u64>)> {
        let times = if let Repr::Table(table) = &self.0 { table.times() } else { None };
        IterWithTimes { fields: self.iter(), times, position: 0 }
    }

    /// The field at a position in `0..len` and its value; with a random position HRANDFIELD.
    pub fn at(&self, position: usize) -> Option<(Element<'_>, Element<'_>)> {
        match &self.0 {
            Repr::Listpack(listpack) => {
                let place = listpack.seek(position.checked_mul(2)?)?;
                let (field, next) = listpack.get_and_next(place)?;
                Some((field, listpack.get(next)?))
            }
            Repr::Timed(timed) => timed.at(position),
            Repr::Table(table) => table.fields.at(position).map(|(field, value)| (field.into(), value.into())),
        }
    }

    /// One step of HSCAN: shows about `count` fields with their values and returns the next cursor, 0 at the
    /// end. A listpack is shown in one step.
    pub fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(Element<'_>, Element<'_>)) -> u64 {
        match &self.0 {
            Repr::Listpack(_) | Repr::Timed(_) => {
                self.iter().for_each(|(field, value)| visit(field, value));
                0
            }
            Repr::Table(table) => table.fields.scan(cursor, count, |_, field, value| visit(field.into(), value.into())),
        }
    }

    // --- Deadlines of fields -----------------------------------------------------------------------------

    /// Until when `field` lives.
    pub fn time_of(&self, field: &[u8]) -> FieldTime {
        let deadline = match &self.0 {
            Repr::Listpack(_) => None,
            Repr::Timed(timed) => timed.get(field).and_then(|(_, deadline)| deadline),
            Repr::Table(table) => table.deadline(field),
        };
        match deadline {
            Some(deadline) => FieldTime::At(deadline),
            None if self.contains(field) => FieldTime::Never,
            None => FieldTime::NoField,
        }
    }

    /// Makes room for deadlines, as HEXPIRE does even when it sets none.
    pub fn allow_times(&mut self) {
        if let Repr::Listpack(listpack) = &self.0 {
            self.0 = Repr::Timed(Box::new(Timed::from_pairs(listpack)));
        }
    }

    /// Gives `field` a deadline in milliseconds since the epoch, up to [`MAX_DEADLINE_MS`], or takes it away with
    /// `None`; nothing when there is no such field.
    pub fn set_deadline(&mut self, field: &[u8], deadline: Option<u64>) {
        let deadline = deadline.map(|deadline| deadline.clamp(1, MAX_DEADLINE_MS));
        if deadline.is_some() {
            self.allow_times();
        }
        match &mut self.0 {
            Repr::Listpack(_) => {}
            Repr::Timed(timed) => timed.set_deadline(field, deadline),
            Repr::Table(table) => table.set_deadline(field, deadline),
        }
    }

    /// The earliest deadline of a field. O(1).
    #[inline]
    pub fn next_deadline(&self) -> Option<u64> {
        match &self.0 {
            Repr::Listpack(_) => None,
            Repr::Timed(timed) => timed.next_deadline(),
            Repr::Table(table) => table.next_deadline(),
        }
    }

    /// Whether there are fields and the deadlines of all of them lie before `now_ms`.
    pub fn all_due(&self, now_ms: u64) -> bool {
        match &self.0 {
            Repr::Listpack(_) => false,
            Repr::Timed(timed) => timed.all_due(now_ms),
            Repr::Table(table) => table.all_due(now_ms),
        }
    }

    /// Takes fields away whose deadline lies before `now_ms`, at most `limit`, and names them in the order of their
    /// deadlines.
    pub fn expire(&mut self, now_ms: u64, limit: usize) -> Vec<Bytes> {
        match &mut self.0 {
            Repr::Listpack(_) => Vec::new(),
            Repr::Timed(timed) => timed.expire(now_ms, limit),
            Repr::Table(table) => table.expire(now_ms, limit),
        }
    }

    fn any_listpack(&self) -> Option<&Listpack> {
        match &self.0 {
            Repr::Listpack(listpack) => Some(listpack),
            Repr::Timed(timed) => Some(timed.listpack()),
            Repr::Table(_) => None,
        }
    }

    fn convert(&mut self, limits: &Limits) {
        if !self.is_compact() {
            return;
        }
        let mut table = Table::with_capacity(limits.hash_seed.clone(), self.len());
        for (field, value, deadline) in self.iter_with_times() {
            field.with_bytes(|field| {
                table.set(field, value.to_bytes(), true);
                if deadline.is_some() {
                    table.set_deadline(field, deadline);
                }
            });
        }
        self.0 = Repr::Table(Box::new(table));
    }
}

fn set_in_listpack(listpack: &mut Listpack, field: &[u8], value: &[u8]) -> bool {
    match listpack.find(field, listpack.first(), 2) {
        Some(place) => {
            if let Some(place) = listpack.next(place) {
                listpack.replace(place, value.into());
            }
            false
        }
        None => {
            listpack.push_back(field.into());
            listpack.push_back(value.into());
            true
        }
    }
}

impl Default for Hash {
    fn default() -> Hash {
        Hash::new()
    }
}

impl PartialEq for Hash {
    /// The same fields with the same values and deadlines, in whatever order and encoding.
    fn eq(&self, other: &Hash) -> bool {
        let same = |(field, value, deadline): (Element<'_>, Element<'_>, Option<u64>)| {
            field.with_bytes(|field| {
                let time = deadline.map_or(FieldTime::Never, FieldTime::At);
                other.get(field).is_some_and(|own| own == value) && other.time_of(field) == time
            })
        };
        self.len() == other.len() && self.iter_with_times().all(same)
    }
}

impl Eq for Hash {}

/// The fields of a hash with their values.
#[derive(Clone)]
pub enum Iter<'a> {
    /// From a listpack.
    Listpack(listpack::Iter<'a>),
    /// From a listpack with deadlines.
    Timed(listpack::Iter<'a>),
    /// From a dictionary.
    Table(dict::Iter<'a, Bytes>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Element<'a>, Element<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Iter::Listpack(entries) => Some((entries.next()?, entries.next()?)),
            Iter::Timed(entries) => timed::next(entries).map(|(field, value, _)| (field, value)),
            Iter::Table(entries) => entries.next().map(|(field, value)| (field.into(), value.into())),
        }
    }
}

struct IterWithTimes<'a> {
    fields: Iter<'a>,
    times: Option<&'a Times>,
    /// Of the next field, where there are `times`.
    position: usize,
}

impl<'a> Iterator for IterWithTimes<'a> {
    type Item = (Element<'a>, Element<'a>, Option<u64>);

    fn next(&mut self) -> Option<Self::Item> {
        if let Iter::Timed(entries) = &mut self.fields {
            return timed::next(entries);
        }
        let (field, value) = self.fields.next()?;
        let deadline = self.times.and_then(|times| times.at(self.position));
        self.position += 1;
        Some((field, value, deadline))
    }
}

#[cfg(test)]
mod tests;
