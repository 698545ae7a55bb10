//! The latency of a lesson's background traffic, drawn live, and told in words and figures as well.

use leptos::prelude::*;
use lessons::Workload;

use crate::browser;
use crate::charts::{Figure, History};
use crate::format::latency;
use crate::session::Session;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 160.0;
/// The scale never shows less than this, so that noise stays noise.
const LEAST_TOP_MS: f64 = 5.0;
const MEDIAN: Figure = |moment| Some(moment.median_ms);
const WORST: Figure = |moment| Some(moment.worst_ms);
/// The words under the chart change this often, so that they can be read and heard.
const TELL_EVERY_MS: f64 = 2000.0;

/// A chart of the workload in this block of the lesson, and the button that starts it.
#[component]
pub fn Traffic(session: Session, block: u32, workload: Workload) -> impl IntoView {
    let Workload { title, clients, per_second, window_ms, .. } = workload;
    let running = RwSignal::new(false);
    let latencies = RwSignal::new(History::over(window_ms as f64));
    let told = RwSignal::new((f64::MIN, "Not running.".to_owned()));
    Effect::new(move || {
        let Some((_, sample)) = session.lesson.traffic.get().filter(|(of, _)| *of == block) else { return };
        let now = browser::elapsed_ms();
        latencies.update(|latencies| latencies.push(now, &sample));
        if now - told.with_untracked(|(at, _)| *at) >= TELL_EVERY_MS {
            told.set((now, latencies.with_untracked(|latencies| words(latencies, window_ms))));
        }
    });
    let toggle = move |_| {
        running.update(|running| *running = !*running);
        session.lesson.set_traffic(block, running.get_untracked());
        if !running.get_untracked() {
            told.set((
                f64::MIN,
                latencies.with_untracked(|latencies| format!("Stopped. {}", words(latencies, window_ms))),
            ));
        }
    };
    let top = move || latencies.with(|latencies| latencies.top(&[WORST], LEAST_TOP_MS, 1.0));
    view! {
        <figure class="latency">
            <figcaption>
                <span>{title.clone()}</span>
                <button type="button" on:click=toggle>{move || if running.get() { "Stop the traffic" } else { "Start the traffic" }}</button>
            </figcaption>
            <p class="muted">{format!("{clients} clients, {per_second} commands a second")}</p>
            <div class="plot">
                <div class="axis" aria-hidden="true">
                    <span>{move || format!("{:.0} ms", top())}</span>
                    <span>{move || format!("{} ms", top() / 2.0)}</span>
                    <span>"0"</span>
                </div>
                <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=title>
                    <line class="grid" x1="0" x2=WIDTH y1=HEIGHT / 2.0 y2=HEIGHT / 2.0></line>
                    <polyline class="median" points=move || latencies.with(|it| it.points(WIDTH, HEIGHT, top(), MEDIAN))></polyline>
                    <polyline class="worst" points=move || latencies.with(|it| it.points(WIDTH, HEIGHT, top(), WORST))></polyline>
                </svg>
                <div class="times" aria-hidden="true"><span>{format!("{} s ago", window_ms / 1000)}</span><span>"now"</span></div>
            </div>
            <p class="legend" aria-hidden="true"><span class="worst">"slowest"</span><span class="median">"median"</span></p>
            <p class="summary" aria-live="polite">{move || told.with(|(_, words)| words.clone())}</p>
            <details>
                <summary>"The last seconds as a table"</summary>
                <Figures latencies/>
            </details>
        </figure>
    }
}

fn words(latencies: &History, window_ms: u64) -> String {
    let (Some(last), Some((slowest_ms, ago_ms))) = (latencies.last(), latencies.slowest()) else {
        return String::new();
    };
    let when = match (ago_ms / 1000.0).round() as u32 {
        0 => "just now".to_owned(),
        1 => "a second ago".to_owned(),
        seconds => format!("{seconds} seconds ago"),
    };
    let (median, slowest, window) = (latency(last.median_ms), latency(slowest_ms), window_ms / 1000);
    format!("Half of the commands are answered within {median}. The slowest in {window} s took {slowest}, {when}.")
}

#[component]
fn Figures(latencies: RwSignal<History>) -> impl IntoView {
    view! {
        <table>
            <thead><tr><th>"Seconds ago"</th><th>"Commands"</th><th>"Median"</th><th>"Slowest"</th></tr></thead>
            <tbody>
                {move || latencies.with(History::seconds).into_iter().map(|(seconds_ago, row)| view! {
                    <tr>
                        <td>{seconds_ago}</td>
                        <td>{row.per_second.round()}</td>
                        <td>{latency(row.median_ms)}</td>
                        <td>{latency(row.worst_ms)}</td>
                    </tr>
                }).collect_view()}
            </tbody>
        </table>
    }
}
