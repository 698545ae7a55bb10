//! DEBUG DIGEST and DIGEST-VALUE: what a key or a whole node holds, as 20 bytes that are the same wherever the data
//! is. Parts whose order means something are mixed in one after the other, the others are joined by exclusive or.

use crate::base::numbers::format_f64;
use crate::base::sha1::sha1;
use crate::encoding::Element;
use crate::keyspace::{Keyspace, NEVER, Object};
use crate::value::Value;
use crate::value::stream::StreamId;

/// A digest; all zeros is that of nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest([u8; 20]);

impl Digest {
    /// Adds something whose place among the others does not matter.
    fn join(&mut self, bytes: &[u8]) {
        for (mine, other) in self.0.iter_mut().zip(sha1(bytes)) {
            *mine ^= other;
        }
    }

    /// Adds something that comes after what was added before.
    fn mix(&mut self, bytes: &[u8]) {
        self.join(bytes);
        self.0 = sha1(&self.0);
    }

    fn mix_element(&mut self, element: Element<'_>) {
        element.with_bytes(|bytes| self.mix(bytes));
    }

    fn mix_number(&mut self, number: u32) {
        self.mix(&number.to_be_bytes());
    }

    /// In hexadecimal.
    pub fn text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The digest of all databases.
pub fn of_all(keyspace: &Keyspace) -> Digest {
    let mut all = Digest::default();
    for (number, database) in keyspace.databases().filter(|(_, database)| !database.is_empty()) {
        all.mix_number(u32::try_from(number).unwrap_or(u32::MAX));
        for (key, object) in database.iter().filter(|(_, object)| !keyspace.is_expired(object)) {
            let mut one = Digest::default();
            one.mix(key);
            add(&mut one, object);
            all.join(&one.0);
        }
    }
    all
}

/// The digest of what one key holds.
pub fn of_object(object: &Object) -> Digest {
    let mut digest = Digest::default();
    add(&mut digest, object);
    digest
}

fn add(digest: &mut Digest, object: &Object) {
    digest.mix_number(type_number(&object.value));
    match &object.value {
        Value::String(string) => string.with_bytes(|bytes| digest.mix(bytes)),
        Value::List(list) => list.iter().for_each(|element| digest.mix_element(element)),
        Value::Set(set) => set.iter().for_each(|member| member.with_bytes(|bytes| digest.join(bytes))),
        Value::ZSet(zset) => {
            for (member, score) in zset.iter() {
                let mut pair = Digest::default();
                pair.mix_element(member);
                pair.mix(&format_f64(score));
                digest.join(&pair.0);
            }
        }
        Value::Hash(hash) => {
            for (field, value, deadline) in hash.iter_with_times() {
                let mut pair = Digest::default();
                pair.mix_element(field);
                pair.mix_element(value);
                if deadline.is_some() {
                    pair.join(b"!!hexpire!!");
                }
                digest.join(&pair.0);
            }
        }
        Value::Stream(stream) => {
            for entry in stream.log.range(StreamId::MIN, StreamId::MAX) {
                // With a dot between the halves of the ID, and not with the usual dash.
                digest.mix(format!("{}.{}", entry.id.ms, entry.id.seq).as_bytes());
                for (field, value) in entry.fields {
                    digest.mix_element(field);
                    digest.mix_element(value);
                }
            }
        }
    }
    // That it has a deadline counts, not which: two nodes never agree about the millisecond.
    if object.expire_at_ms != NEVER {
        digest.join(b"!!expire!!");
    }
}

/// The number that Redis has for a type.
fn type_number(value: &Value) -> u32 {
    match value {
        Value::String(_) => 0,
        Value::List(_) => 1,
        Value::Set(_) => 2,
        Value::ZSet(_) => 3,
        Value::Hash(_) => 4,
        Value::Stream(_) => 6,
    }
}
