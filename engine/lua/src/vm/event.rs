//! What a host learns of a run.

use crate::heap::value::Value;

/// Why `Lua::run` came back.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// The function returned: see `Lua::results`.
    Finished,
    /// An error that no pcall caught.
    Failed(Fault),
    /// The script called this host function: see `Lua::arguments`, then `Lua::answer` or `Lua::raise`.
    Called(u32),
    /// The budget is used up: run again to go on.
    Suspended,
}

/// An error that no pcall caught.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    pub kind: FaultKind,
    /// The error's value; a text for `Memory` and `Killed`.
    pub value: Value,
    /// Where the innermost Lua function was, when it is what failed or what called the native that did.
    pub position: Option<Position>,
}

/// What kind of error it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// An error of the script.
    Error,
    /// The memory limit.
    Memory,
    /// `Lua::kill`.
    Killed,
}

/// A line of a chunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Position {
    /// The chunk's name as it was given to `Lua::load`, with its "@" or "=".
    pub source: Vec<u8>,
    /// As messages show it.
    pub short_source: Vec<u8>,
    pub line: u32,
}
