//! What people can feed in, as functions of bytes that must not panic. `tests/corpus/<name>/` holds inputs that once
//! mattered; `tests/bad_input.rs` replays them, `src/bin/mutate.rs` and the coverage-guided fuzzer find new ones.

use engine::resp::{self, CommandParser};

/// The protocol, both ways, and what a person types.
pub fn resp(bytes: &[u8]) {
    let mut parser = CommandParser::default();
    let mut words = Vec::new();
    while let Ok(resp::Step::Command | resp::Step::Inline(_)) = parser.next(bytes, &mut words) {}
    let _ = resp::parse_values(bytes);
    let _ = resp::split_line(bytes);
}

/// Lesson files and transcripts, and what their replies are compared with.
pub fn lessons(bytes: &[u8]) {
    lessons::fuzz(bytes);
}
