//! The machine: runs prototypes on a heap, with frames of its own for everything that calls.
//!
//! Nothing in it recurses in Rust while a script runs. Each step says what comes next ([`Next`]), so the machine can
//! stop between any two of them: when the budget is used up, or when the host is called. Metamethods, iterators,
//! pcall and coroutines are frames like any other call.

mod call;
mod coroutine;
mod errors;
pub mod event;
mod execute;
mod frames;
mod operations;

use crate::compile::compile;
use crate::heap::native::{Budget, Failure};
use crate::heap::prototype::Prototypes;
use crate::heap::thread::{FIRST_FRAME_LIMIT, Kind, Status, Then, Thread};
use crate::heap::value::{ThreadId, Value};
use crate::heap::{Census, Function, Heap, Upvalue};
use event::Event;

/// How deep calls may nest that would be recursions of C in the real one.
pub(crate) const MAX_C_CALLS: u32 = 200;

/// What the machine does next.
#[derive(Debug)]
enum Next {
    /// Run the Lua function on top.
    Lua,
    /// Call what lies at this place of the stack.
    Call { at: usize, count: usize, wanted: i32, then: Then },
    /// Run the native on top, which was not run yet.
    Native,
    /// Resume the continuation of the native on top, with what lies in `scratch`.
    Resume,
    /// The frame on top is done; its results lie in `scratch`.
    Settle,
    /// An error happens.
    Throw(Failure),
    /// Something is to be said to the host.
    Exit(Stop),
}

/// What the host is told. Unlike [`Event`] it is small, because every step of the machine hands a [`Next`] on.
#[derive(Clone, Copy, Debug)]
enum Stop {
    Finished,
    Called(u32),
    Suspended,
}

pub(crate) struct Machine {
    pub(crate) heap: Heap,
    prototypes: Prototypes,
    budget: Budget,
    /// The coroutine that runs; its place in the heap is empty meanwhile.
    running: Thread,
    current: ThreadId,
    main: ThreadId,
    /// How many coroutines wait for one they resumed.
    resume_depth: u32,
    /// Values on their way: results, or a function with its arguments.
    scratch: Vec<Value>,
    /// Kept so that a callback needs no allocation.
    spare: Vec<Value>,
    /// What the last call returned.
    results: Vec<Value>,
    /// Where to go on.
    pending: Option<Next>,
    is_killed: bool,
    /// The error that comes is one of handling errors: no handler sees it.
    is_error_in_error: bool,
}

impl Machine {
    pub(crate) fn new(limit_bytes: usize) -> Machine {
        let mut heap = Heap::new(limit_bytes);
        // A limit too small even for this is met at the first call.
        let main = heap.add_thread(Value::Nil).unwrap_or(ThreadId(u32::MAX));
        let mut machine = Machine {
            heap,
            prototypes: Prototypes::default(),
            budget: Budget::default(),
            running: Thread::default(),
            current: main,
            main,
            resume_depth: 0,
            scratch: Vec::new(),
            spare: Vec::new(),
            results: Vec::new(),
            pending: None,
            is_killed: false,
            is_error_in_error: false,
        };
        // What runs lies in the machine, from the first.
        let first = machine.heap.threads.get_mut(main.0).map(std::mem::take).unwrap_or_default();
        machine.heap.release(first.bytes());
        machine.reset();
        machine
    }

    /// Drops any call in progress.
    fn reset(&mut self) {
        self.close_all();
        self.heap.release(self.running.bytes());
        self.running = Thread {
            frame_limit: FIRST_FRAME_LIMIT,
            status: Status::Running,
            globals: Some(self.heap.globals),
            ..Thread::default()
        };
        self.current = self.main;
        self.heap.thread_globals = self.heap.globals;
        self.resume_depth = 0;
        self.scratch.clear();
        self.results.clear();
        self.pending = None;
    }

    /// Gives every upvalue that lies on a stack in use its own value: those stacks go.
    fn close_all(&mut self) {
        loop {
            self.close_upvalues(0);
            let Some(resumer) = self.running.resumer else { break };
            self.heap.release(self.running.bytes());
            self.running = self.heap.threads.get_mut(resumer.0).map(std::mem::take).unwrap_or_default();
        }
    }

    pub(crate) fn load(&mut self, source: &[u8], name: &[u8]) -> Result<Value, Failure> {
        let prototype = compile(&mut self.heap, &mut self.prototypes, source, name, self.running.c_calls)?;
        let environment = self.heap.globals;
        self.heap.add_function(Function::Lua { prototype, environment, upvalues: Box::default() })
    }

    pub(crate) fn start(&mut self, function: Value, arguments: &[Value]) {
        self.reset();
        self.is_killed = false;
        // The call itself is one of C's.
        self.running.c_calls = 1;
        self.pending = Some(match self.put_call(0, function, arguments) {
            Ok(()) => Next::Call { at: 0, count: arguments.len(), wanted: -1, then: Then::Base },
            Err(failure) => Next::Throw(failure),
        });
    }

    pub(crate) fn run(&mut self, budget_units: u64) -> Event {
        self.budget.remaining = i64::try_from(budget_units).unwrap_or(i64::MAX).max(1);
        let mut next = match self.pending.take() {
            Some(next) => next,
            None => match self.waiting_host() {
                Some(id) => Next::Exit(Stop::Called(id)),
                None => return Event::Finished,
            },
        };
        loop {
            if self.is_killed {
                next = Next::Throw(Failure::Killed);
            }
            let outcome = match next {
                Next::Lua => self.execute(),
                Next::Call { at, count, wanted, then } => self.begin_call(at, count, wanted, then),
                Next::Native => self.run_native(),
                Next::Resume => self.resume_continuation(),
                Next::Settle => self.settle(),
                Next::Throw(failure) => match self.throw(failure) {
                    Ok(next) => Ok(next),
                    Err(fault) => {
                        self.is_killed = false;
                        self.reset();
                        // So that it stays alive for the host to read.
                        self.results.push(fault.value);
                        return Event::Failed(fault);
                    }
                },
                Next::Exit(Stop::Finished) => return Event::Finished,
                Next::Exit(Stop::Called(id)) => return Event::Called(id),
                Next::Exit(Stop::Suspended) => return Event::Suspended,
            };
            next = outcome.unwrap_or_else(Next::Throw);
        }
    }

    /// Stops until there is more budget, then goes on with `next`.
    fn suspend(&mut self, next: Next) -> Next {
        self.pending = Some(next);
        Next::Exit(Stop::Suspended)
    }

    pub(crate) fn units_left(&self) -> u64 {
        u64::try_from(self.budget.remaining).unwrap_or(0)
    }

    pub(crate) fn results(&self) -> &[Value] {
        &self.results
    }

    pub(crate) fn arguments(&self) -> &[Value] {
        match self.running.frames.last() {
            Some(frame) if frame.kind == Kind::Host => {
                self.running.stack.get(frame.base as usize..frame.top as usize).unwrap_or_default()
            }
            _ => &[],
        }
    }

    pub(crate) fn answer(&mut self, results: &[Value]) {
        if self.running.frames.last().is_some_and(|frame| frame.kind == Kind::Host) {
            self.scratch.clear();
            self.scratch.extend_from_slice(results);
            self.pending = Some(Next::Settle);
        }
    }

    pub(crate) fn raise(&mut self, error: Value) {
        if self.running.frames.last().is_some_and(|frame| frame.kind == Kind::Host) {
            self.pending = Some(Next::Throw(Failure::Error(error)));
        }
    }

    pub(crate) fn kill(&mut self) {
        self.is_killed = self.pending.is_some() || self.waiting_host().is_some();
    }

    /// The host function whose answer is missing.
    fn waiting_host(&self) -> Option<u32> {
        let frame = self.running.frames.last().filter(|frame| frame.kind == Kind::Host)?;
        match self.heap.functions.get(frame.function.0) {
            Some(Function::Host { id, .. }) => Some(*id),
            _ => None,
        }
    }

    pub(crate) fn census(&self) -> Census {
        self.heap.census(&self.prototypes, &self.running)
    }

    pub(crate) fn position(&self, level: u32) -> Vec<u8> {
        self.position_text(i64::from(level))
    }

    pub(crate) fn collect(&mut self) {
        self.budget.spend(self.heap.used_bytes() / 128);
        let Machine { heap, prototypes, running, scratch, results, pending, .. } = self;
        let thrown = match pending {
            Some(Next::Throw(Failure::Error(value))) => *value,
            _ => Value::Nil,
        };
        let roots = scratch.iter().chain(results.iter()).copied().chain([thrown, Value::Thread(self.main)]);
        heap.collect(prototypes, running, roots);
        if self.running.stack.len() > 4096 {
            self.shrink_stack();
        }
    }

    /// Collects when a collection is due.
    fn collect_if_due(&mut self) {
        if self.heap.used_bytes >= self.heap.threshold_bytes {
            self.collect();
        }
    }

    // ---- upvalues

    /// Moves the variables at and above a place of the stack out of it.
    fn close_upvalues(&mut self, from: usize) {
        while let Some((at, upvalue)) = self.running.open.last().copied()
            && at as usize >= from
        {
            self.running.open.pop();
            let value = self.running.stack.get(at as usize).copied().unwrap_or(Value::Nil);
            if let Some(place) = self.heap.upvalues.get_mut(upvalue.0) {
                *place = Upvalue::Closed(value);
            }
        }
    }
}
