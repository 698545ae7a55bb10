//! What the bytes of a key are for, how far it is from its limits, and which it crossed.

use leptos::prelude::*;

use crate::format;
use crate::layout::{Crossing, LayoutPage, LayoutView, LimitView, PartView, ratio};

type View = Signal<Option<LayoutView>>;

fn of<T>(view: View, read: impl Fn(&LayoutPage) -> T) -> Option<T> {
    view.with(|view| view.as_ref()?.layout.as_ref().map(&read))
}

/// A bar whose parts are as long as their share, and the same as a table.
pub fn memory(view: View) -> AnyView {
    let told = Memo::new(move |_| of(view, |layout| (layout.bytes, layout.parts.clone())).unwrap_or_default());
    let words = move || {
        told.with(|(bytes, parts)| {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| format!("{} {}", part.name.to_lowercase(), format::bytes(part.bytes)))
                .collect();
            format!("{} in all: {}", format::counted(*bytes, "byte"), parts.join(", "))
        })
    };
    let piece = |part: &PartView| {
        let grow = part.bytes.to_string();
        view! { <span class=part.tone.class() style:flex-grow=grow title=part.name.clone()></span> }
    };
    let row = |part: &PartView| {
        view! {
            <tr>
                <th scope="row"><span class=format!("swatch {}", part.tone.class()) aria-hidden="true"></span>{part.name.clone()}</th>
                <td class="number">{format::grouped(part.bytes)}</td>
                <td class="muted">{part.meaning.clone()}</td>
            </tr>
        }
    };
    view! {
        <figure class="memory">
            <figcaption><h3>"Memory"</h3><span class="muted">{move || told.with(|(bytes, _)| format::counted(*bytes, "byte"))}</span></figcaption>
            <div class="hood-bar" role="img" aria-label=words>
                {move || told.with(|(_, parts)| parts.iter().map(piece).collect_view())}
            </div>
            <table>
                <thead class="visually-hidden"><tr><th>"Part"</th><th>"Bytes"</th><th>"What for"</th></tr></thead>
                <tbody>{move || told.with(|(_, parts)| parts.iter().map(row).collect_view())}</tbody>
            </table>
        </figure>
    }
    .into_any()
}

/// How far the value is from where its encoding ends.
pub fn limits(view: View, run: Callback<String>) -> AnyView {
    let told = Memo::new(move |_| of(view, |layout| layout.limits.clone()).unwrap_or_default());
    let suggestion = Memo::new(move |_| of(view, |layout| layout.suggestion.clone()).flatten());
    let attempt = move || {
        suggestion.get().map(|line| {
            let tried = line.clone();
            view! {
                <p class="attempt">
                    "Add entries until it changes: "
                    <button type="button" class="try" on:click=move |_| run.run(tried.clone())>{line}</button>
                </p>
            }
        })
    };
    let limit = |limit: &LimitView| {
        let is_crossed = limit.reached > limit.most;
        let most = limit.most.max(1.0);
        let share = format!("{:.1}%", (limit.reached / most * 100.0).min(100.0));
        let words = format!(
            "{} of {} {}{}",
            format::grouped(limit.reached),
            format::grouped(limit.most),
            limit.unit,
            if is_crossed { ": crossed" } else { "" }
        );
        view! {
            <li class:crossed=is_crossed>
                <span class="limit-name" class:is-setting=limit.is_setting>{limit.name.clone()}</span>
                <span class="limit-words">{words.clone()}</span>
                <div
                    class="limit-bar"
                    role="meter"
                    aria-label=limit.name.clone()
                    aria-valuemin="0"
                    aria-valuemax=most.to_string()
                    aria-valuenow=limit.reached.min(most).to_string()
                    aria-valuetext=words
                >
                    <span style:width=share></span>
                </div>
            </li>
        }
    };
    let shown = move || {
        told.with(|limits| {
            (!limits.is_empty()).then(|| {
                view! {
                    <section class="limits" aria-label="Limits">
                        <h3>"Limits of this encoding"</h3>
                        <ul>{limits.iter().map(limit).collect_view()}</ul>
                        {attempt}
                    </section>
                }
            })
        })
    };
    shown.into_any()
}

/// What the encoding went through while it was looked at; told to screen readers as it happens.
pub fn crossings(view: View) -> AnyView {
    let told =
        Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.crossings.clone())).unwrap_or_default());
    let numbered = move || told.get().into_iter().enumerate().collect::<Vec<_>>();
    let crossing = |(_, crossing): (usize, Crossing)| {
        let Crossing { at_ms, from, to, command, why, setting, bytes_before, bytes_after } = crossing;
        let cost = format!(
            "{} → {} bytes, {}",
            format::grouped(bytes_before),
            format::grouped(bytes_after),
            ratio(bytes_before, bytes_after)
        );
        view! {
            <li>
                <time class="muted">{time_of_day(at_ms)}</time>
                " "
                <strong>{format!("{from} → {to}")}</strong>
                <span>" by " <code>{command}</code></span>
                <span class="crossing-why">{why}{setting.map(|setting| view! { " (" <code>{setting}</code> ")" })}</span>
                <span class="crossing-cost">{cost}</span>
            </li>
        }
    };
    view! {
        <section class="crossings" aria-label="Changes of encoding">
            <h3>"Changes of encoding"</h3>
            <p class="muted" hidden=move || told.with(|told| !told.is_empty())>
                "None while you looked. They appear here as they happen, with what they cost."
            </p>
            <div role="log" aria-live="polite" aria-label="Changes of encoding, as they happen">
                <ol>
                    <For
                        each=numbered
                        key=|(index, crossing)| (*index, crossing.at_ms.to_bits(), crossing.to.clone())
                        children=crossing
                    />
                </ol>
            </div>
        </section>
    }
    .into_any()
}

/// Hours, minutes and seconds where the person is.
fn time_of_day(ms: f64) -> String {
    let date = js_sys::Date::new(&ms.into());
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}
