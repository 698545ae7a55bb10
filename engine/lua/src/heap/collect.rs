//! Mark and sweep, with a list of its own in place of recursion.

use super::prototype::{Prototype, Prototypes};
use super::thread::Thread;
use super::value::{FunctionId, PrototypeId, TableId, ThreadId, UpvalueId, Value};
use super::{Function, Heap, Metamethod, Upvalue, Userdata, slot_bytes, table::Table};

/// No collection before so much is used.
pub(crate) const FIRST_THRESHOLD_BYTES: usize = 256 * 1024;

/// What there is, counted one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Census {
    pub objects: usize,
    pub bytes: usize,
}

impl Census {
    fn add(&mut self, sizes: impl Iterator<Item = usize>) {
        for bytes in sizes {
            self.objects += 1;
            self.bytes += bytes;
        }
    }
}

enum Gray {
    Table(TableId),
    Function(FunctionId),
    Thread(ThreadId),
    Prototype(PrototypeId),
    Upvalue(UpvalueId),
}

struct Marker<'h> {
    heap: &'h mut Heap,
    prototypes: &'h mut Prototypes,
    gray: Vec<Gray>,
    weak: Vec<(TableId, bool, bool)>,
}

impl Heap {
    /// Frees what cannot be reached from the running coroutine, the globals, what the host keeps and `roots`.
    pub(crate) fn collect(
        &mut self,
        prototypes: &mut Prototypes,
        running: &mut Thread,
        roots: impl IntoIterator<Item = Value>,
    ) {
        let mut marker = Marker { heap: self, prototypes, gray: Vec::new(), weak: Vec::new() };
        marker.value(Value::Table(marker.heap.globals));
        marker.value(Value::Table(marker.heap.thread_globals));
        if let Some(metatable) = marker.heap.string_metatable {
            marker.value(Value::Table(metatable));
        }
        for at in 0..marker.heap.kept.len() {
            if let Some(Some(value)) = marker.heap.kept.get(at).copied() {
                marker.value(value);
            }
        }
        roots.into_iter().for_each(|root| marker.value(root));
        marker.thread(running);
        marker.drain();
        marker.clear_weak();
        self.sweep(prototypes);
        let room = self.limit_bytes.saturating_sub(self.used_bytes) / 2;
        let step = self.used_bytes.max(FIRST_THRESHOLD_BYTES).min(room.max(FIRST_THRESHOLD_BYTES / 4));
        self.threshold_bytes = self.used_bytes.saturating_add(step);
    }

    /// Counts everything, what could be freed too.
    pub(crate) fn census(&self, prototypes: &Prototypes, running: &Thread) -> Census {
        // What runs has its place in the heap, but lies in the machine.
        let mut census = Census { objects: 0, bytes: running.bytes() };
        census.add(self.strings.live());
        census.add(self.tables.live().map(|table| slot_bytes::<Table>() + table.bytes()));
        census.add(self.functions.live().map(Function::bytes));
        census.add(self.upvalues.live().map(|_| slot_bytes::<Upvalue>()));
        census.add(self.threads.live().map(|thread| slot_bytes::<Thread>() + thread.bytes()));
        census.add(self.userdata.live().map(|_| slot_bytes::<Userdata>()));
        census.add(prototypes.live().map(Prototype::bytes));
        census
    }

    fn sweep(&mut self, prototypes: &mut Prototypes) {
        let mut freed = self.strings.sweep();
        self.tables.sweep(|table| freed += slot_bytes::<Table>() + table.bytes());
        self.functions.sweep(|function| freed += function.bytes());
        self.upvalues.sweep(|_| freed += slot_bytes::<Upvalue>());
        self.threads.sweep(|thread| freed += slot_bytes::<Thread>() + thread.bytes());
        self.userdata.sweep(|_| freed += slot_bytes::<Userdata>());
        prototypes.sweep(|prototype| freed += prototype.bytes());
        self.release(freed);
    }
}

impl Marker<'_> {
    fn value(&mut self, value: Value) {
        match value {
            Value::String(string) => self.heap.strings.mark(string),
            Value::Table(table) => {
                if self.heap.tables.mark(table.0) {
                    self.gray.push(Gray::Table(table));
                }
            }
            Value::Function(function) => {
                if self.heap.functions.mark(function.0) {
                    self.gray.push(Gray::Function(function));
                }
            }
            Value::Thread(thread) => {
                if self.heap.threads.mark(thread.0) {
                    self.gray.push(Gray::Thread(thread));
                }
            }
            Value::Userdata(userdata) => {
                if self.heap.userdata.mark(userdata.0) {
                    let (metatable, environment) = self
                        .heap
                        .userdata
                        .get(userdata.0)
                        .map_or((None, None), |userdata| (userdata.metatable, userdata.environment));
                    metatable.into_iter().chain(environment).for_each(|table| self.value(Value::Table(table)));
                }
            }
            Value::Nil | Value::Boolean(_) | Value::Number(_) | Value::LightUserdata(_) => {}
        }
    }

    fn prototype(&mut self, prototype: PrototypeId) {
        if self.prototypes.mark(prototype.0) {
            self.gray.push(Gray::Prototype(prototype));
        }
    }

    fn upvalue(&mut self, upvalue: UpvalueId) {
        if self.heap.upvalues.mark(upvalue.0) {
            self.gray.push(Gray::Upvalue(upvalue));
        }
    }

    fn drain(&mut self) {
        while let Some(gray) = self.gray.pop() {
            match gray {
                Gray::Table(table) => self.table(table),
                Gray::Function(function) => self.function(function),
                Gray::Prototype(prototype) => self.inside_prototype(prototype),
                Gray::Upvalue(upvalue) => {
                    // What is open lies on a stack. A coroutine that is gone takes its stack with it.
                    match self.heap.upvalues.get(upvalue.0).copied() {
                        Some(Upvalue::Closed(value)) => self.value(value),
                        Some(Upvalue::Open { thread, .. }) => self.value(Value::Thread(thread)),
                        None => {}
                    }
                }
                Gray::Thread(thread) => {
                    let taken = self.heap.threads.get_mut(thread.0).map(std::mem::take);
                    if let Some(mut taken) = taken {
                        self.thread(&mut taken);
                        if let Some(place) = self.heap.threads.get_mut(thread.0) {
                            *place = taken;
                        }
                    }
                }
            }
        }
    }

    fn table(&mut self, id: TableId) {
        let metatable = self.heap.metatable(id);
        // Before the parts are taken out: a table may be its own metatable.
        let (weak_keys, weak_values) = self.weakness(metatable);
        let Some(table) = self.heap.tables.get_mut(id.0) else { return };
        let (array, nodes) = (std::mem::take(&mut table.array), std::mem::take(&mut table.nodes));
        if weak_keys || weak_values {
            self.weak.push((id, weak_keys, weak_values));
        }
        if !weak_values {
            array.iter().for_each(|value| self.value(*value));
        }
        for node in &nodes {
            // A key whose value is gone keeps its place in the order, and its object with it.
            if !weak_keys || matches!(node.key, Value::String(_)) {
                self.value(node.key);
            }
            if !weak_values || matches!(node.value, Value::String(_)) {
                self.value(node.value);
            }
        }
        if weak_values {
            array.iter().filter(|value| matches!(value, Value::String(_))).for_each(|value| self.value(*value));
        }
        if let Some(table) = self.heap.tables.get_mut(id.0) {
            table.array = array;
            table.nodes = nodes;
        }
        if let Some(metatable) = metatable {
            self.value(Value::Table(metatable));
        }
    }

    /// Whether `__mode` makes keys weak, and values.
    fn weakness(&self, metatable: Option<TableId>) -> (bool, bool) {
        let Some(metatable) = metatable else { return (false, false) };
        match self.heap.get(metatable, Value::String(self.heap.event_name(Metamethod::Mode))) {
            Value::String(mode) => {
                let mode = self.heap.bytes(mode);
                (mode.contains(&b'k'), mode.contains(&b'v'))
            }
            _ => (false, false),
        }
    }

    fn function(&mut self, id: FunctionId) {
        let Some(function) = self.heap.functions.get_mut(id.0) else { return };
        match std::mem::take(function) {
            Function::Lua { prototype, environment, upvalues } => {
                upvalues.iter().for_each(|upvalue| self.upvalue(*upvalue));
                self.prototype(prototype);
                self.value(Value::Table(environment));
                self.put_function(id, Function::Lua { prototype, environment, upvalues });
            }
            Function::Native { native, environment, upvalues } => {
                upvalues.iter().for_each(|value| self.value(*value));
                self.value(Value::Table(environment));
                self.put_function(id, Function::Native { native, environment, upvalues });
            }
            Function::Host { id: number, environment } => {
                self.value(Value::Table(environment));
                self.put_function(id, Function::Host { id: number, environment });
            }
        }
    }

    fn put_function(&mut self, id: FunctionId, function: Function) {
        if let Some(place) = self.heap.functions.get_mut(id.0) {
            *place = function;
        }
    }

    fn inside_prototype(&mut self, id: PrototypeId) {
        let Some(place) = self.prototypes.get_mut(id.0) else { return };
        let prototype = std::mem::take(place);
        prototype.constants.iter().for_each(|value| self.value(*value));
        prototype.nested.iter().for_each(|nested| self.prototype(*nested));
        prototype.local_variables.iter().for_each(|variable| self.heap.strings.mark(variable.name));
        prototype.upvalue_names.iter().chain(&prototype.source).for_each(|name| self.heap.strings.mark(*name));
        if let Some(place) = self.prototypes.get_mut(id.0) {
            *place = prototype;
        }
    }

    /// Marks what a coroutine holds. What lies above what its frames use becomes nil, so that no handle to a freed
    /// object is ever left on a stack.
    fn thread(&mut self, thread: &mut Thread) {
        let used = thread.frames.iter().map(|frame| frame.top).max().unwrap_or(0).max(thread.top) as usize;
        for (at, value) in thread.stack.iter_mut().enumerate() {
            if at < used { self.value(*value) } else { *value = Value::Nil }
        }
        for frame in &thread.frames {
            self.value(Value::Function(frame.function));
        }
        for continuation in &thread.continuations {
            continuation.trace(&mut |value| self.value(value));
        }
        for (_, upvalue) in &thread.open {
            self.upvalue(*upvalue);
        }
        if let Some(resumer) = thread.resumer {
            self.value(Value::Thread(resumer));
        }
        if let Some(globals) = thread.globals {
            self.value(Value::Table(globals));
        }
    }

    fn clear_weak(&mut self) {
        for (id, weak_keys, weak_values) in std::mem::take(&mut self.weak) {
            let Some(place) = self.heap.tables.get_mut(id.0) else { continue };
            let mut table = std::mem::take(place);
            let heap = &*self.heap;
            table.clear_weak(weak_keys, weak_values, |value| match value {
                Value::Table(table) => !heap.tables.is_marked(table.0),
                Value::Function(function) => !heap.functions.is_marked(function.0),
                Value::Thread(thread) => !heap.threads.is_marked(thread.0),
                Value::Userdata(userdata) => !heap.userdata.is_marked(userdata.0),
                _ => false,
            });
            if let Some(place) = self.heap.tables.get_mut(id.0) {
                *place = table;
            }
        }
    }
}
