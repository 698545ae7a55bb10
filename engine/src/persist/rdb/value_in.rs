//! Reading a value of any type code, old and new.
//!
//! Compact encodings are checked entry by entry before anything uses them. A collection may come out empty; a
//! member, field or element that stands twice where it must not is damage.

use std::borrow::Cow;

use super::error::{LoadError, Problem};
use super::format::{container, kind};
use super::legacy;
use super::source::Source;
use super::stream_in;
use crate::base::numbers;
use crate::encoding::quicklist::Node;
use crate::encoding::{Element, Intset, Listpack, Quicklist};
use crate::value::hash::MAX_DEADLINE_MS;
use crate::value::{Hash, Limits, List, Set, StringValue, Value, ZSet};

/// Reads the content of a value whose type code is `code`.
pub fn read(source: &mut Source<'_>, code: u8, limits: &Limits) -> Result<Value, LoadError> {
    Ok(match code {
        kind::STRING => Value::String(read_string(source)?),
        kind::LIST | kind::LIST_ZIPLIST | kind::LIST_QUICKLIST | kind::LIST_QUICKLIST_2 => {
            Value::List(Box::new(read_list(source, code, limits)?))
        }
        kind::SET | kind::SET_INTSET | kind::SET_LISTPACK => Value::Set(Box::new(read_set(source, code, limits)?)),
        kind::ZSET | kind::ZSET_2 | kind::ZSET_ZIPLIST | kind::ZSET_LISTPACK => {
            Value::ZSet(Box::new(read_zset(source, code, limits)?))
        }
        kind::HASH | kind::HASH_ZIPMAP | kind::HASH_ZIPLIST | kind::HASH_LISTPACK => {
            Value::Hash(read_hash(source, code, limits)?)
        }
        kind::HASH_METADATA_PRE_RELEASE | kind::HASH_METADATA => {
            Value::Hash(read_hash_with_times(source, code, limits)?)
        }
        kind::HASH_LISTPACK_EX_PRE_RELEASE | kind::HASH_LISTPACK_EX => {
            Value::Hash(read_hash_listpack_with_times(source, code, limits)?)
        }
        kind::STREAM_LISTPACKS | kind::STREAM_LISTPACKS_2 | kind::STREAM_LISTPACKS_3 => {
            Value::Stream(Box::new(stream_in::read(source, code)?))
        }
        kind::MODULE_2 => return Err(unsupported_module(source)),
        kind::MODULE_PRE_RELEASE => return Err(unsupported(source, "a module's value from before Redis 4.0")),
        _ => return Err(source.error(Problem::UnknownType { code })),
    })
}

fn unsupported(source: &Source<'_>, what: &str) -> LoadError {
    source.error(Problem::Unsupported { what: what.to_owned() })
}

/// A module's id is nine characters of six bits and ten bits of version.
fn unsupported_module(source: &mut Source<'_>) -> LoadError {
    const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let id = match source.length() {
        Ok(id) => id,
        Err(error) => return error,
    };
    let character = |index: u64| CHARACTERS.get((id >> (58 - 6 * index) & 63) as usize).copied().unwrap_or(b'?');
    let name: String = (0..9).map(|index| char::from(character(index))).collect();
    unsupported(source, &format!("a value of the module {name}"))
}

fn read_string(source: &mut Source<'_>) -> Result<StringValue, LoadError> {
    Ok(match source.string()? {
        Cow::Borrowed(text) => StringValue::from_bytes(text),
        Cow::Owned(text) if text.len() <= numbers::I64_DIGITS => StringValue::from_bytes(&text),
        Cow::Owned(text) => StringValue::from_vec(text),
    })
}

pub(super) fn read_listpack(source: &mut Source<'_>) -> Result<Listpack, LoadError> {
    let bytes = source.string()?.into_owned();
    Listpack::from_bytes(bytes).map_err(|_| source.corrupt("a listpack is damaged"))
}

/// The elements of a ziplist or zipmap in a string.
fn read_legacy(
    source: &mut Source<'_>,
    unpack: fn(&[u8]) -> Result<legacy::Elements, LoadError>,
) -> Result<legacy::Elements, LoadError> {
    let bytes = source.string()?;
    unpack(&bytes).map_err(|inner| {
        source.error(match inner.problem {
            Problem::Truncated => Problem::Corrupt { what: "a ziplist or zipmap is cut off" },
            problem => problem,
        })
    })
}

/// Nodes stay as the file has them; a list that is small enough then becomes a listpack.
fn read_list(source: &mut Source<'_>, code: u8, limits: &Limits) -> Result<List, LoadError> {
    let fill = limits.list_fill();
    let mut quicklist = Quicklist::new();
    let push = |quicklist: &mut Quicklist, element: &[u8]| quicklist.push_back(Element::Bytes(element), fill);
    let nodes = if code == kind::LIST_ZIPLIST { 1 } else { source.length()? };
    for _ in 0..nodes {
        match code {
            kind::LIST => push(&mut quicklist, &source.string()?),
            kind::LIST_ZIPLIST | kind::LIST_QUICKLIST => {
                read_legacy(source, legacy::ziplist)?.iter().for_each(|element| push(&mut quicklist, element));
            }
            _ => match source.length()? {
                container::PLAIN => quicklist.push_node(Node::Plain(source.string()?.into_owned().into_boxed_slice())),
                container::PACKED => quicklist.push_node(Node::Packed(read_listpack(source)?)),
                _ => return Err(source.corrupt("a list's node is of an unknown sort")),
            },
        }
    }
    Ok(List::from_quicklist(quicklist, limits))
}

fn read_set(source: &mut Source<'_>, code: u8, limits: &Limits) -> Result<Set, LoadError> {
    match code {
        kind::SET_INTSET => {
            let intset = Intset::from_bytes(source.string()?.into_owned());
            let intset = intset.map_err(|_| source.corrupt("an intset is damaged"))?;
            Ok(Set::from_intset(intset, limits))
        }
        kind::SET_LISTPACK => {
            let listpack = read_listpack(source)?;
            Set::from_listpack(listpack, limits).map_err(|_| source.corrupt("a set has a member twice"))
        }
        _ => {
            let mut set = Set::new();
            for _ in 0..source.length()? {
                let member = source.string()?;
                if !set.insert(&*member, limits) {
                    return Err(source.corrupt("a set has a member twice"));
                }
            }
            Ok(set)
        }
    }
}

fn read_zset(source: &mut Source<'_>, code: u8, limits: &Limits) -> Result<ZSet, LoadError> {
    let mut zset = ZSet::new();
    match code {
        kind::ZSET_LISTPACK => {
            let listpack = read_listpack(source)?;
            return ZSet::from_listpack(listpack, limits).map_err(|_| source.corrupt("a sorted set is damaged"));
        }
        kind::ZSET_ZIPLIST => {
            for (member, score) in pairs(source, legacy::ziplist)? {
                let score = numbers::parse_f64_range_end(&score).filter(|_| !score.is_empty());
                let score = score.ok_or_else(|| source.corrupt("a score is not a number"))?;
                add_member(source, &mut zset, &member, score, limits)?;
            }
        }
        _ => {
            for _ in 0..source.length()? {
                let member = source.string()?;
                let score = if code == kind::ZSET { source.text_score()? } else { source.score()? };
                add_member(source, &mut zset, &member, score, limits)?;
            }
        }
    }
    Ok(zset)
}

fn add_member(
    source: &Source<'_>,
    zset: &mut ZSet,
    member: &[u8],
    score: f64,
    limits: &Limits,
) -> Result<(), LoadError> {
    if zset.insert(member, score, limits).is_none() {
        Ok(())
    } else {
        Err(source.corrupt("a sorted set has a member twice"))
    }
}

type Pair = (Vec<u8>, Vec<u8>);

/// The elements of a ziplist or zipmap two by two.
fn pairs(
    source: &mut Source<'_>,
    unpack: fn(&[u8]) -> Result<legacy::Elements, LoadError>,
) -> Result<Vec<Pair>, LoadError> {
    let mut elements = read_legacy(source, unpack)?.into_iter();
    let mut pairs = Vec::with_capacity(elements.len() / 2);
    while let Some(first) = elements.next() {
        let second = elements.next().ok_or_else(|| source.corrupt("the last of a row of pairs is missing"))?;
        pairs.push((first, second));
    }
    Ok(pairs)
}

fn read_hash(source: &mut Source<'_>, code: u8, limits: &Limits) -> Result<Hash, LoadError> {
    let mut hash = Hash::new();
    match code {
        kind::HASH_LISTPACK => {
            let listpack = read_listpack(source)?;
            return Hash::from_listpack(listpack, limits).map_err(|_| source.corrupt("a hash has a field twice"));
        }
        kind::HASH_ZIPLIST | kind::HASH_ZIPMAP => {
            let unpack = if code == kind::HASH_ZIPLIST { legacy::ziplist } else { legacy::zipmap };
            for (field, value) in pairs(source, unpack)? {
                set_field(source, &mut hash, &field, &value, limits)?;
            }
        }
        _ => {
            for _ in 0..source.length()? {
                let (field, value) = (source.string()?, source.string()?);
                set_field(source, &mut hash, &field, &value, limits)?;
            }
        }
    }
    Ok(hash)
}

fn set_field(
    source: &Source<'_>,
    hash: &mut Hash,
    field: &[u8],
    value: &[u8],
    limits: &Limits,
) -> Result<(), LoadError> {
    if hash.set(field, value, limits) { Ok(()) } else { Err(source.corrupt("a hash has a field twice")) }
}

/// A hash of Redis 7.4 with deadlines of fields: `earliest deadline, count, (time, field, value) ...`. A time of 0 is
/// none; others count from the earliest deadline, which is 1. Before the release there was no earliest deadline, and
/// times were absolute.
fn read_hash_with_times(source: &mut Source<'_>, code: u8, limits: &Limits) -> Result<Hash, LoadError> {
    let relative = code == kind::HASH_METADATA;
    let earliest = if relative { u64::from_le_bytes(source.array()?) } else { 1 };
    let mut hash = Hash::new();
    hash.allow_times();
    for _ in 0..source.length()? {
        let time = source.length()?;
        let (field, value) = (source.string()?, source.string()?);
        set_field(source, &mut hash, &field, &value, limits)?;
        if time != 0 {
            let deadline = (time - 1).checked_add(earliest).filter(|deadline| (1..=MAX_DEADLINE_MS).contains(deadline));
            let deadline = deadline.ok_or_else(|| source.corrupt("the deadline of a field is out of range"))?;
            hash.set_deadline(&field, Some(deadline));
        }
    }
    Ok(hash)
}

/// The same as a listpack of `field, value, time` ... in which times are absolute.
fn read_hash_listpack_with_times(source: &mut Source<'_>, code: u8, limits: &Limits) -> Result<Hash, LoadError> {
    if code == kind::HASH_LISTPACK_EX {
        source.array::<8>()?;
    }
    let listpack = read_listpack(source)?;
    Hash::from_timed_listpack(listpack, limits)
        .map_err(|_| source.corrupt("a hash with deadlines has a field twice or a time that is none"))
}
