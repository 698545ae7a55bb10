//! OBJECT and MEMORY: how a value is stored and what it costs.

use crate::dispatch::Command;

pub static COMMANDS: &[Command] = &[];
