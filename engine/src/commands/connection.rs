//! The connection family: what concerns the connection itself and no data.

use crate::command::{Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};

pub static COMMANDS: &[Command] = &[PING];

const PING: Command = Command {
    name: "PING",
    syntax: "[message]",
    summary: "Answers PONG, or the message it was given.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Connection,
    flags: Flags::FAST,
    run: Some(ping),
    ..Command::DEFAULT
};

fn ping(call: &mut Call, mut args: Args) -> Result<(), Error> {
    match args.remaining() {
        0 => call.reply.simple("PONG"),
        1 => call.reply.bulk(args.next()?),
        _ => return Err(Error::wrong_arity("ping")),
    }
    Ok(())
}
