//! Keeps the journal and the snapshots of a workspace in IndexedDB.
//!
//! Bytes of the journal are written at once while nothing is being written; what comes meanwhile is gathered into the
//! next piece. So a single write is stored within milliseconds, and a flood costs a few large records. A snapshot and
//! the end of the journal before it are one transaction; the newest two snapshots stay, with everything since the
//! older one. A clock that was moved is written before the changes that were made under it, so that no deadline is ever
//! read by another clock. What could not be written stays in memory and is tried again.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::clock::KeptClock;
use super::database::Database;
use super::host::Snapshot;
use super::recovery::{Damaged, Recovery, Segment, StoredSnapshot, checksum};
use super::shell;
use crate::protocol::StorageState;

/// A journal may grow to the size of its snapshot, or to this.
const MIN_JOURNAL_BYTES: usize = 1 << 20;
/// Pieces after which a snapshot replaces the journal, however small they are: a start reads each of them.
const MAX_SEGMENTS: u32 = 4096;
const RETRY_MS: i32 = 2000;

/// What the worker's shell hears.
pub enum Heard {
    State(StorageState),
    /// A snapshot that the engine asked for is stored, or could not be.
    Saved(bool),
    /// The journal has grown to so many bytes: a snapshot should take its place.
    Grown(usize),
}

/// The journal and snapshots of one workspace.
pub struct Store {
    database: Database,
    state: RefCell<State>,
    hear: Box<dyn Fn(Heard)>,
}

struct State {
    generation: u32,
    sequence: u32,
    snapshot_bytes: usize,
    journal_bytes: usize,
    pending: Vec<u8>,
    snapshot: Option<Snapshot>,
    /// What is to be kept of the clock, if that is not written yet.
    clock: Option<Option<KeptClock>>,
    damaged: Vec<Damaged>,
    writing: bool,
    told: StorageState,
}

impl Store {
    pub fn new(database: Database, recovery: &Recovery, hear: Box<dyn Fn(Heard)>) -> Rc<Store> {
        let state = State {
            generation: recovery.generation,
            sequence: recovery.sequence,
            snapshot_bytes: recovery.snapshot_bytes,
            journal_bytes: recovery.journal_bytes,
            pending: Vec::new(),
            snapshot: None,
            clock: None,
            damaged: recovery.damaged.clone(),
            writing: false,
            told: StorageState::Saved,
        };
        Rc::new(Store { database, state: RefCell::new(state), hear })
    }

    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Takes what the engine wants kept: a snapshot first, then what came after it; and the clock, if it was turned.
    pub fn keep(self: &Rc<Store>, snapshot: Option<Snapshot>, journal: &[u8], clock: Option<Option<KeptClock>>) {
        let mut state = self.state.borrow_mut();
        state.clock = clock.or(state.clock);
        if let Some(mut snapshot) = snapshot {
            let mut before = std::mem::take(&mut state.pending);
            if let Some(older) = state.snapshot.take() {
                // The older one was never written; the journal before it still matters.
                before.splice(0..0, older.journal_before).for_each(drop);
                snapshot.asked |= older.asked;
                snapshot.continues &= older.continues;
            }
            snapshot.journal_before.splice(0..0, before).for_each(drop);
            state.snapshot = Some(snapshot);
        }
        state.pending.extend_from_slice(journal);
        if !state.writing && state.has_work() {
            state.writing = true;
            drop(state);
            self.tell(StorageState::Saving);
            spawn_local(Rc::clone(self).write_all());
        }
    }

    /// How many bytes of the journal have not been handed to the browser yet.
    pub fn waiting_bytes(&self) -> usize {
        let state = self.state.borrow();
        state.pending.len() + state.snapshot.as_ref().map_or(0, |snapshot| snapshot.journal_before.len())
    }

    /// Whether everything is stored.
    pub fn is_idle(&self) -> bool {
        let state = self.state.borrow();
        !state.writing && !state.has_work()
    }

    fn tell(&self, told: StorageState) {
        let changed = self.state.borrow().told != told;
        if changed {
            self.state.borrow_mut().told = told.clone();
            (self.hear)(Heard::State(told));
        }
    }

    /// A clock that could not be stored is tried again, unless there is a later one.
    fn put_back(&self, kept: Option<KeptClock>) {
        let mut state = self.state.borrow_mut();
        state.clock = state.clock.or(Some(kept));
    }

    async fn write_all(self: Rc<Store>) {
        loop {
            let clock = self.state.borrow_mut().clock.take();
            if let Some(kept) = clock
                && let Err(why) = self.database.store_clock(kept).await
            {
                self.put_back(kept);
                self.tell(StorageState::Failing(why));
                shell::sleep(RETRY_MS).await;
                continue;
            }
            let snapshot = self.state.borrow_mut().snapshot.take();
            let pending = match snapshot {
                Some(_) => Vec::new(),
                None => std::mem::take(&mut self.state.borrow_mut().pending),
            };
            let result = match snapshot {
                Some(snapshot) => self.write_snapshot(snapshot).await,
                None if pending.is_empty() && self.state.borrow().clock.is_none() => break,
                None if pending.is_empty() => continue,
                None => self.write_segment(pending).await,
            };
            if let Err(why) = result {
                self.tell(StorageState::Failing(why));
                shell::sleep(RETRY_MS).await;
            }
        }
        self.state.borrow_mut().writing = false;
        self.tell(StorageState::Saved);
    }

    async fn write_segment(&self, aof: Vec<u8>) -> Result<(), String> {
        let segment = self.segment(aof);
        let result = self.database.append(&segment).await;
        let mut state = self.state.borrow_mut();
        match &result {
            Ok(()) => {
                state.sequence += 1;
                state.journal_bytes += segment.aof.len();
                let limit = state.snapshot_bytes.max(MIN_JOURNAL_BYTES);
                let grown = state.journal_bytes > limit || state.sequence > MAX_SEGMENTS;
                let grown = (grown && state.snapshot.is_none()).then_some(state.journal_bytes);
                drop(state);
                if let Some(bytes) = grown {
                    (self.hear)(Heard::Grown(bytes));
                }
            }
            Err(_) => {
                // Back to the front of whatever waits: of a snapshot that came meanwhile, or of the journal.
                match &mut state.snapshot {
                    Some(snapshot) => snapshot.journal_before.splice(0..0, segment.aof).for_each(drop),
                    None => state.pending.splice(0..0, segment.aof).for_each(drop),
                }
            }
        }
        result
    }

    fn segment(&self, aof: Vec<u8>) -> Segment {
        let state = self.state.borrow();
        Segment { generation: state.generation, sequence: state.sequence, checksum: checksum(&aof), aof }
    }

    async fn write_snapshot(&self, snapshot: Snapshot) -> Result<(), String> {
        let Snapshot { rdb, made_ms, asked, continues, journal_before } = snapshot;
        let (number, damaged) = {
            let state = self.state.borrow();
            (state.generation + 1, state.damaged.clone())
        };
        let before = (!journal_before.is_empty()).then(|| self.segment(journal_before));
        let stored = StoredSnapshot { number, checksum: checksum(&rdb), made_ms, continues, rdb };
        // Keep the snapshot before this one too; after damage what is older is of no use.
        let oldest = if damaged.is_empty() { number.saturating_sub(1) } else { number };
        let result = self.database.store_snapshot(before.as_ref(), &stored, oldest, &damaged).await;
        let mut state = self.state.borrow_mut();
        match &result {
            Ok(()) => {
                state.generation = number;
                state.sequence = 0;
                state.journal_bytes = 0;
                state.snapshot_bytes = stored.rdb.len();
                state.damaged.clear();
            }
            Err(_) => {
                let journal_before = before.map(|segment| segment.aof).unwrap_or_default();
                match &mut state.snapshot {
                    Some(newer) => {
                        newer.continues &= continues;
                        newer.journal_before.splice(0..0, journal_before).for_each(drop);
                    }
                    None => {
                        state.snapshot =
                            Some(Snapshot { rdb: stored.rdb, made_ms, asked: false, continues, journal_before })
                    }
                }
            }
        }
        drop(state);
        if asked {
            (self.hear)(Heard::Saved(result.is_ok()));
        }
        result
    }
}

impl State {
    fn has_work(&self) -> bool {
        self.snapshot.is_some() || self.clock.is_some() || !self.pending.is_empty()
    }
}
