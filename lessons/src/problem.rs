//! What is wrong with a lesson file, in words an author can act on.
//!
//! Knows nothing of the grammar. Always names a line of the file, counted from 1.

use std::fmt;

/// The first thing a parser could not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, counted from 1.
    pub line: usize,
    /// What is wrong and, where it helps, what to write instead.
    pub message: String,
}

impl Problem {
    pub fn new(line: usize, message: impl Into<String>) -> Problem {
        Problem { line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Problem {}

/// A short piece of what the author wrote, for a message: long lines are cut, control characters shown as `.`.
pub(crate) fn quote(text: &str) -> String {
    const SHOWN_CHARACTERS: usize = 60;
    let mut shown: String = text.chars().take(SHOWN_CHARACTERS).map(|c| if c.is_control() { '.' } else { c }).collect();
    if text.chars().nth(SHOWN_CHARACTERS).is_some() {
        shown.push_str("...");
    }
    format!("\"{shown}\"")
}
