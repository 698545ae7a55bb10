//! A script or function that runs: what it may do, what it has done, and what waits for its end.

use super::{Sandbox, ScriptFlags};
use crate::base::{Bytes, Time};
use crate::server::ClientId;

/// Whose Lua a run is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// EVAL and its kin.
    Script,
    /// FCALL.
    Function,
}

/// A running script or function.
#[derive(Debug)]
pub struct Run {
    pub origin: Origin,
    /// The script's digest, or the function's name.
    pub name: Bytes,
    pub client: ClientId,
    /// The words of the command that began it, once it is suspended.
    pub words: Vec<Bytes>,
    /// The time that it sees from beginning to end.
    pub started: Time,
    /// The database that it has selected.
    pub database: usize,
    /// What its commands answer in: RESP3 after `redis.setresp(3)`.
    pub resp3: bool,
    /// Whether it may call no command that writes.
    pub read_only: bool,
    /// Whether it may write although memory is short.
    pub allows_oom: bool,
    /// Whether memory was short when it began.
    pub is_short_of_memory: bool,
    /// Whether it has called a command that writes.
    pub has_written: bool,
    /// Whether what it writes enters the journal.
    pub in_journal: bool,
    /// What it has used of the time that scripts are given, in units of the machine.
    pub units: u64,
    /// What its commands have used beside that, and is not taken off yet.
    pub extra_units: u64,
    /// How long it has run so far, without the time between its turns.
    pub micros: u64,
}

impl Run {
    /// A run that is to begin. `flags` are those of a text that begins with `#!`, and of functions.
    pub fn new(origin: Origin, name: &[u8], client: ClientId, started: Time) -> Run {
        Run {
            origin,
            name: Bytes::new(name),
            client,
            words: Vec::new(),
            started,
            database: 0,
            resp3: false,
            read_only: false,
            allows_oom: false,
            is_short_of_memory: false,
            has_written: false,
            in_journal: true,
            units: 0,
            extra_units: 0,
            micros: 0,
        }
    }

    /// Lets it do no more than its flags and its command say.
    pub fn restrict(&mut self, flags: Option<ScriptFlags>, read_only: bool) {
        self.read_only = read_only || flags.is_some_and(|flags| flags.has(ScriptFlags::NO_WRITES));
        self.allows_oom = flags.is_some_and(|flags| flags.has(ScriptFlags::ALLOW_OOM));
    }
}

/// A run between its turns.
#[derive(Debug)]
pub struct Suspended {
    pub run: Run,
    pub sandbox: Box<Sandbox>,
    /// Whether it has run so long that other clients are told so.
    pub is_slow: bool,
    /// Whether its client has gone: nobody reads what it answers.
    pub is_orphaned: bool,
    /// Whether its client wants no reply to this command.
    pub is_unheard: bool,
    /// The transaction that it is a part of.
    pub transaction: Option<Rest>,
}

/// A transaction in the middle of which a script runs.
#[derive(Debug)]
pub struct Rest {
    /// What EXEC is still to run after the script.
    pub queue: Vec<Vec<Bytes>>,
    /// What EXEC has answered so far, which is sent with the rest.
    pub reply: Vec<u8>,
}
