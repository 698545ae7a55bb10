//! A small hash of which some fields have a deadline: a listpack of field, value, time, field, value, time ...
//!
//! What always holds: the fields stand in the order of their deadlines, those without one (time 0) at the end. So
//! the next to expire is the first, and expiry takes a prefix away.

use crate::base::Bytes;
use crate::encoding::listpack::{Corrupt, Iter, View};
use crate::encoding::{Element, Listpack};

/// The time of a field without deadline.
const NO_TIME: i64 = 0;

/// A small hash with deadlines; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Timed(Listpack);

impl Timed {
    /// The fields of a listpack of fields and values, without deadlines.
    pub fn from_pairs(pairs: View<'_>) -> Timed {
        let mut listpack = Listpack::with_capacity(pairs.as_bytes().len() + pairs.len());
        let mut elements = pairs.iter();
        while let (Some(field), Some(value)) = (elements.next(), elements.next()) {
            listpack.push_back(field);
            listpack.push_back(value);
            listpack.push_back(NO_TIME.into());
        }
        Timed(listpack)
    }

    /// The fields of a listpack of triples (RDB), brought in order if they are not.
    ///
    /// # Errors
    /// When the listpack does not consist of triples, has a field twice, or a time is none.
    pub fn from_triples(listpack: Listpack) -> Result<Timed, Corrupt> {
        if !listpack.len().is_multiple_of(3) || super::super::has_duplicates(&listpack, 3) {
            return Err(Corrupt);
        }
        let (mut last, mut ordered) = (0, true);
        for time in listpack.iter().skip(2).step_by(3) {
            let time = time.as_int().and_then(|time| u64::try_from(time).ok()).ok_or(Corrupt)?;
            if time > super::MAX_DEADLINE_MS {
                return Err(Corrupt);
            }
            let time = if time == 0 { u64::MAX } else { time };
            ordered &= last <= time;
            last = time;
        }
        let timed = Timed(listpack);
        if ordered {
            return Ok(timed);
        }
        let mut sorted = Timed(Listpack::with_capacity(timed.0.total_bytes()));
        let mut fields = timed.iter();
        while let Some((field, value, deadline)) = next(&mut fields) {
            sorted.insert(field, value, deadline);
        }
        Ok(sorted)
    }

    /// The listpack of triples.
    pub fn listpack(&self) -> &Listpack {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.len() / 3
    }

    pub fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    /// The elements, for [`next`].
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter()
    }

    fn find(&self, field: &[u8]) -> Option<usize> {
        self.0.find(field, self.0.first(), 3)
    }

    pub fn contains(&self, field: &[u8]) -> bool {
        self.find(field).is_some()
    }

    /// The value and the deadline of a field.
    pub fn get(&self, field: &[u8]) -> Option<(Element<'_>, Option<u64>)> {
        let mut elements = self.0.iter_from(self.find(field)?);
        next(&mut elements).map(|(_, value, deadline)| (value, deadline))
    }

    /// The field at a position in `0..len` and its value.
    pub fn at(&self, position: usize) -> Option<(Element<'_>, Element<'_>)> {
        let place = self.0.seek(position.checked_mul(3)?)?;
        let (field, value) = self.0.get_and_next(place)?;
        Some((field, self.0.get(value)?))
    }

    /// Sets a field's value; true when the field is new. What deadline it has stays or, without `keep`, goes.
    pub fn set(&mut self, field: &[u8], value: &[u8], keep: bool) -> bool {
        let Some(place) = self.find(field) else {
            self.insert(field.into(), value.into(), None);
            return true;
        };
        let has_deadline = self.deadline_at(place).is_some();
        if has_deadline && !keep {
            self.0.remove(place, 3);
            self.insert(field.into(), value.into(), None);
        } else if let Some(place) = self.0.next(place) {
            self.0.replace(place, value.into());
        }
        false
    }

    /// Gives a field a deadline or takes it away; nothing when there is no such field.
    pub fn set_deadline(&mut self, field: &[u8], deadline: Option<u64>) {
        let Some(place) = self.find(field) else { return };
        let value = self.0.next(place).and_then(|place| self.0.get(place)).map(Element::to_bytes);
        if let Some(value) = value {
            self.0.remove(place, 3);
            self.insert(field.into(), (&value).into(), deadline);
        }
    }

    pub fn remove(&mut self, field: &[u8]) -> bool {
        let place = self.find(field);
        if let Some(place) = place {
            self.0.remove(place, 3);
        }
        place.is_some()
    }

    /// The earliest deadline.
    pub fn next_deadline(&self) -> Option<u64> {
        if self.0.is_empty() { None } else { self.deadline_at(self.0.first()) }
    }

    /// Whether every field's deadline lies before `now_ms`.
    pub fn all_due(&self, now_ms: u64) -> bool {
        let last = self.0.previous(self.0.end()).and_then(|place| self.0.get(place)).and_then(deadline);
        last.is_some_and(|last| last < now_ms)
    }

    /// Takes fields away whose deadline lies before `now_ms`, at most `limit`, and names them.
    pub fn expire(&mut self, now_ms: u64, limit: usize) -> Vec<Bytes> {
        let mut elements = self.0.iter();
        let mut expired = Vec::new();
        while expired.len() < limit
            && let Some((field, _, Some(deadline))) = next(&mut elements)
            && deadline < now_ms
        {
            expired.push(field.to_bytes());
        }
        self.0.remove(self.0.first(), expired.len() * 3);
        expired
    }

    fn deadline_at(&self, place: usize) -> Option<u64> {
        let time = self.0.next(self.0.next(place)?)?;
        self.0.get(time).and_then(deadline)
    }

    /// Adds a field that is not there, before the first with the same or a later deadline, as Redis does.
    fn insert(&mut self, field: Element<'_>, value: Element<'_>, at: Option<u64>) {
        let mut place = self.0.end();
        if let Some(at) = at {
            place = self.0.first();
            while let Some(own) = self.deadline_at(place)
                && own < at
            {
                let behind = self.0.next(place).and_then(|place| self.0.next(place));
                place = behind.and_then(|place| self.0.next(place)).unwrap_or(self.0.end());
            }
        }
        // From the last to the first, so that the place stays the same.
        self.0.insert(place, at.map_or(NO_TIME, |at| at as i64).into());
        self.0.insert(place, value);
        self.0.insert(place, field);
    }
}

fn deadline(time: Element<'_>) -> Option<u64> {
    time.as_int().and_then(|time| u64::try_from(time).ok()).filter(|&time| time != 0)
}

/// The next field of an iteration over triples, with its value and its deadline.
#[inline]
pub fn next<'a>(elements: &mut Iter<'a>) -> Option<(Element<'a>, Element<'a>, Option<u64>)> {
    Some((elements.next()?, elements.next()?, deadline(elements.next()?)))
}
