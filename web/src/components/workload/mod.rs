//! A workload to watch: what it is to be, how it goes, and what came of the last ones.

mod form;
mod runs;

use leptos::prelude::*;

use self::form::Form;
pub use self::runs::Finished;
use self::runs::Runs;
use super::charts::{Board, Chart, LATENCIES, follow_visibility, percent};
use super::desk::{Desk, Panel};
use super::terminals::kept;
use crate::browser;
use crate::format;
use crate::format::short_latency as short;
use crate::load::{LoadOrder, LoadTotal, Plan};
use crate::session::{Client, Session, StoreSession};
use crate::url;

fn whole(value: f64) -> String {
    format::grouped(value.round())
}

const CHARTS: &[Chart] = &[
    Chart::new("What its clients wait", LATENCIES, 1.0, short),
    Chart::new("Its hit rate", &[("reads that found their key", |it| it.hit_percent)], 100.0, percent),
    Chart::new("Its commands a second", &[("commands", |it| Some(it.per_second))], 10.0, whole),
];

/// How many finished runs are kept to compare.
const MAX_RUNS: usize = 12;

/// What outlives the panel: the settings, and what came of the last runs.
#[derive(Clone, Copy)]
pub struct Kept {
    plan: RwSignal<Plan>,
    runs: RwSignal<Vec<Finished>>,
    /// What the address said when it was read last, and what is to be told of it.
    linked: RwSignal<(String, String)>,
}

impl Kept {
    pub fn new() -> Kept {
        let linked = RwSignal::new(Default::default());
        Kept { plan: RwSignal::new(Plan::default()), runs: RwSignal::new(Vec::new()), linked }
    }

    /// With some runs, and what is told of a link.
    pub fn with(runs: Vec<Finished>, linked: &str) -> Kept {
        let kept = Kept::new();
        kept.runs.set(runs);
        kept.linked.set((String::new(), linked.to_owned()));
        kept
    }

    /// What this page keeps, from its first look at the panel to its end.
    fn of_page() -> Kept {
        let store = expect_context::<StoreSession>();
        use_context::<Kept>().unwrap_or_else(|| {
            store.owner().with(|| {
                let kept = Kept::new();
                provide_context(kept);
                kept
            })
        })
    }

    /// Takes the settings that came with the address, once.
    fn read_address(self) {
        let query = browser::query();
        if self.linked.with_untracked(|(read, _)| *read != query) {
            self.take(&query, "the address");
            self.linked.update(|(read, _)| *read = query);
        }
    }

    /// Takes the settings that an address asks for. Whoever follows a link decides whether they run.
    fn take(self, query: &str, source: &str) {
        let told = match url::workload(query) {
            Some(Ok(plan)) => {
                self.plan.set(plan);
                format!("These settings came with {source}. Nothing runs before you press Start.")
            }
            Some(Err(why)) => {
                format!("With {source} came a workload that cannot be: {why}. The settings are as they were.")
            }
            None => return,
        };
        self.linked.update(|(_, said)| *said = told);
    }

    fn add(self, number: u32, plan: Plan, total: LoadTotal) {
        self.runs.update(|runs| {
            // A panel that was away is told of the last run once more.
            if runs.iter().all(|run| run.number != number) {
                runs.insert(0, Finished { number, plan, total });
                runs.truncate(MAX_RUNS);
            }
        });
    }
}

impl Default for Kept {
    fn default() -> Kept {
        Kept::new()
    }
}

#[component]
pub fn Workload(desk: Desk) -> impl IntoView {
    let kept = Kept::of_page();
    kept.read_address();
    let handed = desk.session.workload.linked;
    Effect::new(move || {
        if let Some(query) = handed.get() {
            kept.take(&query, "a link in another tab");
            handed.set(None);
        }
    });
    panel(desk.session, desk.client, follow_visibility(desk, Panel::Workload), kept)
}

/// The workload of a session. Its charts are drawn while they are seen; what is run beside it runs in `client`.
pub fn panel(session: Session, client: RwSignal<Client>, seen: Memo<bool>, kept: Kept) -> AnyView {
    let Kept { plan, runs, linked } = kept;
    let running = RwSignal::new(false);
    let board = Board::new(CHARTS);
    let told = RwSignal::new("Not running.".to_owned());
    // What changes four times a second is not read out.
    let done = RwSignal::new(String::new());
    // The charts of what cannot be seen are not drawn; what comes of it is kept.
    Effect::new(move || {
        let Some(report) = session.workload.report.get() else { return };
        if seen.get_untracked() {
            board.push(&report.sample);
        }
        if running.get_untracked() != report.running {
            running.set(report.running);
            // A panel that was away meets one that runs.
            told.set("Running.".to_owned());
        }
        let commands = format::counted(report.total.operations, "command");
        if report.running {
            done.set(format!("{commands} in {}", format::duration(report.total.seconds * 1000.0)));
        } else {
            done.set(String::new());
            told.set(format!("Stopped after {commands}."));
            if let Some(plan) = report.plan {
                kept.add(report.run, plan, report.total);
            }
        }
    });
    let start = move |plan: Plan| {
        board.clear();
        running.set(true);
        told.set("Running.".to_owned());
        let database = client.get_untracked().database.get_untracked();
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
        kept::run(client.get_untracked(), &removal(&prefix));
    };
    view! {
        <section class="load" aria-label="Workload">
            <header class="panel-head">
                <h2>"Workload"</h2>
                <span class="buttons">
                    {board.button()}
                    <button type="button" class="primary" on:click=toggle>
                        {move || if running.get() { "Stop" } else { "Start" }}
                    </button>
                </span>
            </header>
            <div class="load-body">
                <Show when=move || linked.with(|(_, told)| !told.is_empty())>
                    <p class="load-linked" role="status" aria-label="Link">{move || linked.with(|(_, told)| told.clone())}</p>
                </Show>
                <p class="load-state">
                    <span role="status" aria-label="State of the workload">{move || told.get()}</span>
                    <span class="muted">{move || done.get()}</span>
                </p>
                {board.view()}
                <Runs runs repeat/>
                <Form plan client/>
                <div class="load-end">
                    <button type="button" on:click=remove>"Remove its keys"</button>
                    <p class="chart-note">"Runs one EVAL in the terminal that unlinks all keys under the prefix."</p>
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// The command that removes all keys under a prefix.
fn removal(prefix: &str) -> String {
    format!(
        "EVAL \"local at, gone = '0', 0 repeat local page = redis.call('SCAN', at, 'MATCH', ARGV[1] .. '*', 'COUNT', 1000) at = page[1] \
         if #page[2] > 0 then gone = gone + redis.call('UNLINK', unpack(page[2])) end until at == '0' return gone\" 0 {prefix}"
    )
}
