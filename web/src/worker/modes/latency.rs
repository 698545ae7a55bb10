//! `--latency`, `--latency-history` and `--intrinsic-latency`: how long a PING takes to the engine and back, and how
//! long the machine itself keeps a worker waiting.
//!
//! There is no network here: a PING's time is the engine's own and that of the worker around it.

use super::{Next, words};
use crate::printed::{Printed, Style};

/// Between two PINGs.
const SAMPLE_EVERY_MS: f64 = 10.0;
/// How long the intrinsic latency is measured at a time.
const SLICE_MS: f64 = 1.0;

#[derive(Debug)]
pub struct Latency {
    /// After how long a line of the history ends.
    line_ms: Option<f64>,
    line_began_ms: Option<f64>,
    sent_ms: f64,
    answered: bool,
    min: u64,
    max: u64,
    total: u64,
    samples: u64,
}

impl Latency {
    pub fn new(line_ms: Option<f64>) -> Latency {
        Latency { line_ms, line_began_ms: None, sent_ms: 0.0, answered: false, min: 0, max: 0, total: 0, samples: 0 }
    }

    pub fn next(&mut self, now_ms: f64, printed: &mut Printed) -> Next {
        let began_ms = *self.line_began_ms.get_or_insert(now_ms);
        if std::mem::take(&mut self.answered) {
            if let Some(line_ms) = self.line_ms
                && now_ms - began_ms > line_ms
            {
                let range = (now_ms - began_ms) / 1000.0;
                let line = self.live().unwrap_or_default();
                printed.push(Style::Plain, &format!("{line} -- {range:.2} seconds range\n"));
                *self = Latency { line_began_ms: Some(now_ms), ..Latency::new(self.line_ms) };
            }
            return Next::Sleep(SAMPLE_EVERY_MS);
        }
        self.sent_ms = now_ms;
        Next::Send(vec![words(&[b"PING"])])
    }

    pub fn reply(&mut self, now_ms: f64) {
        // Whole milliseconds of a clock that counts them, as redis-cli tells them.
        let took = (now_ms.floor() - self.sent_ms.floor()).max(0.0) as u64;
        self.min = if self.samples == 0 { took } else { self.min.min(took) };
        self.max = self.max.max(took);
        self.total += took;
        self.samples += 1;
        self.answered = true;
    }

    pub fn live(&self) -> Option<String> {
        let Latency { min, max, total, samples, .. } = self;
        let average = *total as f64 / *samples as f64;
        (*samples > 0).then(|| format!("min: {min}, max: {max}, avg: {average:.2} ({samples} samples)"))
    }

    pub fn stop(&mut self, printed: &mut Printed) {
        if let Some(line) = self.live() {
            printed.push(Style::Plain, &format!("{line}\n"));
        }
    }
}

#[derive(Debug)]
pub struct Intrinsic {
    duration_ms: f64,
    until_ms: Option<f64>,
    runs: u64,
    worst_us: u64,
    over: bool,
    /// What the work works on.
    state: u64,
}

impl Intrinsic {
    pub fn new(seconds: f64) -> Intrinsic {
        Intrinsic { duration_ms: seconds * 1000.0, until_ms: None, runs: 0, worst_us: 0, over: false, state: 1 }
    }

    pub fn next(&mut self, elapsed_ms: fn() -> f64, printed: &mut Printed) -> Next {
        if self.over {
            return Next::Done;
        }
        let began = elapsed_ms();
        let until = *self.until_ms.get_or_insert(began + self.duration_ms);
        let mut before = began;
        loop {
            self.work();
            let now = elapsed_ms();
            self.runs += 1;
            let took_us = ((now - before) * 1000.0) as u64;
            before = now;
            if took_us > self.worst_us {
                self.worst_us = took_us;
                printed.push(Style::Plain, &format!("Max latency so far: {took_us} microseconds.\n"));
            }
            if now >= until {
                self.finish(printed);
                return Next::Again;
            }
            if now - began >= SLICE_MS {
                return Next::Again;
            }
        }
    }

    /// Something quick that no compiler leaves out.
    fn work(&mut self) {
        for _ in 0..100 {
            self.state = std::hint::black_box(self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }

    /// The summary. As in redis-cli the average is over the time that was asked for, also if it was stopped.
    pub fn finish(&mut self, printed: &mut Printed) {
        if std::mem::replace(&mut self.over, true) || self.runs == 0 {
            return;
        }
        let average_us = self.duration_ms * 1000.0 / self.runs as f64;
        let times = if average_us > 0.0 { self.worst_us as f64 / average_us } else { 0.0 };
        printed.push(
            Style::Plain,
            &format!(
                "\n{} total runs (avg latency: {average_us:.4} microseconds / {:.2} nanoseconds per run).\n\
                 Worst run took {times:.0}x longer than the average latency.\n",
                self.runs,
                average_us * 1000.0
            ),
        );
    }
}
