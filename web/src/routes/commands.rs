//! `/commands`: every command, by group, and a search that needs no mouse.

use leptos::ev::KeyboardEvent;
use leptos::html::{Input, Main};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser;
use crate::components::command_facts::command_path;
use crate::components::frame::{Header, Trouble, WhileRunning};
use crate::components::palette::Palette;
use crate::facts::{CommandEntry, GROUPS, search};
use crate::session::{Purpose, Session};

#[component]
pub fn Commands() -> impl IntoView {
    browser::set_title("Commands · Rediscover");
    match Session::start(Purpose::Examples) {
        Ok(session) => view! {
            <Header/>
            <WhileRunning session><Index session/></WhileRunning>
        }
        .into_any(),
        Err(why) => view! { <Header/><Trouble title="The engine could not start"><p>{why}</p></Trouble> }.into_any(),
    }
}

#[component]
fn Index(session: Session) -> impl IntoView {
    let entries = RwSignal::new(Vec::<CommandEntry>::new());
    let palette = expect_context::<Palette>();
    session.reference.commands(move |found| {
        palette.know_commands(&found);
        entries.try_set(found);
    });
    let wanted = RwSignal::new(String::new());
    let input = NodeRef::<Input>::new();
    let main = NodeRef::<Main>::new();
    Effect::new(move || {
        if let Some(input) = input.get()
            && !browser::matches("(pointer: coarse)")
        {
            let _ = input.focus();
        }
    });
    let count = move || {
        entries.with(|entries| match wanted.with(|wanted| wanted.trim().is_empty()) {
            true => entries.iter().filter(|entry| !entry.is_subcommand).count(),
            false => wanted.with(|wanted| search(entries, wanted).len()),
        })
    };
    let status = move || match (count(), entries.with(Vec::is_empty)) {
        (_, true) => String::new(),
        (0, _) => "No command fits.".to_owned(),
        (1, _) => "1 command".to_owned(),
        (count, _) => format!("{count} commands"),
    };
    let on_key = move |event: KeyboardEvent| {
        if let (Some(main), Some(input)) = (main.get_untracked(), input.get_untracked()) {
            walk(&event, &main, &input);
        }
    };
    view! {
        <main class="learn reference" node_ref=main on:keydown=on_key>
            <h1>"Commands"</h1>
            <p class="lead">"What each command does, when to choose it and what to watch out for, with examples that run here."</p>
            <div class="search">
                <input
                    type="search"
                    node_ref=input
                    aria-label="Search commands"
                    placeholder="Name, or what it does"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    on:input=move |event| wanted.set(event_target_value(&event))
                />
                <p class="muted" role="status" aria-label="Found">{status}</p>
            </div>
            {move || match wanted.with(|wanted| wanted.trim().is_empty()) {
                true => entries.with(|entries| groups(entries)),
                false => entries.with(|entries| found(search(entries, &wanted.get()))),
            }}
        </main>
    }
}

fn groups(entries: &[CommandEntry]) -> AnyView {
    let sections = GROUPS.iter().filter_map(|(group, title)| {
        let of_group: Vec<&CommandEntry> =
            entries.iter().filter(|entry| entry.group == *group && !entry.is_subcommand).collect();
        (!of_group.is_empty()).then(|| {
            view! {
                <section aria-label=*title>
                    <h2 id=*group>{*title}<span class="count">{format!(" {}", of_group.len())}</span></h2>
                    {list(of_group)}
                </section>
            }
        })
    });
    sections.collect_view().into_any()
}

fn found(entries: Vec<&CommandEntry>) -> AnyView {
    view! { <section aria-label="Found commands">{list(entries)}</section> }.into_any()
}

fn list(entries: Vec<&CommandEntry>) -> impl IntoView + use<> {
    let entries = entries.into_iter().map(|entry| {
        let class = if entry.is_deprecated { "entry deprecated" } else { "entry" };
        view! {
            <li>
                <a href=command_path(&entry.name) class=class>
                    <span class="name">{entry.name.clone()}</span>
                    <span class="muted">{entry.summary.clone()}</span>
                </a>
            </li>
        }
    });
    view! { <ul class="entries">{entries.collect_view()}</ul> }
}

/// Keys beside those of the browser: `/` goes to the search, Enter there to the first result, the arrows through the
/// results and back.
fn walk(event: &KeyboardEvent, main: &HtmlElement, input: &HtmlElement) {
    let links = browser::all_within(main, "entry");
    let focused = document().active_element();
    let at = links.iter().position(|link| focused.as_ref() == Some(link));
    let in_search = focused.as_ref() == Some(input.unchecked_ref());
    let target = match event.key().as_str() {
        "/" if !in_search => Some(input.clone()),
        "Escape" if at.is_some() => Some(input.clone()),
        "Enter" if in_search => {
            if let Some(first) = links.first() {
                event.prevent_default();
                first.click();
            }
            return;
        }
        "ArrowDown" if in_search => links.first().cloned(),
        "ArrowDown" => at.and_then(|at| links.get(at + 1).cloned()),
        "ArrowUp" if at == Some(0) => Some(input.clone()),
        "ArrowUp" => at.and_then(|at| links.get(at.checked_sub(1)?).cloned()),
        _ => None,
    };
    if let Some(target) = target {
        event.prevent_default();
        let _ = target.focus();
    }
}
