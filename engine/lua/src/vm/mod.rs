//! The machine.

pub mod event;

use crate::heap::Prototypes;
use crate::heap::native::Failure;
use crate::heap::thread::Thread;
use crate::heap::{Heap, value::Value};

pub(crate) struct Machine {
    pub(crate) heap: Heap,
    prototypes: Prototypes,
    running: Thread,
    results: Vec<Value>,
    killed: bool,
}

impl Machine {
    pub(crate) fn new(limit: usize) -> Machine {
        Machine {
            heap: Heap::new(limit),
            prototypes: Prototypes::default(),
            running: Thread::default(),
            results: Vec::new(),
            killed: false,
        }
    }
    pub(crate) fn load(&mut self, _source: &[u8], _name: &[u8]) -> Result<Value, Failure> {
        Ok(Value::Nil)
    }
    pub(crate) fn start(&mut self, _function: Value, _arguments: &[Value]) {}
    pub(crate) fn run(&mut self, _budget: u64) -> event::Event {
        event::Event::Finished
    }
    pub(crate) fn results(&self) -> &[Value] {
        &self.results
    }
    pub(crate) fn arguments(&self) -> &[Value] {
        &self.results
    }
    pub(crate) fn answer(&mut self, _results: &[Value]) {}
    pub(crate) fn raise(&mut self, _error: Value) {}
    pub(crate) fn kill(&mut self) {
        self.killed = true;
    }
    pub(crate) fn position(&self, _level: u32) -> Vec<u8> {
        Vec::new()
    }
    pub(crate) fn collect(&mut self) {
        self.heap.collect(&mut self.prototypes, &mut self.running, []);
    }
}
