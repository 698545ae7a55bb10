//! The short way of plain commands, those that only read or change data. What could refuse, delay or show one of them
//! is asked once for all that come one behind the other: none of them changes it, and in between nobody has a turn.
//!
//! What always holds: a command that takes the short way does what it does on the long one, [`execute`].

use super::execute::{execute, run};
use super::{Table, hand_out, memory};
use crate::base::Time;
use crate::keyspace::Keyspace;
use crate::resp::Reply;
use crate::server::{Client, ReplyMode, Server};

/// Whether nothing out of the ordinary goes on, as far as it is known.
#[derive(Debug, Default)]
pub struct Calm {
    is_known: bool,
}

/// [`execute`] for the commands that a client sent one behind the other.
#[inline]
#[expect(clippy::too_many_arguments, reason = "the parts of a call, and what is known from the one before")]
pub fn execute_next(
    table: &Table,
    server: &mut Server,
    keyspace: &mut Keyspace,
    client: &mut Client,
    reply: &mut Reply,
    argv: &[&[u8]],
    now: Time,
    calm: &mut Calm,
) {
    let plain = table.find_plain(argv);
    let Some((number, command)) = plain.filter(|_| calm.is_known || is_calm(server, keyspace, client, reply)) else {
        calm.is_known = false;
        return execute(table, server, keyspace, client, reply, argv, now);
    };
    if !calm.is_known {
        calm.is_known = true;
        server.is_exhausted = false;
        keyspace.touching = !client.no_touch;
        server.listen(keyspace);
    }
    client.last_command = Some(number);
    client.commands += 1;
    run(table, server, keyspace, client, reply, number, 1, command, argv, now);
    if server.journal.on {
        server.journal.end_unit();
    }
    if !server.outbox.is_empty() {
        hand_out(server, Some((client, reply)));
    }
}

/// Whether [`execute`] would do no more with a plain command of this client than to run it.
#[inline(never)]
fn is_calm(server: &Server, keyspace: &Keyspace, client: &Client, reply: &Reply) -> bool {
    let node = server.asleep_until.is_none()
        && server.pause.is_none()
        && server.monitors.is_empty()
        && !server.scripting.is_running()
        && !server.store.needs_replicas
        && server.refuses_writes().is_none()
        && memory::is_ample(server)
        && keyspace.expiring;
    node && client.all_powerful_at == server.acl.epoch()
        && client.transaction.is_none()
        && client.tracking.is_none()
        && client.waited.is_none()
        && client.reply_mode == ReplyMode::On
        && !client.monitor
        && (reply.resp3 || client.subscriptions.is_empty())
}
