//! Messages between page and worker hand their bytes over instead of copying them.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

/// The buffer of a message's `bytes`.
pub fn buffers(message: &JsValue) -> Array {
    let buffers = Array::new();
    let Some(object) = message.dyn_ref::<Object>() else { return buffers };
    for body in Object::values(object).iter() {
        // What is no object has nothing to read, and says so with an exception, each of which costs a slot for good.
        if body.is_object()
            && let Ok(bytes) = Reflect::get(&body, &"bytes".into())
            && let Some(bytes) = bytes.dyn_ref::<Uint8Array>()
        {
            buffers.push(&bytes.buffer());
        }
    }
    buffers
}
