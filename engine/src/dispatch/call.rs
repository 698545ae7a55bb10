//! One call of a command, and what follows it.

use super::permissions::{Attempt, permitted_on_any_key};
use super::{Command, Table, gates};
use crate::base::{Bytes, Time};
use crate::command::{Access, Args, Error, Flags};
use crate::keyspace::{Change, Class, Keyspace, Kind, Touched};
use crate::resp::{Mark, Reply};
use crate::server::acl::Context;
use crate::server::{Client, ReplyMode, Server};
use crate::value::Limits;

/// What the journal holds of a write.
#[derive(Debug, Default)]
pub enum Propagation {
    /// The command as it came.
    #[default]
    Verbatim,
    /// Other commands with the same effect whenever they run: absolute times for relative ones, the members that
    /// were drawn for a random draw, the sum for an addition of floats.
    Rewritten(Vec<Vec<Bytes>>),
}

/// Redis has no such limit and runs out of memory instead.
const REPLY_TOO_LONG: Error = Error::Static("ERR reply exceeds maximum allowed size");

/// Everything a handler may use.
pub struct Call<'a> {
    pub keyspace: &'a mut Keyspace,
    pub server: &'a mut Server,
    pub client: &'a mut Client,
    /// The client's output; `reply.resp3` says which protocol it speaks.
    pub reply: &'a mut Reply,
    pub table: &'a Table,
    pub command: &'static Command,
    /// All words of the call, its name included.
    pub words: &'a [&'a [u8]],
    pub now: Time,
    pub propagation: Propagation,
}

impl Call<'_> {
    /// The client's selected database.
    #[inline]
    pub fn database(&self) -> usize {
        self.client.database
    }

    /// [`Keyspace::read`] in the client's database.
    #[inline]
    pub fn read<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&T>, Error> {
        Ok(self.keyspace.read(self.client.database, key)?)
    }

    /// [`Keyspace::update`] in the client's database.
    #[inline]
    pub fn update<T: Kind, R>(
        &mut self,
        key: &[u8],
        change: impl FnOnce(&mut T, &Limits) -> (R, Touched),
    ) -> Result<Option<R>, Error> {
        Ok(self.keyspace.update(self.client.database, key, change)?)
    }

    /// [`Keyspace::update_or_create`] in the client's database.
    #[inline]
    pub fn update_or_create<T: Kind, R>(
        &mut self,
        key: &[u8],
        change: impl FnOnce(&mut T, &Limits) -> (R, Touched),
    ) -> Result<R, Error> {
        Ok(self.keyspace.update_or_create(self.client.database, key, change)?)
    }

    /// Whether the client may make this call and use every key there may be in this way: for calls that use keys
    /// which do not stand among their words.
    pub fn may_use_any_key(&self, access: Access) -> bool {
        permitted_on_any_key(self.table, self.server, self.client, self.words, access)
    }

    /// Has the journal hold another command instead of this one. May be called several times.
    pub fn propagate(&mut self, argv: &[&[u8]]) {
        if !self.server.journal.on {
            return;
        }
        let argv = argv.iter().map(|argument| Bytes::new(argument)).collect();
        match &mut self.propagation {
            Propagation::Rewritten(commands) => commands.push(argv),
            Propagation::Verbatim => self.propagation = Propagation::Rewritten(vec![argv]),
        }
    }
}

/// Runs one command of a client: finds it, refuses it or calls it, and hands on what it changed.
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
    server.stats.commands_processed += 1;
    let (number, command) = match gates::find(table, argv) {
        Ok(found) => found,
        Err(error) => return refuse(server, reply, mark, &error, None),
    };
    client.last_command = Some(number);
    client.commands += 1;
    let mut attempt = Attempt { table, client, resp3: reply.resp3, number, words: argv, now };
    if let Err(error) = attempt.admit(server, Context::TopLevel) {
        return refuse(server, reply, mark, &error, Some(number));
    }
    if let Err(error) = gates::admit(command, server, keyspace) {
        return refuse(server, reply, mark, &error, Some(number));
    }
    let Some(run) = command.run else { return refuse(server, reply, mark, &Error::wrong_arity(command.name), None) };
    let words = if table.row(number).is_some_and(|row| row.container.is_some()) { 2 } else { 1 };
    let arguments = Args::new(argv.get(words..).unwrap_or_default());
    let database = client.database;
    let dirty = keyspace.counters.dirty;
    keyspace.touching = !client.no_touch;
    let propagation = Propagation::Verbatim;
    let mut call = Call { keyspace, server, client, reply, table, command, words: argv, now, propagation };
    let result = run(&mut call, arguments);
    let propagation = call.propagation;
    let overflowed = reply.take_overflow();
    if let Err(error) = &result {
        refuse(server, reply, mark, error, None);
    } else if overflowed {
        refuse(server, reply, mark, &REPLY_TOO_LONG, None);
    }
    if let Some(stats) = server.stats.per_command.get_mut(number) {
        stats.calls += 1;
        stats.failed += u64::from(result.is_err());
    }
    publish(server, keyspace);
    let may_write = command.flags.has(Flags::WRITE) || command.flags.has(Flags::MAY_REPLICATE);
    if server.journal.on && keyspace.counters.dirty != dirty && may_write {
        match propagation {
            Propagation::Verbatim => server.journal.append(database, argv),
            Propagation::Rewritten(commands) => {
                for argv in &commands {
                    server.journal.append(database, argv);
                }
            }
        }
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
}

/// Whether a command and its number of arguments are such that it could be called.
pub fn exists(table: &Table, argv: &[&[u8]]) -> bool {
    gates::find(table, argv).is_ok()
}

/// Replaces what a command wrote by an error.
fn refuse(server: &mut Server, reply: &mut Reply, mark: Mark, error: &Error, rejected: Option<usize>) {
    reply.truncate(mark);
    let text = error.text();
    server.stats.count_error(&text);
    reply.error(&text);
    if let Some(stats) = rejected.and_then(|number| server.stats.per_command.get_mut(number)) {
        stats.rejected += 1;
    }
}

/// Hands the recorded changes to everything that follows the data. Expired keys enter the journal as deletions,
/// before the command that found them.
pub fn publish(server: &mut Server, keyspace: &mut Keyspace) {
    if !keyspace.has_changes() {
        return;
    }
    let changes = keyspace.take_changes();
    if server.journal.on {
        for change in &changes {
            match change {
                Change::Key { database, key, class: Class::Expired, .. } => {
                    server.journal.append(*database, &[b"DEL".as_slice(), key]);
                }
                Change::FieldsExpired { database, key, fields } => {
                    let words = [b"HDEL".as_slice(), key].into_iter().chain(fields.iter().map(Bytes::as_slice));
                    server.journal.append(*database, &words.collect::<Vec<_>>());
                }
                _ => {}
            }
        }
    }
    if server.events_on {
        server.events.extend(changes);
    }
}
