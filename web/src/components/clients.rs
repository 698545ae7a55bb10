//! Several clients of one store, each with a terminal; one of them is shown.

use leptos::prelude::*;

use super::terminal::Terminal;
use crate::protocol::Awaiting;
use crate::session::{Client, Session};

/// More would not fit beside each other.
const MAX_CLIENTS: usize = 8;

/// The terminals of a session's clients and, above them, who is who.
#[component]
pub fn Clients(session: Session, shown: RwSignal<Client>) -> impl IntoView {
    let clients = RwSignal::new(session.clients());
    let add = move |_| {
        let client = session.open();
        clients.update(|clients| clients.push(client));
        shown.set(client);
    };
    let close = move |client: Client| {
        clients.update(|clients| clients.retain(|other| other.number != client.number));
        if shown.get_untracked().number == client.number
            && let Some(last) = clients.with_untracked(|clients| clients.last().copied())
        {
            shown.set(last);
        }
        client.close();
    };
    let is_shown = move |client: Client| shown.get().number == client.number;
    view! {
        <div class="clients" role="group" aria-label="Clients">
            <For each=move || clients.get() key=|client| client.number let:client>
                <button
                    type="button"
                    aria-pressed=move || is_shown(client).to_string()
                    on:click=move |_| shown.set(client)
                >
                    {format!("Client {}", client.label)}
                    <span class="muted">{move || state(client.awaiting.get())}</span>
                </button>
            </For>
            <Show when=move || clients.with(|clients| clients.len() < MAX_CLIENTS)>
                <button type="button" aria-label="New client" title="New client" on:click=add>"+"</button>
            </Show>
            <Show when=move || clients.with(|clients| clients.len() > 1)>
                <button
                    type="button"
                    class="close"
                    aria-label=move || format!("Close client {}", shown.get().label)
                    on:click=move |_| close(shown.get_untracked())
                >
                    "×"
                </button>
            </Show>
        </div>
        <For each=move || clients.get() key=|client| client.number let:client>
            <div class="client" hidden=move || !is_shown(client)>
                <Terminal client/>
            </div>
        </For>
    }
}

fn state(awaiting: Awaiting) -> &'static str {
    match awaiting {
        Awaiting::Nothing => "",
        Awaiting::Reply { .. } => " waits",
        Awaiting::Messages => " subscribed",
        Awaiting::Monitor => " monitors",
    }
}
