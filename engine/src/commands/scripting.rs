//! Lua scripts: EVAL and its kin, which run one, and SCRIPT, which looks after those that are cached.

use lua::Failure;

use super::{REDIS_VERSION, help};
use crate::base::sha1::sha1_hex;
use crate::command::{Access, Args, Categories, Error, Flags, Group};
use crate::dispatch::{Call, Command, script};
use crate::server::Server;
use crate::server::scripting::{Digest, Origin, Run, Sandbox, ScriptFlags, shebang};

family![EVAL, EVAL_RO, EVALSHA, EVALSHA_RO, SCRIPT];

/// What all commands share that run a script or function.
pub(super) const RUNS: Flags = Flags::NOSCRIPT
    .with(Flags::SKIP_MONITOR)
    .with(Flags::NO_MANDATORY_KEYS)
    .with(Flags::STALE)
    .with(Flags::RUNS_SCRIPT);

const EVAL: Command = Command {
    name: "EVAL",
    syntax: "script numkeys [key...] [arg...]",
    summary: "Runs a Lua script, which may read and change data.",
    since: "2.6.0",
    complexity: "That of the script",
    group: Group::Scripting,
    flags: RUNS.with(Flags::MAY_REPLICATE),
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(|call, args| eval(call, args, false)),
    ..Command::DEFAULT
};

const EVAL_RO: Command = Command {
    name: "EVAL_RO",
    summary: "Runs a Lua script that changes nothing.",
    since: "7.0.0",
    flags: RUNS.with(Flags::READONLY),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| eval(call, args, true)),
    ..EVAL
};

const EVALSHA: Command = Command {
    name: "EVALSHA",
    syntax: "sha1 numkeys [key...] [arg...]",
    summary: "Runs a cached Lua script, named by the SHA-1 of its text.",
    run: Some(|call, args| evalsha(call, args, false)),
    ..EVAL
};

const EVALSHA_RO: Command = Command {
    name: "EVALSHA_RO",
    summary: "Runs a cached Lua script that changes nothing, named by the SHA-1 of its text.",
    since: "7.0.0",
    flags: RUNS.with(Flags::READONLY),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| evalsha(call, args, true)),
    ..EVALSHA
};

fn eval(call: &mut Call, mut args: Args, read_only: bool) -> Result<(), Error> {
    script::show(call);
    let body = args.next()?;
    let (keys, arguments) = keys_and_arguments(args)?;
    let digest = sha1_hex(body);
    if call.server.scripting.scripts.find(&digest).is_none() {
        let compiled = compile(call.server, body)?;
        let scripting = &mut call.server.scripting;
        if let Some(oldest) = scripting.scripts.add_from_eval(digest, compiled.function, compiled.flags, body.len()) {
            scripting.evicted_scripts += 1;
            if let Some(sandbox) = &mut scripting.script_sandbox {
                sandbox.lua.heap_mut().release_kept(oldest.function);
            }
        }
    }
    run(call, &digest, keys, arguments, read_only)
}

fn evalsha(call: &mut Call, mut args: Args, read_only: bool) -> Result<(), Error> {
    const NOT_FOUND: Error = Error::Static("NOSCRIPT No matching script. Please use EVAL.");
    script::show(call);
    let digest = digest_of(args.next()?).ok_or(NOT_FOUND)?;
    let (keys, arguments) = keys_and_arguments(args)?;
    if call.server.scripting.scripts.find(&digest).is_none() {
        return Err(NOT_FOUND);
    }
    run(call, &digest, keys, arguments, read_only)
}

/// Words of a call.
type Words<'a> = &'a [&'a [u8]];

/// Reads `numkeys [key...] [arg...]`.
pub(super) fn keys_and_arguments<'a>(mut args: Args<'a>) -> Result<(Words<'a>, Words<'a>), Error> {
    let count = args.integer()?;
    if count > args.remaining() as i64 {
        return Err(Error::Static("ERR Number of keys can't be greater than number of args"));
    }
    let count = usize::try_from(count).map_err(|_| Error::Static("ERR Number of keys can't be negative"))?;
    let keys = args.take(count)?;
    Ok((keys, args.rest()))
}

/// Reads the digest of a script, in any case; `None` when it cannot be one.
fn digest_of(text: &[u8]) -> Option<Digest> {
    Digest::try_from(text.to_ascii_lowercase()).ok()
}

struct Compiled {
    function: lua::Kept,
    flags: Option<ScriptFlags>,
}

/// Compiles a script in the node's Lua of the scripts, which is made if there is none.
fn compile(server: &mut Server, body: &[u8]) -> Result<Compiled, Error> {
    let (flags, skipped) =
        shebang::of_script(body).map_err(|text| Error::text_of([b"ERR ", text.as_slice()].concat()))?;
    let sandbox = match server.scripting.script_sandbox.take() {
        Some(sandbox) => sandbox,
        None => Box::new(Sandbox::of_scripts(REDIS_VERSION).map_err(|_| NO_MEMORY)?),
    };
    let sandbox = server.scripting.script_sandbox.insert(sandbox);
    match sandbox.lua.load(body.get(skipped..).unwrap_or_default(), b"@user_script") {
        Ok(function) => Ok(Compiled { function: sandbox.lua.heap_mut().keep(function), flags }),
        Err(Failure::Error(message)) => {
            let message = sandbox.lua.heap().string_bytes(message).unwrap_or_default();
            Err(Error::text_of([b"ERR Error compiling script (new function): ", message].concat()))
        }
        Err(_) => Err(NO_MEMORY),
    }
}

const NO_MEMORY: Error = Error::Static("ERR Error compiling script (new function): not enough memory");

/// Runs a cached script.
fn run(call: &mut Call, digest: &Digest, keys: &[&[u8]], arguments: &[&[u8]], read_only: bool) -> Result<(), Error> {
    let scripting = &mut call.server.scripting;
    let Some(script) = scripting.scripts.find(digest) else { return Err(NO_MEMORY) };
    let flags = script.flags;
    script::admit(call, flags, read_only)?;
    let scripting = &mut call.server.scripting;
    let (Some(script), Some(mut sandbox)) = (scripting.scripts.find(digest), scripting.script_sandbox.take()) else {
        return Err(NO_MEMORY);
    };
    let function = sandbox.lua.heap().kept(&script.function);
    let globals = sandbox.set_global(b"KEYS", keys).and_then(|()| sandbox.set_global(b"ARGV", arguments));
    if globals.is_err() {
        call.server.scripting.put_back(Origin::Script, sandbox);
        return Err(NO_MEMORY);
    }
    sandbox.lua.start(function, &[]);
    let mut run = Run::new(Origin::Script, digest, call.client.id, call.now);
    run.restrict(flags, read_only);
    script::begin(call, sandbox, run);
    Ok(())
}

const SCRIPT: Command = Command {
    name: "SCRIPT",
    summary: "Groups the commands about cached scripts.",
    since: "2.6.0",
    complexity: "That of the subcommand",
    group: Group::Scripting,
    subcommands: &[SCRIPT_DEBUG, SCRIPT_EXISTS, SCRIPT_FLUSH, SCRIPT_HELP, SCRIPT_KILL, SCRIPT_LOAD],
    without_categories: Categories::SCRIPTING,
    ..Command::DEFAULT
};

const SCRIPT_DEBUG: Command = Command {
    name: "DEBUG",
    syntax: "(mode: YES | SYNC | NO)",
    summary: "Chooses whether scripts are run in a debugger, of which there is none here: only NO is possible.",
    since: "3.2.0",
    complexity: "O(1)",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT,
    run: Some(script_debug),
    ..Command::DEFAULT
};

fn script_debug(call: &mut Call, mut args: Args) -> Result<(), Error> {
    if args.keyword("NO") {
        call.reply.ok();
        return Ok(());
    }
    if args.keyword("YES") || args.keyword("SYNC") {
        return Err(Error::Static("ERR SCRIPT DEBUG is not supported: there is no debugger for scripts here"));
    }
    Err(Error::Static("ERR Use SCRIPT DEBUG YES/SYNC/NO"))
}

const SCRIPT_EXISTS: Command = Command {
    name: "EXISTS",
    syntax: "sha1...",
    summary: "Says which scripts are cached.",
    since: "2.6.0",
    complexity: "O(N), N = scripts asked for",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT,
    tips: &["request_policy:all_shards", "response_policy:agg_logical_and"],
    run: Some(script_exists),
    ..Command::DEFAULT
};

fn script_exists(call: &mut Call, args: Args) -> Result<(), Error> {
    call.reply.array(args.remaining());
    for text in args.rest() {
        let scripts = &call.server.scripting.scripts;
        call.reply.integer(i64::from(digest_of(text).is_some_and(|digest| scripts.contains(&digest))));
    }
    Ok(())
}

const SCRIPT_FLUSH: Command = Command {
    name: "FLUSH",
    syntax: "[async: ASYNC | SYNC]@6.2.0",
    summary: "Forgets all cached scripts.",
    since: "2.6.0",
    complexity: "O(N), N = cached scripts",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT,
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    history: &[("6.2.0", "ASYNC and SYNC.")],
    run: Some(script_flush),
    ..Command::DEFAULT
};

fn script_flush(call: &mut Call, mut args: Args) -> Result<(), Error> {
    // Both mean the same here: there is no other thread that could free memory.
    let is_plain = args.is_empty() || ((args.keyword("ASYNC") || args.keyword("SYNC")) && args.is_empty());
    if !is_plain {
        return Err(Error::Static("ERR SCRIPT FLUSH only support SYNC|ASYNC option"));
    }
    call.server.scripting.flush_scripts();
    call.reply.ok();
    Ok(())
}

const SCRIPT_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of SCRIPT.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Scripting,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &SCRIPT)),
    ..Command::DEFAULT
};

const SCRIPT_KILL: Command = Command {
    name: "KILL",
    summary: "Ends the script that runs, unless it has written already.",
    since: "2.6.0",
    complexity: "O(1)",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT.with(Flags::ALLOW_BUSY),
    tips: &["request_policy:all_shards", "response_policy:one_succeeded"],
    run: Some(script_kill),
    ..Command::DEFAULT
};

fn script_kill(call: &mut Call, _args: Args) -> Result<(), Error> {
    script::kill(call.server, Origin::Script)?;
    call.reply.ok();
    Ok(())
}

const SCRIPT_LOAD: Command = Command {
    name: "LOAD",
    syntax: "script",
    summary: "Caches a script without running it and returns the SHA-1 of its text.",
    since: "2.6.0",
    complexity: "O(N), N = bytes of the script",
    group: Group::Scripting,
    flags: Flags::NOSCRIPT.with(Flags::STALE),
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    run: Some(script_load),
    ..Command::DEFAULT
};

fn script_load(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let body = args.next()?;
    let digest = sha1_hex(body);
    if !call.server.scripting.scripts.keep(&digest) {
        let compiled = compile(call.server, body)?;
        call.server.scripting.scripts.add(digest, compiled.function, compiled.flags, body.len());
    }
    call.reply.bulk(&digest);
    Ok(())
}
