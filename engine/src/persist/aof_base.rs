//! All data as commands that make it: the base of an append-only file without an RDB preamble.

use super::rdb;
use crate::base::numbers::{format_f64_17, write_i64};
use crate::encoding::Element;
use crate::value::Value;

/// As many elements stand in one command, as in Redis.
const ELEMENTS_PER_COMMAND: usize = 64;

/// Appends the commands that select a database.
pub fn select(out: &mut Vec<u8>, database: usize) {
    command(out, &[b"SELECT", database.to_string().as_bytes()]);
}

/// Appends the command that loads a function library.
pub fn library(out: &mut Vec<u8>, code: &[u8]) {
    command(out, &[b"FUNCTION", b"LOAD", code]);
}

/// Appends the commands that make one key. What has no commands of its own is restored from its RDB form.
pub fn key(out: &mut Vec<u8>, key: &[u8], value: &Value, expire_at_ms: Option<u64>) {
    match value {
        Value::String(string) => command(out, &[b"SET", key, &string.to_vec()]),
        Value::List(list) => elements(out, b"RPUSH", key, 1, list.iter().map(|element| vec![bytes(element)])),
        Value::Set(set) => elements(out, b"SADD", key, 1, set.iter().map(|element| vec![bytes(element)])),
        Value::ZSet(zset) => {
            let pairs = zset.iter().map(|(member, score)| vec![format_f64_17(score), bytes(member)]);
            elements(out, b"ZADD", key, 2, pairs);
        }
        Value::Hash(hash) => {
            let pairs = hash.iter().map(|(field, value)| vec![bytes(field), bytes(value)]);
            elements(out, b"HMSET", key, 2, pairs);
            for (field, _, at) in hash.iter_with_times() {
                let Some(at) = at else { continue };
                let at = at.to_string();
                command(out, &[b"HPEXPIREAT", key, at.as_bytes(), b"FIELDS", b"1", &bytes(field)]);
            }
        }
        #[allow(unreachable_patterns, reason = "types come and go with the modules that are built in")]
        other => command(out, &[b"RESTORE", key, b"0", &rdb::dump(other, false)]),
    }
    if let Some(at) = expire_at_ms {
        command(out, &[b"PEXPIREAT", key, at.to_string().as_bytes()]);
    }
}

fn bytes(element: Element) -> Vec<u8> {
    element.to_vec()
}

fn elements(out: &mut Vec<u8>, name: &[u8], key: &[u8], words: usize, all: impl Iterator<Item = Vec<Vec<u8>>>) {
    let mut waiting: Vec<Vec<u8>> = Vec::new();
    let mut flush = |waiting: &mut Vec<Vec<u8>>| {
        let mut argv: Vec<&[u8]> = vec![name, key];
        argv.extend(waiting.iter().map(Vec::as_slice));
        command(out, &argv);
        waiting.clear();
    };
    for element in all {
        waiting.extend(element);
        if waiting.len() >= ELEMENTS_PER_COMMAND * words {
            flush(&mut waiting);
        }
    }
    if !waiting.is_empty() {
        flush(&mut waiting);
    }
}

fn command(out: &mut Vec<u8>, argv: &[&[u8]]) {
    out.push(b'*');
    write_i64(out, argv.len() as i64);
    out.extend_from_slice(b"\r\n");
    for word in argv {
        out.push(b'$');
        write_i64(out, word.len() as i64);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}
