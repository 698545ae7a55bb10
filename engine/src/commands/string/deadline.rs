//! The options that say until when a key lives: EX, PX, EXAT and PXAT, as SET, GETEX and SETEX read them.

use crate::base::Time;
use crate::base::numbers::parse_i64;
use crate::command::{Args, Error};

/// In what a time is given, and from when it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// `EX`
    Seconds,
    /// `PX`
    Milliseconds,
    /// `EXAT`
    UnixSeconds,
    /// `PXAT`
    UnixMilliseconds,
}

impl Unit {
    /// The unit whose option comes next in `args`, which is taken. An option at the end has no value and is none.
    pub(super) fn next(args: &mut Args) -> Option<Unit> {
        const OPTIONS: [(&str, Unit); 4] = [
            ("EX", Unit::Seconds),
            ("PX", Unit::Milliseconds),
            ("EXAT", Unit::UnixSeconds),
            ("PXAT", Unit::UnixMilliseconds),
        ];
        if args.remaining() < 2 {
            return None;
        }
        OPTIONS.into_iter().find(|(word, _)| args.keyword(word)).map(|(_, unit)| unit)
    }

    /// Whether the time is one of the calendar, not one from now on.
    pub(super) fn is_absolute(self) -> bool {
        matches!(self, Unit::UnixSeconds | Unit::UnixMilliseconds)
    }
}

/// A time as it was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline<'a> {
    pub(super) unit: Unit,
    pub(super) text: &'a [u8],
}

impl Deadline<'_> {
    /// The last millisecond at which the key exists.
    ///
    /// # Errors
    /// When the text is no integer, not positive, or beyond what 63 bits of milliseconds hold; `command` is
    /// named then.
    pub(super) fn resolve(self, now: Time, command: &str) -> Result<u64, Error> {
        let amount = parse_i64(self.text).ok_or(Error::NotInteger)?;
        let factor = if matches!(self.unit, Unit::Seconds | Unit::UnixSeconds) { 1000 } else { 1 };
        let base = if self.unit.is_absolute() { 0 } else { now.0 as i64 };
        let at = amount.checked_mul(factor).filter(|&amount| amount > 0).and_then(|amount| amount.checked_add(base));
        at.and_then(|at| u64::try_from(at).ok()).ok_or_else(|| Error::invalid_expire(command))
    }
}
