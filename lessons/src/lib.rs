//! The course: lessons as Markdown with executable transcripts, their parser and their checker.
//!
//! | module | what it is |
//! |---|---|
//! | [`lesson`] | one lesson: settings, prose, transcripts, exercises |
//! | [`transcript`] | commands with the replies they print: parser and comparison |
//! | [`markdown`] | the part of Markdown a lesson may use, as a tree |
//! | [`course`] | the lessons themselves |
//! | [`mod@play`] | performing steps and proving a lesson; [`Stage`] performs them in this process |
//! | [`workload`] | traffic in the background of a lesson |
//! | [`reference`] | the pages of the commands |
//! | [`conformance`] | transcript files that are replayed on two servers |
//!
//! What always holds: nothing here reads a clock, a file or a socket; what a parser refuses it names with a line and
//! plain words; no input panics.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod conformance;
pub mod course;
pub mod lesson;
pub mod markdown;
mod pattern;
pub mod play;
mod problem;
pub mod reference;
mod settings;
mod stage;
pub mod transcript;
pub mod workload;

pub use lesson::{Block, Exercise, Lesson};
pub use play::{Failure, play, prove};
pub use problem::Problem;
pub use stage::Stage;
pub use workload::Workload;

/// Everything here that reads what a person wrote, for a fuzzer: must return, whatever the bytes.
pub fn fuzz(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = Lesson::parse(&text);
    let _ = conformance::sections(&text);
    let _ = reference::Group::parse(&text);
    let (transcript, printed) = text.split_once('\u{1}').unwrap_or((&text, &text));
    for step in transcript::parse(transcript, 1).unwrap_or_default() {
        let _ = step.judge(Some(printed)).map_err(|difference| difference.to_string());
    }
}
