//! Making room before a command, when `maxmemory` is exceeded.

use crate::base::Time;
use crate::keyspace::Keyspace;
use crate::server::{Client, Server};

use super::follow;

/// Gives up keys, as `maxmemory-policy` says, until what is in use is no more than `maxmemory`; says whether nothing
/// more can be given up although it is. Where much has to be freed at once it stops before the end, as far as
/// `maxmemory-eviction-tenacity` says, and the next ticks go on. `client` is the one whose command comes next.
#[inline]
pub fn make_room(server: &mut Server, keyspace: &mut Keyspace, client: Option<&mut Client>, now: Time) -> bool {
    // A journal that is replayed holds the deletions.
    if is_ample(server) || !keyspace.expiring || server.scripting.is_running() {
        return false;
    }
    evict(server, keyspace, client, now)
}

/// Whether memory is no concern at all.
#[inline]
pub fn is_ample(server: &Server) -> bool {
    server.max_memory == 0 && server.shortage.since.is_none() && !server.evicting
}

fn evict(server: &mut Server, keyspace: &mut Keyspace, mut client: Option<&mut Client>, now: Time) -> bool {
    let mut excess = server.excess_bytes(keyspace);
    if excess == 0 {
        server.evicting = false;
        server.shortage.note(false, now);
        return false;
    }
    let began = server.timer.read();
    let mut exhausted = false;
    let mut left = server.evictions_at_once;
    server.listen(keyspace);
    while excess > 0 && left > 0 {
        let one = server.timer.read();
        if !keyspace.evict_one() {
            exhausted = true;
            break;
        }
        server.latency.note("eviction-del", server.timer.since(one), now);
        left -= 1;
        excess = server.excess_bytes(keyspace);
        if keyspace.has_changes() {
            follow(server, keyspace, client.as_deref_mut());
            // As in Redis, no part of what the command is about to do.
            server.journal.end_unit();
        }
    }
    server.latency.note("eviction-cycle", server.timer.since(began), now);
    server.evicting = excess > 0 && !exhausted;
    server.shortage.note(excess > 0, now);
    exhausted
}
