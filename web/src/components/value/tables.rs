//! Collections as tables, of which only the rows that changed are drawn again.

use leptos::prelude::*;

use super::editor::Editor;
use crate::components::rows::keyed_rows;
use crate::editing::{Action, Cell, Row, Table, View};
use crate::format;

/// The tables of a view.
pub fn tables(editor: Editor, view: Memo<View>) -> AnyView {
    let captions = Memo::new(move |_| {
        view.with(|view| view.tables.iter().map(|table| (table.caption, table.headers.clone())).collect::<Vec<_>>())
    });
    view! {
        {move || captions.get().into_iter().enumerate().map(|(at, (caption, headers))| {
            one(editor, view, at, caption, headers)
        }).collect_view()}
    }
    .into_any()
}

fn one(editor: Editor, view: Memo<View>, at: usize, caption: &'static str, headers: Vec<&'static str>) -> AnyView {
    let with = move |see: fn(&Table) -> bool| view.with(|view| view.tables.get(at).is_some_and(see));
    let rows = move || view.with(|view| view.tables.get(at).map(|table| table.rows.clone()).unwrap_or_default());
    let empty = move || view.with(|view| view.tables.get(at).map_or("", |table| table.empty));
    let has_actions = Memo::new(move |_| with(|table| table.rows.iter().any(|row| !row.actions.is_empty())));
    view! {
        <table>
            <caption>{caption}</caption>
            <thead>
                <tr>
                    {headers.into_iter().map(|header| view! { <th scope="col">{header}</th> }).collect_view()}
                    {move || has_actions.get().then(|| view! { <th scope="col"><span class="visually-hidden">"Edit"</span></th> })}
                </tr>
            </thead>
            <tbody>
                {keyed_rows(rows, Row::identity, move |row| row_view(editor, row))}
            </tbody>
        </table>
        {move || with(|table| table.rows.is_empty()).then(|| view! { <p class="muted">{empty()}</p> })}
    }
    .into_any()
}

fn row_view(editor: Editor, row: Row) -> AnyView {
    let now_ms = editor.session.clock.now_ms;
    let cell = move |cell: Cell| match cell {
        Cell::Text(text) => view! { <td><bdi>{text}</bdi></td> }.into_any(),
        Cell::Number(text) => view! { <td class="number">{text}</td> }.into_any(),
        Cell::Until(None) => view! { <td class="number muted">"none"</td> }.into_any(),
        Cell::Until(Some(at)) => {
            view! { <td class="number">{move || format::duration(at - now_ms.get())}</td> }.into_any()
        }
        Cell::Since(at) => view! { <td class="number">{move || format::duration(now_ms.get() - at)}</td> }.into_any(),
    };
    view! {
        <tr>
            {row.cells.into_iter().map(cell).collect_view()}
            {(!row.actions.is_empty()).then(|| view! { <td class="small-buttons">{buttons(editor, row.actions)}</td> })}
        </tr>
    }
    .into_any()
}

pub fn buttons(editor: Editor, actions: Vec<Action>) -> AnyView {
    actions.into_iter().map(|action| editor.button(action)).collect_view().into_any()
}
