//! The loop that runs Lua functions.
//!
//! What every instruction touches is at hand: the code and constants of the function, its registers as an array that
//! any 8-bit number indexes without a check, and what lies below them, where variables of enclosing functions are.
//! All of it is fetched anew ('frame) whenever something else may have changed it. What is not simple goes to
//! [`Machine::slow`]. The budget is charged where loops go back and where calls begin.

use super::call::REGISTERS;
use super::operations::modulo;
use super::{Machine, Next};
use crate::heap::native::{Call, Failure, Step};
use crate::heap::prototype::{CONSTANT, FIELDS_PER_FLUSH, Opcode};
use crate::heap::table::NIL;
use crate::heap::thread::{Frame, Kind, Then};
use crate::heap::value::{FunctionId, UpvalueId, Value};
use crate::heap::{Function, Heap, Upvalue};

/// A size from the form that NewTable has it in.
fn from_floating_byte(byte: u16) -> usize {
    let (exponent, mantissa) = (byte >> 3, usize::from(byte & 7));
    if exponent == 0 { mantissa } else { (mantissa + 8) << (exponent - 1).min(40) }
}

impl Machine {
    pub(super) fn execute(&mut self) -> Result<Next, Failure> {
        'frame: loop {
            let Machine { heap, prototypes, budget, running, current, scratch, .. } = self;
            // Field by field: to copy the whole frame, written a moment ago in pieces, would stall the processor.
            let Some(frame) = running.frames.last() else { return Ok(Next::Settle) };
            if frame.kind != Kind::Lua {
                return Ok(Next::Settle);
            }
            let function = frame.function;
            let base = frame.base as usize;
            let Some(code) = prototypes.get(frame.prototype.0) else { return Ok(Next::Settle) };
            let instructions = &code.code[..];
            let constants = &code.constants[..];
            let Some((below, rest)) = running.stack.split_at_mut_checked(base) else { return Ok(Next::Settle) };
            let Some(registers) = rest.first_chunk_mut::<REGISTERS>() else { return Ok(Next::Settle) };
            let mut pc = frame.pc as usize;

            // An 8-bit number is always within the registers: no check remains.
            macro_rules! register {
                ($index:expr) => {
                    registers.get(usize::from($index as u8)).unwrap_or(&NIL)
                };
            }
            macro_rules! set {
                ($index:expr, $value:expr) => {{
                    let value = $value;
                    if let Some(place) = registers.get_mut(usize::from($index as u8)) {
                        *place = value;
                    }
                }};
            }
            macro_rules! constant {
                ($index:expr) => {
                    constants.get($index as usize).unwrap_or(&NIL)
                };
            }
            macro_rules! operand {
                ($operand:expr) => {
                    if $operand & CONSTANT == 0 { register!($operand) } else { constant!($operand & !CONSTANT) }
                };
            }
            macro_rules! save {
                ($pc:expr) => {
                    if let Some(frame) = running.frames.last_mut() {
                        frame.pc = $pc as u32;
                    }
                };
            }
            macro_rules! slow {
                ($instruction:expr) => {{
                    save!(pc);
                    match self.slow($instruction)? {
                        Next::Lua => continue 'frame,
                        next => return Ok(next),
                    }
                }};
            }
            macro_rules! arithmetic {
                ($instruction:expr, $left:ident, $right:ident, $result:expr) => {{
                    match (operand!($instruction.b), operand!($instruction.c)) {
                        (Value::Number($left), Value::Number($right)) => {
                            let ($left, $right) = (*$left, *$right);
                            set!($instruction.a, Value::Number($result));
                        }
                        _ => slow!($instruction),
                    }
                }};
            }
            // Where loops go back: charges, and stops before `$again` when nothing is left.
            macro_rules! spend {
                ($again:expr) => {
                    budget.remaining -= 1;
                    if budget.remaining <= 0 {
                        save!($again);
                        return Ok(self.suspend(Next::Lua));
                    }
                };
            }
            // A comparison is followed by the jump that it decides about.
            macro_rules! branch {
                ($taken:expr) => {
                    if $taken {
                        let offset = instructions.get(pc).map_or(0, |jump| jump.jump());
                        pc = (pc as i64 + 1 + i64::from(offset)) as usize;
                        if offset < 0 {
                            spend!(pc);
                        }
                    } else {
                        pc += 1;
                    }
                };
            }
            // Runs the native of the topmost frame; what it returns is in `scratch`.
            macro_rules! run_native {
                ($native:expr, $id:expr, $arguments:expr) => {{
                    scratch.clear();
                    let mut call = Call {
                        heap,
                        budget,
                        prototypes,
                        arguments: running.stack.get($arguments).unwrap_or_default(),
                        pushed: scratch,
                        function: $id,
                        frames: &running.frames,
                        thread: *current,
                        c_calls: running.c_calls,
                    };
                    match $native(&mut call)? {
                        Step::Return => {}
                        step => return self.after_step(step),
                    }
                    running.frames.pop();
                }};
            }
            macro_rules! collect_if_due {
                () => {
                    if heap.used_bytes >= heap.threshold_bytes {
                        save!(pc);
                        self.collect();
                        continue 'frame;
                    }
                };
            }

            loop {
                let Some(&instruction) = instructions.get(pc) else { return Ok(Next::Settle) };
                pc += 1;
                match instruction.opcode {
                    Opcode::Move => set!(instruction.a, *register!(instruction.b)),
                    Opcode::LoadK => set!(instruction.a, *constant!(instruction.bx())),
                    Opcode::LoadBool => {
                        set!(instruction.a, Value::Boolean(instruction.b != 0));
                        pc += usize::from(instruction.c != 0);
                    }
                    Opcode::LoadNil => {
                        for register in usize::from(instruction.a)..=usize::from(instruction.b) {
                            set!(register, Value::Nil);
                        }
                    }
                    Opcode::GetUpvalue => {
                        let value = match upvalue(heap, function, instruction.b) {
                            Some((_, Upvalue::Closed(value))) => value,
                            Some((_, Upvalue::Open { thread, at })) if thread == *current => {
                                below.get(at as usize).copied().unwrap_or(Value::Nil)
                            }
                            Some((_, Upvalue::Open { thread, at })) => heap
                                .threads
                                .get(thread.0)
                                .and_then(|thread| thread.stack.get(at as usize))
                                .copied()
                                .unwrap_or(Value::Nil),
                            None => Value::Nil,
                        };
                        set!(instruction.a, value);
                    }
                    Opcode::SetUpvalue => {
                        let value = *register!(instruction.a);
                        match upvalue(heap, function, instruction.b) {
                            Some((id, Upvalue::Closed(_))) => {
                                if let Some(place) = heap.upvalues.get_mut(id.0) {
                                    *place = Upvalue::Closed(value);
                                }
                            }
                            Some((_, Upvalue::Open { thread, at })) => {
                                let place = if thread == *current {
                                    below.get_mut(at as usize)
                                } else {
                                    heap.threads.get_mut(thread.0).and_then(|thread| thread.stack.get_mut(at as usize))
                                };
                                if let Some(place) = place {
                                    *place = value;
                                }
                            }
                            None => {}
                        }
                    }
                    Opcode::GetGlobal => {
                        let Value::String(name) = *constant!(instruction.bx()) else { slow!(instruction) };
                        let environment = heap.functions.get(function.0).map(Function::environment);
                        let Some(table) = environment.and_then(|table| heap.tables.get(table.0)) else {
                            slow!(instruction)
                        };
                        let value = table.find_string(name);
                        if value.is_nil() && table.metatable.is_some() {
                            slow!(instruction);
                        }
                        set!(instruction.a, *value);
                    }
                    Opcode::GetTable => {
                        let key = operand!(instruction.c);
                        let Value::Table(id) = *register!(instruction.b) else { slow!(instruction) };
                        let Some(table) = heap.tables.get(id.0) else { slow!(instruction) };
                        let value = table.find(key);
                        if value.is_nil() && table.metatable.is_some() {
                            slow!(instruction);
                        }
                        set!(instruction.a, *value);
                    }
                    Opcode::SetGlobal => {
                        let Value::String(name) = *constant!(instruction.bx()) else { slow!(instruction) };
                        let environment = heap.functions.get(function.0).map(Function::environment);
                        let Some(table) = environment.and_then(|table| heap.tables.get_mut(table.0)) else {
                            slow!(instruction)
                        };
                        if table.readonly {
                            slow!(instruction);
                        }
                        table.absent = 0;
                        let has_metatable = table.metatable.is_some();
                        match table.place(&Value::String(name)) {
                            Some(place) if !has_metatable || !place.is_nil() => *place = *register!(instruction.a),
                            _ => slow!(instruction),
                        }
                    }
                    Opcode::SetTable => {
                        let key = operand!(instruction.b);
                        let value = operand!(instruction.c);
                        let Value::Table(id) = *register!(instruction.a) else { slow!(instruction) };
                        let Some(table) = heap.tables.get_mut(id.0) else { slow!(instruction) };
                        if table.readonly {
                            slow!(instruction);
                        }
                        table.absent = 0;
                        let has_metatable = table.metatable.is_some();
                        match table.place(key) {
                            Some(place) if !has_metatable || !place.is_nil() => *place = *value,
                            None if !has_metatable => {
                                save!(pc);
                                heap.insert(id, *key, *value)?;
                            }
                            _ => slow!(instruction),
                        }
                    }
                    Opcode::NewTable => {
                        let array = from_floating_byte(instruction.b);
                        let nodes = from_floating_byte(instruction.c);
                        save!(pc);
                        let table = heap.table(array, nodes)?;
                        set!(instruction.a, Value::Table(table));
                        collect_if_due!();
                    }
                    Opcode::OpSelf => {
                        let object = *register!(instruction.b);
                        let Value::String(name) = *operand!(instruction.c) else { slow!(instruction) };
                        let table = match object {
                            Value::Table(id) => heap.tables.get(id.0),
                            _ => None,
                        };
                        let Some(table) = table else { slow!(instruction) };
                        let value = table.find_string(name);
                        if value.is_nil() && table.metatable.is_some() {
                            slow!(instruction);
                        }
                        set!(instruction.a.wrapping_add(1), object);
                        set!(instruction.a, *value);
                    }
                    Opcode::Add => arithmetic!(instruction, left, right, left + right),
                    Opcode::Sub => arithmetic!(instruction, left, right, left - right),
                    Opcode::Mul => arithmetic!(instruction, left, right, left * right),
                    Opcode::Div => arithmetic!(instruction, left, right, left / right),
                    Opcode::Mod => arithmetic!(instruction, left, right, modulo(left, right)),
                    Opcode::Pow => arithmetic!(instruction, left, right, left.powf(right)),
                    Opcode::Unm => match register!(instruction.b) {
                        Value::Number(number) => {
                            let negated = -*number;
                            set!(instruction.a, Value::Number(negated));
                        }
                        _ => slow!(instruction),
                    },
                    Opcode::Not => {
                        let value = *register!(instruction.b);
                        set!(instruction.a, Value::Boolean(!value.is_true()));
                    }
                    Opcode::Len => {
                        let length = match register!(instruction.b) {
                            Value::Table(table) => heap.length(*table),
                            Value::String(string) => heap.bytes(*string).len(),
                            _ => slow!(instruction),
                        };
                        set!(instruction.a, Value::Number(length as f64));
                    }
                    Opcode::Concat => slow!(instruction),
                    Opcode::Jump => {
                        let offset = instruction.jump();
                        pc = (pc as i64 + i64::from(offset)) as usize;
                        if offset < 0 {
                            spend!(pc);
                        }
                    }
                    Opcode::Eq => {
                        let equal = match (operand!(instruction.b), operand!(instruction.c)) {
                            (Value::Number(left), Value::Number(right)) => left == right,
                            (Value::String(left), Value::String(right)) => left.index == right.index,
                            (left, right) if left == right => true,
                            (Value::Table(_), Value::Table(_)) | (Value::Userdata(_), Value::Userdata(_)) => {
                                slow!(instruction)
                            }
                            _ => false,
                        };
                        branch!(equal == (instruction.a != 0));
                    }
                    Opcode::Lt => match (operand!(instruction.b), operand!(instruction.c)) {
                        (Value::Number(left), Value::Number(right)) => {
                            branch!((left < right) == (instruction.a != 0));
                        }
                        _ => slow!(instruction),
                    },
                    Opcode::Le => match (operand!(instruction.b), operand!(instruction.c)) {
                        (Value::Number(left), Value::Number(right)) => {
                            branch!((left <= right) == (instruction.a != 0));
                        }
                        _ => slow!(instruction),
                    },
                    Opcode::Test => {
                        branch!(register!(instruction.a).is_true() == (instruction.c != 0));
                    }
                    Opcode::TestSet => {
                        let value = *register!(instruction.b);
                        let taken = value.is_true() == (instruction.c != 0);
                        if taken {
                            set!(instruction.a, value);
                        }
                        branch!(taken);
                    }
                    Opcode::Call => {
                        if budget.remaining <= 0 {
                            save!(pc - 1);
                            return Ok(self.suspend(Next::Lua));
                        }
                        save!(pc);
                        let at = base + usize::from(instruction.a);
                        let count = match instruction.b {
                            0 => (running.top as usize).saturating_sub(at + 1),
                            b => usize::from(b) - 1,
                        };
                        let wanted = i32::from(instruction.c) - 1;
                        let Value::Function(id) = *register!(instruction.a) else {
                            return Ok(Next::Call { at, count, wanted, then: Then::Call });
                        };
                        let callee = Frame::call(id, at, count, wanted, Then::Call);
                        match heap.functions.get(id.0) {
                            Some(Function::Lua { prototype, .. }) => {
                                let prototype = *prototype;
                                budget.remaining -= 1;
                                let Some(called) = prototypes.get(prototype.0) else { return Ok(Next::Settle) };
                                let parameters = usize::from(called.parameters);
                                if called.varargs.is_vararg
                                    || running.frames.len() as u32 >= running.frame_limit
                                    || running.stack.len() < at + 1 + REGISTERS + count.max(parameters)
                                {
                                    self.enter_lua(callee, prototype, count)?;
                                    continue 'frame;
                                }
                                if count < parameters
                                    && let Some(missing) = running.stack.get_mut(at + 1 + count..at + 1 + parameters)
                                {
                                    missing.fill(Value::Nil);
                                }
                                let top = at as u32 + 1 + u32::from(called.max_stack);
                                running.frames.push(Frame { prototype, top, kind: Kind::Lua, ..callee });
                                continue 'frame;
                            }
                            Some(Function::Native { native, .. }) => {
                                let native = *native;
                                budget.remaining -= 1;
                                if running.frames.len() as u32 >= running.frame_limit {
                                    return Ok(Next::Call { at, count, wanted, then: Then::Call });
                                }
                                running.frames.push(callee);
                                run_native!(native, id, at + 1..at + 1 + count);
                                if let (2, Some(result)) = (instruction.c, running.stack.get_mut(at)) {
                                    *result = scratch.first().copied().unwrap_or(Value::Nil);
                                } else {
                                    self.place_results(at, wanted)?;
                                }
                                self.collect_if_due();
                                continue 'frame;
                            }
                            _ => return Ok(Next::Call { at, count, wanted, then: Then::Call }),
                        }
                    }
                    Opcode::TailCall => {
                        if budget.remaining <= 0 {
                            save!(pc - 1);
                            return Ok(self.suspend(Next::Lua));
                        }
                        save!(pc);
                        let at = base + usize::from(instruction.a);
                        let count = match instruction.b {
                            0 => (running.top as usize).saturating_sub(at + 1),
                            b => usize::from(b) - 1,
                        };
                        if let Value::Function(id) = *register!(instruction.a)
                            && let Some(Function::Lua { prototype, .. }) = heap.functions.get(id.0)
                        {
                            let prototype = *prototype;
                            budget.remaining -= 1;
                            self.replace_frame(at, count, prototype)?;
                            continue 'frame;
                        }
                        // The return behind it passes the results on.
                        return Ok(Next::Call { at, count, wanted: -1, then: Then::Call });
                    }
                    Opcode::Return => {
                        let first = base + usize::from(instruction.a);
                        let count = match instruction.b {
                            0 => (running.top as usize).saturating_sub(first),
                            b => usize::from(b) - 1,
                        };
                        let Some(frame) = running.frames.last() else { return Ok(Next::Settle) };
                        let (then, result, wanted) = (frame.then, frame.result as usize, frame.wanted);
                        if then != Then::Call {
                            scratch.clear();
                            scratch.extend_from_slice(running.stack.get(first..first + count).unwrap_or_default());
                            self.close_upvalues(base);
                            return Ok(Next::Settle);
                        }
                        running.frames.truncate(running.frames.len() - 1);
                        if running.open.last().is_some_and(|(at, _)| *at as usize >= base) {
                            self.close_upvalues(base);
                            self.move_results(first, count, result, wanted);
                            continue 'frame;
                        }
                        // The commonest case: one value.
                        if count == 1 && wanted == 1 {
                            let value = *register!(instruction.a);
                            if let Some(place) = below.get_mut(result) {
                                *place = value;
                            }
                            continue 'frame;
                        }
                        self.move_results(first, count, result, wanted);
                        continue 'frame;
                    }
                    Opcode::ForLoop => {
                        let a = instruction.a;
                        if let (Value::Number(index), Value::Number(limit), Value::Number(step)) =
                            (register!(a), register!(a.wrapping_add(1)), register!(a.wrapping_add(2)))
                        {
                            let (index, limit, step) = (*index + *step, *limit, *step);
                            let goes_on = if step > 0.0 { index <= limit } else { limit <= index };
                            if goes_on {
                                budget.remaining -= 1;
                                if budget.remaining <= 0 {
                                    save!(pc - 1);
                                    return Ok(self.suspend(Next::Lua));
                                }
                                set!(a, Value::Number(index));
                                set!(a.wrapping_add(3), Value::Number(index));
                                pc = (pc as i64 + i64::from(instruction.jump())) as usize;
                            }
                        }
                    }
                    Opcode::ForPrep => {
                        let a = instruction.a;
                        if let (Value::Number(index), Value::Number(_), Value::Number(step)) =
                            (register!(a), register!(a.wrapping_add(1)), register!(a.wrapping_add(2)))
                        {
                            let start = *index - *step;
                            set!(a, Value::Number(start));
                        } else {
                            save!(pc);
                            let names = ["initial value", "limit", "step"];
                            let mut numbers = [0.0; 3];
                            for ((register, name), number) in (a..).zip(names).zip(&mut numbers) {
                                match heap.to_number(*register!(register)) {
                                    Some(converted) => *number = converted,
                                    None => return Err(Failure::runtime(format!("'for' {name} must be a number"))),
                                }
                            }
                            let [index, limit, step] = numbers;
                            set!(a, Value::Number(index - step));
                            set!(a.wrapping_add(1), Value::Number(limit));
                            set!(a.wrapping_add(2), Value::Number(step));
                        }
                        pc = (pc as i64 + i64::from(instruction.jump())) as usize;
                    }
                    Opcode::TForLoop => {
                        if budget.remaining <= 0 {
                            save!(pc - 1);
                            return Ok(self.suspend(Next::Lua));
                        }
                        save!(pc);
                        let a = instruction.a;
                        for offset in 0..3 {
                            let value = *register!(a.wrapping_add(offset));
                            set!(a.wrapping_add(3 + offset), value);
                        }
                        let at = base + usize::from(a) + 3;
                        let wanted = i32::from(instruction.c);
                        if let Value::Function(id) = *register!(a)
                            && let Some(Function::Native { native, .. }) = heap.functions.get(id.0)
                            && (running.frames.len() as u32) < running.frame_limit
                            && running.c_calls + 1 < super::MAX_C_CALLS
                        {
                            let native = *native;
                            budget.remaining -= 1;
                            running.frames.push(Frame::call(id, at, 2, wanted, Then::Loop));
                            running.c_calls += 1;
                            run_native!(native, id, at + 1..at + 3);
                            running.c_calls -= 1;
                            let mut results = scratch.iter();
                            let first = results.next().copied().unwrap_or(Value::Nil);
                            for place in running.stack.iter_mut().skip(at + 1).take(usize::from(instruction.c) - 1) {
                                *place = results.next().copied().unwrap_or(Value::Nil);
                            }
                            if let Some([control, value]) = running.stack.get_mut(at - 1..=at) {
                                *value = first;
                                if first.is_nil() {
                                    if let Some(frame) = running.frames.last_mut() {
                                        frame.pc += 1;
                                    }
                                } else {
                                    *control = first;
                                }
                            }
                            self.collect_if_due();
                            continue 'frame;
                        }
                        return Ok(Next::Call { at, count: 2, wanted, then: Then::Loop });
                    }
                    Opcode::SetList => {
                        let mut batch = usize::from(instruction.c);
                        if batch == 0 {
                            batch = instructions.get(pc).map_or(0, |extra| extra.bx() as usize);
                            pc += 1;
                        }
                        save!(pc);
                        let first = base + usize::from(instruction.a) + 1;
                        let count = match instruction.b {
                            0 => (running.top as usize).saturating_sub(first),
                            b => usize::from(b),
                        };
                        if let Value::Table(table) = *register!(instruction.a) {
                            self.set_list(table, (batch - 1) * FIELDS_PER_FLUSH, first, count)?;
                        }
                        continue 'frame;
                    }
                    Opcode::Close => {
                        save!(pc);
                        self.close_upvalues(base + usize::from(instruction.a));
                        continue 'frame;
                    }
                    Opcode::Closure => {
                        save!(pc);
                        self.make_closure(instruction)?;
                        self.collect_if_due();
                        continue 'frame;
                    }
                    Opcode::VarArg => {
                        save!(pc);
                        let parameters = usize::from(code.parameters);
                        let result = running.frames.last().map_or(0, |frame| frame.result as usize);
                        let extra = base.saturating_sub(result + 1 + parameters);
                        let at = base + usize::from(instruction.a);
                        self.place_varargs(base - extra, extra, at, i32::from(instruction.b) - 1)?;
                        continue 'frame;
                    }
                    Opcode::Extra => {}
                }
            }
        }
    }
}

/// An upvalue of a function.
#[inline(always)]
pub(super) fn upvalue(heap: &Heap, function: FunctionId, index: u16) -> Option<(UpvalueId, Upvalue)> {
    match heap.functions.get(function.0) {
        Some(Function::Lua { upvalues, .. }) => {
            let id = *upvalues.get(usize::from(index))?;
            Some((id, *heap.upvalues.get(id.0)?))
        }
        _ => None,
    }
}
