//! What a lesson asks of the host: its data at the start, its blocks in a terminal, its checks, its traffic.
//!
//! Steps mean what [`lessons::transcript`] says. A block's commands run in the learner's terminal as if they were
//! typed; whatever else it does is printed there too, and each step is compared with what the lesson says. Much data
//! is made in portions, so that the page hears how far it is and can stop it. A check runs on a connection of its
//! own, so nothing the learner's clients are in the middle of (another database, a transaction) matters to it.

mod filling;
mod steps;

use engine::base::Time;
use engine::resp::{self, Value};
use engine::{ClientId, Engine};
use lessons::transcript::{Action, Clock as ClockStep, MAIN_CLIENT, Step};
use lessons::{Block, play};

pub use self::filling::{Filling, Preparation};
pub use self::steps::{Following, Mark, line_of, skipped, typed};
use super::host::Host;
use super::print;
use super::terminal::Terminal;
use super::workload::Traffic;
use crate::printed::{Printed, Style};
use crate::protocol::{ClientNumber, ToPanel, Verdict};

impl Host {
    fn block(&self, block: u32) -> Option<&Block> {
        self.lesson.as_ref()?.blocks.get(block as usize)
    }

    pub(super) fn run_block(&mut self, client: ClientNumber, block: u32) {
        let Some(Block::Transcript(steps)) = self.block(block).cloned() else {
            return self.problem(format!("Block {block} of the lesson has nothing to run."));
        };
        match self.terminals.get_mut(&client) {
            Some(terminal) => terminal.enqueue_block(block, &steps),
            None => self.unknown(client),
        }
    }

    /// Does a step that is more than a line of the learner's, and tells their terminal what it printed.
    pub(super) fn perform(&mut self, number: ClientNumber, step: &Step, real_ms: f64) {
        let now = self.clock.now(real_ms);
        if let Some(terminal) = self.terminals.get_mut(&number) {
            echo(terminal, step);
        }
        let printed = match &step.action {
            Action::Clock(clock) => {
                self.turn(*clock, real_ms);
                Printed::default()
            }
            Action::Fill(fill) => {
                let client = self.engine.connect(now);
                self.fillings.insert(number, Filling::new(fill.clone(), client));
                return;
            }
            Action::Command(command) => {
                let client = self.side_client(&command.client, now);
                self.engine.receive(client, &resp::encode_command(&command.words), now);
                self.drain(now);
                self.heard(&command.client)
            }
            Action::Listen { client, .. } if client == MAIN_CLIENT => {
                if let Some(terminal) = self.terminals.get_mut(&number) {
                    terminal.listened();
                }
                return;
            }
            Action::Listen { client, .. } => self.heard(client),
        };
        if let Some(terminal) = self.terminals.get_mut(&number) {
            terminal.performed(&printed);
        }
    }

    fn turn(&mut self, clock: ClockStep, real_ms: f64) {
        match clock {
            ClockStep::Forward(by_ms) => self.clock.step(by_ms as f64, real_ms),
            ClockStep::NextExpiry => {
                let now = self.clock.now(real_ms);
                if let Some(next) = self.engine.keyspace().next_expiry() {
                    self.clock.step(next.since(now) as f64, real_ms);
                }
            }
            ClockStep::Pause => self.clock.set_speed(0.0, real_ms),
            ClockStep::Resume => self.clock.set_speed(1.0, real_ms),
        }
        self.clock_changed = true;
        self.tick(real_ms);
    }

    /// The connection of another client that a transcript names; it has no terminal on the page.
    fn side_client(&mut self, name: &str, now: Time) -> ClientId {
        match self.side_clients.get(name) {
            Some(terminal) => terminal.client,
            None => {
                let client = self.engine.connect(now);
                self.side_clients.insert(name.to_owned(), Terminal::new(0, client, false));
                client
            }
        }
    }

    /// What another client has printed since last asked.
    fn heard(&mut self, name: &str) -> Printed {
        self.side_clients.get_mut(name).map(Terminal::take_printed).unwrap_or_default()
    }

    pub(super) fn check_exercise(&mut self, block: u32, now: Time) -> Verdict {
        let Some(Block::Exercise(exercise)) = self.block(block).cloned() else {
            return Verdict::Failed(format!("Block {block} of the lesson is no exercise."));
        };
        let client = self.engine.connect(now);
        let outcome = play(&exercise.check, |step| match &step.action {
            Action::Command(command) => {
                let value = run(&mut self.engine, client, &command.words, now);
                let printed = match print::is_report(&command.words) {
                    true => resp::print::raw(&value),
                    false => resp::print::tty(&value),
                };
                Ok(Some(String::from_utf8_lossy(&printed).into_owned()))
            }
            _ => Err("a check only reads".to_owned()),
        });
        self.engine.disconnect(client, now);
        self.drain(now);
        match outcome {
            Ok(()) => Verdict::Solved,
            Err(failure) => {
                let command = failure.step.trim_start_matches('>').trim().to_owned();
                Verdict::NotYet { command, difference: failure.what, hint: failure.hint }
            }
        }
    }

    // --- Traffic ---------------------------------------------------------------------------------------------

    pub(super) fn set_traffic(&mut self, block: u32, on: bool, now: Time) {
        if let Some(traffic) = self.traffic.take_if(|traffic| !on || traffic.block != block) {
            for client in traffic.clients {
                self.engine.disconnect(client, now);
            }
        }
        if !on || self.traffic.is_some() {
            return self.drain(now);
        }
        let Some(Block::Workload(workload)) = self.block(block).cloned() else {
            return self.problem(format!("Block {block} of the lesson has no traffic."));
        };
        let clients = (0..workload.clients).map(|_| self.engine.connect(now)).collect();
        self.traffic = Some(Traffic::new(block, workload, clients, (self.elapsed_ms)()));
    }

    pub fn has_traffic(&self) -> bool {
        self.traffic.is_some()
    }

    /// Sends the commands of the traffic that are due.
    pub fn run_traffic(&mut self, real_ms: f64) {
        let now = self.clock.now(real_ms);
        let Some(mut traffic) = self.traffic.take() else { return };
        let sample = traffic.run(&mut self.engine, now, self.elapsed_ms);
        self.traffic = Some(traffic);
        self.drain(now);
        if let (Some(sample), Some(Traffic { block, .. })) = (sample, &self.traffic) {
            self.outbox.push(ToPanel::Traffic { block: *block, sample }.into());
        }
    }
}

pub fn run(engine: &mut Engine, client: ClientId, words: &[Vec<u8>], now: Time) -> Value {
    let argv: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    engine.call(client, &argv, now)
}

/// Shows a step that is no line of the learner's as the lesson writes it.
fn echo(terminal: &mut Terminal, step: &Step) {
    match &step.action {
        Action::Command(command) => {
            terminal.print(Style::Prompt, &format!("{}> ", command.client));
            terminal.print(Style::Command, &format!("{}\n", print::visible(&command.text)));
        }
        _ => terminal.print(Style::Notice, &format!("{}\n", print::visible(&step.text()))),
    }
}

fn expect_no_error(value: &Value) -> Result<(), String> {
    match value {
        Value::Error(error) => Err(String::from_utf8_lossy(error).into_owned()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
