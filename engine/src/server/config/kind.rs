//! What values a setting takes, and their normal form, which is what CONFIG GET prints.

use crate::base::numbers::{parse_f64, parse_i64};
use crate::server::Notify;

/// What values a setting takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `yes` or `no`
    YesNo,
    /// A whole number.
    Integer { min: i64, max: i64 },
    /// A whole number from 0 in octal digits.
    Octal { max: i64 },
    /// Rounds a second: any whole number from 0, brought into the range that is used.
    Hertz,
    /// A number of bytes, with units such as `1gb`.
    Memory { min: u64, max: u64 },
    /// A number of bytes or a share, such as `5%`.
    MemoryOrPercent,
    /// As `Memory` from 1, but never less than `least`.
    AtLeast { least: u64, max: u64 },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, of which one is shown as another.
    Synonym(&'static [&'static str], &'static str, &'static str),
    /// Any of these words, of which the first stands for none.
    Flags(&'static [&'static str]),
    /// Text up to the first NUL that passes the check.
    Text(fn(&[u8]) -> Result<(), &'static str>),
    /// Any bytes.
    Binary,
    /// Pairs of seconds and changes.
    SavePoints,
    /// A class of clients, its hard and soft limit in bytes, and for how many seconds it may stay over the soft one.
    OutputLimits,
    /// Three numbers from -2000 to 2000.
    OomScores,
    /// Letters that stand for classes of events.
    Events,
    /// Numbers from 0 to 100.
    Percentiles,
    /// Where to listen.
    Addresses,
    /// A host and a port.
    Primary,
    /// The folder of the files.
    Folder,
}

const WRONG_NUMBER: &str = "wrong number of arguments";

impl Kind {
    /// Whether a value is made of several words.
    pub fn takes_several(self) -> bool {
        matches!(
            self,
            Kind::Flags(_)
                | Kind::SavePoints
                | Kind::OutputLimits
                | Kind::OomScores
                | Kind::Percentiles
                | Kind::Addresses
                | Kind::Primary
        )
    }

    /// The normal form of a value that is to follow `present`, which matters where a value changes only a part.
    ///
    /// # Errors
    /// The reason, in Redis's words, when the value does not fit.
    pub fn normal(self, present: &[u8], words: &[&[u8]]) -> Result<Vec<u8>, String> {
        match (self, words) {
            // All that most starts bring.
            (Kind::YesNo, [word @ (b"yes" | b"no")]) => Ok(word.to_vec()),
            (Kind::SavePoints, [] | [b""]) => Ok(Vec::new()),
            _ => self.normal_form(present, words),
        }
    }

    /// [`Kind::normal`] for any value.
    fn normal_form(self, present: &[u8], words: &[&[u8]]) -> Result<Vec<u8>, String> {
        let word = match words {
            [word] => *word,
            _ if self.takes_several() => b"",
            _ => return Err(WRONG_NUMBER.to_string()),
        };
        // C's text ends at the first NUL.
        let text = word.split(|&byte| byte == 0).next().unwrap_or_default();
        match self {
            Kind::YesNo if text.eq_ignore_ascii_case(b"yes") => Ok(b"yes".to_vec()),
            Kind::YesNo if text.eq_ignore_ascii_case(b"no") => Ok(b"no".to_vec()),
            Kind::YesNo => Err("argument must be 'yes' or 'no'".to_string()),
            Kind::Integer { min, max } => in_range(integer(word)?, min, max),
            Kind::Hertz => {
                in_range(integer(word)?, 0, i64::from(i32::MAX))?;
                Ok(integer(word)?.clamp(1, 500).to_string().into_bytes())
            }
            Kind::Octal { max } => octal(text, max),
            Kind::Memory { min, max } => {
                in_range(parse_memory(text).ok_or("argument must be a memory value")?, min, max)
            }
            Kind::AtLeast { least, max } => {
                let bytes = parse_memory(text).ok_or("argument must be a memory value")?;
                in_range(bytes, 1, max)?;
                Ok(bytes.max(least).to_string().into_bytes())
            }
            Kind::MemoryOrPercent => memory_or_percent(text),
            Kind::Choice(choices) => choose(choices, text).map(|word| word.as_bytes().to_vec()),
            Kind::Synonym(choices, from, to) => {
                let word = choose(choices, text)?;
                Ok(if word == from { to } else { word }.as_bytes().to_vec())
            }
            Kind::Flags(choices) => flags(choices, words),
            Kind::Text(check) => check(text).map(|()| text.to_vec()).map_err(str::to_string),
            Kind::Binary => Ok(word.to_vec()),
            Kind::SavePoints => save_points(if matches!(words, [b""]) { &[] } else { words }),
            Kind::OutputLimits => output_limits(present, words),
            Kind::OomScores => oom_scores(words),
            Kind::Events => events(text),
            Kind::Percentiles => percentiles(if matches!(words, [b""]) { &[] } else { words }),
            Kind::Addresses => addresses(words),
            Kind::Primary => primary(words),
            Kind::Folder => Ok(text.to_vec()),
        }
    }
}

fn integer(word: &[u8]) -> Result<i64, String> {
    parse_i64(word).ok_or_else(|| "argument couldn't be parsed into an integer".to_string())
}

fn in_range<N: PartialOrd + core::fmt::Display>(number: N, min: N, max: N) -> Result<Vec<u8>, String> {
    if min <= number && number <= max {
        Ok(number.to_string().into_bytes())
    } else {
        Err(format!("argument must be between {min} and {max} inclusive"))
    }
}

fn octal(text: &[u8], max: i64) -> Result<Vec<u8>, String> {
    let digits = core::str::from_utf8(text).unwrap_or("?");
    let number = i64::from_str_radix(digits, 8).map_err(|_| "argument couldn't be parsed as an octal number")?;
    if (0..=max).contains(&number) {
        Ok(format!("{number:o}").into_bytes())
    } else {
        Err(format!("argument must be between 0 and {max:o} inclusive"))
    }
}

/// A number of bytes with an optional unit: `k m g` are powers of 1000, `kb mb gb` powers of 1024. As in Redis no
/// digits mean 0, what no 64 bits can hold is the most they can, and the product with the unit wraps.
pub fn parse_memory(value: &[u8]) -> Option<u64> {
    const MOST_DIGITS: usize = 127;
    let value = value.split(|&byte| byte == 0).next().unwrap_or_default();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, unit) = value.split_at_checked(digits).filter(|(number, _)| number.len() <= MOST_DIGITS)?;
    let factor: u64 = match unit.to_ascii_lowercase().as_slice() {
        b"" | b"b" => 1,
        b"k" => 1000,
        b"kb" => 1024,
        b"m" => 1_000_000,
        b"mb" => 1024 * 1024,
        b"g" => 1_000_000_000,
        b"gb" => 1024 * 1024 * 1024,
        _ => return None,
    };
    let number = match core::str::from_utf8(number).unwrap_or_default() {
        "" => 0,
        digits => digits.parse().unwrap_or(u64::MAX),
    };
    Some(number.wrapping_mul(factor))
}

/// Redis keeps a share as a negative number, so that a huge number of bytes turns into a share.
fn memory_or_percent(text: &[u8]) -> Result<Vec<u8>, String> {
    const MOST_PERCENT: i64 = 100;
    let share = || text.strip_suffix(b"%").and_then(parse_i64).filter(|&share| share >= 0).map(|share| -share);
    let number = parse_memory(text).map(|bytes| bytes as i64).or_else(share);
    match number.ok_or("argument must be a memory or percent value")? {
        number if number < -MOST_PERCENT => Err(format!("percentage argument must be less or equal to {MOST_PERCENT}")),
        number if number < 0 => Ok(format!("{}%", -number).into_bytes()),
        number => Ok(number.to_string().into_bytes()),
    }
}

fn choose(choices: &'static [&'static str], text: &[u8]) -> Result<&'static str, String> {
    let found = choices.iter().find(|choice| choice.as_bytes().eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| format!("argument(s) must be one of the following: {}", choices.join(", ")))
}

fn flags(choices: &'static [&'static str], words: &[&[u8]]) -> Result<Vec<u8>, String> {
    let mut chosen = Vec::new();
    for word in words {
        chosen.push(choose(choices, word)?);
    }
    if words.is_empty() {
        choose(choices, b"")?;
    }
    if chosen.contains(&"save") && chosen.contains(&"nosave") {
        return Err("shutdown options SAVE and NOSAVE can't be used simultaneously".to_string());
    }
    let shown: Vec<&str> = choices.iter().skip(1).copied().filter(|choice| chosen.contains(choice)).collect();
    Ok(if shown.is_empty() { choices.first().copied().unwrap_or_default().to_string() } else { shown.join(" ") }
        .into_bytes())
}

/// The number that a whole word is for C's `strtoll`: spaces may stand before it, nothing at all is 0, and what no
/// 64 bits can hold is the most they can.
fn whole(word: &[u8]) -> Option<i64> {
    let word = word.split(|&byte| byte == 0).next().unwrap_or_default();
    if word.is_empty() {
        return Some(0);
    }
    let number = core::str::from_utf8(word).ok()?.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(number.parse().unwrap_or(if number.starts_with('-') { i64::MIN } else { i64::MAX }))
}

fn save_points(words: &[&[u8]]) -> Result<Vec<u8>, String> {
    const WRONG: &str = "Invalid save parameters";
    let mut shown = Vec::new();
    for pair in words.chunks(2) {
        let [seconds, changes] = pair else { return Err(WRONG.to_string()) };
        let seconds = whole(seconds).filter(|&seconds| seconds >= 1).ok_or(WRONG)?;
        let changes = whole(changes).filter(|&changes| changes >= 0).ok_or(WRONG)?;
        shown.push(format!("{seconds} {}", changes as i32));
    }
    Ok(shown.join(" ").into_bytes())
}

/// The classes of clients as `client-output-buffer-limit` shows them.
const CLASSES: [&str; 3] = ["normal", "slave", "pubsub"];

fn output_limits(present: &[u8], words: &[&[u8]]) -> Result<Vec<u8>, String> {
    if !words.len().is_multiple_of(4) {
        return Err("Wrong number of arguments in buffer limit configuration.".to_string());
    }
    let present = String::from_utf8_lossy(present);
    let present: Vec<&str> = present.split(' ').collect();
    let mut limits: Vec<String> = present.chunks(4).map(|limit| limit.join(" ")).collect();
    for group in words.chunks_exact(4) {
        let [class, hard, soft, seconds] = group else { continue };
        let class = if class.eq_ignore_ascii_case(b"replica") { b"slave" } else { *class };
        let class = CLASSES.iter().position(|name| name.as_bytes().eq_ignore_ascii_case(class));
        let class = class.ok_or("Invalid client class specified in buffer limit configuration.")?;
        let numbers = parse_memory(hard).zip(parse_memory(soft)).zip(whole(seconds).map(|seconds| seconds as i32));
        let ((hard, soft), seconds) = numbers
            .filter(|&(_, seconds)| seconds >= 0)
            .ok_or("Error in hard, soft or soft_seconds setting in buffer limit configuration.")?;
        if let (Some(limit), Some(name)) = (limits.get_mut(class), CLASSES.get(class)) {
            *limit = format!("{name} {hard} {soft} {seconds}");
        }
    }
    Ok(limits.join(" ").into_bytes())
}

fn oom_scores(words: &[&[u8]]) -> Result<Vec<u8>, String> {
    const MOST: i64 = 2000;
    if words.len() != 3 {
        return Err(WRONG_NUMBER.to_string());
    }
    let scores: Option<Vec<String>> = words
        .iter()
        .map(|word| whole(word).filter(|score| (-MOST..=MOST).contains(score)).map(|score| score.to_string()))
        .collect();
    let scores = scores.ok_or("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")?;
    Ok(scores.join(" ").into_bytes())
}

fn events(text: &[u8]) -> Result<Vec<u8>, String> {
    let events = core::str::from_utf8(text).ok().and_then(Notify::parse);
    let refusal = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
    Ok(events.ok_or(refusal)?.letters().into_bytes())
}

fn percentiles(words: &[&[u8]]) -> Result<Vec<u8>, String> {
    let mut shown = Vec::new();
    for word in words {
        let number = parse_f64(word).ok_or("Invalid latency-tracking-info-percentiles parameters")?;
        if !(0.0..=100.0).contains(&number) {
            return Err("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]".to_string());
        }
        let text = format!("{number:.6}");
        shown.push(text.trim_end_matches('0').trim_end_matches('.').to_string());
    }
    Ok(shown.join(" ").into_bytes())
}

fn addresses(words: &[&[u8]]) -> Result<Vec<u8>, String> {
    const MOST: usize = 16;
    if words.len() > MOST {
        return Err("Too many bind addresses specified.".to_string());
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b".:-*_%".contains(byte);
    let is_address = |word: &&[u8]| !word.is_empty() && word.iter().all(is_part);
    if matches!(words, [b""]) {
        return Ok(Vec::new());
    }
    if !words.iter().all(is_address) {
        return Err("Failed to bind to specified addresses.".to_string());
    }
    Ok(words.join(&b' '))
}

fn primary(words: &[&[u8]]) -> Result<Vec<u8>, String> {
    let [host, port] = words else { return Err(WRONG_NUMBER.to_string()) };
    if host.eq_ignore_ascii_case(b"no") && port.eq_ignore_ascii_case(b"one") {
        return Ok(Vec::new());
    }
    let port = whole(port).filter(|port| (0..=65535).contains(port)).ok_or("Invalid master port")?;
    Ok([host, &b" "[..], port.to_string().as_bytes()].concat())
}
