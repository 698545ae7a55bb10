//! How much happens per second, as Redis samples it: over steps of 100 ms, and of those the mean of the last 16.
//!
//! Nothing wakes the node for a sample. The steps that have passed are made up for when something is received or
//! asked: what was counted since the last sample belongs to the first step, and in the others nothing happened.

use crate::base::Time;

const STEP_MS: u64 = 100;
const STEPS: usize = 16;

/// One counter's samples, per second.
#[derive(Clone, Copy, Debug, Default)]
struct Metric {
    samples: [u64; STEPS],
    last: u64,
}

impl Metric {
    fn mean(&self) -> u64 {
        self.samples.iter().fold(0u64, |sum, sample| sum.saturating_add(*sample)) / STEPS as u64
    }
}

/// The rates of a node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    sampled: Option<Time>,
    next: usize,
    commands: Metric,
    input_bytes: Metric,
    output_bytes: Metric,
    turns: Metric,
    turn_micros: Metric,
}

impl Rates {
    /// Takes the samples that are due. `counts` are the commands, bytes in, bytes out, turns and their microseconds so
    /// far.
    #[inline]
    pub fn observe(&mut self, now: Time, counts: [u64; 5]) {
        if self.sampled.is_none_or(|sampled| now.since(sampled) >= STEP_MS || now < sampled) {
            self.sample(now, counts);
        }
    }

    fn sample(&mut self, now: Time, counts: [u64; 5]) {
        // A clock that was set back says nothing of how long it has been: the steps are counted from there.
        let Some(sampled) = self.sampled.replace(now).filter(|sampled| *sampled <= now) else { return };
        let elapsed = now.since(sampled);
        // A step is as long as it was until something was received; only whole idle ones are made up for.
        let idle = (elapsed / STEP_MS).saturating_sub(1).min(STEPS as u64);
        let step_ms = if idle > 0 { STEP_MS } else { elapsed };
        let Rates { commands, input_bytes, output_bytes, turns, turn_micros, .. } = self;
        let metrics = [commands, input_bytes, output_bytes, turns, turn_micros];
        for (metric, count) in metrics.into_iter().zip(counts) {
            let happened = count.saturating_sub(metric.last);
            metric.last = count;
            let idle = core::iter::repeat_n(0, idle as usize);
            for (at, rate) in core::iter::once(happened.saturating_mul(1000) / step_ms.max(1)).chain(idle).enumerate() {
                if let Some(sample) = metric.samples.get_mut((self.next + at) % STEPS) {
                    *sample = rate;
                }
            }
        }
        self.next = (self.next + 1 + idle as usize) % STEPS;
    }

    /// Forgets the samples, as CONFIG RESETSTAT does.
    pub fn reset(&mut self) {
        *self = Rates::default();
    }

    pub fn commands_per_second(&self) -> u64 {
        self.commands.mean()
    }

    pub fn input_bytes_per_second(&self) -> u64 {
        self.input_bytes.mean()
    }

    pub fn output_bytes_per_second(&self) -> u64 {
        self.output_bytes.mean()
    }

    pub fn turns_per_second(&self) -> u64 {
        self.turns.mean()
    }

    /// The mean of a turn.
    pub fn micros_per_turn(&self) -> u64 {
        self.turn_micros.mean().checked_div(self.turns.mean()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_the_last_steps() {
        let mut rates = Rates::default();
        rates.observe(Time(0), [0; 5]);
        // A hundred commands in each step are a thousand a second, once 16 steps were sampled.
        for step in 1..=16 {
            rates.observe(Time(step * 100), [step * 100, step, 0, 0, 0]);
        }
        assert_eq!((rates.commands_per_second(), rates.input_bytes_per_second()), (1_000, 10));
        // Sooner than a step nothing changes.
        rates.observe(Time(1_650), [5_000, 0, 0, 0, 0]);
        assert_eq!(rates.commands_per_second(), 1_000);
        // A clock that is set back makes no sample of its own, and the next step is a whole one again.
        let mut set_back = rates;
        set_back.observe(Time(100), [1_700, 17, 0, 0, 0]);
        assert_eq!(set_back.commands_per_second(), 1_000);
        set_back.observe(Time(200), [1_700, 17, 0, 0, 0]);
        assert_eq!(set_back.commands_per_second(), 1_000);
        // Half of the steps idle, then all of them.
        rates.observe(Time(2_400), [1_600, 16, 0, 0, 0]);
        assert_eq!(rates.commands_per_second(), 500);
        rates.observe(Time(90_000), [1_600, 16, 0, 0, 0]);
        assert_eq!(rates.commands_per_second(), 0);
    }
}
