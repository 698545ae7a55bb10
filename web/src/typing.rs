//! Editing a line as a shell does, and where a command that was typed or pasted ends.
//!
//! Knows nothing of the page's field. Positions are bytes and always at a character's boundary; a line may have rows.
//!
//! A line feed ends a command unless it stands inside quotes that a script or JSON has opened: those are typed on
//! several rows. Anything else in open quotes is a slip, and runs to be told so, as in redis-cli.

use crate::shortcuts::Action;

/// Where a script is an argument: the words before it.
const SCRIPTS: [&str; 4] = ["eval", "eval_ro", "script", "function"];
/// Longer texts are not searched for a bracket's other half.
const MAX_MATCHED_BYTES: usize = 16 * 1024;

/// A text and the caret in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edited {
    pub text: String,
    pub at: usize,
}

/// Does what an editing key says; none if it is no such key or there is nothing to do. What is deleted goes to `kept`.
pub fn edit(text: &str, at: usize, action: Action, kept: &mut String) -> Option<Edited> {
    let (before, after) = text.split_at_checked(at)?;
    let row_start = before.rfind('\n').map_or(0, |feed| feed + 1);
    let row_end = after.find('\n').map_or(text.len(), |feed| at + feed);
    let cut = |from: usize, to: usize, kept: &mut String| {
        let gone = text.get(from..to).filter(|gone| !gone.is_empty())?;
        gone.clone_into(kept);
        Some(Edited { text: format!("{}{}", text.get(..from)?, text.get(to..)?), at: from })
    };
    let caret = |at: usize| Some(Edited { text: text.to_owned(), at });
    match action {
        Action::ToStart => caret(row_start),
        Action::ToEnd => caret(row_end),
        Action::WordBack => caret(word_start(before)),
        Action::WordForward => caret(at + word_end(after)),
        Action::DeleteWordBack => cut(spaced_word_start(before), at, kept),
        Action::DeleteWordForward => cut(at, at + word_end(after), kept),
        Action::DeleteToStart => cut(row_start, at, kept),
        // At a row's end, its line feed.
        Action::DeleteToEnd => cut(at, if row_end == at { (at + 1).min(text.len()) } else { row_end }, kept),
        Action::PutBack => Some(Edited { text: format!("{before}{kept}{after}"), at: at + kept.len() }),
        Action::NewRow => Some(Edited { text: format!("{before}\n{after}"), at: at + 1 }),
        Action::Nothing => {
            let next = after.chars().next()?;
            Some(Edited { text: format!("{before}{}", after.get(next.len_utf8()..)?), at })
        }
        _ => None,
    }
}

/// Where the word before the end begins; a word is letters and digits.
fn word_start(before: &str) -> usize {
    let word = before.trim_end_matches(|it: char| !it.is_alphanumeric());
    word.trim_end_matches(char::is_alphanumeric).len()
}

fn word_end(after: &str) -> usize {
    let word = after.trim_start_matches(|it: char| !it.is_alphanumeric());
    after.len() - word.trim_start_matches(char::is_alphanumeric).len()
}

fn spaced_word_start(before: &str) -> usize {
    before.trim_end().trim_end_matches(|it: char| !it.is_whitespace()).len()
}

/// The two halves of the bracket before or at the caret.
pub fn brackets(text: &str, at: usize) -> Option<(usize, usize)> {
    if text.len() > MAX_MATCHED_BYTES {
        return None;
    }
    let here = at.checked_sub(1).into_iter().chain([at]);
    here.filter_map(|position| {
        other_half(text.as_bytes(), position).map(|other| (position.min(other), position.max(other)))
    })
    .next()
}

fn other_half(text: &[u8], from: usize) -> Option<usize> {
    const PAIRS: [(u8, u8); 3] = [(b'(', b')'), (b'[', b']'), (b'{', b'}')];
    let bracket = *text.get(from)?;
    let &(open, close) = PAIRS.iter().find(|(open, close)| [*open, *close].contains(&bracket))?;
    let mut depth = 0usize;
    let mut look = |at: &usize| {
        let byte = text.get(*at).copied().unwrap_or_default();
        if byte == bracket {
            depth += 1;
        } else if byte == open || byte == close {
            depth -= 1;
        }
        depth == 0
    };
    if bracket == open { (from..text.len()).find(&mut look) } else { (0..=from).rev().find(&mut look) }
}

/// How a text goes on after its first command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A line feed here ends it.
    At(usize),
    /// It is all there is.
    Text,
    /// It is all there is, and quotes that may span rows are open.
    Open,
}

/// Where the first command ends. With `lenient`, any open quotes span rows: what was typed row by row is one command.
pub fn first_end(text: &str, lenient: bool) -> End {
    let bytes = text.as_bytes();
    let mut at = 0usize;
    let mut takes_script = false;
    let mut word_from = 0usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => return End::At(at),
            b' ' | b'\t' | b'\r' => {
                let word = bytes.get(word_from..at).unwrap_or_default();
                takes_script |= SCRIPTS.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
                word_from = at + 1;
            }
            b'"' | b'\'' => {
                let from = at + 1;
                let rest = bytes.get(from..).unwrap_or_default();
                let spans = lenient || takes_script || is_json(rest);
                // Quotes that do not span rows are looked for in their own row only.
                let feed = if spans { None } else { rest.iter().position(|&it| it == b'\n').map(|feed| from + feed) };
                match closing(bytes.get(..feed.unwrap_or(bytes.len())).unwrap_or_default(), from, byte) {
                    Some(close) => at = close,
                    None => return feed.map_or(if spans { End::Open } else { End::Text }, End::At),
                }
            }
            _ => {}
        }
        at += 1;
    }
    End::Text
}

/// Where quotes close that were opened before `from`.
fn closing(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    loop {
        match *bytes.get(at)? {
            // In single quotes a backslash only hides a quote.
            b'\\' if quote == b'"' || bytes.get(at + 1) == Some(&b'\'') => at += 2,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
}

fn is_json(quoted: &[u8]) -> bool {
    matches!(quoted.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The commands of a text, without the line feeds between them.
pub fn commands(text: &str, lenient: bool) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.filter(|text| !text.is_empty())?;
        match first_end(text, lenient) {
            End::At(feed) => {
                rest = text.get(feed + 1..);
                text.get(..feed)
            }
            End::Text | End::Open => {
                rest = None;
                Some(text)
            }
        }
    })
}

/// Splits pasted text into the commands that are whole and what is still to be finished.
pub fn whole_commands(text: &str) -> (&str, &str) {
    let mut done = 0usize;
    while let End::At(feed) = first_end(text.get(done..).unwrap_or_default(), false) {
        done += feed + 1;
    }
    text.split_at_checked(done).unwrap_or((text, ""))
}

/// Whether Enter begins another row instead of running what was typed.
pub fn is_open(text: &str) -> bool {
    let last = whole_commands(text).1;
    matches!(first_end(last, false), End::Open) || (text.contains('\n') && matches!(last_end(text), End::Open))
}

/// How the last command ends if any open quotes span rows.
fn last_end(text: &str) -> End {
    commands(text, true).last().map_or(End::Text, |last| first_end(last, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The caret is `|`, and what was deleted stands in brackets behind the text.
    #[track_caller]
    fn check(action: Action, before: &str, expected: &str) {
        let at = before.find('|').unwrap();
        let mut kept = String::from("old");
        let shown = match edit(&before.replace('|', ""), at, action, &mut kept) {
            None => "none".to_owned(),
            Some(Edited { mut text, at }) => {
                text.insert(at, '|');
                if kept == "old" { text } else { format!("{text} [{kept}]") }
            }
        };
        assert_eq!(shown, expected, "{action:?} {before}");
    }

    #[test]
    fn edits_as_a_shell() {
        check(Action::ToStart, "SET k|ey v", "|SET key v");
        check(Action::ToStart, "one\ntw|o", "one\n|two");
        check(Action::ToEnd, "o|ne\ntwo", "one|\ntwo");
        check(Action::WordBack, "SET user:1| v", "SET user:|1 v");
        check(Action::WordBack, "SET é |v", "SET |é v");
        check(Action::WordForward, "SET| user:1", "SET user|:1");
        check(Action::WordForward, "SET|", "SET|");
        check(Action::DeleteWordBack, "SET user:1 | v", "SET | v [user:1 ]");
        check(Action::DeleteWordBack, "|SET", "none");
        check(Action::DeleteWordForward, "SET| user:1", "SET|:1 [ user]");
        check(Action::DeleteToStart, "SET user|:1", "|:1 [SET user]");
        check(Action::DeleteToEnd, "SET| user\nb", "SET|\nb [ user]");
        check(Action::DeleteToEnd, "SET|\nb", "SET|b [\n]");
        check(Action::DeleteToEnd, "SET|", "none");
        check(Action::PutBack, "a|b", "aold|b");
        check(Action::NewRow, "a|b", "a\n|b");
        check(Action::Nothing, "|é", "|");
        check(Action::Nothing, "a|", "none");
    }

    #[test]
    fn finds_the_other_half_of_a_bracket() {
        assert_eq!(brackets("f(a[1])", 1), Some((1, 6)));
        assert_eq!(brackets("f(a[1])", 7), Some((1, 6)));
        assert_eq!(brackets("f(a[1])", 4), Some((3, 5)));
        assert_eq!(brackets("f(a[1]", 1), None);
        assert_eq!(brackets("abc", 1), None);
        assert_eq!(brackets(")", 1), None);
        assert_eq!(brackets("", 0), None);
    }

    #[test]
    fn a_script_or_json_in_quotes_spans_rows() {
        let split = |text| commands(text, false).collect::<Vec<_>>();
        assert_eq!(split("GET a\n\nGET b"), ["GET a", "", "GET b"]);
        assert_eq!(split("GET \"a\nGET b"), ["GET \"a", "GET b"]);
        assert_eq!(split("EVAL \"return\n1\" 0\nGET a\n"), ["EVAL \"return\n1\" 0", "GET a"]);
        assert_eq!(split("SET doc '{\n \"a\": 1}'\nGET doc"), ["SET doc '{\n \"a\": 1}'", "GET doc"]);
        assert_eq!(split("eval 'it\\'s\n' 0"), ["eval 'it\\'s\n' 0"]);
        assert_eq!(commands("SET a \"1\n2\"\nGET a", true).collect::<Vec<_>>(), ["SET a \"1\n2\"", "GET a"]);
        assert_eq!(whole_commands("GET a\nEVAL \"return"), ("GET a\n", "EVAL \"return"));
        assert_eq!(whole_commands("GET a\nDEL"), ("GET a\n", "DEL"));
        assert!(is_open("SET doc '{"));
        assert!(is_open("function load \"#!lua name=x"));
        assert!(!is_open("SET doc '{}'"));
        assert!(!is_open("SET greeting \"no end"));
        // A row was begun on purpose.
        assert!(is_open("SET greeting \"one\ntwo"));
        assert!(!is_open("SET greeting \"one\ntwo\""));
    }
}
