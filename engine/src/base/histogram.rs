//! How often a time was measured, by its size: a histogram with a precision of two decimal digits, whatever the size.
//!
//! The scheme and its bounds are those of HdrHistogram with 1 to 10^9 nanoseconds and two digits, which Redis uses,
//! so that percentiles come out as the same numbers. Values below 256 have a bucket each; from there on every power
//! of two has 128 buckets. Only as many counts are kept as the greatest value needs: at most 3,000.

/// The greatest value that is told apart from greater ones, in nanoseconds.
const MAX_VALUE: u64 = 1_000_000_000;
/// Buckets of a power of two, and their binary logarithm.
const HALF: u64 = 128;
const HALF_BITS: u32 = 7;

/// Counts of times in nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// Counts a time of so many microseconds.
    #[inline]
    pub fn record_us(&mut self, micros: u64) {
        let index = index_of(micros.saturating_mul(1000).clamp(1, MAX_VALUE));
        if index >= self.counts.len() {
            self.counts.resize(index.saturating_add(1), 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            *count = count.saturating_add(1);
            self.total = self.total.saturating_add(1);
        }
    }

    /// How many times were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The time in nanoseconds that `percent` of all times do not exceed; the upper bound of its bucket.
    pub fn percentile_ns(&self, percent: f64) -> u64 {
        let wanted = ((percent.min(100.0) / 100.0 * self.total as f64 + 0.5) as u64).max(1);
        let mut counted = 0;
        for (index, count) in self.counts.iter().enumerate() {
            counted += count;
            if counted >= wanted {
                return if percent == 0.0 { lowest(index) } else { highest(index) };
            }
        }
        0
    }

    /// Pairs of a bound in microseconds, about a power of two, and how many times do not exceed it; only where the
    /// number grows.
    pub fn cumulative_us(&self) -> Vec<(u64, u64)> {
        let mut pairs = Vec::new();
        let (mut bound, mut from, mut counted) = (1024, 0, 0);
        while counted < self.total && bound <= MAX_VALUE.saturating_mul(2) {
            let last = index_of(bound);
            let here: u64 = self.counts.iter().take(last.saturating_add(1)).skip(from).sum();
            if here > 0 {
                counted += here;
                pairs.push((highest(last) / 1000, counted));
            }
            from = last.saturating_add(1);
            bound = bound.saturating_mul(2);
        }
        pairs
    }
}

/// The bucket of a value.
fn index_of(value: u64) -> usize {
    let power = (u64::BITS - (value | (2 * HALF - 1)).leading_zeros()).saturating_sub(HALF_BITS + 1);
    ((u64::from(power) << HALF_BITS) + (value >> power)) as usize
}

/// The least value of a bucket, and the binary logarithm of its width.
fn bounds(index: usize) -> (u64, u32) {
    let index = index as u64;
    let power = (index >> HALF_BITS).saturating_sub(1);
    let within = index - (power << HALF_BITS);
    (within << power, power as u32)
}

fn lowest(index: usize) -> u64 {
    bounds(index).0
}

fn highest(index: usize) -> u64 {
    let (lowest, power) = bounds(index);
    lowest + (1 << power) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_their_values() {
        for value in (0..2_000).chain((0..30).flat_map(|bit| (1u64 << bit) - 1..=(1 << bit) + 1)) {
            let index = index_of(value);
            assert!((lowest(index)..=highest(index)).contains(&value), "{value}");
            assert!(index == 0 || highest(index - 1) + 1 == lowest(index), "{value}");
            assert!(highest(index) - lowest(index) <= value / 100, "{value} is told apart from few others");
        }
        assert!(index_of(MAX_VALUE) < 3_100);
    }

    /// As a Redis server answered after calls that took so many microseconds.
    #[test]
    fn percentiles_are_redis_s_numbers() {
        for (micros, percentile, bound) in [
            (9, 9_023, 16),
            (5, 5_023, 8),
            (10, 10_047, 16),
            (3, 3_007, 4),
            (4, 4_015, 4),
            (1, 1_003, 1),
            (2_623, 2_637_823, 4_227),
        ] {
            let mut histogram = Histogram::default();
            histogram.record_us(micros);
            assert_eq!(histogram.percentile_ns(50.0), percentile, "{micros}");
            assert_eq!(histogram.cumulative_us(), [(bound, 1)], "{micros}");
        }
        let mut two = Histogram::default();
        two.record_us(1);
        two.record_us(2);
        assert_eq!((two.percentile_ns(50.0), two.percentile_ns(99.9)), (1_003, 2_007));
        assert_eq!(two.cumulative_us(), [(1, 1), (2, 2)]);
        two.record_us(u64::MAX);
        assert_eq!(two.total(), 3);
    }
}
