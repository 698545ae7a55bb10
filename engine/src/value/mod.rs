//! The data types: what a key can hold. Knows nothing of keys, commands or replies.
//!
//! What always holds: a [`Value`] is 24 bytes; each type reports in O(1) what it allocates beyond that; a
//! type moves between its encodings at the same sizes as Redis 7.4, as [`Limits`] say.

pub mod hash;
pub mod layout;
pub mod limits;
pub mod list;
pub mod sample;
pub mod set;
pub mod stream;
pub mod string;
pub mod zset;

pub use hash::{FieldTime, Hash};
pub use limits::Limits;
pub use list::{List, Side};
pub use set::Set;
pub use stream::{Stream, StreamId};
pub use string::StringValue;
pub use zset::{LexBound, ScoreRange, ZSet};

use crate::base::HashSeed;
use crate::encoding::{Dict, Listpack};

/// What a key holds. Values are equal when their content is, in whatever encoding.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string.
    String(StringValue),
    /// A list.
    List(Box<List>),
    /// A hash.
    Hash(Hash),
    /// A set.
    Set(Box<Set>),
    /// A sorted set.
    ZSet(Box<ZSet>),
    /// A stream.
    Stream(Box<Stream>),
}

const _: () = assert!(size_of::<Value>() == 24 || size_of::<usize>() < 8);

impl Value {
    /// What `TYPE` says.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Hash(_) => "hash",
            Value::Set(_) => "set",
            Value::ZSet(_) => "zset",
            Value::Stream(_) => "stream",
        }
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match self {
            Value::String(string) => string.encoding(),
            Value::List(list) => list.encoding(),
            Value::Hash(hash) => hash.encoding(),
            Value::Set(set) => set.encoding(),
            Value::ZSet(zset) => zset.encoding(),
            Value::Stream(_) => "stream",
        }
    }

    /// Elements of a collection; bytes of a string.
    pub fn len(&self) -> usize {
        match self {
            Value::String(string) => string.len(),
            Value::List(list) => list.len(),
            Value::Hash(hash) => hash.len(),
            Value::Set(set) => set.len(),
            Value::ZSet(zset) => zset.len(),
            Value::Stream(stream) => stream.log.len() as usize,
        }
    }

    /// The number of slots of the hash table in which the elements stand, if they do.
    pub fn table_slots(&self) -> Option<usize> {
        match self {
            Value::Hash(hash) => hash.table_slots(),
            Value::Set(set) => set.table_slots(),
            Value::ZSet(zset) => zset.table_slots(),
            Value::String(_) | Value::List(_) | Value::Stream(_) => None,
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The earliest deadline of a field, in milliseconds since the epoch. O(1).
    #[inline]
    pub fn next_field_deadline(&self) -> Option<u64> {
        if let Value::Hash(hash) = self { hash.next_deadline() } else { None }
    }

    /// Whether it has fields and all of them are past their deadline, so that nothing is left of it.
    pub fn is_due(&self, now_ms: u64) -> bool {
        if let Value::Hash(hash) = self { hash.all_due(now_ms) } else { false }
    }

    /// Whether it is a collection without elements, which no key holds. Strings and streams may be empty.
    pub fn is_gone(&self) -> bool {
        !matches!(self, Value::String(_) | Value::Stream(_)) && self.is_empty()
    }

    /// Bytes allocated outside the 24 of the value itself. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        if let Value::String(string) = self { string.heap_bytes() } else { self.heap_bytes_of_collection() }
    }

    fn heap_bytes_of_collection(&self) -> usize {
        match self {
            Value::String(string) => string.heap_bytes(),
            Value::List(list) => size_of::<List>() + list.heap_bytes(),
            Value::Hash(hash) => hash.heap_bytes(),
            Value::Set(set) => size_of::<Set>() + set.heap_bytes(),
            Value::ZSet(zset) => size_of::<ZSet>() + zset.heap_bytes(),
            Value::Stream(stream) => size_of::<Stream>() + stream.heap_bytes(),
        }
    }
}

/// Whether an element stands twice among the first, and then every `step`th, entry of `listpack`. Files from
/// elsewhere are asked this, since a collection with duplicates could never be emptied by name.
fn has_duplicates(listpack: &Listpack, step: usize) -> bool {
    /// Up to here comparing each with each is quicker than a dictionary.
    const FEW: usize = 12;
    let elements = listpack.iter().step_by(step);
    if listpack.len() / step <= FEW {
        return elements.clone().enumerate().any(|(index, one)| elements.clone().take(index).any(|other| one == other));
    }
    let mut seen = Dict::new(HashSeed::default());
    elements.map(|element| element.with_bytes(|bytes| seen.find_or_insert(bytes, || ()).1)).any(|new| !new)
}
