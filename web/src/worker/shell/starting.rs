//! How a worker begins: in memory, or from what is stored.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::platform::{elapsed_ms, elapsed_us, entropy, now_ms};
use super::{Phase, Shell};
use crate::protocol::{FromWorker, Start, Started, StorageState, VERSION};
use crate::rest;
use crate::worker::clock::Clock;
use crate::worker::database::{Database, Stored};
use crate::worker::host::Host;
use crate::worker::recovery::{self, Target};
use crate::worker::store::Store;

impl Shell {
    pub(super) fn begin(self: &Rc<Shell>, start: Start) {
        if !matches!(*self.phase.borrow(), Phase::New) {
            return self.problem("This worker has started already.".to_owned());
        }
        if start.version != VERSION {
            return self.problem("Page and worker are of different versions: reload the page.".to_owned());
        }
        *self.phase.borrow_mut() = Phase::Starting;
        let shell = Rc::clone(self);
        spawn_local(async move {
            let outcome = match start.workspace.clone() {
                Some(workspace) => shell.start_stored(start, &workspace).await,
                None => shell.start_in_memory(&start),
            };
            match outcome {
                Ok((host, started)) => shell.run(host, started),
                Err(problem) => shell.problem(problem),
            }
        });
    }

    fn start_in_memory(&self, start: &Start) -> Result<(Host, Started), String> {
        let began = elapsed_ms();
        let mut host = Host::new(start, now_ms(), elapsed_ms)?;
        host.lend_clock(elapsed_us);
        host.add_entropy(&entropy());
        let started = Started { keys: host.keys() as f64, took_ms: elapsed_ms() - began, ..Started::default() };
        Ok((host, started))
    }

    async fn start_stored(self: &Rc<Shell>, start: Start, workspace: &str) -> Result<(Host, Started), String> {
        self.own(workspace).await;
        let began = elapsed_ms();
        let name = format!("rediscover-{workspace}");
        let stored = async {
            let database = Database::open(&name).await?;
            let stored = database.read().await?;
            Ok::<_, String>((database, stored))
        };
        let stored = stored.await;
        let real_ms = now_ms();
        let kept = stored.as_ref().ok().and_then(|(_, stored)| stored.clock);
        // Deadlines are moments on the clock that was kept with them.
        let clock = kept.and_then(|kept| Clock::again(kept, real_ms)).unwrap_or_else(|| Clock::new(real_ms));
        let mut host = Host::with_clock(&start, clock, real_ms, elapsed_ms)?;
        host.lend_clock(elapsed_us);
        host.add_entropy(&entropy());
        let (database, Stored { snapshots, segments, .. }) = match stored {
            Ok(stored) => stored,
            Err(why) => {
                let storage = StorageState::Unavailable(why);
                return Ok((host, Started { storage, ..Started::default() }));
            }
        };
        // What reads files is in the part that comes later; without it, reading waits for it in another way.
        if !snapshots.is_empty() || !segments.is_empty() {
            let _ = rest::loaded().await;
        }
        let recovery = recovery::recover(snapshots, segments, &mut host);
        let started = Started {
            keys: host.keys() as f64,
            snapshot_bytes: recovery.snapshot_bytes as f64,
            journal_bytes: recovery.journal_bytes as f64,
            took_ms: elapsed_ms() - began,
            losses: recovery.losses.clone(),
            storage: StorageState::Saved,
        };
        if !recovery.losses.is_empty() {
            // What could be read becomes the new beginning; the rest is kept beside it.
            host.make_snapshot(false);
        }
        let weak = Rc::downgrade(self);
        let hear = Box::new(move |heard| {
            if let Some(shell) = weak.upgrade() {
                shell.hear_store(heard);
            }
        });
        *self.store.borrow_mut() = Some(Store::new(database, &recovery, hear));
        Ok((host, started))
    }

    fn run(self: &Rc<Shell>, host: Host, started: Started) {
        *self.phase.borrow_mut() = Phase::Running(Box::new(host));
        self.post(&FromWorker::Started(started));
        for message in self.early.take() {
            self.take(message);
        }
        self.slice();
    }
}

impl Target for Host {
    fn load(&mut self, rdb: &[u8], made_ms: u64) -> Result<(), String> {
        self.load_snapshot(rdb, made_ms)
    }

    fn replay(&mut self, aof: &[u8]) -> Result<usize, String> {
        self.replay_journal(aof, now_ms())
    }
}
