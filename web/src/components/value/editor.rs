//! Runs commands in the terminal, tells what became of them, and offers to undo them.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::looking::Looking;
use crate::components::keys::Chosen;
use crate::components::terminals::kept;
use crate::editing::{Act, Action, Command, Form};
use crate::protocol::{EditOutcome, ValueLook};
use crate::session::{Client, Session};

/// What the parts of the value's view share.
#[derive(Clone, Copy)]
pub struct Editor {
    pub session: Session,
    client: Signal<Client>,
    pub chosen: Chosen,
    pub looking: Looking,
    /// The form that is open.
    pub sheet: RwSignal<Option<Open>>,
    told: RwSignal<Option<Told>>,
    /// Where the keyboard was before the form took it.
    before: StoredValue<Option<HtmlElement>, LocalStorage>,
}

/// A form for a key.
#[derive(Clone, PartialEq)]
pub struct Open {
    pub database: u32,
    pub key: Vec<u8>,
    pub form: Form,
}

/// What became of an edit.
#[derive(Clone, PartialEq)]
struct Told {
    text: String,
    is_error: bool,
    undo: Option<Undo>,
}

#[derive(Clone, PartialEq)]
struct Undo {
    number: u32,
    database: u32,
    /// The key as it was called before the edit.
    key: Vec<u8>,
}

impl Editor {
    pub fn new(session: Session, client: Signal<Client>, chosen: Chosen) -> Editor {
        let editor = Editor {
            session,
            client,
            chosen,
            looking: Looking::new(session, chosen),
            sheet: RwSignal::new(None),
            told: RwSignal::new(None),
            before: StoredValue::new_local(None),
        };
        // A form is about a key: it goes when another is chosen.
        Effect::new(move || {
            let chosen = chosen.get();
            let stays = editor.sheet.with_untracked(|open| {
                open.as_ref().is_none_or(|open| chosen == Some((open.database, open.key.clone())))
            });
            if !stays {
                editor.sheet.set(None);
            }
        });
        editor
    }

    /// The key whose value is shown.
    pub fn place(self) -> (u32, Vec<u8>) {
        self.session.values.shown.with_untracked(|view| {
            view.as_ref().map_or_else(Default::default, |view| (view.database, view.key.to_vec()))
        })
    }

    /// The key whose value is shown, for what follows it.
    pub fn key(self) -> Vec<u8> {
        self.place().1
    }

    /// A button that does what an action says.
    pub fn button(self, action: Action) -> AnyView {
        let Action { label, name, act } = action;
        view! {
            <button type="button" aria-label=name on:click=move |_| self.act(&act)>{label}</button>
        }
        .into_any()
    }

    fn act(self, act: &Act) {
        match act {
            Act::Run(command) => self.run(self.place(), command.clone(), |_| {}),
            Act::Open(form) => self.open(form.clone()),
            Act::Look(ValueLook::Group(name)) => self.looking.look_at_group(Some(name.to_vec())),
            Act::Look(_) => self.looking.look_at_group(None),
        }
    }

    /// Opens a form in place of the one that is open.
    pub fn open(self, form: Form) {
        let before = document().active_element().and_then(|element| element.dyn_into().ok());
        self.before.set_value(before);
        let (database, key) = self.place();
        self.sheet.set(Some(Open { database, key, form }));
    }

    /// Closes the form; the keyboard goes back to where it was, or to the value if that was drawn anew.
    pub fn close(self) {
        self.sheet.set(None);
        let before = self.before.get_value().filter(|element| element.is_connected());
        let value = || document().query_selector(".value .content").ok().flatten()?.dyn_into().ok();
        if let Some(element) = before.or_else(value) {
            let _ = element.focus();
        }
    }

    /// Runs a command about a key; `done` hears whether it changed something.
    pub fn run(self, place: (u32, Vec<u8>), command: Command, done: impl FnOnce(bool) + 'static) {
        let (database, key) = place;
        let Command { words, said } = command;
        let renamed = match words.as_slice() {
            [name, _, other] if name == b"RENAMENX" => Some(other.clone()),
            _ => None,
        };
        let undo = (database, key.clone());
        let line = kept::line_of(&words);
        let hear = move |outcome: EditOutcome| {
            if !matches!(outcome, EditOutcome::Busy(_)) {
                kept::add(&line);
            }
            let (database, key) = undo;
            let is_done = matches!(outcome, EditOutcome::Done(_));
            if let (true, Some(other)) = (is_done, renamed) {
                self.chosen.try_set(Some((database, other)));
            }
            let undo = |number| Undo { number, database, key };
            self.told.try_set(Some(told(outcome, said, undo)));
            done(is_done);
        };
        self.client.get_untracked().edit((database, &key), words, hear);
    }

    fn undo(self, undo: Undo) {
        let number = undo.number;
        let hear = move |outcome: EditOutcome| {
            let mut undo = Some(undo);
            let text = match outcome {
                EditOutcome::Done(_) => {
                    let place = undo.take().map(|undo| (undo.database, undo.key));
                    self.chosen.try_set(place);
                    return drop(self.told.try_set(Some(Told { text: "Undone.".into(), is_error: false, undo: None })));
                }
                EditOutcome::Busy(why) => why,
                EditOutcome::Refused(why) => {
                    undo = None;
                    why
                }
                EditOutcome::Nothing(reply) => {
                    undo = None;
                    format!("Nothing was undone: the reply was {reply}.")
                }
                EditOutcome::Waiting => {
                    undo = None;
                    WAITING.to_owned()
                }
            };
            self.told.try_set(Some(Told { text, is_error: true, undo }));
        };
        self.client.get_untracked().undo_edit(number, hear);
    }
}

const WAITING: &str = "The command was sent; its reply has not come yet.";

fn told(outcome: EditOutcome, said: String, undo: impl FnOnce(u32) -> Undo) -> Told {
    let wrong = |text: String| Told { text, is_error: true, undo: None };
    match outcome {
        EditOutcome::Done(Ok(number)) => Told { text: said, is_error: false, undo: Some(undo(number)) },
        EditOutcome::Done(Err(why)) if why.is_empty() => Told { text: said, is_error: false, undo: None },
        EditOutcome::Done(Err(why)) => Told { text: format!("{said} But {why}."), is_error: false, undo: None },
        EditOutcome::Nothing(reply) => wrong(format!("That changed nothing: the reply was {reply}.")),
        EditOutcome::Refused(why) => wrong(format!("The command was refused: {why}")),
        EditOutcome::Busy(why) => wrong(format!("Nothing was sent. {why}")),
        EditOutcome::Waiting => wrong(WAITING.to_owned()),
    }
}

/// What became of the last edit. Undo runs the command that sets the old value again, while nothing else has changed
/// the key.
#[component]
pub fn Said(editor: Editor) -> impl IntoView {
    let told = editor.told;
    view! {
        <div class="said" role="status" aria-label="Edit">
            {move || told.get().map(|Told { text, is_error, undo }| view! {
                <p class:error=is_error>{text}</p>
                {undo.map(|undo| view! {
                    <button type="button" title="Runs the command that sets the old value again; only while nothing else has changed the key" on:click=move |_| editor.undo(undo.clone())>"Undo"</button>
                })}
                <button type="button" class="quiet" aria-label="Close this note" on:click=move |_| told.set(None)>"✕"</button>
            })}
        </div>
    }
}
