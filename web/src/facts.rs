//! What the page is told of commands: the facts of the engine's command table, as text, and the search in them.
//!
//! Knows neither the table nor the page; the worker fills it in.

use engine::base::order;
use serde::{Deserialize, Serialize};

/// The groups in the order in which a person meets them: the engine's name and what the page calls it.
pub const GROUPS: [(&str, &str); 16] = [
    ("string", "Strings"),
    ("hash", "Hashes"),
    ("list", "Lists"),
    ("set", "Sets"),
    ("sorted-set", "Sorted sets"),
    ("stream", "Streams"),
    ("bitmap", "Bitmaps"),
    ("hyperloglog", "HyperLogLog"),
    ("geo", "Geo"),
    ("generic", "Keys"),
    ("transactions", "Transactions"),
    ("scripting", "Scripts and functions"),
    ("pubsub", "Publish and subscribe"),
    ("connection", "Connections"),
    ("server", "Server"),
    ("cluster", "Cluster"),
];

/// What the page calls a group; the engine's name for one it does not know.
pub fn group_title(group: &str) -> &str {
    GROUPS.iter().find(|(name, _)| *name == group).map_or(group, |(_, title)| title)
}

/// One line of the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandEntry {
    /// With its container, if it has one.
    pub name: String,
    pub is_subcommand: bool,
    pub group: String,
    pub summary: String,
    pub is_deprecated: bool,
}

/// Everything the table has on a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandFacts {
    /// With its container, if it has one.
    pub name: String,
    pub group: String,
    pub summary: String,
    pub since: String,
    pub complexity: String,
    /// The syntax, argument by argument.
    pub arguments: Vec<String>,
    pub flags: Vec<String>,
    pub categories: Vec<String>,
    /// Which arguments are keys and what becomes of them, in words.
    pub keys: Vec<String>,
    /// Changes over the versions: version and what changed, in the marks of lessons.
    pub history: Vec<(String, String)>,
    pub deprecated: Option<Deprecated>,
    pub subcommands: Vec<CommandFacts>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deprecated {
    pub since: String,
    /// What to use instead, in the marks of lessons.
    pub replaced_by: String,
}

/// The command that a line begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedCommand {
    /// With its container, if it has one.
    pub name: String,
    pub arguments: Vec<SyntaxPiece>,
}

/// One argument of a command's syntax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyntaxPiece {
    pub text: String,
    /// The end of the line belongs to it, or may.
    pub current: bool,
}

/// The entries that fit what a person looks for, the best first; those that fit equally well stay in order.
pub fn search<'a>(entries: &'a [CommandEntry], wanted: &str) -> Vec<&'a CommandEntry> {
    let wanted = wanted.trim().to_ascii_uppercase();
    let mut found: Vec<(u8, &CommandEntry)> =
        entries.iter().filter_map(|entry| Some((rank(entry, &wanted)?, entry))).collect();
    order::sort_by_key(&mut found, |(rank, _)| *rank);
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// How well an entry fits, 0 best: by its whole name, how its name or a word of it begins, a part of its name, and
/// last by all words standing in its summary.
fn rank(entry: &CommandEntry, wanted: &str) -> Option<u8> {
    let name = entry.name.as_str();
    match wanted {
        wanted if name == wanted => Some(0),
        wanted if name.starts_with(wanted) => Some(1),
        wanted if name.split(' ').any(|word| word.starts_with(wanted)) => Some(2),
        wanted if name.contains(wanted) => Some(3),
        wanted => {
            let about = format!("{name} {} {}", entry.summary, group_title(&entry.group)).to_ascii_uppercase();
            wanted.split_whitespace().all(|word| about.contains(word)).then_some(4)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, summary: &str) -> CommandEntry {
        CommandEntry {
            name: name.to_owned(),
            is_subcommand: name.contains(' '),
            group: "string".to_owned(),
            summary: summary.to_owned(),
            is_deprecated: false,
        }
    }

    #[test]
    fn the_best_fit_comes_first() {
        let entries = [
            entry("GETDEL", "Returns a string and deletes it."),
            entry("CONFIG GET", "Returns settings."),
            entry("MGET", "Returns many."),
            entry("GET", "Returns a string."),
            entry("EXPIRE", "Gives a key a time to live."),
        ];
        let names = |wanted| search(&entries, wanted).into_iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names("get"), ["GET", "GETDEL", "CONFIG GET", "MGET"]);
        assert_eq!(names(" time key "), ["EXPIRE"]);
        assert_eq!(names("deletes"), ["GETDEL"]);
        assert_eq!(names("nothing of the kind"), [""; 0]);
        assert_eq!(names("").len(), 5);
    }

    #[test]
    fn every_group_of_the_table_has_a_title() {
        for command in engine::commands().iter().copied().flatten() {
            let group = command.group.name();
            assert!(GROUPS.iter().any(|(name, _)| *name == group), "{group}");
        }
    }
}
