//! What is measured: the charts' samples, and the workload that they are looked at with.

use engine::base::Time;

use super::Host;
use crate::load::{LoadOrder, Plan};
use crate::protocol::ToPanel;
use crate::worker::load::{Load, Next};
use crate::worker::metrics::Metrics;

impl Host {
    /// The charts are looked at, or not any more.
    pub(super) fn watch(&mut self, on: bool) {
        self.metrics = on.then(|| Metrics::new(&self.engine, (self.elapsed_ms)()));
    }

    /// Tells everybody who measures that the engine was busy with a command since this moment.
    pub(super) fn note_busy(&mut self, began_ms: f64) {
        if self.traffic.is_none() && self.metrics.is_none() && self.load.is_none() {
            return;
        }
        let ended_ms = (self.elapsed_ms)();
        if let Some(traffic) = &mut self.traffic {
            traffic.engine_was_busy(began_ms, ended_ms);
        }
        if let Some(load) = &mut self.load {
            load.engine_was_busy(began_ms, ended_ms);
        }
        if let Some(metrics) = &mut self.metrics {
            metrics.served(ended_ms - began_ms);
        }
    }

    /// In how many milliseconds [`Host::measure`] has something to do, if the charts are looked at.
    pub fn measure_in(&self) -> Option<f64> {
        self.metrics.as_ref().map(|metrics| metrics.due_in((self.elapsed_ms)()))
    }

    /// Measures on for the charts.
    pub fn measure(&mut self) {
        if let Some(sample) = self.metrics.as_mut().and_then(|metrics| metrics.run(&self.engine, self.elapsed_ms)) {
            self.outbox.push(ToPanel::Measured(sample).into());
        }
    }

    pub(super) fn order_load(&mut self, order: LoadOrder, real_ms: f64) {
        let now = self.clock.now(real_ms);
        self.end_load(now);
        if let LoadOrder::Start { plan, database } = order {
            self.loads += 1;
            let at_ms = (self.elapsed_ms)();
            // What comes from the page is read again as a text, which knows all limits.
            match Plan::parse(&plan.to_string()) {
                Ok(plan) => self.load = Some(Load::new(self.loads, plan, database, &mut self.engine, now, at_ms)),
                Err(why) => self.problem(format!("The workload cannot run: {why}.")),
            }
            self.drain(now);
        }
    }

    fn end_load(&mut self, now: Time) {
        let Some(mut load) = self.load.take() else { return };
        let report = load.report(&self.engine, (self.elapsed_ms)(), true);
        self.outbox.extend(report.map(|report| ToPanel::Load(Box::new(report)).into()));
        for client in load.clients() {
            self.engine.disconnect(client, now);
        }
        self.drain(now);
    }

    pub fn has_load(&self) -> bool {
        self.load.is_some()
    }

    /// Runs the workload until `until`, as far as it has something to do. In how many milliseconds it wants to go on.
    pub fn run_load(&mut self, real_ms: f64, until: f64) -> Option<f64> {
        let now = self.clock.now(real_ms);
        let next = loop {
            let metrics = &mut self.metrics;
            let served = |took_ms: f64, count: u32| {
                if let Some(metrics) = metrics {
                    (0..count).for_each(|_| metrics.served(took_ms));
                }
            };
            let next = self.load.as_mut()?.run(&mut self.engine, now, self.elapsed_ms, served);
            self.drain(now);
            if next != Next::Soon || (self.elapsed_ms)() >= until {
                break next;
            }
        };
        let report = self.load.as_mut()?.report(&self.engine, (self.elapsed_ms)(), false);
        self.outbox.extend(report.map(|report| ToPanel::Load(Box::new(report)).into()));
        match next {
            Next::Soon => Some(0.0),
            Next::InMs(ms) => Some(ms),
            Next::Ended => {
                self.end_load(now);
                None
            }
        }
    }
}
