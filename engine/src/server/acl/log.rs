//! The last refusals: what was refused to whom, how often and when. Knows nothing of why.

use std::collections::VecDeque;

use crate::base::{Bytes, Time};

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Command,
    Key,
    Channel,
    Authentication,
}

impl Reason {
    pub const fn name(self) -> &'static str {
        match self {
            Reason::Command => "command",
            Reason::Key => "key",
            Reason::Channel => "channel",
            Reason::Authentication => "auth",
        }
    }
}

/// Where it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    TopLevel,
    /// While a transaction is put together, or when it is run.
    Multi,
    Script,
}

impl Context {
    pub const fn name(self) -> &'static str {
        match self {
            Context::TopLevel => "toplevel",
            Context::Multi => "multi",
            Context::Script => "lua",
        }
    }
}

/// Refusals of one kind.
#[derive(Clone, Debug)]
pub struct Entry {
    pub count: u64,
    pub reason: Reason,
    pub context: Context,
    /// The command, key or channel.
    pub object: Bytes,
    pub user: Bytes,
    /// The client of the last of them, as CLIENT LIST shows it.
    pub client: String,
    /// Counts from 0.
    pub id: u64,
    pub created: Time,
    pub updated: Time,
}

/// The refusals, the last one first.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    next_id: u64,
    /// `acllog-max-len`
    pub max_entries: usize,
}

impl Log {
    /// How many entries are looked at for one that is alike.
    const LOOKED_AT: usize = 10;
    /// How far apart those may be that are counted as one.
    const TOGETHER_MS: u64 = 60_000;

    /// The entries, the last one first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Adds a refusal, or counts it to one that is alike. Its number and count are the log's to give.
    pub fn add(&mut self, entry: Entry) {
        let alike = |other: &Entry| {
            let apart = entry.updated.0.abs_diff(other.updated.0);
            (other.reason, other.context) == (entry.reason, entry.context)
                && apart <= Log::TOGETHER_MS
                && other.object == entry.object
                && other.user == entry.user
        };
        let found = self.entries.iter().take(Log::LOOKED_AT).position(alike).filter(|_| self.max_entries > 0);
        if let Some(mut known) = found.and_then(|index| self.entries.remove(index)) {
            known.count += 1;
            known.client = entry.client;
            known.updated = entry.updated;
            self.entries.push_front(known);
            return;
        }
        if self.max_entries > 0 {
            self.entries.push_front(Entry { count: 1, id: self.next_id, ..entry });
            self.next_id += 1;
        }
        self.entries.truncate(self.max_entries);
    }
}
