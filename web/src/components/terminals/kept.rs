//! The lines run before, as all terminals and all visits share them.

use engine::resp::quote;

use crate::browser;
use crate::history::History;
use crate::session::Client;

const HISTORY: &str = "history";

/// What terminals and editors have kept so far; none where the browser forbids it.
pub fn history() -> Option<History> {
    browser::remembered(HISTORY).map(|text| History::from_text(&text))
}

/// Keeps a history for all others.
pub fn keep(history: &History) {
    browser::remember(HISTORY, &history.to_text());
}

/// Adds a command that was not typed but stands in a terminal as if it were.
pub fn add(line: &str) {
    let mut history = history().unwrap_or_default();
    history.push(line);
    keep(&history);
}

/// Words as a line that runs them.
pub fn line_of(words: &[impl AsRef<[u8]>]) -> String {
    let quoted: Vec<String> =
        words.iter().map(|word| String::from_utf8_lossy(&quote(word.as_ref())).into_owned()).collect();
    quoted.join(" ")
}

/// Runs a line that a button stands for, and keeps it as if it had been typed.
pub fn run(client: Client, line: &str) {
    add(line);
    client.run(line);
}
