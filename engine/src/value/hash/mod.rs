//! A hash value: fields and their values, as a listpack of field, value, field, value ..., as one that holds each
//! field's deadline too, or as a dictionary.
//!
//! What always holds: it becomes a dictionary at the sizes that [`Limits`] say, and never a listpack again; once a
//! deadline was asked for, a listpack has room for deadlines and keeps it. A plain listpack keeps the order in which
//! fields came; a dictionary too, until one is removed. A hash is two words, so that small ones, of which there may be
//! millions, cost one allocation each.

mod table;
mod timed;

use crate::base::Bytes;
use crate::encoding::dict;
use crate::encoding::listpack::{self, Corrupt, Packed, View};
use crate::encoding::{Dict, Element, Listpack};

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
    Listpack(Packed),
    Large(Box<Large>),
}

#[derive(Clone, Debug)]
enum Large {
    Timed(Timed),
    Table(Table),
}

const _: () = assert!(size_of::<Hash>() == 2 * size_of::<usize>());

/// What a hash is, to be read.
enum Parts<'a> {
    Listpack(View<'a>),
    Timed(&'a Timed),
    Table(&'a Table),
}

/// What a hash is, to be changed.
enum PartsMut<'a> {
    Listpack(&'a mut Packed),
    Timed(&'a mut Timed),
    Table(&'a mut Table),
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
        Hash::packed(Listpack::new())
    }

    fn packed(listpack: Listpack) -> Hash {
        Hash(Repr::Listpack(listpack.into()))
    }

    fn timed(timed: Timed) -> Hash {
        Hash(Repr::Large(Box::new(Large::Timed(timed))))
    }

    #[inline]
    fn parts(&self) -> Parts<'_> {
        match &self.0 {
            Repr::Listpack(packed) => Parts::Listpack(packed.view()),
            Repr::Large(large) => match &**large {
                Large::Timed(timed) => Parts::Timed(timed),
                Large::Table(table) => Parts::Table(table),
            },
        }
    }

    #[inline]
    fn parts_mut(&mut self) -> PartsMut<'_> {
        match &mut self.0 {
            Repr::Listpack(packed) => PartsMut::Listpack(packed),
            Repr::Large(large) => match &mut **large {
                Large::Timed(timed) => PartsMut::Timed(timed),
                Large::Table(table) => PartsMut::Table(table),
            },
        }
    }

    /// A hash from a listpack of fields and values (RDB), which must be even and without duplicate fields.
    pub fn from_listpack(listpack: Listpack, limits: &Limits) -> Result<Hash, Corrupt> {
        if !listpack.len().is_multiple_of(2) || super::has_duplicates(&listpack, 2) {
            return Err(Corrupt);
        }
        Ok(Hash::packed(listpack).within(limits))
    }

    /// A hash from a listpack of fields, values and times (RDB), where 0 is no time; without duplicate fields.
    pub fn from_timed_listpack(listpack: Listpack, limits: &Limits) -> Result<Hash, Corrupt> {
        Ok(Hash::timed(Timed::from_triples(listpack)?).within(limits))
    }

    fn within(mut self, limits: &Limits) -> Hash {
        if self.len() > limits.hash_max_listpack_entries {
            self.convert(limits);
        }
        self
    }

    /// The listpack of fields and values, while the hash is one (RDB).
    pub fn listpack(&self) -> Option<View<'_>> {
        if let Parts::Listpack(listpack) = self.parts() { Some(listpack) } else { None }
    }

    /// The listpack of fields, values and times, while the hash is one (RDB).
    pub fn timed_listpack(&self) -> Option<&Listpack> {
        if let Parts::Timed(timed) = self.parts() { Some(timed.listpack()) } else { None }
    }

    /// The dictionary of fields, while the hash is one.
    pub fn table(&self) -> Option<&Dict<Bytes>> {
        if let Parts::Table(table) = self.parts() { Some(&table.fields) } else { None }
    }

    /// Bytes of the structure that leads to a dictionary or to a listpack with deadlines, when there is one.
    pub(super) fn large_bytes(&self) -> usize {
        if matches!(self.0, Repr::Large(_)) { size_of::<Large>() } else { 0 }
    }

    /// The deadline of the field at a position of [`Hash::table`].
    pub(super) fn deadline_at(&self, position: usize) -> Option<u64> {
        if let Parts::Table(table) = self.parts() { table.times()?.at(position) } else { None }
    }

    /// The number of slots of its hash table, while it has one.
    pub fn table_slots(&self) -> Option<usize> {
        if let Parts::Table(table) = self.parts() { Some(table.fields.slots()) } else { None }
    }

    /// Whether reaching a position means walking there.
    pub fn is_compact(&self) -> bool {
        !matches!(self.parts(), Parts::Table(_))
    }

    /// The number of fields.
    #[inline]
    pub fn len(&self) -> usize {
        match self.parts() {
            Parts::Listpack(listpack) => listpack.len() / 2,
            Parts::Timed(timed) => timed.len(),
            Parts::Table(table) => table.fields.len(),
        }
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match self.parts() {
            Parts::Listpack(_) => "listpack",
            Parts::Timed(_) => "listpackex",
            Parts::Table(_) => "hashtable",
        }
    }

    /// Bytes allocated outside the structure itself. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Listpack(packed) => packed.heap_bytes(),
            Repr::Large(large) => {
                let outside = match &**large {
                    Large::Timed(timed) => timed.heap_bytes(),
                    Large::Table(table) => table.heap_bytes(),
                };
                size_of::<Large>() + outside
            }
        }
    }

    /// The value of `field`.
    #[inline]
    pub fn get(&self, field: &[u8]) -> Option<Element<'_>> {
        match self.parts() {
            Parts::Listpack(listpack) => {
                let place = listpack.find(field, listpack.first(), 2)?;
                listpack.get(listpack.next(place)?)
            }
            Parts::Timed(timed) => timed.get(field).map(|(value, _)| value),
            Parts::Table(table) => table.fields.get(field).map(Element::from),
        }
    }

    /// Whether `field` is there.
    pub fn contains(&self, field: &[u8]) -> bool {
        match self.parts() {
            Parts::Listpack(listpack) => listpack.find(field, listpack.first(), 2).is_some(),
            Parts::Timed(timed) => timed.contains(field),
            Parts::Table(table) => table.fields.contains(field),
        }
    }

    /// Tells that `fields` are about to be set at once (HSET, HMSET): for more than a listpack may hold the
    /// hash becomes a dictionary right away, also when some of them are the same, as in Redis.
    pub fn expect(&mut self, fields: usize, limits: &Limits) {
        if fields > limits.hash_max_listpack_entries {
            self.convert(limits);
            if let PartsMut::Table(table) = self.parts_mut() {
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
        if let Some(bytes) = self.listpack_bytes() {
            let fits = field.len().max(value.len()) <= limits.hash_max_listpack_value;
            if fits && bytes.saturating_add(field.len() + value.len()) <= Listpack::MAX_BYTES {
                let new = match self.parts_mut() {
                    PartsMut::Listpack(packed) => set_in_listpack(packed, field, value),
                    PartsMut::Timed(timed) => timed.set(field, value, keep),
                    PartsMut::Table(_) => false,
                };
                if self.len() > limits.hash_max_listpack_entries {
                    self.convert(limits);
                }
                return new;
            }
            self.convert(limits);
        }
        match self.parts_mut() {
            PartsMut::Table(table) => table.set(field, Bytes::new(value), keep),
            _ => false,
        }
    }

    /// Removes `field`; false when it was not there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        match self.parts_mut() {
            PartsMut::Listpack(packed) => match packed.view().find(field, packed.view().first(), 2) {
                Some(place) => {
                    packed.edit(0, |listpack| listpack.remove(place, 2));
                    true
                }
                None => false,
            },
            PartsMut::Timed(timed) => timed.remove(field),
            PartsMut::Table(table) => table.remove(field),
        }
    }

    /// Fields with their values.
    pub fn iter(&self) -> Iter<'_> {
        match self.parts() {
            Parts::Listpack(listpack) => Iter::Listpack(listpack.iter()),
            Parts::Timed(timed) => Iter::Timed(timed.iter()),
            Parts::Table(table) => Iter::Table(table.fields.iter()),
        }
    }

    /// Fields with their values and deadlines.
    pub fn iter_with_times(&self) -> impl Iterator<Item = (Element<'_>, Element<'_>, Option<u64>)> {
        let times = if let Parts::Table(table) = self.parts() { table.times() } else { None };
        IterWithTimes { fields: self.iter(), times, position: 0 }
    }

    /// The field at a position in `0..len` and its value; with a random position HRANDFIELD.
    pub fn at(&self, position: usize) -> Option<(Element<'_>, Element<'_>)> {
        match self.parts() {
            Parts::Listpack(listpack) => {
                let place = listpack.seek(position.checked_mul(2)?)?;
                let (field, next) = listpack.get_and_next(place)?;
                Some((field, listpack.get(next)?))
            }
            Parts::Timed(timed) => timed.at(position),
            Parts::Table(table) => table.fields.at(position).map(|(field, value)| (field.into(), value.into())),
        }
    }

    /// One step of HSCAN: shows about `count` fields with their values and returns the next cursor, 0 at the
    /// end. A listpack is shown in one step.
    pub fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(Element<'_>, Element<'_>)) -> u64 {
        match self.parts() {
            Parts::Listpack(_) | Parts::Timed(_) => {
                self.iter().for_each(|(field, value)| visit(field, value));
                0
            }
            Parts::Table(table) => {
                table.fields.scan(cursor, count, |_, field, value| visit(field.into(), value.into()))
            }
        }
    }

    // --- Deadlines of fields -----------------------------------------------------------------------------

    /// Until when `field` lives.
    pub fn time_of(&self, field: &[u8]) -> FieldTime {
        let deadline = match self.parts() {
            Parts::Listpack(_) => None,
            Parts::Timed(timed) => timed.get(field).and_then(|(_, deadline)| deadline),
            Parts::Table(table) => table.deadline(field),
        };
        match deadline {
            Some(deadline) => FieldTime::At(deadline),
            None if self.contains(field) => FieldTime::Never,
            None => FieldTime::NoField,
        }
    }

    /// Makes room for deadlines, as HEXPIRE does even when it sets none.
    pub fn allow_times(&mut self) {
        if let Parts::Listpack(listpack) = self.parts() {
            *self = Hash::timed(Timed::from_pairs(listpack));
        }
    }

    /// Gives `field` a deadline in milliseconds since the epoch, up to [`MAX_DEADLINE_MS`], or takes it away with
    /// `None`; nothing when there is no such field.
    pub fn set_deadline(&mut self, field: &[u8], deadline: Option<u64>) {
        let deadline = deadline.map(|deadline| deadline.clamp(1, MAX_DEADLINE_MS));
        if deadline.is_some() {
            self.allow_times();
        }
        match self.parts_mut() {
            PartsMut::Listpack(_) => {}
            PartsMut::Timed(timed) => timed.set_deadline(field, deadline),
            PartsMut::Table(table) => table.set_deadline(field, deadline),
        }
    }

    /// The earliest deadline of a field. O(1).
    #[inline]
    pub fn next_deadline(&self) -> Option<u64> {
        match self.parts() {
            Parts::Listpack(_) => None,
            Parts::Timed(timed) => timed.next_deadline(),
            Parts::Table(table) => table.next_deadline(),
        }
    }

    /// Whether there are fields and the deadlines of all of them lie before `now_ms`.
    pub fn all_due(&self, now_ms: u64) -> bool {
        match self.parts() {
            Parts::Listpack(_) => false,
            Parts::Timed(timed) => timed.all_due(now_ms),
            Parts::Table(table) => table.all_due(now_ms),
        }
    }

    /// Takes fields away whose deadline lies before `now_ms`, at most `limit`, and names them in the order of their
    /// deadlines.
    pub fn expire(&mut self, now_ms: u64, limit: usize) -> Vec<Bytes> {
        match self.parts_mut() {
            PartsMut::Listpack(_) => Vec::new(),
            PartsMut::Timed(timed) => timed.expire(now_ms, limit),
            PartsMut::Table(table) => table.expire(now_ms, limit),
        }
    }

    /// The bytes of the listpack, while the hash is one of either kind.
    fn listpack_bytes(&self) -> Option<usize> {
        match self.parts() {
            Parts::Listpack(listpack) => Some(listpack.as_bytes().len()),
            Parts::Timed(timed) => Some(timed.listpack().total_bytes()),
            Parts::Table(_) => None,
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
        self.0 = Repr::Large(Box::new(Large::Table(table)));
    }
}

fn set_in_listpack(packed: &mut Packed, field: &[u8], value: &[u8]) -> bool {
    let (field_element, value_element) = (Element::from(field), Element::from(value));
    let listpack = packed.view();
    match listpack.find(field, listpack.first(), 2) {
        Some(place) => {
            if let Some(place) = listpack.next(place) {
                packed.edit(0, |listpack| listpack.replace(place, value_element));
            }
            false
        }
        None => {
            let more = Listpack::entry_bytes(field_element) + Listpack::entry_bytes(value_element);
            packed.edit(more, |listpack| {
                listpack.push_back(field_element);
                listpack.push_back(value_element);
            });
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
