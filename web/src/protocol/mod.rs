//! The messages between the page and the worker, one enum each way, and one more each way for panels.
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
//! | `lesson` | steps and exercises |
//! | `panel` | the messages that only panels send and hear |
//! | `storage` | what is stored, files that come and go |
//!
//! What the page also works with away from messages has modules of its own: [`crate::load`], [`crate::metrics`],
//! [`crate::layout`], [`crate::facts`], [`crate::file_run`].

mod clock;
mod keys;
mod lesson;
mod panel;
mod storage;
mod terminal;
mod value;

use serde::{Deserialize, Serialize};

pub use self::clock::{ClockOrder, ClockState};
pub use self::keys::{
    DumpedKey, KeyKind, KeyRow, KeysOrder, KeysSort, KeysView, MAX_DUMP_BYTES, MAX_EXPIRING, MAX_ROWS,
};
pub use self::lesson::{StepOutcome, StepReport, Verdict};
pub use self::panel::{FromPanel, ToPanel};
pub use self::storage::{DamagedFile, ImportOutcome, Started, StorageState};
pub use self::terminal::{Awaiting, Connection, Few, LineHint, MAX_LINES_BYTES, WaitReason, Waits};
pub use self::value::{
    BITS_PAGE, ConsumerView, EditOutcome, Element, EntryView, FieldView, GroupContent, GroupView, MemberView,
    PendingView, RegistersView, VALUE_PAGE, ValueContent, ValueLook, ValuePage, ValueQuestion, ValueView,
};
use crate::bytes::ByteBuf;
use crate::printed::Printed;

/// Page and worker say it to each other first. Files of different builds that differ in this do not work together.
pub const VERSION: u32 = 6;

/// A client of the engine; the page counts them.
pub type ClientNumber = u32;
/// Ties an answer to its question.
pub type Ticket = u32;

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// From a panel. Travels as a list of one, so that who hears it need not know all of these to know the others.
    #[serde(skip)]
    Panel(FromPanel),
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
    Keys(KeysOrder),
}

/// From the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// To a panel, as a list of one.
    #[serde(skip)]
    Panel(ToPanel),
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
    Storage(StorageState),
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
