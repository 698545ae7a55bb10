//! How a value really stands in memory, for those who want to see it: its encoding, its bytes and what each of them is
//! for. Reading it changes nothing and is no command.
//!
//! What always holds: the encoding is what `OBJECT ENCODING` says; the bytes of the parts are together what the value
//! accounts for ([`Value::heap_bytes`]); what is described of a long list is one page of it, with counts of the rest.
//! To describe a value costs O(its nodes) and one walk through the listpack that is described.

mod limit;
mod nodes;
mod strip;
mod table;
#[cfg(test)]
mod tests;

pub use limit::{Limit, Unit};
pub use nodes::{Chain, ChainNode, Opened, StreamNode, StreamNodes};
pub use strip::{Role, Strip, Totals};
pub use table::{Table, TableEntry};

use crate::encoding::hyperloglog;
use crate::encoding::sorted::{LeafShape, TreeShape};
use crate::encoding::{Intset, Listpack};

use super::string::Place;
use super::{Limits, Value};

/// Entries, nodes or slots that are described at most.
pub const PAGE: usize = 100;

/// Which page of a value to describe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The first entry, node or slot.
    pub from: usize,
    /// The node that is looked into, of those that have nodes.
    pub node: usize,
    /// The first entry in it.
    pub inside: usize,
}

/// How a value stands in memory.
#[derive(Clone, Debug)]
pub struct Layout<'a> {
    /// What `OBJECT ENCODING` says.
    pub encoding: &'static str,
    /// What its bytes are for; together they are [`Value::heap_bytes`].
    pub parts: Vec<Part>,
    /// How it stands to the settings that decide about its encoding.
    pub limits: Vec<Limit>,
    pub form: Form<'a>,
}

/// Some bytes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub purpose: Purpose,
    pub bytes: usize,
}

/// What bytes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The structures that lead to the rest: pointers, lengths, counts.
    Structure,
    /// What stands before and behind entries: total lengths, counts, end marks.
    Frame,
    /// What says of each entry what it is.
    Encoding,
    /// What was put in.
    Content,
    /// The length of each entry, to walk backwards.
    BackLength,
    /// The table that leads from a hash to a position.
    Slots,
    /// The entries of a dictionary, in which short texts stand too.
    Entries,
    /// Texts that are too long to stand in their entries.
    Texts,
    /// The order of deadlines of fields.
    Deadlines,
    /// The tree in which members are in order.
    Tree,
    /// The map from IDs to nodes.
    Map,
    /// Consumer groups.
    Groups,
    /// Room that is not in use.
    Spare,
}

/// What a value is made of.
#[derive(Clone, Debug)]
pub enum Form<'a> {
    /// A string, and where it stands.
    Text(Place<'a>),
    /// A string that is a HyperLogLog.
    Registers(Place<'a>),
    Listpack(Strip<'a>),
    Intset {
        intset: &'a Intset,
        from: usize,
    },
    Quicklist(Chain<'a>),
    Table(Table<'a>),
    /// Members in a dictionary, and their order in a tree.
    Sorted {
        table: Table<'a>,
        tree: TreeShape,
        leaf: Option<LeafShape<'a>>,
    },
    Stream(StreamNodes<'a>),
}

impl Form<'_> {
    /// Whether it is a HyperLogLog whose registers are kept as runs.
    pub fn is_sparse(&self) -> bool {
        matches!(self, Form::Registers(place) if hyperloglog::is_sparse(place.text()))
    }
}

impl Place<'_> {
    /// The text, unless it stands as a number.
    pub fn text(&self) -> &[u8] {
        match self {
            Place::Number(_) => &[],
            Place::Inline(text) | Place::Exact(text) | Place::Grown { text, .. } => text,
        }
    }
}

impl Value {
    /// How the value stands in memory, the page of it that `look` says.
    pub fn layout(&self, look: Look, limits: &Limits) -> Layout<'_> {
        let mut parts = Parts::default();
        let form = self.form(look, limits, &mut parts);
        let limits = limit::of(self, &form, limits);
        debug_assert_eq!(parts.0.iter().map(|part| part.bytes).sum::<usize>(), self.heap_bytes());
        Layout { encoding: self.encoding(), parts: parts.0, limits, form }
    }

    fn form<'a>(&'a self, look: Look, limits: &Limits, parts: &mut Parts) -> Form<'a> {
        match self {
            Value::String(string) => {
                let place = string.place();
                match place {
                    Place::Number(_) | Place::Inline(_) => {}
                    Place::Exact(text) => parts.add(Purpose::Content, text.len()),
                    Place::Grown { text, capacity } => {
                        parts.add(Purpose::Structure, size_of::<Vec<u8>>());
                        parts.add(Purpose::Content, text.len());
                        parts.add(Purpose::Spare, capacity.saturating_sub(text.len()));
                    }
                }
                if hyperloglog::is_valid(place.text()) { Form::Registers(place) } else { Form::Text(place) }
            }
            Value::List(list) => {
                let outside = self.heap_bytes() - list.heap_bytes();
                match (list.listpack(), list.quicklist()) {
                    (_, Some(quicklist)) => {
                        parts.add(Purpose::Structure, outside + list.heap_bytes() - quicklist.heap_bytes());
                        Form::Quicklist(Chain::of(quicklist, look, limits, parts))
                    }
                    (listpack, None) => {
                        parts.add(Purpose::Structure, outside);
                        packed(listpack, look, &[Role::Element], parts)
                    }
                }
            }
            Value::Hash(hash) => {
                if let Some(table) = hash.table() {
                    let texts: usize = table.iter().map(|(_, value)| value.heap_bytes()).sum();
                    let fixed = hash.large_bytes();
                    parts.add(Purpose::Structure, fixed);
                    let table_bytes = table.heap_bytes() + texts + fixed;
                    let form = Table::of_hash(table, hash, look, parts);
                    parts.add(Purpose::Texts, texts);
                    parts.add(Purpose::Deadlines, hash.heap_bytes().saturating_sub(table_bytes));
                    return Form::Table(form);
                }
                if let Some(timed) = hash.timed_listpack() {
                    parts.add(Purpose::Structure, hash.heap_bytes() - timed.heap_bytes());
                    return packed(Some(timed), look, &[Role::Field, Role::Value, Role::Deadline], parts);
                }
                match hash.listpack() {
                    Some(view) => {
                        let strip = Strip::of(view, 0, look.from, &[Role::Field, Role::Value]);
                        strip.account(parts);
                        Form::Listpack(strip)
                    }
                    None => Form::Listpack(Strip::default()),
                }
            }
            Value::Set(set) => {
                let outside = self.heap_bytes() - set.heap_bytes();
                match (set.intset(), set.table()) {
                    (Some(intset), _) => {
                        let frame = intset.as_bytes().len() - intset.len() * intset.width();
                        parts.add(Purpose::Structure, outside);
                        parts.add(Purpose::Frame, frame);
                        parts.add(Purpose::Content, intset.len() * intset.width());
                        parts.add(Purpose::Spare, intset.heap_bytes() - intset.as_bytes().len());
                        Form::Intset { intset, from: first_of_page(look.from, intset.len()) }
                    }
                    (None, Some(table)) => {
                        parts.add(Purpose::Structure, outside + set.heap_bytes() - table.heap_bytes());
                        Form::Table(Table::of_set(table, look, parts))
                    }
                    (None, None) => {
                        parts.add(Purpose::Structure, outside);
                        packed(set.listpack(), look, &[Role::Member], parts)
                    }
                }
            }
            Value::ZSet(zset) => {
                let outside = self.heap_bytes() - zset.heap_bytes();
                match zset.sorted() {
                    Some(sorted) => {
                        let members = sorted.members();
                        let tree_bytes = sorted.heap_bytes() - members.heap_bytes();
                        parts.add(Purpose::Structure, outside + zset.heap_bytes() - sorted.heap_bytes());
                        let table = Table::of_members(members, look, parts);
                        parts.add(Purpose::Tree, tree_bytes);
                        let tree = sorted.tree_shape(look.node, PAGE);
                        let leaves = tree.levels.last().map_or(0, |level| level.nodes);
                        let leaf = sorted.leaf_shape(look.node.min(leaves.saturating_sub(1)));
                        Form::Sorted { table, tree, leaf }
                    }
                    None => {
                        parts.add(Purpose::Structure, outside);
                        packed(zset.listpack(), look, &[Role::Member, Role::Score], parts)
                    }
                }
            }
            Value::Stream(stream) => Form::Stream(StreamNodes::of(stream, look, parts)),
        }
    }
}

fn packed<'a>(listpack: Option<&'a Listpack>, look: Look, roles: &[Role], parts: &mut Parts) -> Form<'a> {
    let Some(listpack) = listpack else { return Form::Listpack(Strip::default()) };
    let spare = listpack.heap_bytes() - listpack.total_bytes();
    let strip = Strip::of(listpack.view(), spare, look.from, roles);
    strip.account(parts);
    Form::Listpack(strip)
}

/// The first place of the page that holds `from`, or of the last page.
fn first_of_page(from: usize, len: usize) -> usize {
    from.min(len.saturating_sub(1)) / PAGE * PAGE
}

/// The parts of a value, as they are found.
#[derive(Debug, Default)]
struct Parts(Vec<Part>);

impl Parts {
    /// Counts some bytes; none are no part.
    fn add(&mut self, purpose: Purpose, bytes: usize) {
        match self.0.iter_mut().find(|part| part.purpose == purpose) {
            Some(part) => part.bytes += bytes,
            None if bytes == 0 => {}
            None => self.0.push(Part { purpose, bytes }),
        }
    }
}
