//! The clock as the page turns it, and what time brings.

use super::Host;
use crate::protocol::{ClockOrder, ClockState};
use crate::worker::clock::KeptClock;
use crate::worker::terminal::Terminal;

impl Host {
    pub(super) fn turn_clock(&mut self, order: ClockOrder, real_ms: f64) {
        match order {
            ClockOrder::Speed(speed) => self.clock.set_speed(speed, real_ms),
            ClockOrder::Step { by_ms } => self.clock.step(by_ms, real_ms),
            ClockOrder::Real => {
                let before = self.clock.now(real_ms);
                self.clock.reset(real_ms);
                let set_back_ms = before.since(self.clock.now(real_ms));
                self.move_moments(-set_back_ms.cast_signed());
            }
            ClockOrder::NextExpiry => {
                let now = self.clock.now(real_ms);
                if let Some(next) = self.engine.keyspace().next_expiry() {
                    self.clock.step(next.since(now) as f64, real_ms);
                }
            }
        }
        self.clock_changed = true;
        self.tick(real_ms);
    }

    /// Undoes [`ClockOrder::Real`], before which the clock showed that at this real time.
    pub(super) fn leave_real(&mut self, (shown_ms, then_ms): (f64, f64), speed: f64, real_ms: f64) {
        let before = self.clock.now(real_ms);
        self.clock.leave_real(shown_ms, then_ms, speed, real_ms);
        let now = self.clock.now(real_ms);
        self.engine.set_ahead(now);
        self.move_moments(now.since(before).cast_signed());
        self.clock_changed = true;
        self.tick(real_ms);
    }

    fn move_moments(&mut self, by_ms: i64) {
        for terminal in self.terminals.values_mut().chain(self.side_clients.values_mut()) {
            terminal.move_moments(by_ms);
        }
    }

    pub(super) fn clock_state(&mut self, real_ms: f64) -> ClockState {
        let now_ms = self.clock.now(real_ms).0 as f64;
        ClockState {
            now_ms,
            lead_ms: now_ms - real_ms,
            speed: self.clock.speed(),
            real: self.clock.is_real(),
            next_expiry_ms: self.engine.keyspace().next_expiry().map(|time| time.0 as f64),
        }
    }

    /// What is to be kept of the clock from now on, if that changed.
    pub fn take_clock(&mut self) -> Option<Option<KeptClock>> {
        let kept = self.clock.kept();
        (kept != std::mem::replace(&mut self.kept_clock, kept)).then_some(kept)
    }

    /// Does what time brings.
    pub fn tick(&mut self, real_ms: f64) {
        let now = self.clock.now(real_ms);
        self.engine.rest_save_points(self.clock.speed() > 1.0 && (self.elapsed_ms)() < self.saves_rest_until_ms);
        self.engine.tick(now);
        self.drain(now);
    }

    /// In how many milliseconds [`Host::tick`] is needed.
    pub fn tick_in(&mut self, real_ms: f64) -> Option<f64> {
        let engine = self.engine.deadline().and_then(|deadline| self.clock.real_until(deadline, real_ms));
        let rests = self.terminals.values().filter_map(Terminal::rests_until_ms);
        let rests = rests.map(|until| (until - (self.elapsed_ms)()).max(0.0));
        let is_resting = self.engine.server().save_points_rest;
        let saves = is_resting.then(|| (self.saves_rest_until_ms - (self.elapsed_ms)()).max(0.0));
        rests.chain(engine).chain(saves).reduce(f64::min)
    }
}
