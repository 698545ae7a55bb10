//! The worker: the engine's host.
//!
//! | module | what it is |
//! |---|---|
//! | [`host`] | the engine and everything around it that needs no browser: messages in, messages out |
//! | [`terminal`] | a client as redis-cli would drive it |
//! | `connection` | what the page is told of its connection |
//! | `complete` | the names and options that Tab offers in its line |
//! | `batch` | files of commands |
//! | [`modes`] | redis-cli's modes as its commands |
//! | [`print`], [`help`] | what it prints |
//! | [`clock`] | the time the engine is told |
//! | [`layout`] | how a value stands in memory |
//! | [`keys`], [`key_entries`], [`key_view`], [`key_filter`], [`key_expiry`], [`value_view`] | the key tree and the value shown beside it |
//! | [`edit`], [`inverse`] | commands that an editor makes, and what takes them back |
//! | [`metrics`] | what the charts show |
//! | [`reference`] | what the page asks about commands |
//! | `examples` | the examples of the command reference |
//! | `lesson` | a lesson's data, blocks and exercises |
//! | `workload` | its background traffic |
//! | `load` | a synthetic workload |
//! | `latencies` | how long commands took |
//! | [`recovery`] | what a start makes of the stored data |
//! | `store`, `database` | the stored data in IndexedDB |
//! | `shell` | the host inside a browser's worker: messages, timers, locks |

mod batch;
pub mod bench;
pub mod clock;
mod complete;
mod connection;
pub mod edit;
mod examples;
pub mod help;
pub mod host;
pub mod inverse;
pub mod key_entries;
pub mod key_expiry;
pub mod key_filter;
pub mod key_view;
pub mod keys;
mod latencies;
pub mod layout;
mod lesson;
mod load;
pub mod metrics;
pub mod modes;
pub mod print;
pub mod reference;
pub mod terminal;
pub mod value_view;
mod workload;

#[cfg(target_arch = "wasm32")]
mod database;
pub mod recovery;
#[cfg(target_arch = "wasm32")]
pub mod shell;
#[cfg(target_arch = "wasm32")]
mod store;
