//! What a lesson asks of the host: its data at the start, its blocks in a terminal, its checks, its traffic.
//!
//! Steps mean what [`lessons::transcript`] says. A block's lines run in the learner's terminal as if they were typed;
//! whatever else it does is printed there too. A check runs on a connection of its own, so nothing the learner's
//! clients are in the middle of (another database, a transaction) matters to it.

use engine::base::{Random, Time};
use engine::resp::{self, Value};
use engine::{ClientId, Engine};
use lessons::transcript::{Action, Clock as ClockStep, Fill, Step};
use lessons::{Block, Workload, play};

use super::host::Host;
use super::print;
use super::terminal::Terminal;
use crate::printed::{Printed, Style};
use crate::protocol::{ClientNumber, FromWorker, TrafficSample, Verdict};

/// A sample of the traffic is sent this often.
const SAMPLE_MS: f64 = 250.0;
/// Traffic that a sleeping computer missed is not made up for beyond this.
const MAX_BACKLOG_MS: f64 = 2000.0;
/// Commands of a fill between two looks at what the engine has to say.
const FILL_BATCH: usize = 1000;

impl Host {
    /// Makes the data that the lesson starts from.
    pub(super) fn set_the_stage(&mut self, real_ms: f64) -> Result<(), String> {
        let Some(setup) = self.lesson.as_ref().map(|lesson| lesson.setup.clone()) else { return Ok(()) };
        let now = self.clock.now(real_ms);
        let client = self.engine.connect(now);
        for step in &setup {
            match &step.action {
                Action::Command(command) => expect_no_error(&run(&mut self.engine, client, &command.words, now))?,
                Action::Fill(fill) => self.fill(fill, now)?,
                Action::Listen { .. } | Action::Clock(_) => {
                    return Err(format!("line {}: a setup only makes data", step.line));
                }
            }
        }
        self.engine.disconnect(client, now);
        self.drain(now);
        Ok(())
    }

    fn fill(&mut self, fill: &Fill, now: Time) -> Result<(), String> {
        let client = self.engine.connect(now);
        let mut result = Ok(());
        for (number, command) in fill.commands().enumerate() {
            result = expect_no_error(&run(&mut self.engine, client, &command, now));
            if result.is_err() {
                break;
            }
            if number % FILL_BATCH == 0 {
                self.drain(now);
            }
        }
        self.engine.disconnect(client, now);
        self.drain(now);
        result
    }

    fn block(&self, block: u32) -> Option<&Block> {
        self.lesson.as_ref()?.blocks.get(block as usize)
    }

    pub(super) fn run_block(&mut self, client: ClientNumber, block: u32) {
        let Some(Block::Transcript(steps)) = self.block(block).cloned() else {
            return self.problem(format!("Block {block} of the lesson has nothing to run."));
        };
        match self.terminals.get_mut(&client) {
            Some(terminal) => terminal.enqueue_steps(&steps),
            None => self.unknown(client),
        }
    }

    /// Does a step that is more than a line of the learner's, and prints it in their terminal.
    pub(super) fn perform(&mut self, number: ClientNumber, step: &Step, real_ms: f64) {
        let now = self.clock.now(real_ms);
        let mut printed = Printed::of(Style::Notice, &format!("{}\n", step.text()));
        match &step.action {
            Action::Clock(clock) => self.turn(*clock, real_ms),
            Action::Fill(fill) => {
                if let Err(error) = self.fill(fill, now) {
                    printed.push(Style::Error, &format!("{error}\n"));
                }
            }
            Action::Command(command) => {
                let client = self.side_client(&command.client, now);
                self.engine.receive(client, &resp::encode_command(&command.words), now);
                self.drain(now);
                printed.append(&self.heard(&command.client));
            }
            Action::Listen { client, .. } => printed.append(&self.heard(client)),
        }
        if let Some(terminal) = self.terminals.get_mut(&number) {
            terminal.append(&printed);
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
                self.side_clients.insert(name.to_owned(), Terminal::new(0, client));
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
        if let Some(sample) = sample {
            self.outbox.push(FromWorker::Traffic(sample));
        }
    }
}

fn run(engine: &mut Engine, client: ClientId, words: &[Vec<u8>], now: Time) -> Value {
    let argv: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    engine.call(client, &argv, now)
}

fn expect_no_error(value: &Value) -> Result<(), String> {
    match value {
        Value::Error(error) => Err(String::from_utf8_lossy(error).into_owned()),
        _ => Ok(()),
    }
}

/// Background clients of a lesson.
///
/// Commands are due at even intervals, whenever the timer that sends them happens to fire. Each one's time to answer
/// is how long the engine was still busy with somebody else's command when it was due, plus its own run. So a slow
/// command shows as it would over a network, and the browser's coarse timers do not.
pub struct Traffic {
    block: u32,
    workload: Workload,
    clients: Vec<ClientId>,
    random: Random,
    /// When command 0 was due.
    began_ms: f64,
    sent: u64,
    /// From when to when the engine ran a learner's command, since the traffic last ran.
    busy: Vec<(f64, f64)>,
    latencies_ms: Vec<f64>,
    sampled_ms: f64,
}

impl Traffic {
    fn new(block: u32, workload: Workload, clients: Vec<ClientId>, began_ms: f64) -> Traffic {
        Traffic {
            block,
            workload,
            clients,
            random: Random::new(u64::from(block)),
            began_ms,
            sent: 0,
            busy: Vec::new(),
            latencies_ms: Vec::new(),
            sampled_ms: began_ms,
        }
    }

    pub fn engine_was_busy(&mut self, from_ms: f64, to_ms: f64) {
        self.busy.push((from_ms, to_ms));
    }

    fn run(&mut self, engine: &mut Engine, now: Time, elapsed_ms: fn() -> f64) -> Option<TrafficSample> {
        let interval_ms = 1000.0 / f64::from(self.workload.per_second);
        let at_ms = elapsed_ms();
        let mut due_ms = self.began_ms + self.sent as f64 * interval_ms;
        if at_ms - due_ms > MAX_BACKLOG_MS {
            self.began_ms += at_ms - due_ms;
            due_ms = at_ms;
        }
        let mut waits_ms = Vec::new();
        while due_ms <= at_ms {
            let random = &mut self.random;
            let words = self.workload.words(self.sent, || random.next_u64());
            let turn = usize::try_from(self.sent).unwrap_or(0).checked_rem(self.clients.len()).unwrap_or(0);
            if let Some(client) = self.clients.get(turn) {
                run(engine, *client, &words, now);
            }
            let busy = self.busy.iter().filter(|(from, to)| *from <= due_ms && due_ms < *to);
            waits_ms.push(busy.map(|(_, to)| to - due_ms).fold(0.0, f64::max));
            self.sent += 1;
            due_ms = self.began_ms + self.sent as f64 * interval_ms;
        }
        let own_ms = (elapsed_ms() - at_ms) / waits_ms.len().max(1) as f64;
        self.latencies_ms.extend(waits_ms.iter().map(|wait| wait + own_ms));
        self.busy.retain(|(_, to)| *to > at_ms);
        (at_ms - self.sampled_ms >= SAMPLE_MS).then(|| {
            self.sampled_ms = at_ms;
            self.sample()
        })
    }

    fn sample(&mut self) -> TrafficSample {
        let mut latencies = std::mem::take(&mut self.latencies_ms);
        latencies.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (latencies.len().saturating_sub(1) as f64 * share).round() as usize;
            latencies.get(index).copied().unwrap_or_default()
        };
        TrafficSample {
            block: self.block,
            operations: latencies.len() as u32,
            median_ms: at(0.5),
            p99_ms: at(0.99),
            worst_ms: at(1.0),
        }
    }
}
