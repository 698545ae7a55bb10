//! SLOWLOG: the commands that took long.

use crate::base::numbers::parse_i64;
use crate::command::{Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};

use super::help;

family![SLOWLOG];

const FLAGS: Flags = Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE);

const SLOWLOG: Command = Command {
    name: "SLOWLOG",
    summary: "Groups the commands about commands that took long.",
    since: "2.2.12",
    complexity: "That of the subcommand",
    group: Group::Server,
    subcommands: &[SLOWLOG_GET, SLOWLOG_HELP, SLOWLOG_LEN, SLOWLOG_RESET],
    ..Command::DEFAULT
};

const SLOWLOG_GET: Command = Command {
    name: "GET",
    syntax: "[count]",
    summary: "Lists commands that took long, the latest first: number, time, microseconds, words, address and name.",
    since: "2.2.12",
    complexity: "O(N), N = entries returned",
    group: Group::Server,
    flags: FLAGS,
    tips: &["request_policy:all_nodes", "nondeterministic_output"],
    history: &[("4.0.0", "The client's address and name.")],
    run: Some(slowlog_get),
    ..Command::DEFAULT
};

fn slowlog_get(call: &mut Call, mut args: Args) -> Result<(), Error> {
    const SHOWN: usize = 10;
    const NEGATIVE: Error = Error::Static("ERR count should be greater than or equal to -1");
    let count = match args.next_if_any() {
        None => SHOWN,
        Some(_) if !args.is_empty() => {
            return Err(Error::wrong_subcommand("SLOWLOG", call.words));
        }
        Some(count) => match parse_i64(count).ok_or(NEGATIVE)? {
            -1 => usize::MAX,
            count => usize::try_from(count).map_err(|_| NEGATIVE)?,
        },
    };
    let log = &call.server.slowlog;
    call.reply.array(log.len().min(count));
    for entry in log.iter().take(count) {
        call.reply.array(6);
        call.reply.integer(entry.id as i64);
        call.reply.integer(entry.time.seconds() as i64);
        call.reply.integer(i64::try_from(entry.micros).unwrap_or(i64::MAX));
        call.reply.array(entry.words.len());
        for word in &entry.words {
            call.reply.bulk(word);
        }
        call.reply.bulk(entry.address.as_bytes());
        call.reply.bulk(&entry.name);
    }
    Ok(())
}

const SLOWLOG_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of SLOWLOG.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &SLOWLOG)),
    ..Command::DEFAULT
};

const SLOWLOG_LEN: Command = Command {
    name: "LEN",
    summary: "Counts the commands that are listed.",
    since: "2.2.12",
    complexity: "O(1)",
    group: Group::Server,
    flags: FLAGS,
    tips: &["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
    run: Some(|call, _| {
        call.reply.integer(call.server.slowlog.len() as i64);
        Ok(())
    }),
    ..Command::DEFAULT
};

const SLOWLOG_RESET: Command = Command {
    name: "RESET",
    summary: "Forgets the commands that took long.",
    since: "2.2.12",
    complexity: "O(N), N = entries",
    group: Group::Server,
    flags: FLAGS,
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    run: Some(|call, _| {
        call.server.slowlog.clear();
        call.reply.ok();
        Ok(())
    }),
    ..Command::DEFAULT
};
