//! The key tree.

use leptos::prelude::*;

use super::wire::Wire;
use crate::bytes::ByteBuf;
use crate::protocol::{DumpedKey, FromPanel, KeysOrder, KeysSort, KeysView, ToPanel, ToWorker};

/// The key tree of a session's store.
#[derive(Clone, Copy)]
pub struct Keys {
    wire: Wire,
    /// The rows that are looked at.
    pub view: RwSignal<KeysView>,
}

impl Keys {
    pub fn new(wire: Wire) -> Keys {
        Keys { wire, view: RwSignal::new(KeysView::default()) }
    }

    /// Lets `view` have these rows, and follow them.
    pub fn look_at(self, database: u32, first: u32, count: u32) {
        self.order(KeysOrder::View { database, first, count });
    }

    pub fn open(self, folder: &[u8], open: bool) {
        self.order(KeysOrder::Open { folder: ByteBuf::from(folder), open });
    }

    /// Shows only keys whose names fit and which are of these types; see [`KeysOrder::Filter`].
    pub fn filter(self, pattern: &str, types: Vec<String>) {
        self.order(KeysOrder::Filter { pattern: ByteBuf::from(pattern), types });
    }

    pub fn split(self, delimiter: String) {
        self.order(KeysOrder::Split { delimiter });
    }

    pub fn sort(self, sort: KeysSort) {
        self.order(KeysOrder::Sort(sort));
    }

    fn order(self, order: KeysOrder) {
        self.wire.send(ToWorker::Keys(order));
    }

    /// A key as RESTORE brings it back; none if there is no such key.
    pub fn dump(self, database: u32, key: &[u8], done: impl FnOnce(Option<DumpedKey>) + 'static) {
        let answer = move |message| {
            if let ToPanel::Dumped { dumped, .. } = message {
                done(dumped);
            }
        };
        self.wire.ask(answer, |ticket| FromPanel::Dump { ticket, database, key: ByteBuf::from(key) });
    }
}
