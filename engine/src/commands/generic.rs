//! Keys as such, whatever they hold: removing, finding, renaming, copying, and whole databases.

use crate::base::glob;
use crate::base::numbers::parse_i64;
use crate::command::{Access, Args, Categories, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::Place;
use crate::server::{OnTimeout, Wait};

use super::timeout;

family![
    COPY, DBSIZE, DEL, EXISTS, FLUSHALL, FLUSHDB, KEYS, MOVE, RANDOMKEY, RENAME, RENAMENX, SWAPDB, TOUCH, TYPE, UNLINK,
    WAIT,
];

// --- One key or several --------------------------------------------------------------------------------------

const DEL: Command = Command {
    name: "DEL",
    syntax: "key...",
    summary: "Removes keys and returns how many there were.",
    since: "1.0.0",
    complexity: "O(N) for N keys, and O(M) for each that holds a collection of M elements",
    group: Group::Generic,
    flags: Flags::WRITE,
    access: &[Access::RM_DELETE],
    run: Some(del),
    tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
    ..Command::DEFAULT
};

const UNLINK: Command = Command {
    name: "UNLINK",
    syntax: "key...",
    summary: "Removes keys and returns how many there were. Where DEL would free memory later, so does this.",
    since: "4.0.0",
    complexity: "O(N) for N keys, and O(M) for each that holds a collection of M elements",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RM_DELETE],
    run: Some(del),
    tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
    ..Command::DEFAULT
};

fn del(call: &mut Call, args: Args) -> Result<(), Error> {
    let database = call.database();
    let removed = args.rest().iter().filter(|key| call.keyspace.remove(database, key, "del")).count();
    call.reply.integer(removed as i64);
    Ok(())
}

const EXISTS: Command = Command {
    name: "EXISTS",
    syntax: "key...",
    summary: "Counts how many of the keys exist; one that is named twice counts twice.",
    since: "1.0.0",
    complexity: "O(N) for N keys",
    group: Group::Generic,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(exists),
    tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
    history: &[("3.0.3", "Several keys.")],
    ..Command::DEFAULT
};

fn exists(call: &mut Call, args: Args) -> Result<(), Error> {
    let database = call.database();
    let found = args.rest().iter().filter(|key| call.keyspace.glance(database, key).is_some()).count();
    call.reply.integer(found as i64);
    Ok(())
}

const TOUCH: Command = Command {
    name: "TOUCH",
    syntax: "key...",
    summary: "Marks keys as used just now and returns how many there are.",
    since: "3.2.1",
    complexity: "O(N) for N keys",
    group: Group::Generic,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(touch),
    tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
    ..Command::DEFAULT
};

fn touch(call: &mut Call, args: Args) -> Result<(), Error> {
    let database = call.database();
    // It is what the command is for, so CLIENT NO-TOUCH does not hold.
    let touching = core::mem::replace(&mut call.keyspace.touching, true);
    let found = args.rest().iter().filter(|key| call.keyspace.lookup(database, key).is_some()).count();
    call.keyspace.touching = touching;
    call.reply.integer(found as i64);
    Ok(())
}

const TYPE: Command = Command {
    name: "TYPE",
    syntax: "key",
    summary: "Names the type of what a key holds.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(type_of),
    ..Command::DEFAULT
};

fn type_of(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let object = call.keyspace.glance(call.client.database, args.next()?);
    call.reply.simple(object.map_or("none", |object| object.value.type_name()));
    Ok(())
}

// --- Finding keys --------------------------------------------------------------------------------------------

const KEYS: Command = Command {
    name: "KEYS",
    syntax: "pattern",
    summary: "Returns every key whose name matches a pattern.",
    since: "1.0.0",
    complexity: "O(N) for N keys in the database",
    group: Group::Generic,
    flags: Flags::READONLY,
    categories: Categories::DANGEROUS,
    run: Some(keys),
    tips: &["request_policy:all_shards", "nondeterministic_output_order"],
    ..Command::DEFAULT
};

fn keys(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let pattern = args.next()?;
    let keyspace = &*call.keyspace;
    let start = call.reply.defer();
    let mut count = 0;
    for (key, object) in keyspace.database(call.client.database).into_iter().flat_map(|space| space.iter()) {
        if (pattern == b"*" || glob::matches(pattern, key)) && !keyspace.is_expired(object) {
            call.reply.bulk(key);
            count += 1;
        }
    }
    call.reply.finish_array(start, count);
    Ok(())
}

const RANDOMKEY: Command = Command {
    name: "RANDOMKEY",
    summary: "Returns one key of the database, drawn at random.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY,
    run: Some(random_key),
    tips: &["request_policy:all_shards", "nondeterministic_output"],
    ..Command::DEFAULT
};

fn random_key(call: &mut Call, _: Args) -> Result<(), Error> {
    match call.keyspace.random_key(call.client.database, &mut call.server.random) {
        Some(key) => call.reply.bulk(&key),
        None => call.reply.null(),
    }
    Ok(())
}

// --- Other names and other databases -------------------------------------------------------------------------

const RENAME: Command = Command {
    name: "RENAME",
    syntax: "key newkey",
    summary: "Gives a key another name; a key that has that name already is lost.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::WRITE,
    access: &[Access::RW_ACCESS_DELETE, Access::OW_UPDATE],
    run: Some(rename),
    ..Command::DEFAULT
};

fn rename(call: &mut Call, args: Args) -> Result<(), Error> {
    rename_if(call, args, true)?;
    call.reply.ok();
    Ok(())
}

const RENAMENX: Command = Command {
    name: "RENAMENX",
    syntax: "key newkey",
    summary: "Gives a key another name unless that name is taken.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE, Access::OW_INSERT],
    run: Some(renamenx),
    history: &[("3.2.0", "Both names may be the same.")],
    ..Command::DEFAULT
};

fn renamenx(call: &mut Call, args: Args) -> Result<(), Error> {
    let renamed = rename_if(call, args, false)?;
    call.reply.integer(i64::from(renamed));
    Ok(())
}

/// Renames a key and says whether anything changed. Without `overwrite`, an existing target stays.
fn rename_if(call: &mut Call, mut args: Args, overwrite: bool) -> Result<bool, Error> {
    let (from, to) = (args.next()?, args.next()?);
    let database = call.database();
    if !call.keyspace.exists(database, from) {
        return Err(Error::NoSuchKey);
    }
    if from == to {
        call.keyspace.use_key(database, from);
        return Ok(false);
    }
    if !overwrite && is_taken(call, database, from, database, to) {
        return Ok(false);
    }
    let from = Place { database, key: from, event: "rename_from" };
    Ok(call.keyspace.relocate(from, Place { database, key: to, event: "rename_to" }))
}

/// Whether a key is not free to be written. If so, looking at both was a use of them; otherwise moving is one.
fn is_taken(call: &mut Call, source: usize, from: &[u8], target: usize, to: &[u8]) -> bool {
    let taken = call.keyspace.use_key(target, to).is_some();
    if taken {
        call.keyspace.use_key(source, from);
    }
    taken
}

const MOVE: Command = Command {
    name: "MOVE",
    syntax: "key db",
    summary: "Moves a key to another database unless that has a key of this name.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(move_key),
    ..Command::DEFAULT
};

fn move_key(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let (database, target) = (call.database(), database_number(call, args.next()?)?);
    if target == database {
        return Err(Error::SameObject);
    }
    let from = Place { database, key, event: "move_from" };
    let to = Place { database: target, key, event: "move_to" };
    let moved = !is_taken(call, database, key, target, key) && call.keyspace.relocate(from, to);
    call.reply.integer(i64::from(moved));
    Ok(())
}

const COPY: Command = Command {
    name: "COPY",
    syntax: "source destination [DB destination-db<integer>] [REPLACE]",
    summary: "Copies what a key holds, with its deadline, to another key.",
    since: "6.2.0",
    complexity: "O(N) for N elements of a collection, O(1) for a string",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RO_ACCESS, Access::OW_UPDATE],
    run: Some(copy),
    ..Command::DEFAULT
};

fn copy(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (source, destination) = (args.next()?, args.next()?);
    let database = call.database();
    let (mut target, mut replace) = (database, false);
    while !args.is_empty() {
        if args.keyword("REPLACE") {
            replace = true;
        } else if args.remaining() > 1 && args.keyword("DB") {
            target = database_number(call, args.next()?)?;
        } else {
            return Err(Error::Syntax);
        }
    }
    if (database, source) == (target, destination) {
        return Err(Error::SameObject);
    }
    let object = call.keyspace.lookup(database, source).cloned();
    let copied = match object {
        Some(object) if call.keyspace.use_key(target, destination).is_none() || replace => {
            call.keyspace.put(target, destination, object, "copy_to");
            true
        }
        _ => false,
    };
    call.reply.integer(i64::from(copied));
    Ok(())
}

/// The number of an existing database.
fn database_number(call: &Call, text: &[u8]) -> Result<usize, Error> {
    let number = parse_i64(text).ok_or(Error::NotInteger)?;
    if i32::try_from(number).is_err() {
        return Err(Error::Static("ERR value is out of range, value must between -2147483648 and 2147483647"));
    }
    existing_database(call, number)
}

fn existing_database(call: &Call, number: i64) -> Result<usize, Error> {
    usize::try_from(number).ok().filter(|&number| number < call.keyspace.database_count()).ok_or(Error::InvalidDatabase)
}

// --- Whole databases -----------------------------------------------------------------------------------------

const SWAPDB: Command = Command {
    name: "SWAPDB",
    syntax: "index1<integer> index2<integer>",
    summary: "Lets two databases change places, under every client that has selected them.",
    since: "4.0.0",
    complexity: "O(N) for N clients that watch keys or wait for them in these databases",
    group: Group::Server,
    flags: Flags::WRITE.with(Flags::FAST),
    categories: Categories::KEYSPACE.with(Categories::DANGEROUS),
    run: Some(swapdb),
    ..Command::DEFAULT
};

fn swapdb(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let mut number = |message| {
        let number = parse_i64(args.next()?).filter(|&number| i32::try_from(number).is_ok());
        number.ok_or(Error::Static(message))
    };
    let (first, second) = (number("ERR invalid first DB index")?, number("ERR invalid second DB index")?);
    let (first, second) = (existing_database(call, first)?, existing_database(call, second)?);
    call.keyspace.swap_databases(first, second);
    call.reply.ok();
    Ok(())
}

const DBSIZE: Command = Command {
    name: "DBSIZE",
    summary: "Returns how many keys the database has.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::READONLY.with(Flags::FAST),
    categories: Categories::KEYSPACE,
    run: Some(dbsize),
    tips: &["request_policy:all_shards", "response_policy:agg_sum"],
    ..Command::DEFAULT
};

fn dbsize(call: &mut Call, _: Args) -> Result<(), Error> {
    let count = call.keyspace.len(call.client.database);
    call.reply.integer(count as i64);
    Ok(())
}

const FLUSHDB: Command = Command {
    name: "FLUSHDB",
    syntax: "[async: ASYNC@4.0.0 | SYNC@6.2.0]",
    summary: "Removes all keys of the database.",
    since: "1.0.0",
    complexity: "O(N) for N keys in the database",
    group: Group::Server,
    flags: Flags::WRITE,
    categories: Categories::KEYSPACE.with(Categories::DANGEROUS),
    run: Some(flushdb),
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    ..Command::DEFAULT
};

fn flushdb(call: &mut Call, args: Args) -> Result<(), Error> {
    check_flush_mode(args)?;
    call.keyspace.flush(call.client.database);
    call.reply.ok();
    Ok(())
}

const FLUSHALL: Command = Command {
    name: "FLUSHALL",
    syntax: "[async: ASYNC@4.0.0 | SYNC@6.2.0]",
    summary: "Removes all keys of all databases.",
    since: "1.0.0",
    complexity: "O(N) for N keys in all databases",
    group: Group::Server,
    flags: Flags::WRITE,
    categories: Categories::KEYSPACE.with(Categories::DANGEROUS),
    run: Some(flushall),
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    ..Command::DEFAULT
};

fn flushall(call: &mut Call, args: Args) -> Result<(), Error> {
    check_flush_mode(args)?;
    for database in 0..call.keyspace.database_count() {
        call.keyspace.flush(database);
    }
    call.reply.ok();
    Ok(())
}

/// ASYNC and SYNC mean the same here: there is no other thread that could free memory.
fn check_flush_mode(mut args: Args) -> Result<(), Error> {
    if !args.keyword("ASYNC") {
        args.keyword("SYNC");
    }
    args.finish()
}

// --- Replicas ------------------------------------------------------------------------------------------------

const WAIT: Command = Command {
    name: "WAIT",
    syntax: "numreplicas<integer> timeout",
    summary: "Waits until a number of replicas have what this client wrote. There are none here, so it \
              answers 0, after the whole time if any are asked for.",
    since: "3.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::NOSCRIPT,
    categories: Categories::CONNECTION,
    without_categories: Categories::KEYSPACE,
    run: Some(wait),
    tips: &["request_policy:all_shards", "response_policy:agg_min"],
    ..Command::DEFAULT
};

fn wait(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let replicas = args.integer()?;
    let deadline = timeout::milliseconds(args.next()?, call.now)?;
    if replicas <= 0 || !call.block(Wait::Replicas, &[], deadline, OnTimeout::Zero) {
        call.reply.integer(0);
    }
    Ok(())
}
