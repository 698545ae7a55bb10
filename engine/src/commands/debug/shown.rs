//! What DEBUG shows of how data is kept: the lines of Redis with this node's own figures.

use crate::base::numbers::write_fixed;
use crate::command::Error;
use crate::dispatch::Call;
use crate::encoding::listpack::{Listpack, View};
use crate::encoding::quicklist::Node;
use crate::keyspace::{Database, Object};
use crate::persist::rdb;
use crate::server::Request;
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

/// DEBUG LISTPACK: the entries of a value that is one listpack, for the host's log. Redis prints them on its terminal.
///
/// # Errors
/// When the key is not kept so, or nothing can be waited for.
pub fn listpack(call: &mut Call, key: &[u8]) -> Result<(), Error> {
    let (_, object) = find(call, key)?;
    let listpack = match &object.value {
        Value::Hash(hash) => hash.listpack().or_else(|| hash.timed_listpack().map(Listpack::view)),
        Value::List(list) => list.listpack().map(Listpack::view),
        Value::Set(set) => set.listpack().map(Listpack::view),
        Value::ZSet(zset) => zset.listpack().map(Listpack::view),
        Value::String(_) | Value::Stream(_) => None,
    };
    let lines = entries(listpack.ok_or(Error::Static("ERR Not a listpack encoded object."))?);
    print(call, lines, "Listpack structure printed on stdout")
}

/// DEBUG QUICKLIST: the nodes of a list that is a quicklist, in the same way.
///
/// # Errors
/// As [`listpack`].
pub fn quicklist(call: &mut Call, key: &[u8]) -> Result<(), Error> {
    let (_, object) = find(call, key)?;
    let quicklist = if let Value::List(list) = &object.value { list.quicklist() } else { None };
    let quicklist = quicklist.ok_or(Error::Static("ERR Not a quicklist encoded object."))?;
    let mut lines = format!("quicklist of {} elements in {} nodes\n", quicklist.len(), quicklist.nodes().len());
    for (number, node) in quicklist.nodes().enumerate() {
        lines.push_str(&format!("node {number}: "));
        match node {
            Node::Packed(listpack) => lines.push_str(&entries(listpack.view())),
            Node::Plain(bytes) => lines.push_str(&format!("one element of {} bytes\n", bytes.len())),
        }
    }
    print(call, lines, "Quicklist structure printed on stdout")
}

fn print(call: &mut Call, lines: String, answer: &'static str) -> Result<(), Error> {
    if call.ask(Request::Log { message: lines.into_bytes(), answer }) {
        return Ok(());
    }
    Err(Error::Static("ERR what is printed cannot be waited for inside a transaction"))
}

/// A line for a listpack, and one for each of its entries: its number, where it stands, and what it holds.
fn entries(listpack: View) -> String {
    let mut lines = format!("listpack of {} bytes and {} entries\n", listpack.as_bytes().len(), listpack.len());
    let mut place = listpack.first();
    for number in 0..listpack.len() {
        let Some((element, next)) = listpack.get_and_next(place) else { break };
        let (bytes, text) =
            (Listpack::entry_bytes(element), element.with_bytes(|bytes| bytes.escape_ascii().to_string()));
        lines.push_str(&format!("  {number}: at {place}, {bytes} bytes: \"{text}\"\n"));
        place = next;
    }
    lines
}

/// DEBUG HTSTATS: the tables of a database.
///
/// # Errors
/// When there is no such database.
pub fn table(call: &mut Call, number: i64, full: bool) -> Result<(), Error> {
    let number = usize::try_from(number).ok();
    let database = number.and_then(|number| call.keyspace.database(number));
    let database = database.ok_or(Error::Static("ERR Out of range database"))?;
    // Deadlines stand in an order, of which each place is taken.
    let volatile = Database::volatile_len(database);
    let text = format!(
        "[Dictionary HT]\n{}[Expires HT]\n{}",
        table_text(database.len(), database.slots(), full),
        table_text(volatile, volatile, full)
    );
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

/// DEBUG HTSTATS-KEY: the table of a value.
///
/// # Errors
/// When the key has none.
pub fn table_of_value(call: &mut Call, key: &[u8], full: bool) -> Result<(), Error> {
    let (_, object) = find(call, key)?;
    let slots = object.value.table_slots();
    let text = "ERR The value stored at the specified key is not represented using an hash table";
    let slots = slots.ok_or(Error::Static(text))?;
    let text = table_text(object.value.len(), slots, full);
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

/// The figures of one table. It has no chains: each slot holds an entry or none.
fn table_text(entries: usize, slots: usize, full: bool) -> String {
    let mut text = "Hash table 0 stats (main hash table):\n".to_string();
    if entries == 0 {
        return text + "No stats available for empty dictionaries\n";
    }
    text.push_str(&format!(" table size: {slots}\n number of elements: {entries}\n"));
    if full {
        let free = slots.saturating_sub(entries);
        let percent = |part: usize| part as f64 * 100.0 / slots as f64;
        text.push_str(&format!(
            " different slots: {entries}\n max chain length: 1\n avg chain length (counted): 1.00\n avg chain length \
             (computed): 1.00\n Chain length distribution:\n   0: {free} ({:.2}%)\n   1: {entries} ({:.2}%)\n",
            percent(free),
            percent(entries),
        ));
    }
    text
}
