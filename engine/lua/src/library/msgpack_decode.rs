//! `cmsgpack.unpack`, `unpack_one` and `unpack_limit`: values from MessagePack.
//!
//! Open arrays and maps are on a stack of our own.

use super::MAX_STACK;
use crate::heap::native::{Call, Continuation, Failure, Step};
use crate::heap::value::{StringId, TableId, Value};

/// An array or map that is being read, and how many of its elements or entries are missing.
enum Open {
    Array { table: TableId, index: usize, left: usize },
    Map { table: TableId, key: Option<Value>, left: usize },
}

struct Unpacker {
    source: StringId,
    position: usize,
    open: Vec<Open>,
    /// How many values the original would have on its stack.
    height: usize,
    results: Vec<Value>,
    limit: usize,
    /// The position to go on from is the first result.
    with_offset: bool,
}

/// What one item of the input is.
enum Item {
    Value(Value),
    Bytes { start: usize, end: usize },
    Array(usize),
    Map(usize),
}

pub(super) fn unpack(call: &mut Call<'_>) -> Result<Step, Failure> {
    begin(call, 0, 0)
}

pub(super) fn unpack_one(call: &mut Call<'_>) -> Result<Step, Failure> {
    let offset = call.optional_integer(1, 0)?;
    begin(call, 1, offset)
}

pub(super) fn unpack_limit(call: &mut Call<'_>) -> Result<Step, Failure> {
    let limit = call.check_integer(1)?;
    let offset = call.optional_integer(2, 0)?;
    begin(call, limit, offset)
}

fn begin(call: &mut Call<'_>, limit: i64, offset: i64) -> Result<Step, Failure> {
    let all = limit == 0 && offset == 0;
    let height = if all { call.count() } else { 1 };
    let source = call.check_string(0)?;
    let length = call.heap.bytes(source).len();
    let position = match usize::try_from(offset) {
        // It says limit and prints the length.
        _ if offset < 0 || limit < 0 => {
            let (offset, length) = (offset as i32, length as i32);
            let text = format!("Invalid request to unpack with offset of {offset} and limit of {length}.");
            return Err(call.error(text));
        }
        Ok(position) if position <= length => position,
        _ => {
            let (offset, length) = (offset as i32, length as i32);
            return Err(call.error(format!("Start offset {offset} greater than input length {length}.")));
        }
    };
    let limit = if all { i32::MAX as usize } else { usize::try_from(limit).unwrap_or(usize::MAX) };
    let state = Unpacker { source, position, open: Vec::new(), height, results: Vec::new(), limit, with_offset: !all };
    Box::new(state).resume(call, &[])
}

impl Continuation for Unpacker {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, _: &[Value]) -> Result<Step, Failure> {
        let length = call.heap.bytes(self.source).len();
        while !self.open.is_empty() || (self.position < length && self.results.len() < self.limit) {
            if !call.budget.spend(1) {
                return Ok(Step::Again(self));
            }
            if self.is_complete() {
                self.close(call)?;
                continue;
            }
            // Here the original looks for room on its stack.
            if self.position < length && self.height + 1 > MAX_STACK {
                let text = "too many return values at once; use unpack_one or unpack_limit instead.";
                return Err(call.error(format!("stack overflow ({text})")));
            }
            self.step(call)?;
        }
        if self.with_offset {
            let offset = if self.position >= length { -1.0 } else { self.position as f64 };
            call.push(Value::Number(offset));
        }
        for &value in &self.results {
            call.push(value);
        }
        Ok(Step::Return)
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(Value::String(self.source));
        self.results.iter().for_each(|&result| visit(result));
        for open in &self.open {
            match open {
                Open::Array { table, .. } => visit(Value::Table(*table)),
                Open::Map { table, key, .. } => {
                    visit(Value::Table(*table));
                    key.iter().for_each(|&key| visit(key));
                }
            }
        }
    }
}

impl Unpacker {
    /// Whether nothing is missing in the innermost array or map.
    fn is_complete(&self) -> bool {
        matches!(self.open.last(), Some(Open::Array { left: 0, .. } | Open::Map { key: None, left: 0, .. }))
    }

    fn step(&mut self, call: &mut Call<'_>) -> Result<(), Failure> {
        let (item, end) = read(call.heap.bytes(self.source), self.position).map_err(|error| call.error(error))?;
        call.budget.spend((end - self.position) / 16);
        self.position = end;
        match item {
            Item::Value(value) => self.finish(call, value),
            Item::Bytes { start, end } => {
                let string = call.heap.substring(self.source, start, end)?;
                self.finish(call, Value::String(string))
            }
            Item::Array(left) => {
                let table = call.heap.table(0, 0)?;
                self.height += 1;
                if self.height + 1 > MAX_STACK {
                    return Err(call.error("stack overflow (in function mp_decode_to_lua_array)"));
                }
                // While an element is read its index is on the stack too.
                self.height += 1;
                self.open.push(Open::Array { table, index: 0, left });
                Ok(())
            }
            Item::Map(left) => {
                let table = call.heap.table(0, 0)?;
                self.height += 1;
                self.open.push(Open::Map { table, key: None, left });
                Ok(())
            }
        }
    }

    /// Puts a value where it belongs.
    fn finish(&mut self, call: &mut Call<'_>, value: Value) -> Result<(), Failure> {
        match self.open.last_mut() {
            None => {
                self.results.push(value);
                self.height += 1;
            }
            Some(Open::Array { table, index, left }) => {
                *index += 1;
                *left -= 1;
                call.heap.set_integer(*table, *index, value)?;
            }
            Some(Open::Map { table, key, left }) => match key.take() {
                None => {
                    *key = Some(value);
                    self.height += 1;
                }
                Some(key) => {
                    *left -= 1;
                    self.height -= 1;
                    call.heap.set(*table, key, value)?;
                }
            },
        }
        Ok(())
    }

    fn close(&mut self, call: &mut Call<'_>) -> Result<(), Failure> {
        match self.open.pop() {
            Some(Open::Array { table, .. }) => {
                self.height -= 2;
                self.finish(call, Value::Table(table))
            }
            Some(Open::Map { table, .. }) => {
                self.height -= 1;
                self.finish(call, Value::Table(table))
            }
            None => Ok(()),
        }
    }
}

/// So many bytes behind the code, as a number.
fn unsigned(input: &[u8], position: usize, width: usize) -> Result<u64, &'static str> {
    let bytes = input.get(position + 1..position + 1 + width).ok_or("Missing bytes in input.")?;
    Ok(bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

/// The item at a position, and where the next one begins.
fn read(input: &[u8], position: usize) -> Result<(Item, usize), &'static str> {
    let &code = input.get(position).ok_or("Missing bytes in input.")?;
    let number = |value: f64, width: usize| Ok((Item::Value(Value::Number(value)), position + 1 + width));
    let raw = |width: usize| unsigned(input, position, width);
    let sized = |width: usize| unsigned(input, position, width).map(|size| (size as usize, position + 1 + width));
    let bytes = |(size, start): (usize, usize)| {
        let end = start + size;
        if end > input.len() { Err("Missing bytes in input.") } else { Ok((Item::Bytes { start, end }, end)) }
    };
    match code {
        0x00..=0x7f => number(f64::from(code), 0),
        0x80..=0x8f => Ok((Item::Map(usize::from(code & 15)), position + 1)),
        0x90..=0x9f => Ok((Item::Array(usize::from(code & 15)), position + 1)),
        0xa0..=0xbf => bytes((usize::from(code & 31), position + 1)),
        0xc0 => Ok((Item::Value(Value::Nil), position + 1)),
        0xc2 | 0xc3 => Ok((Item::Value(Value::Boolean(code == 0xc3)), position + 1)),
        0xca => number(f64::from(f32::from_bits(raw(4)? as u32)), 4),
        0xcb => number(f64::from_bits(raw(8)?), 8),
        0xcc => number(raw(1)? as f64, 1),
        0xcd => number(raw(2)? as f64, 2),
        0xce => number(raw(4)? as f64, 4),
        // Pushed as a signed integer.
        0xcf | 0xd3 => number(raw(8)? as i64 as f64, 8),
        0xd0 => number(f64::from(raw(1)? as i8), 1),
        0xd1 => number(f64::from(raw(2)? as i16), 2),
        0xd2 => number(f64::from(raw(4)? as i32), 4),
        0xd9 => bytes(sized(1)?),
        0xda => bytes(sized(2)?),
        0xdb => bytes(sized(4)?),
        0xdc => sized(2).map(|(size, next)| (Item::Array(size), next)),
        0xdd => sized(4).map(|(size, next)| (Item::Array(size), next)),
        0xde => sized(2).map(|(size, next)| (Item::Map(size), next)),
        0xdf => sized(4).map(|(size, next)| (Item::Map(size), next)),
        0xe0..=0xff => number(f64::from(code as i8), 0),
        _ => Err("Bad data format in input."),
    }
}
