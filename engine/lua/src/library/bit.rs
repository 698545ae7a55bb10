//! `bit`: operations on 32 bits, as LuaBitOp 1.0.2 has them.

use crate::heap::Heap;
use crate::heap::native::{Call, Failure, Step};
use crate::heap::value::{TableId, Value};

pub(super) fn open(heap: &mut Heap) -> Result<TableId, Failure> {
    let table = heap.table(0, 12)?;
    heap.register(
        table,
        &[
            ("tobit", |call| with_one(call, |bits| bits)),
            ("bnot", |call| with_one(call, |bits| !bits)),
            ("band", |call| with_all(call, |left, right| left & right)),
            ("bor", |call| with_all(call, |left, right| left | right)),
            ("bxor", |call| with_all(call, |left, right| left ^ right)),
            ("lshift", |call| shifted(call, |bits, by| bits << by)),
            ("rshift", |call| shifted(call, |bits, by| bits >> by)),
            ("arshift", |call| shifted(call, |bits, by| (bits as i32 >> by) as u32)),
            ("rol", |call| shifted(call, u32::rotate_left)),
            ("ror", |call| shifted(call, u32::rotate_right)),
            ("bswap", |call| with_one(call, u32::swap_bytes)),
            ("tohex", to_hex),
        ],
    )?;
    Ok(table)
}

/// The low 32 bits of a number, rounded to the nearest integer: adding 2^52 + 2^51 leaves them at the end of the
/// double's own bits, whatever the number was.
fn bits(call: &Call<'_>, index: usize) -> Result<u32, Failure> {
    const MAGIC: f64 = 6_755_399_441_055_744.0;
    let number = call.check_number(index)?;
    // What a NaN's bits are is not the same everywhere; on x86-64 the low ones are zero.
    Ok(if number.is_nan() { 0 } else { (number + MAGIC).to_bits() as u32 })
}

fn returns(call: &mut Call<'_>, bits: u32) -> Result<Step, Failure> {
    call.returns(Value::Number(f64::from(bits as i32)))
}

fn with_one(call: &mut Call<'_>, operation: fn(u32) -> u32) -> Result<Step, Failure> {
    let result = operation(bits(call, 0)?);
    returns(call, result)
}

fn with_all(call: &mut Call<'_>, operation: fn(u32, u32) -> u32) -> Result<Step, Failure> {
    let mut result = bits(call, 0)?;
    // From the last one, as the original does: that decides which wrong argument is named.
    for index in (1..call.count()).rev() {
        result = operation(result, bits(call, index)?);
    }
    call.budget.spend(call.count() / 8);
    returns(call, result)
}

/// The second argument says by how many bits, modulo 32.
fn shifted(call: &mut Call<'_>, operation: fn(u32, u32) -> u32) -> Result<Step, Failure> {
    let value = bits(call, 0)?;
    let result = operation(value, bits(call, 1)? & 31);
    returns(call, result)
}

/// `tohex(value, digits)`: the last eight or fewer hexadecimal digits, in capitals for a negative count.
fn to_hex(call: &mut Call<'_>) -> Result<Step, Failure> {
    let value = bits(call, 0)?;
    let digits = if call.count() < 2 { 8 } else { bits(call, 1)? as i32 };
    let count = digits.unsigned_abs().min(8) as usize;
    let text = if digits < 0 { format!("{value:08X}") } else { format!("{value:08x}") };
    let text = text.as_bytes().get(8 - count..).unwrap_or_default();
    call.push_bytes(text)?;
    Ok(Step::Return)
}
