//! Strings.

use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::encoding::Digits;
use crate::keyspace::{Class, Expiry};
use crate::value::{StringValue, Value};

pub static COMMANDS: &[Command] = &[SET, GET];

const GET: Command = Command {
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

const SET: Command = Command {
    name: "SET",
    syntax: "key value [condition: NX | XX] [GET] [expiration: EX seconds | PX milliseconds \
             | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    summary: "Gives a key a string value, whatever it held before.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_UPDATE],
    run: Some(set),
    ..Command::DEFAULT
};

fn set(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let value = Value::String(StringValue::from_bytes(args.next()?));
    call.keyspace.set(call.client.database, key, value, Expiry::Clear, Class::String, "set");
    call.reply.ok();
    Ok(())
}
