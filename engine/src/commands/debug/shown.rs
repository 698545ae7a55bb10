//! What DEBUG shows of how data is kept: the lines of Redis with this node's own figures.

use crate::base::numbers::write_fixed;
use crate::command::Error;
use crate::dispatch::Call;
use crate::encoding::quicklist::Node;
use crate::keyspace::{Database, Object};
use crate::persist::rdb;
use crate::value::{List, Value};

/// What a DUMP payload has beside the value: the type in front, version and checksum behind.
const AROUND_PAYLOAD: usize = 1 + 2 + 8;

/// A key with its place in the table and what it holds, without counting the look.
///
/// # Errors
/// When there is no such key.
fn find<'a>(call: &'a mut Call, key: &[u8]) -> Result<(usize, &'a Object), Error> {
    let database = call.client.database;
    if !call.keyspace.exists(database, key) {
        return Err(Error::NoSuchKey);
    }
    let space = call.keyspace.database(database).ok_or(Error::NoSuchKey)?;
    let position = space.find(key).ok_or(Error::NoSuchKey)?;
    space.at(position).map(|(_, object)| (position, object)).ok_or(Error::NoSuchKey)
}

/// DEBUG OBJECT. Where Redis has an address stands the key's place in its table: the same in every run.
pub fn object(call: &mut Call, key: &[u8]) -> Result<(), Error> {
    let compress = call.server.config.is_on("rdbcompression");
    let fill = call.keyspace.limits.list_max_listpack_size;
    let compressed = i32::from(call.keyspace.limits.list_compress_depth != 0);
    let (position, object) = find(call, key)?;
    let serialized = rdb::dump(&object.value, compress).len().saturating_sub(AROUND_PAYLOAD);
    let (encoding, access) = (object.value.encoding(), object.access);
    let mut line = format!("Value at:{position:#x} refcount:1 encoding:{encoding} serializedlength:{serialized}");
    let nodes = if let Value::List(list) = &object.value { quicklist_figures(list) } else { None };
    let idle = call.keyspace.access.idle_seconds(access, call.now);
    line.push_str(&format!(" lru:{} lru_seconds_idle:{idle}", access.bits()));
    if let Some((nodes, elements, bytes)) = nodes {
        let mut average = Vec::new();
        write_fixed(&mut average, elements as f64 / nodes.max(1) as f64, 2);
        let average = String::from_utf8_lossy(&average);
        line.push_str(&format!(
            " ql_nodes:{nodes} ql_avg_node:{average} ql_listpack_max:{fill} ql_compressed:{compressed} \
             ql_uncompressed_size:{bytes}"
        ));
    }
    call.reply.simple(&line);
    Ok(())
}

/// Nodes, elements and bytes of a list that is long enough to be a quicklist.
fn quicklist_figures(list: &List) -> Option<(usize, usize, usize)> {
    let quicklist = list.quicklist()?;
    let bytes = quicklist.nodes().map(|node| match node {
        Node::Packed(listpack) => listpack.total_bytes(),
        Node::Plain(bytes) => bytes.len(),
    });
    Some((quicklist.nodes().len(), quicklist.len(), bytes.sum()))
}

/// DEBUG SDSLEN: key and value of a string, which take no more bytes than they have unless they were appended to.
pub fn sdslen(call: &mut Call, key: &[u8]) -> Result<(), Error> {
    let (_, object) = find(call, key)?;
    let Value::String(string) = &object.value else {
        return Err(Error::Static("ERR Not an sds encoded string."));
    };
    if string.stored_int().is_some() {
        return Err(Error::Static("ERR Not an sds encoded string."));
    }
    let (len, heap) = (string.len(), string.heap_bytes());
    let key_heap = crate::base::Bytes::new(key).heap_bytes();
    call.reply.simple(&format!(
        "key_sds_len:{}, key_sds_avail:0, key_zmalloc: {key_heap}, val_sds_len:{len}, val_sds_avail:{}, val_zmalloc: {heap}",
        key.len(),
        heap.saturating_sub(len),
    ));
    Ok(())
}

/// DEBUG LISTPACK and QUICKLIST, which Redis prints for whoever looks at its terminal.
///
/// # Errors
/// Always: the key is not kept so, or there is no terminal.
pub fn printed(call: &mut Call, key: &[u8], encoding: &str) -> Result<(), Error> {
    let (_, object) = find(call, key)?;
    if object.value.encoding().trim_end_matches("ex") != encoding {
        return Err(Error::text_of(format!("ERR Not a {encoding} encoded object.")));
    }
    Err(Error::Static("ERR this node has no standard output to print on"))
}

/// DEBUG HTSTATS: the tables of a database. They have no chains, so that no length of one is told.
pub fn table(call: &mut Call, number: i64) -> Result<(), Error> {
    let number = usize::try_from(number).ok();
    let database = number.and_then(|number| call.keyspace.database(number));
    let database = database.ok_or(Error::Static("ERR Out of range database"))?;
    let text = format!(
        "[Dictionary HT]\n{}[Expires HT]\n{}",
        table_text(database.len()),
        table_text(Database::volatile_len(database))
    );
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

/// DEBUG HTSTATS-KEY: the table of a value.
pub fn table_of_value(call: &mut Call, key: &[u8]) -> Result<(), Error> {
    let (_, object) = find(call, key)?;
    if !matches!(object.value.encoding(), "hashtable" | "skiplist") {
        let text = "ERR The value stored at the specified key is not represented using an hash table";
        return Err(Error::Static(text));
    }
    let text = table_text(object.value.len());
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

fn table_text(elements: usize) -> String {
    const HEAD: &str = "Hash table 0 stats (main hash table):\n";
    if elements == 0 {
        return format!("{HEAD}No stats available for empty dictionaries\n");
    }
    format!("{HEAD} number of elements: {elements}\n")
}
