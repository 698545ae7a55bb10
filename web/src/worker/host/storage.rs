//! What is to be kept: the journal, snapshots, and how both come back.

use engine::base::Time;

use super::Host;
use crate::bytes::ByteBuf;
use crate::protocol::{Ticket, ToPanel};

/// What is put off while a script runs.
#[derive(Default)]
pub(super) struct AfterScript {
    /// A snapshot after which the journal starts anew.
    pub(super) snapshot: bool,
    pub(super) exports: Vec<Ticket>,
}

/// A snapshot that is to be stored.
#[derive(Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub rdb: Vec<u8>,
    /// The engine's time.
    pub made_ms: u64,
    /// Whether the engine asked for it and wants to hear how it went.
    pub asked: bool,
    /// Whether the journal leads to it; an import and a recovery that lost something do not.
    pub continues: bool,
    /// What the journal got before it, and the shell has not taken yet.
    pub journal_before: Vec<u8>,
}

/// Under a clock that is faster than real time, save points make a snapshot this often at most: the journal holds
/// everything anyway, and a minute may be over in a few milliseconds.
const SAVES_REST_MS: f64 = 30_000.0;

/// What writes a lot makes the journal outgrow its snapshot again and again. A snapshot takes its place this often at
/// most ...
const JOURNAL_REST_MS: f64 = 5_000.0;
/// ... unless the journal is longer than this, which a start would take its time to replay.
const LONG_JOURNAL_BYTES: usize = 32 << 20;

impl Host {
    /// The journal's next bytes.
    pub fn take_journal(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.journal)
    }

    pub fn take_snapshot(&mut self) -> Option<Snapshot> {
        self.snapshot.take()
    }

    /// Puts back what was stored: a snapshot, then the journal after it.
    ///
    /// The snapshot is loaded as of the moment it was made: a key that has expired since then may have lost its
    /// deadline in the journal.
    pub fn load_snapshot(&mut self, rdb: &[u8], made_ms: u64) -> Result<(), String> {
        self.engine.restore(rdb, Time(made_ms)).map_err(|error| error.to_string())?;
        self.data_replaced();
        Ok(())
    }

    pub fn replay_journal(&mut self, aof: &[u8], real_ms: f64) -> Result<usize, String> {
        let now = self.clock.now(real_ms);
        let replayed = self.engine.replay(aof, now).map_err(|error| error.to_string())?;
        self.data_replaced();
        Ok(replayed.bytes)
    }

    /// Whether a script is in the middle of its work.
    pub(super) fn runs_script(&self) -> bool {
        self.engine.server().scripting.is_running()
    }

    /// Makes a snapshot after which the journal can start anew, at the end of a script that runs. `continues` is whether
    /// the stored data lead to it.
    pub fn make_snapshot(&mut self, continues: bool) {
        if self.runs_script() {
            self.after_script.snapshot = true;
            return;
        }
        let rdb = self.engine.snapshot();
        self.keep_snapshot(rdb, false, continues);
    }

    /// The engine made a snapshot.
    pub(super) fn save(&mut self, rdb: Vec<u8>, now: Time) {
        self.saves_rest_until_ms = (self.elapsed_ms)() + SAVES_REST_MS;
        match self.stored {
            true => self.keep_snapshot(rdb, true, true),
            // There is nothing to lose: a lesson's engine lives in memory by intent.
            false => self.engine.saved(true, now),
        }
    }

    /// The stored journal has grown to so many bytes: a snapshot takes its place, unless one did just now. The next
    /// piece that is stored asks again.
    pub fn replace_journal(&mut self, bytes: usize) {
        let now_ms = (self.elapsed_ms)();
        if now_ms >= self.journal_rests_until_ms || bytes > LONG_JOURNAL_BYTES {
            self.journal_rests_until_ms = now_ms + JOURNAL_REST_MS;
            self.make_snapshot(true);
        }
    }

    pub(super) fn keep_snapshot(&mut self, rdb: Vec<u8>, asked: bool, continues: bool) {
        // The journal after it stands alone, so it has to name its database again.
        self.engine.restart_journal();
        let made_ms = self.engine.keyspace().now().0;
        let journal_before = std::mem::take(&mut self.journal);
        let mut snapshot = Snapshot { rdb, made_ms, asked, continues, journal_before };
        if let Some(older) = self.snapshot.take() {
            snapshot.asked |= older.asked;
            snapshot.continues &= older.continues;
            snapshot.journal_before.splice(0..0, older.journal_before).for_each(drop);
        }
        self.snapshot = Some(snapshot);
    }

    /// Does what was put off until no script runs.
    pub(super) fn end_script(&mut self) {
        if self.runs_script() {
            return;
        }
        for ticket in std::mem::take(&mut self.after_script.exports) {
            let bytes = ByteBuf::from(self.engine.snapshot());
            self.outbox.push(ToPanel::Exported { ticket, bytes }.into());
        }
        if std::mem::take(&mut self.after_script.snapshot) {
            self.make_snapshot(true);
        }
    }

    /// The shell's word on a snapshot that the engine asked for.
    pub fn saved(&mut self, stored: bool, real_ms: f64) {
        let now = self.clock.now(real_ms);
        self.engine.saved(stored, now);
        self.drain(now);
    }
}
