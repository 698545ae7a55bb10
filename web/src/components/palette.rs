//! The command palette: everything the page can do, found by typing.
//!
//! What is there on every route it knows itself; a route adds what it can do while it is shown.

use leptos::ev::KeyboardEvent;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::command_facts::command_path;
use super::finder::{Entry, Finder};
use super::theme::{THEMES, Theme};
use crate::browser;
use crate::facts::CommandEntry;
use crate::later::Here;
use crate::routes::learn::{course_path, lesson_path};
use crate::session::{Purpose, Session, StoreSession};
use crate::shortcuts::{self, Action, Place};

/// The way to the palette and to the sheet of shortcuts, for the whole page.
#[derive(Clone, Copy)]
pub struct Palette {
    pub is_open: RwSignal<bool>,
    pub is_sheet_open: RwSignal<bool>,
    /// What the route that is shown can do.
    of_route: StoredValue<Option<Callback<Here, Vec<Entry>>>>,
    /// The names of the commands, once a worker told them.
    commands: RwSignal<Vec<String>>,
    /// A worker was asked for them.
    has_asked: StoredValue<bool>,
}

impl Palette {
    pub fn new() -> Palette {
        Palette {
            is_open: RwSignal::new(false),
            is_sheet_open: RwSignal::new(false),
            of_route: StoredValue::new(None),
            commands: RwSignal::new(Vec::new()),
            has_asked: StoredValue::new(false),
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

    /// Asks which commands there are, unless that is known or somebody was asked.
    pub fn ask_commands(self, session: Session) {
        if !self.has_asked.get_value() {
            self.has_asked.set_value(true);
            session.reference.commands(move |found| self.know_commands(&found));
        }
    }

    /// Tells which commands there are.
    pub fn know_commands(self, commands: &[CommandEntry]) {
        self.has_asked.set_value(true);
        self.commands.try_set(commands.iter().map(|entry| entry.name.clone()).collect());
    }

    /// Asks a worker of its own where the route has none, and lets go of it once it has answered.
    fn ask_a_worker(self, page: &Owner) {
        if self.has_asked.get_value() {
            return;
        }
        self.has_asked.set_value(true);
        let owner = page.child();
        let Ok(session) = owner.with(|| Session::start(Purpose::Examples)) else { return };
        session.reference.commands(move |found| {
            self.know_commands(&found);
            owner.cleanup();
        });
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
    let store = expect_context::<StoreSession>();
    let dialog = NodeRef::<Dialog>::new();
    let finder = Finder::new("palette");
    let navigate = use_navigate();
    let navigate = StoredValue::new_local(navigate);
    let navigate = Callback::new(move |path: String| navigate.with_value(|go| go(&path, Default::default())));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = palette.is_open.get();
        palette.commands.track();
        if !is_open {
            return false;
        }
        let of_route =
            palette.of_route.with_value(|offer| *offer).map(|offer| untrack(|| offer.run(here))).unwrap_or_default();
        palette.ask_a_worker(store.owner());
        finder.offer(of_route.into_iter().chain(everywhere(palette, theme, navigate)).collect());
        if was_open != Some(true) {
            finder.look_for("");
            if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
                let _ = dialog.show_modal();
            }
        }
        true
    });
    let close = Callback::new(move |()| dialog.get_untracked().iter().for_each(|dialog| dialog.close()));
    view! {
        <dialog class="palette" aria-label="Command palette" node_ref=dialog on:close=move |_| palette.is_open.set(false)>
            {finder.view(close)}
        </dialog>
    }
}
