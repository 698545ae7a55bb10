//! Commands that were pasted: they are shown first, and run when the person says so.
//!
//! A single one goes into the line, as if it had been typed. Several wait above it, because a text from elsewhere may
//! hold more than it seems to.

use leptos::ev::ClipboardEvent;
use leptos::prelude::*;

use super::line::{Line, byte_at};
use crate::format;
use crate::typing;

/// How many of the commands are shown, and how much of each.
const SHOWN: usize = 5;
const SHOWN_CHARACTERS: usize = 200;

/// Pasted commands that wait: each ends with a line feed.
#[derive(Clone, Default)]
pub struct Pasted {
    text: String,
    count: usize,
}

impl Pasted {
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    typing::commands(text, false).map(str::trim).filter(|command| !command.is_empty())
}

impl Line {
    pub fn paste(self, event: &ClipboardEvent) {
        let pasted = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
        let text = self.value();
        let Some(input) = self.input.get_untracked().filter(|_| pasted.contains('\n')) else { return };
        // Into a command of several rows, rows are put as they are.
        if text.contains('\n') {
            return;
        }
        event.prevent_default();
        let at = |position: Result<Option<u32>, _>| position.ok().flatten().map_or(text.len(), |at| byte_at(&text, at));
        let (start, end) = (at(input.selection_start()), at(input.selection_end()));
        let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
        self.take(&(part(text.get(..start)) + &pasted.replace('\r', "") + &part(text.get(end..))));
    }

    /// Takes commands from elsewhere. What follows the last whole one stays to be finished.
    pub fn take(self, text: &str) {
        let (commands, rest) = typing::whole_commands(text);
        match listed(commands).count() {
            0 => self.show(rest),
            1 if rest.is_empty() && self.has_nothing_pasted() => self.show(commands.trim_matches('\n')),
            count => {
                self.pasted.update(|pasted| {
                    pasted.text.push_str(commands);
                    pasted.count += count;
                });
                self.show(rest);
            }
        }
    }

    pub fn has_nothing_pasted(self) -> bool {
        self.pasted.with_untracked(Pasted::is_empty)
    }

    /// Runs what waits, one command after the other.
    pub fn run_pasted(self) {
        let Some(pasted) = self.pasted.try_update(std::mem::take) else { return };
        self.remember(&mut listed(&pasted.text));
        self.client.run(&pasted.text);
    }

    pub fn drop_pasted(self) {
        self.pasted.set(Pasted::default());
    }

    fn focus(self) {
        self.input.get_untracked().iter().for_each(|input| drop(input.focus()));
    }
}

/// What waits, with what can be done about it.
#[component]
pub fn PastedCommands(line: Line) -> impl IntoView {
    let shown = move || {
        line.pasted.with(|pasted| {
            let first = listed(&pasted.text).take(SHOWN);
            let rows = first.map(|command| {
                let row: String = command.chars().take(SHOWN_CHARACTERS).collect();
                view! { <li>{row}</li> }
            });
            let left = pasted.count.saturating_sub(SHOWN);
            let left = (left > 0).then(|| format!("and {} more", format::grouped(left as f64)));
            view! { {rows.collect::<Vec<_>>()} {left.map(|left| view! { <li class="muted">{left}</li> })} }
        })
    };
    let count = move || line.pasted.with(|pasted| format::counted(pasted.count as f64, "command"));
    view! {
        <Show when=move || line.pasted.with(|pasted| !pasted.is_empty())>
            <section class="queue" aria-label="Pasted commands">
                <p role="status" aria-label="Pasted">{count}" pasted. Enter runs them one after the other, Ctrl-C drops them."</p>
                <ol>{shown}</ol>
                <p class="buttons">
                    <button type="button" on:click=move |_| { line.run_pasted(); line.focus(); }>"Run them"</button>
                    <button type="button" on:click=move |_| { line.drop_pasted(); line.focus(); }>"Drop them"</button>
                </p>
            </section>
        </Show>
    }
}
