//! Options as they follow `redis-cli` on a command line.

use super::{Intrinsic, Keys, Latency, Mode, Stat};

/// What a line of options asks for.
#[derive(Debug)]
pub enum Parsed {
    Mode(Mode),
    /// Run this so often, forever if `None`, with pauses between.
    Repeat {
        words: Vec<Vec<u8>>,
        times: Option<u32>,
        interval_ms: f64,
    },
    /// In redis-cli's words.
    Refused(String),
}

/// Reads a line whose first word is an option, or `redis-cli` before one; none for other lines.
pub fn parse(words: &[Vec<u8>]) -> Option<Parsed> {
    let words = match words.first() {
        Some(first) if first == b"redis-cli" => words.get(1..)?,
        _ => words,
    };
    let is_option = |word: &Vec<u8>| word.starts_with(b"-") && word.len() > 1;
    words.first().filter(|first| is_option(first))?;
    Some(read(words).unwrap_or_else(Parsed::Refused))
}

/// What the options set.
#[derive(Default)]
struct Settings {
    times: Option<i64>,
    interval_ms: Option<f64>,
    pattern: Option<Vec<u8>>,
    samples: Option<u32>,
    /// The last of the modes that were named.
    mode: &'static str,
    seconds: f64,
}

/// The longest interval and duration: a day.
const MAX_SECONDS: f64 = 86_400.0;

fn read(words: &[Vec<u8>]) -> Result<Parsed, String> {
    let mut settings = Settings::default();
    let mut words = words.iter();
    let rest = loop {
        let left = words.as_slice();
        let Some(word) = words.next() else { break left };
        let name = String::from_utf8_lossy(word).into_owned();
        if !name.starts_with('-') {
            break left;
        }
        let refused = || format!("Unrecognized option or bad number of args for: '{name}'");
        let mut value = || words.next().ok_or_else(refused);
        match name.as_str() {
            "-r" => settings.times = Some(integer(value()?)),
            "-i" => settings.interval_ms = Some(seconds(value()?) * 1000.0),
            "--pattern" => settings.pattern = Some(value()?.clone()),
            "--memkeys-samples" => {
                settings.mode = "--memkeys";
                settings.samples = Some(integer(value()?).clamp(0, i64::from(u32::MAX)) as u32);
            }
            "--intrinsic-latency" => {
                settings.mode = "--intrinsic-latency";
                settings.seconds = seconds(value()?);
            }
            "--bigkeys" => settings.mode = "--bigkeys",
            "--memkeys" => settings.mode = "--memkeys",
            "--hotkeys" => settings.mode = "--hotkeys",
            "--scan" => settings.mode = "--scan",
            "--stat" => settings.mode = "--stat",
            "--latency" => settings.mode = "--latency",
            "--latency-history" => settings.mode = "--latency-history",
            _ => return Err(refused()),
        }
    };
    let Settings { times, interval_ms, pattern, samples, mode, seconds } = settings;
    let pause_ms = interval_ms.unwrap_or_default();
    Ok(Parsed::Mode(match mode {
        "--bigkeys" => Mode::Keys(Box::new(Keys::biggest(pattern, pause_ms))),
        "--memkeys" => Mode::Keys(Box::new(Keys::heaviest(samples, pattern, pause_ms))),
        "--hotkeys" => Mode::Keys(Box::new(Keys::hottest(pattern, pause_ms))),
        "--scan" => Mode::Keys(Box::new(Keys::all(pattern, pause_ms))),
        "--stat" => Mode::Stat(Stat::new(interval_ms.filter(|it| *it > 0.0).unwrap_or(1000.0))),
        "--latency" => Mode::Latency(Latency::new(None)),
        "--latency-history" => {
            Mode::Latency(Latency::new(Some(interval_ms.filter(|it| *it > 0.0).unwrap_or(15_000.0))))
        }
        "--intrinsic-latency" => Mode::Intrinsic(Intrinsic::new(seconds)),
        _ if rest.is_empty() => return Err("A command has to follow: -r 5 -i 0.5 INCR visits".to_owned()),
        _ => {
            let times = times.unwrap_or(1);
            let times = (times >= 0).then_some(u32::try_from(times).unwrap_or(u32::MAX));
            return Ok(Parsed::Repeat { words: rest.to_vec(), times, interval_ms: pause_ms });
        }
    }))
}

/// As C reads one: what is no number is 0.
fn integer(word: &[u8]) -> i64 {
    String::from_utf8_lossy(word).trim().parse().unwrap_or_default()
}

fn seconds(word: &[u8]) -> f64 {
    let number: f64 = String::from_utf8_lossy(word).trim().parse().unwrap_or_default();
    if number.is_finite() { number.clamp(0.0, MAX_SECONDS) } else { 0.0 }
}
