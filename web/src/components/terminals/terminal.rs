//! A terminal: what was printed, the prompt, and the line being typed with its hint.

use leptos::ev::MouseEvent;
use leptos::html::{Div, Textarea};
use leptos::prelude::*;

use super::line::CommandLine;
use super::state::is_in_midst;
use crate::browser;
use crate::later::{self, entry};
use crate::session::Client;

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
    let content = NodeRef::<Div>::new();
    let log = NodeRef::<Div>::new();
    let input = NodeRef::<Textarea>::new();
    Effect::new(move || {
        if let Some(log) = log.get() {
            client.transcript.with_value(|transcript| {
                let _ = log.append_child(transcript.root());
            });
        }
        if let (Some(content), Some(scroller)) = (content.get(), scroller.get()) {
            keep_end_in_view(&content, scroller);
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
            <div node_ref=content>
                <div
                    class="log"
                    role="log"
                    aria-label="Replies"
                    tabindex="0"
                    aria-busy=move || (client.waiting.get() > 0).to_string()
                    node_ref=log
                ></div>
                {later::once(move || is_in_midst(client), move |here| entry::terminal_state(here, client))}
                <CommandLine client input focus_first/>
            </div>
        </div>
    }
}

/// Keeps the end in view while things are printed, the line grows or it is said what the client waits for, unless the
/// person looks at something above it.
fn keep_end_in_view(content: &web_sys::HtmlDivElement, scroller: web_sys::HtmlDivElement) {
    use wasm_bindgen::prelude::*;
    let at_end = std::rc::Rc::new(std::cell::Cell::new(true));
    let (seen, looked_at) = (at_end.clone(), scroller.clone());
    let last_top = std::rc::Rc::new(std::cell::Cell::new(0));
    let scrolled_to = last_top.clone();
    let last_height = std::rc::Rc::new(std::cell::Cell::new(0));
    let height_then = last_height.clone();
    let on_scroll = Closure::<dyn Fn()>::new(move || {
        let top = looked_at.scroll_top();
        let below = looked_at.scroll_height() - top - looked_at.client_height();
        // Only a person's going up leaves the end; output that grows, or loses its oldest lines, does not. When its height
        // has changed since the last look, the browser may have moved it by itself.
        if below < NEAR_END_PX {
            seen.set(true);
        } else if top < last_top.get() && looked_at.scroll_height() == last_height.get() {
            seen.set(false);
        }
        last_top.set(top);
    });
    let _ = scroller.add_event_listener_with_callback("scroll", on_scroll.into_js_value().unchecked_ref());
    // While much is printed, a wheel or a finger says it.
    let leaves = at_end.clone();
    let on_wheel = Closure::<dyn Fn(web_sys::WheelEvent)>::new(move |event: web_sys::WheelEvent| {
        leaves.set(leaves.get() && event.delta_y() >= 0.0);
    });
    let _ = scroller.add_event_listener_with_callback("wheel", on_wheel.into_js_value().unchecked_ref());
    let leaves = at_end.clone();
    let on_touch = Closure::<dyn Fn()>::new(move || leaves.set(false));
    let _ = scroller.add_event_listener_with_callback("touchmove", on_touch.into_js_value().unchecked_ref());
    let terminal = scroller.clone();
    let grown = Closure::<dyn Fn()>::new(move || {
        if at_end.get() {
            scroller.set_scroll_top(scroller.scroll_height());
            scrolled_to.set(scroller.scroll_top());
        }
        height_then.set(scroller.scroll_height());
    });
    // Called once per frame at most, after layout, so a flood of output costs one look.
    if let Ok(observer) = web_sys::ResizeObserver::new(grown.into_js_value().unchecked_ref()) {
        observer.observe(content);
        // A keyboard on the screen, for one, leaves it less room.
        observer.observe(&terminal);
        on_cleanup(move || observer.disconnect());
    }
}
