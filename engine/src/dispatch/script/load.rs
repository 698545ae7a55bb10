//! Loading the code of a function library: it runs once, and registers its functions.

use lua::{Event, FaultKind, Kept, Lua, Value};

use super::{UNITS_PER_CALL, host, replies};
use crate::base::Bytes;
use crate::command::Error;
use crate::server::Server;
use crate::server::scripting::{Function, Host, Libraries, Library, Origin, Sandbox, ScriptFlags, shebang};

/// What the code of a library may use of the machine: Redis gives it half a second.
const UNITS: u64 = 50_000_000;

/// What becomes of the libraries that are there when others are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// They go.
    Flush,
    /// They stay; a name that is taken is an error.
    Append,
    /// They stay, but for those whose names the new ones have.
    Replace,
}

/// Loads libraries, all or none of them.
///
/// # Errors
/// What is wrong with one of them. The libraries are as they were then.
pub fn load_libraries(server: &mut Server, version: &str, codes: &[&[u8]], policy: Policy) -> Result<(), Error> {
    let (mut sandbox, old) = match (server.scripting.library_sandbox.take(), policy) {
        (Some(sandbox), Policy::Append | Policy::Replace) => (sandbox, None),
        (old, _) => match Sandbox::of_libraries(version) {
            Ok(sandbox) => (Box::new(sandbox), old),
            Err(_) => {
                server.scripting.library_sandbox = old;
                return Err(NO_MEMORY);
            }
        },
    };
    let mut libraries = Vec::new();
    let loaded = load_each(server, &mut sandbox, codes, &mut libraries);
    let scripting = &mut server.scripting;
    if let Err(error) = loaded.and_then(|()| check_names(&scripting.libraries, &libraries, policy)) {
        libraries.into_iter().for_each(|library| sandbox.release(library));
        scripting.put_back(Origin::Function, old.unwrap_or(sandbox));
        return Err(error);
    }
    scripting.put_back(Origin::Function, sandbox);
    if policy == Policy::Flush {
        scripting.libraries = Libraries::default();
    }
    for library in libraries {
        if let Some(replaced) = scripting.libraries.replace(library) {
            scripting.release(replaced);
        }
    }
    Ok(())
}

fn load_each(
    server: &mut Server,
    sandbox: &mut Sandbox,
    codes: &[&[u8]],
    libraries: &mut Vec<Library>,
) -> Result<(), Error> {
    for code in codes {
        let library = load(server, sandbox, code)?;
        if libraries.iter().any(|other| other.name == library.name) {
            let error = already_exists(b"Library '", &library.name, b"'");
            sandbox.release(library);
            return Err(error);
        }
        libraries.push(library);
    }
    Ok(())
}

/// Refuses names that are taken.
fn check_names(there: &Libraries, libraries: &[Library], policy: Policy) -> Result<(), Error> {
    if policy == Policy::Flush {
        return Ok(());
    }
    match libraries.iter().find(|library| there.get(&library.name).is_some()) {
        Some(library) if policy == Policy::Append => Err(already_exists(b"Library ", &library.name, b"")),
        _ => there.taken(libraries).map_or(Ok(()), |name| Err(already_exists(b"Function ", &name, b""))),
    }
}

fn already_exists(before: &[u8], name: &[u8], after: &[u8]) -> Error {
    Error::text_of([b"ERR ", before, name, after, b" already exists"].concat())
}

/// The library that code makes, whose functions the sandbox keeps.
fn load(server: &mut Server, sandbox: &mut Sandbox, code: &[u8]) -> Result<Library, Error> {
    let (name, skipped) =
        shebang::of_library(code).map_err(|text| Error::text_of([b"ERR ", text.as_slice()].concat()))?;
    let mut library = Library { name: Bytes::from(name), code: Bytes::new(code), functions: Vec::new() };
    let loaded = match sandbox.set_loading(true) {
        Ok(()) => run(server, &mut sandbox.lua, code.get(skipped..).unwrap_or_default(), &mut library.functions),
        Err(_) => Err(NO_MEMORY),
    };
    let restored = sandbox.set_loading(false).map_err(|_| NO_MEMORY);
    let loaded = loaded.and(restored).and({
        let is_empty = library.functions.is_empty();
        if is_empty { Err(Error::Static("ERR No functions registered")) } else { Ok(()) }
    });
    match loaded {
        Ok(()) => Ok(library),
        Err(error) => {
            sandbox.release(library);
            Err(error)
        }
    }
}

const NO_MEMORY: Error = Error::Static("ERR Error registering functions: not enough memory");

fn run(server: &mut Server, lua: &mut Lua, code: &[u8], functions: &mut Vec<Function>) -> Result<(), Error> {
    let chunk = lua.load(code, b"@user_function").map_err(|failure| {
        Error::text_of([b"ERR Error compiling function: ", text_of(lua, failure).as_slice()].concat())
    })?;
    lua.start(chunk, &[]);
    let mut left = UNITS;
    loop {
        let event = lua.run(left);
        left = lua.units_left().saturating_sub(UNITS_PER_CALL).max(1);
        match event {
            Event::Finished => return Ok(()),
            Event::Suspended => {
                return Err(Error::Static("ERR Error registering functions: ERR FUNCTION LOAD timeout"));
            }
            Event::Failed(fault) => {
                let text = match fault.kind {
                    FaultKind::Error => replies::error_text(lua, fault.value).0,
                    FaultKind::Memory | FaultKind::Killed => b"not enough memory".to_vec(),
                };
                return Err(Error::text_of([b"ERR Error registering functions: ", text.as_slice()].concat()));
            }
            Event::Called(number) => {
                let done = match Host::numbered(number) {
                    Some(Host::RegisterFunction) => match registered(lua, functions) {
                        Ok(function) => {
                            functions.push(function);
                            lua.answer(&[]);
                            Ok(())
                        }
                        Err(text) => host::raise(lua, text),
                    },
                    Some(Host::Log) => host::log(server, lua),
                    _ => {
                        lua.answer(&[]);
                        Ok(())
                    }
                };
                done.map_err(|_| NO_MEMORY)?;
            }
        }
    }
}

/// The message of what did not compile.
pub(super) fn text_of(lua: &Lua, failure: lua::Failure) -> Vec<u8> {
    match failure {
        lua::Failure::Error(value) => lua.heap().string_bytes(value).unwrap_or_default().to_vec(),
        _ => b"not enough memory".to_vec(),
    }
}

/// Reads a call of `redis.register_function`: a name and a function, or one table with names.
fn registered(lua: &mut Lua, known: &[Function]) -> Result<Function, &'static str> {
    const WRONG_COUNT: &str = "wrong number of arguments to redis.register_function";
    let arguments = lua.arguments().to_vec();
    let (name, callback, flags, description) = match arguments.as_slice() {
        [Value::Table(table)] => named_arguments(lua, *table)?,
        [_] => {
            return Err(
                "calling redis.register_function with a single argument is only applicable to Lua table (representing \
                        named arguments).",
            );
        }
        [name, callback] => {
            let name = text(lua, *name).ok_or("first argument to redis.register_function must be a string")?;
            if !matches!(callback, Value::Function(_)) {
                return Err("second argument to redis.register_function must be a function");
            }
            (name, keep(lua, *callback), ScriptFlags::NONE, None)
        }
        _ => return Err(WRONG_COUNT),
    };
    let problem = match shebang::check_name(&name) {
        Err(_) => Some(
            "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
        ),
        Ok(()) if known.iter().any(|other| *other.name == *name) => Some("Function already exists in the library"),
        Ok(()) => None,
    };
    match problem {
        Some(problem) => {
            lua.heap_mut().release_kept(callback);
            Err(problem)
        }
        None => Ok(Function { name: Bytes::from(name), callback, flags, description }),
    }
}

type Named = (Vec<u8>, Kept, ScriptFlags, Option<Bytes>);

fn named_arguments(lua: &mut Lua, table: lua::TableId) -> Result<Named, &'static str> {
    let (mut name, mut callback, mut flags, mut description) = (None, None, ScriptFlags::NONE, None);
    let mut position = 0;
    while let Some((next, key, value)) = lua.heap().entry_from(table, position) {
        position = next;
        let key = text(lua, key).ok_or("named argument key given to redis.register_function is not a string")?;
        match key.to_ascii_lowercase().as_slice() {
            b"function_name" => {
                name = Some(
                    text(lua, value)
                        .ok_or("function_name argument given to redis.register_function must be a string")?,
                );
            }
            b"description" => {
                let given = text(lua, value);
                description =
                    Some(given.ok_or("description argument given to redis.register_function must be a string")?);
            }
            b"callback" => {
                if !matches!(value, Value::Function(_)) {
                    return Err("callback argument given to redis.register_function must be a function");
                }
                callback = Some(value);
            }
            b"flags" => {
                let Value::Table(list) = value else {
                    return Err(
                        "flags argument to redis.register_function must be a table representing function flags",
                    );
                };
                flags = read_flags(lua, list)?;
            }
            _ => return Err("unknown argument given to redis.register_function"),
        }
    }
    let name = name.ok_or("redis.register_function must get a function name argument")?;
    let callback = callback.ok_or("redis.register_function must get a callback argument")?;
    Ok((name, keep(lua, callback), flags, description.map(Bytes::from)))
}

fn read_flags(lua: &Lua, list: lua::TableId) -> Result<ScriptFlags, &'static str> {
    let mut flags = ScriptFlags::NONE;
    let mut index = 1;
    loop {
        let value = lua.heap().get_integer(list, index);
        if value.is_nil() {
            return Ok(flags);
        }
        let flag = lua.heap().string_bytes(value).and_then(ScriptFlags::find);
        flags = flags.with(flag.ok_or("unknown flag given")?);
        index += 1;
    }
}

fn keep(lua: &mut Lua, value: Value) -> Kept {
    lua.heap_mut().keep(value)
}

/// A string, or a number as one.
fn text(lua: &mut Lua, value: Value) -> Option<Vec<u8>> {
    let text = lua.heap_mut().to_string(value).ok()??;
    Some(lua.heap().bytes(text).to_vec())
}
