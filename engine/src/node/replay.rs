//! Running a journal: what a start does with its files, and DEBUG LOADAOF.

use super::{Engine, Replayed};
use crate::base::Time;
use crate::commands::snapshot;
use crate::dispatch;
use crate::dispatch::script::Policy;
use crate::persist::aof::{AofError, Records};
use crate::persist::rdb::Summary;
use crate::resp::Reply;
use crate::server::{Client, ClientId};

/// Every RDB file begins so.
const RDB_MAGIC: &[u8] = b"REDIS";

impl Engine {
    /// Runs the commands of an append-only file. A command that is cut off at the end is left out, as Redis does
    /// with `aof-load-truncated yes`.
    ///
    /// # Errors
    /// When the file is no sequence of commands, or holds one that does not exist; nothing was run then.
    pub fn replay(&mut self, aof: &[u8], now: Time) -> Result<Replayed, AofError> {
        let bytes = self.whole_units(aof)?;
        let aof = aof.get(..bytes).unwrap_or(aof);
        self.set_now(now);
        self.keyspace.expiring = false;
        let events = core::mem::replace(&mut self.server.events_on, false);
        let journal = core::mem::replace(&mut self.server.journal.on, false);
        let mut client = Client::new(ClientId(0), now);
        client.is_trusted = true;
        (client.may_block, client.may_suspend) = (false, false);
        let mut reply = Reply::new(false);
        let mut commands = 0;
        for record in Records::new(aof, 0).flatten() {
            let Engine { table, server, keyspace, .. } = self;
            dispatch::execute(table, server, keyspace, &mut client, &mut reply, &record.argv, now);
            reply.clear();
            commands += 1;
        }
        self.keyspace.expiring = true;
        self.server.events_on = events;
        self.server.journal.on = journal;
        Ok(Replayed { commands, bytes })
    }

    /// How many bytes of a file are commands and transactions that are whole.
    fn whole_units(&self, aof: &[u8]) -> Result<usize, AofError> {
        let mut bytes = aof.len();
        // Where a transaction begins that is not whole yet: a writer that was interrupted in it has done nothing of it.
        let mut unit = None;
        for record in Records::new(aof, 0) {
            match record {
                Ok(record) if dispatch::exists(&self.table, &record.argv) => match record.argv.first() {
                    Some(name) if name.eq_ignore_ascii_case(b"MULTI") => unit = Some(record.offset),
                    Some(name) if name.eq_ignore_ascii_case(b"EXEC") => unit = None,
                    _ => {}
                },
                Ok(record) => return Err(AofError::Corrupt { offset: record.offset }),
                Err(AofError::Truncated { offset }) => bytes = offset,
                Err(error) => return Err(error),
            }
        }
        Ok(unit.unwrap_or(bytes))
    }

    /// Puts what a whole journal leads to in place of the data, while clients are connected: a base, which may be an RDB
    /// file, and all that was appended to it.
    ///
    /// # Errors
    /// When it cannot be read; nothing is changed then, unlike in Redis, which ends itself.
    pub(super) fn reload_journal(&mut self, journal: &[u8], now: Time) -> Result<(), String> {
        self.set_now(now);
        let (base, summary) = if journal.starts_with(RDB_MAGIC) {
            snapshot::read(&self.keyspace, journal).map_err(|error| error.to_string())?
        } else {
            (self.keyspace.emptied(), Summary::default())
        };
        let commands = journal.get(summary.bytes..).unwrap_or_default();
        self.whole_units(commands).map_err(|error| error.to_string())?;
        snapshot::load_libraries(&mut self.server, &summary, Policy::Flush).map_err(|error| error.to_string())?;
        self.server.listen(&mut self.keyspace);
        self.keyspace.replace_data(base);
        self.follow();
        let replayed = self.replay(commands, now).map_err(|error| error.to_string());
        self.follow();
        // The files hold it all.
        self.keyspace.counters.dirty = 0;
        replayed.map(|_| ())
    }
}
