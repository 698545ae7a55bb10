//! Calls and returns: of Lua functions, natives and the host.

use super::{MAX_C_CALLS, Machine, Next, Stop};
use crate::heap::native::{Call, Continuation, Failure, Step};
use crate::heap::thread::{Frame, Kind, Then};
use crate::heap::value::{FunctionId, PrototypeId, TableId, Value};
use crate::heap::{Function, Metamethod};

/// How many registers an instruction can name: a stack always has so many places above a frame's base.
pub(super) const REGISTERS: usize = 256;

/// Where the results of a frame go that is no more.
pub(super) struct Popped {
    pub(super) then: Then,
    pub(super) result: usize,
    pub(super) wanted: i32,
}

impl Machine {
    // ---- the stack

    /// Makes the stack so long.
    pub(super) fn ensure(&mut self, length: usize) -> Result<(), Failure> {
        let before = self.running.stack.len();
        if length <= before {
            return Ok(());
        }
        let wanted = length.max(before.saturating_mul(3) / 2).max(2 * REGISTERS);
        self.heap.charge((wanted - before) * size_of::<Value>())?;
        self.running.stack.resize(wanted, Value::Nil);
        Ok(())
    }

    /// Gives back what a deep recursion took, once it is over.
    pub(super) fn shrink_stack(&mut self) {
        let used = self.running.frames.iter().map(|frame| frame.top).max().unwrap_or(0).max(self.running.top);
        let wanted = (used as usize + 2 * REGISTERS) * 2;
        let before = self.running.stack.len();
        if before / 2 > wanted {
            self.running.stack.truncate(wanted);
            self.running.stack.shrink_to_fit();
            self.heap.release((before - wanted) * size_of::<Value>());
        }
    }

    pub(super) fn put(&mut self, at: usize, value: Value) {
        if let Some(place) = self.running.stack.get_mut(at) {
            *place = value;
        }
    }

    pub(super) fn at(&self, at: usize) -> Value {
        self.running.stack.get(at).copied().unwrap_or(Value::Nil)
    }

    /// Puts a function and its arguments on the stack.
    pub(super) fn put_call(&mut self, at: usize, function: Value, arguments: &[Value]) -> Result<(), Failure> {
        self.ensure(at + arguments.len() + 1 + REGISTERS)?;
        self.put(at, function);
        for (place, value) in self.running.stack.iter_mut().skip(at + 1).zip(arguments) {
            *place = *value;
        }
        Ok(())
    }

    /// The first free place above what runs.
    pub(super) fn free_place(&self) -> usize {
        self.running.frames.last().map_or(0, |frame| frame.top as usize)
    }

    /// Calls a function from inside an instruction or a native, in a place above what runs.
    pub(super) fn call_above(
        &mut self,
        function: Value,
        arguments: &[Value],
        wanted: i32,
        then: Then,
    ) -> Result<Next, Failure> {
        let at = self.free_place();
        self.put_call(at, function, arguments)?;
        Ok(Next::Call { at, count: arguments.len(), wanted, then })
    }

    // ---- calling

    pub(super) fn begin_call(&mut self, at: usize, mut count: usize, wanted: i32, then: Then) -> Result<Next, Failure> {
        let function = match self.at(at) {
            Value::Function(function) => function,
            other => {
                // __call gets the object as its first argument.
                let Value::Function(function) = self.heap.metamethod(other, Metamethod::Call) else {
                    let failure = self.call_error(at);
                    self.push_refused(at, count, then)?;
                    return Err(failure);
                };
                self.ensure(at + count + 2 + REGISTERS)?;
                for from in (at..=at + count).rev() {
                    let value = self.at(from);
                    self.put(from + 1, value);
                }
                self.put(at, Value::Function(function));
                count += 1;
                function
            }
        };
        if !matches!(then, Then::Call | Then::Base)
            && let Err(failure) = self.check_c_calls(then)
        {
            self.push_refused(at, count, then)?;
            return Err(failure);
        }
        self.budget.remaining -= 1;
        let mut frame = Frame::call(function, at, count, wanted, then);
        let next = match self.heap.functions.get(function.0) {
            Some(Function::Lua { prototype, .. }) => {
                let prototype = *prototype;
                self.enter_lua(frame, prototype, count)?;
                return Ok(Next::Lua);
            }
            Some(Function::Host { id, .. }) => {
                frame.kind = Kind::Host;
                Next::Exit(Stop::Called(*id))
            }
            _ => Next::Native,
        };
        self.ensure(at + count + 1 + REGISTERS)?;
        self.push_frame(frame)?;
        Ok(next)
    }

    /// A pcall catches that what it was given cannot be called: a frame of its own stands for the call.
    fn push_refused(&mut self, at: usize, count: usize, then: Then) -> Result<(), Failure> {
        let Some(function) = self.running.frames.last().map(|frame| frame.function) else { return Ok(()) };
        if !matches!(then, Then::Protected { .. }) {
            return Ok(());
        }
        self.push_frame(Frame::call(function, at, count, 0, then))
    }

    /// Counts what would be a recursion of C, which has a limit, and a further one while that error is handled.
    fn check_c_calls(&mut self, then: Then) -> Result<(), Failure> {
        let calls = self.running.c_calls + 1;
        if calls >= MAX_C_CALLS + MAX_C_CALLS / 8 {
            return Err(self.error_in_error());
        }
        if calls == MAX_C_CALLS && then != Then::Handler {
            return Err(Failure::runtime("C stack overflow"));
        }
        Ok(())
    }

    #[inline]
    pub(super) fn push_frame(&mut self, frame: Frame) -> Result<(), Failure> {
        let depth = self.running.frames.len() as u32;
        if depth >= self.running.frame_limit {
            if self.running.frame_limit > 20_000 {
                return Err(self.error_in_error());
            }
            // The handler of this error may go deeper.
            self.running.frame_limit *= 2;
            return Err(Failure::runtime("stack overflow"));
        }
        if !matches!(frame.then, Then::Call | Then::Base) {
            self.running.c_calls += 1;
        }
        self.running.frames.push(frame);
        Ok(())
    }

    /// Takes the frame on top away. Gives what is asked of it, and no copy: see [`Machine::execute`] for why.
    #[inline]
    pub(super) fn pop_frame(&mut self) -> Option<Popped> {
        let frame = self.running.frames.last()?;
        let popped = Popped { then: frame.then, result: frame.result as usize, wanted: frame.wanted };
        let is_waiting = frame.kind == Kind::Waiting;
        self.running.frames.truncate(self.running.frames.len() - 1);
        if !matches!(popped.then, Then::Call | Then::Base) {
            self.running.c_calls = self.running.c_calls.saturating_sub(1);
        }
        if is_waiting {
            self.running.continuations.pop();
        }
        Some(popped)
    }

    /// Sets the frame of a Lua function up and its parameters: missing ones are nil, extra ones stay below its base
    /// or go.
    pub(super) fn enter_lua(&mut self, mut frame: Frame, prototype: PrototypeId, count: usize) -> Result<(), Failure> {
        let Some(code) = self.prototypes.get(prototype.0) else { return Ok(()) };
        let (parameters, max_stack, varargs) = (usize::from(code.parameters), u32::from(code.max_stack), code.varargs);
        frame.prototype = prototype;
        frame.kind = Kind::Lua;
        let at = frame.result as usize;
        self.budget.spend(count / 16);
        self.ensure(at + 1 + count + parameters + 1 + REGISTERS)?;
        if count < parameters
            && let Some(missing) = self.running.stack.get_mut(at + 1 + count..at + 1 + parameters)
        {
            missing.fill(Value::Nil);
        }
        if varargs.is_vararg {
            let extra = count.saturating_sub(parameters);
            let argument_table =
                if varargs.needs_arg { self.argument_table(at + 1 + parameters, extra)? } else { Value::Nil };
            // The named parameters move above all that was passed.
            let base = at + 1 + count.max(parameters);
            for parameter in 0..parameters {
                let value = self.at(at + 1 + parameter);
                self.put(base + parameter, value);
                self.put(at + 1 + parameter, Value::Nil);
            }
            if varargs.has_arg {
                self.put(base + parameters, argument_table);
            }
            frame.base = base as u32;
        }
        frame.top = frame.base + max_stack;
        self.push_frame(frame)
    }

    /// The `arg` of Lua 5.0: the extra arguments and `n`.
    fn argument_table(&mut self, first: usize, count: usize) -> Result<Value, Failure> {
        let table = self.heap.table(count, 1)?;
        for index in 0..count {
            let value = self.at(first + index);
            self.heap.set_integer(table, index + 1, value)?;
        }
        self.heap.set_bytes(table, b"n", Value::Number(count as f64))?;
        Ok(Value::Table(table))
    }

    // ---- natives

    pub(super) fn run_native(&mut self) -> Result<Next, Failure> {
        let Some(frame) = self.running.frames.last() else { return Ok(Next::Settle) };
        let native = match self.heap.functions.get(frame.function.0) {
            Some(Function::Native { native, .. }) => *native,
            _ => return Ok(Next::Settle),
        };
        let step = self.with_call(native)?;
        self.after_step(step)
    }

    /// Hands the native on top what it may use.
    fn with_call(&mut self, run: impl FnOnce(&mut Call<'_>) -> Result<Step, Failure>) -> Result<Step, Failure> {
        self.scratch.clear();
        let Machine { heap, prototypes, budget, running, current, scratch, .. } = self;
        let Some(frame) = running.frames.last() else { return Ok(Step::Return) };
        let mut call = Call {
            heap,
            budget,
            prototypes,
            arguments: running.stack.get(frame.base as usize..frame.top as usize).unwrap_or_default(),
            pushed: scratch,
            function: frame.function,
            frames: &running.frames,
            thread: *current,
            c_calls: running.c_calls,
        };
        run(&mut call)
    }

    pub(super) fn resume_continuation(&mut self) -> Result<Next, Failure> {
        let Some(frame) = self.running.frames.last_mut() else { return Ok(Next::Settle) };
        let Some(continuation) = self.running.continuations.pop() else { return Ok(Next::Settle) };
        frame.kind = Kind::Native;
        let mut results = std::mem::replace(&mut self.scratch, std::mem::take(&mut self.spare));
        let step = self.with_call(|call| continuation.resume(call, &results));
        results.clear();
        self.spare = results;
        self.after_step(step?)
    }

    /// What a native wants done. A collection must not come before the continuation lies where the collector sees it.
    pub(super) fn after_step(&mut self, step: Step) -> Result<Next, Failure> {
        match step {
            Step::Return => {
                self.collect_if_due();
                Ok(Next::Settle)
            }
            Step::Call(then) => {
                self.wait_with(then);
                self.call_scratch(Then::Native)
            }
            Step::TailCall => self.call_scratch(Then::Tail),
            Step::Again(then) => {
                self.wait_with(then);
                self.scratch.clear();
                self.collect_if_due();
                Ok(if self.budget.is_used_up() { self.suspend(Next::Resume) } else { Next::Resume })
            }
            Step::Protected { handler } => {
                let Some(frame) = self.running.frames.last_mut() else { return Ok(Next::Settle) };
                let place = frame.top as usize;
                frame.top += 1;
                self.ensure(place + 1)?;
                self.put(place, handler.unwrap_or(Value::Nil));
                self.call_scratch(Then::Protected { handled: handler.is_some() })
            }
            Step::Resume { thread, wrapped } => self.resume_thread(thread, wrapped),
            Step::Yield => self.yield_thread(),
        }
    }

    fn wait_with(&mut self, then: Box<dyn Continuation>) {
        self.running.continuations.push(then);
        if let Some(frame) = self.running.frames.last_mut() {
            frame.kind = Kind::Waiting;
        }
    }

    /// Calls the function that lies in `scratch` with its arguments, above the native on top.
    fn call_scratch(&mut self, then: Then) -> Result<Next, Failure> {
        self.collect_if_due();
        let at = self.free_place();
        let count = self.scratch.len().saturating_sub(1);
        self.ensure(at + count + 1 + REGISTERS)?;
        for (place, value) in self.running.stack.iter_mut().skip(at).zip(&self.scratch) {
            *place = *value;
        }
        if self.budget.is_used_up() {
            // The values lie above the frame's top: they are kept by it until the call begins.
            self.running.top = (at + count + 1) as u32;
            return Ok(self.suspend(Next::Call { at, count, wanted: -1, then }));
        }
        Ok(Next::Call { at, count, wanted: -1, then })
    }

    // ---- returning

    /// Hands the results in `scratch` of the frame on top to who waits for them.
    pub(super) fn settle(&mut self) -> Result<Next, Failure> {
        let Some(frame) = self.pop_frame() else {
            self.results.clear();
            self.results.append(&mut self.scratch);
            return Ok(Next::Exit(Stop::Finished));
        };
        match frame.then {
            Then::Call => {
                self.place_results(frame.result, frame.wanted)?;
                Ok(Next::Lua)
            }
            Then::Finish | Then::FinishNot | Then::FinishConcat { .. } => {
                let result = self.scratch.first().copied().unwrap_or(Value::Nil);
                self.finish(frame.then, result)
            }
            Then::Loop => {
                self.place_results(frame.result, frame.wanted)?;
                self.finish_loop();
                Ok(Next::Lua)
            }
            Then::Native => Ok(Next::Resume),
            Then::Tail => Ok(Next::Settle),
            Then::Protected { .. } => {
                self.scratch.insert(0, Value::Boolean(true));
                Ok(Next::Settle)
            }
            Then::Handler => {
                let error = self.scratch.first().copied().unwrap_or(Value::Nil);
                self.unwind_to_protected(error)
            }
            Then::Base => self.finish_thread(),
        }
    }

    /// Copies the results to where the called function stood; missing ones are nil.
    pub(super) fn place_results(&mut self, at: usize, wanted: i32) -> Result<(), Failure> {
        let count = self.scratch.len();
        self.budget.spend(count / 16);
        let Ok(wanted) = usize::try_from(wanted) else {
            self.ensure(at + count + REGISTERS)?;
            for (place, value) in self.running.stack.iter_mut().skip(at).zip(&self.scratch) {
                *place = *value;
            }
            self.running.top = (at + count) as u32;
            return Ok(());
        };
        self.ensure(at + wanted + REGISTERS)?;
        for (index, place) in self.running.stack.iter_mut().skip(at).take(wanted).enumerate() {
            *place = self.scratch.get(index).copied().unwrap_or(Value::Nil);
        }
        Ok(())
    }

    /// The environment of a function.
    pub(super) fn environment(&self, function: FunctionId) -> TableId {
        self.heap.functions.get(function.0).map_or(self.heap.globals, Function::environment)
    }
}
