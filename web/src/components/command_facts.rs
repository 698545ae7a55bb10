//! The facts of a command as the engine's table has them: how it is written, what it costs, who may run it.

use leptos::prelude::*;

use super::lesson_text::marked;
use crate::browser;
use crate::facts::{CommandFacts, SyntaxPiece, group_title};

/// The address of the index.
pub fn reference_path() -> String {
    format!("{}/commands", browser::base_path())
}

/// The address of a command's page, or of a subcommand's part of its container's page.
pub fn command_path(name: &str) -> String {
    match name.split_once(' ') {
        Some((container, _)) => format!("{}/{container}#{}", reference_path(), part_id(name)),
        None => format!("{}/{name}", reference_path()),
    }
}

/// What marks a subcommand's part in an address: `client-kill`.
pub fn part_id(name: &str) -> String {
    name.to_ascii_lowercase().replace(' ', "-")
}

/// How a command is written, with a mark at what is being typed. Breaks between arguments only.
pub fn syntax(name: &str, arguments: Vec<SyntaxPiece>) -> impl IntoView + use<> {
    let pieces = arguments.into_iter().map(|SyntaxPiece { text, current }| {
        let class = if text.starts_with('[') { "argument optional" } else { "argument" };
        match current {
            true => view! { " "<mark class=class>{text}</mark> }.into_any(),
            false => view! { " "<span class=class>{text}</span> }.into_any(),
        }
    });
    view! { <p class="syntax"><span class="t-command">{name.to_owned()}</span>{pieces.collect_view()}</p> }
}

/// The syntax of a command of which nothing is typed.
pub fn plain_syntax(facts: &CommandFacts) -> impl IntoView + use<> {
    let piece = |text: &String| SyntaxPiece { text: text.clone(), current: false };
    syntax(&facts.name, facts.arguments.iter().map(piece).collect())
}

/// Complexity, version, flags, categories and keys.
pub fn fact_list(facts: &CommandFacts) -> impl IntoView + use<> {
    let row = |label: &'static str, texts: Vec<String>| {
        (!texts.is_empty()).then(|| {
            let values = texts.into_iter().map(|text| view! { <dd>{text}</dd> }).collect_view();
            view! { <div><dt>{label}</dt>{values}</div> }
        })
    };
    let some = |text: &String| if text.is_empty() { Vec::new() } else { vec![text.clone()] };
    let joined = |texts: &[String]| if texts.is_empty() { Vec::new() } else { vec![texts.join(" ")] };
    view! {
        <dl class="command-facts">
            {row("Complexity", some(&facts.complexity))}
            {row("Since", some(&facts.since))}
            {row("Group", vec![group_title(&facts.group).to_owned()])}
            {row("Flags", joined(&facts.flags))}
            {row("ACL categories", joined(&facts.categories))}
            {row("Keys", facts.keys.clone())}
        </dl>
    }
}

/// That a command should no longer be used, and what to use instead.
pub fn deprecation(facts: &CommandFacts) -> Option<AnyView> {
    let deprecated = facts.deprecated.as_ref()?;
    let since = format!("Deprecated since {}. Use instead: ", deprecated.since);
    Some(view! { <div class="note deprecated"><p>{since}</p>{marked(&deprecated.replaced_by)}</div> }.into_any())
}

/// The lessons in which a command is run: address and title.
pub fn lessons_with(name: &str) -> Vec<(String, String)> {
    let lessons = lessons::course::lessons().unwrap_or_default();
    let uses = lessons.into_iter().filter(|lesson| lesson.runs(name));
    uses.map(|lesson| (crate::routes::learn::lesson_path(&lesson.slug), lesson.title)).collect()
}
