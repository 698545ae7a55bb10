//! One client of the engine as `redis-cli` would drive it: lines in, styled text out.
//!
//! Splits lines into words, sends them one at a time (the next only when the last has answered), follows what the
//! replies mean for the prompt (database, transaction, subscription) and prints. A command that waits, messages and
//! MONITOR's lines are a state of the terminal, which the page shows and Ctrl-C ends. Knows nothing of timers,
//! messages or the page; [`super::host`] carries the bytes.
//!
//! | module | what it is |
//! |---|---|
//! | `running` | what a line becomes |
//! | `replies` | what comes back |
//! | `connecting` | how a connection begins, is left and replaced |

mod connecting;
mod replies;
mod running;

use std::collections::VecDeque;

use engine::ClientId;
use engine::base::Time;
use lessons::transcript;

use super::lesson::{Following, Mark};
use super::modes;
use crate::printed::{Printed, Style};
use crate::protocol::{Awaiting, ClientNumber, StepReport};
use crate::typing;

/// What the terminal claims to be connected to, as redis-cli's prompt shows it.
const ADDRESS: &str = "127.0.0.1:6379";

/// How much of what comes unasked is kept for a step that asks for it.
const MAX_LATE_BYTES: usize = 64 * 1024;

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
    /// Whether the rest of a command's syntax is to stand in grey behind the line.
    pub hints: bool,
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
    /// Close this connection; the next command opens another.
    Close,
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
            hints: true,
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

    pub(super) fn is_rested(&self) -> bool {
        (self.elapsed_ms)() >= self.rests_until_ms
    }

    /// The engine's clock was set back, or ahead again: what is under way began as long ago as before.
    pub fn move_moments(&mut self, by_ms: i64) {
        let flight = self.flight.as_mut().map(|flight| &mut flight.sent);
        let repeat = self.repeat.as_mut().map(|repeat| &mut repeat.since);
        let job = self.job.as_mut().map(|job| &mut job.since);
        for since in [flight, repeat, job].into_iter().flatten() {
            *since = since.moved(by_ms);
        }
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
    pub(super) fn hear(&mut self, printed: &Printed) {
        match &mut self.following {
            Some(following) => following.printed.append(printed),
            None if self.reads_transcripts => {
                // Nobody may ever ask for it: a subscriber hears for as long as it is left alone.
                if self.late.text.len() > MAX_LATE_BYTES {
                    self.late = Printed::default();
                }
                self.late.append(printed);
            }
            None => {}
        }
    }

    /// A step that listens to what this client printed while the block went on.
    pub fn listened(&mut self) {
        let late = std::mem::take(&mut self.late);
        self.hear(&late);
        self.finish_step();
    }

    pub(super) fn finish_step(&mut self) {
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
