//! What a node that stands alone answers to the commands of replication and of modules: it is a master without
//! replicas, and there is nothing that it could load.

use super::help;
use crate::base::numbers::parse_i64;
use crate::command::{Args, Categories, Deprecated, Error, Flags, Group, quoted};
use crate::dispatch::{Call, Command};
use crate::resp::split_line;

family![FAILOVER, MODULE, PSYNC, REPLCONF, REPLICAOF, ROLE, SLAVEOF, SYNC];

const ROLE: Command = Command {
    name: "ROLE",
    summary: "Says whether the node is a master or a replica, and of whom.",
    since: "2.8.12",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST),
    categories: Categories::ADMIN.with(Categories::DANGEROUS),
    run: Some(role),
    ..Command::DEFAULT
};

fn role(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.reply.array(3);
    call.reply.bulk(b"master");
    call.reply.integer(0);
    call.reply.array(0);
    Ok(())
}

const REPLICAOF: Command = Command {
    name: "REPLICAOF",
    syntax: "(args: (host-port: host port<integer>) | (no-one: NO ONE))",
    summary: "Makes the node follow another, or no one.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::STALE).with(Flags::NO_ASYNC_LOADING),
    run: Some(replicaof),
    ..Command::DEFAULT
};

const SLAVEOF: Command = Command {
    name: "SLAVEOF",
    since: "1.0.0",
    deprecated: Some(Deprecated { since: "5.0.0", replaced_by: "REPLICAOF" }),
    ..REPLICAOF
};

fn replicaof(call: &mut Call, mut args: Args) -> Result<(), Error> {
    if args.keyword("NO") && args.keyword("ONE") {
        call.reply.ok();
        return Ok(());
    }
    let port = call.words.get(2).copied().and_then(parse_i64);
    match port.is_some_and(|port| (0..=65535).contains(&port)) {
        true => Err(Error::Static("ERR This node stands alone: it cannot follow a master")),
        false => Err(Error::Static("ERR Invalid master port")),
    }
}

const FAILOVER: Command = Command {
    name: "FAILOVER",
    syntax: "[TO (target: host port<integer> [FORCE])] [ABORT] [TIMEOUT milliseconds]",
    summary: "Hands the role of the master to a replica.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::STALE),
    run: Some(failover),
    ..Command::DEFAULT
};

fn failover(_call: &mut Call, mut args: Args) -> Result<(), Error> {
    let words = args.remaining();
    let (mut timeout, mut abort, mut target, mut force) = (false, false, false, false);
    while !args.is_empty() {
        if !timeout && args.remaining() > 1 && args.keyword("TIMEOUT") {
            if args.integer()? <= 0 {
                return Err(Error::Static("ERR FAILOVER timeout must be greater than 0"));
            }
            timeout = true;
        } else if !abort && args.keyword("ABORT") {
            abort = true;
        } else if !target && args.remaining() > 2 && args.keyword("TO") {
            args.next()?;
            args.integer()?;
            target = true;
        } else if !force && args.keyword("FORCE") {
            force = true;
        } else {
            return Err(Error::Syntax);
        }
    }
    match abort {
        true if words == 1 => Err(Error::Static("ERR No failover in progress.")),
        true => Err(Error::Syntax),
        false => Err(Error::Static("ERR FAILOVER requires connected replicas.")),
    }
}

const PSYNC: Command = Command {
    name: "PSYNC",
    syntax: "replicationid offset",
    summary: "Sent by a replica that wants to follow.",
    since: "2.8.0",
    complexity: "O(N), N = keys in all databases",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::NO_ASYNC_LOADING).with(Flags::NO_MULTI),
    arity: Some(-3),
    run: Some(sync),
    ..Command::DEFAULT
};

const SYNC: Command = Command { name: "SYNC", syntax: "", since: "1.0.0", arity: None, ..PSYNC };

fn sync(_call: &mut Call, _args: Args) -> Result<(), Error> {
    Err(Error::Static("ERR This node stands alone: no replica can follow it"))
}

const REPLCONF: Command = Command {
    name: "REPLCONF",
    summary: "Sent by a replica that describes itself.",
    since: "3.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN
        .with(Flags::NOSCRIPT)
        .with(Flags::LOADING)
        .with(Flags::STALE)
        .with(Flags::ALLOW_BUSY)
        .with(Flags::SYSTEM),
    arity: Some(-1),
    run: Some(replconf),
    ..Command::DEFAULT
};

/// Pairs of options and values, which have no effect on a node without replicas.
fn replconf(call: &mut Call, args: Args) -> Result<(), Error> {
    if !args.remaining().is_multiple_of(2) {
        return Err(Error::Syntax);
    }
    for pair in args.rest().chunks_exact(2) {
        let [option, value] = pair else { continue };
        match option.to_ascii_lowercase().as_slice() {
            b"listening-port" => drop(parse_i64(value).ok_or(Error::NotInteger)?),
            b"ip-address" if value.len() < 256 => {}
            b"ip-address" => {
                let length = value.len();
                return Err(Error::text_of(format!(
                    "ERR REPLCONF ip-address provided by replica instance is too long: {length} bytes"
                )));
            }
            b"capa" => {}
            // What a replica reports, and what a master asks for, gets no answer.
            b"ack" | b"getack" => return Ok(()),
            b"rdb-only" => {
                if !(0..=1).contains(&parse_i64(value).ok_or(Error::NotInteger)?) {
                    return Err(Error::Static("ERR value is out of range, value must between 0 and 1"));
                }
            }
            b"rdb-filter-only" => filter(value)?,
            _ => return Err(Error::text_of([b"ERR Unrecognized REPLCONF option: ", quoted(option)].concat())),
        }
    }
    call.reply.ok();
    Ok(())
}

fn filter(value: &[u8]) -> Result<(), Error> {
    let words = split_line(value).map_err(|_| Error::Static("ERR Missing rdb-filter-only values"))?;
    match words.iter().find(|word| !word.eq_ignore_ascii_case(b"functions")) {
        Some(word) => Err(Error::text_of([b"ERR Unsupported rdb-filter-only option: ", word.as_slice()].concat())),
        None => Ok(()),
    }
}

// --- MODULE --------------------------------------------------------------------------------------------------

const MODULE: Command = Command {
    name: "MODULE",
    summary: "Groups the commands about modules, of which there are none here.",
    since: "4.0.0",
    group: Group::Server,
    subcommands: &[MODULE_HELP, MODULE_LIST, MODULE_LOAD, MODULE_LOADEX, MODULE_UNLOAD],
    ..Command::DEFAULT
};

const MODULE_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of MODULE.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &MODULE)),
    ..Command::DEFAULT
};

const MODULE_LIST: Command = Command {
    name: "LIST",
    summary: "Lists the modules that are loaded: none.",
    since: "4.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT),
    tips: &["nondeterministic_output_order"],
    run: Some(|call, _| {
        call.reply.array(0);
        Ok(())
    }),
    ..Command::DEFAULT
};

const MODULE_LOAD: Command = Command {
    name: "LOAD",
    syntax: "path [arg...]",
    summary: "Would load a module; there is nothing that could be loaded here.",
    since: "4.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::NO_ASYNC_LOADING).with(Flags::PROTECTED),
    run: Some(|_, _| Err(Error::Static("ERR Error loading the extension. Please check the server logs."))),
    ..Command::DEFAULT
};

const MODULE_LOADEX: Command = Command {
    name: "LOADEX",
    syntax: "path [CONFIG (configs: name value)]... [ARGS (args: arg)...]",
    since: "7.0.0",
    ..MODULE_LOAD
};

const MODULE_UNLOAD: Command = Command {
    name: "UNLOAD",
    syntax: "name",
    summary: "Would remove a module; none is loaded.",
    run: Some(|_, _| Err(Error::Static("ERR Error unloading module: no such module with that name"))),
    ..MODULE_LOAD
};
