//! What a clock that is set back means for the moments that a node keeps beside its data.
//!
//! Whoever turned the clock back did not make anybody wait longer, nor anything younger: what was to end in five seconds
//! ends in five seconds, what began an hour ago began an hour ago. So these moments go back by as much. Deadlines in
//! the data are data, and stay.

use super::{Client, Server};
use crate::base::Time;

impl Server {
    /// The clock was set back by so many milliseconds.
    #[cold]
    pub fn set_back(&mut self, by_ms: u64) {
        self.waiters.set_back(by_ms);
        for client in self.clients.iter_mut() {
            set_client_back(client, by_ms);
        }
        let back = |time: &mut Time| *time = time.before(by_ms);
        [&mut self.started, &mut self.last_save, &mut self.last_save_try].into_iter().for_each(back);
        self.asleep_until.iter_mut().for_each(back);
        self.pause.iter_mut().for_each(|pause| back(&mut pause.until));
        let store = &mut self.store;
        let kept = [&mut store.rewriting_since, &mut store.rewrite_failed_at, &mut store.saving_since];
        kept.into_iter().flatten().for_each(back);
        self.shortage.since.iter_mut().for_each(back);
    }
}

fn set_client_back(client: &mut Client, by_ms: u64) {
    let back = |time: &mut Time| *time = time.before(by_ms);
    [&mut client.connected, &mut client.last_interaction].into_iter().for_each(back);
    if let Some(blocked) = &mut client.blocked {
        blocked.deadline.iter_mut().for_each(back);
        back(&mut blocked.since);
    }
    if let Some((deadline, since)) = &mut client.waited {
        deadline.iter_mut().for_each(back);
        back(since);
    }
}
