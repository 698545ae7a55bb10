//! The modes that walk through all keys with SCAN: the biggest by elements or memory, the hottest, or simply all.

use engine::resp::{self, Value};

use super::{Next, words};
use crate::printed::{Printed, Style};

/// Keys between two lines about how far it is.
const REPORT_EVERY: u64 = 1_000_000;
/// SCANs between two pauses.
const SCANS_PER_PAUSE: u64 = 100;
/// How many hot keys are kept.
const HOT_KEYS: usize = 16;
/// Keys that may wait to be printed by `--scan` at a time.
const MAX_SHOWN_BYTES: usize = 200;

/// What is asked about each key.
#[derive(Debug, PartialEq)]
enum Wanted {
    Nothing,
    Size,
    Memory(Option<u32>),
    Frequency,
}

#[derive(Debug)]
enum State {
    Begin,
    Count,
    Scan,
    /// The types of these keys; those that came are behind them.
    Types(Vec<Vec<u8>>, Vec<Option<usize>>),
    /// The sizes of these keys, of which these types are known, or their frequencies.
    Sizes(Vec<Vec<u8>>, Vec<Option<usize>>, Vec<u64>),
    Pause,
    Over,
}

/// What is known of the keys of one type.
#[derive(Debug)]
struct Type {
    name: String,
    command: &'static str,
    unit: &'static str,
    biggest: u64,
    biggest_key: Option<String>,
    total: u64,
    count: u64,
}

/// A walk through all keys.
#[derive(Debug)]
pub struct Keys {
    wanted: Wanted,
    pattern: Option<Vec<u8>>,
    pause_ms: f64,
    state: State,
    cursor: Vec<u8>,
    scans: u64,
    total_keys: i64,
    percent: f64,
    sampled: u64,
    name_bytes: u64,
    types: Vec<Type>,
    /// Counters and names, the coldest first.
    pub(super) hot: [(u64, String); HOT_KEYS],
}

impl Keys {
    /// `--bigkeys`
    pub fn biggest(pattern: Option<Vec<u8>>, pause_ms: f64) -> Keys {
        Keys::new(Wanted::Size, pattern, pause_ms)
    }

    /// `--memkeys`
    pub fn heaviest(samples: Option<u32>, pattern: Option<Vec<u8>>, pause_ms: f64) -> Keys {
        Keys::new(Wanted::Memory(samples), pattern, pause_ms)
    }

    /// `--hotkeys`
    pub fn hottest(pattern: Option<Vec<u8>>, pause_ms: f64) -> Keys {
        Keys::new(Wanted::Frequency, pattern, pause_ms)
    }

    /// `--scan`
    pub fn all(pattern: Option<Vec<u8>>, pause_ms: f64) -> Keys {
        Keys::new(Wanted::Nothing, pattern, pause_ms)
    }

    fn new(wanted: Wanted, pattern: Option<Vec<u8>>, pause_ms: f64) -> Keys {
        let known = [
            ("list", "LLEN", "items"),
            ("hash", "HLEN", "fields"),
            ("string", "STRLEN", "bytes"),
            ("stream", "XLEN", "entries"),
            ("set", "SCARD", "members"),
            ("zset", "ZCARD", "members"),
        ];
        let types = known.map(|(name, command, unit)| Type::new(name.to_owned(), command, unit)).into();
        Keys {
            wanted,
            pattern,
            pause_ms,
            state: State::Begin,
            cursor: b"0".to_vec(),
            scans: 0,
            total_keys: 0,
            percent: 0.0,
            sampled: 0,
            name_bytes: 0,
            types,
            hot: Default::default(),
        }
    }

    pub fn next(&mut self, printed: &mut Printed) -> Next {
        match &self.state {
            State::Begin if self.wanted == Wanted::Nothing => self.scan(),
            State::Begin => {
                let what = if self.wanted == Wanted::Frequency { "hot" } else { "biggest" };
                say(
                    printed,
                    &format!(
                        "\n# Scanning the entire keyspace to find {what} keys as well as\n\
                         # average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n\
                         # per 100 SCAN commands (not usually needed).\n\n"
                    ),
                );
                self.state = State::Count;
                Next::Send(vec![words(&[b"DBSIZE"])])
            }
            State::Types(keys, _) if keys.is_empty() => self.after_page(printed),
            State::Types(keys, _) => Next::Send(keys.iter().map(|key| words(&[b"TYPE", key])).collect()),
            State::Sizes(keys, types, _) => {
                let asked = keys.iter().zip(types).filter_map(|(key, it)| self.question(key, *it)).collect::<Vec<_>>();
                if !asked.is_empty() {
                    return Next::Send(asked);
                }
                // Of none of them there is anything to ask.
                if let State::Sizes(keys, kinds, sizes) = self.page_is_done() {
                    self.count(&keys, &kinds, &sizes, printed);
                }
                Next::Again
            }
            State::Pause => self.scan(),
            State::Count | State::Scan => self.scan(),
            State::Over => Next::Done,
        }
    }

    fn scan(&mut self) -> Next {
        self.state = State::Scan;
        self.scans += 1;
        // What has gone since is counted against what there was.
        self.percent = if self.total_keys > 0 { 100.0 * self.sampled as f64 / self.total_keys as f64 } else { 0.0 };
        let mut scan = words(&[b"SCAN", &self.cursor]);
        scan.extend(self.pattern.iter().flat_map(|pattern| [b"MATCH".to_vec(), pattern.clone()]));
        Next::Send(vec![scan])
    }

    fn question(&self, key: &[u8], kind: Option<usize>) -> Option<Vec<Vec<u8>>> {
        let kind = kind.and_then(|kind| self.types.get(kind));
        match self.wanted {
            Wanted::Nothing => None,
            Wanted::Frequency => Some(words(&[b"OBJECT", b"FREQ", key])),
            Wanted::Size => {
                kind.filter(|kind| !kind.command.is_empty()).map(|kind| words(&[kind.command.as_bytes(), key]))
            }
            Wanted::Memory(samples) => kind.map(|_| {
                let mut question = words(&[b"MEMORY", b"USAGE", key]);
                question.extend(samples.iter().flat_map(|it| [b"SAMPLES".to_vec(), it.to_string().into_bytes()]));
                question
            }),
        }
    }

    /// A page of SCAN is done with.
    fn after_page(&mut self, printed: &mut Printed) -> Next {
        if self.cursor == b"0" {
            self.finish(false, printed);
            return Next::Done;
        }
        self.state = State::Pause;
        match self.pause_ms > 0.0 && self.scans.is_multiple_of(SCANS_PER_PAUSE) {
            true => Next::Sleep(self.pause_ms),
            false => Next::Again,
        }
    }

    pub fn reply(&mut self, value: &Value, printed: &mut Printed) {
        // What was asked together is answered together, also after the first error has ended it.
        if matches!(self.state, State::Over) {
            return;
        }
        // A key whose size cannot be told is passed over.
        let passed_over = matches!(self.state, State::Sizes(..)) && self.wanted != Wanted::Frequency;
        if let (Value::Error(text), false) = (value, passed_over) {
            let text = String::from_utf8_lossy(text).into_owned();
            printed.push(Style::Error, &format!("Error: {text}\n"));
            self.state = State::Over;
            return;
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::Count => {
                self.total_keys = value.as_integer().unwrap_or_default();
                self.state = State::Count;
            }
            State::Scan => self.take_page(value, printed),
            State::Types(keys, mut kinds) => {
                let name = value.as_bytes().unwrap_or_default();
                kinds.push(self.kind(name));
                self.state = match kinds.len() < keys.len() {
                    true => State::Types(keys, kinds),
                    false => State::Sizes(keys, kinds, Vec::new()),
                };
            }
            State::Sizes(keys, kinds, mut sizes) => {
                // Those that nothing was asked about have no size.
                while let (Some(key), Some(kind)) = (keys.get(sizes.len()), kinds.get(sizes.len())) {
                    if self.question(key, *kind).is_some() {
                        break;
                    }
                    sizes.push(0);
                }
                if value.as_integer().is_none()
                    && let Some(key) = keys.get(sizes.len())
                {
                    self.warn(key, kinds.get(sizes.len()).copied().flatten(), printed);
                }
                sizes.push(value.as_integer().unwrap_or_default().max(0) as u64);
                let left = keys.iter().zip(&kinds).skip(sizes.len()).any(|(key, it)| self.question(key, *it).is_some());
                if left {
                    self.state = State::Sizes(keys, kinds, sizes);
                } else {
                    self.page_is_done();
                    self.count(&keys, &kinds, &sizes, printed);
                }
            }
            state => self.state = state,
        }
    }

    fn warn(&self, key: &[u8], kind: Option<usize>, printed: &mut Printed) {
        let key = String::from_utf8_lossy(key);
        let command = kind.and_then(|kind| self.types.get(kind)).map_or("", |kind| kind.command);
        let text = match self.wanted {
            Wanted::Frequency => format!("Warning: OBJECT freq on '{key}' failed (may have been deleted)\n"),
            Wanted::Memory(_) => format!("Warning:  MEMORY USAGE on '{key}' failed (may have changed type)\n"),
            _ => format!("Warning:  {command} on '{key}' failed (may have changed type)\n"),
        };
        printed.push(Style::Notice, &text);
    }

    fn take_page(&mut self, value: &Value, printed: &mut Printed) {
        let Some([cursor, keys]) = value.as_elements() else { return };
        self.cursor = cursor.as_bytes().unwrap_or(b"0").to_vec();
        let keys: Vec<Vec<u8>> =
            keys.as_elements().unwrap_or_default().iter().filter_map(|key| Some(key.as_bytes()?.to_vec())).collect();
        self.state = match self.wanted {
            Wanted::Nothing => {
                for key in &keys {
                    printed.push(Style::Text, &format!("{}\n", quoted(key)));
                }
                State::Types(Vec::new(), Vec::new())
            }
            Wanted::Frequency => {
                let kinds = vec![None; keys.len()];
                State::Sizes(keys, kinds, Vec::new())
            }
            _ => State::Types(keys, Vec::new()),
        };
    }

    /// An empty page: what follows a page comes next.
    fn page_is_done(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Types(Vec::new(), Vec::new()))
    }

    fn kind(&mut self, name: &[u8]) -> Option<usize> {
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

    fn count(&mut self, keys: &[Vec<u8>], kinds: &[Option<usize>], sizes: &[u64], printed: &mut Printed) {
        for (number, key) in keys.iter().enumerate() {
            let size = sizes.get(number).copied().unwrap_or_default();
            let kind = kinds.get(number).copied().flatten();
            match self.wanted {
                Wanted::Frequency => {
                    self.sampled += 1;
                    self.report(printed);
                    self.heat(key, size, printed);
                }
                _ => {
                    let Some(kind) = kind else { continue };
                    self.sampled += 1;
                    self.name_bytes += key.len() as u64;
                    self.weigh(key, kind, size, printed);
                    self.report(printed);
                }
            }
        }
    }

    fn report(&self, printed: &mut Printed) {
        if self.sampled.is_multiple_of(REPORT_EVERY) {
            say(printed, &format!("[{:05.2}%] Sampled {} keys so far\n", self.percent, self.sampled));
        }
    }

    fn weigh(&mut self, key: &[u8], kind: usize, size: u64, printed: &mut Printed) {
        let unit = self.unit(kind);
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
    pub(super) fn heat(&mut self, key: &[u8], counter: u64, printed: &mut Printed) {
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

    fn unit(&self, kind: usize) -> &'static str {
        match self.wanted {
            Wanted::Memory(_) => "bytes",
            _ => self.types.get(kind).map_or("?", |kind| kind.unit),
        }
    }

    /// The summary; of what there was so far if it was stopped.
    pub fn finish(&mut self, stopped: bool, printed: &mut Printed) {
        let begun = !matches!(self.state, State::Begin);
        self.state = State::Over;
        if self.wanted == Wanted::Nothing || !begun {
            return;
        }
        let part = if stopped { format!("[{:05.2}%] ", self.percent) } else { String::new() };
        say(printed, &format!("\n-------- summary -------\n\n{part}Sampled {} keys in the keyspace!\n", self.sampled));
        if self.wanted == Wanted::Frequency {
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
                let unit = self.unit(number);
                say(printed, &format!("Biggest {:>6} found '{name}' has {} {unit}\n", kind.name, kind.biggest));
            }
        }
        say(printed, "\n");
        for (number, kind) in self.types.iter().enumerate() {
            let Type { name, count, total, .. } = kind;
            let (share, average) = (100.0 * ratio(*count, self.sampled), ratio(*total, *count));
            let unit = self.unit(number);
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

fn say(printed: &mut Printed, text: &str) {
    printed.push(Style::Plain, text);
}

/// A key as redis-cli writes it; of a very long one, the beginning.
fn quoted(key: &[u8]) -> String {
    let mut quoted = resp::quote(key.get(..MAX_SHOWN_BYTES).unwrap_or(key));
    // As a word it may do without quotes.
    if !quoted.starts_with(b"\"") {
        quoted.insert(0, b'"');
        quoted.push(b'"');
    }
    if key.len() > MAX_SHOWN_BYTES {
        quoted.extend_from_slice("…".as_bytes());
    }
    String::from_utf8_lossy(&quoted).into_owned()
}
