//! Function libraries: FCALL, which calls a function, and FUNCTION, which loads, lists, moves and removes libraries.

use super::scripting::{RUNS, keys_and_arguments};
use super::{REDIS_VERSION, help};
use crate::base::glob::{Case, matches_with};
use crate::command::{Access, Args, Categories, Error, Flags, Group, quoted};
use crate::dispatch::script::{self, Policy};
use crate::dispatch::{Call, Command};
use crate::persist::rdb;
use crate::server::scripting::{Library, Origin, Run, shebang};

family![FCALL, FCALL_RO, FUNCTION];

const FCALL: Command = Command {
    name: "FCALL",
    syntax: "function numkeys [key...] [arg...]",
    summary: "Calls a function of a library, which may read and change data.",
    since: "7.0.0",
    complexity: "That of the function",
    group: Group::Scripting,
    flags: RUNS.with(Flags::MAY_REPLICATE),
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(|call, args| fcall(call, args, false)),
    ..Command::DEFAULT
};

const FCALL_RO: Command = Command {
    name: "FCALL_RO",
    summary: "Calls a function of a library that changes nothing.",
    flags: RUNS.with(Flags::READONLY),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| fcall(call, args, true)),
    ..FCALL
};

fn fcall(call: &mut Call, mut args: Args, read_only: bool) -> Result<(), Error> {
    const NOT_FOUND: Error = Error::Static("ERR Function not found");
    const NO_MEMORY: Error = Error::Static("ERR not enough memory");
    script::show(call);
    let name = args.next()?;
    let flags = call.server.scripting.libraries.function(name).ok_or(NOT_FOUND)?.flags;
    let (keys, arguments) = keys_and_arguments(args).map_err(|error| match error {
        Error::NotInteger => Error::Static("ERR Bad number of keys provided"),
        other => other,
    })?;
    script::admit(call, Some(flags), read_only)?;
    let scripting = &mut call.server.scripting;
    let function = scripting.libraries.function(name).ok_or(NOT_FOUND)?;
    let mut sandbox = scripting.library_sandbox.take().ok_or(NOT_FOUND)?;
    let callback = sandbox.lua.heap().kept(&function.callback);
    let (Ok(keys), Ok(arguments)) = (sandbox.list(keys), sandbox.list(arguments)) else {
        scripting.put_back(Origin::Function, sandbox);
        return Err(NO_MEMORY);
    };
    sandbox.lua.start(callback, &[keys, arguments]);
    let mut run = Run::new(Origin::Function, &function.name, call.client.id, call.now);
    run.restrict(Some(flags), read_only);
    script::begin(call, sandbox, run);
    Ok(())
}

const FUNCTION: Command = Command {
    name: "FUNCTION",
    summary: "Groups the commands about function libraries.",
    since: "7.0.0",
    complexity: "That of the subcommand",
    group: Group::Scripting,
    subcommands: &[DELETE, DUMP, FLUSH, HELP, KILL, LIST, LOAD, RESTORE, STATS],
    without_categories: Categories::SCRIPTING,
    ..Command::DEFAULT
};

/// Notes that the libraries have changed: they are part of snapshots and of the journal.
fn changed(call: &mut Call) {
    call.keyspace.counters.dirty += 1;
}

const LOAD: Command = Command {
    name: "LOAD",
    syntax: "[REPLACE] function-code",
    summary: "Loads a library: runs its code, which registers its functions.",
    since: "7.0.0",
    complexity: "O(1), without the time that compiling takes",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT.with(Flags::WRITE).with(Flags::DENYOOM),
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    run: Some(load),
    ..Command::DEFAULT
};

fn load(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let mut replaces = false;
    while args.remaining() > 1 {
        let word = args.next()?;
        if !word.eq_ignore_ascii_case(b"REPLACE") {
            return Err(Error::text_of([b"ERR Unknown option given: ", quoted(word)].concat()));
        }
        replaces = true;
    }
    let code = args.next()?;
    let (name, _) = shebang::of_library(code).map_err(|text| Error::text_of([b"ERR ", text.as_slice()].concat()))?;
    if !replaces && call.server.scripting.libraries.get(&name).is_some() {
        return Err(Error::text_of([b"ERR Library '", name.as_slice(), b"' already exists"].concat()));
    }
    script::load_libraries(call.server, REDIS_VERSION, &[code], Policy::Replace)?;
    changed(call);
    call.reply.bulk(&name);
    Ok(())
}

const DELETE: Command = Command {
    name: "DELETE",
    syntax: "library-name",
    summary: "Removes a library and its functions.",
    since: "7.0.0",
    complexity: "O(1)",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT.with(Flags::WRITE),
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    run: Some(delete),
    ..Command::DEFAULT
};

fn delete(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let removed = call.server.scripting.libraries.remove(args.next()?);
    let removed = removed.ok_or(Error::Static("ERR Library not found"))?;
    call.server.scripting.release(removed);
    changed(call);
    call.reply.ok();
    Ok(())
}

const FLUSH: Command = Command {
    name: "FLUSH",
    syntax: "[async: ASYNC | SYNC]",
    summary: "Removes all libraries.",
    since: "7.0.0",
    complexity: "O(N), N = functions",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT.with(Flags::WRITE),
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    run: Some(flush),
    ..Command::DEFAULT
};

fn flush(call: &mut Call, mut args: Args) -> Result<(), Error> {
    if args.remaining() > 1 {
        return Err(wrong_use(call));
    }
    if !args.is_empty() && !args.keyword("ASYNC") && !args.keyword("SYNC") {
        return Err(Error::Static("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"));
    }
    call.server.scripting.flush_libraries();
    changed(call);
    call.reply.ok();
    Ok(())
}

/// The subcommand has more words than it can have.
fn wrong_use(call: &Call) -> Error {
    let subcommand = quoted(call.words.get(1).copied().unwrap_or_default());
    let before: &[u8] = b"ERR unknown subcommand or wrong number of arguments for '";
    Error::text_of([before, subcommand, b"'. Try FUNCTION HELP."].concat())
}

const HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of FUNCTION.",
    since: "7.0.0",
    complexity: "O(1)",
    group: Group::Scripting,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &FUNCTION)),
    ..Command::DEFAULT
};

const KILL: Command = Command {
    name: "KILL",
    summary: "Ends the function that runs, unless it has written already.",
    since: "7.0.0",
    complexity: "O(1)",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT.with(Flags::ALLOW_BUSY),
    tips: &["request_policy:all_shards", "response_policy:one_succeeded"],
    run: Some(kill),
    ..Command::DEFAULT
};

fn kill(call: &mut Call, _args: Args) -> Result<(), Error> {
    script::kill(call.server, Origin::Function)?;
    call.reply.ok();
    Ok(())
}

const LIST: Command = Command {
    name: "LIST",
    syntax: "[LIBRARYNAME library-name-pattern] [WITHCODE]",
    summary: "Lists the libraries with their functions.",
    since: "7.0.0",
    complexity: "O(N), N = functions",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT,
    tips: &["nondeterministic_output_order"],
    run: Some(list),
    ..Command::DEFAULT
};

fn list(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (mut pattern, mut with_code) = (None, false);
    while let Some(word) = args.next_if_any() {
        if !with_code && word.eq_ignore_ascii_case(b"WITHCODE") {
            with_code = true;
        } else if pattern.is_none() && word.eq_ignore_ascii_case(b"LIBRARYNAME") {
            let missing = Error::Static("ERR library name argument was not given");
            pattern = Some(args.next_if_any().ok_or(missing)?);
        } else {
            // Line breaks become spaces before they could be taken off the end.
            let one_line = quoted(word).iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte });
            return Err(Error::text_of(b"ERR Unknown argument ".iter().copied().chain(one_line).collect::<Vec<u8>>()));
        }
    }
    let libraries = &call.server.scripting.libraries;
    let shown: Vec<&Library> = libraries
        .iter()
        .filter(|library| pattern.is_none_or(|pattern| matches_with(pattern, &library.name, Case::Ignored)))
        .collect();
    let reply = &mut *call.reply;
    reply.array(shown.len());
    for library in shown {
        reply.map(if with_code { 4 } else { 3 });
        reply.bulk(b"library_name");
        reply.bulk(&library.name);
        reply.bulk(b"engine");
        reply.bulk(b"LUA");
        reply.bulk(b"functions");
        reply.array(library.functions.len());
        for function in &library.functions {
            reply.map(3);
            reply.bulk(b"name");
            reply.bulk(&function.name);
            reply.bulk(b"description");
            match &function.description {
                Some(text) => reply.bulk(text),
                None => reply.null(),
            }
            reply.bulk(b"flags");
            let flags: Vec<&str> = function.flags.names().collect();
            reply.set(flags.len());
            flags.into_iter().for_each(|flag| reply.simple(flag));
        }
        if with_code {
            reply.bulk(b"library_code");
            reply.bulk(&library.code);
        }
    }
    Ok(())
}

const DUMP: Command = Command {
    name: "DUMP",
    summary: "Returns all libraries as bytes for FUNCTION RESTORE.",
    since: "7.0.0",
    complexity: "O(N), N = functions",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT,
    run: Some(dump),
    ..Command::DEFAULT
};

fn dump(call: &mut Call, _args: Args) -> Result<(), Error> {
    let compresses = call.server.config.is_on("rdbcompression");
    let codes = call.server.scripting.libraries.iter().map(|library| library.code.as_slice());
    call.reply.bulk(&rdb::dump_libraries(codes, compresses));
    Ok(())
}

const RESTORE: Command = Command {
    name: "RESTORE",
    syntax: "serialized-value [policy: FLUSH | APPEND | REPLACE]",
    summary: "Loads the libraries that FUNCTION DUMP returned, all or none of them.",
    since: "7.0.0",
    complexity: "O(N), N = functions in the bytes",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT.with(Flags::WRITE).with(Flags::DENYOOM),
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    run: Some(restore),
    ..Command::DEFAULT
};

fn restore(call: &mut Call, mut args: Args) -> Result<(), Error> {
    if args.remaining() > 2 {
        return Err(wrong_use(call));
    }
    let bytes = args.next()?;
    let policy = if args.keyword("FLUSH") {
        Policy::Flush
    } else if args.keyword("REPLACE") {
        Policy::Replace
    } else if args.is_empty() || args.keyword("APPEND") {
        Policy::Append
    } else {
        return Err(Error::Static("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."));
    };
    let codes = rdb::restore_libraries(bytes).map_err(Error::text_of)?;
    let codes: Vec<&[u8]> = codes.iter().map(Vec::as_slice).collect();
    script::load_libraries(call.server, REDIS_VERSION, &codes, policy)?;
    changed(call);
    call.reply.ok();
    Ok(())
}

const STATS: Command = Command {
    name: "STATS",
    summary: "Tells of the function that runs, and how many libraries and functions there are.",
    since: "7.0.0",
    complexity: "O(1)",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT.with(Flags::ALLOW_BUSY),
    tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    run: Some(stats),
    ..Command::DEFAULT
};

fn stats(call: &mut Call, _args: Args) -> Result<(), Error> {
    let scripting = &call.server.scripting;
    if scripting.suspended.as_ref().is_some_and(|suspended| suspended.run.origin == Origin::Script) {
        return Err(script::busy(Origin::Script));
    }
    let reply = &mut *call.reply;
    reply.map(2);
    reply.bulk(b"running_script");
    match &scripting.suspended {
        None => reply.null(),
        Some(suspended) => {
            reply.map(3);
            reply.bulk(b"name");
            reply.bulk(&suspended.run.name);
            reply.bulk(b"command");
            reply.array(suspended.run.words.len());
            suspended.run.words.iter().for_each(|word| reply.bulk(word));
            reply.bulk(b"duration_ms");
            reply.integer(call.now.since(suspended.run.started) as i64);
        }
    }
    reply.bulk(b"engines");
    reply.map(1);
    reply.bulk(b"LUA");
    reply.map(2);
    reply.bulk(b"libraries_count");
    reply.integer(scripting.libraries.len() as i64);
    reply.bulk(b"functions_count");
    reply.integer(scripting.libraries.function_count() as i64);
    Ok(())
}
