//! What takes an edit back: the command that sets the old value again, where there is one that does exactly that, and
//! otherwise the whole key as DUMP and RESTORE carry it.

use engine::base::{bits, numbers};
use engine::encoding::Element;
use engine::keyspace::{Keyspace, NEVER, Object};
use engine::persist::rdb;
use engine::resp::Value as Reply;
use engine::value::stream::IdText;
use engine::value::{FieldTime, Hash, Value};

/// A command and its arguments.
pub type Words = Vec<Vec<u8>>;

/// Of larger values no copy is made before an edit.
const MAX_COPIED_BYTES: usize = 4 * 1024 * 1024;
const TOO_LARGE: &str = "it cannot be undone: to keep a copy, the value is too large";

/// How to take an edit back, as far as it is known before the edit.
#[derive(Debug)]
pub struct Inverse {
    /// The key as it is called after the edit.
    key: Vec<u8>,
    /// Whether there was such a key.
    existed: bool,
    exact: Option<Exact>,
    /// RESTORE's arguments after the key.
    copy: Option<Copy>,
}

#[derive(Debug)]
enum Exact {
    Lines(Vec<Words>),
    /// The entry whose ID the reply tells.
    RemoveEntry,
}

#[derive(Debug)]
struct Copy {
    expire_at_ms: u64,
    payload: Vec<u8>,
}

/// Looks at what is there before a command runs.
///
/// # Errors
/// Why the edit will not be undone.
pub fn inverse(keyspace: &Keyspace, database: usize, words: &Words) -> Result<Inverse, String> {
    let name = words.first().map(|name| name.to_ascii_uppercase()).unwrap_or_default();
    // The key stands first, but in XGROUP after its subcommand.
    let at = if name == b"XGROUP" { 2 } else { 1 };
    let key = words.get(at).cloned().unwrap_or_default();
    let Some(object) = keyspace.view_object(database, &key) else {
        return Ok(Inverse { key, existed: false, exact: None, copy: None });
    };
    let exact = exact(&name, &key, object, words.get(2..).unwrap_or_default());
    let may_vanish = object.value.len() <= 1;
    let copy = if exact.is_none() || may_vanish { copy(object) } else { None };
    if exact.is_none() && copy.is_none() {
        return Err(TOO_LARGE.to_owned());
    }
    let key = if name == b"RENAMENX" { words.get(2).cloned().unwrap_or_default() } else { key };
    Ok(Inverse { key, existed: true, exact, copy })
}

impl Inverse {
    /// The key and the commands that take the edit back, now that it has run and replied.
    ///
    /// # Errors
    /// Why it cannot be undone.
    pub fn lines(self, reply: &Reply, is_there: impl Fn(&[u8]) -> bool) -> Result<(Vec<u8>, Vec<Words>), String> {
        let key = self.key;
        let there = is_there(&key);
        let lines = match (self.existed, there, self.exact, self.copy) {
            (false, true, ..) => vec![words(&[b"DEL", &key])],
            (true, true, Some(Exact::Lines(lines)), _) => lines,
            (true, true, Some(Exact::RemoveEntry), _) => {
                vec![words(&[b"XDEL", &key, reply.as_bytes().unwrap_or_default()])]
            }
            // Without REPLACE where it is gone: if somebody makes it anew, that is left alone.
            (true, there, _, Some(copy)) => vec![copy.restore(&key, there)],
            (true, _, _, None) => return Err(TOO_LARGE.to_owned()),
            (false, false, ..) => return Err(String::new()),
        };
        Ok((key, lines))
    }
}

fn copy(object: &Object) -> Option<Copy> {
    let fits = object.value.heap_bytes() <= MAX_COPIED_BYTES;
    fits.then(|| Copy { expire_at_ms: object.expire_at_ms, payload: rdb::dump(&object.value, true) })
}

impl Copy {
    fn restore(self, key: &[u8], replace: bool) -> Words {
        let expires = self.expire_at_ms != NEVER;
        let ttl = if expires { number(self.expire_at_ms) } else { b"0".to_vec() };
        let mut line = words(&[b"RESTORE", key, &ttl, &self.payload]);
        if replace {
            line.push(b"REPLACE".to_vec());
        }
        if expires {
            line.push(b"ABSTTL".to_vec());
        }
        line
    }
}

/// The commands that set exactly what the edit changes.
fn exact(name: &[u8], key: &[u8], object: &Object, rest: &[Vec<u8>]) -> Option<Exact> {
    let lines = match (name, &object.value, rest) {
        (b"EXPIRE" | b"PEXPIRE" | b"PERSIST", ..) => vec![match object.expire_at_ms {
            NEVER => words(&[b"PERSIST", key]),
            at => words(&[b"PEXPIREAT", key, &number(at)]),
        }],
        (b"RENAMENX", _, [other]) => vec![words(&[b"RENAMENX", other, key])],
        (b"SET" | b"PFADD", Value::String(old), _) => whole(key, old.len(), || old.to_vec())?,
        (b"SETRANGE", Value::String(old), [offset, new]) => {
            let start: usize = text(offset)?.parse().ok()?;
            let before = old.with_bytes(|bytes| bytes.get(start..start.checked_add(new.len())?).map(<[u8]>::to_vec));
            match before {
                Some(before) => vec![words(&[b"SETRANGE", key, offset, &before])],
                None => whole(key, old.len(), || old.to_vec())?,
            }
        }
        (b"SETBIT", Value::String(old), [offset, _]) => {
            let bit: u64 = text(offset)?.parse().ok()?;
            if bit / 8 < old.len() as u64 {
                let was: &[u8] = if old.with_bytes(|bytes| bits::get(bytes, bit)) { b"1" } else { b"0" };
                vec![words(&[b"SETBIT", key, offset, was])]
            } else {
                whole(key, old.len(), || old.to_vec())?
            }
        }
        (b"HSET", Value::Hash(hash), [field, _]) => match hash.get(field) {
            Some(_) => put_back(key, hash, field)?,
            None => vec![words(&[b"HDEL", key, field])],
        },
        (b"HDEL", Value::Hash(hash), [field]) => put_back(key, hash, field)?,
        (b"HEXPIRE" | b"HPEXPIRE" | b"HPERSIST", Value::Hash(hash), [.., field]) => vec![match hash.time_of(field) {
            FieldTime::At(at) => field_deadline(key, field, at),
            _ => words(&[b"HPERSIST", key, b"FIELDS", b"1", field]),
        }],
        (b"LSET", Value::List(list), [index, _]) => {
            let at: usize = text(index)?.parse().ok()?;
            vec![words(&[b"LSET", key, index, &list.at(at)?.to_vec()])]
        }
        (b"LPUSH", Value::List(_), [_]) => vec![words(&[b"LPOP", key])],
        (b"RPUSH", Value::List(_), [_]) => vec![words(&[b"RPOP", key])],
        (b"SADD", Value::Set(_), [member]) => vec![words(&[b"SREM", key, member])],
        (b"SREM", Value::Set(_), [member]) => vec![words(&[b"SADD", key, member])],
        (b"ZADD" | b"GEOADD" | b"ZREM", Value::ZSet(zset), [.., member]) => vec![match zset.score(member) {
            Some(old) => words(&[b"ZADD", key, &numbers::format_f64(old), member]),
            None => words(&[b"ZREM", key, member]),
        }],
        (b"XADD", Value::Stream(_), _) => return Some(Exact::RemoveEntry),
        (b"XACK", Value::Stream(stream), [group, id]) => {
            let entry = IdText::parse(id)?.with_seq(0)?;
            let reader = stream.group(group)?;
            let pending = reader.pending_at(entry)?;
            // An entry that was deleted cannot be claimed.
            stream.log.get(entry)?;
            let consumer = reader.consumer(pending.consumer)?.name();
            let times = [number(pending.delivered_ms.unsigned_abs()), number(pending.deliveries)];
            let [delivered, deliveries] = &times;
            vec![words(&[
                b"XCLAIM",
                key,
                group,
                consumer,
                b"0",
                id,
                b"TIME",
                delivered,
                b"RETRYCOUNT",
                deliveries,
                b"FORCE",
                b"JUSTID",
            ])]
        }
        (b"XGROUP", Value::Stream(_), [_, group, ..]) => vec![words(&[b"XGROUP", b"DESTROY", key, group])],
        _ => return None,
    };
    Some(Exact::Lines(lines))
}

/// Sets a string again, without a change of its time to live.
fn whole(key: &[u8], len: usize, old: impl FnOnce() -> Vec<u8>) -> Option<Vec<Words>> {
    (len <= MAX_COPIED_BYTES).then(|| vec![words(&[b"SET", key, &old(), b"KEEPTTL"])])
}

/// Sets a field again, and its deadline, which HSET takes away.
fn put_back(key: &[u8], hash: &Hash, field: &[u8]) -> Option<Vec<Words>> {
    let mut lines = vec![words(&[b"HSET", key, field, &hash.get(field).map(Element::to_vec)?])];
    if let FieldTime::At(at) = hash.time_of(field) {
        lines.push(field_deadline(key, field, at));
    }
    Some(lines)
}

fn field_deadline(key: &[u8], field: &[u8], at_ms: u64) -> Words {
    words(&[b"HPEXPIREAT", key, &number(at_ms), b"FIELDS", b"1", field])
}

fn words(words: &[&[u8]]) -> Words {
    words.iter().map(|word| word.to_vec()).collect()
}

fn number(number: u64) -> Vec<u8> {
    number.to_string().into_bytes()
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
