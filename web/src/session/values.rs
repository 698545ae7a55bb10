//! The value that is looked at, and how it stands in memory.

use leptos::prelude::*;

use super::wire::Wire;
use crate::layout::{LayoutQuestion, LayoutView};
use crate::protocol::{FromPanel, ValueQuestion, ValueView};

/// The value that is looked at.
#[derive(Clone, Copy)]
pub struct Values {
    wire: Wire,
    pub shown: RwSignal<Option<ValueView>>,
}

impl Values {
    pub fn new(wire: Wire) -> Values {
        Values { wire, shown: RwSignal::new(None) }
    }

    /// Shows a key's value in `shown`, as the question asks, until told otherwise.
    pub fn show(self, question: Option<ValueQuestion>) {
        if question.is_none() {
            self.shown.set(None);
        }
        self.wire.send_for_panel(FromPanel::ShowValue(question));
    }
}

/// How the key that is looked under the hood stands in memory.
#[derive(Clone, Copy)]
pub struct Layouts {
    wire: Wire,
    pub shown: RwSignal<Option<LayoutView>>,
}

impl Layouts {
    pub fn new(wire: Wire) -> Layouts {
        Layouts { wire, shown: RwSignal::new(None) }
    }

    /// Shows how a key stands in memory in `shown`, until told otherwise.
    pub fn show(self, question: Option<LayoutQuestion>) {
        if question.is_none() {
            self.shown.try_set(None);
        }
        self.wire.send_for_panel(FromPanel::ShowLayout(question));
    }
}
