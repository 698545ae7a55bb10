//! MULTI and WATCH: what a client has queued, and who watches which key.

use std::collections::HashMap;

use super::ClientId;
use crate::base::{Bytes, order};

/// The commands between MULTI and EXEC.
#[derive(Debug, Default)]
pub struct Transaction {
    pub queue: Vec<Vec<Bytes>>,
    /// A command was refused while the queue was filled, so that EXEC will run none.
    pub aborted: bool,
    /// Whether any of them may write.
    pub writes: bool,
    /// Whether any of them is refused when memory is short.
    pub needs_memory: bool,
    bytes: usize,
}

impl Transaction {
    /// Bytes that the queue takes, as CLIENT LIST's `multi-mem` counts them.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a command at the end.
    pub fn push(&mut self, argv: &[&[u8]]) {
        let argv: Vec<Bytes> = argv.iter().map(|argument| Bytes::new(argument)).collect();
        let arguments: usize = argv.iter().map(|argument| size_of::<Bytes>() + argument.heap_bytes()).sum();
        self.bytes += size_of::<Vec<Bytes>>() + arguments;
        self.queue.push(argv);
    }
}

/// A key that a client watches.
#[derive(Debug)]
pub struct Watched {
    pub database: usize,
    pub key: Bytes,
    /// Whether the key existed when the client began to watch it. As long as the watch is not broken it tells
    /// whether the key is there, also right after all keys have gone.
    pub existed: bool,
}

/// What a client watches, and whether any of it changed.
#[derive(Debug, Default)]
pub struct Watching {
    pub keys: Vec<Watched>,
    /// A watched key was changed: EXEC runs nothing.
    pub broken: bool,
}

/// Who watches which key.
#[derive(Debug, Default)]
pub struct Watchers {
    by_key: HashMap<(usize, Bytes), Vec<ClientId>>,
}

impl Watchers {
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// How many keys are watched.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    pub fn add(&mut self, database: usize, key: &[u8], client: ClientId) {
        self.by_key.entry((database, Bytes::new(key))).or_default().push(client);
    }

    pub fn remove(&mut self, database: usize, key: &[u8], client: ClientId) {
        let place = (database, Bytes::new(key));
        if let Some(clients) = self.by_key.get_mut(&place) {
            clients.retain(|&other| other != client);
            if clients.is_empty() {
                self.by_key.remove(&place);
            }
        }
    }

    /// The clients that watch a key.
    pub fn of(&self, database: usize, key: &Bytes) -> Vec<ClientId> {
        if self.by_key.is_empty() {
            return Vec::new();
        }
        self.by_key.get(&(database, key.clone())).cloned().unwrap_or_default()
    }

    /// The clients that watch any key of a database.
    pub fn of_database(&self, database: usize) -> Vec<ClientId> {
        let keys = self.by_key.iter().filter(|((number, _), _)| *number == database);
        let mut clients: Vec<ClientId> = keys.flat_map(|(_, clients)| clients.iter().copied()).collect();
        order::sort(&mut clients);
        clients.dedup();
        clients
    }
}
