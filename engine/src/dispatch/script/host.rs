//! What else a script can tell the node: `redis.log`, `redis.setresp` and `redis.set_repl`.

use lua::{Failure, Lua};

use crate::server::scripting::{Run, values};
use crate::server::{ClientId, Request, Server};

/// The levels of the log by their names in `loglevel`; `nothing` is above all of them.
const LEVELS: [&str; 5] = ["debug", "verbose", "notice", "warning", "nothing"];

/// Who asks for what no client waits for.
const NOBODY: ClientId = ClientId(0);

/// Raises an error whose place is told.
pub(super) fn raise(lua: &mut Lua, text: &str) -> Result<(), Failure> {
    let error = values::error_table(lua.heap_mut(), text.as_bytes(), false)?;
    lua.raise(error);
    Ok(())
}

/// `redis.log`
pub(super) fn log(server: &mut Server, lua: &mut Lua) -> Result<(), Failure> {
    let arguments = lua.arguments().to_vec();
    let [level, texts @ ..] = arguments.as_slice() else {
        return raise(lua, "redis.log() requires two arguments or more.");
    };
    if texts.is_empty() {
        return raise(lua, "redis.log() requires two arguments or more.");
    }
    let Some(level) = lua.heap().to_number(*level) else {
        return raise(lua, "First argument must be a number (log level).");
    };
    let level = level as i32;
    let Some(level) = usize::try_from(level).ok().filter(|&level| level < 4) else {
        return raise(lua, "Invalid debug level.");
    };
    let wanted = LEVELS.iter().position(|name| *name == server.config.get("loglevel")).unwrap_or(2);
    if level >= wanted {
        let mut line = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            if let Some(text) = lua.heap_mut().to_string(*text)? {
                if index > 0 {
                    line.push(b' ');
                }
                line.extend_from_slice(lua.heap().bytes(text));
            }
        }
        // More than a script's worth of lines is of no use to anybody.
        const MAX_WAITING: usize = 10_000;
        if server.store.requests.len() < MAX_WAITING {
            server.store.requests.push_back((NOBODY, Request::Log { message: line, answer: "OK" }));
        }
    }
    lua.answer(&[]);
    Ok(())
}

/// `redis.setresp`
pub(super) fn set_resp(lua: &mut Lua, run: &mut Run) -> Result<(), Failure> {
    let [version] = lua.arguments() else { return raise(lua, "redis.setresp() requires one argument.") };
    match lua.heap().to_number(*version) {
        Some(2.0) => run.resp3 = false,
        Some(3.0) => run.resp3 = true,
        _ => return raise(lua, "RESP version must be 2 or 3."),
    }
    lua.answer(&[]);
    Ok(())
}

/// `redis.set_repl`
pub(super) fn set_replication(lua: &mut Lua, run: &mut Run) -> Result<(), Failure> {
    const JOURNAL: i64 = 1;
    const ALL: i64 = 3;
    let [flags] = lua.arguments() else { return raise(lua, "redis.set_repl() requires two arguments.") };
    let flags = lua.heap().to_number(*flags).unwrap_or(0.0) as i64;
    if flags & !ALL != 0 {
        return raise(lua, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    run.in_journal = flags & JOURNAL != 0;
    lua.answer(&[]);
    Ok(())
}
