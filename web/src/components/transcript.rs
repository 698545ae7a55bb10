//! What a terminal has printed, as elements of the page.
//!
//! Built directly instead of through views: 10,000 lines come in chunks, are never changed, and the oldest leave
//! when there are too many. Text only ever becomes text nodes, so nothing a store holds can become markup.
//!
//! A coloured line is about seven nodes, and a flood of them keeps a page from drawing. So after the first lines
//! of a frame text is added bare, one node a chunk, which the browser lays out only where it is looked at. Frames
//! colour it, the newest first: what is in view while more comes, the rest when nothing does.

use std::collections::VecDeque;

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use crate::browser::elapsed_ms;
use crate::printed::Printed;

/// How many lines stay.
const MAX_LINES: usize = 6_000;
/// How many lines of a frame are coloured at once.
const LINES_AT_ONCE: usize = 100;
/// How long a frame may take to colour what came before; the browser then needs several times that to lay it out.
const COLOURING_MS: f64 = 4.0;
/// How many lines of it are coloured while more comes: what fits a large screen.
const LINES_IN_VIEW: usize = 80;

/// The element with everything printed; it lives on while no view shows it.
pub struct Transcript {
    root: HtmlElement,
    /// The oldest first.
    chunks: VecDeque<Chunk>,
    lines: usize,
    dropped: usize,
    notice: Option<Element>,
    /// Lines added since the last frame.
    fresh: usize,
    /// A frame will call [`Transcript::frame`].
    expecting: bool,
}

/// What was printed in one go.
struct Chunk {
    element: Element,
    lines: usize,
    /// What it will be when it is coloured.
    bare: Option<Printed>,
}

impl Transcript {
    pub fn new() -> Transcript {
        Transcript {
            root: element("div", "transcript").unchecked_into(),
            chunks: VecDeque::new(),
            lines: 0,
            dropped: 0,
            notice: None,
            fresh: 0,
            expecting: false,
        }
    }

    pub fn root(&self) -> &HtmlElement {
        &self.root
    }

    /// Adds text at the end. Says whether the next frame has to call [`Transcript::frame`].
    #[must_use]
    pub fn append(&mut self, printed: Printed) -> bool {
        let lines = printed.text.matches('\n').count().max(1);
        let mut chunk = Chunk { element: element("div", "chunk"), lines, bare: None };
        let at_once = self.fresh < LINES_AT_ONCE;
        self.fresh += lines;
        if at_once {
            colour(&chunk.element, &printed);
        } else {
            chunk.element.set_class_name("chunk bare");
            let style = chunk.element.unchecked_ref::<HtmlElement>().style();
            // What it will be high unless lines wrap; see the style sheet.
            let _ = style.set_property("--lines", &lines.to_string());
            chunk.element.set_text_content(Some(&printed.text));
            chunk.bare = Some(printed);
        }
        let _ = self.root.append_child(&chunk.element);
        self.chunks.push_back(chunk);
        self.lines += lines;
        self.drop_oldest();
        !std::mem::replace(&mut self.expecting, true)
    }

    /// A frame begins: colours what is bare, for a while. Says whether the next frame has to go on.
    #[must_use]
    pub fn frame(&mut self) -> bool {
        let until = elapsed_ms() + COLOURING_MS;
        let more_comes = std::mem::take(&mut self.fresh) > LINES_AT_ONCE;
        let (mut seen, mut left) = (0, false);
        for chunk in self.chunks.iter_mut().rev() {
            if let Some(printed) = chunk.bare.take() {
                let enough = if more_comes { seen > LINES_IN_VIEW } else { elapsed_ms() >= until };
                if enough {
                    chunk.bare = Some(printed);
                    left = true;
                    break;
                }
                chunk.element.set_text_content(None);
                colour(&chunk.element, &printed);
                chunk.element.set_class_name("chunk");
            }
            seen += chunk.lines;
        }
        self.expecting = left;
        left
    }

    fn drop_oldest(&mut self) {
        let before = self.dropped;
        while self.lines > MAX_LINES && self.chunks.len() > 1 {
            let Some(chunk) = self.chunks.pop_front() else { break };
            self.lines -= chunk.lines;
            self.dropped += chunk.lines;
            chunk.element.remove();
        }
        if self.dropped > before {
            let notice = self.notice.get_or_insert_with(|| {
                let notice = element("div", "chunk t-notice");
                let _ = self.root.prepend_with_node_1(&notice);
                notice
            });
            notice.set_text_content(Some(&format!("… {} earlier lines are no longer shown\n", self.dropped)));
        }
    }

    pub fn clear(&mut self) {
        self.root.set_text_content(None);
        self.chunks.clear();
        self.lines = 0;
        self.dropped = 0;
        self.notice = None;
    }
}

fn colour(chunk: &Element, printed: &Printed) {
    for (style, piece) in printed.pieces() {
        let node = match style.class() {
            "" => document().create_text_node(piece).unchecked_into::<Node>(),
            class => {
                let span = element("span", class);
                span.set_text_content(Some(piece));
                span.unchecked_into()
            }
        };
        let _ = chunk.append_child(&node);
    }
}

impl Default for Transcript {
    fn default() -> Transcript {
        Transcript::new()
    }
}

fn element(name: &str, class: &str) -> Element {
    let element = document().create_element(name).expect("a document can make plain elements");
    element.set_class_name(class);
    element
}
