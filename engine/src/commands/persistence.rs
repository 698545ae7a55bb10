//! Snapshots on demand, and the time.

use crate::command::{Args, Categories, Error, Flags, Group};
use crate::dispatch::{Call, Command};

pub static COMMANDS: &[Command] = &[BGSAVE, LASTSAVE, SAVE, TIME];

const SAVE: Command = Command {
    name: "SAVE",
    summary: "Takes a snapshot of all data and stores it.",
    since: "1.0.0",
    complexity: "O(N), N = keys in all databases",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::NO_ASYNC_LOADING).with(Flags::NO_MULTI),
    run: Some(save),
    ..Command::DEFAULT
};

fn save(call: &mut Call, _args: Args) -> Result<(), Error> {
    if call.server.saving_dirty.is_some() {
        return Err(Error::Static("ERR Background save already in progress"));
    }
    call.server.save_requested = true;
    call.reply.ok();
    Ok(())
}

const BGSAVE: Command = Command {
    name: "BGSAVE",
    syntax: "[SCHEDULE]@3.2.2",
    summary: "Takes a snapshot of all data and stores it in the background.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::NO_ASYNC_LOADING),
    run: Some(bgsave),
    ..Command::DEFAULT
};

fn bgsave(call: &mut Call, mut args: Args) -> Result<(), Error> {
    if args.remaining() > 1 || (args.remaining() == 1 && !args.keyword("SCHEDULE")) {
        return Err(Error::Syntax);
    }
    if call.server.saving_dirty.is_some() {
        return Err(Error::Static("ERR Background save already in progress"));
    }
    call.server.save_requested = true;
    call.reply.simple("Background saving started");
    Ok(())
}

const LASTSAVE: Command = Command {
    name: "LASTSAVE",
    summary: "Says when the last snapshot was stored, in seconds since 1970.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
    categories: Categories::ADMIN.with(Categories::DANGEROUS),
    tips: &["nondeterministic_output"],
    run: Some(lastsave),
    ..Command::DEFAULT
};

fn lastsave(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.reply.integer(call.server.last_save.seconds() as i64);
    Ok(())
}

const TIME: Command = Command {
    name: "TIME",
    summary: "Returns the node's time: seconds since 1970, and microseconds within the second.",
    since: "2.6.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
    tips: &["nondeterministic_output"],
    run: Some(time),
    ..Command::DEFAULT
};

fn time(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.reply.array(2);
    call.reply.bulk_integer(call.now.seconds() as i64);
    call.reply.bulk_integer((call.now.0 % 1000 * 1000) as i64);
    Ok(())
}
