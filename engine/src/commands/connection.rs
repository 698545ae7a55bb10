//! The connection family, except CLIENT: what concerns the connection itself and no data.

use crate::command::{Args, Deprecated, Error, Flags, Group, quoted};
use crate::dispatch::{Call, Command};

use super::acl;
use super::client::valid_attribute;
use crate::server::clients::DEFAULT_USER;

family![AUTH, ECHO, HELLO, PING, QUIT, RESET, SELECT];

/// The version that clients see; libraries decide by it what they may use.
pub const REDIS_VERSION: &str = "7.4.1";

const AUTH: Command = Command {
    name: "AUTH",
    syntax: "[username]@6.0.0 password",
    summary: "Proves who the client is.",
    since: "1.0.0",
    complexity: "O(N), N = passwords defined for the user",
    group: Group::Connection,
    flags: Flags::NOSCRIPT
        .with(Flags::LOADING)
        .with(Flags::STALE)
        .with(Flags::FAST)
        .with(Flags::NO_AUTH)
        .with(Flags::ALLOW_BUSY),
    run: Some(auth),
    ..Command::DEFAULT
};

fn auth(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let name = match args.remaining() {
        1 if call.server.acl.default_has_no_password() => {
            return Err(Error::Static(
                "ERR AUTH <password> called without any password configured for the default user. \
                 Are you sure your configuration is correct?",
            ));
        }
        1 => DEFAULT_USER,
        2 => args.next()?,
        _ => return Err(Error::Syntax),
    };
    acl::authenticate(call, name, args.next()?)?;
    call.reply.ok();
    Ok(())
}

const ECHO: Command = Command {
    name: "ECHO",
    syntax: "message",
    summary: "Answers with the message it was given.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
    run: Some(echo),
    ..Command::DEFAULT
};

fn echo(call: &mut Call, mut args: Args) -> Result<(), Error> {
    call.reply.bulk(args.next()?);
    Ok(())
}

const PING: Command = Command {
    name: "PING",
    syntax: "[message]",
    summary: "Answers PONG, or the message it was given.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::FAST.with(Flags::SUBSCRIBER),
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    run: Some(ping),
    ..Command::DEFAULT
};

fn ping(call: &mut Call, mut args: Args) -> Result<(), Error> {
    match args.remaining() {
        // A client of RESP2 that listens reads only messages, so this has the form of one.
        0 | 1 if !call.reply.resp3 && !call.client.subscriptions.is_empty() => {
            call.reply.array(2);
            call.reply.bulk(b"pong");
            call.reply.bulk(args.next_if_any().unwrap_or_default());
        }
        0 => call.reply.simple("PONG"),
        1 => call.reply.bulk(args.next()?),
        _ => return Err(Error::wrong_arity("ping")),
    }
    Ok(())
}

const SELECT: Command = Command {
    name: "SELECT",
    syntax: "index",
    summary: "Chooses the database that this connection works on.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
    run: Some(select),
    ..Command::DEFAULT
};

fn select(call: &mut Call, mut args: Args) -> Result<(), Error> {
    call.client.database = database_index(call, args.integer()?)?;
    call.reply.ok();
    Ok(())
}

/// The number of a database, from an argument.
fn database_index(call: &Call, number: i64) -> Result<usize, Error> {
    if i32::try_from(number).is_err() {
        return Err(Error::Static("ERR value is out of range, value must between -2147483648 and 2147483647"));
    }
    usize::try_from(number).ok().filter(|&index| index < call.keyspace.database_count()).ok_or(Error::InvalidDatabase)
}

const QUIT: Command = Command {
    name: "QUIT",
    summary: "Closes the connection.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT
        .with(Flags::LOADING)
        .with(Flags::STALE)
        .with(Flags::FAST)
        .with(Flags::NO_AUTH)
        .with(Flags::ALLOW_BUSY)
        .with(Flags::SUBSCRIBER)
        .with(Flags::NOT_QUEUED),
    arity: Some(-1),
    deprecated: Some(Deprecated { since: "7.2.0", replaced_by: "closing the connection" }),
    run: Some(quit),
    ..Command::DEFAULT
};

fn quit(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.client.close_after_reply = true;
    call.reply.ok();
    Ok(())
}

const RESET: Command = Command {
    name: "RESET",
    summary: "Brings the connection back to the state of a new one.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT
        .with(Flags::LOADING)
        .with(Flags::STALE)
        .with(Flags::FAST)
        .with(Flags::NO_AUTH)
        .with(Flags::ALLOW_BUSY)
        .with(Flags::SUBSCRIBER)
        .with(Flags::NOT_QUEUED),
    run: Some(reset),
    ..Command::DEFAULT
};

fn reset(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.server.detach(call.client);
    call.client.reset();
    let authenticated = !call.server.acl.needs_authentication();
    call.client.become_user(DEFAULT_USER, authenticated);
    call.reply.resp3 = false;
    call.reply.simple("RESET");
    Ok(())
}

const HELLO: Command = Command {
    name: "HELLO",
    syntax: "[arguments: protover<integer> [AUTH (username password)] [SETNAME clientname]]",
    summary: "Agrees on the protocol version and says what the node is.",
    since: "6.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::NOSCRIPT
        .with(Flags::LOADING)
        .with(Flags::STALE)
        .with(Flags::FAST)
        .with(Flags::NO_AUTH)
        .with(Flags::ALLOW_BUSY),
    run: Some(hello),
    ..Command::DEFAULT
};

fn hello(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let mut version = None;
    if !args.is_empty() {
        let not_integer = Error::Static("ERR Protocol version is not an integer or out of range");
        version = match args.integer().map_err(|_| not_integer)? {
            2 => Some(false),
            3 => Some(true),
            _ => return Err(Error::Static("NOPROTO unsupported protocol version")),
        };
    }
    let (mut credentials, mut name) = (None, None);
    while let Some(option) = args.next_if_any() {
        if option.eq_ignore_ascii_case(b"AUTH") && args.remaining() >= 2 {
            credentials = Some((args.next()?, args.next()?));
        } else if option.eq_ignore_ascii_case(b"SETNAME") && !args.is_empty() {
            let wanted = args.next()?;
            if !valid_attribute(wanted) {
                return Err(Error::Static(super::client::INVALID_NAME));
            }
            name = Some(wanted);
        } else {
            let mut text = b"ERR Syntax error in HELLO option '".to_vec();
            text.extend_from_slice(quoted(option));
            text.push(b'\'');
            return Err(Error::text_of(text));
        }
    }
    if let Some((user, password)) = credentials {
        acl::authenticate(call, user, password)?;
    }
    if !call.client.authenticated {
        return Err(Error::Static(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH \
             <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the \
             same time",
        ));
    }
    if let Some(name) = name {
        call.client.name = name.into();
    }
    if let Some(resp3) = version {
        call.reply.resp3 = resp3;
    }
    describe_node(call);
    Ok(())
}

fn describe_node(call: &mut Call) {
    let protocol = if call.reply.resp3 { 3 } else { 2 };
    let reply = &mut *call.reply;
    reply.map(7);
    for (field, value) in [("server", "redis"), ("version", REDIS_VERSION)] {
        reply.bulk(field.as_bytes());
        reply.bulk(value.as_bytes());
    }
    reply.bulk(b"proto");
    reply.integer(protocol);
    reply.bulk(b"id");
    reply.integer(call.client.id.0 as i64);
    for (field, value) in [("mode", "standalone"), ("role", "master")] {
        reply.bulk(field.as_bytes());
        reply.bulk(value.as_bytes());
    }
    reply.bulk(b"modules");
    reply.array(0);
}
