//! Clients that wait: served when what they wait for has come, told when their time is over.

use super::execute::{execute, perform};
use super::follow::hand_out;
use super::permissions::Attempt;
use super::{Table, gates};
use crate::base::{Bytes, Time};
use crate::keyspace::Keyspace;
use crate::resp::Reply;
use crate::server::acl::Context;
use crate::server::{Blocked, Client, ClientId, OnTimeout, Server, Wait};

/// Serves the clients that wait for keys which may hold something now, first come first. No client may be checked
/// out.
pub fn serve(table: &Table, server: &mut Server, keyspace: &mut Keyspace, now: Time) {
    while let Some((database, key, clients)) = server.waiters.next_ready() {
        for id in clients {
            let kind = keyspace.view_object(database, &key).map(|object| object.value.type_name());
            let blocked = server.clients.get(id).and_then(|client| client.blocked.as_ref());
            let served = match blocked.map(|blocked| blocked.wait) {
                Some(Wait::Key(wanted)) => kind == Some(wanted),
                Some(Wait::KeyOrItsEnd(_)) => true,
                _ => false,
            };
            if served {
                try_again(table, server, keyspace, id, now);
            }
        }
    }
}

/// Runs the command of a waiting client again. If it still finds nothing, the client keeps its place.
fn try_again(table: &Table, server: &mut Server, keyspace: &mut Keyspace, id: ClientId, now: Time) {
    let Some(mut client) = server.clients.check_out(id) else { return };
    if let Some(blocked) = client.blocked.take() {
        let argv: Vec<&[u8]> = blocked.argv.iter().map(Bytes::as_slice).collect();
        if let Ok((number, command)) = gates::find(table, &argv) {
            client.waited = Some((blocked.deadline, blocked.since));
            let mut reply = core::mem::take(&mut client.reply);
            // Its user may have lost the permission in the meantime.
            let mut attempt = Attempt { table, client: &mut client, resp3: reply.resp3, number, words: &argv, now };
            match attempt.admit(server, Context::TopLevel) {
                Ok(()) => perform(table, server, keyspace, &mut client, &mut reply, number, command, &argv, now),
                Err(error) => reply.error(&error.text()),
            }
            server.journal.end_unit();
            hand_out(server, Some((&mut client, &mut reply)));
            client.reply = reply;
            client.waited = None;
        }
        if client.blocked.is_none() {
            server.waiters.remove(id, &blocked);
            server.resumed.push_back(id);
        }
    }
    server.clients.check_in(client);
}

/// Ends a client's waiting with an answer of the caller's; says whether it did wait. The client must not be
/// checked out.
pub fn release(server: &mut Server, id: ClientId, answer: impl FnOnce(&mut Reply, &Blocked)) -> bool {
    let Some(mut client) = server.clients.check_out(id) else { return false };
    let blocked = server.unblock(&mut client);
    if let Some(blocked) = &blocked {
        answer(&mut client.reply, blocked);
    }
    server.clients.check_in(client);
    blocked.is_some()
}

/// What a client reads when its time is over.
pub fn answer_timeout(reply: &mut Reply, blocked: &Blocked) {
    match blocked.on_timeout {
        OnTimeout::NullArray => reply.null_array(),
        OnTimeout::Ok => reply.ok(),
        OnTimeout::Zero => reply.integer(0),
        OnTimeout::Copies(here) => {
            reply.array(2);
            reply.integer(i64::from(here));
            reply.integer(0);
        }
    }
}

/// Tells the clients whose time is over.
pub fn time_out(server: &mut Server, now: Time) {
    while let Some(id) = server.waiters.next_due(now) {
        release(server, id, answer_timeout);
    }
}

/// Lets those go on whom a pause or a sleep held back, when it is over.
pub fn end_pause(server: &mut Server, now: Time) {
    let pause_ended = server.pause.take_if(|pause| pause.until <= now).is_some();
    let sleep_ended = server.asleep_until.take_if(|until| *until <= now).is_some();
    if pause_ended || sleep_ended {
        server.resumed.extend(server.waiters.paused());
    }
}

/// Runs what a pause held back of a client; perhaps another pause holds it back again. The client must not be checked
/// out.
pub fn run_held_back(table: &Table, server: &mut Server, keyspace: &mut Keyspace, id: ClientId, now: Time) {
    let is_held = |client: &Client| client.blocked.as_ref().is_some_and(|blocked| blocked.wait == Wait::Pause);
    if !server.clients.get(id).is_some_and(is_held) {
        return;
    }
    let Some(mut client) = server.clients.check_out(id) else { return };
    if let Some(blocked) = server.unblock(&mut client) {
        // The caller goes on with it; when it is held back again, only the end of that pause resumes it.
        server.resumed.pop_back();
        let argv: Vec<&[u8]> = blocked.argv.iter().map(Bytes::as_slice).collect();
        let mut reply = core::mem::take(&mut client.reply);
        execute(table, server, keyspace, &mut client, &mut reply, &argv, now);
        client.reply = reply;
    }
    server.clients.check_in(client);
    serve(table, server, keyspace, now);
}
