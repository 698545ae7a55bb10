//! `cargo xtask`: what a person working on the project types. Set-up, the page's build, a static server for
//! it, the test steps and the benchmark.
//!
//! Knows nothing of the engine, and depends on next to nothing, because every `cargo xtask` compiles it first. It is a
//! library as well as a program, so that the browser tests serve the same page from the same server.
//!
//! | module | what it is |
//! |---|---|
//! | [`arguments`] | the command line, and the help text |
//! | [`workspace`] | where things are, and running other programs |
//! | [`tools`] | the build tools: the wasm target, Trunk, wasm-bindgen |
//! | [`programs`] | what tests need from the system: redis-server, Chromium, its driver |
//! | [`page`] | building the page |
//! | [`split`] | the page's wasm in two parts: what a visit begins with, and the rest |
//! | [`slim`] | the page's wasm without names for debuggers |
//! | [`stamp`] | the page's version, and its files for the service worker |
//! | [`site`] | serving it |
//! | [`steps`] | `cargo xtask test` |
//! | [`bench`] | `cargo xtask bench` |
//! | [`libtest`] | reading how many tests ran |
//!
//! What always holds: set-up that is already there is neither fetched nor repeated; nothing is written outside
//! the workspace's target folder, `dist` and the per-user cache; a failure is one clear sentence.

pub mod arguments;
pub mod bench;
pub mod libtest;
pub mod page;
pub mod programs;
pub mod site;
pub mod slim;
pub mod split;
pub mod stamp;
pub mod steps;
pub mod tools;
pub mod workspace;

/// What went wrong, as a sentence for the person at the terminal.
pub type Result<T> = std::result::Result<T, String>;
