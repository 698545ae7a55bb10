//! A string as bits, each of which can be turned.

use leptos::ev::KeyboardEvent;
use leptos::html::Table;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::body::page_memo;
use super::editor::Editor;
use crate::editing;
use crate::format::grouped;
use crate::protocol::{BITS_PAGE, ValueContent};

/// From this width on a row has two bytes, with no bit too small to be hit.
const TWO_BYTES_PX: i32 = 440;

#[component]
pub fn Bits(editor: Editor) -> impl IntoView {
    let bytes = page_memo(editor, |page| match &page.content {
        ValueContent::Bytes { bytes, .. } => bytes.iter().copied().take(BITS_PAGE).collect(),
        _ => Vec::new(),
    });
    let bytes = Memo::new(move |_| bytes.get().unwrap_or_default());
    let shape = page_memo(editor, |page| (page.from as usize, page.count as usize));
    let ones = page_memo(editor, |page| match &page.content {
        ValueContent::Bytes { ones, .. } => *ones,
        _ => None,
    });
    // The cell that the arrow keys have reached.
    let active = RwSignal::new(0usize);
    let columns = RwSignal::new(16usize);
    let table = NodeRef::<Table>::new();
    Effect::new(move || {
        let around = table.get().and_then(|table| table.parent_element());
        columns.set(if around.is_some_and(|around| around.client_width() < TWO_BYTES_PX) { 8 } else { 16 });
    });
    let grid = move || {
        let columns = columns.get();
        let (from, count) = shape.get().unwrap_or_default();
        let bits = count.min(BITS_PAGE) * 8;
        active.set(0);
        let rows = (0..bits.div_ceil(columns)).map(|row| {
            let first = row * columns;
            let cells = (first..(first + columns).min(bits)).map(|bit| cell(editor, bytes, active, from * 8, bit));
            view! {
                <tr>
                    <th scope="row">{grouped((from * 8 + first) as f64)}</th>
                    {cells.collect_view()}
                </tr>
            }
        });
        rows.collect_view()
    };
    view! {
        <div class="actions">
            {editor.button(editing::set_any_bit(&editor.key()))}
            <p class="muted">{move || match ones.get().flatten() {
                Some(1.0) => "1 bit is 1 (BITCOUNT).".to_owned(),
                Some(ones) => format!("{} bits are 1 (BITCOUNT).", grouped(ones)),
                None => "More than 8 MB: BITCOUNT in the terminal counts the bits.".to_owned(),
            }}</p>
        </div>
        <table class="bits" node_ref=table on:keydown=move |event| walk(&event, active, bytes, columns.get_untracked())>
            <caption class="visually-hidden">"Bits; the arrow keys move, Space turns a bit"</caption>
            <tbody>{grid}</tbody>
        </table>
    }
}

fn cell(editor: Editor, bytes: Memo<Vec<u8>>, active: RwSignal<usize>, before: usize, bit: usize) -> AnyView {
    let is_set = move || bytes.with(|bytes| bytes.get(bit / 8).is_some_and(|byte| byte >> (7 - bit % 8) & 1 == 1));
    let offset = (before + bit) as u64;
    let turn = move |_| {
        active.set(bit);
        let is_set = untrack(is_set);
        editor.run(editor.place(), editing::set_bit(&editor.key(), offset, !is_set), |_| {});
    };
    view! {
        <td>
            <button
                type="button"
                id=cell_id(bit)
                // A switch, so that the digit is its value and no other name for it.
                role="switch"
                aria-label=format!("Bit {offset}")
                aria-checked=move || is_set().to_string()
                tabindex=move || if active.get() == bit { "0" } else { "-1" }
                on:click=turn
            >
                {move || if is_set() { "1" } else { "0" }}
            </button>
        </td>
    }
    .into_any()
}

fn walk(event: &KeyboardEvent, active: RwSignal<usize>, bytes: Memo<Vec<u8>>, columns: usize) {
    let last = (bytes.with_untracked(Vec::len) * 8).saturating_sub(1);
    let at = active.get_untracked();
    let to = match event.key().as_str() {
        "ArrowRight" => at + 1,
        "ArrowLeft" => at.saturating_sub(1),
        "ArrowDown" => at + columns,
        "ArrowUp" => at.saturating_sub(columns),
        "Home" => at - at % columns,
        "End" => at - at % columns + columns - 1,
        _ => return,
    };
    event.prevent_default();
    let to = to.min(last);
    active.set(to);
    let cell = document().get_element_by_id(&cell_id(to)).and_then(|cell| cell.dyn_into::<HtmlElement>().ok());
    if let Some(cell) = cell {
        let _ = cell.focus();
    }
}

fn cell_id(bit: usize) -> String {
    format!("value-bit-{bit}")
}
