//! Much data, made in portions: those that a lesson starts from, and the fills of its blocks.

use engine::base::Time;
use engine::{ClientId, Engine};
use lessons::transcript::{Action, Fill, Step};

use super::{expect_no_error, run};
use crate::printed::{Printed, Style};
use crate::protocol::{ClientNumber, ToPanel};
use crate::worker::host::Host;

/// Commands of a fill between two looks at the time.
const FILL_BATCH: u64 = 500;
/// How far the preparation is, is told this often.
const TELL_EVERY_MS: f64 = 100.0;

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
    pub fn new(fill: Fill, client: ClientId) -> Filling {
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
    pub(in crate::worker) fn prepare(&mut self, real_ms: f64, until: f64) -> bool {
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

    /// Goes on with the fill of this terminal; false if it has none.
    pub(in crate::worker) fn go_on_filling(&mut self, number: ClientNumber, now: Time) -> bool {
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
    pub(in crate::worker) fn stop_filling(&mut self, number: ClientNumber, now: Time) {
        if let Some(filling) = self.fillings.remove(&number) {
            self.engine.disconnect(filling.client, now);
            self.drain(now);
        }
    }
}
