//! What the page loads after its start: every route but the playground, and there all that a first look does without.
//!
//! A finished build has the page's wasm in two files. [`entry`] holds the functions by which the second is entered;
//! `web/later/page.txt` names them, and what only they refer to comes with them. The second file is fetched when
//! something needs it, and in the background once the page is at rest.
//!
//! What always holds: nothing of [`entry`] is called before it is there, because each of its functions takes a [`Here`],
//! which only this module makes.

pub mod entry;

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::browser;
use crate::components::frame::Header;
use crate::components::notices::Notices;
use crate::rest;

/// The rest of the page is there.
#[derive(Clone, Copy)]
pub struct Here(());

#[derive(Clone)]
enum Rest {
    Away,
    Coming,
    Here,
    Failed(String),
}

thread_local! {
    static REST: ArcRwSignal<Rest> = ArcRwSignal::new(Rest::Away);
}

fn known() -> ArcRwSignal<Rest> {
    REST.with(Clone::clone)
}

/// Has the rest fetched.
fn load() {
    let known = known();
    if matches!(known.get_untracked(), Rest::Coming | Rest::Here) {
        return;
    }
    known.set(Rest::Coming);
    spawn_local(async move {
        known.set(match rest::loaded().await {
            Ok(()) => Rest::Here,
            Err(error) => Rest::Failed(browser::words(error)),
        });
    });
}

/// A view of the rest, once that is there.
pub fn view(made: impl Fn(Here) -> AnyView + Send + 'static) -> AnyView {
    shown(made, || view! { <p class="coming muted" role="status">"Loading…"</p> }.into_any())
}

/// A view of the rest that is made when it is first asked for, and stays.
pub fn once(
    asked: impl Fn() -> bool + Send + Sync + 'static,
    made: impl Fn(Here) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    once_boxed(latch(asked), Arc::new(made))
}

fn once_boxed(was_asked: Memo<bool>, made: Arc<dyn Fn(Here) -> AnyView + Send + Sync>) -> AnyView {
    let seen = move || {
        let made = Arc::clone(&made);
        was_asked.get().then(|| view(move |here| made(here)))
    };
    seen.into_any()
}

/// Whether something was so once.
pub fn latch(is_so: impl Fn() -> bool + Send + Sync + 'static) -> Memo<bool> {
    let is_so: Box<dyn Fn() -> bool + Send + Sync> = Box::new(is_so);
    Memo::new(move |before: Option<&bool>| before == Some(&true) || is_so())
}

/// A route of the rest, once that is there.
pub fn route(made: impl Fn(Here) -> AnyView + Send + 'static) -> AnyView {
    shown(made, || view! { <Header/><main class="coming" aria-busy="true"></main> }.into_any())
}

fn shown(made: impl Fn(Here) -> AnyView + Send + 'static, coming: fn() -> AnyView) -> AnyView {
    shown_boxed(Box::new(made), coming)
}

/// One for all views.
fn shown_boxed(made: Box<dyn Fn(Here) -> AnyView + Send>, coming: fn() -> AnyView) -> AnyView {
    load();
    let known = known();
    // What the view reads while it is made is no reason to make it anew.
    let made = move || untrack(|| made(Here(())));
    let seen = move || match known.get() {
        Rest::Here => made(),
        Rest::Failed(why) => failed(why),
        Rest::Away | Rest::Coming => coming(),
    };
    seen.into_any()
}

fn failed(why: String) -> AnyView {
    view! {
        <div class="coming" role="alert">
            <p>"This part of the page could not be loaded: "{why}". What you did so far is not lost. Check the connection, then try again."</p>
            <button type="button" on:click=|_| load()>"Try again"</button>
        </div>
    }
    .into_any()
}

/// Does what a person asked for once the rest is there, or says that it can't be done.
pub fn act(notices: Notices, act: impl FnOnce(Here) + 'static) {
    then(act, move |why| {
        notices.warn(format!("A part of the page could not be loaded: {why}. Check the connection, then try again."));
    });
}

/// Does something with the rest once that is there. `refused` learns why it is not.
pub fn then(act: impl FnOnce(Here) + 'static, refused: impl FnOnce(String) + 'static) {
    rest::then(move || act(Here(())), move |error| refused(browser::words(error)));
}
