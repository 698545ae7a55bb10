//! Traffic in the background of a lesson, whose latency the page draws live.
//!
//! ```text
//! title: Shop traffic
//! clients: 4
//! per second: 200
//! window: 30s
//! command: GET user:{random:200000}
//! command: INCR visits
//! ```
//!
//! `clients` connections share the traffic: together they send `per second` commands, taken from the `command` lines
//! in turn. The chart shows the last `window`. Knows nothing of timers or of drawing: the page does both.

use engine::resp::quote;

use crate::problem::Problem;
use crate::settings::Settings;
use crate::transcript::{Action, Command, Expected, Step, Template, duration, scatter};

pub const MAX_CLIENTS: u32 = 8;
/// The page sends from timers that fire at most every few milliseconds.
pub const MAX_PER_SECOND: u32 = 1_000;
const MAX_COMMANDS: usize = 16;
const WINDOW_MS: std::ops::RangeInclusive<u64> = 5_000..=300_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Names the chart.
    pub title: String,
    /// From 1 to [`MAX_CLIENTS`].
    pub clients: u32,
    /// Commands a second of all clients together, from 1 to [`MAX_PER_SECOND`].
    pub per_second: u32,
    /// How much of the past the chart shows.
    pub window_ms: u64,
    /// Never empty.
    pub commands: Vec<Template>,
    /// The line of the file on which its settings begin.
    pub line: usize,
}

impl Workload {
    pub(crate) fn parse(text: &str, first_line: usize) -> Result<Workload, Problem> {
        let mut settings = Settings::parse(text.lines(), first_line)?;
        let title = settings.take("title")?.1.to_owned();
        let clients = settings.take_number("clients", 1..=MAX_CLIENTS)?;
        let per_second = settings.take_number("per second", 1..=MAX_PER_SECOND)?;
        let (line, window) = settings.take("window")?;
        let window_ms = duration(window).map_err(|why| Problem::new(line, why))?;
        if !WINDOW_MS.contains(&window_ms) {
            return Err(Problem::new(line, "the window is from 5s to 5m"));
        }
        let mut commands = Vec::new();
        for (line, command) in settings.take_all("command") {
            commands.push(Template::parse(command).map_err(|why| Problem::new(line, why))?);
        }
        if commands.is_empty() || commands.len() > MAX_COMMANDS {
            return Err(Problem::new(
                first_line,
                format!("a workload has from 1 to {MAX_COMMANDS} \"command: ...\" lines"),
            ));
        }
        settings.finish()?;
        Ok(Workload { title, clients, per_second, window_ms, commands, line: first_line })
    }

    /// The words of command `number` of the traffic, counted from 0.
    pub fn words(&self, number: u64, random: impl FnMut() -> u64) -> Vec<Vec<u8>> {
        let count = u64::try_from(self.commands.len()).unwrap_or(u64::MAX);
        let index = usize::try_from(number.checked_rem(count).unwrap_or(0)).unwrap_or(0);
        self.commands.get(index).map(|template| template.words(number, random)).unwrap_or_default()
    }

    /// Command `number` as a step of a transcript, always the same for a number.
    pub fn step(&self, number: u64) -> Step {
        let mut state = number;
        let words = self.words(number, || {
            state = scatter(state);
            state
        });
        let text = words.iter().map(|word| String::from_utf8_lossy(&quote(word)).into_owned()).collect::<Vec<_>>();
        let command =
            Command { client: "workload".to_owned(), text: text.join(" "), words, expected: Expected::Anything };
        Step { line: self.line, action: Action::Command(command), hint: None }
    }
}
