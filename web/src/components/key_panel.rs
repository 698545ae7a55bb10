//! The keys of the current database and, below them, the value of the one that is chosen.

use leptos::prelude::*;

use super::files::{Files, Importer};
use super::keys::{Chosen, KeyTree};
use super::value::Value;
use crate::format;
use crate::session::Client;

/// The panel beside a terminal; it shows the database that the terminal has selected.
#[component]
pub fn KeyPanel(#[prop(into)] client: Signal<Client>, #[prop(optional)] importer: Option<Importer>) -> impl IntoView {
    let session = client.get_untracked().session();
    let chosen: Chosen = RwSignal::new(None);
    let database = Memo::new(move |_| client.get().database.get());
    Effect::new(move |_| {
        database.track();
        chosen.set(None);
    });
    view! {
        <section class="key-panel" aria-label="Store">
            <header>
                <h2>
                    "Keys "
                    <span class="count">{move || format::grouped(f64::from(session.keys.get().keys))}</span>
                    {move || (database.get() > 0).then(|| view! { <span class="muted">{format!(" in database {}", database.get())}</span> })}
                </h2>
                {importer.map(|importer| view! { <Files importer/> })}
            </header>
            <KeyTree session database chosen/>
            <Show when=move || session.keys.get().keys == 0>
                <p class="empty">
                    "Nothing here yet. Try "
                    <button type="button" class="try" on:click=move |_| client.get_untracked().run("SET greeting \"hello, world\"")>
                        "SET greeting \"hello, world\""
                    </button>
                </p>
            </Show>
            <Value session chosen/>
        </section>
    }
}
