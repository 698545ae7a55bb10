//! How a value stands to the settings that decide about its encoding, and which of them it went past.

use crate::encoding::hyperloglog;

use super::super::string::Place;
use super::super::{Hash, Limits, Set, Value, ZSet};
use super::{Form, Layout, Strip};

/// A dictionary with more entries than this is not walked to find its longest text.
const MOST_WALKED: usize = 20_000;

/// A setting, and how far a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// As CONFIG names it; or what it is, when it cannot be set.
    pub name: &'static str,
    /// Whether CONFIG SET changes it.
    pub is_setting: bool,
    /// How much is allowed.
    pub most: usize,
    /// How much there is.
    pub reached: usize,
    pub unit: Unit,
}

/// What a setting counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Elements, fields, members.
    Entries,
    /// Bytes of the longest element, field, value or member.
    LongestBytes,
    /// Bytes of the whole.
    Bytes,
    /// Bytes of the node that grows, or of the listpack that is not a node yet.
    NodeBytes,
    /// Entries of the node that grows, or of the listpack that is not a node yet.
    NodeEntries,
}

impl Limit {
    fn new(name: &'static str, most: usize, reached: usize, unit: Unit) -> Limit {
        Limit { name, is_setting: true, most, reached, unit }
    }

    /// Whether the value is past it.
    pub fn is_crossed(&self) -> bool {
        self.reached > self.most
    }
}

impl Layout<'_> {
    /// Which limit a value that had the encoding `before` went past to get to this one, as far as it shows.
    pub fn crossed(&self) -> Option<&Limit> {
        self.limits.iter().find(|limit| limit.is_crossed())
    }
}

/// The limits that concern a value in its present form.
pub(super) fn of(value: &Value, form: &Form<'_>, limits: &Limits) -> Vec<Limit> {
    match (value, form) {
        (Value::String(_), form) => of_string(form, limits),
        (Value::List(_), form) => of_list(form, limits),
        (Value::Hash(hash), form) => {
            let longest = longest(form, hash.len(), || longest_of_hash(hash));
            let entries = ("hash-max-listpack-entries", limits.hash_max_listpack_entries);
            both(entries, ("hash-max-listpack-value", limits.hash_max_listpack_value), hash.len(), longest)
        }
        (Value::Set(set), Form::Intset { .. }) => {
            vec![Limit::new("set-max-intset-entries", limits.set_max_intset_entries, set.len(), Unit::Entries)]
        }
        (Value::Set(set), form) => {
            let longest = longest(form, set.len(), || longest_of_set(set));
            let mut all = both(
                ("set-max-listpack-entries", limits.set_max_listpack_entries),
                ("set-max-listpack-value", limits.set_max_listpack_value),
                set.len(),
                longest,
            );
            // A dictionary of integers only was an intset before.
            if matches!(form, Form::Table(_)) && longest.is_some() && set.iter().all(|member| member.as_int().is_some())
            {
                let most = limits.set_max_intset_entries;
                all.insert(0, Limit::new("set-max-intset-entries", most, set.len(), Unit::Entries));
            }
            all
        }
        (Value::ZSet(zset), form) => {
            let longest = longest(form, zset.len(), || longest_of_zset(zset));
            let entries = ("zset-max-listpack-entries", limits.zset_max_listpack_entries);
            both(entries, ("zset-max-listpack-value", limits.zset_max_listpack_value), zset.len(), longest)
        }
        (Value::Stream(_), Form::Stream(nodes)) => {
            let (bytes, entries) = nodes.last.unwrap_or_default();
            let most_entries = usize::try_from(limits.stream_node_max_entries).unwrap_or(usize::MAX);
            let all = [
                Limit::new("stream-node-max-bytes", limits.stream_node_max_bytes, bytes, Unit::NodeBytes),
                Limit::new("stream-node-max-entries", most_entries, entries as usize, Unit::NodeEntries),
            ];
            // 0 is no limit.
            all.into_iter().filter(|limit| limit.most > 0).collect()
        }
        (Value::Stream(_), _) => Vec::new(),
    }
}

fn both(entries: (&'static str, usize), text: (&'static str, usize), len: usize, longest: Option<usize>) -> Vec<Limit> {
    let mut all = vec![Limit::new(entries.0, entries.1, len, Unit::Entries)];
    all.extend(longest.map(|longest| Limit::new(text.0, text.1, longest, Unit::LongestBytes)));
    all
}

fn of_string(form: &Form<'_>, limits: &Limits) -> Vec<Limit> {
    match form {
        Form::Registers(place) if hyperloglog::is_sparse(place.text()) => {
            vec![Limit::new("hll-sparse-max-bytes", limits.hll_sparse_max_bytes, place.text().len(), Unit::Bytes)]
        }
        Form::Registers(_) | Form::Text(Place::Number(_)) => Vec::new(),
        Form::Text(place) => {
            // Which encoding a long string has cannot be set.
            let name = "longest embstr";
            let limit = Limit::new(name, Place::EMBEDDED, place.text().len(), Unit::Bytes);
            vec![Limit { is_setting: false, ..limit }]
        }
        _ => Vec::new(),
    }
}

fn of_list(form: &Form<'_>, limits: &Limits) -> Vec<Limit> {
    const NAME: &str = "list-max-listpack-size";
    let fill = limits.list_fill();
    let (bytes, entries) = match form {
        Form::Listpack(Strip { bytes, entries, .. }) => (*bytes, *entries),
        Form::Quicklist(chain) => {
            // The fullest of the nodes that are described, since both ends grow.
            let packed = || chain.shown.iter().filter(|node| !node.is_plain);
            (packed().map(|node| node.bytes).max().unwrap_or(0), packed().map(|node| node.elements).max().unwrap_or(0))
        }
        _ => return Vec::new(),
    };
    if fill.elements < usize::MAX {
        vec![Limit::new(NAME, fill.elements, entries, Unit::NodeEntries)]
    } else {
        vec![Limit::new(NAME, fill.bytes, bytes, Unit::NodeBytes)]
    }
}

/// The longest text: a listpack has been walked already, a dictionary is when it is not too big.
fn longest(form: &Form<'_>, len: usize, walk: impl FnOnce() -> usize) -> Option<usize> {
    match form {
        Form::Listpack(strip) => Some(strip.totals.longest_text),
        _ => (len <= MOST_WALKED).then(walk),
    }
}

fn longest_of_hash(hash: &Hash) -> usize {
    hash.iter().map(|(field, value)| field.len().max(value.len())).max().unwrap_or(0)
}

fn longest_of_set(set: &Set) -> usize {
    set.iter().map(|member| member.len()).max().unwrap_or(0)
}

fn longest_of_zset(zset: &ZSet) -> usize {
    zset.iter().map(|(member, _)| member.len()).max().unwrap_or(0)
}
