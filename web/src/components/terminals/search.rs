//! Looking for a line of the history by a part of it, as Ctrl-R does in a shell.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::line::Line;
use crate::shortcuts::Action;

/// A search in the history, under way.
#[derive(Clone)]
pub struct Search {
    wanted: String,
    /// Where in the history the shown line stands.
    at: usize,
    /// Whether the shown line has what is wanted.
    found: bool,
    /// The line as it was before.
    before: String,
}

impl Search {
    /// From the newest line on.
    pub fn new(end: usize, before: String) -> Search {
        Search { wanted: String::new(), at: end, found: false, before }
    }

    /// What stands in place of the prompt.
    pub fn prompt(&self) -> String {
        let failed = if self.found || self.wanted.is_empty() { "" } else { "failed " };
        format!("({failed}reverse-i-search)`{}': ", self.wanted)
    }

    /// The same for those who do not see the prompt.
    pub fn said(&self, line: &str) -> String {
        let Search { wanted, found, .. } = self;
        match found {
            true => format!("Search for {wanted}: {line}"),
            false if wanted.is_empty() => "Search the history: type what to look for".to_owned(),
            false => format!("Nothing earlier has {wanted}"),
        }
    }
}

impl Line {
    /// A key while the history is searched; false if it ends the search and then means what it always does.
    pub fn search_on(self, event: &KeyboardEvent, action: Option<Action>) -> bool {
        let Some(mut search) = self.search.get_untracked() else { return false };
        let key = event.key();
        let is_character = key.chars().count() == 1 && !event.ctrl_key() && !event.alt_key();
        // What was found, with its place.
        let own = |found: Option<(usize, &str)>| found.map(|(at, line)| (at, line.to_owned()));
        let found = match action {
            Some(Action::SearchOlder) => {
                self.history.with_value(|history| own(history.search_older(&search.wanted, search.at)))
            }
            Some(Action::SearchNewer) => {
                self.history.with_value(|history| own(history.search_newer(&search.wanted, search.at)))
            }
            Some(Action::Interrupt) => {
                self.search.set(None);
                self.show(&search.before);
                return true;
            }
            Some(Action::Leave) => {
                self.search.set(None);
                self.changed(&self.value());
                return true;
            }
            None if is_character || key == "Backspace" => {
                if is_character {
                    search.wanted.push_str(&key);
                } else {
                    search.wanted.pop();
                }
                // The shown line may still do, and a longer text may fit an older one only.
                let from = if is_character { search.at + 1 } else { usize::MAX };
                self.history.with_value(|history| own(history.search_older(&search.wanted, from)))
            }
            // Modifiers alone, and keys that a browser keeps.
            None if ["Shift", "Control", "Alt", "AltGraph", "CapsLock"].contains(&key.as_str()) => return true,
            _ => {
                self.search.set(None);
                self.changed(&self.value());
                return false;
            }
        };
        if search.wanted.is_empty() {
            search.found = false;
        } else if let Some((at, line)) = found {
            (search.at, search.found) = (at, true);
            self.show(&line);
        } else {
            search.found = false;
        }
        self.search.set(Some(search));
        true
    }
}
