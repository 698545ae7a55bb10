//! A hash value: fields and their values, as a listpack of field, value, field, value ... or as a dictionary.
//!
//! What always holds: it becomes a dictionary at the sizes that [`Limits`] say, and never a listpack again. A
//! listpack keeps the order in which fields came; a dictionary too, until one is removed.

use crate::base::Bytes;
use crate::encoding::dict::{self, Slot};
use crate::encoding::listpack::{self, Corrupt};
use crate::encoding::{Dict, Element, Listpack};

use super::Limits;

/// A hash; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Hash(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Listpack(Listpack),
    Table(Box<Table>),
}

#[derive(Clone, Debug)]
struct Table {
    fields: Dict<Bytes>,
    /// Bytes of values that do not stand inline.
    value_bytes: usize,
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
        let mut hash = Hash(Repr::Listpack(listpack));
        if hash.len() > limits.hash_max_listpack_entries {
            hash.convert(limits);
        }
        Ok(hash)
    }

    /// The listpack of fields and values, while the hash is one (RDB).
    pub fn listpack(&self) -> Option<&Listpack> {
        if let Repr::Listpack(listpack) = &self.0 { Some(listpack) } else { None }
    }

    /// The number of fields.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.len() / 2,
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
            Repr::Table(_) => "hashtable",
        }
    }

    /// Bytes allocated outside the structure itself. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.heap_bytes(),
            Repr::Table(table) => size_of::<Table>() + table.fields.heap_bytes() + table.value_bytes,
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
            Repr::Table(table) => table.fields.get(field).map(Element::from),
        }
    }

    /// Whether `field` is there.
    pub fn contains(&self, field: &[u8]) -> bool {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.find(field, listpack.first(), 2).is_some(),
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

    /// Sets `field`; true when it is new.
    pub fn set(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        if let Repr::Listpack(listpack) = &mut self.0 {
            let fits = field.len().max(value.len()) <= limits.hash_max_listpack_value;
            if fits && listpack.can_grow(field.len() + value.len()) {
                let new = set_in_listpack(listpack, field, value);
                if listpack.len() / 2 > limits.hash_max_listpack_entries {
                    self.convert(limits);
                }
                return new;
            }
            self.convert(limits);
        }
        match &mut self.0 {
            Repr::Listpack(_) => false,
            Repr::Table(table) => table.set(field, Bytes::new(value)),
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
            Repr::Table(table) => match table.fields.remove(field) {
                Some((_, value)) => {
                    table.value_bytes -= value.heap_bytes();
                    true
                }
                None => false,
            },
        }
    }

    /// Fields with their values.
    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Repr::Listpack(listpack) => Iter::Listpack(listpack.iter()),
            Repr::Table(table) => Iter::Table(table.fields.iter()),
        }
    }

    /// The field at a position in `0..len` and its value; with a random position HRANDFIELD.
    pub fn at(&self, position: usize) -> Option<(Element<'_>, Element<'_>)> {
        match &self.0 {
            Repr::Listpack(listpack) => {
                let place = listpack.seek(position.checked_mul(2)?)?;
                let (field, next) = listpack.get_and_next(place)?;
                Some((field, listpack.get(next)?))
            }
            Repr::Table(table) => table.fields.at(position).map(|(field, value)| (field.into(), value.into())),
        }
    }

    /// One step of HSCAN: shows about `count` fields with their values and returns the next cursor, 0 at the
    /// end. A listpack is shown in one step.
    pub fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(Element<'_>, Element<'_>)) -> u64 {
        match &self.0 {
            Repr::Listpack(_) => {
                self.iter().for_each(|(field, value)| visit(field, value));
                0
            }
            Repr::Table(table) => table.fields.scan(cursor, count, |_, field, value| visit(field.into(), value.into())),
        }
    }

    fn convert(&mut self, limits: &Limits) {
        if let Repr::Listpack(_) = &self.0 {
            let fields = Dict::with_capacity(limits.hash_seed.clone(), self.len());
            let mut table = Table { fields, value_bytes: 0 };
            for (field, value) in self.iter() {
                field.with_bytes(|field| table.set(field, value.to_bytes()));
            }
            self.0 = Repr::Table(Box::new(table));
        }
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

impl Table {
    fn set(&mut self, field: &[u8], value: Bytes) -> bool {
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
                false
            }
        }
    }
}

impl Default for Hash {
    fn default() -> Hash {
        Hash::new()
    }
}

impl PartialEq for Hash {
    /// The same fields with the same values, in whatever order and encoding.
    fn eq(&self, other: &Hash) -> bool {
        let same = |(field, value): (Element<'_>, Element<'_>)| {
            field.with_bytes(|field| other.get(field).is_some_and(|own| own == value))
        };
        self.len() == other.len() && self.iter().all(same)
    }
}

impl Eq for Hash {}

/// The fields of a hash with their values.
#[derive(Clone)]
pub enum Iter<'a> {
    /// From a listpack.
    Listpack(listpack::Iter<'a>),
    /// From a dictionary.
    Table(dict::Iter<'a, Bytes>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Element<'a>, Element<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Iter::Listpack(entries) => Some((entries.next()?, entries.next()?)),
            Iter::Table(entries) => entries.next().map(|(field, value)| (field.into(), value.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;
    use std::collections::BTreeMap;

    fn verify(hash: &Hash, model: &BTreeMap<Vec<u8>, Vec<u8>>) {
        let fields: BTreeMap<_, _> = hash.iter().map(|(field, value)| (field.to_vec(), value.to_vec())).collect();
        assert_eq!((&fields, hash.len()), (model, model.len()));
        let mut shown = BTreeMap::new();
        let mut cursor = 0;
        loop {
            cursor = hash.scan(cursor, 7, |field, value| drop(shown.insert(field.to_vec(), value.to_vec())));
            if cursor == 0 {
                break;
            }
        }
        assert_eq!(&shown, model);
        if let Repr::Table(table) = &hash.0 {
            assert_eq!(table.value_bytes, table.fields.iter().map(|(_, value)| value.heap_bytes()).sum::<usize>());
        }
    }

    #[test]
    fn agrees_with_a_map_under_random_operations() {
        for seed in 0..60 {
            let mut random = Random::new(seed);
            let limits = Limits { hash_max_listpack_entries: 30, hash_max_listpack_value: 30, ..Limits::default() };
            let (mut hash, mut model) = (Hash::new(), BTreeMap::new());
            for _ in 0..300 {
                // In half of the runs nothing is too long for a listpack.
                let mut text = || {
                    let long = seed % 2 == 0 && random.below(50) == 0;
                    [random.below(60).to_string(), "x".repeat(if long { 31 } else { 0 })].concat().into_bytes()
                };
                let (field, value) = (text(), text());
                let was_listpack = hash.encoding() == "listpack";
                match random.below(5) {
                    0 | 1 => {
                        assert_eq!(hash.set(&field, &value, &limits), !model.contains_key(&field));
                        let big = model.len() >= 30 && !model.contains_key(&field) || field.len().max(value.len()) > 30;
                        assert_eq!(hash.encoding() == "listpack", was_listpack && !big);
                        model.insert(field, value);
                    }
                    2 => assert_eq!(hash.remove(&field), model.remove(&field).is_some()),
                    3 => {
                        assert_eq!(hash.get(&field).map(Element::to_vec).as_ref(), model.get(&field));
                        assert_eq!(hash.contains(&field), model.contains_key(&field));
                    }
                    _ => {
                        let position = random.index(model.len() + 1);
                        let found = hash.at(position).map(|(field, value)| (field.to_vec(), value.to_vec()));
                        assert_eq!(found.is_some(), position < model.len());
                        assert!(found.is_none_or(|(field, value)| model.get(&field) == Some(&value)));
                    }
                }
                verify(&hash, &model);
            }
            let mut table = hash.clone();
            table.convert(&limits);
            assert_eq!((&table, table.encoding()), (&hash, "hashtable"));
            table.set(b"new", b"", &limits);
            assert_ne!(table, hash);
        }
    }

    #[test]
    fn many_fields_at_once_make_a_table() {
        let limits = Limits { hash_max_listpack_entries: 128, ..Limits::default() };
        let mut hash = Hash::new();
        hash.set(b"a", b"1", &limits);
        hash.expect(128, &limits);
        assert_eq!(hash.encoding(), "listpack");
        hash.expect(129, &limits);
        assert_eq!((hash.encoding(), hash.get(b"a").map(Element::to_vec)), ("hashtable", Some(b"1".to_vec())));
    }

    #[test]
    fn odd_and_duplicate_listpacks_are_refused() {
        let load = |entries: &[&str]| {
            let mut listpack = Listpack::new();
            entries.iter().for_each(|text| listpack.push_back(text.as_bytes().into()));
            Hash::from_listpack(listpack, &Limits::default()).map(|hash| hash.len())
        };
        assert_eq!(load(&["a", "1", "b", "1"]), Ok(2));
        assert_eq!(load(&["a", "1", "b"]), Err(Corrupt));
        assert_eq!(load(&["7", "1", "b", "2", "7", "3"]), Err(Corrupt));
        let many: Vec<String> = (0..200).map(|number| (number / 2).to_string()).collect();
        let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(load(&many), Ok(100));
        many[198] = "0";
        assert_eq!(load(&many), Err(Corrupt));
    }
}
