//! ACL: users and what they may do.

use super::help;
use crate::base::Bytes;
use crate::command::{Args, Categories, Error, Flags, Group, quoted};
use crate::dispatch::permissions::{Attempt, full_reason, user_may};
use crate::dispatch::{Call, Command};
use crate::resp::Reply;
use crate::server::Request;
use crate::server::acl::{Acl, Commands, Context, Entry, Reason, Selector, has_spaces};
use crate::server::clients::DEFAULT_USER;

family![ACL];

const ACL: Command = Command {
    name: "ACL",
    summary: "Groups the commands about users and their permissions.",
    since: "6.0.0",
    group: Group::Server,
    subcommands: &[CAT, DELUSER, DRYRUN, GENPASS, GETUSER, ACL_HELP, LIST, LOAD, LOG, SAVE, SETUSER, USERS, WHOAMI],
    ..Command::DEFAULT
};

/// What most subcommands share.
const FOR_ADMINS: Command = Command {
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
    ..Command::DEFAULT
};

/// What the others share: nothing about users is told by them.
const FOR_ALL: Command = Command { flags: Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE), ..FOR_ADMINS };

const ACL_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of ACL.",
    since: "6.0.0",
    complexity: "O(1)",
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &ACL)),
    ..FOR_ADMINS
};

// --- Users ---------------------------------------------------------------------------------------------------

const SETUSER: Command = Command {
    name: "SETUSER",
    syntax: "username [rule...]",
    summary: "Creates a user or changes it, by all of the rules or none.",
    since: "6.0.0",
    complexity: "O(N), N = rules",
    run: Some(setuser),
    history: &[
        ("6.2.0", "Patterns of channels."),
        ("7.0.0", "Selectors, and patterns of keys for reading or writing only."),
    ],
    ..FOR_ADMINS
};

fn setuser(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let name = args.next()?;
    if has_spaces(name) {
        return Err(Error::Static("ERR Usernames can't contain spaces or null characters"));
    }
    let set = call.server.set_user(call.client, name, args.rest(), call.table);
    set.map_err(|error| Error::text_of(error.text()))?;
    call.reply.ok();
    Ok(())
}

const DELUSER: Command = Command {
    name: "DELUSER",
    syntax: "username...",
    summary: "Removes users and closes their connections.",
    since: "6.0.0",
    complexity: "O(N), N = connections",
    run: Some(deluser),
    ..FOR_ADMINS
};

fn deluser(call: &mut Call, args: Args) -> Result<(), Error> {
    if args.rest().iter().any(|name| quoted(name) == DEFAULT_USER) {
        return Err(Error::Static("ERR The 'default' user cannot be removed"));
    }
    let removed = args.rest().iter().filter(|name| call.server.remove_user(call.client, name)).count();
    call.reply.integer(removed as i64);
    Ok(())
}

const GETUSER: Command = Command {
    name: "GETUSER",
    syntax: "username",
    summary: "Shows the rules of a user.",
    since: "6.0.0",
    complexity: "O(N), N = rules of the user",
    run: Some(getuser),
    history: &[
        ("6.2.0", "Patterns of channels."),
        ("7.0.0", "Selectors; patterns of keys and channels are shown as the rules that they are."),
    ],
    ..FOR_ADMINS
};

fn getuser(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let Some(user) = call.server.acl.get(args.next()?) else {
        call.reply.null();
        return Ok(());
    };
    let reply = &mut *call.reply;
    reply.map(6);
    reply.bulk(b"flags");
    reply.set(user.flags().count());
    user.flags().for_each(|flag| reply.bulk(flag.as_bytes()));
    reply.bulk(b"passwords");
    reply.array(user.passwords().len());
    user.passwords().iter().for_each(|password| reply.bulk(password));
    write_selector(reply, user.root());
    reply.bulk(b"selectors");
    reply.array(user.further_selectors().len());
    for selector in user.further_selectors() {
        reply.map(3);
        write_selector(reply, selector);
    }
    Ok(())
}

/// Three fields of a map.
fn write_selector(reply: &mut Reply, selector: &Selector) {
    reply.bulk(b"commands");
    reply.bulk(&selector.describe_commands());
    reply.bulk(b"keys");
    reply.bulk(&selector.describe_keys());
    reply.bulk(b"channels");
    reply.bulk(&selector.describe_channels());
}

const LIST: Command = Command {
    name: "LIST",
    summary: "Shows every user as a line of an ACL file.",
    since: "6.0.0",
    complexity: "O(N), N = users",
    run: Some(list),
    ..FOR_ADMINS
};

fn list(call: &mut Call, _args: Args) -> Result<(), Error> {
    let users = call.server.acl.users();
    call.reply.array(users.len());
    users.for_each(|(name, user)| call.reply.bulk(&Acl::line(name, user)));
    Ok(())
}

const USERS: Command = Command {
    name: "USERS",
    summary: "Names every user.",
    since: "6.0.0",
    complexity: "O(N), N = users",
    run: Some(users),
    ..FOR_ADMINS
};

fn users(call: &mut Call, _args: Args) -> Result<(), Error> {
    let users = call.server.acl.users();
    call.reply.array(users.len());
    users.for_each(|(name, _)| call.reply.bulk(name));
    Ok(())
}

const WHOAMI: Command = Command {
    name: "WHOAMI",
    summary: "Names the user of this connection.",
    since: "6.0.0",
    complexity: "O(1)",
    run: Some(whoami),
    ..FOR_ALL
};

fn whoami(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.reply.bulk(&call.client.user);
    Ok(())
}

// --- Files ---------------------------------------------------------------------------------------------------

const NO_FILE: Error = Error::Static(
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER \
     command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store \
     users in the Redis configuration.",
);

const LOAD: Command = Command {
    name: "LOAD",
    summary: "Replaces all users by those of the ACL file.",
    since: "6.0.0",
    complexity: "O(N), N = users",
    run: Some(load),
    ..FOR_ADMINS
};

fn load(call: &mut Call, _args: Args) -> Result<(), Error> {
    let path = file(call)?;
    if call.ask(Request::ReadUsers { path }) { Ok(()) } else { Err(CANNOT_WAIT) }
}

/// The path of the ACL file.
fn file(call: &Call) -> Result<String, Error> {
    match call.server.config.get("aclfile") {
        "" => Err(NO_FILE),
        path => Ok(path.to_string()),
    }
}

const CANNOT_WAIT: Error = Error::Static("ERR the host's files cannot be waited for inside a transaction");

const SAVE: Command = Command {
    name: "SAVE",
    summary: "Writes all users to the ACL file.",
    since: "6.0.0",
    complexity: "O(N), N = users",
    run: Some(save),
    ..FOR_ADMINS
};

fn save(call: &mut Call, _args: Args) -> Result<(), Error> {
    let path = file(call)?;
    let text = call.server.acl.to_file();
    if call.ask(Request::WriteUsers { path, text }) { Ok(()) } else { Err(CANNOT_WAIT) }
}

// --- What may be done ----------------------------------------------------------------------------------------

const CAT: Command = Command {
    name: "CAT",
    syntax: "[categoryname]",
    summary: "Names the categories, or the commands of one.",
    since: "6.0.0",
    complexity: "O(N), N = commands",
    run: Some(cat),
    ..FOR_ALL
};

fn cat(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let Some(name) = args.next_if_any() else {
        call.reply.array(Categories::ALL.names().count());
        Categories::ALL.names().for_each(|name| call.reply.bulk(name.as_bytes()));
        return Ok(());
    };
    if !args.is_empty() {
        return Err(Error::wrong_subcommand("ACL", call.words));
    }
    let Some(category) = Categories::find(quoted(name)) else {
        let mut text = b"ERR Unknown category '".to_vec();
        text.extend(quoted(name).iter().take(128));
        text.push(b'\'');
        return Err(Error::text_of(text));
    };
    let named = call.table.rows().filter(|row| row.command.acl_categories().has(category));
    let start = call.reply.defer();
    let count = named.inspect(|row| call.reply.bulk(row.name.as_bytes())).count();
    call.reply.finish_array(start, count);
    Ok(())
}

const DRYRUN: Command = Command {
    name: "DRYRUN",
    syntax: "username command [arg...]",
    summary: "Tells whether a user may make a call, without making it.",
    since: "7.0.0",
    complexity: "O(1)",
    run: Some(dryrun),
    ..FOR_ADMINS
};

fn dryrun(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let name = args.next()?;
    let not_found = |what: &str, name: &[u8]| {
        Error::text_of([b"ERR ", what.as_bytes(), b" '", quoted(name), b"' not found"].concat())
    };
    let user = call.server.acl.get(name).ok_or_else(|| not_found("User", name))?;
    let words = args.rest();
    let command = words.first().copied().unwrap_or_default();
    let number = find(call, words).ok_or_else(|| not_found("Command", command))?;
    let arity = call.table.row(number).map_or(0, |row| i64::from(row.arity));
    let count = words.len() as i64;
    if (arity > 0 && count != arity) || count < -arity {
        return Err(Error::wrong_arity(call.table.name(number)));
    }
    match user_may(call.table, user, number, words) {
        Ok(()) => call.reply.ok(),
        Err(denied) => call.reply.bulk(&full_reason(call.table, name, number, words, denied)),
    }
    Ok(())
}

/// The number of the command that the words call.
fn find(call: &Call, words: &[&[u8]]) -> Option<usize> {
    let (name, rest) = words.split_first()?;
    let number = call.table.find(name).filter(|_| !name.contains(&b'|'))?;
    match rest.first() {
        Some(subcommand) if call.table.row(number)?.command.is_container() => {
            call.table.find_subcommand(call.table.name(number), subcommand)
        }
        _ => Some(number),
    }
}

const GENPASS: Command = Command {
    name: "GENPASS",
    syntax: "[bits<integer>]",
    summary: "Draws a password that nobody can guess.",
    since: "6.0.0",
    complexity: "O(1)",
    run: Some(genpass),
    ..FOR_ALL
};

fn genpass(call: &mut Call, mut args: Args) -> Result<(), Error> {
    const MAX_BITS: usize = 4096;
    if args.remaining() > 1 {
        return Err(Error::wrong_subcommand("ACL", call.words));
    }
    let bits = if args.is_empty() { 256 } else { args.integer()? };
    let Some(bits) = usize::try_from(bits).ok().filter(|bits| (1..=MAX_BITS).contains(bits)) else {
        return Err(Error::Static(
            "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
        ));
    };
    let digits = bits.div_ceil(4);
    let mut text = Vec::with_capacity(digits);
    while text.len() < digits {
        for byte in call.server.secrets.draw() {
            text.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
    }
    text.truncate(digits);
    call.reply.bulk(&text);
    Ok(())
}

// --- LOG -----------------------------------------------------------------------------------------------------

const LOG: Command = Command {
    name: "LOG",
    syntax: "[operation: count | RESET]",
    summary: "Shows what was lately refused to whom, or forgets it.",
    since: "6.0.0",
    complexity: "O(N), N = entries shown",
    run: Some(log),
    history: &[("7.2.0", "Each entry has a number and says when it was made and changed.")],
    ..FOR_ADMINS
};

fn log(call: &mut Call, mut args: Args) -> Result<(), Error> {
    const SHOWN: i64 = 10;
    if args.remaining() > 1 {
        return Err(Error::wrong_subcommand("ACL", call.words));
    }
    if args.keyword("RESET") {
        call.server.acl.log.clear();
        call.reply.ok();
        return Ok(());
    }
    let count = if args.is_empty() { SHOWN } else { args.integer()? };
    let entries = call.server.acl.log.entries();
    let count = usize::try_from(count).unwrap_or(0).min(entries.len());
    call.reply.array(count);
    for entry in entries.take(count) {
        write_entry(call.reply, entry, call.now.since(entry.updated));
    }
    Ok(())
}

fn write_entry(reply: &mut Reply, entry: &Entry, age_ms: u64) {
    reply.map(10);
    reply.bulk(b"count");
    reply.integer(entry.count as i64);
    let texts: [(&str, &[u8]); 4] = [
        ("reason", entry.reason.name().as_bytes()),
        ("context", entry.context.name().as_bytes()),
        ("object", &entry.object),
        ("username", &entry.user),
    ];
    for (name, text) in texts {
        reply.bulk(name.as_bytes());
        reply.bulk(text);
    }
    reply.bulk(b"age-seconds");
    reply.double(age_ms as f64 / 1000.0);
    reply.bulk(b"client-info");
    reply.bulk(entry.client.as_bytes());
    for (name, number) in
        [("entry-id", entry.id), ("timestamp-created", entry.created.0), ("timestamp-last-updated", entry.updated.0)]
    {
        reply.bulk(name.as_bytes());
        reply.integer(number as i64);
    }
}

// --- Authentication ------------------------------------------------------------------------------------------

/// Makes the client this user, if the password is right.
pub fn authenticate(call: &mut Call, name: &[u8], password: &[u8]) -> Result<(), Error> {
    if call.server.acl.accepts(name, password) {
        call.client.become_user(name, true);
        return Ok(());
    }
    let number = call.client.last_command.unwrap_or_default();
    let context = if call.client.executing { Context::Multi } else { Context::TopLevel };
    let object = Bytes::new(call.words.first().copied().unwrap_or_default());
    let (table, words, now, resp3) = (call.table, call.words, call.now, call.reply.resp3);
    let attempt = Attempt { table, client: call.client, resp3, number, words, now };
    attempt.record(call.server, context, Reason::Authentication, object, Bytes::new(name));
    Err(Error::Static("WRONGPASS invalid username-password pair or user is disabled."))
}
