//! Sets.

use crate::base::numbers::parse_i64;
use crate::base::{Bytes, order};
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::encoding::Element;
use crate::keyspace::{Class, Expiry, Keyspace, Touched};
use crate::value::{Set, Value};

use super::element::write_element;
use super::numkeys;
use super::random::Draws;
use super::scan::{self, Page, Subject};

family![
    SADD,
    SCARD,
    SDIFF,
    SDIFFSTORE,
    SINTER,
    SINTERCARD,
    SINTERSTORE,
    SISMEMBER,
    SMEMBERS,
    SMISMEMBER,
    SMOVE,
    SPOP,
    SRANDMEMBER,
    SREM,
    SSCAN,
    SUNION,
    SUNIONSTORE,
];

const SADD: Command = Command {
    name: "SADD",
    syntax: "key member...",
    summary: "Adds members, and says how many of them are new.",
    since: "1.0.0",
    complexity: "O(1) per member",
    group: Group::Set,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_INSERT],
    run: Some(sadd),
    ..Command::DEFAULT
};

fn sadd(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let members = args.rest();
    let added = call.update_or_create::<Set, _>(key, |set, limits| {
        set.expect(members.first().copied().unwrap_or_default(), members.len(), limits);
        let added = members.iter().filter(|member| set.insert(**member, limits)).count();
        (added, Touched::times("sadd", added))
    })?;
    call.reply.integer(added as i64);
    Ok(())
}

const SCARD: Command = Command {
    name: "SCARD",
    syntax: "key",
    summary: "Returns how many members there are.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Set,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(scard),
    ..Command::DEFAULT
};

fn scard(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let len = call.read::<Set>(args.next()?)?.map_or(0, Set::len);
    call.reply.integer(len as i64);
    Ok(())
}

const SDIFF: Command = Command {
    name: "SDIFF",
    syntax: "key...",
    summary: "Returns the members of the first set that are in none of the others.",
    since: "1.0.0",
    complexity: "O(N), N = members of all sets",
    group: Group::Set,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output_order"],
    run: Some(sdiff),
    ..Command::DEFAULT
};

fn sdiff(call: &mut Call, args: Args) -> Result<(), Error> {
    let sets = sources(call.keyspace, call.client.database, args.rest())?;
    let start = call.reply.defer();
    let mut count = 0;
    difference(&sets, |member| {
        write_element(call.reply, member);
        count += 1;
    });
    call.reply.finish_set(start, count);
    Ok(())
}

/// The sets under `keys`, `None` for each that does not exist. Each access is counted.
fn sources<'a>(keyspace: &'a mut Keyspace, database: usize, keys: &[&[u8]]) -> Result<Vec<Option<&'a Set>>, Error> {
    for key in keys {
        keyspace.read::<Set>(database, key)?;
    }
    let keyspace: &Keyspace = keyspace;
    keys.iter().map(|key| Ok(keyspace.view::<Set>(database, key)?)).collect()
}

/// Shows the members of the first set that are in none of the others.
fn difference(sets: &[Option<&Set>], mut visit: impl FnMut(Element)) {
    let Some((Some(first), others)) = sets.split_first() else { return };
    for member in first.iter() {
        if !others.iter().flatten().any(|other| other.contains(member)) {
            visit(member);
        }
    }
}

const SDIFFSTORE: Command = Command {
    name: "SDIFFSTORE",
    syntax: "destination key...",
    summary: "Stores the members of the first set that are in none of the others.",
    since: "1.0.0",
    complexity: "O(N), N = members of all sets",
    group: Group::Set,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE, Access::RO_ACCESS],
    run: Some(sdiffstore),
    ..Command::DEFAULT
};

fn sdiffstore(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let destination = args.next()?;
    let mut result = Set::new();
    let limits = call.keyspace.limits.clone();
    let sets = sources(call.keyspace, call.client.database, args.rest())?;
    difference(&sets, |member| {
        result.insert(member, &limits);
    });
    store(call, destination, result, "sdiffstore")
}

/// Puts a set in the place of whatever `destination` holds, and answers with its size.
fn store(call: &mut Call, destination: &[u8], set: Set, event: &'static str) -> Result<(), Error> {
    let len = set.len();
    let value = Value::Set(Box::new(set));
    call.keyspace.set(call.client.database, destination, value, Expiry::Clear, Class::Set, event);
    call.reply.integer(len as i64);
    Ok(())
}

const SINTER: Command = Command {
    name: "SINTER",
    syntax: "key...",
    summary: "Returns the members that all the sets have.",
    since: "1.0.0",
    complexity: "O(N*M), N = members of the smallest set, M = sets",
    group: Group::Set,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output_order"],
    run: Some(sinter),
    ..Command::DEFAULT
};

fn sinter(call: &mut Call, args: Args) -> Result<(), Error> {
    let sets = sources(call.keyspace, call.client.database, args.rest())?;
    let start = call.reply.defer();
    let mut count = 0;
    intersection(&sets, |member| {
        write_element(call.reply, member);
        count += 1;
        true
    });
    call.reply.finish_set(start, count);
    Ok(())
}

/// Shows the members that all sets have, until `visit` returns false.
fn intersection(sets: &[Option<&Set>], mut visit: impl FnMut(Element) -> bool) {
    let Some(mut sets) = sets.iter().copied().collect::<Option<Vec<&Set>>>() else { return };
    // The smallest decides how many members are looked at, the next smallest refuses most of them.
    order::sort_by_key(&mut sets, |set| set.len());
    let Some((smallest, others)) = sets.split_first() else { return };
    for member in smallest.iter() {
        if others.iter().all(|other| other.contains(member)) && !visit(member) {
            return;
        }
    }
}

const SINTERCARD: Command = Command {
    name: "SINTERCARD",
    syntax: "numkeys key... [LIMIT limit]",
    summary: "Returns how many members all the sets have.",
    since: "7.0.0",
    complexity: "O(N*M), N = members of the smallest set, M = sets",
    group: Group::Set,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(sintercard),
    ..Command::DEFAULT
};

fn sintercard(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let too_many = Error::Static("ERR Number of keys can't be greater than number of args");
    let keys = numkeys::keys(&mut args, too_many)?;
    let limit = numkeys::limit(&mut args)?;
    let sets = sources(call.keyspace, call.client.database, keys)?;
    let mut found = 0;
    intersection(&sets, |_| {
        found += 1;
        found < limit
    });
    call.reply.integer(found as i64);
    Ok(())
}

const SINTERSTORE: Command = Command {
    name: "SINTERSTORE",
    syntax: "destination key...",
    summary: "Stores the members that all the sets have.",
    since: "1.0.0",
    complexity: "O(N*M), N = members of the smallest set, M = sets",
    group: Group::Set,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_UPDATE, Access::RO_ACCESS],
    run: Some(sinterstore),
    ..Command::DEFAULT
};

fn sinterstore(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let destination = args.next()?;
    let limits = call.keyspace.limits.clone();
    let sets = sources(call.keyspace, call.client.database, args.rest())?;
    let smallest = sets.iter().flatten().min_by_key(|set| set.len());
    let mut result = match smallest {
        Some(set) if set.intset().is_none() => Set::new_listpack(),
        _ => Set::new(),
    };
    intersection(&sets, |member| {
        result.insert(member, &limits);
        true
    });
    result.settle(&limits);
    store(call, destination, result, "sinterstore")
}

const SISMEMBER: Command = Command {
    name: "SISMEMBER",
    syntax: "key member",
    summary: "Says whether a value is a member.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Set,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(sismember),
    ..Command::DEFAULT
};

fn sismember(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, member) = (args.next()?, args.next()?);
    let found = call.read::<Set>(key)?.is_some_and(|set| set.contains(member));
    call.reply.integer(i64::from(found));
    Ok(())
}

const SMEMBERS: Command = Command {
    name: "SMEMBERS",
    syntax: "key",
    summary: "Returns all members.",
    since: "1.0.0",
    complexity: "O(N), N = members",
    group: Group::Set,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output_order"],
    run: Some(smembers),
    ..Command::DEFAULT
};

fn smembers(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let set = call.keyspace.read::<Set>(call.client.database, args.next()?)?;
    call.reply.set(set.map_or(0, Set::len));
    for member in set.into_iter().flat_map(Set::iter) {
        write_element(call.reply, member);
    }
    Ok(())
}

const SMISMEMBER: Command = Command {
    name: "SMISMEMBER",
    syntax: "key member...",
    summary: "Says of several values whether they are members.",
    since: "6.2.0",
    complexity: "O(N), N = elements being checked for membership",
    group: Group::Set,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(smismember),
    ..Command::DEFAULT
};

fn smismember(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let set = call.keyspace.read::<Set>(call.client.database, args.next()?)?;
    call.reply.array(args.remaining());
    for member in args.rest() {
        call.reply.integer(i64::from(set.is_some_and(|set| set.contains(*member))));
    }
    Ok(())
}

const SMOVE: Command = Command {
    name: "SMOVE",
    syntax: "source destination member",
    summary: "Moves a member from one set to another.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Set,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE, Access::RW_INSERT],
    run: Some(smove),
    ..Command::DEFAULT
};

fn smove(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (source, destination, member) = (args.next()?, args.next()?, args.next()?);
    let database = call.client.database;
    // Both are looked at before anything is said of either.
    let found = match call.keyspace.seek::<Set>(database, source) {
        Ok(Some(from)) => from.contains(member),
        missing_or_wrong => {
            let missing_or_wrong = missing_or_wrong.map(|_| ());
            call.keyspace.use_key(database, destination);
            missing_or_wrong?;
            call.reply.integer(0);
            return Ok(());
        }
    };
    if call.keyspace.seek::<Set>(database, destination).is_err() {
        call.keyspace.use_key(database, source);
        return Err(Error::WrongType);
    }
    if found && source != destination {
        call.update::<Set, _>(source, |set, _| (set.remove(member), Touched::once("srem")))?;
        call.update_or_create::<Set, _>(destination, |set, limits| {
            set.expect(member, 1, limits);
            let added = set.insert(member, limits);
            ((), Touched::when(added, "sadd"))
        })?;
    } else {
        call.keyspace.use_key(database, source);
        call.keyspace.use_key(database, destination);
    }
    call.reply.integer(i64::from(found));
    Ok(())
}

const SPOP: Command = Command {
    name: "SPOP",
    syntax: "key [count]@3.2.0",
    summary: "Removes members chosen at random and returns them.",
    since: "1.0.0",
    complexity: "O(1), or O(N) with a count N",
    group: Group::Set,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE],
    tips: &["nondeterministic_output"],
    run: Some(spop),
    ..Command::DEFAULT
};

fn spop(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    if args.is_empty() {
        return spop_one(call, key);
    }
    let count = args.next()?;
    args.finish()?;
    let count = parse_i64(count).and_then(|count| usize::try_from(count).ok()).ok_or(Error::NotPositive)?;
    let Call { keyspace, server, client, reply, .. } = call;
    let len = keyspace.seek::<Set>(client.database, key)?.map_or(0, Set::len);
    if count == 0 || len == 0 {
        keyspace.use_key(client.database, key);
        reply.set(0);
        return Ok(());
    }
    if count >= len {
        // Redis reads the whole set first, which counts as a lookup.
        keyspace.lookup(client.database, key);
    }
    let random = &mut server.random;
    let popped = keyspace.update::<Set, _>(client.database, key, |set, _| {
        let popped: Vec<Bytes> = core::iter::from_fn(|| set.pop(random)).take(count).collect();
        let touched = Touched::times("spop", popped.len());
        (popped, touched)
    })?;
    let popped = popped.unwrap_or_default();
    reply.set(popped.len());
    for member in &popped {
        reply.bulk(member);
    }
    if popped.len() == len {
        call.propagate(&[b"DEL", key]);
        return Ok(());
    }
    // Which members were drawn is for the journal to say; in portions, so that no command grows without bound.
    const PORTION: usize = 1024;
    for portion in popped.chunks(PORTION) {
        let mut argv: Vec<&[u8]> = vec![b"SREM", key];
        argv.extend(portion.iter().map(Bytes::as_slice));
        call.propagate(&argv);
    }
    Ok(())
}

fn spop_one(call: &mut Call, key: &[u8]) -> Result<(), Error> {
    let Call { keyspace, server, client, reply, .. } = call;
    let random = &mut server.random;
    let popped = keyspace.update::<Set, _>(client.database, key, |set, _| {
        let popped = set.pop(random);
        let touched = Touched::when(popped.is_some(), "spop");
        (popped, touched)
    })?;
    match popped.flatten() {
        None => reply.null(),
        Some(member) => {
            reply.bulk(&member);
            call.propagate(&[b"SREM", key, &member]);
        }
    }
    Ok(())
}

const SRANDMEMBER: Command = Command {
    name: "SRANDMEMBER",
    syntax: "key [count]@2.6.0",
    summary: "Returns members chosen at random.",
    since: "1.0.0",
    complexity: "O(1), or O(N) with a count N",
    group: Group::Set,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output"],
    run: Some(srandmember),
    ..Command::DEFAULT
};

fn srandmember(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    if args.remaining() > 1 {
        return Err(Error::Syntax);
    }
    let draws = Draws::parse(&mut args, "")?;
    let Call { keyspace, server, client, reply, .. } = call;
    let set = keyspace.read::<Set>(client.database, key)?;
    let Some(draws) = draws else {
        match set.and_then(|set| set.at(server.random.index(set.len()))) {
            Some(member) => write_element(reply, member),
            None => reply.null(),
        }
        return Ok(());
    };
    let Some(set) = set else {
        reply.array(0);
        return Ok(());
    };
    let positions = draws.positions(&mut server.random, set.len());
    draws.write_header(reply, positions.len());
    if set.listpack().is_some() {
        // A listpack is read from its start for every position: better once.
        let members: Vec<_> = set.iter().collect();
        for member in positions.iter().filter_map(|&position| members.get(position)) {
            write_element(reply, *member);
        }
    } else {
        for member in positions.iter().filter_map(|&position| set.at(position)) {
            write_element(reply, member);
        }
    }
    Ok(())
}

const SREM: Command = Command {
    name: "SREM",
    syntax: "key member...",
    summary: "Removes members, and the set with its last one.",
    since: "1.0.0",
    complexity: "O(N), N = members to be removed",
    group: Group::Set,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_DELETE],
    run: Some(srem),
    ..Command::DEFAULT
};

fn srem(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let removed = call.update::<Set, _>(key, |set, _| {
        let removed = args.rest().iter().filter(|member| set.remove(**member)).count();
        (removed, Touched::times("srem", removed))
    })?;
    call.reply.integer(removed.unwrap_or(0) as i64);
    Ok(())
}

const SUNION: Command = Command {
    name: "SUNION",
    syntax: "key...",
    summary: "Returns the members that any of the sets has.",
    since: "1.0.0",
    complexity: "O(N), N = members of all sets",
    group: Group::Set,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output_order"],
    run: Some(sunion),
    ..Command::DEFAULT
};

fn sunion(call: &mut Call, args: Args) -> Result<(), Error> {
    let result = union(call, args.rest())?;
    call.reply.set(result.len());
    for member in result.iter() {
        write_element(call.reply, member);
    }
    Ok(())
}

fn union(call: &mut Call, keys: &[&[u8]]) -> Result<Set, Error> {
    let limits = call.keyspace.limits.clone();
    let mut result = Set::new();
    for member in sources(call.keyspace, call.client.database, keys)?.into_iter().flatten().flat_map(Set::iter) {
        result.insert(member, &limits);
    }
    Ok(result)
}

const SUNIONSTORE: Command = Command {
    name: "SUNIONSTORE",
    syntax: "destination key...",
    summary: "Stores the members that any of the sets has.",
    since: "1.0.0",
    complexity: "O(N), N = members of all sets",
    group: Group::Set,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE, Access::RO_ACCESS],
    run: Some(sunionstore),
    ..Command::DEFAULT
};

fn sunionstore(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let destination = args.next()?;
    let result = union(call, args.rest())?;
    store(call, destination, result, "sunionstore")
}

const SSCAN: Command = Command {
    name: "SSCAN",
    syntax: "key cursor [MATCH pattern] [COUNT count]",
    summary: "Walks through the members, some at a time.",
    since: "2.8.0",
    complexity: "O(1) per call, O(N) for a whole iteration",
    group: Group::Set,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output"],
    run: Some(sscan),
    ..Command::DEFAULT
};

fn sscan(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, cursor) = (args.next()?, scan::parse_cursor(args.next()?)?);
    let mut page = Page::new(call.reply);
    let mut next = 0;
    if let Some(set) = call.keyspace.read::<Set>(call.client.database, key)? {
        let options = scan::Options::parse(args, Subject::Members)?;
        next = set.scan(cursor, options.count, |member| {
            if member.with_bytes(|member| options.matches(member)) {
                write_element(&mut page.reply, member);
                page.count += 1;
            }
        });
    }
    page.send(call.reply, next);
    Ok(())
}
