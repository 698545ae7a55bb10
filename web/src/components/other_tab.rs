//! What is shown while another tab has the store.
//!
//! What always holds: a link with a workload keeps its settings, wherever they are to be shown, and runs nothing.

use leptos::prelude::*;
use std::time::Duration;

use super::frame::Trouble;
use crate::browser;
use crate::session::Session;
use crate::url;

/// After so long, the other tab is taken not to hear.
const PATIENCE: Duration = Duration::from_secs(3);

/// The other tab had it first.
#[component]
pub fn Elsewhere(session: Session) -> impl IntoView {
    if url::has_workload(&browser::query()) {
        return view! { <LinkElsewhere session/> }.into_any();
    }
    view! {
        <Trouble title="The store is open in another tab">
            <p>"Only one tab at a time can work on it. You can go on here; the other tab will stop, and nothing is lost."</p>
            <button type="button" class="primary" on:click=move |_| session.take_over()>"Use it here"</button>
        </Trouble>
    }
    .into_any()
}

/// The other tab took it.
#[component]
pub fn TakenOver(session: Session) -> impl IntoView {
    view! {
        <Trouble title="The store moved to another tab">
            <p>"Everything is stored. Go on there, or take the store back."</p>
            <button type="button" class="primary" on:click=move |_| session.take_back()>"Use it here"</button>
        </Trouble>
    }
}

/// What a link brought can be shown in either tab.
#[component]
pub fn LinkElsewhere(session: Session) -> impl IntoView {
    let (said, is_shown) = (RwSignal::new(""), RwSignal::new(false));
    let show_there = move |_| {
        is_shown.set(false);
        session.hand_over(browser::query(), move || {
            is_shown.try_set(true);
            said.try_set("They are in the other tab now, in its panel Workload. You can close this tab.");
        });
        said.set("Asking the other tab …");
        let waited = move || {
            if is_shown.try_get_untracked() == Some(false) {
                said.try_set(
                    "The other tab does not answer. Bring it to the front and try again, or use the store here.",
                );
            }
        };
        set_timeout(waited, PATIENCE);
    };
    view! {
        <Trouble title="This link brings settings for a workload">
            <p>
                "The store is open in another tab, and only one tab at a time can work on it. The settings can be shown in \
                 either. Nothing runs before you press Start there."
            </p>
            <div class="buttons">
                <button type="button" class="primary" on:click=show_there>"Show them in the other tab"</button>
                <button type="button" on:click=move |_| session.take_over()>"Use the store here"</button>
            </div>
            <p role="status" aria-label="Other tab">{said}</p>
            <p class="muted">"If the store is used here, the other tab stops working on it. What it has is stored first, and nothing is lost."</p>
        </Trouble>
    }
}
