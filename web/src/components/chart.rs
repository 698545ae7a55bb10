//! The latency of a lesson's background traffic, drawn live.

use std::collections::VecDeque;

use leptos::prelude::*;

use crate::protocol::TrafficSample;
use crate::session::Session;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 160.0;
/// The scale never shows less than this, so that noise stays noise.
const LEAST_TOP_MS: f64 = 5.0;

/// A chart of the workload in this block of the lesson.
#[component]
pub fn Traffic(session: Session, block: u32, title: String, window_ms: u64) -> impl IntoView {
    let running = RwSignal::new(false);
    let samples = RwSignal::new(VecDeque::<(f64, TrafficSample)>::new());
    Effect::new(move || {
        let Some(sample) = session.traffic.get().filter(|sample| sample.block == block) else { return };
        let now = crate::browser::elapsed_ms();
        samples.update(|samples| {
            samples.push_back((now, sample));
            while samples.front().is_some_and(|(at, _)| now - at > window_ms as f64) {
                samples.pop_front();
            }
        });
    });
    let toggle = move |_| {
        running.update(|running| *running = !*running);
        session.set_traffic(block, running.get_untracked());
    };
    let top_ms = move || {
        let worst = samples.with(|samples| samples.iter().map(|(_, it)| it.worst_ms).fold(LEAST_TOP_MS, f64::max));
        nice_above(worst)
    };
    let line = move |of: fn(&TrafficSample) -> f64| {
        let top = top_ms();
        samples.with(|samples| {
            let Some((newest, _)) = samples.back() else { return String::new() };
            let points = samples.iter().map(|(at, sample)| {
                let x = WIDTH * (1.0 - (newest - at) / window_ms as f64);
                let y = HEIGHT * (1.0 - (of(sample) / top).min(1.0));
                format!("{x:.1},{y:.1}")
            });
            points.collect::<Vec<_>>().join(" ")
        })
    };
    let last = move || samples.with(|samples| samples.back().map(|(_, sample)| *sample));
    let summary = move || match last() {
        None => "Not running.".to_owned(),
        Some(sample) => format!(
            "Median {}, slowest {}; slowest in the last {} s: {}.",
            shown(sample.median_ms),
            shown(sample.worst_ms),
            window_ms / 1000,
            shown(samples.with(|samples| samples.iter().map(|(_, it)| it.worst_ms).fold(0.0, f64::max))),
        ),
    };
    view! {
        <figure class="chart">
            <figcaption>
                <span>{title.clone()}</span>
                <button type="button" on:click=toggle>{move || if running.get() { "Stop the traffic" } else { "Start the traffic" }}</button>
            </figcaption>
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=title>
                <line class="grid" x1="0" x2=WIDTH y1=HEIGHT / 2.0 y2=HEIGHT / 2.0></line>
                <polyline class="worst" points=move || line(|sample| sample.worst_ms)></polyline>
                <polyline class="median" points=move || line(|sample| sample.median_ms)></polyline>
            </svg>
            <div class="axis" aria-hidden="true">
                <span>{move || format!("{:.0} ms", top_ms())}</span>
                <span>{move || format!("{:.1} ms", top_ms() / 2.0)}</span>
                <span>"0"</span>
            </div>
            <p class="summary" role="status">{summary}</p>
        </figure>
    }
}

/// The next of 5, 10, 20, 50, 100 ... so that the scale changes seldom.
fn nice_above(value: f64) -> f64 {
    let mut top = LEAST_TOP_MS;
    for factor in [2.0, 2.0, 2.5].into_iter().cycle() {
        if top >= value || top > 1e9 {
            break;
        }
        top *= factor;
    }
    top
}

fn shown(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.0} ms") }
}
