//! What the page's panels and the worker say to each other: all that a page does without until a panel is shown.
//!
//! Both sides have what these need in the part of their code that is loaded later.

use serde::{Deserialize, Serialize};

use super::{
    Bench, ClientNumber, DamagedFile, DumpedKey, EditOutcome, FromWorker, ImportOutcome, StepReport, Ticket, ToWorker,
    ValueQuestion, ValueView, Verdict,
};
use crate::bytes::ByteBuf;
use crate::facts::{CommandEntry, CommandFacts};
use crate::file_run;
use crate::layout::{LayoutQuestion, LayoutView};
use crate::load::{LoadOrder, LoadReport};
use crate::metrics::Sample;

/// From a panel of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromPanel {
    /// Run a file of commands in this database, on a connection of its own.
    RunFile {
        ticket: Ticket,
        database: u32,
        bytes: ByteBuf,
    },
    /// Stop the file that runs.
    StopFile,
    /// Whether the charts are looked at: nothing is measured for them otherwise.
    Measure(bool),
    Load(LoadOrder),
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
    /// Undo going back to real time: the clock is again one that showed `shown_ms` at the real time `real_ms`.
    LeaveReal {
        shown_ms: f64,
        real_ms: f64,
        speed: f64,
    },
    /// Give what an address asks for to the tab that has the store, while this one waits for it.
    HandOver {
        ticket: Ticket,
        query: String,
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

/// To a panel of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToPanel {
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
    Measured(Sample),
    Load(Box<LoadReport>),
    /// What the clients of a lesson's background traffic felt since the sample before.
    Traffic {
        block: u32,
        sample: Sample,
    },
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
    /// The other tab has what was handed over.
    HandedOver {
        ticket: Ticket,
    },
    /// What another tab's address asks for, which the person wants to see here.
    Linked {
        query: String,
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
}

impl From<FromPanel> for ToWorker {
    fn from(message: FromPanel) -> ToWorker {
        ToWorker::Panel(message)
    }
}

impl From<ToPanel> for FromWorker {
    fn from(message: ToPanel) -> FromWorker {
        FromWorker::Panel(message)
    }
}
