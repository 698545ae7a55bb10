//! How library functions in Rust are called, and how they call back.
//!
//! A native never calls into the machine: it returns a [`Step`] that says what should happen next, and where it goes
//! on after that. So the machine needs no stack of Rust's, and a script can be suspended inside `gsub` or `sort`.

use super::prototype::{NAME_BYTES, chunk_id};
use super::thread::{Frame, Kind, Level, level};
use super::value::{FunctionId, StringId, TableId, ThreadId, Value};
use super::{Heap, Prototypes};
use crate::text::number;

/// How many arguments and results a call of a native may have together.
const MAX_VALUES: usize = 8000;

/// A library function.
pub type Native = fn(&mut Call<'_>) -> Result<Step, Failure>;

/// What a native wants after its turn.
pub enum Step {
    /// It is done; what was pushed is its result.
    Return,
    /// Call what [`Call::call`] prepared, then go on here with the results.
    Call(Box<dyn Continuation>),
    /// Call what [`Call::tail_call`] prepared; the results are this native's.
    TailCall,
    /// Its share of the budget is used up: go on here when there is more.
    Again(Box<dyn Continuation>),
    /// As `pcall` and `xpcall` do: call what was pushed; the results are true and its results, or false and what the
    /// handler makes of the error.
    Protected { handler: Option<Value> },
    /// As `coroutine.resume` and `coroutine.wrap`'s functions do: go on in a coroutine with what was pushed.
    Resume { thread: ThreadId, wrapped: bool },
    /// As `coroutine.yield` does: hand what was pushed to who resumed.
    Yield,
}

/// Where a native goes on after a callback. The values in it are roots for the collector.
pub trait Continuation: Send {
    fn resume(self: Box<Self>, call: &mut Call<'_>, results: &[Value]) -> Result<Step, Failure>;
    /// Hands every value it holds to `visit`.
    fn trace(&self, visit: &mut dyn FnMut(Value));
}

/// Why something did not work.
#[derive(Clone, PartialEq, Debug)]
pub enum Failure {
    /// An error with this value.
    Error(Value),
    /// An error whose text gets the position of the caller at this level in front, as `luaL_error` does with level 1.
    Raise { level: u32, text: Box<[u8]> },
    /// An error of the machine itself: gets a position in front only when Lua code is what runs.
    Runtime(Box<[u8]>),
    /// "bad argument #1 to 'insert' (...)": index counts from 0; the name is read off the calling code.
    Argument { index: usize, text: Box<[u8]> },
    /// The memory limit would be passed. No pcall catches it.
    Memory,
    /// The host ended it. No pcall catches it.
    Killed,
}

impl Failure {
    pub fn runtime(text: impl AsRef<[u8]>) -> Failure {
        Failure::Runtime(text.as_ref().into())
    }
}

/// How much a script may still do before it is suspended: about one unit per loop round, call, or 16 bytes handled.
#[derive(Debug, Default)]
pub struct Budget {
    pub(crate) remaining: i64,
}

impl Budget {
    /// Charges for work; false once nothing is left. What is not worth interrupting may go on all the same.
    #[inline]
    pub fn spend(&mut self, units: usize) -> bool {
        self.remaining = self.remaining.saturating_sub(units as i64);
        self.remaining > 0
    }

    pub fn is_used_up(&self) -> bool {
        self.remaining <= 0
    }
}

/// One call of a native: its arguments, what it pushes, and the heap. Arguments count from 0.
pub struct Call<'a> {
    pub heap: &'a mut Heap,
    pub budget: &'a mut Budget,
    pub(crate) prototypes: &'a mut Prototypes,
    pub(crate) arguments: &'a [Value],
    pub(crate) pushed: &'a mut Vec<Value>,
    pub(crate) function: FunctionId,
    pub(crate) frames: &'a [Frame],
    pub(crate) thread: ThreadId,
    pub(crate) c_calls: u32,
}

impl<'a> Call<'a> {
    pub fn count(&self) -> usize {
        self.arguments.len()
    }

    /// An argument, nil when absent.
    #[inline]
    pub fn argument(&self, index: usize) -> Value {
        self.arguments.get(index).copied().unwrap_or(Value::Nil)
    }

    pub fn arguments(&self) -> &'a [Value] {
        self.arguments
    }

    /// Adds a result.
    #[inline]
    pub fn push(&mut self, value: Value) {
        self.pushed.push(value);
    }

    /// Takes the last result back.
    pub fn pop(&mut self) -> Option<Value> {
        self.pushed.pop()
    }

    /// Adds a string as a result.
    pub fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let string = self.heap.string(bytes)?;
        self.pushed.push(Value::String(string));
        Ok(())
    }

    /// The one result, and done.
    #[inline]
    pub fn returns(&mut self, value: Value) -> Result<Step, Failure> {
        self.pushed.push(value);
        Ok(Step::Return)
    }

    /// Calls a function, then goes on in `then`. What was pushed before is dropped: `then` must keep it.
    pub fn call(&mut self, function: Value, arguments: &[Value], then: Box<dyn Continuation>) -> Result<Step, Failure> {
        self.prepare(function, arguments);
        Ok(Step::Call(then))
    }

    /// Calls a function whose results are this native's.
    pub fn tail_call(&mut self, function: Value, arguments: &[Value]) -> Result<Step, Failure> {
        self.prepare(function, arguments);
        Ok(Step::TailCall)
    }

    pub(crate) fn prepare(&mut self, function: Value, arguments: &[Value]) {
        self.pushed.clear();
        self.pushed.push(function);
        self.pushed.extend_from_slice(arguments);
    }

    /// A value that was given when the native was made.
    pub fn upvalue(&self, index: usize) -> Value {
        self.heap.native_upvalue(self.function, index)
    }

    pub fn set_upvalue(&mut self, index: usize, value: Value) {
        self.heap.set_native_upvalue(self.function, index, value);
    }

    /// Whether so many more results can be pushed: a call of C may hold 8,000 values.
    pub fn has_room_for(&self, count: usize) -> bool {
        self.arguments.len().saturating_add(self.pushed.len()).saturating_add(count) <= MAX_VALUES
    }

    // ---- errors

    /// An error with the position of the caller in front.
    pub fn error(&self, text: impl AsRef<[u8]>) -> Failure {
        Failure::Raise { level: 1, text: text.as_ref().into() }
    }

    /// "name:1: " for the caller at a level: 1 is who called this native.
    pub fn position(&self, level: u32) -> Vec<u8> {
        position_text(self.heap, self.prototypes, self.frames, i64::from(level))
    }

    /// "bad argument #1 to 'name' (text)".
    pub fn argument_error(&self, index: usize, text: impl AsRef<[u8]>) -> Failure {
        Failure::Argument { index, text: text.as_ref().into() }
    }

    /// "bad argument #1 to 'name' (table expected, got no value)".
    pub fn type_error(&self, index: usize, expected: &str) -> Failure {
        self.argument_error(index, format!("{expected} expected, got {}", self.type_name(index)))
    }

    /// The type of an argument, "no value" when absent.
    pub fn type_name(&self, index: usize) -> &'static str {
        self.arguments.get(index).map_or("no value", |value| value.type_name())
    }

    // ---- arguments of a type

    pub fn check_any(&self, index: usize) -> Result<Value, Failure> {
        self.arguments.get(index).copied().ok_or_else(|| self.argument_error(index, "value expected"))
    }

    #[inline]
    pub fn check_table(&self, index: usize) -> Result<TableId, Failure> {
        match self.argument(index) {
            Value::Table(table) => Ok(table),
            _ => Err(self.type_error(index, "table")),
        }
    }

    pub fn check_function(&self, index: usize) -> Result<FunctionId, Failure> {
        match self.argument(index) {
            Value::Function(function) => Ok(function),
            _ => Err(self.type_error(index, "function")),
        }
    }

    /// A string; a number is converted.
    pub fn check_string(&mut self, index: usize) -> Result<StringId, Failure> {
        match self.heap.to_string(self.argument(index))? {
            Some(string) => Ok(string),
            None => Err(self.type_error(index, "string")),
        }
    }

    pub fn optional_string(&mut self, index: usize) -> Result<Option<StringId>, Failure> {
        if self.argument(index).is_nil() { Ok(None) } else { self.check_string(index).map(Some) }
    }

    /// A number; a string that spells one is converted.
    #[inline]
    pub fn check_number(&self, index: usize) -> Result<f64, Failure> {
        match self.argument(index) {
            Value::Number(number) => Ok(number),
            other => self.heap.to_number(other).ok_or_else(|| self.type_error(index, "number")),
        }
    }

    pub fn optional_number(&self, index: usize, default: f64) -> Result<f64, Failure> {
        if self.argument(index).is_nil() { Ok(default) } else { self.check_number(index) }
    }

    /// A number cut to 64 bits as C does.
    pub fn check_integer(&self, index: usize) -> Result<i64, Failure> {
        self.check_number(index).map(number::to_i64)
    }

    pub fn optional_integer(&self, index: usize, default: i64) -> Result<i64, Failure> {
        if self.argument(index).is_nil() { Ok(default) } else { self.check_integer(index) }
    }

    /// A number cut to a C `int`, by way of 64 bits as `luaL_checkint` does.
    pub fn check_int(&self, index: usize) -> Result<i32, Failure> {
        self.check_integer(index).map(|integer| integer as i32)
    }

    pub fn optional_int(&self, index: usize, default: i32) -> Result<i32, Failure> {
        if self.argument(index).is_nil() { Ok(default) } else { self.check_int(index) }
    }
}

/// "attempt to compare two table values". Types count as the same when their third letters do, as in 5.1.
pub(crate) fn compare_error(left: Value, right: Value) -> Failure {
    let (left, right) = (left.type_name(), right.type_name());
    Failure::runtime(if left.as_bytes().get(2) == right.as_bytes().get(2) {
        format!("attempt to compare two {left} values")
    } else {
        format!("attempt to compare {left} with {right}")
    })
}

/// "name:1: " for the caller at a level, when it is a Lua function.
pub(crate) fn position_text(heap: &Heap, prototypes: &Prototypes, frames: &[Frame], at: i64) -> Vec<u8> {
    let Level::Frame(at) = level(frames, at) else { return Vec::new() };
    let Some(frame) = frames.get(at).filter(|frame| frame.kind == Kind::Lua) else { return Vec::new() };
    let Some(prototype) = prototypes.get(frame.prototype.0) else { return Vec::new() };
    let line = prototype.lines.get(frame.pc.saturating_sub(1) as usize).copied().unwrap_or(0);
    let mut text = prototype.source.map_or_else(Vec::new, |source| chunk_id(heap.bytes(source), NAME_BYTES));
    text.extend_from_slice(format!(":{line}: ").as_bytes());
    text
}
