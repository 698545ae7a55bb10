//! The page and the worker that hosts the engine.
//!
//! # Code map
//!
//! | module | what it is | runs |
//! |---|---|---|
//! | [`protocol`] | the messages between page and worker | both |
//! | [`printed`] | text with styles: what a terminal shows | both |
//! | [`history`], [`url`] | lines typed before; what an address asks for | page |
//! | [`worker`] | the engine's host: terminals, clock, key tree, storage | worker |
//!
//! # What always holds
//!
//! - Only the worker owns an engine, and only it touches the stored data.
//! - No view talks to the worker except through `session`.
//! - Modules that need no browser compile natively and are tested there.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod history;
pub mod printed;
pub mod protocol;
pub mod url;
pub mod worker;
#[cfg(target_arch = "wasm32")]
pub mod page {
    use leptos::prelude::*;
    pub fn start() {
        mount_to_body(|| view! { <h1>"Hello"</h1> });
    }
}
