//! Sorted sets.

use crate::dispatch::Command;

pub static COMMANDS: &[Command] = &[];
