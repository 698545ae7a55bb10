//! Giving keys a value: SET and the commands that it replaced, and MSET.

use super::deadline::{Deadline, Unit};
use crate::base::numbers::u64_to_buffer;
use crate::command::{Access, Args, Deprecated, Error, Flags, Group, keys};
use crate::dispatch::{Call, Command};
use crate::encoding::Digits;
use crate::keyspace::{Class, Expiry};
use crate::value::{StringValue, Value};

pub(super) const SET: Command = Command {
    name: "SET",
    syntax: "key value [condition: NX | XX]@2.6.12 [GET]@6.2.0 [expiration: EX seconds@2.6.12 \
             | PX milliseconds@2.6.12 | EXAT unix-time-seconds@6.2.0 | PXAT unix-time-milliseconds@6.2.0 \
             | KEEPTTL@6.0.0]",
    summary: "Gives a key a string value, whatever it held before.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_ACCESS_UPDATE.with(Access::VARIABLE_FLAGS)],
    find_keys: Some(keys::of_set),
    run: Some(set),
    history: &[("7.0.0", "`NX` and `GET` may stand together.")],
    ..Command::DEFAULT
};

fn set(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, text) = (args.next()?, args.next()?);
    if args.is_empty() {
        let value = Value::String(StringValue::from_bytes(text));
        call.keyspace.set(call.client.database, key, value, Expiry::Clear, Class::String, "set");
        call.reply.ok();
        return Ok(());
    }
    set_with_options(call, key, text, &Options::parse(args)?)
}

/// What else SET was told.
#[derive(Default)]
struct Options<'a> {
    condition: Option<Condition>,
    get: bool,
    keep_ttl: bool,
    deadline: Option<Deadline<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// `NX`
    Absent,
    /// `XX`
    Present,
}

impl<'a> Options<'a> {
    /// Options may be repeated as long as they do not contradict each other; the last time counts.
    fn parse(mut args: Args<'a>) -> Result<Options<'a>, Error> {
        let mut options = Options::default();
        while !args.is_empty() {
            if options.condition != Some(Condition::Present) && args.keyword("NX") {
                options.condition = Some(Condition::Absent);
            } else if options.condition != Some(Condition::Absent) && args.keyword("XX") {
                options.condition = Some(Condition::Present);
            } else if args.keyword("GET") {
                options.get = true;
            } else if options.deadline.is_none() && args.keyword("KEEPTTL") {
                options.keep_ttl = true;
            } else {
                let unit = Unit::next(&mut args).ok_or(Error::Syntax)?;
                if options.keep_ttl || options.deadline.is_some_and(|deadline| deadline.unit != unit) {
                    return Err(Error::Syntax);
                }
                options.deadline = Some(Deadline { unit, text: args.next()? });
            }
        }
        Ok(options)
    }
}

fn set_with_options(call: &mut Call, key: &[u8], text: &[u8], options: &Options) -> Result<(), Error> {
    let at = match options.deadline {
        Some(deadline) => Some(deadline.resolve(call.now, "set")?),
        None => None,
    };
    if options.get {
        reply_string(call, key)?;
    }
    let database = call.database();
    let wanted = match options.condition {
        None => true,
        Some(Condition::Present) => call.keyspace.exists(database, key),
        Some(Condition::Absent) => call.keyspace.use_key(database, key).is_none(),
    };
    if wanted {
        store(call, key, text, if options.keep_ttl { Expiry::Keep } else { at.map_or(Expiry::Clear, Expiry::At) });
    }
    match (options.get, wanted) {
        (true, _) => {}
        (false, true) => call.reply.ok(),
        (false, false) => call.reply.null(),
    }
    Ok(())
}

/// Gives `key` a value; a deadline enters the journal as the time that it is.
fn store(call: &mut Call, key: &[u8], text: &[u8], expiry: Expiry) {
    let database = call.database();
    call.keyspace.set(database, key, Value::String(StringValue::from_bytes(text)), expiry, Class::String, "set");
    if let Expiry::At(at) = expiry {
        call.keyspace.announce(database, key, Class::Generic, "expire");
        call.propagate(&[b"SET", key, text, b"PXAT", &u64_to_buffer(at)]);
    }
}

/// Answers with the string that `key` holds, or null.
fn reply_string(call: &mut Call, key: &[u8]) -> Result<(), Error> {
    match call.keyspace.read::<StringValue>(call.client.database, key)? {
        Some(string) => call.reply.bulk(string.bytes(&mut Digits::default())),
        None => call.reply.null(),
    }
    Ok(())
}

pub(super) const SETNX: Command = Command {
    name: "SETNX",
    syntax: "key value",
    summary: "Gives a key a string value unless the key exists.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::OW_INSERT],
    deprecated: Some(Deprecated { since: "2.6.12", replaced_by: "`SET` with `NX`" }),
    run: Some(setnx),
    ..Command::DEFAULT
};

fn setnx(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, text) = (args.next()?, args.next()?);
    let absent = call.keyspace.use_key(call.client.database, key).is_none();
    if absent {
        store(call, key, text, Expiry::Clear);
    }
    call.reply.integer(i64::from(absent));
    Ok(())
}

pub(super) const SETEX: Command = Command {
    name: "SETEX",
    syntax: "key seconds value",
    summary: "Gives a key a string value for a number of seconds.",
    since: "2.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE],
    deprecated: Some(Deprecated { since: "2.6.12", replaced_by: "`SET` with `EX`" }),
    run: Some(|call, args| set_for(call, args, Unit::Seconds, "setex")),
    ..Command::DEFAULT
};

pub(super) const PSETEX: Command = Command {
    name: "PSETEX",
    syntax: "key milliseconds value",
    summary: "Gives a key a string value for a number of milliseconds.",
    since: "2.6.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE],
    deprecated: Some(Deprecated { since: "2.6.12", replaced_by: "`SET` with `PX`" }),
    run: Some(|call, args| set_for(call, args, Unit::Milliseconds, "psetex")),
    ..Command::DEFAULT
};

fn set_for(call: &mut Call, mut args: Args, unit: Unit, command: &str) -> Result<(), Error> {
    let (key, time, text) = (args.next()?, args.next()?, args.next()?);
    let at = Deadline { unit, text: time }.resolve(call.now, command)?;
    store(call, key, text, Expiry::At(at));
    call.reply.ok();
    Ok(())
}

pub(super) const GETSET: Command = Command {
    name: "GETSET",
    syntax: "key value",
    summary: "Gives a key a string value and answers with the one it had.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(getset),
    deprecated: Some(Deprecated { since: "6.2.0", replaced_by: "`SET` with `GET`" }),
    ..Command::DEFAULT
};

fn getset(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, text) = (args.next()?, args.next()?);
    reply_string(call, key)?;
    store(call, key, text, Expiry::Clear);
    call.propagate(&[b"SET", key, text]);
    Ok(())
}

pub(super) const MSET: Command = Command {
    name: "MSET",
    syntax: "(key value)...",
    summary: "Gives several keys a string value each, all at once.",
    since: "1.0.1",
    complexity: "O(N) for N keys",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE],
    run: Some(mset),
    tips: &["request_policy:multi_shard", "response_policy:all_succeeded"],
    ..Command::DEFAULT
};

fn mset(call: &mut Call, args: Args) -> Result<(), Error> {
    store_all(call, pairs(args, "mset")?);
    call.reply.ok();
    Ok(())
}

pub(super) const MSETNX: Command = Command {
    name: "MSETNX",
    syntax: "(key value)...",
    summary: "Gives several keys a string value each, unless one of them exists.",
    since: "1.0.1",
    complexity: "O(N) for N keys",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_INSERT],
    tips: &["request_policy:multi_shard", "response_policy:agg_min"],
    run: Some(msetnx),
    ..Command::DEFAULT
};

fn msetnx(call: &mut Call, args: Args) -> Result<(), Error> {
    let pairs = pairs(args, "msetnx")?;
    let database = call.database();
    let absent = !pairs.iter().any(|[key, _]| call.keyspace.use_key(database, key).is_some());
    if absent {
        store_all(call, pairs);
    }
    call.reply.integer(i64::from(absent));
    Ok(())
}

/// The arguments as keys with their values.
fn pairs<'a>(args: Args<'a>, command: &str) -> Result<&'a [[&'a [u8]; 2]], Error> {
    match args.rest().as_chunks() {
        (pairs, []) => Ok(pairs),
        _ => Err(Error::wrong_arity(command)),
    }
}

fn store_all(call: &mut Call, pairs: &[[&[u8]; 2]]) {
    for [key, text] in pairs {
        store(call, key, text, Expiry::Clear);
    }
}
