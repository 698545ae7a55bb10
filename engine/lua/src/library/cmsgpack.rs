//! `cmsgpack`: lua-cmsgpack 0.4.0, the table and `pack`; reading is in `msgpack_decode`.

use super::msgpack_decode;
use crate::heap::Heap;
use crate::heap::native::{Call, Continuation, Failure, Step};
use crate::heap::value::{TableId, Value};
use crate::text::number;

/// Tables that are nested deeper are written as nil.
const MAX_NESTING: usize = 16;

pub(super) fn open(heap: &mut Heap) -> Result<TableId, Failure> {
    let table = heap.table(0, 0)?;
    heap.register(
        table,
        &[
            ("pack", pack),
            ("unpack", msgpack_decode::unpack),
            ("unpack_one", msgpack_decode::unpack_one),
            ("unpack_limit", msgpack_decode::unpack_limit),
        ],
    )?;
    for (name, text) in [
        ("_NAME", "cmsgpack"),
        ("_VERSION", "lua-cmsgpack 0.4.0"),
        ("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo"),
        ("_DESCRIPTION", "MessagePack C implementation for Lua"),
    ] {
        let text = Value::String(heap.string(text.as_bytes())?);
        heap.set_bytes(table, name.as_bytes(), text)?;
    }
    Ok(table)
}

/// A table that is being written.
enum Level {
    /// The elements from the next up to the last index.
    Array { table: TableId, next: usize, last: usize },
    /// The entries from this position on.
    Map { table: TableId, position: usize, value: Option<Value> },
}

struct Packer {
    /// The arguments that are still to be written, the next one last.
    arguments: Vec<Value>,
    levels: Vec<Level>,
    out: Vec<u8>,
}

fn pack(call: &mut Call<'_>) -> Result<Step, Failure> {
    if call.count() == 0 {
        // The original counts this argument as number 0.
        return Err(call.error("bad argument #0 to 'pack' (MessagePack pack needs input.)"));
    }
    let arguments = call.arguments().iter().rev().copied().collect();
    Box::new(Packer { arguments, levels: Vec::new(), out: Vec::new() }).resume(call, &[])
}

impl Continuation for Packer {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, _: &[Value]) -> Result<Step, Failure> {
        loop {
            if !call.budget.spend(1) {
                return Ok(Step::Again(self));
            }
            let value = match self.levels.last_mut() {
                None => match self.arguments.pop() {
                    Some(argument) => argument,
                    None => break,
                },
                Some(Level::Array { table, next, last }) => {
                    if *next > *last {
                        self.levels.pop();
                        continue;
                    }
                    *next += 1;
                    call.heap.get_integer(*table, *next - 1)
                }
                Some(Level::Map { table, position, value }) => match value.take() {
                    Some(value) => value,
                    None => match call.heap.entry_from(*table, *position) {
                        Some((after, key, of_key)) => {
                            *position = after;
                            *value = Some(of_key);
                            key
                        }
                        None => {
                            self.levels.pop();
                            continue;
                        }
                    },
                },
            };
            self.value(call, value)?;
        }
        let packed = call.heap.string_from(self.out)?;
        call.returns(Value::String(packed))
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        self.arguments.iter().for_each(|&argument| visit(argument));
        for level in &self.levels {
            match level {
                Level::Array { table, .. } => visit(Value::Table(*table)),
                Level::Map { table, value, .. } => {
                    visit(Value::Table(*table));
                    value.iter().for_each(|&value| visit(value));
                }
            }
        }
    }
}

impl Packer {
    fn value(&mut self, call: &mut Call<'_>, value: Value) -> Result<(), Failure> {
        let out = &mut self.out;
        match value {
            Value::String(string) => {
                let bytes = call.heap.bytes(string);
                call.heap.check_string_length(out.len().saturating_add(bytes.len()))?;
                write_bytes(bytes, out);
                call.budget.spend(bytes.len() / 16);
            }
            Value::Boolean(boolean) => out.push(if boolean { 0xc3 } else { 0xc2 }),
            Value::Number(number) => write_number(number, out),
            Value::Table(table) if self.levels.len() < MAX_NESTING => self.table(call, table)?,
            _ => out.push(0xc0),
        }
        call.heap.check_string_length(self.out.len())
    }

    /// An array when its keys are the integers from 1 up to their number, otherwise a map.
    fn table(&mut self, call: &mut Call<'_>, table: TableId) -> Result<(), Failure> {
        let mut is_array = true;
        let mut count = 0usize;
        let mut last = 0i32;
        let mut position = 0;
        while let Some((after, key, _)) = call.heap.entry_from(table, position) {
            position = after;
            count += 1;
            match key {
                Value::Number(key) if key > 0.0 && f64::from(number::to_i32(key)) == key => {
                    last = last.max(number::to_i32(key));
                }
                _ => is_array = false,
            }
        }
        call.budget.spend(position / 8);
        if is_array && usize::try_from(last) == Ok(count) {
            write_size(count, [0x90, 0xdc, 0xdd], &mut self.out);
            self.levels.push(Level::Array { table, next: 1, last: count });
        } else {
            write_size(count, [0x80, 0xde, 0xdf], &mut self.out);
            self.levels.push(Level::Map { table, position: 0, value: None });
        }
        Ok(())
    }
}

/// The head of an array or map: in one byte, with 16 bits or with 32.
fn write_size(size: usize, [fixed, short, long]: [u8; 3], out: &mut Vec<u8>) {
    if size <= 15 {
        out.push(fixed | size as u8);
    } else if let Ok(size) = u16::try_from(size) {
        out.push(short);
        out.extend_from_slice(&size.to_be_bytes());
    } else {
        out.push(long);
        out.extend_from_slice(&(size as u32).to_be_bytes());
    }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    match bytes.len() {
        size @ 0..32 => out.push(0xa0 | size as u8),
        size @ 32..256 => out.extend_from_slice(&[0xd9, size as u8]),
        size => write_size(size, [0, 0xda, 0xdb], out),
    }
    out.extend_from_slice(bytes);
}

/// The shortest way to write a number: as an integer where it is one of 64 bits, else as a float where that loses
/// nothing.
fn write_number(value: f64, out: &mut Vec<u8>) {
    let integer = number::to_i64(value);
    if integer as f64 != value {
        let short = value as f32;
        if f64::from(short) == value {
            out.push(0xca);
            out.extend_from_slice(&short.to_be_bytes());
        } else {
            out.push(0xcb);
            out.extend_from_slice(&value.to_be_bytes());
        }
        return;
    }
    let bytes = integer.to_be_bytes();
    let (code, width) = match integer {
        -32..=127 => return out.push(integer as u8),
        128..=0xff => (0xcc, 1),
        0x100..=0xffff => (0xcd, 2),
        0x1_0000..=0xffff_ffff => (0xce, 4),
        0x1_0000_0000.. => (0xcf, 8),
        -0x80..=-33 => (0xd0, 1),
        -0x8000..=-0x81 => (0xd1, 2),
        -0x8000_0000..=-0x8001 => (0xd2, 4),
        _ => (0xd3, 8),
    };
    out.push(code);
    out.extend_from_slice(bytes.get(8 - width..).unwrap_or_default());
}
