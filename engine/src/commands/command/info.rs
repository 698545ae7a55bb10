//! COMMAND and COMMAND INFO: arity, flags, keys and categories.

use super::SHARED;
use crate::command::{Access, Args, BeginSearch, Error, FindKeys, Flags, KeyPositions};
use crate::commands::told;
use crate::dispatch::{Call, Command};
use crate::resp::Reply;

pub const COMMAND_INFO: Command = Command {
    name: "INFO",
    syntax: "[command-name...]",
    summary: "Describes some commands, or all.",
    since: "2.8.13",
    complexity: "O(N), N = commands asked for",
    tips: &["nondeterministic_output_order"],
    history: &[("7.0.0", "Without names it describes all commands.")],
    run: Some(command_info),
    ..SHARED
};

/// COMMAND itself is this without names.
pub fn command_info(call: &mut Call, args: Args) -> Result<(), Error> {
    if args.is_empty() {
        let rows = || call.table.rows().filter(|row| row.container.is_none());
        call.reply.array(rows().count());
        rows().for_each(|row| write_info(call.reply, row.command, &row.name, 1));
        return Ok(());
    }
    call.reply.array(args.remaining());
    for name in args.rest() {
        match call.table.find(name).and_then(|number| call.table.row(number)) {
            Some(row) => write_info(call.reply, row.command, &row.name, 1 + usize::from(row.container.is_some())),
            None => call.reply.null(),
        }
    }
    Ok(())
}

/// Writes what is known of a command, and of its subcommands after that.
fn write_info(reply: &mut Reply, command: &'static Command, name: &str, name_words: usize) {
    let command = told(command);
    let keys = command.key_range(name_words);
    let flags = if keys.movable { command.flags.with(Flags::MOVABLE_KEYS) } else { command.flags };
    reply.array(10);
    reply.bulk(name.as_bytes());
    reply.integer(command.arity(name_words).into());
    write_names(reply, flags.names());
    reply.integer(keys.first.into());
    reply.integer(keys.last.into());
    reply.integer(keys.step.into());
    let categories: Vec<String> = command.acl_categories().names().map(|name| format!("@{name}")).collect();
    write_names(reply, categories.iter().map(String::as_str));
    reply.set(command.tips.len());
    command.tips.iter().for_each(|tip| reply.bulk(tip.as_bytes()));
    let positions = command.key_positions(name_words);
    reply.set(positions.len());
    for (position, access) in positions.iter().zip(command.access) {
        write_key_group(reply, *position, *access);
    }
    match command.subcommands {
        [] => reply.set(0),
        subcommands => {
            reply.array(subcommands.len());
            for subcommand in subcommands {
                let full_name = format!("{name}|{}", subcommand.name.to_ascii_lowercase());
                write_info(reply, subcommand, &full_name, 2);
            }
        }
    }
}

/// Writes a set of statuses.
pub fn write_names<'n>(reply: &mut Reply, names: impl Iterator<Item = &'n str>) {
    let start = reply.defer();
    let mut count = 0;
    for name in names {
        reply.simple(name);
        count += 1;
    }
    reply.finish_set(start, count);
}

fn write_key_group(reply: &mut Reply, (begin, find): KeyPositions, access: Access) {
    reply.map(3);
    reply.bulk(b"flags");
    write_names(reply, access.names());
    reply.bulk(b"begin_search");
    match begin {
        BeginSearch::Unknown => write_search(reply, "unknown", &[]),
        BeginSearch::Index(index) => write_search(reply, "index", &[("index", index)]),
        BeginSearch::Keyword(keyword, from) => {
            start_search(reply, "keyword", 2);
            reply.bulk(b"keyword");
            reply.bulk(keyword.as_bytes());
            reply.bulk(b"startfrom");
            reply.integer(from.into());
        }
    }
    reply.bulk(b"find_keys");
    match find {
        FindKeys::Unknown => write_search(reply, "unknown", &[]),
        FindKeys::Range { last, step, limit } => {
            write_search(reply, "range", &[("lastkey", last), ("keystep", step), ("limit", limit)]);
        }
        FindKeys::Count { count_index, first, step } => {
            write_search(reply, "keynum", &[("keynumidx", count_index), ("firstkey", first), ("keystep", step)]);
        }
    }
}

fn write_search(reply: &mut Reply, kind: &str, numbers: &[(&str, i32)]) {
    start_search(reply, kind, numbers.len());
    for (name, number) in numbers {
        reply.bulk(name.as_bytes());
        reply.integer((*number).into());
    }
}

fn start_search(reply: &mut Reply, kind: &str, fields: usize) {
    reply.map(2);
    reply.bulk(b"type");
    reply.bulk(kind.as_bytes());
    reply.bulk(b"spec");
    reply.map(fields);
}
