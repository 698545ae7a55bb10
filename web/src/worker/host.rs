//! The engine and everything around it that needs no browser: messages in, messages out.
//!
//! Knows nothing of timers, storage or `postMessage`. The worker's shell hands in messages and the time, then takes
//! what is to be posted, journalled and stored. Work is done in slices, so that a long paste never keeps the worker
//! from hearing the next message.

use std::collections::{BTreeMap, HashMap};

use engine::base::Time;
use engine::command::usage::Piece;
use engine::{ClientId, Engine, Event, Options, Output};
use serde_bytes::ByteBuf;

use lessons::Lesson;

use super::clock::{Clock, KeptClock};
use super::edit::Edits;
use super::key_view::{self, KeyWindow};
use super::layout::LayoutWatch;
use super::lesson::{Filling, Preparation};
use super::load::{Load, Next};
use super::metrics::Metrics;
use super::reference;
use super::terminal::{Step, Terminal};
use super::value_view;
use super::workload::Traffic;
use super::{batch, complete, connection};
use crate::facts::{SyntaxPiece, TypedCommand};
use crate::file_run::Stopped;
use crate::load::{LoadOrder, Plan};
use crate::printed::Style;
use crate::protocol::{
    Awaiting, ClientNumber, ClockOrder, ClockState, Connection, FromWorker, ImportOutcome, KeysOrder, LineHint,
    MAX_LINES_BYTES, Start, Ticket, ToWorker, ValueQuestion,
};

/// How many lines run between two looks at the time.
const LINES_PER_LOOK: usize = 16;
/// How long a file of commands may run in each slice, beside terminals that have more to do.
const FILE_SHARE_MS: f64 = 4.0;
/// How long the key tree may look at keys after each slice of commands.
const KEYS_SHARE_MS: f64 = 2.0;
/// How much text is printed before it is sent on. The page colours each piece in one go, so pieces are small.
const MAX_PRINTED_BYTES: usize = 4 * 1024;
/// More clients than anyone looks at.
const MAX_CLIENTS: usize = 64;

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
    /// The prompts that the page knows, what each terminal waits for, whether lines wait, and its connection.
    prompts: HashMap<ClientNumber, (String, Awaiting, bool, Connection)>,
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
    /// What waits for the end of a script: meanwhile the data are neither those before it nor those after.
    after_script: AfterScript,
}

/// What is put off while a script runs.
#[derive(Default)]
struct AfterScript {
    /// A snapshot after which the journal starts anew.
    snapshot: bool,
    exports: Vec<Ticket>,
}

/// A snapshot that is to be stored.
#[derive(Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub rdb: Vec<u8>,
    /// The engine's time.
    pub made_ms: u64,
    /// Whether the engine asked for it and wants to hear how it went.
    pub asked: bool,
    /// Whether the journal leads to it; an import and a recovery that lost something do not.
    pub continues: bool,
    /// What the journal got before it, and the shell has not taken yet.
    pub journal_before: Vec<u8>,
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

    // --- What the shell takes away ---------------------------------------------------------------------------

    pub fn take_outbox(&mut self) -> Vec<FromWorker> {
        std::mem::take(&mut self.outbox)
    }

    /// The journal's next bytes.
    pub fn take_journal(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.journal)
    }

    pub fn take_snapshot(&mut self) -> Option<Snapshot> {
        self.snapshot.take()
    }

    /// What is to be kept of the clock from now on, if that changed.
    pub fn take_clock(&mut self) -> Option<Option<KeptClock>> {
        let kept = self.clock.kept();
        (kept != std::mem::replace(&mut self.kept_clock, kept)).then_some(kept)
    }

    /// Keys in all databases.
    pub fn keys(&self) -> usize {
        count_keys(&self.engine)
    }

    // --- Storage ---------------------------------------------------------------------------------------------

    /// Puts back what was stored: a snapshot, then the journal after it.
    ///
    /// The snapshot is loaded as of the moment it was made: a key that has expired since then may have lost its
    /// deadline in the journal.
    pub fn load_snapshot(&mut self, rdb: &[u8], made_ms: u64) -> Result<(), String> {
        self.engine.restore(rdb, Time(made_ms)).map_err(|error| error.to_string())?;
        self.data_replaced();
        Ok(())
    }

    pub fn replay_journal(&mut self, aof: &[u8], real_ms: f64) -> Result<usize, String> {
        let now = self.clock.now(real_ms);
        let replayed = self.engine.replay(aof, now).map_err(|error| error.to_string())?;
        self.data_replaced();
        Ok(replayed.bytes)
    }

    /// Whether a script is in the middle of its work.
    fn runs_script(&self) -> bool {
        self.engine.server().scripting.is_running()
    }

    /// Makes a snapshot after which the journal can start anew, at the end of a script that runs. `continues` is whether
    /// the stored data lead to it.
    pub fn make_snapshot(&mut self, continues: bool) {
        if self.runs_script() {
            self.after_script.snapshot = true;
            return;
        }
        let rdb = self.engine.snapshot();
        self.keep_snapshot(rdb, false, continues);
    }

    fn keep_snapshot(&mut self, rdb: Vec<u8>, asked: bool, continues: bool) {
        // The journal after it stands alone, so it has to name its database again.
        self.engine.restart_journal();
        let made_ms = self.engine.keyspace().now().0;
        let journal_before = std::mem::take(&mut self.journal);
        let mut snapshot = Snapshot { rdb, made_ms, asked, continues, journal_before };
        if let Some(older) = self.snapshot.take() {
            snapshot.asked |= older.asked;
            snapshot.continues &= older.continues;
            snapshot.journal_before.splice(0..0, older.journal_before).for_each(drop);
        }
        self.snapshot = Some(snapshot);
    }

    /// Does what was put off until no script runs.
    fn end_script(&mut self) {
        if self.runs_script() {
            return;
        }
        for ticket in std::mem::take(&mut self.after_script.exports) {
            let bytes = ByteBuf::from(self.engine.snapshot());
            self.outbox.push(FromWorker::Exported { ticket, bytes });
        }
        if std::mem::take(&mut self.after_script.snapshot) {
            self.make_snapshot(true);
        }
    }

    /// The shell's word on a snapshot that the engine asked for.
    pub fn saved(&mut self, stored: bool, real_ms: f64) {
        let now = self.clock.now(real_ms);
        self.engine.saved(stored, now);
        self.drain(now);
    }

    pub(super) fn data_replaced(&mut self) {
        if let Some(keys) = &mut self.keys {
            keys.start_over();
        }
        self.value_changed = true;
        self.layout.start_over();
        self.edits.forget();
        self.clock_changed = true;
    }

    // --- Messages --------------------------------------------------------------------------------------------

    /// Takes a message from the page. Lines only queue here; [`Host::work`] runs them.
    pub fn handle(&mut self, message: ToWorker, real_ms: f64) {
        let now = self.clock.now(real_ms);
        match message {
            ToWorker::Connect { client, name, resp3 } => self.connect(client, &name, resp3, now),
            ToWorker::Disconnect { client } => self.disconnect(client, now),
            ToWorker::Lines { client, lines } => match self.terminals.get_mut(&client) {
                Some(_) if lines.len() > MAX_LINES_BYTES => {
                    self.problem(format!("More than {} MB at once.", MAX_LINES_BYTES >> 20));
                }
                Some(terminal) => terminal.enqueue(&lines),
                None => self.unknown(client),
            },
            ToWorker::Command { client, line } => match self.terminals.get_mut(&client) {
                Some(terminal) => terminal.enqueue_whole(line),
                None => self.unknown(client),
            },
            ToWorker::RunFile { ticket, database, bytes } => self.run_file(ticket, database, bytes.into_vec(), now),
            ToWorker::StopFile => self.stop_file(),
            ToWorker::Interrupt { client } => self.interrupt(client, now),
            ToWorker::Hint { client, ticket, line } => {
                let hint = self.hint(client, &line);
                self.outbox.push(FromWorker::Hint { client, ticket, hint });
            }
            ToWorker::Clock(order) => self.turn_clock(order, real_ms),
            ToWorker::Load(order) => self.order_load(order, real_ms),
            ToWorker::Measure(on) => self.metrics = on.then(|| Metrics::new(&self.engine, (self.elapsed_ms)())),
            ToWorker::Keys(order) => self.order_keys(order),
            ToWorker::Dump { ticket, database, key } => {
                let dumped = key_view::dump(self.engine.keyspace(), database, &key);
                self.outbox.push(FromWorker::Dumped { ticket, dumped });
            }
            ToWorker::ShowValue(question) => {
                self.value = question;
                self.value_changed = true;
            }
            ToWorker::ShowLayout(question) => self.layout.ask(question, self.engine.keyspace()),
            ToWorker::Edit { ticket, client, database, key, words } => {
                self.edit(ticket, client, (database, &key), words, real_ms);
            }
            ToWorker::UndoEdit { ticket, client, number } => self.undo_edit(ticket, client, number, real_ms),
            ToWorker::Export { ticket } => {
                self.after_script.exports.push(ticket);
                self.end_script();
            }
            ToWorker::Import { ticket, bytes } => {
                let outcome = self.check_import(bytes.into_vec(), now);
                self.outbox.push(FromWorker::Imported { ticket, outcome });
            }
            ToWorker::ConfirmImport { ticket } => {
                let outcome = match self.checked_import.take() {
                    Some(rdb) => self.import(&rdb, now),
                    None => ImportOutcome::Refused("There is no file to import.".to_owned()),
                };
                self.outbox.push(FromWorker::Imported { ticket, outcome });
            }
            ToWorker::UndoImport { ticket } => {
                let outcome = match self.before_import.take() {
                    Some(before) => self.import(&before, now),
                    None => ImportOutcome::Refused("There is no import to undo.".to_owned()),
                };
                self.outbox.push(FromWorker::Imported { ticket, outcome });
            }
            ToWorker::Start(_) | ToWorker::TakeOver | ToWorker::FetchDamaged { .. } | ToWorker::Bench { .. } => {
                self.problem("This worker has started already.".to_owned());
            }
            ToWorker::RunBlock { client, block } => self.run_block(client, block),
            ToWorker::RunExample { client, example, transcript } => {
                self.run_example(client, example, &transcript, real_ms);
            }
            ToWorker::Commands { ticket } => {
                self.outbox.push(FromWorker::Commands { ticket, commands: reference::entries() });
            }
            ToWorker::Facts { ticket, name } => {
                self.outbox.push(FromWorker::Facts { ticket, facts: reference::facts(&name) });
            }
            ToWorker::CheckExercise { ticket, block } => {
                let verdict = self.check_exercise(block, now);
                self.outbox.push(FromWorker::Checked { ticket, verdict });
            }
            ToWorker::Traffic { block, on } => self.set_traffic(block, on, now),
        }
    }

    /// What fits after an unfinished line: as redis-cli says, and names that are there.
    fn hint(&self, client: ClientNumber, line: &str) -> LineHint {
        let hint = engine::hint(line);
        let piece = |piece: Piece| SyntaxPiece { text: piece.text, current: piece.current };
        let command = hint.subject.map(|subject| TypedCommand {
            name: subject.name,
            arguments: subject.arguments.into_iter().map(piece).collect(),
        });
        let database = self.terminals.get(&client).map(Terminal::database).unwrap_or_default();
        let completions = match hint.completions.is_empty() {
            true => complete::completions(line, &self.engine, database),
            false => hint.completions,
        };
        LineHint { hint: hint.text, completions, command }
    }

    pub(super) fn problem(&mut self, message: String) {
        self.outbox.push(FromWorker::Problem { message });
    }

    pub(super) fn unknown(&mut self, client: ClientNumber) {
        self.problem(format!("There is no client {client}."));
    }

    fn connect(&mut self, client: ClientNumber, name: &str, resp3: bool, now: Time) {
        if self.terminals.contains_key(&client) {
            return self.problem(format!("Client {client} is connected already."));
        }
        if self.owners.len() >= MAX_CLIENTS {
            return self.problem(format!("More than {MAX_CLIENTS} clients."));
        }
        let id = self.open(client, now);
        let mut terminal = Terminal::new(client, id, self.lesson.is_some() || self.examples);
        terminal.introduce(name.as_bytes(), resp3);
        terminal.lend_clock(self.elapsed_ms);
        self.terminals.insert(client, terminal);
    }

    pub(super) fn open(&mut self, client: ClientNumber, now: Time) -> ClientId {
        let id = self.engine.connect(now);
        // Ports as a system would give them, so that CLIENT LIST reads as it does elsewhere.
        let port = 50_000u64.saturating_add(id.0) % 65_536;
        self.engine.describe(id, &format!("127.0.0.1:{port}"), "127.0.0.1:6379");
        self.owners.insert(id, client);
        id
    }

    fn disconnect(&mut self, client: ClientNumber, now: Time) {
        let Some(Terminal { client: id, .. }) = self.terminals.remove(&client) else { return self.unknown(client) };
        self.stop_filling(client, now);
        self.prompts.remove(&client);
        self.owners.remove(&id);
        self.engine.disconnect(id, now);
        self.drain(now);
    }

    fn interrupt(&mut self, client: ClientNumber, now: Time) {
        self.stop_filling(client, now);
        let Some(terminal) = self.terminals.get_mut(&client) else { return self.unknown(client) };
        if terminal.interrupt() {
            self.reconnect(client, now);
        }
    }

    fn reconnect(&mut self, client: ClientNumber, now: Time) {
        let Some(old) = self.terminals.get(&client).map(|terminal| terminal.client) else { return };
        if self.owners.remove(&old).is_some() {
            self.engine.disconnect(old, now);
        }
        let id = self.open(client, now);
        if let Some(terminal) = self.terminals.get_mut(&client) {
            terminal.reconnected(id);
        }
        self.drain(now);
    }

    fn turn_clock(&mut self, order: ClockOrder, real_ms: f64) {
        match order {
            ClockOrder::Speed(speed) => self.clock.set_speed(speed, real_ms),
            ClockOrder::Step { by_ms } => self.clock.step(by_ms, real_ms),
            ClockOrder::Real => self.clock.reset(real_ms),
            ClockOrder::NextExpiry => {
                let now = self.clock.now(real_ms);
                if let Some(next) = self.engine.keyspace().next_expiry() {
                    self.clock.step(next.since(now) as f64, real_ms);
                }
            }
        }
        self.clock_changed = true;
        self.tick(real_ms);
    }

    fn order_keys(&mut self, order: KeysOrder) {
        match order {
            KeysOrder::View { database, first, count } => {
                self.keys.get_or_insert_with(|| KeyWindow::new(database)).look_at(database, first, count);
            }
            KeysOrder::Close => self.keys = None,
            KeysOrder::Open { folder, open } => self.with_keys(|keys| keys.toggle(&folder, open)),
            KeysOrder::Filter { pattern, types } => self.with_keys(|keys| keys.filter(&pattern, types)),
            KeysOrder::Split { delimiter } => self.with_keys(|keys| keys.split_at(&delimiter)),
            KeysOrder::Sort(sort) => self.with_keys(|keys| keys.sort_by(sort)),
        }
    }

    fn with_keys(&mut self, act: impl FnOnce(&mut KeyWindow)) {
        act(self.keys.get_or_insert_with(|| KeyWindow::new(0)));
    }

    /// Loads the file into an engine of its own first: what is wrong with it shows before anything is replaced.
    fn check_import(&mut self, rdb: Vec<u8>, now: Time) -> ImportOutcome {
        let trial = Engine::new(Options::default(), now).map_err(|error| error.to_string());
        let trial = trial.and_then(|mut trial| match trial.restore(&rdb, now) {
            Ok(_) => Ok(trial),
            Err(error) => Err(error.to_string()),
        });
        let present = self.keys();
        match trial {
            Err(why) => ImportOutcome::Refused(why),
            Ok(_) if present == 0 => self.import(&rdb, now),
            Ok(trial) => {
                self.checked_import = Some(rdb);
                ImportOutcome::WouldReplace { keys: count_keys(&trial) as f64, present: present as f64 }
            }
        }
    }

    fn import(&mut self, rdb: &[u8], now: Time) -> ImportOutcome {
        if self.runs_script() {
            return ImportOutcome::Refused("a script is running; stop it with SCRIPT KILL, then import".to_owned());
        }
        let replaced = self.keys();
        let before = self.engine.snapshot();
        if let Err(error) = self.engine.restore(rdb, now) {
            return ImportOutcome::Refused(error.to_string());
        }
        self.drain(now);
        self.before_import = Some(before);
        self.data_replaced();
        // The journal does not hold an import; only a snapshot does.
        if self.stored {
            self.make_snapshot(false);
        }
        ImportOutcome::Done { keys: self.keys() as f64, replaced: replaced as f64 }
    }

    // --- Work ------------------------------------------------------------------------------------------------

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

    /// Runs some lines of one terminal; whether it has more that can run now.
    pub(super) fn advance(&mut self, number: ClientNumber, real_ms: f64) -> bool {
        for _ in 0..LINES_PER_LOOK {
            // Asked each time: a step of a lesson may turn the clock.
            let now = self.clock.now(real_ms);
            if self.go_on_filling(number, now) {
                return true;
            }
            let Some(terminal) = self.terminals.get_mut(&number) else { return false };
            match terminal.step(now) {
                Step::Wait => return false,
                Step::Done => {}
                Step::Send(bytes) => {
                    let (client, began) = (terminal.client, (self.elapsed_ms)());
                    self.engine.receive(client, &bytes, now);
                    self.note_busy(began);
                    self.drain(now);
                    self.layout.name_command(&bytes);
                }
                Step::Reconnect => self.reconnect(number, now),
                Step::Perform(step) => self.perform(number, &step, real_ms),
                Step::Clear => {
                    self.flush(number);
                    self.outbox.push(FromWorker::Clear { client: number });
                }
            }
            self.flush_if_long(number);
        }
        true
    }

    /// Tells everybody who measures that the engine was busy with a command since this moment.
    fn note_busy(&mut self, began_ms: f64) {
        if self.traffic.is_none() && self.metrics.is_none() && self.load.is_none() {
            return;
        }
        let ended_ms = (self.elapsed_ms)();
        if let Some(traffic) = &mut self.traffic {
            traffic.engine_was_busy(began_ms, ended_ms);
        }
        if let Some(load) = &mut self.load {
            load.engine_was_busy(began_ms, ended_ms);
        }
        if let Some(metrics) = &mut self.metrics {
            metrics.served(ended_ms - began_ms);
        }
    }

    fn order_load(&mut self, order: LoadOrder, real_ms: f64) {
        let now = self.clock.now(real_ms);
        self.end_load(now);
        if let LoadOrder::Start { plan, database } = order {
            self.loads += 1;
            let at_ms = (self.elapsed_ms)();
            // What comes from the page is read again as a text, which knows all limits.
            match Plan::parse(&plan.to_string()) {
                Ok(plan) => self.load = Some(Load::new(self.loads, plan, database, &mut self.engine, now, at_ms)),
                Err(why) => self.problem(format!("The workload cannot run: {why}.")),
            }
            self.drain(now);
        }
    }

    fn end_load(&mut self, now: Time) {
        let Some(mut load) = self.load.take() else { return };
        let report = load.report(&self.engine, (self.elapsed_ms)(), true);
        self.outbox.extend(report.map(|report| FromWorker::Load(Box::new(report))));
        for client in load.clients() {
            self.engine.disconnect(client, now);
        }
        self.drain(now);
    }

    pub fn has_load(&self) -> bool {
        self.load.is_some()
    }

    /// Runs the workload until `until`, as far as it has something to do. In how many milliseconds it wants to go on.
    pub fn run_load(&mut self, real_ms: f64, until: f64) -> Option<f64> {
        let now = self.clock.now(real_ms);
        let next = loop {
            let metrics = &mut self.metrics;
            let served = |took_ms: f64, count: u32| {
                if let Some(metrics) = metrics {
                    (0..count).for_each(|_| metrics.served(took_ms));
                }
            };
            let next = self.load.as_mut()?.run(&mut self.engine, now, self.elapsed_ms, served);
            self.drain(now);
            if next != Next::Soon || (self.elapsed_ms)() >= until {
                break next;
            }
        };
        let report = self.load.as_mut()?.report(&self.engine, (self.elapsed_ms)(), false);
        self.outbox.extend(report.map(|report| FromWorker::Load(Box::new(report))));
        match next {
            Next::Soon => Some(0.0),
            Next::InMs(ms) => Some(ms),
            Next::Ended => {
                self.end_load(now);
                None
            }
        }
    }

    /// In how many milliseconds [`Host::measure`] has something to do, if the charts are looked at.
    pub fn measure_in(&self) -> Option<f64> {
        self.metrics.as_ref().map(|metrics| metrics.due_in((self.elapsed_ms)()))
    }

    /// Measures on for the charts.
    pub fn measure(&mut self) {
        if let Some(sample) = self.metrics.as_mut().and_then(|metrics| metrics.run(&self.engine, self.elapsed_ms)) {
            self.outbox.push(FromWorker::Measured(sample));
        }
    }

    fn flush_if_long(&mut self, number: ClientNumber) {
        if self.terminals.get(&number).is_some_and(|terminal| terminal.printed_len() > MAX_PRINTED_BYTES) {
            self.flush(number);
        }
    }

    /// Sends on what a terminal printed, and its prompt if that changed.
    pub(super) fn flush(&mut self, number: ClientNumber) {
        let Some(terminal) = self.terminals.get_mut(&number) else { return };
        let printed = terminal.take_printed();
        if !printed.is_empty() {
            let waiting = terminal.waiting() as u32;
            self.outbox.push(FromWorker::Printed { client: number, printed, waiting });
        }
        self.outbox.extend(terminal.take_reports().into_iter().map(FromWorker::Stepped));
        let connection = connection::of(self.engine.server().clients.get(terminal.client), terminal);
        let state = (terminal.prompt(), terminal.awaiting(), terminal.waiting() > 0, connection);
        if self.prompts.get(&number) != Some(&state) {
            self.prompts.insert(number, state.clone());
            let (prompt, awaiting, _, connection) = state;
            let (database, waiting) = (terminal.database(), terminal.waiting() as u32);
            self.outbox.push(FromWorker::Prompt { client: number, prompt, database, awaiting, waiting, connection });
        }
    }

    /// Does what time brings.
    pub fn tick(&mut self, real_ms: f64) {
        let now = self.clock.now(real_ms);
        self.engine.tick(now);
        self.drain(now);
    }

    /// In how many milliseconds [`Host::tick`] is needed.
    pub fn tick_in(&mut self, real_ms: f64) -> Option<f64> {
        let engine = self.engine.deadline().and_then(|deadline| self.clock.real_until(deadline, real_ms));
        let rests = self.terminals.values().filter_map(Terminal::rests_until_ms);
        let rests = rests.map(|until| (until - (self.elapsed_ms)()).max(0.0));
        rests.chain(engine).reduce(f64::min)
    }

    /// Handles everything the engine has to say.
    pub(super) fn drain(&mut self, now: Time) {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Reply { client, bytes } => self.reply(client, bytes, now),
                Output::Close { client } => self.closed(client),
                Output::Append(bytes) if self.stored => self.journal.extend_from_slice(&bytes),
                Output::Append(_) => {}
                Output::Save(rdb) if self.stored => self.keep_snapshot(rdb, true, true),
                // There is nothing to lose: a lesson's engine lives in memory by intent.
                Output::Save(_) => self.engine.saved(true, now),
                Output::Rewrite(_) if self.stored => {
                    // What is stored here is snapshots and what follows them, so this is one more of them.
                    let rdb = self.engine.snapshot();
                    self.engine.rewritten(Some(rdb.len() as u64), now);
                    self.keep_snapshot(rdb, false, true);
                }
                // Settings take effect; a tab has no other files and cannot be shut down by a command.
                output @ (Output::Rewrite(_) | Output::Ask { .. }) => self.engine.answer_without_files(&output, now),
                Output::Event(Event::Change(change)) => {
                    let keyspace = self.engine.keyspace();
                    if let Some(keys) = &mut self.keys {
                        keys.follow(&change, keyspace);
                    }
                    self.layout.follow(&change, keyspace);
                    self.edits.follow(&change);
                    self.value_changed |= self.value.as_ref().is_some_and(|value| concerns(&change, value));
                    self.clock_changed = true;
                }
            }
        }
        self.end_script();
    }

    fn reply(&mut self, client: ClientId, bytes: Vec<u8>, now: Time) {
        if self.file_reply(client, &bytes) {
            return;
        }
        self.edits.hear(self.owners.get(&client), &bytes);
        let terminal = match self.owners.get(&client) {
            Some(number) => self.terminals.get_mut(number),
            None => self.side_clients.values_mut().find(|terminal| terminal.client == client),
        };
        if let Some(terminal) = terminal {
            terminal.receive(&bytes, now);
            if let Some(client) = self.engine.server().clients.get(client) {
                terminal.note(&client.name, client.reply.resp3);
            }
        } else if let Some(load) = self.load.as_mut().filter(|load| load.is_client(client)) {
            load.heard(&bytes);
        }
    }

    fn closed(&mut self, client: ClientId) {
        if let Some(file) = self.file.as_mut().filter(|file| file.batch.client == client) {
            file.batch.stop(Stopped::Closed);
        }
        // The next step that names it opens a new one.
        self.side_clients.retain(|_, terminal| terminal.client != client);
        let terminal = self.owners.remove(&client).and_then(|number| self.terminals.get_mut(&number));
        if let Some(terminal) = terminal {
            terminal.closed();
        }
    }

    /// Sends the views that changed; called a few times a second at most.
    pub fn refresh(&mut self, real_ms: f64) {
        let keyspace = self.engine.keyspace();
        if let Some(view) = self.keys.as_mut().and_then(|keys| keys.view(keyspace)) {
            self.outbox.push(FromWorker::Keys(view));
        }
        if std::mem::take(&mut self.value_changed)
            && let Some(question) = &self.value
        {
            self.outbox.push(FromWorker::Value(value_view::view(keyspace, question)));
        }
        if let Some(view) = self.layout.view(keyspace) {
            self.outbox.push(FromWorker::Layout(view));
        }
        if std::mem::take(&mut self.clock_changed) {
            let state = self.clock_state(real_ms);
            self.outbox.push(FromWorker::Clock(state));
        }
    }

    fn clock_state(&mut self, real_ms: f64) -> ClockState {
        let now_ms = self.clock.now(real_ms).0 as f64;
        ClockState {
            now_ms,
            lead_ms: now_ms - real_ms,
            speed: self.clock.speed(),
            real: self.clock.is_real(),
            next_expiry_ms: self.engine.keyspace().next_expiry().map(|time| time.0 as f64),
        }
    }

    /// Whether [`Host::refresh`] has something to send.
    pub fn needs_refresh(&self) -> bool {
        self.value_changed
            || self.clock_changed
            || self.layout.has_changed()
            || self.keys.as_ref().is_some_and(KeyWindow::has_changed)
    }

    /// Says something in every terminal.
    pub fn announce(&mut self, text: &str) {
        for terminal in self.terminals.values_mut() {
            terminal.print(Style::Notice, text);
        }
    }
}

fn count_keys(engine: &Engine) -> usize {
    engine.keyspace().databases().map(|(_, database)| database.len()).sum()
}

fn concerns(change: &engine::keyspace::Change, value: &ValueQuestion) -> bool {
    use engine::keyspace::Change;
    let watched = value.database as usize;
    match change {
        Change::Key { database, key, .. } => *database == watched && key.as_slice() == value.key.as_slice(),
        // The key's own event follows.
        Change::FieldsExpired { .. } => false,
        Change::Flushed { database } => *database == watched,
        Change::Swapped { first, second } => *first == watched || *second == watched,
    }
}

#[cfg(test)]
mod tests;
