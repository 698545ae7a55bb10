//! MONITOR: every command that is run, one a line.

use super::Command;
use super::redact::redacted;
use crate::base::{Bytes, Time};
use crate::command::Flags;
use crate::resp::line::append_quoted;
use crate::server::{Client, Message, Server};

/// Shows a command to those who monitor. Administrative ones are not shown, as in Redis.
pub fn show(server: &mut Server, client: &Client, command: &Command, argv: &[&[u8]], now: Time) {
    if !command.flags.has(Flags::SKIP_MONITOR) && !command.flags.has(Flags::ADMIN) {
        show_always(server, client, argv, now);
    }
}

/// Shows a command, whatever its flags say.
pub fn show_always(server: &mut Server, client: &Client, argv: &[&[u8]], now: Time) {
    let (seconds, micros) = (now.seconds(), now.0 % 1000 * 1000);
    let address = if client.in_script { "lua" } else { &client.address };
    let mut line = format!("{seconds}.{micros:06} [{} {}]", client.database, address).into_bytes();
    for argument in redacted(argv) {
        line.push(b' ');
        append_quoted(&mut line, argument);
    }
    let line = Bytes::from(line);
    for &id in &server.monitors {
        server.outbox.add(id, Message::Line(line.clone()));
    }
}
