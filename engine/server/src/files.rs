//! The files of a running server: the snapshot, the journal, and the thread that writes them.

use crate::boot::plain;
use crate::host::now;
use crate::journal::{self, Journal};
use crate::log::Log;
use crate::snapshot;
use crate::storing::{Done, Job, Storing};
use engine::Engine;
use engine::server::Shutdown;
use mio::Waker;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// The files of a running server.
#[derive(Debug)]
pub struct Files {
    /// Where they are; absolute.
    pub dir: PathBuf,
    journal: Option<Journal>,
    storing: Storing,
    waker: Arc<Waker>,
    log: Arc<Log>,
    /// Whether the journal could not be written last.
    is_failing: bool,
}

impl Files {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has none left.
    pub fn new(dir: PathBuf, journal: Option<Journal>, waker: Arc<Waker>, log: Arc<Log>) -> io::Result<Files> {
        let storing = Storing::start(Arc::clone(&waker))?;
        Ok(Files { dir, journal, storing, waker, log, is_failing: false })
    }

    /// Whether something is to be done from time to time.
    pub fn needs_rounds(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.is_dirty || journal.is_behind())
    }

    /// Lets the thread store a snapshot.
    pub fn save(&mut self, bytes: Vec<u8>, engine: &Engine) {
        self.log.notice("Background saving started");
        let name = engine.server().config.get("dbfilename").to_string();
        self.storing.submit(Job::Snapshot { folder: self.dir.clone(), name, bytes });
    }

    /// Appends to the journal. With `appendfsync always` it is on the disk when this returns.
    pub fn append(&mut self, bytes: &[u8], engine: &mut Engine) {
        let Some(journal) = &mut self.journal else { return };
        let always = engine.server().config.get("appendfsync") == "always";
        let began = Instant::now();
        let mut written = journal.append(bytes);
        let micros = began.elapsed().as_micros() as u64;
        let beside = match (self.storing.is_syncing(), self.storing.is_writing()) {
            (true, _) => "aof-write-pending-fsync",
            (_, true) => "aof-write-active-child",
            _ => "aof-write-alone",
        };
        engine.note_latency(beside, micros, now());
        engine.note_latency("aof-write", micros, now());
        if always && written.is_ok() {
            let began = Instant::now();
            written = journal.sync();
            engine.note_latency("aof-fsync-always", began.elapsed().as_micros() as u64, now());
        }
        self.note(written, engine);
    }

    /// Tells the engine when the journal cannot be written, and when it can be again.
    fn note(&mut self, written: io::Result<()>, engine: &mut Engine) {
        match written {
            Ok(()) if self.is_failing => {
                self.is_failing = false;
                self.log.warning("AOF write error looks solved. The server can write again.");
                engine.journal_status(None);
            }
            Ok(()) => {}
            Err(error) => {
                if !self.is_failing {
                    self.log.warning(format_args!("Error writing to the AOF file: {}", plain(&error)));
                }
                self.is_failing = true;
                engine.journal_status(Some(plain(&error)));
                if engine.server().config.get("appendfsync") == "always" {
                    self.log.warning(
                        "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...",
                    );
                    std::process::exit(1);
                }
            }
        }
    }

    /// Writes the journal anew, or begins one.
    pub fn rewrite(&mut self, base: Vec<u8>, engine: &mut Engine) {
        let config = &engine.server().config;
        let is_first = self.journal.is_none();
        let is_rdb = config.is_on("aof-use-rdb-preamble");
        let name = config.get("appendfilename").to_string();
        let folder = journal::folder(&self.dir, config.get("appenddirname"));
        let begun = match self.journal.take() {
            Some(journal) => Ok(journal),
            None => Journal::begin(folder, &name),
        };
        let begun = begun.and_then(|mut journal| {
            let outcome = journal.rewrite(base, is_rdb, is_first, &self.storing);
            self.journal = Some(journal);
            outcome
        });
        match begun {
            Ok(()) => {
                let increment = self.journal.as_ref().map_or("", |journal| journal.increment());
                self.log.notice(format_args!("Creating AOF incr file {increment} on background rewrite"));
                self.log.notice("Background append only file rewriting started");
            }
            Err(error) => {
                self.log.warning(format_args!("Can't rewrite append only file in background: {}", plain(&error)));
                engine.rewritten(None, now());
            }
        }
    }

    /// Waits until all of the journal is on the disk.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn sync(&mut self) -> io::Result<()> {
        match &mut self.journal {
            Some(journal) => journal.retry().and_then(|()| journal.sync()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// All of the journal, with what was not written yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_journal(&mut self) -> io::Result<Vec<u8>> {
        let Some(journal) = &mut self.journal else { return Err(io::ErrorKind::NotFound.into()) };
        journal.retry()?;
        let bytes = journal.read()?;
        self.log.warning("Append Only File loaded by DEBUG LOADAOF");
        Ok(bytes)
    }

    /// Tells the engine what the thread has done.
    pub fn collect(&mut self, engine: &mut Engine) {
        while let Some(done) = self.storing.outcome() {
            match done {
                Done::Snapshot(stored) => {
                    match &stored {
                        Ok(()) => self.log.notice("DB saved on disk"),
                        Err(error) => self.log.warning(format_args!("Background saving error: {}", plain(error))),
                    }
                    engine.saved(stored.is_ok(), now());
                }
                Done::Sync(synced) => {
                    if let Err(error) = &synced {
                        self.log.warning(format_args!("Fail to fsync the AOF file: {}", plain(error)));
                    }
                    if synced.is_err() {
                        self.note(synced, engine);
                    }
                }
                Done::Base { path, bytes, outcome } => {
                    let placed = match &mut self.journal {
                        Some(journal) => journal.rewritten(&path, bytes, outcome, &self.storing),
                        None => Err(io::Error::other("the journal was turned off")),
                    };
                    match placed {
                        Ok(placed) => {
                            self.log.notice("Background AOF rewrite finished successfully");
                            engine.note_latency("aof-rename", placed.renaming.as_micros() as u64, now());
                            engine.rewritten(Some(placed.bytes), now());
                        }
                        Err(error) => {
                            self.log.warning(format_args!("Background AOF rewrite: {}", plain(&error)));
                            engine.rewritten(None, now());
                        }
                    }
                }
            }
        }
        self.close_if_off(engine);
    }

    /// Lets go of a journal that CONFIG SET turned off.
    fn close_if_off(&mut self, engine: &Engine) {
        if self.journal.is_some() && !engine.server().journal.on {
            let _ = self.sync();
            self.journal = None;
        }
    }

    /// What is done once a second: the disk, and what could not be written.
    pub fn round(&mut self, engine: &mut Engine) {
        self.close_if_off(engine);
        let everysec = engine.server().config.get("appendfsync") == "everysec";
        let Some(journal) = &mut self.journal else { return };
        if journal.is_behind() {
            let written = journal.retry();
            self.note(written, engine);
        } else if everysec {
            journal.sync_later(&self.storing);
        } else {
            // The system writes when it likes.
            journal.is_dirty = false;
        }
    }

    /// Stores what there is to store before the end.
    ///
    /// # Errors
    /// When it could not be stored and the end was not forced: the server goes on.
    pub fn end(&mut self, engine: &mut Engine, shutdown: Shutdown) -> Result<(), String> {
        // What the thread still writes is older than what follows.
        self.storing.finish();
        self.collect(engine);
        let outcome = self.end_now(engine, shutdown);
        if outcome.is_err() {
            match Storing::start(Arc::clone(&self.waker)) {
                Ok(storing) => self.storing = storing,
                Err(error) => self.log.warning(format_args!("no thread for files: {error}")),
            }
        }
        outcome
    }

    fn end_now(&mut self, engine: &Engine, shutdown: Shutdown) -> Result<(), String> {
        if self.journal.is_some() {
            self.log.notice("Calling fsync() on the AOF file.");
            if let Err(error) = self.sync() {
                self.log.warning(format_args!("Fail to fsync the AOF file: {}", plain(&error)));
            }
        }
        if !engine.saves_at_end(shutdown) {
            return Ok(());
        }
        self.log.notice("Saving the final RDB snapshot before exiting.");
        match snapshot::store(&self.dir, engine.server().config.get("dbfilename"), &engine.snapshot()) {
            Ok(()) => self.log.notice("DB saved on disk"),
            Err(error) => {
                let reason = format!("Error trying to save the DB, can't exit: {}", plain(&error));
                self.log.warning(&reason);
                if !shutdown.force {
                    return Err(reason);
                }
            }
        }
        Ok(())
    }
}
