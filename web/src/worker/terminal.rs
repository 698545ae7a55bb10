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
use super::modes::{self, Next};
use super::print;
use crate::printed::{Printed, Style};
use crate::protocol::{Awaiting, ClientNumber, StepReport};
use crate::typing;

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
    /// The command that is to run several times.
    repeat: Option<Repeat>,
    /// A mode of redis-cli, under way.
    job: Option<Job>,
    /// Until when a repetition or a mode rests, by `elapsed_ms`.
    rests_until_ms: f64,
    elapsed_ms: fn() -> f64,
    flight: Option<Flight>,
    /// What a new connection is told before anything else.
    introduction: VecDeque<Vec<Vec<u8>>>,
    /// The name and the protocol of the connection, which the next one gets too.
    name: Vec<u8>,
    resp3: bool,
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

/// A command that runs several times.
#[derive(Debug)]
struct Repeat {
    words: Vec<Vec<u8>>,
    /// How often still; none for ever.
    left: Option<u32>,
    interval_ms: f64,
    since: Time,
}

/// A mode of redis-cli, under way.
#[derive(Debug)]
struct Job {
    mode: modes::Mode,
    /// How many replies are to come.
    expected: usize,
    since: Time,
    /// The line that changes in place, as it was shown last, and when.
    live: Option<String>,
    shown_ms: f64,
}

/// How often the line that changes in place is shown anew.
const LIVE_EVERY_MS: f64 = 100.0;

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
            job: None,
            rests_until_ms: 0.0,
            elapsed_ms: || 0.0,
            flight: None,
            introduction: VecDeque::new(),
            name: Vec::new(),
            resp3: false,
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

    /// Lends it a clock of real time, by which repetitions and modes rest.
    pub fn lend_clock(&mut self, elapsed_ms: fn() -> f64) {
        self.elapsed_ms = elapsed_ms;
    }

    /// When it has to be asked for its next step, by the clock it was lent, if it rests.
    pub fn rests_until_ms(&self) -> Option<f64> {
        let has_work = self.repeat.is_some() || self.job.as_ref().is_some_and(|job| job.expected == 0);
        (has_work && !self.is_rested()).then_some(self.rests_until_ms)
    }

    fn is_rested(&self) -> bool {
        (self.elapsed_ms)() >= self.rests_until_ms
    }

    /// The line that changes in place while a mode runs.
    pub fn live(&self) -> Option<&str> {
        self.job.as_ref().and_then(|job| job.live.as_deref())
    }

    /// Adds lines to run, in order. A script or JSON in quotes may span several.
    pub fn enqueue(&mut self, lines: &str) {
        let commands = typing::commands(lines, false).map(|line| line.strip_suffix('\r').unwrap_or(line));
        self.queue.extend(commands.map(|line| Item::Line(line.to_owned())));
    }

    /// Adds one command to run, whose line feeds belong to it.
    pub fn enqueue_whole(&mut self, line: String) {
        self.queue.push_back(Item::Line(line));
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
            None if self.job.is_some() => {
                Awaiting::Running { since_ms: self.job.as_ref().map_or(0.0, |job| job.since.0 as f64) }
            }
            None if self.repeat.as_ref().is_some_and(|repeat| repeat.interval_ms > 0.0) => {
                Awaiting::Running { since_ms: self.repeat.as_ref().map_or(0.0, |repeat| repeat.since.0 as f64) }
            }
            None if self.mode.monitoring => Awaiting::Monitor,
            None if self.mode.is_subscribed() => Awaiting::Messages,
            None => Awaiting::Nothing,
        }
    }

    /// Whether the next line can run now.
    pub fn is_ready(&self) -> bool {
        if self.flight.is_some() || self.mode.monitoring {
            return false;
        }
        let goes_on = match &self.job {
            Some(job) => job.expected == 0 && self.is_rested(),
            None if self.repeat.is_some() => self.is_rested(),
            None => !self.queue.is_empty(),
        };
        goes_on || !self.introduction.is_empty()
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
        if let Some(words) = self.introduction.pop_front() {
            let bytes = resp::encode_command(&words);
            self.flight = Some(Flight { words, confirmations: 0, sent: now, quiet: true });
            return Step::Send(bytes);
        }
        if (self.job.is_some() || self.repeat.is_some()) && !self.is_rested() {
            return Step::Wait;
        }
        if self.job.is_some() {
            return self.go_on();
        }
        if let Some(mut repeat) = self.repeat.take() {
            let words = repeat.words.clone();
            repeat.left = repeat.left.map(|left| left.saturating_sub(1));
            if repeat.left != Some(0) {
                self.rests_until_ms = (self.elapsed_ms)() + repeat.interval_ms;
                self.repeat = Some(repeat);
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
            return self.begin(modes::Parsed::Repeat { words, times: Some(times), interval_ms: 0.0 }, now);
        }
        if let Some(parsed) = modes::parse(&words) {
            return self.begin(parsed, now);
        }
        if words.is_empty() { Step::Done } else { self.send(words, now) }
    }

    /// Begins what options ask for.
    fn begin(&mut self, parsed: modes::Parsed, now: Time) -> Step {
        self.rests_until_ms = 0.0;
        match parsed {
            modes::Parsed::Refused(why) => self.print(Style::Error, &format!("{why}\n")),
            modes::Parsed::Repeat { times: Some(0), .. } => {}
            modes::Parsed::Repeat { words, times, interval_ms } => {
                self.repeat = Some(Repeat { words, left: times, interval_ms, since: now });
            }
            modes::Parsed::Mode(_) if self.mode.transaction.is_some() || self.mode.is_subscribed() => {
                self.print(Style::Error, "This needs a client that is neither inside MULTI nor subscribed.\n");
            }
            modes::Parsed::Mode(mode) => {
                self.job = Some(Job { mode, expected: 0, since: now, live: None, shown_ms: f64::MIN });
            }
        }
        Step::Done
    }

    /// The next step of a mode.
    fn go_on(&mut self) -> Step {
        let elapsed_ms = (self.elapsed_ms)();
        let Some(job) = self.job.as_mut().filter(|job| job.expected == 0) else { return Step::Wait };
        if elapsed_ms - job.shown_ms >= LIVE_EVERY_MS {
            (job.live, job.shown_ms) = (job.mode.live(), elapsed_ms);
        }
        match job.mode.next(self.elapsed_ms, &mut self.printed) {
            Next::Send(commands) => {
                job.expected = commands.len();
                Step::Send(commands.iter().flat_map(|words| resp::encode_command(words)).collect())
            }
            Next::Sleep(ms) => {
                self.rests_until_ms = elapsed_ms + ms;
                Step::Wait
            }
            Next::Again => Step::Done,
            Next::Done => {
                self.job = None;
                Step::Done
            }
        }
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
        if let Some(job) = self.job.as_mut().filter(|job| job.expected > 0) {
            job.expected -= 1;
            return job.mode.reply(&value, (self.elapsed_ms)(), &mut self.printed);
        }
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
        let replace = match self.job.take() {
            Some(mut job) => {
                job.mode.stop(&mut self.printed);
                job.expected > 0
            }
            None => self.awaiting() != Awaiting::Nothing,
        };
        if replace {
            self.print(Style::Notice, "The connection was closed; a new one has taken its place.\n");
        }
        replace
    }

    /// Goes on with another connection, which gets the name, the protocol and the database of the one before.
    pub fn reconnected(&mut self, client: ClientId) {
        self.client = client;
        self.lost();
        self.connected = true;
        // Each holds only once the server confirms it.
        let database = std::mem::take(&mut self.mode.database);
        let name = std::mem::take(&mut self.name);
        self.introduce(&name, self.resp3);
        if database > 0 {
            self.introduction.push_back(vec![b"SELECT".to_vec(), database.to_string().into_bytes()]);
        }
    }

    /// Lets a new connection begin with a name and a protocol.
    pub fn introduce(&mut self, name: &[u8], resp3: bool) {
        self.introduction.clear();
        if resp3 {
            self.introduction.push_back(vec![b"HELLO".to_vec(), b"3".to_vec()]);
        }
        if !name.is_empty() {
            self.introduction.push_back(vec![b"CLIENT".to_vec(), b"SETNAME".to_vec(), name.to_vec()]);
        }
    }

    /// Takes note of what the engine calls this connection, and of its protocol.
    pub fn note(&mut self, name: &[u8], resp3: bool) {
        if self.name != name {
            self.name = name.to_vec();
        }
        self.resp3 = resp3;
    }

    pub fn name(&self) -> &[u8] {
        &self.name
    }

    pub fn is_resp3(&self) -> bool {
        self.resp3
    }

    /// The engine closed the connection.
    pub fn closed(&mut self) {
        self.lost();
        self.repeat = None;
        self.job = None;
        self.connected = false;
        self.finish_step();
        self.print(Style::Notice, "The server closed the connection. The next command opens a new one.\n");
    }

    fn lost(&mut self) {
        self.flight = None;
        self.received.clear();
        self.introduction.clear();
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
