//! Lines over the last minute, or the same as a table.

use leptos::prelude::*;

use crate::charts::{Figure, History, Moment, WINDOW_MS};

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 96.0;

/// A chart of one or more figures of the same kind.
#[derive(Clone, Copy)]
pub struct Chart {
    pub title: &'static str,
    /// What each line is called, and what it shows.
    pub lines: &'static [(&'static str, Figure)],
    /// The scale never ends below this.
    pub least_top: f64,
    /// The scale ends at a round number of these.
    pub unit: f64,
    /// How a value is written.
    pub figure: fn(f64) -> String,
    pub note: Option<&'static str>,
}

impl Chart {
    /// A chart whose scale ends at a whole number.
    pub const fn new(
        title: &'static str,
        lines: &'static [(&'static str, Figure)],
        least_top: f64,
        figure: fn(f64) -> String,
    ) -> Chart {
        Chart { title, lines, least_top, unit: 1.0, figure, note: None }
    }

    /// The newest moment in words.
    fn newest(self, history: &History) -> String {
        let Some(last) = history.last() else { return "…".to_owned() };
        let words: Vec<String> = self.lines.iter().map(|(name, of)| self.told(&last, name, *of)).collect();
        words.join(", ")
    }

    fn told(self, moment: &Moment, name: &str, of: Figure) -> String {
        let value = of(moment).map_or("–".to_owned(), self.figure);
        if self.lines.len() > 1 { format!("{name} {value}") } else { value }
    }
}

pub fn line_chart(chart: Chart, history: RwSignal<History>, as_table: RwSignal<bool>) -> AnyView {
    let Chart { title, lines, least_top, unit, figure, note } = chart;
    let top = move || {
        let figures: Vec<Figure> = lines.iter().map(|(_, figure)| *figure).collect();
        history.with(|history| history.top(&figures, least_top, unit))
    };
    let seconds = WINDOW_MS / 1000.0;
    let plot = move || {
        let drawn = (1..).zip(lines).map(|(number, (_, of))| {
            let points = move || history.with(|history| history.points(WIDTH, HEIGHT, top(), *of));
            view! { <polyline class=format!("line-{number}") points=points></polyline> }
        });
        let legend = (lines.len() > 1).then(|| {
            let names = (1..).zip(lines).map(|(number, (name, _))| {
                view! { <span class=format!("line-{number}")>{*name}</span> }
            });
            view! { <p class="chart-legend" aria-hidden="true">{names.collect_view()}</p> }
        });
        view! {
            <div class="chart-plot">
                <div class="chart-axis" aria-hidden="true">
                    <span>{move || figure(top())}</span>
                    <span>"0"</span>
                </div>
                <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=format!("{title}, the last {seconds} seconds")>
                    <line class="grid" x1="0" x2=WIDTH y1=HEIGHT / 2.0 y2=HEIGHT / 2.0></line>
                    {drawn.collect_view()}
                </svg>
            </div>
            {legend}
        }
    };
    let table = move || {
        view! {
            <table>
                <caption class="visually-hidden">{title}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Seconds ago"</th>
                        {lines.iter().map(|(name, _)| view! { <th scope="col">{*name}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {move || history.with(History::seconds).into_iter().map(|(ago, moment)| view! {
                        <tr>
                            <th scope="row">{ago}</th>
                            {lines.iter().map(|(_, of)| view! {
                                <td>{of(&moment).map_or("–".to_owned(), figure)}</td>
                            }).collect_view()}
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
        }
    };
    view! {
        <figure class="chart">
            <figcaption>
                <h3>{title}</h3>
                <span class="now">{move || history.with(|history| chart.newest(history))}</span>
            </figcaption>
            {move || if as_table.get() { table().into_any() } else { plot().into_any() }}
            {note.map(|note| view! { <p class="chart-note">{note}</p> })}
        </figure>
    }
    .into_any()
}
