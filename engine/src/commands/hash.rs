//! Hashes.

use crate::base::extended::Extended;
use crate::base::numbers::u64_to_buffer;
use crate::command::{Access, Args, Deprecated, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::encoding::{Digits, Element};
use crate::keyspace::Touched;
use crate::value::{FieldTime, Hash};

use super::element::{write_element, write_optional};
use super::random::Draws;
use super::scan::{self, Page, Subject};

family![
    HDEL,
    HEXISTS,
    HGET,
    HGETALL,
    HINCRBY,
    HINCRBYFLOAT,
    HKEYS,
    HLEN,
    HMGET,
    HMSET,
    HRANDFIELD,
    HSCAN,
    HSET,
    HSETNX,
    HSTRLEN,
    HVALS,
];

const HDEL: Command = Command {
    name: "HDEL",
    syntax: "key field...",
    summary: "Removes fields, and the hash with its last one.",
    since: "2.0.0",
    complexity: "O(N), N = fields to be removed",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_DELETE],
    run: Some(hdel),
    ..Command::DEFAULT
};

fn hdel(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let removed = call.update::<Hash, _>(key, |hash, _| {
        let removed = args.rest().iter().filter(|field| hash.remove(field)).count();
        (removed, Touched::times("hdel", removed))
    })?;
    call.reply.integer(removed.unwrap_or(0) as i64);
    Ok(())
}

const HEXISTS: Command = Command {
    name: "HEXISTS",
    syntax: "key field",
    summary: "Says whether a field is there.",
    since: "2.0.0",
    complexity: "O(1)",
    group: Group::Hash,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(hexists),
    ..Command::DEFAULT
};

fn hexists(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, field) = (args.next()?, args.next()?);
    let found = call.read::<Hash>(key)?.is_some_and(|hash| hash.contains(field));
    call.reply.integer(i64::from(found));
    Ok(())
}

const HGET: Command = Command {
    name: "HGET",
    syntax: "key field",
    summary: "Returns the value of a field.",
    since: "2.0.0",
    complexity: "O(1)",
    group: Group::Hash,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(hget),
    ..Command::DEFAULT
};

fn hget(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, field) = (args.next()?, args.next()?);
    let hash = call.keyspace.read::<Hash>(call.client.database, key)?;
    write_optional(call.reply, hash.and_then(|hash| hash.get(field)));
    Ok(())
}

const HGETALL: Command = Command {
    name: "HGETALL",
    syntax: "key",
    summary: "Returns all fields with their values.",
    since: "2.0.0",
    complexity: "O(N), N = fields",
    group: Group::Hash,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output_order"],
    run: Some(hgetall),
    ..Command::DEFAULT
};

fn hgetall(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let hash = call.keyspace.read::<Hash>(call.client.database, args.next()?)?;
    call.reply.map(hash.map_or(0, Hash::len));
    for (field, value) in hash.into_iter().flat_map(Hash::iter) {
        write_element(call.reply, field);
        write_element(call.reply, value);
    }
    Ok(())
}

const HINCRBY: Command = Command {
    name: "HINCRBY",
    syntax: "key field increment",
    summary: "Adds a whole number to the number that a field holds.",
    since: "2.0.0",
    complexity: "O(1)",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(hincrby),
    ..Command::DEFAULT
};

fn hincrby(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, field, increment) = (args.next()?, args.next()?, args.integer()?);
    let sum = call.update_or_create::<Hash, _>(key, |hash, limits| {
        let sum = match hash.get(field).map(Element::as_int) {
            None => Ok(increment),
            Some(None) => Err(Error::HashValueNotInteger),
            Some(Some(old)) => old.checked_add(increment).ok_or(Error::IncrementOverflow),
        };
        if let Ok(sum) = &sum {
            hash.set_keeping_time(field, Digits::default().write(*sum), limits);
        }
        let touched = Touched::when(sum.is_ok(), "hincrby");
        (sum, touched)
    })??;
    call.reply.integer(sum);
    Ok(())
}

const HINCRBYFLOAT: Command = Command {
    name: "HINCRBYFLOAT",
    syntax: "key field increment<double>",
    summary: "Adds a number to the number that a field holds.",
    since: "2.6.0",
    complexity: "O(1)",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(hincrbyfloat),
    ..Command::DEFAULT
};

fn hincrbyfloat(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, field, increment) = (args.next()?, args.next()?, args.next()?);
    let increment = Extended::parse(increment).ok_or(Error::NotFloat)?;
    if !increment.is_finite() {
        return Err(Error::Static("ERR value is NaN or Infinity"));
    }
    let (sum, time) = call.update_or_create::<Hash, _>(key, |hash, limits| {
        let old = match hash.get(field) {
            None => Ok(Extended::ZERO),
            Some(value) => value.with_bytes(Extended::parse).ok_or(Error::HashValueNotFloat),
        };
        let sum = old.and_then(|old| old.checked_add(increment).ok_or(Error::NanOrInfinity));
        let sum = sum.map(|sum| sum.format());
        if let Ok(sum) = &sum {
            hash.set_keeping_time(field, sum, limits);
        }
        let touched = Touched::when(sum.is_ok(), "hincrbyfloat");
        (sum.map(|sum| (sum, hash.time_of(field))), touched)
    })??;
    // The sum, not the addition: another node may round otherwise. HSET takes the deadline away.
    call.propagate(&[b"HSET", key, field, &sum]);
    if let FieldTime::At(at_ms) = time {
        call.propagate(&[b"HPEXPIREAT", key, &u64_to_buffer(at_ms), b"FIELDS", b"1", field]);
    }
    call.reply.bulk(&sum);
    Ok(())
}

const HKEYS: Command = Command {
    name: "HKEYS",
    syntax: "key",
    summary: "Returns the names of all fields.",
    since: "2.0.0",
    complexity: "O(N), N = fields",
    group: Group::Hash,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output_order"],
    run: Some(hkeys),
    ..Command::DEFAULT
};

fn hkeys(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let hash = call.keyspace.read::<Hash>(call.client.database, args.next()?)?;
    call.reply.array(hash.map_or(0, Hash::len));
    for (field, _) in hash.into_iter().flat_map(Hash::iter) {
        write_element(call.reply, field);
    }
    Ok(())
}

const HLEN: Command = Command {
    name: "HLEN",
    syntax: "key",
    summary: "Returns how many fields there are.",
    since: "2.0.0",
    complexity: "O(1)",
    group: Group::Hash,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(hlen),
    ..Command::DEFAULT
};

fn hlen(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let len = call.read::<Hash>(args.next()?)?.map_or(0, Hash::len);
    call.reply.integer(len as i64);
    Ok(())
}

const HMGET: Command = Command {
    name: "HMGET",
    syntax: "key field...",
    summary: "Returns the values of several fields.",
    since: "2.0.0",
    complexity: "O(N), N = fields being requested",
    group: Group::Hash,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(hmget),
    ..Command::DEFAULT
};

fn hmget(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let hash = call.keyspace.read::<Hash>(call.client.database, args.next()?)?;
    call.reply.array(args.remaining());
    for field in args.rest() {
        write_optional(call.reply, hash.and_then(|hash| hash.get(field)));
    }
    Ok(())
}

const HMSET: Command = Command {
    name: "HMSET",
    syntax: "key (field value)...",
    summary: "Sets several fields; HSET does the same and says how many are new.",
    since: "2.0.0",
    complexity: "O(N), N = fields being set",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    deprecated: Some(Deprecated { since: "4.0.0", replaced_by: "`HSET`" }),
    run: Some(hmset),
    ..Command::DEFAULT
};

fn hmset(call: &mut Call, args: Args) -> Result<(), Error> {
    set_pairs(call, args, "hmset")?;
    call.reply.ok();
    Ok(())
}

const HRANDFIELD: Command = Command {
    name: "HRANDFIELD",
    syntax: "key [options: count [WITHVALUES]]",
    summary: "Returns fields chosen at random.",
    since: "6.2.0",
    complexity: "O(N), N = fields returned",
    group: Group::Hash,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output"],
    run: Some(hrandfield),
    ..Command::DEFAULT
};

fn hrandfield(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let Some(draws) = Draws::parse(&mut args, "WITHVALUES")? else {
        let Call { keyspace, server, client, reply, .. } = call;
        let hash = keyspace.read::<Hash>(client.database, key)?;
        match hash.and_then(|hash| hash.at(server.random.index(hash.len()))) {
            Some((field, _)) => write_element(reply, field),
            None => reply.null(),
        }
        return Ok(());
    };
    let Call { keyspace, server, client, reply, .. } = call;
    let Some(hash) = keyspace.read::<Hash>(client.database, key)? else {
        reply.array(0);
        return Ok(());
    };
    let positions = draws.positions(&mut server.random, hash.len());
    draws.write_header(reply, positions.len());
    let mut write = |(field, value): (Element, Element)| {
        draws.write_pair_header(reply);
        write_element(reply, field);
        if draws.with_values {
            write_element(reply, value);
        }
    };
    if hash.is_compact() {
        // A listpack is read from its start for every position: better once.
        let fields: Vec<_> = hash.iter().collect();
        positions.iter().filter_map(|&position| fields.get(position)).for_each(|&pair| write(pair));
    } else {
        positions.iter().filter_map(|&position| hash.at(position)).for_each(write);
    }
    Ok(())
}

const HSET: Command = Command {
    name: "HSET",
    syntax: "key (field value)...",
    summary: "Sets fields, and says how many of them are new.",
    since: "2.0.0",
    complexity: "O(1) per pair",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(hset),
    ..Command::DEFAULT
};

fn hset(call: &mut Call, args: Args) -> Result<(), Error> {
    let added = set_pairs(call, args, "hset")?;
    call.reply.integer(added as i64);
    Ok(())
}

/// Sets pairs of fields and values; returns how many fields are new.
fn set_pairs(call: &mut Call, mut args: Args, command: &str) -> Result<usize, Error> {
    let key = args.next()?;
    if !args.remaining().is_multiple_of(2) {
        return Err(Error::wrong_arity(command));
    }
    call.update_or_create::<Hash, _>(key, |hash, limits| {
        let pairs = args.rest().chunks_exact(2);
        let count = pairs.len();
        hash.expect(count, limits);
        let mut added = 0;
        for pair in pairs {
            if let [field, value] = pair {
                added += usize::from(hash.set(field, value, limits));
            }
        }
        (added, Touched::times("hset", count))
    })
}

const HSETNX: Command = Command {
    name: "HSETNX",
    syntax: "key field value",
    summary: "Sets a field that is not there yet.",
    since: "2.0.0",
    complexity: "O(1)",
    group: Group::Hash,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_INSERT],
    run: Some(hsetnx),
    ..Command::DEFAULT
};

fn hsetnx(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, field, value) = (args.next()?, args.next()?, args.next()?);
    let added = call.update_or_create::<Hash, _>(key, |hash, limits| {
        let added = !hash.contains(field);
        if added {
            hash.set(field, value, limits);
        }
        (added, Touched::when(added, "hset"))
    })?;
    call.reply.integer(i64::from(added));
    Ok(())
}

const HSTRLEN: Command = Command {
    name: "HSTRLEN",
    syntax: "key field",
    summary: "Returns the length of a field's value in bytes.",
    since: "3.2.0",
    complexity: "O(1)",
    group: Group::Hash,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(hstrlen),
    ..Command::DEFAULT
};

fn hstrlen(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, field) = (args.next()?, args.next()?);
    let len = call.read::<Hash>(key)?.and_then(|hash| hash.get(field)).map_or(0, Element::len);
    call.reply.integer(len as i64);
    Ok(())
}

const HVALS: Command = Command {
    name: "HVALS",
    syntax: "key",
    summary: "Returns the values of all fields.",
    since: "2.0.0",
    complexity: "O(N), N = fields",
    group: Group::Hash,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output_order"],
    run: Some(hvals),
    ..Command::DEFAULT
};

fn hvals(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let hash = call.keyspace.read::<Hash>(call.client.database, args.next()?)?;
    call.reply.array(hash.map_or(0, Hash::len));
    for (_, value) in hash.into_iter().flat_map(Hash::iter) {
        write_element(call.reply, value);
    }
    Ok(())
}

const HSCAN: Command = Command {
    name: "HSCAN",
    syntax: "key cursor [MATCH pattern] [COUNT count] [NOVALUES]@7.4.0",
    summary: "Walks through the fields, some at a time.",
    since: "2.8.0",
    complexity: "O(1) per call, O(N) for a whole iteration",
    group: Group::Hash,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output"],
    run: Some(hscan),
    ..Command::DEFAULT
};

fn hscan(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, cursor) = (args.next()?, scan::parse_cursor(args.next()?)?);
    let mut page = Page::new(call.reply);
    let mut next = 0;
    if let Some(hash) = call.keyspace.read::<Hash>(call.client.database, key)? {
        let options = scan::Options::parse(args, Subject::Hash)?;
        next = hash.scan(cursor, options.count, |field, value| {
            if field.with_bytes(|field| options.matches(field)) {
                write_element(&mut page.reply, field);
                page.count += 1;
                if !options.no_values {
                    write_element(&mut page.reply, value);
                    page.count += 1;
                }
            }
        });
    }
    page.send(call.reply, next);
    Ok(())
}
