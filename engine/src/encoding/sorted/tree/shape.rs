//! What the tree looks like, for those who want to see it: its levels, its nodes and what stands in a leaf.

use super::{FAN, Inner, LEAF, Leaf, Node, Tree};
use crate::base::Bytes;
use crate::encoding::Dict;

/// The tree from the root down.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeShape {
    /// The root's level first, that of the leaves last. A tree of one leaf has one level.
    pub levels: Vec<Level>,
    /// How many children an inner node may have.
    pub fan: usize,
    /// How many entries a leaf may have.
    pub leaf_entries: usize,
    /// What a leaf takes.
    pub leaf_bytes: usize,
    /// What all inner nodes take, with their separators.
    pub inner_bytes: usize,
}

/// The nodes of one depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// How many there are.
    pub nodes: usize,
    /// The number of the first one that is described.
    pub from: usize,
    /// Those that are described.
    pub shown: Vec<TreeNode>,
}

/// A node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TreeNode {
    /// Its children or, of a leaf, its entries.
    pub width: usize,
    /// Entries in it and below it.
    pub entries: usize,
    /// The rank of the first of them.
    pub rank: usize,
    /// The scores of the first and the last of them.
    pub scores: (f64, f64),
}

/// What stands in a leaf.
#[derive(Clone, Debug, PartialEq)]
pub struct LeafShape<'a> {
    /// Its number from the left.
    pub number: usize,
    /// The rank of its first entry.
    pub rank: usize,
    /// With what all its members begin, as far as it is used.
    pub prefix: &'a [u8],
    pub entries: Vec<LeafEntry<'a>>,
}

/// An entry of a leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeafEntry<'a> {
    pub score: f64,
    /// The four bytes of the member that follow the prefix.
    pub hint: u32,
    /// The member's position in the dictionary.
    pub position: usize,
    pub member: &'a [u8],
}

impl Tree {
    /// Its levels, of each the nodes from number `from` on (or the last page, where there are not so many), `count` at
    /// most. O(nodes).
    pub fn shape(&self, from: usize, count: usize) -> TreeShape {
        let count = count.max(1);
        let mut levels = Vec::new();
        let mut nodes = vec![&self.root];
        while !nodes.is_empty() {
            let from = from.min(nodes.len().saturating_sub(1)) / count * count;
            let mut rank = 0;
            let mut shown = Vec::new();
            for (number, node) in nodes.iter().enumerate() {
                if number >= from + count {
                    break;
                }
                let entries = node.count();
                if number >= from {
                    shown.push(TreeNode { width: node.width(), entries, rank, scores: node.scores() });
                }
                rank += entries;
            }
            levels.push(Level { nodes: nodes.len(), from, shown });
            nodes = nodes.into_iter().flat_map(Node::children).collect();
        }
        let leaf_bytes = size_of::<Leaf>();
        let inner_bytes = self.heap_bytes().saturating_sub(self.leaves * leaf_bytes);
        TreeShape { levels, fan: FAN, leaf_entries: LEAF, leaf_bytes, inner_bytes }
    }

    /// What stands in the leaf number `number` from the left.
    pub fn leaf_shape<'a>(&'a self, members: &'a Dict<f64>, number: usize) -> Option<LeafShape<'a>> {
        let (mut left, mut rank) = (number, 0);
        let leaf = self.root.leaf(&mut left, &mut rank)?;
        let entry = |at: usize| {
            let entry = leaf.entry(at)?;
            // The dictionary's bytes live as long as it does.
            let member = members.at(entry.id as usize).map_or(&[][..], |(member, _)| Bytes::as_slice(member));
            Some(LeafEntry { score: entry.score, hint: leaf.hint_at(at)?, position: entry.id as usize, member })
        };
        Some(LeafShape { number, rank, prefix: leaf.prefix(), entries: (0..leaf.len()).filter_map(entry).collect() })
    }
}

impl Node {
    fn children(&self) -> &[Node] {
        match self {
            Node::Leaf(_) => &[],
            Node::Inner(inner) => &inner.children,
        }
    }

    /// The scores of the first and the last entry below it.
    fn scores(&self) -> (f64, f64) {
        let end = |first: bool| {
            let mut node = self;
            loop {
                match node {
                    Node::Leaf(leaf) => {
                        let entry = if first { leaf.entry(0) } else { leaf.last() };
                        return entry.map_or(0.0, |entry| entry.score);
                    }
                    Node::Inner(inner) => {
                        let child = if first { inner.children.first() } else { inner.children.last() };
                        let Some(child) = child else { return 0.0 };
                        node = child;
                    }
                }
            }
        };
        (end(true), end(false))
    }

    /// The leaf that has `left` leaves before it; adds to `rank` the entries that stand before it.
    fn leaf(&self, left: &mut usize, rank: &mut usize) -> Option<&Leaf> {
        match self {
            Node::Leaf(leaf) if *left == 0 => Some(leaf),
            Node::Leaf(leaf) => {
                *left -= 1;
                *rank += leaf.len();
                None
            }
            Node::Inner(inner) => {
                let Inner { children, .. } = &**inner;
                children.iter().find_map(|child| child.leaf(left, rank))
            }
        }
    }
}
