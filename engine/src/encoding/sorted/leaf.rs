//! A leaf of the tree: entries in order, as arrays of scores, hints and positions.
//!
//! Scores are counted from end to end, not halved: 64 of them are eight cache lines that come together, while
//! halving would wait for four of them in turn. Equal scores are told apart by *hints*: the leaf knows with
//! which bytes all its members begin, and a hint is the four bytes that follow. Only members with the same
//! hint must be looked up in the dictionary, each a cache miss.
//!
//! What always holds: every member begins with `prefix`, and its hint is [`hint`] of the rest.

use crate::encoding::Dict;

/// Entries of a leaf.
pub(super) const LEAF: usize = 64;
/// The longest common beginning that is used.
const PREFIX: usize = 24;

/// A score and the position of its member in the dictionary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub score: f64,
    pub id: u32,
}

impl Entry {
    pub fn member(self, members: &Dict<f64>) -> &[u8] {
        members.at(self.id as usize).map_or(&[], |(member, _)| member.as_slice())
    }
}

/// A point in the order, at or between entries.
#[derive(Clone, Copy)]
pub(super) struct Point<'a> {
    /// The score; without one all scores count as equal.
    pub score: Option<f64>,
    /// Where among the members with this score.
    pub among: Among<'a>,
}

/// A point among members with equal scores.
#[derive(Clone, Copy)]
pub(super) enum Among<'a> {
    /// Before all.
    First,
    /// At this member, or where it would be.
    At(&'a [u8]),
    /// Behind this member, or where it would be.
    Behind(&'a [u8]),
    /// Behind all.
    Last,
}

impl Point<'_> {
    /// How many scores, of scores in order, are less than the point's, and how many are not greater.
    #[inline]
    pub fn scores_around(&self, scores: &[f64]) -> (usize, usize) {
        let len = scores.len();
        let (Some(score), Some(&first), Some(&last)) = (self.score, scores.first(), scores.last()) else {
            return (0, len);
        };
        let less = if first >= score { 0 } else { scores.iter().map(|own| usize::from(*own < score)).sum::<usize>() };
        if last <= score {
            // Nothing is greater.
            return (less, len);
        }
        let equal = scores.get(less..).unwrap_or_default().iter().take_while(|own| **own == score).count();
        (less, less + equal)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Leaf {
    len: u32,
    prefix_len: u32,
    prefix: [u8; PREFIX],
    scores: [f64; LEAF],
    hints: [u32; LEAF],
    ids: [u32; LEAF],
}

impl Leaf {
    pub fn new() -> Leaf {
        Leaf { len: 0, prefix_len: 0, prefix: [0; PREFIX], scores: [0.0; LEAF], hints: [0; LEAF], ids: [0; LEAF] }
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    #[inline]
    pub fn entry(&self, at: usize) -> Option<Entry> {
        if at >= self.len() {
            return None;
        }
        Some(Entry { score: *self.scores.get(at)?, id: *self.ids.get(at)? })
    }

    /// The hint of an entry.
    pub fn hint_at(&self, at: usize) -> Option<u32> {
        self.hints.get(..self.len())?.get(at).copied()
    }

    pub fn last(&self) -> Option<Entry> {
        self.entry(self.len().checked_sub(1)?)
    }

    /// How many entries stand before `point`.
    #[inline]
    pub fn search(&self, members: &Dict<f64>, point: &Point<'_>) -> usize {
        let (low, high) = point.scores_around(self.scores.get(..self.len()).unwrap_or_default());
        match point.among {
            Among::First => low,
            Among::Last => high,
            _ if low == high => low,
            Among::At(member) => self.search_equal(members, low, high, member, |own| own < member),
            Among::Behind(member) => self.search_equal(members, low, high, member, |own| own <= member),
        }
    }

    /// Changes the entry at `at`, whose member stays the same.
    pub fn put(&mut self, at: usize, entry: Entry) {
        if let (Some(score), Some(id)) = (self.scores.get_mut(at), self.ids.get_mut(at)) {
            *score = entry.score;
            *id = entry.id;
        }
    }

    /// Adds an entry; there must be room.
    pub fn insert(&mut self, at: usize, entry: Entry, members: &Dict<f64>) {
        let len = self.len();
        debug_assert!(at <= len && len < LEAF);
        if at > len || len >= LEAF {
            return;
        }
        let member = entry.member(members);
        if len == 0 {
            self.set_prefix(member);
        } else {
            self.shorten_prefix(common(self.prefix(), member), members);
        }
        self.scores.copy_within(at..len, at + 1);
        self.hints.copy_within(at..len, at + 1);
        self.ids.copy_within(at..len, at + 1);
        self.len += 1;
        if let Some(place) = self.hints.get_mut(at) {
            *place = hint(member, self.prefix_len as usize);
        }
        self.put(at, entry);
    }

    pub fn remove(&mut self, at: usize) {
        let len = self.len();
        if at < len {
            self.scores.copy_within(at + 1..len, at);
            self.hints.copy_within(at + 1..len, at);
            self.ids.copy_within(at + 1..len, at);
            self.len -= 1;
        }
    }

    /// Splits off the entries from `at` on.
    pub fn split_off(&mut self, at: usize, members: &Dict<f64>) -> Leaf {
        let mut right = self.clone();
        right.scores.copy_within(at.., 0);
        right.hints.copy_within(at.., 0);
        right.ids.copy_within(at.., 0);
        right.len -= at as u32;
        self.len = at as u32;
        self.lengthen_prefix(members);
        right.lengthen_prefix(members);
        right
    }

    /// Adds all entries of `right` at the end; there must be room.
    pub fn append(&mut self, mut right: Leaf, members: &Dict<f64>) {
        if self.len == 0 {
            *self = right;
            return;
        }
        let shared = common(self.prefix(), right.prefix());
        self.shorten_prefix(shared, members);
        right.shorten_prefix(shared, members);
        let (begin, end) = (self.len(), self.len() + right.len());
        if end <= LEAF {
            copy_to(&mut self.scores, begin, &right.scores, right.len());
            copy_to(&mut self.hints, begin, &right.hints, right.len());
            copy_to(&mut self.ids, begin, &right.ids, right.len());
            self.len = end as u32;
        }
    }

    /// With what all its members begin, as far as it is used.
    pub fn prefix(&self) -> &[u8] {
        self.prefix.get(..self.prefix_len as usize).unwrap_or_default()
    }

    /// Where `member` belongs among the entries `low..high`, whose scores are equal: behind those of which
    /// `before` is true.
    #[inline]
    fn search_equal(
        &self,
        members: &Dict<f64>,
        low: usize,
        high: usize,
        member: &[u8],
        before: impl Fn(&[u8]) -> bool,
    ) -> usize {
        let prefix = self.prefix();
        if !member.starts_with(prefix) {
            return if prefix < member { high } else { low };
        }
        let wanted = hint(member, prefix.len());
        let hints = self.hints.get(low..high).unwrap_or_default();
        let low = low + hints.iter().map(|own| usize::from(*own < wanted)).sum::<usize>();
        let same = self.hints.get(low..high).unwrap_or_default().iter().take_while(|own| **own == wanted).count();
        let ids = self.ids.get(low..low + same).unwrap_or_default();
        low + ids.partition_point(|&id| before(Entry { score: 0.0, id }.member(members)))
    }

    fn set_prefix(&mut self, member: &[u8]) {
        let prefix = member.get(..PREFIX).unwrap_or(member);
        copy_to(&mut self.prefix, 0, prefix, prefix.len());
        self.prefix_len = prefix.len() as u32;
    }

    /// Uses only `len` bytes of the common beginning from now on.
    #[inline]
    fn shorten_prefix(&mut self, len: usize, members: &Dict<f64>) {
        if len < self.prefix_len as usize {
            self.prefix_len = len as u32;
            self.renew_hints(members);
        }
    }

    /// Finds a longer common beginning, when that is easy: among equal scores the first and the last member
    /// tell it. Without this, hints would say less and less as members get denser.
    fn lengthen_prefix(&mut self, members: &Dict<f64>) {
        if let (Some(first), Some(last)) = (self.entry(0), self.last())
            && first.score == last.score
        {
            let first = first.member(members);
            let len = common(first, last.member(members)).min(PREFIX);
            if len > self.prefix_len as usize {
                self.set_prefix(first.get(..len).unwrap_or(first));
                self.renew_hints(members);
            }
        }
    }

    fn renew_hints(&mut self, members: &Dict<f64>) {
        let skip = self.prefix_len as usize;
        for (place, &id) in self.hints.iter_mut().zip(&self.ids).take(self.len as usize) {
            *place = hint(Entry { score: 0.0, id }.member(members), skip);
        }
    }
}

/// The four bytes behind the first `skip`, as a number that orders as they do; what is missing counts as 0.
#[inline]
fn hint(member: &[u8], skip: usize) -> u32 {
    match member.get(skip..) {
        Some([b0, b1, b2, b3, ..]) => u32::from_be_bytes([*b0, *b1, *b2, *b3]),
        Some([b0, b1, b2]) => u32::from_be_bytes([*b0, *b1, *b2, 0]),
        Some([b0, b1]) => u32::from_be_bytes([*b0, *b1, 0, 0]),
        Some([b0]) => u32::from_be_bytes([*b0, 0, 0, 0]),
        _ => 0,
    }
}

/// With how many equal bytes both begin.
pub(super) fn common(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

fn copy_to<T: Copy>(to: &mut [T], begin: usize, from: &[T], len: usize) {
    for (place, value) in to.iter_mut().skip(begin).zip(from.iter().take(len)) {
        *place = *value;
    }
}

#[cfg(test)]
impl Leaf {
    /// Checks what always holds.
    pub fn verify(&self, members: &Dict<f64>) {
        for at in 0..self.len() {
            let entry = self.entry(at).unwrap();
            let member = entry.member(members);
            assert!(member.starts_with(self.prefix()));
            assert_eq!(self.hints[at], hint(member, self.prefix_len as usize));
            assert_eq!(members.at(entry.id as usize).map(|(_, &score)| score), Some(entry.score));
            assert_eq!(self.search(members, &Point { score: Some(entry.score), among: Among::At(member) }), at);
        }
    }
}
