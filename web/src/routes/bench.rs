//! `/bench`: for `cargo xtask bench`. Offers `rediscoverBench(prepare, batches, times)` to scripts, a promise of
//! the milliseconds that an engine in the worker takes for all `batches` (RESP, as text) `times` times, after
//! `prepare` once.

use js_sys::{Array, Promise};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use crate::browser;
use crate::bytes::ByteBuf;
use crate::components::frame::Trouble;
use crate::protocol::Bench;
use crate::session::{Purpose, Session};

#[component]
pub fn BenchRoute() -> impl IntoView {
    browser::set_title("Bench · Rediscover");
    let session = match Session::start(Purpose::Scratch) {
        Ok(session) => session,
        Err(why) => return view! { <Trouble title="The engine could not start"><p>{why}</p></Trouble> }.into_any(),
    };
    let run =
        Closure::<dyn Fn(String, Array, u32) -> Promise>::new(move |prepare: String, batches: Array, times: u32| {
            Promise::new(&mut |resolve, reject| {
                let batches = batches.iter().map(|batch| bytes(&batch.as_string().unwrap_or_default())).collect();
                let bench = Bench { prepare: bytes(&prepare), batches, times };
                session.bench(bench, move |outcome| {
                    let _ = match outcome {
                        Ok(milliseconds) => resolve.call1(&JsValue::NULL, &milliseconds.into()),
                        Err(why) => reject.call1(&JsValue::NULL, &why.into()),
                    };
                });
            })
        });
    let _ = js_sys::Reflect::set(&window(), &"rediscoverBench".into(), &run.into_js_value());
    view! { <main class="learn"><h1>"Bench"</h1><p>"Call rediscoverBench(prepare, batches, times)."</p></main> }
        .into_any()
}

fn bytes(text: &str) -> ByteBuf {
    ByteBuf::from(text.as_bytes())
}
