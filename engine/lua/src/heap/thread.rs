//! Coroutines: a stack of values, and frames that say who uses which part of it.

use super::native::Continuation;
use super::value::{FunctionId, PrototypeId, TableId, ThreadId, UpvalueId, Value};

/// What happens with the results of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Then {
    /// The Lua function below called it by a call instruction.
    Call,
    /// The Lua function below is in an instruction that needs a metamethod's result.
    Finish,
    /// The same for `a <= b` that asks whether `b < a`.
    FinishNot,
    /// The same for a concatenation that has come down to this operand.
    FinishConcat { last: u8 },
    /// The Lua function below is in a generic for.
    Loop,
    /// The native below waits with a continuation.
    Native,
    /// The native below is what called it in its own place.
    Tail,
    /// The native below is pcall, or xpcall, whose second argument handles errors.
    Protected { handled: bool },
    /// It is the handler of an xpcall: its result is the error.
    Handler,
    /// It is the first of its coroutine.
    Base,
}

/// What a frame runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Lua,
    Native,
    /// A native with a continuation, which is the topmost of the thread's own stack of them.
    Waiting,
    /// The host, which has yet to answer.
    Host,
}

/// One call in progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) function: FunctionId,
    /// Of a Lua function.
    pub(crate) prototype: PrototypeId,
    /// The first register, or a native's first argument.
    pub(crate) base: u32,
    /// Behind the last place it may use; a native's arguments end there.
    pub(crate) top: u32,
    /// Where the called function stood: results go there.
    pub(crate) result: u32,
    /// The next instruction.
    pub(crate) pc: u32,
    /// How many results are wanted; -1 for all.
    pub(crate) wanted: i32,
    /// How many calls were replaced by tail calls.
    pub(crate) tail_calls: u32,
    pub(crate) then: Then,
    pub(crate) kind: Kind,
}

impl Frame {
    /// The call of a function that stands at `at`, its `count` arguments behind it: a native's, until it is known to be
    /// another's.
    #[inline]
    pub(crate) fn call(function: FunctionId, at: usize, count: usize, wanted: i32, then: Then) -> Frame {
        Frame {
            function,
            prototype: PrototypeId(0),
            base: at as u32 + 1,
            top: (at + 1 + count) as u32,
            result: at as u32,
            pc: 0,
            wanted,
            tail_calls: 0,
            then,
            kind: Kind::Native,
        }
    }
}

/// What `coroutine.status` tells apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Status {
    /// Not started, or waiting in a yield.
    #[default]
    Suspended,
    Running,
    /// It resumed another one.
    Normal,
    Dead,
}

/// How deep calls may nest before "stack overflow": Lua 5.1's list of calls holds so many before it would grow beyond
/// its limit of 20,000, to which it shrinks once that has happened.
pub(crate) const FIRST_FRAME_LIMIT: u32 = 16_384;
pub(crate) const LATER_FRAME_LIMIT: u32 = 20_000;

#[derive(Default)]
pub(crate) struct Thread {
    pub(crate) stack: Vec<Value>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) continuations: Vec<Box<dyn Continuation>>,
    /// Upvalues that still live on this stack, by their place, lowest first.
    pub(crate) open: Vec<(u32, UpvalueId)>,
    /// Behind the values of an instruction that leaves or takes any number of them.
    pub(crate) top: u32,
    /// How many calls in progress would be recursions of C in the real one.
    pub(crate) c_calls: u32,
    /// What `c_calls` was when it was resumed: more than that cannot be yielded across.
    pub(crate) base_c_calls: u32,
    pub(crate) frame_limit: u32,
    pub(crate) status: Status,
    pub(crate) resumer: Option<ThreadId>,
    /// It was resumed by a function of `coroutine.wrap`.
    pub(crate) wrapped: bool,
    /// The globals of functions that it loads.
    pub(crate) globals: Option<TableId>,
}

impl Thread {
    pub(crate) fn bytes(&self) -> usize {
        self.stack.len() * size_of::<Value>()
    }
}

/// What a level of the call stack is: 0 what runs, 1 who called it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Level {
    Frame(usize),
    /// A call that a tail call replaced.
    Tail,
    None,
}

/// The frame at a level, by its position.
pub(crate) fn level(frames: &[Frame], level: i64) -> Level {
    let mut left = level;
    let mut at = frames.len();
    while left > 0 && at > 0 {
        at -= 1;
        left -= 1;
        if let Some(frame) = frames.get(at)
            && frame.kind == Kind::Lua
        {
            left -= i64::from(frame.tail_calls);
        }
    }
    match at.checked_sub(1) {
        _ if left < 0 => Level::Tail,
        Some(at) if left == 0 => Level::Frame(at),
        _ => Level::None,
    }
}
