//! The charts over time of a panel: what was measured so far, drawn or as tables.

use leptos::prelude::*;

use super::line::{Chart, line_chart};
use crate::browser;
use crate::charts::{Figure, History};
use crate::metrics::Sample;

/// The lines of a chart of latencies.
pub const LATENCIES: &[(&str, Figure)] =
    &[("median", |it| Some(it.median_ms)), ("99 %", |it| Some(it.p99_ms)), ("slowest", |it| Some(it.worst_ms))];

pub fn percent(value: f64) -> String {
    format!("{value:.1} %")
}

/// Charts that draw the same samples.
#[derive(Clone, Copy)]
pub struct Board {
    charts: &'static [Chart],
    history: RwSignal<History>,
    as_tables: RwSignal<bool>,
}

impl Board {
    pub fn new(charts: &'static [Chart]) -> Board {
        Board { charts, history: RwSignal::new(History::default()), as_tables: RwSignal::new(false) }
    }

    /// Begins anew: what was not measured is no line from then to now.
    pub fn clear(self) {
        self.history.set(History::default());
    }

    pub fn push(self, sample: &Sample) {
        self.push_at(browser::elapsed_ms(), sample);
    }

    /// Adds what was measured at this time of the page's clock.
    pub fn push_at(self, at_ms: f64, sample: &Sample) {
        self.history.update(|history| history.push(at_ms, sample));
    }

    pub fn show_tables(self) {
        self.as_tables.set(true);
    }

    /// The button that turns the charts into tables.
    pub fn button(self) -> AnyView {
        let as_tables = self.as_tables;
        view! {
            <button
                type="button"
                aria-pressed=move || as_tables.get().to_string()
                on:click=move |_| as_tables.update(|it| *it = !*it)
            >
                "As tables"
            </button>
        }
        .into_any()
    }

    pub fn view(self) -> AnyView {
        let draw = |chart: &Chart| line_chart(*chart, self.history, self.as_tables);
        self.charts.iter().map(draw).collect::<Vec<_>>().into_any()
    }
}
