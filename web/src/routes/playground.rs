//! `/`: the terminal on the person's own store, with its keys beside it.

use leptos::prelude::*;

use crate::components::terminal::Terminal;
use crate::session::StoreSession;

#[component]
pub fn Playground() -> impl IntoView {
    let store = expect_context::<StoreSession>();
    match store.get() {
        Ok(session) => view! { <main><Terminal client=session.first_client()/></main> }.into_any(),
        Err(why) => view! { <p role="alert">{why}</p> }.into_any(),
    }
}
