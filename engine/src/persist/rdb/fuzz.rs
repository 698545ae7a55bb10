//! What must hold for any input at all, for fuzz targets and for tests that damage files.

use std::collections::HashSet;

use super::{About, Entry, Problem, Record, Writer, dump, read, restore};
use crate::base::Time;
use crate::base::crc64::crc64;
use crate::encoding::Element;
use crate::value::{Limits, Stream, StreamId, Value};

/// Reads `bytes` as a file and as the content of a payload. Whatever comes out must survive being written and
/// read again. `Err` says what did not; an input that is refused is fine.
pub fn fuzz(bytes: &[u8]) -> Result<(), String> {
    let records = read_all(bytes).0;
    let about = About { redis_version: "7.4.1", now: Time(0), used_memory: 0, aof_base: false };
    let mut writer = Writer::new(&about, true);
    for record in &records {
        writer.database(record.database as u32, 1, 0);
        writer.entry(&Entry {
            key: &record.key,
            value: &record.value,
            expire_at: record.expire_at,
            idle_seconds: record.idle_seconds,
            frequency: record.frequency,
        });
    }
    let (again, failure) = read_all(&writer.finish(true));
    if let Some(failure) = failure {
        return Err(format!("what was read cannot be read again: {failure}"));
    }
    if again.len() != records.len() {
        return Err(format!("{} keys became {}", records.len(), again.len()));
    }
    records.iter().zip(&again).try_for_each(|(before, after)| same_record(before, after))?;
    fuzz_payload(bytes)
}

fn fuzz_payload(content: &[u8]) -> Result<(), String> {
    let mut payload = [content, &[10, 0]].concat();
    let checksum = crc64(0, &payload);
    payload.extend_from_slice(&checksum.to_le_bytes());
    let limits = Limits::default();
    let Ok(value) = restore(&payload, &limits) else { return Ok(()) };
    match restore(&dump(&value, true), &limits) {
        Ok(again) if elements(&again) == elements(&value) => Ok(()),
        Ok(_) => Err("a restored value changed by another DUMP and RESTORE".to_owned()),
        Err(error) => Err(format!("a restored value cannot be restored again: {error}")),
    }
}

/// The records up to the first failure, and that failure.
fn read_all(bytes: &[u8]) -> (Vec<Record>, Option<String>) {
    let mut seen = HashSet::new();
    let mut records = Vec::new();
    let result = read(bytes, &Limits::default(), &mut |record| {
        if u32::try_from(record.database).is_err() {
            return Err(Problem::NoSuchDatabase { database: record.database });
        }
        if !seen.insert((record.database, record.key.clone())) {
            return Err(Problem::DuplicateKey);
        }
        records.push(record);
        Ok(())
    });
    (records, result.err().map(|error| error.to_string()))
}

fn same_record(before: &Record, after: &Record) -> Result<(), String> {
    let about = |record: &Record| {
        (record.database, record.key.clone(), record.expire_at, record.idle_seconds, record.frequency)
    };
    if about(before) != about(after) {
        return Err(format!("{:?} became {:?}", about(before), about(after)));
    }
    if before.value.type_name() == after.value.type_name() && elements(&before.value) == elements(&after.value) {
        return Ok(());
    }
    Err(format!("the value of {:?} changed", before.key))
}

/// A value's content: in order where there is one, sorted where there is none.
pub(super) fn elements(value: &Value) -> Vec<(Vec<u8>, Vec<u8>)> {
    let none = Vec::new;
    let mut elements: Vec<_> = match value {
        Value::String(string) => return vec![(string.to_vec(), none())],
        Value::List(list) => return list.iter().map(|element| (element.to_vec(), none())).collect(),
        Value::ZSet(zset) => {
            return zset.iter().map(|(member, score)| (member.to_vec(), score.to_le_bytes().to_vec())).collect();
        }
        Value::Hash(hash) => {
            let with_time = |(field, value, deadline): (Element<'_>, Element<'_>, Option<u64>)| {
                let time = deadline.map(|deadline| format!("@{deadline}")).unwrap_or_default();
                (field.to_vec(), [value.to_vec(), time.into_bytes()].concat())
            };
            hash.iter_with_times().map(with_time).collect()
        }
        Value::Set(set) => set.iter().map(|member| (member.to_vec(), none())).collect(),
        Value::Stream(stream) => return stream_elements(stream),
    };
    elements.sort();
    elements
}

/// Entries, counters and groups, but not when a consumer was last given something, which is not written.
fn stream_elements(stream: &Stream) -> Vec<(Vec<u8>, Vec<u8>)> {
    let log = &stream.log;
    let mut elements = Vec::new();
    for entry in log.range(StreamId::MIN, StreamId::MAX) {
        let mut fields = Vec::new();
        for (name, value) in entry.fields {
            fields.extend(
                [name.to_vec(), value.to_vec()].map(|word| [&word.len().to_le_bytes(), &word[..]].concat()).concat(),
            );
        }
        elements.push((entry.id.to_text(), fields));
    }
    let counters = (log.len(), log.first_id(), log.last_id(), log.max_deleted_id(), log.entries_added());
    elements.push((b"counters".to_vec(), format!("{counters:?}").into_bytes()));
    for (name, group) in stream.groups() {
        elements.push((name.to_vec(), format!("{:?} {:?}", group.last_id, group.entries_read).into_bytes()));
        for consumer in group.consumers() {
            elements.push((consumer.name().to_vec(), consumer.seen_ms.to_le_bytes().to_vec()));
        }
        for (id, pending) in group.pending(StreamId::MIN, StreamId::MAX) {
            let name = group.consumer(pending.consumer).map(|consumer| consumer.name());
            let about = (name, pending.delivered_ms, pending.deliveries);
            elements.push((id.to_text(), format!("{about:?}").into_bytes()));
        }
    }
    elements
}
