//! A list value: a listpack while it is small, then a quicklist.
//!
//! What always holds: it becomes a quicklist when it would pass the size that [`Limits`] say, and a listpack
//! again when a removal leaves one node of at most half that size, as in Redis 7.2 and later.

use crate::base::Bytes;
use crate::encoding::quicklist::{self, remove_in_listpack};
use crate::encoding::{Element, Listpack, Needle, Quicklist, listpack};

use super::Limits;

/// A list; see the module's documentation.
#[derive(Clone, Debug)]
pub struct List(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Listpack(Listpack),
    Quicklist(Box<Quicklist>),
}

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where LPUSH adds.
    Front,
    /// Where RPUSH adds.
    Back,
}

impl List {
    /// A list without elements.
    pub fn new() -> List {
        List(Repr::Listpack(Listpack::new()))
    }

    /// A list from a listpack (RDB); a quicklist when it is bigger than a listpack may be.
    pub fn from_listpack(listpack: Listpack, limits: &Limits) -> List {
        let mut list = List(Repr::Listpack(listpack));
        list.expect(0, 0, limits);
        list
    }

    /// A list from a quicklist (RDB); a listpack when it is small enough to be one.
    pub fn from_quicklist(quicklist: Quicklist, limits: &Limits) -> List {
        let mut list = List(Repr::Quicklist(Box::new(quicklist)));
        list.become_listpack(1, limits);
        list
    }

    /// The listpack, while the list is one (RDB).
    pub fn listpack(&self) -> Option<&Listpack> {
        if let Repr::Listpack(listpack) = &self.0 { Some(listpack) } else { None }
    }

    /// The quicklist, when the list is one (RDB).
    pub fn quicklist(&self) -> Option<&Quicklist> {
        if let Repr::Quicklist(quicklist) = &self.0 { Some(quicklist) } else { None }
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.len(),
            Repr::Quicklist(quicklist) => quicklist.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Listpack(_) => "listpack",
            Repr::Quicklist(_) => "quicklist",
        }
    }

    /// Bytes allocated outside the structure itself. O(1).
    #[inline]
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.heap_bytes(),
            Repr::Quicklist(quicklist) => size_of::<Quicklist>() + quicklist.heap_bytes(),
        }
    }

    /// The element number `index`.
    pub fn at(&self, index: usize) -> Option<Element<'_>> {
        match &self.0 {
            Repr::Listpack(listpack) => listpack.at(index),
            Repr::Quicklist(quicklist) => quicklist.at(index),
        }
    }

    /// The elements from first to last, or from last to first.
    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Repr::Listpack(listpack) => Iter::Listpack(listpack.iter()),
            Repr::Quicklist(quicklist) => Iter::Quicklist(quicklist.iter()),
        }
    }

    /// The elements from number `index` to the last.
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        match &self.0 {
            Repr::Listpack(listpack) => {
                Iter::Listpack(listpack.iter_from(listpack.seek(index).unwrap_or(listpack.end())))
            }
            Repr::Quicklist(quicklist) => Iter::Quicklist(quicklist.iter_from(index)),
        }
    }

    /// Adds elements one after another at one end. They are given together, as the sum of their lengths
    /// decides about the encoding.
    pub fn push<'a>(&mut self, side: Side, elements: impl Iterator<Item = &'a [u8]> + Clone, limits: &Limits) {
        if let Repr::Listpack(_) = self.0 {
            let (count, bytes) = elements.clone().fold((0, 0), |(count, sum), text| (count + 1, sum + text.len()));
            self.expect(count, bytes, limits);
        }
        let fill = limits.list_fill();
        for text in elements {
            let element = Element::Bytes(text);
            match (&mut self.0, side) {
                (Repr::Listpack(listpack), Side::Front) => listpack.push_front(element),
                (Repr::Listpack(listpack), Side::Back) => listpack.push_back(element),
                (Repr::Quicklist(quicklist), Side::Front) => quicklist.push_front(element, fill),
                (Repr::Quicklist(quicklist), Side::Back) => quicklist.push_back(element, fill),
            }
        }
    }

    /// Removes the element at one end.
    pub fn pop(&mut self, side: Side, limits: &Limits) -> Option<Bytes> {
        match &mut self.0 {
            Repr::Listpack(listpack) => {
                let place = match side {
                    Side::Front => listpack.first(),
                    Side::Back => listpack.previous(listpack.end())?,
                };
                let element = listpack.get(place)?.to_bytes();
                listpack.remove(place, 1);
                Some(element)
            }
            Repr::Quicklist(quicklist) => {
                let element = match side {
                    Side::Front => quicklist.pop_front(),
                    Side::Back => quicklist.pop_back(),
                };
                self.become_listpack(2, limits);
                element
            }
        }
    }

    /// Puts another element in the place of number `index` (LSET); false when there is none.
    pub fn replace(&mut self, index: usize, text: &[u8], limits: &Limits) -> bool {
        self.expect(1, text.len(), limits);
        let element = Element::Bytes(text);
        match &mut self.0 {
            Repr::Listpack(listpack) => match listpack.seek(index) {
                Some(place) if place < listpack.end() => {
                    listpack.replace(place, element);
                    true
                }
                _ => false,
            },
            Repr::Quicklist(quicklist) => {
                let replaced = quicklist.replace(index, element, limits.list_fill());
                self.become_listpack(2, limits);
                replaced
            }
        }
    }

    /// Adds an element before number `index`, or at the end (LINSERT).
    pub fn insert(&mut self, index: usize, text: &[u8], limits: &Limits) {
        self.expect(1, text.len(), limits);
        let element = Element::Bytes(text);
        match &mut self.0 {
            Repr::Listpack(listpack) => {
                let place = listpack.seek(index).unwrap_or(listpack.end());
                listpack.insert(place, element);
            }
            Repr::Quicklist(quicklist) => quicklist.insert(index, element, limits.list_fill()),
        }
    }

    /// Removes up to `count` elements from number `index` on (LTRIM, LPOP with a count) and returns how many.
    pub fn remove_range(&mut self, index: usize, count: usize, limits: &Limits) -> usize {
        match &mut self.0 {
            Repr::Listpack(listpack) => {
                let before = listpack.len();
                listpack.remove_range(index, count);
                before - listpack.len()
            }
            Repr::Quicklist(quicklist) => {
                let removed = quicklist.remove_range(index, count);
                self.become_listpack(2, limits);
                removed
            }
        }
    }

    /// Removes up to `limit` elements whose text is `text`, beginning at `side` (LREM), and returns how many.
    pub fn remove_matching(&mut self, text: &[u8], limit: usize, side: Side, limits: &Limits) -> usize {
        let from_back = side == Side::Back;
        match &mut self.0 {
            Repr::Listpack(listpack) => remove_in_listpack(listpack, &mut Needle::new(text), limit, from_back),
            Repr::Quicklist(quicklist) => {
                let removed = quicklist.remove_matching(text, limit, from_back);
                self.become_listpack(2, limits);
                removed
            }
        }
    }

    /// `count` elements of `bytes` together are about to come: a listpack that would get too big becomes a
    /// quicklist. As in Redis, the bytes that entries add to their text do not count.
    fn expect(&mut self, count: usize, bytes: usize, limits: &Limits) {
        if let Repr::Listpack(listpack) = &mut self.0
            && !limits.list_fill().allows(listpack.total_bytes() + bytes, listpack.len() + count)
        {
            let mut quicklist = Quicklist::new();
            quicklist.push_node(quicklist::Node::Packed(core::mem::take(listpack)));
            self.0 = Repr::Quicklist(Box::new(quicklist));
        }
    }

    /// A quicklist of one node becomes a listpack when that has at most the `part`th of the largest size.
    fn become_listpack(&mut self, part: usize, limits: &Limits) {
        if let Repr::Quicklist(quicklist) = &mut self.0 {
            let fill = limits.list_fill();
            // A limit by number of elements has none by bytes here; Redis does not apply its safety limit.
            let bytes = if fill.elements == usize::MAX { fill.bytes / part } else { usize::MAX };
            if quicklist.is_empty()
                || quicklist
                    .only_listpack()
                    .is_some_and(|only| only.total_bytes() <= bytes && only.len() <= fill.elements / part)
            {
                self.0 = Repr::Listpack(core::mem::take(quicklist).into_listpack());
            }
        }
    }
}

impl Default for List {
    fn default() -> List {
        List::new()
    }
}

impl PartialEq for List {
    /// The same elements, in whatever encoding.
    fn eq(&self, other: &List) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for List {}

/// The elements of a list, from both sides.
#[derive(Clone)]
pub enum Iter<'a> {
    /// Of a listpack.
    Listpack(listpack::Iter<'a>),
    /// Of a quicklist.
    Quicklist(quicklist::Iter<'a>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        match self {
            Iter::Listpack(entries) => entries.next(),
            Iter::Quicklist(elements) => elements.next(),
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Iter::Listpack(entries) => entries.next_back(),
            Iter::Quicklist(elements) => elements.next_back(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;
    use std::collections::BTreeSet;

    fn setting(list_max_listpack_size: i64) -> Limits {
        Limits { list_max_listpack_size, ..Limits::default() }
    }

    #[test]
    fn agrees_with_a_vector_under_random_operations() {
        let mut encodings = BTreeSet::new();
        for seed in 0..80 {
            let mut random = Random::new(seed);
            let limits = setting([-1, 20, 1, 6][seed as usize % 4]);
            let (mut list, mut model) = (List::new(), Vec::<Vec<u8>>::new());
            for step in 0..300 {
                let big = if seed % 4 == 0 { 400 } else { 5 };
                let text = [vec![b'q'; random.index(big)], random.below(9).to_string().into()].concat();
                let index = random.index(model.len() + 1);
                match if step % 100 < 50 { random.below(6) } else { 2 + random.below(7) } {
                    0 => {
                        list.push(Side::Back, [&text[..], &text].into_iter(), &limits);
                        model.extend([text.clone(), text]);
                    }
                    1 => {
                        list.push(Side::Front, [&text[..], b"x"].into_iter(), &limits);
                        model.splice(0..0, [b"x".to_vec(), text]);
                    }
                    2 => (list.insert(index, &text, &limits), model.insert(index, text)).0,
                    3 => {
                        assert_eq!(list.replace(index, &text, &limits), index < model.len());
                        model.get_mut(index).map(|own| *own = text).unwrap_or_default();
                    }
                    4 => {
                        assert_eq!(list.at(index).map(Element::to_vec).as_ref(), model.get(index));
                        assert!(list.iter_from(index).map(Element::to_vec).eq(model[index..].iter().cloned()));
                    }
                    5 => {
                        let text = model.get(index).cloned().unwrap_or_default();
                        let count = model.iter().filter(|own| **own == text).count();
                        let side = if step % 2 == 0 { Side::Front } else { Side::Back };
                        assert_eq!(list.remove_matching(&text, usize::MAX, side, &limits), count);
                        model.retain(|own| *own != text);
                    }
                    6 => assert_eq!(list.pop(Side::Back, &limits).map(Bytes::into_vec), model.pop()),
                    7 => {
                        let first = (!model.is_empty()).then(|| model.remove(0));
                        assert_eq!(list.pop(Side::Front, &limits).map(Bytes::into_vec), first);
                    }
                    _ => {
                        let end = (index + 7).min(model.len());
                        assert_eq!(list.remove_range(index, 7, &limits), end - index);
                        model.drain(index..end);
                    }
                }
                assert!(list.iter().map(Element::to_vec).eq(model.iter().cloned()));
                assert!(list.iter().rev().map(Element::to_vec).eq(model.iter().rev().cloned()));
                assert_eq!(list.len(), model.len());
                encodings.insert(list.encoding());
            }
            let mut other = List::new();
            other.push(Side::Back, model.iter().map(|text| &text[..]), &setting(1));
            assert_eq!(other, list);
        }
        assert_eq!(encodings.len(), 2);
    }

    fn check(list: &List, len: usize, encoding: &str) {
        assert_eq!((list.len(), list.encoding()), (len, encoding));
    }

    #[test]
    fn changes_its_encoding_where_redis_7_4_does() {
        let limits = setting(4);
        let words: Vec<&[u8]> = vec![b"a", b"b", b"c", b"d", b"e"];
        let mut list = List::new();
        list.push(Side::Back, words.iter().copied().take(4), &limits);
        check(&list, 4, "listpack");
        list.push(Side::Back, words.iter().copied().take(1), &limits);
        check(&list, 5, "quicklist");
        list.pop(Side::Back, &limits);
        list.pop(Side::Front, &limits);
        check(&list, 3, "quicklist");
        list.pop(Side::Front, &limits);
        check(&list, 2, "listpack");
        let mut list = List::new();
        list.push(Side::Front, words.iter().copied(), &limits);
        check(&list, 5, "quicklist");
        // By bytes, only the text counts before a push.
        let limits = setting(-2);
        let text = [b'x'; 8192 - 7];
        let mut list = List::new();
        list.push(Side::Front, [&text[..]].into_iter(), &limits);
        check(&list, 1, "listpack");
        list.push(Side::Front, [&b""[..]].into_iter(), &limits);
        check(&list, 2, "quicklist");
        // Two nodes are not joined by a removal.
        list.replace(1, b"", &limits);
        check(&list, 2, "quicklist");
        list.pop(Side::Front, &limits);
        check(&list, 1, "listpack");
    }
}
