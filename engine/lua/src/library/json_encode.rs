//! `cjson.encode`: a value as JSON.
//!
//! Nested tables are on a stack of our own, so that depth costs no stack of Rust's and the work can stop when the
//! budget ends.

use super::MAX_STACK;
use super::cjson::{Invalid, Settings, settings};
use crate::heap::native::{Call, Continuation, Failure, Step};
use crate::heap::value::{TableId, Value};
use crate::text::number;

/// A table that is being written.
struct Level {
    table: TableId,
    items: Items,
    /// Nothing of it is written yet.
    first: bool,
}

#[derive(Clone, Copy)]
enum Items {
    /// The elements from 1 up to the last.
    Array { next: usize, last: usize },
    /// The entries from this position on.
    Object { position: usize },
}

struct Encoder {
    settings: Settings,
    levels: Vec<Level>,
    /// How many values the original would have on its stack.
    height: usize,
    out: Vec<u8>,
}

pub(super) fn encode(call: &mut Call<'_>) -> Result<Step, Failure> {
    if call.count() != 1 {
        return Err(call.argument_error(0, "expected 1 argument"));
    }
    let mut encoder = Encoder { settings: settings(call), levels: Vec::new(), height: 1, out: Vec::new() };
    encoder.value(call, call.argument(0))?;
    Box::new(encoder).resume(call, &[])
}

impl Continuation for Encoder {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, _: &[Value]) -> Result<Step, Failure> {
        while let Some(level) = self.levels.last_mut() {
            if !call.budget.spend(1) {
                return Ok(Step::Again(self));
            }
            let next = match &mut level.items {
                Items::Array { next, last } if *next <= *last => {
                    *next += 1;
                    Some((None, call.heap.get_integer(level.table, *next - 1)))
                }
                Items::Array { .. } => None,
                Items::Object { position } => {
                    call.heap.entry_from(level.table, *position).map(|(after, key, value)| {
                        *position = after;
                        (Some(key), value)
                    })
                }
            };
            let Some((key, value)) = next else {
                self.close();
                continue;
            };
            if !level.first {
                self.out.push(b',');
            }
            level.first = false;
            if let Some(key) = key {
                self.key(call, key)?;
            }
            self.value(call, value)?;
        }
        let json = call.heap.string_from(self.out)?;
        call.returns(Value::String(json))
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        for level in &self.levels {
            visit(Value::Table(level.table));
        }
    }
}

impl Encoder {
    fn refused(&self, call: &Call<'_>, value: Value, reason: &str) -> Failure {
        call.error(format!("Cannot serialise {}: {reason}", value.type_name()))
    }

    fn value(&mut self, call: &mut Call<'_>, value: Value) -> Result<(), Failure> {
        match value {
            Value::String(_) => self.string(call, value)?,
            Value::Number(number) => self.number(call, number)?,
            Value::Boolean(true) => self.out.extend_from_slice(b"true"),
            Value::Boolean(false) => self.out.extend_from_slice(b"false"),
            Value::Nil | Value::LightUserdata(0) => self.out.extend_from_slice(b"null"),
            Value::Table(table) => self.open(call, table)?,
            _ => return Err(self.refused(call, value, "type not supported")),
        }
        call.heap.check_string_length(self.out.len())
    }

    fn key(&mut self, call: &mut Call<'_>, key: Value) -> Result<(), Failure> {
        match key {
            Value::Number(number) => {
                self.out.push(b'"');
                self.number(call, number)?;
                self.out.extend_from_slice(b"\":");
            }
            Value::String(_) => {
                self.string(call, key)?;
                self.out.push(b':');
            }
            _ => return Err(self.refused(call, key, "table key must be a number or string")),
        }
        Ok(())
    }

    fn number(&mut self, call: &Call<'_>, number: f64) -> Result<(), Failure> {
        match self.settings.encode_invalid {
            Invalid::Refused if !number.is_finite() => {
                return Err(self.refused(call, Value::Number(number), "must not be NaN or Inf"));
            }
            Invalid::Written if number.is_nan() => self.out.extend_from_slice(b"nan"),
            Invalid::Null if !number.is_finite() => self.out.extend_from_slice(b"null"),
            _ => number::write_with(number, self.settings.number_precision, &mut self.out),
        }
        Ok(())
    }

    fn string(&mut self, call: &mut Call<'_>, string: Value) -> Result<(), Failure> {
        let bytes = call.heap.string_bytes(string).unwrap_or_default();
        // At worst every byte becomes six.
        call.heap.check_string_length(self.out.len().saturating_add(bytes.len()))?;
        self.out.push(b'"');
        let mut rest = bytes;
        while let Some(plain) = rest.iter().position(|&byte| needs_escape(byte)) {
            let (before, after) = rest.split_at(plain);
            self.out.extend_from_slice(before);
            if let Some((&byte, after)) = after.split_first() {
                escape(byte, &mut self.out);
                rest = after;
            }
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
        call.budget.spend(bytes.len() / 8);
        Ok(())
    }

    /// Begins a table, as an array when it is one.
    fn open(&mut self, call: &mut Call<'_>, table: TableId) -> Result<(), Failure> {
        let depth = self.levels.len() + 1;
        let allowed = usize::try_from(self.settings.encode_max_depth).unwrap_or(0);
        if depth > allowed || self.height + 3 > MAX_STACK {
            return Err(call.error(format!("Cannot serialise, excessive nesting ({depth})")));
        }
        let items = match self.array_length(call, table)? {
            Some(last) => {
                self.out.push(b'[');
                self.height += 1;
                Items::Array { next: 1, last }
            }
            None => {
                self.out.push(b'{');
                self.height += 2;
                Items::Object { position: 0 }
            }
        };
        self.levels.push(Level { table, items, first: true });
        Ok(())
    }

    fn close(&mut self) {
        if let Some(level) = self.levels.pop() {
            let (end, values) = match level.items {
                Items::Array { .. } => (b']', 1),
                Items::Object { .. } => (b'}', 2),
            };
            self.out.push(end);
            self.height -= values;
        }
    }

    /// The last index of a table that is an array: it has entries, all with positive integers as keys, and not too few
    /// of them for the last. Counts in a C `int`, with what overflows.
    fn array_length(&self, call: &mut Call<'_>, table: TableId) -> Result<Option<usize>, Failure> {
        let mut last = 0i32;
        let mut count = 0i32;
        let mut position = 0;
        while let Some((after, key, _)) = call.heap.entry_from(table, position) {
            position = after;
            let Value::Number(key) = key else { return Ok(None) };
            if key.floor() != key || key < 1.0 {
                return Ok(None);
            }
            if key > f64::from(last) {
                last = number::to_i32(key);
            }
            count = count.wrapping_add(1);
        }
        call.budget.spend(position / 8);
        let Settings { sparse_convert, sparse_ratio, sparse_safe, .. } = self.settings;
        if sparse_ratio > 0 && last > count.wrapping_mul(sparse_ratio) && last > sparse_safe {
            if !sparse_convert {
                return Err(self.refused(call, Value::Table(table), "excessively sparse array"));
            }
            return Ok(None);
        }
        Ok(usize::try_from(last).ok().filter(|&last| last > 0))
    }
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || matches!(byte, b'"' | b'/' | b'\\' | 0x7f)
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'/' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}
