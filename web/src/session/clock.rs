//! The engine's clock.

use leptos::prelude::*;

use super::wire::Wire;
use crate::browser;
use crate::listeners::set_for_rows;
use crate::protocol::{ClockOrder, ClockState, FromPanel, ToWorker};

/// The clock of a session's engine.
#[derive(Clone, Copy)]
pub struct Clock {
    wire: Wire,
    /// What the worker said of it last.
    pub state: RwSignal<Option<ClockState>>,
    /// The engine's time now, in milliseconds since the epoch; moves on by itself.
    pub now_ms: RwSignal<f64>,
    /// When `state` was told, by the computer's clock: it goes on while the computer sleeps, and so does the engine's.
    told_ms: StoredValue<f64>,
}

impl Clock {
    pub fn new(wire: Wire) -> Clock {
        let now_ms = RwSignal::new(browser::now_ms());
        let clock = Clock { wire, state: RwSignal::new(None), now_ms, told_ms: StoredValue::new(0.0) };
        clock.keep_time();
        clock
    }

    pub fn turn(self, order: ClockOrder) {
        self.wire.send(ToWorker::Clock(order));
    }

    /// Undoes going back to real time, before which it showed `shown_ms` at the real time `real_ms`.
    pub fn leave_real(self, shown_ms: f64, real_ms: f64, speed: f64) {
        self.wire.send_for_panel(FromPanel::LeaveReal { shown_ms, real_ms, speed });
    }

    pub(super) fn hear(self, state: ClockState) {
        self.told_ms.set_value(browser::now_ms());
        self.state.set(Some(state));
    }

    /// The engine's time at this moment, in milliseconds since the epoch.
    pub fn exactly_ms(self) -> f64 {
        self.read().unwrap_or_else(browser::now_ms)
    }

    fn read(self) -> Option<f64> {
        let (told, clock) = (self.told_ms.try_get_value()?, self.state.try_get_untracked()??);
        Some(clock.now_ms + (browser::now_ms() - told).max(0.0) * clock.speed)
    }

    /// Lets `now_ms` follow the engine's clock between its messages.
    fn keep_time(self) {
        let tick = move || {
            let Some(now) = self.read() else { return };
            if self.now_ms.try_get_untracked() != Some(now) {
                set_for_rows(self.now_ms, now);
            }
        };
        browser::every(250, tick);
        Effect::new(move || {
            self.state.track();
            tick();
        });
    }
}
