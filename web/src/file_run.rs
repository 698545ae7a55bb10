//! What a run of a file of commands came to, as it travels from the worker to the page.

use serde::{Deserialize, Serialize};

use crate::visible;

/// How many kinds of errors are told apart.
pub const MAX_KINDS: usize = 20;
/// Of how many errors of a kind the place is kept.
pub const MAX_PLACES: usize = 5;

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub commands: f64,
    pub errors: f64,
    pub bytes_read: f64,
    pub bytes: f64,
    /// The place of a command that waits for its reply.
    pub waits_at: Option<f64>,
}

/// Errors that say the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorKind {
    /// The first of them.
    pub text: String,
    pub count: u64,
    /// Where the first few are: numbers of lines, or in RESP of commands.
    pub places: Vec<u64>,
}

/// Why a run ended before the end of its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stopped {
    ByPerson,
    /// The server closed the connection.
    Closed,
    /// What follows is no RESP, and why.
    Unreadable(String),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub progress: Progress,
    pub kinds: Vec<ErrorKind>,
    pub took_ms: f64,
    /// Where it ended.
    pub last_place: f64,
    pub is_resp: bool,
    pub stopped: Option<Stopped>,
}

/// What a file looks like before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub is_resp: bool,
    /// Lines that are not empty; in RESP unknown.
    pub lines: usize,
    pub first: Vec<String>,
}

impl Preview {
    /// Looks at a file's bytes.
    pub fn of(bytes: &[u8]) -> Preview {
        const FIRST_LINES: usize = 8;
        const MAX_CHARACTERS: usize = 120;
        let is_resp = bytes.starts_with(b"*");
        let lines = || bytes.split(|&byte| byte == b'\n').map(|line| line.trim_ascii()).filter(|line| !line.is_empty());
        let shown = |line: &[u8]| {
            let text = visible::text(line.get(..MAX_CHARACTERS * 4).unwrap_or(line));
            text.chars().take(MAX_CHARACTERS).collect()
        };
        Preview {
            is_resp,
            lines: if is_resp { 0 } else { lines().count() },
            first: lines().take(FIRST_LINES).map(shown).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_looked_at_before_it_runs() {
        let preview = Preview::of(b"SET a 1\r\n\r\n  \nSET b \x1b2\nGET a");
        assert_eq!((preview.is_resp, preview.lines), (false, 3));
        assert_eq!(preview.first, ["SET a 1", "SET b \\x1b2", "GET a"]);
        // What would turn the direction of the line, and hide what runs, is seen.
        assert_eq!(Preview::of("GET \u{202e}a\u{200b}".as_bytes()).first, ["GET \\u{202e}a\\u{200b}"]);
        assert!(Preview::of(b"*1\r\n$4\r\nPING\r\n").is_resp);
        assert_eq!(Preview::of(b"").lines, 0);
    }
}
