//! The page and the worker that hosts the engine.
//!
//! # Code map
//!
//! | module | what it is | runs |
//! |---|---|---|
//! | [`protocol`] | the messages between page and worker | both |
//! | [`facts`] | what the page is told of commands | both |
//! | [`printed`] | text with styles: what a terminal shows | both |
//! | `page`, `routes`, `components` | what a person sees | page |
//! | `session` | the page's handle on a worker | page |
//! | `reference` | the texts of the command reference, as they are fetched | page |
//! | `browser` | the few things the page wants from the browser | page |
//! | `listeners` | signals to which what comes and goes listens | page |
//! | `rest` | waiting for the part of the wasm that is loaded later | both |
//! | [`bytes`] | bytes in messages | both |
//! | `transfer` | bytes that change hands with a message | both |
//! | `later` | what the page loads after its start, and how to wait for it | page |
//! | [`typing`] | a line's editing keys, and where a command ends | both |
//! | [`history`], [`url`], [`progress`] | lines typed before; what an address asks for; exercises solved | page |
//! | [`layout`] | how a value stands in memory, as it is drawn | both |
//! | [`visible`], [`json`] | bytes as text that hides nothing; JSON laid out | both |
//! | [`map`] | the map on which places are drawn | page |
//! | [`editing`] | values as tables, and the commands that change them | page |
//! | [`arrangement`], [`shortcuts`] | how terminals are laid out; every key and what it does | page |
//! | [`file_run`] | what a run of a file of commands came to | both |
//! | [`format`] | numbers as people read them | both |
//! | [`load`] | a synthetic workload, as it is asked for | both |
//! | [`metrics`], [`charts`] | what is measured for the charts, and what they draw of it | both |
//! | [`fuzzy`] | finding things by words | page |
//! | [`worker`] | the engine's host: terminals, clock, key tree, storage | worker |
//!
//! # What always holds
//!
//! - Only the worker owns an engine, and only it touches the stored data.
//! - No view talks to the worker except through `session`.
//! - Modules that need no browser compile natively and are tested there.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod arrangement;
#[cfg(target_arch = "wasm32")]
mod browser;
pub mod bytes;
pub mod charts;
#[cfg(target_arch = "wasm32")]
mod components;
pub mod editing;
pub mod facts;
pub mod file_run;
pub mod format;
pub mod fuzzy;
pub mod history;
pub mod json;
#[cfg(target_arch = "wasm32")]
mod later;
pub mod layout;
#[cfg(target_arch = "wasm32")]
mod listeners;
pub mod load;
pub mod map;
pub mod metrics;
#[cfg(target_arch = "wasm32")]
pub mod page;
pub mod printed;
pub mod progress;
pub mod protocol;
#[cfg(target_arch = "wasm32")]
mod reference;
#[cfg(target_arch = "wasm32")]
mod rest;
#[cfg(target_arch = "wasm32")]
mod routes;
#[cfg(target_arch = "wasm32")]
mod session;
pub mod shortcuts;
#[cfg(target_arch = "wasm32")]
mod transfer;
pub mod typing;
pub mod url;
pub mod visible;
pub mod worker;
