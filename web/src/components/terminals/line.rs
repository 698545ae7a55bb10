//! The line of a terminal: what is typed, with the grey hint behind it, history and its search, completion, rows and
//! editing keys. What the keys mean stands in [`shortcuts`], what they do to a text in [`typing`].

use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::kept;
use super::pasted::Pasted;
use super::search::Search;
use crate::history::History;
use crate::later::{self, entry};
use crate::session::Client;
use crate::shortcuts::{self, Action, Place};
use crate::typing::{self, Edited};

/// What Tab is walking through.
#[derive(Clone, Default)]
struct Walk {
    completions: Vec<String>,
    at: usize,
    /// What it put into the line; anything else there ends the walk.
    shown: String,
}

/// The parts of a line that its keys work on.
#[derive(Clone, Copy)]
pub struct Line {
    pub client: Client,
    pub input: NodeRef<Textarea>,
    pub history: StoredValue<History>,
    /// The text, for what is drawn behind it.
    text: RwSignal<String>,
    /// The bracket at the caret and its other half.
    brackets: RwSignal<Option<(usize, usize)>>,
    pub search: RwSignal<Option<Search>>,
    pub pasted: RwSignal<Pasted>,
    walk: StoredValue<Walk>,
    /// What was deleted last.
    kept: StoredValue<String>,
    /// Escape was pressed: Tab leaves the line.
    leaving: StoredValue<bool>,
}

#[component]
pub fn CommandLine(client: Client, input: NodeRef<Textarea>, focus_first: bool) -> impl IntoView {
    let line = Line {
        client,
        input,
        history: StoredValue::new(kept::history().unwrap_or_default()),
        text: RwSignal::new(String::new()),
        brackets: RwSignal::new(None),
        search: RwSignal::new(None),
        pasted: RwSignal::new(Pasted::default()),
        walk: StoredValue::new(Walk::default()),
        kept: StoredValue::new(String::new()),
        leaving: StoredValue::new(false),
    };
    Effect::new(move || {
        if let Some(input) = input.get() {
            let _ = input.set_attribute("autocorrect", "off");
            if focus_first {
                let _ = input.focus();
            }
        }
    });
    let hint_id = format!("command-hint-{}", client.number);
    let on_focus = move |_| {
        line.recall();
        // A dialog that closes gives the focus back without the caret, and what is typed then would go nowhere.
        let Some(input) = input.get_untracked() else { return };
        if let (Ok(Some(start)), Ok(Some(end))) = (input.selection_start(), input.selection_end()) {
            let _ = input.set_selection_range(start, end);
        }
    };
    let prompt = move || match line.search.get() {
        Some(search) => search.prompt(),
        None => client.prompt.get(),
    };
    // The prompt is not read out; this is.
    let searching = move || line.search.get().map(|search| search.said(&line.text.get()));
    view! {
        {later::once(move || line.pasted.with(|pasted| !pasted.is_empty()), move |here| entry::pasted(here, line))}
        <div class="command-line">
            <span class="t-prompt" aria-hidden="true">{prompt}</span>
            <div class="field">
                <div class="ghost" aria-hidden="true">
                    <span class="typed">{move || line.behind()}</span>
                    <span>{move || client.hint.get().hint}</span>
                </div>
                <textarea
                    node_ref=input
                    rows="1"
                    aria-label="Command"
                    autocapitalize="off"
                    autocomplete="off"
                    spellcheck="false"
                    enterkeyhint="send"
                    aria-describedby=hint_id.clone()
                    on:focus=on_focus
                    on:input=move |event| line.typed(&event)
                    on:paste=move |event| line.paste(&event)
                    on:keydown=move |event| line.press(&event)
                    on:keyup=move |_| line.look_for_brackets()
                    on:click=move |_| line.look_for_brackets()
                ></textarea>
                <span id=hint_id class="visually-hidden">{move || client.hint.get().hint}</span>
            </div>
            <Show when=move || line.search.with(Option::is_some)>
                <span class="visually-hidden" role="status" aria-label="Search">{searching}</span>
            </Show>
        </div>
    }
    .into_any()
}

impl Line {
    pub fn value(self) -> String {
        self.input.get_untracked().map(|input| input.value()).unwrap_or_default()
    }

    /// Where the caret is, in bytes; the end without one.
    fn caret(self, text: &str) -> usize {
        let units = self.input.get_untracked().and_then(|input| input.selection_start().ok().flatten());
        units.map_or(text.len(), |units| byte_at(text, units))
    }

    /// Puts a text into the line, with the caret at a byte of it.
    fn show_at(self, text: &str, at: usize) {
        if let Some(input) = self.input.get_untracked() {
            input.set_value(text);
            let units = units_at(text, at);
            let _ = input.set_selection_range(units, units);
        }
        self.changed(text);
    }

    pub fn show(self, text: &str) {
        self.show_at(text, text.len());
    }

    /// The text is another one now.
    pub fn changed(self, text: &str) {
        self.client.look_for_hint(text);
        self.text.set(text.to_owned());
        self.look_for_brackets();
    }

    fn look_for_brackets(self) {
        let text = self.value();
        let found = typing::brackets(&text, self.caret(&text));
        if self.brackets.get_untracked() != found {
            self.brackets.set(found);
        }
    }

    /// What lies behind the field: the text again, unseen, for the hint to stand after it and brackets to be marked.
    fn behind(self) -> AnyView {
        let text = self.text.get();
        // A last row without anything in it would have no height.
        let end = if text.ends_with('\n') { "\u{200b}" } else { "" };
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
        match self.brackets.get() {
            Some((first, second)) if second < text.len() => view! {
                {part(0, first)}<b class="bracket">{part(first, first + 1)}</b>{part(first + 1, second)}
                <b class="bracket">{part(second, second + 1)}</b>{part(second + 1, text.len())}{end}
            }
            .into_any(),
            _ => format!("{text}{end}").into_any(),
        }
    }

    // --- Running ---------------------------------------------------------------------------------------------

    /// Takes over what other terminals have added to the history.
    fn recall(self) {
        if let Some(history) = kept::history() {
            self.history.set_value(history);
        }
    }

    pub fn remember(self, commands: &mut dyn Iterator<Item = &str>) {
        self.recall();
        self.history.update_value(|history| history.push_all(commands));
        self.history.with_value(kept::keep);
    }

    /// Runs what stands in the line: one command, or several on rows of their own.
    fn run(self, text: &str) {
        self.remember(&mut typing::commands(text, true));
        match text.contains('\n') {
            true => typing::commands(text, true).for_each(|command| self.client.run_whole(command)),
            false => self.client.run(text),
        }
        self.show("");
    }

    fn typed(self, event: &leptos::ev::Event) {
        self.search.set(None);
        let text = self.value();
        let how = js_sys::Reflect::get(event, &JsValue::from_str("inputType")).ok().and_then(|how| how.as_string());
        match how.as_deref() {
            // The Enter of a keyboard on the screen, which may not say so before.
            Some("insertLineBreak" | "insertParagraph") => match text.strip_suffix('\n') {
                Some(text) if !typing::is_open(text) => self.run(text),
                _ => self.changed(&text),
            },
            Some("insertFromDrop") if text.contains('\n') => self.take(&text.replace('\r', "")),
            _ => self.changed(&text),
        }
    }

    // --- Keys ------------------------------------------------------------------------------------------------

    fn press(self, event: &KeyboardEvent) {
        if event.is_composing() || event.meta_key() {
            return;
        }
        let press = shortcuts::press(&event.key(), &event.code(), event.ctrl_key(), event.alt_key(), event.shift_key());
        let action = shortcuts::find(Place::Line, &press).map(|(action, _)| action);
        if !matches!(event.key().as_str(), "Tab" | "Shift" | "Escape") {
            self.leaving.set_value(false);
        }
        if self.search.with_untracked(Option::is_some) && self.search_on(event, action) {
            return event.prevent_default();
        }
        let text = self.value();
        let at = self.caret(&text);
        let taken = match action {
            None => false,
            Some(Action::Run) if !self.has_nothing_pasted() => {
                self.run_pasted();
                true
            }
            Some(Action::Leave | Action::Interrupt) if !self.has_nothing_pasted() => {
                self.drop_pasted();
                true
            }
            Some(Action::Run) if typing::is_open(&text) => self.edit(&text, at, Action::NewRow),
            Some(Action::Run | Action::RunAsIs) => {
                self.run(&text);
                true
            }
            // Between rows these keys move the caret.
            Some(Action::Older) if text.get(..at).is_some_and(|before| before.contains('\n')) => false,
            Some(Action::Newer) if text.get(at..).is_some_and(|after| after.contains('\n')) => false,
            Some(Action::Older) => {
                // Editors add to it as well.
                if self.history.with_value(History::is_at_end) {
                    self.recall();
                }
                let older = self.history.try_update_value(|it| it.older(&text).map(str::to_owned)).flatten();
                older.iter().for_each(|older| self.show(older));
                true
            }
            Some(Action::Newer) => {
                let newer = self.history.try_update_value(|it| it.newer().map(str::to_owned)).flatten();
                newer.iter().for_each(|newer| self.show(newer));
                true
            }
            // On an empty line or after Escape, Tab moves on: the terminal never traps the keyboard.
            Some(Action::Complete | Action::CompleteBack) if text.is_empty() || self.leaving.get_value() => false,
            Some(Action::Complete) => self.complete(&text, false),
            Some(Action::CompleteBack) => self.complete(&text, true),
            Some(Action::Leave) => {
                self.leaving.set_value(true);
                false
            }
            Some(Action::SearchOlder) => {
                let at = self.history.with_value(History::end);
                self.search.set(Some(Search::new(at, text)));
                true
            }
            // There is nothing to save here, which is what browsers take it for.
            Some(Action::SearchNewer) => true,
            Some(Action::Interrupt) if self.has_selection() => false,
            Some(Action::Interrupt) => {
                self.show("");
                self.client.interrupt();
                true
            }
            Some(Action::Clear) => {
                self.client.clear();
                true
            }
            // With nothing to delete these keys open the palette.
            Some(Action::DeleteToEnd) if at == text.len() => false,
            Some(action) => self.edit(&text, at, action),
        };
        if taken {
            event.prevent_default();
        }
    }

    /// An editing key; what a browser would do on it never happens.
    fn edit(self, text: &str, at: usize, action: Action) -> bool {
        let edited = self.kept.try_update_value(|kept| typing::edit(text, at, action, kept)).flatten();
        if let Some(Edited { text, at }) = edited {
            self.show_at(&text, at);
        }
        true
    }

    fn complete(self, text: &str, back: bool) -> bool {
        let next = self.walk.try_update_value(|walk| walk.next(text, self.client, back)).flatten();
        if let Some(next) = next {
            if let Some(input) = self.input.get_untracked() {
                input.set_value(&next);
            }
            self.text.set(next);
        }
        true
    }

    fn has_selection(self) -> bool {
        let in_line = self.input.get_untracked().is_some_and(|it| it.selection_start().ok() != it.selection_end().ok());
        in_line || window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed())
    }
}

impl Walk {
    fn next(&mut self, text: &str, client: Client, back: bool) -> Option<String> {
        if text != self.shown || self.completions.is_empty() {
            self.completions = client.hint.get_untracked().completions;
            self.at = if back { 0 } else { self.completions.len().saturating_sub(1) };
        }
        let count = self.completions.len();
        self.at = (self.at + if back { count.saturating_sub(1) } else { 1 }).checked_rem(count)?;
        self.shown = self.completions.get(self.at)?.clone();
        Some(self.shown.clone())
    }
}

/// The byte at which a number of UTF-16 units ends.
pub fn byte_at(text: &str, units: u32) -> usize {
    let mut seen = 0;
    for (at, character) in text.char_indices() {
        if seen >= units {
            return at;
        }
        seen += character.len_utf16() as u32;
    }
    text.len()
}

fn units_at(text: &str, at: usize) -> u32 {
    text.get(..at).unwrap_or(text).encode_utf16().count() as u32
}
