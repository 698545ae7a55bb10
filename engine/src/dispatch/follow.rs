//! What follows a change of the data: the journal, watches, clients that wait, notifications, the page.

use super::tracking;
use crate::base::numbers::i64_to_buffer;
use crate::base::{Bytes, order};
use crate::keyspace::{Change, Class, Keyspace};
use crate::resp::Reply;
use crate::server::{Client, ClientId, Message, Server};

/// Hands the recorded changes to everything that follows the data. Expired keys enter the journal as deletions,
/// before the command that found them. `current` is the client whose command runs; it stands beside the others.
pub fn follow(server: &mut Server, keyspace: &mut Keyspace, mut current: Option<&mut Client>) {
    let changes = keyspace.take_changes();
    if server.tracking.is_active() {
        invalidate(server, &changes, &mut current);
    }
    for change in &changes {
        match change {
            Change::Key { database, key, class, event } => {
                if Change::is_seen_by_watches(*class, event) {
                    for id in server.watchers.of(*database, key) {
                        if let Some(client) = client(server, &mut current, id) {
                            client.watching.broken = true;
                        }
                    }
                }
                if Change::may_end_waiting(*class, event) {
                    server.waiters.touch(*database, key);
                } else if Change::may_end_stream(*class, event) {
                    server.waiters.touch_end(*database, key);
                }
                if server.journal.on && matches!(class, Class::Expired | Class::Evicted) {
                    server.journal.append(*database, &[b"DEL".as_slice(), key]);
                }
                if server.notify.is_on() && server.notify.wants(*class) && !event.is_empty() {
                    notify(server, *database, key, event);
                }
            }
            Change::FieldsExpired { database, key, fields } => {
                if server.journal.on {
                    let words = [b"HDEL".as_slice(), key].into_iter().chain(fields.iter().map(Bytes::as_slice));
                    server.journal.append(*database, &words.collect::<Vec<_>>());
                }
            }
            Change::Flushed { database } => {
                break_watches(server, keyspace, &mut current, *database, false);
                server.waiters.touch_database(*database);
            }
            Change::Swapped { first, second } => {
                for database in [*first, *second] {
                    break_watches(server, keyspace, &mut current, database, true);
                    server.waiters.touch_database(database);
                }
            }
        }
    }
    if server.events_on {
        let is_change = |change: &Change| !matches!(change, Change::Key { class, .. } if !class.is_change());
        server.events.extend(changes.into_iter().filter(is_change));
    }
}

/// Tells the clients that track of changes.
#[cold]
fn invalidate(server: &mut Server, changes: &[Change], current: &mut Option<&mut Client>) {
    // What a script changes nobody did, as in Redis: also a client that does not want to hear of its own changes is
    // told by prefix.
    let own = current.as_ref().filter(|client| !client.in_script).map(|client| client.id);
    for change in changes {
        if let Change::Key { key, class, event, .. } = change
            && Change::is_seen_by_watches(*class, event)
        {
            let by = own.filter(|_| !matches!(class, Class::Expired | Class::Evicted));
            tracking::invalidate(server, current, key, by);
        }
    }
    // FLUSHALL empties many databases and tells of it once. SWAPDB tells nobody, as in Redis.
    if changes.iter().any(|change| matches!(change, Change::Flushed { .. })) {
        tracking::invalidate_all(server, current);
    }
}

pub(super) fn client<'a>(
    server: &'a mut Server,
    current: &'a mut Option<&mut Client>,
    id: ClientId,
) -> Option<&'a mut Client> {
    match current {
        Some(client) if client.id == id => Some(client),
        _ => server.clients.get_mut(id),
    }
}

/// Breaks the watches on keys of a database that lost all its keys, and perhaps got others.
fn break_watches(
    server: &mut Server,
    keyspace: &Keyspace,
    current: &mut Option<&mut Client>,
    database: usize,
    refilled: bool,
) {
    for id in server.watchers.of_database(database) {
        let Some(client) = client(server, current, id) else { continue };
        let changed = client
            .watching
            .keys
            .iter()
            .filter(|watched| watched.database == database)
            .any(|watched| watched.existed || (refilled && keyspace.view_object(database, &watched.key).is_some()));
        client.watching.broken |= changed;
    }
}

/// Publishes an event of the keyspace.
fn notify(server: &mut Server, database: usize, key: &[u8], event: &str) {
    if server.pubsub.is_empty() {
        return;
    }
    let number = i64_to_buffer(database as i64);
    let channel = |kind: &[u8], name: &[u8]| [b"__key", kind, b"@", &number, b"__:", name].concat();
    if server.notify.keyspace() {
        server.pubsub.publish(&mut server.outbox, &channel(b"space", key), event.as_bytes());
    }
    if server.notify.keyevent() {
        server.pubsub.publish(&mut server.outbox, &channel(b"event", event.as_bytes()), key);
    }
}

/// Writes the waiting messages to those they are for. `current` is the client whose command runs, and where its
/// output goes.
pub fn hand_out(server: &mut Server, mut current: Option<(&mut Client, &mut Reply)>) {
    let mut messages = server.outbox.take();
    // What the client itself must forget comes before what the same command published to it, as since Redis 7.2; and
    // after what others must, which shows where one client is told for both.
    if let Some((client, _)) = &current
        && messages.iter().any(|(_, message)| matches!(message, Message::Invalidate { .. }))
    {
        order::sort_by_key(&mut messages, |(id, message)| match message {
            _ if *id != client.id => 0,
            Message::Invalidate { .. } => 1,
            _ => 2,
        });
    }
    for (id, message) in messages {
        if let Message::Invalidate { keys, redirect } = message {
            tracking::write(server, &mut current, id, keys.as_deref(), redirect);
            continue;
        }
        match &mut current {
            Some((client, _)) if client.id == id && client.close_after_reply => {}
            Some((client, reply)) if client.id == id => message.write(reply),
            _ => server.clients.send(id, |reply| message.write(reply)),
        }
    }
}
