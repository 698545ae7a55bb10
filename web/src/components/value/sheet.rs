//! A form that makes a command. What is typed stays until the command has run; when the value it is about changes
//! meanwhile, the form says so and shows the new one.

use leptos::ev::KeyboardEvent;
use leptos::html::Form as FormElement;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::editor::{Editor, Open};
use crate::editing::{Input, Kind};
use crate::json;
use crate::visible::{self, Draft};

/// How much of a new value is shown beside the draft.
const SHOWN_CHARACTERS: usize = 300;

#[component]
pub fn Sheet(editor: Editor) -> impl IntoView {
    view! { {move || editor.sheet.get().map(|open| sheet(editor, open))} }
}

fn sheet(editor: Editor, open: Open) -> AnyView {
    let form_element = NodeRef::<FormElement>::new();
    Effect::new(move || {
        let Some(form) = form_element.get() else { return };
        let first = form.query_selector("textarea").ok().flatten();
        if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
            let _ = first.focus();
        }
        form.scroll_into_view_with_bool(false);
    });
    let form = StoredValue::new(open.form.clone());
    let place = StoredValue::new((open.database, open.key));
    let drafts: Vec<RwSignal<Draft>> =
        open.form.inputs.iter().map(|input| RwSignal::new(input.draft.clone())).collect();
    let entered = StoredValue::new(drafts.clone());
    let wrong = RwSignal::new(None::<String>);
    let save = move || {
        let drafts: Vec<Draft> =
            entered.with_value(|drafts| drafts.iter().map(|draft| draft.get_untracked()).collect());
        match form.with_value(|form| form.command(&drafts)) {
            Err(why) => wrong.set(Some(why)),
            Ok(command) => {
                wrong.set(None);
                editor.run(place.get_value(), command, move |is_done| {
                    if is_done {
                        editor.close();
                    }
                });
            }
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            editor.close();
        }
    };
    let inputs = open.form.inputs.iter().zip(drafts).map(|(input, draft)| field(input, draft, save)).collect_view();
    let changed = changed(editor, open.form.source, entered);
    view! {
        <form
            class="sheet"
            aria-label=open.form.title.clone()
            node_ref=form_element
            on:keydown=on_key
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <h3>{open.form.title.clone()}</h3>
            {inputs}
            {(!open.form.note.is_empty()).then(|| view! { <p class="muted">{open.form.note}</p> })}
            {changed}
            {move || wrong.get().map(|why| view! { <p class="wrong" role="alert">{why}</p> })}
            <div class="buttons">
                <button type="submit" class="primary">{open.form.button}</button>
                <button type="button" on:click=move |_| editor.close()>"Cancel"</button>
            </div>
        </form>
    }
    .into_any()
}

fn field(input: &Input, draft: RwSignal<Draft>, save: impl Fn() + Copy + 'static) -> AnyView {
    let Input { label, kind, .. } = *input;
    let on_key = move |event: KeyboardEvent| {
        // Enter sends what is a line; a long text takes it as a line break and is sent with Ctrl.
        let sends = if kind == Kind::Text { event.ctrl_key() || event.meta_key() } else { !event.shift_key() };
        if event.key() == "Enter" && sends && !event.is_composing() {
            event.prevent_default();
            save();
        }
    };
    let escapes = move |on: bool| {
        if let Some(rewritten) = draft.with_untracked(|draft| draft.rewritten(on)) {
            draft.set(rewritten);
        }
    };
    let takes_bytes = matches!(kind, Kind::Bytes | Kind::Text);
    let rows = if kind == Kind::Text { 8 } else { 1 };
    view! {
        <label>
            <span>{label}</span>
            <textarea
                rows=rows
                aria-label=label
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                dir="auto"
                prop:value=move || draft.get().text
                on:keydown=on_key
                on:input=move |event| draft.update(|draft| draft.text = event_target_value(&event))
            ></textarea>
        </label>
        {takes_bytes.then(|| view! {
            <button
                type="button"
                class="toggle"
                aria-label=format!("\\x escapes in {label}")
                aria-pressed=move || draft.with(|draft| draft.escapes).to_string()
                title="Write bytes as \\xHH and line breaks as \\n, as redis-cli does"
                on:click=move |_| escapes(!draft.with_untracked(|draft| draft.escapes))
            >
                "\\x escapes"
            </button>
        })}
        {(kind == Kind::Text).then(|| json_help(draft))}
    }
    .into_any()
}

/// Says whether a text that looks like JSON is, and lays it out.
fn json_help(draft: RwSignal<Draft>) -> AnyView {
    let said = Memo::new(move |_| {
        draft.with(|draft| {
            let is_meant = !draft.escapes && draft.text.trim_start().starts_with(['{', '[']);
            is_meant.then(|| match json::compact(&draft.text) {
                Ok(_) => (true, "This is valid JSON.".to_owned()),
                Err(mistake) => (false, mistake.in_words(&draft.text)),
            })
        })
    });
    let rewrite = move |write: fn(&str) -> Result<String, json::Mistake>| {
        if let Ok(text) = draft.with_untracked(|draft| write(&draft.text)) {
            draft.update(|draft| draft.text = text);
        }
    };
    view! {
        {move || said.get().map(|(is_valid, text)| view! {
            <div class="buttons">
                <p class:wrong=!is_valid role="status">{text}</p>
                {is_valid.then(|| view! {
                    <button type="button" on:click=move |_| rewrite(json::pretty)>"Lay out"</button>
                    <button type="button" on:click=move |_| rewrite(json::compact)>"One line"</button>
                })}
            </div>
        })}
    }
    .into_any()
}

/// Says when the value that is edited has changed beneath the form.
fn changed(
    editor: Editor,
    source: Option<crate::editing::Source>,
    entered: StoredValue<Vec<RwSignal<Draft>>>,
) -> Option<AnyView> {
    let source = source?;
    let draft = entered.with_value(|drafts| drafts.last().copied())?;
    let base = RwSignal::new(Some(draft.with_untracked(|draft| source.as_stored(draft))));
    let value = editor.session.values.shown;
    let reading = source.clone();
    let now = Memo::new(move |_| value.with(|view| reading.now(view.as_ref()?.value.as_ref()?)));
    let is_gone = Memo::new(move |_| value.with(|view| view.as_ref().is_some_and(|view| view.value.is_none())));
    let take = move |bytes: Vec<u8>| {
        draft.set(source.draft(&bytes));
        base.set(Some(bytes));
    };
    let take = StoredValue::new(take);
    let view = move || {
        let now = now.get();
        match now {
            _ if is_gone.get() => {
                view! { <p class="changed" role="status">"The key is gone meanwhile; saving makes it anew."</p> }.into_any()
            }
            None => view! {
                <p class="changed" role="status">"What is edited is no longer on this page of the value: it moved or is gone."</p>
            }.into_any(),
            now if now == base.get() => ().into_any(),
            Some(bytes) => {
                let shown = visible::shortened(&bytes, bytes.len(), SHOWN_CHARACTERS);
                view! {
                    <div class="changed" role="status">
                        <p>"It has changed meanwhile. It is now: " <bdi class="code">{shown}</bdi></p>
                        <button type="button" on:click=move |_| take.with_value(|take| take(bytes.clone()))>"Take it"</button>
                    </div>
                }.into_any()
            }
        }
    };
    Some(view.into_any())
}
