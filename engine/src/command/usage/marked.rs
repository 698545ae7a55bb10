//! The whole syntax of a command with a mark at what is being typed: for a page that shows it beside the line. Follows
//! the same rules as the grey hint.

use super::{Progress, match_arguments, usage};
use crate::command::{Argument, syntax::ArgumentKind};

/// One argument of a syntax, as [`usage`] writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// It is being typed, or may come next.
    pub current: bool,
}

/// The arguments after `words`, the last of which is still being typed when `in_word`.
pub fn marked<W: AsRef<[u8]>>(arguments: &[Argument], words: &[W], in_word: bool) -> Vec<Piece> {
    let words: Vec<&[u8]> = words.iter().map(AsRef::as_ref).collect();
    let current = current(arguments, &words, in_word);
    let pieces = arguments.iter().enumerate().map(|(number, argument)| Piece {
        text: usage(core::slice::from_ref(argument)),
        current: current.contains(&number),
    });
    pieces.collect()
}

fn current(arguments: &[Argument], words: &[&[u8]], in_word: bool) -> Vec<usize> {
    let (complete, typed) = match words.split_last() {
        Some((last, before)) if in_word => (before, Some(*last)),
        _ => (words, None),
    };
    let Some(progress) = progress_after(arguments, complete) else { return Vec::new() };
    let next = next(arguments, &progress);
    let Some(typed) = typed else { return next };
    // What the unfinished word changes is what it belongs to; else it may become a token of one of these.
    let after = progress_after(arguments, words);
    let is_changed = |number: &usize| after.as_ref().is_some_and(|after| after.get(*number) != progress.get(*number));
    let changed: Vec<usize> = next.iter().copied().filter(is_changed).collect();
    let begins = |number: &usize| arguments.get(*number).is_some_and(|argument| begins_token(argument, typed));
    let by_token: Vec<usize> = next.iter().copied().filter(begins).collect();
    match (changed.is_empty(), by_token.is_empty()) {
        (false, _) => changed,
        (true, false) => by_token,
        (true, true) => next,
    }
}

/// How much of each argument is there; none when the words do not fit.
fn progress_after(arguments: &[Argument], words: &[&[u8]]) -> Option<Vec<Progress>> {
    let mut progress: Vec<Progress> = arguments.iter().map(Progress::new).collect();
    (match_arguments(words, arguments, &mut progress) == words.len()).then_some(progress)
}

/// The arguments that the next word may belong to: the one that is there in part or, when none is, the last one again
/// if it repeats, the optional ones that may come now, and the required one after them.
fn next(arguments: &[Argument], progress: &[Progress]) -> Vec<usize> {
    let pairs = || arguments.iter().zip(progress).enumerate();
    let in_part = pairs().find(|(_, (argument, state))| state.started() && !is_whole(argument, state));
    if let Some((number, _)) = in_part {
        return vec![number];
    }
    let last = progress.iter().rposition(Progress::started);
    let mut next = Vec::new();
    // Optional arguments that stand together come in any order, so the search begins with those beside the last one.
    let mut from = last.map_or(0, |last| last.saturating_add(1));
    if let Some((last, argument)) = last.and_then(|last| Some((last, arguments.get(last)?))) {
        if argument.multiple {
            next.push(last);
        }
        if argument.optional {
            let before = arguments.get(..last).unwrap_or_default();
            from = last.saturating_sub(before.iter().rev().take_while(|argument| argument.optional).count());
        }
    }
    for (number, (argument, state)) in pairs().skip(from).filter(|(_, (_, state))| !state.started()) {
        debug_assert!(!state.all);
        next.push(number);
        if !argument.optional {
            break;
        }
    }
    next
}

/// Whether an argument, or its last repetition, lacks nothing.
fn is_whole(argument: &Argument, state: &Progress) -> bool {
    match argument.kind {
        ArgumentKind::PureToken => state.token,
        ArgumentKind::Block => state
            .parts
            .iter()
            .zip(&argument.arguments)
            .all(|(part, inner)| is_whole(inner, part) || inner.optional && !part.started()),
        ArgumentKind::OneOf => {
            state.parts.iter().zip(&argument.arguments).any(|(part, choice)| is_whole(choice, part) && part.started())
        }
        _ => state.name,
    }
}

/// Whether a word may become the token that this argument begins with.
fn begins_token(argument: &Argument, typed: &[u8]) -> bool {
    let begins = |token: &str| {
        token.as_bytes().get(..typed.len()).is_some_and(|start| !typed.is_empty() && start.eq_ignore_ascii_case(typed))
    };
    match (argument.token, argument.kind) {
        (Some(token), _) => begins(token),
        (None, ArgumentKind::OneOf) => argument.arguments.iter().any(|choice| begins_token(choice, typed)),
        (None, ArgumentKind::Block) => argument.arguments.first().is_some_and(|first| begins_token(first, typed)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::syntax::parse;

    /// The syntax with brackets around what is marked.
    #[track_caller]
    fn check(syntax: &str, typed: &str, expected: &str) {
        let words: Vec<&str> = typed.split_whitespace().collect();
        let pieces = marked(&parse(syntax).unwrap(), &words, !typed.is_empty() && !typed.ends_with(' '));
        let shown: Vec<String> =
            pieces.iter().map(|it| if it.current { format!("<{}>", it.text) } else { it.text.clone() }).collect();
        assert_eq!(shown.join(" "), expected, "{syntax} after {typed:?}");
    }

    const SET: &str = "key value [condition: NX | XX] [GET] [expiration: EX seconds | PX milliseconds]";

    #[test]
    fn the_argument_being_typed_is_marked() {
        check("key value", "", "<key> value");
        check("key value", "k", "<key> value");
        check("key value", "k ", "key <value>");
        check("key value", "k v", "key <value>");
        check("key value", "k v ", "key value");
        check("key value", "k v x", "key value");
        check("key...", "a ", "<key [key ...]>");
        check("key...", "a b", "<key [key ...]>");
        check("(field value)...", "f ", "<field value [field value ...]>");
        check("(field value)...", "f v ", "<field value [field value ...]>");
        check(
            "numkeys key... (where: LEFT | RIGHT) [COUNT count]",
            "1 k l",
            "numkeys key [key ...] <LEFT|RIGHT> [COUNT count]",
        );
    }

    #[test]
    fn optional_arguments_that_may_come_are_marked() {
        check(SET, "k v ", "key value <[NX|XX]> <[GET]> <[EX seconds|PX milliseconds]>");
        check(SET, "k v g", "key value [NX|XX] <[GET]> [EX seconds|PX milliseconds]");
        check(SET, "k v EX", "key value [NX|XX] [GET] <[EX seconds|PX milliseconds]>");
        check(SET, "k v EX ", "key value [NX|XX] [GET] <[EX seconds|PX milliseconds]>");
        check(SET, "k v EX 5", "key value [NX|XX] [GET] <[EX seconds|PX milliseconds]>");
        check(SET, "k v EX 5 ", "key value <[NX|XX]> <[GET]> [EX seconds|PX milliseconds]");
        check(SET, "k v NX GET EX 5 ", "key value [NX|XX] [GET] [EX seconds|PX milliseconds]");
        check("key [NOMKSTREAM] id", "k ", "key <[NOMKSTREAM]> <id>");
        check("key [NOMKSTREAM] id", "k 1", "key [NOMKSTREAM] <id>");
    }
}
