//! What can be done with a key: each is a command that runs in the terminal, and each can be undone.

use engine::resp::quote;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

use super::keys::Chosen;
use super::notices::Notices;
use super::terminals::kept;
use crate::browser;
use crate::format;
use crate::session::Client;
use crate::worker::print;

/// Longer names are cut in messages.
const MAX_NAME_CHARACTERS: usize = 60;

/// Deletes, renames and expires keys in a client's terminal.
#[derive(Clone, Copy)]
pub struct KeyActions {
    client: Signal<Client>,
    pub notices: Notices,
    chosen: Chosen,
}

impl KeyActions {
    pub fn new(client: Signal<Client>, notices: Notices, chosen: Chosen) -> KeyActions {
        KeyActions { client, notices, chosen }
    }

    /// Runs a command on a database, which is the one that is shown unless the terminal went on to another.
    fn run(self, database: u32, words: &[&[u8]]) {
        let client = self.client.get_untracked();
        let line = kept::line_of(words);
        kept::add(&line);
        match client.database.get_untracked() {
            shown if shown == database => client.run(&line),
            shown => client.run(&format!("SELECT {database}\n{line}\nSELECT {shown}")),
        }
    }

    /// Deletes a key. What is too large to be kept for an undo is deleted only when the person says so again.
    pub fn delete(self, database: u32, key: Vec<u8>) {
        self.client.get_untracked().session().keys.dump(database, &key.clone(), move |dumped| {
            let Some(dumped) = dumped else { return };
            let Some(payload) = dumped.payload else {
                let text = format!("{} is too large to be brought back once it is deleted.", shown(&key));
                return self.notices.offer(text, "Delete it", move || self.run(database, &[b"DEL", &key]));
            };
            self.run(database, &[b"DEL", &key]);
            if self
                .chosen
                .with_untracked(|chosen| chosen.as_ref().is_some_and(|(of, it)| *of == database && *it == key))
            {
                self.chosen.set(None);
            }
            let deadline = dumped.expires_at_ms.unwrap_or(0.0).to_string();
            self.notices.offer(format!("Deleted {}.", shown(&key)), "Undo", move || {
                self.run(database, &[b"RESTORE", &key, deadline.as_bytes(), &payload, b"REPLACE", b"ABSTTL"]);
            });
        });
    }

    /// Gives a key another name, unless that is taken.
    fn rename(self, database: u32, key: Vec<u8>, name: Vec<u8>) {
        self.client.get_untracked().session().keys.dump(database, &name.clone(), move |taken| {
            if taken.is_some() {
                return self.notices.warn(format!("{} exists already: choose another name.", shown(&name)));
            }
            self.run(database, &[b"RENAMENX", &key, &name]);
            self.chosen.set(Some((database, name.clone())));
            self.notices.offer(format!("Renamed {} to {}.", shown(&key), shown(&name)), "Undo", move || {
                self.run(database, &[b"RENAMENX", &name, &key]);
                self.chosen.set(Some((database, key.clone())));
            });
        });
    }

    /// Lets a key expire in so many seconds, or never.
    fn expire(self, database: u32, key: Vec<u8>, seconds: Option<u64>) {
        self.client.get_untracked().session().keys.dump(database, &key.clone(), move |before| {
            let Some(before) = before else { return };
            let told = match seconds {
                Some(seconds) => {
                    self.run(database, &[b"EXPIRE", &key, seconds.to_string().as_bytes()]);
                    format!("{} expires in {}.", shown(&key), format::duration(seconds as f64 * 1000.0))
                }
                None => {
                    self.run(database, &[b"PERSIST", &key]);
                    format!("{} stays.", shown(&key))
                }
            };
            self.notices.offer(told, "Undo", move || match before.expires_at_ms {
                Some(at_ms) => self.run(database, &[b"PEXPIREAT", &key, at_ms.to_string().as_bytes()]),
                None => self.run(database, &[b"PERSIST", &key]),
            });
        });
    }

    fn copy(self, key: &[u8]) {
        let (text, notices) = (String::from_utf8_lossy(&quote(key)).into_owned(), self.notices);
        browser::copy(&text, move |copied| match copied {
            Ok(()) => notices.tell("Copied."),
            Err(why) => notices.warn(format!("The name could not be copied: {why}.")),
        });
    }
}

fn shown(key: &[u8]) -> String {
    print::name(key, MAX_NAME_CHARACTERS)
}

/// What is asked for before a command can run.
#[derive(Clone, Copy, PartialEq)]
enum Asking {
    Name,
    Time,
}

/// The bar with what can be done with the chosen key.
#[component]
pub fn KeyBar(actions: KeyActions) -> impl IntoView {
    let asking = RwSignal::new(None::<Asking>);
    Effect::new(move || {
        actions.chosen.track();
        asking.set(None);
    });
    let button = move |label: &'static str, act: Callback<(u32, Vec<u8>)>| {
        let click = move |_| actions.chosen.get_untracked().into_iter().for_each(|chosen| act.run(chosen));
        view! { <button type="button" on:click=click>{label}</button> }
    };
    view! {
        <Show when=move || actions.chosen.with(Option::is_some)>
            <div class="key-bar" role="group" aria-label="Chosen key">
                <span class="name">{move || actions.chosen.with(|chosen| chosen.as_ref().map(|(_, key)| shown(key)))}</span>
                {move || match asking.get() {
                    None => view! {
                        <div class="buttons">
                            {button("Copy", Callback::new(move |(_, key): (u32, Vec<u8>)| actions.copy(&key)))}
                            {button("Rename", Callback::new(move |_| asking.set(Some(Asking::Name))))}
                            {button("Expire", Callback::new(move |_| asking.set(Some(Asking::Time))))}
                            {button("Delete", Callback::new(move |(database, key)| actions.delete(database, key)))}
                        </div>
                    }.into_any(),
                    Some(what) => view! { <Question actions asking what/> }.into_any(),
                }}
            </div>
        </Show>
    }
}

/// The field for a new name or a time to live.
#[component]
fn Question(actions: KeyActions, asking: RwSignal<Option<Asking>>, what: Asking) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    Effect::new(move || {
        if let Some(field) = field.get() {
            let _ = field.focus();
            field.select();
        }
    });
    let label = match what {
        Asking::Name => "New name",
        Asking::Time => "Time to live: 90s, 10m, 2h, 1d; empty for none",
    };
    let first = match what {
        Asking::Name => actions.chosen.with_untracked(|chosen| {
            chosen.as_ref().and_then(|(_, key)| String::from_utf8(key.clone()).ok()).unwrap_or_default()
        }),
        Asking::Time => String::new(),
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let Some((database, key)) = actions.chosen.get_untracked() else { return };
        match what {
            Asking::Name if typed.as_bytes() == key => {}
            Asking::Name => actions.rename(database, key, typed.into_bytes()),
            Asking::Time if typed.trim().is_empty() => actions.expire(database, key, None),
            Asking::Time => match format::seconds(&typed) {
                Some(seconds) => actions.expire(database, key, Some(seconds)),
                None => return actions.notices.warn(format!("{typed} is no time: type 90s, 10m, 2h or 1d.")),
            },
        }
        asking.set(None);
    };
    view! {
        <form on:submit=submit on:keydown=move |event| if event.key() == "Escape" { asking.set(None) }>
            <input type="text" aria-label=label placeholder=label autocomplete="off" spellcheck="false" value=first node_ref=field/>
            <button type="submit">{if what == Asking::Name { "Rename" } else { "Expire" }}</button>
            <button type="button" class="quiet" aria-label="Cancel" on:click=move |_| asking.set(None)>"✕"</button>
        </form>
    }
}
