//! The key that is chosen in the tree: its value, live, with what can be done to it.
//!
//! | module | what it is |
//! |---|---|
//! | [`editor`] | runs commands in the terminal, tells what became of them, offers to undo them |
//! | [`looking`] | as what a value is looked at, and which part of it |
//! | `body` | the value itself, as its type and the person's choice have it |
//! | `facts` | what is told of any key |
//! | `sheet` | a form that makes a command |
//! | `tables` | collections |
//! | `text`, `bits`, `registers` | strings |
//! | `map` | sorted sets as places |
//!
//! What always holds: every change is a command in the terminal; what was typed into a form stays until it has run.

mod bits;
mod body;
pub mod editor;
mod facts;
pub mod looking;
mod map;
mod registers;
mod sheet;
mod tables;
mod text;

use leptos::prelude::*;

use super::keys::Chosen;
use super::layout::UnderTheHood;
use crate::editing;
use crate::session::{Client, Session};
use body::ValueBody;
use editor::{Editor, Said};

/// What is looked at of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Value,
    UnderTheHood,
}

/// All of them, in the order of the strip.
const MODES: [Mode; 2] = [Mode::Value, Mode::UnderTheHood];

impl Mode {
    fn label(self) -> &'static str {
        match self {
            Mode::Value => "Value",
            Mode::UnderTheHood => "Under the hood",
        }
    }
}

/// The chosen key. Edits run in the terminal of `client`.
#[component]
pub fn Value(session: Session, chosen: Chosen, #[prop(into)] client: Signal<Client>) -> impl IntoView {
    let editor = Editor::new(session, client, chosen);
    let mode = RwSignal::new(Mode::Value);
    let entry = move |of: Mode| {
        let pressed = move || (mode.get() == of).to_string();
        view! { <button type="button" aria-pressed=pressed on:click=move |_| mode.set(of)>{of.label()}</button> }
    };
    let is_chosen = Memo::new(move |_| chosen.with(Option::is_some));
    view! {
        <section class="value" aria-label="Value">
            <Said editor/>
            {move || match is_chosen.get() {
                false => view! { <p class="muted empty-value">"Choose a key to see its value."</p> }.into_any(),
                true => view! {
                    <KeyHeader editor/>
                    <div class="tab-strip" role="group" aria-label="Look at">{MODES.map(entry).collect_view()}</div>
                    {move || match mode.get() {
                        Mode::Value => view! { <ValueBody editor/> }.into_any(),
                        Mode::UnderTheHood => {
                            view! { <div class="under"><UnderTheHood session chosen client/></div> }.into_any()
                        }
                    }}
                }.into_any(),
            }}
        </section>
    }
}

/// The key's name, and what can be done to any key.
#[component]
fn KeyHeader(editor: Editor) -> impl IntoView {
    let session = editor.session;
    let named = Memo::new(move |_| {
        session.values.shown.with(|view| {
            let view = view.as_ref()?;
            Some((view.name.clone(), view.key.to_vec(), view.value.is_some()))
        })
    });
    view! {
        {move || named.get().map(|(name, key, is_there)| view! {
            <header class="panel-head">
                <h2><bdi>{name}</bdi></h2>
                {is_there.then(|| view! {
                    {editor.button(editing::rename(&key))}
                    {editor.button(editing::remove(&key))}
                })}
                <button type="button" class="quiet" aria-label="Close the value" on:click=move |_| editor.chosen.set(None)>"✕"</button>
            </header>
        })}
    }
}
