//! Until when the fields of a hash live: setting, taking away and reading their deadlines.

use crate::base::numbers::u64_to_buffer;
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::Touched;
use crate::value::{FieldTime, Hash};

family![HEXPIRE, HEXPIREAT, HEXPIRETIME, HPERSIST, HPEXPIRE, HPEXPIREAT, HPEXPIRETIME, HPTTL, HTTL];

/// The latest deadline that a command may set: Redis keeps two of its 48 bits free.
const MAX_TIME_MS: i64 = (1 << 46) - 1;

const MISPLACED_FIELDS: Error = Error::Static("ERR Mandatory argument FIELDS is missing or not at the right position");

const NO_FIELD: i64 = -2;
const NO_DEADLINE: i64 = -1;

// --- Setting -------------------------------------------------------------------------------------------------

const HEXPIRE: Command = Command {
    name: "HEXPIRE",
    syntax: "key seconds [condition: NX | XX | GT | LT] FIELDS (fields: numfields field...)",
    summary: "Lets fields live for a number of seconds.",
    since: "7.4.0",
    complexity: "O(N), N = fields that are named",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(|call, args| expire(call, args, Unit { milliseconds: 1000, absolute: false })),
    ..Command::DEFAULT
};

const HPEXPIRE: Command = Command {
    name: "HPEXPIRE",
    syntax: "key milliseconds [condition: NX | XX | GT | LT] FIELDS (fields: numfields field...)",
    summary: "Lets fields live for a number of milliseconds.",
    since: "7.4.0",
    complexity: "O(N), N = fields that are named",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(|call, args| expire(call, args, Unit { milliseconds: 1, absolute: false })),
    ..Command::DEFAULT
};

const HEXPIREAT: Command = Command {
    name: "HEXPIREAT",
    syntax: "key unix-time-seconds [condition: NX | XX | GT | LT] FIELDS (fields: numfields field...)",
    summary: "Lets fields live until a time in seconds since 1970.",
    since: "7.4.0",
    complexity: "O(N), N = fields that are named",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(|call, args| expire(call, args, Unit { milliseconds: 1000, absolute: true })),
    ..Command::DEFAULT
};

const HPEXPIREAT: Command = Command {
    name: "HPEXPIREAT",
    syntax: "key unix-time-milliseconds [condition: NX | XX | GT | LT] FIELDS (fields: numfields field...)",
    summary: "Lets fields live until a time in milliseconds since 1970.",
    since: "7.4.0",
    complexity: "O(N), N = fields that are named",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
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

impl Unit {
    /// The deadline that an amount means at a time, in milliseconds since the epoch.
    fn deadline(self, amount: i64, now_ms: u64, command: &str) -> Result<u64, Error> {
        if amount < 0 {
            return Err(Error::Static("ERR invalid expire time, must be >= 0"));
        }
        let base = if self.absolute { 0 } else { now_ms as i64 };
        let at = amount.checked_mul(self.milliseconds).and_then(|amount| amount.checked_add(base));
        match at {
            Some(at @ 0..=MAX_TIME_MS) => Ok(at as u64),
            _ => Err(Error::invalid_expire(command)),
        }
    }
}

/// When the deadline of a field may be set, given the one that it has.
#[derive(Clone, Copy, PartialEq)]
enum Condition {
    Always,
    /// `NX`: it has none.
    Absent,
    /// `XX`: it has one.
    Present,
    /// `GT`: it is earlier. None at all is later than any other.
    Greater,
    /// `LT`: it is later.
    Less,
}

impl Condition {
    fn parse(args: &mut Args) -> Condition {
        let conditions = [
            ("NX", Condition::Absent),
            ("XX", Condition::Present),
            ("GT", Condition::Greater),
            ("LT", Condition::Less),
        ];
        let found = conditions.into_iter().find(|(word, _)| args.keyword(word));
        found.map_or(Condition::Always, |(_, condition)| condition)
    }

    fn allows(self, current: Option<u64>, new: u64) -> bool {
        match self {
            Condition::Always => true,
            Condition::Absent => current.is_none(),
            Condition::Present => current.is_some(),
            Condition::Greater => current.is_some_and(|current| new > current),
            Condition::Less => current.is_none_or(|current| new < current),
        }
    }
}

/// The fields after `FIELDS numfields`, which must be as many.
fn parse_fields<'a>(args: &mut Args<'a>, bad_count: &'static str) -> Result<&'a [&'a [u8]], Error> {
    if !args.keyword("FIELDS") {
        return Err(MISPLACED_FIELDS);
    }
    let count = args.next().ok().and_then(|count| Args::new(&[count]).integer().ok()).filter(|&count| count > 0);
    let count = count.ok_or(Error::Static(bad_count))?;
    if count != args.remaining() as i64 {
        return Err(Error::Static("ERR The `numfields` parameter must match the number of arguments"));
    }
    Ok(args.rest())
}

fn expire(call: &mut Call, mut args: Args, unit: Unit) -> Result<(), Error> {
    const CONDITION_NOT_MET: i64 = 0;
    const SET: i64 = 1;
    const DELETED: i64 = 2;
    let key = args.next()?;
    // A wrong type comes before everything else.
    call.seek::<Hash>(key)?;
    let at_ms = unit.deadline(args.integer()?, call.now.0, call.command.name)?;
    let condition = Condition::parse(&mut args);
    let fields = parse_fields(&mut args, "ERR Parameter `numFields` should be greater than 0")?;
    let past = call.keyspace.is_past(at_ms);
    let results = call.update::<Hash, _>(key, |hash, _| {
        hash.allow_times();
        let results: Vec<i64> = fields
            .iter()
            .map(|field| {
                let current = match hash.time_of(field) {
                    FieldTime::NoField => return NO_FIELD,
                    FieldTime::Never => None,
                    FieldTime::At(at_ms) => Some(at_ms),
                };
                if !condition.allows(current, at_ms) {
                    CONDITION_NOT_MET
                } else if past {
                    hash.remove(field);
                    DELETED
                } else {
                    hash.set_deadline(field, Some(at_ms));
                    SET
                }
            })
            .collect();
        let changed = results.iter().filter(|&&result| result > 0).count();
        let event = if results.contains(&DELETED) { "hdel" } else { "hexpire" };
        (results, Touched::times(event, changed))
    })?;
    let results = results.unwrap_or_else(|| vec![NO_FIELD; fields.len()]);
    propagate(call, key, at_ms, fields, &results);
    call.reply.array(results.len());
    results.iter().for_each(|&result| call.reply.integer(result));
    Ok(())
}

/// The journal gets what came of it: the fields that have the deadline now, or those that are gone.
fn propagate(call: &mut Call, key: &[u8], at_ms: u64, fields: &[&[u8]], results: &[i64]) {
    let with = |wanted: i64| -> Vec<&[u8]> {
        fields.iter().zip(results).filter(|&(_, &result)| result == wanted).map(|(field, _)| *field).collect()
    };
    let (set, deleted) = (with(1), with(2));
    if !deleted.is_empty() {
        call.propagate(&[&[b"HDEL", key], &deleted[..]].concat());
    }
    if !set.is_empty() {
        let (at, count) = (u64_to_buffer(at_ms), u64_to_buffer(set.len() as u64));
        call.propagate(&[&[b"HPEXPIREAT", key, &at[..], b"FIELDS", &count[..]], &set[..]].concat());
    }
}

const HPERSIST: Command = Command {
    name: "HPERSIST",
    syntax: "key FIELDS (fields: numfields field...)",
    summary: "Takes the deadlines of fields away.",
    since: "7.4.0",
    complexity: "O(N), N = fields that are named",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(persist),
    ..Command::DEFAULT
};

fn persist(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    call.seek::<Hash>(key)?;
    let fields = parse_fields(&mut args, BAD_COUNT)?;
    let results = call.update::<Hash, _>(key, |hash, _| {
        let results: Vec<i64> = fields
            .iter()
            .map(|field| match hash.time_of(field) {
                FieldTime::NoField => NO_FIELD,
                FieldTime::Never => NO_DEADLINE,
                FieldTime::At(_) => {
                    hash.set_deadline(field, None);
                    1
                }
            })
            .collect();
        let changed = results.contains(&1);
        (results, Touched::when(changed, "hpersist"))
    })?;
    let results = results.unwrap_or_else(|| vec![NO_FIELD; fields.len()]);
    call.reply.array(results.len());
    results.iter().for_each(|&result| call.reply.integer(result));
    Ok(())
}

// --- Reading -------------------------------------------------------------------------------------------------

const BAD_COUNT: &str = "ERR Number of fields must be a positive integer";

const HTTL: Command = Command {
    name: "HTTL",
    syntax: "key FIELDS (fields: numfields field...)",
    summary: "Returns how many seconds fields have left; -1 without a deadline, -2 without the field.",
    since: "7.4.0",
    complexity: "O(N), N = fields that are named",
    group: Group::Hash,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| reply_deadlines(call, args, |at_ms, now_ms| in_seconds(at_ms.saturating_sub(now_ms)))),
    tips: &["nondeterministic_output"],
    ..Command::DEFAULT
};

const HPTTL: Command = Command {
    name: "HPTTL",
    syntax: "key FIELDS (fields: numfields field...)",
    summary: "Returns how many milliseconds fields have left; -1 without a deadline, -2 without the field.",
    since: "7.4.0",
    complexity: "O(N), N = fields that are named",
    group: Group::Hash,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| reply_deadlines(call, args, u64::saturating_sub)),
    tips: &["nondeterministic_output"],
    ..Command::DEFAULT
};

const HEXPIRETIME: Command = Command {
    name: "HEXPIRETIME",
    syntax: "key FIELDS (fields: numfields field...)",
    summary: "Returns the deadlines of fields in seconds since 1970; -1 without one, -2 without the field.",
    since: "7.4.0",
    complexity: "O(N), N = fields that are named",
    group: Group::Hash,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| reply_deadlines(call, args, |at_ms, _| in_seconds(at_ms))),
    ..Command::DEFAULT
};

const HPEXPIRETIME: Command = Command {
    name: "HPEXPIRETIME",
    syntax: "key FIELDS (fields: numfields field...)",
    summary: "Returns the deadlines of fields in milliseconds since 1970; -1 without one, -2 without the field.",
    since: "7.4.0",
    complexity: "O(N), N = fields that are named",
    group: Group::Hash,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| reply_deadlines(call, args, |at_ms, _| at_ms)),
    ..Command::DEFAULT
};

/// A second that has begun counts as a whole one.
fn in_seconds(milliseconds: u64) -> u64 {
    milliseconds.saturating_add(999) / 1000
}

fn reply_deadlines(call: &mut Call, mut args: Args, shown: fn(u64, u64) -> u64) -> Result<(), Error> {
    let now_ms = call.now.0;
    let hash = call.keyspace.read::<Hash>(call.client.database, args.next()?)?;
    let fields = parse_fields(&mut args, BAD_COUNT)?;
    call.reply.array(fields.len());
    for field in fields {
        call.reply.integer(match hash.map_or(FieldTime::NoField, |hash| hash.time_of(field)) {
            FieldTime::NoField => NO_FIELD,
            FieldTime::Never => NO_DEADLINE,
            FieldTime::At(at_ms) => shown(at_ms, now_ms) as i64,
        });
    }
    Ok(())
}
