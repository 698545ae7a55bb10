//! What a script returns, as a reply: without recursion, for a table may hold tables as deep as memory lasts.

use lua::{Fault, FaultKind, Heap, Lua, TableId, Value};

use crate::resp::Reply;
use crate::server::Stats;
use crate::server::scripting::values::ALREADY_COUNTED;

/// How much of Lua's stack in C Redis lets a reply take: a table in a list takes one place, one in a map or set three.
const MAX_DEPTH: usize = 7995;

/// What was written.
#[derive(Default)]
pub(super) struct Written {
    /// How often the command counts as failed: once for each error that was counted before, and once for all others.
    pub failures: u64,
}

/// A table whose elements are being written.
enum Open {
    List {
        table: TableId,
        next: usize,
        last: usize,
    },
    /// A map (`value` is what comes after the key that was just written) or, without values, a set.
    Map {
        table: TableId,
        position: usize,
        value: Option<Value>,
        with_values: bool,
    },
}

/// The errors of a reply.
#[derive(Default)]
struct Errors {
    counted: bool,
    counted_before: u64,
}

/// Writes a value that a script returned; `resp3` is the protocol that the script chose for itself.
pub(super) fn write(heap: &Heap, value: Value, resp3: bool, reply: &mut Reply, stats: &mut Stats) -> Written {
    let mut errors = Errors::default();
    let mut open: Vec<(Open, usize)> = Vec::new();
    let mut next = Some((value, 0));
    loop {
        if let Some((value, depth)) = next.take() {
            let table = one(heap, value, depth, resp3, reply, stats, &mut errors);
            open.extend(table);
        }
        let Some((table, depth)) = open.last_mut() else { break };
        let depth = *depth;
        next = match table {
            Open::List { table, next, last } if *next <= *last => {
                let value = heap.get_integer(*table, *next);
                *next += 1;
                Some((value, depth + 1))
            }
            Open::List { .. } => None,
            Open::Map { table, position, value, with_values } => match value.take() {
                Some(value) => Some((value, depth + 3)),
                None => heap.entry_from(*table, *position).map(|(after, key, entry)| {
                    *position = after;
                    *value = with_values.then_some(entry);
                    (key, depth + 3)
                }),
            },
        };
        if next.is_none() {
            open.pop();
        }
        if reply.has_overflowed() {
            break;
        }
    }
    Written { failures: errors.counted_before + u64::from(errors.counted) }
}

/// Writes one value, or the head of a table whose elements are to follow.
fn one(
    heap: &Heap,
    value: Value,
    depth: usize,
    resp3: bool,
    reply: &mut Reply,
    stats: &mut Stats,
    errors: &mut Errors,
) -> Option<(Open, usize)> {
    if depth >= MAX_DEPTH {
        let text = b"ERR reached lua stack limit";
        stats.count_error(text);
        errors.counted = true;
        reply.error(text);
        return None;
    }
    match value {
        Value::String(text) => reply.bulk(heap.bytes(text)),
        Value::Boolean(value) if resp3 => reply.boolean(value),
        Value::Boolean(true) => reply.integer(1),
        Value::Number(number) => reply.integer(truncated(number)),
        Value::Table(table) => return write_table(heap, table, depth, reply, stats, errors),
        _ => reply.null(),
    }
    None
}

fn write_table(
    heap: &Heap,
    table: TableId,
    depth: usize,
    reply: &mut Reply,
    stats: &mut Stats,
    errors: &mut Errors,
) -> Option<(Open, usize)> {
    if let Some(text) = heap.string_bytes(heap.get_bytes(table, b"err")) {
        if heap.get_bytes(table, ALREADY_COUNTED) == Value::Boolean(true) {
            errors.counted_before += 1;
        } else {
            stats.count_error(text);
            errors.counted = true;
        }
        reply.error(text);
        return None;
    }
    if let Some(text) = heap.string_bytes(heap.get_bytes(table, b"ok")) {
        reply.simple_bytes(text);
        return None;
    }
    if let Value::Number(number) = heap.get_bytes(table, b"double") {
        reply.double(number);
        return None;
    }
    for (name, with_values) in [(b"map", true), (b"set", false)] {
        if let Value::Table(table) = heap.get_bytes(table, name) {
            let count = count(heap, table);
            if with_values {
                reply.map(count);
            } else {
                reply.set(count);
            }
            return Some((Open::Map { table, position: 0, value: None, with_values }, depth));
        }
    }
    if let Some(digits) = heap.string_bytes(heap.get_bytes(table, b"big_number")) {
        reply.big_number(&one_line(digits));
        return None;
    }
    if let Value::Table(verbatim) = heap.get_bytes(table, b"verbatim_string")
        && let Some(format) = heap.string_bytes(heap.get_bytes(verbatim, b"format"))
        && let Some(text) = heap.string_bytes(heap.get_bytes(verbatim, b"string"))
    {
        let mut three = [b' '; 3];
        three.iter_mut().zip(format).for_each(|(to, from)| *to = *from);
        reply.verbatim(&three, text);
        return None;
    }
    let mut last = 0;
    while !heap.get_integer(table, last + 1).is_nil() {
        last += 1;
    }
    reply.array(last);
    Some((Open::List { table, next: 1, last }, depth))
}

fn count(heap: &Heap, table: TableId) -> usize {
    let (mut count, mut position) = (0, 0);
    while let Some((next, _, _)) = heap.entry_from(table, position) {
        position = next;
        count += 1;
    }
    count
}

fn one_line(text: &[u8]) -> Vec<u8> {
    text.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect()
}

/// A number without its fraction, as C's conversion on x86-64 has it: what does not fit is the smallest integer.
fn truncated(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// Writes why a script ended; `name` is its digest, or the function's name.
pub(super) fn write_fault(lua: &mut Lua, fault: &Fault, name: &[u8], reply: &mut Reply, stats: &mut Stats) -> Written {
    let (mut text, counted) = match fault.kind {
        FaultKind::Memory => ([b"ERR Error running script ", name, b", not enough memory"].concat(), false),
        FaultKind::Killed => (b"ERR Script killed by user with SCRIPT KILL...".to_vec(), false),
        FaultKind::Error => error_text(lua, fault.value),
    };
    if let Some(position) = fault.position.as_ref().filter(|_| fault.kind != FaultKind::Memory) {
        let line = position.line.to_string();
        text.extend([b" script: ", name, b", on ", &position.source, b":", line.as_bytes(), b"."].concat());
    }
    if !counted {
        stats.count_error(&text);
    }
    reply.error(&text);
    Written { failures: 1 }
}

/// The text of an error that no pcall caught, with its code, and whether it is counted already.
pub(super) fn error_text(lua: &mut Lua, error: Value) -> (Vec<u8>, bool) {
    if let Value::Table(table) = error {
        let text = lua.heap().get_bytes(table, b"err");
        let text = lua.heap_mut().to_string(text).ok().flatten();
        let counted = lua.heap().get_bytes(table, ALREADY_COUNTED) == Value::Boolean(true);
        // Redis 7.0 crashes where there is no text.
        return (text.map_or(b"ERR unknown error".to_vec(), |text| lua.heap().bytes(text).to_vec()), counted);
    }
    let text = match error {
        Value::Boolean(true) => b"true".to_vec(),
        Value::Boolean(false) => b"false".to_vec(),
        Value::Nil => b"nil".to_vec(),
        other => match lua.heap_mut().to_string(other) {
            Ok(Some(text)) => lua.heap().bytes(text).to_vec(),
            _ => format!("{}: 0x0", other.type_name()).into_bytes(),
        },
    };
    ([b"ERR ", text.as_slice()].concat(), false)
}
