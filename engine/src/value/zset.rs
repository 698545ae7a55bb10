//! A sorted set value: a listpack of member, score, member, score ... in order while it is small, then a
//! [`Sorted`].
//!
//! What always holds: members are ordered by score and then by bytes; no score is NaN; it leaves the listpack
//! at the sizes that [`Limits`] say, and only [`ZSet::settle`] leads back. Everything about ranges goes by
//! ranks: a range of scores or of members is turned into one of ranks, which counts, walks and removes.

use core::ops::Range;

use crate::base::numbers::{f64_as_i64, format_f64, parse_f64_range_end};
use crate::base::{Bytes, Random};
use crate::encoding::listpack::{self, Corrupt};
use crate::encoding::{Element, Listpack, Sorted, sorted};

use super::Limits;

/// A sorted set; see the module's documentation.
#[derive(Clone, Debug)]
pub struct ZSet(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Listpack(Listpack),
    Sorted(Box<Sorted>),
}

/// A range of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRange {
    /// The least score.
    pub min: f64,
    /// Whether `min` itself is outside.
    pub min_exclusive: bool,
    /// The greatest score.
    pub max: f64,
    /// Whether `max` itself is outside.
    pub max_exclusive: bool,
}

impl ScoreRange {
    fn is_below(&self, score: f64) -> bool {
        if self.min_exclusive { score <= self.min } else { score < self.min }
    }

    fn is_not_above(&self, score: f64) -> bool {
        if self.max_exclusive { score < self.max } else { score <= self.max }
    }
}

/// One end of a range of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexBound<'a> {
    /// `-`: before all members.
    Lowest,
    /// `+`: behind all members.
    Highest,
    /// `[member`
    Inclusive(&'a [u8]),
    /// `(member`
    Exclusive(&'a [u8]),
}

impl LexBound<'_> {
    /// Whether `member` stands before a range that begins here.
    fn is_behind(self, member: &[u8]) -> bool {
        match self {
            LexBound::Lowest => false,
            LexBound::Highest => true,
            LexBound::Inclusive(bound) => member < bound,
            LexBound::Exclusive(bound) => member <= bound,
        }
    }

    /// Whether `member` does not stand behind a range that ends here.
    fn reaches(self, member: &[u8]) -> bool {
        match self {
            LexBound::Lowest => false,
            LexBound::Highest => true,
            LexBound::Inclusive(bound) => member <= bound,
            LexBound::Exclusive(bound) => member < bound,
        }
    }

    /// Whether the range between two bounds has no member for sure, as Redis decides it.
    fn excludes_all(min: LexBound<'_>, max: LexBound<'_>) -> bool {
        use LexBound::{Exclusive, Highest, Inclusive, Lowest};
        match (min, max) {
            (Highest, _) | (_, Lowest) => true,
            (Inclusive(min), Inclusive(max)) => min > max,
            (Inclusive(min) | Exclusive(min), Inclusive(max) | Exclusive(max)) => min >= max,
            _ => false,
        }
    }
}

impl ZSet {
    /// A sorted set without members.
    pub fn new() -> ZSet {
        ZSet(Repr::Listpack(Listpack::new()))
    }

    /// A sorted set from a listpack of members and scores (RDB). It must be even, without duplicates, and all
    /// scores must be numbers; if they are not in order, they are put in order.
    pub fn from_listpack(listpack: Listpack, limits: &Limits) -> Result<ZSet, Corrupt> {
        if !listpack.len().is_multiple_of(2) || super::has_duplicates(&listpack, 2) {
            return Err(Corrupt);
        }
        let (mut ordered, mut last) = (true, None);
        for (member, score) in pairs(&listpack) {
            if score.is_nan() {
                return Err(Corrupt);
            }
            ordered &= last.is_none_or(|last| last < (score, member));
            last = Some((score, member));
        }
        let mut zset = ZSet(Repr::Listpack(listpack));
        if !ordered || zset.len() > limits.zset_max_listpack_entries {
            let members = zset.len();
            zset.convert(limits);
            if members <= limits.zset_max_listpack_entries {
                zset.convert_to_listpack();
            }
        }
        Ok(zset)
    }

    /// The number of slots of the hash table of its members, while it has one.
    pub fn table_slots(&self) -> Option<usize> {
        if let Repr::Sorted(sorted) = &self.0 { Some(sorted.slots()) } else { None }
    }

    /// The ordered structure, while the sorted set is one.
    pub fn sorted(&self) -> Option<&Sorted> {
        if let Repr::Sorted(sorted) = &self.0 { Some(sorted) } else { None }
    }

    /// The listpack of members and scores, while the sorted set is one (RDB).
    pub fn listpack(&self) -> Option<&Listpack> {
        if let Repr::Listpack(listpack) = &self.0 { Some(listpack) } else { None }
    }

    /// The number of members.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.len() / 2,
            Repr::Sorted(sorted) => sorted.len(),
        }
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Listpack(_) => "listpack",
            Repr::Sorted(_) => "skiplist",
        }
    }

    /// Bytes allocated outside the structure itself. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.heap_bytes(),
            Repr::Sorted(sorted) => size_of::<Sorted>() + sorted.heap_bytes(),
        }
    }

    /// Tells that `members` are about to be added at once, the longest of `longest` bytes: when they are too
    /// many for a listpack (for an empty set also when one is too long) it leaves the listpack at once, also
    /// when some of them are the same, as in Redis.
    pub fn expect(&mut self, members: usize, longest: usize, limits: &Limits) {
        let too_long = self.is_empty() && longest > limits.zset_max_listpack_value;
        if too_long || members > limits.zset_max_listpack_entries {
            self.convert(limits);
            if let Repr::Sorted(sorted) = &mut self.0 {
                sorted.reserve(members);
            }
        }
    }

    /// Ends the making of a sorted set by ZUNIONSTORE and its like: if it is small enough it becomes a listpack.
    pub fn settle(&mut self, limits: &Limits) {
        if let Repr::Sorted(sorted) = &self.0
            && sorted.len() <= limits.zset_max_listpack_entries
            && sorted.members().iter().all(|(member, _)| member.len() <= limits.zset_max_listpack_value)
        {
            self.convert_to_listpack();
        }
    }

    /// Leaves the listpack for good: SORT does this to what it sorts, in Redis too.
    pub fn unpack(&mut self, limits: &Limits) {
        self.convert(limits);
    }

    /// The score of `member`.
    #[inline]
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match &self.0 {
            Repr::Listpack(listpack) => {
                let place = listpack.find(member, listpack.first(), 2)?;
                listpack.get(listpack.next(place)?).map(score_of)
            }
            Repr::Sorted(sorted) => sorted.score(member),
        }
    }

    /// Lets `decide` choose the score of `member`, given the one it has: `None` leaves everything as it is.
    /// Returns the score before and the one chosen. NaN is never chosen.
    pub fn update(
        &mut self,
        member: &[u8],
        limits: &Limits,
        decide: impl FnOnce(Option<f64>) -> Option<f64>,
    ) -> (Option<f64>, Option<f64>) {
        let listpack = match &mut self.0 {
            Repr::Sorted(sorted) => return sorted.update(member, decide),
            Repr::Listpack(listpack) => listpack,
        };
        let place = listpack.find(member, listpack.first(), 2);
        let before = place.and_then(|place| listpack.get(listpack.next(place)?)).map(score_of);
        let Some(score) = decide(before).filter(|score| !score.is_nan()) else { return (before, None) };
        match place {
            Some(_) if before == Some(score) => {}
            Some(place) => {
                listpack.remove(place, 2);
                insert_in_listpack(listpack, member, score);
            }
            None => {
                let fits = listpack.len() / 2 < limits.zset_max_listpack_entries
                    && member.len() <= limits.zset_max_listpack_value
                    && listpack.can_grow(member.len());
                if fits {
                    insert_in_listpack(listpack, member, score);
                } else {
                    self.convert(limits);
                    if let Repr::Sorted(sorted) = &mut self.0 {
                        sorted.insert(member, score);
                    }
                }
            }
        }
        (before, Some(score))
    }

    /// Sets the score of `member` and returns the one it had. NaN changes nothing.
    pub fn insert(&mut self, member: &[u8], score: f64, limits: &Limits) -> Option<f64> {
        self.update(member, limits, |_| Some(score)).0
    }

    /// Removes `member` and returns its score.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        match &mut self.0 {
            Repr::Listpack(listpack) => {
                let place = listpack.find(member, listpack.first(), 2)?;
                let score = listpack.get(listpack.next(place)?).map(score_of);
                listpack.remove(place, 2);
                score
            }
            Repr::Sorted(sorted) => sorted.remove(member),
        }
    }

    /// Removes the members of the given ranks and returns how many.
    pub fn remove_ranks(&mut self, ranks: Range<usize>) -> usize {
        let count = ranks.end.min(self.len()).saturating_sub(ranks.start);
        match &mut self.0 {
            Repr::Listpack(listpack) => listpack.remove_range(ranks.start.saturating_mul(2), count.saturating_mul(2)),
            Repr::Sorted(sorted) => {
                for _ in 0..count {
                    sorted.remove_rank(ranks.start);
                }
            }
        }
        count
    }

    /// Removes the member with the lowest score.
    pub fn pop_min(&mut self) -> Option<(Bytes, f64)> {
        self.pop(0)
    }

    /// Removes the member with the highest score.
    pub fn pop_max(&mut self) -> Option<(Bytes, f64)> {
        self.pop(self.len().checked_sub(1)?)
    }

    /// The rank of `member` in ascending order, from 0, and its score.
    pub fn rank(&self, member: &[u8]) -> Option<(usize, f64)> {
        match &self.0 {
            Repr::Listpack(listpack) => {
                pairs(listpack).enumerate().find(|(_, (own, _))| own.is(member)).map(|(rank, (_, score))| (rank, score))
            }
            Repr::Sorted(sorted) => Some((sorted.rank(member)?, sorted.score(member)?)),
        }
    }

    /// The ranks of the members with these scores.
    pub fn score_ranks(&self, range: &ScoreRange) -> Range<usize> {
        let (start, end) = match &self.0 {
            Repr::Listpack(listpack) => {
                let count =
                    |within: &dyn Fn(f64) -> bool| pairs(listpack).take_while(|(_, score)| within(*score)).count();
                (count(&|score| range.is_below(score)), count(&|score| range.is_not_above(score)))
            }
            Repr::Sorted(sorted) => (
                sorted.rank_of_score(range.min, range.min_exclusive),
                sorted.rank_of_score(range.max, !range.max_exclusive),
            ),
        };
        start..end.max(start)
    }

    /// The ranks of the members between two bounds. All scores should be equal. If they are not, a listpack
    /// answers what Redis does, which looks for the first or last member in the range and goes on from there
    /// while members are in it (`reverse`: from the last one backwards); of a big set any answer is possible.
    pub fn lex_ranks(&self, min: LexBound<'_>, max: LexBound<'_>, reverse: bool) -> Range<usize> {
        let nothing = 0..0;
        if LexBound::excludes_all(min, max) {
            return nothing;
        }
        let listpack = match &self.0 {
            Repr::Listpack(listpack) => listpack,
            Repr::Sorted(sorted) => {
                let rank = |bound, from: bool| match bound {
                    LexBound::Lowest => 0,
                    LexBound::Highest => sorted.len(),
                    LexBound::Inclusive(member) => sorted.rank_of_member(member, !from),
                    LexBound::Exclusive(member) => sorted.rank_of_member(member, from),
                };
                let (start, end) = (rank(min, true), rank(max, false));
                return start..end.max(start);
            }
        };
        // Without a member behind the beginning or before the end, Redis does not look further.
        let ends = (pairs(listpack).next(), pairs(listpack).next_back());
        let (Some((first, _)), Some((last, _))) = ends else { return nothing };
        if last.with_bytes(|last| min.is_behind(last)) || !first.with_bytes(|first| max.reaches(first)) {
            return nothing;
        }
        let reached = |(member, _): &(Element<'_>, f64)| member.with_bytes(|member| max.reaches(member));
        let begun = |(member, _): &(Element<'_>, f64)| member.with_bytes(|member| !min.is_behind(member));
        if reverse {
            let behind = pairs(listpack).rev().take_while(|pair| !reached(pair)).count();
            let count = pairs(listpack).rev().skip(behind).take_while(begun).count();
            let end = self.len() - behind;
            end - count..end
        } else {
            let start = pairs(listpack).take_while(|pair| !begun(pair)).count();
            let count = pairs(listpack).skip(start).take_while(reached).count();
            start..start + count
        }
    }

    /// The members of the given ranks with their scores, ascending or descending.
    pub fn range(&self, ranks: Range<usize>, reverse: bool) -> Iter<'_> {
        match &self.0 {
            Repr::Listpack(listpack) => {
                let end = ranks.end.min(self.len());
                let begin = if reverse { end } else { ranks.start.min(end) };
                let place = listpack.seek(begin.saturating_mul(2)).unwrap_or(listpack.end());
                let remaining = end.saturating_sub(ranks.start);
                let entries = if reverse { listpack.iter_before(place) } else { listpack.iter_from(place) };
                Iter(IterRepr::Listpack { pairs: Pairs(entries), remaining, reverse })
            }
            Repr::Sorted(sorted) => Iter(IterRepr::Sorted(sorted.range(ranks, reverse))),
        }
    }

    /// All members with their scores in ascending order.
    pub fn iter(&self) -> Iter<'_> {
        self.range(0..self.len(), false)
    }

    /// A member at random, each with the same probability.
    pub fn random(&self, random: &mut Random) -> Option<(Element<'_>, f64)> {
        self.at(random.index(self.len()))
    }

    /// The member at a position in `0..len`, which is no rank in a big set: for random choices.
    pub fn at(&self, position: usize) -> Option<(Element<'_>, f64)> {
        match &self.0 {
            Repr::Listpack(listpack) => {
                let (member, next) = listpack.get_and_next(listpack.seek(position.checked_mul(2)?)?)?;
                Some((member, score_of(listpack.get(next)?)))
            }
            Repr::Sorted(sorted) => sorted.members().at(position).map(|(member, &score)| (member.into(), score)),
        }
    }

    /// One step of ZSCAN: shows about `count` members with their scores and returns the next cursor, 0 at the
    /// end. A listpack is shown in one step.
    pub fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(Element<'_>, f64)) -> u64 {
        match &self.0 {
            Repr::Listpack(listpack) => {
                pairs(listpack).for_each(|(member, score)| visit(member, score));
                0
            }
            Repr::Sorted(sorted) => {
                sorted.members().scan(cursor, count, |_, member, &score| visit(member.into(), score))
            }
        }
    }

    fn pop(&mut self, rank: usize) -> Option<(Bytes, f64)> {
        match &mut self.0 {
            Repr::Listpack(listpack) => {
                let place = listpack.seek(rank.checked_mul(2)?)?;
                let (member, next) = listpack.get_and_next(place)?;
                let popped = (member.to_bytes(), score_of(listpack.get(next)?));
                listpack.remove(place, 2);
                Some(popped)
            }
            Repr::Sorted(sorted) => sorted.remove_rank(rank),
        }
    }

    fn convert(&mut self, limits: &Limits) {
        if let Repr::Listpack(listpack) = &self.0 {
            let mut sorted = Sorted::new(limits.hash_seed.clone());
            sorted.reserve(self.len());
            for (member, score) in pairs(listpack) {
                member.with_bytes(|member| sorted.insert(member, score));
            }
            self.0 = Repr::Sorted(Box::new(sorted));
        }
    }

    fn convert_to_listpack(&mut self) {
        let mut listpack = Listpack::new();
        for (member, score) in self.iter() {
            listpack.push_back(member);
            write_score(score, |score| listpack.push_back(score));
        }
        self.0 = Repr::Listpack(listpack);
    }
}

/// Adds a member that is not there at its place in the order.
fn insert_in_listpack(listpack: &mut Listpack, member: &[u8], score: f64) {
    let mut place = listpack.first();
    while let Some((own, next)) = listpack.get_and_next(place)
        && let Some((own_score, behind)) = listpack.get_and_next(next)
    {
        let own_score = score_of(own_score);
        if own_score > score || own_score == score && own.with_bytes(|own| own > member) {
            break;
        }
        place = behind;
    }
    write_score(score, |score| listpack.insert(place, score));
    listpack.insert(place, member.into());
}

/// The score as a listpack has it: an integer if it is one, else its text.
fn write_score(score: f64, write: impl FnOnce(Element<'_>)) {
    match f64_as_i64(score) {
        Some(number) => write(Element::Int(number)),
        None => write(Element::Bytes(&format_f64(score))),
    }
}

/// The score that an entry of a listpack tells; NaN for what is no number.
#[inline]
fn score_of(element: Element<'_>) -> f64 {
    match element {
        Element::Int(number) => number as f64,
        Element::Bytes(text) => parse_f64_range_end(text).unwrap_or(f64::NAN),
    }
}

fn pairs(listpack: &Listpack) -> Pairs<'_> {
    Pairs(listpack.iter())
}

/// Members with their scores in a listpack, from both sides.
#[derive(Clone)]
struct Pairs<'a>(listpack::Iter<'a>);

impl<'a> Iterator for Pairs<'a> {
    type Item = (Element<'a>, f64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.next()?, score_of(self.0.next()?)))
    }
}

impl DoubleEndedIterator for Pairs<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let score = score_of(self.0.next_back()?);
        Some((self.0.next_back()?, score))
    }
}

/// Members with their scores in the order of their rank.
#[derive(Clone)]
pub struct Iter<'a>(IterRepr<'a>);

#[derive(Clone)]
enum IterRepr<'a> {
    Listpack { pairs: Pairs<'a>, remaining: usize, reverse: bool },
    Sorted(sorted::Range<'a>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Element<'a>, f64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            IterRepr::Listpack { pairs, remaining, reverse } => {
                *remaining = remaining.checked_sub(1)?;
                if *reverse { pairs.next_back() } else { pairs.next() }
            }
            IterRepr::Sorted(range) => range.next().map(|(member, score)| (member.into(), score)),
        }
    }

    /// Exact: the number of members still to come.
    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            IterRepr::Listpack { remaining, .. } => (*remaining, Some(*remaining)),
            IterRepr::Sorted(range) => range.size_hint(),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl Default for ZSet {
    fn default() -> ZSet {
        ZSet::new()
    }
}

impl PartialEq for ZSet {
    /// The same members with the same scores, in whatever encoding.
    fn eq(&self, other: &ZSet) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests;
