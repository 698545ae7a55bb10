//! Which words of a call are keys. The declaration says where they stand; a few commands look for themselves.
//! Knows nothing of what the keys hold.

use super::syntax::{Argument, ArgumentKind, word_count};
use super::{Access, Command};
use crate::base::numbers::parse_i64;

/// Where a group of keys begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginSearch {
    Unknown,
    /// At this word.
    Index(i32),
    /// After this word, searched from this position; from the end when it is negative.
    Keyword(&'static str, i32),
}

/// How the keys follow the word where their group begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindKeys {
    Unknown,
    /// The last one counts from the first, or from the end when it is negative; every `step`th word is a key;
    /// with a `limit` above one only that part of the words holds keys.
    Range {
        last: i32,
        step: i32,
        limit: i32,
    },
    /// A word says how many there are.
    Count {
        count_index: i32,
        first: i32,
        step: i32,
    },
}

/// Where keys stand in a command.
pub type KeyPositions = (BeginSearch, FindKeys);

/// A key of a call: which word it is, and what the command does with it.
pub type Key = (usize, Access);

/// Finds the keys of a call where the declaration cannot say all.
pub type FindOwnKeys = fn(&[&[u8]]) -> Vec<Key>;

/// The keys as COMMAND INFO shows them: the first and last word and the step from one to the next, all zero
/// without keys; `movable` when this does not describe all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyRange {
    pub first: i32,
    /// Negative when it counts from the end.
    pub last: i32,
    pub step: i32,
    pub movable: bool,
}

impl<R> Command<R> {
    /// Whether it has keys at all.
    pub fn has_keys(&self) -> bool {
        self.access.iter().any(|access| !access.has(Access::NOT_KEY))
    }

    /// The keys as one range, as far as that describes them; `name_words` as in [`Command::arity`].
    pub fn key_range(&self, name_words: usize) -> KeyRange {
        key_range(&self.key_positions(name_words), self.access)
    }

    /// The keys of a call, whose words include the command's name. None when the words make no sense.
    pub fn keys_of(&self, name_words: usize, words: &[&[u8]]) -> Vec<Key> {
        match self.find_keys {
            Some(find) => find(words),
            None => find_keys(&self.key_positions(name_words), self.access, words).unwrap_or_default(),
        }
    }
}

/// Joins ranges that follow each other; everything else is movable.
fn key_range(positions: &[KeyPositions], access: &[Access]) -> KeyRange {
    let mut range: Option<KeyRange> = None;
    let mut movable = false;
    for (position, access) in positions.iter().zip(access) {
        movable |= access.has(Access::INCOMPLETE);
        let (BeginSearch::Index(first), FindKeys::Range { last, step, .. }) = *position else {
            movable = true;
            continue;
        };
        let last = if last >= 0 { first.saturating_add(last) } else { last };
        range = match range {
            None => Some(KeyRange { first, last, step, movable: false }),
            Some(before) if before.step == 1 && step == 1 && before.last.saturating_add(1) == first => {
                Some(KeyRange { last, ..before })
            }
            Some(before) => {
                movable = true;
                Some(before)
            }
        };
    }
    KeyRange { movable, ..range.unwrap_or_default() }
}

/// The keys that stand where `positions` says; none when the words do not fit it.
fn find_keys(positions: &[KeyPositions], access: &[Access], words: &[&[u8]]) -> Option<Vec<Key>> {
    let mut keys = Vec::new();
    for (position, access) in positions.iter().zip(access) {
        if access.has(Access::NOT_KEY) {
            continue;
        }
        let first = match position.0 {
            BeginSearch::Unknown => return None,
            BeginSearch::Index(index) => usize::try_from(index).ok()?,
            BeginSearch::Keyword(keyword, from) => match find_keyword(words, keyword, from) {
                Some(found) => found.saturating_add(1),
                None => continue,
            },
        };
        let (first, last, step) = spread(position.1, first, words)?;
        if first > last || last >= words.len() {
            return None;
        }
        keys.extend((first..=last).step_by(step.max(1)).map(|word| (word, *access)));
        if access.has(Access::INCOMPLETE) {
            return None;
        }
    }
    Some(keys)
}

/// Where `keyword` stands, searched from a position: forwards, or backwards from the end when it is negative.
fn find_keyword(words: &[&[u8]], keyword: &str, from: i32) -> Option<usize> {
    let is_keyword = |word: &&[u8]| word.eq_ignore_ascii_case(keyword.as_bytes());
    let distance = usize::try_from(from.unsigned_abs()).ok()?;
    if from >= 0 {
        // Nothing follows the last word, so Redis does not look at it.
        let (_, words) = words.split_last()?;
        return words.iter().skip(distance).position(is_keyword)?.checked_add(distance);
    }
    let end = words.len().checked_sub(distance)?.checked_add(1)?;
    words.get(..end)?.iter().rposition(is_keyword)
}

/// The first and the last key and the step between, for keys that begin at word `first`.
fn spread(find: FindKeys, first: usize, words: &[&[u8]]) -> Option<(usize, usize, usize)> {
    let size = |number: i32| usize::try_from(number).ok();
    match find {
        FindKeys::Unknown => None,
        FindKeys::Range { last, step, limit } if last >= 0 || limit <= 1 => {
            let last = if last >= 0 {
                first.checked_add(size(last)?)?
            } else {
                words.len().checked_sub(size(last.checked_neg()?)?)?
            };
            Some((first, last, size(step)?))
        }
        // Keys are the first of `limit` equal parts of what follows.
        FindKeys::Range { step, limit, .. } => {
            let part = words.len().checked_sub(first)?.checked_div(size(limit)?)?;
            Some((first, first.checked_add(part.checked_sub(1)?)?, size(step)?))
        }
        FindKeys::Count { count_index, first: offset, step } => {
            let count = words.get(first.checked_add(size(count_index)?)?)?;
            let count = usize::try_from(parse_i64(count)?).ok()?;
            let first = first.checked_add(size(offset)?)?;
            Some((first, first.checked_add(count)?.checked_sub(1)?, size(step)?))
        }
    }
}

/// SET reads the old value only with GET.
pub fn of_set(words: &[&[u8]]) -> Vec<Key> {
    let gets = words.iter().skip(3).any(|word| word.eq_ignore_ascii_case(b"get"));
    vec![(1, if gets { Access::RW_ACCESS_UPDATE } else { Access::OW_UPDATE })]
}

/// SORT writes to the key after its last STORE; the patterns of BY and GET name no keys by themselves.
pub fn of_sort(words: &[&[u8]]) -> Vec<Key> {
    let mut store = None;
    let mut position = 2;
    while let Some(word) = words.get(position) {
        let is = |option: &str| word.eq_ignore_ascii_case(option.as_bytes());
        let values: usize = if is("limit") {
            2
        } else if is("get") || is("by") {
            1
        } else {
            0
        };
        let next = position.saturating_add(1);
        if is("store") && next < words.len() {
            store = Some((next, Access::OW_UPDATE));
        }
        position = next.saturating_add(values);
    }
    core::iter::once((1, Access::RO_ACCESS)).chain(store).collect()
}

/// BITFIELD only reads unless an operation writes; what cannot be read as one counts as writing.
pub fn of_bitfield(words: &[&[u8]]) -> Vec<Key> {
    let mut rest = words.get(2..).unwrap_or_default();
    while let Some((word, after)) = rest.split_first() {
        let is = |option: &str| word.eq_ignore_ascii_case(option.as_bytes());
        let values: usize = if is("get") && after.len() > 1 {
            2
        } else if is("overflow") && !after.is_empty() {
            1
        } else {
            return vec![(1, Access::RW_ACCESS_UPDATE)];
        };
        rest = after.get(values..).unwrap_or_default();
    }
    vec![(1, Access::RO_ACCESS)]
}

/// Where MIGRATE has its keys; which of the two it is depends on the first.
pub const MIGRATE_KEYS: &[KeyPositions] = &[
    (BeginSearch::Index(3), FindKeys::Range { last: 0, step: 1, limit: 0 }),
    (BeginSearch::Keyword("KEYS", -2), FindKeys::Range { last: -1, step: 1, limit: 0 }),
];

/// MIGRATE has one key, or those after KEYS when that one is empty; with both it has none.
pub fn of_migrate(words: &[&[u8]]) -> Vec<Key> {
    let moved = |word| (word, Access::RW_ACCESS_DELETE);
    let mut position: usize = 6;
    while let Some(word) = words.get(position).filter(|_| position.saturating_add(1) < words.len()) {
        let is = |option: &str| word.eq_ignore_ascii_case(option.as_bytes());
        position = position.saturating_add(1);
        if is("keys") {
            let alone = words.get(3).is_some_and(|key| key.is_empty());
            return (position..words.len()).filter(|_| alone).map(moved).collect();
        }
        let values: usize = if is("auth2") { 2 } else { usize::from(is("auth")) };
        position = position.saturating_add(values);
    }
    vec![moved(3)]
}

/// SORT_RO reads one key; the patterns of BY and GET name no keys by themselves.
pub fn of_sort_ro(_words: &[&[u8]]) -> Vec<Key> {
    vec![(1, Access::RO_ACCESS)]
}

/// Where the keys of each group stand, as far as the arguments tell; the name takes `name_words` words. They do
/// not tell it of keys that are optional, that follow a token or words without number, or that are chosen.
pub fn key_positions(arguments: &[Argument], name_words: usize) -> Vec<KeyPositions> {
    let mut groups = vec![(BeginSearch::Unknown, FindKeys::Unknown); key_groups(arguments)];
    let mut rest = arguments;
    // While all arguments before have a fixed number of words.
    let mut position = Some(name_words);
    // The position of the argument right before, when it says how many keys follow.
    let mut counter = None;
    while let [argument, after @ ..] = rest {
        let is_block = argument.kind == ArgumentKind::Block && !argument.optional && argument.token.is_none();
        let parts = if is_block { argument.arguments.as_slice() } else { core::slice::from_ref(argument) };
        let mut part_position = position;
        for part in parts {
            let keys =
                Keys { position: part_position, counter, step: word_count(parts).0, repeated: argument.multiple };
            if let Some(slot) = part.key_group.and_then(|group| groups.get_mut(group))
                && let Some(found) = keys.positions(part, after)
            {
                *slot = extend(*slot, found).unwrap_or(found);
            }
            part_position = part_position.and_then(|position| position.checked_add(part.fixed_words()?));
        }
        counter = position.filter(|_| argument.name == "numkeys");
        position = position.and_then(|position| position.checked_add(argument.fixed_words()?));
        rest = after;
    }
    groups
}

/// How many groups of keys there are.
fn key_groups(arguments: &[Argument]) -> usize {
    let own = |argument: &Argument| argument.key_group.map_or(0, |group| group.saturating_add(1));
    arguments.iter().map(|argument| own(argument).max(key_groups(&argument.arguments))).max().unwrap_or(0)
}

/// What is known of a key argument from those around it.
struct Keys {
    position: Option<usize>,
    counter: Option<usize>,
    /// Words from one key to the next, when they are repeated.
    step: usize,
    repeated: bool,
}

impl Keys {
    fn positions(&self, argument: &Argument, after: &[Argument]) -> Option<KeyPositions> {
        let number = |value: usize| i32::try_from(value).ok();
        if let (Some(counter), true) = (self.counter, self.repeated) {
            let keys = FindKeys::Count { count_index: 0, first: 1, step: 1 };
            return Some((BeginSearch::Index(number(counter)?), keys));
        }
        if argument.optional || argument.token.is_some() {
            return None;
        }
        let begin = BeginSearch::Index(number(self.position?)?);
        if !self.repeated {
            return Some((begin, FindKeys::Range { last: 0, step: 1, limit: 0 }));
        }
        // They go on to the end, or to a fixed number of words before it.
        let (least, greatest) = word_count(after);
        let words_after = number(greatest.filter(|greatest| *greatest == least)?)?;
        let last = words_after.checked_neg()?.checked_sub(1)?;
        Some((begin, FindKeys::Range { last, step: number(self.step)?, limit: 0 }))
    }
}

/// One more key of a group, right after those that are there.
fn extend((begin, find): KeyPositions, (next, _): KeyPositions) -> Option<KeyPositions> {
    let (BeginSearch::Index(first), BeginSearch::Index(next)) = (begin, next) else { return None };
    let FindKeys::Range { last, step: 1, limit } = find else { return None };
    let last_after = last.checked_add(1)?;
    (first.checked_add(last_after)? == next).then_some((begin, FindKeys::Range { last: last_after, step: 1, limit }))
}

#[cfg(test)]
mod tests {
    use super::super::syntax;
    use super::*;

    fn positions(syntax: &str) -> Vec<KeyPositions> {
        key_positions(&syntax::parse(syntax).unwrap(), 1)
    }

    #[test]
    fn derives_positions_from_arguments() {
        let range = |index, last, step| (BeginSearch::Index(index), FindKeys::Range { last, step, limit: 0 });
        let unknown = (BeginSearch::Unknown, FindKeys::Unknown);
        let count = |index| (BeginSearch::Index(index), FindKeys::Count { count_index: 0, first: 1, step: 1 });
        let check = |syntax: &str, expected: &[KeyPositions]| {
            assert_eq!(positions(syntax), expected, "{syntax}");
        };
        check("message", &[]);
        check("key1<key> key2<key>#0", &[range(1, 1, 1)]);
        check("key value", &[range(1, 0, 1)]);
        check("source destination", &[range(1, 0, 1), range(2, 0, 1)]);
        check("key...", &[range(1, -1, 1)]);
        check("key... timeout", &[range(1, -2, 1)]);
        check("(key value)...", &[range(1, -1, 2)]);
        check("operation destkey key...", &[range(2, 0, 1), range(3, -1, 1)]);
        check("destination numkeys key... [WEIGHTS weight...]", &[range(1, 0, 1), count(2)]);
        check("script numkeys [key...] [arg...]", &[count(2)]);
        check("key [STORE destination]", &[range(1, 0, 1), unknown]);
    }

    #[test]
    fn describes_keys_as_one_range() {
        let check = |positions: &[KeyPositions], expected: (i32, i32, i32, bool)| {
            let range = key_range(positions, &[Access::RO; 3]);
            assert_eq!((range.first, range.last, range.step, range.movable), expected, "{positions:?}");
        };
        check(&positions(""), (0, 0, 0, false));
        check(&positions("key value"), (1, 1, 1, false));
        check(&positions("source destination"), (1, 2, 1, false));
        check(&positions("operation destkey key..."), (2, -1, 1, false));
        check(&positions("(key value)..."), (1, -1, 2, false));
        check(&positions("key... timeout"), (1, -2, 1, false));
        check(&positions("destination numkeys key..."), (1, 1, 1, true));
        check(&positions("numkeys key..."), (0, 0, 0, true));
        check(&positions("key [STORE destination]"), (1, 1, 1, true));
    }

    #[track_caller]
    fn check(positions: &[KeyPositions], line: &str, expected: &[&str]) {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let keys = find_keys(positions, &[Access::RO; 3], &words).unwrap_or_default();
        let names: Vec<&str> = keys.iter().map(|(word, _)| str::from_utf8(words[*word]).unwrap()).collect();
        assert_eq!(names, expected, "{line}");
    }

    #[test]
    fn finds_the_keys_of_a_call() {
        check(&positions("key value"), "SET k v", &["k"]);
        check(&positions("key..."), "DEL a b c", &["a", "b", "c"]);
        check(&positions("key..."), "DEL", &[]);
        check(&positions("(key value)..."), "MSET a 1 b 2", &["a", "b"]);
        check(&positions("(key value)..."), "MSET a 1 b", &["a", "b"]);
        check(&positions("key... timeout"), "BLPOP a b 0", &["a", "b"]);
        check(&positions("destination numkeys key..."), "ZUNIONSTORE d 2 a b WEIGHTS 1 2", &["d", "a", "b"]);
        check(&positions("destination numkeys key..."), "ZUNIONSTORE d 3 a b", &[]);
        check(&positions("numkeys key..."), "SINTERCARD 0", &[]);
        check(&positions("numkeys key..."), "SINTERCARD -1 a", &[]);
        check(&positions("numkeys key..."), "SINTERCARD 9223372036854775807 a", &[]);
        let streams = [(BeginSearch::Keyword("STREAMS", 1), FindKeys::Range { last: -1, step: 1, limit: 2 })];
        check(&streams, "XREAD COUNT 2 streams a b 0 0", &["a", "b"]);
        check(&streams, "XREAD COUNT 2", &[]);
        check(&streams, "XREAD STREAMS", &[]);
        let keys = [
            (BeginSearch::Index(3), FindKeys::Range { last: 0, step: 1, limit: 0 }),
            (BeginSearch::Keyword("KEYS", -2), FindKeys::Range { last: -1, step: 1, limit: 0 }),
        ];
        check(&keys, "MIGRATE host port one 0 0 KEYS a b", &["one", "a", "b"]);
        check(&keys, "MIGRATE host port one 0 0 COPY", &["one"]);
    }

    #[test]
    fn finds_the_keys_of_those_that_look_for_themselves() {
        let words = |line: &'static str| -> Vec<&[u8]> { line.split(' ').map(str::as_bytes).collect() };
        assert_eq!(of_set(&words("SET k v")), [(1, Access::OW_UPDATE)]);
        assert_eq!(of_set(&words("SET get v Get")), [(1, Access::RW_ACCESS_UPDATE)]);
        assert_eq!(of_sort(&words("SORT k")), [(1, Access::RO_ACCESS)]);
        assert_eq!(of_sort(&words("SORT k STORE")), [(1, Access::RO_ACCESS)]);
        let stored = [(1, Access::RO_ACCESS), (8, Access::OW_UPDATE)];
        assert_eq!(of_sort(&words("SORT k BY store GET store LIMIT store c")), stored[..1]);
        assert_eq!(of_sort(&words("SORT k BY store STORE a x STORE c")), stored);
    }
}
