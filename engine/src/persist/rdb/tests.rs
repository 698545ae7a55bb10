//! Files of every version, whole and damaged. `files/version-10.rdb` and `files/stream.rdb` were saved by Redis
//! 7.0.15; the others have encodings that no Redis at hand writes any more. Those up to version 9 pass
//! `redis-check-rdb`, and `tests/rdb.rs` compares how a real server and this reader understand them.

use std::collections::BTreeMap;

use super::fuzz::elements;
use super::*;
use crate::base::crc64::crc64;
use crate::base::{Random, Time, numbers};
use crate::value::stream::{Group, NewId, Pending, Trim};
use crate::value::{Hash, Limits, List, Set, Side, Stream, StreamId, StringValue, Value, ZSet};

const FILES: &[(&str, &[u8])] = &[
    ("version-1", include_bytes!("files/version-1.rdb")),
    ("version-4", include_bytes!("files/version-4.rdb")),
    ("version-7", include_bytes!("files/version-7.rdb")),
    ("version-9", include_bytes!("files/version-9.rdb")),
    ("version-9-without-checksum", include_bytes!("files/version-9-without-checksum.rdb")),
    ("version-10", include_bytes!("files/version-10.rdb")),
    ("version-11", include_bytes!("files/version-11.rdb")),
    ("version-12", include_bytes!("files/version-12.rdb")),
    ("module-aux", include_bytes!("files/module-aux.rdb")),
    ("stream", include_bytes!("files/stream.rdb")),
    ("module", include_bytes!("files/module.rdb")),
    ("field-ttl", include_bytes!("files/field-ttl.rdb")),
];

fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|(own, _)| *own == name).unwrap().1
}

type Records = BTreeMap<(u64, String), Record>;

fn load(bytes: &[u8]) -> Result<(Records, Summary), LoadError> {
    let mut records = Records::new();
    let summary = read(bytes, &Limits::default(), &mut |record| {
        let key = (record.database, record.key.escape_ascii().to_string());
        match records.insert(key, record) {
            None => Ok(()),
            Some(_) => Err(Problem::DuplicateKey),
        }
    })?;
    Ok((records, summary))
}

/// A value as text: elements between commas, pairs with `=`.
fn text(value: &Value) -> String {
    let pairs = matches!(value, Value::Hash(_));
    let scores = matches!(value, Value::ZSet(_));
    let one = |(first, second): &(Vec<u8>, Vec<u8>)| match (pairs, scores) {
        (true, _) => format!("{}={}", first.escape_ascii(), second.escape_ascii()),
        (_, true) => {
            let score = f64::from_le_bytes(second.as_slice().try_into().unwrap());
            format!("{}={}", first.escape_ascii(), numbers::format_f64(score).escape_ascii())
        }
        _ => first.escape_ascii().to_string(),
    };
    elements(value).iter().map(one).collect::<Vec<_>>().join(",")
}

#[track_caller]
fn check(records: &Records, key: &str, encoding: &str, expected: &str) {
    let (database, key) = key.split_once(':').unwrap_or(("0", key));
    let record = records.get(&(database.parse().unwrap(), key.to_owned())).unwrap_or_else(|| panic!("{key}"));
    assert_eq!(text(&record.value), expected, "{key}");
    assert_eq!(record.value.encoding(), encoding, "{key}");
}

#[test]
fn reads_plain_encodings() {
    let (records, summary) = load(file("version-1")).unwrap();
    assert_eq!((summary.version, summary.keys, records.len()), (1, 16, 16));
    check(&records, "text", "embstr", "hello world");
    check(&records, "empty", "embstr", "");
    check(&records, "int8", "int", "-7");
    check(&records, "int16", "int", "-30000");
    check(&records, "int32", "int", "-2000000000");
    check(&records, "int64", "int", "9223372036854775807");
    check(&records, "int-as-text", "int", "12345");
    check(&records, "compressed", "raw", &"a".repeat(1000));
    assert_eq!(records[&(0, "long".to_owned())].value.len(), 256 * 70);
    assert_eq!(records[&(0, "expires-in-2038".to_owned())].expire_at, Some(Time((i32::MAX as u64 - 9) * 1000)));
    check(&records, "list", "listpack", &format!("a,1,,{}", "a".repeat(40)));
    check(&records, "set", "listpack", "300,a,b");
    check(&records, "set-of-integers", "intset", "1,3,70000");
    check(&records, "hash", "listpack", "f=v,g=9");
    check(&records, "zset", "listpack", "d=-inf,b=-2,e=0.1,a=1.5,f=1e+300,c=inf");
    check(&records, "3:elsewhere", "int", "3");
}

#[test]
fn reads_ziplists_and_zipmaps() {
    let (records, summary) = load(file("version-4")).unwrap();
    assert_eq!((summary.version, summary.keys), (4, 12));
    let long = "v".repeat(300);
    let key = "k".repeat(260);
    check(&records, "zipmap", "hashtable", &format!("f=v,g=1,h=w,{key}=,long={long}"));
    assert_eq!(records[&(0, "zipmap-of-300".to_owned())].value.len(), 300);
    let strings = format!(",a,{},{},{},{}", "x".repeat(63), "x".repeat(64), "y".repeat(300), "z".repeat(17000));
    let numbers = "0,12,13,-1,127,128,-129,32767,32768,-32769,8388607,8388608,-8388609,2147483647,2147483648,\
                   -2147483649,9223372036854775807,-9223372036854775808";
    check(&records, "list", "quicklist", &format!("{strings},{numbers}"));
    check(&records, "intset16", "intset", "-3,0,5");
    check(&records, "intset32", "intset", "-70000,1,2");
    check(&records, "intset64", "intset", "-1,-9223372036854775808,9223372036854775807");
    assert_eq!(records[&(0, "intset-of-600".to_owned())].value.encoding(), "hashtable");
    check(&records, "zset", "listpack", "low=-inf,a=-5,b=0.1,c=2,d=1.5e+300,high=inf");
    assert_eq!(records[&(0, "zset-of-200".to_owned())].value.encoding(), "skiplist");
    check(&records, "hash", "listpack", "7=seven,f=v,n=42");
}

#[test]
fn reads_what_came_later() {
    let (records, summary) = load(file("version-7")).unwrap();
    assert_eq!((summary.version, summary.redis_version.as_deref()), (7, Some("3.2.13")));
    check(&records, "list", "listpack", &format!("a,1,b,c,{}", "d".repeat(3000)));
    assert_eq!(records[&(0, "expires-in-2100".to_owned())].expire_at, Some(Time(4_102_444_800_123)));
    assert_eq!(records[&(0, "long-gone".to_owned())].expire_at, Some(Time(1_000_000_000_000)));

    let (records, _) = load(file("version-9")).unwrap();
    check(&records, "zset", "listpack", "b=0,d=5e-324,a=1.5,c=inf");
    assert_eq!(records[&(0, "zset".to_owned())].idle_seconds, Some(100));
    assert_eq!(records[&(0, "often-used".to_owned())].frequency, Some(7));
    let set = &records[&(0, "set".to_owned())];
    assert_eq!((set.expire_at, set.idle_seconds, set.frequency), (Some(Time(4_102_444_800_000)), Some(70000), None));
    assert_eq!(load(file("version-9-without-checksum")).unwrap().1.keys, 1);
    assert_eq!(load(file("module-aux")).unwrap().1.keys, 1);

    let (records, summary) = load(file("version-11")).unwrap();
    assert_eq!((summary.keys, summary.libraries.len()), (3, 1));
    check(&records, "set", "listpack", "-5000,1,a,bc");
    assert_eq!(records[&(0, "set-of-200".to_owned())].value.encoding(), "hashtable");
    check(&records, "list", "quicklist", &format!("a,1,{}", "plain".repeat(3000)));

    let (records, _) = load(file("version-12")).unwrap();
    check(&records, "hash", "listpackex", "f=v,g=w");
    check(&records, "hash-listpack", "listpackex", "f=v,g=1");
    check(&records, "hash-pre", "listpackex", "f=v");
    check(&records, "hash-listpack-pre", "listpackex", "f=v");
    let (records, _) = load(file("field-ttl")).unwrap();
    check(&records, "hash", "listpackex", "f=v@4102444800000");
}

#[test]
fn reads_what_redis_7_0_saved() {
    let (records, summary) = load(file("version-10")).unwrap();
    assert_eq!((summary.keys, summary.bytes), (records.len(), file("version-10").len()));
    check(&records, "text", "embstr", "hello world");
    check(&records, "int", "int", "12345");
    check(&records, "big-int", "int", "9223372036854775807");
    check(&records, "compressed", "raw", &"abc".repeat(200));
    check(&records, "list", "listpack", &format!("a,1,,{}", "b".repeat(70)));
    assert_eq!(records[&(0, "long-list".to_owned())].value.len(), 1200);
    check(&records, "plain-list", "quicklist", &format!("a,{},z", "p".repeat(9000)));
    check(&records, "intset", "intset", "-5,1,1099511627776,70000");
    check(&records, "set", "listpack", "1,a,b");
    check(&records, "hash", "listpack", "7=seven,f=v,n=42");
    check(&records, "wide-hash", "hashtable", &format!("f={}", "v".repeat(65)));
    check(&records, "zset", "listpack", "low=-inf,a=-5,b=0.1,c=2,d=1.5e+300,high=inf");
    assert_eq!(records[&(0, "big-zset".to_owned())].value.encoding(), "skiplist");
    check(&records, "9:elsewhere", "int", "9");
}

#[test]
fn says_what_it_cannot_load() {
    let check = |bytes: &[u8], expected: &str| assert_eq!(load(bytes).unwrap_err().to_string(), expected);
    check(file("module"), "key \"doc\": a value of the module ReJSON-RL cannot be loaded yet (at byte 25)");
    let no_time = b"REDIS0012\x18\x01h\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x01f\x01v\xff";
    check(no_time, "key \"h\": the deadline of a field is out of range (at byte 26)");
    check(b"", "this is not an RDB file: it does not start with REDIS and a version (at byte 0)");
    check(b"REDIS00x1", "this is not an RDB file: it does not start with REDIS and a version (at byte 0)");
    check(b"*1\r\n$4\r\nPING\r\n", "this is not an RDB file: it does not start with REDIS and a version (at byte 0)");
    check(b"REDIS0013\xff", "RDB version 13 is not known; versions 1 to 12 are (at byte 9)");
    check(b"REDIS0000\xff", "RDB version 0 is not known; versions 1 to 12 are (at byte 9)");
    check(b"REDIS0004", "the file is cut off (at byte 9)");
    check(b"REDIS0004\x00\x01k\x01v\x00\x01k\x01w\xff", "key \"k\": the key stands twice in one database (at byte 19)");
    check(b"REDIS0004\x00\x01k\x05v", "key \"k\": the file is cut off (at byte 13)");
    check(b"REDIS0004\x21\x01k\x01v", "key \"k\": there is no type or opcode 33 (at byte 12)");
    check(b"REDIS0004\x02\x01k\x02\x01a\x01a\xff", "key \"k\": a set has a member twice (at byte 17)");
    check(b"REDIS0004\xf6\x00", "a function from before Redis 7.0 cannot be loaded yet (at byte 10)");
    let mut damaged = file("version-10").to_vec();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert!(matches!(load(&damaged).unwrap_err().problem, Problem::WrongChecksum { .. }));
    let refused = read(file("version-1"), &Limits::default(), &mut |record| match record.database {
        0 => Ok(()),
        database => Err(Problem::NoSuchDatabase { database }),
    });
    assert!(refused.unwrap_err().to_string().contains("there is no database 3"));
}

#[test]
fn claimed_lengths_allocate_nothing() {
    let huge: &[&[u8]] = &[
        b"\x00\x01k\x81\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x00\x01k\x80\x7f\xff\xff\xff",
        b"\x01\x01k\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x01a",
        b"\x02\x01k\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x01a",
        b"\x04\x01k\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x01a\x01b",
        b"\x05\x01k\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x01a\0\0\0\0\0\0\0\0",
        b"\x12\x01k\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x01a",
        b"\x00\x01k\xc3\x02\x80\xff\xff\xff\xff\x20\x00",
        b"\x00\x01k\xc3\x81\xff\xff\xff\xff\xff\xff\xff\xff\x81\xff\xff\xff\xff\xff\xff\xff\xff\x20\x00",
        b"\x0b\x01k\x08\x02\0\0\0\xff\xff\xff\xff",
        b"\x10\x01k\x07\xff\xff\xff\xff\0\0\xff",
        b"\x0d\x01k\x0b\xff\xff\xff\x7f\x0a\0\0\0\0\0\xff",
        b"\x09\x01k\x06\x01\xfe\xff\xff\xff\xff",
    ];
    for content in huge {
        let bytes = [b"REDIS0004", *content, b"\xff"].concat();
        assert!(load(&bytes).is_err(), "{}", content.escape_ascii());
    }
}

#[test]
fn empty_collections_are_left_out() {
    let (records, summary) =
        load(b"REDIS0004\x02\x01s\x00\x01\x01l\x00\x04\x01h\x00\x03\x01z\x00\x00\x01k\x00\xff").unwrap();
    assert_eq!((records.len(), summary.keys, summary.empty_keys), (1, 1, 4));
}

#[test]
fn damage_is_never_taken_for_data() {
    for (name, bytes) in FILES {
        for end in (0..bytes.len()).step_by(1 + bytes.len() / 700) {
            assert!(load(&bytes[..end]).is_err(), "{name} cut at {end}");
        }
    }
    let mut random = Random::new(11);
    for (name, bytes) in FILES.iter().filter(|(_, bytes)| bytes.len() < 10_000) {
        for round in 0..400 {
            let mut damaged = bytes.to_vec();
            for _ in 0..=random.below(3) {
                let at = random.index(damaged.len());
                damaged[at] = random.next_u32() as u8;
            }
            fuzz(&damaged).unwrap_or_else(|finding| panic!("{name} round {round}: {finding}"));
        }
    }
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..random.below(60)).map(|_| random.next_u32() as u8 >> random.below(6)).collect();
        fuzz(&bytes).unwrap();
        fuzz(&[b"REDIS0010", &bytes[..]].concat()).unwrap();
    }
}

/// A value of a random sort and size, and whether Redis would keep it compact is up to the sizes.
fn random_value(random: &mut Random, limits: &Limits) -> Value {
    let count = if random.below(8) == 0 { 700 } else { 1 + random.below(20) };
    let widest = if random.below(8) == 0 { 9_000 } else { 30 };
    let element = |random: &mut Random| match random.below(3) {
        0 => ((random.next_u64() as i64) >> random.below(64)).to_string().into_bytes(),
        1 => vec![random.next_u32() as u8; random.index(widest)],
        _ => (0..random.below(30)).map(|_| random.next_u32() as u8).collect(),
    };
    match random.below(6) {
        0 => Value::String(StringValue::from_bytes(&element(random))),
        5 => Value::Stream(Box::new(random_stream(random, count, limits))),
        1 => {
            let mut list = List::new();
            (0..count).for_each(|_| list.push(Side::Back, core::iter::once(&element(random)[..]), limits));
            Value::List(Box::new(list))
        }
        2 => {
            let mut hash = Hash::new();
            let times = random.below(2) == 0;
            for _ in 0..count {
                let (field, value) = (element(random), element(random));
                hash.set(&field, &value, limits);
                if times && random.below(3) == 0 {
                    hash.set_deadline(&field, Some(1 + (random.next_u64() >> 16)));
                }
            }
            Value::Hash(hash)
        }
        3 => {
            let mut set = Set::new();
            let integers = random.below(2) == 0;
            for number in 0..count {
                let member = if integers { number.to_string().into_bytes() } else { element(random) };
                set.insert(&*member, limits);
            }
            Value::Set(Box::new(set))
        }
        _ => {
            let mut zset = ZSet::new();
            for _ in 0..count {
                let score = random.next_u32() as i32 as f64 / 8.0;
                zset.insert(&element(random), score, limits);
            }
            Value::ZSet(Box::new(zset))
        }
    }
}

/// Entries, some of them removed, and groups that read them.
fn random_stream(random: &mut Random, count: u64, limits: &Limits) -> Stream {
    let mut stream = Stream::new();
    for _ in 0..count {
        let word = vec![b'w'; random.index(40)];
        let pairs: &[&[u8]] = if random.below(4) > 0 { &[b"a", &word, b"b", b"7"] } else { &[&word, b"-5"] };
        stream.log.append(NewId::AnySeq(stream.log.last_id().ms + random.below(3)), pairs, limits).unwrap();
        if random.below(5) == 0 {
            let id = StreamId::new(random.below(stream.log.last_id().ms + 1), random.below(3));
            stream.log.remove(id);
        }
    }
    if random.below(3) == 0 {
        stream.log.trim(Trim::MaxLen(random.below(count + 1)), false, 0);
    }
    for group in 0..random.below(3) {
        let name = format!("group {group}").into_bytes();
        let read = [None, Some(0), Some(random.below(1 << 40) as i64)][random.index(3)];
        stream.add_group(&name, Group::new(StreamId::new(random.below(100), random.next_u64()), read));
        stream.change_group(&name, |log, group| {
            for entry in log.range(StreamId::MIN, StreamId::MAX).take(random.index(200)) {
                let (consumer, _) = group.find_or_create(format!("c{}", random.below(4)).as_bytes(), 1 << 40);
                let (delivered_ms, deliveries) = (random.below(1 << 45) as i64, random.below(100_000));
                group.assign(entry.id, Pending { consumer, delivered_ms, deliveries });
            }
            group.find_or_create(b"idle", 1_700_000_000_000);
        });
    }
    stream
}

/// What Redis 5 and 7.2 write beside what 7.0 does: the one without counters, the other with the time at which a
/// consumer was given something.
#[test]
fn reads_streams_of_all_versions() {
    let (records, _) = load(file("stream")).unwrap();
    check(&records, "log", "stream", "1-1,counters");
    let limits = Limits::default();
    let node = b"\x1c\x00\x00\x00\x0a\x00\x01\x01\x00\x01\x01\x01\x81a\x02\x00\x01\x02\x01\x00\x01\x00\x01\x07\x01\x04\x01\xff";
    let id: &[u8] = &StreamId::new(5, 1).to_be_bytes();
    let head = |kind: u8| [&[kind, 1, 16], id, &[node.len() as u8], node, &[1, 5, 1]].concat();
    // One group that has read up to the entry, which is pending for its one consumer.
    let group = |read: &[u8], active: &[u8]| {
        let time: &[u8] = &2_000i64.to_le_bytes();
        [b"\x01\x01g\x05\x01", read, &[1], id, time, &[3, 1, 1, b'c'], time, active, &[1], id].concat()
    };
    let read = |content: &[u8]| {
        let mut payload = [content, &[10, 0]].concat();
        payload.extend_from_slice(&crc64(0, &payload).to_le_bytes());
        match restore(&payload, &limits) {
            Ok(Value::Stream(stream)) => Ok(*stream),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        }
    };
    let about = |stream: &Stream| {
        let (log, group) = (&stream.log, stream.group(b"g").unwrap());
        let consumer = group.consumers().next().unwrap();
        let counters = (log.len(), log.first_id(), log.last_id(), log.max_deleted_id(), log.entries_added());
        (counters, group.entries_read, (consumer.seen_ms, consumer.active_ms), group.pending_len())
    };
    let entry = StreamId::new(5, 1);
    let oldest = read(&[head(15), group(b"", b"")].concat()).unwrap();
    assert_eq!(about(&oldest), ((1, entry, entry, StreamId::MIN, 1), Some(1), (2_000, Some(2_000)), 1));
    let counters = [5, 1, 4, 4, 9];
    let middle = read(&[&head(19)[..], &counters, &group(&[8], b"")].concat()).unwrap();
    assert_eq!(about(&middle), ((1, entry, entry, StreamId::new(4, 4), 9), Some(8), (2_000, Some(2_000)), 1));
    let unknown = [0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let newest = read(&[&head(21)[..], &counters, &group(&unknown, &(-1i64).to_le_bytes())].concat()).unwrap();
    assert_eq!(about(&newest), ((1, entry, entry, StreamId::new(4, 4), 9), None, (2_000, None), 1));
    let active = read(&[&head(21)[..], &counters, &group(&[8], &1_500i64.to_le_bytes())].concat()).unwrap();
    assert_eq!(about(&active).2, (2_000, Some(1_500)));
    // A pending entry that no consumer has, a consumer's that the group has not, and entries that are not there.
    let no_consumer = [b"\x01\x01g\x05\x01\x08\x01", id, &[0; 8], &[1, 0]].concat();
    let no_pending = [b"\x01\x01g\x05\x01\x08\x00\x01\x01c", &[0; 8][..], &[1], id].concat();
    for bad in [&no_consumer, &no_pending] {
        assert_eq!(read(&[&head(19)[..], &counters, bad].concat()).unwrap_err(), RestoreError::Content);
    }
    let mut longer = head(19);
    let at = longer.len() - 3;
    longer[at] = 2;
    assert_eq!(read(&[&longer[..], &counters, &[0]].concat()).unwrap_err(), RestoreError::Content);
}

#[test]
fn values_survive_being_written_and_read() {
    let limits = Limits::default();
    let mut random = Random::new(12);
    for round in 0..600 {
        let compress = round % 2 == 0;
        let values: Vec<Value> = (0..random.below(5)).map(|_| random_value(&mut random, &limits)).collect();
        let about =
            About { redis_version: "7.4.1", now: Time(1_700_000_000_000), used_memory: 1 << 40, aof_base: false };
        let mut writer = Writer::new(&about, compress);
        writer.database(3, values.len(), 0);
        let time = |index: usize| (index % 2 == 1).then_some(Time(1_800_000_000_000 + index as u64));
        for (index, value) in values.iter().enumerate() {
            let key = format!("key-{index}");
            let (idle_seconds, frequency) = ((index == 2).then_some(70_000), (index == 3).then_some(9));
            writer.entry(&Entry { key: key.as_bytes(), value, expire_at: time(index), idle_seconds, frequency });
        }
        let file = writer.finish(round % 3 != 0);
        let (records, summary) = load(&file).unwrap();
        let version = if values.iter().any(|value| value.next_field_deadline().is_some()) { 12 } else { 10 };
        assert_eq!((summary.version, summary.keys, summary.bytes), (version, values.len(), file.len()));
        for (index, value) in values.iter().enumerate() {
            let record = &records[&(3, format!("key-{index}"))];
            assert_eq!(elements(&record.value), elements(value));
            // A file only says that there are deadlines when there is one.
            let encoding = |value: &Value| value.encoding().trim_end_matches("ex").to_owned();
            assert_eq!(encoding(&record.value), encoding(value));
            assert_eq!(record.expire_at, time(index));
            let payload = dump(value, compress);
            let restored = restore(&payload, &limits).unwrap();
            assert_eq!((elements(&restored), encoding(&restored)), (elements(value), encoding(value)));
            assert_eq!(payload[payload.len() - 10], if value.next_field_deadline().is_some() { 12 } else { 10 });
        }
    }
}

#[test]
fn payloads_are_checked() {
    let limits = Limits::default();
    let payload = dump(&Value::String(StringValue::from_bytes(b"10")), true);
    assert_eq!(payload, b"\x00\xc0\x0a\x0a\x00\x6e\x9f\x57\x45\x0e\xae\x63\xbb".as_slice());
    for index in 0..payload.len() {
        let mut damaged = payload.clone();
        damaged[index] ^= 4;
        assert_eq!(restore(&damaged, &limits).unwrap_err(), RestoreError::Footer);
        assert_eq!(restore(&payload[..index], &limits).unwrap_err(), RestoreError::Footer);
    }
    let signed = |content: &[u8], version: u16| {
        let mut bytes = [content, &version.to_le_bytes()].concat();
        bytes.extend_from_slice(&crc64(0, &bytes).to_le_bytes());
        restore(&bytes, &limits).map(|value| text(&value))
    };
    assert_eq!(signed(b"\x00\x01v", 12), Ok("v".to_owned()));
    assert_eq!(signed(b"\x00\x01v", 13), Err(RestoreError::Footer));
    assert_eq!(signed(b"\x63\x01v", 10), Err(RestoreError::Content));
    assert_eq!(signed(b"\x02\x00", 10), Err(RestoreError::Content));
    assert_eq!(signed(b"", 10), Err(RestoreError::Content));
}
