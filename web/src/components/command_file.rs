//! A file of commands: consent before it runs, how far it is, and what came of it.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::notices::Notices;
use crate::file_run::{Outcome, Preview, Progress, Stopped};
use crate::format::{counted, grouped};
use crate::session::{Client, Session};

/// Runs files of commands, one at a time.
#[derive(Clone, Copy)]
pub struct CommandFiles {
    session: Session,
    notices: Notices,
    /// The file that waits for consent: its name, what it looks like, its bytes.
    asking: RwSignal<Option<(String, Preview, Vec<u8>)>>,
    state: RwSignal<State>,
}

#[derive(Clone, PartialEq)]
enum State {
    Idle,
    Running { name: String, progress: Progress, is_stopping: bool },
    Done { name: String, outcome: Outcome },
}

impl CommandFiles {
    pub fn new(session: Session, notices: Notices) -> CommandFiles {
        CommandFiles { session, notices, asking: RwSignal::new(None), state: RwSignal::new(State::Idle) }
    }

    /// Asks whether a file is to run.
    pub fn offer(self, name: String, bytes: Vec<u8>) {
        if matches!(self.state.get_untracked(), State::Running { .. }) {
            return self.notices.warn(format!("{name} was not run: another file still runs. Stop it or wait."));
        }
        let preview = Preview::of(&bytes);
        if preview.first.is_empty() {
            return self.notices.warn(format!("{name} holds no commands."));
        }
        self.asking.set(Some((name, preview, bytes)));
    }

    /// Whether a file waits for consent.
    pub fn asks(self) -> bool {
        self.asking.with(Option::is_some)
    }

    /// Whether a file runs, or its result is shown.
    pub fn is_busy(self) -> bool {
        self.state.with(|state| *state != State::Idle)
    }

    fn run(self, client: Client) {
        let Some((name, _, bytes)) = self.asking.try_update(Option::take).flatten() else { return };
        let progress = Progress { bytes: bytes.len() as f64, ..Progress::default() };
        self.state.set(State::Running { name: name.clone(), progress, is_stopping: false });
        let heard = move |progress: Progress| {
            self.state.try_update(|state| {
                if let State::Running { progress: known, .. } = state {
                    *known = progress;
                }
            });
        };
        let done = move |outcome: Outcome| {
            self.state.try_set(State::Done { name, outcome });
        };
        self.session.files.run(client.database.get_untracked(), bytes, heard, done);
    }

    fn stop(self) {
        self.state.update(|state| {
            if let State::Running { is_stopping, .. } = state {
                *is_stopping = true;
            }
        });
        self.session.files.stop();
    }
}

/// The question before a file runs.
#[component]
pub fn FileConsent(files: CommandFiles, client: RwSignal<Client>) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let (Some(dialog), true) = (dialog.get(), files.asks()) {
            let _ = dialog.show_modal();
        }
    });
    let close = move || {
        files.asking.set(None);
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let run = move |_| {
        files.run(client.get_untracked());
        close();
    };
    let title = move || files.asking.with(|asking| asking.as_ref().map(|(name, ..)| format!("Run {name}?")));
    let size = move || {
        files.asking.with(|asking| {
            asking.as_ref().map(|(_, preview, bytes)| match preview.is_resp {
                true => format!("Commands in RESP, {} bytes. It begins with:", grouped(bytes.len() as f64)),
                false if preview.lines > preview.first.len() => {
                    format!("{} of commands. The first of them:", counted(preview.lines as f64, "line"))
                }
                false => format!("{} of commands:", counted(preview.lines as f64, "line")),
            })
        })
    };
    let first = move || files.asking.with(|asking| asking.as_ref().map(|(_, preview, _)| preview.first.join("\n")));
    view! {
        <dialog node_ref=dialog class="file-consent" aria-labelledby="file-title" on:close=move |_| files.asking.set(None)>
            <h2 id="file-title">{title}</h2>
            <p>{size}</p>
            <pre tabindex="0">{first}</pre>
            <p class="muted">"They run in database "{move || client.get().database.get()}" on a connection of their own. What they change stays changed."</p>
            <div class="buttons">
                <button type="button" on:click=move |_| close()>"Do not run"</button>
                <button type="button" class="primary" on:click=run>"Run"</button>
            </div>
        </dialog>
    }
    .into_any()
}

/// How far the file is, or what came of it; nothing when there is none.
#[component]
pub fn FileRun(files: CommandFiles) -> impl IntoView {
    let is_running = Memo::new(move |_| files.state.with(|state| matches!(state, State::Running { .. })));
    view! {
        <Show when=move || files.is_busy()>
            <section class="file-run" aria-label="File">
                {move || match is_running.get() {
                    true => view! { <Running files/> }.into_any(),
                    false => view! { <Done files/> }.into_any(),
                }}
            </section>
        </Show>
    }
    .into_any()
}

#[component]
fn Running(files: CommandFiles) -> impl IntoView {
    let look = move |of: fn(&str, &Progress, bool) -> String| {
        move || {
            files.state.with(|state| match state {
                State::Running { name, progress, is_stopping } => of(name, progress, *is_stopping),
                _ => String::new(),
            })
        }
    };
    let share = look(|_, progress, _| percent(progress).to_string());
    let width = look(|_, progress, _| format!("{}%", percent(progress)));
    let count = look(|_, progress, is_stopping| {
        let errors = match progress.errors {
            0.0 => String::new(),
            errors => format!(", {}", counted(errors, "error")),
        };
        let state = match progress.waits_at {
            _ if is_stopping => "; stopping".to_owned(),
            Some(place) => format!("; line {} waits for its reply", grouped(place)),
            None => String::new(),
        };
        format!("{}{errors}{state}", counted(progress.commands, "command"))
    });
    view! {
        <p class="file-name">{look(|name, _, _| format!("Running {name}"))}</p>
        <div class="bar" role="progressbar" aria-label="Progress of the file" aria-valuemin="0" aria-valuemax="100" aria-valuenow=share>
            <div style:width=width></div>
        </div>
        <p class="file-count">{count}</p>
        <button type="button" on:click=move |_| files.stop()>"Stop the file"</button>
    }
}

#[component]
fn Done(files: CommandFiles) -> impl IntoView {
    let State::Done { name, outcome } = files.state.get_untracked() else { return ().into_any() };
    let Outcome { progress, kinds, took_ms, last_place, is_resp, stopped } = outcome;
    let place = if is_resp { "command" } else { "line" };
    let end = match stopped {
        None => String::new(),
        Some(Stopped::ByPerson) => format!(" Stopped after {place} {}.", grouped(last_place)),
        Some(Stopped::Closed) => format!(" The server closed the connection at {place} {}.", grouped(last_place)),
        Some(Stopped::Unreadable(why)) => format!(" What follows could not be read: {why}."),
    };
    let took = if took_ms < 1000.0 { format!("{took_ms:.0} ms") } else { format!("{:.1} s", took_ms / 1000.0) };
    let errors = match progress.errors {
        0.0 => "no error".to_owned(),
        errors => counted(errors, "error"),
    };
    let summary = format!("{name}: {} in {took}, {errors}.{end}", counted(progress.commands, "command"));
    let row = move |kind: crate::file_run::ErrorKind| {
        let mut places: Vec<String> = kind.places.iter().map(|place| grouped(*place as f64)).collect();
        if kind.count as usize > places.len() {
            places.push("…".to_owned());
        }
        view! {
            <tr>
                <td class="index">{grouped(kind.count as f64)}</td>
                <td>{kind.text}</td>
                <td>{places.join(", ")}</td>
            </tr>
        }
    };
    let has_errors = !kinds.is_empty();
    let heading = if is_resp { "Commands" } else { "Lines" };
    view! {
        <p class="file-name" role="status" aria-label="Result of the file">{summary}</p>
        {has_errors.then(|| view! {
            <div class="file-errors" tabindex="0" role="group" aria-label="Errors of the file">
                <table>
                    <thead><tr><th scope="col">"Times"</th><th scope="col">"Error"</th><th scope="col">{heading}</th></tr></thead>
                    <tbody>{kinds.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        })}
        <button type="button" on:click=move |_| files.state.set(State::Idle)>"Close"</button>
    }
    .into_any()
}

fn percent(progress: &Progress) -> f64 {
    (100.0 * progress.bytes_read / progress.bytes.max(1.0)).floor()
}
