//! Text as Lua 5.1 sees it: bytes. Numbers to and from text, printf's conversions and pattern matching.
//!
//! Knows neither values nor heap nor machine; nothing here allocates more than its caller's output asks for, and
//! nothing depends on a C library, so that the answers are the same in a browser.

mod class;
pub mod format;
pub mod number;
pub mod pattern;
