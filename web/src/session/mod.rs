//! The page's handle on a worker: open a client, send it lines, hear what it prints; keys, values, files, clock.
//!
//! One session is one worker is one engine. The handles here are small and `Copy`; what they reach ends with the
//! owner that started the session. Each panel has a handle of its own, and needs no more than that. No view sees a
//! message of the protocol other than the data it draws.
//!
//! | handle | of what |
//! |---|---|
//! | [`Client`] | one connection and its terminal |
//! | [`Keys`] | the key tree |
//! | [`Values`], [`Layouts`] | the value that is looked at, and how it stands in memory |
//! | [`Clock`] | the engine's clock |
//! | [`Charts`], [`Workload`] | what is measured |
//! | [`Lesson`] | a lesson's data, blocks and exercises |
//! | [`Files`] | files that come and go |
//! | [`Reference`] | the engine's commands |

mod client;
mod clock;
mod files;
mod keys;
mod lesson;
mod measured;
mod reference;
mod store;
mod values;
mod wire;

use std::collections::BTreeMap;

use js_sys::{Array, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

pub use self::client::Client;
pub use self::clock::Clock;
pub use self::files::Files;
pub use self::keys::Keys;
pub use self::lesson::Lesson;
pub use self::measured::{Charts, Workload};
pub use self::reference::Reference;
pub use self::store::StoreSession;
pub use self::values::{Layouts, Values};
use self::wire::Wire;
use crate::browser;
use crate::later::{self, Here, entry};
use crate::listeners::set_for_rows;
use crate::protocol::{
    Bench, ClientNumber, FromPanel, FromWorker, Start, Started, StorageState, ToPanel, ToWorker, VERSION,
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
    wire: Wire,
    connections: StoredValue<Connections, LocalStorage>,
    pub phase: RwSignal<Phase>,
    pub storage: RwSignal<StorageState>,
    /// The last thing that went wrong between page and worker.
    pub problem: RwSignal<Option<String>>,
    pub keys: Keys,
    pub values: Values,
    pub layouts: Layouts,
    pub clock: Clock,
    pub charts: Charts,
    pub workload: Workload,
    pub lesson: Lesson,
    pub files: Files,
    pub reference: Reference,
}

/// The connections that are open.
struct Connections {
    /// Whose end is the session's: its clients outlive the views that open them.
    owner: Option<Owner>,
    open: BTreeMap<ClientNumber, Client>,
}

impl Session {
    /// Starts a worker. It ends with the current owner.
    pub fn start(purpose: Purpose) -> Result<Session, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&browser::worker_url()?, &options).map_err(browser::words)?;
        let wire = Wire::new(worker.clone());
        let session = Session {
            wire,
            connections: StoredValue::new_local(Connections { owner: Owner::current(), open: BTreeMap::new() }),
            phase: RwSignal::new(Phase::Starting),
            storage: RwSignal::new(StorageState::Memory),
            problem: RwSignal::new(None),
            keys: Keys::new(wire),
            values: Values::new(wire),
            layouts: Layouts::new(wire),
            clock: Clock::new(wire),
            charts: Charts::new(wire),
            workload: Workload::new(wire),
            lesson: Lesson::new(wire),
            files: Files::new(wire),
            reference: Reference::new(wire),
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
        wire.send(ToWorker::Start(Start { version: VERSION, workspace, seed, lesson, examples }));
        on_cleanup(move || worker.terminate());
        Ok(session)
    }

    fn listen(self, worker: &Worker) {
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            if let Some(list) = data.dyn_ref::<Array>() {
                let data = list.get(0);
                return later::then(
                    move |here| entry::hear(here, self, data),
                    move |why| self.problem.set(Some(format!("A part of the page could not be loaded: {why}."))),
                );
            }
            match serde_wasm_bindgen::from_value(data) {
                Ok(message) => self.hear(message),
                Err(error) => self.hear_nonsense(error),
            }
        });
        worker.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
        let on_error = Closure::<dyn Fn(ErrorEvent)>::new(move |event: ErrorEvent| {
            // A file that could not be loaded has no message.
            let message = Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
            let message = message.unwrap_or_else(|| "the worker's file could not be loaded".to_owned());
            browser::look_for_update();
            if !matches!(self.phase.get_untracked(), Phase::Died(_)) {
                self.phase.set(Phase::Died(message));
            }
        });
        worker.set_onerror(Some(on_error.into_js_value().unchecked_ref()));
    }

    fn hear(self, message: FromWorker) {
        match message {
            FromWorker::Ready { version: VERSION } => self.wire.ready(),
            FromWorker::Ready { .. } => {
                self.phase.set(Phase::Died("the page and its worker are of different versions".to_owned()));
            }
            FromWorker::Elsewhere => self.phase.set(Phase::Elsewhere),
            FromWorker::TakenOver => self.phase.set(Phase::TakenOver),
            FromWorker::Died { message } => self.phase.set(Phase::Died(message)),
            FromWorker::Started(started) => {
                self.storage.set(started.storage.clone());
                self.phase.set(Phase::Running(started));
            }
            FromWorker::Problem { message } => {
                browser::log_error(&message);
                // A part of the engine may be missing.
                browser::look_for_update();
                self.problem.set(Some(message));
            }
            FromWorker::Storage(state) => self.storage.set(state),
            FromWorker::Printed { client, printed, waiting } => {
                self.with_client(client, |client| client.hear(printed, waiting));
            }
            FromWorker::Prompt { client, prompt, database, awaiting, waiting, connection } => {
                self.with_client(client, |client| {
                    client.hear_connection(connection);
                    client.prompt.set(prompt);
                    client.awaiting.set(awaiting);
                    client.waiting.set(waiting);
                    client.hear_database(database);
                });
            }
            FromWorker::Clear { client } => self.with_client(client, Client::clear),
            FromWorker::Hint { client, ticket, hint } => {
                self.with_client(client, |client| client.hear_hint(ticket, hint));
            }
            FromWorker::Clock(state) => self.clock.hear(state),
            FromWorker::Keys(view) => set_for_rows(self.keys.view, view),
            // Comes as a list, which is heard elsewhere.
            FromWorker::Panel(_) => {}
        }
    }

    /// What a panel is to hear, which is known only in the part of the page that panels are in.
    pub fn hear_for_panels(self, _: Here, data: JsValue) {
        let message = match serde_wasm_bindgen::from_value::<ToPanel>(data) {
            Ok(message) => message,
            Err(error) => return self.hear_nonsense(error),
        };
        match message {
            ToPanel::Value(view) => self.values.shown.set(Some(view)),
            ToPanel::Layout(view) => self.layouts.shown.set(Some(view)),
            ToPanel::Measured(sample) => self.charts.measured.set(Some(sample)),
            ToPanel::Load(report) => self.workload.report.set(Some(*report)),
            ToPanel::Traffic { block, sample } => self.lesson.traffic.set(Some((block, sample))),
            ToPanel::Stepped(report) => self.lesson.hear_step(report),
            ToPanel::Preparing { done, total } => self.lesson.prepared.set((done, total)),
            ToPanel::FileProgress { progress, .. } => self.files.hear(progress),
            ToPanel::FileDone { ticket, .. }
            | ToPanel::Exported { ticket, .. }
            | ToPanel::Edited { ticket, .. }
            | ToPanel::Imported { ticket, .. }
            | ToPanel::Damaged { ticket, .. }
            | ToPanel::Dumped { ticket, .. }
            | ToPanel::Checked { ticket, .. }
            | ToPanel::Commands { ticket, .. }
            | ToPanel::Facts { ticket, .. }
            | ToPanel::HandedOver { ticket }
            | ToPanel::Benched { ticket, .. } => self.wire.answer(ticket, message),
            ToPanel::Linked { query } => self.workload.linked.set(Some(query)),
        }
    }

    fn hear_nonsense(self, error: serde_wasm_bindgen::Error) {
        self.problem.set(Some(format!("A message from the worker made no sense: {error}")));
    }

    // --- Clients ---------------------------------------------------------------------------------------------

    fn client(self, number: ClientNumber) -> Option<Client> {
        self.connections.try_with_value(|connections| connections.open.get(&number).copied()).flatten()
    }

    fn with_client(self, number: ClientNumber, act: impl FnOnce(Client)) {
        if let Some(client) = self.client(number) {
            act(client);
        }
    }

    /// Opens a connection with a terminal of its own, or returns the one opened first.
    pub fn first_client(self) -> Client {
        let first = self.connections.with_value(|connections| connections.open.values().next().copied());
        first.unwrap_or_else(|| self.open())
    }

    /// All connections, the oldest first.
    pub fn clients(self) -> Vec<Client> {
        self.connections.with_value(|connections| connections.open.values().copied().collect())
    }

    /// Opens one more connection with a terminal of its own.
    pub fn open(self) -> Client {
        let label = self.clients().iter().map(|client| client.label).max().unwrap_or(0) + 1;
        self.open_as(label, "", false)
    }

    /// The same, with what an earlier one had; a name of its own is optional.
    pub fn open_as(self, label: u32, name: &str, resp3: bool) -> Client {
        let owner = self.connections.with_value(|connections| connections.owner.clone());
        let client = Client::new(self, owner, label, name, resp3);
        self.connections.update_value(|connections| {
            connections.open.insert(client.number, client);
        });
        self.wire.send(ToWorker::Connect { client: client.number, name: name.to_owned(), resp3 });
        client
    }

    /// A client that was closed.
    fn forget(self, client: Client) {
        self.connections.update_value(|connections| {
            connections.open.remove(&client.number);
        });
    }

    // --- Tabs ------------------------------------------------------------------------------------------------

    /// Asks the other tab to let go of the store.
    pub fn take_over(self) {
        self.wire.send(ToWorker::TakeOver);
    }

    /// Gives what this page's address asks for to the other tab, to be shown there. `done` hears when it is.
    pub fn hand_over(self, query: String, done: impl FnOnce() + 'static) {
        self.wire.ask(move |_| done(), |ticket| FromPanel::HandOver { ticket, query });
    }

    /// Takes the store back from the tab that took it, with a fresh worker.
    pub fn take_back(self) {
        browser::remember_for_reload(store::TAKE_OVER);
        browser::reload();
    }

    pub fn bench(self, bench: Bench, done: impl FnOnce(Result<f64, String>) + 'static) {
        let answer = move |message| {
            if let ToPanel::Benched { outcome, .. } = message {
                done(outcome);
            }
        };
        self.wire.ask(answer, |ticket| FromPanel::Bench { ticket, bench });
    }
}
