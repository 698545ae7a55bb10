//! The order of a big sorted set: a B+ tree of (score, position of the member in the dictionary), in which
//! every inner node knows how many entries each child has, so that ranks cost O(log n) too.
//!
//! Redis has a skiplist for this. A tree of wide nodes does the same with a few cache misses instead of
//! twenty, and at 16 bytes an entry. Inner nodes keep the shortest text that separates two children, so the
//! way down needs no look into the dictionary at all.
//!
//! What always holds: no node but the root is empty, and a separator is greater than all that is left of it
//! and not greater than what is right.

pub(super) mod shape;

use crate::base::Bytes;
use crate::encoding::Dict;

use super::leaf::{Among, Entry, LEAF, Leaf, Point, common};

/// Children of an inner node.
const FAN: usize = 64;
/// A node this empty is joined with a neighbour if they fill no more than [`JOINED`].
const SPARSE: usize = 16;
const JOINED: usize = 48;

#[derive(Clone, Debug)]
pub(super) struct Tree {
    root: Node,
    leaves: usize,
    inners: usize,
    /// Bytes of separators that do not stand inline.
    separator_bytes: usize,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Box<Leaf>),
    Inner(Box<Inner>),
}

#[derive(Debug)]
struct Inner {
    children: Vec<Node>,
    counts: Vec<u32>,
    /// Child `n + 1` begins with these; see [`Separator`].
    scores: Vec<f64>,
    members: Vec<Bytes>,
}

/// What stands between two children.
struct Separator {
    score: f64,
    member: Bytes,
}

impl Tree {
    pub fn new() -> Tree {
        Tree { root: Node::Leaf(Box::new(Leaf::new())), leaves: 1, inners: 0, separator_bytes: 0 }
    }

    pub fn len(&self) -> usize {
        self.root.count()
    }

    pub fn heap_bytes(&self) -> usize {
        let inner = size_of::<Inner>() + (FAN + 1) * (size_of::<Node>() + size_of::<u32>() + size_of::<Separator>());
        self.leaves * size_of::<Leaf>() + self.inners * inner + self.separator_bytes
    }

    /// Adds an entry at `point`; there must be no equal one.
    pub fn insert(&mut self, entry: Entry, members: &Dict<f64>, point: &Point<'_>) {
        let mut growth = Growth { members, leaves: 0, inners: 0, separator_bytes: 0 };
        if let Some((separator, right)) = self.root.insert(entry, point, Edges { first: true, last: true }, &mut growth)
        {
            let left = core::mem::replace(&mut self.root, Node::Leaf(Box::new(Leaf::new())));
            let mut root = Inner::new();
            root.counts.extend([left.count() as u32, right.count() as u32]);
            root.children.extend([left, right]);
            root.insert_separator(0, separator);
            self.root = Node::Inner(Box::new(root));
            growth.inners += 1;
        }
        self.leaves += growth.leaves;
        self.inners += growth.inners;
        self.separator_bytes += growth.separator_bytes;
    }

    /// Removes the entry at `point`.
    pub fn remove(&mut self, members: &Dict<f64>, point: &Point<'_>) -> Option<Entry> {
        let mut freed = Freed { leaves: 0, inners: 0, separator_bytes: 0 };
        let removed = self.root.remove(members, point, &mut freed);
        while let Node::Inner(root) = &mut self.root
            && root.children.len() <= 1
        {
            self.root = match root.children.pop() {
                Some(child) => child,
                None => {
                    // The last leaf was freed with its last entry.
                    self.leaves += 1;
                    Node::Leaf(Box::new(Leaf::new()))
                }
            };
            freed.inners += 1;
        }
        self.leaves -= freed.leaves;
        self.inners -= freed.inners;
        self.separator_bytes -= freed.separator_bytes;
        removed
    }

    /// How many entries stand before `point`.
    pub fn rank(&self, members: &Dict<f64>, point: &Point<'_>) -> usize {
        let (mut node, mut rank) = (&self.root, 0);
        loop {
            match node {
                Node::Leaf(leaf) => return rank + leaf.search(members, point),
                Node::Inner(inner) => {
                    let child = inner.search(point);
                    rank += inner.counts.iter().take(child).map(|&count| count as usize).sum::<usize>();
                    let Some(next) = inner.children.get(child) else { return rank };
                    node = next;
                }
            }
        }
    }

    /// Lets `change` work on the entry at `point`: it gets the entry and its neighbours in the
    /// same leaf, and what it returns takes the entry's place. False when nothing was changed.
    pub fn change(
        &mut self,
        members: &Dict<f64>,
        point: &Point<'_>,
        change: impl FnOnce(Option<Entry>, Entry, Option<Entry>) -> Option<Entry>,
    ) -> bool {
        let mut node = &mut self.root;
        loop {
            match node {
                Node::Leaf(leaf) => {
                    let at = leaf.search(members, point);
                    let Some(entry) = leaf.entry(at) else { return false };
                    if !is_at(entry, members, point) {
                        return false;
                    }
                    let before = at.checked_sub(1).and_then(|before| leaf.entry(before));
                    let Some(entry) = change(before, entry, leaf.entry(at + 1)) else { return false };
                    leaf.put(at, entry);
                    return true;
                }
                Node::Inner(inner) => {
                    let child = inner.search(point);
                    let Some(next) = inner.children.get_mut(child) else { return false };
                    node = next;
                }
            }
        }
    }

    /// The entries of ranks `start..end`, ascending or descending.
    pub fn range(&self, start: usize, end: usize, reverse: bool) -> Range<'_> {
        let end = end.min(self.len());
        let remaining = end.saturating_sub(start);
        let mut range = Range { path: Vec::new(), leaf: None, at: 0, remaining, reverse };
        if remaining > 0 {
            range.descend_to(&self.root, if reverse { end - 1 } else { start });
        }
        range
    }
}

/// What an insertion adds to the tree.
struct Growth<'a> {
    members: &'a Dict<f64>,
    leaves: usize,
    inners: usize,
    separator_bytes: usize,
}

/// What a removal takes from the tree.
struct Freed {
    leaves: usize,
    inners: usize,
    separator_bytes: usize,
}

/// Whether a node is the first or last of its level. There an ascending or descending series is likely, and
/// splits leave full nodes behind.
#[derive(Clone, Copy)]
struct Edges {
    first: bool,
    last: bool,
}

impl Edges {
    /// Where to split a node of `len` at which something came in at `at`.
    fn split_at(self, at: usize, len: usize) -> usize {
        if self.last && at == len {
            len
        } else if self.first && at == 0 {
            0
        } else {
            len / 2
        }
    }
}

impl Node {
    fn count(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.len(),
            Node::Inner(inner) => inner.counts.iter().map(|&count| count as usize).sum(),
        }
    }

    /// Entries or children.
    fn width(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.len(),
            Node::Inner(inner) => inner.children.len(),
        }
    }

    fn insert(
        &mut self,
        entry: Entry,
        point: &Point<'_>,
        edges: Edges,
        growth: &mut Growth<'_>,
    ) -> Option<(Separator, Node)> {
        match self {
            Node::Leaf(leaf) => {
                let at = leaf.search(growth.members, point);
                if leaf.len() < LEAF {
                    leaf.insert(at, entry, growth.members);
                    return None;
                }
                let split = edges.split_at(at, LEAF);
                let mut right = leaf.split_off(split, growth.members);
                if at < split || split == 0 {
                    leaf.insert(at, entry, growth.members);
                } else {
                    right.insert(at - split, entry, growth.members);
                }
                growth.leaves += 1;
                let separator = Separator::between(leaf.last()?, right.entry(0)?, growth.members);
                growth.separator_bytes += separator.member.heap_bytes();
                Some((separator, Node::Leaf(Box::new(right))))
            }
            Node::Inner(inner) => {
                let at = inner.search(point);
                let width = inner.children.len();
                let below = Edges { first: edges.first && at == 0, last: edges.last && at + 1 == width };
                let split = inner.children.get_mut(at)?.insert(entry, point, below, growth);
                let count = inner.counts.get_mut(at)?;
                *count += 1;
                let (separator, right) = split?;
                let moved = right.count() as u32;
                *count -= moved;
                inner.children.insert(at + 1, right);
                inner.counts.insert(at + 1, moved);
                inner.insert_separator(at, separator);
                if inner.children.len() <= FAN {
                    return None;
                }
                growth.inners += 1;
                inner.split(edges.split_at(if at + 1 == width { FAN } else { at }, FAN))
            }
        }
    }

    fn remove(&mut self, members: &Dict<f64>, point: &Point<'_>, freed: &mut Freed) -> Option<Entry> {
        match self {
            Node::Leaf(leaf) => {
                let at = leaf.search(members, point);
                let entry = leaf.entry(at)?;
                if !is_at(entry, members, point) {
                    return None;
                }
                leaf.remove(at);
                Some(entry)
            }
            Node::Inner(inner) => {
                let at = inner.search(point);
                let child = inner.children.get_mut(at)?;
                let removed = child.remove(members, point, freed)?;
                let width = child.width();
                if let Some(count) = inner.counts.get_mut(at) {
                    *count -= 1;
                }
                if width == 0 {
                    inner.remove_child(at, freed);
                } else if width < SPARSE && !inner.join(at, members, freed) {
                    at.checked_sub(1).map(|before| inner.join(before, members, freed));
                }
                Some(removed)
            }
        }
    }
}

impl Inner {
    fn new() -> Inner {
        Inner {
            children: Vec::with_capacity(FAN + 1),
            counts: Vec::with_capacity(FAN + 1),
            scores: Vec::with_capacity(FAN + 1),
            members: Vec::with_capacity(FAN + 1),
        }
    }

    /// The child that `point` leads to.
    #[inline]
    fn search(&self, point: &Point<'_>) -> usize {
        let (low, high) = point.scores_around(&self.scores);
        match point.among {
            Among::First => low,
            Among::Last => high,
            Among::At(member) | Among::Behind(member) => {
                let equal = self.members.get(low..high).unwrap_or_default();
                low + equal.partition_point(|own| own.as_slice() <= member)
            }
        }
    }

    fn insert_separator(&mut self, at: usize, separator: Separator) {
        self.scores.insert(at, separator.score);
        self.members.insert(at, separator.member);
    }

    /// Splits off the children from number `at` on; both parts keep at least one.
    fn split(&mut self, at: usize) -> Option<(Separator, Node)> {
        let at = at.clamp(1, self.children.len() - 1);
        let mut right = Inner::new();
        right.children.extend(self.children.drain(at..));
        right.counts.extend(self.counts.drain(at..));
        right.scores.extend(self.scores.drain(at..));
        right.members.extend(self.members.drain(at..));
        let separator = Separator { score: self.scores.pop()?, member: self.members.pop()? };
        Some((separator, Node::Inner(Box::new(right))))
    }

    fn remove_child(&mut self, at: usize, freed: &mut Freed) {
        match self.children.remove(at) {
            Node::Leaf(_) => freed.leaves += 1,
            Node::Inner(_) => freed.inners += 1,
        }
        self.counts.remove(at);
        self.remove_separator(at.saturating_sub(1), freed);
    }

    fn remove_separator(&mut self, at: usize, freed: &mut Freed) {
        if at < self.members.len() {
            self.scores.remove(at);
            freed.separator_bytes += self.members.remove(at).heap_bytes();
        }
    }

    /// Joins child `at` with the next one when they fill no more than most of a node.
    fn join(&mut self, at: usize, members: &Dict<f64>, freed: &mut Freed) -> bool {
        let width = |at: usize| self.children.get(at).map(Node::width);
        if !matches!((width(at), width(at + 1)), (Some(left), Some(right)) if left + right <= JOINED) {
            return false;
        }
        let right = self.children.remove(at + 1);
        let moved = self.counts.remove(at + 1);
        if let Some(count) = self.counts.get_mut(at) {
            *count += moved;
        }
        match (self.children.get_mut(at), right) {
            (Some(Node::Leaf(left)), Node::Leaf(right)) => {
                left.append(*right, members);
                self.remove_separator(at, freed);
                freed.leaves += 1;
            }
            (Some(Node::Inner(left)), Node::Inner(right)) => {
                let right = *right;
                left.children.extend(right.children);
                left.counts.extend(right.counts);
                left.scores.push(self.scores.remove(at));
                left.scores.extend(right.scores);
                left.members.push(self.members.remove(at));
                left.members.extend(right.members);
                freed.inners += 1;
            }
            // All children of a node are of one kind.
            _ => debug_assert!(false, "a leaf beside an inner node"),
        }
        true
    }
}

impl Clone for Inner {
    fn clone(&self) -> Inner {
        // A derived clone would not keep the capacity, which the account of bytes relies on.
        let mut copy = Inner::new();
        copy.children.extend_from_slice(&self.children);
        copy.counts.extend_from_slice(&self.counts);
        copy.scores.extend_from_slice(&self.scores);
        copy.members.extend_from_slice(&self.members);
        copy
    }
}

impl Separator {
    /// The shortest text that is greater than `left` and not greater than `right`.
    fn between(left: Entry, right: Entry, members: &Dict<f64>) -> Separator {
        let mut member = Bytes::default();
        if left.score >= right.score {
            let (left, right) = (left.member(members), right.member(members));
            member = Bytes::new(right.get(..common(left, right) + 1).unwrap_or(right));
        }
        Separator { score: right.score, member }
    }
}

/// Whether `point` is exactly at `entry`.
fn is_at(entry: Entry, members: &Dict<f64>, point: &Point<'_>) -> bool {
    point.score.is_none_or(|score| score == entry.score)
        && matches!(point.among, Among::At(member) if member == entry.member(members))
}

/// Entries in the order of their rank.
#[derive(Clone, Debug)]
pub(super) struct Range<'a> {
    /// The inner nodes above the leaf, each with the number of the child that was taken.
    path: Vec<(&'a Inner, usize)>,
    leaf: Option<&'a Leaf>,
    at: usize,
    remaining: usize,
    reverse: bool,
}

impl<'a> Range<'a> {
    /// Goes down from `node` to its entry number `rank`.
    fn descend_to(&mut self, mut node: &'a Node, mut rank: usize) {
        loop {
            match node {
                Node::Leaf(leaf) => {
                    self.leaf = Some(leaf);
                    self.at = rank;
                    return;
                }
                Node::Inner(inner) => {
                    let mut child = 0;
                    for &count in &inner.counts {
                        if rank < count as usize {
                            break;
                        }
                        rank -= count as usize;
                        child += 1;
                    }
                    let Some(next) = inner.children.get(child) else { return };
                    self.path.push((inner, child));
                    node = next;
                }
            }
        }
    }

    /// Goes on in the neighbouring leaf.
    fn next_leaf(&mut self) {
        self.leaf = None;
        while let Some((inner, child)) = self.path.pop() {
            let next = if self.reverse { child.checked_sub(1) } else { Some(child + 1) };
            let Some((next, node)) = next.and_then(|next| Some((next, inner.children.get(next)?))) else { continue };
            self.path.push((inner, next));
            self.descend_to(node, if self.reverse { node.count().saturating_sub(1) } else { 0 });
            return;
        }
    }
}

impl Iterator for Range<'_> {
    type Item = Entry;

    #[inline]
    fn next(&mut self) -> Option<Entry> {
        if self.remaining == 0 {
            return None;
        }
        let entry = self.leaf?.entry(self.at)?;
        self.remaining -= 1;
        let end = if self.reverse { self.at == 0 } else { self.leaf.is_some_and(|leaf| self.at + 1 == leaf.len()) };
        if end {
            self.next_leaf();
        } else if self.reverse {
            self.at -= 1;
        } else {
            self.at += 1;
        }
        Some(entry)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

#[cfg(test)]
impl Tree {
    /// Checks the invariants of every node.
    pub fn verify(&self, members: &Dict<f64>) {
        fn visit(node: &Node, members: &Dict<f64>, found: &mut (usize, usize, usize)) -> usize {
            match node {
                Node::Leaf(leaf) => {
                    found.0 += 1;
                    leaf.verify(members);
                    leaf.len()
                }
                Node::Inner(inner) => {
                    found.1 += 1;
                    assert!(!inner.children.is_empty() && inner.children.len() <= FAN);
                    assert_eq!(inner.scores.len() + 1, inner.children.len());
                    assert_eq!(inner.members.len() + 1, inner.children.len());
                    assert!(inner.children.capacity() == FAN + 1 && inner.members.capacity() == FAN + 1);
                    found.2 += inner.members.iter().map(Bytes::heap_bytes).sum::<usize>();
                    for (child, &count) in inner.children.iter().zip(&inner.counts) {
                        assert!(count > 0);
                        assert_eq!(visit(child, members, found), count as usize);
                    }
                    inner.counts.iter().sum::<u32>() as usize
                }
            }
        }
        let mut found = (0, 0, 0);
        assert_eq!(visit(&self.root, members, &mut found), members.len());
        assert_eq!(found, (self.leaves, self.inners, self.separator_bytes));
    }
}
