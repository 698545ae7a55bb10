//! The engine and everything around it that needs no browser: messages in, messages out.
//!
//! Knows nothing of timers, storage or `postMessage`. The worker's shell hands in messages and the time, then takes
//! what is to be posted, journalled and stored. Work is done in slices, so that a long paste never keeps the worker
//! from hearing the next message.
//!
//! | module | what it does for the page |
//! |---|---|
//! | `terminals` | clients, their lines and what they print |
//! | `views` | the key tree, the value and the layout that are looked at |
//! | `time` | the clock, and what time brings |
//! | `measuring` | charts and workload |
//! | `panels` | what panels ask for |
//! | `storage` | the journal and snapshots |
//! | `files` | RDB files that come and go |
//!
//! What belongs to one feature alone stands with it: [`super::edit`], `super::batch`, `super::lesson`,
//! `super::examples`.

mod files;
mod measuring;
mod panels;
mod storage;
mod terminals;
mod time;
mod views;

use std::collections::{BTreeMap, HashMap};

use engine::base::Time;
use engine::{ClientId, Engine, Event, Options, Output};
use lessons::Lesson;

use self::storage::AfterScript;
pub use self::storage::Snapshot;
use super::batch;
use super::clock::{Clock, KeptClock};
use super::edit::Edits;
use super::key_view::KeyWindow;
use super::layout::LayoutWatch;
use super::lesson::{Filling, Preparation};
use super::load::Load;
use super::metrics::Metrics;
use super::terminal::Terminal;
use super::workload::Traffic;
use crate::protocol::{Awaiting, ClientNumber, Connection, FromWorker, Start, ToWorker, ValueQuestion};

/// How long a file of commands may run in each slice, beside terminals that have more to do.
const FILE_SHARE_MS: f64 = 4.0;
/// How long the key tree may look at keys after each slice of commands.
const KEYS_SHARE_MS: f64 = 2.0;

/// The engine with its clients, clock and views.
pub struct Host {
    pub(super) engine: Engine,
    pub(super) clock: Clock,
    /// What was handed out to be kept of it.
    kept_clock: Option<KeptClock>,
    /// Milliseconds since some moment, as exact as the platform tells.
    pub(super) elapsed_ms: fn() -> f64,
    pub(super) options: Options,
    pub(super) lesson: Option<Lesson>,
    /// Whether it is there to run examples.
    pub(super) examples: bool,
    /// The making of its data, while that goes on.
    pub(super) preparation: Option<Preparation>,
    pub(super) traffic: Option<Traffic>,
    /// What is measured for the charts, while they are looked at.
    metrics: Option<Metrics>,
    /// A synthetic workload that runs, and how many there were.
    load: Option<Load>,
    loads: u32,
    /// Terminals that are making much data.
    pub(super) fillings: BTreeMap<ClientNumber, Filling>,
    pub(super) terminals: BTreeMap<ClientNumber, Terminal>,
    /// Clients that a lesson names beside the learner's.
    pub(super) side_clients: HashMap<String, Terminal>,
    pub(super) owners: HashMap<ClientId, ClientNumber>,
    /// The file of commands that runs.
    pub(super) file: Option<batch::Running>,
    /// The prompts that the page knows, what each terminal waits for, how many lines wait, and its connection.
    prompts: HashMap<ClientNumber, (String, Awaiting, u32, Connection)>,
    keys: Option<KeyWindow>,
    value: Option<ValueQuestion>,
    pub(super) value_changed: bool,
    pub(super) edits: Edits,
    layout: LayoutWatch,
    pub(super) clock_changed: bool,
    /// A file that was found good and waits for consent.
    checked_import: Option<Vec<u8>>,
    /// What was there before the last import.
    before_import: Option<Vec<u8>>,
    /// Whether journal and snapshots go anywhere.
    stored: bool,
    pub(super) outbox: Vec<FromWorker>,
    journal: Vec<u8>,
    snapshot: Option<Snapshot>,
    /// Until when, in elapsed milliseconds, save points rest while the clock is fast.
    saves_rest_until_ms: f64,
    /// Until when the journal is not replaced by a snapshot, unless it is long.
    journal_rests_until_ms: f64,
    /// What waits for the end of a script: meanwhile the data are neither those before it nor those after.
    after_script: AfterScript,
}

impl Host {
    /// An empty engine. `stored` is whether its journal and snapshots are to be kept.
    pub fn new(start: &Start, real_ms: f64, elapsed_ms: fn() -> f64) -> Result<Host, String> {
        Host::with_clock(start, Clock::new(real_ms), real_ms, elapsed_ms)
    }

    /// The same with a clock that was kept.
    pub fn with_clock(start: &Start, mut clock: Clock, real_ms: f64, elapsed_ms: fn() -> f64) -> Result<Host, String> {
        let stored = start.workspace.is_some();
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let config = match (stored, start.examples) {
            (true, _) => vec![setting("appendonly", "yes")],
            (false, false) => vec![setting("save", "")],
            // As the server was started whose replies the examples have.
            (false, true) => vec![setting("save", ""), setting("enable-debug-command", "yes")],
        };
        let options = Options { seed: u64::from(start.seed), config, events: true };
        let engine = Engine::new(options.clone(), clock.now(real_ms)).map_err(|error| error.to_string())?;
        let lesson = start.lesson.as_deref().map(Lesson::parse).transpose().map_err(|problem| problem.to_string())?;
        let preparation = lesson.as_ref().map(|lesson| Preparation::new(&lesson.setup));
        Ok(Host {
            engine,
            kept_clock: clock.kept(),
            clock,
            elapsed_ms,
            options,
            lesson,
            examples: start.examples && !stored,
            preparation,
            traffic: None,
            metrics: None,
            load: None,
            loads: 0,
            fillings: BTreeMap::new(),
            terminals: BTreeMap::new(),
            side_clients: HashMap::new(),
            owners: HashMap::new(),
            file: None,
            prompts: HashMap::new(),
            keys: None,
            value: None,
            value_changed: false,
            layout: LayoutWatch::default(),
            edits: Edits::default(),
            clock_changed: true,
            checked_import: None,
            before_import: None,
            after_script: AfterScript::default(),
            stored,
            outbox: Vec::new(),
            journal: Vec::new(),
            snapshot: None,
            saves_rest_until_ms: 0.0,
            journal_rests_until_ms: 0.0,
        })
    }

    /// Lends the engine a clock to tell how long commands take. To read a browser's clock takes about as long as a GET:
    /// commands that take the same time whatever they are given are not measured, and their times are 0 in INFO.
    pub fn lend_clock(&mut self, clock: engine::server::Clock) {
        self.engine.use_slow_clock(clock);
    }

    /// Adds the browser's randomness to what passwords are made of.
    pub fn add_entropy(&mut self, entropy: &[u8]) {
        self.engine.add_entropy(entropy);
    }

    pub fn take_outbox(&mut self) -> Vec<FromWorker> {
        std::mem::take(&mut self.outbox)
    }

    /// Keys in all databases.
    pub fn keys(&self) -> usize {
        count_keys(&self.engine)
    }

    /// Takes a message from the page. Lines only queue here; [`Host::work`] runs them.
    pub fn handle(&mut self, message: ToWorker, real_ms: f64) {
        let now = self.clock.now(real_ms);
        match message {
            ToWorker::Start(_) | ToWorker::TakeOver => self.started_already(),
            ToWorker::Connect { client, name, resp3 } => self.connect(client, &name, resp3, now),
            ToWorker::Disconnect { client } => self.disconnect(client, now),
            ToWorker::Lines { client, lines } => self.take_lines(client, &lines),
            ToWorker::Command { client, line } => self.take_command(client, line),
            ToWorker::Interrupt { client } => self.interrupt(client, now),
            ToWorker::Hint { client, ticket, line } => self.hint(client, ticket, &line),
            ToWorker::Clock(order) => self.turn_clock(order, real_ms),
            ToWorker::Keys(order) => self.order_keys(order),
            ToWorker::Panel(message) => self.handle_panel(message, real_ms),
        }
    }

    fn started_already(&mut self) {
        self.problem("This worker has started already.".to_owned());
    }

    pub(in crate::worker) fn problem(&mut self, message: String) {
        self.outbox.push(FromWorker::Problem { message });
    }

    pub(in crate::worker) fn unknown(&mut self, client: ClientNumber) {
        self.problem(format!("There is no client {client}."));
    }

    /// Runs lines that wait, until `until` (in [`Host::new`]'s elapsed milliseconds). Says whether some are left.
    pub fn work(&mut self, real_ms: f64, until: f64) -> bool {
        if !self.prepare(real_ms, until) {
            return true;
        }
        let numbers: Vec<ClientNumber> = self.terminals.keys().copied().collect();
        let mut more = true;
        while more && (self.elapsed_ms)() < until {
            more = false;
            for &number in &numbers {
                more |= self.advance(number, real_ms);
            }
            // A later one may have ended the wait of an earlier one.
            more |= self.terminals.values().any(Terminal::is_ready);
        }
        if self.file.is_some() {
            let began = (self.elapsed_ms)();
            more |=
                self.work_file(real_ms, if more { began + FILE_SHARE_MS } else { until.max(began + FILE_SHARE_MS) });
            // What it did may have ended the wait of a terminal.
            more |= self.terminals.values().any(Terminal::is_ready);
        }
        for number in numbers {
            self.flush(number);
        }
        let began = (self.elapsed_ms)();
        // Beside commands that do not end, the key tree gets a share of the time; else all that is left.
        let until = if more { began + KEYS_SHARE_MS } else { until.max(began + KEYS_SHARE_MS) };
        let elapsed_ms = self.elapsed_ms;
        more | self.keys.as_mut().is_some_and(|keys| keys.work(self.engine.keyspace(), || elapsed_ms() >= until))
    }

    /// Handles everything the engine has to say.
    pub(in crate::worker) fn drain(&mut self, now: Time) {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Reply { client, bytes } => self.reply(client, bytes, now),
                Output::Close { client } => self.closed(client),
                Output::Append(bytes) if self.stored => self.journal.extend_from_slice(&bytes),
                Output::Append(_) => {}
                Output::Save(rdb) => self.save(rdb, now),
                Output::Rewrite(_) if self.stored => {
                    // What is stored here is snapshots and what follows them, so this is one more of them.
                    let rdb = self.engine.snapshot();
                    self.engine.rewritten(Some(rdb.len() as u64), now);
                    self.keep_snapshot(rdb, false, true);
                }
                // Settings take effect; a tab has no other files and cannot be shut down by a command.
                output @ (Output::Rewrite(_) | Output::Ask { .. }) => self.engine.answer_without_files(&output, now),
                Output::Event(Event::Change(change)) => self.follow(&change),
            }
        }
        self.end_script();
    }
}

fn count_keys(engine: &Engine) -> usize {
    engine.keyspace().databases().map(|(_, database)| database.len()).sum()
}

#[cfg(test)]
mod tests;
