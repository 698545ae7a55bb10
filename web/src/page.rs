//! The page: what is around every route.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::browser;
use crate::routes::playground::Playground;
use crate::session::StoreSession;

/// Draws the page.
pub fn start() {
    std::panic::set_hook(Box::new(|info| browser::log_error(&info.to_string())));
    mount_to_body(Page);
}

#[component]
fn Page() -> impl IntoView {
    if let Some(owner) = Owner::current() {
        provide_context(StoreSession::new(owner));
    }
    view! {
        <Router base=browser::base_path()>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Playground/>
            </FlatRoutes>
        </Router>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! { <main class="prose"><h1>"There is nothing here"</h1></main> }
}
