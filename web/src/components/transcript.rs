//! What a terminal has printed, as elements of the page.
//!
//! Built directly instead of through views: 10,000 lines come in chunks, are never changed, and the oldest leave
//! when there are too many. Text only ever becomes text nodes, so nothing a store holds can become markup.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::printed::Printed;

/// How many lines stay.
const MAX_LINES: usize = 6_000;

/// The element with everything printed; it lives on while no view shows it.
pub struct Transcript {
    root: HtmlElement,
    /// Lines of each child of `root`, the oldest first.
    chunks: std::collections::VecDeque<usize>,
    lines: usize,
    dropped: usize,
    notice: Option<Element>,
}

impl Transcript {
    pub fn new() -> Transcript {
        Transcript {
            root: element("div", "transcript").unchecked_into(),
            chunks: Default::default(),
            lines: 0,
            dropped: 0,
            notice: None,
        }
    }

    pub fn root(&self) -> &HtmlElement {
        &self.root
    }

    /// Adds text at the end.
    pub fn append(&mut self, printed: &Printed) {
        let chunk = element("div", "chunk");
        for (style, piece) in printed.pieces() {
            let node = match style.class() {
                "" => document().create_text_node(piece).unchecked_into::<web_sys::Node>(),
                class => {
                    let span = element("span", class);
                    span.set_text_content(Some(piece));
                    span.unchecked_into()
                }
            };
            let _ = chunk.append_child(&node);
        }
        let _ = self.root.append_child(&chunk);
        let lines = printed.text.matches('\n').count().max(1);
        self.chunks.push_back(lines);
        self.lines += lines;
        self.drop_oldest();
    }

    fn drop_oldest(&mut self) {
        let before = self.dropped;
        while self.lines > MAX_LINES && self.chunks.len() > 1 {
            let Some(lines) = self.chunks.pop_front() else { break };
            self.lines -= lines;
            self.dropped += lines;
            let oldest = match &self.notice {
                Some(notice) => notice.next_element_sibling(),
                None => self.root.first_element_child(),
            };
            if let Some(oldest) = oldest {
                oldest.remove();
            }
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
