//! Level 7: the commands. Each file holds one family: every command's declaration beside its handler. The
//! tables below are all there is; a handler that is in none of them is dead code.

/// The tables of a family: its commands as they are declared, and bare.
macro_rules! family {
    ($($command:expr),* $(,)?) => {
        pub static COMMANDS: &[crate::dispatch::Command] = &[$($command),*];
        pub static BARE: &[crate::dispatch::Command] = &[$($command.bare()),*];
    };
}

mod acl;
mod bitmap;
mod client;
mod client_control;
mod client_tracking;
mod cluster;
mod command;
mod config;
mod connection;
mod debug;
mod dump;
mod element;
mod expire;
mod functions;
mod generic;
mod geo;
mod hash;
mod hash_expire;
mod help;
mod hyperloglog;
mod info;
mod latency;
mod list;
mod list_waiting;
mod lolwut;
mod memory;
mod monitor;
mod numkeys;
mod object;
mod persistence;
mod pubsub;
mod random;
mod replication;
mod scan;
mod scripting;
mod set;
mod slowlog;
pub mod snapshot;
mod sort;
mod stream;
mod string;
mod timeout;
mod transactions;
mod zset;

pub use connection::REDIS_VERSION;

use crate::dispatch::Command;

macro_rules! tables {
    ($($($family:ident)::+),* $(,)?) => {
        /// Every command, by family.
        pub fn commands() -> &'static [&'static [Command]] {
            static ALL: &[&[Command]] = &[$($($family)::+::COMMANDS),*];
            ALL
        }

        /// The same without what only the reference tells, for who calls them.
        pub fn bare_commands() -> &'static [&'static [Command]] {
            static ALL: &[&[Command]] = &[$($($family)::+::BARE),*];
            ALL
        }
    };
}

tables![
    connection,
    client,
    command,
    generic,
    expire,
    scan,
    sort,
    object,
    memory,
    string,
    bitmap,
    hyperloglog,
    geo,
    dump,
    hash,
    hash_expire,
    list,
    list_waiting,
    set,
    zset,
    zset::range,
    zset::algebra,
    acl,
    cluster,
    lolwut,
    replication,
    zset::waiting,
    transactions,
    pubsub,
    monitor,
    stream,
    stream::read,
    stream::group,
    stream::pending,
    stream::claim,
    stream::info,
    config,
    info,
    slowlog,
    latency,
    persistence,
    scripting,
    functions,
    debug,
];

/// The command that a bare one was made of.
pub fn told(command: &'static Command) -> &'static Command {
    // A subcommand is not bare.
    if !command.summary.is_empty() {
        return command;
    }
    commands().iter().copied().flatten().find(|told| told.name == command.name).unwrap_or(command)
}
