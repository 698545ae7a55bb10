//! Which keys the tree shows and how: a filter, types, the delimiter, the order, the database.

use leptos::html::Input;
use leptos::prelude::*;

use crate::browser;
use crate::format;
use crate::later::{self, entry};
use crate::protocol::KeysSort;
use crate::session::{Client, Session};

/// The filter's field, for whoever sends the keyboard there.
pub const FILTER: &str = "#key-filter";
/// Typing is over when nothing came for so long.
const TYPING: std::time::Duration = std::time::Duration::from_millis(150);
const DELIMITER: &str = "keys-delimiter";
const ORDER: &str = "keys-order";
/// The orders: how each is remembered, and what it is called.
const ORDERS: [(KeysSort, &str, &str); 3] = [
    (KeysSort::Name, "name", "name"),
    (KeysSort::Memory, "memory", "memory, most first"),
    (KeysSort::Expiry, "expiry", "next to expire"),
];
/// The types, as TYPE calls them.
const TYPES: [&str; 6] = ["string", "hash", "list", "set", "zset", "stream"];

/// What the person asked for.
#[derive(Clone, Copy)]
pub struct KeyFilter {
    session: Session,
    pattern: RwSignal<String>,
    /// Empty for all.
    types: RwSignal<Vec<&'static str>>,
}

impl KeyFilter {
    /// All keys, split and ordered as the last visit left it.
    pub fn new(session: Session) -> KeyFilter {
        session.keys.split(browser::remembered(DELIMITER).unwrap_or_else(|| ":".to_owned()));
        session.keys.sort(sort_named(&browser::remembered(ORDER).unwrap_or_default()));
        let filter = KeyFilter { session, pattern: RwSignal::new(String::new()), types: RwSignal::new(Vec::new()) };
        Effect::new(move || {
            let types = filter.types.with(|types| types.iter().map(|name| (*name).to_owned()).collect());
            filter.pattern.with(|pattern| session.keys.filter(pattern, types));
        });
        filter
    }

    /// Whether some keys may be hidden.
    pub fn is_on(self) -> bool {
        self.pattern.with(|pattern| !pattern.is_empty()) || self.types.with(|types| !types.is_empty())
    }

    /// Shows all keys.
    pub fn clear(self) {
        self.pattern.set(String::new());
        self.types.set(Vec::new());
    }

    fn toggle(self, name: &'static str) {
        self.types.update(|types| match types.iter().position(|other| *other == name) {
            Some(at) => {
                types.remove(at);
            }
            None => types.push(name),
        });
    }
}

fn sort_named(name: &str) -> KeysSort {
    ORDERS.iter().find(|(_, other, _)| *other == name).map_or(KeysSort::Name, |(sort, ..)| *sort)
}

/// `12 of 1,234 keys` when a filter hides some; and how far a look at many keys is. Empty when there is nothing to say.
fn count_text(filter: KeyFilter) -> String {
    let (rows, expiring) = filter.session.keys.view.with(|view| (view.rows, view.expiring));
    if let Some(expiring) = expiring {
        let all = format::grouped(f64::from(expiring));
        return format!("Next to expire: {} of {all} with a deadline", format::grouped(f64::from(rows)));
    }
    let (keys, bytes, all, seen) =
        filter.session.keys.view.with(|view| (view.keys, view.bytes, f64::from(view.all_keys), view.seen));
    let looked = seen.filter(|_| all > 0.0).map(|seen| format!("{} looked at", format::percent(seen)));
    match (filter.is_on(), looked) {
        (false, looked) => looked.unwrap_or_default(),
        (true, looked) => {
            let looked = looked.map(|looked| format!(", {looked}")).unwrap_or_default();
            let keys = format::grouped(f64::from(keys));
            format!("{keys} of {}, {}{looked}", format::counted(all, "key"), format::bytes(bytes))
        }
    }
}

/// The filter's field and, when asked for, the rest.
#[component]
pub fn KeyControls(filter: KeyFilter, client: Signal<Client>) -> impl IntoView {
    let session = filter.session;
    let field = NodeRef::<Input>::new();
    let is_open = RwSignal::new(false);
    let mut typing = leptos::leptos_dom::helpers::debounce(TYPING, move |typed: String| filter.pattern.set(typed));
    let has_choice = move || {
        client.get().database.get() > 0
            || session.keys.view.with(|view| view.databases.iter().any(|(number, _)| *number > 0))
    };
    // What empties the filter elsewhere empties the field.
    Effect::new(move || {
        if let (true, Some(field)) = (filter.pattern.with(String::is_empty), field.get()) {
            field.set_value("");
        }
    });
    view! {
        <div class="key-controls">
            <input
                type="search"
                id="key-filter"
                aria-label="Filter keys"
                placeholder="Filter: text or a*"
                title="A part of a name, or a pattern as KEYS takes it: * ? [a-z]"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                node_ref=field
                on:input=move |event| typing(event_target_value(&event))
            />
            <button
                type="button"
                class="quiet"
                aria-expanded=move || is_open.get().to_string()
                aria-controls="key-options"
                on:click=move |_| is_open.update(|open| *open = !*open)
            >
                "Options"
            </button>
        </div>
        <div class="key-options" id="key-options" hidden=move || !is_open.get()>
            {later::once(move || is_open.get(), move |here| entry::key_options(here, filter))}
        </div>
        <div class="key-status">
            {later::once(has_choice, move |here| entry::database_choice(here, client))}
            <span role="status" aria-label="Found">{move || count_text(filter)}</span>
        </div>
    }
}

/// The types that are shown, where names are split into folders, and in which order they stand.
#[component]
pub fn KeyOptions(filter: KeyFilter) -> impl IntoView {
    let session = filter.session;
    let mut splitting = leptos::leptos_dom::helpers::debounce(TYPING, move |typed: String| {
        browser::remember(DELIMITER, &typed);
        session.keys.split(typed);
    });
    let order = move |name: String| {
        browser::remember(ORDER, &name);
        session.keys.sort(sort_named(&name));
    };
    let remembered = sort_named(&browser::remembered(ORDER).unwrap_or_default());
    view! {
        <div class="types" role="group" aria-label="Types">
            {TYPES.map(|name| view! {
                <button
                    type="button"
                    aria-pressed=move || filter.types.with(|types| types.contains(&name)).to_string()
                    on:click=move |_| filter.toggle(name)
                >
                    {name}
                </button>
            }).collect_view()}
        </div>
        <label>
            "Split at "
            <input
                type="text"
                class="delimiter"
                aria-label="Split at"
                autocomplete="off"
                spellcheck="false"
                title="One byte or several; \\x00 for what cannot be typed; empty for no folders"
                value=browser::remembered(DELIMITER).unwrap_or_else(|| ":".to_owned())
                on:input=move |event| splitting(event_target_value(&event))
            />
        </label>
        <label>
            "Order "
            <select aria-label="Order" on:change=move |event| order(event_target_value(&event))>
                {ORDERS.map(|(sort, name, label)| view! {
                    <option value=name selected=sort == remembered>{label}</option>
                }).collect_view()}
            </select>
        </label>
    }
}

/// The databases that have keys; choosing one runs SELECT in the terminal.
#[component]
pub fn DatabaseChoice(client: Signal<Client>) -> impl IntoView {
    let session = client.get_untracked().session();
    let selected = Memo::new(move |_| client.get().database.get());
    let databases = Memo::new(move |_| {
        let mut databases = session.keys.view.with(|view| view.databases.clone());
        if !databases.iter().any(|(number, _)| *number == selected.get()) {
            databases.push((selected.get(), 0));
        }
        databases.sort_unstable();
        databases
    });
    let choose = move |number: String| client.get_untracked().run(&format!("SELECT {number}"));
    view! {
        <Show when=move || databases.with(|databases| databases.len() > 1) || (selected.get() > 0)>
            <select aria-label="Database" on:change=move |event| choose(event_target_value(&event))>
                <For each=move || databases.get() key=|database| *database let((number, keys))>
                    <option value=number prop:selected=move || selected.get() == number>
                        {format!("db {number}: {}", format::grouped(f64::from(keys)))}
                    </option>
                </For>
            </select>
        </Show>
    }
}
