//! A sandboxed Lua 5.1 in safe Rust.
//!
//! Modules, from the bottom: [`text`] (numbers, printf's conversions, pattern matching).

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)
)]

pub mod text;
