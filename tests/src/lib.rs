//! Conformance: the engine beside a real Redis.
//!
//! | module | what it is |
//! |---|---|
//! | [`process`] | a server as a child process on a free loopback port, stopped when dropped |
//! | [`real`] | the real `redis-server` in a folder of its own |
//! | [`client`] | a TCP client that returns the raw bytes of each reply |
//! | [`wire`] | commands into bytes, and where a reply ends; knows nothing of the engine's own parser |
//!
//! The truth is always the real server. Nothing here decides what a reply should be.

pub mod client;
pub mod process;
pub mod real;
pub mod stream;
pub mod wire;

pub use client::Client;
pub use real::RealServer;
