//! A row of boxes that can be walked with the arrow keys, what the one that is pointed at means, and the same as a table.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::format;
use crate::layout::{Drawing, DrawnBox, LayoutView, Segment, Shape, Tone, Turn};

/// Drawings so far: each has names of its own for its boxes.
static DRAWN: AtomicU32 = AtomicU32::new(0);

/// The drawing number `index` of a layout.
pub fn drawing(view: Signal<Option<LayoutView>>, index: usize, turn: Callback<(Turn, u32)>) -> AnyView {
    let unique = DRAWN.fetch_add(1, Ordering::Relaxed);
    let own = Memo::new(move |_| {
        view.with(|view| view.as_ref()?.layout.as_ref()?.drawings.get(index).cloned()).unwrap_or_default()
    });
    let at = RwSignal::new(0usize);
    let as_table = RwSignal::new(false);
    let title = move || own.with(|own| own.title.clone());
    view! {
        <figure class="drawing">
            <figcaption>
                <h3>{title}</h3>
                <button type="button" aria-pressed=move || as_table.get().to_string() on:click=move |_| as_table.update(|it| *it = !*it)>
                    "As a table"
                </button>
                <p class="muted">{move || own.with(|own| own.caption.clone())}</p>
            </figcaption>
            {move || if as_table.get() { table(own) } else { boxes(own, at, unique, turn) }}
            {move || pager(own, turn)}
        </figure>
    }
    .into_any()
}

fn boxes(own: Memo<Drawing>, at: RwSignal<usize>, unique: u32, turn: Callback<(Turn, u32)>) -> AnyView {
    let id = move |index: usize| format!("box-{unique}-{index}");
    let open = move |index: usize| {
        let target = own.with_untracked(|own| {
            // Of a chain the boxes are the nodes themselves.
            own.opened.map(|_| own.from + index as u32)
        });
        if let Some(node) = target {
            turn.run((Turn::Node, node));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let last = own.with_untracked(|own| own.boxes.len().saturating_sub(1));
        let now = at.get_untracked().min(last);
        let next = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => (now + 1).min(last),
            "ArrowLeft" | "ArrowUp" => now.saturating_sub(1),
            "Home" => 0,
            "End" => last,
            "Enter" | " " => {
                event.prevent_default();
                return open(now);
            }
            _ => return,
        };
        event.prevent_default();
        at.set(next);
        if let Some(target) = document().get_element_by_id(&id(next)) {
            crate::browser::scroll_to_see(&target);
        }
    };
    let shown = move || {
        own.with(|own| {
            let each = |(index, drawn): (usize, &DrawnBox)| {
                let is_opened = own.opened == Some(own.from + index as u32);
                view! {
                    <div
                        role="option"
                        id=id(index)
                        class=format!("box {}", drawn.tone.class())
                        class:opened=is_opened
                        aria-label=own.name(index)
                        aria-selected=move || (at.get() == index).to_string()
                        on:pointerenter=move |_| at.set(index)
                        on:click=move |_| {
                            at.set(index);
                            open(index);
                        }
                    >
                        {fill(drawn)}
                        <span class="box-text">{drawn.text.clone()}</span>
                        {(!drawn.segments.is_empty()).then(|| view! {
                            " "<span class="segments">{drawn.segments.iter().map(segment).collect_view()}</span>
                        })}
                    </div>
                }
            };
            own.boxes.iter().enumerate().map(each).collect_view()
        })
    };
    let class = move || match own.with(|own| own.shape) {
        Shape::Strip => "boxes strip",
        Shape::Chain => "boxes chain",
        Shape::Grid => "boxes grid",
    };
    let legend = move || {
        own.with(Drawing::tones)
            .into_iter()
            .map(|tone: Tone| view! { <li><span class=format!("swatch {}", tone.class())></span>{tone.label()}</li> })
            .collect_view()
    };
    let detail = move || {
        own.with(|own| {
            let drawn = own.boxes.get(at.get()).or(own.boxes.last())?;
            let cells = own.columns.iter().zip(&drawn.cells).filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<_> = cells
                .map(|(column, cell)| view! { <div><dt>{column.clone()}</dt><dd>{cell.clone()}</dd></div> })
                .collect();
            Some(view! { <dl>{cells}</dl><p>{drawn.meaning.clone()}</p> })
        })
    };
    view! {
        <div
            class=class
            role="listbox"
            tabindex="0"
            aria-label=move || own.with(|own| own.title.clone())
            aria-orientation="horizontal"
            aria-activedescendant=move || id(at.get().min(own.with(|own| own.boxes.len().saturating_sub(1))))
            on:keydown=on_key
        >
            {shown}
        </div>
        // What a screen reader is told of each box stands in its name.
        <div class="box-detail" aria-hidden="true">{detail}</div>
        <ul class="tones" aria-hidden="true">{legend}</ul>
    }
    .into_any()
}

fn fill(drawn: &DrawnBox) -> Option<impl IntoView + use<>> {
    let height = format!("{:.0}%", drawn.fill? * 100.0);
    Some(view! { <span class="fill" style:height=height></span> })
}

/// The space is not seen, but read between two texts, as in the name of the box.
fn segment(segment: &Segment) -> impl IntoView + use<> {
    view! { <span class=segment.tone.class()>{segment.text.clone()}</span>" " }
}

fn table(own: Memo<Drawing>) -> AnyView {
    let head =
        move || own.with(|own| own.columns.iter().map(|it| view! { <th scope="col">{it.clone()}</th> }).collect_view());
    let rows = move || {
        own.with(|own| {
            let row = |drawn: &DrawnBox| {
                let cells = drawn.cells.iter().map(|cell| view! { <td>{cell.clone()}</td> }).collect_view();
                view! { <tr>{cells}</tr> }
            };
            own.boxes.iter().map(row).collect_view()
        })
    };
    let label = move || own.with(|own| format!("{} as a table", own.title));
    view! {
        <div class="drawing-table" role="region" tabindex="0" aria-label=label>
            <table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}

fn pager(own: Memo<Drawing>, turn: Callback<(Turn, u32)>) -> AnyView {
    let (from, page, total, which) = own.with(|own| (own.from, own.page.max(1), own.total, own.turn));
    if total <= page {
        return ().into_any();
    }
    let until = (from + page).min(total);
    let is_last = until >= total;
    let (title, unit) = own.with(|own| (own.title.clone(), own.unit.clone()));
    let range = format!(
        "{}–{} of {}",
        format::grouped(f64::from(from) + 1.0),
        format::grouped(f64::from(until)),
        format::counted(f64::from(total), &unit).replace("entrys", "entries")
    );
    view! {
        <nav class="pager" aria-label=format!("Pages of {title}")>
            <button type="button" disabled=from == 0 on:click=move |_| turn.run((which, from.saturating_sub(page)))>"Previous"</button>
            <span>{range}</span>
            <button type="button" disabled=is_last on:click=move |_| turn.run((which, until))>"Next"</button>
        </nav>
    }
    .into_any()
}
