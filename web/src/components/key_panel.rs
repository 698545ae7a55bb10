//! The keys of the current database and, unless it is shown elsewhere, the value of the one that is chosen.

use leptos::prelude::*;

use super::files::{Files, Importer};
use super::keys::{Chosen, KeyTree};
use super::value::Value;
use crate::format;
use crate::session::Client;

/// The panel beside a terminal; it shows the database that the terminal has selected.
#[component]
pub fn KeyPanel(
    #[prop(into)] client: Signal<Client>,
    #[prop(optional)] importer: Option<Importer>,
    /// Where the chosen key goes, if its value is shown elsewhere.
    #[prop(optional)]
    chosen: Option<Chosen>,
) -> impl IntoView {
    let session = client.get_untracked().session();
    let has_value = chosen.is_none();
    let chosen: Chosen = chosen.unwrap_or_else(|| RwSignal::new(None));
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
            {has_value.then(|| view! { <Show when=move || chosen.with(Option::is_some)><Value session chosen/></Show> })}
        </section>
    }
}
