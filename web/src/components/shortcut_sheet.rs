//! The sheet of shortcuts: the table of [`crate::shortcuts`], for all to read.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::palette::Palette;
use crate::shortcuts::{Place, SHORTCUTS};

#[component]
pub fn ShortcutSheet() -> impl IntoView {
    let palette = expect_context::<Palette>();
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let (true, Some(dialog)) = (palette.is_sheet_open.get(), dialog.get_untracked())
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    let close = move |_| dialog.get_untracked().iter().for_each(|dialog| dialog.close());
    view! {
        <dialog class="shortcuts" aria-labelledby="sheet-title" node_ref=dialog on:close=move |_| palette.is_sheet_open.set(false)>
            <header>
                <h2 id="sheet-title">"Shortcuts"</h2>
                <button type="button" class="quiet" aria-label="Close" on:click=close>"✕"</button>
            </header>
            {all()}
        </dialog>
    }
}

/// Every shortcut, by the place where it is heard.
pub fn all() -> AnyView {
    let group = |place: Place| {
        let rows = SHORTCUTS.iter().filter(move |shortcut| shortcut.place == place).map(|shortcut| {
            view! { <tr><th scope="row"><kbd>{shortcut.keys}</kbd></th><td>{shortcut.name}</td><td class="muted">{shortcut.what}</td></tr> }
        });
        view! {
            <table>
                <caption>{place.title()}</caption>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    };
    view! {
        <div class="sheet-content" tabindex="0" role="group" aria-label="All shortcuts">
            {Place::ALL.map(group).collect_view()}
        </div>
    }
    .into_any()
}
