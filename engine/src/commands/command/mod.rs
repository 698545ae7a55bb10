//! COMMAND: the command table as clients see it. Everything here is read from the declarations; nothing is
//! known of any particular command.

mod docs;
mod info;
mod keys;
mod list;

use super::help;
use crate::command::{Args, Categories, Error, Flags, Group};
use crate::dispatch::{Call, Command};

family![COMMAND];

const COMMAND: Command = Command {
    name: "COMMAND",
    summary: "Describes every command.",
    since: "2.8.13",
    complexity: "O(N), N = commands",
    arity: Some(-1),
    tips: &["nondeterministic_output_order"],
    run: Some(info::command_info),
    subcommands: &[
        COMMAND_COUNT,
        docs::COMMAND_DOCS,
        keys::COMMAND_GETKEYS,
        keys::COMMAND_GETKEYSANDFLAGS,
        COMMAND_HELP,
        info::COMMAND_INFO,
        list::COMMAND_LIST,
    ],
    ..SHARED
};

/// What COMMAND and its subcommands have in common.
const SHARED: Command = Command {
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE),
    categories: Categories::CONNECTION,
    ..Command::DEFAULT
};

const COMMAND_COUNT: Command = Command {
    name: "COUNT",
    summary: "Tells how many commands there are.",
    since: "2.8.13",
    complexity: "O(1)",
    run: Some(command_count),
    ..SHARED
};

fn command_count(call: &mut Call, _: Args) -> Result<(), Error> {
    let count = call.table.rows().filter(|row| row.container.is_none()).count();
    call.reply.integer(count as i64);
    Ok(())
}

const COMMAND_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of COMMAND.",
    since: "5.0.0",
    complexity: "O(1)",
    run: Some(|call, _| help::of_container(call, &COMMAND)),
    ..SHARED
};
