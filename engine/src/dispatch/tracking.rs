//! How clients that cache on their side are told what they must no longer believe to know.

use std::collections::BTreeMap;

use super::follow::client;
use super::{Command, Table};
use crate::base::{Bytes, order};
use crate::command::{Flags, Group};
use crate::resp::Reply;
use crate::server::{Client, ClientId, Message, Server};

/// Remembers the keys that a command of a client has read, as far as the client's way of tracking asks for it.
#[cold]
pub fn remember(table: &Table, server: &mut Server, client: &Client, number: usize, command: &Command, argv: &[&[u8]]) {
    let remembers = client.tracking.as_ref().is_some_and(|tracks| tracks.remembers());
    // What a script is given as keys counts for nothing; what its commands read does.
    let is_script = command.group == Group::Scripting;
    if !remembers || is_script || !command.flags.has(Flags::READONLY) || !command.has_keys() {
        return;
    }
    let name_words = 1 + usize::from(table.row(number).is_some_and(|row| row.container.is_some()));
    for (word, _) in command.keys_of(name_words, argv) {
        if let Some(key) = argv.get(word) {
            server.tracking.remember(client.id, key);
        }
    }
}

/// Ends what CLIENT CACHING said, after the command or the transaction that it was said for. `number` is the
/// command's, if there is such a one.
#[cold]
pub fn end_caching(table: &Table, client: &mut Client, number: Option<usize>) {
    let row = number.and_then(|number| table.row(number));
    let is_client = row.and_then(|row| row.container).is_some_and(|container| container.name == "CLIENT");
    if client.transaction.is_none()
        && !is_client
        && let Some(tracks) = &mut client.tracking
    {
        tracks.caching = false;
    }
}

/// Notes whom a change of a key concerns. `by` is the client that caused it.
pub fn invalidate(server: &mut Server, current: &mut Option<&mut Client>, key: &Bytes, by: Option<ClientId>) {
    let own = current.as_ref().map(|client| client.id);
    for id in server.tracking.changed(key, by) {
        let Some(tracks) = client(server, current, id).and_then(|client| client.tracking.as_ref()) else { continue };
        if tracks.broadcast || (tracks.no_loop && own == Some(id)) {
            continue;
        }
        let redirect = tracks.redirect;
        server.outbox.add(id, Message::Invalidate { keys: Some(vec![key.clone()]), redirect });
    }
}

/// Tells every client that tracks to forget everything.
pub fn invalidate_all(server: &mut Server, current: &mut Option<&mut Client>) {
    server.tracking.forget_all();
    let mut all: Vec<(ClientId, Option<ClientId>)> = Vec::new();
    let tracks = |client: &Client| client.tracking.as_ref().map(|tracks| (client.id, tracks.redirect));
    all.extend(current.as_deref().and_then(tracks));
    all.extend(server.clients.iter().filter_map(tracks));
    // In the order in which they came, whoever it is that flushes.
    order::sort_by_key(&mut all, |(id, _)| *id);
    for (id, redirect) in all {
        server.outbox.add(id, Message::Invalidate { keys: None, redirect });
    }
}

/// Forgets the keys that the table has no room for, and tells the clients that nobody would tell later. No client
/// may be checked out.
pub fn limit(server: &mut Server) {
    while let Some((key, clients)) = server.tracking.forget_surplus(&mut server.random) {
        for id in clients {
            let Some(tracks) = server.clients.get(id).and_then(|client| client.tracking.as_ref()) else { continue };
            if !tracks.broadcast {
                let redirect = tracks.redirect;
                server.outbox.add(id, Message::Invalidate { keys: Some(vec![key.clone()]), redirect });
            }
        }
    }
}

/// Tells of all changes since the last time those who asked for broadcasts. No client may be checked out.
pub fn broadcast(server: &mut Server) {
    for (clients, keys) in server.tracking.take_broadcasts() {
        for id in clients {
            let Some(tracks) = server.clients.get(id).and_then(|client| client.tracking.as_ref()) else { continue };
            let (redirect, own) = (tracks.redirect, tracks.no_loop.then_some(id));
            let keys = keys_not_by(&keys, own);
            if !keys.is_empty() {
                server.outbox.add(id, Message::Invalidate { keys: Some(keys), redirect });
            }
        }
    }
}

fn keys_not_by(keys: &BTreeMap<Bytes, Option<ClientId>>, own: Option<ClientId>) -> Vec<Bytes> {
    keys.iter().filter(|(_, by)| own.is_none() || **by != own).map(|(key, _)| key.clone()).collect()
}

/// Writes an invalidation for a client that tracks, to itself or where it wants it. A client of RESP2 can only be told
/// as a subscriber, through another one that tracks.
pub fn write(
    server: &mut Server,
    current: &mut Option<(&mut Client, &mut Reply)>,
    id: ClientId,
    keys: Option<&[Bytes]>,
    redirect: Option<ClientId>,
) {
    let Some(resp3) = with_output(server, current, id, |_, reply| reply.resp3) else { return };
    let told = with_output(server, current, redirect.unwrap_or(id), |client, reply| {
        if client.close_after_reply {
            return;
        } else if reply.resp3 {
            reply.push(2);
            reply.bulk(b"invalidate");
        } else if redirect.is_some() && !client.subscriptions.is_empty() {
            reply.push(3);
            reply.bulk(b"message");
            reply.bulk(INVALIDATION_CHANNEL);
        } else {
            return;
        }
        match keys {
            // In the protocol of the client that tracks, whoever reads it: so does Redis.
            None => reply.raw(if resp3 { b"_\r\n" } else { b"$-1\r\n" }),
            Some(keys) => {
                reply.array(keys.len());
                for key in keys {
                    reply.bulk(key);
                }
            }
        }
    });
    if told.is_some() {
        return;
    }
    with_output(server, current, id, |client, reply| {
        if let Some(tracks) = &mut client.tracking {
            tracks.is_redirect_broken = true;
        }
        if reply.resp3 {
            reply.push(2);
            reply.bulk(b"tracking-redir-broken");
            reply.integer(redirect.map_or(0, |id| id.0 as i64));
        }
    });
}

/// Where a client of RESP2 listens for the invalidations that another client asked for.
const INVALIDATION_CHANNEL: &[u8] = b"__redis__:invalidate";

/// A client together with its output, wherever that is held at present.
fn with_output<R>(
    server: &mut Server,
    current: &mut Option<(&mut Client, &mut Reply)>,
    id: ClientId,
    with: impl FnOnce(&mut Client, &mut Reply) -> R,
) -> Option<R> {
    match current {
        Some((client, reply)) if client.id == id => Some(with(client, reply)),
        _ => server.clients.with_output(id, with),
    }
}
