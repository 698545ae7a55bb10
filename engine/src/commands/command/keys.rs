//! COMMAND GETKEYS and GETKEYSANDFLAGS: which words of a call are keys.

use super::{SHARED, info::write_names};
use crate::command::{Args, Error, Flags};
use crate::dispatch::{Call, Command};

pub const COMMAND_GETKEYS: Command = Command {
    name: "GETKEYS",
    summary: "Finds the keys in a command.",
    since: "2.8.13",
    complexity: "O(N), N = words of the command",
    arity: Some(-4),
    run: Some(|call, args| write_keys(call, args, false)),
    ..SHARED
};

pub const COMMAND_GETKEYSANDFLAGS: Command = Command {
    name: "GETKEYSANDFLAGS",
    summary: "Finds the keys in a command and tells what it does with each.",
    since: "7.0.0",
    complexity: "O(N), N = words of the command",
    arity: Some(-4),
    run: Some(|call, args| write_keys(call, args, true)),
    ..SHARED
};

fn write_keys(call: &mut Call, args: Args, with_flags: bool) -> Result<(), Error> {
    let words = args.rest();
    let (command, name_words, arity) = find(call, words).ok_or(Error::Static("ERR Invalid command specified"))?;
    if !command.has_keys() {
        return Err(Error::Static("ERR The command has no key arguments"));
    }
    let count = i32::try_from(words.len()).unwrap_or(i32::MAX);
    if (arity > 0 && count != arity) || count < arity.saturating_neg() {
        return Err(Error::Static("ERR Invalid number of arguments specified for command"));
    }
    let keys = command.keys_of(name_words, words);
    if keys.is_empty() && !command.flags.has(Flags::NO_MANDATORY_KEYS) {
        return Err(Error::Static("ERR Invalid arguments specified for command"));
    }
    call.reply.array(keys.len());
    for (word, access) in keys {
        if with_flags {
            call.reply.array(2);
        }
        call.reply.bulk(words.get(word).copied().unwrap_or_default());
        if with_flags {
            write_names(call.reply, access.names());
        }
    }
    Ok(())
}

/// The command that the words call, how many of them are its name, and its arity.
fn find(call: &Call, words: &[&[u8]]) -> Option<(&'static Command, usize, i32)> {
    let (name, rest) = words.split_first()?;
    let row = call.table.find(name).and_then(|number| call.table.row(number)).filter(|row| row.container.is_none())?;
    match rest.first() {
        Some(subcommand) if row.command.is_container() => {
            let row = call.table.find_subcommand(&row.name, subcommand).and_then(|number| call.table.row(number))?;
            Some((row.command, 2, row.arity))
        }
        _ => Some((row.command, 1, row.arity)),
    }
}
