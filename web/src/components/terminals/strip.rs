//! Above the terminals: a tab for each, a way to open one more, and how they share the room.

use leptos::ev::{DragEvent, KeyboardEvent};
use leptos::html::Input;
use leptos::prelude::*;

use super::Terminals;
use crate::arrangement::Layout;
use crate::protocol::Awaiting;
use crate::session::Client;

#[component]
pub fn Strip(terminals: Terminals) -> impl IntoView {
    // The one that is dragged along.
    let dragged = RwSignal::new(None::<Client>);
    view! {
        <div class="clients">
            <div class="tab-strip" role="group" aria-label="Clients">
                <For each=move || terminals.order.get() key=|client| client.number let:client>
                    <Tab terminals client dragged/>
                </For>
            </div>
            <Show when=move || terminals.has_room()>
                <button type="button" class="new" aria-label="New client" title="New client (Alt+Shift+N)" on:click=move |_| terminals.open()>
                    "+"
                </button>
            </Show>
            <div class="layouts" role="group" aria-label="Layout">
                {Layout::ALL.map(|layout| view! {
                    <button
                        type="button"
                        aria-label=layout.label()
                        title=layout.label()
                        aria-pressed=move || (terminals.layout.get() == layout).to_string()
                        on:click=move |_| terminals.set_layout(layout)
                    >
                        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d=drawing(layout)></path></svg>
                    </button>
                }).collect_view()}
            </div>
        </div>
    }
    .into_any()
}

/// A layout in lines.
fn drawing(layout: Layout) -> &'static str {
    match layout {
        Layout::Tabs => "M1.5 5.500h13v8h-13zM1.500 5.500v-3h5v3",
        Layout::Columns => "M1.5 2.500h13v11h-13zM8 2.500v11",
        Layout::Rows => "M1.5 2.500h13v11h-13zM1.500 8h13",
    }
}

#[component]
fn Tab(terminals: Terminals, client: Client, dragged: RwSignal<Option<Client>>) -> impl IntoView {
    let is_used = move || terminals.used.get().number == client.number;
    let is_renaming = move || terminals.renaming.get() == Some(client.number);
    let start = move |event: DragEvent| {
        if let Some(data) = event.data_transfer() {
            // Without data some browsers drag nothing.
            let _ = data.set_data("text/plain", &untrack(|| client.name()));
            data.set_effect_allowed("move");
        }
        dragged.set(Some(client));
    };
    let over = move |event: DragEvent| {
        let Some(moving) = dragged.get_untracked() else { return };
        event.prevent_default();
        if let Some(to) = terminals.position(client).filter(|_| moving.number != client.number) {
            terminals.move_to(moving, to);
        }
    };
    view! {
        {move || match is_renaming() {
            true => view! { <NewName terminals client/> }.into_any(),
            false => view! {
                <button
                    type="button"
                    aria-pressed=move || is_used().to_string()
                    title="Double-click or F2 to rename, drag to move"
                    draggable="true"
                    on:click=move |_| terminals.use_one(client)
                    on:dblclick=move |_| terminals.renaming.set(Some(client.number))
                    on:dragstart=start
                    on:dragenter=over
                    on:dragover=move |event| if dragged.get_untracked().is_some() { event.prevent_default() }
                    on:drop=move |event| if dragged.get_untracked().is_some() { event.prevent_default() }
                    on:dragend=move |_| dragged.set(None)
                >
                    {move || client.name()}
                    <span class="muted">{move || state(client)}</span>
                </button>
            }
            .into_any(),
        }}
    }
}

/// The field in place of a tab.
#[component]
fn NewName(terminals: Terminals, client: Client) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    // Leaving the field is as good as Enter; after Escape it changes nothing.
    let done = StoredValue::new(false);
    Effect::new(move || {
        if let Some(input) = input.get() {
            input.set_value(&untrack(|| client.name()));
            let _ = input.focus();
            input.select();
        }
    });
    let finish = move |keep: bool| {
        if done.try_update_value(|done| std::mem::replace(done, true)) != Some(false) {
            return;
        }
        match input.get_untracked().filter(|_| keep) {
            Some(input) => terminals.rename(client, &input.value()),
            None => terminals.renaming.set(None),
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        event.stop_propagation();
        match event.key().as_str() {
            "Enter" if !event.is_composing() => finish(true),
            "Escape" => finish(false),
            _ => return,
        }
        event.prevent_default();
        terminals.use_one(client);
    };
    view! {
        <input
            node_ref=input
            class="new-name"
            type="text"
            aria-label=format!("Name of client {}", client.label)
            maxlength="64"
            size="14"
            autocomplete="off"
            spellcheck="false"
            on:keydown=on_keydown
            on:blur=move |_| finish(true)
        />
    }
}

fn state(client: Client) -> &'static str {
    match client.awaiting.get() {
        Awaiting::Nothing if client.connection.with(|connection| connection.queue.is_some()) => " MULTI",
        Awaiting::Nothing => "",
        Awaiting::Reply { .. } => " waits",
        Awaiting::Messages => " subscribed",
        Awaiting::Monitor => " monitors",
        Awaiting::Running { .. } => " runs",
    }
}
