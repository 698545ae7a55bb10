//! COMMAND: the command table as clients see it.

use crate::dispatch::Command;

pub static COMMANDS: &[Command] = &[];
