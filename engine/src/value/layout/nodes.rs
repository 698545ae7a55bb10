//! Values that are made of nodes: long lists and streams.

use crate::encoding::Element;
use crate::encoding::listpack::Anatomy;
use crate::encoding::quicklist::{Fill, Node, Quicklist};

use super::super::stream::{self, StreamId};
use super::super::{Limits, Stream};
use super::{Look, PAGE, Parts, Purpose, Role, Strip, first_of_page};

/// What says in the flags of a stream's entry that it has the names of its node.
const SAME_FIELDS: i64 = 2;

/// One page of a quicklist.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    /// How many nodes there are.
    pub nodes: usize,
    /// How big a node may grow.
    pub fill: Fill,
    /// The number of the first node that is described.
    pub from: usize,
    pub shown: Vec<ChainNode>,
    /// The node that is looked into, and what it holds.
    pub opened: Option<(usize, Opened<'a>)>,
}

/// A node of a quicklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainNode {
    /// Whether it is one large element and no listpack.
    pub is_plain: bool,
    pub elements: usize,
    /// Bytes of the listpack or of the element.
    pub bytes: usize,
    /// Bytes that it keeps to grow.
    pub spare: usize,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Opened<'a> {
    Listpack(Strip<'a>),
    /// One large element.
    Plain(&'a [u8]),
}

impl<'a> Chain<'a> {
    pub(super) fn of(quicklist: &'a Quicklist, look: Look, limits: &Limits, parts: &mut Parts) -> Chain<'a> {
        let nodes = quicklist.nodes().len();
        let from = first_of_page(look.from, nodes);
        parts.add(Purpose::Structure, quicklist.list_bytes());
        let mut shown = Vec::new();
        for (number, node) in quicklist.nodes().enumerate() {
            let (is_plain, frame, bytes) = match node {
                // Header and end; to count the rest by entry would be a walk through the whole list.
                Node::Packed(listpack) => (false, listpack.first() + 1, listpack.total_bytes()),
                Node::Plain(text) => (true, 0, text.len()),
            };
            let spare = node.heap_bytes() - bytes;
            parts.add(Purpose::Frame, frame);
            parts.add(Purpose::Content, bytes - frame);
            parts.add(Purpose::Spare, spare);
            if (from..from + PAGE).contains(&number) {
                shown.push(ChainNode { is_plain, elements: node.len(), bytes, spare });
            }
        }
        let number = look.node.min(nodes.saturating_sub(1));
        let opened = quicklist.node(number).map(|node| {
            let inside = match node {
                Node::Packed(listpack) => {
                    let spare = listpack.heap_bytes() - listpack.total_bytes();
                    Opened::Listpack(Strip::of(listpack.view(), spare, look.inside, &[Role::Element]))
                }
                Node::Plain(text) => Opened::Plain(text),
            };
            (number, inside)
        });
        Chain { nodes, fill: limits.list_fill(), from, shown, opened }
    }
}

/// One page of the nodes of a stream.
#[derive(Clone, Debug)]
pub struct StreamNodes<'a> {
    /// How many nodes there are.
    pub nodes: usize,
    /// How many nodes the radix tree has in which Redis keeps them.
    pub radix_nodes: usize,
    /// The number of the first node that is described.
    pub from: usize,
    pub shown: Vec<StreamNode<'a>>,
    /// The node that is looked into, and what it holds.
    pub opened: Option<(usize, Strip<'a>)>,
    /// Bytes and entries of the last node, which is the one that grows; removed entries included.
    pub last: Option<(usize, u64)>,
}

/// A node of a stream.
#[derive(Clone, Debug)]
pub struct StreamNode<'a> {
    /// Its key in the map: the ID that its entries count from.
    pub id: StreamId,
    pub entries: u64,
    /// Entries that were removed and are still there.
    pub deleted: u64,
    /// The names that its entries share.
    pub names: Vec<Element<'a>>,
    /// Bytes of its listpack.
    pub bytes: usize,
    /// Bytes that it keeps to grow.
    pub spare: usize,
}

impl<'a> StreamNodes<'a> {
    pub(super) fn of(stream: &'a Stream, look: Look, parts: &mut Parts) -> StreamNodes<'a> {
        let log = &stream.log;
        let nodes = log.nodes().len();
        let from = first_of_page(look.from, nodes);
        let (mut shown, mut last, mut held) = (Vec::new(), None, 0);
        for (number, (id, node)) in log.nodes().enumerate() {
            let (bytes, frame) = (node.total_bytes(), node.listpack().first() + 1);
            let spare = node.heap_bytes() - bytes;
            parts.add(Purpose::Frame, frame);
            parts.add(Purpose::Content, bytes - frame);
            parts.add(Purpose::Spare, spare);
            held += node.heap_bytes();
            if (from..from + PAGE).contains(&number) {
                let (entries, names) = (node.count(), node.master_names().take(PAGE).collect());
                shown.push(StreamNode { id, entries, deleted: node.count_all() - entries, names, bytes, spare });
            }
            last = Some((bytes, node.count_all()));
        }
        parts.add(Purpose::Map, log.heap_bytes() - held);
        parts.add(Purpose::Structure, size_of::<Stream>());
        parts.add(Purpose::Groups, stream.heap_bytes() - log.heap_bytes());
        let number = look.node.min(nodes.saturating_sub(1));
        let opened = log.nodes().nth(number).map(|(_, node)| (number, strip(node, look.inside)));
        StreamNodes { nodes, radix_nodes: log.radix_tree_nodes(), from, shown, opened, last }
    }
}

/// The listpack of a stream's node.
fn strip(node: &stream::Node, from: usize) -> Strip<'_> {
    let listpack = node.listpack();
    let spare = listpack.heap_bytes() - listpack.total_bytes();
    let mut reader = Reader::default();
    Strip::with_roles(listpack.view(), spare, from, |entry| reader.next(entry))
}

/// Reads the entries of a stream's node from the first on, and knows what each one is for.
#[derive(Debug)]
struct Reader {
    /// What comes next.
    next: Role,
    /// How many names the master entry has.
    master: i64,
    /// How many names or values are still to come.
    left: i64,
    /// Whether names stand before the values.
    has_names: bool,
    is_master: bool,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader { next: Role::Count, master: 0, left: 0, has_names: true, is_master: true }
    }
}

impl Reader {
    fn next(&mut self, entry: &Anatomy<'_>) -> Role {
        let role = self.next;
        let number = entry.element.as_int().unwrap_or(0);
        self.next = match role {
            Role::Count => Role::Deleted,
            Role::Deleted => Role::Fields,
            Role::Fields => {
                self.left = number;
                if self.is_master {
                    self.master = number;
                }
                self.more()
            }
            Role::Name if self.is_master => {
                self.left -= 1;
                self.more()
            }
            Role::Name => Role::Value,
            Role::Value => {
                self.left -= 1;
                self.more()
            }
            Role::MasterEnd => {
                self.is_master = false;
                Role::Flags
            }
            Role::Flags => {
                self.has_names = number & SAME_FIELDS == 0;
                Role::Milliseconds
            }
            Role::Milliseconds => Role::Sequence,
            Role::Sequence if self.has_names => Role::Fields,
            Role::Sequence => {
                self.left = self.master;
                self.more()
            }
            _ => Role::Flags,
        };
        role
    }

    /// What comes next where names and values are to come.
    fn more(&self) -> Role {
        match (self.left > 0, self.is_master) {
            (true, true) => Role::Name,
            (true, false) if self.has_names => Role::Name,
            (true, false) => Role::Value,
            (false, true) => Role::MasterEnd,
            (false, false) => Role::Words,
        }
    }
}
