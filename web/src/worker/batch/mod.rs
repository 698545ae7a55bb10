//! A file of commands, run on a connection of its own: one command a line, or RESP as for `redis-cli --pipe`.
//!
//! Works in slices beside the terminals. Replies are counted, not printed; errors are gathered by kind, with the
//! places of the first of each. A command that waits holds up the file until it is answered or the file is stopped.
//! Knows nothing of the page.

mod running;

use engine::ClientId;
use engine::resp::{self, CommandParser, Step, Value};

pub use self::running::Running;
use crate::file_run::{ErrorKind, MAX_KINDS, MAX_PLACES, Outcome, Progress, Stopped};
use crate::typing::{self, End};
use crate::visible;

/// How many characters of an error are kept.
const MAX_ERROR_CHARACTERS: usize = 160;
/// The longest command that spans rows.
const MAX_SPAN_BYTES: usize = 256 * 1024;
/// Commands that would turn the connection into something that reads no commands.
const NOT_IN_FILES: [&str; 5] = ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "SYNC"];

/// A run.
#[derive(Debug)]
pub struct Batch {
    pub client: ClientId,
    bytes: Vec<u8>,
    /// How much of it has been read.
    at: usize,
    /// In a file of lines, the number of the next one; in RESP, of the next command.
    place: u64,
    /// The place of the command that ran last.
    last_place: u64,
    parser: Option<CommandParser>,
    commands: u64,
    kinds: Vec<ErrorKind>,
    errors: u64,
    /// Bytes of a reply that is not complete.
    received: Vec<u8>,
    /// Whether a reply has come since a command was sent.
    answered: bool,
    /// A command has not been answered.
    is_waiting: bool,
    began_ms: f64,
    stopped: Option<Stopped>,
}

/// What to do next.
#[derive(Debug, PartialEq)]
pub enum Todo {
    /// Send this, then call [`Batch::sent`].
    Send(Vec<u8>),
    /// Ask again.
    Again,
    /// A reply has to come first.
    Wait,
    Done,
}

impl Batch {
    pub fn new(client: ClientId, bytes: Vec<u8>, elapsed_ms: f64) -> Batch {
        let parser = bytes.starts_with(b"*").then(CommandParser::default);
        Batch {
            client,
            bytes,
            at: 0,
            place: 1,
            last_place: 0,
            parser,
            commands: 0,
            kinds: Vec::new(),
            errors: 0,
            received: Vec::new(),
            answered: false,
            is_waiting: false,
            began_ms: elapsed_ms,
            stopped: None,
        }
    }

    /// The next command.
    pub fn step(&mut self) -> Todo {
        if self.stopped.is_some() {
            return Todo::Done;
        }
        if self.is_waiting {
            return Todo::Wait;
        }
        let words = if self.parser.is_some() { self.next_of_resp() } else { self.next_line() };
        match words {
            None if self.at >= self.bytes.len() || self.stopped.is_some() => Todo::Done,
            None => Todo::Again,
            Some(words) => self.checked(words),
        }
    }

    fn checked(&mut self, words: Vec<Vec<u8>>) -> Todo {
        let name = words.first().map(|name| String::from_utf8_lossy(name).to_ascii_uppercase()).unwrap_or_default();
        self.commands += 1;
        if NOT_IN_FILES.contains(&name.as_str()) {
            self.error(&format!("{name} cannot run in a file"));
            return Todo::Again;
        }
        Todo::Send(resp::encode_command(&words))
    }

    fn next_line(&mut self) -> Option<Vec<Vec<u8>>> {
        let rest = self.bytes.get(self.at..)?;
        if rest.is_empty() {
            return None;
        }
        let line_end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let trimmed = |line: &[u8]| resp::split_line(line.strip_suffix(b"\r").unwrap_or(line));
        let mut line = rest.get(..line_end).unwrap_or_default();
        let mut words = trimmed(line);
        // A script or JSON whose quotes are open goes on in the next row.
        if words.is_err()
            && let Some(whole) = spanning_rows(rest)
        {
            line = whole;
            words = trimmed(line);
        }
        let rows = 1 + line.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let end = line.len();
        self.at += end + 1;
        self.last_place = self.place;
        self.place += rows;
        match words {
            Ok(words) if words.is_empty() => None,
            Ok(words) => Some(words),
            Err(error) => {
                self.commands += 1;
                self.error(&error.to_string());
                None
            }
        }
    }

    fn next_of_resp(&mut self) -> Option<Vec<Vec<u8>>> {
        let parser = self.parser.as_mut()?;
        let rest = self.bytes.get(self.at..)?;
        if rest.is_empty() {
            return None;
        }
        let mut arguments = Vec::new();
        let step = parser.next(rest, &mut arguments);
        let words = match step {
            Ok(Step::Command) => Some(arguments.iter().map(|word| word.to_vec()).collect()),
            Ok(Step::Inline(words)) => Some(words),
            Ok(Step::More) => {
                self.stopped = Some(Stopped::Unreadable("the file ends in the middle of a command".to_owned()));
                None
            }
            Err(error) => {
                let why = String::from_utf8_lossy(&error.reply()).into_owned();
                self.stopped = Some(Stopped::Unreadable(why));
                None
            }
        };
        self.at += parser.take_consumed();
        self.last_place = self.place;
        self.place += u64::from(words.is_some());
        words
    }

    /// The command went out, and what came back at once has been taken. `waits` is whether its client is blocked.
    pub fn sent(&mut self, answered: bool, waits: bool) {
        // Without a reply and without a wait, none will come: CLIENT REPLY OFF.
        self.is_waiting = !answered && waits;
    }

    /// Takes what the engine sent; says whether a reply was in it.
    pub fn receive(&mut self, bytes: &[u8]) -> bool {
        self.received.extend_from_slice(bytes);
        let mut used = 0;
        let mut answered = false;
        while let Ok(Some((value, length))) = resp::parse_value(self.received.get(used..).unwrap_or_default()) {
            used += length.max(1);
            if !matches!(value, Value::Push(_)) {
                answered = true;
                self.count(&value);
            }
            if used >= self.received.len() {
                break;
            }
        }
        self.received.drain(..used.min(self.received.len()));
        if answered {
            self.is_waiting = false;
        }
        answered
    }

    /// An error, or the errors in what EXEC answers.
    fn count(&mut self, value: &Value) {
        match value {
            Value::Error(text) => self.error(&visible::text(text)),
            Value::Array(elements) => elements.iter().filter(|it| it.is_error()).for_each(|it| self.count(it)),
            _ => {}
        }
    }

    fn error(&mut self, text: &str) {
        self.errors += 1;
        let place = self.last_place;
        // What is in quotes differs from command to command; the rest says what kind it is.
        let kind = text.split('\'').next().unwrap_or_default();
        let known = self.kinds.iter().position(|known| known.text.split('\'').next() == Some(kind));
        if known.is_none() && self.kinds.len() < MAX_KINDS {
            let text: String = text.chars().take(MAX_ERROR_CHARACTERS).collect();
            return self.kinds.push(ErrorKind { text, count: 1, places: vec![place] });
        }
        // Beyond so many kinds, the last stands for all others.
        if let Some(kind) = self.kinds.get_mut(known.unwrap_or(MAX_KINDS - 1)) {
            if known.is_none() {
                OTHER.clone_into(&mut kind.text);
            }
            kind.add(place);
        }
    }

    pub fn stop(&mut self, why: Stopped) {
        self.stopped.get_or_insert(why);
    }

    pub fn progress(&self) -> Progress {
        Progress {
            commands: self.commands as f64,
            errors: self.errors as f64,
            bytes_read: self.at.min(self.bytes.len()) as f64,
            bytes: self.bytes.len() as f64,
            waits_at: self.is_waiting.then_some(self.last_place as f64),
        }
    }

    pub fn outcome(&self, elapsed_ms: f64) -> Outcome {
        Outcome {
            progress: self.progress(),
            kinds: self.kinds.clone(),
            took_ms: elapsed_ms - self.began_ms,
            last_place: self.last_place as f64,
            is_resp: self.parser.is_some(),
            stopped: self.stopped.clone(),
        }
    }
}

/// The first command of a text, if it has several rows and is not too long.
fn spanning_rows(rest: &[u8]) -> Option<&[u8]> {
    let window = rest.get(..MAX_SPAN_BYTES).unwrap_or(rest);
    let valid = window.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    match typing::first_end(valid, false) {
        End::At(feed) => rest.get(..feed),
        // The file's end may end it, a cut does not.
        End::Text if valid.len() == rest.len() => Some(rest),
        _ => None,
    }
}

const OTHER: &str = "other errors";

impl ErrorKind {
    fn add(&mut self, place: u64) {
        self.count += 1;
        if self.places.len() < MAX_PLACES {
            self.places.push(place);
        }
    }
}

#[cfg(test)]
mod tests;
