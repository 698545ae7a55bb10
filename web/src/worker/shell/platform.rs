//! What the browser's worker gives: clocks, randomness, sleep, and messages whose bytes change hands.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::DedicatedWorkerGlobalScope;

use crate::worker::database::words;

/// Milliseconds since the epoch.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Milliseconds since the worker began, as exact as the browser tells.
pub fn elapsed_ms() -> f64 {
    thread_local! {
        static PERFORMANCE: Option<web_sys::Performance> =
            js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>().ok().and_then(|scope| scope.performance());
    }
    PERFORMANCE.with(|performance| performance.as_ref().map_or_else(js_sys::Date::now, |clock| clock.now()))
}

/// Microseconds since the worker began, for SLOWLOG and LATENCY.
pub fn elapsed_us() -> u64 {
    (elapsed_ms() * 1000.0) as u64
}

/// Bytes that nobody can guess; none where the browser gives none.
pub fn entropy() -> Vec<u8> {
    const BYTES: u32 = 32;
    let draw = || {
        let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into()).ok()?;
        let draw = js_sys::Reflect::get(&crypto, &"getRandomValues".into()).ok()?;
        let bytes = js_sys::Uint8Array::new_with_length(BYTES);
        draw.dyn_into::<js_sys::Function>().ok()?.call1(&crypto, &bytes).ok()?;
        Some(bytes.to_vec())
    };
    draw().unwrap_or_default()
}

/// Waits.
pub async fn sleep(milliseconds: i32) {
    let slept = Promise::new(&mut |resolve, reject| {
        let set = js_sys::global()
            .dyn_into::<DedicatedWorkerGlobalScope>()
            .map_err(JsValue::from)
            .and_then(|scope| scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds));
        if let Err(error) = set {
            let _ = reject.call1(&JsValue::UNDEFINED, &words(error).into());
        }
    });
    let _ = JsFuture::from(slept).await;
}
