//! The library `coroutine`.

use crate::heap::native::{Call, Failure, Native, Step};
use crate::heap::thread::Status;
use crate::heap::value::{TableId, ThreadId, Value};
use crate::heap::{Function, Heap};

const FUNCTIONS: &[(&str, Native)] = &[
    ("create", create),
    ("resume", resume),
    ("running", running),
    ("status", status),
    ("wrap", wrap),
    ("yield", yield_values),
];

/// The library's table.
pub(super) fn open(heap: &mut Heap) -> Result<TableId, Failure> {
    let table = heap.table(0, FUNCTIONS.len())?;
    heap.register(table, FUNCTIONS)?;
    Ok(table)
}

/// A coroutine of the first argument, which must be a Lua function.
fn new_thread(call: &mut Call<'_>) -> Result<ThreadId, Failure> {
    let is_lua = match call.argument(0) {
        Value::Function(function) => matches!(call.heap.functions.get(function.0), Some(Function::Lua { .. })),
        _ => false,
    };
    if !is_lua {
        return Err(call.argument_error(0, "Lua function expected"));
    }
    call.heap.add_thread(call.argument(0))
}

fn create(call: &mut Call<'_>) -> Result<Step, Failure> {
    let thread = new_thread(call)?;
    call.returns(Value::Thread(thread))
}

fn wrap(call: &mut Call<'_>) -> Result<Step, Failure> {
    let thread = new_thread(call)?;
    let function = call.heap.native(resume_wrapped, &[Value::Thread(thread)])?;
    call.returns(function)
}

fn check_thread(call: &Call<'_>) -> Result<ThreadId, Failure> {
    match call.argument(0) {
        Value::Thread(thread) => Ok(thread),
        _ => Err(call.argument_error(0, "coroutine expected")),
    }
}

fn resume(call: &mut Call<'_>) -> Result<Step, Failure> {
    let thread = check_thread(call)?;
    call.pushed.extend_from_slice(call.arguments.get(1..).unwrap_or_default());
    Ok(Step::Resume { thread, wrapped: false })
}

fn resume_wrapped(call: &mut Call<'_>) -> Result<Step, Failure> {
    let Value::Thread(thread) = call.upvalue(0) else { return Ok(Step::Return) };
    call.pushed.extend_from_slice(call.arguments);
    Ok(Step::Resume { thread, wrapped: true })
}

fn yield_values(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.pushed.extend_from_slice(call.arguments);
    Ok(Step::Yield)
}

fn running(call: &mut Call<'_>) -> Result<Step, Failure> {
    let value = if call.thread == call.heap.main_thread { Value::Nil } else { Value::Thread(call.thread) };
    call.returns(value)
}

fn status(call: &mut Call<'_>) -> Result<Step, Failure> {
    let thread = check_thread(call)?;
    let status = if thread == call.thread {
        Status::Running
    } else {
        call.heap.threads.get(thread.0).map_or(Status::Dead, |thread| thread.status)
    };
    let name: &[u8] = match status {
        Status::Suspended => b"suspended",
        Status::Running => b"running",
        Status::Normal => b"normal",
        Status::Dead => b"dead",
    };
    call.push_bytes(name)?;
    Ok(Step::Return)
}
