//! What a call that runs a script or function is judged by: not by its command alone, which may do anything, but by
//! what the script or function says of itself.

use super::super::Command;
use crate::command::Flags;
use crate::server::Server;
use crate::server::scripting::{Digest, ScriptFlags, shebang};

/// The flags by which a call is judged before it is run. As in Redis a script that says what it does counts as a
/// command that writes, or as one that does not; one that says nothing, or is not known, counts as its command.
#[inline]
pub fn of_call(server: &Server, command: &Command, argv: &[&[u8]]) -> Flags {
    if !command.flags.has(Flags::RUNS_SCRIPT) {
        return command.flags;
    }
    let said = argv.get(1).and_then(|name| of_script(server, command.name, name));
    said.map_or(command.flags, |said| judged(command.flags, said))
}

/// What the script or function says of itself that a command names by its first argument.
fn of_script(server: &Server, command: &str, named: &[u8]) -> Option<ScriptFlags> {
    let scripting = &server.scripting;
    match command {
        "FCALL" | "FCALL_RO" => scripting.libraries.function(named).map(|function| function.flags),
        "EVAL" | "EVAL_RO" => shebang::of_script(named).ok()?.0,
        _ => scripting.scripts.flags(&Digest::try_from(named.to_ascii_lowercase()).ok()?),
    }
}

fn judged(flags: Flags, said: ScriptFlags) -> Flags {
    let mut flags = flags.without(Flags::STALE.with(Flags::DENYOOM).with(Flags::WRITE).with(Flags::MAY_REPLICATE));
    if !said.has(ScriptFlags::NO_WRITES) {
        flags = flags.with(Flags::WRITE);
        if !said.has(ScriptFlags::ALLOW_OOM) {
            flags = flags.with(Flags::DENYOOM);
        }
    }
    if said.has(ScriptFlags::ALLOW_STALE) {
        flags = flags.with(Flags::STALE);
    }
    flags
}
