//! The `@` lines that turn the clock: `@ +10s`, `@ next-expiry`, `@ pause`, `@ resume`.

use std::fmt;

/// A hundred years: beyond it nothing in a lesson makes sense, and sums of times stay far from overflow.
pub const MAX_FORWARD_MS: u64 = 100 * 365 * DAY_MS;

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Longest unit first, as [`fmt::Display`] wants them.
const UNITS: [(&str, u64); 5] = [("d", DAY_MS), ("h", HOUR_MS), ("m", MINUTE_MS), ("s", SECOND_MS), ("ms", 1)];

/// A movement of the lesson's clock. Its `Display` is how it is written after `@ `.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Time jumps ahead by this many milliseconds.
    Forward(u64),
    /// Time jumps to the first moment at which the key that expires next is gone (one millisecond past its expire
    /// time); it stays where it is when no key has a time to live.
    NextExpiry,
    /// The clock stands still until `Resume`; `Forward` and `NextExpiry` still move it.
    Pause,
    Resume,
}

impl Clock {
    /// Reads what follows `@ `; the error says what is wrong in plain words.
    pub(super) fn parse(text: &str) -> Result<Clock, String> {
        match text {
            "next-expiry" => Ok(Clock::NextExpiry),
            "pause" => Ok(Clock::Pause),
            "resume" => Ok(Clock::Resume),
            _ => match text.strip_prefix('+') {
                Some(amount) => duration(amount).map(Clock::Forward),
                None => {
                    Err("a clock line is \"@ +10s\" (ms, s, m, h or d), \"@ next-expiry\", \"@ pause\" or \"@ resume\""
                        .to_owned())
                }
            },
        }
    }
}

/// Milliseconds in `10s`, `500ms`, `2h` ...
pub(crate) fn duration(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or(("", text));
    let Some((_, unit_ms)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(format!(
            "a length of time is a number and ms, s, m, h or d, as in 10s; this has the unit \"{unit}\""
        ));
    };
    let number: u64 = number.parse().map_err(|_| "a length of time is a number and a unit, as in 10s".to_owned())?;
    match number.checked_mul(*unit_ms) {
        Some(ms) if ms <= MAX_FORWARD_MS => Ok(ms),
        _ => Err("more than a hundred years".to_owned()),
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clock::NextExpiry => formatter.write_str("next-expiry"),
            Clock::Pause => formatter.write_str("pause"),
            Clock::Resume => formatter.write_str("resume"),
            Clock::Forward(ms) => {
                let (name, unit_ms) =
                    UNITS.iter().find(|(_, unit_ms)| *ms > 0 && ms % unit_ms == 0).unwrap_or(&("ms", 1));
                write!(formatter, "+{}{name}", ms / unit_ms)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["+10s", "+1ms", "+90m", "+24h", "+3d", "+1500ms", "next-expiry", "pause", "resume"] {
            let clock = Clock::parse(text).unwrap();
            assert_eq!(Clock::parse(&clock.to_string()), Ok(clock), "{text}");
        }
        assert_eq!(Clock::parse("+24h").unwrap().to_string(), "+1d");
        assert_eq!(Clock::parse("+0s").unwrap().to_string(), "+0ms");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["", "+", "10s", "+10", "+s", "+1.5s", "-1s", "+1 s", "+99999999999999999999s", "+40000d", "later"]
        {
            assert!(Clock::parse(text).is_err(), "{text}");
        }
    }
}
