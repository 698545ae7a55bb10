//! The prose of a lesson as elements of the page.
//!
//! The Markdown of lessons is a tree already, so nothing here can become markup that its author did not mean.

use leptos::prelude::*;
use lessons::markdown::{Inline, LinkTarget, Prose, Text};

use crate::browser;

pub fn prose(prose: Prose) -> AnyView {
    match prose {
        Prose::Heading { level, id, text, .. } => match level {
            3 => view! { <h3 id=id>{inline(text)}</h3> }.into_any(),
            _ => view! { <h2 id=id>{inline(text)}</h2> }.into_any(),
        },
        Prose::Paragraph(text) => view! { <p>{inline(text)}</p> }.into_any(),
        Prose::List { ordered, items } => {
            let items = items.into_iter().map(|item| view! { <li>{inline(item)}</li> }).collect_view();
            if ordered { view! { <ol>{items}</ol> }.into_any() } else { view! { <ul>{items}</ul> }.into_any() }
        }
        Prose::Table { header, rows } => view! {
            <div class="table" tabindex="0">
                <table>
                    <thead><tr>{header.into_iter().map(|cell| view! { <th>{inline(cell)}</th> }).collect_view()}</tr></thead>
                    <tbody>
                        {rows.into_iter().map(|row| view! {
                            <tr>{row.into_iter().map(|cell| view! { <td>{inline(cell)}</td> }).collect_view()}</tr>
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
        }
        .into_any(),
        Prose::Note(paragraphs) => view! {
            <aside class="note">{paragraphs.into_iter().map(|text| view! { <p>{inline(text)}</p> }).collect_view()}</aside>
        }
        .into_any(),
    }
}

pub fn inline(text: Text) -> Vec<AnyView> {
    text.into_iter()
        .map(|piece| match piece {
            Inline::Text(text) => text.into_any(),
            Inline::Code(code) => view! { <code>{code}</code> }.into_any(),
            Inline::Emphasis(inner) => view! { <em>{inline(inner)}</em> }.into_any(),
            Inline::Strong(inner) => view! { <strong>{inline(inner)}</strong> }.into_any(),
            Inline::Link { target, text } => link(target, text),
        })
        .collect()
}

fn link(target: LinkTarget, text: Text) -> AnyView {
    match target {
        LinkTarget::Web(address) => {
            view! { <a href=address rel="noreferrer" target="_blank">{inline(text)}</a> }.into_any()
        }
        LinkTarget::Site(path) => {
            // What is tried out elsewhere opens beside the lesson, whose own store would be gone on the way back.
            let target = path.contains('?').then_some("_blank");
            view! { <a href=format!("{}{path}", browser::base_path()) target=target>{inline(text)}</a> }.into_any()
        }
        LinkTarget::Heading(id) => {
            // A bare `#id` would be relative to the site's base and leave the lesson.
            let address = format!("{}#{id}", window().location().pathname().unwrap_or_default());
            let go = move |event: leptos::ev::MouseEvent| {
                event.prevent_default();
                if let Some(heading) = document().get_element_by_id(&id) {
                    heading.scroll_into_view();
                }
            };
            view! { <a href=address on:click=go>{inline(text)}</a> }.into_any()
        }
    }
}

/// A text in the marks of lessons, such as a hint; shown as it is when it is none.
pub fn marked(text: &str) -> AnyView {
    match lessons::markdown::parse(text, 1) {
        Ok(blocks) => blocks
            .into_iter()
            .filter_map(|block| match block {
                lessons::markdown::Block::Prose(it) => Some(prose(it)),
                lessons::markdown::Block::Fence(_) => None,
            })
            .collect_view()
            .into_any(),
        Err(_) => view! { <p>{text.to_owned()}</p> }.into_any(),
    }
}
