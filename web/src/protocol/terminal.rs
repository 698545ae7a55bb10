//! Terminals: what a line may become, what a connection is in the middle of.

use serde::{Deserialize, Serialize};

use crate::facts::TypedCommand;

/// How many bytes of typed or pasted lines one message may hold.
pub const MAX_LINES_BYTES: usize = 64 * 1024 * 1024;

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

/// What fits after an unfinished line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineHint {
    /// To show after the line.
    pub hint: String,
    /// Whole lines that Tab walks through.
    pub completions: Vec<String>,
    pub command: Option<TypedCommand>,
}
