//! All data as an RDB file, and back: what SAVE hands to the host, and what a start and DEBUG RELOAD read.

use super::REDIS_VERSION;
use crate::base::Time;
use crate::dispatch::script::{self, Policy};
use crate::keyspace::{Keyspace, KnownUse, Measure, NEVER, Object};
use crate::persist::rdb::{self, About, Entry, LoadError, Problem, Summary, Writer};
use crate::server::Server;
use crate::value::Value;

/// All data as an RDB file, in the oldest version that holds it; `aof_base` says that a journal continues it.
pub fn write(keyspace: &Keyspace, server: &Server, aof_base: bool) -> Vec<u8> {
    let about = About {
        redis_version: REDIS_VERSION,
        now: keyspace.now(),
        used_memory: server.memory(keyspace).used() as u64,
        aof_base,
    };
    let mut writer = Writer::new(&about, server.config.is_on("rdbcompression"));
    for library in server.scripting.libraries.iter() {
        writer.library(&library.code);
    }
    for (number, database) in keyspace.databases().filter(|(_, database)| !database.is_empty()) {
        writer.database(number as u32, database.len(), database.volatile_len());
        for (key, object) in database.iter().filter(|(_, object)| !keyspace.is_expired(object)) {
            let expire_at = (object.expire_at_ms != NEVER).then_some(Time(object.expire_at_ms));
            // As Redis writes them: what the present policy goes by, for whoever loads it.
            let (clock, now) = (&keyspace.access, keyspace.now());
            let measure = keyspace.eviction.policy.measure;
            let idle_seconds = (measure == Some(Measure::Age)).then(|| clock.idle_seconds(object.access, now));
            let frequency = (measure == Some(Measure::Rarity)).then(|| clock.frequency(object.access, now));
            writer.entry(&Entry { key, value: &object.value, expire_at, idle_seconds, frequency });
        }
    }
    writer.finish(server.config.is_on("rdbchecksum"))
}

/// The data of an RDB file, to replace what a keyspace holds. Keys whose deadline has passed are left out, as in
/// Redis.
///
/// # Errors
/// When the file is damaged, too new, or holds what there is not.
pub fn read(keyspace: &Keyspace, file: &[u8]) -> Result<(Keyspace, Summary), LoadError> {
    let now = keyspace.now();
    let mut loaded = keyspace.emptied();
    let summary = rdb::read(file, &keyspace.limits, &mut |record| {
        let no_such_database = Problem::NoSuchDatabase { database: record.database };
        let database = usize::try_from(record.database).ok().filter(|&number| number < keyspace.database_count());
        let database = database.ok_or(no_such_database)?;
        let expire_at_ms = record.expire_at.map_or(NEVER, |at| at.0);
        let known = KnownUse { idle_seconds: record.idle_seconds, frequency: record.frequency };
        let access = loaded.access.known(known, now);
        let mut object = Object { value: record.value, expire_at_ms, access };
        if loaded.database(database).is_some_and(|space| space.find(&record.key).is_some()) {
            return Err(Problem::DuplicateKey);
        }
        if !loaded.is_expired(&object) {
            if let Value::Hash(hash) = &mut object.value {
                hash.expire(now.0, usize::MAX);
            }
            loaded.load(database, &record.key, object);
        }
        Ok(())
    })?;
    Ok((loaded, summary))
}

/// Loads the function libraries of a file.
///
/// # Errors
/// When one of them cannot be loaded; those that are there stay then.
pub fn load_libraries(server: &mut Server, summary: &Summary, policy: Policy) -> Result<(), LoadError> {
    if summary.libraries.is_empty() && server.scripting.libraries.is_empty() {
        return Ok(());
    }
    let codes: Vec<&[u8]> = summary.libraries.iter().map(Vec::as_slice).collect();
    script::load_libraries(server, REDIS_VERSION, &codes, policy).map_err(|error| {
        let reason = String::from_utf8_lossy(&error.text()).into_owned();
        LoadError { offset: summary.bytes, key: None, problem: Problem::Library { reason } }
    })
}

/// Loads an RDB file as DEBUG RELOAD NOSAVE does: in place of the data, or (`flushes` not set) beside it, where `merges`
/// lets the keys of the file replace those that are there. Nothing is changed on an error, unlike in Redis.
///
/// # Errors
/// When the file cannot be read, or holds a key that is there already and may not be replaced.
pub fn reload(
    server: &mut Server,
    keyspace: &mut Keyspace,
    file: &[u8],
    flushes: bool,
    merges: bool,
) -> Result<(), LoadError> {
    let (mut loaded, summary) = read(keyspace, file)?;
    if !flushes {
        for (number, database) in keyspace.databases() {
            for (key, object) in database.iter().filter(|(_, object)| !keyspace.is_expired(object)) {
                if loaded.database(number).is_some_and(|space| space.find(key).is_none()) {
                    loaded.load(number, key, object.clone());
                } else if !merges {
                    return Err(LoadError {
                        offset: 0,
                        key: Some(key.as_slice().to_vec()),
                        problem: Problem::DuplicateKey,
                    });
                }
            }
        }
    }
    let policy = match (flushes, merges) {
        (true, _) => Policy::Flush,
        (false, true) => Policy::Replace,
        (false, false) => Policy::Append,
    };
    load_libraries(server, &summary, policy)?;
    keyspace.replace_data(loaded);
    Ok(())
}
