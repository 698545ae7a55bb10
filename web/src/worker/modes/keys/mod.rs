//! The modes that walk through all keys with SCAN: the biggest by elements or memory, the hottest, or simply all.

mod tally;

use engine::resp::Value;

use self::tally::{Tally, Unit, in_quotes, say};
use super::{Next, words};
use crate::printed::{Printed, Style};

/// SCANs between two pauses.
const SCANS_PER_PAUSE: u64 = 100;

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

/// A walk through all keys.
#[derive(Debug)]
pub struct Keys {
    wanted: Wanted,
    pattern: Option<Vec<u8>>,
    pause_ms: f64,
    state: State,
    cursor: Vec<u8>,
    scans: u64,
    pub(super) tally: Tally,
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
        let unit = match wanted {
            Wanted::Memory(_) => Unit::Bytes,
            Wanted::Frequency => Unit::Heat,
            Wanted::Size | Wanted::Nothing => Unit::Own,
        };
        let (state, cursor) = (State::Begin, b"0".to_vec());
        Keys { wanted, pattern, pause_ms, state, cursor, scans: 0, tally: Tally::new(unit) }
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
        self.tally.begin_page();
        let mut scan = words(&[b"SCAN", &self.cursor]);
        scan.extend(self.pattern.iter().flat_map(|pattern| [b"MATCH".to_vec(), pattern.clone()]));
        Next::Send(vec![scan])
    }

    fn question(&self, key: &[u8], kind: Option<usize>) -> Option<Vec<Vec<u8>>> {
        let kind = kind.and_then(|kind| self.tally.types.get(kind));
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
                self.tally.total_keys = value.as_integer().unwrap_or_default();
                self.state = State::Count;
            }
            State::Scan => self.take_page(value, printed),
            State::Types(keys, mut kinds) => {
                let name = value.as_bytes().unwrap_or_default();
                kinds.push(self.tally.kind(name));
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
        let command = kind.and_then(|kind| self.tally.types.get(kind)).map_or("", |kind| kind.command);
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
                    printed.push(Style::Text, &format!("{}\n", in_quotes(key)));
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

    fn count(&mut self, keys: &[Vec<u8>], kinds: &[Option<usize>], sizes: &[u64], printed: &mut Printed) {
        for (number, key) in keys.iter().enumerate() {
            let (kind, size) = (kinds.get(number).copied().flatten(), sizes.get(number).copied().unwrap_or_default());
            self.tally.count(key, kind, size, printed);
        }
    }

    /// The summary; of what there was so far if it was stopped.
    pub fn finish(&mut self, stopped: bool, printed: &mut Printed) {
        let begun = !matches!(self.state, State::Begin);
        self.state = State::Over;
        if self.wanted != Wanted::Nothing && begun {
            self.tally.sum_up(stopped, printed);
        }
    }
}
