//! Looking at how a key is kept: OBJECT.

use super::help;
use crate::command::{Access, Args, Categories, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::Object;
use crate::value::Value;

family![OBJECT];

const OBJECT: Command = Command {
    name: "OBJECT",
    summary: "Shows how a key is kept.",
    since: "2.2.3",
    group: Group::Generic,
    without_categories: Categories::KEYSPACE,
    subcommands: &[ENCODING, FREQ, OBJECT_HELP, IDLETIME, REFCOUNT],
    ..Command::DEFAULT
};

const ENCODING: Command = Command {
    name: "ENCODING",
    syntax: "key",
    summary: "Names the form in which a value is stored, such as listpack or hashtable.",
    since: "2.2.3",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY,
    access: &[Access::RO],
    run: Some(encoding),
    tips: &["nondeterministic_output"],
    ..Command::DEFAULT
};

fn encoding(call: &mut Call, mut args: Args) -> Result<(), Error> {
    match call.keyspace.glance_quietly(call.client.database, args.next()?) {
        Some(object) => call.reply.bulk(object.value.encoding().as_bytes()),
        None => call.reply.null(),
    }
    Ok(())
}

const FREQ: Command = Command {
    name: "FREQ",
    syntax: "key",
    summary: "Returns how often a key is used, under an eviction policy that counts this.",
    since: "4.0.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY,
    access: &[Access::RO],
    run: Some(freq),
    tips: &["nondeterministic_output"],
    ..Command::DEFAULT
};

fn freq(call: &mut Call, mut args: Args) -> Result<(), Error> {
    const NOT_COUNTED: &str = "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note \
                               that when switching between policies at runtime LRU and LFU data will take some time \
                               to adjust.";
    let Some(access) = call.keyspace.glance_quietly(call.client.database, args.next()?).map(|object| object.access)
    else {
        call.reply.null();
        return Ok(());
    };
    if !call.keyspace.access.by_frequency {
        return Err(Error::Static(NOT_COUNTED));
    }
    call.reply.integer(i64::from(call.keyspace.access.frequency(access, call.now)));
    Ok(())
}

const OBJECT_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &OBJECT)),
    ..Command::DEFAULT
};

const IDLETIME: Command = Command {
    name: "IDLETIME",
    syntax: "key",
    summary: "Returns for how many seconds a key has not been used.",
    since: "2.2.3",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY,
    access: &[Access::RO],
    run: Some(idletime),
    tips: &["nondeterministic_output"],
    ..Command::DEFAULT
};

fn idletime(call: &mut Call, mut args: Args) -> Result<(), Error> {
    const NOT_KEPT: &str = "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when \
                            switching between policies at runtime LRU and LFU data will take some time to adjust.";
    let Some(access) = call.keyspace.glance_quietly(call.client.database, args.next()?).map(|object| object.access)
    else {
        call.reply.null();
        return Ok(());
    };
    if call.keyspace.access.by_frequency {
        return Err(Error::Static(NOT_KEPT));
    }
    call.reply.integer(call.keyspace.access.idle_seconds(access, call.now) as i64);
    Ok(())
}

const REFCOUNT: Command = Command {
    name: "REFCOUNT",
    syntax: "key",
    summary: "Returns how many owners a value has: 1, or for a small integer a number that stands for all of them.",
    since: "2.2.3",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::READONLY,
    access: &[Access::RO],
    run: Some(refcount),
    tips: &["nondeterministic_output"],
    ..Command::DEFAULT
};

fn refcount(call: &mut Call, mut args: Args) -> Result<(), Error> {
    match call.keyspace.glance_quietly(call.client.database, args.next()?) {
        Some(object) => call.reply.integer(owners(object)),
        None => call.reply.null(),
    }
    Ok(())
}

/// Redis keeps one object for each of these integers and says that all keys of the world hold it. Here they stand
/// in the key's own entry; the answer is the one that clients know.
fn owners(object: &Object) -> i64 {
    const SHARED_INTEGERS: core::ops::Range<i64> = 0..10_000;
    match &object.value {
        Value::String(string) if string.stored_int().is_some_and(|number| SHARED_INTEGERS.contains(&number)) => {
            i64::from(i32::MAX)
        }
        _ => 1,
    }
}
