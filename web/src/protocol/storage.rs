//! What is stored: how a start went, whether it is kept, files that come and go.

use serde::{Deserialize, Serialize};

use crate::bytes::ByteBuf;

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

/// What became of an RDB file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ImportOutcome {
    /// Nothing was changed; why.
    Refused(String),
    /// It is good, and would replace these keys: [`super::ToWorker::ConfirmImport`] does.
    WouldReplace { keys: f64, present: f64 },
    /// Keys that are there now, and keys that were and can be brought back.
    Done { keys: f64, replaced: f64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DamagedFile {
    pub name: String,
    pub bytes: ByteBuf,
}
