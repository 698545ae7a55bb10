//! The Lua that scripts run in, and the one of the function libraries: what of Lua's library they offer, the table
//! `redis`, and the protection of both. What `redis.call` and its kin do is not known here: they are host functions
//! ([`Host`]), at which the machine stops.

use core::fmt;

use lua::{Failure, Kept, Lua, Options, TableId, Value};

use super::{Library, natives};

/// What the objects of one Lua may take together. Redis has no such limit and runs out of memory instead.
pub const MEMORY_LIMIT_BYTES: usize = 256 << 20;

/// Functions of the table `redis` that need the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Call,
    ProtectedCall,
    Log,
    SetResp,
    SetReplication,
    CheckPermission,
    RegisterFunction,
}

impl Host {
    const ALL: [(Host, &'static str); 7] = [
        (Host::Call, "call"),
        (Host::ProtectedCall, "pcall"),
        (Host::Log, "log"),
        (Host::SetResp, "setresp"),
        (Host::SetReplication, "set_repl"),
        (Host::CheckPermission, "acl_check_cmd"),
        (Host::RegisterFunction, "register_function"),
    ];

    /// The host function with the number that the machine stopped with.
    pub fn numbered(number: u32) -> Option<Host> {
        Host::ALL.into_iter().map(|(host, _)| host).find(|host| *host as u32 == number)
    }

    fn is_for_libraries(self) -> bool {
        matches!(self, Host::Log | Host::RegisterFunction)
    }
}

/// What stays of Lua's own library: functions in the globals, and whole tables.
const OFFERED: &[&str] = &[
    "_G",
    "_VERSION",
    "assert",
    "bit",
    "cjson",
    "cmsgpack",
    "collectgarbage",
    "coroutine",
    "error",
    "gcinfo",
    "getmetatable",
    "ipairs",
    "load",
    "loadstring",
    "math",
    "next",
    "os",
    "pairs",
    "pcall",
    "rawequal",
    "rawget",
    "rawset",
    "redis",
    "select",
    "setmetatable",
    "string",
    "struct",
    "table",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "xpcall",
];

/// The levels of `redis.log`.
const LOG_LEVELS: [(&str, u8); 4] = [("LOG_DEBUG", 0), ("LOG_VERBOSE", 1), ("LOG_NOTICE", 2), ("LOG_WARNING", 3)];

/// What `redis.set_repl` takes: where a script's writes go.
const REPLICATION: [(&str, u8); 5] =
    [("REPL_NONE", 0), ("REPL_AOF", 1), ("REPL_SLAVE", 2), ("REPL_REPLICA", 2), ("REPL_ALL", 3)];

/// A Lua with its protected globals.
pub struct Sandbox {
    pub lua: Lua,
    /// Of the function libraries: what their functions see, and what their code sees while it is loaded.
    apis: Option<Apis>,
}

struct Apis {
    functions: Kept,
    loading: Kept,
    /// The metatable of the globals, whose `__index` is one of them.
    globals: Kept,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("memory_bytes", &self.lua.memory_bytes()).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// The Lua of EVAL. `version` is what `redis.REDIS_VERSION` says.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn of_scripts(version: &str) -> Result<Sandbox, Failure> {
        let mut lua = offered()?;
        let redis = redis_table(&mut lua, version, |host| host != Host::RegisterFunction)?;
        let natives: &[(&str, lua::Native)] = &[
            ("breakpoint", natives::breakpoint),
            ("debug", natives::debug),
            ("replicate_commands", natives::replicate_commands),
        ];
        lua.heap_mut().register(redis, natives)?;
        let globals = lua.heap().globals();
        lua.heap_mut().set_bytes(globals, b"redis", Value::Table(redis))?;
        refuse_unknown_names(&mut lua, globals)?;
        protect(&mut lua, Value::Table(globals));
        Ok(Sandbox { lua, apis: None })
    }

    /// The Lua of the function libraries: its globals are empty and look everything up in one of two tables.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn of_libraries(version: &str) -> Result<Sandbox, Failure> {
        let mut lua = offered()?;
        let globals = lua.heap().globals();
        let functions = lua.heap_mut().table(0, OFFERED.len())?;
        for name in OFFERED {
            let value = lua.heap().get_bytes(globals, name.as_bytes());
            lua.heap_mut().set_bytes(functions, name.as_bytes(), value)?;
            lua.heap_mut().set_bytes(globals, name.as_bytes(), Value::Nil)?;
        }
        lua.heap_mut().set_bytes(functions, b"_G", Value::Table(functions))?;
        let redis = redis_table(&mut lua, version, |host| host != Host::RegisterFunction)?;
        lua.heap_mut().set_bytes(functions, b"redis", Value::Table(redis))?;
        refuse_unknown_names(&mut lua, functions)?;
        protect(&mut lua, Value::Table(functions));

        let loading = lua.heap_mut().table(0, 1)?;
        let redis = redis_table(&mut lua, version, Host::is_for_libraries)?;
        refuse_unknown_names(&mut lua, redis)?;
        lua.heap_mut().set_bytes(loading, b"redis", Value::Table(redis))?;
        refuse_unknown_names(&mut lua, loading)?;
        protect(&mut lua, Value::Table(loading));

        let metatable = lua.heap_mut().table(0, 1)?;
        lua.heap_mut().set_bytes(metatable, b"__index", Value::Table(functions))?;
        lua.heap_mut().set_metatable(globals, Some(metatable))?;
        let heap = lua.heap_mut();
        heap.set_readonly(metatable, true);
        heap.set_readonly(globals, true);
        let apis = Apis {
            functions: heap.keep(Value::Table(functions)),
            loading: heap.keep(Value::Table(loading)),
            globals: heap.keep(Value::Table(metatable)),
        };
        Ok(Sandbox { lua, apis: Some(apis) })
    }

    /// Chooses what code sees: that of a library while it is loaded, or its functions.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn set_loading(&mut self, loading: bool) -> Result<(), Failure> {
        let Some(apis) = &self.apis else { return Ok(()) };
        let heap = self.lua.heap_mut();
        let api = heap.kept(if loading { &apis.loading } else { &apis.functions });
        if let Value::Table(metatable) = heap.kept(&apis.globals) {
            heap.set_readonly(metatable, false);
            let set = heap.set_bytes(metatable, b"__index", api);
            heap.set_readonly(metatable, true);
            set?;
        }
        Ok(())
    }

    /// Lets the functions of a library go.
    pub fn release(&mut self, library: Library) {
        for function in library.functions {
            self.lua.heap_mut().release_kept(function.callback);
        }
    }

    /// Puts a table of strings into a global variable that scripts cannot change.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn set_global(&mut self, name: &[u8], strings: &[&[u8]]) -> Result<(), Failure> {
        let table = self.list(strings)?;
        let heap = self.lua.heap_mut();
        let globals = heap.globals();
        heap.set_readonly(globals, false);
        let set = heap.set_bytes(globals, name, table);
        heap.set_readonly(globals, true);
        set
    }

    /// A table of strings.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn list(&mut self, strings: &[&[u8]]) -> Result<Value, Failure> {
        let heap = self.lua.heap_mut();
        let table = heap.table(strings.len(), 0)?;
        for (index, string) in strings.iter().enumerate() {
            let string = heap.string(string)?;
            heap.set_integer(table, index + 1, Value::String(string))?;
        }
        Ok(Value::Table(table))
    }
}

/// A Lua with nothing in its globals but what is offered.
fn offered() -> Result<Lua, Failure> {
    let mut lua = Lua::new(&Options { memory_limit_bytes: MEMORY_LIMIT_BYTES });
    lua.open_libraries()?;
    let globals = lua.heap().globals();
    keep_only(&mut lua, globals, OFFERED)?;
    if let Value::Table(os) = lua.heap().get_bytes(globals, b"os") {
        keep_only(&mut lua, os, &["clock"])?;
    }
    let handler = lua.heap_mut().native(natives::text_of_error, &[])?;
    let protected_call = lua.heap_mut().native(natives::protected_call, &[handler])?;
    lua.heap_mut().set_bytes(globals, b"pcall", protected_call)?;
    Ok(lua)
}

fn keep_only(lua: &mut Lua, table: TableId, names: &[&str]) -> Result<(), Failure> {
    let mut others = Vec::new();
    let mut position = 0;
    while let Some((next, key, _)) = lua.heap().entry_from(table, position) {
        position = next;
        let is_offered = |name: &[u8]| names.iter().any(|offered| offered.as_bytes() == name);
        if !lua.heap().string_bytes(key).is_some_and(is_offered) {
            others.push(key);
        }
    }
    for key in others {
        lua.heap_mut().set(table, key, Value::Nil)?;
    }
    Ok(())
}

/// The table `redis`, with the host functions that `offers` names.
fn redis_table(lua: &mut Lua, version: &str, offers: fn(Host) -> bool) -> Result<TableId, Failure> {
    let heap = lua.heap_mut();
    let redis = heap.table(0, 32)?;
    for (host, name) in Host::ALL {
        if offers(host) {
            let function = heap.host_function(host as u32)?;
            heap.set_bytes(redis, name.as_bytes(), function)?;
        }
    }
    for (name, level) in LOG_LEVELS {
        heap.set_bytes(redis, name.as_bytes(), Value::Number(f64::from(level)))?;
    }
    let text = heap.string(version.as_bytes())?;
    heap.set_bytes(redis, b"REDIS_VERSION", Value::String(text))?;
    heap.set_bytes(redis, b"REDIS_VERSION_NUM", Value::Number(f64::from(version_number(version))))?;
    if offers(Host::Call) {
        let natives: &[(&str, lua::Native)] = &[
            ("error_reply", natives::error_reply),
            ("sha1hex", natives::sha1hex),
            ("status_reply", natives::status_reply),
        ];
        heap.register(redis, natives)?;
        for (name, bits) in REPLICATION {
            heap.set_bytes(redis, name.as_bytes(), Value::Number(f64::from(bits)))?;
        }
    }
    Ok(redis)
}

/// 7.4.1 as 0x00070401.
fn version_number(version: &str) -> u32 {
    version.split('.').fold(0, |number, part| number << 8 | part.parse::<u32>().unwrap_or(0))
}

/// Lets reading a name that is not there be an error.
fn refuse_unknown_names(lua: &mut Lua, table: TableId) -> Result<(), Failure> {
    let heap = lua.heap_mut();
    let metatable = heap.table(0, 1)?;
    let index = heap.native(natives::unknown_name, &[])?;
    heap.set_bytes(metatable, b"__index", index)?;
    heap.set_metatable(table, Some(metatable))
}

/// Closes a table, its metatable and all tables in it.
fn protect(lua: &mut Lua, value: Value) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        let heap = lua.heap_mut();
        if let Some(metatable) = heap.metatable_of(value) {
            open.extend(Some(Value::Table(metatable)).filter(|_| !heap.is_readonly(metatable)));
        }
        let Value::Table(table) = value else { continue };
        if heap.is_readonly(table) {
            continue;
        }
        heap.set_readonly(table, true);
        let mut position = 0;
        while let Some((next, _, value)) = heap.entry_from(table, position) {
            position = next;
            // Of strings, what counts is their metatable.
            open.extend(Some(value).filter(|value| matches!(value, Value::Table(_) | Value::String(_))));
        }
    }
}
