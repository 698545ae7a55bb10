//! How the chosen key stands in memory: its bytes by purpose, its limits, what its encoding went through, and drawings.

mod boxes;
mod figures;

use leptos::prelude::*;

use super::keys::Chosen;
use super::terminals::kept;
use crate::layout::{LayoutQuestion, LayoutView, Pages, Turn};
use crate::session::{Client, Session};
use boxes::drawing;
use figures::{crossings, limits, memory};

/// The chosen key's layout, live. The worker tells it only while this stands in the page. What is tried runs in the
/// terminal of `client`.
#[component]
pub fn UnderTheHood(session: Session, chosen: Chosen, #[prop(into)] client: Signal<Client>) -> impl IntoView {
    let pages = RwSignal::new(Pages::default());
    Effect::new(move |before: Option<Option<(u32, Vec<u8>)>>| {
        let now = chosen.get();
        if before.as_ref() != Some(&now) {
            pages.set(Pages::default());
        }
        let pages = pages.get();
        session.layouts.show(now.clone().map(|(database, key)| LayoutQuestion { database, key: key.into(), pages }));
        now
    });
    on_cleanup(move || session.layouts.show(None));
    let turn = Callback::new(move |(turn, to)| pages.update(|pages| *pages = pages.turned(turn, to)));
    let run = Callback::new(move |line: String| kept::run(client.get_untracked(), &line));
    layout(session.layouts.shown.into(), turn, run)
}

/// Draws a layout; `turn` is told which page is wanted, `run` which command is to be tried.
pub fn layout(view: Signal<Option<LayoutView>>, turn: Callback<(Turn, u32)>, run: Callback<String>) -> AnyView {
    let is_there = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.layout.is_some())));
    let drawings = Memo::new(move |_| {
        view.with(|view| view.as_ref()?.layout.as_ref().map(|layout| layout.drawings.len())).unwrap_or(0)
    });
    let head = move || {
        view.with(|view| {
            let layout = view.as_ref()?.layout.as_ref()?;
            Some((layout.encoding.clone(), layout.summary.clone()))
        })
    };
    let body = move || match is_there.get() {
        None => ().into_any(),
        Some(false) => view! { <p class="muted">"This key does not exist any more."</p> }.into_any(),
        Some(true) => view! {
            <p class="encoding">
                <strong>{move || head().map(|(encoding, _)| encoding)}</strong>
                " "
                <span>{move || head().map(|(_, summary)| summary)}</span>
            </p>
            {memory(view)}
            {limits(view, run)}
            {crossings(view)}
            {move || (0..drawings.get()).map(|index| drawing(view, index, turn)).collect_view()}
        }
        .into_any(),
    };
    view! { <section class="hood" aria-label="Under the hood">{body}</section> }.into_any()
}
