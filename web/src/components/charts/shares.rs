//! What the keys are: memory by type and by prefix, and how long they still live. Tables with bars in them.

use leptos::prelude::*;

use crate::charts::ttl_label;
use crate::format;
use crate::metrics::{Share, Survey};
use crate::session::Session;

/// A row: what it is called, its figures, and how long its bar is, of 100.
struct Row {
    name: String,
    figures: Vec<String>,
    percent: f64,
}

#[component]
pub fn Shares(session: Session, survey: RwSignal<Option<Survey>>) -> impl IntoView {
    let by = move |pick: fn(&Survey) -> &Vec<Share>| {
        move || survey.with(|survey| survey.as_ref().map(|survey| memory(pick(survey))).unwrap_or_default())
    };
    let ttls = move || survey.with(|survey| survey.as_ref().map(deadlines).unwrap_or_default());
    let as_of = move || {
        survey.with(|survey| match survey {
            Some(survey) => {
                let ago = format::duration((session.clock.now_ms.get() - survey.as_of_ms).max(0.0));
                let took = format::latency(survey.took_ms);
                format!("As of {ago} ago. All keys are walked in short portions, which took {took} in all.")
            }
            None => "The keys are being counted …".to_owned(),
        })
    };
    let is_counted = Memo::new(move |_| survey.with(Option::is_some));
    let counted = move || {
        is_counted.get().then(|| {
            view! {
                {bars("Memory by type", &["Keys", "Bytes"], by(|survey| &survey.types))}
                {bars("Memory by prefix", &["Keys", "Bytes"], by(|survey| &survey.prefixes))}
                {bars("Time to live", &["Keys"], ttls)}
            }
        })
    };
    view! {
        {counted}
        <p class="chart-note">{as_of}</p>
    }
}

fn memory(shares: &[Share]) -> Vec<Row> {
    let all: f64 = shares.iter().map(|share| share.bytes).sum();
    let row = |share: &Share| Row {
        name: share.name.clone(),
        figures: vec![format::grouped(share.keys), format::bytes(share.bytes)],
        percent: 100.0 * share.bytes / all.max(1.0),
    };
    shares.iter().map(row).collect()
}

fn deadlines(survey: &Survey) -> Vec<Row> {
    let bars = survey.ttls.iter().map(|(end, keys)| (ttl_label(*end), *keys));
    let bars: Vec<_> = bars.chain([("no deadline".to_owned(), survey.lasting)]).collect();
    let all: f64 = bars.iter().map(|(_, keys)| keys).sum();
    let row = |(name, keys): (String, f64)| Row {
        name,
        figures: vec![format::grouped(keys)],
        percent: 100.0 * keys / all.max(1.0),
    };
    bars.into_iter().map(row).collect()
}

fn bars(
    title: &'static str,
    columns: &'static [&'static str],
    rows: impl Fn() -> Vec<Row> + Send + 'static,
) -> AnyView {
    let row = |row: Row| {
        view! {
            <tr>
                <th scope="row">{row.name}</th>
                {row.figures.into_iter().map(|figure| view! { <td>{figure}</td> }).collect_view()}
                <td class="share" aria-hidden="true"><span style:width=format!("{:.1}%", row.percent)></span></td>
            </tr>
        }
    };
    view! {
        <figure class="chart">
            <figcaption><h3>{title}</h3></figcaption>
            <table>
                <caption class="visually-hidden">{title}</caption>
                <thead>
                    <tr>
                        <td></td>
                        {columns.iter().map(|name| view! { <th scope="col">{*name}</th> }).collect_view()}
                        <td aria-hidden="true"></td>
                    </tr>
                </thead>
                <tbody>{move || rows().into_iter().map(row).collect_view()}</tbody>
            </table>
        </figure>
    }
    .into_any()
}
