//! Strings as text, as JSON and as bytes in hexadecimal.

use leptos::prelude::*;

use super::body::page_memo;
use super::editor::Editor;
use super::looking::Lens;
use super::tables::tables;
use crate::editing;
use crate::format;
use crate::json;
use crate::protocol::{ValueContent, ValuePage};
use crate::visible;

fn bytes(page: &ValuePage) -> Option<Vec<u8>> {
    match &page.content {
        ValueContent::Bytes { bytes, .. } => Some(bytes.to_vec()),
        _ => None,
    }
}

/// The bytes, if all of them are here.
fn whole(page: &ValuePage) -> Option<Vec<u8>> {
    bytes(page).filter(|bytes| bytes.len() == page.total as usize)
}

/// The button that edits all of a string.
fn edit_button(editor: Editor) -> AnyView {
    let whole = page_memo(editor, whole);
    view! {
        <div class="actions">
            {move || match whole.get().flatten() {
                Some(bytes) => editor.button(editing::edit_text(&editor.key(), &bytes)),
                None => too_long(editor),
            }}
        </div>
    }
    .into_any()
}

/// Why there is no button that edits all of a string, and how its bytes can be changed instead.
fn too_long(editor: Editor) -> AnyView {
    let total = page_memo(editor, |page| f64::from(page.total));
    let size = move || format::bytes(total.get().unwrap_or_default());
    view! {
        <p class="muted">
            "This string has "{size}". Up to 256 KB are edited as one text; of a longer one you change some bytes at a time: here \
             as Hex, or in the terminal with SETRANGE and APPEND."
        </p>
        <button type="button" on:click=move |_| editor.looking.look_through(Lens::Hex)>"Edit bytes as Hex"</button>
    }
    .into_any()
}

#[component]
pub fn Text(editor: Editor) -> impl IntoView {
    let text = page_memo(editor, |page| visible::paragraph(&bytes(page).unwrap_or_default()));
    view! {
        {edit_button(editor)}
        <pre dir="auto">{move || text.get()}</pre>
    }
}

#[component]
pub fn Json(editor: Editor) -> impl IntoView {
    let laid_out = page_memo(editor, |page| {
        let Some(bytes) = whole(page) else {
            return (true, "Only strings that can be edited as one text are read as JSON.".to_owned(), String::new());
        };
        let shown = visible::paragraph(&bytes);
        match std::str::from_utf8(&bytes) {
            Err(_) => (false, "This is no JSON: it is not UTF-8.".to_owned(), shown),
            Ok(text) => match json::pretty(text) {
                Ok(pretty) => (true, "This is valid JSON.".to_owned(), visible::paragraph(pretty.as_bytes())),
                Err(mistake) => (false, mistake.in_words(text), shown),
            },
        }
    });
    view! {
        {edit_button(editor)}
        {move || laid_out.get().map(|(is_valid, said, text)| view! {
            <p class:wrong=!is_valid role="status">{said}</p>
            <pre dir="auto">{text}</pre>
        })}
    }
}

#[component]
pub fn Hex(editor: Editor) -> impl IntoView {
    let value = editor.session.values.shown;
    let view = Memo::new(move |_| {
        value.with(|view| {
            let shown = view.as_ref().and_then(|view| Some((view, view.value.as_ref()?)));
            shown.map(|(view, page)| editing::hex_view(&view.key, page)).unwrap_or_default()
        })
    });
    view! { <div class="hex">{tables(editor, view)}</div> }
}
