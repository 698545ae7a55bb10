//! The course: lessons as Markdown with executable transcripts, their parser and their checker.
//!
//! | module | what it is |
//! |---|---|
//! | [`lesson`] | one lesson: settings, prose, transcripts, exercises |
//! | [`transcript`] | commands with the replies they print: parser and comparison |
//! | [`markdown`] | the part of Markdown a lesson may use, as a tree |
//! | [`workload`] | traffic in the background of a lesson |
//! | [`conformance`] | transcript files that are replayed on two servers |
//!
//! What always holds: nothing here reads a clock, a file or a socket; what a parser refuses it names with a line and
//! plain words; no input panics.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod conformance;
pub mod lesson;
pub mod markdown;
mod pattern;
mod problem;
mod settings;
pub mod transcript;
pub mod workload;

pub use lesson::{Block, Exercise, Lesson};
pub use problem::Problem;
pub use workload::Workload;
