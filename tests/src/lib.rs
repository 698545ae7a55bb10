//! Conformance: the engine beside a real Redis.
//!
//! | module | what it is |
//! |---|---|
//! | [`process`] | a server as a child process on a free loopback port, stopped when dropped |
//! | [`real`] | the real `redis-server` in a folder of its own |
//! | [`client`] | a TCP client that returns the raw bytes of each reply |
//! | [`stream`] | seeded streams of commands per family, from their grammar |
//! | [`rules`] | how the replies to a command are compared, once per command; [`reply`] is what they look at |
//! | [`scores`] | scores as text, which the versions print with different digits |
//! | [`stream_content`] | what a stream holds, whoever holds it |
//! | [`stream_info`] | what XINFO and XPENDING say of times, which no two servers agree about |
//! | [`known`] | the known differences, each with its reason and the replies that show it |
//! | [`side`] | the real server and ours behind one face |
//! | [`compare`] | one stream on both sides, and all data left behind; [`mod@shrink`] finds the shortest stream |
//! | [`lua`] | small programs on `lua5.1` and on our Lua, and Redis's libraries on the real server |
//! | [`several`] | several clients at once on both sides, and all that each of them is sent |
//! | [`terminal`] | transcripts on the real server, printed by redis-cli (on ours: `lessons::Stage`) |
//! | [`targets`] | what people can feed in, for fuzzing |
//! | [`ended`] | what a program that was asked for something ends with |
//! | [`browser`] | the built page in a real Chromium |
//! | [`wire`] | commands into bytes, and where a reply ends; knows nothing of the engine's own parser |
//!
//! The truth is always the real server. Nothing here decides what a reply should be.

pub mod browser;
pub mod client;
pub mod compare;
pub mod ended;
pub mod known;
pub mod lua;
pub mod process;
pub mod real;
pub mod reply;
pub mod rules;
pub mod scores;
pub mod several;
pub mod shrink;
pub mod side;
pub mod stream;
pub mod stream_content;
pub mod stream_info;
pub mod targets;
pub mod terminal;
pub mod wire;

pub use client::Client;
pub use real::RealServer;
