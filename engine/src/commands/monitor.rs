//! MONITOR.

use crate::command::{Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};

family![MONITOR];

const MONITOR: Command = Command {
    name: "MONITOR",
    summary: "Shows this connection every command that is run from now on.",
    since: "1.0.0",
    complexity: "O(1); each command after that O(N), N = connections that monitor",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE),
    run: Some(monitor),
    ..Command::DEFAULT
};

fn monitor(call: &mut Call, _args: Args) -> Result<(), Error> {
    if !call.client.may_block {
        return Err(Error::Static("ERR MONITOR isn't allowed for DENY BLOCKING client"));
    }
    if !core::mem::replace(&mut call.client.monitor, true) {
        call.server.monitors.push(call.client.id);
        call.reply.ok();
    }
    Ok(())
}
