//! The value of the key that is chosen in the tree, a page at a time, live.

use leptos::prelude::*;

use super::keys::Chosen;
use super::layout::UnderTheHood;
use crate::format;
use crate::protocol::{GroupView, ValueContent, ValuePage};
use crate::session::Session;

#[component]
pub fn Value(session: Session, chosen: Chosen) -> impl IntoView {
    let from = RwSignal::new(0u32);
    let is_open = RwSignal::new(false);
    Effect::new(move |before: Option<Option<(u32, Vec<u8>)>>| {
        let now = chosen.get();
        if before.as_ref() != Some(&now) {
            from.set(0);
        }
        session.show_value(now.clone().map(|(database, key)| (database, key, from.get())));
        now
    });
    view! {
        <section class="value" aria-label="Value">
            {move || if chosen.with(Option::is_none) {
                view! { <p class="muted empty-value">"Choose a key to see its value."</p> }.into_any()
            } else {
                session.value.get().map(|view| view! {
                    <header>
                        <h2>{view.name.clone()}</h2>
                        <button type="button" class="quiet" aria-label="Close the value" on:click=move |_| chosen.set(None)>"✕"</button>
                    </header>
                    {match view.value {
                        Some(page) => view! { <Page session page from/> }.into_any(),
                        None => view! { <p class="muted">"This key does not exist any more."</p> }.into_any(),
                    }}
                }).into_any()
            }}
            <Show when=move || chosen.with(Option::is_some)>
                <details class="under" on:toggle=move |event| is_open.set(event_target::<web_sys::Element>(&event).has_attribute("open"))>
                    <summary>"Under the hood"</summary>
                    <Show when=move || is_open.get()><UnderTheHood session chosen/></Show>
                </details>
            </Show>
        </section>
    }
}

#[component]
fn Page(session: Session, page: ValuePage, from: RwSignal<u32>) -> impl IntoView {
    let ValuePage { type_name, encoding, bytes, expires_at_ms, len, from: first, count, content } = page;
    let unit = if type_name == "string" { "byte" } else { "element" };
    let numbered = |(index, text): (usize, String)| view! { <tr><td class="index">{first as usize + index}</td><td>{text}</td></tr> };
    let step = if type_name == "string" { 4096 } else { crate::protocol::VALUE_PAGE as u32 };
    view! {
        <dl class="facts">
            <div><dt>"Type"</dt><dd>{type_name.clone()}</dd></div>
            <div><dt>"Encoding"</dt><dd>{encoding}</dd></div>
            <div><dt>"Length"</dt><dd>{format::counted(f64::from(len), unit)}</dd></div>
            <div><dt>"Memory"</dt><dd>{format::bytes(bytes)}</dd></div>
            <div>
                <dt>"TTL"</dt>
                <dd>{move || expires_at_ms.map_or("none".to_owned(), |at| format::duration(at - session.now_ms.get()))}</dd>
            </div>
        </dl>
        <div class="content" tabindex="0" role="group" aria-label="Content">
            {match content {
                ValueContent::Text(text) => view! { <pre>{text}</pre> }.into_any(),
                ValueContent::Elements(elements) => view! {
                    <table><tbody>{elements.into_iter().enumerate().map(numbered).collect_view()}</tbody></table>
                }.into_any(),
                ValueContent::Pairs(pairs) => {
                    let (left, right) = if type_name == "zset" { ("Member", "Score") } else { ("Field", "Value") };
                    view! {
                        <table>
                            <thead><tr><th>{left}</th><th>{right}</th></tr></thead>
                            <tbody>
                                {pairs.into_iter().map(|(left, right)| view! { <tr><td>{left}</td><td>{right}</td></tr> }).collect_view()}
                            </tbody>
                        </table>
                    }.into_any()
                }
                ValueContent::Fields(fields) => {
                    let left = move |at: Option<f64>| move || at.map_or("none".to_owned(), |at| format::duration(at - session.now_ms.get()));
                    view! {
                        <table>
                            <thead><tr><th>"Field"</th><th>"Value"</th><th>"TTL"</th></tr></thead>
                            <tbody>
                                {fields.into_iter().map(|(field, value, at)| view! { <tr><td>{field}</td><td>{value}</td><td>{left(at)}</td></tr> }).collect_view()}
                            </tbody>
                        </table>
                    }.into_any()
                }
                ValueContent::Stream { entries, groups } => view! { <StreamContent entries groups/> }.into_any(),
            }}
        </div>
        {(len > count).then(|| view! {
            <nav class="pager" aria-label="Pages of the value">
                <button type="button" disabled=first == 0 on:click=move |_| from.set(first.saturating_sub(step))>"Previous"</button>
                <span>{format!("{}–{} of {}", format::grouped(f64::from(first) + 1.0), format::grouped(f64::from(first + count)), format::grouped(f64::from(len)))}</span>
                <button type="button" disabled=first + count >= len on:click=move |_| from.set(first + count)>"Next"</button>
            </nav>
        })}
    }
}

/// The entries of a stream, and after them the groups that read it.
#[component]
fn StreamContent(entries: Vec<(String, String)>, groups: Vec<GroupView>) -> impl IntoView {
    let group = |group: GroupView| {
        let GroupView { name, consumers, pending, last_id, lag } = group;
        let lag = lag.map_or("not known".to_owned(), format::grouped);
        view! { <tr><td>{name}</td><td>{last_id}</td><td>{consumers}</td><td>{pending}</td><td>{lag}</td></tr> }
    };
    view! {
        <table>
            <thead><tr><th>"ID"</th><th>"Fields and values"</th></tr></thead>
            <tbody>{entries.into_iter().map(|(id, fields)| view! { <tr><td>{id}</td><td>{fields}</td></tr> }).collect_view()}</tbody>
        </table>
        {(!groups.is_empty()).then(|| view! {
            <table>
                <thead><tr><th>"Group"</th><th>"Last ID"</th><th>"Consumers"</th><th>"Pending"</th><th>"Lag"</th></tr></thead>
                <tbody>{groups.into_iter().map(group).collect_view()}</tbody>
            </table>
        })}
    }
}
