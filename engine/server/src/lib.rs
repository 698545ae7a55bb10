//! The engine behind a TCP port, for redis-cli, redis-benchmark and any client library.
//!
//! One thread waits for sockets and deadlines and calls the engine; see [`host`]. Knows nothing of commands or
//! replies: bytes go in and come out. It is a library as well as a program, so that tests start it in-process.
//!
//! | module | what it is |
//! |---|---|
//! | [`arguments`] | the command line |
//! | [`settings`] | how a server starts |
//! | [`boot`] | what a start finds on the disk |
//! | [`host`] | the loop |
//! | [`socket`] | where clients come in |
//! | [`connection`] | one client's socket and what still has to be sent to it |
//! | [`files`] | snapshot and journal while it runs |
//! | [`journal`] | the append-only file, by the list in [`manifest`] |
//! | [`processor`] | what the processors have spent on it |
//! | [`storing`] | the thread that writes files |
//! | [`snapshot`] | files as a whole |
//! | [`log`] | the log |
//! | [`running`] | a server on a thread of its own |

pub mod arguments;
pub mod boot;
pub mod connection;
pub mod files;
pub mod host;
pub mod journal;
pub mod log;
pub mod manifest;
pub mod processor;
pub mod running;
pub mod settings;
pub mod snapshot;
pub mod socket;
pub mod storing;

pub use host::{Host, Stop, Stopper};
pub use running::Running;
pub use settings::Settings;
