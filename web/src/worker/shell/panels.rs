//! Messages of panels, to and from JavaScript: loaded later, with what they are about.

use wasm_bindgen::JsValue;

use crate::protocol::{FromPanel, ToPanel};

/// What a panel says; `data` is what travelled as a list of one.
#[inline(never)]
pub fn decoded(data: JsValue) -> Result<FromPanel, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::from_value(data)
}

/// What a panel is to hear.
#[inline(never)]
pub fn encoded(message: &ToPanel) -> Result<JsValue, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::to_value(message)
}
