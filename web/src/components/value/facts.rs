//! What is told of any key: type, encoding, length, memory, time to live.

use leptos::prelude::*;

use super::editor::Editor;
use crate::editing;
use crate::format;
use crate::protocol::ValuePage;

/// What the list shows.
#[derive(Clone, PartialEq)]
struct Told {
    type_name: String,
    encoding: String,
    len: u32,
    bytes: f64,
    expires_at_ms: Option<f64>,
}

impl Told {
    fn of(page: &ValuePage) -> Told {
        Told {
            type_name: page.type_name.clone(),
            encoding: page.encoding.clone(),
            len: page.total,
            bytes: page.bytes,
            expires_at_ms: page.expires_at_ms,
        }
    }
}

#[component]
pub fn Facts(editor: Editor) -> impl IntoView {
    let session = editor.session;
    let told = Memo::new(move |_| {
        session.values.shown.with(|view| view.as_ref().and_then(|view| view.value.as_ref()).map(Told::of))
    });
    let expires = Memo::new(move |_| told.get().is_some_and(|told| told.expires_at_ms.is_some()));
    let fact = move |show: fn(&Told) -> String| move || told.with(|told| told.as_ref().map(show));
    let left = move || {
        let at = told.with(|told| told.as_ref().and_then(|told| told.expires_at_ms));
        at.map_or("none".to_owned(), |at| format::duration(at - session.clock.now_ms.get()))
    };
    view! {
        <dl class="facts">
            <div><dt>"Type"</dt><dd>{fact(|told| told.type_name.clone())}</dd></div>
            <div><dt>"Encoding"</dt><dd>{fact(|told| told.encoding.clone())}</dd></div>
            <div>
                <dt>"Length"</dt>
                <dd>{fact(|told| {
                    let (one, many) = unit(&told.type_name);
                    format!("{} {}", format::grouped(f64::from(told.len)), if told.len == 1 { one } else { many })
                })}</dd>
            </div>
            <div><dt>"Memory"</dt><dd>{fact(|told| format::bytes(told.bytes))}</dd></div>
            <div>
                <dt>"TTL"</dt>
                <dd>{left}</dd>
                <dd class="small-buttons">
                    {move || editing::expire(&editor.key(), expires.get()).into_iter().map(|action| editor.button(action)).collect_view()}
                </dd>
            </div>
        </dl>
    }
}

/// What a value of a type consists of: one of them, and several.
fn unit(type_name: &str) -> (&'static str, &'static str) {
    match type_name {
        "string" => ("byte", "bytes"),
        "hash" => ("field", "fields"),
        "set" | "zset" => ("member", "members"),
        "stream" => ("entry", "entries"),
        _ => ("element", "elements"),
    }
}
