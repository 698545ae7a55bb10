//! Several clients of one store, each with a terminal: in tabs, side by side or stacked.
//!
//! On a narrow screen there are tabs only; that is for the style sheet, as the layout itself stays what was chosen.
//! How they are arranged is remembered across visits.

use leptos::prelude::*;

mod head;
pub mod kept;
mod line;
mod pasted;
mod search;
mod state;
mod strip;
mod terminal;

pub use line::Line;
pub use pasted::PastedCommands;
pub use state::State;
use strip::Strip;
pub use terminal::Terminal;

use super::notices::Notices;
use crate::arrangement::{Arrangement, Layout, MAX_TERMINALS, Place, moved, usable_name};
use crate::browser;
use crate::session::{Client, Session};
use crate::shortcuts::{self, Action};

const REMEMBERED: &str = "terminals";

/// The terminals of a session's clients: which there are, in which order, and which is used.
#[derive(Clone, Copy)]
pub struct Terminals {
    session: Session,
    notices: Notices,
    pub used: RwSignal<Client>,
    order: RwSignal<Vec<Client>>,
    layout: RwSignal<Layout>,
    /// The one whose name is being typed.
    renaming: RwSignal<Option<u32>>,
}

impl Terminals {
    /// The terminals of a session that is shown (again), as they were arranged last.
    pub fn new(session: Session, notices: Notices) -> Terminals {
        let Arrangement { layout, used, places } =
            Arrangement::from_text(&browser::remembered(REMEMBERED).unwrap_or_default());
        let mut order = session.clients();
        if order.is_empty() {
            order = places.iter().map(|place| session.open_as(place.label, &place.name, place.resp3)).collect();
        }
        if order.is_empty() {
            order.push(session.open());
        }
        // Those that had a place, in that order, then the others.
        for place in places.iter().rev() {
            if let Some(at) = order.iter().position(|client| client.label == place.label) {
                let client = order.remove(at);
                order.insert(0, client);
            }
        }
        let used = order.iter().find(|client| client.label == used).or(order.first()).copied();
        let used = used.unwrap_or_else(|| session.first_client());
        let terminals = Terminals {
            session,
            notices,
            used: RwSignal::new(used),
            order: RwSignal::new(order),
            layout: RwSignal::new(layout),
            renaming: RwSignal::new(None),
        };
        Effect::new(move || browser::remember(REMEMBERED, &terminals.arrangement().to_text()));
        terminals
    }

    fn arrangement(self) -> Arrangement {
        let place = |client: &Client| {
            let (name, resp3) = client.connection.with(|connection| (usable_name(&connection.name), connection.resp3));
            Place { label: client.label, name, resp3 }
        };
        let places = self.order.with(|order| order.iter().map(place).collect());
        Arrangement { layout: self.layout.get(), used: self.used.get().label, places }
    }

    /// Whether one more can be opened.
    pub fn has_room(self) -> bool {
        self.order.with(|order| order.len() < MAX_TERMINALS)
    }

    /// Opens one more, and uses it.
    pub fn open(self) {
        if self.order.with_untracked(|order| order.len() < MAX_TERMINALS) {
            self.add(self.session.open(), usize::MAX);
        }
    }

    fn add(self, client: Client, at: usize) {
        self.order.update(|order| order.insert(at.min(order.len()), client));
        self.use_one(client);
    }

    /// Closes one; the last stays.
    pub fn close(self, client: Client) {
        let Some(at) = self.position(client).filter(|_| self.order.with_untracked(|order| order.len() > 1)) else {
            return;
        };
        let name = untrack(|| client.name());
        let before = client.connection.get_untracked();
        self.order.update(|order| {
            order.remove(at);
        });
        if self.used.get_untracked().number == client.number
            && let Some(next) = self.order.with_untracked(|order| order.get(at).or(order.last()).copied())
        {
            self.use_one(next);
        }
        client.close();
        let text = format!(
            "{name} was closed, and its connection with it. Undo opens a new connection and brings back what was printed."
        );
        self.notices.offer(text, "Undo", move || {
            // Gone if the person has left the playground since.
            let Some(open) = self.order.try_with_untracked(Vec::len) else { return };
            if open < MAX_TERMINALS {
                let again = self.session.open_as(client.label, &usable_name(&before.name), before.resp3);
                again.inherit(client);
                self.add(again, at);
            } else {
                self.notices.warn(format!("There are {MAX_TERMINALS} terminals already; close one first."));
            }
        });
    }

    /// Makes it the one that is used, with the caret in its line.
    pub fn use_one(self, client: Client) {
        self.used.set(client);
        if !browser::matches("(pointer: coarse)") {
            // Once it is shown.
            request_animation_frame(move || browser::focus(&format!("#{} textarea", element_id(client))));
        }
    }

    fn note_use(self, client: Client) {
        if self.used.get_untracked().number != client.number {
            self.used.set(client);
        }
    }

    /// Moves one to another place.
    fn move_to(self, client: Client, to: usize) {
        if let Some(from) = self.position(client).filter(|from| *from != to) {
            self.order.update(|order| moved(order, from, to));
        }
    }

    fn position(self, client: Client) -> Option<usize> {
        self.order.with_untracked(|order| order.iter().position(|other| other.number == client.number))
    }

    pub fn set_layout(self, layout: Layout) {
        self.layout.set(layout);
    }

    /// Gives a terminal's connection this name, or none.
    fn rename(self, client: Client, typed: &str) {
        self.renaming.set(None);
        let name = usable_name(typed);
        let known = client.connection.with_untracked(|connection| connection.name.clone());
        if name != known && name != format!("Client-{}", client.label) {
            // A name may hold quotes and backslashes.
            let quoted = String::from_utf8_lossy(&engine::resp::quote(name.as_bytes())).into_owned();
            client.run(&format!("CLIENT SETNAME {quoted}"));
        }
    }

    /// Does what a shortcut says; false if it is none of these.
    fn act(self, action: Action, which: usize) -> bool {
        let used = self.used.get_untracked();
        let step = |by: isize| {
            let to = self.position(used).and_then(|at| at.checked_add_signed(by));
            if let Some(to) = to.filter(|to| self.order.with_untracked(|order| *to < order.len())) {
                self.move_to(used, to);
                self.use_one(used);
            }
        };
        match action {
            Action::GoToTerminal => {
                if let Some(client) = self.order.with_untracked(|order| order.get(which).copied()) {
                    self.use_one(client);
                }
            }
            Action::NewTerminal => self.open(),
            Action::CloseTerminal => self.close(used),
            Action::RenameTerminal => self.renaming.set(Some(used.number)),
            Action::MoveLeft => step(-1),
            Action::MoveRight => step(1),
            Action::NextLayout => self.set_layout(self.layout.get_untracked().next()),
            _ => return false,
        }
        true
    }
}

fn element_id(client: Client) -> String {
    format!("client-{}", client.number)
}

/// The terminals and, above them, who is who.
#[component]
pub fn Clients(terminals: Terminals) -> impl IntoView {
    let pressed = window_event_listener(leptos::ev::keydown, move |event| {
        if event.meta_key() || event.default_prevented() {
            return;
        }
        let press = shortcuts::press(&event.key(), &event.code(), event.ctrl_key(), event.alt_key(), event.shift_key());
        if let Some((action, which)) = shortcuts::find(shortcuts::Place::Playground, &press)
            && terminals.act(action, which)
        {
            event.prevent_default();
        }
    });
    on_cleanup(move || pressed.remove());
    let is_used = move |client: Client| terminals.used.get().number == client.number;
    view! {
        <Strip terminals/>
        <div class="client-area" data-layout=move || terminals.layout.get().name()>
            <For each=move || terminals.order.get() key=|client| client.number let:client>
                <section
                    id=element_id(client)
                    class="client"
                    class:used=move || is_used(client)
                    aria-label=move || client.name()
                    on:focusin=move |_| terminals.note_use(client)
                >
                    <head::Head terminals client/>
                    <Terminal client/>
                </section>
            </For>
        </div>
    }
    .into_any()
}
