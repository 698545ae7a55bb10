//! The language in which a command's arguments are declared, and the argument tree that it stands for.
//!
//! ```text
//! key value [condition: NX | XX] [GET]@6.2.0 [LIMIT (offset count)] (field value)... [PREFIX prefix]...
//! ```
//!
//! - a word in lower case is an argument; what type it has follows from its name (see [`ArgumentKind::of`])
//!   unless it is given: `start<integer>`;
//! - a word in capitals, or anything in double quotes, is a token; the argument or group in parentheses right
//!   after it belongs to it: `EX seconds`, `LIMIT (offset count)`;
//! - `[ ]` is optional, `( )` groups; with `|` between its parts a group is a choice, otherwise a sequence;
//! - a group is named by a label, `[condition: NX | XX]`, or by its parts: `offset_count`. A label before a
//!   single token renames that: `[change: CH]`;
//! - `...` repeats; after `[ ]` the token is repeated too;
//! - `@` gives the version that brought it, `!` the one that deprecated it, `#` the number of its key group
//!   where counting the key arguments does not tell.
//!
//! Knows nothing of particular commands. Every declaration is parsed by a test; one that cannot be parsed
//! stands for no arguments.

use std::borrow::Cow;

/// How deep groups may be nested.
const MAX_DEPTH: usize = 16;

/// An argument, or a group of arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument<'s> {
    pub name: Cow<'s, str>,
    pub kind: ArgumentKind,
    /// The word that stands before it, or that it is.
    pub token: Option<&'s str>,
    /// The version that brought it, where that is not the command's.
    pub since: Option<&'s str>,
    pub deprecated_since: Option<&'s str>,
    pub optional: bool,
    pub multiple: bool,
    /// Whether its token is repeated with it.
    pub multiple_token: bool,
    /// The key group that it belongs to.
    pub key_group: Option<usize>,
    /// The parts of a group.
    pub arguments: Vec<Argument<'s>>,
}

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    String,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,
    PureToken,
    OneOf,
    Block,
}

impl ArgumentKind {
    /// The name in COMMAND DOCS.
    pub const fn name(self) -> &'static str {
        match self {
            ArgumentKind::String => "string",
            ArgumentKind::Integer => "integer",
            ArgumentKind::Double => "double",
            ArgumentKind::Key => "key",
            ArgumentKind::Pattern => "pattern",
            ArgumentKind::UnixTime => "unix-time",
            ArgumentKind::PureToken => "pure-token",
            ArgumentKind::OneOf => "oneof",
            ArgumentKind::Block => "block",
        }
    }

    /// The type that an argument of this name has unless it is given another.
    pub fn of(name: &str) -> ArgumentKind {
        match name {
            "key" | "newkey" | "destination" | "source" | "destkey" => ArgumentKind::Key,
            "client-id" | "count" | "cursor" | "db" | "decrement" | "end" | "end-slot" | "increment" | "index"
            | "len" | "limit" | "milliseconds" | "numfields" | "numkeys" | "offset" | "port" | "seconds" | "slot"
            | "start" | "start-slot" | "stop" | "timeout" | "weight" => ArgumentKind::Integer,
            "score" | "longitude" | "latitude" | "radius" | "width" | "height" => ArgumentKind::Double,
            "pattern" => ArgumentKind::Pattern,
            "unix-time-seconds" | "unix-time-milliseconds" => ArgumentKind::UnixTime,
            _ => ArgumentKind::String,
        }
    }

    fn find(name: &str) -> Option<ArgumentKind> {
        Some(match name {
            "string" => ArgumentKind::String,
            "integer" => ArgumentKind::Integer,
            "double" => ArgumentKind::Double,
            "key" => ArgumentKind::Key,
            "pattern" => ArgumentKind::Pattern,
            "unix-time" => ArgumentKind::UnixTime,
            _ => return None,
        })
    }
}

/// What is wrong with a declaration, and what was left to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub expected: &'static str,
    pub rest: String,
}

/// The arguments that `syntax` declares.
///
/// # Errors
/// When it does not follow the language above.
pub fn parse(syntax: &str) -> Result<Vec<Argument<'_>>, SyntaxError> {
    let mut parser = Parser { rest: syntax, depth: 0 };
    let mut arguments = parser.items()?;
    if !parser.rest.is_empty() {
        return Err(parser.expected("an argument"));
    }
    let mut next = 0;
    arguments.iter_mut().for_each(|argument| number_key_groups(argument, &mut next));
    Ok(arguments)
}

/// Gives each key argument the number of its group: the next one, unless it was declared.
fn number_key_groups(argument: &mut Argument, next: &mut usize) {
    if argument.kind == ArgumentKind::Key && argument.key_group.is_none() {
        argument.key_group = Some(*next);
    }
    if let Some(group) = argument.key_group {
        *next = (*next).max(group.saturating_add(1));
    }
    argument.arguments.iter_mut().for_each(|part| number_key_groups(part, next));
}

struct Parser<'s> {
    rest: &'s str,
    depth: usize,
}

impl<'s> Parser<'s> {
    fn expected(&self, expected: &'static str) -> SyntaxError {
        SyntaxError { expected, rest: self.rest.to_owned() }
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes `text` when it comes next.
    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes the characters that satisfy `belongs`.
    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'s str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or_default();
        self.rest = rest;
        word
    }

    /// Items up to the end of the group.
    fn items(&mut self) -> Result<Vec<Argument<'s>>, SyntaxError> {
        let mut items = Vec::new();
        loop {
            self.skip_spaces();
            if self.rest.is_empty() || self.rest.starts_with(['|', ']', ')']) {
                return Ok(items);
            }
            items.push(self.item()?);
        }
    }

    fn item(&mut self) -> Result<Argument<'s>, SyntaxError> {
        if self.take("[") {
            let mut argument = self.group("]")?;
            argument.optional = true;
            if self.take("...") {
                argument.multiple = true;
                argument.multiple_token = argument.token.is_some();
            }
            return self.suffixes(argument);
        }
        let token = self.token()?;
        self.skip_spaces_before_operand(token.is_some());
        let mut argument = if self.take("(") {
            self.group(")")?
        } else {
            match self.name() {
                Some(name) => leaf(name, ArgumentKind::of(name)),
                None => {
                    let token = token.ok_or_else(|| self.expected("an argument"))?;
                    return self.suffixes(pure_token(token));
                }
            }
        };
        if token.is_some() {
            argument.token = token;
        }
        argument.multiple |= self.take("...");
        self.suffixes(argument)
    }

    /// A token belongs to the name or group after it; without either the spaces after it stay.
    fn skip_spaces_before_operand(&mut self, after_token: bool) {
        let next = self.rest.trim_start();
        if after_token && (next.starts_with('(') || next.starts_with(is_name_start)) {
            self.rest = next;
        }
    }

    fn token(&mut self) -> Result<Option<&'s str>, SyntaxError> {
        if self.take("\"") {
            let token = self.take_while(|c| c != '"');
            return if self.take("\"") { Ok(Some(token)) } else { Err(self.expected("a closing quote")) };
        }
        if self.rest.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Ok(Some(self.take_while(is_word)));
        }
        Ok(None)
    }

    fn name(&mut self) -> Option<&'s str> {
        self.rest.starts_with(is_name_start).then(|| self.take_while(|c| is_word(c) || c == ':' || c == '/'))
    }

    /// The inside of `( )` or `[ ]`, and its end.
    fn group(&mut self, end: &'static str) -> Result<Argument<'s>, SyntaxError> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(self.expected("less nesting"));
        }
        let label = self.label();
        let mut choices = vec![self.items()?];
        while self.take("|") {
            choices.push(self.items()?);
        }
        if !self.take(end) {
            return Err(self.expected(end));
        }
        self.depth = self.depth.saturating_sub(1);
        if choices.iter().any(Vec::is_empty) {
            return Err(self.expected("an argument before"));
        }
        if choices.len() == 1 {
            return Ok(sequence(label, choices.pop().unwrap_or_default()));
        }
        let choices = choices.into_iter().map(|items| sequence(None, items)).collect();
        Ok(group(ArgumentKind::OneOf, label, choices))
    }

    /// `name: `
    fn label(&mut self) -> Option<&'s str> {
        let (name, rest) = self.rest.split_once(": ")?;
        if name.is_empty() || !name.chars().all(is_word) {
            return None;
        }
        self.rest = rest;
        Some(name)
    }

    fn suffixes(&mut self, mut argument: Argument<'s>) -> Result<Argument<'s>, SyntaxError> {
        let is_version = |c: char| c.is_ascii_digit() || c == '.';
        loop {
            if self.take("@") {
                argument.since = Some(self.take_while(is_version));
            } else if self.take("!") {
                argument.deprecated_since = Some(self.take_while(is_version));
            } else if self.take("#") {
                let number = self.take_while(|c| c.is_ascii_digit());
                argument.key_group = Some(number.parse().map_err(|_| self.expected("a number"))?);
            } else if self.take("<") {
                let kind = self.take_while(is_word);
                argument.kind = ArgumentKind::find(kind).ok_or_else(|| self.expected("a type before"))?;
                if !self.take(">") {
                    return Err(self.expected(">"));
                }
                argument.multiple |= self.take("...");
            } else {
                return Ok(argument);
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_lowercase()
}

fn leaf<'s>(name: impl Into<Cow<'s, str>>, kind: ArgumentKind) -> Argument<'s> {
    Argument {
        name: name.into(),
        kind,
        token: None,
        since: None,
        deprecated_since: None,
        optional: false,
        multiple: false,
        multiple_token: false,
        key_group: None,
        arguments: Vec::new(),
    }
}

fn pure_token(token: &str) -> Argument<'_> {
    Argument { token: Some(token), ..leaf(token.to_ascii_lowercase(), ArgumentKind::PureToken) }
}

/// One item as it is, several as a block. A label renames a single token and makes a block of anything else.
fn sequence<'s>(label: Option<&'s str>, mut items: Vec<Argument<'s>>) -> Argument<'s> {
    match (items.as_mut_slice(), label) {
        ([item], Some(label)) if item.kind == ArgumentKind::PureToken => item.name = label.into(),
        ([_], None) => {}
        _ => return group(ArgumentKind::Block, label, items),
    }
    items.pop().unwrap_or_else(|| leaf("", ArgumentKind::String))
}

fn group<'s>(kind: ArgumentKind, label: Option<&'s str>, arguments: Vec<Argument<'s>>) -> Argument<'s> {
    let name = match label {
        Some(label) => Cow::Borrowed(label),
        None => {
            let names: Vec<&str> = arguments.iter().map(|argument| &*argument.name).collect();
            Cow::Owned(names.join("_"))
        }
    };
    Argument { arguments, ..leaf(name, kind) }
}

/// How many words the arguments take: the least number and, unless they are unlimited, the greatest.
pub fn word_count(arguments: &[Argument]) -> (usize, Option<usize>) {
    let add = |total: (usize, Option<usize>), argument: &Argument| {
        let (least, greatest) = argument.word_count();
        (total.0.saturating_add(least), total.1.and_then(|total| total.checked_add(greatest?)))
    };
    arguments.iter().fold((0, Some(0)), add)
}

impl Argument<'_> {
    /// How many words it takes, as [`word_count`] counts them.
    pub fn word_count(&self) -> (usize, Option<usize>) {
        let token = usize::from(self.token.is_some());
        let (least, greatest) = match self.kind {
            ArgumentKind::PureToken => (0, Some(0)),
            ArgumentKind::Block => word_count(&self.arguments),
            ArgumentKind::OneOf => {
                let counts = || self.arguments.iter().map(Argument::word_count);
                let least = counts().map(|(least, _)| least).min().unwrap_or(0);
                (least, counts().map(|(_, greatest)| greatest).try_fold(0, |most, next| Some(most.max(next?))))
            }
            _ => (1, Some(1)),
        };
        let least = if self.optional { 0 } else { least.saturating_add(token) };
        (least, greatest.and_then(|words| words.checked_add(token)).filter(|_| !self.multiple))
    }

    /// The words it takes when that is always the same number.
    pub fn fixed_words(&self) -> Option<usize> {
        let (least, greatest) = self.word_count();
        (greatest == Some(least)).then_some(least)
    }
}

/// The arity of a command whose name takes `name_words` words: the number of words, negative when it is the
/// least number.
pub fn arity(arguments: &[Argument], name_words: usize) -> i32 {
    let (least, greatest) = word_count(arguments);
    let words = i32::try_from(least.saturating_add(name_words)).unwrap_or(i32::MAX);
    if greatest == Some(least) { words } else { words.saturating_neg() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line for each argument: name, type, token and what else is declared.
    fn show(arguments: &[Argument], depth: usize, lines: &mut Vec<String>) {
        for argument in arguments {
            let mut line = format!("{}{} {}", "  ".repeat(depth), argument.name, argument.kind.name());
            let mut add = |text: String| line.push_str(&format!(" {text}"));
            argument.token.iter().for_each(|token| add(format!("{token:?}")));
            argument.since.iter().for_each(|since| add(format!("since {since}")));
            argument.deprecated_since.iter().for_each(|since| add(format!("until {since}")));
            argument.key_group.iter().for_each(|group| add(format!("#{group}")));
            let flags = [
                (argument.optional, "optional"),
                (argument.multiple, "multiple"),
                (argument.multiple_token, "multiple_token"),
            ];
            flags.iter().filter(|(set, _)| *set).for_each(|(_, name)| add((*name).to_owned()));
            lines.push(line);
            show(&argument.arguments, depth + 1, lines);
        }
    }

    #[track_caller]
    fn check(syntax: &str, expected: &str) {
        let mut lines = Vec::new();
        show(&parse(syntax).unwrap(), 0, &mut lines);
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn reads_arguments_tokens_and_types() {
        check("key value", "key key #0\nvalue string");
        check("start start<string>... min<double>", "start integer\nstart string multiple\nmin double");
        check("[count]@6.2.0", "count integer since 6.2.0 optional");
        check("[GET]@6.2.0", "get pure-token \"GET\" since 6.2.0 optional");
        check("NO ONE", "no pure-token \"NO\"\none pure-token \"ONE\"");
        check("(new_id: \"$\")", "new_id pure-token \"$\"");
        check("EX seconds yes/no ip:port!2.8.12", "seconds integer \"EX\"\nyes/no string\nip:port string until 2.8.12");
        check("[WEIGHTS weight...]", "weight integer \"WEIGHTS\" optional multiple");
        check("[GET pattern#1]...", "pattern pattern \"GET\" #1 optional multiple multiple_token");
        check("key1<key> key2<key>#0 destination", "key1 key #0\nkey2 key #0\ndestination key #1");
    }

    #[test]
    fn reads_groups() {
        check("(field value)...", "field_value block multiple\n  field string\n  value string");
        check("[LIMIT (offset count)]", "offset_count block \"LIMIT\" optional\n  offset integer\n  count integer");
        check("(ON | OFF)", "on_off oneof\n  on pure-token \"ON\"\n  off pure-token \"OFF\"");
        check(
            "[condition: NX@2.6.12 | XX]",
            "condition oneof optional\n  nx pure-token \"NX\" since 2.6.12\n  xx pure-token \"XX\"",
        );
        check("[change: CH]", "change pure-token \"CH\" optional");
        check("(parameter: parameter)...", "parameter block multiple\n  parameter string");
        check(
            "(from: FROMMEMBER member | FROMLONLAT (longitude latitude))",
            "from oneof\n  member string \"FROMMEMBER\"\n  longitude_latitude block \"FROMLONLAT\"\n    longitude double\n    latitude double",
        );
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for syntax in ["[key", "key]", "(a | )", "()", "\"x", "a<b>", "a#", "|", "..."] {
            assert!(parse(syntax).is_err(), "{syntax}");
        }
        assert!(parse(&"[".repeat(100)).is_err());
    }

    #[track_caller]
    fn check_arity(syntax: &str, expected: i32) {
        assert_eq!(arity(&parse(syntax).unwrap(), 1), expected, "{syntax}");
    }

    #[test]
    fn counts_words() {
        check_arity("", 1);
        check_arity("key", 2);
        check_arity("key [count]", -2);
        check_arity("key...", -2);
        check_arity("key (field value)...", -4);
        check_arity("key (where: LEFT | RIGHT)", 3);
        check_arity("key (by: BYRADIUS radius | BYBOX width height)", -4);
        check_arity("GROUP (group consumer) STREAMS (streams: key... id...)", -7);
    }
}
