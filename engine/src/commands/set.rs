//! Sets.

use crate::dispatch::Command;

pub static COMMANDS: &[Command] = &[];
