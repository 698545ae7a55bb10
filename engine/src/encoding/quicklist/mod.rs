//! The quicklist: a long list as a deque of listpacks, so that pushes and pops at both ends are O(1) and the
//! inside is as compact as a listpack. Knows nothing of list commands.
//!
//! What always holds: no node is empty, and a node grows only while its [`Fill`] allows it. An element too
//! large for a listpack of that size stands alone, as plain bytes. An insertion joins small neighbours, a
//! removal does not, as in Redis, where that decides about the list's encoding. Nodes are not compressed.

use std::collections::{VecDeque, vec_deque};

use crate::base::Bytes;

use super::element::{Element, Needle};
use super::listpack::{self, Listpack};

/// A node that is limited by its number of elements is not bigger than this either.
const SAFE_BYTES: usize = 8192;
/// What an entry adds to its text at most, as Redis estimates it.
const ENTRY_OVERHEAD: usize = 8;

/// How big a node may grow: `list-max-listpack-size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The most bytes of a listpack.
    pub bytes: usize,
    /// The most elements of a listpack.
    pub elements: usize,
}

impl Fill {
    /// What the setting means: 4, 8, 16, 32, 64 KB for -1 to -5, otherwise a number of elements.
    pub fn new(setting: i64) -> Fill {
        match setting {
            ..=-5 => Fill { bytes: 65_536, elements: usize::MAX },
            -4 => Fill { bytes: 32_768, elements: usize::MAX },
            -3 => Fill { bytes: 16_384, elements: usize::MAX },
            -2 => Fill { bytes: 8192, elements: usize::MAX },
            -1 => Fill { bytes: 4096, elements: usize::MAX },
            elements => Fill { bytes: SAFE_BYTES, elements: usize::try_from(elements).unwrap_or(usize::MAX).max(1) },
        }
    }

    /// Whether a listpack may have this size.
    #[inline]
    pub fn allows(&self, bytes: usize, elements: usize) -> bool {
        bytes <= self.bytes && elements <= self.elements
    }
}

/// A long list; see the module's documentation.
#[derive(Clone, Debug, Default)]
pub struct Quicklist {
    nodes: VecDeque<Node>,
    len: usize,
    /// What the nodes have on the heap.
    node_bytes: usize,
}

/// A part of the list.
#[derive(Clone, Debug)]
pub enum Node {
    /// Elements in a listpack.
    Packed(Listpack),
    /// One large element.
    Plain(Box<[u8]>),
}

impl Node {
    /// The number of its elements.
    #[allow(clippy::len_without_is_empty, reason = "no node is empty")]
    pub fn len(&self) -> usize {
        match self {
            Node::Packed(listpack) => listpack.len(),
            Node::Plain(_) => 1,
        }
    }

    /// Bytes on the heap. O(1).
    pub fn heap_bytes(&self) -> usize {
        match self {
            Node::Packed(listpack) => listpack.heap_bytes(),
            Node::Plain(bytes) => bytes.len(),
        }
    }

    /// Whether an element of `len` bytes may come in.
    fn allows(&self, len: usize, fill: Fill) -> bool {
        match self {
            Node::Packed(listpack) => {
                fill.allows(listpack.total_bytes() + len + ENTRY_OVERHEAD, listpack.len() + 1) && len <= fill.bytes
            }
            Node::Plain(_) => false,
        }
    }

    fn new(element: Element<'_>, fill: Fill) -> Node {
        match element {
            Element::Bytes(bytes) if bytes.len() > fill.bytes => Node::Plain(bytes.into()),
            _ => {
                let mut listpack = Listpack::new();
                listpack.push_back(element);
                Node::Packed(listpack)
            }
        }
    }
}

impl Quicklist {
    /// A list without elements.
    pub fn new() -> Quicklist {
        Quicklist::default()
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes on the heap. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        self.node_bytes + self.nodes.capacity() * size_of::<Node>()
    }

    /// Bytes of the list of nodes, without what they hold.
    pub fn list_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
    }

    /// The node number `number`.
    pub fn node(&self, number: usize) -> Option<&Node> {
        self.nodes.get(number)
    }

    /// The nodes (RDB).
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Node> {
        self.nodes.iter()
    }

    /// The only node's listpack, when there is one node and it has one.
    pub fn only_listpack(&self) -> Option<&Listpack> {
        match self.nodes.front() {
            Some(Node::Packed(listpack)) if self.nodes.len() == 1 => Some(listpack),
            _ => None,
        }
    }

    /// The same by value; an empty listpack when there is none.
    pub fn into_listpack(mut self) -> Listpack {
        match self.nodes.pop_front() {
            Some(Node::Packed(listpack)) => listpack,
            _ => Listpack::new(),
        }
    }

    /// Adds a node at the end, if it is not empty (RDB).
    pub fn push_node(&mut self, node: Node) {
        if node.len() > 0 {
            self.insert_node(self.nodes.len(), node);
        }
    }

    /// Adds an element at the end.
    pub fn push_back(&mut self, element: Element<'_>, fill: Fill) {
        if let Some(last) = self.nodes.len().checked_sub(1) {
            if self.node_allows(last, element.len(), fill) {
                self.change_listpack(last, |listpack| listpack.push_back(element));
                self.len += 1;
                return;
            }
            self.seal(last);
        }
        self.insert_node(self.nodes.len(), Node::new(element, fill));
    }

    /// Adds an element at the beginning.
    pub fn push_front(&mut self, element: Element<'_>, fill: Fill) {
        if self.node_allows(0, element.len(), fill) {
            self.change_listpack(0, |listpack| listpack.push_front(element));
            self.len += 1;
            return;
        }
        self.seal(0);
        self.insert_node(0, Node::new(element, fill));
    }

    /// Removes the first element.
    pub fn pop_front(&mut self) -> Option<Bytes> {
        self.pop(0, |listpack| Some(listpack.first()))
    }

    /// Removes the last element.
    pub fn pop_back(&mut self) -> Option<Bytes> {
        self.pop(self.nodes.len().checked_sub(1)?, |listpack| listpack.previous(listpack.end()))
    }

    /// The element number `index`.
    pub fn at(&self, index: usize) -> Option<Element<'_>> {
        let (number, offset) = self.locate(index)?;
        match self.nodes.get(number)? {
            Node::Packed(listpack) => listpack.at(offset),
            Node::Plain(bytes) => Some(Element::Bytes(bytes)),
        }
    }

    /// Puts another element in the place of number `index`; false when there is none.
    pub fn replace(&mut self, index: usize, element: Element<'_>, fill: Fill) -> bool {
        let Some((number, offset)) = self.locate(index) else { return false };
        let small = element.len() <= fill.bytes;
        let in_place = |node: &mut Node| match node {
            Node::Packed(listpack) if small => {
                let Some(place) = listpack.seek(offset) else { return true };
                let old = listpack.get(place).map_or(0, Listpack::entry_bytes);
                let bytes = listpack.total_bytes() - old + Listpack::entry_bytes(element);
                // An only element may be replaced by any that is not large.
                let fits = listpack.len() == 1 || fill.allows(bytes, listpack.len());
                if fits {
                    listpack.replace(place, element);
                }
                fits
            }
            Node::Packed(_) => false,
            Node::Plain(_) => {
                *node = Node::new(element, fill);
                true
            }
        };
        if self.change(number, in_place) != Some(true) {
            self.remove_range(index, 1);
            self.insert(index, element, fill);
        }
        true
    }

    /// Adds an element before number `index`, or at the end.
    pub fn insert(&mut self, index: usize, element: Element<'_>, fill: Fill) {
        if index == 0 {
            return self.push_front(element, fill);
        }
        let Some((number, offset)) = self.locate(index) else { return self.push_back(element, fill) };
        let len = element.len();
        if self.node_allows(number, len, fill) {
            self.change_listpack(number, |listpack| {
                if let Some(place) = listpack.seek(offset) {
                    listpack.insert(place, element);
                }
            });
            self.len += 1;
        } else if offset == 0 && number > 0 && self.node_allows(number - 1, len, fill) {
            self.change_listpack(number - 1, |listpack| listpack.push_back(element));
            self.len += 1;
        } else {
            let at = if offset == 0 { number } else { self.split(number, offset) };
            self.insert_node(at, Node::new(element, fill));
            // Either half may have room for it, and both for each other.
            self.merge(at, fill);
            self.merge(at.saturating_sub(1), fill);
        }
    }

    /// Removes up to `count` elements from number `index` on, and returns how many.
    pub fn remove_range(&mut self, index: usize, count: usize) -> usize {
        let count = count.min(self.len.saturating_sub(index));
        let Some((mut number, mut offset)) = self.locate(index) else { return 0 };
        let mut left = count;
        while left > 0
            && let Some(node) = self.nodes.get(number)
        {
            let here = left.min(node.len() - offset);
            if here == 0 {
                break;
            }
            if here == node.len() {
                self.remove_node(number);
            } else {
                self.change_listpack(number, |listpack| listpack.remove_range(offset, here));
                self.len -= here;
                number += 1;
            }
            left -= here;
            offset = 0;
        }
        self.give_back();
        count - left
    }

    /// Removes up to `limit` elements whose text is `text`, from the front or from the back, and returns how
    /// many.
    pub fn remove_matching(&mut self, text: &[u8], limit: usize, from_back: bool) -> usize {
        let mut needle = Needle::new(text);
        let mut removed = 0;
        let mut number = if from_back { self.nodes.len() } else { 0 };
        while removed < limit {
            if from_back {
                let Some(before) = number.checked_sub(1) else { break };
                number = before;
            }
            let Some(node) = self.nodes.get_mut(number) else { break };
            let before = node.heap_bytes();
            let here = match node {
                Node::Packed(listpack) => remove_in_listpack(listpack, &mut needle, limit - removed, from_back),
                Node::Plain(bytes) if needle.is(Element::Bytes(bytes)) => 1,
                Node::Plain(_) => 0,
            };
            self.node_bytes = self.node_bytes + node.heap_bytes() - before;
            removed += here;
            if here > 0 && (matches!(node, Node::Plain(_)) || node.len() == 0) {
                // A plain node still counts its element; an emptied listpack has none left.
                self.len -= here - node.len();
                self.remove_node(number);
                continue;
            }
            self.len -= here;
            if !from_back {
                number += 1;
            }
        }
        if removed > 0 {
            self.give_back();
        }
        removed
    }

    /// The elements from first to last, or from last to first.
    pub fn iter(&self) -> Iter<'_> {
        Iter { front: NodeIter::Empty, nodes: self.nodes.iter(), back: NodeIter::Empty }
    }

    /// The elements from number `index` to the last.
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        let (number, offset) = self.locate(index).unwrap_or((self.nodes.len(), 0));
        let mut nodes = self.nodes.range(number..);
        let front = match nodes.next() {
            Some(Node::Packed(listpack)) => {
                NodeIter::Packed(listpack.iter_from(listpack.seek(offset).unwrap_or(listpack.end())))
            }
            Some(node) => NodeIter::new(node),
            None => NodeIter::Empty,
        };
        Iter { front, nodes, back: NodeIter::Empty }
    }

    /// The node that holds element `index`, and the element's number in it.
    fn locate(&self, index: usize) -> Option<(usize, usize)> {
        if index >= self.len {
            return None;
        }
        if index < self.len / 2 {
            let mut before = 0;
            for (number, node) in self.nodes.iter().enumerate() {
                if index < before + node.len() {
                    return Some((number, index - before));
                }
                before += node.len();
            }
        } else {
            let mut behind = self.len;
            for (number, node) in self.nodes.iter().enumerate().rev() {
                behind -= node.len();
                if index >= behind {
                    return Some((number, index - behind));
                }
            }
        }
        None
    }

    fn node_allows(&self, number: usize, len: usize, fill: Fill) -> bool {
        self.nodes.get(number).is_some_and(|node| node.allows(len, fill))
    }

    fn pop(&mut self, number: usize, end: impl Fn(&Listpack) -> Option<usize>) -> Option<Bytes> {
        match self.nodes.get_mut(number)? {
            Node::Packed(listpack) if listpack.len() > 1 => {
                let place = end(listpack)?;
                let element = listpack.get(place)?.to_bytes();
                let before = listpack.heap_bytes();
                listpack.remove(place, 1);
                self.node_bytes -= before - listpack.heap_bytes();
                self.len -= 1;
                Some(element)
            }
            _ => {
                let element = match self.remove_node(number)? {
                    Node::Packed(listpack) => listpack.get(listpack.first())?.to_bytes(),
                    Node::Plain(bytes) => Bytes::from(bytes.into_vec()),
                };
                self.give_back();
                Some(element)
            }
        }
    }

    /// Lets `change` work on a node and keeps the account of bytes. The number of elements must not change.
    fn change<R>(&mut self, number: usize, change: impl FnOnce(&mut Node) -> R) -> Option<R> {
        let node = self.nodes.get_mut(number)?;
        let before = node.heap_bytes();
        let result = change(node);
        self.node_bytes = self.node_bytes + node.heap_bytes() - before;
        Some(result)
    }

    fn change_listpack(&mut self, number: usize, change: impl FnOnce(&mut Listpack)) {
        self.change(number, |node| {
            if let Node::Packed(listpack) = node {
                change(listpack);
            }
        });
    }

    /// A node that will hardly grow again gives back its spare room.
    fn seal(&mut self, number: usize) {
        self.change_listpack(number, Listpack::shrink_to_fit);
    }

    fn insert_node(&mut self, number: usize, node: Node) {
        self.len += node.len();
        self.node_bytes += node.heap_bytes();
        if self.nodes.is_empty() {
            // Most quicklists that begin stay short.
            self.nodes.reserve_exact(1);
        }
        self.nodes.insert(number.min(self.nodes.len()), node);
    }

    fn remove_node(&mut self, number: usize) -> Option<Node> {
        let node = self.nodes.remove(number)?;
        self.len -= node.len();
        self.node_bytes -= node.heap_bytes();
        Some(node)
    }

    /// Splits a node before its element `offset` and returns the number of the second part.
    fn split(&mut self, number: usize, offset: usize) -> usize {
        let mut tail = Listpack::new();
        self.change_listpack(number, |listpack| tail = listpack.split_off(offset));
        self.len -= tail.len();
        self.insert_node(number + 1, Node::Packed(tail));
        number + 1
    }

    /// Joins a node with the next one when both fit in one.
    fn merge(&mut self, number: usize, fill: Fill) -> bool {
        let (Some(Node::Packed(first)), Some(Node::Packed(second))) =
            (self.nodes.get(number), self.nodes.get(number + 1))
        else {
            return false;
        };
        if !fill.allows(first.total_bytes() + second.total_bytes(), first.len() + second.len()) {
            return false;
        }
        if let Some(Node::Packed(second)) = self.remove_node(number + 1) {
            self.len += second.len();
            self.change_listpack(number, |first| first.append(&second));
        }
        true
    }

    fn give_back(&mut self) {
        if self.nodes.capacity() > 16 && self.nodes.len() < self.nodes.capacity() / 4 {
            self.nodes.shrink_to(self.nodes.len() * 2);
        }
    }
}

/// Removes up to `limit` matching entries and returns how many.
pub(crate) fn remove_in_listpack(listpack: &mut Listpack, needle: &mut Needle, limit: usize, from_back: bool) -> usize {
    let mut removed = 0;
    let mut place = if from_back { listpack.end() } else { listpack.first() };
    while removed < limit {
        if from_back {
            let Some(before) = listpack.previous(place) else { break };
            place = before;
        }
        let Some(element) = listpack.get(place) else { break };
        if needle.is(element) {
            listpack.remove(place, 1);
            removed += 1;
        } else if !from_back {
            let Some(next) = listpack.next(place) else { break };
            place = next;
        }
    }
    removed
}

/// The elements of a quicklist, from both sides.
#[derive(Clone)]
pub struct Iter<'a> {
    front: NodeIter<'a>,
    nodes: vec_deque::Iter<'a, Node>,
    back: NodeIter<'a>,
}

#[derive(Clone)]
enum NodeIter<'a> {
    Empty,
    Packed(listpack::Iter<'a>),
    Plain(&'a [u8]),
}

impl<'a> NodeIter<'a> {
    fn new(node: &'a Node) -> NodeIter<'a> {
        match node {
            Node::Packed(listpack) => NodeIter::Packed(listpack.iter()),
            Node::Plain(bytes) => NodeIter::Plain(bytes),
        }
    }
}

impl<'a> Iterator for NodeIter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        match self {
            NodeIter::Packed(entries) => entries.next(),
            NodeIter::Plain(bytes) => {
                let element = Element::Bytes(bytes);
                *self = NodeIter::Empty;
                Some(element)
            }
            NodeIter::Empty => None,
        }
    }
}

impl DoubleEndedIterator for NodeIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            NodeIter::Packed(entries) => entries.next_back(),
            _ => self.next(),
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        loop {
            if let Some(element) = self.front.next() {
                return Some(element);
            }
            match self.nodes.next() {
                Some(node) => self.front = NodeIter::new(node),
                None => return self.back.next(),
            }
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(element) = self.back.next_back() {
                return Some(element);
            }
            match self.nodes.next_back() {
                Some(node) => self.back = NodeIter::new(node),
                None => return self.front.next_back(),
            }
        }
    }
}

#[cfg(test)]
mod tests;
