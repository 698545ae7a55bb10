//! One client of the engine as `redis-cli` would drive it: lines in, styled text out.
//!
//! Splits lines into words, sends them one at a time (the next only when the last has answered), follows what the
//! replies mean for the prompt (database, transaction, subscription) and prints. A command that waits, messages and
//! MONITOR's lines are a state of the terminal, which the page shows and Ctrl-C ends. Knows nothing of timers,
//! messages or the page; [`super::host`] carries the bytes.

use std::collections::VecDeque;

use engine::ClientId;
use engine::base::Time;
use engine::resp::{self, Value};
use lessons::transcript;

use super::lesson::{self, Following, Mark};
use super::print;
use crate::printed::{Printed, Style};
use crate::protocol::{Awaiting, ClientNumber, StepReport};

/// What the terminal claims to be connected to, as redis-cli's prompt shows it.
const ADDRESS: &str = "127.0.0.1:6379";
/// redis-cli says how long a command took from here on.
const SLOW_MS: u64 = 500;

/// A client and its conversation.
#[derive(Debug)]
pub struct Terminal {
    pub number: ClientNumber,
    pub client: ClientId,
    /// What has not run.
    queue: VecDeque<Item>,
    /// The command that a number before it asked to run several times, and how often still.
    repeat: Option<(Vec<Vec<u8>>, u32)>,
    flight: Option<Flight>,
    /// Bytes of a reply that is not complete.
    received: Vec<u8>,
    mode: Mode,
    /// What was printed since [`Terminal::take_printed`].
    printed: Printed,
    connected: bool,
    /// Whether lines may be written as a lesson's transcript writes them: `@ +1m`, `alice> GET k`.
    reads_transcripts: bool,
    /// The step of a lesson's block that is under way.
    following: Option<Following>,
    /// What was printed after a block went on without the reply.
    late: Printed,
    /// What steps came to since [`Terminal::take_reports`].
    reports: Vec<StepReport>,
}

/// Something to do, in order.
#[derive(Debug)]
enum Item {
    /// A line as it was typed.
    Line(String),
    /// A step of a lesson's block.
    Step(Mark, Box<transcript::Step>),
}

/// What earlier replies mean for the next line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mode {
    database: u32,
    /// Inside MULTI: the database from before it.
    transaction: Option<u32>,
    /// To how many channels and patterns the client listens, and to how many shard channels.
    channels: i64,
    shard_channels: i64,
    monitoring: bool,
}

impl Mode {
    fn is_subscribed(&self) -> bool {
        self.channels > 0 || self.shard_channels > 0
    }
}

/// A command that has not answered yet.
#[derive(Debug)]
struct Flight {
    words: Vec<Vec<u8>>,
    /// How many confirmations are to come: SUBSCRIBE gets one for each channel.
    confirmations: usize,
    sent: Time,
    /// Not typed by anyone: only its failure is shown.
    quiet: bool,
}

/// What the host has to do for a terminal.
#[derive(Debug)]
pub enum Step {
    /// Nothing: no lines, or a command has not answered yet.
    Wait,
    /// Send these bytes to the engine.
    Send(Vec<u8>),
    /// Something was printed without the engine; ask again.
    Done,
    /// Empty the page's transcript.
    Clear,
    /// Close this connection and open another.
    Reconnect,
    /// Do what only the host can: turn the clock, make much data, be another client. What that prints comes back
    /// through [`Terminal::performed`].
    Perform(Box<transcript::Step>),
}

impl Terminal {
    /// A terminal of its own, or with `reads_transcripts` one beside a lesson.
    pub fn new(number: ClientNumber, client: ClientId, reads_transcripts: bool) -> Terminal {
        Terminal {
            number,
            client,
            queue: VecDeque::new(),
            repeat: None,
            flight: None,
            received: Vec::new(),
            mode: Mode::default(),
            printed: Printed::default(),
            connected: true,
            reads_transcripts,
            following: None,
            late: Printed::default(),
            reports: Vec::new(),
        }
    }

    /// Adds lines to run, in order.
    pub fn enqueue(&mut self, lines: &str) {
        self.queue.extend(lines.lines().map(|line| Item::Line(line.to_owned())));
    }

    /// Adds the steps of a lesson's block to run, in order.
    pub fn enqueue_block(&mut self, block: u32, steps: &[transcript::Step]) {
        let numbered = (0u32..).zip(steps);
        self.queue.extend(numbered.map(|(step, it)| Item::Step(Mark { block, step }, Box::new(it.clone()))));
    }

    /// What the steps of blocks came to.
    pub fn take_reports(&mut self) -> Vec<StepReport> {
        std::mem::take(&mut self.reports)
    }

    /// How many lines have not run.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// What the terminal waits for.
    pub fn awaiting(&self) -> Awaiting {
        match &self.flight {
            Some(flight) => Awaiting::Reply { since_ms: flight.sent.0 as f64 },
            None if self.mode.monitoring => Awaiting::Monitor,
            None if self.mode.is_subscribed() => Awaiting::Messages,
            None => Awaiting::Nothing,
        }
    }

    /// Whether the next line can run now.
    pub fn is_ready(&self) -> bool {
        let free = self.flight.is_none() && !self.mode.monitoring;
        free && (self.repeat.is_some() || !self.queue.is_empty())
    }

    pub fn database(&self) -> u32 {
        self.mode.database
    }

    pub fn take_printed(&mut self) -> Printed {
        std::mem::take(&mut self.printed)
    }

    /// How much [`Terminal::take_printed`] would take.
    pub fn printed_len(&self) -> usize {
        self.printed.text.len()
    }

    pub fn print(&mut self, style: Style, text: &str) {
        self.printed.push(style, text);
    }

    /// A step that [`Step::Perform`] handed out is done, and printed this.
    pub fn performed(&mut self, printed: &Printed) {
        self.printed.append(printed);
        self.hear(printed);
        self.finish_step();
    }

    /// Notes what a step of a lesson printed.
    fn hear(&mut self, printed: &Printed) {
        match &mut self.following {
            Some(following) => following.printed.append(printed),
            None if self.reads_transcripts => self.late.append(printed),
            None => {}
        }
    }

    /// A step that listens to what this client printed while the block went on.
    pub fn listened(&mut self) {
        let late = std::mem::take(&mut self.late);
        self.hear(&late);
        self.finish_step();
    }

    fn finish_step(&mut self) {
        self.reports.extend(self.following.take().map(Following::judge));
    }

    /// What stands before the next line.
    pub fn prompt(&self) -> String {
        if !self.connected {
            return "not connected> ".to_owned();
        }
        let database = match self.mode.database {
            0 => String::new(),
            number => format!("[{number}]"),
        };
        let state = match &self.mode {
            mode if mode.is_subscribed() => "(subscribed mode)",
            Mode { transaction: Some(_), .. } => "(TX)",
            _ => "",
        };
        format!("{ADDRESS}{database}{state}> ")
    }

    /// Takes up the next line, if none is under way.
    pub fn step(&mut self, now: Time) -> Step {
        if self.flight.is_some() {
            return self.beside_the_wait();
        }
        // As in redis-cli, nothing typed is read until Ctrl-C.
        if self.mode.monitoring {
            return Step::Wait;
        }
        if let Some((words, left)) = self.repeat.take() {
            if left > 1 {
                self.repeat = Some((words.clone(), left - 1));
            }
            return self.send(words, now);
        }
        match self.queue.pop_front() {
            None => Step::Wait,
            Some(Item::Line(line)) => self.typed(line, now),
            Some(Item::Step(mark, step)) => self.lesson_step(mark, step, now),
        }
    }

    /// While this client waits for its reply, others that a lesson names can go on, and so can time: nothing else
    /// would ever end some waits.
    fn beside_the_wait(&mut self) -> Step {
        let step = match self.queue.front() {
            Some(Item::Step(_, step)) if lesson::line_of(step).is_none() => None,
            Some(Item::Line(line)) if self.reads_transcripts => match lesson::typed(line) {
                Some(Ok(step)) if lesson::line_of(&step).is_none() => Some(step),
                _ => return Step::Wait,
            },
            _ => return Step::Wait,
        };
        // The step that waits has printed what it will for now.
        self.finish_step();
        match (self.queue.pop_front(), step) {
            (Some(Item::Step(mark, step)), _) => {
                self.following = Some(Following::new(mark, (*step).clone()));
                Step::Perform(step)
            }
            (_, Some(step)) => Step::Perform(Box::new(step)),
            _ => Step::Wait,
        }
    }

    fn lesson_step(&mut self, mark: Mark, step: Box<transcript::Step>, now: Time) -> Step {
        if !self.connected && lesson::line_of(&step).is_some() {
            self.queue.push_front(Item::Step(mark, step));
            self.connected = true;
            return Step::Reconnect;
        }
        self.following = Some(Following::new(mark, (*step).clone()));
        let done = match lesson::line_of(&step) {
            Some(line) => self.echo_and_run(line, now),
            None => Step::Perform(step),
        };
        // A line that needs no engine is over at once.
        if matches!(done, Step::Done) {
            self.finish_step();
        }
        done
    }

    fn typed(&mut self, line: String, now: Time) -> Step {
        if line.trim().is_empty() {
            return Step::Done;
        }
        let read = if self.reads_transcripts { lesson::typed(&line) } else { None };
        let line = match read {
            None => line,
            Some(Ok(step)) => match lesson::line_of(&step) {
                Some(line) => line.to_owned(),
                None => return Step::Perform(Box::new(step)),
            },
            Some(Err(why)) => {
                self.print(Style::Command, &format!("{}\n", print::visible(&line)));
                self.print(Style::Error, &format!("{why}\n"));
                return Step::Done;
            }
        };
        if !self.connected {
            self.connected = true;
            self.queue.push_front(Item::Line(line));
            return Step::Reconnect;
        }
        self.echo_and_run(&line, now)
    }

    fn echo_and_run(&mut self, line: &str, now: Time) -> Step {
        let prompt = self.prompt();
        self.print(Style::Prompt, &prompt);
        self.print(Style::Command, &format!("{}\n", print::visible(line)));
        self.run(line, now)
    }

    fn run(&mut self, line: &str, now: Time) -> Step {
        let Ok(mut words) = resp::split_line(line) else {
            self.print(Style::Error, "Invalid argument(s)\n");
            return Step::Done;
        };
        let first = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
        match first.as_slice() {
            b"clear" if words.len() == 1 => return Step::Clear,
            b"quit" | b"exit" if words.len() == 1 => {
                self.connected = false;
                self.mode = Mode::default();
                self.print(Style::Notice, "Connection closed. The next command opens a new one.\n");
                return Step::Done;
            }
            b"help" | b"?" => {
                let text = super::help::help(words.get(1..).unwrap_or_default());
                self.printed.append(&text);
                return Step::Done;
            }
            _ => {}
        }
        // As in redis-cli, a number before a command repeats it.
        let times = std::str::from_utf8(&first).ok().and_then(|word| word.parse::<u32>().ok());
        if let Some(times) = times.filter(|_| words.len() > 1) {
            words.remove(0);
            if times > 0 {
                self.repeat = Some((words, times));
            }
            return Step::Done;
        }
        if words.is_empty() { Step::Done } else { self.send(words, now) }
    }

    fn send(&mut self, words: Vec<Vec<u8>>, now: Time) -> Step {
        let bytes = resp::encode_command(&words);
        let confirmations = if is_subscription(&words) { words.len().saturating_sub(1).max(1) } else { 0 };
        self.late = Printed::default();
        self.flight = Some(Flight { words, confirmations, sent: now, quiet: false });
        Step::Send(bytes)
    }

    /// Takes what the engine sent.
    pub fn receive(&mut self, bytes: &[u8], now: Time) {
        self.received.extend_from_slice(bytes);
        let mut used = 0;
        loop {
            match resp::parse_value(self.received.get(used..).unwrap_or_default()) {
                Ok(Some((value, length))) => {
                    used += length.max(1);
                    self.reply(value, now);
                }
                Ok(None) => break,
                Err(error) => {
                    // Cannot come from our engine; said plainly and dropped, so that the terminal lives on.
                    self.print(Style::Error, &format!("Error: {error}\n"));
                    used = self.received.len();
                    self.flight = None;
                }
            }
            if used >= self.received.len() {
                break;
            }
        }
        self.received.drain(..used.min(self.received.len()));
    }

    fn reply(&mut self, value: Value, now: Time) {
        let quiet = self.flight.as_ref().is_some_and(|flight| flight.quiet) && !value.is_error();
        if !quiet {
            let is_report = self.flight.as_ref().is_some_and(|flight| print::is_report(&flight.words));
            let printed = if is_report { print::report(&value) } else { print::reply(&value) };
            self.printed.append(&printed);
            self.hear(&printed);
        }
        if self.mode.monitoring {
            return;
        }
        if self.is_push(&value) {
            return self.follow_push(&value);
        }
        let Some(flight) = self.flight.take() else { return };
        let took = now.since(flight.sent);
        if took >= SLOW_MS {
            self.print(Style::Notice, &format!("({:.2}s)\n", took as f64 / 1000.0));
        }
        self.follow(&flight.words, &value);
        self.finish_step();
    }

    /// Whether a value comes unasked: a message or a (un)subscription's confirmation.
    fn is_push(&self, value: &Value) -> bool {
        match value {
            Value::Push(_) => true,
            Value::Array(elements) => {
                let subscribing = self.flight.as_ref().is_some_and(|flight| flight.confirmations > 0);
                (self.mode.is_subscribed() || subscribing)
                    && elements.len() >= 3
                    && elements.first().and_then(Value::as_bytes).is_some_and(|kind| PUSHES.contains(&kind))
            }
            _ => false,
        }
    }

    fn follow_push(&mut self, value: &Value) {
        let Some([kind, _, count, ..]) = value.as_elements() else { return };
        let kind = kind.as_bytes().unwrap_or_default();
        if !kind.ends_with(b"subscribe") {
            return;
        }
        let count = count.as_integer().unwrap_or_default();
        match kind {
            b"ssubscribe" | b"sunsubscribe" => self.mode.shard_channels = count,
            _ => self.mode.channels = count,
        }
        if let Some(flight) = &mut self.flight
            && flight.confirmations > 0
        {
            flight.confirmations -= 1;
            if flight.confirmations == 0 {
                self.flight = None;
                self.finish_step();
            }
        }
    }

    /// What an answered command changes about the prompt; the rules are redis-cli's.
    fn follow(&mut self, words: &[Vec<u8>], value: &Value) {
        let name = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
        let failed = value.is_error();
        match (name.as_slice(), words.len()) {
            (b"select", 2) if !failed => {
                let number = words.get(1).and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
                self.mode.database = number.unwrap_or(self.mode.database);
            }
            (b"multi", 1) if !failed => self.mode.transaction = Some(self.mode.database),
            (b"exec", 1) => {
                if let Some(before) = self.mode.transaction.take()
                    && (failed || value.is_null())
                {
                    self.mode.database = before;
                }
            }
            (b"discard", 1) if !failed => {
                if let Some(before) = self.mode.transaction.take() {
                    self.mode.database = before;
                }
            }
            (b"reset", 1) if !failed => self.mode = Mode::default(),
            (b"monitor", 1) if !failed => self.mode.monitoring = true,
            _ => {}
        }
    }

    /// Ctrl-C: forgets the lines that wait. True when the connection has to be replaced because a command has not
    /// answered or messages keep coming.
    pub fn interrupt(&mut self) -> bool {
        let waiting = self.queue.drain(..).filter_map(|item| match item {
            Item::Step(mark, _) => Some(lesson::skipped(mark)),
            Item::Line(_) => None,
        });
        let stopped = self.following.take().map(|following| lesson::skipped(following.mark));
        self.reports.extend(stopped.into_iter().chain(waiting));
        self.repeat = None;
        self.print(Style::Notice, "^C\n");
        let replace = self.awaiting() != Awaiting::Nothing;
        if replace {
            self.print(Style::Notice, "The connection was closed; a new one has taken its place.\n");
        }
        replace
    }

    /// Goes on with another connection; returns what has to be sent on it first. As in redis-cli, the database is
    /// kept, and everything else is as for a new client.
    #[must_use]
    pub fn reconnected(&mut self, client: ClientId, now: Time) -> Vec<u8> {
        self.client = client;
        self.lost();
        self.connected = true;
        if self.mode.database == 0 {
            return Vec::new();
        }
        let words = vec![b"SELECT".to_vec(), self.mode.database.to_string().into_bytes()];
        // Until the server confirms it.
        self.mode.database = 0;
        let bytes = resp::encode_command(&words);
        self.flight = Some(Flight { words, confirmations: 0, sent: now, quiet: true });
        bytes
    }

    /// The engine closed the connection.
    pub fn closed(&mut self) {
        self.lost();
        self.repeat = None;
        self.connected = false;
        self.finish_step();
        self.print(Style::Notice, "The server closed the connection. The next command opens a new one.\n");
    }

    fn lost(&mut self) {
        self.flight = None;
        self.received.clear();
        let database = self.mode.transaction.unwrap_or(self.mode.database);
        self.mode = Mode { database, ..Mode::default() };
    }
}

/// The first words of what a subscriber gets.
const PUSHES: [&[u8]; 9] = [
    b"message",
    b"pmessage",
    b"smessage",
    b"subscribe",
    b"unsubscribe",
    b"psubscribe",
    b"punsubscribe",
    b"ssubscribe",
    b"sunsubscribe",
];

/// Whether a command is one of the (un)subscribe family.
fn is_subscription(words: &[Vec<u8>]) -> bool {
    let name = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    PUSHES.contains(&name.as_slice()) && name.ends_with(b"subscribe")
}
