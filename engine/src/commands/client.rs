//! CLIENT and its subcommands.

use crate::base::numbers::parse_i64;
use crate::command::{Args, Categories, Error, Flags, Group, quoted};
use crate::dispatch::{Call, Command};
use crate::server::{Client, ClientId, ReplyMode};

use super::client_control::{CLIENT_KILL, CLIENT_PAUSE, CLIENT_UNBLOCK, CLIENT_UNPAUSE, Kind};
use super::client_tracking::{CLIENT_CACHING, CLIENT_GETREDIR, CLIENT_TRACKING, CLIENT_TRACKINGINFO};
use super::help;

family![CLIENT];

pub const INVALID_NAME: &str = "ERR Client names cannot contain spaces, newlines or special characters.";

const CLIENT: Command = Command {
    name: "CLIENT",
    summary: "Groups the commands about connections.",
    since: "2.4.0",
    group: Group::Connection,
    without_categories: Categories::CONNECTION,
    subcommands: &[
        CLIENT_CACHING,
        CLIENT_GETNAME,
        CLIENT_GETREDIR,
        CLIENT_HELP,
        CLIENT_ID,
        CLIENT_INFO,
        CLIENT_KILL,
        CLIENT_LIST,
        CLIENT_NO_EVICT,
        CLIENT_NO_TOUCH,
        CLIENT_PAUSE,
        CLIENT_REPLY,
        CLIENT_SETINFO,
        CLIENT_SETNAME,
        CLIENT_TRACKING,
        CLIENT_TRACKINGINFO,
        CLIENT_UNBLOCK,
        CLIENT_UNPAUSE,
    ],
    ..Command::DEFAULT
};

const CLIENT_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of CLIENT.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &CLIENT)),
    ..Command::DEFAULT
};

const CLIENT_ID: Command = Command {
    name: "ID",
    summary: "Returns the number of this connection; numbers only grow.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
    run: Some(client_id),
    ..Command::DEFAULT
};

fn client_id(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.reply.integer(call.client.id.0 as i64);
    Ok(())
}

const CLIENT_GETNAME: Command = Command {
    name: "GETNAME",
    summary: "Returns the name of this connection.",
    since: "2.6.9",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
    run: Some(client_getname),
    ..Command::DEFAULT
};

fn client_getname(call: &mut Call, _args: Args) -> Result<(), Error> {
    if call.client.name.is_empty() {
        call.reply.null()
    } else {
        call.reply.bulk(&call.client.name)
    }
    Ok(())
}

const CLIENT_SETNAME: Command = Command {
    name: "SETNAME",
    syntax: "connection-name",
    summary: "Gives this connection a name that lists and logs show.",
    since: "2.6.9",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
    run: Some(client_setname),
    ..Command::DEFAULT
};

fn client_setname(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let name = args.next()?;
    if !valid_attribute(name) {
        return Err(Error::Static(INVALID_NAME));
    }
    call.client.name = name.into();
    call.reply.ok();
    Ok(())
}

/// Whether a name can stand in CLIENT LIST, where spaces separate the fields.
pub fn valid_attribute(name: &[u8]) -> bool {
    name.iter().all(|byte| (b'!'..=b'~').contains(byte))
}

const CLIENT_SETINFO: Command = Command {
    name: "SETINFO",
    syntax: "(attr: LIB-NAME libname | LIB-VER libver)",
    summary: "Says which library speaks on this connection.",
    since: "7.2.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    run: Some(client_setinfo),
    ..Command::DEFAULT
};

fn client_setinfo(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (attribute, value) = (args.next()?, args.next()?);
    let (name, slot) = if attribute.eq_ignore_ascii_case(b"LIB-NAME") {
        ("LIB-NAME", &mut call.client.library_name)
    } else if attribute.eq_ignore_ascii_case(b"LIB-VER") {
        ("LIB-VER", &mut call.client.library_version)
    } else {
        return Err(Error::text_of([b"ERR Unrecognized option '", quoted(attribute), b"'"].concat()));
    };
    if !valid_attribute(value) {
        return Err(Error::text_of(format!("ERR {name} cannot contain spaces, newlines or special characters.")));
    }
    *slot = value.into();
    call.reply.ok();
    Ok(())
}

const CLIENT_INFO: Command = Command {
    name: "INFO",
    summary: "Describes this connection, as CLIENT LIST does.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
    tips: &["nondeterministic_output"],
    run: Some(client_info),
    ..Command::DEFAULT
};

fn client_info(call: &mut Call, _args: Args) -> Result<(), Error> {
    let mut text = String::new();
    describe(call, call.client, &mut text);
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

const CLIENT_LIST: Command = Command {
    name: "LIST",
    syntax: "[TYPE (NORMAL | MASTER | REPLICA | PUBSUB)]@5.0.0 [ID (id: client-id...)]@6.2.0",
    summary: "Describes the connections, one a line.",
    since: "2.4.0",
    complexity: "O(N), N = client connections",
    group: Group::Connection,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
    tips: &["nondeterministic_output"],
    run: Some(client_list),
    ..Command::DEFAULT
};

fn client_list(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let mut text = String::new();
    if args.is_empty() {
        all_clients(call, &mut text, None);
    } else if args.remaining() == 2 && args.keyword("TYPE") {
        let kind = Kind::parse(args.next()?)?;
        all_clients(call, &mut text, Some(kind));
    } else if args.remaining() > 1 && args.keyword("ID") {
        let mut ids = Vec::new();
        for argument in args.rest() {
            ids.push(parse_i64(argument).ok_or(Error::Static("ERR Invalid client ID"))?);
        }
        for id in ids {
            let id = ClientId(id as u64);
            if id == call.client.id {
                describe(call, call.client, &mut text);
            } else if let Some(client) = call.server.clients.get(id) {
                describe(call, client, &mut text);
            }
        }
    } else {
        return Err(Error::Syntax);
    }
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

fn all_clients(call: &Call, text: &mut String, kind: Option<Kind>) {
    let wanted = |client: &&Client| kind.is_none_or(|kind| Kind::of(client) == kind);
    // The calling client is held by the call and stands in the order of the identifiers like all others.
    let own = call.client.id;
    for client in call.server.clients.iter().take_while(|client| client.id < own).filter(wanted) {
        describe(call, client, text);
    }
    if wanted(&&*call.client) {
        describe(call, call.client, text);
    }
    for client in call.server.clients.iter().skip_while(|client| client.id < own).filter(wanted) {
        describe(call, client, text);
    }
}

/// One line of CLIENT LIST.
fn describe(call: &Call, client: &Client, text: &mut String) {
    let own = client.id == call.client.id;
    let resp3 = if own { call.reply.resp3 } else { client.reply.resp3 };
    let command = client.last_command.and_then(|number| call.table.row(number)).map_or("NULL", |row| &row.name);
    let argv_bytes = if own { call.words.iter().map(|word| word.len()).sum() } else { 0 };
    text.push_str(&client.describe(command, argv_bytes, resp3, call.now));
    text.push('\n');
}

const CLIENT_REPLY: Command = Command {
    name: "REPLY",
    syntax: "(ON | OFF | SKIP)",
    summary: "Chooses whether this connection gets replies.",
    since: "3.2.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
    run: Some(client_reply),
    ..Command::DEFAULT
};

fn client_reply(call: &mut Call, mut args: Args) -> Result<(), Error> {
    if args.keyword("ON") {
        call.client.reply_mode = ReplyMode::On;
        call.reply.ok();
    } else if args.keyword("OFF") {
        call.client.reply_mode = ReplyMode::Off;
    } else if args.keyword("SKIP") {
        if call.client.reply_mode != ReplyMode::Off {
            call.client.reply_mode = ReplyMode::SkipNext;
        }
    } else {
        return Err(Error::Syntax);
    }
    Ok(())
}

const CLIENT_NO_EVICT: Command = Command {
    name: "NO-EVICT",
    syntax: "(enabled: ON | OFF)",
    summary: "Protects this connection from being closed for memory.",
    since: "7.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
    run: Some(client_no_evict),
    ..Command::DEFAULT
};

fn client_no_evict(call: &mut Call, args: Args) -> Result<(), Error> {
    call.client.no_evict = on_or_off(args)?;
    call.reply.ok();
    Ok(())
}

const CLIENT_NO_TOUCH: Command = Command {
    name: "NO-TOUCH",
    syntax: "(enabled: ON | OFF)",
    summary: "Chooses whether reads on this connection count as uses of the keys.",
    since: "7.2.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE),
    run: Some(client_no_touch),
    ..Command::DEFAULT
};

fn client_no_touch(call: &mut Call, args: Args) -> Result<(), Error> {
    call.client.no_touch = on_or_off(args)?;
    call.reply.ok();
    Ok(())
}

fn on_or_off(mut args: Args) -> Result<bool, Error> {
    if args.keyword("ON") {
        Ok(true)
    } else if args.keyword("OFF") {
        Ok(false)
    } else {
        Err(Error::Syntax)
    }
}
