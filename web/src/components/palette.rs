//! The command palette: everything the page can do, found by typing.
//!
//! What is there on every route it knows itself; a route adds what it can do while it is shown.

use leptos::ev::KeyboardEvent;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::command_facts::command_path;
use super::theme::{THEMES, Theme};
use crate::browser;
use crate::fuzzy;
use crate::later::Here;
use crate::routes::learn::{course_path, lesson_path};
use crate::shortcuts::{self, Action, Place};

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

/// The way to the palette and to the sheet of shortcuts, for the whole page.
#[derive(Clone, Copy)]
pub struct Palette {
    pub is_open: RwSignal<bool>,
    pub is_sheet_open: RwSignal<bool>,
    /// What the route that is shown can do.
    of_route: StoredValue<Option<Callback<Here, Vec<Entry>>>>,
    /// The names of the commands, once some route knew them.
    commands: RwSignal<Vec<String>>,
}

impl Palette {
    pub fn new() -> Palette {
        Palette {
            is_open: RwSignal::new(false),
            is_sheet_open: RwSignal::new(false),
            of_route: StoredValue::new(None),
            commands: RwSignal::new(Vec::new()),
        }
    }

    /// Adds what the current owner's view can do, asked for when the palette opens.
    pub fn offer(self, entries: impl Fn(Here) -> Vec<Entry> + Send + Sync + 'static) {
        self.of_route.set_value(Some(Callback::new(entries)));
        on_cleanup(move || {
            self.of_route.try_set_value(None);
        });
    }

    /// Does what a key means everywhere on the site.
    pub fn hear(self, event: &KeyboardEvent) {
        let (is_chord, shift) = (event.ctrl_key() || event.meta_key() || event.alt_key(), event.shift_key());
        if event.default_prevented() || event.is_composing() || (!is_chord && browser::is_field(event)) || is_bare() {
            return;
        }
        let pressed =
            shortcuts::press(&event.key(), &event.code(), event.ctrl_key() || event.meta_key(), event.alt_key(), shift);
        match shortcuts::find(Place::Site, &pressed) {
            Some((Action::Palette, _)) => self.is_open.set(true),
            Some((Action::Sheet, _)) => self.is_sheet_open.set(true),
            Some((Action::Search, _)) => browser::focus("main input[type=search]"),
            _ => return,
        }
        event.prevent_default();
    }

    pub fn knows_no_commands(self) -> bool {
        self.commands.with_untracked(Vec::is_empty)
    }

    /// Tells which commands there are.
    pub fn know_commands(self, names: Vec<String>) {
        self.commands.try_set(names);
    }
}

impl Default for Palette {
    fn default() -> Palette {
        Palette::new()
    }
}

/// Whether this is a page for frames in other pages, which has nowhere to go.
fn is_bare() -> bool {
    window().location().pathname().is_ok_and(|path| path.ends_with("/embed"))
}

/// What can be done on every route. `navigate` goes to an address of the site.
fn everywhere(palette: Palette, theme: Theme, navigate: Callback<String>) -> Vec<Entry> {
    let go = move |name: String, path: String| Entry::new(name, "", move || navigate.run(path.clone()));
    let mut entries = vec![
        go("Go to the playground".to_owned(), format!("{}/", browser::base_path())),
        go("Go to the lessons".to_owned(), course_path()),
        go("Go to the commands".to_owned(), format!("{}/commands", browser::base_path())),
        Entry::new("Show all shortcuts", "?", move || palette.is_sheet_open.set(true)),
    ];
    entries.extend(THEMES.map(|(name, title)| Entry::new(format!("Theme: {title}"), "", move || theme.choose(name))));
    for lesson in lessons::course::lessons().into_iter().flatten() {
        entries.push(go(format!("Lesson: {}", lesson.title), lesson_path(&lesson.slug)));
    }
    palette.commands.with_untracked(|names| {
        entries.extend(names.iter().map(|name| go(format!("Command: {name}"), command_path(name))));
    });
    entries
}

/// The palette's dialog. Has to be inside the router.
#[component]
pub fn PaletteDialog(here: Here) -> impl IntoView {
    let (palette, theme) = (expect_context::<Palette>(), expect_context::<Theme>());
    let dialog = NodeRef::<Dialog>::new();
    let input = NodeRef::<Input>::new();
    let entries = StoredValue::new(Vec::<Entry>::new());
    let typed = RwSignal::new(String::new());
    let active = RwSignal::new(0usize);
    let navigate = use_navigate();
    let navigate = StoredValue::new_local(navigate);
    let navigate = Callback::new(move |path: String| navigate.with_value(|go| go(&path, Default::default())));
    let version = RwSignal::new(0u32);
    Effect::new(move |was_open: Option<bool>| {
        let is_open = palette.is_open.get();
        palette.commands.track();
        if !is_open {
            return false;
        }
        let of_route =
            palette.of_route.with_value(|offer| *offer).map(|offer| untrack(|| offer.run(here))).unwrap_or_default();
        entries.set_value(of_route.into_iter().chain(everywhere(palette, theme, navigate)).collect());
        version.update(|version| *version += 1);
        if was_open != Some(true) {
            typed.set(String::new());
            active.set(0);
            if let Some(input) = input.get_untracked() {
                input.set_value("");
            }
            if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
                let _ = dialog.show_modal();
            }
        }
        true
    });
    // The best first; entries that fit equally well stay in their order.
    let found = Memo::new(move |_| {
        version.track();
        let typed = typed.get();
        entries.with_value(|entries| {
            let mut ranked: Vec<(u32, usize)> = entries
                .iter()
                .enumerate()
                .filter_map(|(number, entry)| Some((fuzzy::rank(&entry.name, &typed)?, number)))
                .collect();
            ranked.sort_unstable();
            ranked.into_iter().take(MAX_SHOWN).map(|(_, number)| number).collect::<Vec<_>>()
        })
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let choose = move |place: usize| {
        let number = found.with_untracked(|found| found.get(place).copied());
        let act = number.and_then(|number| entries.with_value(|entries| entries.get(number).map(|entry| entry.act)));
        // Closed first: the focus goes back to where it was, and what is done may move it on.
        close();
        if let Some(act) = act {
            act.run(());
        }
    };
    let move_to = move |place: usize| {
        active.set(place);
        if let Some(row) = document().get_element_by_id(&row_id(place)) {
            row.scroll_into_view_with_bool(false);
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        let at = active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => move_to(if at >= last { 0 } else { at + 1 }),
            "ArrowUp" => move_to(if at == 0 { last } else { at - 1 }),
            "Enter" => choose(at),
            _ => return,
        }
        event.prevent_default();
    };
    let row = move |(place, number): (usize, usize)| {
        let (name, keys) = entries.with_value(|entries| {
            entries.get(number).map(|entry| (entry.name.clone(), entry.keys)).unwrap_or_default()
        });
        view! {
            <li
                id=row_id(place)
                role="option"
                aria-selected=move || (active.get() == place).to_string()
                on:click=move |_| choose(place)
            >
                <span>{name}</span>
                {(!keys.is_empty()).then(|| view! { <kbd>{keys}</kbd> })}
            </li>
        }
    };
    view! {
        <dialog class="palette" aria-label="Command palette" node_ref=dialog on:close=move |_| palette.is_open.set(false)>
            <input
                type="text"
                role="combobox"
                aria-label="What to do"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-autocomplete="list"
                aria-activedescendant=move || found.with(|found| !found.is_empty()).then(|| row_id(active.get()))
                placeholder="Type what to do or where to go"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                node_ref=input
                on:input=move |event| {
                    active.set(0);
                    typed.set(event_target_value(&event));
                }
                on:keydown=on_keydown
            />
            <ul id="palette-list" role="listbox" aria-label="Found">
                {move || found.get().into_iter().enumerate().map(row).collect_view()}
            </ul>
            <p class="muted" role="status">
                {move || match found.with(Vec::len) {
                    0 => "Nothing fits.".to_owned(),
                    MAX_SHOWN => format!("The first {MAX_SHOWN}; type more to find others."),
                    count => format!("{count} found"),
                }}
            </p>
        </dialog>
    }
}

fn row_id(place: usize) -> String {
    format!("palette-row-{place}")
}
