//! What a lesson asks of the host: its data at the start, its blocks in a terminal, its checks, its traffic.
//!
//! Steps mean what [`lessons::transcript`] says. A block's commands run in the learner's terminal as if they were
//! typed; whatever else it does is printed there too, and each step is compared with what the lesson says. Much data
//! is made in portions, so that the page hears how far it is and can stop it. A check runs on a connection of its
//! own, so nothing the learner's clients are in the middle of (another database, a transaction) matters to it.

use engine::base::Time;
use engine::resp::{self, Value};
use engine::{ClientId, Engine};
use lessons::transcript::{self, Action, Clock as ClockStep, Expected, Fill, MAIN_CLIENT, Step};
use lessons::{Block, play};

use super::host::Host;
use super::print;
use super::terminal::Terminal;
use super::workload::Traffic;
use crate::printed::{Printed, Style};
use crate::protocol::{ClientNumber, StepOutcome, StepReport, ToPanel, Verdict};

/// Commands of a fill between two looks at the time.
const FILL_BATCH: u64 = 500;
/// How far the preparation is, is told this often.
const TELL_EVERY_MS: f64 = 100.0;

// --- Steps -----------------------------------------------------------------------------------------------------------

/// Which step of which block, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub block: u32,
    pub step: u32,
}

/// A step that is under way, and what it has printed so far.
#[derive(Debug)]
pub struct Following {
    pub mark: Mark,
    step: Step,
    pub printed: Printed,
}

impl Following {
    pub fn new(mark: Mark, step: Step) -> Following {
        Following { mark, step, printed: Printed::default() }
    }

    /// Compares with what the lesson says.
    pub fn judge(self) -> StepReport {
        let printed = (!self.printed.is_empty()).then_some(self.printed.text.as_str());
        let outcome = match self.step.judge(printed) {
            Ok(()) => StepOutcome::Agrees,
            Err(difference) => StepOutcome::Differs(difference.to_string()),
        };
        StepReport { block: self.mark.block, step: self.mark.step, printed: self.printed, outcome }
    }
}

/// What becomes of a step that was stopped.
pub fn skipped(mark: Mark) -> StepReport {
    let Mark { block, step } = mark;
    StepReport { block, step, printed: Printed::default(), outcome: StepOutcome::Skipped }
}

/// The line a learner would type for this step, if it is one for their own client.
pub fn line_of(step: &Step) -> Option<&str> {
    match &step.action {
        Action::Command(command) if command.client == MAIN_CLIENT => Some(&command.text),
        _ => None,
    }
}

/// What a line means that is typed as a lesson shows it (`@ +1m`, `alice> GET k`, `alice<`, `> GET k`); none for a
/// plain command.
pub fn typed(line: &str) -> Option<Result<Step, String>> {
    let line = line.trim();
    let is_name =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if let Some(client) = line.strip_suffix('<').filter(|name| is_name(name)) {
        let action = Action::Listen { client: client.to_owned(), expected: Expected::Anything };
        return Some(Ok(Step { line: 1, action, hint: None }));
    }
    let is_step = line.starts_with("@ ") || line.split_once("> ").is_some_and(|(name, _)| is_name(name));
    if !is_step {
        return None;
    }
    let mut steps = match transcript::parse(line, 1) {
        Ok(steps) => steps,
        Err(problem) => return Some(Err(problem.message)),
    };
    Some(steps.pop().ok_or_else(|| "There is nothing to do on this line.".to_owned()))
}

// --- Much data -------------------------------------------------------------------------------------------------------

/// A fill that is under way.
#[derive(Debug)]
pub struct Filling {
    fill: Fill,
    /// How many of its commands have run.
    done: u64,
    /// A connection of its own, so that nobody's database or protocol matters.
    client: ClientId,
}

impl Filling {
    fn new(fill: Fill, client: ClientId) -> Filling {
        Filling { fill, done: 0, client }
    }

    /// Runs the next portion; whether it is complete.
    fn go_on(&mut self, engine: &mut Engine, now: Time) -> Result<bool, String> {
        let until = self.fill.count.min(self.done + FILL_BATCH);
        while self.done < until {
            self.done += 1;
            expect_no_error(&run(engine, self.client, &self.fill.command(self.done), now))?;
        }
        Ok(self.done >= self.fill.count)
    }
}

/// The making of the data that a lesson starts from.
#[derive(Debug)]
pub struct Preparation {
    steps: Vec<Step>,
    /// How many of the steps are done.
    step: usize,
    filling: Option<Filling>,
    done: u64,
    total: u64,
    told_ms: f64,
}

impl Preparation {
    pub fn new(steps: &[Step]) -> Preparation {
        let commands = |step: &Step| match &step.action {
            Action::Fill(fill) => fill.count,
            _ => 1,
        };
        let total = steps.iter().map(commands).sum();
        Preparation { steps: steps.to_vec(), step: 0, filling: None, done: 0, total, told_ms: f64::MIN }
    }

    /// Does the next portion; none when everything is there.
    fn go_on(&mut self, engine: &mut Engine, client: ClientId, now: Time) -> Option<Result<(), String>> {
        let step = self.steps.get(self.step)?;
        let outcome = match (&step.action, &mut self.filling) {
            (Action::Command(command), _) => {
                self.done += 1;
                expect_no_error(&run(engine, client, &command.words, now)).map(|()| true)
            }
            (Action::Fill(fill), filling) => {
                let filling = filling.get_or_insert_with(|| Filling::new(fill.clone(), client));
                let before = filling.done;
                let outcome = filling.go_on(engine, now);
                self.done += filling.done - before;
                outcome
            }
            (Action::Listen { .. } | Action::Clock(_), _) => Err("a setup only makes data".to_owned()),
        };
        Some(match outcome {
            Ok(complete) => {
                if complete {
                    self.step += 1;
                    self.filling = None;
                }
                Ok(())
            }
            Err(why) => Err(format!("line {}: {why}", step.line)),
        })
    }
}

impl Host {
    /// Makes the data that the lesson starts from, until `until`. True when they are complete; before that no line
    /// runs.
    pub(super) fn prepare(&mut self, real_ms: f64, until: f64) -> bool {
        let Some(mut preparation) = self.preparation.take() else { return true };
        let now = self.clock.now(real_ms);
        let client = self.engine.connect(now);
        // A fill that went on in an earlier slice has lost its connection.
        if let Some(filling) = &mut preparation.filling {
            filling.client = client;
        }
        let mut complete = false;
        while !complete && (self.elapsed_ms)() < until {
            match preparation.go_on(&mut self.engine, client, now) {
                None => complete = true,
                Some(Ok(())) => {}
                Some(Err(why)) => {
                    self.problem(format!("The lesson's data could not be made: {why}"));
                    complete = true;
                }
            }
            self.drain(now);
        }
        self.engine.disconnect(client, now);
        self.drain(now);
        let elapsed_ms = (self.elapsed_ms)();
        if complete || elapsed_ms - preparation.told_ms >= TELL_EVERY_MS {
            preparation.told_ms = elapsed_ms;
            let (done, total) = (preparation.done as f64, preparation.total as f64);
            self.outbox.push(ToPanel::Preparing { done: if complete { total } else { done }, total }.into());
        }
        if !complete {
            self.preparation = Some(preparation);
        }
        complete
    }

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

    /// Goes on with the fill of this terminal; false if it has none.
    pub(super) fn go_on_filling(&mut self, number: ClientNumber, now: Time) -> bool {
        let Some(mut filling) = self.fillings.remove(&number) else { return false };
        let began_ms = (self.elapsed_ms)();
        let outcome = filling.go_on(&mut self.engine, now);
        if let Some(traffic) = &mut self.traffic {
            traffic.engine_was_busy(began_ms, (self.elapsed_ms)());
        }
        let printed = match outcome {
            Ok(false) => {
                self.fillings.insert(number, filling);
                self.drain(now);
                return true;
            }
            Ok(true) => Printed::default(),
            Err(error) => Printed::of(Style::Error, &format!("(error) {error}\n")),
        };
        self.engine.disconnect(filling.client, now);
        self.drain(now);
        if let Some(terminal) = self.terminals.get_mut(&number) {
            terminal.performed(&printed);
        }
        true
    }

    /// Ends the fill of this terminal where it is.
    pub(super) fn stop_filling(&mut self, number: ClientNumber, now: Time) {
        if let Some(filling) = self.fillings.remove(&number) {
            self.engine.disconnect(filling.client, now);
            self.drain(now);
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
