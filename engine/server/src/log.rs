//! The log, line by line as redis-server writes it: `PID:ROLE DATE LEVEL TEXT`. Times are in UTC.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Verbose,
    Notice,
    Warning,
}

impl Level {
    /// The level that a word of `loglevel` names.
    pub fn named(word: &str) -> Level {
        match word {
            "debug" => Level::Debug,
            "verbose" => Level::Verbose,
            "warning" => Level::Warning,
            _ => Level::Notice,
        }
    }

    fn mark(self) -> char {
        match self {
            Level::Debug => '.',
            Level::Verbose => '-',
            Level::Notice => '*',
            Level::Warning => '#',
        }
    }
}

/// Where lines go.
#[derive(Debug)]
enum Target {
    /// Nowhere, for servers inside of tests.
    Nothing,
    Output,
    File(File),
}

/// The log of one server; its threads share it.
#[derive(Debug)]
pub struct Log {
    target: Mutex<Target>,
    least: AtomicU8,
}

impl Log {
    /// A log that nobody reads.
    pub fn silent() -> Log {
        Log { target: Mutex::new(Target::Nothing), least: AtomicU8::new(Level::Warning as u8) }
    }

    /// A log on the standard output, or at the end of a file.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &str, least: Level) -> io::Result<Log> {
        let target = match path {
            "" => Target::Output,
            path => Target::File(OpenOptions::new().create(true).append(true).open(path)?),
        };
        Ok(Log { target: Mutex::new(target), least: AtomicU8::new(least as u8) })
    }

    /// From now on only lines that matter so much are written.
    pub fn set_level(&self, least: Level) {
        self.least.store(least as u8, Ordering::Relaxed);
    }

    pub fn debug(&self, text: impl Display) {
        self.write(Level::Debug, &text);
    }

    pub fn verbose(&self, text: impl Display) {
        self.write(Level::Verbose, &text);
    }

    pub fn notice(&self, text: impl Display) {
        self.write(Level::Notice, &text);
    }

    pub fn warning(&self, text: impl Display) {
        self.write(Level::Warning, &text);
    }

    /// A text as it is, without a time.
    pub fn raw(&self, text: &str) {
        self.put(text.as_bytes());
    }

    fn write(&self, level: Level, text: &dyn Display) {
        if level as u8 >= self.least.load(Ordering::Relaxed) {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let at = date(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
            self.put(format!("{}:M {at} {} {text}\n", std::process::id(), level.mark()).as_bytes());
        }
    }

    fn put(&self, bytes: &[u8]) {
        let Ok(mut target) = self.target.lock() else { return };
        // There is nowhere else to say that the log cannot be written.
        let _ = match &mut *target {
            Target::Nothing => Ok(()),
            Target::Output => io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()),
            Target::File(file) => file.write_all(bytes),
        };
    }
}

/// A time in milliseconds since 1970 as `21 Nov 2026 08:30:57.608`.
fn date(ms: u64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let (seconds, ms) = (ms / 1000, ms % 1000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day is the last one.
    let days = days + 719_468;
    let (era, day) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let name = MONTHS.get((month as usize + 2) % 12).copied().unwrap_or_default();
    let year = era * 400 + year + u64::from(month >= 10);
    format!("{day:02} {name} {year} {:02}:{:02}:{:02}.{ms:03}", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "01 Jan 1970 00:00:00.000");
        assert_eq!(date(951_782_400_123), "29 Feb 2000 00:00:00.123");
        assert_eq!(date(1_795_249_857_608), "21 Nov 2026 08:30:57.608");
        assert_eq!(date(4_107_542_399_999), "28 Feb 2100 23:59:59.999");
        assert_eq!(date(1_735_689_599_000), "31 Dec 2024 23:59:59.000");
    }

    #[test]
    fn a_file_gets_what_matters() {
        let path = std::env::temp_dir().join(format!("server-log-{}", std::process::id()));
        let log = Log::open(&path.to_string_lossy(), Level::Notice).expect("a file");
        log.verbose("no");
        log.notice("yes");
        log.set_level(Level::Warning);
        log.notice("no");
        log.warning("and yes");
        let text = std::fs::read_to_string(&path).expect("the file");
        std::fs::remove_file(&path).expect("removed");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].starts_with(&format!("{}:M ", std::process::id())) && lines[0].ends_with(" * yes"), "{text}");
        assert!(lines[1].ends_with(" # and yes"), "{text}");
    }
}
