//! What is measured: the charts' samples, and the workload.

use leptos::prelude::*;

use super::wire::Wire;
use crate::load::{LoadOrder, LoadReport};
use crate::metrics::Sample;
use crate::protocol::FromPanel;

/// What the charts draw.
#[derive(Clone, Copy)]
pub struct Charts {
    wire: Wire,
    /// What was measured last.
    pub measured: RwSignal<Option<Sample>>,
}

impl Charts {
    pub fn new(wire: Wire) -> Charts {
        Charts { wire, measured: RwSignal::new(None) }
    }

    /// Whether the charts are looked at: `measured` stands still otherwise.
    pub fn measure(self, on: bool) {
        self.wire.send_for_panel(FromPanel::Measure(on));
    }
}

/// The synthetic workload.
#[derive(Clone, Copy)]
pub struct Workload {
    wire: Wire,
    /// How it goes.
    pub report: RwSignal<Option<LoadReport>>,
    /// What another tab's address asks for, until it is taken.
    pub linked: RwSignal<Option<String>>,
}

impl Workload {
    pub fn new(wire: Wire) -> Workload {
        Workload { wire, report: RwSignal::new(None), linked: RwSignal::new(None) }
    }

    /// Starts or stops it; `report` says how it goes.
    pub fn order(self, order: LoadOrder) {
        self.wire.send_for_panel(FromPanel::Load(order));
    }
}
