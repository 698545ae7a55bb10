//! `key: value` lines, as they stand in a lesson's front matter and in a `workload` fence.

use crate::problem::{Problem, quote};

const MAX_SETTINGS: usize = 64;

/// The settings of one block, each to be taken out by name; what is left over at the end is unknown.
pub(crate) struct Settings<'a> {
    entries: Vec<(usize, &'a str, &'a str)>,
    first_line: usize,
}

impl<'a> Settings<'a> {
    pub(crate) fn parse(lines: impl Iterator<Item = &'a str>, first_line: usize) -> Result<Settings<'a>, Problem> {
        let mut entries = Vec::new();
        for (offset, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let number = first_line.saturating_add(offset);
            let (key, value) = line.split_once(':').map(|(key, value)| (key.trim(), value.trim())).unwrap_or_default();
            if key.is_empty() || value.is_empty() {
                return Err(Problem::new(number, format!("a setting is \"name: value\", not {}", quote(line))));
            }
            if entries.len() >= MAX_SETTINGS {
                return Err(Problem::new(number, format!("more than {MAX_SETTINGS} settings")));
            }
            entries.push((number, key, value));
        }
        Ok(Settings { entries, first_line })
    }

    /// The values of every `key` line, with their lines.
    pub(crate) fn take_all(&mut self, key: &str) -> Vec<(usize, &'a str)> {
        let taken = self.entries.iter().filter(|(_, name, _)| *name == key).map(|(line, _, value)| (*line, *value));
        let taken = taken.collect();
        self.entries.retain(|(_, name, _)| *name != key);
        taken
    }

    /// The value of `key`, which stands exactly once.
    pub(crate) fn take(&mut self, key: &str) -> Result<(usize, &'a str), Problem> {
        match self.take_all(key).as_slice() {
            [one] => Ok(*one),
            [] => Err(Problem::new(self.first_line, format!("the setting \"{key}: ...\" is missing"))),
            [_, (line, _), ..] => Err(Problem::new(*line, format!("\"{key}\" stands twice"))),
        }
    }

    /// The value of `key` as a whole number in a range.
    pub(crate) fn take_number(&mut self, key: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32, Problem> {
        let (line, value) = self.take(key)?;
        value.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            Problem::new(line, format!("\"{key}\" is a whole number from {least} to {most}, not {}", quote(value)))
        })
    }

    /// Nothing may be left: a misspelt name must not be read over.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        match self.entries.first() {
            Some((line, key, _)) => Err(Problem::new(*line, format!("there is no setting called {}", quote(key)))),
            None => Ok(()),
        }
    }
}
