//! The charts: what the engine does and holds, drawn while it is looked at.
//!
//! Nothing is asked of the worker while the panel cannot be seen. Every chart is also a table, for those who do not
//! see it or want the figures.

mod board;
mod line;
mod shares;
mod slow;

use leptos::prelude::*;

pub use self::board::{Board, LATENCIES, percent};
pub use self::line::Chart;
pub use self::shares::Shares;
pub use self::slow::SlowLog;
use super::desk::{Desk, Panel};
use crate::browser;
use crate::format;
use crate::format::short_latency as short;
use crate::metrics::Survey;
use crate::session::Session;

fn per_second(value: f64) -> String {
    if value > 0.0 && value < 9.95 { format!("{value:.1}") } else { format::grouped(value.round()) }
}

const MEGABYTE: f64 = 1_048_576.0;

/// The charts over time, in their order.
pub const CHARTS: &[Chart] = &[
    Chart::new("Operations a second", &[("operations", |it| Some(it.per_second))], 10.0, per_second),
    Chart {
        note: Some(
            "How long the engine is busy with each command. Browsers blur their clocks to a tenth of a millisecond or \
             more, and most commands take a hundredth of that: they count as 0.",
        ),
        ..Chart::new("Latency", LATENCIES, 1.0, short)
    },
    Chart::new("Hit rate", &[("reads that found their key", |it| it.hit_percent)], 100.0, percent),
    Chart::new(
        "Keys gone a second",
        &[("expired", |it| Some(it.expired_per_second)), ("evicted", |it| Some(it.evicted_per_second))],
        1.0,
        per_second,
    ),
    Chart { unit: MEGABYTE, ..Chart::new("Memory", &[("in use", |it| Some(it.used_bytes))], MEGABYTE, format::bytes) },
];

#[component]
pub fn Charts(desk: Desk) -> impl IntoView {
    panel(desk.session, follow_visibility(desk, Panel::Charts))
}

/// The charts of a session, which are kept up to date while they are seen.
pub fn panel(session: Session, seen: Memo<bool>) -> AnyView {
    let board = Board::new(CHARTS);
    let survey = RwSignal::new(None::<Survey>);
    Effect::new(move |before: Option<bool>| {
        let seen = seen.get();
        if before.unwrap_or(false) != seen {
            board.clear();
            session.charts.measure(seen);
        }
        seen
    });
    Effect::new(move || {
        session.charts.measured.with(|sample| {
            let Some(sample) = sample else { return };
            board.push(sample);
            if let Some(new) = &sample.survey {
                survey.set(Some(new.clone()));
            }
        });
    });
    on_cleanup(move || session.charts.measure(false));
    view! {
        <section class="charts" aria-label="Charts">
            <header class="panel-head">
                <h2>"Charts"</h2>
                {board.button()}
            </header>
            <div class="charts-body" tabindex="0" role="group" aria-label="All charts">
                {board.view()}
                <Shares session survey/>
                <SlowLog session/>
            </div>
        </section>
    }
    .into_any()
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
