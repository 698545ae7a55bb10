//! The databases and the one door for writes.
//!
//! Everything that reads or changes data goes through [`Keyspace`]: it lets expired keys disappear, keeps the
//! memory accounts, removes what became empty, and records each change. Knows nothing of commands, replies or
//! clients.
//!
//! What always holds: no key holds an empty list, hash, set or sorted set; a key past its deadline is never
//! returned; every change is in [`Keyspace::take_changes`] while somebody listens.

mod access;
mod changes;
mod database;
mod evict;
mod kind;
mod lookups;

pub use access::{Access, AccessClock, KnownUse};
pub use changes::{Change, Class, Touched};
pub use database::{Database, KeyParts, NEVER, Object};
pub use evict::{Eviction, Measure, Policy};
pub use kind::{Kind, WrongType};
pub use lookups::Lookups;

use crate::base::{Bytes, HashSeed, Random, Time};
use crate::value::{Limits, Value};

/// What a new value does to the deadline of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The key has none afterwards.
    Clear,
    /// The key keeps what it had.
    Keep,
    /// The last millisecond (since the epoch) at which the key exists.
    At(u64),
}

/// One end of a move: the key, and what notifications call its part in it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub database: usize,
    pub key: &'a [u8],
    pub event: &'static str,
}

/// Counters that INFO reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub hits: u64,
    pub misses: u64,
    pub expired: u64,
    /// Fields of hashes that were past their deadline.
    pub expired_fields: u64,
    /// Keys that were given up for memory.
    pub evicted: u64,
    /// Changes since the last save.
    pub dirty: u64,
}

/// All databases of a node.
#[derive(Clone, Debug)]
pub struct Keyspace {
    databases: Vec<Database>,
    seed: HashSeed,
    now: Time,
    changes: Vec<Change>,
    /// Whether anybody reads [`Keyspace::take_changes`]; nothing is recorded otherwise.
    pub listening: bool,
    /// Whether reads of keys that are not there are announced.
    pub announce_misses: bool,
    /// Whether keys that come into being are announced as such: to those who wait for them too.
    pub announce_new: bool,
    /// Whether reading a key counts as using it (CLIENT NO-TOUCH).
    pub touching: bool,
    /// Whether keys past their deadline disappear. Off while a journal is replayed: it holds the deletions.
    pub expiring: bool,
    /// Whether they do so by themselves and not only when somebody asks for them (DEBUG SET-ACTIVE-EXPIRE).
    pub active_expiry: bool,
    pub limits: Limits,
    pub counters: Counters,
    /// How uses of keys are kept.
    pub access: AccessClock,
    /// How keys are given up when memory is short.
    pub eviction: Eviction,
}

impl Keyspace {
    /// A number of databases without data.
    pub fn new(seed: HashSeed, databases: usize, now: Time) -> Keyspace {
        Keyspace {
            databases: vec![Database::new(seed.clone()); databases],
            seed: seed.clone(),
            now,
            changes: Vec::new(),
            listening: false,
            announce_misses: false,
            announce_new: false,
            touching: true,
            expiring: true,
            active_expiry: true,
            access: AccessClock::new(&seed),
            eviction: Eviction::new(seed.hash(b"eviction")),
            limits: Limits { hash_seed: seed, ..Limits::default() },
            counters: Counters::default(),
        }
    }

    /// A keyspace with the same clock, seed and settings, and no data.
    pub fn emptied(&self) -> Keyspace {
        let (limits, access) = (self.limits.clone(), self.access.clone());
        Keyspace { limits, access, ..Keyspace::new(self.seed.clone(), self.databases.len(), self.now) }
    }

    /// The time that deadlines are compared with.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Moves the clock; deadlines are compared with this until the next call.
    pub fn set_now(&mut self, now: Time) {
        if now < self.now {
            self.access.note_set_back(self.now.since(now));
        }
        self.now = now;
    }

    /// Moves the clock ahead to where it was before it was set back: no key is any older for that.
    pub fn set_ahead(&mut self, now: Time) {
        self.access.note_set_ahead(now.since(self.now));
        self.now = self.now.max(now);
    }

    /// The changes since the last call, in order.
    pub fn take_changes(&mut self) -> Vec<Change> {
        core::mem::take(&mut self.changes)
    }

    /// Whether [`Keyspace::take_changes`] has anything to give.
    pub fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// One database, to look at. It may still hold keys past their deadline; see [`Keyspace::is_expired`].
    pub fn database(&self, database: usize) -> Option<&Database> {
        self.databases.get(database)
    }

    /// How many databases there are.
    pub fn database_count(&self) -> usize {
        self.databases.len()
    }

    /// All databases with their numbers.
    pub fn databases(&self) -> impl Iterator<Item = (usize, &Database)> {
        self.databases.iter().enumerate()
    }

    /// Whether an object is past its deadline now, or a hash of which every field is.
    pub fn is_expired(&self, object: &Object) -> bool {
        // As in Redis, a key still exists in the millisecond of its deadline.
        self.expiring && (self.now.0 > object.expire_at_ms || object.value.is_due(self.now.0))
    }

    /// Whether a deadline has come, so that setting it means removing the key. Never while a journal is replayed:
    /// it holds the removals.
    pub fn is_past(&self, deadline_ms: u64) -> bool {
        self.expiring && deadline_ms <= self.now.0
    }

    /// Bytes allocated by all databases.
    pub fn heap_bytes(&self) -> usize {
        self.databases.iter().map(Database::heap_bytes).sum()
    }

    /// Bytes that the keys of all databases need, which giving up a key always lowers.
    #[inline]
    pub fn live_bytes(&self) -> usize {
        self.databases.iter().filter(|database| !database.is_empty()).map(Database::live_bytes).sum()
    }

    // --- Reading -----------------------------------------------------------------------------------------

    /// The object of a key, without counting the access. An expired key is removed.
    pub fn peek(&mut self, database: usize, key: &[u8]) -> Option<&Object> {
        let position = self.locate(database, key)?;
        self.databases.get(database)?.at(position).map(|(_, object)| object)
    }

    /// The object of a key, counted as a hit or a miss and as a use of the key. An expired key is removed.
    #[inline]
    pub fn lookup(&mut self, database: usize, key: &[u8]) -> Option<&Object> {
        match self.locate(database, key) {
            Some(position) => {
                self.counters.hits += 1;
                let object = self.databases.get_mut(database)?.object_mut(position)?;
                if self.touching {
                    object.access = self.access.used(object.access, self.now);
                }
                Some(object)
            }
            None => {
                self.miss(database, key);
                None
            }
        }
    }

    fn miss(&mut self, database: usize, key: &[u8]) {
        self.counters.misses += 1;
        if self.announce_misses {
            self.announce(database, key, Class::Miss, "keymiss");
        }
    }

    fn announce_new(&mut self, database: usize, key: &[u8]) {
        if self.announce_new {
            self.announce(database, key, Class::New, "new");
        }
    }

    /// The object of a key, counted as a use of the key but neither as a hit nor as a miss: a write looks at it.
    pub fn use_key(&mut self, database: usize, key: &[u8]) -> Option<&Object> {
        let position = self.locate(database, key)?;
        let object = self.databases.get_mut(database)?.object_mut(position)?;
        if self.touching {
            object.access = self.access.used(object.access, self.now);
        }
        Some(object)
    }

    /// [`Keyspace::lookup`] for a value of one type.
    ///
    /// # Errors
    /// When the key holds another type.
    #[inline]
    pub fn read<T: Kind>(&mut self, database: usize, key: &[u8]) -> Result<Option<&T>, WrongType> {
        match self.lookup(database, key) {
            None => Ok(None),
            Some(object) => T::of(&object.value).map(Some).ok_or(WrongType),
        }
    }

    /// A value of one type for a command that is about to change it: counted neither as a hit or a miss nor as a use
    /// of the key, as in Redis. The change will be the use, or this look if there will be none.
    ///
    /// # Errors
    /// When the key holds another type.
    pub fn seek<T: Kind>(&mut self, database: usize, key: &[u8]) -> Result<Option<&T>, WrongType> {
        let Some(position) = self.locate(database, key) else { return Ok(None) };
        let space = self.databases.get_mut(database).ok_or(WrongType)?;
        let object = space.object_mut(position).ok_or(WrongType)?;
        if T::of(&object.value).is_none() && self.touching {
            object.access = self.access.used(object.access, self.now);
        }
        T::of(&object.value).map(Some).ok_or(WrongType)
    }

    /// A value of one type without any side effect, so that several can be held at once. A command that reads
    /// several keys calls [`Keyspace::lookup`] on each of them first.
    ///
    /// # Errors
    /// When the key holds another type.
    pub fn view<T: Kind>(&self, database: usize, key: &[u8]) -> Result<Option<&T>, WrongType> {
        match self.view_object(database, key) {
            None => Ok(None),
            Some(object) => T::of(&object.value).map(Some).ok_or(WrongType),
        }
    }

    /// [`Keyspace::view`] for a value of any type.
    pub fn view_object(&self, database: usize, key: &[u8]) -> Option<&Object> {
        let space = self.databases.get(database)?;
        let (_, object) = space.at(space.find(key)?)?;
        (!self.is_expired(object)).then_some(object)
    }

    /// [`Keyspace::lookup`] that does not count as a use of the key, for commands that look at the key and not
    /// at its value.
    pub fn glance(&mut self, database: usize, key: &[u8]) -> Option<&Object> {
        let Some(position) = self.locate(database, key) else {
            self.miss(database, key);
            return None;
        };
        self.counters.hits += 1;
        self.databases.get(database)?.at(position).map(|(_, object)| object)
    }

    /// [`Keyspace::glance`] that announces no miss.
    pub fn glance_quietly(&mut self, database: usize, key: &[u8]) -> Option<&Object> {
        if self.exists(database, key) {
            return self.glance(database, key);
        }
        self.counters.misses += 1;
        None
    }

    /// How many keys a database has.
    pub fn len(&mut self, database: usize) -> usize {
        if self.active_expiry {
            self.expire_all_due(database);
        }
        self.databases.get(database).map_or(0, Database::len)
    }

    /// Whether a key exists; neither counted nor used.
    pub fn exists(&mut self, database: usize, key: &[u8]) -> bool {
        self.locate(database, key).is_some()
    }

    /// Bytes that a key takes, with all that it holds; neither counted nor used.
    pub fn bytes_of(&mut self, database: usize, key: &[u8]) -> Option<usize> {
        let position = self.locate(database, key)?;
        self.databases.get(database)?.bytes_at(position)
    }

    /// A key chosen uniformly among those that exist.
    pub fn random_key(&mut self, database: usize, random: &mut Random) -> Option<Bytes> {
        self.expire_all_due(database);
        let space = self.databases.get(database)?;
        space.at(random.index(space.len())).map(|(key, _)| key.clone())
    }

    // --- Writing -----------------------------------------------------------------------------------------

    /// Changes the value of a key in place; `None` when there is no such key. A value that became empty is
    /// removed with its key.
    ///
    /// # Errors
    /// When the key holds another type; nothing is changed then.
    #[inline]
    pub fn update<T: Kind, R>(
        &mut self,
        database: usize,
        key: &[u8],
        change: impl FnOnce(&mut T, &Limits) -> (R, Touched),
    ) -> Result<Option<R>, WrongType> {
        match self.locate(database, key) {
            None => Ok(None),
            Some(position) => self.update_at(database, position, key, change).map(Some),
        }
    }

    /// [`Keyspace::update`], on an empty value of the type when there is no such key. If the value is still
    /// empty afterwards, the key is not created.
    ///
    /// # Errors
    /// When the key holds another type; nothing is changed then.
    #[inline]
    pub fn update_or_create<T: Kind, R>(
        &mut self,
        database: usize,
        key: &[u8],
        change: impl FnOnce(&mut T, &Limits) -> (R, Touched),
    ) -> Result<R, WrongType> {
        if let Some(position) = self.locate(database, key) {
            return self.update_at(database, position, key, change);
        }
        let mut value = T::empty();
        let typed = T::of_mut(&mut value).ok_or(WrongType)?;
        let (result, touched) = change(typed, &self.limits);
        if touched.dirty > 0 && !value.is_gone() {
            let access = self.access.fresh(self.now);
            if let Some(space) = self.databases.get_mut(database) {
                space.insert(key, Object { value, expire_at_ms: NEVER, access });
            }
            self.announce_new(database, key);
        }
        self.record(database, key, T::CLASS, touched);
        Ok(result)
    }

    fn update_at<T: Kind, R>(
        &mut self,
        database: usize,
        position: usize,
        key: &[u8],
        change: impl FnOnce(&mut T, &Limits) -> (R, Touched),
    ) -> Result<R, WrongType> {
        let (limits, clock, now, touching) = (&self.limits, &mut self.access, self.now, self.touching);
        let space = self.databases.get_mut(database).ok_or(WrongType)?;
        let (result, touched, empty) = space
            .change(position, |object| {
                // Looking at it is a use, also for a command that wants another type.
                if touching {
                    object.access = clock.used(object.access, now);
                }
                let typed = T::of_mut(&mut object.value).ok_or(WrongType)?;
                let (result, touched) = change(typed, limits);
                Ok((result, touched, touched.dirty > 0 && object.value.is_gone()))
            })
            .ok_or(WrongType)??;
        self.record(database, key, T::CLASS, touched);
        if empty {
            self.databases.get_mut(database).and_then(|space| space.remove_at(position));
            self.announce(database, key, Class::Generic, "del");
        }
        Ok(result)
    }

    /// Gives a key a value, whatever it held before. An empty collection removes the key.
    pub fn set(
        &mut self,
        database: usize,
        key: &[u8],
        value: Value,
        expiry: Expiry,
        class: Class,
        event: &'static str,
    ) {
        if value.is_gone() {
            self.clear(database, key);
            return;
        }
        let access = self.access.fresh(self.now);
        let (now, expiring) = (self.now, self.expiring);
        let (clock, touching) = (&mut self.access, self.touching);
        let Some(space) = self.databases.get_mut(database) else { return };
        let new = Object { value, expire_at_ms: if let Expiry::At(at) = expiry { at } else { NEVER }, access };
        // One search for the key serves the insertion as well as the replacement.
        if let Err((position, new)) = space.insert_new(key, new) {
            let mut old_deadline = NEVER;
            let mut expired = false;
            space.change(position, |object| {
                old_deadline = object.expire_at_ms;
                expired = expiring && now.0 > old_deadline;
                object.value = new.value;
                // How often a key is used outlives its value.
                object.access = match (expired || !clock.by_frequency, touching) {
                    (true, _) => new.access,
                    (false, true) => clock.used(object.access, now),
                    (false, false) => object.access,
                };
            });
            if new.expire_at_ms != old_deadline && (expired || expiry != Expiry::Keep) {
                space.set_deadline(position, new.expire_at_ms);
            }
            if expired {
                self.count_expired(database, Bytes::new(key));
                self.announce_new(database, key);
            }
        } else {
            self.announce_new(database, key);
        }
        self.record(database, key, class, Touched::once(event));
    }

    /// Removes a key and says whether it was there. `event` is what notifications call it.
    pub fn remove(&mut self, database: usize, key: &[u8], event: &'static str) -> bool {
        self.take(database, key, event).is_some()
    }

    /// Removes a key in whose place nothing comes, and says whether it was there. One past its deadline is removed as
    /// any other: it does not expire any more.
    pub fn clear(&mut self, database: usize, key: &[u8]) -> bool {
        let Some(space) = self.databases.get_mut(database) else { return false };
        let removed = space.find(key).and_then(|position| space.remove_at(position)).is_some();
        if removed {
            self.record(database, key, Class::Generic, Touched::once("del"));
        }
        removed
    }

    /// Removes a key and returns what it held.
    pub fn take(&mut self, database: usize, key: &[u8], event: &'static str) -> Option<Object> {
        let position = self.locate(database, key)?;
        let (_, object) = self.databases.get_mut(database)?.remove_at(position)?;
        self.record(database, key, Class::Generic, Touched::once(event));
        Some(object)
    }

    /// Puts an object under a key that may exist already, with its own deadline; nothing else is announced than
    /// `event`. This is how COPY and RESTORE write.
    pub fn put(&mut self, database: usize, key: &[u8], object: Object, event: &'static str) {
        self.put_used(database, key, object, KnownUse::default(), event);
    }

    /// [`Keyspace::put`] for a key of which is known when or how often it was used.
    pub fn put_used(&mut self, database: usize, key: &[u8], mut object: Object, known: KnownUse, event: &'static str) {
        object.access = self.access.known(known, self.now);
        let Some(space) = self.databases.get_mut(database) else { return };
        // What is past its deadline is replaced as anything else, and not told of.
        if let Some(position) = space.find(key) {
            space.remove_at(position);
        }
        space.insert(key, object);
        self.announce_new(database, key);
        self.record(database, key, Class::Generic, Touched::once(event));
    }

    /// Moves what a key holds, with its deadline, to another key, which may exist already; says whether there was
    /// anything to move. This is how RENAME and MOVE write.
    pub fn relocate(&mut self, from: Place, to: Place) -> bool {
        let Some(position) = self.locate(from.database, from.key) else { return false };
        let taken = self.databases.get_mut(from.database).and_then(|space| space.remove_at(position));
        let Some((_, mut object)) = taken else { return false };
        object.access = self.access.used(object.access, self.now);
        if let Some(position) = self.locate(to.database, to.key) {
            self.databases.get_mut(to.database).and_then(|space| space.remove_at(position));
        }
        if let Some(space) = self.databases.get_mut(to.database) {
            space.insert(to.key, object);
        }
        self.announce_new(to.database, to.key);
        self.announce(from.database, from.key, Class::Generic, from.event);
        self.record(to.database, to.key, Class::Generic, Touched::once(to.event));
        true
    }

    /// Gives a key a deadline, or takes it away with `None`; says whether the key exists. A deadline in the past
    /// is the caller's to treat as a deletion.
    pub fn expire(&mut self, database: usize, key: &[u8], at_ms: Option<u64>, event: &'static str) -> bool {
        let Some(position) = self.locate(database, key) else { return false };
        if let Some(space) = self.databases.get_mut(database) {
            space.set_deadline(position, at_ms.unwrap_or(NEVER));
        }
        self.record(database, key, Class::Generic, Touched::once(event));
        true
    }

    /// Sets the deadline of a key as part of a change that was announced already.
    pub fn expire_silently(&mut self, database: usize, key: &[u8], at_ms: Option<u64>) {
        if let Some(position) = self.locate(database, key)
            && let Some(space) = self.databases.get_mut(database)
        {
            space.set_deadline(position, at_ms.unwrap_or(NEVER));
        }
    }

    /// Announces an event that changed no value, such as `rename_from`.
    pub fn announce(&mut self, database: usize, key: &[u8], class: Class, event: &'static str) {
        if self.listening {
            self.changes.push(Change::Key { database, key: Bytes::new(key), class, event });
        }
    }

    /// Empties one database; returns how many keys it had.
    pub fn flush(&mut self, database: usize) -> usize {
        let seed = self.seed.clone();
        let Some(space) = self.databases.get_mut(database) else { return 0 };
        let removed = space.len();
        *space = Database::new(seed);
        self.counters.dirty += removed as u64;
        if self.listening {
            self.changes.push(Change::Flushed { database });
        }
        removed
    }

    /// Lets two databases change places.
    pub fn swap_databases(&mut self, first: usize, second: usize) {
        if first == second || first.max(second) >= self.databases.len() {
            return;
        }
        self.databases.swap(first, second);
        self.counters.dirty += 1;
        if self.listening {
            self.changes.push(Change::Swapped { first, second });
        }
    }

    /// Adds a key that a snapshot holds; nothing is announced.
    pub fn load(&mut self, database: usize, key: &[u8], object: Object) {
        if let Some(space) = self.databases.get_mut(database) {
            space.insert(key, object);
        }
    }

    /// Replaces all data by that of another keyspace, as loading a snapshot does.
    pub fn replace_data(&mut self, other: Keyspace) {
        self.databases = other.databases;
        if self.listening {
            self.changes.extend((0..self.databases.len()).map(|database| Change::Flushed { database }));
        }
    }

    // --- Expiry ------------------------------------------------------------------------------------------

    /// The earliest moment at which some key will be past its deadline.
    pub fn next_expiry(&self) -> Option<Time> {
        if !self.expiring {
            return None;
        }
        let keys = self.databases.iter().filter_map(Database::next_deadline);
        let fields = self.databases.iter().filter_map(Database::next_field_deadline);
        let next = keys.chain(fields).map(|(deadline, _)| deadline).min()?;
        Some(Time(next.saturating_add(1)))
    }

    /// Removes keys and fields past their deadline, at most `limit`; says whether some are left.
    pub fn expire_due(&mut self, limit: usize) -> bool {
        let mut left = limit;
        for database in 0..self.databases.len() {
            loop {
                match self.expire_some_due(database, left) {
                    0 => break,
                    removed => left = left.saturating_sub(removed),
                }
                if left == 0 {
                    return true;
                }
            }
        }
        false
    }

    /// Removes every key and field of a database that is past its deadline, before a command reads keys that it
    /// cannot name beforehand.
    pub fn expire_all_due(&mut self, database: usize) {
        while self.expire_some_due(database, usize::MAX) > 0 {}
    }

    /// Removes one key, or up to `limit` fields of one hash; how many that were.
    fn expire_some_due(&mut self, database: usize, limit: usize) -> usize {
        if !self.expiring {
            return 0;
        }
        let Some(space) = self.databases.get(database) else { return 0 };
        let is_due = |&(deadline, _): &(u64, usize)| self.now.0 > deadline;
        if let Some((_, position)) = space.next_deadline().filter(is_due) {
            self.drop_expired(database, position);
            return 1;
        }
        match space.next_field_deadline().filter(is_due) {
            Some((_, position)) => self.expire_fields(database, position, limit),
            None => 0,
        }
    }

    /// Removes up to `limit` fields that are past their deadline from the hash at a position, and the key with the
    /// last field; how many fields that were.
    fn expire_fields(&mut self, database: usize, position: usize, limit: usize) -> usize {
        let now_ms = self.now.0;
        let Some(space) = self.databases.get_mut(database) else { return 0 };
        let expired = space.change(position, |object| match &mut object.value {
            Value::Hash(hash) => (hash.expire(now_ms, limit), hash.is_empty()),
            _ => (Vec::new(), false),
        });
        let Some((fields, emptied)) = expired else { return 0 };
        let count = fields.len();
        self.counters.expired_fields += count as u64;
        if count > 0 && self.listening {
            let key = space.at(position).map(|(key, _)| key.clone()).unwrap_or_default();
            self.changes.push(Change::FieldsExpired { database, key: key.clone(), fields });
            self.changes.push(Change::Key { database, key, class: Class::Hash, event: "hexpired" });
        }
        if emptied && let Some((key, _)) = space.remove_at(position) {
            self.announce(database, &key, Class::Generic, "del");
        }
        count
    }

    fn drop_expired(&mut self, database: usize, position: usize) {
        let removed = self.databases.get_mut(database).and_then(|space| space.remove_at(position));
        if let Some((key, _)) = removed {
            self.count_expired(database, key);
        }
    }

    fn count_expired(&mut self, database: usize, key: Bytes) {
        self.counters.expired += 1;
        if self.listening {
            self.changes.push(Change::Key { database, key, class: Class::Expired, event: "expired" });
        }
    }

    /// Where a key stands, after removing it if its time has come.
    #[inline]
    fn locate(&mut self, database: usize, key: &[u8]) -> Option<usize> {
        let space = self.databases.get(database)?;
        let position = space.find(key)?;
        let (_, object) = space.at(position)?;
        if self.expiring {
            if self.now.0 > object.expire_at_ms {
                self.drop_expired(database, position);
                return None;
            }
            if space.next_field_deadline().is_some_and(|(deadline, _)| self.now.0 > deadline) {
                return self.locate_after_fields(database, position);
            }
        }
        Some(position)
    }

    /// Some hash of the database has fields past their deadline; perhaps it is the one at this position.
    #[cold]
    fn locate_after_fields(&mut self, database: usize, position: usize) -> Option<usize> {
        let (_, object) = self.databases.get(database)?.at(position)?;
        let len = object.value.len();
        if object.value.next_field_deadline().is_none_or(|deadline| self.now.0 <= deadline) {
            return Some(position);
        }
        (self.expire_fields(database, position, usize::MAX) < len).then_some(position)
    }

    #[inline]
    fn record(&mut self, database: usize, key: &[u8], class: Class, touched: Touched) {
        self.counters.dirty += touched.dirty;
        if self.listening && (!touched.event.is_empty() || touched.dirty > 0) {
            self.announce(database, key, if touched.quiet { Class::Quiet } else { class }, touched.event);
        }
    }
}
