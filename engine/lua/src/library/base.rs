//! The functions that are globals themselves.

use crate::compile::compile;
use crate::heap::native::{Call, Continuation, Failure, Native, Step};
use crate::heap::thread::{Level, level};
use crate::heap::value::{FunctionId, TableId, Value};
use crate::heap::{Function, Heap, Metamethod};
use crate::text::number;

const FUNCTIONS: &[(&str, Native)] = &[
    ("assert", assert),
    ("collectgarbage", collect_garbage),
    ("error", error),
    ("gcinfo", gc_info),
    ("getfenv", get_environment),
    ("getmetatable", get_metatable),
    ("loadstring", load_string),
    ("next", next),
    ("pcall", protected_call),
    ("rawequal", raw_equal),
    ("rawget", raw_get),
    ("rawset", raw_set),
    ("select", select),
    ("setfenv", set_environment),
    ("setmetatable", set_metatable),
    ("tonumber", to_number),
    ("tostring", to_string),
    ("type", type_of),
    ("unpack", unpack),
    ("xpcall", protected_call_with_handler),
];

/// Puts them there.
pub(super) fn open(heap: &mut Heap) -> Result<(), Failure> {
    let globals = heap.globals();
    heap.register(globals, FUNCTIONS)?;
    heap.set_bytes(globals, b"_G", Value::Table(globals))?;
    let version = heap.string(b"Lua 5.1")?;
    heap.set_bytes(globals, b"_VERSION", Value::String(version))?;
    open_iterators(heap)
}

/// Those with upvalues: pairs and ipairs keep their iterators, newproxy the metatables that it made.
fn open_iterators(heap: &mut Heap) -> Result<(), Failure> {
    let globals = heap.globals();
    let next = heap.get_bytes(globals, b"next");
    let pairs = heap.native(pairs, &[next])?;
    heap.set_bytes(globals, b"pairs", pairs)?;
    let step = heap.native(ipairs_step, &[])?;
    let ipairs = heap.native(ipairs, &[step])?;
    heap.set_bytes(globals, b"ipairs", ipairs)?;
    // load asks its reader through pcall.
    let protected_call = heap.get_bytes(globals, b"pcall");
    let load = heap.native(load, &[protected_call])?;
    heap.set_bytes(globals, b"load", load)?;
    let known = heap.table(0, 0)?;
    heap.set_metatable(known, Some(known))?;
    let weak = heap.string(b"kv")?;
    heap.set_bytes(known, b"__mode", Value::String(weak))?;
    let proxy = heap.native(new_proxy, &[Value::Table(known)])?;
    heap.set_bytes(globals, b"newproxy", proxy)
}

// ---- errors

fn assert(call: &mut Call<'_>) -> Result<Step, Failure> {
    if call.check_any(0)?.is_true() {
        call.pushed.extend_from_slice(call.arguments);
        return Ok(Step::Return);
    }
    match call.optional_string(1)? {
        Some(text) => Err(call.error(call.heap.bytes(text))),
        None => Err(call.error("assertion failed!")),
    }
}

fn error(call: &mut Call<'_>) -> Result<Step, Failure> {
    let at = call.optional_int(1, 1)?;
    match call.argument(0) {
        Value::String(string) if at > 0 => {
            Err(Failure::Raise { level: at as u32, text: call.heap.bytes(string).into() })
        }
        Value::Number(_) if at > 0 => {
            let string = call.check_string(0)?;
            Err(Failure::Raise { level: at as u32, text: call.heap.bytes(string).into() })
        }
        other => Err(Failure::Error(other)),
    }
}

fn protected_call(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.check_any(0)?;
    call.pushed.extend_from_slice(call.arguments);
    Ok(Step::Protected { handler: None })
}

fn protected_call_with_handler(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.check_any(1)?;
    call.push(call.argument(0));
    Ok(Step::Protected { handler: Some(call.argument(1)) })
}

// ---- memory

fn collect_garbage(call: &mut Call<'_>) -> Result<Step, Failure> {
    let option = match call.optional_string(0)? {
        Some(option) => call.heap.bytes(option).to_vec(),
        None => b"collect".to_vec(),
    };
    call.optional_int(1, 0)?;
    let used = call.heap.used_bytes();
    let result = match &option[..] {
        b"collect" => {
            // At the next safe point, which is the end of this call.
            call.heap.threshold_bytes = 0;
            Value::Number(0.0)
        }
        b"step" => {
            call.heap.threshold_bytes = 0;
            Value::Boolean(true)
        }
        b"stop" | b"restart" => Value::Number(0.0),
        b"count" => Value::Number(used as f64 / 1024.0),
        b"setpause" | b"setstepmul" => Value::Number(200.0),
        other => {
            let text = [b"invalid option '", other, b"'"].concat();
            return Err(call.argument_error(0, text));
        }
    };
    call.returns(result)
}

fn gc_info(call: &mut Call<'_>) -> Result<Step, Failure> {
    let kilobytes = call.heap.used_bytes() / 1024;
    call.returns(Value::Number(kilobytes as f64))
}

// ---- environments

/// The function at a level, as getfenv and setfenv count.
fn function_at(call: &Call<'_>, is_optional: bool) -> Result<FunctionId, Failure> {
    if let Value::Function(function) = call.argument(0) {
        return Ok(function);
    }
    let at = if is_optional { call.optional_int(0, 1)? } else { call.check_int(0)? };
    if at < 0 {
        return Err(call.argument_error(0, "level must be non-negative"));
    }
    match level(call.frames, i64::from(at)) {
        Level::Frame(frame) => Ok(call.frames.get(frame).map_or(call.function, |frame| frame.function)),
        Level::None => Err(call.argument_error(0, "invalid level")),
        Level::Tail => Err(call.error(format!("no function environment for tail call at level {at}"))),
    }
}

fn thread_globals(call: &Call<'_>) -> TableId {
    call.heap.thread_globals
}

fn environment(call: &Call<'_>, function: FunctionId) -> TableId {
    match call.heap.functions.get(function.0) {
        Some(function @ Function::Lua { .. }) => function.environment(),
        // Of a native, the globals of the coroutine.
        _ => thread_globals(call),
    }
}

fn get_environment(call: &mut Call<'_>) -> Result<Step, Failure> {
    let function = function_at(call, true)?;
    let environment = environment(call, function);
    call.returns(Value::Table(environment))
}

fn set_environment(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(1)?;
    let is_level_zero = !matches!(call.argument(0), Value::Function(_))
        && call.heap.to_number(call.argument(0)).is_some_and(|number| number == 0.0);
    if is_level_zero {
        // The globals of the coroutine: what it loads from now on gets them.
        call.heap.thread_globals = table;
        return Ok(Step::Return);
    }
    let function = function_at(call, false)?;
    match call.heap.functions.get_mut(function.0) {
        Some(Function::Lua { environment, .. }) => *environment = table,
        _ => return Err(call.error("'setfenv' cannot change environment of given object")),
    }
    call.returns(Value::Function(function))
}

// ---- metatables and raw access

fn get_metatable(call: &mut Call<'_>) -> Result<Step, Failure> {
    let object = call.check_any(0)?;
    let Some(metatable) = call.heap.metatable_of(object) else { return call.returns(Value::Nil) };
    let field = call.heap.get(metatable, Value::String(call.heap.event_name(Metamethod::Metatable)));
    call.returns(if field.is_nil() { Value::Table(metatable) } else { field })
}

fn set_metatable(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    let metatable = match call.arguments.get(1) {
        Some(Value::Nil) => None,
        Some(Value::Table(metatable)) => Some(*metatable),
        _ => return Err(call.argument_error(1, "nil or table expected")),
    };
    if !call.heap.metamethod(Value::Table(table), Metamethod::Metatable).is_nil() {
        return Err(call.error("cannot change a protected metatable"));
    }
    call.heap.set_metatable(table, metatable)?;
    call.returns(Value::Table(table))
}

fn raw_equal(call: &mut Call<'_>) -> Result<Step, Failure> {
    let (left, right) = (call.check_any(0)?, call.check_any(1)?);
    call.returns(Value::Boolean(left == right))
}

fn raw_get(call: &mut Call<'_>) -> Result<Step, Failure> {
    let (table, key) = (call.check_table(0)?, call.check_any(1)?);
    let value = call.heap.get(table, key);
    call.returns(value)
}

fn raw_set(call: &mut Call<'_>) -> Result<Step, Failure> {
    let (table, key, value) = (call.check_table(0)?, call.check_any(1)?, call.check_any(2)?);
    call.heap.set(table, key, value)?;
    call.returns(Value::Table(table))
}

// ---- iteration

fn next(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    let (entry, looked_at) = call.heap.next_counted(table, call.argument(1))?;
    call.budget.spend(looked_at / 16);
    match entry {
        Some((key, value)) => {
            call.push(key);
            call.returns(value)
        }
        None => call.returns(Value::Nil),
    }
}

fn pairs(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    call.push(call.upvalue(0));
    call.push(Value::Table(table));
    call.returns(Value::Nil)
}

fn ipairs(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    call.push(call.upvalue(0));
    call.push(Value::Table(table));
    call.returns(Value::Number(0.0))
}

fn ipairs_step(call: &mut Call<'_>) -> Result<Step, Failure> {
    let index = call.check_int(1)?.wrapping_add(1);
    let table = call.check_table(0)?;
    let value = call.heap.get(table, Value::Number(f64::from(index)));
    if !value.is_nil() {
        call.push(Value::Number(f64::from(index)));
        call.push(value);
    }
    Ok(Step::Return)
}

fn select(call: &mut Call<'_>) -> Result<Step, Failure> {
    let count = call.count() as i64;
    if let Value::String(option) = call.argument(0)
        && call.heap.bytes(option).first() == Some(&b'#')
    {
        return call.returns(Value::Number((count - 1) as f64));
    }
    let mut index = i64::from(call.check_int(0)?);
    if index < 0 {
        index += count;
    } else if index > count {
        index = count;
    }
    if index < 1 {
        return Err(call.argument_error(0, "index out of range"));
    }
    call.pushed.extend_from_slice(call.arguments.get(index as usize..).unwrap_or_default());
    Ok(Step::Return)
}

fn unpack(call: &mut Call<'_>) -> Result<Step, Failure> {
    let table = call.check_table(0)?;
    let first = i64::from(call.optional_int(1, 1)?);
    let last = match call.argument(2) {
        Value::Nil => call.heap.length(table) as i64,
        _ => i64::from(call.check_int(2)?),
    };
    if first > last {
        return Ok(Step::Return);
    }
    let count = last - first + 1;
    if count >= i64::from(i32::MAX) || !call.has_room_for(count as usize) {
        return Err(call.error("too many results to unpack"));
    }
    for index in first..=last {
        let value = call.heap.get(table, Value::Number(index as f64));
        call.push(value);
    }
    call.budget.spend(count as usize / 16);
    Ok(Step::Return)
}

// ---- conversion

fn type_of(call: &mut Call<'_>) -> Result<Step, Failure> {
    let name = call.check_any(0)?.type_name();
    let name = call.heap.string(name.as_bytes())?;
    call.returns(Value::String(name))
}

fn to_number(call: &mut Call<'_>) -> Result<Step, Failure> {
    let base = call.optional_int(1, 10)?;
    if base == 10 {
        let value = call.check_any(0)?;
        let number = call.heap.to_number(value);
        return call.returns(number.map_or(Value::Nil, Value::Number));
    }
    let text = call.check_string(0)?;
    if !(2..=36).contains(&base) {
        return Err(call.argument_error(1, "base out of range"));
    }
    let number = number::parse_in_base(call.heap.bytes(text), base as u32);
    call.returns(number.map_or(Value::Nil, Value::Number))
}

/// The text of a value without metamethods; objects get a number that tells them apart.
pub(super) fn plain_text(heap: &mut Heap, value: Value) -> Result<Value, Failure> {
    let text = match value {
        Value::String(_) => return Ok(value),
        Value::Number(number) => return heap.number_string(number).map(Value::String),
        Value::Nil => "nil".to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::LightUserdata(0) => "userdata: (nil)".to_string(),
        other => format!("{}: 0x{:012x}", other.type_name(), heap.address(other)),
    };
    heap.string(text.as_bytes()).map(Value::String)
}

fn to_string(call: &mut Call<'_>) -> Result<Step, Failure> {
    let value = call.check_any(0)?;
    let method = call.heap.metamethod(value, Metamethod::ToString);
    if !method.is_nil() {
        return call.tail_call(method, &[value]);
    }
    let text = plain_text(call.heap, value)?;
    call.returns(text)
}

// ---- loading

/// The results of a load: the function, or nil and the message.
fn loaded(call: &mut Call<'_>, source: &[u8], name: &[u8]) -> Result<Step, Failure> {
    call.budget.spend(source.len() / 4);
    match compile(call.heap, call.prototypes, source, name, call.c_calls) {
        Ok(prototype) => {
            let environment = thread_globals(call);
            let function =
                call.heap.add_function(Function::Lua { prototype, environment, upvalues: Box::default() })?;
            call.returns(function)
        }
        Err(Failure::Error(message)) => {
            call.push(Value::Nil);
            call.returns(message)
        }
        Err(other) => Err(other),
    }
}

fn load_string(call: &mut Call<'_>) -> Result<Step, Failure> {
    let source = call.check_string(0)?;
    let name = call.optional_string(1)?.unwrap_or(source);
    call.heap.check_bytes(call.heap.bytes(source).len())?;
    let (source, name) = (call.heap.bytes(source).to_vec(), call.heap.bytes(name).to_vec());
    loaded(call, &source, &name)
}

/// The pieces that the reader function of `load` has given so far.
struct Pieces {
    source: Vec<u8>,
    name: Vec<u8>,
}

impl Continuation for Pieces {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, results: &[Value]) -> Result<Step, Failure> {
        // What pcall returned.
        let piece = results.get(1).copied().unwrap_or(Value::Nil);
        if results.first() == Some(&Value::Boolean(false)) {
            call.push(Value::Nil);
            return call.returns(piece);
        }
        match piece {
            Value::Nil => loaded(call, &self.source, &self.name),
            piece @ (Value::String(_) | Value::Number(_)) => {
                let piece = call.heap.to_string(piece)?;
                let bytes = piece.map_or(&b""[..], |piece| call.heap.bytes(piece));
                if bytes.is_empty() {
                    return loaded(call, &self.source, &self.name);
                }
                call.heap.check_bytes((self.source.len() + bytes.len()).saturating_mul(2))?;
                self.source.extend_from_slice(bytes);
                call.call(call.upvalue(0), &[call.argument(0)], self)
            }
            _ => {
                call.push(Value::Nil);
                let text = [&call.position(1)[..], b"reader function must return a string"].concat();
                call.push_bytes(&text)?;
                Ok(Step::Return)
            }
        }
    }

    fn trace(&self, _visit: &mut dyn FnMut(Value)) {}
}

fn load(call: &mut Call<'_>) -> Result<Step, Failure> {
    call.check_function(0)?;
    let name = match call.optional_string(1)? {
        Some(name) => call.heap.bytes(name).to_vec(),
        None => b"=(load)".to_vec(),
    };
    call.call(call.upvalue(0), &[call.argument(0)], Box::new(Pieces { source: Vec::new(), name }))
}

// ---- userdata

fn new_proxy(call: &mut Call<'_>) -> Result<Step, Failure> {
    let proxy = call.heap.add_userdata()?;
    let Value::Table(known) = call.upvalue(0) else { return call.returns(Value::Userdata(proxy)) };
    let metatable = match call.argument(0) {
        Value::Nil | Value::Boolean(false) => None,
        Value::Boolean(true) => {
            let metatable = call.heap.table(0, 0)?;
            call.heap.set(known, Value::Table(metatable), Value::Boolean(true))?;
            Some(metatable)
        }
        other => match call.heap.metatable_of(other) {
            Some(metatable) if call.heap.get(known, Value::Table(metatable)).is_true() => Some(metatable),
            _ => return Err(call.argument_error(0, "boolean or proxy expected")),
        },
    };
    if let Some(userdata) = call.heap.userdata.get_mut(proxy.0) {
        userdata.metatable = metatable;
    }
    call.returns(Value::Userdata(proxy))
}
