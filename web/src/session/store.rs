//! The session of the person's own store.

use leptos::prelude::*;

use super::{Purpose, Session};
use crate::browser;

/// Remembered over a reload: the person asked for the store in this tab.
pub(super) const TAKE_OVER: &str = "take-over";

/// The session of the person's own store, started when first asked for and kept while the page lives.
#[derive(Clone)]
pub struct StoreSession {
    owner: Owner,
    session: StoredValue<Option<Session>>,
}

impl StoreSession {
    /// Keeps the session in `owner`, the page's outermost.
    pub fn new(owner: Owner) -> StoreSession {
        StoreSession { owner, session: StoredValue::new(None) }
    }

    /// Whose end is the page's: what it keeps outlives every route.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The session, and whether it has just been started.
    pub fn get(&self) -> Result<(Session, bool), String> {
        if let Some(session) = self.session.get_value() {
            return Ok((session, false));
        }
        let session = self.owner.with(|| Session::start(Purpose::Store("default")))?;
        if browser::recall_after_reload(TAKE_OVER) {
            session.take_over();
        }
        self.session.set_value(Some(session));
        Ok((session, true))
    }
}
