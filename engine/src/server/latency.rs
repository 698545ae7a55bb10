//! Moments in which the node took long, by what it did.

use std::collections::{BTreeMap, VecDeque};

use crate::base::Time;

/// How many samples of an event are kept.
const MAX_SAMPLES: usize = 160;

/// One second in which an event took long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Seconds since the epoch.
    pub second: u64,
    /// The longest in that second.
    pub ms: u64,
}

/// All that is known of one event, oldest sample first.
#[derive(Clone, Debug, Default)]
pub struct Series {
    pub samples: VecDeque<Sample>,
    /// The longest ever.
    pub max_ms: u64,
}

/// The latencies of a node.
#[derive(Debug, Default)]
pub struct Latency {
    events: BTreeMap<&'static str, Series>,
    /// `latency-monitor-threshold` in milliseconds; 0 watches nothing.
    pub threshold_ms: u64,
}

impl Latency {
    /// Notes that something took so long, if that is long enough.
    #[inline]
    pub fn note(&mut self, event: &'static str, micros: u64, now: Time) {
        let ms = micros / 1000;
        if self.threshold_ms > 0 && ms >= self.threshold_ms {
            self.add(event, ms, now);
        }
    }

    #[cold]
    fn add(&mut self, event: &'static str, ms: u64, now: Time) {
        let series = self.events.entry(event).or_default();
        series.max_ms = series.max_ms.max(ms);
        let second = now.seconds();
        match series.samples.back_mut() {
            Some(last) if last.second == second => last.ms = last.ms.max(ms),
            _ => {
                if series.samples.len() >= MAX_SAMPLES {
                    series.samples.pop_front();
                }
                series.samples.push_back(Sample { second, ms });
            }
        }
    }

    /// The series of an event, in any case.
    pub fn get(&self, event: &[u8]) -> Option<(&'static str, &Series)> {
        self.iter().find(|(name, _)| name.as_bytes() == event)
    }

    /// Every event that was noted.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Series)> {
        self.events.iter().map(|(&name, series)| (name, series))
    }

    /// Forgets an event, or all; how many those were.
    pub fn reset(&mut self, event: Option<&[u8]>) -> usize {
        let before = self.events.len();
        self.events.retain(|name, _| event.is_some_and(|event| !name.as_bytes().eq_ignore_ascii_case(event)));
        before - self.events.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sample_a_second_is_kept() {
        let mut latency = Latency { threshold_ms: 10, ..Latency::default() };
        for (at, micros) in [(1_000, 12_000), (1_500, 15_999), (1_900, 11_000), (2_000, 9_999), (3_000, 10_000)] {
            latency.note("command", micros, Time(at));
        }
        let (_, series) = latency.get(b"command").unwrap();
        assert_eq!(series.samples, [Sample { second: 1, ms: 15 }, Sample { second: 3, ms: 10 }]);
        assert_eq!(series.max_ms, 15);
        for second in 4..1_000 {
            latency.note("command", 10_000, Time(second * 1000));
        }
        assert_eq!(latency.get(b"command").unwrap().1.samples.len(), MAX_SAMPLES);
        assert_eq!((latency.reset(Some(b"nope")), latency.reset(Some(b"COMMAND")), latency.reset(None)), (0, 1, 0));
    }
}
