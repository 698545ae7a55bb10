//! The keys of a database as a tree whose rows exist only where they can be seen.
//!
//! The worker holds the tree and sends the rows of a window; this draws them at their place in a box as high as all
//! rows together. A million keys therefore cost what fits on the screen.

use std::collections::HashMap;

use leptos::attr::custom::custom_attribute;
use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;

use super::key_actions::KeyActions;
use super::rows::keyed_rows;
use crate::format;
use crate::later::{self, entry};
use crate::listeners::tell_anew;
use crate::protocol::{KeyKind, KeyRow};
use crate::session::Session;

/// Rows drawn above and below what can be seen, so that scrolling finds them there.
const MARGIN_ROWS: u32 = 20;

/// What is chosen in the tree: a key of a database.
pub type Chosen = RwSignal<Option<(u32, Vec<u8>)>>;

/// How long a key had left when its deadline was first seen, by its name: what a full bar stands for.
type FullTimes = StoredValue<HashMap<Vec<u8>, (f64, f64)>>;

/// So many are kept; more than anyone scrolls past before the bars would begin anew.
const MAX_FULL_TIMES: usize = 5_000;

/// The tree of the keys of `database`.
#[component]
pub fn KeyTree(
    session: Session,
    #[prop(into)] database: Signal<u32>,
    chosen: Chosen,
    /// What can be done with a key besides looking at it.
    #[prop(optional_no_strip)]
    actions: Option<KeyActions>,
) -> impl IntoView {
    let full_times = FullTimes::new(HashMap::new());
    let scroller = NodeRef::<Div>::new();
    let row_height = if crate::browser::matches("(pointer: coarse)") { 40 } else { 28 };
    // The row that the arrow keys move.
    let active = RwSignal::new(0u32);
    let ask = move |database: u32| {
        let Some(scroller) = scroller.get_untracked() else { return };
        let first = (scroller.scroll_top().max(0) / row_height) as u32;
        let seen = (scroller.client_height() / row_height) as u32 + 1;
        session.keys.look_at(database, first.saturating_sub(MARGIN_ROWS), seen + 2 * MARGIN_ROWS);
    };
    let ask_again = move || ask(database.get_untracked());
    Effect::new(move || {
        scroller.track();
        ask(database.get());
    });
    on_resize(scroller, ask_again);
    let act = move |row: &KeyRow| match row.kind {
        KeyKind::Folder { open, .. } => session.keys.open(&row.path, !open),
        KeyKind::Key { .. } => chosen.set(Some((database.get_untracked(), row.path.to_vec()))),
    };
    let rows = Memo::new(move |_| session.keys.view.get());
    // The chosen one as the rows see it: they are told anew without the others who listen to `chosen`.
    let marked = Chosen::new(None);
    Effect::new(move || marked.set(chosen.get()));
    // Rows come and go with the keys, while these two stay the same for hours.
    Effect::new(move || {
        rows.track();
        tell_anew(active);
        tell_anew(marked);
    });
    let active_row = move || {
        let view = rows.get_untracked();
        let index = active.get_untracked().checked_sub(view.first)?;
        view.shown.get(index as usize).cloned()
    };
    let move_to = move |row: u32| {
        let last = rows.get_untracked().rows.saturating_sub(1);
        let row = row.min(last);
        active.set(row);
        if let Some(scroller) = scroller.get_untracked() {
            let (top, height) = (row as i32 * row_height, scroller.client_height());
            if top < scroller.scroll_top() {
                scroller.set_scroll_top(top);
            } else if top + row_height > scroller.scroll_top() + height {
                scroller.set_scroll_top(top + row_height - height);
            }
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        let at = active.get_untracked();
        let page = scroller.get_untracked().map_or(1, |scroller| (scroller.client_height() / row_height).max(1)) as u32;
        let row = active_row();
        match event.key().as_str() {
            "ArrowDown" => move_to(at + 1),
            "ArrowUp" => move_to(at.saturating_sub(1)),
            "PageDown" => move_to(at + page),
            "PageUp" => move_to(at.saturating_sub(page)),
            "Home" => move_to(0),
            "End" => move_to(u32::MAX),
            "Enter" | " " => row.iter().for_each(act),
            "Delete" => {
                let (Some(actions), Some(KeyRow { kind: KeyKind::Key { .. }, path, .. })) = (actions, row) else {
                    return;
                };
                let (database, key) = (database.get_untracked(), path.into_vec());
                later::act(actions.notices, move |here| entry::delete_key(here, actions, database, key));
            }
            "ArrowRight" => match row {
                Some(KeyRow { kind: KeyKind::Folder { open: true, .. }, .. }) => move_to(at + 1),
                Some(row @ KeyRow { kind: KeyKind::Folder { .. }, .. }) => act(&row),
                _ => {}
            },
            "ArrowLeft" => match row {
                Some(row @ KeyRow { kind: KeyKind::Folder { open: true, .. }, .. }) => act(&row),
                // To the folder around it, if that is among the rows at hand.
                Some(row) => {
                    let view = rows.get_untracked();
                    let above = view.shown.iter().take((at - view.first) as usize);
                    if let Some(parent) = above.rev().position(|other| other.depth < row.depth) {
                        move_to(at - 1 - parent as u32);
                    }
                }
                None => {}
            },
            _ => return,
        }
        event.prevent_default();
    };
    let drawn_row = move |(number, row): (u32, KeyRow)| {
        let is_chosen = {
            let path = row.path.to_vec();
            move || {
                marked.with(|marked| {
                    marked.as_ref().is_some_and(|(of, key)| *of == database.get_untracked() && *key == path)
                })
            }
        };
        let is_key = matches!(row.kind, KeyKind::Key { .. });
        let is_open = match row.kind {
            KeyKind::Folder { open, .. } => Some(open.to_string()),
            KeyKind::Key { .. } => None,
        };
        let clicked = row.clone();
        let (depth, position, siblings) = (row.depth, row.position, row.siblings);
        view! {
            <div
                class="row"
                class:active=move || active.get() == number
                id=row_id(number)
                role="treeitem"
                // Not among the attributes that the view layer knows.
                {..custom_attribute("aria-level", depth + 1)}
                aria-posinset=position + 1
                aria-setsize=siblings
                aria-expanded=is_open
                aria-selected=move || (is_key && is_chosen()).to_string()
                style:top=format!("{}px", number as i32 * row_height)
                style:height=format!("{row_height}px")
                style:padding-left=format!("calc(var(--space-2) + {} * var(--space-4))", depth)
                on:click=move |_| {
                    active.set(number);
                    act(&clicked);
                }
            >
                {row_text(session, row, full_times)}
            </div>
        }
    };
    view! {
        <div class="tree-scroller" node_ref=scroller on:scroll=move |_| ask_again()>
            <div
                class="tree"
                role="tree"
                aria-label="Keys"
                tabindex="0"
                // Only what is drawn can be named.
                aria-activedescendant=move || {
                    let drawn = rows.with(|view| view.first..view.first + view.shown.len() as u32);
                    drawn.contains(&active.get()).then(|| row_id(active.get()))
                }
                style:height=move || format!("{}px", rows.get().rows as i32 * row_height)
                on:keydown=on_keydown
            >
                {keyed_rows(
                    move || rows.with(|view| (view.first..).zip(view.shown.iter().cloned()).collect()),
                    |(number, row): &(u32, KeyRow)| {
                        (*number, row.path.to_vec(), row.depth, row.name.clone(), kind_key(&row.kind))
                    },
                    drawn_row,
                )}
            </div>
        </div>
    }
}

fn row_text(session: Session, row: KeyRow, full_times: FullTimes) -> AnyView {
    match row.kind {
        KeyKind::Folder { keys, bytes, .. } => {
            let share =
                move || session.keys.view.with(|view| if view.all_bytes > 0.0 { bytes / view.all_bytes } else { 0.0 });
            let percent = move || format::percent(share());
            view! {
                <span class="twist" aria-hidden="true"></span>
                <span class="name">{row.name}<span class="delimiter">{session.keys.view.with_untracked(|view| view.delimiter.clone())}</span></span>
                <span class="count" title=format::counted(f64::from(keys), "key")>{format::grouped(f64::from(keys))}</span>
                <span class="share" title=move || format!("{}, {} of the memory", format::bytes(bytes), percent())>{percent}</span>
                <span class="row-share" aria-hidden="true" style:width=move || format!("{:.1}%", 100.0 * share().min(1.0))></span>
            }
            .into_any()
        }
        KeyKind::Key { type_name, bytes, expires_at_ms } => {
            let full_ms =
                expires_at_ms.map(|at| full_time(full_times, &row.path, at, session.clock.now_ms.get_untracked()));
            view! {
                <span class="type">{format::short_type(&type_name)}</span>
                <span class="name">{row.name}</span>
                {expires_at_ms.zip(full_ms).map(|(at, full_ms)| {
                    let left = move || (at - session.clock.now_ms.get()).max(0.0);
                    view! {
                        <span class="ttl" title="Time to live">{move || format::duration(left())}</span>
                        <span class="row-time" aria-hidden="true" style:width=move || format!("{:.1}%", 100.0 * (left() / full_ms).min(1.0))></span>
                    }
                })}
                <span class="size" title="Memory">{format::bytes(bytes)}</span>
            }
            .into_any()
        }
    }
}

/// How long a key had when its deadline was first seen.
fn full_time(full_times: FullTimes, key: &[u8], at_ms: f64, now_ms: f64) -> f64 {
    let full = full_times.try_update_value(|times| {
        if times.len() >= MAX_FULL_TIMES {
            times.clear();
        }
        let fresh = (at_ms, (at_ms - now_ms).max(1.0));
        let known = times.entry(key.to_vec()).or_insert(fresh);
        if known.0 != at_ms {
            *known = fresh;
        }
        known.1
    });
    full.unwrap_or(1.0)
}

fn row_id(number: u32) -> String {
    format!("key-row-{number}")
}

/// Two rows with equal keys look the same, so that only changed rows are drawn again.
fn kind_key(kind: &KeyKind) -> (u8, u64, u64, String) {
    match kind {
        KeyKind::Folder { open, keys, bytes } => (u8::from(*open), u64::from(*keys), *bytes as u64, String::new()),
        KeyKind::Key { type_name, bytes, expires_at_ms } => {
            (2, *bytes as u64, expires_at_ms.unwrap_or_default().to_bits(), type_name.clone())
        }
    }
}

/// Calls when the element changes its size, and lets go of it with the current owner.
fn on_resize(element: NodeRef<Div>, act: impl Fn() + Copy + 'static) {
    use wasm_bindgen::prelude::*;
    Effect::new(move || {
        let Some(element) = element.get() else { return };
        let resized = Closure::<dyn Fn()>::new(act).into_js_value();
        if let Ok(observer) = web_sys::ResizeObserver::new(resized.unchecked_ref()) {
            observer.observe(&element);
            on_cleanup(move || observer.disconnect());
        }
    });
}
