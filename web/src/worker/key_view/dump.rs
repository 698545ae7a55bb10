//! One key as a payload, for whoever deletes it and may want it back.

use engine::keyspace::Keyspace;
use engine::persist::rdb;

use super::deadline;
use crate::bytes::ByteBuf;
use crate::protocol::{DumpedKey, MAX_DUMP_BYTES};

/// A key as DUMP would give it; none if there is no such key. Nothing notices: the key does not count as read.
pub fn dump(keyspace: &Keyspace, database: u32, key: &[u8]) -> Option<DumpedKey> {
    let database = keyspace.database(database as usize)?;
    let (_, object) = database.at(database.find(key)?)?;
    let is_small = object.value.heap_bytes() <= MAX_DUMP_BYTES;
    let payload = is_small.then(|| ByteBuf::from(rdb::dump(&object.value, true)));
    Some(DumpedKey { payload, expires_at_ms: deadline(object) })
}
