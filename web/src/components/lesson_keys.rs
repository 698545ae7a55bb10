//! The keys of a lesson about time: a flat list, those that go first on top, each with its time draining away.

use std::collections::HashMap;

use leptos::prelude::*;

use super::rows::keyed_rows;
use crate::format;
use crate::protocol::{KeyKind, KeyRow};
use crate::session::{Client, Session};

/// Rows asked for; lessons about time have a few dozen keys.
const MAX_ROWS: u32 = 200;
/// In larger databases folders stay closed.
const MAX_KEYS_TO_OPEN: u32 = 150;

/// A key as the list shows it.
#[derive(Clone, Debug, PartialEq)]
struct Draining {
    path: Vec<u8>,
    name: String,
    type_name: String,
    expires_at_ms: Option<f64>,
    /// How long it had when this deadline was first seen.
    full_ms: f64,
}

/// The list, live.
#[component]
pub fn DrainingKeys(client: Client) -> impl IntoView {
    let session = client.session();
    Effect::new(move || session.keys.look_at(client.database.get(), 0, MAX_ROWS));
    // What the tree keeps folded is unfolded, so that the list is whole.
    Effect::new(move || {
        session.keys.view.with(|view| {
            for row in view.shown.iter().filter(|_| view.keys <= MAX_KEYS_TO_OPEN) {
                if let KeyKind::Folder { open: false, .. } = row.kind {
                    session.keys.open(&row.path, true);
                }
            }
        });
    });
    let deadlines = StoredValue::new(HashMap::<Vec<u8>, (f64, f64)>::new());
    let keys = Memo::new(move |_| {
        let now_ms = session.clock.state.get().map_or_else(crate::browser::now_ms, |clock| clock.now_ms);
        let mut keys: Vec<Draining> = session
            .keys
            .view
            .with(|view| view.shown.iter().filter_map(|row| draining(row, deadlines, now_ms)).collect());
        // A key that stays has no deadline and goes last.
        let order = |key: &Draining| key.expires_at_ms.unwrap_or(f64::INFINITY);
        keys.sort_by(|a, b| order(a).total_cmp(&order(b)).then_with(|| a.name.cmp(&b.name)));
        keys
    });
    view! {
        <section class="draining" aria-label="Store">
            <header><h2>"Keys " <span class="count">{move || format::grouped(f64::from(session.keys.view.get().keys))}</span></h2></header>
            <ul aria-label="Keys" tabindex="0">
                {keyed_rows(
                    move || keys.get(),
                    |key| (key.path.clone(), key.type_name.clone(), key.expires_at_ms.map(f64::to_bits)),
                    move |key| view! { <Row session key_row=key/> },
                )}
            </ul>
            <Show when=move || session.keys.view.get().keys == 0><p class="muted empty-list">"No keys."</p></Show>
        </section>
    }
}

fn draining(row: &KeyRow, deadlines: StoredValue<HashMap<Vec<u8>, (f64, f64)>>, now_ms: f64) -> Option<Draining> {
    let (type_name, expires_at_ms) = match &row.kind {
        KeyKind::Key { type_name, expires_at_ms, .. } => (type_name.clone(), *expires_at_ms),
        KeyKind::Folder { open: true, .. } => return None,
        KeyKind::Folder { keys, .. } => (format::counted(f64::from(*keys), "key"), None),
    };
    let path = row.path.to_vec();
    let full_ms = expires_at_ms.map_or(0.0, |at| {
        deadlines
            .try_update_value(|deadlines| {
                let known = deadlines.entry(path.clone()).or_insert((at, at - now_ms));
                if known.0 != at {
                    *known = (at, at - now_ms);
                }
                known.1
            })
            .unwrap_or_default()
    });
    let name = String::from_utf8_lossy(&path).into_owned();
    Some(Draining { path, name, type_name, expires_at_ms, full_ms })
}

#[component]
fn Row(session: Session, key_row: Draining) -> impl IntoView {
    let Draining { name, type_name, expires_at_ms, full_ms, .. } = key_row;
    let left_ms = move || expires_at_ms.map_or(0.0, |at| (at - session.clock.now_ms.get()).max(0.0));
    let share = move || if full_ms > 0.0 { (100.0 * left_ms() / full_ms).clamp(0.0, 100.0) } else { 0.0 };
    view! {
        <li class="draining-key" class:stays=expires_at_ms.is_none()>
            <span class="name">{name}</span>
            <span class="kind">{type_name}</span>
            <span class="left">
                {match expires_at_ms {
                    Some(_) => (move || format::duration(left_ms())).into_any(),
                    None => "stays".into_any(),
                }}
            </span>
            <span class="bar" aria-hidden="true"><span class="rest" style:width=move || format!("{:.1}%", share())></span></span>
        </li>
    }
}
