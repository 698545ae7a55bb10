//! CLIENT and its subcommands.

use crate::dispatch::Command;

pub static COMMANDS: &[Command] = &[];
