//! `string.find`, `match`, `gmatch` and `gsub`.
//!
//! Each keeps its [`Search`] in a continuation, so that it can stop when the budget ends in the middle of a match, and
//! gsub while its callback runs.

use super::MAX_INDEX_CHAIN;
use super::string::from_end;
use crate::heap::Metamethod;
use crate::heap::native::{Budget, Call, Continuation, Failure, Step};
use crate::heap::value::{StringId, Value};
use crate::text::pattern::{Captured, PatternError, Progress, Search};

/// Runs a search on what is left of the budget.
fn run(search: &mut Search, subject: &[u8], pattern: &[u8], budget: &mut Budget) -> Result<Progress, PatternError> {
    let before = u64::try_from(budget.remaining).unwrap_or(0);
    let mut fuel = before;
    let progress = search.run(subject, pattern, &mut fuel);
    budget.spend((before - fuel) as usize);
    progress
}

/// Runs a search in a string of the heap.
fn advance(
    call: &mut Call<'_>,
    search: &mut Search,
    subject: StringId,
    pattern: StringId,
) -> Result<Progress, Failure> {
    let progress = run(search, call.heap.bytes(subject), call.heap.bytes(pattern), call.budget);
    progress.map_err(|error| call.error(error.to_string()))
}

/// The value of a capture.
fn capture(
    call: &mut Call<'_>,
    search: &Search,
    subject: StringId,
    index: usize,
    (start, end): (usize, usize),
) -> Result<Value, Failure> {
    match search.capture(index, start, end).map_err(|error| call.error(error.to_string()))? {
        Captured::Position(position) => Ok(Value::Number(position as f64)),
        Captured::Text(start, end) => call.heap.substring(subject, start, end).map(Value::String),
    }
}

/// Pushes the captures, or the whole match when there are none and `whole` is wanted.
fn push_captures(
    call: &mut Call<'_>,
    search: &Search,
    subject: StringId,
    found: (usize, usize),
    whole: bool,
) -> Result<(), Failure> {
    let count = if whole { search.capture_count().max(1) } else { search.capture_count() };
    for index in 0..count {
        let value = capture(call, search, subject, index, found)?;
        call.push(value);
    }
    Ok(())
}

// ---- find and match

struct Find {
    subject: StringId,
    pattern: StringId,
    search: Search,
    /// Positions are wanted too.
    positions: bool,
}

pub(super) fn find(call: &mut Call<'_>) -> Result<Step, Failure> {
    begin(call, true)
}

pub(super) fn first_match(call: &mut Call<'_>) -> Result<Step, Failure> {
    begin(call, false)
}

fn begin(call: &mut Call<'_>, positions: bool) -> Result<Step, Failure> {
    let subject = call.check_string(0)?;
    let pattern = call.check_string(1)?;
    let length = call.heap.bytes(subject).len();
    let start = from_end(call.optional_integer(2, 1)?, length).saturating_sub(1).clamp(0, length as i64) as usize;
    if positions && (call.argument(3).is_true() || is_plain(call.heap.bytes(pattern))) {
        return find_plain(call, subject, pattern, start);
    }
    let search = Search::new(call.heap.bytes(pattern), start, true);
    Box::new(Find { subject, pattern, search, positions }).resume(call, &[])
}

/// Whether a pattern has no special bytes, up to its first NUL.
fn is_plain(pattern: &[u8]) -> bool {
    let end = pattern.iter().position(|&byte| byte == 0).unwrap_or(pattern.len());
    !pattern.iter().take(end).any(|byte| b"^$*+?.([%-".contains(byte))
}

fn find_plain(call: &mut Call<'_>, subject: StringId, pattern: StringId, start: usize) -> Result<Step, Failure> {
    let (text, wanted) = (call.heap.bytes(subject), call.heap.bytes(pattern));
    let found = find_bytes(text.get(start..).unwrap_or_default(), wanted).map(|offset| start + offset);
    let (looked_at, length) = (found.unwrap_or(text.len()).saturating_sub(start), wanted.len());
    call.budget.spend(looked_at / 8);
    match found {
        Some(found) => {
            call.push(Value::Number((found + 1) as f64));
            call.returns(Value::Number((found + length) as f64))
        }
        None => call.returns(Value::Nil),
    }
}

/// Where these bytes first occur. Between occurrences of the first byte it goes as fast as `position` does; the worst
/// case is the product of the lengths, as in the original, so the tail is compared only where first and last fit.
fn find_bytes(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let (Some(&first), Some(&last)) = (wanted.first(), wanted.last()) else { return Some(0) };
    let final_start = text.len().checked_sub(wanted.len())?;
    let mut start = 0;
    while start <= final_start {
        start += text.get(start..=final_start)?.iter().position(|&byte| byte == first)?;
        let window = text.get(start..start + wanted.len())?;
        if window.last() == Some(&last) && window == wanted {
            return Some(start);
        }
        start += 1;
    }
    None
}

impl Continuation for Find {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, _: &[Value]) -> Result<Step, Failure> {
        match advance(call, &mut self.search, self.subject, self.pattern)? {
            Progress::Unfinished => Ok(Step::Again(self)),
            Progress::Failed => call.returns(Value::Nil),
            Progress::Matched { start, end } => {
                if self.positions {
                    call.push(Value::Number((start + 1) as f64));
                    call.push(Value::Number(end as f64));
                }
                push_captures(call, &self.search, self.subject, (start, end), !self.positions)?;
                Ok(Step::Return)
            }
        }
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(Value::String(self.subject));
        visit(Value::String(self.pattern));
    }
}

// ---- gmatch

pub(super) fn gmatch(call: &mut Call<'_>) -> Result<Step, Failure> {
    let subject = call.check_string(0)?;
    let pattern = call.check_string(1)?;
    let upvalues = [Value::String(subject), Value::String(pattern), Value::Number(0.0)];
    let iterator = call.heap.native(next_match, &upvalues)?;
    call.returns(iterator)
}

/// One step of the iteration: its upvalues are the subject, the pattern and where to go on.
fn next_match(call: &mut Call<'_>) -> Result<Step, Failure> {
    let (Value::String(subject), Value::String(pattern), Value::Number(position)) =
        (call.upvalue(0), call.upvalue(1), call.upvalue(2))
    else {
        return Ok(Step::Return);
    };
    let search = Search::new(call.heap.bytes(pattern), position as usize, false);
    Box::new(NextMatch { subject, pattern, search }).resume(call, &[])
}

struct NextMatch {
    subject: StringId,
    pattern: StringId,
    search: Search,
}

impl Continuation for NextMatch {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, _: &[Value]) -> Result<Step, Failure> {
        match advance(call, &mut self.search, self.subject, self.pattern)? {
            Progress::Unfinished => Ok(Step::Again(self)),
            Progress::Failed => Ok(Step::Return),
            Progress::Matched { start, end } => {
                let next = end + usize::from(end == start);
                call.set_upvalue(2, Value::Number(next as f64));
                push_captures(call, &self.search, self.subject, (start, end), true)?;
                Ok(Step::Return)
            }
        }
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(Value::String(self.subject));
        visit(Value::String(self.pattern));
    }
}

// ---- gsub

struct Substitution {
    subject: StringId,
    pattern: StringId,
    replacement: Value,
    search: Search,
    /// How many matches may still be replaced.
    left: i32,
    replaced: usize,
    /// The subject up to here is in `out`.
    copied: usize,
    out: Vec<u8>,
    /// The match whose replacement a callback is to say.
    waiting: Option<(usize, usize)>,
}

pub(super) fn gsub(call: &mut Call<'_>) -> Result<Step, Failure> {
    let subject = call.check_string(0)?;
    let pattern = call.check_string(1)?;
    let mut replacement = call.argument(2);
    let length = call.heap.bytes(subject).len();
    let left = call.optional_int(3, (length as i32).wrapping_add(1))?;
    match replacement {
        Value::Number(_) => replacement = Value::String(call.check_string(2)?),
        Value::String(_) | Value::Function(_) | Value::Table(_) => {}
        _ => return Err(call.argument_error(2, "string/function/table expected")),
    }
    let search = Search::new(call.heap.bytes(pattern), 0, true);
    let out = Vec::with_capacity(length.min(1 << 16));
    let state =
        Substitution { subject, pattern, replacement, search, left, replaced: 0, copied: 0, out, waiting: None };
    Box::new(state).resume(call, &[])
}

impl Continuation for Substitution {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, results: &[Value]) -> Result<Step, Failure> {
        if let Some(found) = self.waiting.take() {
            let value = results.first().copied().unwrap_or(Value::Nil);
            self.replace(call, found, value)?;
        }
        while self.left > 0 && self.copied <= call.heap.bytes(self.subject).len() {
            match advance(call, &mut self.search, self.subject, self.pattern)? {
                Progress::Unfinished => return Ok(Step::Again(self)),
                Progress::Failed => break,
                Progress::Matched { start, end } => {
                    self.copy(call, start)?;
                    let found = (start, end);
                    match self.replacement {
                        Value::String(template) => self.expand(call, template, found)?,
                        Value::Table(_) => {
                            let key = capture(call, &self.search, self.subject, 0, found)?;
                            match look_up(call, self.replacement, key)? {
                                Ok(value) => self.replace(call, found, value)?,
                                Err((function, holder)) => {
                                    self.waiting = Some(found);
                                    return call.call(function, &[holder, key], self);
                                }
                            }
                        }
                        function => {
                            self.waiting = Some(found);
                            call.prepare(function, &[]);
                            push_captures(call, &self.search, self.subject, found, true)?;
                            return Ok(Step::Call(self));
                        }
                    }
                }
            }
        }
        let length = call.heap.bytes(self.subject).len();
        self.copy(call, length)?;
        let result = call.heap.string_from(self.out)?;
        call.push(Value::String(result));
        call.returns(Value::Number(self.replaced as f64))
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(Value::String(self.subject));
        visit(Value::String(self.pattern));
        visit(self.replacement);
    }
}

impl Substitution {
    /// Copies the subject up to a position.
    fn copy(&mut self, call: &mut Call<'_>, end: usize) -> Result<(), Failure> {
        let bytes = call.heap.bytes(self.subject).get(self.copied..end).unwrap_or_default();
        call.heap.check_string_length(self.out.len() + bytes.len())?;
        self.out.extend_from_slice(bytes);
        call.budget.spend(bytes.len() / 16);
        self.copied = self.copied.max(end);
        Ok(())
    }

    /// Writes a value in place of a match, or the match itself for nil and false, and goes on behind it.
    fn replace(&mut self, call: &mut Call<'_>, found: (usize, usize), value: Value) -> Result<(), Failure> {
        let string = if value.is_true() {
            let name = value.type_name();
            let string = call.heap.to_string(value)?;
            string.ok_or_else(|| call.error(format!("invalid replacement value (a {name})")))?
        } else {
            call.heap.substring(self.subject, found.0, found.1)?
        };
        let bytes = call.heap.bytes(string);
        call.heap.check_string_length(self.out.len() + bytes.len())?;
        self.out.extend_from_slice(bytes);
        self.step_over(call, found)
    }

    /// Writes the template in place of a match: `%0` is the match, `%1` to `%9` its captures.
    fn expand(&mut self, call: &mut Call<'_>, template: StringId, found: (usize, usize)) -> Result<(), Failure> {
        let (subject, template) = (call.heap.bytes(self.subject), call.heap.bytes(template));
        let mut bytes = template.iter();
        while let Some(&byte) = bytes.next() {
            if byte != b'%' {
                self.out.push(byte);
                continue;
            }
            // A percent at the end stands before the NUL that ends every string.
            match bytes.next().copied().unwrap_or(0) {
                b'0' => self.out.extend_from_slice(subject.get(found.0..found.1).unwrap_or_default()),
                digit @ b'1'..=b'9' => {
                    let index = usize::from(digit - b'1');
                    match self.search.capture(index, found.0, found.1).map_err(|error| call.error(error.to_string()))? {
                        Captured::Text(start, end) => {
                            self.out.extend_from_slice(subject.get(start..end).unwrap_or_default());
                        }
                        Captured::Position(position) => {
                            crate::text::number::write(position as f64, &mut self.out);
                        }
                    }
                    call.heap.check_string_length(self.out.len())?;
                }
                other => self.out.push(other),
            }
        }
        call.heap.check_string_length(self.out.len())?;
        call.budget.spend(1 + template.len() / 16);
        self.step_over(call, found)
    }

    /// Goes on behind a match; behind an empty one there is a byte that stays.
    fn step_over(&mut self, call: &mut Call<'_>, (start, end): (usize, usize)) -> Result<(), Failure> {
        self.left -= 1;
        self.replaced += 1;
        let mut next = end;
        if end == start {
            next += 1;
            let length = call.heap.bytes(self.subject).len();
            if next <= length {
                self.copy(call, next)?;
            }
        }
        // The bytes of the match itself are not copied.
        self.copied = self.copied.max(next);
        self.search.restart(next);
        if self.search.is_anchored() {
            self.left = 0;
        }
        Ok(())
    }
}

/// What `table[key]` is, or the `__index` function and the value to ask it with.
fn look_up(call: &mut Call<'_>, mut holder: Value, key: Value) -> Result<Result<Value, (Value, Value)>, Failure> {
    for _ in 0..MAX_INDEX_CHAIN {
        if let Value::Table(table) = holder {
            let value = call.heap.get(table, key);
            if !value.is_nil() {
                return Ok(Ok(value));
            }
        }
        match call.heap.metamethod(holder, Metamethod::Index) {
            Value::Nil if matches!(holder, Value::Table(_)) => return Ok(Ok(Value::Nil)),
            Value::Nil => {
                return Err(Failure::runtime(format!("attempt to index a {} value", holder.type_name())));
            }
            function @ Value::Function(_) => return Ok(Err((function, holder))),
            next => holder = next,
        }
    }
    Err(Failure::runtime("loop in gettable"))
}
