//! What instructions do when their operands are not the simple ones: conversions, metamethods, errors.
//!
//! The loop comes here with an instruction that it could not finish. Either it is finished here, or a metamethod is
//! called and [`Machine::finish`] does the rest with its result.

use super::{Machine, Next};
use crate::heap::native::{Failure, compare_error};
use crate::heap::prototype::{CONSTANT, Instruction, Opcode};
use crate::heap::thread::Then;
use crate::heap::value::{TableId, Value};
use crate::heap::{Metamethod, READONLY};
use crate::text::number;

/// How many `__index` or `__newindex` may lead to the next one.
const MAX_CHAIN: usize = 100;

/// What reading or writing a key comes to.
enum Access {
    Value(Value),
    /// A metamethod is to be called with this object.
    Call {
        method: Value,
        object: Value,
    },
}

impl Machine {
    // ---- operands of the instruction that the Lua function on top is at

    fn base(&self) -> usize {
        self.running.frames.last().map_or(0, |frame| frame.base as usize)
    }

    fn register(&self, register: usize) -> Value {
        self.at(self.base() + register)
    }

    fn set_register(&mut self, register: usize, value: Value) {
        let at = self.base() + register;
        self.put(at, value);
    }

    fn constant(&self, index: usize) -> Value {
        self.running
            .frames
            .last()
            .and_then(|frame| self.prototypes.get(frame.prototype.0))
            .and_then(|code| code.constants.get(index))
            .copied()
            .unwrap_or(Value::Nil)
    }

    /// A register or constant, and the register it is.
    fn operand(&self, operand: u16) -> (Value, Option<usize>) {
        if operand & CONSTANT != 0 {
            (self.constant(usize::from(operand & !CONSTANT)), None)
        } else {
            (self.register(usize::from(operand)), Some(usize::from(operand)))
        }
    }

    fn function_environment(&self) -> TableId {
        self.running.frames.last().map_or(self.heap.globals, |frame| self.environment(frame.function))
    }

    // ---- the slow way

    /// Does an instruction whose operands are not simple.
    pub(super) fn slow(&mut self, instruction: Instruction) -> Result<Next, Failure> {
        let a = usize::from(instruction.a);
        match instruction.opcode {
            Opcode::GetGlobal => {
                let table = Value::Table(self.function_environment());
                let key = self.constant(instruction.bx() as usize);
                self.slow_get(a, table, None, key)
            }
            Opcode::GetTable => {
                let b = usize::from(instruction.b);
                let (key, _) = self.operand(instruction.c);
                self.slow_get(a, self.register(b), Some(b), key)
            }
            Opcode::OpSelf => {
                let b = usize::from(instruction.b);
                let (key, _) = self.operand(instruction.c);
                let object = self.register(b);
                self.set_register(a + 1, object);
                self.slow_get(a, object, Some(b), key)
            }
            Opcode::SetGlobal => {
                let table = Value::Table(self.function_environment());
                let key = self.constant(instruction.bx() as usize);
                self.slow_set(table, None, key, self.register(a))
            }
            Opcode::SetTable => {
                let ((key, _), (value, _)) = (self.operand(instruction.b), self.operand(instruction.c));
                self.slow_set(self.register(a), Some(a), key, value)
            }
            Opcode::Add | Opcode::Sub | Opcode::Mul | Opcode::Div | Opcode::Mod | Opcode::Pow => {
                let (left, right) = (self.operand(instruction.b), self.operand(instruction.c));
                self.slow_arithmetic(instruction.opcode, a, left, right)
            }
            Opcode::Unm => {
                let b = usize::from(instruction.b);
                let operand = (self.register(b), Some(b));
                self.slow_arithmetic(Opcode::Unm, a, operand, operand)
            }
            Opcode::Len => self.slow_length(a, usize::from(instruction.b)),
            Opcode::Concat => self.concatenate(instruction, usize::from(instruction.c)),
            Opcode::Eq | Opcode::Lt | Opcode::Le => {
                let ((left, _), (right, _)) = (self.operand(instruction.b), self.operand(instruction.c));
                self.slow_compare(instruction, left, right)
            }
            _ => Ok(Next::Lua),
        }
    }

    /// The instruction's result is here: a metamethod returned it.
    pub(super) fn finish(&mut self, then: Then, result: Value) -> Result<Next, Failure> {
        let instruction = self.running.frames.last().and_then(|frame| {
            self.prototypes.get(frame.prototype.0)?.code.get((frame.pc as usize).checked_sub(1)?).copied()
        });
        let Some(instruction) = instruction else { return Ok(Next::Lua) };
        match instruction.opcode {
            Opcode::SetTable | Opcode::SetGlobal => {}
            Opcode::Eq | Opcode::Lt | Opcode::Le => {
                self.jump_if(instruction, result.is_true() != (then == Then::FinishNot));
            }
            Opcode::Concat => {
                if let Then::FinishConcat { last } = then {
                    let last = usize::from(last);
                    self.set_register(last - 1, result);
                    return self.concatenate(instruction, last - 1);
                }
            }
            _ => self.set_register(usize::from(instruction.a), result),
        }
        Ok(Next::Lua)
    }

    /// A comparison skips the jump behind it when it does not come out as its A says.
    fn jump_if(&mut self, instruction: Instruction, result: bool) {
        if result != (instruction.a != 0)
            && let Some(frame) = self.running.frames.last_mut()
        {
            frame.pc += 1;
        }
    }

    /// The generator of a generic for has returned into the loop's variables.
    pub(super) fn finish_loop(&mut self) {
        let instruction = self.running.frames.last().and_then(|frame| {
            self.prototypes.get(frame.prototype.0)?.code.get((frame.pc as usize).checked_sub(1)?).copied()
        });
        let Some(instruction) = instruction else { return };
        let a = usize::from(instruction.a);
        match self.register(a + 3) {
            Value::Nil => {
                if let Some(frame) = self.running.frames.last_mut() {
                    frame.pc += 1;
                }
            }
            control => self.set_register(a + 2, control),
        }
    }

    // ---- reading and writing keys

    fn slow_get(&mut self, into: usize, object: Value, register: Option<usize>, key: Value) -> Result<Next, Failure> {
        match self.access_get(object, register, key)? {
            Access::Value(value) => {
                self.set_register(into, value);
                Ok(Next::Lua)
            }
            Access::Call { method, object } => self.call_above(method, &[object, key], 1, Then::Finish),
        }
    }

    /// Follows `__index` from one table to the next.
    fn access_get(&mut self, object: Value, register: Option<usize>, key: Value) -> Result<Access, Failure> {
        let mut object = object;
        let mut register = register;
        for _ in 0..MAX_CHAIN {
            let method = if let Value::Table(table) = object {
                let value = self.heap.get(table, key);
                if !value.is_nil() {
                    return Ok(Access::Value(value));
                }
                let metatable = self.heap.metatable(table);
                let method = self.heap.fast_metamethod(metatable, Metamethod::Index);
                if method.is_nil() {
                    return Ok(Access::Value(Value::Nil));
                }
                method
            } else {
                let method = self.heap.metamethod(object, Metamethod::Index);
                if method.is_nil() {
                    return Err(self.type_error("index", object, register));
                }
                method
            };
            if matches!(method, Value::Function(_)) {
                return Ok(Access::Call { method, object });
            }
            object = method;
            register = None;
        }
        Err(Failure::runtime("loop in gettable"))
    }

    fn slow_set(&mut self, object: Value, register: Option<usize>, key: Value, value: Value) -> Result<Next, Failure> {
        let mut object = object;
        let mut register = register;
        for _ in 0..MAX_CHAIN {
            let method = if let Value::Table(table) = object {
                if self.heap.is_readonly(table) {
                    return Err(Failure::runtime(READONLY));
                }
                // As in 5.1 the key gets its place before a metamethod is asked.
                let exists = self.heap.tables.get_mut(table.0).is_some_and(|table| table.place(&key).is_some());
                let is_new = !exists || self.heap.get(table, key).is_nil();
                let metatable = self.heap.metatable(table);
                let method =
                    if is_new { self.heap.fast_metamethod(metatable, Metamethod::NewIndex) } else { Value::Nil };
                if method.is_nil() {
                    self.heap.set(table, key, value)?;
                    return Ok(Next::Lua);
                }
                if !exists {
                    self.heap.insert(table, key, Value::Nil)?;
                }
                method
            } else {
                let method = self.heap.metamethod(object, Metamethod::NewIndex);
                if method.is_nil() {
                    return Err(self.type_error("index", object, register));
                }
                method
            };
            if matches!(method, Value::Function(_)) {
                return self.call_above(method, &[object, key, value], 0, Then::Finish);
            }
            object = method;
            register = None;
        }
        Err(Failure::runtime("loop in settable"))
    }

    // ---- arithmetic

    fn slow_arithmetic(
        &mut self,
        opcode: Opcode,
        into: usize,
        (left, left_register): (Value, Option<usize>),
        (right, right_register): (Value, Option<usize>),
    ) -> Result<Next, Failure> {
        if let (Some(a), Some(b)) = (self.heap.to_number(left), self.heap.to_number(right)) {
            let result = match opcode {
                Opcode::Add => a + b,
                Opcode::Sub => a - b,
                Opcode::Mul => a * b,
                Opcode::Div => a / b,
                Opcode::Mod => modulo(a, b),
                Opcode::Pow => a.powf(b),
                _ => -a,
            };
            self.set_register(into, Value::Number(result));
            return Ok(Next::Lua);
        }
        let event = match opcode {
            Opcode::Add => Metamethod::Add,
            Opcode::Sub => Metamethod::Sub,
            Opcode::Mul => Metamethod::Mul,
            Opcode::Div => Metamethod::Div,
            Opcode::Mod => Metamethod::Mod,
            Opcode::Pow => Metamethod::Pow,
            _ => Metamethod::Unm,
        };
        let method = self.binary_metamethod(left, right, event);
        if method.is_nil() {
            // The first operand that is no number is to blame.
            let (value, register) =
                if self.heap.to_number(left).is_none() { (left, left_register) } else { (right, right_register) };
            return Err(self.type_error("perform arithmetic on", value, register));
        }
        self.call_above(method, &[left, right], 1, Then::Finish)
    }

    fn binary_metamethod(&self, left: Value, right: Value, event: Metamethod) -> Value {
        let method = self.heap.metamethod(left, event);
        if method.is_nil() { self.heap.metamethod(right, event) } else { method }
    }

    fn slow_length(&mut self, into: usize, register: usize) -> Result<Next, Failure> {
        let value = self.register(register);
        let length = match value {
            Value::Table(table) => self.heap.length(table),
            Value::String(string) => self.heap.bytes(string).len(),
            other => {
                let method = self.heap.metamethod(other, Metamethod::Len);
                if method.is_nil() {
                    return Err(self.type_error("get length of", value, Some(register)));
                }
                return self.call_above(method, &[value, Value::Nil], 1, Then::Finish);
            }
        };
        self.set_register(into, Value::Number(length as f64));
        Ok(Next::Lua)
    }

    // ---- comparison

    fn slow_compare(&mut self, instruction: Instruction, left: Value, right: Value) -> Result<Next, Failure> {
        let compared = match instruction.opcode {
            Opcode::Eq => self.equal(left, right),
            Opcode::Lt => self.less(left, right)?,
            _ => self.less_or_equal(left, right)?,
        };
        match compared {
            Compared::Known(result) => {
                self.jump_if(instruction, result);
                Ok(Next::Lua)
            }
            Compared::Ask { method, left, right, is_negated } => {
                let then = if is_negated { Then::FinishNot } else { Then::Finish };
                self.call_above(method, &[left, right], 1, then)
            }
        }
    }

    fn equal(&mut self, left: Value, right: Value) -> Compared {
        if left == right {
            return Compared::Known(true);
        }
        let metatables = match (left, right) {
            (Value::Table(_), Value::Table(_)) | (Value::Userdata(_), Value::Userdata(_)) => {
                (self.heap.metatable_of(left), self.heap.metatable_of(right))
            }
            _ => return Compared::Known(false),
        };
        let method = self.heap.fast_metamethod(metatables.0, Metamethod::Eq);
        if method.is_nil() || metatables.1.is_none() {
            return Compared::Known(false);
        }
        if metatables.0 != metatables.1 && self.heap.fast_metamethod(metatables.1, Metamethod::Eq) != method {
            return Compared::Known(false);
        }
        Compared::Ask { method, left, right, is_negated: false }
    }

    fn less(&mut self, left: Value, right: Value) -> Result<Compared, Failure> {
        match self.heap.compare(left, right) {
            Some(order) => Ok(Compared::Known(order == Some(std::cmp::Ordering::Less))),
            None => match self.heap.order_metamethod(left, right, Metamethod::Lt) {
                Some(method) => Ok(Compared::Ask { method, left, right, is_negated: false }),
                None => Err(compare_error(left, right)),
            },
        }
    }

    fn less_or_equal(&mut self, left: Value, right: Value) -> Result<Compared, Failure> {
        if let Some(order) = self.heap.compare(left, right) {
            return Ok(Compared::Known(order.is_some_and(|order| order.is_le())));
        }
        if let Some(method) = self.heap.order_metamethod(left, right, Metamethod::Le) {
            return Ok(Compared::Ask { method, left, right, is_negated: false });
        }
        match self.heap.order_metamethod(right, left, Metamethod::Lt) {
            Some(method) => Ok(Compared::Ask { method, left: right, right: left, is_negated: true }),
            None => Err(compare_error(left, right)),
        }
    }

    // ---- concatenation

    /// Concatenates the registers B to `last`, from the right; then the result goes to A.
    fn concatenate(&mut self, instruction: Instruction, last: usize) -> Result<Next, Failure> {
        let first = usize::from(instruction.b);
        let mut last = last;
        while last > first {
            let (left, right) = (self.register(last - 1), self.register(last));
            let is_text = |value: Value| matches!(value, Value::String(_) | Value::Number(_));
            if !is_text(left) || !is_text(right) {
                let method = self.binary_metamethod(left, right, Metamethod::Concat);
                if method.is_nil() {
                    let (value, register) = if is_text(left) { (right, last) } else { (left, last - 1) };
                    return Err(self.type_error("concatenate", value, Some(register)));
                }
                return self.call_above(method, &[left, right], 1, Then::FinishConcat { last: last as u8 });
            }
            let mut start = last - 1;
            while start > first && is_text(self.register(start - 1)) {
                start -= 1;
            }
            let joined = self.join(start, last)?;
            self.set_register(start, joined);
            last = start;
        }
        let result = self.register(first);
        self.set_register(usize::from(instruction.a), result);
        self.collect_if_due();
        Ok(Next::Lua)
    }

    /// The text of the registers from one to another, all strings or numbers.
    fn join(&mut self, start: usize, last: usize) -> Result<Value, Failure> {
        let base = self.base();
        let values = self.running.stack.get(base + start..=base + last).unwrap_or_default();
        let length: usize =
            values.iter().map(|value| self.heap.string_bytes(*value).map_or(NUMBER_BYTES, <[u8]>::len)).sum();
        if self.heap.check_string_length(length).is_err() {
            // What is not used any more may make room.
            self.collect();
            self.heap.check_string_length(length)?;
        }
        let mut text = Vec::with_capacity(length);
        for value in self.running.stack.get(base + start..=base + last).unwrap_or_default() {
            match value {
                Value::Number(number) => number::write(*number, &mut text),
                other => text.extend_from_slice(self.heap.string_bytes(*other).unwrap_or_default()),
            }
        }
        self.budget.spend(length / 16);
        Ok(Value::String(self.heap.string_from(text)?))
    }
}

/// At most so many bytes spell a number.
const NUMBER_BYTES: usize = 24;

/// What a comparison comes to.
enum Compared {
    Known(bool),
    /// A metamethod decides.
    Ask {
        method: Value,
        left: Value,
        right: Value,
        is_negated: bool,
    },
}

/// Lua's remainder: it has the sign of the divisor.
#[inline(always)]
pub(super) fn modulo(a: f64, b: f64) -> f64 {
    a - (a / b).floor() * b
}
