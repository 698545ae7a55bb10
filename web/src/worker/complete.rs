//! What the Tab key offers after a command's name: the options that may come next, and names that are there: keys of
//! the database, channels with subscribers, groups of a stream that the line names.
//!
//! The engine's hint says what may come next; here it is read, and the names are looked up with bounded work: of a
//! large database only the newest keys are looked at.

use engine::Engine;
use engine::keyspace::Keyspace;
use engine::resp;
use engine::server::Scope;
use engine::value::Value;

/// How many keys are looked at for one press of Tab.
const MAX_LOOKED_AT: usize = 20_000;
/// How many names are offered.
const MAX_NAMES: usize = 50;
/// Longer names are not for a line.
const MAX_NAME_BYTES: usize = 200;

/// The lines that `line` may become by completing its last word.
pub fn completions(line: &str, engine: &Engine, database: u32) -> Vec<String> {
    let (before, word) = last_word(line);
    if before.trim().is_empty() {
        return Vec::new();
    }
    let expected = Expected::read(&engine::hint(before).text);
    let begins = |option: &&String| option.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let mut words: Vec<String> = expected.options.iter().filter(begins).cloned().collect();
    // An open quote belongs to the word.
    let typed = word.strip_prefix('"').unwrap_or(word);
    let mut names: Vec<String> = Vec::new();
    if expected.key {
        names = keys(engine.keyspace(), database as usize, typed.as_bytes());
    }
    if expected.channel {
        let all = engine.server().pubsub.names(Scope::Channel).chain(engine.server().pubsub.names(Scope::Shard));
        names.extend(all.take(MAX_LOOKED_AT).filter_map(|name| offered(name, typed.as_bytes())).take(MAX_NAMES));
    }
    if expected.group {
        names.extend(groups(engine.keyspace(), database as usize, before, typed.as_bytes()));
    }
    names.sort();
    words.extend(names);
    words.iter().map(|word| format!("{before}{word}")).filter(|whole| whole != line).collect()
}

/// A line and its last word, which may be empty or begin with a quote that is not closed.
fn last_word(line: &str) -> (&str, &str) {
    let at = match resp::split_line(line) {
        Ok(_) => line.rfind(|it: char| it.is_ascii_whitespace()).map_or(0, |space| space + 1),
        Err(_) => line.rfind(" \"").map_or(line.len(), |space| space + 1),
    };
    line.split_at_checked(at).unwrap_or((line, ""))
}

/// What may come next.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expected {
    options: Vec<String>,
    key: bool,
    channel: bool,
    group: bool,
}

impl Expected {
    /// Reads the rest of a syntax, such as `[NX|XX] [EX seconds|KEEPTTL] key [key ...]`: optional parts may come in any
    /// order, up to the first required one.
    fn read(rest: &str) -> Expected {
        let mut expected = Expected::default();
        let mut rest = rest.trim_start();
        while !rest.is_empty() {
            let optional = rest.starts_with('[');
            let end = if optional { closing(rest) } else { rest.find(' ').unwrap_or(rest.len()) };
            let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let part = part.strip_prefix('[').unwrap_or(part);
            let part = if optional { part.strip_suffix(']').unwrap_or(part) } else { part };
            expected.note(part);
            if !optional {
                break;
            }
            rest = after.trim_start();
        }
        expected
    }

    /// Notes how each alternative of a part begins.
    fn note(&mut self, part: &str) {
        let mut depth = 0usize;
        let alternatives = part.split(|it: char| {
            match it {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && it == '|'
        });
        for alternative in alternatives {
            let first = alternative.trim_start_matches('[').split([' ', ']', '|']).next().unwrap_or_default();
            match first {
                "channel" | "shardchannel" => self.channel = true,
                "group" => self.group = true,
                "source" | "destination" | "newkey" => self.key = true,
                key if key == "key" || key.starts_with("key") || key.ends_with("key") => self.key = true,
                option if is_option(option) && !self.options.iter().any(|known| known == option) => {
                    self.options.push(option.to_owned());
                }
                _ => {}
            }
        }
    }
}

fn is_option(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase() || b"-_0123456789".contains(&byte))
}

/// The bytes of the bracketed part that a text begins with.
fn closing(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// The newest keys that begin so.
fn keys(keyspace: &Keyspace, database: usize, typed: &[u8]) -> Vec<String> {
    let Some(space) = keyspace.database(database) else { return Vec::new() };
    let newest = (0..space.len()).rev().take(MAX_LOOKED_AT).filter_map(|position| space.at(position));
    let living = newest.filter(|(_, object)| !keyspace.is_expired(object));
    living.filter_map(|(key, _)| offered(key, typed)).take(MAX_NAMES).collect()
}

/// The groups of the streams that the line names.
fn groups(keyspace: &Keyspace, database: usize, line: &str, typed: &[u8]) -> Vec<String> {
    let words = resp::split_line(line).unwrap_or_default();
    let space = keyspace.database(database);
    let objects = words.iter().filter_map(|word| space.and_then(|space| space.at(space.find(word)?)));
    let streams = objects.filter_map(|(_, object)| match &object.value {
        Value::Stream(stream) => Some(stream),
        _ => None,
    });
    let names = streams.flat_map(|stream| stream.groups()).filter_map(|(name, _)| offered(name, typed));
    names.take(MAX_NAMES).collect()
}

/// A name as it is written in a line, if it begins with what was typed.
fn offered(name: &[u8], typed: &[u8]) -> Option<String> {
    let fits = name.len() <= MAX_NAME_BYTES && name.starts_with(typed);
    let plain = std::str::from_utf8(name).is_ok_and(|text| {
        !text.is_empty() && !text.contains(|it: char| it.is_whitespace() || it.is_control() || "\"'\\".contains(it))
    });
    let written = || if plain { name.to_vec() } else { resp::quote(name) };
    fits.then(|| String::from_utf8_lossy(&written()).into_owned())
}

#[cfg(test)]
mod tests {
    use engine::base::Time;
    use engine::{Engine, Options};

    use super::*;

    #[track_caller]
    fn check(engine: &Engine, line: &str, expected: &[&str]) {
        let offered: Vec<String> = completions(line, engine, 0);
        let words: Vec<&str> =
            offered.iter().map(|whole| whole.strip_prefix(last_word(line).0).expect("the line goes on")).collect();
        assert_eq!(words, expected, "{line}");
    }

    #[test]
    fn options_and_names_are_offered() {
        let now = Time(1_750_000_000_000);
        let mut engine = Engine::new(Options::default(), now).unwrap();
        let client = engine.connect(now);
        for words in [
            vec!["MSET", "user:1", "a", "user:2", "b", "use", "c", "two words", "d"],
            vec!["XGROUP", "CREATE", "jobs", "workers", "$", "MKSTREAM"],
            vec!["SET", "gone", "x", "PX", "1"],
            vec!["SUBSCRIBE", "news"],
        ] {
            let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
            engine.receive(client, &resp::encode_command(&words), now);
            while engine.poll().is_some() {}
        }
        engine.tick(Time(now.0 + 10));
        check(&engine, "GET user:", &["user:1", "user:2"]);
        check(&engine, "GET ", &["\"two words\"", "jobs", "use", "user:1", "user:2"]);
        check(&engine, "GET \"tw", &["\"two words\""]);
        check(&engine, "MGET a user:1", &[]);
        check(&engine, "MGET a user:", &["user:1", "user:2"]);
        check(&engine, "SET k v e", &["EX", "EXAT"]);
        check(&engine, "SET k v EX ", &[]);
        check(&engine, "SET k v EX 5 ", &["NX", "XX", "GET"]);
        check(&engine, "ZRANGE board 0 9 by", &["BYSCORE", "BYLEX"]);
        check(&engine, "XREADGROUP g", &["GROUP"]);
        check(&engine, "XPENDING jobs ", &["workers"]);
        check(&engine, "PUBLISH n", &["news"]);
        check(&engine, "gone", &[]);
        check(&engine, "NOSUCH ", &[]);
    }
}
