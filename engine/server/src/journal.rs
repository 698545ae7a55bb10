//! The append-only file on the disk, in the parts that Redis 7 keeps: a base, increments, and the manifest that lists
//! them. What the engine appends goes to the last increment.

use crate::manifest::{Entry, Kind, Manifest};
use crate::snapshot;
use crate::storing::{Job, Storing};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The journal's files while the server runs.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    /// What every file's name begins with.
    name: String,
    manifest: Manifest,
    /// The last increment.
    file: File,
    /// How much of it is whole.
    size: u64,
    /// The bytes of all files before it.
    before: u64,
    /// What could not be written yet.
    pending: Vec<u8>,
    /// Whether something was written since it was last on the disk.
    pub is_dirty: bool,
    rewrite: Option<Rewrite>,
}

/// A new base that is being written.
#[derive(Debug)]
struct Rewrite {
    base: Entry,
    /// How many increments belong to it: those that began with it.
    kept: usize,
}

/// The files that a start finds.
#[derive(Debug, Default)]
pub struct Found {
    pub manifest: Manifest,
    /// Whether an old journal of one file was taken over.
    pub migrated: bool,
}

/// The folder of the journal.
pub fn folder(dir: &Path, name: &str) -> PathBuf {
    dir.join(name)
}

/// What a start finds; nothing when there is no journal yet.
///
/// # Errors
/// When there is one that cannot be read, as the lines of the log.
pub fn find(dir: &Path, folder: &Path, name: &str) -> Result<Found, String> {
    let path = folder.join(Manifest::file_name(name));
    let cannot = |error: io::Error| format!("Can't open or read the AOF manifest file {}: {error}", path.display());
    match fs::read(&path) {
        Ok(bytes) => match Manifest::read(&String::from_utf8_lossy(&bytes)) {
            Ok(manifest) => Ok(Found { manifest, migrated: false }),
            Err(reason) => Err(format!("{reason} ({})", path.display())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => migrate(dir, folder, name),
        Err(error) => Err(cannot(error)),
    }
}

/// Takes over the one file that a journal was before Redis 7.
fn migrate(dir: &Path, folder: &Path, name: &str) -> Result<Found, String> {
    let old = dir.join(name);
    if !old.is_file() {
        return Ok(Found::default());
    }
    let base = Entry { name: name.to_string(), number: 1, kind: Kind::Base };
    let manifest = Manifest { base: Some(base), ..Manifest::default() };
    let moved = fs::create_dir_all(folder)
        .and_then(|()| store_manifest(folder, name, &manifest))
        .and_then(|()| fs::rename(&old, folder.join(name)));
    moved.map_err(|error| format!("Failed to move the old AOF file {name} into {}: {error}", folder.display()))?;
    Ok(Found { manifest, migrated: true })
}

fn store_manifest(folder: &Path, name: &str, manifest: &Manifest) -> io::Result<()> {
    snapshot::store(folder, &Manifest::file_name(name), manifest.text().as_bytes())
}

/// A new base in its place.
#[derive(Debug)]
pub struct Placed {
    /// The bytes of all files now.
    pub bytes: u64,
    /// How long the file system took to give the base its name.
    pub renaming: Duration,
}

impl Journal {
    /// Goes on with the files that were loaded. One without any gets `base` as its first file.
    ///
    /// # Errors
    /// When the files cannot be made or opened.
    pub fn open(
        folder: PathBuf,
        name: &str,
        found: Manifest,
        base: impl FnOnce() -> (Vec<u8>, bool),
    ) -> io::Result<Journal> {
        fs::create_dir_all(&folder)?;
        let mut manifest = found;
        let mut is_new = false;
        if manifest.is_empty() {
            let (bytes, is_rdb) = base();
            let entry = manifest.next_base(name, is_rdb);
            snapshot::store(&folder, &entry.name, &bytes)?;
            manifest.base = Some(entry);
            is_new = true;
        }
        if manifest.increments.is_empty() {
            manifest.increments.push(manifest.next_increment(name));
            is_new = true;
        }
        let history = core::mem::take(&mut manifest.history);
        if is_new || !history.is_empty() {
            store_manifest(&folder, name, &manifest)?;
        }
        for entry in history {
            let _ = fs::remove_file(folder.join(entry.name));
        }
        Journal::on(folder, name, manifest)
    }

    /// Begins while the server runs: nothing counts before the base is written.
    ///
    /// # Errors
    /// When the files cannot be made or opened.
    pub fn begin(folder: PathBuf, name: &str) -> io::Result<Journal> {
        fs::create_dir_all(&folder)?;
        // Of what an earlier journal left, only the numbers go on.
        let text = fs::read_to_string(folder.join(Manifest::file_name(name))).unwrap_or_default();
        let manifest = Manifest::read(&text).unwrap_or_default();
        Journal::on(folder, name, manifest)
    }

    fn on(folder: PathBuf, name: &str, mut manifest: Manifest) -> io::Result<Journal> {
        if manifest.increments.is_empty() {
            manifest.increments.push(manifest.next_increment(name));
        }
        let last = manifest.increments.last().map(|last| last.name.clone()).unwrap_or_default();
        let file = OpenOptions::new().create(true).append(true).open(folder.join(last))?;
        let size = file.metadata()?.len();
        let mut journal = Journal {
            folder,
            name: name.to_string(),
            manifest,
            file,
            size,
            before: 0,
            pending: Vec::new(),
            is_dirty: false,
            rewrite: None,
        };
        journal.before = journal.total().saturating_sub(size);
        Ok(journal)
    }

    /// The bytes of all files that a start would load.
    fn total(&self) -> u64 {
        let files = self.manifest.base.iter().chain(&self.manifest.increments);
        files.filter_map(|entry| fs::metadata(self.folder.join(&entry.name)).ok()).map(|data| data.len()).sum()
    }

    /// All files that a start would load, one behind the other.
    ///
    /// # Errors
    /// When one cannot be read, or the first base is still being written.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        if self.manifest.base.is_none() {
            return Err(io::Error::other("its base is not written yet"));
        }
        let mut bytes = Vec::new();
        for entry in self.manifest.base.iter().chain(&self.manifest.increments) {
            bytes.append(&mut fs::read(self.folder.join(&entry.name))?);
        }
        Ok(bytes)
    }

    /// The bytes of all files, and of the base alone.
    pub fn sizes(&self) -> (u64, u64) {
        let base = self.manifest.base.as_ref().and_then(|base| fs::metadata(self.folder.join(&base.name)).ok());
        (self.before + self.size, base.map_or(0, |data| data.len()))
    }

    /// The name of the base.
    pub fn base(&self) -> &str {
        self.manifest.base.as_ref().map_or("", |base| &base.name)
    }

    /// Whether something waits to be written.
    pub fn is_behind(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether a new base is being written.
    pub fn is_rewriting(&self) -> bool {
        self.rewrite.is_some()
    }

    /// The name of the last increment.
    pub fn increment(&self) -> &str {
        self.manifest.increments.last().map_or("", |last| &last.name)
    }

    /// Adds bytes after those that wait. What cannot be written waits: the file is cut back to what is whole.
    ///
    /// # Errors
    /// When not all was written.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.pending.is_empty() {
            if let Err(error) = self.write(bytes) {
                self.pending.extend_from_slice(bytes);
                return Err(error);
            }
            return Ok(());
        }
        self.pending.extend_from_slice(bytes);
        self.retry()
    }

    /// Tries again to write what waits.
    ///
    /// # Errors
    /// When that was not possible.
    pub fn retry(&mut self) -> io::Result<()> {
        let pending = core::mem::take(&mut self.pending);
        let outcome = self.write(&pending);
        if outcome.is_err() {
            self.pending = pending;
        }
        outcome
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.file.write_all(bytes) {
            // What was written of it must not stand before what is written next.
            let _ = self.file.set_len(self.size);
            return Err(error);
        }
        self.size += bytes.len() as u64;
        self.is_dirty = true;
        Ok(())
    }

    /// Waits until all that was written is on the disk.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn sync(&mut self) -> io::Result<()> {
        self.is_dirty = false;
        self.file.sync_data()
    }

    /// Lets the thread wait for the disk.
    pub fn sync_later(&mut self, storing: &Storing) {
        if core::mem::take(&mut self.is_dirty)
            && let Ok(file) = self.file.try_clone()
        {
            storing.submit(Job::Sync(file));
        }
    }

    /// Begins an increment of its own for what follows, and lets the thread write `base` as what was before it.
    /// `is_first` when no journal was kept until now, so that only the new files may count.
    ///
    /// # Errors
    /// When the increment cannot be begun.
    pub fn rewrite(&mut self, base: Vec<u8>, is_rdb: bool, is_first: bool, storing: &Storing) -> io::Result<()> {
        if !is_first || self.size > 0 {
            let increment = self.manifest.next_increment(&self.name);
            let path = self.folder.join(&increment.name);
            let file = OpenOptions::new().create(true).append(true).open(&path)?;
            file.set_len(0)?;
            self.sync_later(storing);
            (self.before, self.size) = (self.before + self.size, 0);
            self.file = file;
            self.manifest.increments.push(increment);
            if !is_first {
                store_manifest(&self.folder, &self.name, &self.manifest)?;
            }
        }
        let entry = self.manifest.next_base(&self.name, is_rdb);
        let path = self.folder.join(format!("temp-rewriteaof-bg-{}.aof", std::process::id()));
        self.rewrite = Some(Rewrite { base: entry, kept: 1 });
        storing.submit(Job::Base { path, bytes: base });
        Ok(())
    }

    /// Puts the base that was written in its place.
    ///
    /// # Errors
    /// When that was not possible; the old files still count.
    pub fn rewritten(
        &mut self,
        path: &Path,
        bytes: u64,
        outcome: io::Result<()>,
        storing: &Storing,
    ) -> io::Result<Placed> {
        let Some(Rewrite { base, kept }) = self.rewrite.take() else {
            return Ok(Placed { bytes: self.before + self.size, renaming: Duration::ZERO });
        };
        let mut next = self.manifest.clone();
        next.rebase(base.clone(), kept);
        let rename = || {
            let began = Instant::now();
            fs::rename(path, self.folder.join(&base.name)).map(|()| began.elapsed())
        };
        let placed = outcome
            .and_then(|()| rename())
            .and_then(|renaming| store_manifest(&self.folder, &self.name, &next).map(|()| renaming));
        let renaming = match placed {
            Ok(renaming) => renaming,
            Err(error) => {
                let _ = fs::remove_file(path);
                return Err(error);
            }
        };
        let history = core::mem::take(&mut next.history);
        let old = history.iter().map(|entry| self.folder.join(&entry.name)).collect();
        // The history leaves the list once it is gone from the disk; until then a start removes it.
        storing.submit(Job::Remove(old));
        self.manifest = next;
        let _ = store_manifest(&self.folder, &self.name, &self.manifest);
        self.before = bytes;
        Ok(Placed { bytes: self.before + self.size, renaming })
    }
}
