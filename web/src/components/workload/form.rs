//! What a workload is to be: fields for each setting, presets, and all of it as a text.

use leptos::prelude::*;

use super::super::terminals::kept;
use crate::browser;
use crate::load::{KINDS, Kind, PRESETS, Plan};
use crate::session::Client;
use crate::url;

/// A setting that is a number: what it is called, its name in the text, and what it means.
type Field = (&'static str, &'static str, fn(&Plan) -> String);

const FIELDS: [Field; 12] = [
    ("Reads of 100", "reads", |plan| plan.reads_percent.to_string()),
    ("Keys", "keys", |plan| plan.keys.to_string()),
    ("Zipf exponent, 0: uniform", "zipf", |plan| plan.zipf.to_string()),
    ("Bytes of a value", "size", |plan| from_to(plan.bytes)),
    ("TTL of SET in s, 0: none", "ttl", |plan| from_to(plan.ttl_seconds)),
    ("Commands a second, 0: all it can", "rate", |plan| plan.per_second.to_string()),
    ("Clients", "clients", |plan| plan.clients.to_string()),
    ("Commands sent at once", "pipeline", |plan| plan.pipeline.to_string()),
    ("Network there and back in ms", "delay", |plan| plan.delay_ms.to_string()),
    ("Ends after, 0: never", "ops", |plan| plan.operations.to_string()),
    ("Seed", "seed", |plan| plan.seed.to_string()),
    ("Prefix of its keys", "prefix", |plan| plan.prefix.clone()),
];

fn from_to((from, to): (u32, u32)) -> String {
    if from == to { from.to_string() } else { format!("{from}-{to}") }
}

/// The text with one setting of it replaced.
fn with(plan: &Plan, name: &str, value: &str) -> Result<Plan, String> {
    Plan::parse(&format!("{plan} {name}={}", value.trim()))
}

const LINK: &str = "A link opens the playground with these settings; nothing starts by itself.";

#[component]
pub fn Form(plan: RwSignal<Plan>, client: RwSignal<Client>) -> impl IntoView {
    let wrong = RwSignal::new(None::<String>);
    let take = move |outcome: Result<Plan, String>| match outcome {
        Ok(new) => {
            wrong.set(None);
            plan.set(new);
        }
        Err(why) => wrong.set(Some(why)),
    };
    let change = move |name: &'static str, value: String| take(plan.with_untracked(|plan| with(plan, name, &value)));
    let field = move |(label, name, read): Field| {
        view! {
            <label class="load-field">
                <span>{label}</span>
                <input
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || plan.with(read)
                    on:change=move |event| change(name, event_target_value(&event))
                />
            </label>
        }
    };
    let weight = move |(kind, name): (Kind, &'static str)| {
        let read =
            move |plan: &Plan| plan.mix.iter().find(|(other, _)| *other == kind).map_or(0, |(_, weight)| *weight);
        let set = move |value: String| {
            let mix = plan.with_untracked(|plan| {
                let weight = |(other, name): &(Kind, &'static str)| {
                    let old = plan.mix.iter().find(|(kind, _)| kind == other).map_or(0, |(_, weight)| *weight);
                    let new = if *other == kind { value.trim().to_owned() } else { old.to_string() };
                    (new != "0").then(|| format!("{name}:{new}"))
                };
                KINDS.iter().filter_map(weight).collect::<Vec<_>>().join(",")
            });
            take(if mix.is_empty() {
                Err("a mix has at least one command".to_owned())
            } else {
                plan.with_untracked(|plan| with(plan, "mix", &mix))
            });
        };
        view! {
            <label class="load-weight" class:unused=move || plan.with(read) == 0>
                <code>{name}</code>
                <input
                    inputmode="numeric"
                    autocomplete="off"
                    prop:value=move || plan.with(read).to_string()
                    on:change=move |event| set(event_target_value(&event))
                />
            </label>
        }
    };
    // The preset that the settings are, if they are one.
    let chosen = move || {
        let is_it = |text: &str| Plan::parse(text).is_ok_and(|preset| plan.with(|plan| *plan == preset));
        PRESETS.iter().find(|(_, text)| is_it(text)).map_or("", |(name, _)| *name)
    };
    let preset = move |event| {
        let name = event_target_value(&event);
        if let Some((_, text)) = PRESETS.iter().find(|(other, _)| *other == name) {
            take(Plan::parse(text));
        }
    };
    let copied = RwSignal::new(LINK.to_owned());
    let copy = move |_| {
        let link = browser::address_of(&plan.with_untracked(url::workload_query));
        browser::copy(&link.clone(), move |outcome| {
            copied.try_set(match outcome {
                Ok(()) => "Copied. Whoever opens it finds these settings, and starts them or not.".to_owned(),
                Err(why) => format!("It could not be copied ({why}). It is: {link}"),
            });
        });
    };
    view! {
        <form class="load-form" aria-label="Settings of the workload" on:submit=|event| event.prevent_default()>
            <label class="load-field">
                <span>"Begin with"</span>
                <select prop:value=chosen on:change=preset>
                    <option value="" disabled=true>"Settings of your own"</option>
                    {PRESETS.map(|(name, _)| view! { <option value=name>{name}</option> }).collect_view()}
                </select>
            </label>
            <div class="load-fields">{FIELDS.map(field).collect_view()}</div>
            <label class="load-check">
                <input
                    type="checkbox"
                    prop:checked=move || plan.with(|plan| plan.fill)
                    on:change=move |event| change("fill", if event_target_checked(&event) { "on" } else { "off" }.to_owned())
                />
                "A GET that finds nothing is followed by a SET, as with a cache"
            </label>
            <fieldset>
                <legend>"How often each command comes"</legend>
                <div class="load-weights">{KINDS.map(weight).collect_view()}</div>
            </fieldset>
            <p class="load-wrong" role="alert">{move || wrong.get().map(|why| format!("Not taken: {why}."))}</p>
            <label class="load-text">
                <span>"All of it as a text, to keep or to share"</span>
                <textarea
                    rows="3"
                    spellcheck="false"
                    prop:value=move || plan.get().to_string()
                    on:change=move |event| take(Plan::parse(&event_target_value(&event)))
                ></textarea>
            </label>
            <p class="load-link">
                <button type="button" on:click=copy>"Copy link"</button>
                <span class="chart-note" role="status" aria-label="Copied">{move || copied.get()}</span>
            </p>
            <Memory client/>
        </form>
    }
}

const POLICIES: [&str; 8] = [
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
];

/// How much memory there is and what goes when it is full: commands in the terminal.
#[component]
fn Memory(client: RwSignal<Client>) -> impl IntoView {
    let limit = RwSignal::new("1mb".to_owned());
    let policy = RwSignal::new("allkeys-lru".to_owned());
    let apply = move |_| {
        let limit: String = limit.get_untracked().chars().filter(char::is_ascii_alphanumeric).collect();
        let limit = if limit.is_empty() { "0".to_owned() } else { limit };
        let line = format!("CONFIG SET maxmemory {limit} maxmemory-policy {}", policy.get_untracked());
        kept::run(client.get_untracked(), &line);
    };
    view! {
        <fieldset>
            <legend>"Memory"</legend>
            <div class="load-memory">
                <label class="load-field">
                    <span>"maxmemory, 0: no limit"</span>
                    <input autocomplete="off" prop:value=move || limit.get() on:input=move |event| limit.set(event_target_value(&event))/>
                </label>
                <label class="load-field">
                    <span>"maxmemory-policy"</span>
                    <select prop:value=move || policy.get() on:change=move |event| policy.set(event_target_value(&event))>
                        {POLICIES.map(|name| view! { <option value=name>{name}</option> }).collect_view()}
                    </select>
                </label>
                <button type="button" on:click=apply>"Set it"</button>
            </div>
        </fieldset>
    }
}
