//! SCAN and its relatives.

use crate::dispatch::Command;

pub static COMMANDS: &[Command] = &[];
