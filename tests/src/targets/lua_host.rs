//! The API of our Lua, driven by letters: `L` loads a chunk, `F` starts a call, `>` goes on with it, and so on (see
//! [`Host::step`]). What a letter needs follows it, a byte each; bytes that mean nothing are passed over.
//!
//! Whatever a host does in whatever order: nothing panics, what is used is what can be counted and stays within the
//! limit, what was killed ends, closed tables stay as they are, and at the end everything can be freed.

mod natives;

use std::cell::RefCell;
use std::collections::BTreeMap;

use lua::{Event, Failure, Fault, FaultKind, Kept, Lua, Options, TableId, Value};

/// What a host may do for one input: steps, and units of the scripts' budget in all of them.
const MAX_STEPS: usize = 200;
const MAX_UNITS: u64 = 40_000;
/// How many values a host holds.
const MAX_HELD: usize = 24;
/// What the last words of a script, "not enough memory" and the like, may take beyond the limit.
const BEYOND_LIMIT_BYTES: usize = 1024;

/// The limits to choose from, from too little for the library to plenty.
const LIMITS_BYTES: &[usize] = &[4 << 20, 1 << 20, 256 << 10, 128 << 10, 64 << 10, 16 << 10, 0];
const BUDGETS: &[u64] = &[1, 0, 2, 7, 50, 500, 5_000, u64::MAX];
const SIZES: &[usize] = &[0, 1, 3, 50, 300, 9_000, 1 << 20, usize::MAX];
const NUMBERS: &[f64] = &[-1.0, 0.5, 1e15, -0.0, f64::NAN, f64::INFINITY, 4_294_967_296.0, 9e15, 1e308];

/// Names of globals.
const NAMES: &[&[u8]] = &[b"a", b"b", b"c", b"host", b"print", b"string", b"__index", b"__mode", b""];

/// Chunks to start from.
const CHUNKS: &[&[u8]] = &[
    b"return ...",
    b"local s = 0 for i = 1, 1000 do s = s + i end return s",
    b"while true do end",
    b"local function f(n) return n == 0 and host(n) or 1 + f(n - 1) end return f(50)",
    b"return pcall(host, ...)",
    b"return xpcall(host, function(e) return host(e) end)",
    b"co = coroutine.create(function(...) local x = ... while true do x = coroutine.yield(x, host(x)) end end) return coroutine.resume(co, ...)",
    b"return coroutine.resume(co, ...)",
    b"local w = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(host(i)) end end) return w(), w(), w(), w(), w()",
    b"local t = {5, 3, 9, 1, 4, 7} table.sort(t, function(x, y) host(x, y) return x < y end) return unpack(t)",
    b"return (string.gsub('hello world', '%w+', host))",
    b"a = setmetatable({}, {__index = host, __newindex = host, __call = host, __add = host, __concat = host, __eq = host, __lt = host, __le = host, __tostring = host, __unm = host}) a.x = a.y return a + 1, a .. 'x', -a, a < a, a <= a, a(1), tostring(a)",
    b"for k, v in host, a, b do c = k end return c",
    b"b = {} for i = 1, 300 do b[i] = function() return b, i end end return b",
    b"b = setmetatable({}, {__mode = 'kv'}) for i = 1, 100 do b[{}] = {} b[i] = 'x' .. i end return b",
    b"local s = 'x' while true do s = s .. s end",
    b"local t = {} while true do t[#t + 1] = {} end",
    b"return unpack({}, 1, 7000)",
    b"for k in pairs(_G) do _G[k] = nil end",
    b"setfenv(0, {}) a = loadstring('x = 1 return x') return a",
    b"return cjson.encode(cjson.decode('[1,{\"a\":[]},null]')), cmsgpack.unpack(cmsgpack.pack(1, 'x', {1}))",
    b"local x = 1 a = function() x = x + 1 return x end b = function() return x end return a(), b()",
    b"return twice(guarded, a, b), patient(5), tail(echo, 1, 2)",
    b"return echo(pcall(failing, ...))",
    b"local co = coroutine.create(function(...) return yielded(...) end) return resumed(co, 1), resumed(co, 2), resumed(co)",
    b"return newproxy(true), getmetatable('').__index, string.format('%5.1f|%q|%s', 1.25, 'a', 'b')",
    b"a[1] = 1 a.x = 2 rawset(a, 'y', 3) setmetatable(a, {})",
    b"local t = {} for k, v in pairs(a) do t[v] = k end return next(t)",
    b"error(a)",
    b"return making(...)",
];

/// How far a call has come.
#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Idle,
    Going,
    /// The host function with this number has not been answered.
    Called(u32),
}

/// A table that scripts cannot change, and what was in it.
struct Closed {
    table: Kept,
    content: Vec<(Value, Value)>,
}

struct Host<'a> {
    lua: Lua,
    input: &'a [u8],
    limit_bytes: usize,
    units_left: u64,
    state: State,
    is_killed: bool,
    held: Vec<Kept>,
    closed: Vec<Closed>,
}

/// See the module.
pub fn lua_api(bytes: &[u8]) {
    let Some((limit, input)) = bytes.split_first() else { return };
    let limit_bytes = LIMITS_BYTES[usize::from(*limit) % LIMITS_BYTES.len()];
    let mut host = Host::new(limit_bytes, input);
    for _ in 0..MAX_STEPS {
        if host.step().is_none() {
            break;
        }
    }
    // What is left of one that did nothing.
    thread_local! {
        static LEFT: RefCell<BTreeMap<usize, Option<usize>>> = const { RefCell::new(BTreeMap::new()) };
    }
    let nothing =
        LEFT.with_borrow_mut(|left| *left.entry(limit_bytes).or_insert_with(|| Host::new(limit_bytes, b"").end()));
    if let (Some(objects), Some(nothing)) = (host.end(), nothing) {
        assert_eq!(objects, nothing, "objects that are left");
    }
}

impl<'a> Host<'a> {
    fn new(limit_bytes: usize, input: &'a [u8]) -> Host<'a> {
        let lua = Lua::new(&Options { memory_limit_bytes: limit_bytes });
        let mut host = Host {
            lua,
            input,
            limit_bytes,
            units_left: MAX_UNITS,
            state: State::Idle,
            is_killed: false,
            held: Vec::new(),
            closed: Vec::new(),
        };
        let opened = host.lua.open_libraries().and_then(|()| host.open());
        host.tolerate(opened);
        host.check_memory();
        host
    }

    /// Puts what scripts may call of ours into the globals.
    fn open(&mut self) -> Result<(), Failure> {
        let heap = self.lua.heap_mut();
        let globals = heap.globals();
        heap.register(globals, natives::NATIVES)?;
        let host = heap.host_function(1)?;
        heap.set_bytes(globals, b"host", host)
    }

    // ---- reading the input

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.input.split_first()?;
        self.input = rest;
        Some(*first)
    }

    /// Something of a list.
    fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let at = usize::from(self.byte()?.wrapping_sub(b'0'));
        of.get(at % of.len()).copied()
    }

    /// Text up to a backtick.
    fn text(&mut self) -> &'a [u8] {
        let end = self.input.iter().position(|&byte| byte == b'`').unwrap_or(self.input.len());
        let (text, rest) = self.input.split_at(end);
        self.input = rest.get(1..).unwrap_or_default();
        text
    }

    /// A value: a letter for what can be said so, any other byte for one that is held.
    fn value(&mut self) -> Option<Value> {
        Some(match self.byte()? {
            b'n' => Value::Nil,
            b't' => Value::Boolean(true),
            b'f' => Value::Boolean(false),
            b'u' => Value::LightUserdata(0),
            byte @ b'0'..=b'9' => Value::Number(f64::from(byte - b'0')),
            b'#' => Value::Number(self.one(NUMBERS)?),
            b'`' => {
                let text = self.text();
                let string = self.lua.heap_mut().string(text);
                self.tolerate(string).map_or(Value::Nil, Value::String)
            }
            b'_' => Value::Table(self.lua.heap().globals()),
            byte => {
                let held = self.held.get(usize::from(byte) % self.held.len().max(1));
                held.map_or(Value::Nil, |kept| self.lua.heap().kept(kept))
            }
        })
    }

    fn values(&mut self) -> Option<Vec<Value>> {
        let count = self.one(SIZES)?.min(9_000);
        // More than a few are all the same.
        let mut values = Vec::new();
        for _ in 0..count.min(4) {
            values.push(self.value()?);
        }
        values.resize(count, values.last().copied().unwrap_or_default());
        Some(values)
    }

    fn table(&mut self) -> Option<TableId> {
        match self.value()? {
            Value::Table(table) => Some(table),
            _ => Some(self.lua.heap().globals()),
        }
    }

    // ---- doing

    /// One thing that a host can do; nothing at the end of the input.
    fn step(&mut self) -> Option<()> {
        match self.byte()? {
            b'C' => {
                let chunk = self.one(CHUNKS)?;
                self.load(chunk);
            }
            b'L' => {
                let source = self.text();
                self.load(source);
            }
            b'G' => {
                let (name, value) = (self.one(NAMES)?, self.value()?);
                let globals = self.lua.heap().globals();
                let set = self.lua.heap_mut().set_bytes(globals, name, value);
                self.tolerate(set);
            }
            b'g' => {
                let name = self.one(NAMES)?;
                let heap = self.lua.heap();
                self.hold(heap.get_bytes(heap.globals(), name));
            }
            b'H' => {
                let id = u32::from(self.byte()?);
                let function = self.lua.heap_mut().host_function(id);
                self.hold_made(function);
            }
            b'N' => {
                let (native, upvalue) = (self.one(natives::NATIVES)?.1, self.value()?);
                let function = self.lua.heap_mut().native(native, &[upvalue]);
                self.hold_made(function);
            }
            b'T' => {
                let (array, nodes) = (self.one(SIZES)?, self.one(SIZES)?);
                let table = self.lua.heap_mut().table(array, nodes).map(Value::Table);
                self.hold_made(table);
            }
            b'S' => {
                let (table, key, value) = (self.table()?, self.value()?, self.value()?);
                let is_readonly = self.lua.heap().is_readonly(table);
                let set = self.lua.heap_mut().set(table, key, value);
                if self.tolerate(set).is_some() {
                    assert!(!is_readonly, "a closed table was changed");
                    let now = self.lua.heap().get(table, key);
                    assert!(same(now, value), "{value:?} was set, {now:?} is there");
                }
            }
            b'R' => self.close_or_open()?,
            b'M' => {
                let (table, metatable) = (self.table()?, self.value()?);
                let metatable = if let Value::Table(metatable) = metatable { Some(metatable) } else { None };
                let set = self.lua.heap_mut().set_metatable(table, metatable);
                self.tolerate(set);
            }
            b'm' => {
                let metatable = if let Value::Table(metatable) = self.value()? { Some(metatable) } else { None };
                self.lua.heap_mut().set_string_metatable(metatable);
            }
            b's' => {
                let (value, start, end) = (self.value()?, self.one(SIZES)?, self.one(SIZES)?);
                let heap = self.lua.heap_mut();
                let made = match value {
                    Value::String(string) => heap.substring(string, start, end).map(Value::String),
                    other => heap.to_string(other).map(|text| text.map_or(Value::Nil, Value::String)),
                };
                self.hold_made(made);
            }
            b'k' => {
                let value = self.value()?;
                self.hold(value);
            }
            b'x' => {
                let at = usize::from(self.byte()?) % self.held.len().max(1);
                if at < self.held.len() {
                    let kept = self.held.swap_remove(at);
                    self.lua.heap_mut().release_kept(kept);
                }
            }
            b'F' => {
                let (function, arguments) = (self.value()?, self.values()?);
                self.lua.start(function, &arguments);
                (self.state, self.is_killed) = (State::Going, false);
            }
            b'>' => {
                let budget = self.one(BUDGETS)?;
                self.run(budget);
            }
            b'A' => {
                let values = self.values()?;
                self.lua.answer(&values);
                self.answered();
            }
            b'E' => {
                let value = self.value()?;
                self.lua.raise(value);
                self.answered();
            }
            b'K' => {
                self.lua.kill();
                self.is_killed = self.state != State::Idle;
            }
            b'c' => {
                let before = self.lua.memory_bytes();
                self.lua.collect();
                assert!(self.lua.memory_bytes() <= before, "a collection takes memory");
                self.check_memory();
            }
            b'v' => {
                let value = self.value()?;
                self.look_at(value);
            }
            b'p' => {
                let level = self.byte()?;
                self.lua.position(u32::from(level));
                self.lua.position(u32::MAX);
                self.lua.units_left();
                self.lua.seed(u32::from(level));
                self.lua.heap_mut().clock_seconds = f64::from(level);
            }
            _ => {}
        }
        Some(())
    }

    fn load(&mut self, source: &[u8]) {
        match self.lua.load(source, b"@chunk") {
            Ok(function) => self.hold(function),
            Err(Failure::Error(message)) => {
                assert!(self.lua.heap().string_bytes(message).is_some_and(|text| text.starts_with(b"chunk:")));
            }
            failed => drop(self.tolerate(failed)),
        }
    }

    fn run(&mut self, budget_units: u64) {
        let budget_units = budget_units.min(self.units_left);
        if self.units_left == 0 {
            return;
        }
        self.units_left = self.units_left.saturating_sub(budget_units.max(1));
        let event = self.lua.run(budget_units);
        self.check_memory();
        if self.is_killed {
            let Event::Failed(Fault { kind, .. }) = &event else { panic!("it was killed, but {event:?}") };
            assert_eq!(*kind, FaultKind::Killed);
        }
        match (self.state, &event) {
            (State::Idle, event) => assert_eq!(*event, Event::Finished, "without a call"),
            (State::Called(id), event) if !self.is_killed => assert_eq!(*event, Event::Called(id), "not answered yet"),
            _ => {}
        }
        self.is_killed = false;
        self.state = match event {
            Event::Suspended => State::Going,
            Event::Called(id) => {
                for argument in self.lua.arguments().to_vec().into_iter().take(4) {
                    self.look_at(argument);
                }
                State::Called(id)
            }
            Event::Finished => {
                for result in self.lua.results().to_vec().into_iter().take(4) {
                    self.look_at(result);
                    self.hold(result);
                }
                State::Idle
            }
            Event::Failed(fault) => {
                self.look_at(fault.value);
                if fault.kind != FaultKind::Error {
                    assert!(self.lua.heap().string_bytes(fault.value).is_some());
                }
                State::Idle
            }
        };
    }

    fn answered(&mut self) {
        if matches!(self.state, State::Called(_)) {
            self.state = State::Going;
        }
    }

    fn close_or_open(&mut self) -> Option<()> {
        let table = self.table()?;
        let heap = self.lua.heap_mut();
        let is_readonly = heap.is_readonly(table);
        if is_readonly {
            self.check_closed();
            let is_it = |closed: &Closed| self.lua.heap().kept(&closed.table) == Value::Table(table);
            if let Some(at) = self.closed.iter().position(is_it) {
                let closed = self.closed.remove(at);
                self.lua.heap_mut().release_kept(closed.table);
            }
        } else if heap.metatable(table).is_none() {
            // One with a metatable may be weak.
            let kept = heap.keep(Value::Table(table));
            let content = self.content(table);
            self.closed.push(Closed { table: kept, content });
        }
        self.lua.heap_mut().set_readonly(table, !is_readonly);
        Some(())
    }

    fn hold_made(&mut self, made: Result<Value, Failure>) {
        if let Some(value) = self.tolerate(made) {
            self.hold(value);
        }
    }

    fn hold(&mut self, value: Value) {
        let kept = self.lua.heap_mut().keep(value);
        assert!(same(self.lua.heap().kept(&kept), value));
        self.held.push(kept);
        if self.held.len() > MAX_HELD {
            let first = self.held.remove(0);
            self.lua.heap_mut().release_kept(first);
        }
    }

    // ---- what must hold

    /// What was made, or nothing when that was refused for a reason that there can be.
    fn tolerate<T>(&self, made: Result<T, Failure>) -> Option<T> {
        match made {
            Ok(made) => Some(made),
            Err(Failure::Runtime(text)) => {
                assert!(!text.is_empty());
                None
            }
            Err(Failure::Memory) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    fn check_memory(&self) {
        let (used, counted) = (self.lua.memory_bytes(), self.lua.census().bytes);
        assert_eq!(used, counted, "what is used and what can be counted");
        // What every Lua has was never asked for.
        let least = Lua::new(&Options { memory_limit_bytes: 0 }).memory_bytes();
        assert!(used <= self.limit_bytes.max(least) + BEYOND_LIMIT_BYTES, "{used} of {} bytes", self.limit_bytes);
    }

    fn check_closed(&self) {
        for closed in &self.closed {
            let Value::Table(table) = self.lua.heap().kept(&closed.table) else { panic!("a kept table is gone") };
            assert!(self.lua.heap().is_readonly(table), "a closed table was opened");
            let (now, then) = (self.content(table), &closed.content);
            let unchanged = now.len() == then.len()
                && now.iter().zip(then).all(|(now, then)| same(now.0, then.0) && same(now.1, then.1));
            assert!(unchanged, "a closed table was changed: {now:?} instead of {then:?}");
        }
    }

    fn content(&self, table: TableId) -> Vec<(Value, Value)> {
        let (mut content, mut at) = (Vec::new(), 0);
        while let Some((next, key, value)) = self.lua.heap().entry_from(table, at) {
            content.push((key, value));
            at = next;
        }
        content
    }

    /// Reads a value in every way there is.
    fn look_at(&mut self, value: Value) {
        let heap = self.lua.heap();
        heap.metatable_of(value);
        assert!(!value.type_name().is_empty());
        let number = heap.to_number(value);
        match value {
            Value::Table(table) => self.look_into(table),
            Value::String(string) => assert_eq!(heap.string_bytes(value), Some(heap.bytes(string))),
            Value::Number(is) => assert!(same(Value::Number(number.unwrap_or_default()), Value::Number(is))),
            _ => assert_eq!(number, None),
        }
        let text = self.lua.heap_mut().to_string(value);
        if let Some(Some(text)) = self.tolerate(text) {
            let bytes = self.lua.heap().bytes(text).to_vec();
            assert_eq!(self.lua.heap_mut().string(&bytes), Ok(text));
        }
    }

    fn look_into(&self, table: TableId) {
        let heap = self.lua.heap();
        let content = self.content(table);
        let mut key = Value::Nil;
        for (expected, value) in &content {
            assert!(same(heap.get(table, *expected), *value));
            let next = self.tolerate(heap.next(table, key)).flatten();
            let Some((next, _)) = next else { panic!("`next` misses {expected:?}") };
            assert!(same(next, *expected), "`next` gives {next:?} instead of {expected:?}");
            key = next;
        }
        assert_eq!(heap.next(table, key), Ok(None));
        let length = heap.length(table);
        let border =
            (length == 0 || !heap.get_integer(table, length).is_nil()) && heap.get_integer(table, length + 1).is_nil();
        assert!(border, "{length} is no border");
    }

    /// Lets go of everything and has it freed. Gives how many objects are left, unless there is no room to find out.
    fn end(mut self) -> Option<usize> {
        self.check_closed();
        for closed in std::mem::take(&mut self.closed) {
            self.lua.heap_mut().release_kept(closed.table);
        }
        // A call in progress ends; the next one fails, which leaves the same results behind each time.
        self.lua.start(Value::Nil, &[]);
        assert!(matches!(self.lua.run(1), Event::Failed(_)));
        for kept in std::mem::take(&mut self.held) {
            self.lua.heap_mut().release_kept(kept);
        }
        let globals = self.lua.heap().globals();
        let heap = self.lua.heap_mut();
        heap.set_string_metatable(None);
        heap.set_readonly(globals, false);
        let _ = heap.set_metatable(globals, None);
        for (key, _) in self.content(globals) {
            let _ = self.lua.heap_mut().set(globals, key, Value::Nil);
        }
        // What was collected may have been the last to hold on to something weak.
        loop {
            let before = self.lua.memory_bytes();
            self.lua.collect();
            if self.lua.memory_bytes() == before {
                break;
            }
        }
        // A key that was taken out stays in its place until the table is laid out anew.
        let before = self.lua.memory_bytes();
        let mut number = 0.5;
        while self.lua.memory_bytes() == before {
            self.lua.heap_mut().set(globals, Value::Number(number), Value::Boolean(true)).ok()?;
            number += 1.0;
        }
        self.lua.collect();
        self.check_memory();
        Some(self.lua.census().objects)
    }
}

/// Raw equality, with NaN as itself.
fn same(left: Value, right: Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.is_nan() && right.is_nan(),
        (left, right) => left == right,
    }
}
