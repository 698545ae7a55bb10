//! The samples of the last while, ready to be drawn and told.
//!
//! Knows nothing of drawing surfaces: lines are points in a box of a given size, the newest at its right edge.

use std::collections::VecDeque;

use crate::metrics::Sample;

/// How much of the past is drawn where nothing else is asked for.
pub const WINDOW_MS: f64 = 60_000.0;
/// Rows of a table: so many seconds.
const MAX_ROWS: usize = 10;
const ROW_MS: f64 = 1000.0;

/// What the charts show of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moment {
    pub at_ms: f64,
    pub per_second: f64,
    pub median_ms: f64,
    pub p99_ms: f64,
    pub worst_ms: f64,
    /// Of 100 reads; none if nothing was read.
    pub hit_percent: Option<f64>,
    pub expired_per_second: f64,
    pub evicted_per_second: f64,
    pub used_bytes: f64,
}

/// One figure of a moment; none where there is nothing to draw.
pub type Figure = fn(&Moment) -> Option<f64>;

/// The last while.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    window_ms: f64,
    moments: VecDeque<Moment>,
}

impl Default for History {
    fn default() -> History {
        History::over(WINDOW_MS)
    }
}

impl History {
    /// So much of the past.
    pub fn over(window_ms: f64) -> History {
        History { window_ms, moments: VecDeque::new() }
    }

    /// Adds a sample that came at this time; forgets what fell out of the window.
    pub fn push(&mut self, at_ms: f64, sample: &Sample) {
        let per_second = |count: f64| if sample.span_ms > 0.0 { count * 1000.0 / sample.span_ms } else { 0.0 };
        let reads = sample.hits + sample.misses;
        self.moments.push_back(Moment {
            at_ms,
            per_second: per_second(sample.commands),
            median_ms: sample.median_ms,
            p99_ms: sample.p99_ms,
            worst_ms: sample.worst_ms,
            hit_percent: (reads > 0.0).then(|| 100.0 * sample.hits / reads),
            expired_per_second: per_second(sample.expired),
            evicted_per_second: per_second(sample.evicted),
            used_bytes: sample.used_bytes,
        });
        while self.moments.front().is_some_and(|moment| at_ms - moment.at_ms > self.window_ms) {
            self.moments.pop_front();
        }
    }

    pub fn last(&self) -> Option<Moment> {
        self.moments.back().copied()
    }

    /// The slowest command in the window, and how many milliseconds before the newest moment it was.
    pub fn slowest(&self) -> Option<(f64, f64)> {
        let newest = self.moments.back()?.at_ms;
        let slowest = self.moments.iter().max_by(|a, b| a.worst_ms.total_cmp(&b.worst_ms))?;
        Some((slowest.worst_ms, newest - slowest.at_ms))
    }

    /// The top of a scale that holds all these figures: 1, 2 or 5 times a power of ten of a unit, so that it changes
    /// seldom.
    pub fn top(&self, figures: &[Figure], least: f64, unit: f64) -> f64 {
        let values = self.moments.iter().flat_map(|moment| figures.iter().filter_map(|figure| figure(moment)));
        nice_above(values.fold(least, f64::max) / unit) * unit
    }

    /// A line through a figure, as the `points` of an SVG polyline.
    pub fn points(&self, width: f64, height: f64, top: f64, figure: Figure) -> String {
        let Some(newest) = self.moments.back().map(|moment| moment.at_ms) else { return String::new() };
        let mut out = String::new();
        for moment in &self.moments {
            let Some(value) = figure(moment) else { continue };
            let x = width * (1.0 - (newest - moment.at_ms) / self.window_ms);
            let y = height * (1.0 - (value / top).clamp(0.0, 1.0));
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&format!("{x:.1},{y:.1}"));
        }
        out
    }

    /// The last seconds, the newest first, and how many seconds ago each was: means, and of latencies the worst.
    pub fn seconds(&self) -> Vec<(u32, Moment)> {
        let Some(newest) = self.moments.back().map(|moment| moment.at_ms) else { return Vec::new() };
        let mut rows: Vec<(u32, Vec<Moment>)> = Vec::new();
        for moment in self.moments.iter().rev() {
            let ago = ((newest - moment.at_ms) / ROW_MS) as u32;
            let full = rows.len() == MAX_ROWS;
            match rows.last_mut().filter(|(second, _)| *second == ago) {
                Some((_, moments)) => moments.push(*moment),
                None if full => break,
                None => rows.push((ago, vec![*moment])),
            }
        }
        rows.into_iter().map(|(ago, moments)| (ago, merged(&moments))).collect()
    }
}

fn merged(moments: &[Moment]) -> Moment {
    let mean = |figure: Figure| {
        let (sum, count) =
            moments.iter().filter_map(figure).fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        (count > 0.0).then(|| sum / count)
    };
    let worst = |figure: fn(&Moment) -> f64| moments.iter().map(figure).fold(0.0, f64::max);
    Moment {
        at_ms: moments.first().map_or(0.0, |moment| moment.at_ms),
        per_second: mean(|moment| Some(moment.per_second)).unwrap_or(0.0),
        median_ms: worst(|moment| moment.median_ms),
        p99_ms: worst(|moment| moment.p99_ms),
        worst_ms: worst(|moment| moment.worst_ms),
        hit_percent: mean(|moment| moment.hit_percent),
        expired_per_second: mean(|moment| Some(moment.expired_per_second)).unwrap_or(0.0),
        evicted_per_second: mean(|moment| Some(moment.evicted_per_second)).unwrap_or(0.0),
        used_bytes: moments.first().map_or(0.0, |moment| moment.used_bytes),
    }
}

/// The next of 1, 2, 5, 10, 20 ... that is no less than a number.
pub fn nice_above(value: f64) -> f64 {
    let mut top = 1e-3;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if top >= value || top > 1e15 {
            break;
        }
        top *= factor;
    }
    // 1e-3 times 2, 2.5 and 2 again and again gathers an error that would show.
    if top >= 1.0 { top.round() } else { (top * 1e6).round() / 1e6 }
}

/// What a bar for deadlines is called that reaches to `ms` and begins where the one before it ends.
pub fn ttl_label(ms: f64) -> String {
    if ms.is_finite() { format!("up to {}", crate::format::duration(ms)) } else { "longer".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(commands: f64, hits: f64, misses: f64) -> Sample {
        Sample { span_ms: 250.0, commands, hits, misses, worst_ms: commands, ..Sample::default() }
    }

    fn history(samples: &[(f64, f64)]) -> History {
        let mut history = History::default();
        for (at_ms, commands) in samples {
            history.push(*at_ms, &sample(*commands, 0.0, 0.0));
        }
        history
    }

    #[test]
    fn counts_become_rates_and_reads_a_share() {
        let mut history = History::default();
        history.push(0.0, &sample(500.0, 3.0, 1.0));
        assert_eq!(history.last().map(|it| (it.per_second, it.hit_percent)), Some((2000.0, Some(75.0))));
        history.push(250.0, &sample(0.0, 0.0, 0.0));
        assert_eq!(history.last().map(|it| (it.per_second, it.hit_percent)), Some((0.0, None)));
        history.push(500.0, &Sample { span_ms: 0.0, commands: 5.0, ..Sample::default() });
        assert_eq!(history.last().map(|it| it.per_second), Some(0.0));
    }

    #[test]
    fn lines_end_at_the_right_and_leave_out_what_is_not_there() {
        let history = history(&[(0.0, 250.0), (30_000.0, 125.0), (60_000.0, 0.0)]);
        assert_eq!(history.points(100.0, 50.0, 1000.0, |it| Some(it.per_second)), "0.0,0.0 50.0,25.0 100.0,50.0");
        assert_eq!(history.points(100.0, 50.0, 1000.0, |it| it.hit_percent), "");
        assert_eq!(History::default().points(1.0, 1.0, 1.0, |it| Some(it.per_second)), "");
    }

    #[test]
    fn what_is_older_than_the_window_goes() {
        let history = history(&[(0.0, 9000.0), (1.0, 1.0), (60_001.0, 2.0)]);
        assert_eq!(history.top(&[|it| Some(it.per_second)], 1.0, 1.0), 10.0);
    }

    #[test]
    fn the_slowest_is_that_of_the_window() {
        let mut history = History::over(10_000.0);
        for (at_ms, worst_ms) in [(0.0, 80.0), (5_000.0, 2.5), (10_001.0, 5.0), (15_000.0, 0.0)] {
            history.push(at_ms, &Sample { worst_ms, ..Sample::default() });
        }
        assert_eq!(history.slowest(), Some((5.0, 4_999.0)));
        assert_eq!(history.points(100.0, 50.0, 5.0, |it| Some(it.worst_ms)), "0.0,25.0 50.0,0.0 100.0,50.0");
        assert_eq!(History::default().slowest(), None);
    }

    #[test]
    fn scales_grow_in_steps() {
        for (value, top) in
            [(0.0, 0.001), (0.1, 0.1), (1.0, 1.0), (1.1, 2.0), (4.0, 5.0), (5.1, 10.0), (123_456.0, 200_000.0)]
        {
            assert_eq!(nice_above(value), top, "{value}");
        }
        assert!(nice_above(f64::INFINITY).is_finite());
        assert_eq!(nice_above(f64::NAN), nice_above(f64::INFINITY));
    }

    #[test]
    fn the_table_has_a_row_for_each_second() {
        let history = history(&[(1_000.0, 10.0), (1_250.0, 30.0), (2_000.0, 50.0)]);
        let rows: Vec<_> = history.seconds().iter().map(|(ago, it)| (*ago, it.per_second, it.worst_ms)).collect();
        assert_eq!(rows, [(0, 160.0, 50.0), (1, 40.0, 10.0)]);
        assert_eq!(History::default().seconds(), []);
    }

    #[test]
    fn deadlines_are_named_by_their_end() {
        assert_eq!(ttl_label(60_000.0), "up to 1m");
        assert_eq!(ttl_label(f64::INFINITY), "longer");
    }
}
