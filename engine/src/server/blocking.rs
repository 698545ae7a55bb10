//! Clients that wait: on which keys, in which order they came, and until when.
//!
//! A command that finds nothing says what it waits for; its words are kept, and it is run again when one of its
//! keys may hold something. This is how Redis does it since 7.2.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::ClientId;
use crate::base::{Bytes, Time, order};

/// What a client waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A key with a value of the type that TYPE calls so.
    Key(&'static str),
    /// As `Key`, and the client is also served when the key goes away or changes its type, to be told so.
    KeyOrItsEnd(&'static str),
    /// Replicas that confirm writes, of which there are none: only the end of the time ends it.
    Replicas,
    /// The end of CLIENT PAUSE.
    Pause,
    /// The end of DEBUG SLEEP, which only time brings.
    Sleep,
    /// The host's word that a snapshot is stored.
    Save,
    /// The host's word on what it was asked.
    Host,
    /// The end of its own script.
    Script,
}

/// What a client is told when its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    NullArray,
    Ok,
    /// The number 0.
    Zero,
    /// What WAITAOF answers: whether the journal is on the disk here, and no replicas.
    Copies(bool),
}

/// A client's waiting.
#[derive(Debug)]
pub struct Blocked {
    pub wait: Wait,
    pub database: usize,
    pub keys: Vec<Bytes>,
    /// When the waiting ends by itself; never if `None`.
    pub deadline: Option<Time>,
    pub on_timeout: OnTimeout,
    /// Since when the client waits.
    pub since: Time,
    /// The command, to be run again.
    pub argv: Vec<Bytes>,
}

/// All waiting, by key and by deadline.
#[derive(Debug, Default)]
pub struct Waiters {
    by_key: HashMap<(usize, Bytes), Line>,
    deadlines: BTreeSet<(Time, ClientId)>,
    /// Those that wait for the end of a pause, in the order in which they came.
    paused: VecDeque<ClientId>,
    /// Those that wait for a snapshot to be stored.
    saves: Vec<ClientId>,
    /// Keys that somebody waits for and that may hold something now, in the order in which they came to it.
    ready: VecDeque<(usize, Bytes)>,
    count: usize,
}

/// Those who wait for one key.
#[derive(Debug, Default)]
struct Line {
    /// In the order in which they came.
    clients: VecDeque<ClientId>,
    /// How many of them are also told when the key goes away.
    told_of_the_end: usize,
}

impl Waiters {
    /// How many clients wait.
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many keys are waited for.
    pub fn keys(&self) -> usize {
        self.by_key.len()
    }

    /// How many keys are waited for by somebody who is told when they go away.
    pub fn keys_told_of_the_end(&self) -> usize {
        self.by_key.values().filter(|line| line.told_of_the_end > 0).count()
    }

    /// How many clients wait for a limited time.
    pub fn with_deadline(&self) -> usize {
        self.deadlines.len()
    }

    pub fn add(&mut self, client: ClientId, blocked: &Blocked) {
        self.count += 1;
        for key in &blocked.keys {
            let line = self.by_key.entry((blocked.database, key.clone())).or_default();
            if !line.clients.contains(&client) {
                line.clients.push_back(client);
                line.told_of_the_end += usize::from(matches!(blocked.wait, Wait::KeyOrItsEnd(_)));
            }
        }
        if let Some(deadline) = blocked.deadline {
            self.deadlines.insert((deadline, client));
        }
        match blocked.wait {
            Wait::Pause => self.paused.push_back(client),
            Wait::Save => self.saves.push(client),
            Wait::Key(_) | Wait::KeyOrItsEnd(_) | Wait::Replicas | Wait::Sleep | Wait::Host | Wait::Script => {}
        }
    }

    pub fn remove(&mut self, client: ClientId, blocked: &Blocked) {
        self.count = self.count.saturating_sub(1);
        for key in &blocked.keys {
            let place = (blocked.database, key.clone());
            if let Some(line) = self.by_key.get_mut(&place)
                && let Some(at) = line.clients.iter().position(|&other| other == client)
            {
                line.clients.remove(at);
                if matches!(blocked.wait, Wait::KeyOrItsEnd(_)) {
                    line.told_of_the_end = line.told_of_the_end.saturating_sub(1);
                }
                if line.clients.is_empty() {
                    self.by_key.remove(&place);
                }
            }
        }
        if let Some(deadline) = blocked.deadline {
            self.deadlines.remove(&(deadline, client));
        }
        match blocked.wait {
            Wait::Pause => self.paused.retain(|&other| other != client),
            Wait::Save => self.saves.retain(|&other| other != client),
            Wait::Key(_) | Wait::KeyOrItsEnd(_) | Wait::Replicas | Wait::Sleep | Wait::Host | Wait::Script => {}
        }
    }

    /// Notes that a key changed, in case somebody waits for it.
    pub fn touch(&mut self, database: usize, key: &Bytes) {
        if self.by_key.is_empty() {
            return;
        }
        let place = (database, key.clone());
        if self.by_key.contains_key(&place) && !self.ready.contains(&place) {
            self.ready.push_back(place);
        }
    }

    /// Notes that a key may be gone, in case somebody waits who is to be told.
    pub fn touch_end(&mut self, database: usize, key: &Bytes) {
        if self.by_key.is_empty() {
            return;
        }
        if self.by_key.get(&(database, key.clone())).is_some_and(|line| line.told_of_the_end > 0) {
            self.touch(database, key);
        }
    }

    /// Notes that any key of a database may have changed.
    pub fn touch_database(&mut self, database: usize) {
        let mut places: Vec<_> = self.by_key.keys().filter(|(number, _)| *number == database).cloned().collect();
        order::sort(&mut places);
        for place in places {
            if !self.ready.contains(&place) {
                self.ready.push_back(place);
            }
        }
    }

    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The next key that may hold something, and who waits for it, first come first.
    pub fn next_ready(&mut self) -> Option<(usize, Bytes, Vec<ClientId>)> {
        let place = self.ready.pop_front()?;
        let clients = self.by_key.get(&place).map(|line| line.clients.iter().copied().collect()).unwrap_or_default();
        let (database, key) = place;
        Some((database, key, clients))
    }

    /// Those who wait for the end of a pause, first come first.
    pub fn paused(&self) -> Vec<ClientId> {
        self.paused.iter().copied().collect()
    }

    /// Those who wait for a snapshot to be stored.
    pub fn saves(&self) -> Vec<ClientId> {
        self.saves.clone()
    }

    /// The clock was set back, or ahead again: nobody waits longer or less for that.
    pub fn move_deadlines(&mut self, by_ms: i64) {
        let deadlines = std::mem::take(&mut self.deadlines);
        self.deadlines = deadlines.into_iter().map(|(deadline, client)| (deadline.moved(by_ms), client)).collect();
    }

    /// The earliest end of a client's waiting.
    pub fn next_deadline(&self) -> Option<Time> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }

    /// A client whose time is over.
    pub fn next_due(&self, now: Time) -> Option<ClientId> {
        self.deadlines.first().filter(|&&(deadline, _)| deadline <= now).map(|&(_, client)| client)
    }
}
