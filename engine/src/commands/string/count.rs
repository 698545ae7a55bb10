//! Strings as numbers: INCR and its relatives.

use crate::base::extended::Extended;
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::{Class, Expiry, Touched};
use crate::value::{StringValue, Value};

const FLAGS: Flags = Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST);

pub(super) const INCR: Command = Command {
    name: "INCR",
    syntax: "key",
    summary: "Adds one to the integer that a key holds; a missing key counts as 0.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: FLAGS,
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(|call, mut args| add(call, args.next()?, 1)),
    ..Command::DEFAULT
};

pub(super) const DECR: Command = Command {
    name: "DECR",
    syntax: "key",
    summary: "Subtracts one from the integer that a key holds; a missing key counts as 0.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: FLAGS,
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(|call, mut args| add(call, args.next()?, -1)),
    ..Command::DEFAULT
};

pub(super) const INCRBY: Command = Command {
    name: "INCRBY",
    syntax: "key increment",
    summary: "Adds to the integer that a key holds; a missing key counts as 0.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: FLAGS,
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(|call, mut args| add(call, args.next()?, args.integer()?)),
    ..Command::DEFAULT
};

pub(super) const DECRBY: Command = Command {
    name: "DECRBY",
    syntax: "key decrement",
    summary: "Subtracts from the integer that a key holds; a missing key counts as 0.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: FLAGS,
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(decrby),
    ..Command::DEFAULT
};

fn decrby(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, decrement) = (args.next()?, args.integer()?);
    let increment = decrement.checked_neg().ok_or(Error::Static("ERR decrement would overflow"))?;
    add(call, key, increment)
}

fn add(call: &mut Call, key: &[u8], increment: i64) -> Result<(), Error> {
    let counted = call.update::<StringValue, _>(key, |string, _| {
        let sum = match string.as_int() {
            None => Err(Error::NotInteger),
            Some(number) => number.checked_add(increment).ok_or(Error::IncrementOverflow),
        };
        if let Ok(sum) = sum {
            *string = StringValue::from_int(sum);
        }
        let touched = Touched::when(sum.is_ok(), "incrby");
        (sum, touched)
    })?;
    let sum = match counted {
        Some(sum) => sum?,
        None => {
            let value = Value::String(StringValue::from_int(increment));
            call.keyspace.set(call.client.database, key, value, Expiry::Clear, Class::String, "incrby");
            increment
        }
    };
    call.reply.integer(sum);
    Ok(())
}

pub(super) const INCRBYFLOAT: Command = Command {
    name: "INCRBYFLOAT",
    syntax: "key increment<double>",
    summary: "Adds to the number with a fraction that a key holds; a missing key counts as 0.",
    since: "2.6.0",
    complexity: "O(1)",
    group: Group::String,
    flags: FLAGS,
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(incrbyfloat),
    ..Command::DEFAULT
};

fn incrbyfloat(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, increment) = (args.next()?, args.next()?);
    let added = call.update::<StringValue, _>(key, |string, _| {
        let sum = string.with_bytes(|text| float_sum(text, increment));
        if let Ok(sum) = &sum {
            *string = StringValue::new(sum);
        }
        let touched = Touched::when(sum.is_ok(), "incrbyfloat");
        (sum, touched)
    })?;
    let sum = match added {
        Some(sum) => sum?,
        None => {
            let sum = float_sum(b"0", increment)?;
            let value = Value::String(StringValue::new(&sum));
            call.keyspace.set(call.client.database, key, value, Expiry::Clear, Class::String, "incrbyfloat");
            sum
        }
    };
    call.reply.bulk(&sum);
    // Another machine might round another way.
    call.propagate(&[b"SET", key, &sum, b"KEEPTTL"]);
    Ok(())
}

fn float_sum(text: &[u8], increment: &[u8]) -> Result<Vec<u8>, Error> {
    let value = Extended::parse(text).ok_or(Error::NotFloat)?;
    let increment = Extended::parse(increment).ok_or(Error::NotFloat)?;
    Ok(value.checked_add(increment).ok_or(Error::NanOrInfinity)?.format())
}
