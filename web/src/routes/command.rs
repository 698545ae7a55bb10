//! `/commands/<name>`: all about one command, with its examples beside a terminal.
//!
//! The engine behind it lives in memory, and each example starts on an empty store. Nothing here can reach the
//! person's own store.

use std::collections::HashSet;
use std::sync::Arc;

use leptos::html::Article;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use lessons::markdown::{Inline, LinkTarget, Prose, Text};
use lessons::reference::{Block, Group};

use crate::browser;
use crate::components::command_facts::{
    command_path, deprecation, fact_list, lessons_with, part_id, plain_syntax, reference_path,
};
use crate::components::command_help::lesson_links;
use crate::components::frame::{Header, Trouble, WhileRunning};
use crate::components::key_panel::KeyPanel;
use crate::components::lesson_block::{CommandBlock, Source};
use crate::components::lesson_text::{marked, prose};
use crate::components::panes::{Panes, Shown};
use crate::components::terminals::Terminal;
use crate::facts::{CommandFacts, group_title};
use crate::reference::{Loaded, Reference};
use crate::session::{Client, Purpose, Session};

#[component]
pub fn CommandRoute() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()).to_uppercase());
    move || match Session::start(Purpose::Examples) {
        Ok(session) => view! { <Stage name=name.get() session/> }.into_any(),
        Err(why) => view! { <Header/><Trouble title="The engine could not start"><p>{why}</p></Trouble> }.into_any(),
    }
}

/// What the table says: nothing yet, or the command and the names of all, or that there is no such command.
type Asked = Option<Option<CommandFacts>>;

#[component]
fn Stage(name: String, session: Session) -> impl IntoView {
    let client = session.first_client();
    let names = RwSignal::new(HashSet::new());
    session.reference.commands(move |entries| {
        names.try_set(entries.into_iter().map(|entry| entry.name).collect());
    });
    let asked = RwSignal::new(None::<Option<CommandFacts>>);
    let title = |name: &str| browser::set_title(&format!("{name} · Commands · Rediscover"));
    title(&name);
    let tell = move |facts: Option<CommandFacts>| {
        facts.iter().for_each(|facts| title(&facts.name));
        asked.try_set(Some(facts));
    };
    // Elsewhere addresses join a command and its subcommand by a hyphen, which is also a part of some names.
    let spaced = name.replacen('-', " ", 1);
    let reference = session.reference;
    reference.facts(&name, move |facts| match facts {
        None if spaced.contains(' ') => reference.facts(&spaced, tell),
        facts => tell(facts),
    });
    view! {
        <Header/>
        {move || match asked.get() {
            Some(None) => view! {
                <Trouble title="There is no such command">
                    <p><a href=reference_path()>"See the commands there are"</a></p>
                </Trouble>
            }
            .into_any(),
            _ => view! { <Workbench session client asked names/> }.into_any(),
        }}
    }
}

#[component]
fn Workbench(
    session: Session,
    client: Client,
    asked: RwSignal<Asked>,
    names: RwSignal<HashSet<String>>,
) -> impl IntoView {
    let shown: Shown = RwSignal::new(0);
    let article = NodeRef::<Article>::new();
    let text = move || {
        view! {
            <article class="lesson command" node_ref=article>
                {move || asked.get().flatten().map(|facts| view! { <Texts facts client names/> })}
            </article>
        }
    };
    let work = move || {
        view! {
            <section class="stage" aria-label="Workbench">
                <Terminal client focus=false/>
                <KeyPanel client=Signal::stored(client)/>
            </section>
        }
    };
    view! {
        <main class="fill">
            <WhileRunning session>
                <Panes shown labels=["Page", "Terminal"] class="lesson-panes" first=text second=work/>
            </WhileRunning>
        </main>
    }
}

#[component]
fn Texts(facts: CommandFacts, client: Client, names: RwSignal<HashSet<String>>) -> impl IntoView {
    let loaded = expect_context::<Reference>().group(&facts.group);
    let title = group_title(&facts.group).to_owned();
    let lessons = lessons_with(&facts.name);
    let body = StoredValue::new(facts.clone());
    view! {
        <nav aria-label="Place" class="place">
            <a href=reference_path()>"Commands"</a>" › "{title}
        </nav>
        <h1>{facts.name.clone()}</h1>
        <p class="lead">{facts.summary.clone()}</p>
        {deprecation(&facts)}
        {facts.subcommands.is_empty().then(|| plain_syntax(&facts))}
        {fact_list(&facts)}
        {move || match loaded.get() {
            Loaded::Loading => view! { <p class="muted" role="status">"Loading …"</p> }.into_any(),
            Loaded::Failed(why) => view! {
                <p class="damage" role="alert">{format!("The text could not be loaded: {why}. Reload the page to try again.")}</p>
            }
            .into_any(),
            Loaded::Ready(group) => {
                names.with(|names| page_of(&group, &body.get_value(), client, names)).into_any()
            }
        }}
        // What stands below the text waits for it: nothing is pushed away.
        {move || (!loaded.with(|loaded| matches!(loaded, Loaded::Loading))).then(|| body.with_value(history))}
        {move || {
            let is_shown = !lessons.is_empty() && !loaded.with(|loaded| matches!(loaded, Loaded::Loading));
            is_shown.then(|| view! { <h2>"Lessons"</h2>{lesson_links(lessons.clone())} })
        }}
    }
}

fn history(facts: &CommandFacts) -> Option<impl IntoView + use<>> {
    let rows = facts.history.clone().into_iter().map(|(since, what)| {
        view! { <div><dt>{since}</dt><dd>{marked(&what)}</dd></div> }
    });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then(|| view! { <h2>"History"</h2><dl class="command-facts">{rows}</dl> })
}

/// The description, the examples, the subcommands and where to go on.
fn page_of(group: &Arc<Group>, facts: &CommandFacts, client: Client, names: &HashSet<String>) -> impl IntoView + use<> {
    let Some(page) = group.page(&facts.name).cloned() else {
        return view! { <p class="muted">"There is no description yet."</p> }.into_any();
    };
    let mut ordinal = 0;
    // Not what is a word of its own syntax: there GET is an option of SET.
    let own = own_words(facts);
    let others: HashSet<String> = names.iter().filter(|name| !own.contains(name.as_str())).cloned().collect();
    let blocks = (0u32..).zip(page.blocks).map(|(number, block)| match block {
        Block::Prose(it) => prose(linked(it, &others)),
        Block::Code(text) => view! { <pre class="code" tabindex="0">{text}</pre> }.into_any(),
        Block::Subcommand(name) => part_head(&name, facts),
        Block::Example(example) => {
            ordinal += 1;
            let source = Source::Page(example.text);
            view! { <CommandBlock steps=example.steps number ordinal client source/> }.into_any()
        }
    });
    let blocks: Vec<AnyView> = blocks.collect();
    let see_also = page.see_also.into_iter().map(|name| {
        view! { <li><a href=command_path(&name)>{name.clone()}</a></li> }
    });
    request_animation_frame(go_to_part);
    view! {
        {blocks}
        <nav aria-label="See also" class="see-also">
            <h2>"See also"</h2>
            <ul>{see_also.collect_view()}</ul>
        </nav>
    }
    .into_any()
}

/// Where a subcommand's part begins.
fn part_head(name: &str, facts: &CommandFacts) -> AnyView {
    let own = facts.subcommands.iter().find(|subcommand| subcommand.name == name).cloned();
    let id = part_id(name);
    view! {
        <h2 id=id class="part">{name.to_owned()}</h2>
        {own.map(|own| view! {
            {deprecation(&own)}
            {plain_syntax(&own)}
            <p class="muted small">{format!("{} · since {} · {}", own.complexity, own.since, own.categories.join(" "))}</p>
        })}
    }
    .into_any()
}

/// Shows the part that the address names.
fn go_to_part() {
    let hash = window().location().hash().unwrap_or_default();
    if let Some(part) = document().get_element_by_id(hash.trim_start_matches('#')) {
        part.scroll_into_view();
    }
}

/// The command's name and every word of its syntax and of its subcommands'.
fn own_words(facts: &CommandFacts) -> HashSet<&str> {
    let syntax = facts.subcommands.iter().chain([facts]).flat_map(|it| &it.arguments);
    let is_end = |character: char| !character.is_ascii_alphanumeric();
    syntax.flat_map(|argument| argument.split(is_end)).chain([facts.name.as_str()]).collect()
}

/// The same prose, in which the names of other commands lead to their pages.
fn linked(text: Prose, others: &HashSet<String>) -> Prose {
    match text {
        Prose::Paragraph(text) => Prose::Paragraph(linked_text(text, others)),
        Prose::List { ordered, items } => {
            Prose::List { ordered, items: items.into_iter().map(|item| linked_text(item, others)).collect() }
        }
        other => other,
    }
}

fn linked_text(text: Text, others: &HashSet<String>) -> Text {
    let link = |piece: Inline| match piece {
        Inline::Code(code) if others.contains(&code) => {
            let path = match code.split_once(' ') {
                Some((container, _)) => format!("/commands/{container}#{}", part_id(&code)),
                None => format!("/commands/{code}"),
            };
            Inline::Link { target: LinkTarget::Site(path), text: vec![Inline::Code(code)] }
        }
        other => other,
    };
    text.into_iter().map(link).collect()
}
