//! Above a terminal: who this client is to the server.

use leptos::prelude::*;

use super::Terminals;
use crate::protocol::Awaiting;
use crate::session::Client;

#[component]
pub fn Head(terminals: Terminals, client: Client) -> impl IntoView {
    let connection = client.connection;
    // While nothing typed is read, or the reply to something else is due, no command can be sent.
    let is_busy =
        move || matches!(client.awaiting.get(), Awaiting::Reply { .. } | Awaiting::Running { .. } | Awaiting::Monitor);
    let choose = move |resp3: bool| {
        if connection.with_untracked(|connection| connection.resp3) != resp3 {
            client.run(if resp3 { "HELLO 3" } else { "HELLO 2" });
        }
    };
    let protocol = move |resp3: bool, label: &'static str| {
        view! {
            <button
                type="button"
                aria-pressed=move || (connection.with(|connection| connection.resp3) == resp3).to_string()
                disabled=is_busy
                on:click=move |_| choose(resp3)
            >
                {label}
            </button>
        }
    };
    let user = move || {
        connection.with(|connection| match connection.user.as_str() {
            "" => "not connected".to_owned(),
            user => format!("user {user}"),
        })
    };
    view! {
        <header class="client-head">
            <span class="who">
                <button
                    type="button"
                    class="quiet name"
                    // Its name holds what it shows, for those who say what they see.
                    aria-label=move || format!("Rename {}", client.name())
                    title="Rename (F2)"
                    disabled=is_busy
                    on:click=move |_| terminals.renaming.set(Some(client.number))
                >
                    {move || client.name()}
                </button>
                <span>{move || format!("db {}", client.database.get())}</span>
                <span>{user}</span>
            </span>
            <span class="protocol" role="group" aria-label="Protocol">{protocol(false, "RESP2")}{protocol(true, "RESP3")}</span>
            <Show when=move || terminals.order.with(|order| order.len() > 1)>
                <button
                    type="button"
                    class="quiet"
                    aria-label=format!("Close client {}", client.label)
                    title="Close"
                    on:click=move |_| terminals.close(client)
                >
                    "×"
                </button>
            </Show>
        </header>
    }
    .into_any()
}
