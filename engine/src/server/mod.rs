//! Level 5: the state of a node that is not data, one file per concern. Knows no command.

pub mod acl;
pub mod blocking;
pub mod clients;
pub mod config;
pub mod journal;
pub mod latency;
pub mod memory;
mod moments;
pub mod notify;
pub mod outbox;
pub mod pubsub;
pub mod rates;
pub mod scripting;
pub mod secrets;
pub mod slowlog;
pub mod stats;
pub mod store;
pub mod timer;
pub mod tracking;
pub mod transactions;

pub use acl::Acl;
pub use blocking::{Blocked, OnTimeout, Wait, Waiters};
pub use clients::{Client, ClientId, Clients, ReplyMode};
pub use config::Config;
pub use journal::Journal;
pub use latency::Latency;
pub use memory::{Memory, Shortage};
pub use notify::Notify;
pub use outbox::{Message, Outbox};
pub use pubsub::{PubSub, Scope, Subscriptions};
pub use scripting::Scripting;
pub use secrets::Secrets;
pub use slowlog::SlowLog;
pub use stats::Stats;
pub use store::{Refusal, Request, Shutdown, Store};
pub use timer::{Clock, ProcessorTimes, Spent, Timer};
pub use tracking::Tracking;
pub use transactions::{Transaction, Watched, Watchers, Watching};

use std::collections::VecDeque;

use crate::base::{HashSeed, Random, Time};
use crate::keyspace::{Change, Class, Keyspace, Measure, Policy};

/// The state of a node beside its data.
#[derive(Debug)]
pub struct Server {
    pub acl: Acl,
    pub clients: Clients,
    pub config: Config,
    pub stats: Stats,
    pub random: Random,
    pub secrets: Secrets,
    pub journal: Journal,
    pub pubsub: PubSub,
    pub scripting: Scripting,
    pub outbox: Outbox,
    pub tracking: Tracking,
    pub timer: Timer,
    /// What the processors have spent, where the host can tell.
    pub processor_times: Option<fn() -> ProcessorTimes>,
    pub rates: rates::Rates,
    pub slowlog: SlowLog,
    pub latency: Latency,
    pub watchers: Watchers,
    pub waiters: Waiters,
    /// `notify-keyspace-events`
    pub notify: Notify,
    /// The clients to which MONITOR shows every command.
    pub monitors: Vec<ClientId>,
    /// Until when CLIENT PAUSE holds commands back.
    pub pause: Option<Pause>,
    /// Until when DEBUG SLEEP lets nothing happen.
    pub asleep_until: Option<Time>,
    /// Whether nothing is done without being asked for: DEBUG PAUSE-CRON.
    pub cron_paused: bool,
    /// Clients that no longer wait and may have sent more in the meantime.
    pub resumed: VecDeque<ClientId>,
    /// Whether a page draws what happens; [`Server::events`] stays empty otherwise.
    pub events_on: bool,
    /// Changes of the data that the host has not seen yet.
    pub events: Vec<Change>,
    /// `maxmemory` in bytes; 0 is no limit.
    pub max_memory: usize,
    /// What all clients may take; 0 is no limit.
    pub max_clients_bytes: usize,
    /// How many keys are given up before one command, at most.
    pub evictions_at_once: usize,
    /// Whether more keys are to be given up at the next tick.
    pub evicting: bool,
    pub shortage: Shortage,
    /// Whether memory was short before the last command, and nothing more could be given up.
    pub is_exhausted: bool,
    /// `busy-reply-threshold`: after how many milliseconds of a script others are told that the node is busy.
    pub busy_after_ms: u64,
    /// What the node took before it had data and clients.
    pub startup_bytes: usize,
    /// `proto-max-bulk-len`: how long a string may become.
    pub max_string_bytes: usize,
    /// `client-query-buffer-limit`: what a client may send of a command before it is whole.
    pub max_query_bytes: usize,
    /// The files that the host keeps.
    pub store: Store,
    /// The pairs of seconds and changes of the `save` setting.
    pub save_points: Vec<(u64, u64)>,
    /// Whether the host lets the save points rest for now: its clock runs faster than it can store.
    pub save_points_rest: bool,
    /// A snapshot was asked for and is to be handed to the host.
    pub save_requested: bool,
    /// 40 hexadecimal digits that tell this run of the node from all others.
    pub run_id: String,
    /// Names the history of this node's data: the run's own identifier until DEBUG CHANGE-REPL-ID.
    pub replication_id: String,
    pub started: Time,
    /// When the last snapshot was known to be stored.
    pub last_save: Time,
    /// `rdb_changes_since_last_save` when the snapshot that is now being stored was taken.
    pub saving_dirty: Option<u64>,
    /// Whether the host could store the last snapshot.
    pub last_save_ok: bool,
    /// When it last said so.
    pub last_save_try: Time,
}

/// CLIENT PAUSE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub until: Time,
    /// Whether all commands are held back, or only those that write.
    pub all: bool,
}

impl Server {
    pub fn new(seed: u64, config: Config, now: Time) -> Server {
        let mut random = Random::new(seed);
        let run_id = identifier(&mut random);
        Server {
            acl: Acl::default(),
            clients: Clients::default(),
            config,
            stats: Stats::default(),
            random,
            secrets: Secrets::new(seed),
            journal: Journal::default(),
            pubsub: PubSub::default(),
            scripting: Scripting::default(),
            outbox: Outbox::default(),
            timer: Timer::default(),
            processor_times: None,
            rates: rates::Rates::default(),
            slowlog: SlowLog::default(),
            latency: Latency::default(),
            tracking: Tracking::new(HashSeed::new(seed)),
            watchers: Watchers::default(),
            waiters: Waiters::default(),
            notify: Notify::default(),
            monitors: Vec::new(),
            pause: None,
            asleep_until: None,
            cron_paused: false,
            resumed: VecDeque::new(),
            events_on: false,
            events: Vec::new(),
            max_memory: 0,
            max_clients_bytes: 0,
            evictions_at_once: usize::MAX,
            evicting: false,
            shortage: Shortage::default(),
            is_exhausted: false,
            busy_after_ms: 5_000,
            startup_bytes: 0,
            max_string_bytes: usize::MAX,
            max_query_bytes: usize::MAX,
            store: Store::default(),
            save_points: Vec::new(),
            save_points_rest: false,
            save_requested: false,
            replication_id: run_id.clone(),
            run_id,
            started: now,
            last_save: now,
            saving_dirty: None,
            last_save_ok: true,
            last_save_try: now,
        }
    }

    /// Lets the settings take effect, after any of them changed.
    pub fn apply_config(&mut self, keyspace: &mut Keyspace) {
        let size = |name: &str| self.config.size(name);
        let limits = &mut keyspace.limits;
        limits.hash_max_listpack_entries = size("hash-max-listpack-entries");
        limits.hash_max_listpack_value = size("hash-max-listpack-value");
        limits.set_max_intset_entries = size("set-max-intset-entries");
        limits.set_max_listpack_entries = size("set-max-listpack-entries");
        limits.set_max_listpack_value = size("set-max-listpack-value");
        limits.zset_max_listpack_entries = size("zset-max-listpack-entries");
        limits.zset_max_listpack_value = size("zset-max-listpack-value");
        limits.list_max_listpack_size = self.config.integer("list-max-listpack-size");
        limits.list_compress_depth = self.config.integer("list-compress-depth");
        limits.hll_sparse_max_bytes = size("hll-sparse-max-bytes");
        limits.stream_node_max_bytes = size("stream-node-max-bytes");
        limits.stream_node_max_entries = u64::try_from(self.config.integer("stream-node-max-entries")).unwrap_or(0);
        let policy = Policy::named(self.config.get("maxmemory-policy"));
        keyspace.eviction.set_policy(policy);
        keyspace.eviction.samples = size("maxmemory-samples");
        keyspace.access.by_frequency = policy.measure == Some(Measure::Rarity);
        keyspace.access.log_factor = size("lfu-log-factor").try_into().unwrap_or(u32::MAX);
        keyspace.access.decay_minutes = size("lfu-decay-time").try_into().unwrap_or(u32::MAX);
        self.slowlog.slower_than = u64::try_from(self.config.integer("slowlog-log-slower-than")).ok();
        self.slowlog.max_len = size("slowlog-max-len");
        self.latency.threshold_ms = u64::try_from(self.config.integer("latency-monitor-threshold")).unwrap_or(0);
        self.stats.tracks_latency = self.config.is_on("latency-tracking");
        self.tracking.max_keys = size("tracking-table-max-keys");
        self.max_memory = size("maxmemory");
        self.max_clients_bytes = self.max_client_bytes();
        self.evictions_at_once = evictions_at_once(self.config.integer("maxmemory-eviction-tenacity"));
        // A limit that is lower now takes effect without waiting for a command.
        self.evicting = self.excess_bytes(keyspace) > 0 && policy.measure.is_some();
        self.busy_after_ms = u64::try_from(self.config.integer("busy-reply-threshold")).unwrap_or(0);
        self.max_string_bytes = size("proto-max-bulk-len");
        self.max_query_bytes = size("client-query-buffer-limit");
        self.save_points = self.config.save_points();
        self.acl.all_channels_at_first = self.config.get("acl-pubsub-default") == "allchannels";
        self.acl.log.max_entries = size("acllog-max-len");
        self.acl.require_password(self.config.bytes("requirepass"));
        let was_on = core::mem::replace(&mut self.journal.on, self.config.is_on("appendonly"));
        if self.journal.on && !was_on {
            // What was written before is in no journal: it begins with a new base.
            self.store.rewrite_requested = true;
        }
        let store = &mut self.store;
        store.stamps_journal = self.config.is_on("aof-timestamp-enabled");
        store.stops_on_save_error = self.config.is_on("stop-writes-on-bgsave-error");
        store.needs_replicas = size("min-replicas-to-write") > 0 && size("min-replicas-max-lag") > 0;
        store.growth_percent = size("auto-aof-rewrite-percentage") as u64;
        store.growth_min_bytes = size("auto-aof-rewrite-min-size") as u64;
        self.notify = Notify::parse(self.config.get("notify-keyspace-events")).unwrap_or_default();
        keyspace.announce_misses = self.notify.is_on() && self.notify.wants(Class::Miss);
        self.listen(keyspace);
    }

    /// Has the keyspace record what somebody follows.
    #[inline]
    pub fn listen(&self, keyspace: &mut Keyspace) {
        keyspace.listening = self.follows_data();
        keyspace.announce_new = !self.waiters.is_empty() || (self.notify.is_on() && self.notify.wants(Class::New));
    }

    /// Why nothing may be written now, if so.
    #[inline]
    pub fn refuses_writes(&self) -> Option<crate::command::Error> {
        self.store.refusal(!self.last_save_ok && !self.save_points.is_empty())
    }

    /// Why no script may run now that could write, if so.
    pub fn refuses_writable_scripts(&self) -> Option<crate::command::Error> {
        self.store.refusal_of_scripts(!self.last_save_ok && !self.save_points.is_empty())
    }

    /// Whether anything follows the changes of the data.
    #[inline]
    pub fn follows_data(&self) -> bool {
        self.journal.on
            || self.events_on
            || self.notify.is_on()
            || !self.watchers.is_empty()
            || !self.waiters.is_empty()
            || self.tracking.is_active()
    }

    /// Whether somebody waits for what is there now; while a script runs nobody is served.
    #[inline]
    pub fn may_serve_waiters(&self) -> bool {
        self.waiters.has_ready() && !self.scripting.is_running()
    }

    /// Takes the samples of what happens per second that are due.
    #[inline]
    pub fn sample_rates(&mut self, now: Time) {
        let stats = &self.stats;
        let bytes = [stats.net_input_bytes, stats.net_output_bytes];
        let counts = [stats.commands_processed, bytes[0], bytes[1], stats.turns, stats.turn_micros];
        self.rates.observe(now, counts);
    }

    /// Lets a client no longer wait. The caller decides what it is told; what it sent in the meantime is run
    /// afterwards.
    pub fn unblock(&mut self, client: &mut Client) -> Option<Blocked> {
        let blocked = client.blocked.take()?;
        self.waiters.remove(client.id, &blocked);
        self.resumed.push_back(client.id);
        Some(blocked)
    }

    /// Lets a client watch nothing.
    pub fn unwatch(&mut self, client: &mut Client) {
        client.watching.broken = false;
        for watched in client.watching.keys.drain(..) {
            self.watchers.remove(watched.database, &watched.key, client.id);
        }
    }

    /// Removes every trace of a client beside the connection itself: what it listens to, watches and waits for.
    pub fn detach(&mut self, client: &mut Client) {
        self.unblock(client);
        self.unwatch(client);
        self.pubsub.forget(client);
        self.tracking.disable(client.id, &mut client.tracking);
        client.transaction = None;
        if core::mem::take(&mut client.monitor) {
            self.monitors.retain(|&other| other != client.id);
        }
    }
}

impl Server {
    /// When the save points ask for the next snapshot, given the changes since the last one. One that could not be
    /// stored is tried again after some seconds, as in Redis, and not at once.
    pub fn save_point_at(&self, dirty: u64) -> Option<Time> {
        const RETRY_MS: u64 = 5_000;
        if dirty == 0 || self.saving_dirty.is_some() || self.save_points_rest {
            return None;
        }
        let retry = if self.last_save_ok { 0 } else { self.last_save_try.0.saturating_add(RETRY_MS) };
        self.save_points
            .iter()
            .filter(|(_, changes)| dirty >= *changes)
            .map(|(seconds, _)| Time(self.last_save.0.saturating_add(seconds.saturating_mul(1000)).max(retry)))
            .min()
    }
}

/// 40 hexadecimal digits by which something is told from all others.
pub fn identifier(random: &mut Random) -> String {
    (0..40).filter_map(|_| char::from_digit(random.next_u32() >> 28, 16)).collect()
}

/// How many keys `maxmemory-eviction-tenacity` lets one command give up. Redis has the setting stand for a time, of
/// which this node knows none within a command: up to 10 it grows evenly, then by 15 percent a step, and 100 is without
/// limit.
fn evictions_at_once(tenacity: i64) -> usize {
    const PER_STEP: usize = 32;
    match usize::try_from(tenacity).unwrap_or(0) {
        0 => PER_STEP / 2,
        steps @ 1..=10 => steps * PER_STEP,
        steps @ 11..=99 => (10.0 * PER_STEP as f64 * 1.15f64.powi(steps as i32 - 10)) as usize,
        _ => usize::MAX,
    }
}
