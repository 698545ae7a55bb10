//! Help on the command that is being typed: its syntax with the current argument marked, facts, a description, an
//! example to run and the lessons that use it. Can be closed, and stays closed.
//!
//! Nothing here is announced while a person types: the line's own description carries the hint.

use leptos::prelude::*;
use lessons::reference::{Block, Example};

use super::command_facts::{command_path, deprecation, fact_list, lessons_with, reference_path, syntax};
use super::lesson_block::{CommandBlock, Source, preview};
use super::lesson_text::prose;
use crate::browser;
use crate::facts::{CommandFacts, TypedCommand};
use crate::later::{self, entry};
use crate::reference::{Loaded, Reference};
use crate::session::{Client, Purpose, Session};

const OPEN: &str = "help";

/// The help for the line typed in a client's terminal.
#[component]
pub fn CommandHelp(#[prop(into)] client: Signal<Client>) -> impl IntoView {
    let remembered = browser::remembered(OPEN).map(|state| state == "open");
    let open =
        RwSignal::new(remembered.unwrap_or_else(|| browser::matches("(min-width: 801px) and (min-height: 700px)")));
    let toggle = move |_| {
        open.update(|open| *open = !*open);
        browser::remember(OPEN, if open.get_untracked() { "open" } else { "closed" });
    };
    let typed = RwSignal::new(None::<TypedCommand>);
    Effect::new(move || match client.get().hint.get().command {
        Some(command) => typed.set(Some(command)),
        // What ran last stays until the next command is typed.
        None => typed.update(|typed| {
            for piece in typed.iter_mut().flat_map(|typed| &mut typed.arguments) {
                piece.current = false;
            }
        }),
    });
    let name = Memo::new(move |_| typed.get().map(|typed| typed.name));
    let is_typed = Memo::new(move |_| name.with(Option::is_some));
    view! {
        <section class="help" aria-label="Help" class:open=open>
            <button type="button" class="quiet help-toggle" aria-expanded=move || open.get().to_string() on:click=toggle>
                "Help"
                <span class="muted">{move || name.get().map(|name| format!(" {name}"))}</span>
            </button>
            <Show when=move || open.get()>
                <div class="help-content" tabindex="0" role="group" aria-label="About the command">
                    {move || match is_typed.get() {
                        true => later::view(move |here| entry::help(here, Helped { client, typed, name })),
                        false => view! {
                            <p class="muted">
                                "Type a command, and what there is to know about it appears here. Or see "
                                <a href=reference_path()>"all commands"</a>"."
                            </p>
                        }
                        .into_any(),
                    }}
                </div>
            </Show>
        </section>
    }
}

/// The command that help is about, as far as it is typed.
#[derive(Clone, Copy)]
pub struct Helped {
    client: Signal<Client>,
    typed: RwSignal<Option<TypedCommand>>,
    name: Memo<Option<String>>,
}

/// What there is to know of the command.
#[component]
pub fn HelpContent(helped: Helped) -> impl IntoView {
    let Helped { client, typed, name } = helped;
    view! {
        {move || typed.get().map(|TypedCommand { name, arguments }| syntax(&name, arguments))}
        {move || name.get().map(|name| view! { <About client name/> })}
    }
}

/// All but the syntax, which changes with every key.
#[component]
fn About(client: Signal<Client>, name: String) -> impl IntoView {
    let facts = RwSignal::new(None::<CommandFacts>);
    client.get_untracked().session().reference.facts(&name, move |found| {
        facts.try_set(found);
    });
    let lessons = lessons_with(&name);
    let path = command_path(&name);
    let links = StoredValue::new((path, lessons));
    move || {
        facts.get().map(|facts| {
            let (path, lessons) = links.get_value();
            view! {
                <div class="help-columns">
                    <div>
                        <p>{facts.summary.clone()}</p>
                        {deprecation(&facts)}
                        <Texts facts=facts.clone()/>
                        <p><a href=path>{format!("The page of {}", facts.name)}</a></p>
                        {(!lessons.is_empty()).then(|| lesson_links(lessons))}
                    </div>
                    {fact_list(&facts)}
                </div>
            }
        })
    }
}

pub fn lesson_links(lessons: Vec<(String, String)>) -> impl IntoView {
    let last = lessons.len().saturating_sub(1);
    let links = lessons.into_iter().enumerate().map(|(number, (path, title))| {
        view! { <a href=path>{title}</a>{if number < last { ", " } else { "" }} }
    });
    view! { <p>"Used in: "{links.collect_view()}</p> }
}

/// The description and the first example, once they are there.
#[component]
fn Texts(facts: CommandFacts) -> impl IntoView {
    let loaded = expect_context::<Reference>().group(&facts.group);
    move || match loaded.get() {
        Loaded::Loading => ().into_any(),
        Loaded::Failed(why) => {
            view! { <p class="damage">{format!("The text could not be loaded: {why}")}</p> }.into_any()
        }
        Loaded::Ready(group) => {
            let blocks: Vec<Block> =
                group.page(&facts.name).into_iter().flat_map(|page| page.part(&facts.name)).cloned().collect();
            let example = blocks.iter().find_map(|block| match block {
                Block::Example(example) => Some(example.clone()),
                _ => None,
            });
            let texts = blocks.into_iter().map_while(|block| match block {
                Block::Prose(it) => Some(prose(it)),
                _ => None,
            });
            view! {
                {texts.collect_view()}
                {example.map(|example| view! { <Trial example/> })}
            }
            .into_any()
        }
    }
}

/// An example that starts a worker of its own when it is first run; the person's store is not touched.
#[component]
fn Trial(example: Example) -> impl IntoView {
    let client = RwSignal::new(None::<Client>);
    let problem = RwSignal::new(None::<String>);
    let owner = Owner::current();
    let begin = move |_| {
        // Beyond this button, whose owner ends when what it starts takes its place.
        let start = || Session::start(Purpose::Examples).map(Session::first_client);
        match owner.as_ref().map(|owner| owner.with(start)) {
            Some(Ok(first)) => client.set(Some(first)),
            Some(Err(why)) => problem.set(Some(why)),
            None => {}
        }
    };
    let example = StoredValue::new(example);
    view! {
        {move || match client.get() {
            None => view! {
                <section class="commands" aria-label="Example 1">
                    <button type="button" class="run" on:click=begin.clone()>"Run"</button>
                    {preview(example.get_value().steps)}
                </section>
            }
            .into_any(),
            Some(client) => {
                let Example { text, steps, .. } = example.get_value();
                view! { <CommandBlock steps number=0 ordinal=1 client source=Source::Page(text) run_at_once=true/> }.into_any()
            }
        }}
        {move || problem.get().map(|why| view! { <p class="damage" role="alert">{why}</p> })}
    }
}
