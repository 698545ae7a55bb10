//! The reusable parts of the page.

pub mod terminal;
pub mod transcript;
