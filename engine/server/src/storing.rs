//! A thread that writes files, so that clients are served meanwhile. Jobs are done one after another; each outcome
//! wakes the loop.

use crate::snapshot;
use mio::Waker;
use std::cell::Cell;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// Something to write.
#[derive(Debug)]
pub enum Job {
    /// A snapshot under this name in this folder.
    Snapshot { folder: PathBuf, name: String, bytes: Vec<u8> },
    /// The base file of the journal: written under a temporary name, for the loop to put in its place.
    Base { path: PathBuf, bytes: Vec<u8> },
    /// What was written to this file is to be on the disk.
    Sync(File),
    /// Files that nobody needs any more.
    Remove(Vec<PathBuf>),
}

/// How a job went.
#[derive(Debug)]
pub enum Done {
    Snapshot(io::Result<()>),
    Base { path: PathBuf, bytes: u64, outcome: io::Result<()> },
    Sync(io::Result<()>),
}

/// The thread.
#[derive(Debug)]
pub struct Storing {
    jobs: Option<Sender<Job>>,
    done: Receiver<Done>,
    thread: Option<JoinHandle<()>>,
    /// Jobs that are not done: waits for the disk, and files.
    syncs: Cell<usize>,
    files: Cell<usize>,
}

impl Storing {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(waker: Arc<Waker>) -> io::Result<Storing> {
        let (jobs, todo) = channel::<Job>();
        let (outcomes, done) = channel();
        let thread = std::thread::Builder::new().name("storing".to_string()).spawn(move || {
            for job in todo {
                if let Some(done) = perform(job) {
                    // Both fail only when the loop is gone.
                    let _ = outcomes.send(done);
                    let _ = waker.wake();
                }
            }
        })?;
        Ok(Storing { jobs: Some(jobs), done, thread: Some(thread), syncs: Cell::new(0), files: Cell::new(0) })
    }

    /// Whether the thread waits for the disk, or soon will.
    pub fn is_syncing(&self) -> bool {
        self.syncs.get() > 0
    }

    /// Whether the thread writes a file, or soon will.
    pub fn is_writing(&self) -> bool {
        self.files.get() > 0
    }

    /// Hands a job over.
    pub fn submit(&self, job: Job) {
        match &job {
            Job::Sync(_) => self.syncs.set(self.syncs.get() + 1),
            Job::Snapshot { .. } | Job::Base { .. } => self.files.set(self.files.get() + 1),
            Job::Remove(_) => {}
        }
        if let Some(jobs) = &self.jobs {
            // It fails only when the thread is gone, which ends with this value.
            let _ = jobs.send(job);
        }
    }

    /// The next outcome, if there is one.
    pub fn outcome(&self) -> Option<Done> {
        let done = self.done.try_recv().ok()?;
        let pending = if let Done::Sync(_) = done { &self.syncs } else { &self.files };
        pending.set(pending.get().saturating_sub(1));
        Some(done)
    }

    /// Waits until every job is done.
    pub fn finish(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has printed itself.
            let _ = thread.join();
        }
    }
}

impl Drop for Storing {
    fn drop(&mut self) {
        self.finish();
    }
}

fn perform(job: Job) -> Option<Done> {
    match job {
        Job::Snapshot { folder, name, bytes } => Some(Done::Snapshot(snapshot::store(&folder, &name, &bytes))),
        Job::Base { path, bytes } => {
            let outcome = snapshot::write_through(&path, &bytes);
            Some(Done::Base { path, bytes: bytes.len() as u64, outcome })
        }
        Job::Sync(file) => Some(Done::Sync(file.sync_data())),
        Job::Remove(paths) => {
            for path in paths {
                // What cannot be removed now is removed with the next rewrite, or by hand.
                let _ = std::fs::remove_file(path);
            }
            None
        }
    }
}
