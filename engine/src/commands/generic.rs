//! Commands on keys of any type.

use crate::dispatch::Command;

pub static COMMANDS: &[Command] = &[];
