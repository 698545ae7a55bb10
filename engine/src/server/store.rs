//! What the node knows of its files, which its host keeps: what is asked of the host, and how it went.

use super::ClientId;
use crate::base::Time;
use crate::command::Error;
use std::collections::{BTreeMap, VecDeque};

/// Something that only the host can do, for a client that waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// End the process. There is an answer only when that cannot be.
    Shutdown(Shutdown),
    /// Read the configuration file, and write what `Engine::rewritten_config` makes of it.
    RewriteConfig,
    /// Let these settings take effect: listen elsewhere, enter a folder.
    Configure(Vec<(&'static str, Vec<u8>)>),
    /// Say when all that was appended to the journal is on the disk.
    SyncJournal,
    /// Read the file of the ACL users.
    ReadUsers { path: String },
    /// Write a message into the log; the client is then told `answer`.
    Log { message: Vec<u8>, answer: &'static str },
    /// Read the last snapshot that was stored.
    ReadSnapshot { flushes: bool, merges: bool },
    /// Read all files of the journal that a start would load, one behind the other.
    ReadJournal,
    /// Write the file of the ACL users.
    WriteUsers { path: String, text: Vec<u8> },
}

/// How a node is to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shutdown {
    /// Whether to take a snapshot; as the save points say if `None`.
    pub save: Option<bool>,
    pub now: bool,
    /// Whether to end even if the snapshot cannot be stored.
    pub force: bool,
}

/// Why the host could not do something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The setting that it was about, if any.
    pub setting: &'static str,
    pub reason: String,
}

/// The state of the node's files.
#[derive(Debug, Default)]
pub struct Store {
    /// Where the configuration file is; empty without one.
    pub config_file: String,
    /// What the host is to be asked, in order.
    pub requests: VecDeque<(ClientId, Request)>,
    /// What it was asked and has not answered.
    pub asked: BTreeMap<ClientId, Request>,
    /// A new base of the journal was asked for and is to be handed to the host.
    pub rewrite_requested: bool,
    /// Since when the host writes a new base.
    pub rewriting_since: Option<Time>,
    /// How long the last rewrite took.
    pub last_rewrite_seconds: Option<u64>,
    pub last_rewrite_failed: bool,
    pub rewrites: u64,
    pub rewrites_failed_in_a_row: u64,
    /// When a rewrite failed last, so that the next one waits.
    pub rewrite_failed_at: Option<Time>,
    /// The bytes of all files of the journal, now and after the last rewrite.
    pub journal_bytes: u64,
    pub journal_base_bytes: u64,
    /// Why the journal cannot be written, while that is so.
    pub journal_error: Option<String>,
    /// Since when a snapshot is being stored, how long the last one took, and how many were.
    pub saving_since: Option<Time>,
    pub last_save_seconds: Option<u64>,
    pub saves: u64,
    /// What the start loaded from a snapshot.
    pub keys_loaded: u64,
    pub keys_expired_at_load: u64,
    /// `aof-timestamp-enabled`
    pub stamps_journal: bool,
    /// `stop-writes-on-bgsave-error`
    pub stops_on_save_error: bool,
    /// `min-replicas-to-write`, where `min-replicas-max-lag` lets it count.
    pub needs_replicas: bool,
    /// `auto-aof-rewrite-percentage` and `auto-aof-rewrite-min-size`
    pub growth_percent: u64,
    pub growth_min_bytes: u64,
}

const SNAPSHOTS_FAIL: &str = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that \
     may modify the data set are disabled, because this instance is configured to report errors during writes if RDB \
     snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB \
     error.";

impl Store {
    /// Why nothing may be written now. `saves_fail`: there are save points, and the last snapshot was not stored.
    #[inline]
    pub fn refusal(&self, saves_fail: bool) -> Option<Error> {
        if saves_fail && self.stops_on_save_error {
            return Some(Error::Static(SNAPSHOTS_FAIL));
        }
        self.journal_error
            .as_ref()
            .map(|reason| Error::text_of(format!("MISCONF Errors writing to the AOF file: {reason}")))
    }

    /// [`Store::refusal`] for a script whose flags let it write.
    pub fn refusal_of_scripts(&self, saves_fail: bool) -> Option<Error> {
        const BLOCKED: &str = "Writable scripts are blocked. Use 'no-writes' flag for read only scripts.";
        if saves_fail && self.stops_on_save_error {
            return Some(Error::text_of(format!(
                "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. {BLOCKED}"
            )));
        }
        self.journal_error.as_ref().map(|reason| {
            Error::text_of(format!(
                "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. \
                 {BLOCKED} AOF error: {reason}"
            ))
        })
    }

    /// Whether the journal has grown so much that it should be written anew.
    pub fn has_outgrown(&self) -> bool {
        if self.growth_percent == 0 || self.journal_bytes <= self.growth_min_bytes {
            return false;
        }
        let base = self.journal_base_bytes.max(1);
        let growth = u128::from(self.journal_bytes) * 100 / u128::from(base);
        growth.saturating_sub(100) >= u128::from(self.growth_percent)
    }

    /// Whether a rewrite may begin; after failures it waits longer and longer, as Redis does.
    pub fn may_rewrite_by_itself(&self, now: Time) -> bool {
        const FREE_FAILURES: u64 = 3;
        const MOST_MINUTES: u64 = 60;
        const MINUTE_MS: u64 = 60_000;
        let Some(failed_at) = self.rewrite_failed_at.filter(|_| self.rewrites_failed_in_a_row >= FREE_FAILURES) else {
            return true;
        };
        let doublings = (self.rewrites_failed_in_a_row - FREE_FAILURES).min(10);
        let minutes = (1u64 << doublings).min(MOST_MINUTES);
        now.since(failed_at) >= minutes * MINUTE_MS
    }
}
