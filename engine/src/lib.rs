//! A complete Redis node as a state machine: bytes and a time go in, outputs and a deadline come out.
//!
//! # Code map
//!
//! A module may use only what stands below it; `tests/tidy.rs` reads the `use crate::` lines and fails on an
//! edge that points up.
//!
//! | level | module | what it is |
//! |---|---|---|
//! | 8 | [`node`] | [`Engine`]: clients, timers, outputs |
//! | 8 | [`hint()`] | what redis-cli offers while a person types |
//! | 7 | [`commands`] | one file per command family: each command's declaration beside its handler |
//! | 6 | [`dispatch`] | the ordered refusals and the call itself |
//! | 5 | [`server`] | the node's state, one file per concern |
//! | 4 | [`command`] | what a command declares: syntax, flags, keys, errors |
//! | 4 | [`persist`] | RDB |
//! | 3 | [`keyspace`] | databases, expiry and the one door for writes |
//! | 2 | [`value`] | the data types, without replies |
//! | 1 | [`encoding`] | listpack, intset, quicklist, sorted order, dictionary, HyperLogLog |
//! | 1 | [`resp`] | the protocol and printing as `redis-cli` does |
//! | 0 | [`base`] | bytes, numbers, glob, checksums, random, time |
//!
//! # What always holds
//!
//! - The engine reads no clock, randomness, file, socket or global state. The same [`Options`] and the same
//!   inputs give the same outputs, natively and in wasm.
//! - Handlers announce nothing: every change of data passes through [`keyspace`], which records it.
//! - No input panics. Indexing, `unwrap`, `expect` and `panic!` are denied by lint outside tests.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)
)]

pub mod base;
pub mod command;
pub mod commands;
pub mod dispatch;
pub mod encoding;
pub mod hint;
pub mod keyspace;
pub mod node;
pub mod persist;
pub mod resp;
pub mod server;
pub mod value;

pub use base::Time;
pub use commands::commands;
pub use hint::{Hint, Subject, hint};
pub use node::{ConfigError, Engine, Event, Options, Output, Replayed};
pub use server::ClientId;
