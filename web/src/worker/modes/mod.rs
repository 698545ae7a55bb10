//! redis-cli's modes as commands of a terminal: `--bigkeys`, `--memkeys`, `--hotkeys`, `--scan`, `--stat`, `--latency`,
//! `--latency-history`, `--intrinsic-latency N`, and `-r N -i S COMMAND`.
//!
//! Each is a small state machine: it is asked what to do next, sends ordinary commands on the terminal's connection,
//! hears their replies and prints. None runs long at a time, so the worker hears Ctrl-C, upon which it prints what
//! redis-cli would. What they print follows redis-cli 7.0.15, whose output the tests hold.

mod keys;
mod latency;
mod options;
mod stat;

use engine::resp::Value;

pub use keys::Keys;
pub use latency::{Intrinsic, Latency};
pub use options::{Parsed, parse};
pub use stat::Stat;

use crate::printed::Printed;

/// What a mode wants next.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// These commands' replies, each through [`Mode::reply`].
    Send(Vec<Vec<Vec<u8>>>),
    /// To be asked again after so many milliseconds.
    Sleep(f64),
    /// To be asked again.
    Again,
    Done,
}

/// One of them, under way.
#[derive(Debug)]
pub enum Mode {
    Keys(Box<Keys>),
    Stat(Stat),
    Latency(Latency),
    Intrinsic(Intrinsic),
}

impl Mode {
    /// What to do now. `elapsed_ms` tells the time, as exact as the platform does.
    pub fn next(&mut self, elapsed_ms: fn() -> f64, printed: &mut Printed) -> Next {
        match self {
            Mode::Keys(keys) => keys.next(printed),
            Mode::Stat(stat) => stat.step(),
            Mode::Latency(latency) => latency.next(elapsed_ms(), printed),
            Mode::Intrinsic(intrinsic) => intrinsic.next(elapsed_ms, printed),
        }
    }

    /// Takes the reply to the oldest command that has none.
    pub fn reply(&mut self, value: &Value, elapsed_ms: f64, printed: &mut Printed) {
        match self {
            Mode::Keys(keys) => keys.reply(value, printed),
            Mode::Stat(stat) => stat.reply(value, printed),
            Mode::Latency(latency) => latency.reply(elapsed_ms),
            Mode::Intrinsic(_) => {}
        }
    }

    /// Ctrl-C.
    pub fn stop(&mut self, printed: &mut Printed) {
        match self {
            Mode::Keys(keys) => keys.finish(true, printed),
            Mode::Stat(_) => {}
            Mode::Latency(latency) => latency.stop(printed),
            Mode::Intrinsic(intrinsic) => intrinsic.finish(printed),
        }
    }

    /// A line that changes in place while the mode runs.
    pub fn live(&self) -> Option<String> {
        match self {
            Mode::Latency(latency) => latency.live(),
            _ => None,
        }
    }
}

fn words(words: &[&[u8]]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.to_vec()).collect()
}

#[cfg(test)]
mod tests;
