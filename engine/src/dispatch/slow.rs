//! What is noted of a command that took long.

use super::Command;
use super::redact::redacted;
use crate::base::{Bytes, Time};
use crate::command::Flags;
use crate::server::{Client, Server};

/// Enters a call in the slow log and among the latencies, as far as they want it.
#[inline]
pub fn note(server: &mut Server, client: &Client, command: &Command, argv: &[&[u8]], micros: u64, now: Time) {
    let event = if command.flags.has(Flags::FAST) { "fast-command" } else { "command" };
    server.latency.note(event, micros, now);
    if server.slowlog.wants(micros) && !command.flags.has(Flags::SKIP_SLOWLOG) {
        // What a script calls has no client of its own.
        let nobody = Bytes::default();
        let (address, name) = if client.in_script { ("?:0", &nobody) } else { (&*client.address, &client.name) };
        server.slowlog.add(&redacted(argv), micros, address, name, now);
    }
}
