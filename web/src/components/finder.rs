//! A field and the entries that fit what is typed there: what the command palette consists of.

use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;

use crate::fuzzy;

/// More than anyone reads; typing finds the rest.
const MAX_SHOWN: usize = 60;

/// Something that can be done.
#[derive(Clone)]
pub struct Entry {
    pub name: String,
    /// The keys that do it without the palette, if there are any.
    pub keys: &'static str,
    pub act: Callback<()>,
}

impl Entry {
    pub fn new(name: impl Into<String>, keys: &'static str, act: impl Fn() + Send + Sync + 'static) -> Entry {
        Entry { name: name.into(), keys, act: Callback::new(move |()| act()) }
    }
}

/// The entries, what is typed, and what fits.
#[derive(Clone, Copy)]
pub struct Finder {
    /// How the ids of its elements begin.
    name: &'static str,
    entries: StoredValue<Vec<Entry>>,
    version: RwSignal<u32>,
    typed: RwSignal<String>,
    /// The row that Enter takes.
    active: RwSignal<usize>,
    found: Memo<Vec<usize>>,
    input: NodeRef<Input>,
}

impl Finder {
    pub fn new(name: &'static str) -> Finder {
        let (version, typed) = (RwSignal::new(0), RwSignal::new(String::new()));
        let entries = StoredValue::new(Vec::<Entry>::new());
        // The best first; entries that fit equally well stay in their order.
        let found = Memo::new(move |_| {
            version.track();
            let typed = typed.get();
            entries.with_value(|entries| {
                let rank = |(number, entry): (usize, &Entry)| Some((fuzzy::rank(&entry.name, &typed)?, number));
                let mut ranked: Vec<(u32, usize)> = entries.iter().enumerate().filter_map(rank).collect();
                ranked.sort_unstable();
                ranked.into_iter().take(MAX_SHOWN).map(|(_, number)| number).collect()
            })
        });
        Finder { name, entries, version, typed, active: RwSignal::new(0), found, input: NodeRef::new() }
    }

    /// Offers other entries; what is typed stays.
    pub fn offer(self, entries: Vec<Entry>) {
        self.entries.set_value(entries);
        self.version.update(|version| *version += 1);
    }

    /// Shows what fits this text.
    pub fn look_for(self, text: &str) {
        self.typed.set(text.to_owned());
        self.active.set(0);
        if let Some(input) = self.input.get_untracked() {
            input.set_value(text);
        }
    }

    fn row_id(self, place: usize) -> String {
        format!("{}-row-{place}", self.name)
    }

    fn choose(self, place: usize, close: Callback<()>) {
        let number = self.found.with_untracked(|found| found.get(place).copied());
        let entry = number.and_then(|number| self.entries.with_value(|entries| entries.get(number).cloned()));
        // Closed first: the focus goes back to where it was, and what is done may move it on.
        close.run(());
        if let Some(entry) = entry {
            entry.act.run(());
        }
    }

    fn move_to(self, place: usize) {
        self.active.set(place);
        if let Some(row) = document().get_element_by_id(&self.row_id(place)) {
            row.scroll_into_view_with_bool(false);
        }
    }

    fn press(self, event: &KeyboardEvent, close: Callback<()>) {
        let last = self.found.with_untracked(Vec::len).saturating_sub(1);
        let at = self.active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => self.move_to(if at >= last { 0 } else { at + 1 }),
            "ArrowUp" => self.move_to(if at == 0 { last } else { at - 1 }),
            "Enter" => self.choose(at, close),
            _ => return,
        }
        event.prevent_default();
    }

    /// The field and what fits; `close` is called before what was chosen is done.
    pub fn view(self, close: Callback<()>) -> AnyView {
        let Finder { name, typed, active, found, input, .. } = self;
        let list_id = format!("{name}-list");
        let row = move |(place, number): (usize, usize)| {
            let (title, keys) = self.entries.with_value(|entries| {
                entries.get(number).map(|entry| (entry.name.clone(), entry.keys)).unwrap_or_default()
            });
            view! {
                <li
                    id=self.row_id(place)
                    role="option"
                    aria-selected=move || (active.get() == place).to_string()
                    on:click=move |_| self.choose(place, close)
                >
                    <span>{title}</span>
                    {(!keys.is_empty()).then(|| view! { <kbd>{keys}</kbd> })}
                </li>
            }
        };
        view! {
            <input
                type="text"
                role="combobox"
                aria-label="What to do"
                aria-expanded="true"
                aria-controls=list_id.clone()
                aria-autocomplete="list"
                aria-activedescendant=move || found.with(|found| !found.is_empty()).then(|| self.row_id(active.get()))
                placeholder="Type what to do or where to go"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                value=typed.get_untracked()
                node_ref=input
                on:input=move |event| {
                    active.set(0);
                    typed.set(event_target_value(&event));
                }
                on:keydown=move |event| self.press(&event, close)
            />
            <ul id=list_id role="listbox" aria-label="Found">
                {move || found.get().into_iter().enumerate().map(row).collect_view()}
            </ul>
            <p class="muted" role="status">
                {move || match found.with(Vec::len) {
                    0 => "Nothing fits.".to_owned(),
                    MAX_SHOWN => format!("The first {MAX_SHOWN}; type more to find others."),
                    count => format!("{count} found"),
                }}
            </p>
        }
        .into_any()
    }
}
