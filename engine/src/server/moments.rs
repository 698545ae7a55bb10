//! What a clock that is set back means for the moments that a node keeps beside its data, and one that is set ahead again.
//!
//! Whoever turned the clock back did not make anybody wait longer, nor anything younger: what was to end in five seconds
//! ends in five seconds, what began an hour ago began an hour ago. So these moments go back by as much, and ahead again
//! when that is undone. Deadlines in the data are data, and stay.

use super::{Client, Server};
use crate::base::Time;

impl Server {
    /// The clock was set ahead by so many milliseconds, or back by as many below zero.
    #[cold]
    pub fn move_moments(&mut self, by_ms: i64) {
        self.waiters.move_deadlines(by_ms);
        for client in self.clients.iter_mut() {
            move_client(client, by_ms);
        }
        let moved = |time: &mut Time| *time = time.moved(by_ms);
        [&mut self.started, &mut self.last_save, &mut self.last_save_try].into_iter().for_each(moved);
        self.asleep_until.iter_mut().for_each(moved);
        self.pause.iter_mut().for_each(|pause| moved(&mut pause.until));
        let store = &mut self.store;
        let kept = [&mut store.rewriting_since, &mut store.rewrite_failed_at, &mut store.saving_since];
        kept.into_iter().flatten().for_each(moved);
        self.shortage.since.iter_mut().for_each(moved);
    }
}

fn move_client(client: &mut Client, by_ms: i64) {
    let moved = |time: &mut Time| *time = time.moved(by_ms);
    [&mut client.connected, &mut client.last_interaction].into_iter().for_each(moved);
    if let Some(blocked) = &mut client.blocked {
        blocked.deadline.iter_mut().for_each(moved);
        moved(&mut blocked.since);
    }
    if let Some((deadline, since)) = &mut client.waited {
        deadline.iter_mut().for_each(moved);
        moved(since);
    }
}
