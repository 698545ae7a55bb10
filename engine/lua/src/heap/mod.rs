//! Everything a script can make: strings, tables, functions, coroutines, each in an arena of its own, with the bytes
//! they take counted against a limit.
//!
//! Nothing is freed but by [`collect`](Heap::collect), which only the machine calls, between instructions: a native
//! may hold handles without rooting them. Knows nothing of how code is compiled or run, except what a frame and an
//! instruction look like.

mod arena;
mod collect;
pub(crate) mod native;
pub(crate) mod prototype;
mod strings;
pub(crate) mod table;
pub(crate) mod thread;
pub(crate) mod value;

use crate::text::number;
use arena::Arena;
pub use collect::Census;
use native::{Failure, Native};
pub(crate) use prototype::Prototypes;
use std::cmp::Ordering;
use strings::{Strings, string_bytes};
use table::Table;
use thread::{FIRST_FRAME_LIMIT, Thread};
use value::{FunctionId, PrototypeId, StringId, TableId, ThreadId, UpvalueId, UserdataId, Value};

/// Error text of a write to a table that the host has closed, as Redis's own Lua words it.
pub(crate) const READONLY: &str = "Attempt to modify a readonly table";

/// What a function is.
pub(crate) enum Function {
    Lua { prototype: PrototypeId, environment: TableId, upvalues: Box<[UpvalueId]> },
    Native { native: Native, environment: TableId, upvalues: Box<[Value]> },
    Host { id: u32, environment: TableId },
}

impl Default for Function {
    fn default() -> Function {
        Function::Host { id: u32::MAX, environment: TableId(0) }
    }
}

impl Function {
    fn bytes(&self) -> usize {
        let inner = match self {
            Function::Lua { upvalues, .. } => size_of_val::<[UpvalueId]>(upvalues),
            Function::Native { upvalues, .. } => size_of_val::<[Value]>(upvalues),
            Function::Host { .. } => 0,
        };
        slot_bytes::<Function>() + inner
    }

    pub(crate) fn environment(&self) -> TableId {
        match self {
            Function::Lua { environment, .. }
            | Function::Native { environment, .. }
            | Function::Host { environment, .. } => *environment,
        }
    }
}

/// A variable that closures share: on a coroutine's stack as long as that is in use, then here.
#[derive(Clone, Copy)]
pub(crate) enum Upvalue {
    Open { thread: ThreadId, at: u32 },
    Closed(Value),
}

impl Default for Upvalue {
    fn default() -> Upvalue {
        Upvalue::Closed(Value::Nil)
    }
}

#[derive(Default)]
pub(crate) struct Userdata {
    pub(crate) metatable: Option<TableId>,
    pub(crate) environment: Option<TableId>,
}

/// An object's own size in its arena, with what the arena's growth and the allocator add.
const fn slot_bytes<T>() -> usize {
    size_of::<T>() + size_of::<T>() / 2 + 16
}

/// Metamethods. The first four are those whose absence a table remembers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Metamethod {
    Index,
    NewIndex,
    Mode,
    Eq,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Unm,
    Len,
    Lt,
    Le,
    Concat,
    Call,
    ToString,
    Metatable,
}

const EVENT_NAMES: [&str; 18] = [
    "__index",
    "__newindex",
    "__mode",
    "__eq",
    "__add",
    "__sub",
    "__mul",
    "__div",
    "__mod",
    "__pow",
    "__unm",
    "__len",
    "__lt",
    "__le",
    "__concat",
    "__call",
    "__tostring",
    "__metatable",
];

/// A key and its value.
type Entry = (Value, Value);

/// A root that the host holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept(usize);

/// All objects of one Lua.
pub struct Heap {
    pub(crate) strings: Strings,
    pub(crate) tables: Arena<Table>,
    pub(crate) functions: Arena<Function>,
    pub(crate) upvalues: Arena<Upvalue>,
    pub(crate) threads: Arena<Thread>,
    pub(crate) userdata: Arena<Userdata>,
    event_names: [StringId; EVENT_NAMES.len()],
    pub(crate) globals: TableId,
    /// The globals of what the running coroutine loads, which `setfenv(0, ...)` changes until the call ends.
    pub(crate) thread_globals: TableId,
    pub(crate) main_thread: ThreadId,
    pub(crate) string_metatable: Option<TableId>,
    kept: Vec<Option<Value>>,
    pub(crate) used_bytes: usize,
    pub(crate) limit_bytes: usize,
    /// A collection is due when this much is used.
    pub(crate) threshold_bytes: usize,
    /// What `os.clock` answers, in seconds; the host sets it.
    pub clock_seconds: f64,
    /// The state of `math.random`.
    pub(crate) random: u64,
}

impl Heap {
    pub(crate) fn new(limit_bytes: usize) -> Heap {
        let mut strings = Strings::new();
        let mut used_bytes = 0;
        let event_names = EVENT_NAMES.map(|name| {
            let id = strings.add(name.as_bytes().into(), strings::hash(name.as_bytes()));
            strings.fix(id);
            used_bytes += string_bytes(name.len());
            id
        });
        let mut tables = Arena::default();
        let globals = TableId(tables.add(Table::default()));
        Heap {
            strings,
            tables,
            functions: Arena::default(),
            upvalues: Arena::default(),
            threads: Arena::default(),
            userdata: Arena::default(),
            event_names,
            globals,
            thread_globals: globals,
            main_thread: ThreadId(0),
            string_metatable: None,
            kept: Vec::new(),
            used_bytes: used_bytes + slot_bytes::<Table>(),
            limit_bytes,
            threshold_bytes: collect::FIRST_THRESHOLD_BYTES.min(limit_bytes / 2),
            clock_seconds: 0.0,
            random: 0x1234_abcd_330e,
        }
    }

    /// Starts `math.random` anew: the generator is POSIX's `srand48` and `lrand48`.
    pub fn seed(&mut self, seed: u32) {
        self.random = u64::from(seed) << 16 | 0x330e;
    }

    // ---- memory

    /// What all objects take, in bytes.
    pub fn used_bytes(&self) -> usize {
        self.used_bytes
    }

    /// Whether so many more bytes stay within the limit.
    pub fn check_bytes(&self, bytes: usize) -> Result<(), Failure> {
        if self.used_bytes.saturating_add(bytes) > self.limit_bytes { Err(Failure::Memory) } else { Ok(()) }
    }

    pub(crate) fn charge(&mut self, bytes: usize) -> Result<(), Failure> {
        self.check_bytes(bytes)?;
        self.used_bytes += bytes;
        Ok(())
    }

    pub(crate) fn release(&mut self, bytes: usize) {
        self.used_bytes = self.used_bytes.saturating_sub(bytes);
    }

    /// A value that stays alive until it is released.
    pub fn keep(&mut self, value: Value) -> Kept {
        match self.kept.iter().position(Option::is_none) {
            Some(place) => {
                if let Some(slot) = self.kept.get_mut(place) {
                    *slot = Some(value);
                }
                Kept(place)
            }
            None => {
                self.kept.push(Some(value));
                Kept(self.kept.len() - 1)
            }
        }
    }

    pub fn kept(&self, kept: &Kept) -> Value {
        self.kept.get(kept.0).copied().flatten().unwrap_or(Value::Nil)
    }

    pub fn release_kept(&mut self, kept: Kept) {
        if let Some(slot) = self.kept.get_mut(kept.0) {
            *slot = None;
        }
    }

    // ---- strings

    /// Whether a string of this length would stay within the limit: to be asked before its bytes are put together.
    pub fn check_string_length(&self, length: usize) -> Result<(), Failure> {
        self.check_bytes(string_bytes(length))
    }

    /// The string of these bytes.
    pub fn string(&mut self, bytes: &[u8]) -> Result<StringId, Failure> {
        let hash = strings::hash(bytes);
        if let Some(known) = self.strings.find(bytes, hash) {
            return Ok(known);
        }
        self.charge(string_bytes(bytes.len()))?;
        Ok(self.strings.add(bytes.into(), hash))
    }

    /// The same, when the bytes are ours to keep.
    pub fn string_from(&mut self, bytes: Vec<u8>) -> Result<StringId, Failure> {
        let hash = strings::hash(&bytes);
        if let Some(known) = self.strings.find(&bytes, hash) {
            return Ok(known);
        }
        self.charge(string_bytes(bytes.len()))?;
        Ok(self.strings.add(bytes.into_boxed_slice(), hash))
    }

    /// The string of the bytes from `start` up to `end` of another.
    pub fn substring(&mut self, string: StringId, start: usize, end: usize) -> Result<StringId, Failure> {
        let bytes = self.strings.bytes(string).get(start..end).unwrap_or_default();
        let hash = strings::hash(bytes);
        if let Some(known) = self.strings.find(bytes, hash) {
            return Ok(known);
        }
        let size = string_bytes(bytes.len());
        self.check_bytes(size)?;
        let bytes: Box<[u8]> = bytes.into();
        self.used_bytes += size;
        Ok(self.strings.add(bytes, hash))
    }

    /// A short text that must exist even when the limit is reached.
    pub(crate) fn string_beyond_limit(&mut self, bytes: &[u8]) -> StringId {
        let hash = strings::hash(bytes);
        match self.strings.find(bytes, hash) {
            Some(known) => known,
            None => {
                self.used_bytes += string_bytes(bytes.len());
                self.strings.add(bytes.into(), hash)
            }
        }
    }

    #[inline]
    pub fn bytes(&self, string: StringId) -> &[u8] {
        self.strings.bytes(string)
    }

    /// The bytes of a value that is a string.
    pub fn string_bytes(&self, value: Value) -> Option<&[u8]> {
        match value {
            Value::String(string) => Some(self.bytes(string)),
            _ => None,
        }
    }

    /// A string as it is, a number as text; nothing for the rest.
    pub fn to_string(&mut self, value: Value) -> Result<Option<StringId>, Failure> {
        match value {
            Value::String(string) => Ok(Some(string)),
            Value::Number(number) => self.number_string(number).map(Some),
            _ => Ok(None),
        }
    }

    pub(crate) fn number_string(&mut self, number: f64) -> Result<StringId, Failure> {
        let mut text = Vec::with_capacity(24);
        number::write(number, &mut text);
        self.string(&text)
    }

    /// A number as it is, a string that spells one; nothing for the rest.
    #[inline]
    pub fn to_number(&self, value: Value) -> Option<f64> {
        match value {
            Value::Number(number) => Some(number),
            Value::String(string) => number::parse(self.bytes(string)),
            _ => None,
        }
    }

    // ---- tables

    /// A new table with room for so many values in its array part and so many other keys.
    pub fn table(&mut self, array: usize, nodes: usize) -> Result<TableId, Failure> {
        let parts =
            array.saturating_mul(size_of::<Value>()).saturating_add(nodes.saturating_mul(2 * size_of::<table::Node>()));
        self.check_bytes(slot_bytes::<Table>().saturating_add(parts))?;
        let table = Table::sized(array, nodes);
        self.used_bytes += slot_bytes::<Table>() + table.bytes();
        Ok(TableId(self.tables.add(table)))
    }

    /// The table of globals.
    pub fn globals(&self) -> TableId {
        self.globals
    }

    /// Raw, as all access here: no metamethods.
    #[inline]
    pub fn get(&self, table: TableId, key: Value) -> Value {
        self.tables.get(table.0).map_or(Value::Nil, |table| table.get(key))
    }

    /// By position, 1 for the first.
    #[inline]
    pub fn get_integer(&self, table: TableId, index: usize) -> Value {
        self.tables.get(table.0).map_or(Value::Nil, |table| table.get_index(index))
    }

    pub fn get_bytes(&self, table: TableId, key: &[u8]) -> Value {
        match self.strings.find(key, strings::hash(key)) {
            Some(key) => self.get(table, Value::String(key)),
            None => Value::Nil,
        }
    }

    #[inline]
    pub fn set(&mut self, table: TableId, key: Value, value: Value) -> Result<(), Failure> {
        let Some(object) = self.tables.get_mut(table.0) else { return Ok(()) };
        if object.readonly {
            return Err(Failure::runtime(READONLY));
        }
        object.absent = 0;
        if let Some(place) = object.place(&key) {
            *place = value;
            return Ok(());
        }
        self.insert(table, key, value)
    }

    pub fn set_integer(&mut self, table: TableId, index: usize, value: Value) -> Result<(), Failure> {
        self.set(table, Value::Number(index as f64), value)
    }

    /// Makes the array part at least so long.
    pub(crate) fn reserve_array(&mut self, table: TableId, length: usize) -> Result<(), Failure> {
        let Some(object) = self.tables.get(table.0) else { return Ok(()) };
        if length <= object.array.len() {
            return Ok(());
        }
        let sizes = table::Full { array: length, nodes: object.nodes.len() };
        self.check_bytes(sizes.bytes())?;
        let Some(object) = self.tables.get_mut(table.0) else { return Ok(()) };
        let before = object.bytes();
        object.resize(&sizes);
        let after = object.bytes();
        self.used_bytes = self.used_bytes.saturating_sub(before) + after;
        Ok(())
    }

    pub fn set_bytes(&mut self, table: TableId, key: &[u8], value: Value) -> Result<(), Failure> {
        let key = self.string(key)?;
        self.set(table, Value::String(key), value)
    }

    /// Adds a key that the table does not have.
    pub(crate) fn insert(&mut self, table: TableId, key: Value, value: Value) -> Result<(), Failure> {
        match key {
            Value::Nil => return Err(Failure::runtime("table index is nil")),
            Value::Number(number) if number.is_nan() => return Err(Failure::runtime("table index is NaN")),
            _ => {}
        }
        loop {
            let (used, limit) = (self.used_bytes, self.limit_bytes);
            let Some(object) = self.tables.get_mut(table.0) else { return Ok(()) };
            object.absent = 0;
            let Err(sizes) = object.insert(key, value) else { return Ok(()) };
            // Both the old and the new parts exist for a moment.
            if used.saturating_add(sizes.bytes()) > limit {
                return Err(Failure::Memory);
            }
            let before = object.bytes();
            object.resize(&sizes);
            self.used_bytes = used.saturating_sub(before) + object.bytes();
            if let Some(place) = object.place(&key) {
                *place = value;
                return Ok(());
            }
        }
    }

    /// The entry after a key (nil for the first), in the order of `next`; nothing behind the last.
    pub fn next(&self, table: TableId, key: Value) -> Result<Option<(Value, Value)>, Failure> {
        self.next_counted(table, key).map(|(entry, _)| entry)
    }

    /// The same, with how many places were looked at: many, where entries were taken out.
    pub(crate) fn next_counted(&self, table: TableId, key: Value) -> Result<(Option<Entry>, usize), Failure> {
        let Some(table) = self.tables.get(table.0) else { return Ok((None, 0)) };
        let Some(start) = table.position_after(key) else { return Err(Failure::runtime("invalid key to 'next'")) };
        Ok(match table.entry_from(start) {
            Some((position, key, value)) => (Some((key, value)), position - start),
            None => (None, (table.array.len() + table.nodes.len()).saturating_sub(start)),
        })
    }

    /// The entry at or after a position (0 for the first) and the position after it: a quicker `next`, for as long as
    /// no key is added.
    pub fn entry_from(&self, table: TableId, position: usize) -> Option<(usize, Value, Value)> {
        self.tables.get(table.0)?.entry_from(position)
    }

    /// What `#` gives.
    #[inline]
    pub fn length(&self, table: TableId) -> usize {
        self.tables.get(table.0).map_or(0, Table::length)
    }

    pub fn metatable(&self, table: TableId) -> Option<TableId> {
        self.tables.get(table.0)?.metatable
    }

    pub fn set_metatable(&mut self, table: TableId, metatable: Option<TableId>) -> Result<(), Failure> {
        if let Some(object) = self.tables.get_mut(table.0) {
            if object.readonly {
                return Err(Failure::runtime(READONLY));
            }
            object.metatable = metatable;
        }
        Ok(())
    }

    /// A table that is closed refuses every change by scripts, raw ones too.
    pub fn set_readonly(&mut self, table: TableId, readonly: bool) {
        if let Some(object) = self.tables.get_mut(table.0) {
            object.readonly = readonly;
        }
    }

    pub fn is_readonly(&self, table: TableId) -> bool {
        self.tables.get(table.0).is_some_and(|object| object.readonly)
    }

    /// The metatable that all strings share.
    pub fn set_string_metatable(&mut self, metatable: Option<TableId>) {
        self.string_metatable = metatable;
    }

    pub fn metatable_of(&self, value: Value) -> Option<TableId> {
        match value {
            Value::Table(table) => self.metatable(table),
            Value::String(_) => self.string_metatable,
            Value::Userdata(userdata) => self.userdata.get(userdata.0)?.metatable,
            _ => None,
        }
    }

    /// A metamethod, nil when there is none.
    pub(crate) fn metamethod(&self, value: Value, event: Metamethod) -> Value {
        match self.metatable_of(value) {
            Some(metatable) => self.get(metatable, Value::String(self.event_name(event))),
            None => Value::Nil,
        }
    }

    pub(crate) fn event_name(&self, event: Metamethod) -> StringId {
        self.event_names.get(event as usize).copied().unwrap_or(StringId { index: 0, hash: 0 })
    }

    /// One of the first four metamethods of a metatable, which remembers that it has none.
    #[inline]
    pub(crate) fn fast_metamethod(&mut self, metatable: Option<TableId>, event: Metamethod) -> Value {
        let Some(metatable) = metatable else { return Value::Nil };
        let name = self.event_name(event);
        let Some(table) = self.tables.get_mut(metatable.0) else { return Value::Nil };
        let bit = 1 << event as u8;
        if table.absent & bit != 0 {
            return Value::Nil;
        }
        let method = table.get_string(name);
        if method.is_nil() {
            table.absent |= bit;
        }
        method
    }

    /// The order of two numbers or two strings; the inner one is missing for NaN, the outer one for anything else.
    pub(crate) fn compare(&self, left: Value, right: Value) -> Option<Option<Ordering>> {
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => Some(left.partial_cmp(&right)),
            (Value::String(left), Value::String(right)) => Some(Some(self.bytes(left).cmp(self.bytes(right)))),
            _ => None,
        }
    }

    /// The metamethod that orders two values: both must have the same one, and be of the same type.
    pub(crate) fn order_metamethod(&self, left: Value, right: Value, event: Metamethod) -> Option<Value> {
        if left.type_name() != right.type_name() {
            return None;
        }
        let method = self.metamethod(left, event);
        (!method.is_nil() && method == self.metamethod(right, event)).then_some(method)
    }

    // ---- functions

    /// A function that runs `native`; `upvalues` are its own.
    pub fn native(&mut self, native: Native, upvalues: &[Value]) -> Result<Value, Failure> {
        self.add_function(Function::Native { native, environment: self.globals, upvalues: upvalues.into() })
    }

    /// A function that the host runs: the machine stops with this number when it is called.
    pub fn host_function(&mut self, id: u32) -> Result<Value, Failure> {
        self.add_function(Function::Host { id, environment: self.globals })
    }

    pub(crate) fn add_function(&mut self, function: Function) -> Result<Value, Failure> {
        self.charge(function.bytes())?;
        Ok(Value::Function(FunctionId(self.functions.add(function))))
    }

    /// Puts natives into a table, by name.
    pub fn register(&mut self, table: TableId, natives: &[(&str, Native)]) -> Result<(), Failure> {
        for (name, native) in natives {
            let function = self.native(*native, &[])?;
            self.set_bytes(table, name.as_bytes(), function)?;
        }
        Ok(())
    }

    pub(crate) fn native_upvalue(&self, function: FunctionId, index: usize) -> Value {
        match self.functions.get(function.0) {
            Some(Function::Native { upvalues, .. }) => upvalues.get(index).copied().unwrap_or(Value::Nil),
            _ => Value::Nil,
        }
    }

    pub(crate) fn set_native_upvalue(&mut self, function: FunctionId, index: usize, value: Value) {
        if let Some(Function::Native { upvalues, .. }) = self.functions.get_mut(function.0)
            && let Some(place) = upvalues.get_mut(index)
        {
            *place = value;
        }
    }

    pub(crate) fn add_upvalue(&mut self, upvalue: Upvalue) -> Result<UpvalueId, Failure> {
        self.charge(slot_bytes::<Upvalue>())?;
        Ok(UpvalueId(self.upvalues.add(upvalue)))
    }

    /// A coroutine that will run a function.
    pub(crate) fn add_thread(&mut self, function: Value) -> Result<ThreadId, Failure> {
        self.charge(slot_bytes::<Thread>() + size_of::<Value>())?;
        let thread = Thread {
            stack: vec![function],
            top: 1,
            frame_limit: FIRST_FRAME_LIMIT,
            globals: Some(self.thread_globals),
            ..Thread::default()
        };
        Ok(ThreadId(self.threads.add(thread)))
    }

    pub(crate) fn add_userdata(&mut self) -> Result<UserdataId, Failure> {
        self.charge(slot_bytes::<Userdata>())?;
        Ok(UserdataId(self.userdata.add(Userdata::default())))
    }

    /// A number that tells objects of a type apart, for `tostring`.
    pub(crate) fn address(&self, value: Value) -> u64 {
        let (kind, index) = match value {
            Value::Table(table) => (1, table.0),
            Value::Function(function) => (2, function.0),
            Value::Thread(thread) => (3, thread.0),
            Value::Userdata(userdata) => (4, userdata.0),
            Value::LightUserdata(number) => (0, number),
            _ => (5, 0),
        };
        (kind << 36 | u64::from(index) << 5) + if kind == 0 { 0 } else { 0x5500_0000_0000 }
    }
}
