//! Level 8: the engine as its host sees it.
//!
//! The host calls in with bytes and the time, then drains [`Engine::poll`] until it returns `None`, and calls
//! [`Engine::tick`] when [`Engine::deadline`] has come. Nothing happens in between.

mod host;
mod replay;

use std::collections::VecDeque;

use crate::base::{HashSeed, Time};
use crate::commands::{self, snapshot};
use crate::dispatch::script::Policy;
use crate::dispatch::{self, Calm, Table};
use crate::keyspace::{Change, Keyspace};
use crate::persist::rdb::{LoadError, Summary};
use crate::resp::{self, Reply, Step};
use crate::server::clients::DEFAULT_USER;
use crate::server::{Client, ClientId, Clock, Config, ProcessorTimes, Request, Server, Timer};

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
    /// Keep the journal in new files from here on: this is their base, all data as it is. What is appended from now on
    /// follows it. Then call [`Engine::rewritten`].
    Rewrite(Vec<u8>),
    /// Do what a client asked for and waits for, then call [`Engine::answer`].
    Ask { client: ClientId, request: Request },
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
            config.set(setting, value.as_bytes()).map_err(failed)?;
        }
        Ok(Engine::with_config(config, options.seed, options.events, now))
    }

    fn with_config(config: Config, seed: u64, events: bool, now: Time) -> Engine {
        let table = Table::new(commands::bare_commands());
        let mut keyspace = Keyspace::new(HashSeed::new(seed), config.size("databases"), now);
        let mut server = Server::new(seed, config, now);
        server.stats.per_command = vec![Default::default(); table.len()];
        server.events_on = events;
        server.apply_config(&mut keyspace);
        // Without data no base is needed.
        server.store.rewrite_requested = false;
        server.startup_bytes = size_of::<Engine>() + table.heap_bytes();
        Engine { table, server, keyspace, outputs: VecDeque::new(), words: Vec::new() }
    }

    /// Lends the node a clock, only to tell how long commands take (SLOWLOG, LATENCY, INFO): microseconds from any
    /// point in time, never going back. Without it commands take no time.
    pub fn use_clock(&mut self, clock: Clock) {
        self.server.timer = Timer::new(clock);
    }

    /// [`Engine::use_clock`] for a clock that is slow to read: commands that take the same time whatever they are given
    /// are not measured, and take none.
    pub fn use_slow_clock(&mut self, clock: Clock) {
        self.server.timer = Timer::sparing(clock);
    }

    /// Lends the node a look at what the processors have spent on it, for INFO.
    pub fn use_processor_times(&mut self, times: fn() -> ProcessorTimes) {
        self.server.processor_times = Some(times);
    }

    /// Adds bytes of the system's randomness to what passwords are made of (ACL GENPASS). Nothing else follows from them.
    pub fn add_entropy(&mut self, entropy: &[u8]) {
        self.server.secrets.add(entropy);
    }

    /// Counts a connection that the host has refused.
    pub fn refuse_connection(&mut self) {
        self.server.stats.rejected_connections += 1;
    }

    /// Counts a connection that the host closes because too much waits to be sent to it.
    pub fn note_output_overflow(&mut self) {
        self.server.stats.output_buffer_disconnections += 1;
    }

    /// Says that something of the host's took so long, for LATENCY.
    pub fn note_latency(&mut self, event: &'static str, micros: u64, now: Time) {
        self.server.latency.note(event, micros, now);
    }

    /// Says how many bytes for a client the host has taken and not sent yet.
    pub fn note_waiting(&mut self, client: ClientId, bytes: usize) {
        if let Some(client) = self.server.clients.get_mut(client) {
            client.waiting_bytes = bytes;
        }
    }

    /// Opens a connection.
    pub fn connect(&mut self, now: Time) -> ClientId {
        self.server.stats.connections_received += 1;
        let client = self.server.clients.open(now);
        self.reset_user(client);
        client
    }

    /// Makes a client the default user, who may have to authenticate.
    fn reset_user(&mut self, client: ClientId) {
        let authenticated = !self.server.acl.needs_authentication();
        if let Some(client) = self.server.clients.get_mut(client) {
            client.become_user(DEFAULT_USER, authenticated);
        }
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
        self.set_now(now);
        let began = self.server.timer.read();
        let Some(connection) = self.server.clients.get_mut(client) else { return };
        connection.last_interaction = now;
        connection.net_input_bytes += bytes.len() as u64;
        connection.parser.limits.unauthenticated = !connection.authenticated && self.server.acl.needs_authentication();
        connection.parser.limits.max_bulk_bytes = i64::try_from(self.server.max_string_bytes).unwrap_or(i64::MAX);
        self.server.sample_rates(now);
        self.server.stats.reads += 1;
        self.server.stats.net_input_bytes += bytes.len() as u64;
        self.drive(client, bytes, now);
        self.settle(now);
        self.evict_clients();
        self.note_peak(now);
        self.end_turn(began);
    }

    /// Counts a turn, in which the host handed something in or time brought something.
    fn end_turn(&mut self, began: Option<u64>) {
        self.server.stats.turns += 1;
        self.server.stats.turn_micros += self.server.timer.since(began);
    }

    /// Looks at the memory in use now and then, as Redis does, not after every command.
    fn note_peak(&mut self, now: Time) {
        const EVERY_MS: u64 = 100;
        let noted = self.server.stats.peak_noted;
        if now.since(noted) >= EVERY_MS || now < noted {
            let used = self.server.memory(&self.keyspace).used();
            self.server.stats.peak_bytes = self.server.stats.peak_bytes.max(used);
            self.server.stats.peak_noted = now;
        }
    }

    /// Closes the clients that take most, until all together take no more than they may.
    fn evict_clients(&mut self) {
        while let Some(id) = self.server.client_to_evict() {
            if let Some(mut client) = self.server.clients.check_out(id) {
                // Nothing more is said to it: what it was to be sent is what takes the memory.
                (client.query, client.close_after_reply) = (Vec::new(), true);
                client.reply = Reply::new(client.reply.resp3);
                self.server.detach(&mut client);
                self.server.clients.check_in(client);
                self.server.stats.evicted_clients += 1;
            }
        }
    }

    /// Runs what a client sent, as far as it is whole: what was left from before, and `bytes`. Others who wait for
    /// what it writes are served in between.
    fn drive(&mut self, id: ClientId, bytes: &[u8], now: Time) {
        let Some(mut client) = self.server.clients.check_out(id) else { return };
        let mut query = core::mem::take(&mut client.query);
        let joined = !query.is_empty();
        if joined {
            query.extend_from_slice(bytes);
        }
        let mut used = 0;
        while client.blocked.is_none() {
            let left = if joined { query.get(used..) } else { bytes.get(used..) }.unwrap_or_default();
            let mut reply = core::mem::take(&mut client.reply);
            used += self.run_commands(&mut client, &mut reply, left, now);
            client.reply = reply;
            if !self.server.may_serve_waiters() {
                break;
            }
            self.server.clients.check_in(client);
            dispatch::serve(&self.table, &mut self.server, &mut self.keyspace, now);
            let Some(again) = self.server.clients.check_out(id) else { return };
            client = again;
        }
        // What is left over is a command in pieces, or the commands behind one that waits. A long one that comes in many
        // pieces stays where it is.
        if joined {
            query.drain(..used.min(query.len()));
        } else {
            query.extend_from_slice(bytes.get(used..).unwrap_or_default());
        }
        client.query = query;
        if client.query.len() > self.server.max_query_bytes {
            // Without a word, as Redis does: the client is in the middle of saying something.
            self.server.stats.query_buffer_disconnections += 1;
            client.close_after_reply = true;
        }
        self.server.clients.check_in(client);
    }

    /// Goes on with the clients that no longer wait, until nothing moves any more.
    fn settle(&mut self, now: Time) {
        loop {
            if !self.server.scripting.is_running() {
                dispatch::end_pause(&mut self.server, now);
                dispatch::serve(&self.table, &mut self.server, &mut self.keyspace, now);
            }
            let Some(id) = self.server.resumed.pop_front() else { break };
            dispatch::run_held_back(&self.table, &mut self.server, &mut self.keyspace, id, now);
            self.drive(id, &[], now);
        }
        self.server.timer.pause();
        if self.server.tracking.is_active() {
            self.tell_trackers();
        }
    }

    /// Tells clients that cache on their side what they cannot be told command by command.
    #[cold]
    fn tell_trackers(&mut self) {
        dispatch::limit(&mut self.server);
        dispatch::broadcast(&mut self.server);
        dispatch::hand_out(&mut self.server, None);
    }

    /// Runs the whole commands at the start of `buffer` and returns how many bytes they took; stops early when the
    /// client has to wait, or somebody else is to be served first.
    fn run_commands(&mut self, client: &mut Client, reply: &mut Reply, buffer: &[u8], now: Time) -> usize {
        let mut words: Vec<&[u8]> = recycle(core::mem::take(&mut self.words));
        self.server.timer.pause();
        let mut calm = Calm::default();
        while !client.close_after_reply {
            let Engine { table, server, keyspace, .. } = self;
            match client.parser.next(buffer, &mut words) {
                Ok(Step::Command) => {
                    dispatch::execute_next(table, server, keyspace, client, reply, &words, now, &mut calm);
                }
                Ok(Step::Inline(line)) => {
                    let words: Vec<&[u8]> = line.iter().map(Vec::as_slice).collect();
                    calm = Calm::default();
                    dispatch::execute(table, server, keyspace, client, reply, &words, now);
                }
                Ok(Step::More) => break,
                Err(error) => {
                    reply.error(&error.reply());
                    client.close_after_reply = true;
                }
            }
            if client.blocked.is_some() || server.may_serve_waiters() {
                break;
            }
        }
        self.words = recycle(words);
        if client.close_after_reply { buffer.len() } else { client.parser.take_consumed() }
    }

    /// Runs one command whose words are split already, and returns its reply. It does not wait: a command that would
    /// answers as when its time is over.
    pub fn call(&mut self, client: ClientId, argv: &[&[u8]], now: Time) -> resp::Value {
        self.set_now(now);
        let Some(mut client) = self.server.clients.check_out(client) else {
            return resp::Value::Error(b"ERR no such client".to_vec());
        };
        client.last_interaction = now;
        let mut reply = Reply::new(client.reply.resp3);
        let Engine { table, server, keyspace, .. } = self;
        if !argv.is_empty() && client.blocked.is_none() {
            (client.may_block, client.may_suspend) = (false, false);
            dispatch::execute(table, server, keyspace, &mut client, &mut reply, argv, now);
            (client.may_block, client.may_suspend) = (true, true);
        }
        client.reply.resp3 = reply.resp3;
        self.server.clients.check_in(client);
        self.settle(now);
        match resp::parse_value(&reply.take()) {
            Ok(Some((value, _))) => value,
            _ => resp::Value::Null,
        }
    }

    /// Closes a connection. A script that runs for it runs on.
    pub fn disconnect(&mut self, client: ClientId, now: Time) {
        if dispatch::script::orphan(&mut self.server, client) {
            return;
        }
        if let Some(mut client) = self.server.clients.remove(client) {
            self.server.detach(&mut client);
        }
        self.settle(now);
    }

    /// The clock was set back, and that is undone: it shows what it would show, and whoever waits waits as long as they
    /// would have. What is data, such as the deadlines of keys, stays where it is, as it did before. Follow it with
    /// [`Engine::tick`].
    pub fn set_ahead(&mut self, now: Time) {
        self.server.move_moments(now.since(self.keyspace.now()).cast_signed());
        self.keyspace.set_ahead(now);
    }

    /// Does what time brings: expiry, the end of waiting, and save points.
    pub fn tick(&mut self, now: Time) {
        self.set_now(now);
        if self.server.asleep_until.is_some_and(|until| now < until) {
            return;
        }
        if self.server.scripting.is_running() {
            dispatch::script::resume(&self.table, &mut self.server, &mut self.keyspace, now);
            self.set_now(now);
            self.settle(now);
            if self.server.scripting.is_running() {
                return;
            }
        }
        let began = self.server.timer.read();
        self.server.listen(&mut self.keyspace);
        if !self.server.cron_paused && self.keyspace.active_expiry {
            self.keyspace.expire_due(Engine::EXPIRIES_PER_TICK);
        }
        self.follow();
        self.server.latency.note("expire-cycle", self.server.timer.since(began), now);
        if self.server.evicting {
            dispatch::make_room(&mut self.server, &mut self.keyspace, None, now);
            self.follow();
        }
        dispatch::time_out(&mut self.server, now);
        self.settle(now);
        if !self.server.cron_paused
            && self.server.save_point_at(self.keyspace.counters.dirty).is_some_and(|due| due <= now)
        {
            self.server.save_requested = true;
        }
        self.end_turn(began);
    }

    /// When [`Engine::tick`] is next needed, unless something is received before.
    pub fn deadline(&self) -> Option<Time> {
        if let Some(until) = self.server.asleep_until {
            return Some(until);
        }
        if self.server.scripting.is_running() {
            return Some(self.keyspace.now());
        }
        let has_cron = !self.server.cron_paused;
        let expiry = self.keyspace.next_expiry().filter(|_| has_cron && self.keyspace.active_expiry);
        let save = self.server.save_point_at(self.keyspace.counters.dirty).filter(|_| has_cron);
        let waiting = self.server.waiters.next_deadline();
        let pause = self.server.pause.filter(|_| !self.server.waiters.is_empty()).map(|pause| pause.until);
        let eviction = self.server.evicting.then(|| self.keyspace.now());
        expiry.into_iter().chain(eviction).chain(save).chain(waiting).chain(pause).min()
    }

    /// Moves the clock of the data and of the journal.
    fn set_now(&mut self, now: Time) {
        if self.server.scripting.is_running() {
            // While a script runs, the data's time stands still.
            return;
        }
        if now < self.keyspace.now() {
            self.server.move_moments(-self.keyspace.now().since(now).cast_signed());
        }
        self.keyspace.set_now(now);
        self.server.journal.clock = self.server.store.stamps_journal.then(|| now.seconds());
    }

    /// Hands on what changed without a client's command.
    fn follow(&mut self) {
        if self.keyspace.has_changes() {
            dispatch::follow(&mut self.server, &mut self.keyspace, None);
        }
        self.server.journal.end_unit();
        dispatch::hand_out(&mut self.server, None);
    }

    /// The next thing to do for the host. After every other call, drain it until there is nothing left.
    pub fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        // Of what a script does, the journal gets all or nothing.
        let is_running = self.server.scripting.is_running();
        if !is_running && !self.server.journal.is_empty() {
            let bytes = self.server.journal.take();
            self.server.store.journal_bytes += bytes.len() as u64;
            return Some(Output::Append(bytes));
        }
        if !self.server.events.is_empty() {
            let events = core::mem::take(&mut self.server.events);
            self.outputs.extend(events.into_iter().map(|change| Output::Event(Event::Change(change))));
            return self.outputs.pop_front();
        }
        if !is_running && self.server.save_requested && self.server.saving_dirty.is_none() {
            self.server.save_requested = false;
            self.server.saving_dirty = Some(self.keyspace.counters.dirty);
            self.server.store.saving_since = Some(self.keyspace.now());
            return Some(Output::Save(self.snapshot()));
        }
        let rewrite = if is_running { None } else { self.next_rewrite() };
        if let Some(output) = rewrite.or_else(|| self.next_request()) {
            return Some(output);
        }
        let client = self.server.clients.next_ready()?;
        let (id, close) = (client.id, client.close_after_reply);
        let bytes = client.reply.take();
        client.net_output_bytes += bytes.len() as u64;
        self.server.stats.writes += u64::from(!bytes.is_empty());
        self.server.stats.net_output_bytes += bytes.len() as u64;
        if close {
            if let Some(mut client) = self.server.clients.remove(id) {
                self.server.detach(&mut client);
            }
            self.outputs.push_back(Output::Close { client: id });
        }
        if bytes.is_empty() { self.poll() } else { Some(Output::Reply { client: id, bytes }) }
    }

    /// All data as an RDB file, in the oldest version that holds it.
    pub fn snapshot(&self) -> Vec<u8> {
        self.rdb(false)
    }

    fn rdb(&self, aof_base: bool) -> Vec<u8> {
        snapshot::write(&self.keyspace, &self.server, aof_base)
    }

    /// Replaces all data by that of an RDB file. Keys whose deadline has passed are left out, as in Redis. Journal
    /// and snapshots that the host keeps do not know of it: the host stores a new snapshot.
    ///
    /// # Errors
    /// When the file is damaged, too new, or holds what there is not; nothing is changed then.
    pub fn restore(&mut self, rdb: &[u8], now: Time) -> Result<Summary, LoadError> {
        // The file may be older than this moment, which sets no clock back.
        self.keyspace.set_now(now);
        let (loaded, summary) = snapshot::read(&self.keyspace, rdb)?;
        snapshot::load_libraries(&mut self.server, &summary, Policy::Flush)?;
        self.server.listen(&mut self.keyspace);
        self.keyspace.replace_data(loaded);
        self.follow();
        self.settle(now);
        Ok(summary)
    }

    /// Whether the save points rest, however much has changed: for a host whose clock runs faster than it can store.
    pub fn rest_save_points(&mut self, rest: bool) {
        self.server.save_points_rest = rest;
    }

    /// Lets the next [`Output::Append`] begin a new append-only file, one that follows a snapshot taken now.
    pub fn restart_journal(&mut self) {
        self.server.journal.restart();
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
    use crate::persist::aof::AofError;

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
    fn what_a_client_may_send_has_the_limits_of_the_settings() {
        let settings = [("proto-max-bulk-len", "1mb"), ("client-query-buffer-limit", "1mb")];
        let mut engine = engine(&settings);
        let client = engine.connect(Time(0));
        engine.receive(client, b"*2\r\n$4\r\nECHO\r\n$1048577\r\n", Time(0));
        assert_eq!(replies(&mut engine), b"-ERR Protocol error: invalid bulk length\r\n");
        // A command that never ends is not kept for ever.
        let client = engine.connect(Time(0));
        engine.receive(client, b"*9\r\n$3\r\nDEL\r\n", Time(0));
        for _ in 0..3 {
            assert_eq!(outputs(&mut engine), []);
            engine.receive(client, &[b"$400000\r\n".as_slice(), &[b'k'; 400_002]].concat(), Time(0));
        }
        assert_eq!(outputs(&mut engine), [Output::Close { client }]);
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
    fn a_snapshot_gives_the_same_data_again_and_a_damaged_one_changes_nothing() {
        let mut first = engine(&[]);
        let client = first.connect(Time(1_000));
        first.receive(client, b"SET a 1 PX 5000\r\nRPUSH l x y\r\nSELECT 3\r\nHSET h f v\r\n", Time(1_000));
        let file = first.snapshot();
        let mut second = engine(&[]);
        assert_eq!(second.restore(&file, Time(2_000)).unwrap().keys, 3);
        // The same but for the time of writing at the front, and the checksum of it at the end.
        let data = |file: &[u8]| file[100..file.len() - 8].to_vec();
        assert_eq!(data(&second.snapshot()), data(&file));
        let client = second.connect(Time(2_000));
        second.receive(client, b"PTTL a\r\nLRANGE l 0 -1\r\n", Time(2_000));
        assert_eq!(replies(&mut second), b":4000\r\n*2\r\n$1\r\nx\r\n$1\r\ny\r\n");
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x41;
            assert!(second.restore(&damaged, Time(2_000)).is_err(), "byte {at}");
            assert!(second.restore(&file[..at], Time(2_000)).is_err(), "cut at {at}");
        }
        assert_eq!(second.keyspace().databases().map(|(_, database)| database.len()).sum::<usize>(), 3);
        // What has expired in the meantime is left out.
        second.restore(&file, Time(9_000)).unwrap();
        second.receive(client, b"DBSIZE\r\n", Time(9_000));
        assert_eq!(replies(&mut second), b":1\r\n");
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

    #[test]
    fn a_save_point_that_failed_is_not_tried_again_at_once() {
        let mut engine = engine(&[("save", "1 1")]);
        let client = engine.connect(Time(1_000));
        let saves = |engine: &mut Engine, at: u64| {
            engine.tick(Time(at));
            outputs(engine).iter().filter(|output| matches!(output, Output::Save(_))).count()
        };
        engine.call(client, &[b"SET", b"k", b"v"], Time(1_000));
        assert_eq!(engine.deadline(), Some(Time(2_000)));
        assert_eq!((saves(&mut engine, 1_999), saves(&mut engine, 2_000)), (0, 1));
        engine.saved(false, Time(2_100));
        assert_eq!(engine.deadline(), Some(Time(7_100)));
        assert_eq!((saves(&mut engine, 7_099), saves(&mut engine, 7_100)), (0, 1));
        engine.saved(true, Time(7_200));
        assert_eq!(engine.deadline(), None);
    }

    #[test]
    fn a_clock_that_is_set_back_lets_nobody_wait_longer() {
        const AHEAD: u64 = 86_400_000;
        let mut engine = engine(&[("save", "60 1")]);
        let [waiting, other] = [(); 2].map(|()| engine.connect(Time(AHEAD)));
        engine.receive(other, b"SET k v\r\nCLIENT PAUSE 3000 WRITE\r\n", Time(AHEAD));
        engine.receive(waiting, b"BLPOP queue 5\r\n", Time(AHEAD));
        engine.receive(other, b"PING\r\n", Time(AHEAD + 1_000));
        replies(&mut engine);
        // A day back: two seconds are left of the pause, and of the save point's minute all but one.
        engine.tick(Time(1_000));
        assert_eq!(engine.deadline(), Some(Time(3_000)));
        engine.receive(other, b"CLIENT UNPAUSE\r\n", Time(1_000));
        engine.tick(Time(3_999));
        assert_eq!(replies(&mut engine), b"+OK\r\n");
        engine.tick(Time(9_000));
        assert_eq!(replies(&mut engine), b"*-1\r\n");
        assert_eq!(engine.deadline(), Some(Time(60_000)));
        engine.receive(other, b"INFO server\r\nCLIENT LIST\r\n", Time(11_000));
        let told = String::from_utf8(replies(&mut engine)).unwrap();
        assert!(told.contains("uptime_in_seconds:11\r\n") && told.contains(" age=11 idle=11 "), "{told}");
        // A host may let save points rest.
        engine.rest_save_points(true);
        assert_eq!(engine.deadline(), None);
        engine.rest_save_points(false);
        assert_eq!(engine.deadline(), Some(Time(60_000)));
    }

    #[test]
    fn while_the_node_sleeps_nothing_happens_and_then_all_in_order() {
        let mut engine = engine(&[("enable-debug-command", "yes"), ("save", "")]);
        let [tired, other] = [(); 2].map(|()| engine.connect(Time(0)));
        engine.receive(other, b"SET k 1 PX 100\r\n", Time(0));
        assert_eq!(replies(&mut engine), b"+OK\r\n");
        engine.receive(tired, b"DEBUG SLEEP 0.5\r\nINCR n\r\n", Time(0));
        engine.receive(other, b"NOSUCH\r\nGET k\r\nINCR n\r\n", Time(10));
        engine.tick(Time(499));
        assert_eq!(outputs(&mut engine).iter().filter(|output| matches!(output, Output::Reply { .. })).count(), 0);
        assert_eq!(engine.deadline(), Some(Time(500)));
        engine.tick(Time(500));
        let of = |outputs: &[Output], wanted: ClientId| -> Vec<u8> {
            let bytes = |output: &Output| match output {
                Output::Reply { client, bytes } if *client == wanted => bytes.clone(),
                _ => Vec::new(),
            };
            outputs.iter().flat_map(bytes).collect()
        };
        let all = outputs(&mut engine);
        let (first, second) = (of(&all, tired), of(&all, other));
        assert!(first.starts_with(b"+OK\r\n:"), "{}", first.escape_ascii());
        assert!(second.starts_with(b"-ERR unknown command 'NOSUCH'"), "{}", second.escape_ascii());
        assert!(String::from_utf8_lossy(&second).contains("$-1\r\n:"), "{}", second.escape_ascii());
        assert_eq!(engine.deadline(), None);
        // Inside a transaction nobody waits for it but the others.
        engine.receive(tired, b"MULTI\r\nDEBUG SLEEP 1\r\nEXEC\r\n", Time(1_000));
        assert_eq!(replies(&mut engine), b"+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n");
        engine.receive(other, b"PING\r\n", Time(1_999));
        assert_eq!(replies(&mut engine), b"");
        engine.tick(Time(2_000));
        assert_eq!(replies(&mut engine), b"+PONG\r\n");
    }

    #[test]
    fn nothing_is_done_by_itself_while_the_cron_is_paused() {
        let mut engine = engine(&[("enable-debug-command", "yes"), ("save", "1 1")]);
        let client = engine.connect(Time(0));
        engine.receive(client, b"SET k v PX 100\r\nDEBUG PAUSE-CRON 1\r\n", Time(0));
        replies(&mut engine);
        assert_eq!(engine.deadline(), None);
        engine.tick(Time(5_000));
        assert!(!outputs(&mut engine).iter().any(|output| matches!(output, Output::Save(_))));
        assert_eq!(engine.keyspace().database(0).map(|database| database.len()), Some(1));
        engine.receive(client, b"DEBUG SET-ACTIVE-EXPIRE 0\r\nDEBUG PAUSE-CRON 0\r\nDBSIZE\r\n", Time(5_000));
        assert_eq!(replies(&mut engine), b"+OK\r\n+OK\r\n:1\r\n");
        engine.tick(Time(5_000));
        assert!(outputs(&mut engine).iter().any(|output| matches!(output, Output::Save(_))));
        // Whoever asks for it finds nothing, and removes it.
        engine.receive(client, b"GET k\r\nDBSIZE\r\n", Time(5_000));
        assert_eq!(replies(&mut engine), b"$-1\r\n:0\r\n");
    }

    #[test]
    fn a_file_of_users_closes_the_connections_of_those_that_are_gone() {
        let mut engine = engine(&[("aclfile", "users.acl")]);
        let [admin, kept, gone, hears] = [(); 4].map(|()| engine.connect(Time(0)));
        engine.receive(admin, b"ACL SETUSER kept on nopass &* +@all\r\nACL SETUSER gone on nopass +@all\r\n", Time(0));
        engine.receive(kept, b"AUTH kept x\r\n", Time(0));
        engine.receive(gone, b"AUTH gone x\r\n", Time(0));
        engine.receive(hears, b"AUTH kept x\r\nSUBSCRIBE news\r\n", Time(0));
        assert!(replies(&mut engine).starts_with(b"+OK\r\n"));
        assert!(engine.load_users(b"user kept on nopass &* +nosuch\n").is_err());
        assert_eq!(outputs(&mut engine), []);
        assert_eq!(engine.load_users(b"user kept on nopass &weather +@all ~*\n"), Ok(()));
        let mut closed = outputs(&mut engine);
        closed.sort_by_key(|output| if let Output::Close { client } = output { client.0 } else { 0 });
        assert_eq!(closed, [Output::Close { client: gone }, Output::Close { client: hears }]);
        engine.receive(kept, b"ACL WHOAMI\r\n", Time(0));
        assert_eq!(replies(&mut engine), b"$4\r\nkept\r\n");
    }
}
