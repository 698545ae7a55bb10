//! The page and the worker that hosts the engine.
#[cfg(target_arch = "wasm32")]
pub mod page {
    use leptos::prelude::*;
    pub fn start() {
        mount_to_body(|| view! { <h1>"Hello"</h1> });
    }
}
