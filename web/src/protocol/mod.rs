//! The messages between the page and the worker, one enum each way.
//!
//! They travel as plain JavaScript values (serde-wasm-bindgen); bulk bytes are `Uint8Array`s whose buffers change
//! hands instead of being copied. The page numbers clients and tickets; the worker answers with the same numbers.
//! Whatever does not parse is answered with [`FromWorker::Problem`].
//!
//! | module | what it is about |
//! |---|---|
//! | `terminal` | terminals and their connections |
//! | `keys` | the key tree |
//! | `value` | values and their edits |
//! | `clock` | the clock |
//! | `lesson` | steps, exercises, background traffic |
//! | `storage` | what is stored, files that come and go |
//!
//! What the page also works with away from messages has modules of its own: [`crate::load`], [`crate::metrics`],
//! [`crate::layout`], [`crate::facts`], [`crate::file_run`].

mod clock;
mod keys;
mod lesson;
mod storage;
mod terminal;
mod value;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use self::clock::{ClockOrder, ClockState};
pub use self::keys::{DumpedKey, KeyKind, KeyRow, KeysOrder, KeysSort, KeysView, MAX_DUMP_BYTES, MAX_ROWS};
pub use self::lesson::{StepOutcome, StepReport, TrafficSample, Verdict};
pub use self::storage::{DamagedFile, ImportOutcome, Started, StorageState};
pub use self::terminal::{Awaiting, Connection, Few, LineHint, MAX_LINES_BYTES, WaitReason, Waits};
pub use self::value::{
    ConsumerView, EditOutcome, Element, EntryView, FieldView, GroupContent, GroupView, MemberView, PendingView,
    RegistersView, VALUE_PAGE, ValueContent, ValueLook, ValuePage, ValueQuestion, ValueView,
};
use crate::facts::{CommandEntry, CommandFacts};
use crate::file_run;
use crate::layout::{LayoutQuestion, LayoutView};
use crate::load::{LoadOrder, LoadReport};
use crate::metrics::Sample;
use crate::printed::Printed;

/// Page and worker say it to each other first. Files of different builds that differ in this do not work together.
pub const VERSION: u32 = 4;

/// A client of the engine; the page counts them.
pub type ClientNumber = u32;
/// Ties an answer to its question.
pub type Ticket = u32;

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// Comes first and once.
    Start(Start),
    /// Another tab holds the store: ask it to let go.
    TakeOver,
    /// `name` and `resp3` are what an earlier visit left; a new terminal has neither.
    Connect {
        client: ClientNumber,
        name: String,
        resp3: bool,
    },
    Disconnect {
        client: ClientNumber,
    },
    /// Lines as a person types or pastes them, with line feeds between them.
    Lines {
        client: ClientNumber,
        lines: String,
    },
    /// One command as a person typed it on several rows: its line feeds belong to it.
    Command {
        client: ClientNumber,
        line: String,
    },
    /// Run a file of commands in this database, on a connection of its own.
    RunFile {
        ticket: Ticket,
        database: u32,
        bytes: ByteBuf,
    },
    /// Stop the file that runs.
    StopFile,
    /// Leave a blocked or subscribed state and forget the lines that wait, as Ctrl-C does.
    Interrupt {
        client: ClientNumber,
    },
    /// What fits after this unfinished line.
    Hint {
        client: ClientNumber,
        ticket: Ticket,
        line: String,
    },
    Clock(ClockOrder),
    /// Whether the charts are looked at: nothing is measured for them otherwise.
    Measure(bool),
    Load(LoadOrder),
    Keys(KeysOrder),
    /// The payload that DUMP would give for a key, so that what happens to it next can be undone.
    Dump {
        ticket: Ticket,
        database: u32,
        key: ByteBuf,
    },
    /// One page of a value, and again whenever it changes.
    ShowValue(Option<ValueQuestion>),
    /// How a key stands in memory, and again whenever it changes.
    ShowLayout(Option<LayoutQuestion>),
    /// Run a command that the value's editor made, in this client's terminal, if that is free.
    Edit {
        ticket: Ticket,
        client: ClientNumber,
        database: u32,
        /// The key that it is about.
        key: ByteBuf,
        words: Vec<ByteBuf>,
    },
    /// Take back an edit, by the number that came with it, if the key has not changed since.
    UndoEdit {
        ticket: Ticket,
        client: ClientNumber,
        number: u32,
    },
    Export {
        ticket: Ticket,
    },
    /// Check this RDB file, and load it if the store is empty.
    Import {
        ticket: Ticket,
        bytes: ByteBuf,
    },
    /// Replace all data by the file that was checked last.
    ConfirmImport {
        ticket: Ticket,
    },
    /// Bring back what was there before the last import.
    UndoImport {
        ticket: Ticket,
    },
    /// The bytes of a stored file that could not be read, to keep.
    FetchDamaged {
        ticket: Ticket,
    },
    /// Run a block of the lesson in this client's terminal; blocks are counted from 0.
    RunBlock {
        client: ClientNumber,
        block: u32,
    },
    /// Whether the exercise in this block is solved.
    CheckExercise {
        ticket: Ticket,
        block: u32,
    },
    /// Start or stop the background traffic that this block describes.
    Traffic {
        block: u32,
        on: bool,
    },
    /// Run an example of the command reference on an empty engine, which takes the place of this one.
    RunExample {
        client: ClientNumber,
        example: u32,
        transcript: String,
    },
    /// Which commands there are.
    Commands {
        ticket: Ticket,
    },
    /// What there is to know about one of them.
    Facts {
        ticket: Ticket,
        name: String,
    },
    Bench {
        ticket: Ticket,
        bench: Bench,
    },
}

/// From the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The first message: from here on nothing sent is lost.
    Ready {
        version: u32,
    },
    /// The store is open in another tab.
    Elsewhere,
    /// Another tab took the store over; this worker does nothing more.
    TakenOver,
    /// The worker broke down and is of no more use; what was stored is safe.
    Died {
        message: String,
    },
    Started(Started),
    /// What a terminal shows next. `waiting` lines of this client have not run yet.
    Printed {
        client: ClientNumber,
        printed: Printed,
        waiting: u32,
    },
    /// What stands before the next line, what the terminal waits for, and how many lines have not run yet.
    Prompt {
        client: ClientNumber,
        prompt: String,
        database: u32,
        awaiting: Awaiting,
        waiting: u32,
        connection: Connection,
    },
    /// Empty this client's transcript.
    Clear {
        client: ClientNumber,
    },
    Hint {
        client: ClientNumber,
        ticket: Ticket,
        hint: LineHint,
    },
    Clock(ClockState),
    Keys(KeysView),
    Value(ValueView),
    Layout(LayoutView),
    Edited {
        ticket: Ticket,
        outcome: EditOutcome,
    },
    Exported {
        ticket: Ticket,
        bytes: ByteBuf,
    },
    Imported {
        ticket: Ticket,
        outcome: ImportOutcome,
    },
    Damaged {
        ticket: Ticket,
        files: Vec<DamagedFile>,
    },
    Dumped {
        ticket: Ticket,
        dumped: Option<DumpedKey>,
    },
    Storage(StorageState),
    Measured(Sample),
    Load(Box<LoadReport>),
    Traffic(TrafficSample),
    /// A step of a block ran, or will not.
    Stepped(StepReport),
    /// How many of the commands that make the lesson's data have run.
    Preparing {
        done: f64,
        total: f64,
    },
    Checked {
        ticket: Ticket,
        verdict: Verdict,
    },
    Commands {
        ticket: Ticket,
        commands: Vec<CommandEntry>,
    },
    Facts {
        ticket: Ticket,
        facts: Option<CommandFacts>,
    },
    Benched {
        ticket: Ticket,
        outcome: Result<f64, String>,
    },
    /// How far the file of commands is.
    FileProgress {
        ticket: Ticket,
        progress: file_run::Progress,
    },
    FileDone {
        ticket: Ticket,
        outcome: file_run::Outcome,
    },
    /// A message that made no sense, or work that could not be done.
    Problem {
        message: String,
    },
}

/// What a worker is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub version: u32,
    /// The name of the stored data; none for an engine that lives in memory only.
    pub workspace: Option<String>,
    /// All randomness of the engine follows from it.
    pub seed: u32,
    /// The text of the lesson whose data the engine starts from.
    pub lesson: Option<String>,
    /// Whether it is there to run examples, each on an empty engine.
    pub examples: bool,
}

/// Feeds all `batches` one by one to an engine of its own, `times` times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// Fed once before the clock starts.
    pub prepare: ByteBuf,
    pub batches: Vec<ByteBuf>,
    pub times: u32,
}
