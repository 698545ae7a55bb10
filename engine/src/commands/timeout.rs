//! The time that a blocking command waits at most.

use crate::base::Time;
use crate::base::numbers::{parse_f64_range_end, parse_i64};
use crate::command::Error;

/// Seconds with a fraction, as BLPOP and its like take them; 0 is no end.
///
/// # Errors
/// When it is no number, negative, or ends after the last millisecond there is.
pub fn seconds(argument: &[u8], now: Time) -> Result<Option<Time>, Error> {
    let begins_well = argument.first().is_some_and(|byte| !byte.is_ascii_whitespace()) && !argument.contains(&0);
    let seconds = parse_f64_range_end(argument).filter(|seconds| !seconds.is_nan() && begins_well);
    let milliseconds = seconds.ok_or(Error::Timeout)? * 1000.0;
    // The largest i64 is no double: this is the next one.
    if milliseconds >= i64::MAX as f64 {
        return Err(TOO_FAR);
    }
    until(milliseconds.ceil() as i64, now)
}

/// Milliseconds, as XREAD and WAIT take them; 0 is no end.
///
/// # Errors
/// As [`seconds`].
pub fn milliseconds(argument: &[u8], now: Time) -> Result<Option<Time>, Error> {
    until(parse_i64(argument).ok_or(Error::Static("ERR timeout is not an integer or out of range"))?, now)
}

const TOO_FAR: Error = Error::Static("ERR timeout is out of range");

fn until(milliseconds: i64, now: Time) -> Result<Option<Time>, Error> {
    match u64::try_from(milliseconds) {
        Err(_) => Err(Error::NegativeTimeout),
        Ok(0) => Ok(None),
        Ok(_) if milliseconds.checked_add_unsigned(now.0).is_none() => Err(TOO_FAR),
        Ok(milliseconds) => Ok(Some(Time(now.0.saturating_add(milliseconds)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_seconds_and_milliseconds() {
        let now = Time(1_000);
        assert_eq!(seconds(b"0", now), Ok(None));
        assert_eq!(seconds(b"1.5", now), Ok(Some(Time(2_500))));
        assert_eq!(seconds(b"0.0001", now), Ok(Some(Time(1_001))));
        assert_eq!(seconds(b"-1", now), Err(Error::NegativeTimeout));
        assert_eq!(seconds(b"", now), Err(Error::Timeout));
        assert_eq!(seconds(b"nan", now), Err(Error::Timeout));
        assert_eq!(seconds(b"x", now), Err(Error::Timeout));
        assert_eq!(seconds(b"inf", now), Err(TOO_FAR));
        assert_eq!(seconds(b"9223372036854775", now), Err(TOO_FAR));
        assert_eq!(milliseconds(b"5", now), Ok(Some(Time(1_005))));
        assert_eq!(milliseconds(b"9223372036854775807", now), Err(TOO_FAR));
    }
}
