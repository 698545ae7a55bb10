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

/// Every command, by family.
pub fn commands() -> &'static [&'static [Command]] {
    static ALL: &[&[Command]] = &[
        connection::COMMANDS,
        client::COMMANDS,
        command::COMMANDS,
        generic::COMMANDS,
        expire::COMMANDS,
        scan::COMMANDS,
        sort::COMMANDS,
        object::COMMANDS,
        memory::COMMANDS,
        string::COMMANDS,
        bitmap::COMMANDS,
        hyperloglog::COMMANDS,
        geo::COMMANDS,
        dump::COMMANDS,
        hash::COMMANDS,
        hash_expire::COMMANDS,
        list::COMMANDS,
        list_waiting::COMMANDS,
        set::COMMANDS,
        zset::COMMANDS,
        zset::range::COMMANDS,
        zset::algebra::COMMANDS,
        acl::COMMANDS,
        cluster::COMMANDS,
        lolwut::COMMANDS,
        replication::COMMANDS,
        zset::waiting::COMMANDS,
        transactions::COMMANDS,
        pubsub::COMMANDS,
        monitor::COMMANDS,
        stream::COMMANDS,
        stream::read::COMMANDS,
        stream::group::COMMANDS,
        stream::pending::COMMANDS,
        stream::claim::COMMANDS,
        stream::info::COMMANDS,
        config::COMMANDS,
        info::COMMANDS,
        slowlog::COMMANDS,
        latency::COMMANDS,
        persistence::COMMANDS,
        scripting::COMMANDS,
        functions::COMMANDS,
        debug::COMMANDS,
    ];
    ALL
}

/// The same without what only the reference tells, for who calls them.
pub fn bare_commands() -> &'static [&'static [Command]] {
    static ALL: &[&[Command]] = &[
        connection::BARE,
        client::BARE,
        command::BARE,
        generic::BARE,
        expire::BARE,
        scan::BARE,
        sort::BARE,
        object::BARE,
        memory::BARE,
        string::BARE,
        bitmap::BARE,
        hyperloglog::BARE,
        geo::BARE,
        dump::BARE,
        hash::BARE,
        hash_expire::BARE,
        list::BARE,
        list_waiting::BARE,
        set::BARE,
        zset::BARE,
        zset::range::BARE,
        zset::algebra::BARE,
        acl::BARE,
        cluster::BARE,
        lolwut::BARE,
        replication::BARE,
        zset::waiting::BARE,
        transactions::BARE,
        pubsub::BARE,
        monitor::BARE,
        stream::BARE,
        stream::read::BARE,
        stream::group::BARE,
        stream::pending::BARE,
        stream::claim::BARE,
        stream::info::BARE,
        config::BARE,
        info::BARE,
        slowlog::BARE,
        latency::BARE,
        persistence::BARE,
        scripting::BARE,
        functions::BARE,
        debug::BARE,
    ];
    ALL
}

/// The command that a bare one was made of.
pub fn told(command: &'static Command) -> &'static Command {
    // A subcommand is not bare.
    if !command.summary.is_empty() {
        return command;
    }
    commands().iter().copied().flatten().find(|told| told.name == command.name).unwrap_or(command)
}
