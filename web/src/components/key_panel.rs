//! The keys of the current database and, unless it is shown elsewhere, the value of the one that is chosen.

use leptos::prelude::*;

use super::files::{Files, Importer};
use super::key_actions::KeyActions;
use super::key_controls::{KeyControls, KeyFilter};
use super::keys::{Chosen, KeyTree};
use super::notices::Notices;
use super::samples::Samples;
use super::terminals::kept;
use crate::format;
use crate::later::{self, entry};
use crate::session::Client;

/// The panel beside a terminal; it shows the database that the terminal has selected.
#[component]
pub fn KeyPanel(
    #[prop(into)] client: Signal<Client>,
    /// Comes with everything that only a store of one's own needs: files, a filter, what can be done with a key.
    #[prop(optional)]
    importer: Option<Importer>,
    /// Where the chosen key goes, if its value is shown elsewhere.
    #[prop(optional)]
    chosen: Option<Chosen>,
) -> impl IntoView {
    let session = client.get_untracked().session();
    let has_value = chosen.is_none();
    let chosen: Chosen = chosen.unwrap_or_else(|| RwSignal::new(None));
    let database = Memo::new(move |_| client.get().database.get());
    let filter = importer.map(|_| KeyFilter::new(session));
    let actions = importer.map(|_| KeyActions::new(client, expect_context::<Notices>(), chosen));
    Effect::new(move |_| {
        database.track();
        chosen.set(None);
    });
    let is_chosen = move || chosen.with(Option::is_some);
    let is_empty = move || session.keys.view.with(|view| view.is_told && view.keys == 0 && view.seen.is_none());
    let memory = move || {
        session.keys.view.with(|view| if view.all_keys > 0 { format::bytes(view.all_bytes) } else { String::new() })
    };
    let none_expires = move || session.keys.view.with(|view| view.expiring == Some(0) && view.all_keys > 0);
    let hides_all = move || is_empty() && session.keys.view.with(|view| view.all_keys > 0);
    view! {
        <section class="key-panel" aria-label="Store">
            <header class="panel-head">
                <div class="key-title">
                    <h2>
                        "Keys "
                        <span class="count">{move || format::grouped(f64::from(session.keys.view.with(|view| view.all_keys)))}</span>
                        {move || (filter.is_none() && database.get() > 0).then(|| view! { <span class="muted">{format!(" in database {}", database.get())}</span> })}
                    </h2>
                    {filter.map(|_| view! { <span class="count" title="Memory of all keys">{memory}</span> })}
                </div>
                {importer.map(|importer| view! { <Files importer/> })}
            </header>
            {filter.map(|filter| view! { <KeyControls filter client/> })}
            // What says that there is nothing lies over the tree, which so stays where it is.
            <div class="key-rows">
            <Show when=move || is_empty() && !hides_all()>
                <div class="empty">
                    <p>
                        "Nothing here yet. Try "
                        <button type="button" class="try" on:click=move |_| kept::run(client.get_untracked(), "SET greeting \"hello, world\"")>
                            "SET greeting \"hello, world\""
                        </button>
                    </p>
                    {filter.map(|_| view! { <Samples client/> })}
                </div>
            </Show>
            <Show when=hides_all>
                <p class="empty">
                    "No key fits the filter. "
                    <button type="button" on:click=move |_| filter.into_iter().for_each(KeyFilter::clear)>"Show all"</button>
                </p>
            </Show>
            <Show when=none_expires>
                <p class="empty">"No key expires. EXPIRE gives a key a deadline; Options has the other orders."</p>
            </Show>
            <KeyTree session database chosen actions/>
            </div>
            {actions.map(|actions| later::once(is_chosen, move |here| entry::key_bar(here, actions)))}
            {has_value.then(|| view! { <Show when=is_chosen>{later::view(move |here| entry::value(here, session, chosen, client))}</Show> })}
        </section>
    }
}
