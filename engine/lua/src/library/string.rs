//! `string`: everything but what matches patterns, which is in `matching`.

use super::{MAX_STACK, matching};
use crate::heap::Heap;
use crate::heap::native::{Call, Failure, Step};
use crate::heap::value::{StringId, TableId, Value};
use crate::text::{format, number};

/// The library, which is also where methods of strings are looked up.
pub(super) fn open(heap: &mut Heap) -> Result<TableId, Failure> {
    let table = heap.table(0, 15)?;
    heap.register(
        table,
        &[
            ("byte", byte),
            ("char", char),
            ("dump", dump),
            ("find", matching::find),
            ("format", format),
            ("gfind", matching::gmatch),
            ("gmatch", matching::gmatch),
            ("gsub", matching::gsub),
            ("len", len),
            ("lower", lower),
            ("match", matching::first_match),
            ("rep", rep),
            ("reverse", reverse),
            ("sub", sub),
            ("upper", upper),
        ],
    )?;
    // One function under two names, as in the original.
    let gmatch = heap.get_bytes(table, b"gmatch");
    heap.set_bytes(table, b"gfind", gmatch)?;
    let metatable = heap.table(0, 1)?;
    heap.set_bytes(metatable, b"__index", Value::Table(table))?;
    heap.set_string_metatable(Some(metatable));
    Ok(table)
}

/// A position as scripts give it: negative ones count from the end. Zero is before the first.
pub(super) fn from_end(position: i64, length: usize) -> i64 {
    let length = length as i64;
    let position = if position < 0 { position.saturating_add(length + 1) } else { position };
    position.max(0)
}

fn len(call: &mut Call<'_>) -> Result<Step, Failure> {
    let string = call.check_string(0)?;
    let length = call.heap.bytes(string).len();
    call.returns(Value::Number(length as f64))
}

fn sub(call: &mut Call<'_>) -> Result<Step, Failure> {
    let string = call.check_string(0)?;
    let length = call.heap.bytes(string).len();
    let start = from_end(call.check_integer(1)?, length).max(1) - 1;
    let end = from_end(call.optional_integer(2, -1)?, length).min(length as i64);
    let (start, end) = (start as usize, end.max(start.min(end)) as usize);
    call.budget.spend(end.saturating_sub(start) / 16);
    let part = if start < end { call.heap.substring(string, start, end)? } else { call.heap.string(b"")? };
    call.returns(Value::String(part))
}

/// A string with its bytes changed one by one.
fn map(call: &mut Call<'_>, change: fn(&mut [u8])) -> Result<Step, Failure> {
    let string = call.check_string(0)?;
    let length = call.heap.bytes(string).len();
    call.heap.check_string_length(length)?;
    let mut bytes = call.heap.bytes(string).to_vec();
    change(&mut bytes);
    call.budget.spend(length / 16);
    let string = call.heap.string_from(bytes)?;
    call.returns(Value::String(string))
}

fn lower(call: &mut Call<'_>) -> Result<Step, Failure> {
    map(call, <[u8]>::make_ascii_lowercase)
}

fn upper(call: &mut Call<'_>) -> Result<Step, Failure> {
    map(call, <[u8]>::make_ascii_uppercase)
}

fn reverse(call: &mut Call<'_>) -> Result<Step, Failure> {
    map(call, <[u8]>::reverse)
}

fn rep(call: &mut Call<'_>) -> Result<Step, Failure> {
    let string = call.check_string(0)?;
    let count = usize::try_from(call.check_int(1)?).unwrap_or(0);
    let bytes = call.heap.bytes(string);
    let length = bytes.len().saturating_mul(count);
    call.heap.check_string_length(length)?;
    let repeated = bytes.repeat(if bytes.is_empty() { 0 } else { count });
    call.budget.spend(length / 16);
    let string = call.heap.string_from(repeated)?;
    call.returns(Value::String(string))
}

fn byte(call: &mut Call<'_>) -> Result<Step, Failure> {
    let string = call.check_string(0)?;
    let length = call.heap.bytes(string).len();
    let first = from_end(call.optional_integer(1, 1)?, length);
    let last = from_end(call.optional_integer(2, first)?, length).min(length as i64);
    let first = first.max(1);
    if first > last {
        return Ok(Step::Return);
    }
    let (start, end) = (first as usize - 1, last as usize);
    // The original counts them in an int.
    if i32::try_from(end - start).is_err() {
        return Err(call.error("string slice too long"));
    }
    if call.count() + (end - start) > MAX_STACK {
        return Err(call.error("stack overflow (string slice too long)"));
    }
    for index in start..end {
        let byte = call.heap.bytes(string).get(index).copied().unwrap_or(0);
        call.push(Value::Number(f64::from(byte)));
    }
    call.budget.spend((end - start) / 8);
    Ok(Step::Return)
}

fn char(call: &mut Call<'_>) -> Result<Step, Failure> {
    let mut bytes = Vec::with_capacity(call.count());
    for index in 0..call.count() {
        let code = call.check_int(index)?;
        bytes.push(u8::try_from(code).map_err(|_| call.argument_error(index, "invalid value"))?);
    }
    call.push_bytes(&bytes)?;
    Ok(Step::Return)
}

/// There is no format of compiled code here, so that no function can be dumped; the original says the same of those
/// in C.
fn dump(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.check_function(0)?;
    Err(call.error("unable to dump given function"))
}

fn format(call: &mut Call<'_>) -> Result<Step, Failure> {
    let template = call.check_string(0)?;
    let length = call.heap.bytes(template).len();
    let mut out = Vec::with_capacity(length + 32);
    let mut position = 0;
    let mut argument = 0;
    loop {
        let rest = call.heap.bytes(template).get(position..).unwrap_or_default();
        let literal = rest.iter().position(|&byte| byte == b'%').unwrap_or(rest.len());
        out.extend_from_slice(rest.get(..literal).unwrap_or_default());
        if literal == rest.len() {
            break;
        }
        if rest.get(literal + 1) == Some(&b'%') {
            out.push(b'%');
            position += literal + 2;
            continue;
        }
        argument += 1;
        if argument >= call.count() {
            return Err(call.argument_error(argument, "no value"));
        }
        let item = rest.get(literal + 1..).unwrap_or_default();
        let (spec, used) = format::Spec::parse(item).map_err(|error| call.error(error.to_string()))?;
        let conversion = item.get(used).copied().unwrap_or(0);
        position += literal + 1 + used + 1;
        convert(call, spec, conversion, argument, &mut out)?;
        call.heap.check_string_length(out.len())?;
    }
    call.budget.spend(out.len() / 8);
    let string = call.heap.string_from(out)?;
    call.returns(Value::String(string))
}

/// One conversion of an argument.
fn convert(
    call: &mut Call<'_>,
    spec: format::Spec,
    conversion: u8,
    argument: usize,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    match conversion {
        b'c' => spec.character(number::to_i32(call.check_number(argument)?) as u8, out),
        b'd' | b'i' => spec.signed(number::to_i64(call.check_number(argument)?), out),
        b'o' | b'u' | b'x' | b'X' => spec.unsigned(number::to_u64(call.check_number(argument)?), conversion, out),
        b'e' | b'E' | b'f' | b'g' | b'G' => spec.float(call.check_number(argument)?, conversion, out),
        b'q' => {
            let string = check_room(call, argument, out)?;
            format::quoted(call.heap.bytes(string), out);
        }
        b's' => {
            let string = check_room(call, argument, out)?;
            let bytes = call.heap.bytes(string);
            // Beyond what the original's buffer holds a string is taken as it is, NULs and all.
            if spec.precision.is_none() && bytes.len() >= 100 {
                out.extend_from_slice(bytes);
            } else {
                spec.string(bytes, out);
            }
        }
        _ => {
            let name: &[u8] = if conversion == 0 { b"" } else { &[conversion] };
            return Err(call.error([b"invalid option '%", name, b"' to 'format'"].concat()));
        }
    }
    Ok(())
}

/// A string argument, when twice its length may still be added.
fn check_room(call: &mut Call<'_>, argument: usize, out: &[u8]) -> Result<StringId, Failure> {
    let string = call.check_string(argument)?;
    let length = call.heap.bytes(string).len().saturating_mul(2);
    call.heap.check_string_length(length.saturating_add(out.len()))?;
    Ok(string)
}
