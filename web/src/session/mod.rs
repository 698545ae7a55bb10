//! The page's handle on a worker: open a client, send it lines, hear what it prints; keys, values, files, clock.
//!
//! One session is one worker is one engine. The handles here are small and `Copy`; what they reach ends with the
//! owner that started the session. No view sees a message of the protocol other than the data it draws.

use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Array, Reflect, Uint8Array};
use leptos::prelude::*;
use serde_bytes::ByteBuf;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::browser;
use crate::components::transcript::Transcript;
use crate::facts::{CommandEntry, CommandFacts};
use crate::file_run;
use crate::layout::{LayoutQuestion, LayoutView};
use crate::load::{LoadOrder, LoadReport};
use crate::metrics::Sample;
use crate::printed::{Printed, Style};
use crate::protocol::{
    Awaiting, Bench, ClientNumber, ClockOrder, ClockState, Connection, DamagedFile, DumpedKey, EditOutcome, FromWorker,
    ImportOutcome, KeysOrder, KeysSort, KeysView, LineHint, Start, Started, StepReport, StorageState, Ticket, ToWorker,
    TrafficSample, VERSION, ValueQuestion, ValueView, Verdict,
};

/// Where a session is in its life.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    Starting,
    /// The store is open in another tab; this one waits for it.
    Elsewhere,
    Running(Started),
    /// Another tab took the store over.
    TakenOver,
    /// The worker broke down, and why.
    Died(String),
}

/// What a session is for.
pub enum Purpose {
    /// The person's own store, by this name.
    Store(&'static str),
    /// A lesson with this text.
    Lesson(String),
    /// Examples, each of which starts on an empty store.
    Examples,
    /// Whatever is typed, in memory.
    Scratch,
}

/// A worker and what it says.
#[derive(Clone, Copy)]
pub struct Session {
    inner: StoredValue<Inner, LocalStorage>,
    pub phase: RwSignal<Phase>,
    pub storage: RwSignal<StorageState>,
    pub keys: RwSignal<KeysView>,
    pub value: RwSignal<Option<ValueView>>,
    /// How the key that is looked under the hood stands in memory.
    pub layout: RwSignal<Option<LayoutView>>,
    pub clock: RwSignal<Option<ClockState>>,
    /// The engine's time now, in milliseconds since the epoch; moves on by itself.
    pub now_ms: RwSignal<f64>,
    /// What the steps of a lesson's blocks came to, by block and step.
    pub steps: RwSignal<HashMap<(u32, u32), StepReport>>,
    /// How many of the commands that make the lesson's data have run, and how many there are.
    pub prepared: RwSignal<(f64, f64)>,
    /// What was measured for the charts last.
    pub measured: RwSignal<Option<Sample>>,
    /// How the workload goes.
    pub load: RwSignal<Option<LoadReport>>,
    /// What background traffic saw last.
    pub traffic: RwSignal<Option<TrafficSample>>,
    /// The last thing that went wrong between page and worker.
    pub problem: RwSignal<Option<String>>,
}

struct Inner {
    worker: Worker,
    /// Whose end is the session's: its clients outlive the views that open them.
    owner: Option<Owner>,
    ready: bool,
    waiting: Vec<ToWorker>,
    clients: HashMap<ClientNumber, Client>,
    answers: HashMap<Ticket, Answer>,
    /// Hears how far the file of commands is.
    file_heard: Option<Rc<dyn Fn(file_run::Progress)>>,
    next_number: u32,
    /// When `clock` was told, by the page's clock.
    clock_told_ms: f64,
}

/// Remembered over a reload: the person asked for the store in this tab.
const TAKE_OVER: &str = "take-over";

/// Takes the answer to one question.
type Answer = Box<dyn FnOnce(FromWorker)>;

/// One connection and its terminal.
#[derive(Clone, Copy)]
pub struct Client {
    session: Session,
    pub number: ClientNumber,
    /// What the page calls it: the first one of a session is 1.
    pub label: u32,
    pub prompt: RwSignal<String>,
    pub database: RwSignal<u32>,
    /// What it waits for.
    pub awaiting: RwSignal<Awaiting>,
    /// How many lines have not run.
    pub waiting: RwSignal<u32>,
    /// User, name, protocol, and what it is in the middle of.
    pub connection: RwSignal<Connection>,
    /// Whether it was told last that a script can no longer be stopped.
    pub is_unkillable: RwSignal<bool>,
    pub hint: RwSignal<LineHint>,
    hint_ticket: RwSignal<Ticket>,
    pub transcript: StoredValue<Transcript, LocalStorage>,
}

impl Session {
    /// Starts a worker. It ends with the current owner.
    pub fn start(purpose: Purpose) -> Result<Session, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&browser::worker_url()?, &options).map_err(browser::words)?;
        let inner = Inner {
            worker: worker.clone(),
            owner: Owner::current(),
            ready: false,
            waiting: Vec::new(),
            clients: HashMap::new(),
            answers: HashMap::new(),
            file_heard: None,
            next_number: 0,
            clock_told_ms: 0.0,
        };
        let session = Session {
            inner: StoredValue::new_local(inner),
            phase: RwSignal::new(Phase::Starting),
            storage: RwSignal::new(StorageState::Memory),
            keys: RwSignal::new(KeysView::default()),
            value: RwSignal::new(None),
            layout: RwSignal::new(None),
            clock: RwSignal::new(None),
            now_ms: RwSignal::new(browser::now_ms()),
            steps: RwSignal::new(HashMap::new()),
            prepared: RwSignal::new((0.0, 1.0)),
            measured: RwSignal::new(None),
            load: RwSignal::new(None),
            traffic: RwSignal::new(None),
            problem: RwSignal::new(None),
        };
        session.listen(&worker);
        // The random replies of lessons and examples are the same for everybody.
        let seed = match purpose {
            Purpose::Lesson(_) | Purpose::Examples => 1,
            Purpose::Store(_) | Purpose::Scratch => browser::random_u32(),
        };
        let examples = matches!(purpose, Purpose::Examples);
        let (workspace, lesson) = match purpose {
            Purpose::Store(name) => (Some(name.to_owned()), None),
            Purpose::Lesson(text) => (None, Some(text)),
            Purpose::Examples | Purpose::Scratch => (None, None),
        };
        session.send(ToWorker::Start(Start { version: VERSION, workspace, seed, lesson, examples }));
        session.keep_time();
        on_cleanup(move || worker.terminate());
        Ok(session)
    }

    fn listen(self, worker: &Worker) {
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            match serde_wasm_bindgen::from_value::<FromWorker>(event.data()) {
                Ok(message) => self.hear(message),
                Err(error) => self.problem.set(Some(format!("A message from the worker made no sense: {error}"))),
            }
        });
        worker.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
        let on_error = Closure::<dyn Fn(ErrorEvent)>::new(move |event: ErrorEvent| {
            // A file that could not be loaded has no message.
            let message = Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
            let message = message.unwrap_or_else(|| "the worker's file could not be loaded".to_owned());
            if !matches!(self.phase.get_untracked(), Phase::Died(_)) {
                self.phase.set(Phase::Died(message));
            }
        });
        worker.set_onerror(Some(on_error.into_js_value().unchecked_ref()));
    }

    /// Lets `now_ms` follow the engine's clock between its messages.
    fn keep_time(self) {
        let tick = move || {
            let told = self.inner.try_with_value(|inner| inner.clock_told_ms);
            let (Some(told), Some(Some(clock))) = (told, self.clock.try_get_untracked()) else { return };
            let now = clock.now_ms + (browser::elapsed_ms() - told) * clock.speed;
            if self.now_ms.try_get_untracked() != Some(now) {
                self.now_ms.try_set(now);
            }
        };
        browser::every(250, tick);
        Effect::new(move || {
            self.clock.track();
            tick();
        });
    }

    // --- Messages --------------------------------------------------------------------------------------------

    fn send(self, message: ToWorker) {
        self.inner.try_update_value(|inner| match inner.ready {
            true => post(&inner.worker, &message),
            false => inner.waiting.push(message),
        });
    }

    fn ask(self, answer: impl FnOnce(FromWorker) + 'static, question: impl FnOnce(Ticket) -> ToWorker) {
        let ticket = self.next_number();
        self.inner.update_value(|inner| {
            inner.answers.insert(ticket, Box::new(answer));
        });
        self.send(question(ticket));
    }

    fn next_number(self) -> u32 {
        self.inner
            .try_update_value(|inner| {
                inner.next_number += 1;
                inner.next_number
            })
            .unwrap_or_default()
    }

    fn client(self, number: ClientNumber) -> Option<Client> {
        self.inner.try_with_value(|inner| inner.clients.get(&number).copied()).flatten()
    }

    fn hear(self, message: FromWorker) {
        match message {
            FromWorker::Ready { version } => self.ready(version),
            FromWorker::Elsewhere => self.phase.set(Phase::Elsewhere),
            FromWorker::TakenOver => self.phase.set(Phase::TakenOver),
            FromWorker::Died { message } => self.phase.set(Phase::Died(message)),
            FromWorker::Started(started) => {
                self.storage.set(started.storage.clone());
                self.phase.set(Phase::Running(started));
            }
            FromWorker::Printed { client, printed, waiting } => self.with_client(client, |client| {
                let is_unkillable = printed.has_error("UNKILLABLE");
                if client.is_unkillable.get_untracked() != is_unkillable {
                    client.is_unkillable.set(is_unkillable);
                }
                client.print(printed);
                client.waiting.set(waiting);
            }),
            FromWorker::Prompt { client, prompt, database, awaiting, waiting, connection } => {
                self.with_client(client, |client| {
                    if client.connection.with_untracked(|known| *known != connection) {
                        client.connection.set(connection);
                    }
                    client.prompt.set(prompt);
                    client.awaiting.set(awaiting);
                    client.waiting.set(waiting);
                    if client.database.get_untracked() != database {
                        client.database.set(database);
                    }
                })
            }
            FromWorker::Clear { client } => self.with_client(client, Client::clear),
            FromWorker::Hint { client, ticket, hint } => self.with_client(client, |client| {
                if client.hint_ticket.get_untracked() == ticket {
                    client.hint.set(hint);
                }
            }),
            FromWorker::Clock(clock) => {
                self.inner.update_value(|inner| inner.clock_told_ms = browser::elapsed_ms());
                self.clock.set(Some(clock));
            }
            FromWorker::Keys(view) => self.keys.set(view),
            FromWorker::Value(view) => self.value.set(Some(view)),
            FromWorker::Layout(view) => self.layout.set(Some(view)),
            FromWorker::Storage(state) => self.storage.set(state),
            FromWorker::Measured(sample) => self.measured.set(Some(sample)),
            FromWorker::Load(report) => self.load.set(Some(*report)),
            FromWorker::Traffic(sample) => self.traffic.set(Some(sample)),
            FromWorker::Stepped(report) => self.steps.update(|steps| {
                steps.insert((report.block, report.step), report);
            }),
            FromWorker::Preparing { done, total } => self.prepared.set((done, total)),
            FromWorker::Problem { message } => {
                browser::log_error(&message);
                self.problem.set(Some(message));
            }
            FromWorker::FileProgress { progress, .. } => {
                if let Some(heard) = self.inner.try_with_value(|inner| inner.file_heard.clone()).flatten() {
                    heard(progress);
                }
            }
            FromWorker::FileDone { ticket, .. }
            | FromWorker::Exported { ticket, .. }
            | FromWorker::Edited { ticket, .. }
            | FromWorker::Imported { ticket, .. }
            | FromWorker::Damaged { ticket, .. }
            | FromWorker::Dumped { ticket, .. }
            | FromWorker::Checked { ticket, .. }
            | FromWorker::Commands { ticket, .. }
            | FromWorker::Facts { ticket, .. }
            | FromWorker::Benched { ticket, .. } => {
                let answer = self.inner.try_update_value(|inner| inner.answers.remove(&ticket)).flatten();
                if let Some(answer) = answer {
                    answer(message);
                }
            }
        }
    }

    fn ready(self, version: u32) {
        if version != VERSION {
            return self.phase.set(Phase::Died("the page and its worker are of different versions".to_owned()));
        }
        self.inner.update_value(|inner| {
            inner.ready = true;
            for message in std::mem::take(&mut inner.waiting) {
                post(&inner.worker, &message);
            }
        });
    }

    fn with_client(self, number: ClientNumber, act: impl FnOnce(Client)) {
        if let Some(client) = self.client(number) {
            act(client);
        }
    }

    // --- What views ask for ----------------------------------------------------------------------------------

    /// Opens a connection with a terminal of its own, or returns the one opened first.
    pub fn first_client(self) -> Client {
        let first = self.inner.with_value(|inner| inner.clients.keys().min().copied());
        first.and_then(|number| self.client(number)).unwrap_or_else(|| self.open())
    }

    /// All connections, the oldest first.
    pub fn clients(self) -> Vec<Client> {
        let mut clients: Vec<Client> = self.inner.with_value(|inner| inner.clients.values().copied().collect());
        clients.sort_by_key(|client| client.number);
        clients
    }

    /// Opens one more connection with a terminal of its own.
    pub fn open(self) -> Client {
        let label = self.clients().iter().map(|client| client.label).max().unwrap_or(0) + 1;
        self.open_as(label, "", false)
    }

    /// The same, with what an earlier one had; a name of its own is optional.
    pub fn open_as(self, label: u32, name: &str, resp3: bool) -> Client {
        let number = self.next_number();
        let known = Connection { name: name.to_owned(), resp3, ..Connection::default() };
        let client = || Client {
            session: self,
            number,
            label,
            prompt: RwSignal::new("127.0.0.1:6379> ".to_owned()),
            database: RwSignal::new(0),
            is_unkillable: RwSignal::new(false),
            awaiting: RwSignal::new(Awaiting::Nothing),
            waiting: RwSignal::new(0),
            connection: RwSignal::new(known),
            hint: RwSignal::new(LineHint::default()),
            hint_ticket: RwSignal::new(0),
            transcript: StoredValue::new_local(Transcript::new()),
        };
        let client = match self.inner.with_value(|inner| inner.owner.clone()) {
            Some(owner) => owner.with(client),
            None => client(),
        };
        self.inner.update_value(|inner| {
            inner.clients.insert(number, client);
        });
        self.send(ToWorker::Connect { client: number, name: name.to_owned(), resp3 });
        client
    }

    /// Asks the other tab to let go of the store.
    pub fn take_over(self) {
        self.send(ToWorker::TakeOver);
    }

    /// Takes the store back from the tab that took it, with a fresh worker.
    pub fn take_back(self) {
        browser::remember_for_reload(TAKE_OVER);
        browser::reload();
    }

    pub fn view_keys(self, database: u32, first: u32, count: u32) {
        self.send(ToWorker::Keys(KeysOrder::View { database, first, count }));
    }

    pub fn open_folder(self, folder: &[u8], open: bool) {
        self.send(ToWorker::Keys(KeysOrder::Open { folder: ByteBuf::from(folder), open }));
    }

    /// Shows only keys whose names fit and which are of these types; see [`KeysOrder::Filter`].
    pub fn filter_keys(self, pattern: &str, types: Vec<String>) {
        self.send(ToWorker::Keys(KeysOrder::Filter { pattern: ByteBuf::from(pattern), types }));
    }

    pub fn split_keys(self, delimiter: String) {
        self.send(ToWorker::Keys(KeysOrder::Split { delimiter }));
    }

    pub fn sort_keys(self, sort: KeysSort) {
        self.send(ToWorker::Keys(KeysOrder::Sort(sort)));
    }

    /// A key as RESTORE brings it back; none if there is no such key.
    pub fn dump(self, database: u32, key: &[u8], done: impl FnOnce(Option<DumpedKey>) + 'static) {
        let answer = move |message| {
            if let FromWorker::Dumped { dumped, .. } = message {
                done(dumped);
            }
        };
        self.ask(answer, |ticket| ToWorker::Dump { ticket, database, key: ByteBuf::from(key) });
    }

    /// Shows a key's value in `value`, as the question asks, until told otherwise.
    pub fn show_value(self, question: Option<ValueQuestion>) {
        if question.is_none() {
            self.value.set(None);
        }
        self.send(ToWorker::ShowValue(question));
    }

    /// Shows how a key stands in memory in `layout`, until told otherwise.
    pub fn show_layout(self, question: Option<LayoutQuestion>) {
        if question.is_none() {
            self.layout.try_set(None);
        }
        self.send(ToWorker::ShowLayout(question));
    }

    pub fn turn_clock(self, order: ClockOrder) {
        self.send(ToWorker::Clock(order));
    }

    /// All data as an RDB file.
    pub fn export(self, done: impl FnOnce(Vec<u8>) + 'static) {
        let answer = move |message| {
            if let FromWorker::Exported { bytes, .. } = message {
                done(bytes.into_vec());
            }
        };
        self.ask(answer, |ticket| ToWorker::Export { ticket });
    }

    /// Runs a file of commands in this database.
    pub fn run_file(
        self,
        database: u32,
        bytes: Vec<u8>,
        heard: impl Fn(file_run::Progress) + 'static,
        done: impl FnOnce(file_run::Outcome) + 'static,
    ) {
        self.inner.update_value(|inner| inner.file_heard = Some(Rc::new(heard)));
        let answer = move |message| {
            if let FromWorker::FileDone { outcome, .. } = message {
                done(outcome);
            }
        };
        self.ask(answer, |ticket| ToWorker::RunFile { ticket, database, bytes: ByteBuf::from(bytes) });
    }

    pub fn stop_file(self) {
        self.send(ToWorker::StopFile);
    }

    /// Checks an RDB file and, in an empty store, loads it.
    pub fn import(self, rdb: Vec<u8>, done: impl FnOnce(ImportOutcome) + 'static) {
        self.ask(imported(done), |ticket| ToWorker::Import { ticket, bytes: ByteBuf::from(rdb) });
    }

    /// Loads the file that was checked last.
    pub fn confirm_import(self, done: impl FnOnce(ImportOutcome) + 'static) {
        self.ask(imported(done), |ticket| ToWorker::ConfirmImport { ticket });
    }

    pub fn undo_import(self, done: impl FnOnce(ImportOutcome) + 'static) {
        self.ask(imported(done), |ticket| ToWorker::UndoImport { ticket });
    }

    /// Stored files that could not be read.
    pub fn damaged_files(self, done: impl FnOnce(Vec<DamagedFile>) + 'static) {
        let answer = move |message| {
            if let FromWorker::Damaged { files, .. } = message {
                done(files);
            }
        };
        self.ask(answer, |ticket| ToWorker::FetchDamaged { ticket });
    }

    pub fn check_exercise(self, block: u32, done: impl FnOnce(Verdict) + 'static) {
        let answer = move |message| {
            if let FromWorker::Checked { verdict, .. } = message {
                done(verdict);
            }
        };
        self.ask(answer, |ticket| ToWorker::CheckExercise { ticket, block });
    }

    /// Which commands there are, in alphabetical order.
    pub fn commands(self, done: impl FnOnce(Vec<CommandEntry>) + 'static) {
        let answer = move |message| {
            if let FromWorker::Commands { commands, .. } = message {
                done(commands);
            }
        };
        self.ask(answer, |ticket| ToWorker::Commands { ticket });
    }

    /// What there is to know about a command; none if there is no such command.
    pub fn facts(self, name: &str, done: impl FnOnce(Option<CommandFacts>) + 'static) {
        let answer = move |message| {
            if let FromWorker::Facts { facts, .. } = message {
                done(facts);
            }
        };
        self.ask(answer, |ticket| ToWorker::Facts { ticket, name: name.to_owned() });
    }

    /// Whether the charts are looked at: `measured` stands still otherwise.
    pub fn measure(self, on: bool) {
        self.send(ToWorker::Measure(on));
    }

    /// Starts or stops the workload; `load` says how it goes.
    pub fn order_load(self, order: LoadOrder) {
        self.send(ToWorker::Load(order));
    }

    pub fn set_traffic(self, block: u32, on: bool) {
        self.send(ToWorker::Traffic { block, on });
    }

    pub fn bench(self, bench: Bench, done: impl FnOnce(Result<f64, String>) + 'static) {
        let answer = move |message| {
            if let FromWorker::Benched { outcome, .. } = message {
                done(outcome);
            }
        };
        self.ask(answer, |ticket| ToWorker::Bench { ticket, bench });
    }
}

impl Client {
    pub fn session(self) -> Session {
        self.session
    }

    /// Closes the connection; nothing can be done with it afterwards.
    pub fn close(self) {
        self.session.inner.update_value(|inner| {
            inner.clients.remove(&self.number);
        });
        self.session.send(ToWorker::Disconnect { client: self.number });
    }

    /// What the page calls it: its own name, or a number.
    pub fn name(self) -> String {
        self.connection.with(|connection| match connection.name.as_str() {
            "" => format!("Client {}", self.label),
            name => name.to_owned(),
        })
    }

    /// Takes over what another terminal has printed.
    pub fn inherit(self, other: Client) {
        if let Some(transcript) = other.transcript.try_update_value(std::mem::take) {
            self.transcript.set_value(transcript);
            self.colour_next_frame();
        }
    }

    /// Runs lines as if they were typed.
    pub fn run(self, lines: &str) {
        self.session.send(ToWorker::Lines { client: self.number, lines: lines.to_owned() });
    }

    /// Runs a command of an editor in this terminal, at once or not at all.
    pub fn edit(self, place: (u32, &[u8]), words: Vec<Vec<u8>>, done: impl FnOnce(EditOutcome) + 'static) {
        let (database, key) = (place.0, ByteBuf::from(place.1));
        let words = words.into_iter().map(ByteBuf::from).collect();
        let client = self.number;
        self.session.ask(edited(done), |ticket| ToWorker::Edit { ticket, client, database, key, words });
    }

    /// Takes an edit back, by the number that came with it.
    pub fn undo_edit(self, number: u32, done: impl FnOnce(EditOutcome) + 'static) {
        let client = self.number;
        self.session.ask(edited(done), |ticket| ToWorker::UndoEdit { ticket, client, number });
    }

    /// Runs one command that was typed on several rows.
    pub fn run_whole(self, line: &str) {
        self.session.send(ToWorker::Command { client: self.number, line: line.to_owned() });
    }

    /// Runs a block of the session's lesson.
    pub fn run_block(self, block: u32) {
        self.session.steps.update(|steps| steps.retain(|(of, _), _| *of != block));
        self.session.send(ToWorker::RunBlock { client: self.number, block });
    }

    /// Runs an example of the session's page on an empty store.
    pub fn run_example(self, example: u32, transcript: &str) {
        self.session.steps.update(|steps| steps.retain(|(of, _), _| *of != example));
        let transcript = transcript.to_owned();
        self.session.send(ToWorker::RunExample { client: self.number, example, transcript });
    }

    /// Ctrl-C.
    pub fn interrupt(self) {
        self.session.send(ToWorker::Interrupt { client: self.number });
    }

    pub fn clear(self) {
        self.transcript.update_value(Transcript::clear);
    }

    /// Shows a note of the page in the transcript.
    pub fn note(self, text: &str) {
        self.print(Printed::of(Style::Notice, text));
    }

    fn print(self, printed: Printed) {
        if self.transcript.try_update_value(|transcript| transcript.append(printed)) == Some(true) {
            self.colour_next_frame();
        }
    }

    fn colour_next_frame(self) {
        request_animation_frame(move || {
            if self.transcript.try_update_value(Transcript::frame) == Some(true) {
                self.colour_next_frame();
            }
        });
    }

    /// Looks for what fits after an unfinished line; [`Client::hint`] gets it.
    pub fn look_for_hint(self, line: &str) {
        let ticket = self.session.next_number();
        self.hint_ticket.set(ticket);
        if line.trim().is_empty() {
            self.hint.set(LineHint::default());
        } else {
            self.session.send(ToWorker::Hint { client: self.number, ticket, line: line.to_owned() });
        }
    }
}

fn imported(done: impl FnOnce(ImportOutcome) + 'static) -> impl FnOnce(FromWorker) + 'static {
    move |message| {
        if let FromWorker::Imported { outcome, .. } = message {
            done(outcome);
        }
    }
}

fn edited(done: impl FnOnce(EditOutcome) + 'static) -> impl FnOnce(FromWorker) + 'static {
    move |message| {
        if let FromWorker::Edited { outcome, .. } = message {
            done(outcome);
        }
    }
}

/// Posts a message; large bytes change hands instead of being copied again.
fn post(worker: &Worker, message: &ToWorker) {
    let Ok(value) = serde_wasm_bindgen::to_value(message) else { return };
    let transfer = Array::new();
    if let Some(object) = value.dyn_ref::<js_sys::Object>() {
        for body in js_sys::Object::values(object).iter() {
            if let Some(bytes) =
                Reflect::get(&body, &"bytes".into()).ok().and_then(|it| it.dyn_into::<Uint8Array>().ok())
            {
                transfer.push(&bytes.buffer());
            }
        }
    }
    if worker.post_message_with_transfer(&value, &transfer).is_err() {
        browser::log_error("a message to the worker could not be posted");
    }
}

/// The session of the person's own store, started when first asked for and kept while the page lives.
#[derive(Clone)]
pub struct StoreSession {
    owner: Owner,
    session: StoredValue<Option<Session>>,
}

impl StoreSession {
    /// Keeps the session in `owner`, the page's outermost.
    pub fn new(owner: Owner) -> StoreSession {
        StoreSession { owner, session: StoredValue::new(None) }
    }

    /// The session, and whether it has just been started.
    pub fn get(&self) -> Result<(Session, bool), String> {
        if let Some(session) = self.session.get_value() {
            return Ok((session, false));
        }
        let session = self.owner.with(|| Session::start(Purpose::Store("default")))?;
        if browser::recall_after_reload(TAKE_OVER) {
            session.take_over();
        }
        self.session.set_value(Some(session));
        Ok((session, true))
    }
}
