//! The background traffic of a lesson and what its clients feel.

use engine::base::{Random, Time};
use engine::{ClientId, Engine};
use lessons::Workload;

use super::latencies::Latencies;
use super::lesson::run;
use crate::metrics::Sample;

/// A sample is sent this often.
const SAMPLE_MS: f64 = 250.0;
/// What a sleeping computer missed is not made up for beyond this.
const MAX_BACKLOG_MS: f64 = 2000.0;

/// Background clients of a lesson.
///
/// Commands are due at even intervals, whenever the timer that sends them happens to fire. Each one's time to answer
/// is how long the engine was still busy with somebody else's command when it was due, plus its own run. So a slow
/// command shows as it would over a network, and the browser's coarse timers do not.
pub struct Traffic {
    pub block: u32,
    pub clients: Vec<ClientId>,
    workload: Workload,
    random: Random,
    /// When command 0 was due.
    began_ms: f64,
    sent: u64,
    /// From when to when the engine ran a learner's command, since the traffic last ran.
    busy: Vec<(f64, f64)>,
    latencies: Latencies,
    sampled_ms: f64,
}

impl Traffic {
    pub fn new(block: u32, workload: Workload, clients: Vec<ClientId>, began_ms: f64) -> Traffic {
        Traffic {
            block,
            workload,
            clients,
            random: Random::new(u64::from(block)),
            began_ms,
            sent: 0,
            busy: Vec::new(),
            latencies: Latencies::default(),
            sampled_ms: began_ms,
        }
    }

    pub fn engine_was_busy(&mut self, from_ms: f64, to_ms: f64) {
        self.busy.push((from_ms, to_ms));
    }

    /// Sends the commands that are due; now and then tells how the last ones went.
    pub fn run(&mut self, engine: &mut Engine, now: Time, elapsed_ms: fn() -> f64) -> Option<Sample> {
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
        waits_ms.iter().for_each(|wait| self.latencies.note(wait + own_ms));
        self.busy.retain(|(_, to)| *to > at_ms);
        (at_ms - self.sampled_ms >= SAMPLE_MS).then(|| {
            let span_ms = at_ms - std::mem::replace(&mut self.sampled_ms, at_ms);
            let sample = std::mem::take(&mut self.latencies).sample();
            Sample { span_ms, commands: sample.measured, ..sample }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Options;
    use lessons::{Block, Lesson};
    use std::cell::Cell;

    thread_local! {
        static ELAPSED: Cell<f64> = const { Cell::new(0.0) };
    }

    fn elapsed_ms() -> f64 {
        ELAPSED.with(Cell::get)
    }

    fn set(ms: f64) {
        ELAPSED.with(|elapsed| elapsed.set(ms));
    }

    fn traffic(engine: &mut Engine, now: Time) -> Traffic {
        let text = "---\ntitle: T\nslug: t\nsummary: S\nminutes: 1\norder: 1\n---\n```workload\ntitle: T\nclients: 2\n\
                    per second: 100\nwindow: 5s\ncommand: INCR visits\n```\n";
        let Some(Block::Workload(workload)) = Lesson::parse(text).unwrap().blocks.pop() else { panic!("no workload") };
        let clients = (0..2).map(|_| engine.connect(now)).collect();
        Traffic::new(0, workload, clients, elapsed_ms())
    }

    #[test]
    fn commands_that_were_due_while_the_engine_was_busy_waited_for_it() {
        let now = Time(1_700_000_000_000);
        let mut engine = Engine::new(Options::default(), now).unwrap();
        let mut traffic = traffic(&mut engine, now);
        // 25 commands are due from 0 to 245 ms; the ones due at 100, 110 and 120 ms wait until 130 ms.
        traffic.engine_was_busy(95.0, 130.0);
        set(245.0);
        assert_eq!(traffic.run(&mut engine, now, elapsed_ms), None);
        set(255.0);
        let sample = traffic.run(&mut engine, now, elapsed_ms).unwrap();
        assert_eq!((sample.commands, sample.worst_ms), (26.0, 30.0));
        assert!(sample.median_ms < 0.01, "{sample:?}");
        assert_eq!(engine.call(traffic.clients[0], &[b"GET", b"visits"], now).as_bytes(), Some(b"26".as_slice()));
    }

    #[test]
    fn a_sleeping_computer_is_not_made_up_for() {
        let now = Time(1_700_000_000_000);
        let mut engine = Engine::new(Options::default(), now).unwrap();
        set(0.0);
        let mut traffic = traffic(&mut engine, now);
        set(3_600_000.0);
        let sample = traffic.run(&mut engine, now, elapsed_ms).unwrap();
        assert_eq!(sample.commands, 1.0);
    }
}
