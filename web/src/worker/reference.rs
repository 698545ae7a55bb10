//! What the page asks about commands, answered from the engine's command table.

use engine::base::order;
use engine::command::{Access, BeginSearch, FindKeys, KeyPositions};
use engine::dispatch::Command;

use crate::facts::{CommandEntry, CommandFacts, Deprecated};

/// A line on every command and subcommand, in alphabetical order.
pub fn entries() -> Vec<CommandEntry> {
    let mut entries = Vec::new();
    for command in engine::commands().iter().copied().flatten() {
        entries.push(entry(command, None));
        entries.extend(command.subcommands.iter().map(|subcommand| entry(subcommand, Some(command))));
    }
    order::sort_by_key(&mut entries, |entry| entry.name.clone());
    entries
}

fn entry(command: &Command, container: Option<&Command>) -> CommandEntry {
    CommandEntry {
        name: full_name(command, container),
        is_subcommand: container.is_some(),
        group: container.unwrap_or(command).group.name().to_owned(),
        summary: command.summary.to_owned(),
        is_deprecated: command.deprecated.is_some(),
    }
}

/// Everything on a command, with its subcommands, or on one subcommand; names in any case, with a space between.
pub fn facts(name: &str) -> Option<CommandFacts> {
    let (first, second) = name.split_once(' ').map_or((name, None), |(first, second)| (first, Some(second)));
    let mut commands = engine::commands().iter().copied().flatten();
    let command = commands.find(|command| command.name.eq_ignore_ascii_case(first))?;
    let Some(second) = second else { return Some(facts_of(command, None)) };
    let subcommand = command.subcommands.iter().find(|subcommand| subcommand.name.eq_ignore_ascii_case(second))?;
    Some(facts_of(subcommand, Some(command)))
}

fn facts_of(command: &Command, container: Option<&Command>) -> CommandFacts {
    let name_words = if container.is_some() { 2 } else { 1 };
    let arguments = command.arguments();
    let positions = command.key_positions(name_words);
    let texts = |names: Vec<&'static str>| names.into_iter().map(str::to_owned).collect();
    CommandFacts {
        name: full_name(command, container),
        group: container.unwrap_or(command).group.name().to_owned(),
        summary: command.summary.to_owned(),
        since: command.since.to_owned(),
        complexity: command.complexity.to_owned(),
        arguments: arguments.chunks(1).map(engine::command::usage::usage).collect(),
        flags: texts(command.flags.names().collect()),
        categories: command.acl_categories().names().map(|name| format!("@{name}")).collect(),
        keys: positions.iter().zip(command.access).map(|(at, access)| keys(*at, *access, name_words)).collect(),
        history: command.changes(&arguments).into_iter().map(|(since, what)| (since.to_owned(), what)).collect(),
        deprecated: command.deprecated.map(|deprecated| Deprecated {
            since: deprecated.since.to_owned(),
            replaced_by: deprecated.replaced_by.to_owned(),
        }),
        subcommands: command.subcommands.iter().map(|subcommand| facts_of(subcommand, Some(command))).collect(),
    }
}

fn full_name(command: &Command, container: Option<&Command>) -> String {
    match container {
        Some(container) => format!("{} {}", container.name, command.name),
        None => command.name.to_owned(),
    }
}

/// Which arguments a group of keys is, counted from 1 after the command's name, and what becomes of it.
fn keys((begin, find): KeyPositions, access: Access, name_words: usize) -> String {
    let name_words = i32::try_from(name_words).unwrap_or(1);
    let argument = |word: i32| word.saturating_sub(name_words).saturating_add(1);
    let place = match (begin, find) {
        (BeginSearch::Unknown, _) | (_, FindKeys::Unknown) => "depends on the other arguments".to_owned(),
        (BeginSearch::Keyword(word, _), FindKeys::Range { limit: 2, .. }) => {
            format!("the first half of what follows {word}")
        }
        (BeginSearch::Keyword(word, _), _) => format!("what follows {word}"),
        (BeginSearch::Index(first), FindKeys::Range { last: 0, .. }) => format!("argument {}", argument(first)),
        (BeginSearch::Index(first), FindKeys::Range { last, step, .. }) => {
            let each = if step == 2 { "every second one from" } else { "from" };
            let to = match last {
                -1 => "the last".to_owned(),
                -2 => "the one before the last".to_owned(),
                last if last > 0 => format!("argument {}", argument(first.saturating_add(last))),
                _ => "near the end".to_owned(),
            };
            format!("{each} argument {} to {to}", argument(first))
        }
        (BeginSearch::Index(first), FindKeys::Count { count_index, first: after, .. }) => {
            let (count, from) = (first.saturating_add(count_index), first.saturating_add(after));
            format!("from argument {}, as many as argument {} says", argument(from), argument(count))
        }
    };
    let names: Vec<&str> = access.names().collect();
    format!("{place} ({})", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_those_of_the_table() {
        let set = facts("set").unwrap();
        assert_eq!((set.name.as_str(), set.group.as_str(), set.complexity.as_str()), ("SET", "string", "O(1)"));
        assert_eq!(set.arguments.first().map(String::as_str), Some("key"));
        assert!(set.flags.contains(&"write".to_owned()) && set.categories.contains(&"@string".to_owned()));
        assert!(set.history.iter().any(|(since, _)| since == "6.2.0"), "{:?}", set.history);
        let kill = facts("client kill").unwrap();
        assert_eq!((kill.name.as_str(), kill.group.as_str()), ("CLIENT KILL", "connection"));
        assert!(facts("CLIENT").unwrap().subcommands.contains(&kill));
        for name in ["", " ", "nosuch", "client nosuch", "get get", "client kill x"] {
            assert_eq!(facts(name), None, "{name}");
        }
        assert!(facts("getset").unwrap().deprecated.is_some());
    }

    #[test]
    fn keys_are_told_in_words() {
        let check = |name: &str, expected: &[&str]| assert_eq!(facts(name).unwrap().keys, expected, "{name}");
        check("GET", &["argument 1 (RO, access)"]);
        check("DEL", &["from argument 1 to the last (RM, delete)"]);
        check("MSET", &["every second one from argument 1 to the last (OW, update)"]);
        check("BLPOP", &["from argument 1 to the one before the last (RW, access, delete)"]);
        check("ZUNION", &["from argument 2, as many as argument 1 says (RO, access)"]);
        check("XREAD", &["the first half of what follows STREAMS (RO, access)"]);
        check("OBJECT ENCODING", &["argument 1 (RO)"]);
        check("PING", &[]);
    }

    #[test]
    fn every_command_and_subcommand_has_an_entry_and_facts() {
        let entries = entries();
        assert!(entries.len() > 300 && entries.is_sorted_by_key(|entry| &entry.name));
        for entry in &entries {
            let facts = facts(&entry.name).unwrap();
            assert_eq!((&facts.name, &facts.group, &facts.summary), (&entry.name, &entry.group, &entry.summary));
        }
    }
}
