//! The way of a command: found, refused or queued or called; then what it changed is handed on.

use super::call::{Call, Propagation};
use super::follow::{follow, hand_out};
use super::permissions::Attempt;
use super::{Command, Table, gates, memory, monitor, script, slow, tracking};
use crate::base::{Bytes, Time};
use crate::command::{Args, Error, Flags};
use crate::keyspace::Keyspace;
use crate::resp::{Mark, Reply};
use crate::server::acl::Context;
use crate::server::scripting::Rest;
use crate::server::{Blocked, Client, OnTimeout, ReplyMode, Server, Wait};

/// Redis has no such limit and runs out of memory instead.
const REPLY_TOO_LONG: Error = Error::Static("ERR reply exceeds maximum allowed size");

/// Runs one command of a client: finds it, refuses it, queues it or calls it, and hands on what it changed.
pub fn execute(
    table: &Table,
    server: &mut Server,
    keyspace: &mut Keyspace,
    client: &mut Client,
    reply: &mut Reply,
    argv: &[&[u8]],
    now: Time,
) {
    let mark = reply.mark();
    if client.may_block && (server.asleep_until.is_some_and(|until| now < until) || server.scripting.is_silent()) {
        // A server that sleeps does not even say that it does not know a command.
        hold_back(server, client, argv, now);
        return;
    }
    let admitted = admit(table, server, keyspace, client, reply, argv, now);
    let number = match &admitted {
        Ok((number, ..)) => Some(*number),
        Err((_, found)) => found.map(|(number, _)| number),
    };
    match admitted {
        Err((error, command)) => {
            refuse_call(server, client, reply, mark, &error, command, argv, now);
        }
        Ok((number, command, flags)) => {
            if server.pause.is_some() && is_held_back(server, client, flags, now) {
                hold_back(server, client, argv, now);
                return;
            }
            match &mut client.transaction {
                Some(transaction) if !command.flags.has(Flags::NOT_QUEUED) => {
                    // What will never run is not kept, nor judged.
                    if !transaction.aborted && !client.watching.broken {
                        transaction.push(argv);
                        transaction.writes |= writes(flags);
                        transaction.needs_memory |= flags.has(Flags::DENYOOM);
                    }
                    reply.simple("QUEUED");
                }
                _ => perform(table, server, keyspace, client, reply, number, command, argv, now),
            }
        }
    }
    if client.tracking.is_some() {
        tracking::end_caching(table, client, number);
    }
    match client.reply_mode {
        ReplyMode::On => {}
        ReplyMode::Off => reply.truncate(mark),
        ReplyMode::SkipNext => {
            reply.truncate(mark);
            client.reply_mode = ReplyMode::Skip;
        }
        ReplyMode::Skip => {
            reply.truncate(mark);
            client.reply_mode = ReplyMode::On;
        }
    }
    if server.scripting.is_running() {
        // What a script has done so far is a part of something.
        return;
    }
    server.journal.end_unit();
    if !server.outbox.is_empty() {
        hand_out(server, Some((client, reply)));
    }
}

type Found = (usize, &'static Command);

/// Finds a command and asks all gates, by the flags of this call; an error comes with the command if there is one.
#[inline]
fn admit(
    table: &Table,
    server: &mut Server,
    keyspace: &mut Keyspace,
    client: &mut Client,
    reply: &Reply,
    argv: &[&[u8]],
    now: Time,
) -> Result<(usize, &'static Command, Flags), (Error, Option<Found>)> {
    let (number, command) = gates::find(table, argv).map_err(|error| (error, gates::resolve(table, argv).ok()))?;
    client.last_command = Some(number);
    client.commands += 1;
    let name = table.row(number).map_or(command.name, |row| &row.name);
    if command.flags.has(Flags::PROTECTED)
        && let Err(error) = gates::admit_protected(name, server, client)
    {
        return Err((error, Some((number, command))));
    }
    let context = if client.transaction.is_some() { Context::Multi } else { Context::TopLevel };
    let mut attempt = Attempt { table, client, resp3: reply.resp3, number, words: argv, now };
    attempt.admit(server, context).map_err(|error| (error, Some((number, command))))?;
    server.is_exhausted = memory::make_room(server, keyspace, Some(client), now);
    let flags = script::flags_of_call(server, command, argv);
    match gates::admit(name, flags, server, client, reply.resp3) {
        Ok(()) => Ok((number, command, flags)),
        Err(error) => Err((error, Some((number, command)))),
    }
}

/// Calls a command that nothing speaks against any more: from a client, from a transaction, or again after the
/// client has waited.
#[expect(clippy::too_many_arguments, reason = "these are the parts of a call; `Call` holds them from here on")]
pub fn perform(
    table: &Table,
    server: &mut Server,
    keyspace: &mut Keyspace,
    client: &mut Client,
    reply: &mut Reply,
    number: usize,
    command: &'static Command,
    argv: &[&[u8]],
    now: Time,
) {
    keyspace.touching = !client.no_touch;
    server.listen(keyspace);
    let name_words = if table.row(number).is_some_and(|row| row.container.is_some()) { 2 } else { 1 };
    run(table, server, keyspace, client, reply, number, name_words, command, argv, now);
    if client.tracking.is_some() {
        tracking::remember(table, server, client, number, command, argv);
    }
    if !server.monitors.is_empty() && client.waited.is_none() {
        monitor::show(server, client, command, argv, now);
    }
}

/// Calls a command, accounts for it and hands its changes on to those who follow the data; its name has so many words.
#[inline]
#[expect(clippy::too_many_arguments, reason = "these are the parts of a call; `Call` holds them from here on")]
pub(super) fn run(
    table: &Table,
    server: &mut Server,
    keyspace: &mut Keyspace,
    client: &mut Client,
    reply: &mut Reply,
    number: usize,
    name_words: usize,
    command: &'static Command,
    argv: &[&[u8]],
    now: Time,
) {
    let mark = reply.mark();
    let Some(run) = command.run else {
        return refuse(server, reply, mark, &Error::wrong_arity(command.name), None);
    };
    let arguments = Args::new(argv.get(name_words..).unwrap_or_default());
    let database = client.database;
    let dirty = keyspace.counters.dirty;
    let propagation = Propagation::Verbatim;
    let mut call = Call { keyspace, server, client, reply, table, command, words: argv, now, propagation, failures: 0 };
    let start = call.server.timer.start(command.complexity);
    let result = run(&mut call, arguments);
    let micros = call.server.timer.stop(start);
    let (propagation, failures) = (call.propagation, call.failures);
    let overflowed = reply.take_overflow();
    if let Err(error) = &result {
        refuse(server, reply, mark, error, None);
    } else if overflowed {
        refuse(server, reply, mark, &REPLY_TOO_LONG, None);
    }
    if client.blocked.is_none() {
        let failures = failures + u64::from(result.is_err());
        account(server, keyspace, client, number, command, argv, micros, failures, now);
    }
    if keyspace.has_changes() {
        follow(server, keyspace, Some(client));
    }
    if server.journal.on && keyspace.counters.dirty != dirty {
        match propagation {
            Propagation::Verbatim if writes(command.flags) => server.journal.append(database, argv),
            Propagation::Verbatim => {}
            Propagation::Rewritten(commands) => {
                for argv in &commands {
                    server.journal.append(database, argv);
                }
            }
        }
    }
}

/// Notes that a command was called, how long that took and how often it failed.
#[inline]
#[expect(clippy::too_many_arguments, reason = "what there is to be said of a call")]
pub fn account(
    server: &mut Server,
    keyspace: &Keyspace,
    client: &Client,
    number: usize,
    command: &Command,
    argv: &[&[u8]],
    micros: u64,
    failures: u64,
    now: Time,
) {
    server.stats.commands_processed += 1;
    server.stats.command_micros += micros;
    if let Some(stats) = server.stats.per_command.get_mut(number) {
        stats.calls += 1;
        stats.failed += failures;
        stats.micros = stats.micros.saturating_add(micros);
        if server.stats.tracks_latency {
            stats.latency.record_us(micros);
        }
    }
    if keyspace.expiring {
        slow::note(server, client, command, argv, micros, now);
    }
}

/// Runs the commands of a transaction. A script among them that is not done at the end of its turn keeps those that
/// come after it, and what was answered since `start`.
#[expect(clippy::too_many_arguments, reason = "the parts of a call, and what is to be called")]
pub fn perform_queue(
    table: &Table,
    server: &mut Server,
    keyspace: &mut Keyspace,
    client: &mut Client,
    reply: &mut Reply,
    start: Mark,
    queue: Vec<Vec<Bytes>>,
    now: Time,
) {
    let may_block = core::mem::replace(&mut client.may_block, false);
    client.executing = true;
    let mut queue = queue.into_iter();
    while let Some(words) = queue.next() {
        let words: Vec<&[u8]> = words.iter().map(Bytes::as_slice).collect();
        // It was found when it was queued; commands do not go away.
        let Ok((number, command)) = gates::find(table, &words) else { continue };
        let mut attempt = Attempt { table, client, resp3: reply.resp3, number, words: &words, now };
        match attempt.admit_queued(server) {
            Ok(()) => perform(table, server, keyspace, client, reply, number, command, &words, now),
            Err(error) => reply.error(&error.text()),
        }
        if let Some(suspended) = server.scripting.suspended.as_deref_mut() {
            suspended.transaction = Some(Rest { queue: queue.collect(), reply: reply.since(start).to_vec() });
            reply.truncate(start);
            break;
        }
    }
    client.may_block = may_block;
    client.executing = false;
}

/// Whether a command and its number of arguments are such that it could be called.
pub fn exists(table: &Table, argv: &[&[u8]]) -> bool {
    gates::find(table, argv).is_ok()
}

/// Refuses a command before it is called. What a client queues is lost with it.
#[expect(clippy::too_many_arguments, reason = "the parts of a call that is not made")]
fn refuse_call(
    server: &mut Server,
    client: &mut Client,
    reply: &mut Reply,
    mark: Mark,
    error: &Error,
    found: Option<Found>,
    argv: &[&[u8]],
    now: Time,
) {
    let number = found.map(|(number, _)| number);
    if let Some((_, command)) = found.filter(|(_, command)| command.flags.has(Flags::RUNS_QUEUE)) {
        client.transaction = None;
        server.unwatch(client);
        if !server.monitors.is_empty() {
            monitor::show(server, client, command, argv, now);
        }
        let text = error.text();
        let reason = text.strip_prefix(b"ERR ").unwrap_or(&text);
        let text = [b"EXECABORT Transaction discarded because of: ", reason].concat();
        return refuse(server, reply, mark, &Error::text_of(text), number);
    }
    if let Some(transaction) = &mut client.transaction {
        transaction.aborted = true;
    }
    refuse(server, reply, mark, error, number);
}

/// Replaces what a command wrote by an error.
#[cold]
#[inline(never)]
fn refuse(server: &mut Server, reply: &mut Reply, mark: Mark, error: &Error, rejected: Option<usize>) {
    reply.truncate(mark);
    let text = error.text();
    server.stats.count_error(&text);
    reply.error(&text);
    if let Some(stats) = rejected.and_then(|number| server.stats.per_command.get_mut(number)) {
        stats.rejected += 1;
    }
}

/// Whether CLIENT PAUSE holds back a call with these flags. It holds back no replica, which is what Redis counts those
/// as who monitor.
fn is_held_back(server: &Server, client: &Client, flags: Flags, now: Time) -> bool {
    let Some(pause) = server.pause.filter(|pause| now < pause.until) else { return false };
    // A queue is judged when it is run.
    let queued_writes =
        flags.has(Flags::RUNS_QUEUE) && client.transaction.as_ref().is_some_and(|transaction| transaction.writes);
    client.may_block && !client.monitor && (pause.all || writes(flags) || queued_writes)
}

/// What a pause of writes holds back.
fn writes(flags: Flags) -> bool {
    flags.has(Flags::WRITE) || flags.has(Flags::MAY_REPLICATE)
}

/// Keeps a command until the pause is over.
fn hold_back(server: &mut Server, client: &mut Client, argv: &[&[u8]], now: Time) {
    let blocked = Blocked {
        wait: Wait::Pause,
        database: client.database,
        keys: Vec::new(),
        deadline: None,
        on_timeout: OnTimeout::NullArray,
        since: now,
        argv: argv.iter().map(|argument| Bytes::new(argument)).collect(),
    };
    server.waiters.add(client.id, &blocked);
    client.blocked = Some(blocked);
}
