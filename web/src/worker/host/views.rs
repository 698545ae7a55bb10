//! What panels look at: the key tree, a value, a layout. They follow the engine's changes and are sent when they differ.

use engine::keyspace::Change;

use super::Host;
use crate::protocol::{FromWorker, KeysOrder, ToPanel, ValueQuestion};
use crate::worker::key_view::KeyWindow;
use crate::worker::value_view;

impl Host {
    pub(super) fn order_keys(&mut self, order: KeysOrder) {
        match order {
            KeysOrder::View { database, first, count } => {
                self.keys.get_or_insert_with(|| KeyWindow::new(database)).look_at(database, first, count);
            }
            KeysOrder::Close => self.keys = None,
            KeysOrder::Open { folder, open } => self.with_keys(|keys| keys.toggle(&folder, open)),
            KeysOrder::Filter { pattern, types } => self.with_keys(|keys| keys.filter(&pattern, types)),
            KeysOrder::Split { delimiter } => self.with_keys(|keys| keys.split_at(&delimiter)),
            KeysOrder::Sort(sort) => self.with_keys(|keys| keys.sort_by(sort)),
        }
    }

    fn with_keys(&mut self, act: impl FnOnce(&mut KeyWindow)) {
        act(self.keys.get_or_insert_with(|| KeyWindow::new(0)));
    }

    pub(super) fn show_value(&mut self, question: Option<ValueQuestion>) {
        self.value = question;
        self.value_changed = true;
    }

    pub(in crate::worker) fn data_replaced(&mut self) {
        if let Some(keys) = &mut self.keys {
            keys.start_over();
        }
        self.value_changed = true;
        self.layout.start_over();
        self.edits.forget();
        self.clock_changed = true;
    }

    /// Takes note of a change of the data.
    pub(super) fn follow(&mut self, change: &Change) {
        let keyspace = self.engine.keyspace();
        if let Some(keys) = &mut self.keys {
            keys.follow(change, keyspace);
        }
        self.layout.follow(change, keyspace);
        self.edits.follow(change);
        self.value_changed |= self.value.as_ref().is_some_and(|value| concerns(change, value));
        self.clock_changed = true;
    }

    /// Sends the views that changed; called a few times a second at most.
    pub fn refresh(&mut self, real_ms: f64) {
        let keyspace = self.engine.keyspace();
        if let Some(view) = self.keys.as_mut().and_then(|keys| keys.view(keyspace)) {
            self.outbox.push(FromWorker::Keys(view));
        }
        if std::mem::take(&mut self.value_changed)
            && let Some(question) = &self.value
        {
            self.outbox.push(ToPanel::Value(value_view::view(keyspace, question)).into());
        }
        if let Some(view) = self.layout.view(keyspace) {
            self.outbox.push(ToPanel::Layout(view).into());
        }
        if std::mem::take(&mut self.clock_changed) {
            let state = self.clock_state(real_ms);
            self.outbox.push(FromWorker::Clock(state));
        }
    }

    /// Whether [`Host::refresh`] has something to send.
    pub fn needs_refresh(&self) -> bool {
        self.value_changed
            || self.clock_changed
            || self.layout.has_changed()
            || self.keys.as_ref().is_some_and(KeyWindow::has_changed)
    }
}

fn concerns(change: &Change, value: &ValueQuestion) -> bool {
    let watched = value.database as usize;
    match change {
        Change::Key { database, key, .. } => *database == watched && key.as_slice() == value.key.as_slice(),
        // The key's own event follows.
        Change::FieldsExpired { .. } => false,
        Change::Flushed { database } => *database == watched,
        Change::Swapped { first, second } => *first == watched || *second == watched,
    }
}
