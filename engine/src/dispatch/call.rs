//! One call of a command: what a handler is given, and what it may do beside reading and writing data.

use super::permissions::permitted_on_any_key;
use super::{Command, Table};
use crate::base::{Bytes, Time};
use crate::command::{Access, Error};
use crate::keyspace::{Keyspace, Kind, Touched};
use crate::resp::Reply;
use crate::server::{Blocked, Client, OnTimeout, Request, Server, Wait};
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
    /// How often the command counts as failed although it returns no error: a script's errors are its reply.
    pub failures: u64,
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

    /// [`Keyspace::seek`] in the client's database.
    #[inline]
    pub fn seek<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&T>, Error> {
        Ok(self.keyspace.seek(self.client.database, key)?)
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

    /// Whether the command comes from a journal, which holds what was done and not what was asked for.
    pub fn is_replayed(&self) -> bool {
        !self.keyspace.expiring
    }

    /// Has the journal hold nothing of this command but what is added with [`Call::propagate`].
    pub fn propagate_nothing(&mut self) {
        self.propagation = Propagation::Rewritten(Vec::new());
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

    /// Lets the client wait for one of `keys`, or for what `wait` names, until `deadline`; the command runs again
    /// when that has come. Says whether the client waits: inside a transaction or script nobody does, and the
    /// handler answers as if the time were over.
    pub fn block(&mut self, wait: Wait, keys: &[&[u8]], deadline: Option<Time>, on_timeout: OnTimeout) -> bool {
        let argv = self.words.iter().map(|argument| Bytes::new(argument)).collect();
        self.block_as(argv, wait, keys, deadline, on_timeout)
    }

    /// Asks the host for something and lets the client wait for its answer. Says whether it waits: inside a
    /// transaction or script nobody does, and nothing is asked.
    pub fn ask(&mut self, request: Request) -> bool {
        self.ask_until(request, None, OnTimeout::NullArray)
    }

    /// [`Call::ask`] for a client that waits so long at most.
    pub fn ask_until(&mut self, request: Request, deadline: Option<Time>, on_timeout: OnTimeout) -> bool {
        let waits = self.block(Wait::Host, &[], deadline, on_timeout);
        if waits {
            self.server.store.requests.push_back((self.client.id, request));
        }
        waits
    }

    /// [`Call::block`] with other words to run later than those that came.
    pub fn block_as(
        &mut self,
        argv: Vec<Bytes>,
        wait: Wait,
        keys: &[&[u8]],
        deadline: Option<Time>,
        on_timeout: OnTimeout,
    ) -> bool {
        if !self.client.may_block {
            return false;
        }
        let keys = keys.iter().map(|key| Bytes::new(key)).collect();
        let database = self.client.database;
        let mut blocked = Blocked { wait, database, keys, deadline, on_timeout, since: self.now, argv };
        match self.client.waited {
            // It keeps its place among those who wait, and its time.
            Some((deadline, since)) => (blocked.deadline, blocked.since) = (deadline, since),
            None => self.server.waiters.add(self.client.id, &blocked),
        }
        self.client.blocked = Some(blocked);
        true
    }
}
