//! The big sorted set: members ordered by score and then by bytes, with O(log n) insertion, removal, rank and
//! selection, and O(1) score of a member. Knows nothing of commands.
//!
//! Members stand once, in a dictionary with their scores; the order is a tree of positions in it. What always
//! holds: both have the same entries, and no score is NaN.

mod leaf;
mod tree;

use core::cmp::Ordering;
use core::ops;

use crate::base::{Bytes, HashSeed};

use super::dict::{Dict, Slot};
use leaf::{Among, Entry, Point};
use tree::Tree;
pub use tree::shape::{LeafEntry, LeafShape, Level, TreeNode, TreeShape};

/// A big sorted set; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Sorted {
    members: Dict<f64>,
    tree: Tree,
}

impl Sorted {
    /// A sorted set without members.
    pub fn new(seed: HashSeed) -> Sorted {
        Sorted { members: Dict::new(seed), tree: Tree::new() }
    }

    /// The number of slots of the hash table of its members.
    pub fn slots(&self) -> usize {
        self.members.slots()
    }

    /// Makes room for `additional` members.
    pub fn reserve(&mut self, additional: usize) {
        self.members.reserve(additional);
    }

    /// The number of members.
    #[inline]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Bytes on the heap. O(1).
    pub fn heap_bytes(&self) -> usize {
        self.members.heap_bytes() + self.tree.heap_bytes()
    }

    /// How the tree is built: its levels from the root down, of each the nodes from number `from` on, `count` at most.
    pub fn tree_shape(&self, from: usize, count: usize) -> TreeShape {
        self.tree.shape(from, count)
    }

    /// The leaf number `number` of the tree, from the left.
    pub fn leaf_shape(&self, number: usize) -> Option<LeafShape<'_>> {
        self.tree.leaf_shape(&self.members, number)
    }

    /// The members with their scores, in no particular order.
    pub fn members(&self) -> &Dict<f64> {
        &self.members
    }

    /// The score of `member`.
    #[inline]
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.members.get(member).copied()
    }

    /// Lets `decide` choose the score of `member`, given the one it has: `None` leaves everything as it is.
    /// Returns the score before and the one chosen. NaN is not chosen.
    pub fn update(
        &mut self,
        member: &[u8],
        decide: impl FnOnce(Option<f64>) -> Option<f64>,
    ) -> (Option<f64>, Option<f64>) {
        match self.members.slot(member) {
            Slot::Vacant(vacant) => {
                let Some(score) = decide(None).filter(|score| !score.is_nan()) else { return (None, None) };
                let id = vacant.insert(Bytes::new(member), score) as u32;
                self.tree.insert(Entry { score, id }, &self.members, &at(score, member));
                (None, Some(score))
            }
            Slot::Found(position) => {
                let Some((_, &before)) = self.members.at(position) else { return (None, None) };
                let Some(score) = decide(Some(before)).filter(|score| !score.is_nan()) else {
                    return (Some(before), None);
                };
                self.move_to(position, member, before, score);
                (Some(before), Some(score))
            }
        }
    }

    /// Sets the score of `member` and returns the one it had.
    pub fn insert(&mut self, member: &[u8], score: f64) -> Option<f64> {
        self.update(member, |_| Some(score)).0
    }

    /// Removes `member` and returns its score.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let position = self.members.find(member)?;
        self.remove_at(position).map(|(_, score)| score)
    }

    /// Removes the member at a position of [`Sorted::members`].
    pub fn remove_at(&mut self, position: usize) -> Option<(Bytes, f64)> {
        let (member, &score) = self.members.at(position)?;
        self.tree.remove(&self.members, &at(score, member));
        let last = self.members.len() - 1;
        if position != last {
            // The dictionary is about to move its last member to this position.
            let (member, &score) = self.members.at(last)?;
            let moved = Entry { score, id: position as u32 };
            self.tree.change(&self.members, &at(score, member), |_, _, _| Some(moved));
        }
        self.members.remove_at(position)
    }

    /// Removes the member of rank `rank`.
    pub fn remove_rank(&mut self, rank: usize) -> Option<(Bytes, f64)> {
        let entry = self.tree.range(rank, rank.saturating_add(1), false).next()?;
        self.remove_at(entry.id as usize)
    }

    /// The rank of `member`, from 0, in ascending order.
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        let score = self.score(member)?;
        Some(self.tree.rank(&self.members, &at(score, member)))
    }

    /// How many members have a score less than `score`, or with `inclusive` not greater.
    pub fn rank_of_score(&self, score: f64, inclusive: bool) -> usize {
        let among = if inclusive { Among::Last } else { Among::First };
        self.tree.rank(&self.members, &Point { score: Some(score), among })
    }

    /// How many members are less than `member`, or with `inclusive` not greater, if all scores are equal; if
    /// they are not, some number.
    pub fn rank_of_member(&self, member: &[u8], inclusive: bool) -> usize {
        let among = if inclusive { Among::Behind(member) } else { Among::At(member) };
        self.tree.rank(&self.members, &Point { score: None, among })
    }

    /// The members of the given ranks with their scores, ascending or descending.
    pub fn range(&self, ranks: ops::Range<usize>, reverse: bool) -> Range<'_> {
        Range { members: &self.members, entries: self.tree.range(ranks.start, ranks.end, reverse) }
    }

    fn move_to(&mut self, position: usize, member: &[u8], before: f64, score: f64) {
        if before == score {
            // Zero and minus zero are equal in the order, but the last one given is kept.
            if let Some((_, own)) = self.members.at_mut(position) {
                *own = score;
            }
            return;
        }
        let moved = Entry { score, id: position as u32 };
        let (members, old) = (&self.members, at(before, member));
        let less = |one: Entry, other: Entry| match one.score.partial_cmp(&other.score) {
            Some(Ordering::Equal) => one.member(members) < other.member(members),
            ordering => ordering == Some(Ordering::Less),
        };
        // Most changes are small; between the same neighbours the entry stays where it is.
        let stays = self
            .tree
            .change(members, &old, |left, _, right| (less(left?, moved) && less(moved, right?)).then_some(moved));
        if !stays {
            self.tree.remove(members, &old);
            self.tree.insert(moved, members, &at(score, member));
        }
        if let Some((_, own)) = self.members.at_mut(position) {
            *own = score;
        }
    }
}

/// The place of a member with its score.
#[inline]
fn at(score: f64, member: &[u8]) -> Point<'_> {
    Point { score: Some(score), among: Among::At(member) }
}

/// Members with their scores in the order of their rank.
#[derive(Clone, Debug)]
pub struct Range<'a> {
    members: &'a Dict<f64>,
    entries: tree::Range<'a>,
}

impl<'a> Iterator for Range<'a> {
    type Item = (&'a Bytes, f64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        // The dictionary's score, as it knows minus zero.
        self.members.at(entry.id as usize).map(|(member, &score)| (member, score))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

#[cfg(test)]
mod tests;
