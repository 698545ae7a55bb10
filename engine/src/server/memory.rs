//! What memory is used for, and whether it is too much.

use super::{Client, ClientId, Server};
use crate::base::Time;
use crate::keyspace::Keyspace;

/// Bytes in use, by purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What a node without data and clients takes.
    pub startup: usize,
    /// Keys, values, deadlines and their tables.
    pub dataset: usize,
    /// Room that the tables keep for keys to come, beyond `dataset`.
    pub spare: usize,
    /// Connections with their buffers and what they queue.
    pub clients: usize,
    /// The journal's bytes that the host has not taken yet.
    pub journal: usize,
    /// Cached scripts and function libraries: their texts. What Lua makes of them is not counted, as in Redis.
    pub scripts: usize,
}

impl Memory {
    /// All of it: `used_memory`.
    pub fn used(&self) -> usize {
        self.counted() + self.spare + self.journal
    }

    /// What `maxmemory` is compared with. Giving up a key always lowers it, so that no more are given up than it takes:
    /// a table gives its room back by the page, and the journal grows by each key that is given up.
    pub fn counted(&self) -> usize {
        self.startup + self.dataset + self.clients + self.scripts
    }
}

/// How long memory has been short.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shortage {
    /// Since when it is.
    pub since: Option<Time>,
    /// How long it was before that.
    pub past_ms: u64,
}

impl Shortage {
    pub fn note(&mut self, is_short: bool, now: Time) {
        match (is_short, self.since) {
            (true, None) => self.since = Some(now),
            (false, Some(since)) => {
                self.past_ms = self.past_ms.saturating_add(now.since(since));
                self.since = None;
            }
            _ => {}
        }
    }
}

impl Server {
    /// What memory is used for. O(databases).
    pub fn memory(&self, keyspace: &Keyspace) -> Memory {
        let dataset = keyspace.live_bytes();
        Memory {
            startup: self.startup_bytes,
            dataset,
            spare: keyspace.heap_bytes().saturating_sub(dataset),
            clients: self.clients.bytes(),
            journal: self.journal.heap_bytes(),
            scripts: self.scripting.scripts.bytes() + self.scripting.libraries.bytes(),
        }
    }

    /// By how many bytes `maxmemory` is exceeded.
    #[inline]
    pub fn excess_bytes(&self, keyspace: &Keyspace) -> usize {
        let scripts = self.scripting.scripts.bytes() + self.scripting.libraries.bytes();
        let counted = self.startup_bytes + keyspace.live_bytes() + self.clients.bytes() + scripts;
        if self.max_memory == 0 { 0 } else { counted.saturating_sub(self.max_memory) }
    }

    /// What all clients together may take (`maxmemory-clients`); 0 is no limit.
    pub fn max_client_bytes(&self) -> usize {
        match self.config.get("maxmemory-clients").strip_suffix('%') {
            Some(percent) => self.max_memory / 100 * percent.parse::<usize>().unwrap_or(0),
            None => self.config.size("maxmemory-clients"),
        }
    }

    /// The client that takes most, when all together take more than they may.
    pub fn client_to_evict(&self) -> Option<ClientId> {
        if self.max_clients_bytes == 0 || self.clients.bytes() <= self.max_clients_bytes {
            return None;
        }
        let candidates = self.clients.iter().filter(|client| !client.no_evict && !client.close_after_reply);
        candidates.max_by_key(|client| client.bytes()).map(|client| client.id)
    }
}

impl Client {
    /// Bytes that the connection takes with its buffers.
    pub fn bytes(&self) -> usize {
        size_of::<Client>()
            + self.query.capacity()
            + self.reply.capacity()
            + self.address.capacity()
            + self.local_address.capacity()
            + self.transaction.as_ref().map_or(0, |transaction| transaction.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_is_timed() {
        let mut shortage = Shortage::default();
        shortage.note(false, Time(5));
        assert_eq!((shortage.since, shortage.past_ms), (None, 0));
        shortage.note(true, Time(10));
        shortage.note(true, Time(20));
        assert_eq!((shortage.since, shortage.past_ms), (Some(Time(10)), 0));
        shortage.note(false, Time(35));
        shortage.note(true, Time(40));
        shortage.note(false, Time(41));
        assert_eq!((shortage.since, shortage.past_ms), (None, 26));
    }
}
