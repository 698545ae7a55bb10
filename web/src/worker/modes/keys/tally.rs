//! What a walk has found: the biggest of each type, or the hottest of all, as redis-cli tells of them.

use engine::resp;

use crate::printed::{Printed, Style};

/// Keys between two lines about how far it is.
const REPORT_EVERY: u64 = 1_000_000;
/// How many hot keys are kept.
const HOT_KEYS: usize = 16;
/// Of longer keys, which redis-cli prints whole, only the beginning stands among what was found.
const MAX_SHOWN_BYTES: usize = 4096;

/// In what the keys are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Elements, or bytes of a string.
    Own,
    /// Bytes of memory.
    Bytes,
    /// How often they are used.
    Heat,
}

/// What is known of the keys of one type.
#[derive(Debug)]
pub struct Type {
    name: String,
    /// What tells its size; empty where nothing does.
    pub command: &'static str,
    unit: &'static str,
    biggest: u64,
    biggest_key: Option<String>,
    total: u64,
    count: u64,
}

/// All that was found so far.
#[derive(Debug)]
pub struct Tally {
    unit: Unit,
    pub total_keys: i64,
    percent: f64,
    sampled: u64,
    name_bytes: u64,
    pub types: Vec<Type>,
    /// Counters and names, the coldest first.
    pub hot: [(u64, String); HOT_KEYS],
}

impl Tally {
    pub fn new(unit: Unit) -> Tally {
        let known = [
            ("list", "LLEN", "items"),
            ("hash", "HLEN", "fields"),
            ("string", "STRLEN", "bytes"),
            ("stream", "XLEN", "entries"),
            ("set", "SCARD", "members"),
            ("zset", "ZCARD", "members"),
        ];
        let types = known.map(|(name, command, unit)| Type::new(name.to_owned(), command, unit)).into();
        Tally { unit, total_keys: 0, percent: 0.0, sampled: 0, name_bytes: 0, types, hot: Default::default() }
    }

    /// A page begins: how far it is. What has gone since is counted against what there was.
    pub fn begin_page(&mut self) {
        self.percent = if self.total_keys > 0 { 100.0 * self.sampled as f64 / self.total_keys as f64 } else { 0.0 };
    }

    pub fn kind(&mut self, name: &[u8]) -> Option<usize> {
        if name == b"none" {
            return None;
        }
        let name = String::from_utf8_lossy(name).into_owned();
        let found = self.types.iter().position(|known| known.name == name);
        found.or_else(|| {
            self.types.push(Type::new(name, "", "?"));
            Some(self.types.len() - 1)
        })
    }

    /// Counts a key of this type and size.
    pub fn count(&mut self, key: &[u8], kind: Option<usize>, size: u64, printed: &mut Printed) {
        match (self.unit, kind) {
            (Unit::Heat, _) => {
                self.sampled += 1;
                self.report(printed);
                self.heat(key, size, printed);
            }
            (_, Some(kind)) => {
                self.sampled += 1;
                self.name_bytes += key.len() as u64;
                self.weigh(key, kind, size, printed);
                self.report(printed);
            }
            (_, None) => {}
        }
    }

    fn report(&self, printed: &mut Printed) {
        if self.sampled.is_multiple_of(REPORT_EVERY) {
            say(printed, &format!("[{:05.2}%] Sampled {} keys so far\n", self.percent, self.sampled));
        }
    }

    fn weigh(&mut self, key: &[u8], kind: usize, size: u64, printed: &mut Printed) {
        let unit = self.unit_of(kind);
        let percent = self.percent;
        let Some(kind) = self.types.get_mut(kind) else { return };
        kind.total += size;
        kind.count += 1;
        if kind.biggest < size {
            let name = quoted(key);
            let text = format!("[{percent:05.2}%] Biggest {:<6} found so far '{name}' with {size} {unit}\n", kind.name);
            say(printed, &text);
            (kind.biggest, kind.biggest_key) = (size, Some(name));
        }
    }

    /// Keeps the hottest, as redis-cli's pool does: a key takes the place below the first that is as hot.
    pub fn heat(&mut self, key: &[u8], counter: u64, printed: &mut Printed) {
        let Some(place) = self.hot.iter().take_while(|(kept, _)| counter > *kept).count().checked_sub(1) else {
            return;
        };
        if self.hot.get(place).is_some_and(|(kept, _)| *kept > 0)
            && let Some(colder) = self.hot.get_mut(..=place)
        {
            colder.rotate_left(1);
        }
        let name = quoted(key);
        say(printed, &format!("[{:05.2}%] Hot key '{name}' found so far with counter {counter}\n", self.percent));
        if let Some(slot) = self.hot.get_mut(place) {
            *slot = (counter, name);
        }
    }

    fn unit_of(&self, kind: usize) -> &'static str {
        match self.unit {
            Unit::Bytes => "bytes",
            _ => self.types.get(kind).map_or("?", |kind| kind.unit),
        }
    }

    /// The summary; of what there was so far if it was stopped.
    pub fn sum_up(&self, stopped: bool, printed: &mut Printed) {
        let part = if stopped { format!("[{:05.2}%] ", self.percent) } else { String::new() };
        say(printed, &format!("\n-------- summary -------\n\n{part}Sampled {} keys in the keyspace!\n", self.sampled));
        if self.unit == Unit::Heat {
            for (counter, name) in self.hot.iter().rev().filter(|(counter, _)| *counter > 0) {
                say(printed, &format!("hot key found with counter: {counter}\tkeyname: {name}\n"));
            }
            return;
        }
        let ratio = |part: u64, of: u64| if of > 0 { part as f64 / of as f64 } else { 0.0 };
        let average = ratio(self.name_bytes, self.sampled);
        say(printed, &format!("Total key length in bytes is {} (avg len {average:.2})\n\n", self.name_bytes));
        for (number, kind) in self.types.iter().enumerate() {
            if let Some(name) = &kind.biggest_key {
                let unit = self.unit_of(number);
                say(printed, &format!("Biggest {:>6} found '{name}' has {} {unit}\n", kind.name, kind.biggest));
            }
        }
        say(printed, "\n");
        for (number, kind) in self.types.iter().enumerate() {
            let Type { name, count, total, .. } = kind;
            let (share, average) = (100.0 * ratio(*count, self.sampled), ratio(*total, *count));
            let unit = self.unit_of(number);
            say(
                printed,
                &format!("{count} {name}s with {total} {unit} ({share:05.2}% of keys, avg size {average:.2})\n"),
            );
        }
    }
}

impl Type {
    fn new(name: String, command: &'static str, unit: &'static str) -> Type {
        Type { name, command, unit, biggest: 0, biggest_key: None, total: 0, count: 0 }
    }
}

pub fn say(printed: &mut Printed, text: &str) {
    printed.push(Style::Plain, text);
}

/// A key as it stands among what was found.
fn quoted(key: &[u8]) -> String {
    let mut quoted = in_quotes(key.get(..MAX_SHOWN_BYTES).unwrap_or(key));
    if key.len() > MAX_SHOWN_BYTES {
        quoted.push('…');
    }
    quoted
}

/// A key as redis-cli writes it.
pub fn in_quotes(key: &[u8]) -> String {
    let mut quoted = resp::quote(key);
    // As a word it may do without quotes.
    if !quoted.starts_with(b"\"") {
        quoted.insert(0, b'"');
        quoted.push(b'"');
    }
    String::from_utf8_lossy(&quoted).into_owned()
}
