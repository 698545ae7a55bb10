//! Library functions of a host: each does one of the things that such a function may do.

use lua::{Call, Continuation, Failure, Native, Step, Value};

pub const NATIVES: &[(&str, Native)] = &[
    ("echo", echo),
    ("twice", twice),
    ("tail", tail),
    ("guarded", guarded),
    ("resumed", resumed),
    ("yielded", yielded),
    ("patient", patient),
    ("failing", failing),
    ("making", making),
];

fn push_arguments(call: &mut Call<'_>, first: usize) {
    for argument in call.arguments().iter().skip(first) {
        call.push(*argument);
    }
}

/// Returns what it is given.
fn echo(call: &mut Call<'_>) -> Result<Step, Failure> {
    push_arguments(call, 0);
    Ok(Step::Return)
}

/// Calls a function two times and returns what both gave.
fn twice(call: &mut Call<'_>) -> Result<Step, Failure> {
    let function = call.argument(0);
    call.call(function, call.arguments().get(1..).unwrap_or_default(), Box::new(Twice { function, first: None }))
}

struct Twice {
    function: Value,
    first: Option<Vec<Value>>,
}

impl Continuation for Twice {
    fn resume(self: Box<Self>, call: &mut Call<'_>, results: &[Value]) -> Result<Step, Failure> {
        let Some(first) = self.first else {
            let next = Twice { function: self.function, first: Some(results.to_vec()) };
            return call.call(self.function, results, Box::new(next));
        };
        if !call.has_room_for(first.len() + results.len()) {
            return Err(call.error("too many results"));
        }
        first.iter().chain(results).for_each(|value| call.push(*value));
        Ok(Step::Return)
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.function);
        self.first.iter().flatten().for_each(|value| visit(*value));
    }
}

fn tail(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.tail_call(call.argument(0), call.arguments().get(1..).unwrap_or_default())
}

/// Calls a function as `pcall` does, or as `xpcall` when it was made with a handler.
fn guarded(call: &mut Call<'_>) -> Result<Step, Failure> {
    let handler = Some(call.upvalue(0)).filter(|handler| !handler.is_nil());
    push_arguments(call, 0);
    Ok(Step::Protected { handler })
}

fn resumed(call: &mut Call<'_>) -> Result<Step, Failure> {
    let Value::Thread(thread) = call.argument(0) else { return Err(call.type_error(0, "coroutine")) };
    push_arguments(call, 1);
    Ok(Step::Resume { thread, wrapped: call.upvalue(0).is_true() })
}

fn yielded(call: &mut Call<'_>) -> Result<Step, Failure> {
    push_arguments(call, 0);
    Ok(Step::Yield)
}

/// Takes so many turns.
fn patient(call: &mut Call<'_>) -> Result<Step, Failure> {
    let turns = call.optional_int(0, 3)?;
    let value = call.heap.string(b"kept meanwhile")?;
    Ok(Step::Again(Box::new(Patient { turns, value: Value::String(value) })))
}

struct Patient {
    turns: i32,
    value: Value,
}

impl Continuation for Patient {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, _results: &[Value]) -> Result<Step, Failure> {
        call.budget.spend(10);
        if self.turns > 0 {
            self.turns -= 1;
            return Ok(Step::Again(self));
        }
        assert_eq!(call.heap.string_bytes(self.value), Some(&b"kept meanwhile"[..]));
        call.returns(self.value)
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.value);
    }
}

/// Fails in the way that its argument says.
fn failing(call: &mut Call<'_>) -> Result<Step, Failure> {
    Err(match call.argument(0) {
        Value::Number(0.0) => call.error("an error"),
        Value::Number(1.0) => Failure::runtime("an error"),
        Value::Number(2.0) => call.argument_error(7, "an error"),
        Value::Number(3.0) => Failure::Raise { level: u32::MAX, text: Box::default() },
        Value::Number(4.0) => Failure::Memory,
        Value::Number(5.0) => Failure::Killed,
        Value::Number(6.0) => call.type_error(usize::MAX - 1, "table"),
        Value::Number(level) => Failure::Raise { level: level as u32, text: call.position(level as u32).into() },
        other => Failure::Error(other),
    })
}

/// Reads its arguments as everything they could be, and makes something of each.
fn making(call: &mut Call<'_>) -> Result<Step, Failure> {
    for index in 0..call.count().min(4) {
        let _ = (call.check_table(index), call.check_function(index), call.check_int(index));
        let _ = (call.optional_integer(index, 1), call.check_number(index), call.check_any(index + 1));
        let made = match call.argument(index) {
            Value::Number(_) => {
                let length = call.check_integer(index)?.clamp(0, 1 << 20) as usize;
                call.heap.check_string_length(length)?;
                Value::String(call.heap.string_from(vec![b'm'; length])?)
            }
            Value::String(string) => Value::String(call.heap.substring(string, 1, 3)?),
            other => {
                let table = call.heap.table(1, 1)?;
                call.heap.set_integer(table, 1, other)?;
                call.heap.set(table, Value::Boolean(true), call.upvalue(0))?;
                Value::Table(table)
            }
        };
        call.set_upvalue(0, made);
        call.push(made);
    }
    call.push_bytes(b"last")?;
    call.pop();
    Ok(Step::Return)
}
