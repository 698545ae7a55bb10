//! What stands around every route but the embedded terminal: the header, and what to say when a session cannot work.

use leptos::prelude::*;
use leptos_router::components::A;

use super::clock_menu::ClockMenu;
use super::palette::Palette;
use super::theme::ThemeMenu;
use crate::browser;
use crate::later::{self, entry};
use crate::protocol::StorageState;
use crate::session::{Phase, Session};

#[component]
pub fn Header(
    #[prop(optional)] session: Option<Session>,
    /// Whether the session's clock is shown, to be turned.
    #[prop(optional)]
    clock: bool,
) -> impl IntoView {
    // The router takes an address that begins with a slash as it is, so the site's own path is put before it here.
    let home = || format!("{}/", browser::base_path());
    let commands = || format!("{}/commands", browser::base_path());
    let learn = || format!("{}/learn", browser::base_path());
    view! {
        <header class="site">
            <A href=home exact=true><span class="brand">"Rediscover"</span></A>
            <nav aria-label="Site">
                <A href=home exact=true>"Playground"</A>
                <A href=learn>"Learn"</A>
                <A href=commands>"Commands"</A>
            </nav>
            {session.map(|session| view! { <StorageNote storage=session.storage phase=session.phase/> })}
            {session.filter(|_| clock).map(|session| view! { <ClockMenu session/> }.into_any())}
            <div class="last"><PaletteButton/><ThemeMenu/></div>
        </header>
    }
}

/// Whether what is typed will be there tomorrow.
#[component]
pub fn StorageNote(storage: RwSignal<StorageState>, phase: RwSignal<Phase>) -> impl IntoView {
    let note = move || match storage.get() {
        StorageState::Saved | StorageState::Saving => ("Saved in this browser".to_owned(), false),
        StorageState::Memory => ("Kept until you leave".to_owned(), false),
        StorageState::Unavailable(why) => (format!("In memory only: {why}"), true),
        StorageState::Failing(why) => (format!("Not saved: {why}. Export a copy."), true),
    };
    let is_running = move || matches!(phase.get(), Phase::Running(_));
    view! {
        <span class="storage" role="status" class:warning=move || note().1>
            <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.600">
                {move || is_running().then(|| view! { <path d="M4 10.500l4 4 8-9" stroke-linecap="round" stroke-linejoin="round"></path> })}
            </svg>
            <span class="words">{move || if is_running() { note().0 } else { String::new() }}</span>
        </span>
    }
}

#[component]
fn PaletteButton() -> impl IntoView {
    use_context::<Palette>().map(|palette| view! {
        <button
            type="button"
            class="quiet"
            aria-label="Command palette"
            title="Command palette: Ctrl+K"
            aria-haspopup="dialog"
            on:click=move |_| palette.is_open.set(true)
        >
            <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.600">
                <circle cx="9" cy="9" r="5"></circle>
                <path d="M13 13l4 4" stroke-linecap="round"></path>
            </svg>
        </button>
    })
}

/// Shows its children while the session works, and else what is the matter and what to do.
#[component]
pub fn WhileRunning(session: Session, children: ChildrenFn) -> impl IntoView {
    let matter = Memo::new(move |_| match session.phase.get() {
        Phase::Starting | Phase::Running(_) => None,
        other => Some(other),
    });
    move || match matter.get() {
        // What the panels read while they are made is no reason to make all of them anew.
        None => untrack(|| children()).into_any(),
        Some(phase) => trouble(phase, session),
    }
}

/// What is the matter with a session, and what to do.
pub fn trouble(phase: Phase, session: Session) -> AnyView {
    match phase {
        Phase::Elsewhere => later::view(move |here| entry::elsewhere(here, session)),
        Phase::TakenOver => later::view(move |here| entry::taken_over(here, session)),
        Phase::Died(why) => view! {
            <Trouble title="The engine stopped">
                <p>"What was stored is safe. Start it again; if it keeps stopping, this text helps to find out why:"</p>
                <pre>{why}</pre>
                <button type="button" class="primary" on:click=move |_| browser::reload()>"Start again"</button>
            </Trouble>
        }
        .into_any(),
        Phase::Starting | Phase::Running(_) => ().into_any(),
    }
}

#[component]
pub fn Trouble(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="trouble" role="alert">
            <h1>{title}</h1>
            {children()}
        </section>
    }
}
