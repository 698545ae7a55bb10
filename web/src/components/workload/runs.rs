//! What came of the last workloads, side by side.

use leptos::prelude::*;

use crate::format;
use crate::format::short_latency as short;
use crate::load::{LoadTotal, Plan};

/// A workload that has ended.
#[derive(Clone)]
pub struct Finished {
    pub number: u32,
    pub plan: Plan,
    pub total: LoadTotal,
}

fn hit_rate(total: &LoadTotal) -> String {
    match total.hits + total.misses {
        0.0 => "–".to_owned(),
        reads => format!("{:.1} %", 100.0 * total.hits / reads),
    }
}

fn memory(total: &LoadTotal) -> String {
    match total.max_bytes {
        0.0 => "no limit".to_owned(),
        bytes => format!("{}, {}", format::bytes(bytes), total.policy),
    }
}

fn rate(total: &LoadTotal) -> String {
    format::grouped((total.operations / total.seconds.max(0.001)).round())
}

type Column = (&'static str, fn(&LoadTotal) -> String);

const COLUMNS: [Column; 10] = [
    ("Commands", |it| format::grouped(it.operations)),
    ("A second", rate),
    ("Hit rate", hit_rate),
    ("Median", |it| short(it.median_ms)),
    ("99 %", |it| short(it.p99_ms)),
    ("Slowest", |it| short(it.worst_ms)),
    ("Evicted", |it| format::grouped(it.evicted)),
    ("Expired", |it| format::grouped(it.expired)),
    ("Memory", memory),
    ("Errors", |it| {
        if it.errors > 0.0 { format!("{} ({})", format::grouped(it.errors), it.last_error) } else { "0".to_owned() }
    }),
];

#[component]
pub fn Runs(runs: RwSignal<Vec<Finished>>, repeat: Callback<Plan>) -> impl IntoView {
    let row = move |run: Finished| {
        let plan = run.plan.clone();
        view! {
            <tr>
                <th scope="row">{run.number}</th>
                {COLUMNS.iter().map(|(_, of)| view! { <td>{of(&run.total)}</td> }).collect_view()}
                <td><code>{run.plan.to_string()}</code></td>
                <td>
                    <button type="button" aria-label=format!("Repeat run {}", run.number) on:click=move |_| repeat.run(plan.clone())>
                        "Repeat"
                    </button>
                </td>
            </tr>
        }
    };
    view! {
        <Show when=move || runs.with(|runs| !runs.is_empty())>
            <figure class="chart">
                <figcaption><h3>"The last runs"</h3></figcaption>
                <div class="chart-scrolled" tabindex="0" role="region" aria-label="The last runs">
                    <table>
                        <caption class="visually-hidden">"The last runs"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Run"</th>
                                {COLUMNS.iter().map(|(name, _)| view! { <th scope="col">{*name}</th> }).collect_view()}
                                <th scope="col">"Settings"</th>
                                <th scope="col"><span class="visually-hidden">"Again"</span></th>
                            </tr>
                        </thead>
                        <tbody><For each=move || runs.get() key=|run| run.number children=row/></tbody>
                    </table>
                </div>
            </figure>
        </Show>
    }
}
