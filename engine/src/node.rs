//! Level 8: the engine as its host sees it.
//!
//! The host calls in with bytes and the time, then drains [`Engine::poll`] until it returns `None`, and calls
//! [`Engine::tick`] when [`Engine::deadline`] has come. Nothing happens in between.

use std::collections::VecDeque;

use crate::base::{HashSeed, Time};
use crate::commands;
use crate::dispatch::{self, Table};
use crate::keyspace::{Change, Keyspace};
use crate::resp::{self, Reply, Step};
use crate::server::{Client, ClientId, Config, Server};

/// How an engine starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// All randomness of the engine follows from it.
    pub seed: u64,
    /// Settings by name, as `redis.conf` would hold them.
    pub config: Vec<(String, String)>,
    /// Whether the host wants [`Output::Event`]s.
    pub events: bool,
}

/// A setting in [`Options`] that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub setting: String,
    pub reason: String,
}

impl core::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "setting '{}': {}", self.setting, self.reason)
    }
}

impl std::error::Error for ConfigError {}

/// What the host has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes to a client.
    Reply { client: ClientId, bytes: Vec<u8> },
    /// Close a connection, after what was to be sent before.
    Close { client: ClientId },
    /// Append these bytes to the append-only file, as `appendfsync` says.
    Append(Vec<u8>),
    /// Store this snapshot, then call [`Engine::saved`].
    Save(Vec<u8>),
    /// Something that a page may draw.
    Event(Event),
}

/// Something that a page may draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The data changed.
    Change(Change),
}

/// A Redis node.
#[derive(Debug)]
pub struct Engine {
    table: Table,
    server: Server,
    keyspace: Keyspace,
    outputs: VecDeque<Output>,
    /// The words of the command that is being run; kept for its allocation.
    words: Vec<&'static [u8]>,
}

impl Engine {
    /// How many keys one [`Engine::tick`] removes at most, so that it stays short.
    const EXPIRIES_PER_TICK: usize = 10_000;

    /// A node without data.
    ///
    /// # Errors
    /// When a setting does not exist or does not take its value.
    pub fn new(options: Options, now: Time) -> Result<Engine, ConfigError> {
        let mut config = Config::default();
        for (name, value) in &options.config {
            let failed = |reason: String| ConfigError { setting: name.clone(), reason };
            let setting =
                Config::find(name.as_bytes()).ok_or_else(|| failed("there is no such setting".to_string()))?;
            config.set(setting, value).map_err(failed)?;
        }
        let table = Table::new(commands::commands());
        let mut keyspace = Keyspace::new(HashSeed::new(options.seed), now);
        let mut server = Server::new(options.seed, config, now);
        server.stats.per_command = vec![Default::default(); table.len()];
        server.events_on = options.events;
        server.apply_config(&mut keyspace);
        Ok(Engine { table, server, keyspace, outputs: VecDeque::new(), words: Vec::new() })
    }

    /// Opens a connection.
    pub fn connect(&mut self, now: Time) -> ClientId {
        self.server.stats.connections_received += 1;
        self.server.clients.open(now)
    }

    /// Tells the node what a connection's ends are called, as CLIENT LIST shows them.
    pub fn describe(&mut self, client: ClientId, address: &str, local_address: &str) {
        if let Some(client) = self.server.clients.get_mut(client) {
            client.address = address.to_string();
            client.local_address = local_address.to_string();
        }
    }

    /// Takes bytes from a connection: any number of commands, whole or in pieces.
    pub fn receive(&mut self, client: ClientId, bytes: &[u8], now: Time) {
        let Some(mut client) = self.server.clients.check_out(client) else { return };
        self.keyspace.set_now(now);
        client.last_interaction = now;
        client.net_input_bytes += bytes.len() as u64;
        self.server.stats.net_input_bytes += bytes.len() as u64;
        let mut reply = core::mem::take(&mut client.reply);
        if client.query.is_empty() {
            let used = self.run_commands(&mut client, &mut reply, bytes, now);
            client.query.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            let mut query = core::mem::take(&mut client.query);
            query.extend_from_slice(bytes);
            let used = self.run_commands(&mut client, &mut reply, &query, now);
            query.drain(..used);
            client.query = query;
        }
        client.reply = reply;
        self.server.clients.check_in(client);
    }

    /// Runs every whole command at the start of `buffer` and returns how many bytes they took.
    fn run_commands(&mut self, client: &mut Client, reply: &mut Reply, buffer: &[u8], now: Time) -> usize {
        let mut words: Vec<&[u8]> = recycle(core::mem::take(&mut self.words));
        while !client.close_after_reply {
            let Engine { table, server, keyspace, .. } = self;
            match client.parser.next(buffer, &mut words) {
                Ok(Step::Command) => dispatch::execute(table, server, keyspace, client, reply, &words, now),
                Ok(Step::Inline(line)) => {
                    let words: Vec<&[u8]> = line.iter().map(Vec::as_slice).collect();
                    dispatch::execute(table, server, keyspace, client, reply, &words, now);
                }
                Ok(Step::More) => break,
                Err(error) => {
                    reply.error(&error.reply());
                    client.close_after_reply = true;
                }
            }
        }
        self.words = recycle(words);
        if client.close_after_reply { buffer.len() } else { client.parser.take_consumed() }
    }

    /// Runs one command whose words are split already, and returns its reply.
    pub fn call(&mut self, client: ClientId, argv: &[&[u8]], now: Time) -> resp::Value {
        let Some(mut client) = self.server.clients.check_out(client) else {
            return resp::Value::Error(b"ERR no such client".to_vec());
        };
        self.keyspace.set_now(now);
        client.last_interaction = now;
        let mut reply = Reply::new(client.reply.resp3);
        let Engine { table, server, keyspace, .. } = self;
        if !argv.is_empty() {
            dispatch::execute(table, server, keyspace, &mut client, &mut reply, argv, now);
        }
        client.reply.resp3 = reply.resp3;
        self.server.clients.check_in(client);
        match resp::parse_value(&reply.take()) {
            Ok(Some((value, _))) => value,
            _ => resp::Value::Null,
        }
    }

    /// Closes a connection.
    pub fn disconnect(&mut self, client: ClientId, _now: Time) {
        self.server.clients.remove(client);
    }

    /// Does what time brings: expiry and save points.
    pub fn tick(&mut self, now: Time) {
        self.keyspace.set_now(now);
        self.keyspace.expire_due(Engine::EXPIRIES_PER_TICK);
        dispatch::publish(&mut self.server, &mut self.keyspace);
        if self.server.save_point_at(self.keyspace.counters.dirty).is_some_and(|due| due <= now) {
            self.server.save_requested = true;
        }
    }

    /// When [`Engine::tick`] is next needed, unless something is received before.
    pub fn deadline(&self) -> Option<Time> {
        let expiry = self.keyspace.next_expiry();
        let save = self.server.save_point_at(self.keyspace.counters.dirty);
        expiry.into_iter().chain(save).min()
    }

    /// The next thing to do for the host. After every other call, drain it until there is nothing left.
    pub fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        if !self.server.journal.is_empty() {
            return Some(Output::Append(self.server.journal.take()));
        }
        if !self.server.events.is_empty() {
            let events = core::mem::take(&mut self.server.events);
            self.outputs.extend(events.into_iter().map(|change| Output::Event(Event::Change(change))));
            return self.outputs.pop_front();
        }
        let client = self.server.clients.next_ready()?;
        let (id, close) = (client.id, client.close_after_reply);
        let bytes = client.reply.take();
        client.net_output_bytes += bytes.len() as u64;
        self.server.stats.net_output_bytes += bytes.len() as u64;
        if close {
            self.server.clients.remove(id);
            self.outputs.push_back(Output::Close { client: id });
        }
        if bytes.is_empty() { self.poll() } else { Some(Output::Reply { client: id, bytes }) }
    }

    /// The host's word on the snapshot of the last [`Output::Save`].
    pub fn saved(&mut self, stored: bool, now: Time) {
        let Some(dirty) = self.server.saving_dirty.take() else { return };
        self.server.last_save_ok = stored;
        if stored {
            self.server.last_save = now;
            self.keyspace.counters.dirty = self.keyspace.counters.dirty.saturating_sub(dirty);
        }
    }

    /// All data, to look at.
    pub fn keyspace(&self) -> &Keyspace {
        &self.keyspace
    }

    /// The state beside the data, to look at.
    pub fn server(&self) -> &Server {
        &self.server
    }
}

/// An empty vector for words of another lifetime, in the same allocation: collecting a vector's own iterator
/// reuses its memory.
fn recycle<'a>(mut words: Vec<&[u8]>) -> Vec<&'a [u8]> {
    words.clear();
    words.into_iter().map(|_| -> &'a [u8] { b"" }).collect()
}
