//! Lookups that are made while the data is only looked at, by a command that holds on to what it finds: SORT reads
//! keys that its elements name. They are noted, and counted when nothing is held any more.
//!
//! Nothing may be written in between: what is noted are places in the table of keys.

use super::{Keyspace, Object};
use crate::base::Bytes;

/// Lookups that are not counted yet.
#[derive(Debug, Default)]
pub struct Lookups {
    /// Where keys were found.
    found: Vec<usize>,
    missed: u64,
    /// Which keys were not found, as far as that is announced or their time was over.
    missed_keys: Vec<Bytes>,
}

impl Keyspace {
    /// [`Keyspace::view_object`] that is noted as a lookup.
    pub fn look(&self, database: usize, key: &[u8], lookups: &mut Lookups) -> Option<&Object> {
        let space = self.database(database)?;
        let found = space.find(key).and_then(|position| Some((position, space.at(position)?.1)));
        match found {
            Some((position, object)) if !self.is_expired(object) => {
                lookups.found.push(position);
                Some(object)
            }
            expired => {
                lookups.missed += 1;
                if expired.is_some() || (self.listening && self.announce_misses) {
                    lookups.missed_keys.push(Bytes::new(key));
                }
                None
            }
        }
    }

    /// Counts what was noted as hits, misses and uses of the keys, removes keys whose time was over, and announces the
    /// misses.
    pub fn count_lookups(&mut self, database: usize, lookups: Lookups) {
        self.counters.hits += lookups.found.len() as u64;
        for position in lookups.found.into_iter().filter(|_| self.touching) {
            let object = self.databases.get_mut(database).and_then(|space| space.object_mut(position));
            if let Some(object) = object {
                object.access = self.access.used(object.access, self.now);
            }
        }
        self.counters.misses += lookups.missed - lookups.missed_keys.len() as u64;
        for key in lookups.missed_keys {
            self.locate(database, &key);
            self.miss(database, &key);
        }
    }
}
