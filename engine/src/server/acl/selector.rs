//! One set of permissions: commands, keys and channels that go together. A user has one, and any number beside it.

use super::{Commands, RuleError};
use crate::base::{Bytes, glob};
use crate::command::{Access, Categories, quoted};

/// What a call would do.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The command's number.
    pub command: usize,
    /// Whether the command is one that everybody may run.
    pub for_everybody: bool,
    /// All words of the call, its name included.
    pub words: &'a [&'a [u8]],
    /// Which words are keys, and what is done with them.
    pub keys: &'a [(usize, Access)],
    /// Which words are channels.
    pub channels: &'a [Channel],
}

/// A channel that a call publishes to or subscribes to.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    /// Which word it is.
    pub word: usize,
    /// Whether it is a pattern of channels.
    pub is_pattern: bool,
}

/// Why a call is not permitted; the greatest reason of several selectors is the one that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    Command,
    /// Which word is the key.
    Key(usize),
    /// Which word is the channel.
    Channel(usize),
}

/// A pattern of keys, and what may be done with them.
#[derive(Clone, Debug)]
struct KeyPattern {
    pattern: Bytes,
    read: bool,
    write: bool,
}

impl KeyPattern {
    fn permits(&self, access: Access) -> bool {
        (self.read || !reads(access)) && (self.write || !writes(access))
    }

    fn describe(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(match (self.read, self.write) {
            (true, false) => b"%R~",
            (false, true) => b"%W~",
            _ => b"~",
        });
        text.extend_from_slice(&self.pattern);
    }
}

fn reads(access: Access) -> bool {
    access.has(Access::ACCESS)
}

fn writes(access: Access) -> bool {
    access.has(Access::INSERT) || access.has(Access::DELETE) || access.has(Access::UPDATE)
}

/// A rule about commands, as it is shown: `+get`, `-@write`.
#[derive(Clone, Debug)]
struct CommandRule {
    allow: bool,
    name: Bytes,
}

/// Commands, keys and channels.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    all_keys: bool,
    keys: Vec<KeyPattern>,
    all_channels: bool,
    channels: Vec<Bytes>,
    /// Whether no command was ever taken away since all were allowed.
    all_commands: bool,
    /// Whether the rules begin with all commands: those that `bits` does not reach are allowed then.
    from_all: bool,
    /// A bit for each command's number.
    bits: Vec<u64>,
    /// Commands that are allowed with this word after their name only.
    first_arguments: Vec<(usize, Box<[u8]>)>,
    /// The rules since the beginning from all or none, each name once.
    rules: Vec<CommandRule>,
}

impl Selector {
    /// No command and no key.
    pub fn new(all_channels: bool) -> Selector {
        Selector { all_channels, ..Selector::default() }
    }

    /// Permits everything.
    pub fn allow_everything(&mut self) {
        self.begin_from(true);
        (self.all_keys, self.keys) = (true, Vec::new());
        (self.all_channels, self.channels) = (true, Vec::new());
    }

    /// Whether it permits everything.
    pub fn is_all_powerful(&self) -> bool {
        self.all_commands && self.all_keys && self.all_channels
    }

    /// Whether the keys of a call need to be known.
    pub fn looks_at_keys(&self) -> bool {
        !self.all_keys
    }

    /// Whether the channels of a call need to be known.
    pub fn looks_at_channels(&self) -> bool {
        !self.all_channels
    }

    // --- Rules -----------------------------------------------------------------------------------------------

    /// Applies one rule.
    ///
    /// # Errors
    /// When there is no such rule, or it makes no sense now; nothing is changed then.
    pub fn apply(&mut self, rule: &[u8], commands: &dyn Commands) -> Result<(), RuleError> {
        // Redis takes words of rules, but not patterns, for texts that end at a NUL.
        let text = quoted(rule);
        let is = |word: &str| text.eq_ignore_ascii_case(word.as_bytes());
        if is("allkeys") || is("~*") {
            (self.all_keys, self.keys) = (true, Vec::new());
        } else if is("resetkeys") {
            (self.all_keys, self.keys) = (false, Vec::new());
        } else if is("allchannels") || is("&*") {
            (self.all_channels, self.channels) = (true, Vec::new());
        } else if is("resetchannels") {
            (self.all_channels, self.channels) = (false, Vec::new());
        } else if is("allcommands") || is("+@all") {
            self.begin_from(true);
        } else if is("nocommands") || is("-@all") {
            self.begin_from(false);
        } else {
            match rule {
                [b'~', pattern @ ..] => return self.add_keys(pattern, true, true),
                [b'%', rest @ ..] => return self.add_limited_keys(rest),
                [b'&', pattern @ ..] => return self.add_channels(pattern),
                _ => {}
            }
            match text {
                [sign @ (b'+' | b'-'), b'@', name @ ..] => return self.change_category(name, *sign == b'+', commands),
                [b'+', name @ ..] => return self.allow(name, commands),
                [b'-', name @ ..] => {
                    let number = commands.find(name).ok_or(RuleError::Unknown)?;
                    self.change(number, false, commands);
                    self.note(commands.name(number).as_bytes(), false);
                }
                _ => return Err(RuleError::Syntax),
            }
        }
        Ok(())
    }

    fn begin_from(&mut self, all: bool) {
        (self.all_commands, self.from_all) = (all, all);
        self.bits.clear();
        self.first_arguments.clear();
        self.rules.clear();
    }

    /// `R`, `W` or both, `~` and the pattern.
    fn add_limited_keys(&mut self, rest: &[u8]) -> Result<(), RuleError> {
        if self.all_keys {
            return Err(RuleError::KeysAfterAll);
        }
        let (mut read, mut write, mut pattern) = (false, false, &b""[..]);
        for (at, byte) in rest.iter().enumerate() {
            match byte.to_ascii_uppercase() {
                b'R' if !read => read = true,
                b'W' if !write => write = true,
                b'~' => {
                    pattern = rest.get(at.saturating_add(1)..).unwrap_or_default();
                    break;
                }
                _ => return Err(RuleError::Syntax),
            }
        }
        if !read && !write {
            return Err(RuleError::Syntax);
        }
        self.add_keys(pattern, read, write)
    }

    fn add_keys(&mut self, pattern: &[u8], read: bool, write: bool) -> Result<(), RuleError> {
        if self.all_keys {
            return Err(RuleError::KeysAfterAll);
        }
        check_pattern(pattern)?;
        match self.keys.iter_mut().find(|known| *known.pattern == *pattern) {
            Some(known) => {
                known.read |= read;
                known.write |= write;
            }
            None => self.keys.push(KeyPattern { pattern: Bytes::new(pattern), read, write }),
        }
        Ok(())
    }

    fn add_channels(&mut self, pattern: &[u8]) -> Result<(), RuleError> {
        if self.all_channels {
            return Err(RuleError::ChannelsAfterAll);
        }
        check_pattern(pattern)?;
        if !self.channels.iter().any(|known| **known == *pattern) {
            self.channels.push(Bytes::new(pattern));
        }
        Ok(())
    }

    fn change_category(&mut self, name: &[u8], allow: bool, commands: &dyn Commands) -> Result<(), RuleError> {
        let category = Categories::find(name).ok_or(RuleError::Unknown)?;
        for number in 0..commands.count() {
            if commands.categories(number).has(category) {
                self.change(number, allow, commands);
            }
        }
        self.note(&[b"@", name].concat(), allow);
        Ok(())
    }

    /// `command`, `container|subcommand` or `command|first-argument`.
    fn allow(&mut self, name: &[u8], commands: &dyn Commands) -> Result<(), RuleError> {
        let Some(bar) = name.iter().rposition(|&byte| byte == b'|') else {
            let number = commands.find(name).ok_or(RuleError::Unknown)?;
            self.change(number, true, commands);
            self.note(commands.name(number).as_bytes(), true);
            return Ok(());
        };
        let (command, argument) = name.split_at_checked(bar).ok_or(RuleError::Syntax)?;
        let number = commands.find(command).ok_or(RuleError::Unknown)?;
        if commands.is_member(number) {
            return Err(RuleError::FirstArgumentOfSubcommand);
        }
        let argument = argument.get(1..).filter(|argument| !argument.is_empty()).ok_or(RuleError::Syntax)?;
        if commands.members(number).is_empty() {
            let known =
                |(command, word): &(usize, Box<[u8]>)| *command == number && word.eq_ignore_ascii_case(argument);
            if !self.first_arguments.iter().any(known) {
                self.first_arguments.push((number, argument.into()));
            }
        } else {
            let number = commands.find(name).ok_or(RuleError::Unknown)?;
            self.change(number, true, commands);
        }
        self.note(name, true);
        Ok(())
    }

    /// Allows or forbids a command, and a container's subcommands with it.
    fn change(&mut self, number: usize, allow: bool, commands: &dyn Commands) {
        self.first_arguments.retain(|(command, _)| *command != number);
        for number in core::iter::once(number).chain(commands.members(number)) {
            let word = number / 64;
            if self.bits.len() <= word {
                self.bits.resize(word.saturating_add(1), if self.from_all { u64::MAX } else { 0 });
            }
            if let Some(bits) = self.bits.get_mut(word) {
                let bit = 1 << (number % 64);
                *bits = if allow { *bits | bit } else { *bits & !bit };
            }
        }
        self.all_commands &= allow;
    }

    /// Keeps a rule to show it, in place of an older one about the same or a part of it.
    fn note(&mut self, name: &[u8], allow: bool) {
        let name = name.to_ascii_lowercase();
        let is_part = |rule: &CommandRule| matches!(rule.name.strip_prefix(name.as_slice()), Some([] | [b'|', ..]));
        self.rules.retain(|rule| !is_part(rule));
        self.rules.push(CommandRule { allow, name: Bytes::from(name) });
    }

    // --- Checks ----------------------------------------------------------------------------------------------

    /// Whether a call is permitted.
    ///
    /// # Errors
    /// The first thing in it that is not.
    pub fn check(&self, request: &Request) -> Result<(), Denied> {
        if !request.for_everybody && !self.permits_command(request) {
            return Err(Denied::Command);
        }
        let word = |index: usize| request.words.get(index).copied().unwrap_or_default();
        if !self.all_keys
            && let Some((index, _)) =
                request.keys.iter().find(|(index, access)| !self.permits_key(word(*index), *access))
        {
            return Err(Denied::Key(*index));
        }
        if !self.all_channels
            && let Some(channel) = request
                .channels
                .iter()
                .find(|channel| !permits_channel(&self.channels, word(channel.word), channel.is_pattern))
        {
            return Err(Denied::Channel(channel.word));
        }
        Ok(())
    }

    fn permits_command(&self, request: &Request) -> bool {
        let number = request.command;
        let bit = self.bits.get(number / 64).map_or(self.from_all, |bits| bits & 1 << (number % 64) != 0);
        self.all_commands
            || bit
            || self.first_arguments.iter().any(|(command, argument)| {
                *command == number
                    && request.words.get(1).is_some_and(|word| quoted(word).eq_ignore_ascii_case(argument))
            })
    }

    fn permits_key(&self, key: &[u8], access: Access) -> bool {
        self.keys.iter().any(|keys| keys.permits(access) && glob::matches(&keys.pattern, key))
    }

    /// Whether it permits this with every key.
    pub fn permits_any_key(&self, access: Access) -> bool {
        self.all_keys || self.keys.iter().any(|keys| keys.permits(access) && *keys.pattern == *b"*")
    }

    /// The patterns of channels that it permits; none says that it permits every one.
    pub fn channels(&self) -> Option<&[Bytes]> {
        (!self.all_channels).then_some(&self.channels)
    }

    // --- Descriptions ----------------------------------------------------------------------------------------

    /// The rules about commands, which always begin with all or none.
    pub fn describe_commands(&self) -> Vec<u8> {
        let mut text = if self.from_all { b"+@all" } else { b"-@all" }.to_vec();
        for rule in &self.rules {
            text.extend_from_slice(if rule.allow { b" +" } else { b" -" });
            text.extend_from_slice(&rule.name);
        }
        text
    }

    /// The rules about keys.
    pub fn describe_keys(&self) -> Vec<u8> {
        if self.all_keys {
            return b"~*".to_vec();
        }
        joined(&self.keys, |keys, text| keys.describe(text))
    }

    /// The rules about channels.
    pub fn describe_channels(&self) -> Vec<u8> {
        if self.all_channels {
            return b"&*".to_vec();
        }
        joined(&self.channels, |pattern, text| text.extend([b"&", pattern.as_slice()].concat()))
    }

    /// All rules, such that they make the same of a new selector.
    pub fn describe(&self) -> Vec<u8> {
        let mut text = self.describe_keys();
        if !text.is_empty() {
            text.push(b' ');
        }
        if !self.all_channels {
            text.extend_from_slice(b"resetchannels ");
        }
        let channels = self.describe_channels();
        if !channels.is_empty() {
            text.extend_from_slice(&channels);
            text.push(b' ');
        }
        text.extend(self.describe_commands());
        text
    }
}

/// Whether one of these patterns permits a channel; a pattern is permitted only by the same pattern.
pub fn permits_channel(patterns: &[Bytes], channel: &[u8], is_pattern: bool) -> bool {
    patterns
        .iter()
        .any(|pattern| if is_pattern { quoted(channel) == pattern.as_slice() } else { glob::matches(pattern, channel) })
}

/// Patterns are shown with spaces between them, so that none can stand in one.
fn check_pattern(pattern: &[u8]) -> Result<(), RuleError> {
    if has_spaces(pattern) { Err(RuleError::Syntax) } else { Ok(()) }
}

/// Whether a name or pattern holds white space or a NUL.
pub fn has_spaces(bytes: &[u8]) -> bool {
    bytes.iter().any(|&byte| matches!(byte, 0 | b'\t'..=b'\r' | b' '))
}

fn joined<T>(parts: &[T], write: impl Fn(&T, &mut Vec<u8>)) -> Vec<u8> {
    let mut text = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            text.push(b' ');
        }
        write(part, &mut text);
    }
    text
}
