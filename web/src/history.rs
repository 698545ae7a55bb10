//! What was typed before, as the up and down keys walk through it.
//!
//! Knows nothing of where it is kept; [`History::to_text`] and [`History::from_text`] are the form it is kept in:
//! one line each, the newest last. Never holds an empty line, two equal neighbours or more than [`History::LIMIT`].
//!
//! A command of several rows is one line here; in the kept form another character stands for its line feeds.

/// Unicode's own line separator, which nobody types.
const KEPT_LINE_FEED: &str = "\u{2028}";

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
        text.lines().for_each(|line| history.push(&line.replace(KEPT_LINE_FEED, "\n")));
        history
    }

    pub fn to_text(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|line| line.replace('\n', KEPT_LINE_FEED)).collect();
        lines.join("\n")
    }

    /// Adds commands that were run, of which only the last can stay.
    pub fn push_all<'a>(&mut self, commands: impl Iterator<Item = &'a str>) {
        let commands: Vec<&str> = commands.collect();
        commands.iter().skip(commands.len().saturating_sub(Self::LIMIT)).for_each(|command| self.push(command));
    }

    /// The newest line before this place that contains a text, and its place; the end is [`History::end`].
    pub fn search_older(&self, wanted: &str, before: usize) -> Option<(usize, &str)> {
        let found = self.lines.iter().take(before).rposition(|line| line.contains(wanted))?;
        Some((found, self.lines.get(found)?))
    }

    /// The oldest line after this place that contains a text.
    pub fn search_newer(&self, wanted: &str, after: usize) -> Option<(usize, &str)> {
        let from = after + 1;
        let found = self.lines.iter().skip(from).position(|line| line.contains(wanted))? + from;
        Some((found, self.lines.get(found)?))
    }

    /// The place after the newest line.
    pub fn end(&self) -> usize {
        self.lines.len()
    }

    /// Whether no older line is shown.
    pub fn is_at_end(&self) -> bool {
        self.position >= self.lines.len()
    }

    /// Adds a line that was run.
    pub fn push(&mut self, line: &str) {
        let line = line.trim();
        let usable = !line.is_empty() && line.len() <= Self::MAX_LINE_BYTES;
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
    fn searches_both_ways() {
        let history = History::from_text("SET a 1\nGET a\nSET b 2\nDEL a");
        assert_eq!(history.search_older("SET", history.end()), Some((2, "SET b 2")));
        assert_eq!(history.search_older("SET", 2), Some((0, "SET a 1")));
        assert_eq!(history.search_older("SET", 0), None);
        assert_eq!(history.search_newer("SET", 0), Some((2, "SET b 2")));
        assert_eq!(history.search_newer("SET", 2), None);
        assert_eq!(history.search_older("nothing", history.end()), None);
    }

    #[test]
    fn keeps_commands_of_several_rows() {
        let mut history = History::default();
        history.push_all(["EVAL \"return\n1\" 0", "GET a"].into_iter());
        assert_eq!(History::from_text(&history.to_text()).search_older("EVAL", 9), Some((0, "EVAL \"return\n1\" 0")));
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
