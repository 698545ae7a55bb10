//! Coroutines: each has a stack and frames of its own; the one that runs has them in the machine.

use super::{MAX_C_CALLS, Machine, Next, Stop};
use crate::heap::native::Failure;
use crate::heap::thread::{Status, Then};
use crate::heap::value::{ThreadId, Value};

/// What a new coroutine's stack costs of the budget.
const NEW_STACK_UNITS: usize = 64;

impl Machine {
    /// Goes on in a coroutine with the values in `scratch`. The native on top waits for it.
    pub(super) fn resume_thread(&mut self, thread: ThreadId, wrapped: bool) -> Result<Next, Failure> {
        let status = if thread == self.current {
            Status::Running
        } else {
            self.heap.threads.get(thread.0).map_or(Status::Dead, |thread| thread.status)
        };
        let refusal = match status {
            Status::Suspended if self.resume_depth >= MAX_C_CALLS => "C stack overflow",
            Status::Suspended => "",
            Status::Running => "cannot resume running coroutine",
            Status::Normal => "cannot resume normal coroutine",
            Status::Dead => "cannot resume dead coroutine",
        };
        if !refusal.is_empty() {
            if wrapped {
                return Err(Failure::Raise { level: 1, text: refusal.as_bytes().into() });
            }
            let text = self.heap.string(refusal.as_bytes())?;
            self.scratch.clear();
            self.scratch.extend([Value::Boolean(false), Value::String(text)]);
            return Ok(Next::Settle);
        }
        self.switch_to(thread);
        self.running.resumer = Some(self.current);
        self.running.wrapped = wrapped;
        self.current = thread;
        self.resume_depth += 1;
        if self.running.frames.is_empty() {
            self.running.c_calls = 1;
            // Its stack is about to be made.
            self.budget.spend(NEW_STACK_UNITS);
        }
        self.running.base_c_calls = self.running.c_calls;
        if self.running.frames.is_empty() {
            let count = self.scratch.len();
            let arguments = std::mem::take(&mut self.scratch);
            let function = self.at(0);
            let put = self.put_call(0, function, &arguments);
            self.scratch = arguments;
            put?;
            return Ok(Next::Call { at: 0, count, wanted: -1, then: Then::Base });
        }
        // The yield on top returns what was passed.
        Ok(Next::Settle)
    }

    /// Exchanges what runs for what lies in the heap.
    fn switch_to(&mut self, thread: ThreadId) {
        let taken = self.heap.threads.get_mut(thread.0).map(std::mem::take).unwrap_or_default();
        let mut before = std::mem::replace(&mut self.running, taken);
        self.running.status = Status::Running;
        before.status = Status::Normal;
        before.globals = Some(self.heap.thread_globals);
        self.heap.thread_globals = self.running.globals.unwrap_or(self.heap.globals);
        if let Some(place) = self.heap.threads.get_mut(self.current.0) {
            *place = before;
        }
    }

    /// Goes back to who resumed, leaving this coroutine in a state.
    fn switch_back(&mut self, status: Status) -> bool {
        let Some(resumer) = self.running.resumer.take() else { return false };
        let left = self.current;
        self.switch_to(resumer);
        self.current = resumer;
        self.resume_depth = self.resume_depth.saturating_sub(1);
        if let Some(thread) = self.heap.threads.get_mut(left.0) {
            thread.status = status;
            if status == Status::Dead {
                let freed = thread.bytes();
                thread.stack = Vec::new();
                thread.frames = Vec::new();
                thread.continuations = Vec::new();
                thread.top = 0;
                self.heap.release(freed);
            }
        }
        true
    }

    pub(super) fn yield_thread(&mut self) -> Result<Next, Failure> {
        if self.running.resumer.is_none() || self.running.c_calls > self.running.base_c_calls {
            return Err(Failure::runtime("attempt to yield across metamethod/C-call boundary"));
        }
        let wrapped = self.running.wrapped;
        self.switch_back(Status::Suspended);
        if !wrapped {
            self.scratch.insert(0, Value::Boolean(true));
        }
        Ok(Next::Settle)
    }

    /// The first function of what runs has returned; its results lie in `scratch`.
    pub(super) fn finish_thread(&mut self) -> Result<Next, Failure> {
        let wrapped = self.running.wrapped;
        if !self.switch_back(Status::Dead) {
            self.results.clear();
            self.results.append(&mut self.scratch);
            return Ok(Next::Exit(Stop::Finished));
        }
        if !wrapped {
            self.scratch.insert(0, Value::Boolean(true));
        }
        Ok(Next::Settle)
    }

    /// An error ends what runs. Nothing when nobody resumed it.
    pub(super) fn fail_thread(&mut self, error: Value) -> Option<Result<Next, Failure>> {
        self.running.resumer?;
        let wrapped = self.running.wrapped;
        self.close_upvalues(0);
        self.switch_back(Status::Dead);
        if !wrapped {
            self.scratch.clear();
            self.scratch.extend([Value::Boolean(false), error]);
            return Some(Ok(Next::Settle));
        }
        // A function of coroutine.wrap passes it on, with its own caller's position when it is a text.
        Some(Err(match error {
            Value::String(string) => Failure::Raise { level: 1, text: self.heap.bytes(string).into() },
            Value::Number(_) => match self.heap.to_string(error) {
                Ok(Some(string)) => Failure::Raise { level: 1, text: self.heap.bytes(string).into() },
                _ => Failure::Error(error),
            },
            other => Failure::Error(other),
        }))
    }
}
