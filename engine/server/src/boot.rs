//! What a start finds on the disk: the journal if one is kept, else the snapshot.

use crate::host::now;
use crate::journal::{self, Journal};
use crate::log::Log;
use crate::manifest::Entry;
use crate::snapshot;
use engine::Engine;
use engine::persist::aof::AofError;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Instant;

/// Every RDB file begins so.
const RDB_MAGIC: &[u8] = b"REDIS";

/// Fills the engine. The journal that it goes on with, if one is kept.
///
/// # Errors
/// What stands in the way, as a sentence.
pub fn load(engine: &mut Engine, dir: &Path, log: &Log) -> Result<Option<Journal>, String> {
    let config = &engine.server().config;
    if !config.is_on("appendonly") {
        load_snapshot(engine, dir, log)?;
        return Ok(None);
    }
    let name = config.get("appendfilename").to_string();
    let folder = journal::folder(dir, config.get("appenddirname"));
    let found = journal::find(dir, &folder, &name)?;
    if found.migrated {
        log.notice(format_args!(
            "Successfully migrated an old-style AOF file ({name}) into the AOF directory ({}).",
            folder.display()
        ));
    }
    let is_new = found.manifest.is_empty();
    let begin = Instant::now();
    let files: Vec<&Entry> = found.manifest.base.iter().chain(&found.manifest.increments).collect();
    for (at, entry) in files.iter().enumerate() {
        let is_last = at + 1 == files.len();
        load_part(engine, &folder, entry, is_last, log)?;
    }
    if !is_new {
        log.notice(format_args!("DB loaded from append only file: {:.3} seconds", begin.elapsed().as_secs_f64()));
    }
    let base = || (engine.journal_base(), engine.server().config.is_on("aof-use-rdb-preamble"));
    let increments = found.manifest.increments.len();
    let opened = Journal::open(folder.clone(), &name, found.manifest, base)
        .map_err(|error| format!("Can't open or create append-only dir {}: {error}", folder.display()))?;
    if is_new {
        log.notice(format_args!("Creating AOF base file {} on server start", opened.base()));
    }
    let verb = if increments == 0 { "Creating" } else { "Opening" };
    log.notice(format_args!("{verb} AOF incr file {} on server start", opened.increment()));
    let begin = Instant::now();
    keep_journal(engine, opened.sizes(), begin);
    Ok(Some(opened))
}

/// Tells the engine how long the journal's files are, and when it took long to learn that, from `begin` on.
fn keep_journal(engine: &mut Engine, (bytes, base_bytes): (u64, u64), begin: Instant) {
    engine.note_latency("aof-fstat", begin.elapsed().as_micros() as u64, now());
    engine.journal_is_kept(bytes, base_bytes);
}

fn load_snapshot(engine: &mut Engine, dir: &Path, log: &Log) -> Result<(), String> {
    let name = engine.server().config.get("dbfilename").to_string();
    let cannot = |error: &dyn std::fmt::Display| format!("cannot load {}: {error}", dir.join(&name).display());
    let begin = Instant::now();
    let Some(bytes) = snapshot::load(dir, &name).map_err(|error| cannot(&error))? else { return Ok(()) };
    restore(engine, &bytes, log).map_err(|error| cannot(&error))?;
    log.notice(format_args!("DB loaded from disk: {:.3} seconds", begin.elapsed().as_secs_f64()));
    Ok(())
}

/// Loads an RDB file and says where it ended.
fn restore(engine: &mut Engine, bytes: &[u8], log: &Log) -> Result<usize, String> {
    let summary = engine.restore(bytes, now()).map_err(|error| error.to_string())?;
    if let Some(version) = &summary.redis_version {
        log.notice(format_args!("Loading RDB produced by version {version}"));
    }
    let there = engine.keyspace().databases().map(|(_, database)| database.len()).sum::<usize>();
    let expired = summary.keys.saturating_sub(there);
    log.notice(format_args!("Done loading RDB, keys loaded: {there}, keys expired: {expired}."));
    engine.note_loaded(&summary);
    while engine.poll().is_some() {}
    Ok(summary.bytes)
}

/// One file of the journal: commands, which an RDB file may stand before.
fn load_part(engine: &mut Engine, folder: &Path, entry: &Entry, is_last: bool, log: &Log) -> Result<(), String> {
    let name = &entry.name;
    let path = folder.join(name);
    let begin = Instant::now();
    let bytes = fs::read(&path)
        .map_err(|error| format!("Unable to obtain the AOF file {name} length. stat: {}", plain(&error)))?;
    let is_base = entry.kind == crate::manifest::Kind::Base;
    let mut start = 0;
    if bytes.starts_with(RDB_MAGIC) {
        log.notice("Reading RDB base file on AOF loading...");
        start = restore(engine, &bytes, log).map_err(|error| {
            format!("Error reading the RDB preamble of the AOF file {name}, AOF loading aborted: {error}")
        })?;
    }
    let commands = bytes.get(start..).unwrap_or_default();
    let bad = |offset: usize| {
        format!(
            "Bad file format reading the append only file {name}: make a backup of your AOF file, then use \
             ./redis-check-aof --fix <filename.manifest> (at byte {})",
            start + offset
        )
    };
    let whole = match engine.replay(commands, now()) {
        Ok(replayed) => replayed.bytes,
        Err(AofError::Corrupt { offset } | AofError::Truncated { offset }) => return Err(bad(offset)),
    };
    while engine.poll().is_some() {}
    if whole < commands.len() {
        if !is_last {
            return Err(bad(whole));
        }
        if !engine.server().config.is_on("aof-load-truncated") {
            return Err(format!(
                "Unexpected end of file reading the append only file {name}. You can: 1) Make a backup of your AOF \
                 file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the \
                 'aof-load-truncated' configuration option to yes and restart the server."
            ));
        }
        let end = start + whole;
        log.warning(format_args!("!!! Warning: short read while loading the AOF file {name}!!!"));
        log.warning(format_args!("!!! Truncating the AOF {name} at offset {end} !!!"));
        let cut = OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(end as u64));
        cut.map_err(|error| format!("Error truncating the AOF file {name}: {}", plain(&error)))?;
        log.warning(format_args!("AOF {name} loaded anyway because aof-load-truncated is enabled"));
    }
    let kind = if is_base { "base" } else { "incr" };
    log.notice(format_args!("DB loaded from {kind} file {name}: {:.3} seconds", begin.elapsed().as_secs_f64()));
    Ok(())
}

/// What the system says, without the number that Rust adds.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Options;
    use std::time::Duration;

    /// No file system can be made slow to tell a length, so the time is what is made up here.
    #[test]
    fn a_file_system_that_is_slow_to_tell_lengths_is_noted() {
        let latest = |threshold_ms: u64, took_ms: u64| -> String {
            let config = vec![("latency-monitor-threshold".to_owned(), threshold_ms.to_string())];
            let mut engine = Engine::new(Options { config, ..Options::default() }, now()).unwrap();
            let client = engine.connect(now());
            keep_journal(&mut engine, (300, 100), Instant::now() - Duration::from_millis(took_ms));
            let latest = engine.call(client, &[b"LATENCY", b"LATEST"], now());
            String::from_utf8_lossy(&engine::resp::print::raw(&latest)).into_owned()
        };
        let noted = latest(20, 50);
        assert!(noted.starts_with("aof-fstat\n"), "{noted}");
        let ms: u64 = noted.trim_end().rsplit('\n').next().unwrap().parse().unwrap();
        assert!((50..5000).contains(&ms), "{noted}");
        assert_eq!(latest(20_000, 50).trim(), "");
        assert_eq!(latest(0, 50).trim(), "");
    }
}
