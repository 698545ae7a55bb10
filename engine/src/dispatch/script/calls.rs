//! `redis.call`, `redis.pcall` and `redis.acl_check_cmd`: commands that a script calls.

use std::borrow::Cow;

use lua::{Failure, Heap, Lua, Value};

use super::{Attempt, Turn};
use crate::base::numbers::write_f64;
use crate::command::{Error, Flags, Group};
use crate::dispatch::execute::perform;
use crate::dispatch::permissions::permitted;
use crate::dispatch::{Command, gates};
use crate::resp::Reply;
use crate::server::scripting::{Run, values};

/// How large the room for replies stays from one call to the next.
const KEPT_REPLY_BYTES: usize = 1 << 20;

/// What a call was refused for, and the number of the command if it is known.
type Refused = (Error, Option<usize>);

/// `redis.call` (`raises`) and `redis.pcall`.
pub(super) fn call(turn: &mut Turn<'_>, lua: &mut Lua, run: &mut Run, raises: bool) -> Result<(), Failure> {
    let words = match words(lua.heap(), lua.arguments()) {
        Ok(words) => words,
        Err(text) => return fail(lua, text.as_bytes(), false, raises),
    };
    let words: Vec<&[u8]> = words.iter().map(|word| &**word).collect();
    let mut reply = core::mem::take(&mut turn.server.scripting.reply);
    reply.clear();
    reply.resp3 = run.resp3;
    match admit(turn, run, &words) {
        Ok((number, command)) => execute(turn, run, &mut reply, number, command, &words),
        Err((error, number)) => {
            let text = error.text();
            turn.server.stats.count_error(&text);
            if let Some(stats) = number.and_then(|number| turn.server.stats.per_command.get_mut(number)) {
                stats.rejected += 1;
            }
            reply.error(&text);
        }
    }
    let value = values::from_reply(lua.heap_mut(), reply.as_slice());
    let is_error = reply.as_slice().first() == Some(&b'-');
    // What a long reply costs beside its command: it is read once more.
    run.extra_units = run.extra_units.saturating_add(reply.len() as u64 / 16);
    if reply.capacity() <= KEPT_REPLY_BYTES {
        turn.server.scripting.reply = reply;
    }
    match value? {
        error if raises && is_error => lua.raise(error),
        value => lua.answer(&[value]),
    }
    Ok(())
}

/// An error of the call itself.
fn fail(lua: &mut Lua, text: &[u8], counted: bool, raises: bool) -> Result<(), Failure> {
    let error = values::error_table(lua.heap_mut(), text, counted)?;
    if raises {
        lua.raise(error);
    } else {
        lua.answer(&[error]);
    }
    Ok(())
}

/// The words of a call: strings as they are, numbers as Redis prints them since 7.2.
fn words<'h>(heap: &'h Heap, arguments: &[Value]) -> Result<Vec<Cow<'h, [u8]>>, &'static str> {
    if arguments.is_empty() {
        return Err("Please specify at least one argument for this redis lib call");
    }
    let word = |argument: &Value| match *argument {
        Value::Number(number) => {
            let mut text = Vec::new();
            write_f64(&mut text, number);
            Ok(Cow::Owned(text))
        }
        other => heap
            .string_bytes(other)
            .map(Cow::Borrowed)
            .ok_or("Lua redis lib command arguments must be strings or integers"),
    };
    arguments.iter().map(word).collect()
}

/// Finds the command of a call and asks everything that could speak against it.
fn admit(turn: &mut Turn<'_>, run: &Run, words: &[&[u8]]) -> Result<(usize, &'static Command), Refused> {
    let (number, command) = gates::resolve(turn.table, words)
        .map_err(|_| (Error::Static("ERR Unknown Redis command called from script"), None))?;
    let refuse = |error: Error| (error, Some(number));
    if !gates::fits(turn.table, number, words.len()) {
        return Err(refuse(Error::Static("ERR Wrong number of args calling Redis command from script")));
    }
    let flags = command.flags;
    if flags.has(Flags::NOSCRIPT) && !(turn.server.scripting.may_call_all && needs_no_connection(command)) {
        return Err(refuse(Error::Static("ERR This Redis command is not allowed from script")));
    }
    let Turn { table, server, client, .. } = turn;
    let mut attempt = Attempt { table, client, resp3: run.resp3, number, words, now: run.started };
    attempt.admit_in_script(server).map_err(refuse)?;
    let writes = flags.has(Flags::WRITE);
    if run.read_only && (writes || flags.has(Flags::MAY_REPLICATE)) {
        return Err(refuse(Error::Static("ERR Write commands are not allowed from read-only scripts.")));
    }
    // A script that has written already must not stop half-way.
    if run.has_written || client.is_trusted {
        return Ok((number, command));
    }
    if writes {
        if let Some(error) = server.refuses_writes() {
            return Err(refuse(error));
        }
        if server.store.needs_replicas {
            return Err(refuse(gates::NOT_ENOUGH_REPLICAS));
        }
    }
    if run.is_short_of_memory && !run.allows_oom && flags.has(Flags::DENYOOM) {
        return Err(refuse(Error::OutOfMemory));
    }
    Ok((number, command))
}

/// Whether a command that is not made for scripts works in one all the same, once DEBUG SET-DISABLE-DENY-SCRIPTS has
/// allowed it. A script has no connection of its own, as a client of Redis's has, and runs no other script.
fn needs_no_connection(command: &Command) -> bool {
    !matches!(command.group, Group::Scripting | Group::Transactions | Group::PubSub | Group::Connection)
        && command.name != "MONITOR"
}

/// Calls a command for the script: in its database, protocol and time, and without waiting.
fn execute(
    turn: &mut Turn<'_>,
    run: &mut Run,
    reply: &mut Reply,
    number: usize,
    command: &'static Command,
    words: &[&[u8]],
) {
    run.has_written |= command.flags.has(Flags::WRITE);
    let Turn { table, server, keyspace, client } = turn;
    let database = core::mem::replace(&mut client.database, run.database);
    let may_block = core::mem::replace(&mut client.may_block, false);
    let journal = server.journal.on;
    server.journal.on &= run.in_journal;
    client.in_script = true;
    perform(table, server, keyspace, client, reply, number, command, words, run.started);
    client.in_script = false;
    server.journal.on = journal;
    client.may_block = may_block;
    run.database = core::mem::replace(&mut client.database, database);
}

/// `redis.acl_check_cmd`
pub(super) fn check_permission(turn: &mut Turn<'_>, lua: &mut Lua) -> Result<(), Failure> {
    let words = match words(lua.heap(), lua.arguments()) {
        Ok(words) => words,
        Err(text) => return fail(lua, text.as_bytes(), false, true),
    };
    let words: Vec<&[u8]> = words.iter().map(|word| &**word).collect();
    let Ok((number, _)) = gates::resolve(turn.table, &words) else {
        return fail(lua, b"Invalid command passed to redis.acl_check_cmd()", false, true);
    };
    let may = permitted(turn.table, turn.server, turn.client, number, &words).is_ok();
    lua.answer(&[Value::Boolean(may)]);
    Ok(())
}
