//! What background traffic saw in the last while, ready to be drawn and told.
//!
//! Knows nothing of drawing surfaces: lines are points in a box of a given size, the newest sample at its right edge.
//! Holds samples of one window only, the oldest first.

use std::collections::VecDeque;

use crate::protocol::TrafficSample;

/// The scale never shows less than this, so that noise stays noise.
const LEAST_TOP_MS: f64 = 5.0;
/// How far apart the rows of the table are.
const ROW_MS: f64 = 1000.0;
/// The table tells this many seconds.
const MAX_ROWS: usize = 10;

/// The samples of the last window.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    window_ms: f64,
    /// When each sample came, and what it says.
    samples: VecDeque<(f64, TrafficSample)>,
}

/// One second of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub seconds_ago: u32,
    pub operations: u32,
    pub median_ms: f64,
    pub worst_ms: f64,
}

impl Latencies {
    pub fn new(window_ms: u64) -> Latencies {
        Latencies { window_ms: window_ms as f64, samples: VecDeque::new() }
    }

    /// Adds a sample and forgets those that fell out of the window.
    pub fn push(&mut self, at_ms: f64, sample: TrafficSample) {
        self.samples.push_back((at_ms, sample));
        while self.samples.front().is_some_and(|(at, _)| at_ms - at > self.window_ms) {
            self.samples.pop_front();
        }
    }

    pub fn last(&self) -> Option<TrafficSample> {
        self.samples.back().map(|(_, sample)| *sample)
    }

    /// The slowest answer in the window, and how many milliseconds before the newest sample it was.
    pub fn slowest(&self) -> Option<(f64, f64)> {
        let (newest, _) = self.samples.back()?;
        let slowest = self.samples.iter().max_by(|(_, a), (_, b)| a.worst_ms.total_cmp(&b.worst_ms))?;
        Some((slowest.1.worst_ms, newest - slowest.0))
    }

    /// The top of the scale: the next of 5, 10, 20, 50 ... milliseconds, so that it changes seldom.
    pub fn top_ms(&self) -> f64 {
        let worst = self.samples.iter().map(|(_, sample)| sample.worst_ms).fold(0.0, f64::max);
        let mut top = LEAST_TOP_MS;
        for factor in [2.0, 2.0, 2.5].into_iter().cycle() {
            if top >= worst || top > 1e9 {
                break;
            }
            top *= factor;
        }
        top
    }

    /// A line through one figure of all samples, as the `points` of an SVG polyline.
    pub fn points(&self, width: f64, height: f64, figure: fn(&TrafficSample) -> f64) -> String {
        let (Some((newest, _)), top) = (self.samples.back(), self.top_ms()) else { return String::new() };
        let points = self.samples.iter().map(|(at, sample)| {
            let x = width * (1.0 - (newest - at) / self.window_ms);
            let y = height * (1.0 - (figure(sample) / top).clamp(0.0, 1.0));
            format!("{x:.1},{y:.1}")
        });
        points.collect::<Vec<_>>().join(" ")
    }

    /// The last seconds, the newest first: what the chart shows for those who do not see it.
    pub fn table(&self) -> Vec<Row> {
        let Some((newest, _)) = self.samples.back() else { return Vec::new() };
        let mut rows: Vec<Row> = Vec::new();
        for (at, sample) in self.samples.iter().rev() {
            let seconds_ago = ((newest - at) / ROW_MS) as u32;
            let full = rows.len() == MAX_ROWS;
            match rows.last_mut().filter(|row| row.seconds_ago == seconds_ago) {
                Some(row) => {
                    row.operations += sample.operations;
                    row.median_ms = row.median_ms.max(sample.median_ms);
                    row.worst_ms = row.worst_ms.max(sample.worst_ms);
                }
                None if full => break,
                None => rows.push(Row {
                    seconds_ago,
                    operations: sample.operations,
                    median_ms: sample.median_ms,
                    worst_ms: sample.worst_ms,
                }),
            }
        }
        rows
    }
}

/// Milliseconds with as many digits as tell something: browsers blur their clocks to a tenth of one.
pub fn shown(ms: f64) -> String {
    match ms {
        _ if ms < 0.1 => "less than 0.1 ms".to_owned(),
        _ if ms < 10.0 => format!("{ms:.1} ms"),
        _ => format!("{ms:.0} ms"),
    }
}

/// The same where there is little room.
pub fn short(ms: f64) -> String {
    if ms < 0.1 { "< 0.1 ms".to_owned() } else { shown(ms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(median_ms: f64, worst_ms: f64) -> TrafficSample {
        TrafficSample { block: 0, operations: 50, median_ms, p99_ms: worst_ms, worst_ms }
    }

    fn latencies(samples: &[(f64, f64)]) -> Latencies {
        let mut latencies = Latencies::new(10_000);
        for (at_ms, worst_ms) in samples {
            latencies.push(*at_ms, sample(0.01, *worst_ms));
        }
        latencies
    }

    #[test]
    fn the_newest_is_at_the_right_and_the_oldest_leaves() {
        let latencies = latencies(&[(0.0, 80.0), (5_000.0, 2.5), (10_001.0, 5.0), (15_000.0, 0.0)]);
        assert_eq!(latencies.top_ms(), 5.0);
        assert_eq!(latencies.points(100.0, 50.0, |it| it.worst_ms), "0.0,25.0 50.0,0.0 100.0,50.0");
        assert_eq!(latencies.slowest(), Some((5.0, 4_999.0)));
    }

    #[test]
    fn the_scale_grows_in_steps() {
        for (worst, top) in [(0.0, 5.0), (5.0, 5.0), (5.1, 10.0), (12.0, 20.0), (21.0, 50.0), (84.0, 100.0)] {
            assert_eq!(latencies(&[(0.0, worst)]).top_ms(), top, "{worst}");
        }
        assert!(latencies(&[(0.0, f64::INFINITY)]).top_ms().is_finite());
        assert_eq!(latencies(&[(0.0, f64::NAN)]).top_ms(), 5.0);
    }

    #[test]
    fn figures_promise_no_more_than_the_clock_gives() {
        for (ms, text) in [(0.0, "less than 0.1 ms"), (0.1, "0.1 ms"), (9.94, "9.9 ms"), (41.6, "42 ms")] {
            assert_eq!(shown(ms), text);
        }
    }

    #[test]
    fn the_table_has_a_row_for_each_second() {
        let latencies = latencies(&[(1_000.0, 1.0), (1_250.0, 9.0), (2_000.0, 2.0), (2_100.0, 3.0)]);
        let rows: Vec<_> =
            latencies.table().iter().map(|row| (row.seconds_ago, row.operations, row.worst_ms)).collect();
        assert_eq!(rows, [(0, 150, 9.0), (1, 50, 1.0)]);
        assert_eq!(Latencies::new(10_000).table(), []);
        assert_eq!(Latencies::new(10_000).points(1.0, 1.0, |it| it.worst_ms), "");
    }
}
