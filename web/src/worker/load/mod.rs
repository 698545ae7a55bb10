//! A synthetic workload: clients that run a plan in slices, and what they feel of it.
//!
//! Timers of a browser are coarse, and a slice has to end soon: commands run a little later than they are due. So each
//! has a moment of its own, as over a network: when it was due or its client was free, half the delay to the engine,
//! its turn there after whatever the engine was busy with, and half the delay back. What a client feels is counted
//! from the moment its command was due, so that a slow command shows in all that had to wait for it; what it runs as
//! fast as it can, from the moment it was sent. Commands run in the order in which they were drawn, whatever the times
//! are.

mod generator;
mod zipf;

use engine::base::Time;
use engine::{ClientId, Engine};

use self::generator::{Generator, Operation};
use super::latencies::Latencies;
use crate::load::{Kind, LoadReport, LoadTotal, Plan};
use crate::metrics::Sample;

/// Commands between two looks at the world: what they say is handed on, and the time is read.
const TURN: u32 = 16;
/// Above this rate the commands of a turn are measured together: to read the clock takes as long as a command.
const MAX_MEASURED_RATE: u32 = 5_000;
/// A report is sent this often.
const REPORT_MS: f64 = 250.0;
/// Commands that run later than they were due by no more than this were late because of a timer.
const TIMER_MS: f64 = 30.0;
/// What a sleeping computer, or one that cannot keep up, missed is not made up for beyond this.
const MAX_BACKLOG_MS: f64 = 2000.0;
/// While the engine cannot take commands, or the store cannot keep up, this long passes until the next look.
pub const WAIT_MS: f64 = 20.0;

/// A workload that runs.
#[derive(Debug)]
pub struct Load {
    run: u32,
    plan: Plan,
    database: u32,
    generator: Generator,
    clients: Vec<LoadClient>,
    /// Commands drawn so far.
    drawn: u64,
    /// When command 0 was due; moves on when time is lost.
    began_ms: f64,
    started_ms: f64,
    /// The commands that are on their way together.
    batch: Option<Batch>,
    /// Until when the engine is taken, on the clock of the moments.
    engine_free_ms: f64,
    /// From when to when somebody else's command kept the engine busy.
    busy: Vec<(f64, f64)>,
    felt: Latencies,
    felt_in_all: Latencies,
    reported_ms: f64,
    reported: LoadTotal,
    total: LoadTotal,
    before: Lost,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct LoadClient {
    id: ClientId,
    /// When the reply to its last command is back.
    free_ms: f64,
}

/// Commands that one client sends at once.
#[derive(Clone, Copy, Debug)]
struct Batch {
    client: usize,
    left: u32,
    sent_ms: f64,
    arrives_ms: f64,
}

/// Counters of the engine that say how many keys were lost.
#[derive(Clone, Copy, Debug, Default)]
struct Lost {
    expired: u64,
    evicted: u64,
}

/// When a workload wants to go on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// As soon as others have had their turn.
    Soon,
    InMs(f64),
    Ended,
}

impl Load {
    /// `run` counts the workloads.
    pub fn new(run: u32, plan: Plan, database: u32, engine: &mut Engine, now: Time, at_ms: f64) -> Load {
        let mut load = Load {
            run,
            database,
            generator: Generator::new(plan.clone()),
            clients: Vec::new(),
            drawn: 0,
            began_ms: at_ms,
            started_ms: at_ms,
            batch: None,
            engine_free_ms: at_ms,
            busy: Vec::new(),
            felt: Latencies::default(),
            felt_in_all: Latencies::default(),
            reported_ms: at_ms,
            reported: LoadTotal::default(),
            total: LoadTotal::default(),
            before: lost(engine),
            bytes: Vec::new(),
            plan,
        };
        for _ in 0..load.plan.clients {
            let id = load.connect(engine, now);
            load.clients.push(LoadClient { id, free_ms: at_ms });
        }
        load
    }

    fn connect(&self, engine: &mut Engine, now: Time) -> ClientId {
        let id = engine.connect(now);
        engine.receive(id, format!("SELECT {}\r\nCLIENT SETNAME workload\r\n", self.database).as_bytes(), now);
        id
    }

    pub fn is_client(&self, id: ClientId) -> bool {
        self.clients.iter().any(|client| client.id == id)
    }

    pub fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.clients.iter().map(|client| client.id)
    }

    /// Takes note of what the engine said to one of the clients.
    pub fn heard(&mut self, bytes: &[u8]) {
        for text in errors(bytes) {
            self.total.errors += 1.0;
            self.total.last_error = super::print::name(text, 200);
        }
    }

    pub fn engine_was_busy(&mut self, from_ms: f64, to_ms: f64) {
        // More than that are not told apart: they lie close together.
        const MAX_BUSY: usize = 256;
        let is_full = self.busy.len() >= MAX_BUSY;
        match self.busy.last_mut() {
            Some(last) if is_full || from_ms - last.1 < 0.5 => last.1 = to_ms,
            _ => self.busy.push((from_ms, to_ms)),
        }
    }

    /// Runs some of the commands that are due. `served` hears how long each of a number of commands took.
    pub fn run(
        &mut self,
        engine: &mut Engine,
        now: Time,
        elapsed_ms: fn() -> f64,
        mut served: impl FnMut(f64, u32),
    ) -> Next {
        if engine.server().scripting.is_running() {
            return Next::InMs(WAIT_MS);
        }
        let single = (1..=MAX_MEASURED_RATE).contains(&self.plan.per_second);
        let mut at_ms = elapsed_ms();
        self.lose_time(at_ms);
        let mut turn = 0;
        while turn < TURN {
            let batch = match self.batch {
                Some(batch) => batch,
                None if self.is_complete() => break,
                None => self.send_batch(engine, now, at_ms),
            };
            self.batch = Some(batch);
            if batch.arrives_ms > at_ms {
                break;
            }
            let Some(id) = self.clients.get(batch.client).map(|client| client.id) else { break };
            if engine.server().clients.get(id).is_some_and(|client| client.blocked.is_some()) {
                return Next::InMs(WAIT_MS);
            }
            // Measured one by one, or all that are left of the turn together.
            let count = if single { 1 } else { (TURN - turn).min(batch.left) };
            let operations: Vec<(u64, Operation, bool)> = (0..count).map(|_| self.perform(engine, id, now)).collect();
            let ended_ms = elapsed_ms();
            let service_ms = (ended_ms - at_ms).max(0.0) / f64::from(count);
            served(service_ms, count);
            for (number, _, filled) in operations {
                self.account(number, filled, service_ms, at_ms);
            }
            at_ms = ended_ms;
            turn += count;
        }
        match self.batch {
            None if self.is_complete() => Next::Ended,
            Some(batch) if batch.arrives_ms > at_ms => {
                // Nobody is behind: what was busy before is of no account any more.
                self.busy.clear();
                Next::InMs(batch.arrives_ms - at_ms)
            }
            _ => Next::Soon,
        }
    }

    fn is_complete(&self) -> bool {
        self.plan.operations > 0 && self.drawn >= u64::from(self.plan.operations)
    }

    fn due_ms(&self, number: u64) -> Option<f64> {
        (self.plan.per_second > 0).then(|| self.began_ms + number as f64 * 1000.0 / f64::from(self.plan.per_second))
    }

    /// Moves everything on when more was missed than is made up for.
    fn lose_time(&mut self, at_ms: f64) {
        let due_ms = self.due_ms(self.drawn).unwrap_or(at_ms);
        let lost_ms = at_ms - due_ms - MAX_BACKLOG_MS;
        if lost_ms > 0.0 {
            self.began_ms += lost_ms;
        }
    }

    /// Lets the next client gather its commands and send them.
    fn send_batch(&mut self, engine: &mut Engine, now: Time, at_ms: f64) -> Batch {
        let pipeline = u64::from(self.plan.pipeline);
        let left = match self.plan.operations {
            0 => pipeline,
            operations => pipeline.min(u64::from(operations).saturating_sub(self.drawn)),
        };
        let client = ((self.drawn / pipeline) % self.clients.len().max(1) as u64) as usize;
        let free_ms = self.clients.get(client).map_or(at_ms, |client| client.free_ms);
        let half_ms = f64::from(self.plan.delay_ms) / 2.0;
        let sent_ms = match self.due_ms(self.drawn + left.saturating_sub(1)) {
            Some(due_ms) => free_ms.max(due_ms),
            // Nothing but the slices kept it from going on at once, or somebody else's command, which it waits for.
            None if at_ms - free_ms > TIMER_MS => match self.busy.iter().find(|(_, to)| *to > free_ms + half_ms) {
                Some((from, _)) => free_ms.max(from - half_ms),
                None => at_ms - half_ms,
            },
            None => free_ms,
        };
        if let Some(id) = self.clients.get(client).map(|client| client.id)
            && engine.server().clients.get(id).is_none()
        {
            // Somebody closed its connection.
            let id = self.connect(engine, now);
            if let Some(client) = self.clients.get_mut(client) {
                client.id = id;
            }
        }
        Batch { client, left: left as u32, sent_ms, arrives_ms: sent_ms + half_ms }
    }

    /// Draws a command and runs it: its number, itself, and whether its key was filled after it.
    fn perform(&mut self, engine: &mut Engine, id: ClientId, now: Time) -> (u64, Operation, bool) {
        let operation = self.generator.draw();
        let number = self.drawn;
        self.drawn += 1;
        let before = engine.keyspace().counters;
        self.send(engine, id, operation, now);
        let after = engine.keyspace().counters;
        let missed = after.misses > before.misses;
        if operation.kind.is_read() {
            self.total.hits += after.hits.saturating_sub(before.hits) as f64;
            self.total.misses += after.misses.saturating_sub(before.misses) as f64;
        }
        let fills = self.plan.fill && operation.kind == Kind::Get && missed;
        if fills {
            self.total.fills += 1.0;
            self.send(engine, id, self.generator.fill(operation), now);
        }
        (number, operation, fills)
    }

    fn send(&mut self, engine: &mut Engine, id: ClientId, operation: Operation, now: Time) {
        self.bytes.clear();
        self.generator.write(operation, &mut self.bytes);
        engine.receive(id, &self.bytes, now);
    }

    /// Counts what a command's client felt.
    fn account(&mut self, number: u64, filled: bool, service_ms: f64, at_ms: f64) {
        let Some(batch) = &mut self.batch else { return };
        let Batch { client, sent_ms, arrives_ms, .. } = *batch;
        batch.left = batch.left.saturating_sub(1);
        if batch.left == 0 {
            self.batch = None;
        }
        let waits = self.busy.iter().filter(|(from, to)| *from <= arrives_ms && arrives_ms < *to);
        let mut start_ms = waits.map(|(_, to)| *to).fold(arrives_ms.max(self.engine_free_ms), f64::max);
        if at_ms - arrives_ms > TIMER_MS {
            start_ms = start_ms.max(at_ms);
        }
        self.engine_free_ms = start_ms + service_ms;
        let delay_ms = f64::from(self.plan.delay_ms);
        let replied_ms = self.engine_free_ms + delay_ms / 2.0;
        let felt_ms = replied_ms - self.due_ms(number).unwrap_or(sent_ms);
        self.felt.note(felt_ms);
        self.felt_in_all.note(felt_ms);
        self.total.operations += 1.0;
        if let Some(client) = self.clients.get_mut(client) {
            // The SET that fills a key is one more way there and back.
            client.free_ms = if filled { replied_ms + delay_ms + service_ms } else { replied_ms };
        }
    }

    /// A report, if one is due; `ended` if it is the last.
    pub fn report(&mut self, engine: &Engine, at_ms: f64, ended: bool) -> Option<LoadReport> {
        if at_ms - self.reported_ms < REPORT_MS && !ended {
            return None;
        }
        let lost = lost(engine);
        let server = engine.server();
        let total = &mut self.total;
        total.seconds = (at_ms - self.started_ms) / 1000.0;
        total.expired = lost.expired.saturating_sub(self.before.expired) as f64;
        total.evicted = lost.evicted.saturating_sub(self.before.evicted) as f64;
        total.max_bytes = server.max_memory as f64;
        total.policy = server.config.get("maxmemory-policy").to_string();
        total.median_ms = self.felt_in_all.percentile_ms(50.0);
        total.p99_ms = self.felt_in_all.percentile_ms(99.0);
        total.worst_ms = self.felt_in_all.worst_ms();
        let before = std::mem::replace(&mut self.reported, total.clone());
        let felt = std::mem::take(&mut self.felt);
        let sample = Sample {
            span_ms: at_ms - self.reported_ms,
            commands: total.operations - before.operations,
            hits: total.hits - before.hits,
            misses: total.misses - before.misses,
            expired: total.expired - before.expired,
            evicted: total.evicted - before.evicted,
            ..felt.sample()
        };
        self.reported_ms = at_ms;
        let plan = ended.then(|| self.plan.clone());
        Some(LoadReport { run: self.run, running: !ended, sample, total: total.clone(), plan })
    }
}

/// The texts of all errors among replies, without reading the values in them.
fn errors(mut replies: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        while let Some(end) = replies.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = replies.split_at(end + 1);
            let (kind, text) = line.split_first()?;
            let text = text.trim_ascii_end();
            // A value's bytes may be anything, also what looks like an error.
            let length = || std::str::from_utf8(text).ok()?.parse::<usize>().ok();
            replies = match kind {
                b'$' | b'=' => length().map_or(rest, |length| rest.get(length + 2..).unwrap_or_default()),
                _ => rest,
            };
            if *kind == b'-' {
                return Some(text);
            }
        }
        None
    })
}

fn lost(engine: &Engine) -> Lost {
    let counters = engine.keyspace().counters;
    Lost { expired: counters.expired, evicted: counters.evicted }
}

#[cfg(test)]
mod tests;
