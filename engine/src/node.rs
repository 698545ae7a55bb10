//! Level 8: the engine as its host sees it.
//!
//! The host calls in with bytes and the time, then drains [`Engine::poll`] until it returns `None`, and calls
//! [`Engine::tick`] when [`Engine::deadline`] has come. Nothing happens in between.

use std::collections::VecDeque;

use crate::base::{HashSeed, Time};
use crate::commands;
use crate::dispatch::{self, Table};
use crate::keyspace::{Change, Keyspace};
use crate::persist::aof::{AofError, Records};
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

/// What [`Engine::replay`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Commands that were run.
    pub commands: usize,
    /// Where the last whole command ends. Less than the file's length when the writer was interrupted: what
    /// follows is to be cut off before anything is appended.
    pub bytes: usize,
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

    /// Runs the commands of an append-only file. A command that is cut off at the end is left out, as Redis does
    /// with `aof-load-truncated yes`.
    ///
    /// # Errors
    /// When the file is no sequence of commands, or holds one that does not exist; nothing was run then.
    pub fn replay(&mut self, aof: &[u8], now: Time) -> Result<Replayed, AofError> {
        let mut bytes = aof.len();
        for record in Records::new(aof, 0) {
            match record {
                Ok(record) if dispatch::exists(&self.table, &record.argv) => {}
                Ok(record) => return Err(AofError::Corrupt { offset: record.offset }),
                Err(AofError::Truncated { offset }) => bytes = offset,
                Err(error) => return Err(error),
            }
        }
        self.keyspace.set_now(now);
        self.keyspace.expiring = false;
        let listening = core::mem::replace(&mut self.keyspace.listening, false);
        let journal = core::mem::replace(&mut self.server.journal.on, false);
        let mut client = Client::new(ClientId(0), now);
        let mut reply = Reply::new(false);
        let mut commands = 0;
        for record in Records::new(aof, 0).flatten() {
            let Engine { table, server, keyspace, .. } = self;
            dispatch::execute(table, server, keyspace, &mut client, &mut reply, &record.argv, now);
            reply.clear();
            commands += 1;
        }
        self.keyspace.expiring = true;
        self.keyspace.listening = listening;
        self.server.journal.on = journal;
        Ok(Replayed { commands, bytes })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(settings: &[(&str, &str)]) -> Engine {
        let config = settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Engine::new(Options { seed: 1, config, events: true }, Time(1_000)).unwrap()
    }

    fn outputs(engine: &mut Engine) -> Vec<Output> {
        core::iter::from_fn(|| engine.poll()).collect()
    }

    fn replies(engine: &mut Engine) -> Vec<u8> {
        let bytes = |output| if let Output::Reply { bytes, .. } = output { Some(bytes) } else { None };
        outputs(engine).into_iter().filter_map(bytes).flatten().collect()
    }

    #[test]
    fn answers_commands_in_any_pieces() {
        let stream = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\nGET k\r\n*1\r\n$4\r\nPING\r\n";
        for size in 1..stream.len() {
            let mut engine = engine(&[]);
            let client = engine.connect(Time(1_000));
            let mut all = Vec::new();
            for piece in stream.chunks(size) {
                engine.receive(client, piece, Time(1_000));
                all.extend(replies(&mut engine));
            }
            assert_eq!(all, b"+OK\r\n$1\r\nv\r\n+PONG\r\n", "pieces of {size}");
        }
    }

    #[test]
    fn closes_after_a_protocol_error_and_ignores_the_rest() {
        let mut engine = engine(&[]);
        let client = engine.connect(Time(0));
        engine.receive(client, b"*x\r\nPING\r\n", Time(0));
        let last = outputs(&mut engine);
        assert_eq!(last.len(), 2);
        assert_eq!(last[1], Output::Close { client });
        engine.receive(client, b"PING\r\n", Time(0));
        assert_eq!(outputs(&mut engine), []);
    }

    #[test]
    fn a_journal_gives_the_same_data_again() {
        let mut first = engine(&[("appendonly", "yes")]);
        let client = first.connect(Time(1_000));
        first.receive(client, b"SET a 1\r\nSELECT 3\r\nSET b 2\r\nGET b\r\n", Time(1_000));
        let journal: Vec<u8> = outputs(&mut first)
            .into_iter()
            .filter_map(|output| if let Output::Append(bytes) = output { Some(bytes) } else { None })
            .flatten()
            .collect();
        let mut second = engine(&[]);
        let whole = Replayed { commands: 4, bytes: journal.len() };
        assert_eq!(second.replay(&journal, Time(2_000)), Ok(whole));
        let client = second.connect(Time(2_000));
        second.receive(client, b"GET a\r\nSELECT 3\r\nGET b\r\n", Time(2_000));
        assert_eq!(replies(&mut second), b"$1\r\n1\r\n+OK\r\n$1\r\n2\r\n");
        // A file that is cut off gives what is whole; one with something else in it gives nothing.
        let mut third = engine(&[]);
        let cut = third.replay(&journal[..journal.len() - 3], Time(2_000)).unwrap();
        assert_eq!(cut.commands, 3);
        let mut damaged = journal.clone();
        damaged.extend_from_slice(b"*1\r\n$6\r\nNOSUCH\r\n");
        let mut fourth = engine(&[]);
        assert_eq!(fourth.replay(&damaged, Time(2_000)), Err(AofError::Corrupt { offset: journal.len() }));
        assert_eq!(fourth.keyspace().databases().map(|(_, database)| database.len()).sum::<usize>(), 0);
    }

    #[test]
    fn refuses_settings_that_do_not_exist() {
        let options = |name: &str, value: &str| Options {
            config: vec![(name.to_string(), value.to_string())],
            ..Options::default()
        };
        assert!(Engine::new(options("nope", "1"), Time(0)).is_err());
        assert!(Engine::new(options("databases", "many"), Time(0)).is_err());
    }
}
