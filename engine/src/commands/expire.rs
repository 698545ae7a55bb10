//! Until when a key lives: setting, taking away and reading deadlines.

use crate::base::numbers::u64_to_buffer;
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::NEVER;

family![EXPIRE, EXPIREAT, EXPIRETIME, PERSIST, PEXPIRE, PEXPIREAT, PEXPIRETIME, PTTL, TTL];

// --- Setting -------------------------------------------------------------------------------------------------

const EXPIRE: Command = Command {
    name: "EXPIRE",
    syntax: "key seconds [condition: NX | XX | GT | LT]@7.0.0",
    summary: "Lets a key live for a number of seconds.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(|call, args| expire(call, args, Unit { milliseconds: 1000, absolute: false })),
    ..Command::DEFAULT
};

const PEXPIRE: Command = Command {
    name: "PEXPIRE",
    syntax: "key milliseconds [condition: NX | XX | GT | LT]@7.0.0",
    summary: "Lets a key live for a number of milliseconds.",
    since: "2.6.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(|call, args| expire(call, args, Unit { milliseconds: 1, absolute: false })),
    ..Command::DEFAULT
};

const EXPIREAT: Command = Command {
    name: "EXPIREAT",
    syntax: "key unix-time-seconds [condition: NX | XX | GT | LT]@7.0.0",
    summary: "Lets a key live until a time in seconds since 1970.",
    since: "1.2.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(|call, args| expire(call, args, Unit { milliseconds: 1000, absolute: true })),
    ..Command::DEFAULT
};

const PEXPIREAT: Command = Command {
    name: "PEXPIREAT",
    syntax: "key unix-time-milliseconds [condition: NX | XX | GT | LT]@7.0.0",
    summary: "Lets a key live until a time in milliseconds since 1970.",
    since: "2.6.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(|call, args| expire(call, args, Unit { milliseconds: 1, absolute: true })),
    ..Command::DEFAULT
};

/// In what a time is given, and from when it counts.
#[derive(Clone, Copy)]
struct Unit {
    milliseconds: i64,
    /// From 1970 on, not from now on.
    absolute: bool,
}

/// When the deadline may be set, given the one that there is.
#[derive(Clone, Copy, Default)]
struct Conditions {
    /// `NX`: there is none.
    absent: bool,
    /// `XX`: there is one.
    present: bool,
    /// `GT`: it is earlier. None at all is later than any other.
    greater: bool,
    /// `LT`: it is later.
    less: bool,
}

impl Conditions {
    fn parse(mut args: Args) -> Result<Conditions, Error> {
        let mut conditions = Conditions::default();
        while !args.is_empty() {
            if args.keyword("NX") {
                conditions.absent = true;
            } else if args.keyword("XX") {
                conditions.present = true;
            } else if args.keyword("GT") {
                conditions.greater = true;
            } else if args.keyword("LT") {
                conditions.less = true;
            } else {
                return Err(unsupported(args.next()?));
            }
        }
        let Conditions { absent, present, greater, less } = conditions;
        if absent && (present || greater || less) {
            return Err(Error::Static("ERR NX and XX, GT or LT options at the same time are not compatible"));
        }
        if greater && less {
            return Err(Error::Static("ERR GT and LT options at the same time are not compatible"));
        }
        Ok(conditions)
    }

    /// Whether a deadline may be replaced by another one; [`NEVER`] is none.
    fn allow(self, current: u64, new: i64) -> bool {
        let exists = current != NEVER;
        let current = i128::from(current);
        (!self.absent || !exists)
            && (!self.present || exists)
            && (!self.greater || (exists && i128::from(new) > current))
            && (!self.less || !exists || i128::from(new) < current)
    }
}

/// Redis quotes an option up to its first NUL.
fn unsupported(option: &[u8]) -> Error {
    let shown = option.split(|&byte| byte == 0).next().unwrap_or_default();
    Error::text_of([b"ERR Unsupported option ", shown].concat())
}

fn expire(call: &mut Call, mut args: Args, unit: Unit) -> Result<(), Error> {
    let (key, time) = (args.next()?, args.next()?);
    let conditions = Conditions::parse(args)?;
    let amount = Args::new(&[time]).integer()?;
    let base = if unit.absolute { 0 } else { call.now.0 as i64 };
    let at = amount.checked_mul(unit.milliseconds).and_then(|amount| amount.checked_add(base));
    let at = at.ok_or_else(|| Error::invalid_expire(call.command.name))?;
    let database = call.database();
    let current = call.keyspace.use_key(database, key).map(|object| object.expire_at_ms);
    let allowed = current.is_some_and(|current| conditions.allow(current, at));
    if allowed {
        set_deadline(call, key, u64::try_from(at).unwrap_or(0));
    }
    call.reply.integer(i64::from(allowed));
    Ok(())
}

/// Gives an existing key a deadline; one that has passed removes it. The journal gets what came of it.
fn set_deadline(call: &mut Call, key: &[u8], at_ms: u64) {
    let database = call.database();
    if call.keyspace.is_past(at_ms) {
        call.keyspace.remove(database, key, "del");
        call.propagate(&[b"DEL", key]);
    } else {
        call.keyspace.expire(database, key, Some(at_ms), "expire");
        call.propagate(&[b"PEXPIREAT", key, &u64_to_buffer(at_ms)]);
    }
}

const PERSIST: Command = Command {
    name: "PERSIST",
    syntax: "key",
    summary: "Takes a key's deadline away.",
    since: "2.2.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(persist),
    ..Command::DEFAULT
};

fn persist(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let database = call.database();
    let limited = call.keyspace.use_key(database, key).is_some_and(|object| object.expire_at_ms != NEVER);
    if limited {
        call.keyspace.expire(database, key, None, "persist");
    }
    call.reply.integer(i64::from(limited));
    Ok(())
}

// --- Reading -------------------------------------------------------------------------------------------------

const TTL: Command = Command {
    name: "TTL",
    syntax: "key",
    summary: "Returns how many seconds a key has left; -1 without a deadline, -2 without a key.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| remaining(call, args, in_seconds)),
    tips: &["nondeterministic_output"],
    history: &[("2.8.0", "The reply -2.")],
    ..Command::DEFAULT
};

const PTTL: Command = Command {
    name: "PTTL",
    syntax: "key",
    summary: "Returns how many milliseconds a key has left; -1 without a deadline, -2 without a key.",
    since: "2.6.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| remaining(call, args, |milliseconds| milliseconds)),
    tips: &["nondeterministic_output"],
    history: &[("2.8.0", "The reply -2.")],
    ..Command::DEFAULT
};

const EXPIRETIME: Command = Command {
    name: "EXPIRETIME",
    syntax: "key",
    summary: "Returns a key's deadline in seconds since 1970; -1 without a deadline, -2 without a key.",
    since: "7.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| reply_deadline(call, args, |deadline, _| in_seconds(deadline))),
    ..Command::DEFAULT
};

const PEXPIRETIME: Command = Command {
    name: "PEXPIRETIME",
    syntax: "key",
    summary: "Returns a key's deadline in milliseconds since 1970; -1 without a deadline, -2 without a key.",
    since: "7.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| reply_deadline(call, args, |deadline, _| deadline)),
    ..Command::DEFAULT
};

fn remaining(call: &mut Call, args: Args, shown: fn(u64) -> u64) -> Result<(), Error> {
    reply_deadline(call, args, |deadline, now| shown(deadline.saturating_sub(now)))
}

/// Half a second counts as a whole one.
fn in_seconds(milliseconds: u64) -> u64 {
    milliseconds.saturating_add(500) / 1000
}

fn reply_deadline(call: &mut Call, mut args: Args, shown: impl FnOnce(u64, u64) -> u64) -> Result<(), Error> {
    let now = call.now.0;
    let reply = match call.keyspace.glance(call.client.database, args.next()?) {
        None => -2,
        Some(object) if object.expire_at_ms == NEVER => -1,
        Some(object) => shown(object.expire_at_ms, now) as i64,
    };
    call.reply.integer(reply);
    Ok(())
}
