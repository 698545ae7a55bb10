//! Lua's side of replies: error tables, and replies of commands as Lua values.

use lua::{Failure, Heap, Value};

/// What an error table says beside its text, so that nobody counts the error twice.
pub const ALREADY_COUNTED: &[u8] = b"ignore_error_stats_update";

/// An error as scripts see it. A text that begins with `-` has its code in front; any other gets `ERR`. Line breaks at
/// its end go. `counted`: the error statistics know of it.
///
/// # Errors
/// When there is no memory for it.
pub fn error_table(heap: &mut Heap, text: &[u8], counted: bool) -> Result<Value, Failure> {
    let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last.saturating_add(1));
    let text = text.get(..end).unwrap_or_default();
    let text = match text.strip_prefix(b"-") {
        Some(coded) if coded.contains(&b' ') => coded.to_vec(),
        Some(text) => [b"ERR ", text].concat(),
        None => [b"ERR ", text].concat(),
    };
    let table = heap.table(0, 2)?;
    let text = heap.string(&text)?;
    heap.set_bytes(table, b"err", Value::String(text))?;
    if counted {
        heap.set_bytes(table, ALREADY_COUNTED, Value::Boolean(true))?;
    }
    Ok(Value::Table(table))
}

/// How deep replies of commands are nested at most.
const MAX_DEPTH: usize = 64;

/// A command's reply as scripts see it.
///
/// # Errors
/// When there is no memory for it.
pub fn from_reply(heap: &mut Heap, reply: &[u8]) -> Result<Value, Failure> {
    let mut rest = reply;
    read(heap, &mut rest, 0)
}

fn read(heap: &mut Heap, rest: &mut &[u8], depth: usize) -> Result<Value, Failure> {
    let Some((&kind, after)) = rest.split_first() else { return Ok(Value::Nil) };
    if depth > MAX_DEPTH {
        return Ok(Value::Nil);
    }
    *rest = after;
    let line = take_line(rest);
    match kind {
        b':' => Ok(Value::Number(number(line).unwrap_or(0) as f64)),
        b'+' => {
            let table = heap.table(0, 1)?;
            let text = heap.string(line)?;
            heap.set_bytes(table, b"ok", Value::String(text))?;
            Ok(Value::Table(table))
        }
        b'-' => error_table(heap, &[b"-", line].concat(), true),
        b'$' => match length(line) {
            Some(length) => Ok(Value::String(heap.string(take_bulk(rest, length))?)),
            None => Ok(Value::Boolean(false)),
        },
        b'*' | b'>' => match length(line) {
            Some(count) => {
                let table = heap.table(count.min(rest.len()), 0)?;
                for index in 1..=count {
                    let value = read(heap, rest, depth + 1)?;
                    heap.set_integer(table, index, value)?;
                }
                Ok(Value::Table(table))
            }
            None => Ok(Value::Boolean(false)),
        },
        b'~' => {
            let count = length(line).unwrap_or(0);
            let members = heap.table(0, count.min(rest.len()))?;
            for _ in 0..count {
                let member = read(heap, rest, depth + 1)?;
                add(heap, members, member, Value::Boolean(true))?;
            }
            wrapped(heap, b"set", Value::Table(members))
        }
        b'%' => {
            let count = length(line).unwrap_or(0);
            let map = heap.table(0, count.min(rest.len()))?;
            for _ in 0..count {
                let key = read(heap, rest, depth + 1)?;
                let value = read(heap, rest, depth + 1)?;
                add(heap, map, key, value)?;
            }
            wrapped(heap, b"map", Value::Table(map))
        }
        b'|' => {
            for _ in 0..length(line).unwrap_or(0).saturating_mul(2) {
                read(heap, rest, depth + 1)?;
            }
            read(heap, rest, depth + 1)
        }
        b'#' => Ok(Value::Boolean(line == b"t")),
        b',' => {
            let text = core::str::from_utf8(line).unwrap_or_default();
            wrapped(heap, b"double", Value::Number(text.parse().unwrap_or(f64::NAN)))
        }
        b'(' => {
            let digits = heap.string(line)?;
            wrapped(heap, b"big_number", Value::String(digits))
        }
        b'=' => {
            let text = take_bulk(rest, length(line).unwrap_or(0));
            let (format, text) = (text.get(..3).unwrap_or_default(), text.get(4..).unwrap_or_default());
            let table = heap.table(0, 2)?;
            let (format, text) = (heap.string(format)?, heap.string(text)?);
            heap.set_bytes(table, b"format", Value::String(format))?;
            heap.set_bytes(table, b"string", Value::String(text))?;
            wrapped(heap, b"verbatim_string", Value::Table(table))
        }
        // `_`
        _ => Ok(Value::Nil),
    }
}

/// Adds to a table of a set or map; what cannot be a key is left out.
fn add(heap: &mut Heap, table: lua::TableId, key: Value, value: Value) -> Result<(), Failure> {
    let is_key = match key {
        Value::Nil => false,
        Value::Number(number) => !number.is_nan(),
        _ => true,
    };
    if is_key { heap.set(table, key, value) } else { Ok(()) }
}

fn wrapped(heap: &mut Heap, name: &[u8], value: Value) -> Result<Value, Failure> {
    let table = heap.table(0, 1)?;
    heap.set_bytes(table, name, value)?;
    Ok(Value::Table(table))
}

fn take_line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest.iter().position(|&byte| byte == b'\r').unwrap_or(rest.len());
    let line = rest.get(..end).unwrap_or_default();
    *rest = rest.get(end.saturating_add(2)..).unwrap_or_default();
    line
}

fn take_bulk<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let text = rest.get(..length).unwrap_or_default();
    *rest = rest.get(length.saturating_add(2)..).unwrap_or_default();
    text
}

fn number(line: &[u8]) -> Option<i64> {
    core::str::from_utf8(line).ok()?.parse().ok()
}

fn length(line: &[u8]) -> Option<usize> {
    number(line).and_then(|length| usize::try_from(length).ok())
}
