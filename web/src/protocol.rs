//! The messages between the page and the worker, one enum each way.
//!
//! They travel as plain JavaScript values (serde-wasm-bindgen); bulk bytes are `Uint8Array`s whose buffers change
//! hands instead of being copied. The page numbers clients and tickets; the worker answers with the same numbers.
//! Whatever does not parse is answered with [`FromWorker::Problem`].

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::facts::{CommandEntry, CommandFacts, TypedCommand};
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

/// How many bytes of typed or pasted lines one message may hold.
pub const MAX_LINES_BYTES: usize = 64 * 1024 * 1024;
/// How many rows of the key tree are sent at a time.
pub const MAX_ROWS: usize = 500;
/// How many elements of a value are sent at a time.
pub const VALUE_PAGE: usize = 100;

/// Larger keys are not kept for an undo.
pub const MAX_DUMP_BYTES: usize = 4 * 1024 * 1024;

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

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClockOrder {
    /// 0 pauses, 1 is as fast as real time.
    Speed(f64),
    Step {
        by_ms: f64,
    },
    /// To the moment at which the next key is gone.
    NextExpiry,
    /// Back to real time.
    Real,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeysOrder {
    /// Send these rows now and whenever they change.
    View {
        database: u32,
        first: u32,
        count: u32,
    },
    /// Stop sending rows.
    Close,
    Open {
        folder: ByteBuf,
        open: bool,
    },
    /// Show only keys whose names fit a glob pattern, or contain it where nothing in it is special; and of these types,
    /// or of all if there are none.
    Filter {
        pattern: ByteBuf,
        types: Vec<String>,
    },
    /// Split names at this, as typed: `\\x00` stands for that byte. Empty for no folders.
    Split {
        delimiter: String,
    },
    Sort(KeysSort),
}

/// The order of a folder's entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeysSort {
    #[default]
    Name,
    /// The largest first.
    Memory,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValueQuestion {
    pub database: u32,
    pub key: ByteBuf,
    /// The first element of the page, or the first byte of a string.
    pub from: u32,
    pub look: ValueLook,
    /// Sorted sets and streams from their end.
    pub reversed: bool,
    /// Only what is between these: scores of a sorted set or IDs of a stream, as commands take them. Empty: all.
    pub start: String,
    pub end: String,
}

/// As what a value is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueLook {
    /// Its elements, or a page of a string's bytes.
    #[default]
    Plain,
    /// All of a string, if that is not too much.
    Whole,
    /// A small page of a string's bytes, and how many of its bits are set.
    Bits,
    /// The registers of a HyperLogLog.
    Registers,
    /// The members of a sorted set as places on the earth.
    Places,
    /// A consumer group of a stream: its consumers and pending entries.
    Group(ByteBuf),
}

/// Feeds all `batches` one by one to an engine of its own, `times` times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// Fed once before the clock starts.
    pub prepare: ByteBuf,
    pub batches: Vec<ByteBuf>,
    pub times: u32,
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

/// What a terminal waits for, until Ctrl-C.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Awaiting {
    #[default]
    Nothing,
    /// The reply to a command that was sent at this moment of the engine's time.
    Reply { since_ms: f64 },
    /// Messages, as a subscriber; a next command may be typed.
    Messages,
    /// What other clients run; nothing typed is read.
    Monitor,
    /// The end of a repetition or of one of redis-cli's modes, begun at this moment of the engine's time.
    Running { since_ms: f64 },
}

/// What the engine holds of a terminal's connection, in text to show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    pub is_open: bool,
    pub user: String,
    /// What CLIENT SETNAME gave it; empty without.
    pub name: String,
    pub resp3: bool,
    /// What a command that waits waits for.
    pub waits: Option<Waits>,
    /// Channels, patterns and shard channels, those with what they are behind them.
    pub channels: Few,
    /// Inside MULTI: the commands so far.
    pub queue: Option<Few>,
    /// Whether EXEC will refuse them, because one of them was refused.
    pub is_queue_bad: bool,
    /// The keys of WATCH.
    pub watched: Few,
    /// Whether one of them has changed.
    pub is_watch_broken: bool,
    /// A line that changes in place while one of redis-cli's modes runs.
    pub live: Option<String>,
}

/// The first few of what may be many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Few {
    pub shown: Vec<String>,
    pub count: u32,
}

/// What a command that has not answered waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waits {
    pub command: String,
    pub reason: WaitReason,
    pub keys: Few,
    /// When it gives up, by the engine's clock.
    pub until_ms: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaitReason {
    Keys,
    Replicas,
    /// The end of CLIENT PAUSE.
    Pause,
    Sleep,
    /// A snapshot or a file.
    Storage,
    Script,
}

/// How a start went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Keys that are there.
    pub keys: f64,
    /// Bytes of snapshot and journal that were read.
    pub snapshot_bytes: f64,
    pub journal_bytes: f64,
    /// Milliseconds that reading them took.
    pub took_ms: f64,
    /// What could not be read, in words for the person.
    pub losses: Vec<String>,
    pub storage: StorageState,
}

/// Whether what is typed will be there tomorrow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum StorageState {
    /// By intent: a lesson or an embedded terminal.
    #[default]
    Memory,
    /// Everything is stored.
    Saved,
    /// Being stored.
    Saving,
    /// The browser does not let this page store anything, and why.
    Unavailable(String),
    /// The last write did not succeed, and why; it is tried again.
    Failing(String),
}

/// What fits after an unfinished line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineHint {
    /// To show after the line.
    pub hint: String,
    /// Whole lines that Tab walks through.
    pub completions: Vec<String>,
    pub command: Option<TypedCommand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockState {
    /// The engine's time when the message was sent, in milliseconds since the epoch.
    pub now_ms: f64,
    /// By how much that was ahead of real time.
    pub lead_ms: f64,
    pub speed: f64,
    pub real: bool,
    /// When the next key is gone.
    pub next_expiry_ms: Option<f64>,
}

/// Rows of the key tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeysView {
    /// Whether this was told by a worker, and is not what a page begins with.
    pub is_told: bool,
    pub database: u32,
    /// The databases that have keys, and how many.
    pub databases: Vec<(u32, u32)>,
    /// Keys that the filter takes, and what they take.
    pub keys: u32,
    pub bytes: f64,
    /// The same for all keys of the database.
    pub all_keys: u32,
    pub all_bytes: f64,
    /// While all keys are looked at: the share that was.
    pub seen: Option<f64>,
    /// What names are split at, as text.
    pub delimiter: String,
    /// How many rows there are in all.
    pub rows: u32,
    /// The number of the first one here.
    pub first: u32,
    pub shown: Vec<KeyRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyRow {
    pub depth: u32,
    /// The key, or what all keys of a folder begin with.
    pub path: ByteBuf,
    /// What to show of it.
    pub name: String,
    pub position: u32,
    pub siblings: u32,
    pub kind: KeyKind,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeyKind {
    Folder { open: bool, keys: u32, bytes: f64 },
    Key { type_name: String, bytes: f64, expires_at_ms: Option<f64> },
}

/// A key as RESTORE brings it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DumpedKey {
    /// None where it is larger than [`MAX_DUMP_BYTES`].
    pub payload: Option<ByteBuf>,
    pub expires_at_ms: Option<f64>,
}

/// One page of a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueView {
    pub database: u32,
    pub key: ByteBuf,
    /// The key as redis-cli would show it without quotes.
    pub name: String,
    /// None when there is no such key (any more).
    pub value: Option<ValuePage>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValuePage {
    pub type_name: String,
    pub encoding: String,
    pub bytes: f64,
    pub expires_at_ms: Option<f64>,
    /// Elements in all, or bytes of a string.
    pub total: u32,
    /// How many of them the question is about.
    pub len: u32,
    pub from: u32,
    /// How many elements or bytes this page holds.
    pub count: u32,
    pub content: ValueContent,
    /// Why the question could not be answered as it was asked.
    pub problem: Option<String>,
    /// A string that is a HyperLogLog.
    pub is_hyperloglog: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ValueContent {
    /// Of a string; how many bits of all of it are set, if that was asked and is not too much to count.
    Bytes {
        bytes: ByteBuf,
        ones: Option<f64>,
    },
    List(Vec<Element>),
    Set(Vec<Element>),
    Hash(Vec<FieldView>),
    Sorted(Vec<MemberView>),
    Stream {
        entries: Vec<EntryView>,
        groups: Vec<GroupView>,
    },
    Group(GroupContent),
    Registers(RegistersView),
}

/// An element's bytes, so that a command can name it exactly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// All of them, or only the first ones of a very long one.
    pub bytes: ByteBuf,
    pub len: u32,
}

impl Element {
    /// Whether all of its bytes are here.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() == self.len as usize
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldView {
    pub field: Element,
    pub value: Element,
    pub expires_at_ms: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberView {
    pub member: Element,
    pub score: f64,
    /// Counted from the least score.
    pub rank: u32,
    /// Longitude and latitude, if that was asked.
    pub place: Option<(f64, f64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    pub id: String,
    pub fields: Vec<(Element, Element)>,
}

/// A consumer group of a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupView {
    pub name: Element,
    pub consumers: u32,
    pub pending: u32,
    pub last_id: String,
    /// Entries that nobody was given yet, where that is known.
    pub lag: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupContent {
    pub name: Element,
    pub consumers: Vec<ConsumerView>,
    pub pending: Vec<PendingView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsumerView {
    pub name: Element,
    pub pending: u32,
    /// When it last asked for something.
    pub seen_ms: f64,
}

/// An entry that a consumer was given and has not acknowledged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingView {
    pub id: String,
    pub consumer: Element,
    pub delivered_ms: f64,
    pub deliveries: f64,
}

/// A HyperLogLog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistersView {
    /// The values of the 16,384 registers, one byte each.
    pub bytes: ByteBuf,
    pub is_sparse: bool,
    pub estimate: f64,
    /// Whether the estimate stands in the header, so that PFCOUNT need not compute it.
    pub is_kept: bool,
}

/// What became of an edit, or of its undoing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditOutcome {
    /// It changed something. The number that undoes it, or why it cannot be undone.
    Done(Result<u32, String>),
    /// The command ran and changed nothing; what it replied.
    Nothing(String),
    /// The command was refused; the reply.
    Refused(String),
    /// Nothing was sent, and why.
    Busy(String),
    /// It was sent and has not answered.
    Waiting,
}

/// What became of an RDB file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ImportOutcome {
    /// Nothing was changed; why.
    Refused(String),
    /// It is good, and would replace these keys: [`ToWorker::ConfirmImport`] does.
    WouldReplace { keys: f64, present: f64 },
    /// Keys that are there now, and keys that were and can be brought back.
    Done { keys: f64, replaced: f64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DamagedFile {
    pub name: String,
    pub bytes: ByteBuf,
}

/// What a step of a lesson's block came to; blocks and their steps are counted from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    pub block: u32,
    pub step: u32,
    pub printed: Printed,
    pub outcome: StepOutcome,
}

/// How a step's reply compares with what the lesson says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepOutcome {
    Agrees,
    /// And how, in a few lines.
    Differs(String),
    /// It was stopped before it came to this.
    Skipped,
}

/// Whether an exercise is solved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    Solved,
    /// The command that told, what differs, and what to try.
    NotYet {
        command: String,
        difference: String,
        hint: Option<String>,
    },
    /// It could not be judged, and why.
    Failed(String),
}

/// What the background traffic of a lesson saw since the last sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrafficSample {
    pub block: u32,
    pub operations: u32,
    /// Milliseconds from the moment a command was due to its answer.
    pub median_ms: f64,
    pub p99_ms: f64,
    pub worst_ms: f64,
}
