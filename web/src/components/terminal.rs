//! A terminal: what was printed, the prompt, and the line being typed with its hint.

use leptos::ev::{ClipboardEvent, KeyboardEvent, MouseEvent};
use leptos::html::{Div, Textarea};
use leptos::prelude::*;

use crate::browser;
use crate::format::grouped;
use crate::history::History;
use crate::protocol::Awaiting;
use crate::session::Client;

const HISTORY: &str = "history";
/// Closer to the end than this counts as at the end.
const NEAR_END_PX: i32 = 40;

/// The terminal of a client.
#[component]
pub fn Terminal(
    client: Client,
    /// Whether the keyboard goes to the line at once.
    #[prop(default = true)]
    focus: bool,
) -> impl IntoView {
    let focus_first = focus && !browser::matches("(pointer: coarse)");
    let scroller = NodeRef::<Div>::new();
    let log = NodeRef::<Div>::new();
    let input = NodeRef::<Textarea>::new();
    Effect::new(move || {
        if let Some(log) = log.get() {
            client.transcript.with_value(|transcript| {
                let _ = log.append_child(transcript.root());
            });
            follow_output(&log, scroller);
        }
    });
    let focus = move |_: MouseEvent| {
        let selecting = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        if let (false, Some(input)) = (selecting, input.get_untracked()) {
            let _ = input.focus();
        }
    };
    view! {
        <div class="terminal" node_ref=scroller on:click=focus>
            <div
                class="log"
                role="log"
                aria-label="Replies"
                tabindex="0"
                aria-busy=move || (client.waiting.get() > 0).to_string()
                node_ref=log
            ></div>
            <CommandLine client input focus_first/>
            <Waiting client/>
            <Restart client/>
        </div>
    }
}

/// What the terminal waits for and for how long, with a button for those who have no Ctrl-C.
#[component]
fn Waiting(client: Client) -> impl IntoView {
    let now_ms = client.session().now_ms;
    let seconds = Memo::new(move |_| match client.awaiting.get() {
        Awaiting::Reply { since_ms } => ((now_ms.get() - since_ms) / 1000.0).max(0.0).floor(),
        _ => 0.0,
    });
    let lines = move || match client.waiting.get() {
        0 => String::new(),
        1 => "1 line to run".to_owned(),
        count => format!("{} lines to run", grouped(f64::from(count))),
    };
    let state = move || match client.awaiting.get() {
        Awaiting::Nothing => "",
        Awaiting::Reply { .. } => "Waiting for the reply",
        Awaiting::Messages => "Reading messages... (press Ctrl-C to quit or any key to type command)",
        Awaiting::Monitor => "Showing what clients run (press Ctrl-C to quit)",
    };
    // Counts up without being read out each time.
    let since = move || match seconds.get() {
        0.0 => String::new(),
        seconds => format!("{} s", grouped(seconds)),
    };
    view! {
        <Show when=move || { client.waiting.get() > 0 || client.awaiting.get() != Awaiting::Nothing }>
            <p class="waiting">
                <span role="status" aria-label="Terminal">{state}" "{lines}</span>
                <span class="since" aria-hidden="true">{since}</span>
                <button type="button" on:click=move |_| client.interrupt()>"Stop"</button>
            </p>
        </Show>
    }
}

/// The way out of a script that has written and does not end: what is stored holds nothing of it.
#[component]
fn Restart(client: Client) -> impl IntoView {
    view! {
        <Show when=move || client.is_unkillable.get()>
            <p class="waiting">
                <span role="status" aria-label="Script">
                    "A restart ends the script and goes back to the last saved state, without what the script wrote."
                </span>
                <button type="button" on:click=move |_| browser::reload()>"Restart"</button>
            </p>
        </Show>
    }
}

/// Keeps the end in view while things are printed, unless the person looks at something above it.
fn follow_output(log: &web_sys::HtmlDivElement, scroller: NodeRef<Div>) {
    use wasm_bindgen::prelude::*;
    let Some(scroller) = scroller.get_untracked() else { return };
    let at_end = std::rc::Rc::new(std::cell::Cell::new(true));
    let (seen, looked_at) = (at_end.clone(), scroller.clone());
    let last_top = std::rc::Rc::new(std::cell::Cell::new(0));
    let scrolled_to = last_top.clone();
    let on_scroll = Closure::<dyn Fn()>::new(move || {
        let top = looked_at.scroll_top();
        let below = looked_at.scroll_height() - top - looked_at.client_height();
        // Only a person's going up leaves the end; output that grows, or loses its oldest lines, does not.
        if below < NEAR_END_PX {
            seen.set(true);
        } else if top < last_top.get() {
            seen.set(false);
        }
        last_top.set(top);
    });
    let _ = scroller.add_event_listener_with_callback("scroll", on_scroll.into_js_value().unchecked_ref());
    let grown = Closure::<dyn Fn()>::new(move || {
        if at_end.get() {
            scroller.set_scroll_top(scroller.scroll_height());
            scrolled_to.set(scroller.scroll_top());
        }
    });
    // Called once per frame at most, after layout, so a flood of output costs one look.
    if let Ok(observer) = web_sys::ResizeObserver::new(grown.into_js_value().unchecked_ref()) {
        observer.observe(log);
        on_cleanup(move || observer.disconnect());
    }
}

/// What Tab is walking through.
#[derive(Clone, Default)]
struct Walk {
    completions: Vec<String>,
    at: usize,
    /// What it put into the line; anything else there ends the walk.
    shown: String,
}

#[component]
fn CommandLine(client: Client, input: NodeRef<Textarea>, focus_first: bool) -> impl IntoView {
    let history = StoredValue::new(History::from_text(&browser::remembered(HISTORY).unwrap_or_default()));
    let line = RwSignal::new(String::new());
    let walk = StoredValue::new(Walk::default());
    // Escape was pressed: Tab leaves the line.
    let leaving = StoredValue::new(false);
    Effect::new(move || {
        if let Some(input) = input.get() {
            let _ = input.set_attribute("autocorrect", "off");
            if focus_first {
                let _ = input.focus();
            }
        }
    });
    let show = move |text: String| {
        if let Some(input) = input.get_untracked() {
            input.set_value(&text);
            let end = text.encode_utf16().count() as u32;
            let _ = input.set_selection_range(end, end);
        }
        client.look_for_hint(&text);
        line.set(text);
    };
    let run = move |text: &str| {
        history.update_value(|history| history.push_lines(text));
        history.with_value(|history| browser::remember(HISTORY, &history.to_text()));
        client.run(text);
    };
    // Everything up to the last line break runs; what follows it stays to be finished, as in a shell.
    let take = move |text: String| match text.rsplit_once('\n') {
        Some((lines, rest)) => {
            run(&lines.replace('\r', ""));
            show(rest.to_owned());
        }
        None => {
            client.look_for_hint(&text);
            line.set(text);
        }
    };
    let on_paste = move |event: ClipboardEvent| {
        let pasted = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
        let Some(input) = input.get_untracked().filter(|_| pasted.contains('\n')) else { return };
        event.prevent_default();
        let text = input.value();
        let units: Vec<u16> = text.encode_utf16().collect();
        let at = |position: Result<Option<u32>, _>| position.ok().flatten().map_or(units.len(), |at| at as usize);
        let (start, end) = (at(input.selection_start()), at(input.selection_end()));
        let part = |range: Option<&[u16]>| String::from_utf16_lossy(range.unwrap_or_default());
        take(part(units.get(..start)) + &pasted + &part(units.get(end..)));
    };
    let on_keydown = move |event: KeyboardEvent| {
        let text = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        if !matches!(event.key().as_str(), "Tab" | "Shift" | "Escape") {
            leaving.set_value(false);
        }
        let plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key();
        match event.key().as_str() {
            "Enter" if !event.is_composing() => {
                event.prevent_default();
                take(text + "\n");
            }
            "ArrowUp" if plain => {
                event.prevent_default();
                if let Some(older) = history.try_update_value(|it| it.older(&text).map(str::to_owned)).flatten() {
                    show(older);
                }
            }
            "ArrowDown" if plain => {
                event.prevent_default();
                if let Some(newer) = history.try_update_value(|it| it.newer().map(str::to_owned)).flatten() {
                    show(newer);
                }
            }
            // On an empty line or after Escape, Tab moves on: the terminal never traps the keyboard.
            "Tab" if plain && !text.is_empty() && !leaving.get_value() => {
                if let Some(next) = walk.try_update_value(|walk| walk.next(&text, client, event.shift_key())).flatten()
                {
                    event.prevent_default();
                    if let Some(input) = input.get_untracked() {
                        input.set_value(&next);
                    }
                    line.set(next);
                }
            }
            "Escape" => leaving.set_value(true),
            "c" if event.ctrl_key() && no_selection(input) => {
                event.prevent_default();
                show(String::new());
                client.interrupt();
            }
            "l" if event.ctrl_key() => {
                event.prevent_default();
                client.clear();
            }
            _ => {}
        }
    };
    // A dialog that closes gives the focus back without the caret, and what is typed then would go nowhere.
    let place_caret = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if let (Ok(Some(start)), Ok(Some(end))) = (input.selection_start(), input.selection_end()) {
            let _ = input.set_selection_range(start, end);
        }
    };
    view! {
        <div class="command-line">
            <span class="t-prompt" aria-hidden="true">{move || client.prompt.get()}</span>
            <div class="field">
                <div class="ghost" aria-hidden="true">
                    <span class="typed">{move || line.get()}</span>
                    <span class="hint">{move || client.hint.get().hint}</span>
                </div>
                <textarea
                    node_ref=input
                    rows="1"
                    aria-label="Command"
                    autocapitalize="off"
                    autocomplete="off"
                    spellcheck="false"
                    enterkeyhint="send"
                    aria-describedby="command-hint"
                    on:focus=place_caret
                    on:input=move |event| take(event_target_value(&event))
                    on:paste=on_paste
                    on:keydown=on_keydown
                ></textarea>
                <span id="command-hint" class="visually-hidden">{move || client.hint.get().hint}</span>
            </div>
        </div>
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

fn no_selection(input: NodeRef<Textarea>) -> bool {
    input.get_untracked().is_some_and(|input| input.selection_start().ok() == input.selection_end().ok())
        && window().get_selection().ok().flatten().is_none_or(|selection| selection.is_collapsed())
}
