//! The engine behind a TCP port, for redis-cli, redis-benchmark and any client library.
//!
//! One thread waits for sockets and deadlines and calls the engine; see [`host`]. Knows nothing of commands or
//! replies: bytes go in and come out. It is a library as well as a program, so that tests start it in-process.
//!
//! | module | what it is |
//! |---|---|
//! | [`settings`] | the command line |
//! | [`host`] | the loop |
//! | [`connection`] | one client's socket and what still has to be sent to it |
//! | [`snapshot`] | the dump file |
//! | [`running`] | a server on a thread of its own |

pub mod connection;
pub mod host;
pub mod running;
pub mod settings;
pub mod snapshot;

pub use host::{Host, Stopper};
pub use running::Running;
pub use settings::Settings;
