//! The refusals that come before a command runs, in Redis's order: unknown command, wrong number of arguments,
//! not authenticated, not permitted (see [`super::permissions`]), no memory left, not while the client only listens.

use super::{Command, Table, script};
use crate::base::Bytes;
use crate::command::{Error, Flags, quoted};
use crate::server::{Client, Server};

pub const NOT_ENOUGH_REPLICAS: Error = Error::Static("NOREPLICAS Not enough good replicas to write.");
pub const NOT_IN_TRANSACTIONS: Error = Error::Static("ERR Command not allowed inside a transaction");

/// The command that `argv` means, and its number.
///
/// # Errors
/// When there is no such command or subcommand, or the number of arguments does not fit.
#[inline]
pub fn find(table: &Table, argv: &[&[u8]]) -> Result<(usize, &'static Command), Error> {
    let (number, command) = resolve(table, argv)?;
    if !fits(table, number, argv.len()) {
        return Err(Error::wrong_arity(table.row(number).map_or(command.name, |row| &row.name)));
    }
    Ok((number, command))
}

/// Whether a command can have so many words, its name included.
#[inline]
pub fn fits(table: &Table, number: usize, words: usize) -> bool {
    super::table::fits(table.row(number).map_or(0, |row| row.arity), words)
}

/// The command that `argv` means, and its number, whatever the number of arguments.
///
/// # Errors
/// When there is no such command or subcommand.
#[inline]
pub fn resolve(table: &Table, argv: &[&[u8]]) -> Result<(usize, &'static Command), Error> {
    let Some((&name, arguments)) = argv.split_first() else { return Err(Error::Syntax) };
    let found = table.find(name).and_then(|number| Some((number, table.row(number)?)));
    // A subcommand is found by its full name too, which nobody calls it by.
    let Some((mut number, row)) = found.filter(|(_, row)| row.container.is_none()) else {
        return Err(unknown_command(name, arguments));
    };
    let mut command = row.command;
    if !command.subcommands.is_empty()
        && let Some(subcommand) = arguments.first()
    {
        number = table
            .find_subcommand(&row.name, subcommand)
            .ok_or_else(|| Error::UnknownSubcommand { container: command.name, name: Bytes::new(subcommand) })?;
        command = table.row(number).ok_or(Error::Syntax)?.command;
    }
    Ok((number, command))
}

/// Whether the settings let this client use a command that could harm the node.
///
/// # Errors
/// When they do not.
#[cold]
pub fn admit_protected(name: &str, server: &Server, client: &Client) -> Result<(), Error> {
    let (container, setting) = match name.split('|').next() {
        Some("debug") => ("DEBUG", "enable-debug-command"),
        _ => ("MODULE", "enable-module-command"),
    };
    match server.config.get(setting) {
        "yes" => Ok(()),
        "local" if client.is_local() => Ok(()),
        _ if client.is_trusted => Ok(()),
        _ => Err(Error::text_of(format!(
            "ERR {container} command not allowed. If the {setting} option is set to \"local\", you can run it from a \
             local connection, otherwise you need to set this option in the configuration file, and then restart the \
             server."
        ))),
    }
}

/// Whether the node may run a command of this client in its present state; `name` is its full one, and `flags` are
/// those of this call.
///
/// # Errors
/// When something speaks against it; the first reason in Redis's order.
#[inline]
pub fn admit(name: &str, flags: Flags, server: &Server, client: &Client, resp3: bool) -> Result<(), Error> {
    if client.transaction.is_some() && flags.has(Flags::NO_MULTI) {
        return Err(NOT_IN_TRANSACTIONS);
    }
    if server.is_exhausted {
        // What a transaction queues takes memory whatever the command is, and EXEC is judged by what is queued.
        let needs_memory = match &client.transaction {
            None => flags.has(Flags::DENYOOM),
            Some(transaction) if flags.has(Flags::RUNS_QUEUE) => transaction.needs_memory,
            Some(_) => !matches!(name, "discard" | "quit" | "reset"),
        };
        if needs_memory {
            return Err(Error::OutOfMemory);
        }
    }
    let writes = flags.has(Flags::WRITE)
        || (flags.has(Flags::RUNS_QUEUE) && client.transaction.as_ref().is_some_and(|transaction| transaction.writes));
    if (writes || name == "ping")
        && !client.is_trusted
        && let Some(error) = server.refuses_writes()
    {
        return Err(error);
    }
    if writes && !client.is_trusted && server.store.needs_replicas {
        return Err(NOT_ENOUGH_REPLICAS);
    }
    if !resp3 && !client.subscriptions.is_empty() && !flags.has(Flags::SUBSCRIBER) {
        return Err(Error::text_of(format!(
            "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in \
             this context"
        )));
    }
    if let Some(suspended) = &server.scripting.suspended
        && !flags.has(Flags::ALLOW_BUSY)
    {
        return Err(script::busy(suspended.run.origin));
    }
    // Redis counts those who monitor as replicas.
    if client.monitor && flags.has_any(Flags::WRITE.with(Flags::READONLY).with(Flags::MAY_REPLICATE)) {
        return Err(Error::Static("ERR Replica can't interact with the keyspace"));
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn unknown_command(name: &[u8], arguments: &[&[u8]]) -> Error {
    // Redis quotes at most 128 bytes of the name and of the arguments together, and of each none from a NUL on.
    const SHOWN: usize = 128;
    let mut text = b"ERR unknown command '".to_vec();
    text.extend(quoted(name).iter().take(SHOWN));
    text.extend_from_slice(b"', with args beginning with: ");
    let mut shown = 0;
    for argument in arguments {
        if shown >= SHOWN {
            break;
        }
        let before = text.len();
        text.push(b'\'');
        text.extend(quoted(argument).iter().take(SHOWN - shown));
        text.extend_from_slice(b"' ");
        shown += text.len() - before;
    }
    Error::Text(Bytes::from(text))
}
