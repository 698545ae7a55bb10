//! The texts of the command reference, fetched when they are first needed: one file for each group of commands.
//!
//! A narrow handle in the page's context. What was fetched is kept while the page lives; without a network the
//! service worker has the files.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use lessons::reference::Group;

use crate::browser;
use crate::listeners::tell_anew;

/// A group's file, as far as it is there.
#[derive(Clone, Debug)]
pub enum Loaded {
    Loading,
    Ready(Arc<Group>),
    /// It could not be fetched or read, and why.
    Failed(String),
}

#[derive(Clone)]
pub struct Reference {
    /// The page's outermost owner: what is kept outlives every view.
    owner: Owner,
    groups: StoredValue<HashMap<String, RwSignal<Loaded>>>,
}

impl Reference {
    pub fn new(owner: Owner) -> Reference {
        Reference { owner, groups: StoredValue::new(HashMap::new()) }
    }

    /// The texts of a group, fetched if they are not there yet; after a failure it is tried again. The view
    /// that asks is forgotten when it goes: the texts stay, and one view after the other listens to them.
    pub fn group(&self, name: &str) -> RwSignal<Loaded> {
        let known = self.groups.with_value(|groups| groups.get(name).copied());
        let loaded = known.unwrap_or_else(|| self.owner.with(|| RwSignal::new(Loaded::Loading)));
        let is_due = known.is_none() || matches!(loaded.get_untracked(), Loaded::Failed(_));
        if is_due {
            self.groups.update_value(|groups| {
                groups.insert(name.to_owned(), loaded);
            });
            fetch(name, loaded);
        }
        on_cleanup(move || tell_anew(loaded));
        loaded
    }
}

fn fetch(name: &str, loaded: RwSignal<Loaded>) {
    loaded.set(Loaded::Loading);
    browser::fetch_text(format!("reference/{name}.md"), move |text| {
        let group = text.and_then(|text| Group::parse(&text).map_err(|problem| problem.to_string()));
        loaded.set(match group {
            Ok(group) => Loaded::Ready(Arc::new(group)),
            Err(why) => Loaded::Failed(why),
        });
    });
}
