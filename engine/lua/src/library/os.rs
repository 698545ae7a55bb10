//! Of the library `os` only the clock, which the host sets.

use crate::heap::Heap;
use crate::heap::native::{Call, Failure, Native, Step};
use crate::heap::value::{TableId, Value};

const FUNCTIONS: &[(&str, Native)] = &[("clock", clock)];

/// The library's table.
pub(super) fn open(heap: &mut Heap) -> Result<TableId, Failure> {
    let table = heap.table(0, FUNCTIONS.len())?;
    heap.register(table, FUNCTIONS)?;
    Ok(table)
}

fn clock(call: &mut Call<'_>) -> Result<Step, Failure> {
    let seconds = call.heap.clock_seconds;
    call.returns(Value::Number(seconds))
}
