//! The slow log.

use leptos::prelude::*;

use crate::components::rows::keyed_rows;
use crate::format;
use crate::metrics::SlowCommand;
use crate::session::Session;

#[component]
pub fn SlowLog(session: Session) -> impl IntoView {
    let commands = RwSignal::new(Vec::<SlowCommand>::new());
    let slower_than = RwSignal::new(None::<f64>);
    Effect::new(move || {
        session.charts.measured.with(|sample| {
            let Some(sample) = sample else { return };
            if let Some(new) = &sample.slow {
                commands.set(new.clone());
            }
            if slower_than.get_untracked() != sample.slower_than_us {
                slower_than.set(sample.slower_than_us);
            }
        });
    });
    let note = move || match slower_than.get() {
        Some(micros) => format!(
            "Commands that took {} ms or more (CONFIG SET slowlog-log-slower-than). Here commands that take the same time whatever they are given are not measured.",
            micros / 1000.0
        ),
        None => "CONFIG SET slowlog-log-slower-than turns the slow log on.".to_owned(),
    };
    let ago = move |at_ms: f64| format::duration((session.clock.now_ms.get() - at_ms).max(0.0));
    let row = move |command: SlowCommand| {
        view! {
            <tr>
                <td>{format!("{:.1} ms", command.micros / 1000.0)}</td>
                <td><code>{command.text}</code></td>
                <td>{command.client}</td>
                <td>{move || format!("{} ago", ago(command.at_ms))}</td>
            </tr>
        }
    };
    view! {
        <figure class="chart">
            <figcaption><h3>"Slow log"</h3></figcaption>
            <Show when=move || commands.with(|commands| !commands.is_empty()) fallback=|| view! { <p class="muted">"Empty."</p> }>
                <div class="chart-scrolled" tabindex="0" role="region" aria-label="Slow commands">
                    <table>
                        <caption class="visually-hidden">"Slow log"</caption>
                        <thead>
                            <tr><th scope="col">"Took"</th><th scope="col">"Command"</th><th scope="col">"Client"</th><th scope="col">"When"</th></tr>
                        </thead>
                        <tbody>{keyed_rows(move || commands.get(), |command| command.id as u64, row)}</tbody>
                    </table>
                </div>
            </Show>
            <p class="chart-note">{note}</p>
        </figure>
    }
}
