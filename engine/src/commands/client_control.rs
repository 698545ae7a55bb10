//! CLIENT's subcommands that act on other connections: KILL, PAUSE, UNPAUSE, UNBLOCK.

use crate::base::Time;
use crate::base::numbers::parse_i64;
use crate::command::{Args, Error, Flags, Group, quoted};
use crate::dispatch::{self, Call, Command};
use crate::server::{Client, ClientId, Pause, Wait};

use super::timeout;

/// What all of them share.
const FLAGS: Flags = Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE);

pub const CLIENT_KILL: Command = Command {
    name: "KILL",
    syntax: "(filter: (ip:port<string>!2.8.12) | (new-format: [ID client-id]@2.8.12 | \
             [TYPE (normal_master_slave_pubsub: NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB)]@2.8.12 | [USER username] | \
             [ADDR ip:port<string>] | [LADDR ip:port<string>]@6.2.0 | [SKIPME yes/no<string>] | [MAXAGE maxage]@7.4.0)...)",
    summary: "Closes connections: the one at an address, or all that fit every filter.",
    since: "2.4.0",
    complexity: "O(N), N = client connections",
    group: Group::Connection,
    flags: FLAGS,
    history: &[
        ("2.8.12", "The form with filters."),
        ("2.8.12", "ID"),
        ("3.2.0", "TYPE master"),
        ("5.0.0", "TYPE replica; slave means the same."),
        ("6.2.0", "LADDR"),
        ("7.4.0", "MAXAGE"),
    ],
    arity: Some(-3),
    run: Some(client_kill),
    ..Command::DEFAULT
};

/// What a connection has to be, to be closed.
#[derive(Default)]
struct Filter<'a> {
    id: Option<ClientId>,
    kind: Option<Kind>,
    user: Option<&'a [u8]>,
    address: Option<&'a [u8]>,
    local_address: Option<&'a [u8]>,
    max_age: Option<i64>,
    with_caller: bool,
}

/// The sort of a connection, as CLIENT LIST TYPE and CLIENT KILL TYPE know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Normal,
    PubSub,
    /// To or from a replica, of which there are none.
    Replication,
}

impl Kind {
    /// Reads the word for it.
    pub fn parse(word: &[u8]) -> Result<Kind, Error> {
        match word.to_ascii_lowercase().as_slice() {
            b"normal" => Ok(Kind::Normal),
            b"pubsub" => Ok(Kind::PubSub),
            b"master" | b"replica" | b"slave" => Ok(Kind::Replication),
            _ => Err(Error::text_of([b"ERR Unknown client type '", quoted(word), b"'"].concat())),
        }
    }

    /// The sort of a connection.
    pub fn of(client: &Client) -> Kind {
        if client.monitor {
            Kind::Replication
        } else if client.subscriptions.is_empty() {
            Kind::Normal
        } else {
            Kind::PubSub
        }
    }
}

impl Filter<'_> {
    fn fits(&self, client: &Client, age_s: u64) -> bool {
        self.id.is_none_or(|id| client.id == id)
            && self.kind.is_none_or(|kind| Kind::of(client) == kind)
            && self.user.is_none_or(|user| *client.user == *user)
            && self.address.is_none_or(|address| client.address.as_bytes() == address)
            && self.local_address.is_none_or(|address| client.local_address.as_bytes() == address)
            && self.max_age.is_none_or(|max_age| i64::try_from(age_s).unwrap_or(i64::MAX) >= max_age)
    }
}

fn client_kill(call: &mut Call, mut args: Args) -> Result<(), Error> {
    if args.remaining() == 1 {
        let filter = Filter { address: Some(args.next()?), with_caller: true, ..Filter::default() };
        if kill(call, &filter) == 0 {
            return Err(Error::Static("ERR No such client"));
        }
        call.reply.ok();
        return Ok(());
    }
    let mut filter = Filter::default();
    while !args.is_empty() {
        if args.remaining() < 2 {
            return Err(Error::Syntax);
        }
        if args.keyword("ID") {
            let id = parse_i64(args.next()?).and_then(|id| u64::try_from(id).ok()).filter(|&id| id > 0);
            filter.id = Some(ClientId(id.ok_or(Error::Static("ERR client-id should be greater than 0"))?));
        } else if args.keyword("MAXAGE") {
            let text = Error::Static("ERR maxage is not an integer or out of range");
            filter.max_age = Some(parse_i64(args.next()?).ok_or(text)?);
            if filter.max_age.is_some_and(|age| age <= 0) {
                return Err(Error::Static("ERR maxage should be greater than 0"));
            }
        } else if args.keyword("TYPE") {
            filter.kind = Some(Kind::parse(args.next()?)?);
        } else if args.keyword("ADDR") {
            filter.address = Some(args.next()?);
        } else if args.keyword("LADDR") {
            filter.local_address = Some(args.next()?);
        } else if args.keyword("USER") {
            let user = args.next()?;
            if call.server.acl.get(user).is_none() {
                return Err(Error::text_of([b"ERR No such user '", quoted(user), b"'"].concat()));
            }
            filter.user = Some(user);
        } else if args.keyword("SKIPME") {
            filter.with_caller = if args.keyword("YES") {
                false
            } else if args.keyword("NO") {
                true
            } else {
                return Err(Error::Syntax);
            };
        } else {
            return Err(Error::Syntax);
        }
    }
    let killed = kill(call, &filter);
    call.reply.integer(killed as i64);
    Ok(())
}

/// Closes the connections that fit; returns how many those were.
fn kill(call: &mut Call, filter: &Filter) -> usize {
    let age_s = |client: &Client| call.now.since(client.connected) / 1000;
    let fitting = call.server.clients.iter().filter(|client| filter.fits(client, age_s(client)));
    let others: Vec<ClientId> = fitting.filter(|client| !client.close_after_reply).map(|client| client.id).collect();
    for &id in &others {
        // Nothing reaches it any more, not even what is published next.
        if let Some(mut client) = call.server.clients.check_out(id) {
            call.server.detach(&mut client);
            call.server.clients.check_in(client);
        }
        call.server.clients.close(id);
    }
    let own = filter.with_caller && filter.fits(call.client, age_s(call.client));
    if own {
        // It still reads the answer.
        call.client.close_after_reply = true;
    }
    others.len() + usize::from(own)
}

pub const CLIENT_UNBLOCK: Command = Command {
    name: "UNBLOCK",
    syntax: "client-id [timeout_error: TIMEOUT | ERROR]",
    summary: "Ends the waiting of a connection, as if its time were over or with an error.",
    since: "5.0.0",
    complexity: "O(log N), N = client connections",
    group: Group::Connection,
    flags: FLAGS,
    run: Some(client_unblock),
    ..Command::DEFAULT
};

fn client_unblock(call: &mut Call, mut args: Args) -> Result<(), Error> {
    if args.remaining() > 2 {
        return Err(Error::wrong_subcommand("CLIENT", call.words));
    }
    let id = args.next()?;
    let with_error = match args.next_if_any() {
        None => false,
        Some(reason) if reason.eq_ignore_ascii_case(b"TIMEOUT") => false,
        Some(reason) if reason.eq_ignore_ascii_case(b"ERROR") => true,
        Some(_) => return Err(Error::Static("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")),
    };
    let id = ClientId(parse_i64(id).ok_or(Error::NotInteger)? as u64);
    // What a pause holds back, or the end of a snapshot, is not the client's waiting.
    let waits = |client: &Client| {
        !client.close_after_reply
            && client
                .blocked
                .as_ref()
                .is_some_and(|blocked| !matches!(blocked.wait, Wait::Pause | Wait::Save | Wait::Host))
    };
    let released = call.server.clients.get(id).is_some_and(waits)
        && dispatch::release(call.server, id, |reply, blocked| {
            if with_error {
                reply.error(b"UNBLOCKED client unblocked via CLIENT UNBLOCK");
            } else {
                dispatch::answer_timeout(reply, blocked);
            }
        });
    call.reply.integer(i64::from(released));
    Ok(())
}

pub const CLIENT_PAUSE: Command = Command {
    name: "PAUSE",
    syntax: "timeout [mode: WRITE | ALL]@6.2.0",
    summary: "Holds back the commands of all connections for a time, or only those that write.",
    since: "3.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: FLAGS,
    history: &[("6.2.0", "WRITE and ALL")],
    run: Some(client_pause),
    ..Command::DEFAULT
};

fn client_pause(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let time = args.next()?;
    let all = match args.next_if_any() {
        None => true,
        Some(mode) if mode.eq_ignore_ascii_case(b"WRITE") => false,
        Some(mode) if mode.eq_ignore_ascii_case(b"ALL") => true,
        Some(_) => return Err(Error::Static("ERR CLIENT PAUSE mode must be WRITE or ALL")),
    };
    let until = timeout::milliseconds(time, call.now)?.unwrap_or(call.now);
    // A second pause never shortens or loosens the first.
    let before = call.server.pause.filter(|pause| call.now < pause.until);
    let until = before.map_or(until, |pause| pause.until.max(until));
    call.server.pause = Some(Pause { until, all: all || before.is_some_and(|pause| pause.all) });
    call.reply.ok();
    Ok(())
}

pub const CLIENT_UNPAUSE: Command = Command {
    name: "UNPAUSE",
    summary: "Ends CLIENT PAUSE.",
    since: "6.2.0",
    complexity: "O(N), N = paused connections",
    group: Group::Connection,
    flags: FLAGS,
    run: Some(client_unpause),
    ..Command::DEFAULT
};

fn client_unpause(call: &mut Call, _args: Args) -> Result<(), Error> {
    // What was held back runs as soon as this command has been answered.
    if let Some(pause) = &mut call.server.pause {
        pause.until = Time(0);
    }
    call.reply.ok();
    Ok(())
}
