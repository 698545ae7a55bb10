//! Files that come and go: all data as an RDB file, files of commands, files that could not be read.

use std::rc::Rc;

use leptos::prelude::*;

use super::wire::Wire;
use crate::bytes::ByteBuf;
use crate::file_run;
use crate::protocol::{DamagedFile, FromPanel, ImportOutcome, ToPanel};

/// Hears how far a file of commands is.
type Listener = Rc<dyn Fn(file_run::Progress)>;

/// What a session's store gives and takes as files.
#[derive(Clone, Copy)]
pub struct Files {
    wire: Wire,
    /// Hears how far the file of commands is.
    heard: StoredValue<Option<Listener>, LocalStorage>,
}

impl Files {
    pub fn new(wire: Wire) -> Files {
        Files { wire, heard: StoredValue::new_local(None) }
    }

    /// All data as an RDB file.
    pub fn export(self, done: impl FnOnce(Vec<u8>) + 'static) {
        let answer = move |message| {
            if let ToPanel::Exported { bytes, .. } = message {
                done(bytes.into_vec());
            }
        };
        self.wire.ask(answer, |ticket| FromPanel::Export { ticket });
    }

    /// Checks an RDB file and, in an empty store, loads it.
    pub fn import(self, rdb: Vec<u8>, done: impl FnOnce(ImportOutcome) + 'static) {
        self.wire.ask(imported(done), |ticket| FromPanel::Import { ticket, bytes: ByteBuf::from(rdb) });
    }

    /// Loads the file that was checked last.
    pub fn confirm_import(self, done: impl FnOnce(ImportOutcome) + 'static) {
        self.wire.ask(imported(done), |ticket| FromPanel::ConfirmImport { ticket });
    }

    pub fn undo_import(self, done: impl FnOnce(ImportOutcome) + 'static) {
        self.wire.ask(imported(done), |ticket| FromPanel::UndoImport { ticket });
    }

    /// Stored files that could not be read.
    pub fn damaged(self, done: impl FnOnce(Vec<DamagedFile>) + 'static) {
        let answer = move |message| {
            if let ToPanel::Damaged { files, .. } = message {
                done(files);
            }
        };
        self.wire.ask(answer, |ticket| FromPanel::FetchDamaged { ticket });
    }

    /// Runs a file of commands in this database.
    pub fn run(
        self,
        database: u32,
        bytes: Vec<u8>,
        heard: impl Fn(file_run::Progress) + 'static,
        done: impl FnOnce(file_run::Outcome) + 'static,
    ) {
        self.heard.set_value(Some(Rc::new(heard)));
        let answer = move |message| {
            if let ToPanel::FileDone { outcome, .. } = message {
                done(outcome);
            }
        };
        self.wire.ask(answer, |ticket| FromPanel::RunFile { ticket, database, bytes: ByteBuf::from(bytes) });
    }

    pub fn stop(self) {
        self.wire.send_for_panel(FromPanel::StopFile);
    }

    pub(super) fn hear(self, progress: file_run::Progress) {
        if let Some(heard) = self.heard.try_with_value(Option::clone).flatten() {
            heard(progress);
        }
    }
}

fn imported(done: impl FnOnce(ImportOutcome) + 'static) -> impl FnOnce(ToPanel) + 'static {
    move |message| {
        if let ToPanel::Imported { outcome, .. } = message {
            done(outcome);
        }
    }
}
