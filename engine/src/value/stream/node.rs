//! A node of a stream: some entries in one listpack, in the format of Redis (`t_stream.c`), because RDB files carry
//! its bytes as they are. Knows neither its neighbours nor its own ID, which is the one that its entries count from.
//!
//! ```text
//! master entry   count   deleted   fields   name ...   0
//! entry          flags   ms   seq   value ...                       words       with the master's names
//! entry          flags   ms   seq   fields   name value ...         words       with names of its own
//! ```
//!
//! `ms` and `seq` are differences to the node's ID; `words` is how many elements the entry has before it, so that a
//! reader who comes from the right finds its beginning. Entries are not taken out but marked.
//!
//! What always holds: the listpack is laid out like this, and `count` and `deleted` are right. Foreign bytes come in
//! through [`Node::from_listpack`] only, which checks every entry.

use crate::encoding::listpack::Corrupt;
use crate::encoding::{Element, Listpack};

use super::StreamId;

/// The flag of an entry that was removed.
const DELETED: i64 = 1;
/// The flag of an entry whose names are those of the master entry.
const SAME_FIELDS: i64 = 2;

/// Some entries in one listpack; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Node(Listpack);

/// The beginning of an entry.
struct Head {
    flags: i64,
    id: StreamId,
    /// How many pairs follow.
    fields: usize,
    /// Where they begin.
    body: usize,
}

impl Node {
    /// A node without entries, whose master entry has the names of `pairs`.
    pub fn new(pairs: &[&[u8]]) -> Node {
        let mut listpack = Listpack::new();
        listpack.push_back(Element::Int(0));
        listpack.push_back(Element::Int(0));
        listpack.push_back(Element::Int(pairs.len() as i64 / 2));
        for name in pairs.iter().step_by(2) {
            listpack.push_back(Element::Bytes(name));
        }
        listpack.push_back(Element::Int(0));
        Node(listpack)
    }

    /// A node from a listpack of unknown origin.
    ///
    /// # Errors
    /// When it is not laid out as a node is, or its counts are wrong.
    pub fn from_listpack(listpack: Listpack) -> Result<Node, Corrupt> {
        let node = Node(listpack);
        node.check().ok_or(Corrupt)?;
        Ok(node)
    }

    fn check(&self) -> Option<()> {
        let listpack = &self.0;
        let (count, at) = self.int(listpack.first())?;
        let (deleted, at) = self.int(at)?;
        let (fields, at) = self.size(at)?;
        let (zero, mut at) = self.int(self.skip(at, fields)?)?;
        if zero != 0 {
            return None;
        }
        let (mut valid, mut marked) = (0i64, 0i64);
        while at < listpack.end() {
            let (flags, next) = self.int(at)?;
            let (_, next) = self.int(next)?;
            let (_, next) = self.int(next)?;
            let (words, next) = if flags & SAME_FIELDS != 0 {
                (fields.checked_add(3)?, self.skip(next, fields)?)
            } else {
                let (own, next) = self.size(next)?;
                let both = own.checked_mul(2)?;
                (both.checked_add(4)?, self.skip(next, both)?)
            };
            let (told, next) = self.int(next)?;
            if usize::try_from(told) != Ok(words) {
                return None;
            }
            *(if flags & DELETED == 0 { &mut valid } else { &mut marked }) += 1;
            at = next;
        }
        (count == valid && deleted == marked).then_some(())
    }

    /// The listpack; the module's documentation says what its entries are for.
    pub fn listpack(&self) -> &Listpack {
        &self.0
    }

    /// The bytes as RDB files carry them.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The bytes of the whole node.
    pub fn total_bytes(&self) -> usize {
        self.0.total_bytes()
    }

    /// Bytes on the heap. O(1).
    pub fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    /// Gives back the memory that is not in use: nothing more will be added.
    pub fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
    }

    /// How many entries there are.
    pub fn count(&self) -> u64 {
        self.int(self.0.first()).map_or(0, |(count, _)| count as u64)
    }

    /// How many entries there are, those that were removed included.
    pub fn count_all(&self) -> u64 {
        let deleted = self.int(self.0.first()).and_then(|(_, at)| self.int(at));
        self.count() + deleted.map_or(0, |(deleted, _)| deleted as u64)
    }

    /// The names of the master entry.
    pub fn master_names(&self) -> impl Iterator<Item = Element<'_>> {
        let names = self.names_start().unwrap_or(self.0.end());
        self.0.iter_from(names).take(self.master_fields().unwrap_or(0))
    }

    /// Adds an entry at the end; `pairs` are its names and values, `base` is the node's ID.
    pub fn append(&mut self, base: StreamId, id: StreamId, pairs: &[&[u8]]) {
        let fields = pairs.len() as i64 / 2;
        let same = self.has_fields(pairs);
        self.0.push_back(Element::Int(if same { SAME_FIELDS } else { 0 }));
        self.0.push_back(Element::Int(id.ms.wrapping_sub(base.ms) as i64));
        self.0.push_back(Element::Int(id.seq.wrapping_sub(base.seq) as i64));
        if same {
            for value in pairs.iter().skip(1).step_by(2) {
                self.0.push_back(Element::Bytes(value));
            }
            self.0.push_back(Element::Int(fields + 3));
        } else {
            self.0.push_back(Element::Int(fields));
            for word in pairs {
                self.0.push_back(Element::Bytes(word));
            }
            self.0.push_back(Element::Int(2 * fields + 4));
        }
        self.add_to_counts(1, 0);
    }

    /// Marks an entry as removed, by its place.
    pub fn mark_deleted(&mut self, place: usize) {
        if let Some((flags, _)) = self.int(place) {
            self.0.replace(place, Element::Int(flags | DELETED));
            self.add_to_counts(-1, 1);
        }
    }

    /// Marks entries from the beginning on as removed, as long as `goes` says so of their ID, and of whether they
    /// were removed before; says how many went.
    pub fn mark_while(&mut self, base: StreamId, mut goes: impl FnMut(StreamId, bool) -> bool) -> u64 {
        let mut place = self.entries_start();
        let mut marked = 0;
        while let Some(head) = self.head(base, place) {
            let deleted = head.flags & DELETED != 0;
            if !goes(head.id, deleted) {
                break;
            }
            if !deleted {
                // Both flags take the same room, so that the places behind stay.
                self.0.replace(place, Element::Int(head.flags | DELETED));
                marked += 1;
            }
            match self.after(&head) {
                Some(next) => place = next,
                None => break,
            }
        }
        self.add_to_counts(-(marked as i64), marked as i64);
        marked
    }

    /// All entries, those that were removed included.
    pub fn entries(&self, base: StreamId) -> Entries<'_> {
        Entries { node: self, base, front: self.entries_start(), back: self.0.end() }
    }

    /// The ID of the last entry, which may have been removed.
    pub fn last_id(&self, base: StreamId) -> Option<StreamId> {
        self.entries(base).next_back().map(|entry| entry.id)
    }

    fn add_to_counts(&mut self, count: i64, deleted: i64) {
        let first = self.0.first();
        if let Some((old, _)) = self.int(first) {
            self.0.replace(first, Element::Int(old + count));
        }
        if deleted != 0
            && let Some(at) = self.0.next(first)
            && let Some((old, _)) = self.int(at)
        {
            self.0.replace(at, Element::Int(old + deleted));
        }
    }

    /// Whether the names of `pairs` are those of the master entry.
    fn has_fields(&self, pairs: &[&[u8]]) -> bool {
        let names = self.names_start();
        let fields = names.and_then(|_| self.master_fields());
        if fields != Some(pairs.len() / 2) {
            return false;
        }
        let own = self.0.iter_from(names.unwrap_or_default());
        own.zip(pairs.iter().step_by(2)).all(|(own, name)| own.is(name))
    }

    fn master_fields(&self) -> Option<usize> {
        self.size(self.skip(self.0.first(), 2)?).map(|(fields, _)| fields)
    }

    /// Where the names of the master entry begin.
    fn names_start(&self) -> Option<usize> {
        self.skip(self.0.first(), 3)
    }

    /// Where the first entry begins.
    fn entries_start(&self) -> usize {
        let start = self.names_start().and_then(|names| self.skip(names, self.master_fields()?.checked_add(1)?));
        start.unwrap_or(self.0.end())
    }

    fn head(&self, base: StreamId, place: usize) -> Option<Head> {
        let (flags, at) = self.int(place)?;
        let (ms, at) = self.int(at)?;
        let (seq, at) = self.int(at)?;
        let id = StreamId { ms: base.ms.wrapping_add(ms as u64), seq: base.seq.wrapping_add(seq as u64) };
        let (fields, body) = if flags & SAME_FIELDS != 0 { (self.master_fields()?, at) } else { self.size(at)? };
        Some(Head { flags, id, fields, body })
    }

    /// Where the entry after this one begins.
    fn after(&self, head: &Head) -> Option<usize> {
        let words = if head.flags & SAME_FIELDS != 0 { head.fields } else { head.fields.checked_mul(2)? };
        self.skip(head.body, words.checked_add(1)?)
    }

    fn int(&self, place: usize) -> Option<(i64, usize)> {
        let (element, next) = self.0.get_and_next(place)?;
        Some((element.as_int()?, next))
    }

    fn size(&self, place: usize) -> Option<(usize, usize)> {
        let (number, next) = self.int(place)?;
        Some((usize::try_from(number).ok()?, next))
    }

    /// The place `count` elements behind `place`.
    fn skip(&self, place: usize, count: usize) -> Option<usize> {
        (0..count).try_fold(place, |place, _| self.0.next(place))
    }
}

/// The entries of a node, from both sides.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    node: &'a Node,
    base: StreamId,
    front: usize,
    back: usize,
}

/// An entry of a node.
#[derive(Clone, Debug)]
pub struct NodeEntry<'a> {
    pub id: StreamId,
    pub deleted: bool,
    /// Where it begins.
    pub place: usize,
    pub fields: Fields<'a>,
}

impl<'a> Entries<'a> {
    fn entry(&self, head: &Head, place: usize) -> NodeEntry<'a> {
        let names = if head.flags & SAME_FIELDS != 0 { self.node.names_start() } else { None };
        NodeEntry {
            id: head.id,
            deleted: head.flags & DELETED != 0,
            place,
            fields: Fields { listpack: &self.node.0, names, at: head.body, left: head.fields },
        }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = NodeEntry<'a>;

    fn next(&mut self) -> Option<NodeEntry<'a>> {
        if self.front >= self.back {
            return None;
        }
        let place = self.front;
        let head = self.node.head(self.base, place)?;
        self.front = self.node.after(&head)?;
        Some(self.entry(&head, place))
    }
}

impl<'a> DoubleEndedIterator for Entries<'a> {
    fn next_back(&mut self) -> Option<NodeEntry<'a>> {
        if self.front >= self.back {
            return None;
        }
        let listpack = &self.node.0;
        let words_at = listpack.previous(self.back)?;
        let (words, _) = self.node.int(words_at)?;
        let place = (0..words).try_fold(words_at, |place, _| listpack.previous(place))?;
        self.back = place;
        let head = self.node.head(self.base, place)?;
        Some(self.entry(&head, place))
    }
}

/// The names and values of an entry.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    listpack: &'a Listpack,
    /// Where the next name stands, when it stands in the master entry.
    names: Option<usize>,
    /// Where the next value stands, or the next name.
    at: usize,
    left: usize,
}

impl<'a> Iterator for Fields<'a> {
    type Item = (Element<'a>, Element<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let name = match &mut self.names {
            Some(names) => {
                let (name, next) = self.listpack.get_and_next(*names)?;
                *names = next;
                name
            }
            None => {
                let (name, next) = self.listpack.get_and_next(self.at)?;
                self.at = next;
                name
            }
        };
        let (value, next) = self.listpack.get_and_next(self.at)?;
        self.at = next;
        Some((name, value))
    }

    /// Exact.
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Fields<'_> {}
