//! The settings of a node: one table with each setting's kind, range and default, and their present values.

use crate::base::numbers::parse_i64;

/// What values a setting takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `yes` or `no`
    YesNo,
    /// A whole number.
    Integer { min: i64, max: i64 },
    /// A number of bytes, with units such as `1gb`.
    Memory { min: u64, max: u64 },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, of which only the last is built.
    LastChoice(&'static [&'static str], &'static str),
    /// Any text.
    Text,
    /// Pairs of seconds and changes.
    SavePoints,
}

/// The declaration of one setting.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    /// An older name that still works.
    pub alias: Option<&'static str>,
    pub kind: Kind,
    pub default: &'static str,
    /// Whether CONFIG SET refuses it.
    pub immutable: bool,
}

const fn setting(name: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting { name, alias: None, kind, default, immutable: false }
}

const fn renamed(name: &'static str, alias: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting { name, alias: Some(alias), kind, default, immutable: false }
}

const fn fixed(name: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting { name, alias: None, kind, default, immutable: true }
}

const LONG: Kind = Kind::Integer { min: 0, max: i64::MAX };

const BYTES: Kind = Kind::Memory { min: 0, max: i64::MAX as u64 };

const POLICIES: &[&str] = &[
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
];

/// Every setting that exists.
pub static SETTINGS: &[Setting] = &[
    setting("appendfsync", Kind::Choice(&["everysec", "always", "no"]), "everysec"),
    setting("appendonly", Kind::YesNo, "no"),
    setting("client-query-buffer-limit", Kind::Memory { min: 1024 * 1024, max: i64::MAX as u64 }, "1073741824"),
    fixed("databases", Kind::Integer { min: 1, max: 16 }, "16"),
    setting("dbfilename", Kind::Text, "dump.rdb"),
    renamed("hash-max-listpack-entries", "hash-max-ziplist-entries", LONG, "512"),
    renamed("hash-max-listpack-value", "hash-max-ziplist-value", BYTES, "64"),
    setting("list-compress-depth", Kind::Integer { min: 0, max: i32::MAX as i64 }, "0"),
    renamed(
        "list-max-listpack-size",
        "list-max-ziplist-size",
        Kind::Integer { min: i32::MIN as i64, max: i32::MAX as i64 },
        "-2",
    ),
    setting("maxmemory", Kind::Memory { min: 0, max: u64::MAX }, "0"),
    setting("maxmemory-policy", Kind::LastChoice(POLICIES, "keys are not evicted, only writes refused"), "noeviction"),
    setting("proto-max-bulk-len", Kind::Memory { min: 1024 * 1024, max: i64::MAX as u64 }, "536870912"),
    fixed("rdbchecksum", Kind::YesNo, "yes"),
    setting("rdbcompression", Kind::YesNo, "yes"),
    setting("save", Kind::SavePoints, "3600 1 300 100 60 10000"),
    setting("set-max-intset-entries", LONG, "512"),
    setting("set-max-listpack-entries", LONG, "128"),
    setting("set-max-listpack-value", LONG, "64"),
    renamed("zset-max-listpack-entries", "zset-max-ziplist-entries", LONG, "128"),
    renamed("zset-max-listpack-value", "zset-max-ziplist-value", BYTES, "64"),
];

/// The present value of every setting, as CONFIG GET prints it.
#[derive(Clone, Debug)]
pub struct Config {
    values: Vec<String>,
}

impl Default for Config {
    fn default() -> Config {
        Config { values: SETTINGS.iter().map(|setting| setting.default.to_string()).collect() }
    }
}

impl Config {
    /// The declaration that `name` means, by its present or older name, in any case.
    pub fn find(name: &[u8]) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| {
            setting.name.as_bytes().eq_ignore_ascii_case(name)
                || setting.alias.is_some_and(|alias| alias.as_bytes().eq_ignore_ascii_case(name))
        })
    }

    /// The value of a setting; empty for a name that does not exist.
    pub fn get(&self, name: &str) -> &str {
        let index = SETTINGS.iter().position(|setting| setting.name == name);
        index.and_then(|index| self.values.get(index)).map_or("", String::as_str)
    }

    /// The value of a numeric setting; 0 for one that is not a number.
    pub fn integer(&self, name: &str) -> i64 {
        parse_i64(self.get(name).as_bytes()).unwrap_or(0)
    }

    /// Whether a `yes` or `no` setting is `yes`.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name) == "yes"
    }

    /// Gives a setting a value in its normal form.
    ///
    /// # Errors
    /// The reason, in Redis's words, when the value does not fit the setting; nothing is changed then.
    pub fn set(&mut self, setting: &'static Setting, value: &str) -> Result<(), String> {
        let normal = normalise(setting.kind, value)?;
        let index = SETTINGS.iter().position(|candidate| candidate.name == setting.name);
        if let Some(slot) = index.and_then(|index| self.values.get_mut(index)) {
            *slot = normal;
        }
        Ok(())
    }
}

fn normalise(kind: Kind, value: &str) -> Result<String, String> {
    match kind {
        Kind::YesNo => match value.to_ascii_lowercase().as_str() {
            choice @ ("yes" | "no") => Ok(choice.to_string()),
            _ => Err("argument must be 'yes' or 'no'".to_string()),
        },
        Kind::Integer { min, max } => {
            let number = parse_i64(value.as_bytes()).ok_or("argument couldn't be parsed into an integer")?;
            in_range(number, min, max)
        }
        Kind::Memory { min, max } => {
            let number = parse_memory(value).ok_or("argument must be a memory value")?;
            in_range(number, min, max)
        }
        Kind::Choice(words) => choose(words, value),
        Kind::LastChoice(words, why) => {
            let word = choose(words, value)?;
            if words.last() == Some(&word.as_str()) { Ok(word) } else { Err(format!("'{word}' is not built: {why}")) }
        }
        Kind::Text => Ok(value.to_string()),
        Kind::SavePoints => {
            let numbers: Option<Vec<i64>> = value.split_ascii_whitespace().map(|n| parse_i64(n.as_bytes())).collect();
            match numbers {
                Some(numbers) if numbers.len().is_multiple_of(2) && numbers.iter().all(|&number| number >= 0) => {
                    Ok(numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" "))
                }
                _ => Err("Invalid save parameters".to_string()),
            }
        }
    }
}

fn choose(words: &[&str], value: &str) -> Result<String, String> {
    match words.iter().find(|word| word.eq_ignore_ascii_case(value)) {
        Some(word) => Ok((*word).to_string()),
        None => Err(format!("argument(s) must be one of the following: {}", words.join(", "))),
    }
}

fn in_range<N: PartialOrd + core::fmt::Display>(number: N, min: N, max: N) -> Result<String, String> {
    if min <= number && number <= max {
        Ok(number.to_string())
    } else {
        Err(format!("argument must be between {min} and {max} inclusive"))
    }
}

/// A number of bytes with an optional unit: `k m g` are powers of 1000, `kb mb gb` powers of 1024. As in Redis no
/// digits mean 0, what no 64 bits can hold is the most they can, and the product with the unit wraps.
pub fn parse_memory(value: &str) -> Option<u64> {
    const MOST_DIGITS: usize = 127;
    let value = value.split('\0').next().unwrap_or_default();
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = value.split_at_checked(digits).filter(|(number, _)| number.len() <= MOST_DIGITS)?;
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1024,
        "m" => 1_000_000,
        "mb" => 1024 * 1024,
        "g" => 1_000_000_000,
        "gb" => 1024 * 1024 * 1024,
        _ => return None,
    };
    let number = if number.is_empty() { 0 } else { number.parse().unwrap_or(u64::MAX) };
    Some(number.wrapping_mul(factor))
}
