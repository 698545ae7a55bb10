//! The charts: what the engine does and holds, drawn while it is looked at.
//!
//! Nothing is asked of the worker while the panel cannot be seen. Every chart is also a table, for those who do not
//! see it or want the figures.

mod line;
mod shares;
mod slow;

use leptos::prelude::*;

pub use self::line::{Chart, LineChart};
use self::shares::Shares;
use self::slow::SlowLog;
use super::desk::{Desk, Panel};
use crate::browser;
use crate::charts::{History, Moment};
use crate::format;
use crate::latency::short;
use crate::metrics::Survey;

fn per_second(value: f64) -> String {
    if value > 0.0 && value < 9.95 { format!("{value:.1}") } else { format::grouped(value.round()) }
}

fn percent(value: f64) -> String {
    format!("{value:.1} %")
}

const MEGABYTE: f64 = 1_048_576.0;

/// The charts over time, in their order.
const CHARTS: [Chart; 5] = [
    Chart {
        title: "Operations a second",
        lines: &[("operations", |it| Some(it.per_second))],
        least_top: 10.0,
        figure: per_second,
        unit: 1.0,
        note: None,
    },
    Chart {
        title: "Latency",
        lines: &[
            ("median", |it| Some(it.median_ms)),
            ("99 %", |it| Some(it.p99_ms)),
            ("slowest", |it| Some(it.worst_ms)),
        ],
        least_top: 1.0,
        figure: short,
        unit: 1.0,
        note: Some(
            "How long the engine is busy with each command. Browsers blur their clocks to a tenth of a millisecond or \
             more, and most commands take a hundredth of that: they count as 0.",
        ),
    },
    Chart {
        title: "Hit rate",
        lines: &[("reads that found their key", |it| it.hit_percent)],
        least_top: 100.0,
        figure: percent,
        unit: 1.0,
        note: None,
    },
    Chart {
        title: "Keys gone a second",
        lines: &[("expired", |it| Some(it.expired_per_second)), ("evicted", |it| Some(it.evicted_per_second))],
        least_top: 1.0,
        figure: per_second,
        unit: 1.0,
        note: None,
    },
    Chart {
        title: "Memory",
        lines: &[("in use", |it| Some(it.used_bytes))],
        least_top: MEGABYTE,
        figure: format::bytes,
        unit: MEGABYTE,
        note: None,
    },
];

#[component]
pub fn Charts(desk: Desk) -> impl IntoView {
    let session = desk.session;
    let seen = follow_visibility(desk, Panel::Charts);
    let history = RwSignal::new(History::default());
    let survey = RwSignal::new(None::<Survey>);
    Effect::new(move |before: Option<bool>| {
        let seen = seen.get();
        if before.unwrap_or(false) != seen {
            // What was not measured is no line from then to now.
            history.set(History::default());
            session.charts.measure(seen);
        }
        seen
    });
    Effect::new(move || {
        session.charts.measured.with(|sample| {
            let Some(sample) = sample else { return };
            history.update(|history| history.push(browser::elapsed_ms(), sample));
            if let Some(new) = &sample.survey {
                survey.set(Some(new.clone()));
            }
        });
    });
    on_cleanup(move || session.charts.measure(false));
    let as_table = RwSignal::new(false);
    view! {
        <section class="charts" aria-label="Charts">
            <header>
                <h2>"Charts"</h2>
                <button
                    type="button"
                    aria-pressed=move || as_table.get().to_string()
                    on:click=move |_| as_table.update(|it| *it = !*it)
                >
                    "As tables"
                </button>
            </header>
            <div class="charts-body" tabindex="0" role="group" aria-label="All charts">
                {CHARTS.map(|chart| view! { <LineChart chart history as_table/> }.into_any()).collect_view()}
                <Shares session survey/>
                <SlowLog session/>
            </div>
        </section>
    }
}

/// Whether a panel of the desk can be seen: it is in front, and the tab is too.
pub fn follow_visibility(desk: Desk, panel: Panel) -> Memo<bool> {
    let changed = RwSignal::new(());
    let resized = window_event_listener(leptos::ev::resize, move |_| changed.set(()));
    on_cleanup(move || resized.remove());
    browser::on_visibility(move || changed.set(()));
    Memo::new(move |_| {
        changed.track();
        desk.is_seen(panel) && browser::is_visible()
    })
}

/// The newest moment in words.
fn newest(history: &History, chart: Chart) -> String {
    let Some(last) = history.last() else { return "…".to_owned() };
    let words = chart.lines.iter().map(|(name, of)| told(&last, name, *of, chart));
    words.collect::<Vec<_>>().join(", ")
}

fn told(moment: &Moment, name: &str, of: crate::charts::Figure, chart: Chart) -> String {
    let value = of(moment).map_or("–".to_owned(), chart.figure);
    if chart.lines.len() > 1 { format!("{name} {value}") } else { value }
}
