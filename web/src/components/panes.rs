//! Two panes side by side; on a narrow screen one at a time, with a switch between them.

use leptos::prelude::*;

/// Which pane a narrow screen shows: 0 or 1.
pub type Shown = RwSignal<usize>;

#[component]
pub fn Panes(
    shown: Shown,
    /// What the switch calls the panes.
    labels: [&'static str; 2],
    /// The class that gives the panes their widths.
    class: &'static str,
    #[prop(into)] first: ViewFn,
    #[prop(into)] second: ViewFn,
) -> impl IntoView {
    let tab = move |number: usize| {
        view! {
            <button type="button" aria-pressed=move || (shown.get() == number).to_string() on:click=move |_| shown.set(number)>
                {labels.get(number).copied().unwrap_or_default()}
            </button>
        }
    };
    view! {
        <div class=format!("panes {class}") data-shown=move || shown.get().to_string()>
            <div class="switch tab-strip" role="group" aria-label="Show">{tab(0)} {tab(1)}</div>
            <div class="pane first">{first.run()}</div>
            <div class="pane second">{second.run()}</div>
        </div>
    }
}
