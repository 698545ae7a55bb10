//! Level 7: the commands. Each file holds one family: every command's declaration beside its handler. The
//! tables below are all there is; a handler that is in none of them is dead code.

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
