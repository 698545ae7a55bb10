//! Reading strings, whole and in part.

use super::deadline::{Deadline, Unit};
use crate::base::numbers::u64_to_buffer;
use crate::command::{Access, Args, Deprecated, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::encoding::Digits;
use crate::keyspace::NEVER;
use crate::value::StringValue;

pub(super) const GET: Command = Command {
    name: "GET",
    syntax: "key",
    summary: "Returns the string that a key holds.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(get),
    ..Command::DEFAULT
};

fn get(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    match call.keyspace.read::<StringValue>(call.client.database, key)? {
        Some(string) => call.reply.bulk(string.bytes(&mut Digits::default())),
        None => call.reply.null(),
    }
    Ok(())
}

pub(super) const MGET: Command = Command {
    name: "MGET",
    syntax: "key...",
    summary: "Returns the strings that several keys hold, and null for each that holds none.",
    since: "1.0.0",
    complexity: "O(N) for N keys",
    group: Group::String,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(mget),
    tips: &["request_policy:multi_shard"],
    ..Command::DEFAULT
};

fn mget(call: &mut Call, args: Args) -> Result<(), Error> {
    call.reply.array(args.remaining());
    for key in args.rest() {
        match call.keyspace.read::<StringValue>(call.client.database, key) {
            Ok(Some(string)) => call.reply.bulk(string.bytes(&mut Digits::default())),
            _ => call.reply.null(),
        }
    }
    Ok(())
}

pub(super) const GETDEL: Command = Command {
    name: "GETDEL",
    syntax: "key",
    summary: "Returns the string that a key holds and removes the key.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE],
    run: Some(getdel),
    ..Command::DEFAULT
};

fn getdel(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let database = call.database();
    let Some(string) = call.keyspace.read::<StringValue>(database, key)? else {
        call.reply.null();
        return Ok(());
    };
    call.reply.bulk(string.bytes(&mut Digits::default()));
    call.keyspace.remove(database, key, "del");
    call.propagate(&[b"DEL", key]);
    Ok(())
}

pub(super) const GETEX: Command = Command {
    name: "GETEX",
    syntax: "key [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds \
             | PXAT unix-time-milliseconds | PERSIST]",
    summary: "Returns the string that a key holds and may change until when the key lives.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(getex),
    ..Command::DEFAULT
};

fn getex(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let mut persist = false;
    let mut deadline: Option<Deadline> = None;
    while !args.is_empty() {
        if deadline.is_none() && args.keyword("PERSIST") {
            persist = true;
            continue;
        }
        let unit = Unit::next(&mut args).ok_or(Error::Syntax)?;
        if persist || deadline.is_some_and(|deadline| deadline.unit != unit) {
            return Err(Error::Syntax);
        }
        deadline = Some(Deadline { unit, text: args.next()? });
    }
    let Some(string) = call.keyspace.read::<StringValue>(call.client.database, key)? else {
        call.reply.null();
        return Ok(());
    };
    call.reply.bulk(string.bytes(&mut Digits::default()));
    if let Some(deadline) = deadline {
        let at = deadline.resolve(call.now, "getex")?;
        expire(call, key, at, deadline.unit);
    } else if persist {
        let database = call.database();
        if call.keyspace.peek(database, key).is_some_and(|object| object.expire_at_ms != NEVER) {
            call.keyspace.expire(database, key, None, "persist");
            call.propagate(&[b"PERSIST", key]);
        }
    }
    Ok(())
}

/// Sets the deadline of an existing key; one that has passed removes the key at once.
fn expire(call: &mut Call, key: &[u8], at: u64, unit: Unit) {
    let database = call.database();
    if unit.is_absolute() && call.keyspace.is_past(at) {
        call.keyspace.remove(database, key, "del");
        call.propagate(&[b"DEL", key]);
    } else {
        call.keyspace.expire(database, key, Some(at), "expire");
        call.propagate(&[b"PEXPIREAT", key, &u64_to_buffer(at)]);
    }
}

pub(super) const STRLEN: Command = Command {
    name: "STRLEN",
    syntax: "key",
    summary: "Returns the length in bytes of the string that a key holds.",
    since: "2.2.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(strlen),
    ..Command::DEFAULT
};

fn strlen(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let length = call.read::<StringValue>(args.next()?)?.map_or(0, StringValue::len);
    call.reply.integer(length as i64);
    Ok(())
}

pub(super) const GETRANGE: Command = Command {
    name: "GETRANGE",
    syntax: "key start end",
    summary: "Returns the bytes of a string between two positions, both included; negative ones count from the end.",
    since: "2.4.0",
    complexity: "O(N) for N bytes returned",
    group: Group::String,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(getrange),
    ..Command::DEFAULT
};

pub(super) const SUBSTR: Command = Command {
    name: "SUBSTR",
    syntax: "key start end",
    summary: "Returns the bytes of a string between two positions, as GETRANGE does.",
    since: "1.0.0",
    complexity: "O(N) for N bytes returned",
    group: Group::String,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(getrange),
    deprecated: Some(Deprecated { since: "2.0.0", replaced_by: "`GETRANGE`" }),
    ..Command::DEFAULT
};

fn getrange(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let (start, end) = (args.integer()?, args.integer()?);
    match call.keyspace.read::<StringValue>(call.client.database, key)? {
        Some(string) => call.reply.bulk(range(string.bytes(&mut Digits::default()), start, end)),
        None => call.reply.bulk(b""),
    }
    Ok(())
}

/// The bytes between two positions, both included.
fn range(text: &[u8], start: i64, end: i64) -> &[u8] {
    // Both before the start and in the wrong order: Redis asks this before it moves either into the text.
    if start < 0 && end < 0 && start > end {
        return b"";
    }
    let length = text.len() as i64;
    let position = |index: i64| if index < 0 { index.saturating_add(length).max(0) } else { index };
    let (start, end) = (position(start), position(end).min(length.saturating_sub(1)));
    if start > end {
        return b"";
    }
    text.get(start as usize..(end as usize).saturating_add(1)).unwrap_or_default()
}
