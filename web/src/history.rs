//! What was typed before, as the up and down keys walk through it.
//!
//! Knows nothing of where it is kept; [`History::to_text`] and [`History::from_text`] are the form it is kept in:
//! one line each, the newest last. Never holds an empty line, two equal neighbours or more than [`History::LIMIT`].

/// The lines typed so far, and where in them a person is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    lines: Vec<String>,
    /// Where the person is in `lines`; at its length they are on a line of their own.
    position: usize,
    /// That line, while they look at older ones.
    draft: String,
}

impl History {
    pub const LIMIT: usize = 500;
    /// Longer lines (pasted values) are not worth keeping across visits.
    pub const MAX_LINE_BYTES: usize = 4096;

    pub fn from_text(text: &str) -> History {
        let mut history = History::default();
        history.push_lines(text);
        history
    }

    pub fn to_text(&self) -> String {
        self.lines.join("\n")
    }

    /// Adds lines that were run, of which only the last can stay.
    pub fn push_lines(&mut self, lines: &str) {
        let lines: Vec<&str> = lines.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(Self::LIMIT)).for_each(|line| self.push(line));
    }

    /// Adds a line that was run.
    pub fn push(&mut self, line: &str) {
        let line = line.trim();
        let usable = !line.is_empty() && line.len() <= Self::MAX_LINE_BYTES && !line.contains('\n');
        if usable && self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
        }
        if self.lines.len() > Self::LIMIT {
            self.lines.drain(..self.lines.len() - Self::LIMIT);
        }
        self.position = self.lines.len();
        self.draft.clear();
    }

    /// The line before the shown one; `shown` is kept if it is new. None at the oldest.
    pub fn older(&mut self, shown: &str) -> Option<&str> {
        if self.position == self.lines.len() {
            shown.clone_into(&mut self.draft);
        }
        self.position = self.position.checked_sub(1)?;
        self.lines.get(self.position).map(String::as_str)
    }

    /// The line after the shown one, at the end the line that was begun. None when already there.
    pub fn newer(&mut self) -> Option<&str> {
        if self.position >= self.lines.len() {
            return None;
        }
        self.position += 1;
        Some(self.lines.get(self.position).map_or(self.draft.as_str(), String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_back_and_forth_and_keeps_what_was_begun() {
        let mut history = History::from_text("SET a 1\nGET a\nGET a\n\n  \nDEL a");
        assert_eq!(history.to_text(), "SET a 1\nGET a\nDEL a");
        assert_eq!(history.newer(), None);
        assert_eq!(history.older("HSE"), Some("DEL a"));
        assert_eq!(history.older("DEL a"), Some("GET a"));
        assert_eq!(history.older("GET a"), Some("SET a 1"));
        assert_eq!(history.older("SET a 1"), None);
        assert_eq!(history.newer(), Some("GET a"));
        assert_eq!(history.newer(), Some("DEL a"));
        assert_eq!(history.newer(), Some("HSE"));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn stays_within_its_limits() {
        let mut history = History::default();
        history.push(&"x".repeat(History::MAX_LINE_BYTES + 1));
        assert_eq!(history.older(""), None);
        for number in 0..History::LIMIT + 10 {
            history.push(&format!("SET k {number}"));
        }
        assert_eq!(history.to_text().lines().count(), History::LIMIT);
        assert!(history.to_text().starts_with("SET k 10\n"));
    }
}
