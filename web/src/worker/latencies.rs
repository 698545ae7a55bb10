//! How long commands took, gathered until a sample tells of them.

use engine::base::histogram::Histogram;

use crate::metrics::Sample;

/// Times are kept in units of so many microseconds: the histogram ends at a million units.
const UNIT_US: f64 = 10.0;

/// Times of commands. What it takes does not grow with how many they are.
#[derive(Debug, Default)]
pub struct Latencies {
    histogram: Histogram,
    worst_ms: f64,
}

impl Latencies {
    pub fn note(&mut self, ms: f64) {
        self.histogram.record_us((ms * 1000.0 / UNIT_US) as u64);
        self.worst_ms = self.worst_ms.max(ms);
    }

    /// The time that so many of a hundred did not exceed.
    pub fn percentile_ms(&self, percent: f64) -> f64 {
        (self.histogram.percentile_ns(percent) as f64 * UNIT_US / 1e6).min(self.worst_ms)
    }

    pub fn worst_ms(&self) -> f64 {
        self.worst_ms
    }

    /// What a sample says of them.
    pub fn sample(&self) -> Sample {
        Sample {
            measured: self.histogram.total() as f64,
            median_ms: self.percentile_ms(50.0),
            p99_ms: self.percentile_ms(99.0),
            worst_ms: self.worst_ms,
            ..Sample::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_tells_how_long_most_took_and_the_worst() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.sample(), Sample::default());
        (0..98).for_each(|_| latencies.note(0.0));
        [3.0, 3.0, 2_500.0].into_iter().for_each(|ms| latencies.note(ms));
        let sample = latencies.sample();
        assert_eq!((sample.measured, sample.worst_ms), (101.0, 2_500.0));
        assert!(sample.median_ms < 0.05 && (3.0..3.1).contains(&sample.p99_ms), "{sample:?}");
        // Beyond what is told apart, the worst still is.
        latencies.note(1e9);
        assert_eq!(latencies.sample().worst_ms, 1e9);
    }
}
