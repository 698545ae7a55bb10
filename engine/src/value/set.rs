//! A set value: an intset while all members are integers, a listpack while it is small, then a dictionary.
//!
//! What always holds: it moves on at the sizes that [`Limits`] say, as Redis 7.2 and later do, and only
//! [`Set::settle`] leads back to an intset. An intset is in numeric order; a listpack in the order in which
//! members came, and a dictionary too until one is removed.

use crate::base::numbers::parse_i64;
use crate::base::{Bytes, Random};
use crate::encoding::listpack::{self, Corrupt};
use crate::encoding::{Dict, Element, Intset, Listpack, dict, intset};

use super::Limits;

/// An intset never holds more, whatever the setting says.
const MAX_INTSET_ENTRIES: usize = 1 << 30;

/// A set; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Set(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Intset(Intset),
    Listpack(Listpack),
    Table(Box<Dict<()>>),
}

impl Set {
    /// The number of slots of its hash table, while it has one.
    pub fn table_slots(&self) -> Option<usize> {
        if let Repr::Table(table) = &self.0 { Some(table.slots()) } else { None }
    }

    /// The dictionary of members, while the set is one.
    pub fn table(&self) -> Option<&Dict<()>> {
        if let Repr::Table(table) = &self.0 { Some(table) } else { None }
    }

    /// A set without members, as an intset.
    pub fn new() -> Set {
        Set(Repr::Intset(Intset::new()))
    }

    /// A set without members, as a listpack. SINTERSTORE begins with one when its smallest source is no intset,
    /// and ends with [`Set::settle`].
    pub fn new_listpack() -> Set {
        Set(Repr::Listpack(Listpack::new()))
    }

    /// A set from an intset (RDB).
    pub fn from_intset(intset: Intset, limits: &Limits) -> Set {
        let mut set = Set(Repr::Intset(intset));
        set.convert_big_intset(limits);
        set
    }

    /// A set from a listpack of members (RDB), which must not have duplicates.
    pub fn from_listpack(listpack: Listpack, limits: &Limits) -> Result<Set, Corrupt> {
        if super::has_duplicates(&listpack, 1) {
            return Err(Corrupt);
        }
        let mut set = Set(Repr::Listpack(listpack));
        if set.len() > limits.set_max_listpack_entries {
            set.convert_to_table(limits, 0);
        }
        Ok(set)
    }

    /// The intset, while the set is one (RDB).
    pub fn intset(&self) -> Option<&Intset> {
        if let Repr::Intset(intset) = &self.0 { Some(intset) } else { None }
    }

    /// The listpack of members, while the set is one (RDB).
    pub fn listpack(&self) -> Option<&Listpack> {
        if let Repr::Listpack(listpack) = &self.0 { Some(listpack) } else { None }
    }

    /// The number of members.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Intset(intset) => intset.len(),
            Repr::Listpack(listpack) => listpack.len(),
            Repr::Table(table) => table.len(),
        }
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Intset(_) => "intset",
            Repr::Listpack(_) => "listpack",
            Repr::Table(_) => "hashtable",
        }
    }

    /// Bytes allocated outside the structure itself. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Intset(intset) => intset.heap_bytes(),
            Repr::Listpack(listpack) => listpack.heap_bytes(),
            Repr::Table(table) => size_of::<Dict<()>>() + table.heap_bytes(),
        }
    }

    /// Tells that `members` are about to be added at once, `first` the first of them (SADD; SMOVE with one). It
    /// settles with which encoding an empty set begins, and whether a small one becomes a dictionary at once,
    /// also when some of the members are the same, as in Redis.
    pub fn expect(&mut self, first: &[u8], members: usize, limits: &Limits) {
        if self.is_empty() {
            let integers = members <= limits.set_max_intset_entries && parse_i64(first).is_some();
            let small = members <= limits.set_max_listpack_entries;
            self.0 = match (integers, small) {
                (true, _) => Repr::Intset(Intset::new()),
                (false, true) => Repr::Listpack(Listpack::new()),
                (false, false) => Repr::Table(Box::new(Dict::with_capacity(limits.hash_seed.clone(), members))),
            };
            return;
        }
        let most = match &self.0 {
            Repr::Intset(_) => limits.set_max_intset_entries,
            Repr::Listpack(_) => limits.set_max_listpack_entries,
            Repr::Table(_) => return,
        };
        if members > most {
            self.convert_to_table(limits, members);
        }
    }

    /// Adds a member; false when it was there.
    pub fn insert<'a>(&mut self, member: impl Into<Element<'a>>, limits: &Limits) -> bool {
        let member = member.into();
        match &mut self.0 {
            Repr::Table(table) => member.with_bytes(|bytes| table.find_or_insert(bytes, || ()).1),
            Repr::Intset(intset) => match member.as_int() {
                Some(number) => {
                    let new = intset.insert(number);
                    if new {
                        self.convert_big_intset(limits);
                    }
                    new
                }
                None => {
                    self.leave_intset(member.len(), limits);
                    self.insert(member, limits)
                }
            },
            Repr::Listpack(listpack) => {
                if member.with_bytes(|bytes| listpack.find(bytes, listpack.first(), 1)).is_some() {
                    return false;
                }
                let short = member.len() <= limits.set_max_listpack_value && listpack.can_grow(member.len());
                if short && listpack.len() < limits.set_max_listpack_entries {
                    listpack.push_back(member);
                    return true;
                }
                self.convert_to_table(limits, 1);
                self.insert(member, limits)
            }
        }
    }

    /// Removes a member; false when it was not there.
    pub fn remove<'a>(&mut self, member: impl Into<Element<'a>>) -> bool {
        let member = member.into();
        match &mut self.0 {
            Repr::Intset(intset) => member.as_int().is_some_and(|number| intset.remove(number)),
            Repr::Listpack(listpack) => match member.with_bytes(|bytes| listpack.find(bytes, listpack.first(), 1)) {
                Some(place) => {
                    listpack.remove(place, 1);
                    true
                }
                None => false,
            },
            Repr::Table(table) => member.with_bytes(|bytes| table.remove(bytes)).is_some(),
        }
    }

    /// Whether it is a member.
    pub fn contains<'a>(&self, member: impl Into<Element<'a>>) -> bool {
        let member = member.into();
        match &self.0 {
            Repr::Intset(intset) => member.as_int().is_some_and(|number| intset.contains(number)),
            Repr::Listpack(listpack) => member.with_bytes(|bytes| listpack.find(bytes, listpack.first(), 1)).is_some(),
            Repr::Table(table) => member.with_bytes(|bytes| table.contains(bytes)),
        }
    }

    /// The members.
    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Repr::Intset(intset) => Iter::Intset(intset.iter()),
            Repr::Listpack(listpack) => Iter::Listpack(listpack.iter()),
            Repr::Table(table) => Iter::Table(table.iter()),
        }
    }

    /// The member at a position in `0..len`; with a random position SRANDMEMBER.
    pub fn at(&self, position: usize) -> Option<Element<'_>> {
        match &self.0 {
            Repr::Intset(intset) => intset.at(position).map(Element::Int),
            Repr::Listpack(listpack) => listpack.at(position),
            Repr::Table(table) => table.at(position).map(|(member, ())| member.into()),
        }
    }

    /// Removes the member at a position in `0..len`.
    pub fn remove_at(&mut self, position: usize) -> Option<Bytes> {
        match &mut self.0 {
            Repr::Intset(intset) => intset.remove_at(position).map(|number| Element::Int(number).to_bytes()),
            Repr::Listpack(listpack) => {
                let place = listpack.seek(position)?;
                let member = listpack.get(place)?.to_bytes();
                listpack.remove(place, 1);
                Some(member)
            }
            Repr::Table(table) => table.remove_at(position).map(|(member, ())| member),
        }
    }

    /// Removes a member, each with the same probability (SPOP).
    pub fn pop(&mut self, random: &mut Random) -> Option<Bytes> {
        self.remove_at(random.index(self.len()))
    }

    /// One step of SSCAN: shows about `count` members and returns the next cursor, 0 at the end. A compact
    /// encoding is shown in one step.
    pub fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(Element<'_>)) -> u64 {
        match &self.0 {
            Repr::Table(table) => table.scan(cursor, count, |_, member, ()| visit(member.into())),
            _ => {
                self.iter().for_each(visit);
                0
            }
        }
    }

    /// Ends the making of a set by SINTERSTORE: when all members are integers and not too many, it becomes an
    /// intset.
    pub fn settle(&mut self, limits: &Limits) {
        if matches!(self.0, Repr::Intset(_)) || self.len() > limits.set_max_intset_entries.min(MAX_INTSET_ENTRIES) {
            return;
        }
        let mut intset = Intset::new();
        for member in self.iter() {
            let Some(number) = member.as_int() else { return };
            intset.insert(number);
        }
        self.0 = Repr::Intset(intset);
    }

    fn convert_big_intset(&mut self, limits: &Limits) {
        if let Repr::Intset(intset) = &self.0
            && intset.len() > limits.set_max_intset_entries.min(MAX_INTSET_ENTRIES)
        {
            self.convert_to_table(limits, 0);
        }
    }

    /// A member of `len` bytes that is no integer is about to come.
    fn leave_intset(&mut self, len: usize, limits: &Limits) {
        let Repr::Intset(intset) = &self.0 else { return };
        let ends = [intset.at(0), intset.len().checked_sub(1).and_then(|last| intset.at(last))];
        let longest = ends.into_iter().flatten().map(|number| Element::Int(number).len()).max().unwrap_or(0).max(len);
        if intset.len() < limits.set_max_listpack_entries && longest <= limits.set_max_listpack_value {
            let mut listpack = Listpack::new();
            intset.iter().for_each(|number| listpack.push_back(Element::Int(number)));
            self.0 = Repr::Listpack(listpack);
        } else {
            self.convert_to_table(limits, 1);
        }
    }

    fn convert_to_table(&mut self, limits: &Limits, more: usize) {
        let mut table = Dict::with_capacity(limits.hash_seed.clone(), self.len() + more);
        for member in self.iter() {
            member.with_bytes(|bytes| table.find_or_insert(bytes, || ()));
        }
        self.0 = Repr::Table(Box::new(table));
    }
}

impl Default for Set {
    fn default() -> Set {
        Set::new()
    }
}

impl PartialEq for Set {
    /// The same members, in whatever order and encoding.
    fn eq(&self, other: &Set) -> bool {
        self.len() == other.len() && self.iter().all(|member| other.contains(member))
    }
}

impl Eq for Set {}

/// The members of a set.
#[derive(Clone)]
pub enum Iter<'a> {
    /// From an intset.
    Intset(intset::Iter<'a>),
    /// From a listpack.
    Listpack(listpack::Iter<'a>),
    /// From a dictionary.
    Table(dict::Iter<'a, ()>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        match self {
            Iter::Intset(integers) => integers.next().map(Element::Int),
            Iter::Listpack(entries) => entries.next(),
            Iter::Table(entries) => entries.next().map(|(member, ())| member.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn verify(set: &Set, model: &BTreeSet<Vec<u8>>) {
        let members: BTreeSet<_> = set.iter().map(Element::to_vec).collect();
        assert_eq!((&members, set.len()), (model, model.len()));
        let (mut shown, mut cursor) = (BTreeSet::new(), 0);
        loop {
            cursor = set.scan(cursor, 7, |member| shown.extend([member.to_vec()]));
            if cursor == 0 {
                break;
            }
        }
        assert_eq!(&shown, model);
    }

    #[test]
    fn agrees_with_a_set_under_random_operations() {
        let mut encodings = BTreeSet::new();
        for seed in 0..80 {
            let mut random = Random::new(seed);
            let limits = Limits {
                set_max_intset_entries: 25,
                set_max_listpack_entries: 30,
                set_max_listpack_value: 20,
                ..Limits::default()
            };
            let (mut set, mut model) = (Set::new(), BTreeSet::new());
            for _ in 0..200 {
                let number = random.below(60) as i64 - 30;
                // How likely letters and long members are differs from run to run.
                let letters = if random.below(400) < seed { "x" } else { "" };
                let long = if random.below(4000) < seed { 20 } else { 0 };
                let text = [letters, &"y".repeat(long), &number.to_string()].concat().into_bytes();
                match random.below(6) {
                    0..=2 if letters.is_empty() && long == 0 => {
                        assert_eq!(set.insert(number, &limits), model.insert(text));
                    }
                    0..=2 => assert_eq!(set.insert(&text[..], &limits), model.insert(text)),
                    3 => assert_eq!(set.remove(&text[..]), model.remove(&text)),
                    4 => assert_eq!(set.contains(&text[..]), model.contains(&text)),
                    _ => {
                        let position = random.index(model.len());
                        let member = set.at(position).map(Element::to_vec);
                        assert_eq!(set.remove_at(position).map(Bytes::into_vec), member);
                        assert!(member.is_none_or(|member| model.remove(&member)));
                    }
                }
                encodings.insert(set.encoding());
                verify(&set, &model);
                let mut table = set.clone();
                table.convert_to_table(&limits, 0);
                assert_eq!(table, set);
            }
            while let Some(member) = set.pop(&mut random) {
                assert!(model.remove(member.as_slice()));
            }
            assert!(model.is_empty());
        }
        assert_eq!(encodings.len(), 3);
    }

    /// Adds `members` in one command and then names the encoding.
    fn check(set: &mut Set, members: &[String], encoding: &str) {
        let limits = Limits::default();
        set.expect(members[0].as_bytes(), members.len(), &limits);
        for member in members {
            set.insert(member.as_bytes(), &limits);
        }
        assert_eq!(set.encoding(), encoding);
    }

    #[test]
    fn takes_the_encodings_of_redis_7_4() {
        let numbers = |range: core::ops::Range<usize>| range.map(|number| number.to_string()).collect::<Vec<_>>();
        let words = |range| numbers(range).iter().map(|number| format!("w{number}")).collect::<Vec<_>>();
        let mut set = Set::new();
        check(&mut set, &numbers(0..512), "intset");
        check(&mut set, &numbers(512..513), "hashtable");
        check(&mut Set::new(), &numbers(0..513), "hashtable");
        let mut set = Set::new();
        check(&mut set, &numbers(0..127), "intset");
        check(&mut set, &words(0..1), "listpack");
        check(&mut set, &words(1..2), "hashtable");
        let mut set = Set::new();
        check(&mut set, &numbers(0..128), "intset");
        check(&mut set, &words(0..1), "hashtable");
        check(&mut Set::new(), &words(0..128), "listpack");
        check(&mut Set::new(), &words(0..129), "hashtable");
        // Duplicates count when they come at once.
        check(&mut Set::new(), &vec!["a".to_string(); 129], "hashtable");
        check(&mut Set::new(), &["x".repeat(64)], "listpack");
        check(&mut Set::new(), &["x".repeat(65)], "hashtable");
    }

    #[test]
    fn an_intersection_settles_as_an_intset() {
        let limits = Limits::default();
        let mut set = Set::new_listpack();
        ["3", "1", "2"].iter().for_each(|member| assert!(set.insert(member.as_bytes(), &limits)));
        assert_eq!((set.encoding(), set.at(0)), ("listpack", Some(Element::Int(3))));
        set.settle(&limits);
        assert_eq!((set.encoding(), set.at(0)), ("intset", Some(Element::Int(1))));
        set.insert(&b"x"[..], &limits);
        set.settle(&limits);
        assert_eq!(set.encoding(), "listpack");
    }
}
