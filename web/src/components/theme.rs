//! How the page looks: as the system does, or as the person chose.

use leptos::prelude::*;

use crate::browser;

/// Where `boot.js` looks before anything is drawn.
const REMEMBERED: &str = "theme";

/// The themes: how each is remembered and what it is called. The first is the system's.
pub const THEMES: [(&str, &str); 4] =
    [("", "System"), ("light", "Light"), ("dark", "Dark"), ("contrast", "High contrast")];

/// The theme that is chosen, for all who show or change it.
#[derive(Clone, Copy)]
pub struct Theme(RwSignal<String>);

impl Theme {
    /// The one that an earlier visit chose.
    pub fn new() -> Theme {
        let chosen = browser::root().and_then(|root| root.dataset().get(REMEMBERED)).unwrap_or_default();
        Theme(RwSignal::new(chosen))
    }

    /// Shows and remembers a theme; none is the system's.
    pub fn choose(self, name: &str) {
        if let Some(root) = browser::root() {
            if name.is_empty() {
                root.dataset().delete(REMEMBERED);
            } else {
                let _ = root.dataset().set(REMEMBERED, name);
            }
        }
        match name {
            "" => browser::forget(REMEMBERED),
            name => browser::remember(REMEMBERED, name),
        }
        self.0.set(name.to_owned());
    }
}

impl Default for Theme {
    fn default() -> Theme {
        Theme::new()
    }
}

/// The choice, as an icon that opens the browser's own list.
#[component]
pub fn ThemeMenu() -> impl IntoView {
    let theme = expect_context::<Theme>();
    view! {
        <span class="theme">
            <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
                <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.600"></circle>
                <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor"></path>
            </svg>
            <select aria-label="Theme" title="Theme" on:change=move |event| theme.choose(&event_target_value(&event))>
                {THEMES.map(|(name, title)| view! {
                    <option value=name prop:selected=move || theme.0.with(|chosen| chosen == name)>{title}</option>
                }).collect_view()}
            </select>
        </span>
    }
}
