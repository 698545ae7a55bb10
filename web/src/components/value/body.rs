//! The value itself, as its type and the person's choice have it.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::bits::Bits;
use super::editor::Editor;
use super::facts::Facts;
use super::looking::Lens;
use super::map::Map;
use super::registers::Registers;
use super::sheet::Sheet;
use super::tables::{buttons, tables};
use super::text::{Hex, Json, Text};
use crate::editing;
use crate::format::grouped;
use crate::protocol::{ValueContent, ValuePage};
use crate::visible;

/// What there is to draw.
#[derive(Clone, Copy, PartialEq)]
enum Drawn {
    /// Nothing is known yet.
    Nothing,
    Gone,
    String(Lens),
    Collection(Lens),
}

/// Reads something off the page of the value that is shown.
pub fn page_memo<T: PartialEq + Send + Sync + 'static>(
    editor: Editor,
    read: impl Fn(&ValuePage) -> T + Send + Sync + 'static,
) -> Memo<Option<T>> {
    let value = editor.session.values.shown;
    Memo::new(move |_| value.with(|view| view.as_ref().and_then(|view| view.value.as_ref()).map(&read)))
}

#[component]
pub fn ValueBody(editor: Editor) -> impl IntoView {
    let session = editor.session;
    let lens = editor.looking.lens;
    let drawn = Memo::new(move |_| {
        let lens = lens.get();
        session.values.shown.with(|view| match view {
            None => Drawn::Nothing,
            Some(view) => match &view.value {
                None => Drawn::Gone,
                Some(page) if page.type_name == "string" => Drawn::String(lens),
                Some(_) => Drawn::Collection(lens),
            },
        })
    });
    let content = move || match drawn.get() {
        Drawn::Nothing | Drawn::Gone => ().into_any(),
        Drawn::String(Lens::Json) => view! { <Json editor/> }.into_any(),
        Drawn::String(Lens::Hex) => view! { <Hex editor/> }.into_any(),
        Drawn::String(Lens::Bits) => view! { <Bits editor/> }.into_any(),
        Drawn::String(Lens::Registers) => view! { <Registers editor/> }.into_any(),
        Drawn::String(_) => view! { <Text editor/> }.into_any(),
        Drawn::Collection(lens) => view! { <Collection editor lens/> }.into_any(),
    };
    let is_there = Memo::new(move |_| !matches!(drawn.get(), Drawn::Nothing | Drawn::Gone));
    view! {
        {move || (drawn.get() == Drawn::Gone).then(|| view! { <p class="muted">"This key does not exist any more."</p> })}
        {move || is_there.get().then(|| view! {
            <Facts editor/>
            <Lenses editor/>
            <Part editor/>
            <div class="content" tabindex="0" role="group" aria-label="Content">{content}</div>
        })}
        <Sheet editor/>
        {move || is_there.get().then(|| view! { <Pager editor/> })}
    }
}

/// The ways to look at a value, if there are several.
#[component]
fn Lenses(editor: Editor) -> impl IntoView {
    let looking = editor.looking;
    let lenses = page_memo(editor, Lens::of);
    let entry = move |lens: Lens| {
        let pressed = move || (looking.lens.get() == lens).to_string();
        view! {
            <button type="button" aria-pressed=pressed on:click=move |_| looking.look_through(lens)>{lens.label()}</button>
        }
    };
    view! {
        {move || lenses.get().filter(|lenses| lenses.len() > 1).map(|lenses| view! {
            <div class="tab-strip" role="group" aria-label="Show as">
                {lenses.iter().map(|lens| entry(*lens)).collect_view()}
            </div>
        })}
    }
}

/// Which part of a sorted set or a stream is shown, and from which end.
#[component]
fn Part(editor: Editor) -> impl IntoView {
    let looking = editor.looking;
    let type_name = page_memo(editor, |page| page.type_name.clone());
    let problem = page_memo(editor, |page| page.problem.clone());
    let labels = Memo::new(move |_| match type_name.get().as_deref() {
        Some("zset") => Some(("Least score", "Greatest score", "Highest first")),
        Some("stream") => Some(("From ID", "To ID", "Newest first")),
        _ => None,
    });
    let bound = move |label: &'static str, bound: RwSignal<String>| {
        let apply = move |text: String| {
            looking.from.set(0);
            bound.set(text.trim().to_owned());
        };
        let on_key = move |event: KeyboardEvent| {
            if event.key() == "Enter" {
                event.prevent_default();
                apply(event_target_value(&event));
            }
        };
        view! {
            <label>
                <span>{label}</span>
                <textarea
                    rows="1"
                    aria-label=label
                    spellcheck="false"
                    autocapitalize="off"
                    prop:value=move || bound.get()
                    on:keydown=on_key
                    on:change=move |event| apply(event_target_value(&event))
                ></textarea>
            </label>
        }
    };
    let turn = move |_| {
        looking.from.set(0);
        looking.reversed.update(|reversed| *reversed = !*reversed);
    };
    let group = move |name: Vec<u8>| {
        view! {
            <div class="part">
                <p>"Group " <bdi class="code">{visible::shortened(&name, name.len(), 60)}</bdi></p>
                <button type="button" on:click=move |_| looking.look_at_group(None)>"Back to the entries"</button>
            </div>
        }
    };
    view! {
        {move || match (looking.group.get(), labels.get()) {
            (Some(name), _) => group(name).into_any(),
            (None, Some((least, most, turned))) => view! {
                <div class="part">
                    {bound(least, looking.start)}
                    {bound(most, looking.end)}
                    <button type="button" aria-pressed=move || looking.reversed.get().to_string() on:click=turn>{turned}</button>
                </div>
            }.into_any(),
            (None, None) => ().into_any(),
        }}
        {move || problem.get().flatten().map(|problem| view! { <p class="wrong" role="alert">{problem}</p> })}
    }
}

#[component]
fn Collection(editor: Editor, lens: Lens) -> impl IntoView {
    let value = editor.session.values.shown;
    let view = Memo::new(move |_| {
        value.with(|view| {
            let shown = view.as_ref().and_then(|view| Some((view, view.value.as_ref()?)));
            shown.map(|(view, page)| editing::view(&view.key, page)).unwrap_or_default()
        })
    });
    let actions = Memo::new(move |_| view.with(|view| view.actions.clone()));
    let cut = page_memo(editor, |page| match &page.content {
        ValueContent::Hash(fields) => fields.iter().any(|it| !it.field.is_whole() || !it.value.is_whole()),
        ValueContent::List(elements) | ValueContent::Set(elements) => elements.iter().any(|it| !it.is_whole()),
        ValueContent::Sorted(members) => members.iter().any(|it| !it.member.is_whole()),
        _ => false,
    });
    view! {
        <div class="actions">{move || buttons(editor, actions.get())}</div>
        {(lens == Lens::Map).then(|| view! { <Map editor/> })}
        {tables(editor, view)}
        {move || (cut.get() == Some(true)).then(|| view! {
            <p class="muted">"This page holds more than 2 MB: what was left out of its longest elements cannot be edited here."</p>
        })}
    }
}

#[component]
fn Pager(editor: Editor) -> impl IntoView {
    let looking = editor.looking;
    let shown = page_memo(editor, |page| (page.len, page.from, page.count, page.type_name == "string"));
    let step = move || looking.lens.get_untracked().page_size();
    let go = move |text: String| {
        if let Ok(position) = text.trim().replace(',', "").parse::<u32>() {
            // Rows of bytes and bits begin where they always do.
            let row = if matches!(looking.lens.get_untracked(), Lens::Hex | Lens::Bits) { 16 } else { 1 };
            looking.from.set(position / row * row);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            go(event_target_value(&event));
        }
    };
    view! {
        {move || shown.get().filter(|(len, _, count, _)| len > count).map(|(len, first, count, is_string)| {
            let is_last = first + count >= len;
            view! {
            <nav class="pager" aria-label="Pages of the value">
                <button type="button" disabled=first == 0 on:click=move |_| looking.from.set(first.saturating_sub(step()))>"Previous"</button>
                <span>{format!("{}–{} of {}", grouped(f64::from(first) + 1.0), grouped(f64::from(first + count)), grouped(f64::from(len)))}</span>
                <button type="button" disabled=is_last on:click=move |_| looking.from.set(first + count)>"Next"</button>
                <label>
                    <span>"Go to "</span>
                    <textarea rows="1" aria-label=go_label(is_string) spellcheck="false" on:keydown=on_key></textarea>
                </label>
            </nav>
        }})}
    }
}

fn go_label(is_string: bool) -> &'static str {
    if is_string { "Go to byte" } else { "Go to position" }
}
