//! The clock that the engine is told: real, stopped, stepped or faster.
//!
//! Knows nothing of timers; the real time is passed in. What it tells never goes back by itself: only returning to
//! real time may. Deadlines in the data are moments on this clock, so a clock that was moved is kept with them and
//! comes back as what it was: a moment, and the speed at which it has gone on since then, at work or not.

use engine::base::Time;

/// A clock that can be stopped, moved and sped up. All times are milliseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// At this real time ...
    real_from: f64,
    /// ... this clock showed this ...
    shown_from: f64,
    /// ... and since then goes at this speed; 0 is paused.
    speed: f64,
    /// Whether it has never left real time.
    moved: bool,
    /// The latest time told, so that a step back of the computer's clock does not reach the engine.
    latest: f64,
}

/// A clock that was moved, as it is kept: it showed `shown_from` at `real_from` and goes on at `speed`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeptClock {
    pub real_from: f64,
    pub shown_from: f64,
    pub speed: f64,
}

/// Beyond this (in the year 5138) dates in the rest of the system stop making sense.
const LATEST_MS: f64 = 1e14;
/// One second a week: faster tells nothing.
pub const MAX_SPEED: f64 = 604_800.0;

impl Clock {
    pub fn new(real_ms: f64) -> Clock {
        Clock { real_from: real_ms, shown_from: real_ms, speed: 1.0, moved: false, latest: real_ms }
    }

    /// What is to be kept of it; nothing of one that shows real time.
    pub fn kept(&self) -> Option<KeptClock> {
        let Clock { real_from, shown_from, speed, .. } = *self;
        self.moved.then_some(KeptClock { real_from, shown_from, speed })
    }

    /// The clock that was kept; none if what was kept is no clock.
    pub fn again(kept: KeptClock, real_ms: f64) -> Option<Clock> {
        let KeptClock { real_from, shown_from, speed } = kept;
        let is_time = |ms: f64| (0.0..=LATEST_MS).contains(&ms);
        if !is_time(real_from) || !is_time(shown_from) || !(0.0..=MAX_SPEED).contains(&speed) {
            return None;
        }
        let mut clock = Clock { real_from, shown_from, speed, moved: true, latest: shown_from };
        clock.now(real_ms);
        Some(clock)
    }

    /// The time to tell the engine.
    pub fn now(&mut self, real_ms: f64) -> Time {
        self.latest = self.at(real_ms).max(self.latest).min(LATEST_MS);
        Time(self.latest as u64)
    }

    fn at(&self, real_ms: f64) -> f64 {
        self.shown_from + (real_ms - self.real_from).max(0.0) * self.speed
    }

    /// Sets the speed; 0 pauses, 1 is as fast as real time.
    pub fn set_speed(&mut self, speed: f64, real_ms: f64) {
        self.rebase(real_ms);
        self.speed = if speed.is_finite() { speed.clamp(0.0, MAX_SPEED) } else { 1.0 };
        self.moved = true;
    }

    /// Moves it forward.
    pub fn step(&mut self, by_ms: f64, real_ms: f64) {
        self.rebase(real_ms);
        if by_ms.is_finite() {
            self.shown_from = (self.shown_from + by_ms.max(0.0)).min(LATEST_MS);
        }
        self.moved = true;
    }

    /// Back to real time.
    pub fn reset(&mut self, real_ms: f64) {
        *self = Clock::new(real_ms);
    }

    /// Undoes that: shows again what it showed then, and what has passed since. A faster clock has not gone on at its
    /// speed meanwhile, or those who wait would find that they have waited for days. Never moves it back.
    pub fn leave_real(&mut self, shown_ms: f64, then_ms: f64, speed: f64, real_ms: f64) {
        let passed = (real_ms - then_ms).max(0.0) * speed.min(1.0);
        let now = self.now(real_ms).0 as f64;
        self.step(shown_ms + passed - now, real_ms);
        self.set_speed(speed, real_ms);
    }

    fn rebase(&mut self, real_ms: f64) {
        self.shown_from = self.now(real_ms).0 as f64;
        self.real_from = real_ms;
    }

    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Whether it shows the real time.
    pub fn is_real(&self) -> bool {
        !self.moved
    }

    /// How many real milliseconds from now this clock shows `deadline`; none while it is paused before it.
    pub fn real_until(&mut self, deadline: Time, real_ms: f64) -> Option<f64> {
        let left = deadline.0 as f64 - self.now(real_ms).0 as f64;
        if left <= 0.0 {
            Some(0.0)
        } else if self.speed > 0.0 {
            Some(left / self.speed)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_time_passes_and_never_goes_back() {
        let mut clock = Clock::new(1000.0);
        assert_eq!(clock.now(1500.0), Time(1500));
        assert_eq!(clock.now(1400.0), Time(1500));
        assert_eq!(clock.real_until(Time(1600), 1500.0), Some(100.0));
        assert_eq!(clock.real_until(Time(10), 1500.0), Some(0.0));
        assert!(clock.is_real());
    }

    #[test]
    fn stops_steps_and_runs() {
        let mut clock = Clock::new(1000.0);
        clock.set_speed(0.0, 2000.0);
        assert_eq!(clock.now(9000.0), Time(2000));
        assert_eq!(clock.real_until(Time(2001), 9000.0), None);
        clock.step(60_000.0, 9000.0);
        assert_eq!(clock.now(9500.0), Time(62_000));
        clock.set_speed(60.0, 10_000.0);
        assert_eq!(clock.now(11_000.0), Time(122_000));
        assert_eq!(clock.real_until(Time(128_000), 11_000.0), Some(100.0));
        assert!(!clock.is_real());
        clock.reset(12_000.0);
        assert_eq!(clock.now(12_000.0), Time(12_000));
    }

    #[test]
    fn a_clock_that_was_moved_comes_back_as_it_was() {
        let mut clock = Clock::new(1000.0);
        assert_eq!(clock.kept(), None);
        let again = |clock: &Clock, real_ms: f64| Clock::again(clock.kept().unwrap(), real_ms).unwrap();
        // Ahead: still ahead by as much, however long it was away.
        clock.step(60_000.0, 2000.0);
        assert_eq!(again(&clock, 900_000.0).now(900_000.0), Time(960_000));
        // Faster: went on at its speed.
        clock.set_speed(60.0, 10_000.0);
        assert_eq!(again(&clock, 11_000.0).now(12_000.0), Time(70_000 + 120_000));
        // Paused: still at its moment.
        clock.set_speed(0.0, 10_000.0);
        let mut back = again(&clock, 5_000_000.0);
        assert_eq!((back.now(6_000_000.0), back.speed(), back.is_real()), (Time(70_000), 0.0, false));
        // The computer's clock was set back meanwhile: what was shown is not taken back.
        assert_eq!(again(&clock, 0.0).now(1.0), Time(70_000));
        clock.reset(20_000.0);
        assert_eq!(clock.kept(), None);
    }

    #[test]
    fn leaving_real_time_again_is_as_if_it_had_not_been_gone_back_to() {
        let after = |speed: f64| {
            let mut clock = Clock::new(1000.0);
            clock.step(60_000.0, 1000.0);
            clock.set_speed(speed, 1000.0);
            clock.reset(2000.0);
            clock.leave_real(62_000.0, 2000.0, speed, 5000.0);
            assert_eq!((clock.speed(), clock.is_real()), (speed, false));
            clock.now(5000.0)
        };
        assert_eq!([0.0, 1.0, 60.0].map(after), [Time(62_000), Time(65_000), Time(65_000)]);
        let mut clock = Clock::new(100_000.0);
        clock.leave_real(f64::NAN, 2000.0, f64::NAN, 100_000.0);
        clock.leave_real(50_000.0, 90_000.0, 1.0, 100_000.0);
        assert_eq!(clock.now(100_000.0), Time(100_000));
    }

    #[test]
    fn what_is_no_clock_does_not_come_back() {
        let good = KeptClock { real_from: 1000.0, shown_from: 1000.0, speed: 1.0 };
        assert!(Clock::again(good, 1000.0).is_some());
        for kept in [
            KeptClock { real_from: f64::NAN, ..good },
            KeptClock { shown_from: -1.0, ..good },
            KeptClock { shown_from: f64::INFINITY, ..good },
            KeptClock { speed: 1e9, ..good },
        ] {
            assert_eq!(Clock::again(kept, 1000.0), None, "{kept:?}");
        }
    }

    #[test]
    fn numbers_that_make_no_sense_do_no_harm() {
        let mut clock = Clock::new(1000.0);
        clock.step(f64::NAN, 1000.0);
        clock.step(-5.0, 1000.0);
        clock.set_speed(f64::INFINITY, 1000.0);
        assert_eq!(clock.now(1001.0), Time(1001));
        clock.step(f64::MAX, 1000.0);
        assert_eq!(clock.now(1001.0), Time(LATEST_MS as u64));
    }
}
