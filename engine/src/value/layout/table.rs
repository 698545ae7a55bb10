//! A dictionary: the table of slots and the pages of entries.

use crate::base::Bytes;
use crate::encoding::Dict;
use crate::encoding::dict::Shape;

use super::super::Hash;
use super::{Look, PAGE, Parts, Purpose, first_of_page};

/// One page of a dictionary.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    pub shape: Shape,
    /// How many entries there are.
    pub entries: usize,
    /// The position of the first one that is described.
    pub from: usize,
    pub shown: Vec<TableEntry<'a>>,
    /// The first slot that is described.
    pub first_slot: usize,
    /// The position that stands in each slot, where one does.
    pub slots: Vec<Option<usize>>,
}

/// An entry of a dictionary.
#[derive(Clone, Copy, Debug)]
pub struct TableEntry<'a> {
    /// The field or member, and its bytes outside the entry.
    pub key: &'a [u8],
    pub key_outside: usize,
    /// The value of a field, and its bytes outside the entry.
    pub value: Option<&'a [u8]>,
    pub value_outside: usize,
    /// The score of a member of a sorted set.
    pub score: Option<f64>,
    /// Until when a field lives, in milliseconds since the epoch.
    pub deadline: Option<u64>,
}

impl<'a> TableEntry<'a> {
    fn new(key: &'a Bytes) -> TableEntry<'a> {
        let (key, key_outside) = (key.as_slice(), key.heap_bytes());
        TableEntry { key, key_outside, value: None, value_outside: 0, score: None, deadline: None }
    }
}

impl<'a> Table<'a> {
    pub(super) fn of_hash(dict: &'a Dict<Bytes>, hash: &'a Hash, look: Look, parts: &mut Parts) -> Table<'a> {
        Table::of(dict, look, parts, |position, key, value| TableEntry {
            value: Some(value),
            value_outside: value.heap_bytes(),
            deadline: hash.deadline_at(position),
            ..TableEntry::new(key)
        })
    }

    pub(super) fn of_set(dict: &'a Dict<()>, look: Look, parts: &mut Parts) -> Table<'a> {
        Table::of(dict, look, parts, |_, key, ()| TableEntry::new(key))
    }

    pub(super) fn of_members(dict: &'a Dict<f64>, look: Look, parts: &mut Parts) -> Table<'a> {
        Table::of(dict, look, parts, |_, key, &score| TableEntry { score: Some(score), ..TableEntry::new(key) })
    }

    fn of<V>(
        dict: &'a Dict<V>,
        look: Look,
        parts: &mut Parts,
        entry: impl Fn(usize, &'a Bytes, &'a V) -> TableEntry<'a>,
    ) -> Table<'a> {
        let shape = dict.shape();
        parts.add(Purpose::Slots, shape.table_bytes);
        parts.add(Purpose::Structure, shape.list_bytes);
        parts.add(Purpose::Entries, shape.used_page_bytes);
        parts.add(Purpose::Spare, shape.page_bytes - shape.used_page_bytes);
        parts.add(Purpose::Texts, dict.key_bytes());
        let from = first_of_page(look.from, dict.len());
        let first_slot = first_of_page(look.inside, shape.slots);
        let shown = (from..from + PAGE).filter_map(|position| {
            let (key, value) = dict.at(position)?;
            Some(entry(position, key, value))
        });
        let slots = (first_slot..shape.slots.min(first_slot + PAGE)).map(|slot| dict.in_slot(slot));
        Table { shape, entries: dict.len(), from, shown: shown.collect(), first_slot, slots: slots.collect() }
    }
}
