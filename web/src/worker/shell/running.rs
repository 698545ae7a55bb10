//! The worker at work: slices, timers, and what goes out after each.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::JsValue;

use super::platform::{elapsed_ms, now_ms};
use super::{Phase, Shell};
use crate::protocol::FromWorker;
use crate::worker::host::Host;
use crate::worker::load;
use crate::worker::store::Heard;

/// How long a slice of work may take, so that the next message is heard soon.
const SLICE_MS: f64 = 8.0;
/// How long a slice of a workload may take: whoever types comes between two of them.
const LOAD_SLICE_MS: f64 = 6.0;
/// A workload waits while more than this waits to be stored.
const MAX_WAITING_BYTES: usize = 4 << 20;
/// Views are sent this often at most.
const REFRESH_MS: f64 = 100.0;
/// Background traffic is sent this often; see [`super::lesson`] for why that does not show in its latency.
const TRAFFIC_MS: f64 = 20.0;
/// Longest sleep of a timer; browsers take 32 bits.
const MAX_TIMER_MS: f64 = 1e9;

impl Shell {
    /// Works for a moment; if more is left, comes back after the messages that wait.
    pub(super) fn slice(self: &Rc<Shell>) {
        self.slice_due.set(false);
        let mut more = false;
        self.with_host(|host| more = host.work(now_ms(), elapsed_ms() + SLICE_MS));
        more |= self.load_slice();
        if more && !self.slice_due.replace(true) {
            let _ = self.slice_port.post_message(&JsValue::NULL);
        }
        self.settle();
    }

    pub(super) fn tick(self: &Rc<Shell>) {
        self.tick_timer.set(None);
        self.with_host(|host| host.tick(now_ms()));
        self.slice();
    }

    pub(super) fn refresh(self: &Rc<Shell>) {
        self.refresh_due.set(false);
        self.refreshed_at.set(elapsed_ms());
        self.with_host(|host| host.refresh(now_ms()));
        self.settle();
    }

    pub(super) fn send_traffic(self: &Rc<Shell>) {
        self.traffic_due.set(false);
        self.with_host(|host| host.run_traffic(now_ms()));
        self.settle();
    }

    /// Runs the workload for a moment; whether it wants to go on at once.
    fn load_slice(self: &Rc<Shell>) -> bool {
        // A workload is faster than storage: what waits to be stored would fill the memory.
        let is_behind = self.store.borrow().as_ref().is_some_and(|store| store.waiting_bytes() > MAX_WAITING_BYTES);
        let mut next = None;
        self.with_host(|host| {
            next = match is_behind {
                true => host.has_load().then_some(load::WAIT_MS),
                false => host.run_load(now_ms(), elapsed_ms() + LOAD_SLICE_MS),
            };
        });
        match next {
            Some(milliseconds) if milliseconds > 0.0 => {
                if !self.load_due.replace(true) {
                    self.after(&self.on_load, milliseconds.min(load::WAIT_MS));
                }
                false
            }
            Some(_) => true,
            None => false,
        }
    }

    pub(super) fn go_on_with_load(self: &Rc<Shell>) {
        self.load_due.set(false);
        self.slice();
    }

    pub(super) fn measure(self: &Rc<Shell>) {
        self.measure_due.set(false);
        self.with_host(Host::measure);
        self.settle();
    }

    pub(super) fn hear_store(self: &Rc<Shell>, heard: Heard) {
        match heard {
            Heard::State(state) => self.post(&FromWorker::Storage(state)),
            Heard::Saved(stored) => self.with_host(|host| host.saved(stored, now_ms())),
            Heard::Grown(bytes) => self.with_host(|host| host.replace_journal(bytes)),
        }
        // Storage calls from inside its own work; what the host has to say now goes out with the next slice.
        if !self.slice_due.replace(true) {
            let _ = self.slice_port.post_message(&JsValue::NULL);
        }
    }

    /// Posts, stores and sets the timers for what the host did.
    pub(super) fn settle(self: &Rc<Shell>) {
        let (mut outbox, mut journal, mut snapshot, mut clock) = Default::default();
        let (mut tick_in, mut refresh, mut traffic, mut measure_in) = Default::default();
        self.with_host(|host| {
            outbox = host.take_outbox();
            snapshot = host.take_snapshot();
            journal = host.take_journal();
            clock = host.take_clock();
            tick_in = host.tick_in(now_ms());
            refresh = host.needs_refresh();
            traffic = host.has_traffic();
            measure_in = host.measure_in();
        });
        let store = self.store.borrow().clone();
        if let Some(store) = store {
            store.keep(snapshot, &journal, clock);
        }
        for message in &outbox {
            self.post(message);
        }
        if let Some(timer) = self.tick_timer.take() {
            self.scope.clear_timeout_with_handle(timer);
        }
        if let Some(milliseconds) = tick_in {
            self.tick_timer.set(self.after(&self.on_tick, milliseconds));
        }
        if refresh && !self.refresh_due.replace(true) {
            self.after(&self.on_refresh, self.refreshed_at.get() + REFRESH_MS - elapsed_ms());
        }
        if traffic && !self.traffic_due.replace(true) {
            self.after(&self.on_traffic, TRAFFIC_MS);
        }
        if let Some(milliseconds) = measure_in
            && !self.measure_due.replace(true)
        {
            self.after(&self.on_measure, milliseconds);
        }
    }

    fn after(&self, callback: &Function, milliseconds: f64) -> Option<i32> {
        // Rounded up: a timer that fires a moment early would find nothing due.
        let milliseconds = milliseconds.clamp(0.0, MAX_TIMER_MS).ceil() as i32;
        self.scope.set_timeout_with_callback_and_timeout_and_arguments_0(callback, milliseconds).ok()
    }

    fn with_host(&self, act: impl FnOnce(&mut Host)) {
        if let Phase::Running(host) = &mut *self.phase.borrow_mut() {
            act(host);
        }
    }
}
