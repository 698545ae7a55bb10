//! Deadlines of keys.

use crate::dispatch::Command;

pub static COMMANDS: &[Command] = &[];
