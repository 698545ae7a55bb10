//! A HyperLogLog: its registers, the estimate they give, and how far it may be off.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::body::page_memo;
use super::editor::Editor;
use super::tables::buttons;
use crate::editing;
use crate::format::{counted, grouped};
use crate::protocol::{RegistersView, ValueContent};

/// Registers in a row of the picture.
const COLUMNS: usize = 128;
/// 1.04 divided by the square root of 16,384.
const STANDARD_ERROR: f64 = 0.008_125;

#[component]
pub fn Registers(editor: Editor) -> impl IntoView {
    let registers = page_memo(editor, |page| match &page.content {
        ValueContent::Registers(registers) => Some(registers.clone()),
        _ => None,
    });
    let registers = Memo::new(move |_| registers.get().flatten());
    view! {
        <div class="actions">{buttons(editor, editing::hyperloglog_actions(&editor.key()))}</div>
        {move || registers.get().map(|registers| view! {
            {facts(&registers)}
            {picture(&registers.bytes)}
            {histogram(&registers.bytes)}
        })}
    }
}

fn facts(registers: &RegistersView) -> AnyView {
    let RegistersView { estimate, is_sparse, is_kept, .. } = *registers;
    let off = estimate * STANDARD_ERROR;
    let range = format!("{} to {}", grouped((estimate - 2.0 * off).floor()), grouped((estimate + 2.0 * off).ceil()));
    let kept = if is_kept { "kept in the header" } else { "computed at the next PFCOUNT" };
    let layout = if is_sparse { "sparse: runs of equal registers" } else { "dense: 6 bits a register" };
    view! {
        <dl class="facts">
            <div><dt>"Estimate"</dt><dd>{counted(estimate, "element")}</dd></div>
            <div><dt>"Standard error"</dt><dd>{format!("0.81 % (±{})", grouped(off.round()))}</dd></div>
            <div><dt>"19 times in 20"</dt><dd>{range}</dd></div>
            <div><dt>"Layout"</dt><dd>{layout}</dd></div>
            <div><dt>"Estimate is"</dt><dd>{kept}</dd></div>
        </dl>
    }
    .into_any()
}

/// How many registers have each value.
fn counts(registers: &[u8]) -> Vec<u32> {
    let mut counts = vec![0; usize::from(registers.iter().copied().max().unwrap_or_default()) + 1];
    for value in registers {
        if let Some(count) = counts.get_mut(usize::from(*value)) {
            *count += 1;
        }
    }
    counts
}

/// All registers, each a square that is the stronger the greater its value: one path for each value.
fn picture(registers: &[u8]) -> AnyView {
    let most = registers.iter().copied().max().unwrap_or_default();
    let mut paths = vec![String::new(); usize::from(most) + 1];
    for (at, value) in registers.iter().enumerate() {
        if let Some(path) = paths.get_mut(usize::from(*value)).filter(|_| *value > 0) {
            let _ = write!(path, "M{} {}h1", at % COLUMNS, at / COLUMNS);
        }
    }
    let rows = registers.len().div_ceil(COLUMNS);
    let set = registers.iter().filter(|value| **value > 0).count();
    let name = format!("{} registers, of which {} are above 0; the greatest is {most}", registers.len(), set);
    let paths = paths.into_iter().enumerate().filter(|(_, path)| !path.is_empty()).map(|(value, path)| {
        let strength = 0.15 + 0.85 * value as f64 / f64::from(most.max(1));
        view! { <path d=path stroke-opacity=format!("{strength:.2}")></path> }
    });
    view! {
        <svg class="registers" role="img" aria-label=name viewBox=format!("0 -0.5 {COLUMNS} {rows}")>
            {paths.collect_view()}
        </svg>
    }
    .into_any()
}

fn histogram(registers: &[u8]) -> AnyView {
    let total = registers.len().max(1) as f64;
    let rows = counts(registers).into_iter().enumerate().filter(|(_, count)| *count > 0).map(|(value, count)| {
        let share = 100.0 * f64::from(count) / total;
        view! {
            <tr>
                <td class="number">{value}</td>
                <td class="number">{grouped(f64::from(count))}</td>
                <td class="wide"><div class="bar" style:width=format!("{share:.1}%")></div></td>
            </tr>
        }
    });
    view! {
        <table>
            <caption>"How many registers have each value"</caption>
            <thead><tr><th scope="col">"Value"</th><th scope="col">"Registers"</th><th scope="col"><span class="visually-hidden">"Share"</span></th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}
