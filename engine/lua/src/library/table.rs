//! The library `table`, but for `sort`.

use super::sort::sort;
use crate::heap::Heap;
use crate::heap::native::{Call, Continuation, Failure, Native, Step};
use crate::heap::value::{TableId, Value};

const FUNCTIONS: &[(&str, Native)] = &[
    ("concat", concat),
    ("foreach", for_each),
    ("foreachi", for_each_index),
    ("getn", length),
    ("insert", insert),
    ("maxn", largest_key),
    ("remove", remove),
    ("setn", set_length),
    ("sort", sort),
];

/// The library's table.
pub(super) fn open(heap: &mut Heap) -> Result<TableId, Failure> {
    let table = heap.table(0, FUNCTIONS.len())?;
    heap.register(table, FUNCTIONS)?;
    Ok(table)
}

fn length(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    let length = call.heap.length(table);
    call.returns(Value::Number(length as f64))
}

fn set_length(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.check_table(0)?;
    Err(call.error("'setn' is obsolete"))
}

fn largest_key(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    let mut largest = 0.0;
    let mut position = 0;
    while let Some((after, key, _)) = call.heap.entry_from(table, position) {
        position = after;
        if let Value::Number(number) = key
            && number > largest
        {
            largest = number;
        }
    }
    call.budget.spend(position / 16);
    call.returns(Value::Number(largest))
}

fn insert(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    let end = call.heap.length(table) as i64 + 1;
    let position = match call.count() {
        2 => end,
        3 => {
            let position = i64::from(call.check_int(1)?);
            let mut at = end.max(position);
            call.budget.spend((at - position).max(0) as usize / 16);
            while at > position {
                let value = get(call, table, at - 1);
                set(call, table, at, value)?;
                at -= 1;
            }
            position
        }
        _ => return Err(call.error("wrong number of arguments to 'insert'")),
    };
    let value = call.argument(call.count() - 1);
    set(call, table, position, value)?;
    Ok(Step::Return)
}

fn get(call: &Call<'_>, table: TableId, index: i64) -> Value {
    call.heap.get(table, Value::Number(index as f64))
}

fn set(call: &mut Call<'_>, table: TableId, index: i64, value: Value) -> Result<(), Failure> {
    call.heap.set(table, Value::Number(index as f64), value)
}

fn remove(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    let end = call.heap.length(table) as i64;
    let position = i64::from(call.optional_int(1, end as i32)?);
    if !(1..=end).contains(&position) {
        return Ok(Step::Return);
    }
    let removed = get(call, table, position);
    call.budget.spend((end - position) as usize / 16);
    for at in position..end {
        let value = get(call, table, at + 1);
        set(call, table, at, value)?;
    }
    set(call, table, end, Value::Nil)?;
    call.returns(removed)
}

/// How much of a concatenation is done; it may be larger than one share of the budget.
struct Concatenation {
    text: Vec<u8>,
    at: i64,
}

fn concat(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.optional_string(1)?;
    call.check_table(0)?;
    let first = i64::from(call.optional_int(2, 1)?);
    Box::new(Concatenation { text: Vec::new(), at: first }).resume(call, &[])
}

impl Continuation for Concatenation {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, _results: &[Value]) -> Result<Step, Failure> {
        let table = call.check_table(0)?;
        let separator = match call.optional_string(1)? {
            Some(separator) => call.heap.bytes(separator).to_vec(),
            None => Vec::new(),
        };
        let last = match call.argument(3) {
            Value::Nil => call.heap.length(table) as i64,
            _ => i64::from(call.check_int(3)?),
        };
        while self.at <= last {
            let value = get(call, table, self.at);
            let before = self.text.len();
            match value {
                Value::String(string) => self.text.extend_from_slice(call.heap.bytes(string)),
                Value::Number(number) => crate::text::number::write(number, &mut self.text),
                other => {
                    let text =
                        format!("invalid value ({}) at index {} in table for 'concat'", other.type_name(), self.at);
                    return Err(call.error(text));
                }
            }
            if self.at < last {
                self.text.extend_from_slice(&separator);
            }
            self.at += 1;
            call.heap.check_string_length(self.text.len())?;
            if !call.budget.spend(1 + (self.text.len() - before) / 16) && self.at <= last {
                return Ok(Step::Again(self));
            }
        }
        let text = call.heap.string_from(self.text)?;
        call.returns(Value::String(text))
    }

    fn trace(&self, _visit: &mut dyn FnMut(Value)) {}
}

/// `foreach` after a callback: the key whose turn it was.
struct ForEach(Value);

impl Continuation for ForEach {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, results: &[Value]) -> Result<Step, Failure> {
        if let Some(result) = results.first().filter(|result| !result.is_nil()) {
            return call.returns(*result);
        }
        let table = call.check_table(0)?;
        let (entry, looked_at) = call.heap.next_counted(table, self.0)?;
        call.budget.spend(looked_at / 16);
        match entry {
            None => Ok(Step::Return),
            Some((key, value)) => {
                self.0 = key;
                call.call(call.argument(1), &[key, value], self)
            }
        }
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.0);
    }
}

fn for_each(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.check_table(0)?;
    call.check_function(1)?;
    Box::new(ForEach(Value::Nil)).resume(call, &[])
}

/// `foreachi` after a callback: the next index and the last.
struct ForEachIndex {
    next: usize,
    last: usize,
}

impl Continuation for ForEachIndex {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, results: &[Value]) -> Result<Step, Failure> {
        if let Some(result) = results.first().filter(|result| !result.is_nil()) {
            return call.returns(*result);
        }
        if self.next > self.last {
            return Ok(Step::Return);
        }
        let table = call.check_table(0)?;
        let index = self.next;
        self.next += 1;
        let value = call.heap.get_integer(table, index);
        call.call(call.argument(1), &[Value::Number(index as f64), value], self)
    }

    fn trace(&self, _visit: &mut dyn FnMut(Value)) {}
}

fn for_each_index(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    let last = call.heap.length(table);
    call.check_function(1)?;
    Box::new(ForEachIndex { next: 1, last }).resume(call, &[])
}
