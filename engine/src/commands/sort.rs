//! SORT and SORT_RO.

use crate::dispatch::Command;

pub static COMMANDS: &[Command] = &[];
