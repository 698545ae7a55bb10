//! The part of this module's wasm that is loaded after its start: how to wait for it.
//!
//! The worker's code may run into it at any time, and is held up until it is there; so what can wait, waits here. The
//! page's code may not be held up: there [`crate::later`] sees to it.

use std::cell::Cell;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

thread_local! {
    static HERE: Cell<bool> = const { Cell::new(false) };
}

#[wasm_bindgen]
extern "C" {
    /// Of the start-up script: fetches the rest, if it is not there yet.
    #[wasm_bindgen(js_name = loadRest)]
    fn load_rest() -> Promise;
}

/// Resolves when it is there, or says why it can't be had now.
pub async fn loaded() -> Result<(), JsValue> {
    if !HERE.get() {
        JsFuture::from(load_rest()).await?;
        HERE.set(true);
    }
    Ok(())
}

/// Does something once it is there: at once, if it is. `refused` learns why it is not.
pub fn then(act: impl FnOnce() + 'static, refused: impl FnOnce(JsValue) + 'static) {
    if HERE.get() {
        return act();
    }
    spawn_local(async move {
        match loaded().await {
            Ok(()) => act(),
            Err(error) => refused(error),
        }
    });
}
