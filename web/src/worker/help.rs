//! `help` in the terminal, in the form of redis-cli, from the command table.

use engine::command::Group;

use crate::printed::{Printed, Style};

/// What `help` and the words after it print.
pub fn help(words: &[Vec<u8>]) -> Printed {
    match words {
        [] => overview(),
        [group] if group.starts_with(b"@") => {
            let wanted = group.get(1..).unwrap_or_default();
            entries(|entry| entry.group.name().as_bytes().eq_ignore_ascii_case(wanted), group)
        }
        words => entries(|entry| entry.starts_with(words), &words.join(&b' ')),
    }
}

fn overview() -> Printed {
    let mut printed = Printed::default();
    for (sample, meaning) in [
        ("help SET", "how a command is written and what it does"),
        ("help @string", "all commands of a group"),
        ("clear", "empty this transcript"),
        ("5 INCR visits", "run a command several times"),
        (":set nohints", "hide the grey hints; :set hints shows them"),
    ] {
        printed.push(Style::Command, &format!("{sample:<16}"));
        printed.push(Style::Notice, &format!("{meaning}\n"));
    }
    printed.push(
        Style::Notice,
        "Tab completes, the up and down keys bring back earlier lines, Ctrl-C leaves a command that waits.\n",
    );
    printed
}

/// A command or subcommand of the table.
struct Entry {
    container: Option<&'static str>,
    name: &'static str,
    syntax: &'static str,
    summary: &'static str,
    since: &'static str,
    group: Group,
}

impl Entry {
    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.container.into_iter().chain([self.name])
    }

    /// Whether the words asked for are the first of its name.
    fn starts_with(&self, words: &[Vec<u8>]) -> bool {
        words.len() <= self.words().count()
            && words.iter().zip(self.words()).all(|(word, own)| word.eq_ignore_ascii_case(own.as_bytes()))
    }
}

// Not a part of what a terminal does with each line: it is loaded later, and the texts of all commands with it.
#[inline(never)]
fn entries(wanted: impl Fn(&Entry) -> bool, asked: &[u8]) -> Printed {
    let mut printed = Printed::default();
    for command in engine::commands().iter().copied().flatten() {
        let own = Entry {
            container: None,
            name: command.name,
            syntax: command.syntax,
            summary: command.summary,
            since: command.since,
            group: command.group,
        };
        let subcommands = command.subcommands.iter().map(|subcommand| Entry {
            container: Some(command.name),
            name: subcommand.name,
            syntax: subcommand.syntax,
            summary: subcommand.summary,
            since: subcommand.since,
            group: command.group,
        });
        for entry in [own].into_iter().chain(subcommands).filter(|entry| wanted(entry)) {
            print(&entry, &mut printed);
        }
    }
    if printed.is_empty() {
        printed.push(Style::Notice, &format!("There is no help on {}.\n", super::print::text(asked)));
    }
    printed
}

fn print(entry: &Entry, printed: &mut Printed) {
    let name: Vec<_> = entry.words().collect();
    printed.push(Style::Command, &format!("\n  {}", name.join(" ")));
    printed.push(Style::Structure, &format!(" {}\n", entry.syntax));
    for (label, text) in [("summary", entry.summary), ("since", entry.since), ("group", entry.group.name())] {
        printed.push(Style::Notice, &format!("  {label}: "));
        printed.push(Style::Plain, &format!("{text}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: &str, expected: &str) {
        let words: Vec<_> = asked.split_whitespace().map(|word| word.as_bytes().to_vec()).collect();
        let printed = help(&words).text;
        assert!(printed.contains(expected), "help {asked}: {printed}");
    }

    #[test]
    fn finds_commands_groups_and_subcommands() {
        check("", "help SET");
        check("get", "  GET key\n  summary: ");
        check("client id", "  CLIENT ID");
        check("client", "  CLIENT GETNAME");
        check("@string", "  GET key");
        check("nonsense", "There is no help on nonsense.");
        check("get get", "There is no help on get get.");
    }
}
