//! What is still to be typed of a command: the whole usage text, or the grey hint after the words that are
//! there, by the rules of redis-cli 7.2. Knows nothing of terminals or of finding the command.
//!
//! - Matched arguments disappear. Optional ones may come in any order; the one that is typed in part comes
//!   first, and once the next required argument is there the optional ones before it go.
//! - A word that fits nowhere ends the hints.

mod marked;

pub use marked::{Piece, marked};

use super::{Argument, syntax::ArgumentKind};

/// The usage text of arguments: `key value [NX|XX]`.
pub fn usage(arguments: &[Argument]) -> String {
    let progress: Vec<Progress> = arguments.iter().map(Progress::new).collect();
    join(arguments, &progress, " ")
}

/// The usage text of what is left of `arguments` after `words`; none when the words do not fit.
pub fn remaining<W: AsRef<[u8]>>(arguments: &[Argument], words: &[W]) -> Option<String> {
    let words: Vec<&[u8]> = words.iter().map(AsRef::as_ref).collect();
    let mut progress: Vec<Progress> = arguments.iter().map(Progress::new).collect();
    let fit = match_arguments(&words, arguments, &mut progress) == words.len();
    fit.then(|| join(arguments, &progress, " "))
}

/// How much of an argument is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Progress {
    /// Words that it took.
    words: usize,
    token: bool,
    name: bool,
    /// Nothing more can follow.
    all: bool,
    parts: Vec<Progress>,
}

impl Progress {
    fn new(argument: &Argument) -> Progress {
        Progress { parts: argument.arguments.iter().map(Progress::new).collect(), ..Progress::default() }
    }

    fn started(&self) -> bool {
        self.words > 0
    }
}

/// Matches words to arguments in their order; answers how many it took, 0 when a required one does not fit.
fn match_arguments(mut words: &[&[u8]], mut arguments: &[Argument], mut progress: &mut [Progress]) -> usize {
    let mut taken = 0usize;
    while let (false, [first, rest @ ..]) = (words.is_empty(), arguments) {
        let optional = arguments.iter().take_while(|argument| argument.optional).count();
        let (matched, next, group) = if optional > 0 {
            let Some((group, next)) = arguments.split_at_checked(optional) else { return taken };
            let Some(states) = progress.get_mut(..optional) else { return taken };
            (match_optional(words, group, states), next, optional)
        } else {
            let Some(state) = progress.first_mut() else { return taken };
            match match_argument(words, first, state) {
                0 => return 0,
                matched => (matched, rest, 1),
            }
        };
        taken = taken.saturating_add(matched);
        words = words.get(matched..).unwrap_or_default();
        arguments = next;
        progress = progress.get_mut(group..).unwrap_or_default();
    }
    taken
}

/// Matches words to optional arguments in any order. Once one is followed by another, it is done with.
fn match_optional(mut words: &[&[u8]], arguments: &[Argument], progress: &mut [Progress]) -> usize {
    let mut taken = 0usize;
    let mut last: Option<usize> = None;
    while !words.is_empty() {
        let found = arguments.iter().zip(progress.iter_mut()).enumerate().find_map(|(number, (argument, state))| {
            if state.started() {
                return None;
            }
            let matched = match_argument(words, argument, state);
            (matched > 0).then_some((number, matched))
        });
        let Some((number, matched)) = found else { break };
        if let Some(before) = last.and_then(|last| progress.get_mut(last)) {
            before.all = true;
        }
        last = Some(number);
        taken = taken.saturating_add(matched);
        words = words.get(matched..).unwrap_or_default();
    }
    taken
}

/// Matches words to one argument and its repetitions.
fn match_argument(words: &[&[u8]], argument: &Argument, progress: &mut Progress) -> usize {
    let mut taken = match_once(words, argument, progress);
    if !argument.multiple {
        return taken;
    }
    while progress.all && taken < words.len() {
        let rest = words.get(taken..).unwrap_or_default();
        *progress = Progress::new(argument);
        let matched = if argument.token.is_some() && !argument.multiple_token {
            let matched = match_body(rest, argument, progress);
            progress.token = matched > 0;
            matched
        } else {
            match_once(rest, argument, progress)
        };
        taken = taken.saturating_add(matched);
    }
    progress.all = false;
    taken
}

fn match_once(words: &[&[u8]], argument: &Argument, progress: &mut Progress) -> usize {
    let Some(token) = argument.token else { return match_body(words, argument, progress) };
    let Some((first, rest)) = words.split_first() else { return 0 };
    if !first.eq_ignore_ascii_case(token.as_bytes()) {
        return 0;
    }
    progress.token = true;
    progress.words = 1;
    if argument.kind == ArgumentKind::PureToken {
        progress.all = true;
        return 1;
    }
    if rest.is_empty() { 1 } else { match_body(rest, argument, progress) }
}

/// Matches what follows an argument's token; answers how many words the argument has taken, its token included.
fn match_body(words: &[&[u8]], argument: &Argument, progress: &mut Progress) -> usize {
    match argument.kind {
        ArgumentKind::Block => {
            let matched = match_arguments(words, &argument.arguments, &mut progress.parts);
            progress.words = progress.words.saturating_add(matched);
            progress.all = progress.parts.iter().all(|part| part.all);
        }
        ArgumentKind::OneOf => {
            for (choice, state) in argument.arguments.iter().zip(&mut progress.parts) {
                if match_argument(words, choice, state) > 0 {
                    progress.words = progress.words.saturating_add(state.words);
                    progress.all = state.all;
                    break;
                }
            }
        }
        kind => {
            let fits = words.first().is_some_and(|word| fits_kind(word, kind));
            progress.words = if fits { progress.words.saturating_add(1) } else { 0 };
            progress.name = fits;
            progress.all = fits;
        }
    }
    progress.words
}

/// Whether a word can begin a value of this type.
fn fits_kind(word: &[u8], kind: ArgumentKind) -> bool {
    let word = word.trim_ascii_start();
    let number = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    let named = |name: &[u8]| number.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let begins_integer = number.first().is_some_and(u8::is_ascii_digit);
    match kind {
        ArgumentKind::Integer | ArgumentKind::UnixTime => begins_integer,
        ArgumentKind::Double => {
            let begins_fraction = matches!(number, [b'.', digit, ..] if digit.is_ascii_digit());
            begins_integer || begins_fraction || named(b"inf") || named(b"nan")
        }
        _ => true,
    }
}

/// The texts of several arguments, with `separator` between those that have any.
fn join(arguments: &[Argument], progress: &[Progress], separator: &str) -> String {
    let mut texts: Vec<String> = Vec::new();
    let pairs: Vec<(&Argument, &Progress)> = arguments.iter().zip(progress).collect();
    let mut rest = pairs.as_slice();
    while let [(argument, state), after @ ..] = rest {
        let optional = rest.iter().take_while(|(argument, _)| argument.optional).count();
        if optional == 0 {
            texts.push(text(argument, state));
            rest = after;
            continue;
        }
        let (group, next) = rest.split_at_checked(optional).unwrap_or((rest, &[]));
        let is_typed_in_part = |state: &Progress| state.started() && !state.all;
        let (typed, others): (Vec<_>, Vec<_>) = group.iter().partition(|(_, state)| is_typed_in_part(state));
        let passed = next.first().is_some_and(|(_, state)| state.started());
        let shown = typed.into_iter().chain(others.into_iter().filter(|_| !passed));
        texts.extend(shown.map(|(argument, state)| text(argument, state)));
        rest = next;
    }
    texts.retain(|text| !text.is_empty());
    texts.join(separator)
}

/// What is left of one argument.
fn text(argument: &Argument, progress: &Progress) -> String {
    if progress.all {
        return String::new();
    }
    let mut texts = Vec::new();
    if !progress.token {
        texts.extend(argument.token.map(or_quotes));
    }
    texts.push(body(argument, progress));
    if argument.multiple {
        let token = argument.token.filter(|_| argument.multiple_token).map(|token| or_quotes(token) + " ");
        let again = if argument.kind == ArgumentKind::PureToken {
            String::new()
        } else {
            body(argument, &Progress::new(argument))
        };
        texts.push(format!("[{}{again} ...]", token.unwrap_or_default()));
    }
    texts.retain(|text| !text.is_empty());
    let joined = texts.join(" ");
    if argument.optional && !progress.started() { format!("[{joined}]") } else { joined }
}

/// What is left of an argument beside its token and its repetitions.
fn body(argument: &Argument, progress: &Progress) -> String {
    match argument.kind {
        ArgumentKind::PureToken => String::new(),
        ArgumentKind::Block => join(&argument.arguments, &progress.parts, " "),
        ArgumentKind::OneOf if progress.parts.iter().any(Progress::started) => {
            let choices = argument.arguments.iter().zip(&progress.parts);
            choices.filter(|(_, state)| state.started()).map(|(choice, state)| text(choice, state)).collect()
        }
        ArgumentKind::OneOf => join(&argument.arguments, &progress.parts, "|"),
        _ if progress.name => String::new(),
        _ => or_quotes(&argument.name),
    }
}

/// An empty token is shown as the word that a person types for it.
fn or_quotes(text: &str) -> String {
    if text.is_empty() { "\"\"".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::syntax::parse;
    use super::*;

    #[track_caller]
    fn check(syntax: &str, typed: &str, expected: Option<&str>) {
        let words: Vec<&str> = typed.split_whitespace().collect();
        assert_eq!(remaining(&parse(syntax).unwrap(), &words).as_deref(), expected, "{syntax} after {typed}");
    }

    #[test]
    fn matched_words_disappear() {
        check("key value", "", Some("key value"));
        check("key value", "k", Some("value"));
        check("key value", "k v", Some(""));
        check("key value", "k v x", None);
        check("key...", "", Some("key [key ...]"));
        check("key...", "a b", Some("[key ...]"));
        check("(parameter value)...", "a", Some("value [parameter value ...]"));
        check("(parameter value)...", "a 1 b 2", Some("[parameter value ...]"));
        check("source (LEFT | RIGHT) (LEFT | RIGHT) timeout", "s left", Some("LEFT|RIGHT timeout"));
        check("key (\"\")", "", Some("key \"\""));
    }

    #[test]
    fn types_must_fit() {
        check("count", "x", None);
        check("count", "-7", Some(""));
        check("radius", "-.5", Some(""));
        check("radius", "inf", Some(""));
        check("radius", "x", None);
    }

    const SET: &str = "key value [condition: NX | XX] [GET] [expiration: EX seconds | PX milliseconds | KEEPTTL]";
    const COUNTED: &str = "key [A] [count: COUNT count [ANY]] [order: ASC | DESC]";

    #[test]
    fn optional_arguments_come_in_any_order() {
        check(SET, "k v", Some("[NX|XX] [GET] [EX seconds|PX milliseconds|KEEPTTL]"));
        check(SET, "k v get", Some("[NX|XX] [EX seconds|PX milliseconds|KEEPTTL]"));
        check(SET, "k v EX", Some("seconds [NX|XX] [GET]"));
        check(SET, "k v EX 5 XX", Some("[GET]"));
        check(SET, "k v KEEPTTL", Some("[NX|XX] [GET]"));
        check(SET, "k v WHAT", None);
        check(SET, "k v EX x", None);
        check(COUNTED, "k COUNT", Some("count [ANY] [A] [ASC|DESC]"));
        check(COUNTED, "k COUNT 3", Some("[ANY] [A] [ASC|DESC]"));
        check(COUNTED, "k COUNT 3 ASC", Some("[A]"));
        check("key [count [WITHSCORES]]", "k", Some("[count [WITHSCORES]]"));
        check("key [count [WITHSCORES]]", "k 3", Some("[WITHSCORES]"));
        check("key [NX] [CH] (score member)...", "k CH", Some("[NX] score member [score member ...]"));
        check("key [NX] [CH] (score member)...", "k 1", Some("member [score member ...]"));
    }

    #[test]
    fn repeats_tokens_that_are_repeated() {
        check("key [GET (encoding offset)]...", "", Some("key [GET encoding offset [GET encoding offset ...]]"));
        check("key GET (encoding offset)", "k GET e", Some("offset"));
        check("key [GET pattern]...", "k GET p", Some("[GET pattern ...]"));
        check("key [GET pattern]...", "k GET p GET", Some("pattern [GET pattern ...]"));
        check("[WEIGHTS weight...] [LAST]", "WEIGHTS 1 2", Some("[weight ...] [LAST]"));
        check("[WEIGHTS weight...] [LAST]", "WEIGHTS 1 2 LAST", Some(""));
    }
}
