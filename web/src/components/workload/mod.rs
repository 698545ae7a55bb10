//! A workload to watch: what it is to be, how it goes, and what came of the last ones.

mod form;
mod runs;

use leptos::prelude::*;

use self::form::Form;
use self::runs::{Finished, Runs};
use super::charts::{Chart, LineChart, follow_visibility};
use super::desk::{Desk, Panel};
use crate::browser;
use crate::charts::History;
use crate::format;
use crate::latency::short;
use crate::load::{LoadOrder, Plan};

fn whole(value: f64) -> String {
    format::grouped(value.round())
}

fn percent(value: f64) -> String {
    format!("{value:.1} %")
}

const CHARTS: [Chart; 3] = [
    Chart {
        title: "What its clients wait",
        lines: &[
            ("median", |it| Some(it.median_ms)),
            ("99 %", |it| Some(it.p99_ms)),
            ("slowest", |it| Some(it.worst_ms)),
        ],
        least_top: 1.0,
        figure: short,
        unit: 1.0,
        note: None,
    },
    Chart {
        title: "Its hit rate",
        lines: &[("reads that found their key", |it| it.hit_percent)],
        least_top: 100.0,
        figure: percent,
        unit: 1.0,
        note: None,
    },
    Chart {
        title: "Its commands a second",
        lines: &[("commands", |it| Some(it.per_second))],
        least_top: 10.0,
        figure: whole,
        unit: 1.0,
        note: None,
    },
];

/// How many finished runs are kept to compare.
const MAX_RUNS: usize = 12;

#[component]
pub fn Workload(desk: Desk) -> impl IntoView {
    let session = desk.session;
    let plan = RwSignal::new(Plan::default());
    let running = RwSignal::new(false);
    let history = RwSignal::new(History::default());
    let runs = RwSignal::new(Vec::<Finished>::new());
    let told = RwSignal::new("Not running.".to_owned());
    // What changes four times a second is not read out.
    let done = RwSignal::new(String::new());
    let as_table = RwSignal::new(false);
    // The charts of what cannot be seen are not drawn; what comes of it is kept.
    let seen = follow_visibility(desk, Panel::Workload);
    Effect::new(move || {
        let Some(report) = session.workload.report.get() else { return };
        if seen.get_untracked() {
            history.update(|history| history.push(browser::elapsed_ms(), &report.sample));
        }
        if running.get_untracked() != report.running {
            running.set(report.running);
        }
        let commands = format::counted(report.total.operations, "command");
        if report.running {
            done.set(format!("{commands} in {}", format::duration(report.total.seconds * 1000.0)));
        } else {
            done.set(String::new());
            told.set(format!("Stopped after {commands}."));
            if let Some(plan) = report.plan {
                runs.update(|runs| {
                    runs.insert(0, Finished { number: report.run, plan, total: report.total });
                    runs.truncate(MAX_RUNS);
                });
            }
        }
    });
    let start = move |plan: Plan| {
        history.set(History::default());
        running.set(true);
        told.set("Running.".to_owned());
        let database = desk.client.get_untracked().database.get_untracked();
        session.workload.order(LoadOrder::Start { plan, database });
    };
    let toggle = move |_| match running.get_untracked() {
        true => session.workload.order(LoadOrder::Stop),
        false => start(plan.get_untracked()),
    };
    let repeat = Callback::new(move |again: Plan| {
        plan.set(again.clone());
        start(again);
    });
    let remove = move |_| {
        let prefix = plan.with_untracked(|plan| plan.prefix.clone());
        desk.client.get_untracked().run(&removal(&prefix));
    };
    view! {
        <section class="load" aria-label="Workload">
            <header>
                <h2>"Workload"</h2>
                <span class="buttons">
                    <button
                        type="button"
                        aria-pressed=move || as_table.get().to_string()
                        on:click=move |_| as_table.update(|it| *it = !*it)
                    >
                        "As tables"
                    </button>
                    <button type="button" class="primary" on:click=toggle>
                        {move || if running.get() { "Stop" } else { "Start" }}
                    </button>
                </span>
            </header>
            <div class="load-body">
                <p class="load-state">
                    <span role="status" aria-label="State of the workload">{move || told.get()}</span>
                    <span class="muted">{move || done.get()}</span>
                </p>
                {CHARTS.map(|chart| view! { <LineChart chart history as_table/> }.into_any()).collect_view()}
                <Runs runs repeat/>
                <Form plan desk/>
                <div class="load-end">
                    <button type="button" on:click=remove>"Remove its keys"</button>
                    <p class="chart-note">"Runs one EVAL in the terminal that unlinks all keys under the prefix."</p>
                </div>
            </div>
        </section>
    }
}

/// The command that removes all keys under a prefix.
fn removal(prefix: &str) -> String {
    format!(
        "EVAL \"local at, gone = '0', 0 repeat local page = redis.call('SCAN', at, 'MATCH', ARGV[1] .. '*', 'COUNT', 1000) at = page[1] \
         if #page[2] > 0 then gone = gone + redis.call('UNLINK', unpack(page[2])) end until at == '0' return gone\" 0 {prefix}"
    )
}
