//! What redis-cli offers while a person types: the rest of the syntax in grey, and the commands that a line may
//! become. Reads only the command table; knows nothing of the data.

use crate::base::order;
use crate::command::usage::{self, Piece};
use crate::commands::bare_commands;
use crate::dispatch::Command;
use crate::resp::split_line;

/// What to show beside a line that is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The rest of the syntax, with a space before it where the line does not end in one; empty without a hint.
    pub text: String,
    /// The lines that the Tab key goes through, in alphabetical order.
    pub completions: Vec<String>,
    /// The command that the line begins with, if it is one.
    pub subject: Option<Subject>,
}

/// The command of a line that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// With its container, if it has one.
    pub name: String,
    /// Its arguments, with a mark at those that the end of the line belongs to.
    pub arguments: Vec<Piece>,
}

/// What redis-cli would show for `line`. A word counts only once a space follows it.
pub fn hint(line: &str) -> Hint {
    Hint { text: text(line).unwrap_or_default(), completions: completions(line), subject: subject(line) }
}

/// Unlike in the grey text, a word counts at once, and one whose quotes are still open is a word.
fn subject(line: &str) -> Option<Subject> {
    let (words, is_open) = match split_line(line) {
        Ok(words) => (words, false),
        Err(_) => (["\"", "'"].iter().find_map(|quote| split_line(format!("{line}{quote}")).ok())?, true),
    };
    let in_word = is_open || !line.ends_with(|last: char| last.is_ascii_whitespace());
    let (command, name_words) = find(&words)?;
    let name: Vec<String> =
        words.iter().take(name_words).map(|word| String::from_utf8_lossy(word).to_ascii_uppercase()).collect();
    let typed = words.get(name_words..)?;
    // The end of the name is not yet an argument.
    let arguments = usage::marked(&command.arguments(), typed, in_word && !typed.is_empty());
    let at_name = in_word && typed.is_empty();
    let arguments = arguments.into_iter().map(|it| Piece { current: it.current && !at_name, ..it }).collect();
    Some(Subject { name: name.join(" "), arguments })
}

fn text(line: &str) -> Option<String> {
    let mut words = split_line(line).ok()?;
    let ends_in_space = line.ends_with(|last: char| last.is_ascii_whitespace());
    if !ends_in_space {
        words.pop();
    }
    let (command, name_words) = find(&words)?;
    let rest = crate::command::usage::remaining(&command.arguments(), words.get(name_words..)?)?;
    if rest.is_empty() || ends_in_space { Some(rest) } else { Some(format!(" {rest}")) }
}

/// The command that the words begin with, and how many of them are its name.
fn find(words: &[Vec<u8>]) -> Option<(&'static Command, usize)> {
    let named = |command: &&Command, word: &Vec<u8>| word.eq_ignore_ascii_case(command.name.as_bytes());
    let (first, rest) = words.split_first()?;
    let command = bare_commands().iter().copied().flatten().find(|command| named(command, first))?;
    let subcommand = rest.first().and_then(|second| command.subcommands.iter().find(|sub| named(sub, second)));
    Some(subcommand.map_or((command, 1), |subcommand| (subcommand, 2)))
}

/// The names of commands and subcommands that begin like `line`, also after `help`.
fn completions(line: &str) -> Vec<String> {
    let after_help = line.get(..4).filter(|start| start.eq_ignore_ascii_case("help")).and(line.get(4..));
    let (before, typed) = match after_help.filter(|rest| rest.starts_with(' ')).map(str::trim_start) {
        Some(typed) => (line.strip_suffix(typed).unwrap_or_default(), typed),
        None => ("", line),
    };
    let begins = |name: &String| name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
    let mut names: Vec<String> =
        bare_commands().iter().copied().flatten().flat_map(full_names).filter(begins).collect();
    order::sort(&mut names);
    names.iter().map(|name| format!("{before}{name}")).collect()
}

/// A command's name, and its subcommands' with its own before them.
fn full_names(command: &'static Command) -> impl Iterator<Item = String> {
    let subcommands = command.subcommands.iter().map(|subcommand| format!("{} {}", command.name, subcommand.name));
    core::iter::once(command.name.to_owned()).chain(subcommands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(hint(line).text, expected, "{line}");
    }

    #[test]
    fn hints_as_redis_cli_does() {
        check("", "");
        check("GET", "");
        check("GET ", "key");
        check("get k", " key");
        check("GET k ", "");
        check("nosuch ", "");
        check("GET \"k", "");
        check("CONFIG ", "");
        check("CONFIG GET ", "parameter [parameter ...]");
        check("set \"a b\" v EX ", "seconds [NX|XX] [GET]");
        check(
            "set k v e",
            " [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL]",
        );
        check("MGET a b ", "[key ...]");
    }

    #[test]
    fn the_subject_follows_the_line() {
        let check = |line: &str, expected: &str| {
            let shown = hint(line).subject.map(|subject| {
                let mark = |it: &Piece| if it.current { format!("<{}>", it.text) } else { it.text.clone() };
                [vec![subject.name], subject.arguments.iter().map(mark).collect()].concat().join(" ")
            });
            assert_eq!(shown.unwrap_or_default(), expected, "{line}");
        };
        check("", "");
        check("GE", "");
        check("get", "GET key");
        check("get ", "GET <key>");
        check("append k \"a b", "APPEND key <value>");
        check("client pause 5", "CLIENT PAUSE <timeout> [WRITE|ALL]");
        check("client ", "CLIENT");
        check("nosuch k", "");
    }

    #[test]
    fn completes_names() {
        let check = |line: &str, expected: &[&str]| assert_eq!(hint(line).completions, expected, "{line}");
        check("getr", &["GETRANGE"]);
        check("config g", &["CONFIG GET"]);
        check("help config g", &["help CONFIG GET"]);
        check("HELP  getd", &["HELP  GETDEL"]);
        check("GET k", &[]);
        check("é", &[]);
        assert_eq!(hint("").completions.len(), bare_commands().iter().copied().flatten().flat_map(full_names).count());
    }
}
