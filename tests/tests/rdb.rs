//! RDB files between the engine and the real server, in both directions: what one writes, the other understands.
//!
//! Values are compared with a naive model and by reading every key, never by `DUMP`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command as Program;

use engine::base::{Random, Time};
use engine::persist::rdb::{self, About, Entry, Problem, Record, Writer};
use engine::value::{Hash, Limits, List, Set, Side, StringValue, Value, ZSet};
use engine::{ClientId, Engine, Options};
use tests::reply::Tree;
use tests::stream_content::StreamContent;
use tests::wire::Command;
use tests::{Client, RealServer};

/// What a key holds, in no encoding.
#[derive(Clone, Debug, PartialEq)]
enum Content {
    String(Vec<u8>),
    List(Vec<Vec<u8>>),
    Hash(BTreeMap<Vec<u8>, Vec<u8>>),
    Set(BTreeSet<Vec<u8>>),
    ZSet(BTreeMap<Vec<u8>, f64>),
    Stream(StreamContent),
}

/// A key with its deadline in milliseconds.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    content: Content,
    expire_at: Option<u64>,
}

type Data = BTreeMap<(u64, Vec<u8>), Key>;

/// Databases that the tests use.
const DATABASES: u64 = 16;

impl Content {
    fn random(random: &mut Random) -> Content {
        let count = *pick(random, &[1, 2, 5, 20, 100, 129, 513, 700]);
        let widest = *pick(random, &[1, 8, 30, 64, 65, 300, 9000]);
        // Wide and long together only make the test slow.
        let count = if widest > 1000 { count.min(20) } else { count };
        let integers = random.below(3) == 0;
        let element = |random: &mut Random| random_text(random, widest, integers);
        match random.below(6) {
            5 => Content::Stream(StreamContent::random(random, count, element)),
            0 => Content::String(element(random)),
            1 => Content::List((0..count).map(|_| element(random)).collect()),
            2 => Content::Hash((0..count).map(|_| (element(random), element(random))).collect()),
            3 => Content::Set((0..count).map(|_| element(random)).collect()),
            _ => Content::ZSet((0..count).map(|_| (element(random), random_score(random))).collect()),
        }
    }

    fn to_value(&self, limits: &Limits) -> Value {
        match self {
            Content::String(text) => Value::String(StringValue::from_bytes(text)),
            Content::Stream(stream) => Value::Stream(Box::new(stream.to_stream(limits))),
            Content::List(elements) => {
                let mut list = List::new();
                elements.iter().for_each(|element| list.push(Side::Back, std::iter::once(&element[..]), limits));
                Value::List(Box::new(list))
            }
            Content::Hash(fields) => {
                let mut hash = Hash::new();
                for (field, value) in fields {
                    hash.set(field, value, limits);
                }
                Value::Hash(hash)
            }
            Content::Set(members) => {
                let mut set = Set::new();
                for member in members {
                    set.insert(&member[..], limits);
                }
                Value::Set(Box::new(set))
            }
            Content::ZSet(members) => {
                let mut zset = ZSet::new();
                for (member, score) in members {
                    zset.insert(member, *score, limits);
                }
                Value::ZSet(Box::new(zset))
            }
        }
    }

    fn of_value(value: &Value) -> Content {
        match value {
            Value::String(string) => Content::String(string.to_vec()),
            Value::Stream(stream) => Content::Stream(StreamContent::of_stream(stream)),
            Value::List(list) => Content::List(list.iter().map(|element| element.to_vec()).collect()),
            Value::Hash(hash) => {
                Content::Hash(hash.iter().map(|(field, value)| (field.to_vec(), value.to_vec())).collect())
            }
            Value::Set(set) => Content::Set(set.iter().map(|member| member.to_vec()).collect()),
            Value::ZSet(zset) => Content::ZSet(zset.iter().map(|(member, score)| (member.to_vec(), score)).collect()),
        }
    }

    /// The commands that make a server hold it.
    fn commands(&self, key: &[u8]) -> Vec<Command> {
        let many = |name: &[u8], words: Vec<Vec<u8>>| {
            words.chunks(200).map(|chunk| [vec![name.to_vec(), key.to_vec()], chunk.to_vec()].concat()).collect()
        };
        let pair = |(first, second): (&Vec<u8>, &Vec<u8>)| [first.clone(), second.clone()];
        match self {
            Content::String(text) => vec![vec![b"SET".to_vec(), key.to_vec(), text.clone()]],
            Content::Stream(stream) => stream.commands(key),
            Content::List(elements) => many(b"RPUSH", elements.clone()),
            Content::Hash(fields) => many(b"HSET", fields.iter().flat_map(pair).collect()),
            Content::Set(members) => many(b"SADD", members.iter().cloned().collect()),
            Content::ZSet(members) => {
                let words = members.iter().flat_map(|(member, score)| [score_text(*score), member.clone()]);
                many(b"ZADD", words.collect())
            }
        }
    }

    /// What a server holds at a key.
    fn of_server(client: &mut Client, key: &[u8]) -> Content {
        let kind = ask(client, &[b"TYPE", key]);
        let list = |client: &mut Client, words: &[&[u8]]| -> Vec<Vec<u8>> {
            ask(client, words).children().iter().map(|element| element.text().unwrap().to_vec()).collect()
        };
        let pairs = |flat: Vec<Vec<u8>>| -> Vec<(Vec<u8>, Vec<u8>)> {
            flat.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
        };
        match kind.text().unwrap() {
            b"string" => Content::String(ask(client, &[b"GET", key]).text().unwrap().to_vec()),
            b"list" => Content::List(list(client, &[b"LRANGE", key, b"0", b"-1"])),
            b"hash" => Content::Hash(pairs(list(client, &[b"HGETALL", key])).into_iter().collect()),
            b"set" => Content::Set(list(client, &[b"SMEMBERS", key]).into_iter().collect()),
            b"zset" => {
                let flat = list(client, &[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"]);
                let score = |text: Vec<u8>| std::str::from_utf8(&text).unwrap().parse().unwrap();
                Content::ZSet(pairs(flat).into_iter().map(|(member, text)| (member, score(text))).collect())
            }
            b"stream" => {
                let reply = ask(client, &[b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"]);
                Content::Stream(StreamContent::of_reply(&reply))
            }
            other => panic!("type {}", other.escape_ascii()),
        }
    }
}

fn pick<'a, T>(random: &mut Random, choices: &'a [T]) -> &'a T {
    &choices[random.index(choices.len())]
}

fn random_text(random: &mut Random, widest: usize, integer: bool) -> Vec<u8> {
    if integer || random.below(4) == 0 {
        return ((random.next_u64() as i64) >> random.below(64)).to_string().into_bytes();
    }
    let length = random.index(widest + 1);
    // Half of the texts compress well.
    let letters = if random.below(2) == 0 { 2 } else { 256 };
    (0..length).map(|_| random.below(letters) as u8).collect()
}

fn random_score(random: &mut Random) -> f64 {
    let score = match random.below(5) {
        0 => random.next_u32() as i32 as f64,
        1 => (random.next_u32() as i32 as f64) / 8.0,
        2 => *pick(random, &[f64::INFINITY, f64::NEG_INFINITY, 0.1, 1e300, 5e-324, 4503599627370497.0]),
        _ => f64::from_bits(random.next_u64()),
    };
    // Minus zero depends on the encoding in Redis too.
    if score.is_nan() || score == 0.0 { 1.0 } else { score }
}

fn score_text(score: f64) -> Vec<u8> {
    format!("{score:?}").into_bytes()
}

fn random_data(random: &mut Random, keys: usize) -> Data {
    let mut data = Data::new();
    for number in 0..keys {
        let mut key = format!("key-{number}-").into_bytes();
        key.extend(random_text(random, 30, false));
        let expire_at = (random.below(3) == 0).then(|| 4_000_000_000_000 + random.below(1 << 40));
        data.insert((*pick(random, &[0, 0, 1, 9, 15]), key), Key { content: Content::random(random), expire_at });
    }
    data
}

fn ask(client: &mut Client, words: &[&[u8]]) -> Tree {
    let reply = Tree::parse(&client.call(words).unwrap()).unwrap();
    assert!(!reply.is_error(), "{reply:?}");
    reply
}

fn select(client: &mut Client, database: u64) {
    ask(client, &[b"SELECT", database.to_string().as_bytes()]);
}

/// Everything a server holds.
fn of_server(server: &RealServer) -> Data {
    let mut client = server.client().unwrap();
    let mut data = Data::new();
    for database in 0..DATABASES {
        select(&mut client, database);
        for key in ask(&mut client, &[b"KEYS", b"*"]).children() {
            let key = key.text().unwrap().to_vec();
            let content = Content::of_server(&mut client, &key);
            let expire_at = match ask(&mut client, &[b"PEXPIRETIME", &key]) {
                Tree::Leaf(leaf) if leaf == b":-1\r\n" => None,
                Tree::Leaf(leaf) => Some(std::str::from_utf8(&leaf[1..leaf.len() - 2]).unwrap().parse().unwrap()),
                other => panic!("{other:?}"),
            };
            data.insert((database, key), Key { content, expire_at });
        }
    }
    data
}

/// Makes a server hold `data`.
fn fill(server: &RealServer, data: &Data) {
    let mut client = server.client().unwrap();
    for ((database, key), Key { content, expire_at }) in data {
        select(&mut client, *database);
        let mut commands = content.commands(key);
        if let Some(expire_at) = expire_at {
            commands.push(vec![b"PEXPIREAT".to_vec(), key.clone(), expire_at.to_string().into_bytes()]);
        }
        for reply in client.pipeline(&commands).map_err(|(error, _)| error).unwrap() {
            assert!(!reply.starts_with(b"-"), "{}", reply.escape_ascii());
        }
    }
}

fn read(file: &[u8]) -> Result<Vec<Record>, rdb::LoadError> {
    let mut records = Vec::new();
    let mut seen = BTreeSet::new();
    rdb::read(file, &Limits::default(), &mut |record| {
        if !seen.insert((record.database, record.key.to_vec())) {
            return Err(Problem::DuplicateKey);
        }
        records.push(record);
        Ok(())
    })?;
    Ok(records)
}

fn of_records(records: &[Record]) -> Data {
    let entry = |record: &Record| {
        let content = Content::of_value(&record.value);
        let expire_at = record.expire_at.map(|time| time.0);
        ((record.database, record.key.to_vec()), Key { content, expire_at })
    };
    records.iter().map(entry).collect()
}

fn write(data: &Data, compress: bool, checksum: bool) -> Vec<u8> {
    let about = About { redis_version: "7.4.1", now: Time(1_700_000_000_000), used_memory: 1_000_000, aof_base: false };
    let mut writer = Writer::new(&about, compress);
    for database in 0..DATABASES {
        let keys: Vec<_> = data.iter().filter(|((own, _), _)| *own == database).collect();
        if keys.is_empty() {
            continue;
        }
        let expiring = keys.iter().filter(|(_, key)| key.expire_at.is_some()).count();
        writer.database(database as u32, keys.len(), expiring);
        for ((_, name), key) in keys {
            let value = key.content.to_value(&Limits::default());
            let expire_at = key.expire_at.map(Time);
            writer.entry(&Entry { key: name, value: &value, expire_at, idle_seconds: None, frequency: None });
        }
    }
    writer.finish(checksum)
}

#[track_caller]
fn assert_same(left: &Data, right: &Data) {
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (key, value) in left {
        assert!(right[key] == *value, "{key:?}: {value:?}\n{:?}", right[key]);
    }
}

fn redis_check_rdb(directory: &Path, file: &[u8]) {
    let path = directory.join("checked.rdb");
    std::fs::write(&path, file).unwrap();
    let output = Program::new("redis-check-rdb").arg(&path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains("RDB looks OK"), "{text}");
}

/// Redis 7.0 has no listpacks for sets, and calls a short list a quicklist.
fn encoding_in_7_0(value: &Value) -> &'static str {
    match (value, value.encoding()) {
        (Value::Set(_), "listpack") => "hashtable",
        (Value::List(_), "listpack") => "quicklist",
        (_, encoding) => encoding,
    }
}

#[test]
fn the_real_server_loads_what_we_write() {
    let mut random = Random::new(21);
    let server = RealServer::start().unwrap();
    for round in 0..8 {
        let data = random_data(&mut random, 40);
        let file = write(&data, round % 2 == 0, round % 3 != 2);
        redis_check_rdb(server.directory(), &file);
        server.load(&file).unwrap();
        assert_same(&of_server(&server), &data);
        let mut client = server.client().unwrap();
        for ((database, key), Key { content, .. }) in &data {
            select(&mut client, *database);
            let encoding = ask(&mut client, &[b"OBJECT", b"ENCODING", key]);
            let value = content.to_value(&Limits::default());
            assert_eq!(encoding.text().unwrap(), encoding_in_7_0(&value).as_bytes(), "{key:?} {content:?}");
        }
    }
}

#[test]
fn we_load_what_the_real_server_writes() {
    let mut random = Random::new(22);
    let server = RealServer::start().unwrap();
    let settings = ["rdbcompression no", "list-max-listpack-size 4", "list-compress-depth 1", "rdbcompression yes"];
    let more = [
        "hash-max-listpack-entries 2000",
        "zset-max-listpack-value 20000",
        "set-max-intset-entries 2",
        "rdbchecksum no",
    ];
    let mut client = server.client().unwrap();
    for round in 0..8 {
        let data = random_data(&mut random, 40);
        ask(&mut client, &[b"FLUSHALL"]);
        // Encodings that our own limits would not have made must load as well.
        let line = [settings[round % 4], more[round % 4]][round / 4];
        let (name, value) = line.split_once(' ').unwrap();
        if name != "rdbchecksum" {
            ask(&mut client, &[b"CONFIG", b"SET", name.as_bytes(), value.as_bytes()]);
        }
        fill(&server, &data);
        assert_same(&of_records(&read(&server.save().unwrap()).unwrap()), &data);
    }
}

#[test]
fn access_times_and_counters_travel() {
    let data = Data::from([((0, b"k".to_vec()), Key { content: Content::String(b"v".to_vec()), expire_at: None })]);
    let server =
        RealServer::start_with(&["--maxmemory-policy", "allkeys-lru"], Some(&write(&data, true, true))).unwrap();
    assert!(read(&server.save().unwrap()).unwrap()[0].idle_seconds.is_some());
    let server =
        RealServer::start_with(&["--maxmemory-policy", "allkeys-lfu"], Some(&write(&data, true, true))).unwrap();
    assert!(read(&server.save().unwrap()).unwrap()[0].frequency.is_some());

    let about = About { redis_version: "7.4.1", now: Time(0), used_memory: 0, aof_base: false };
    let mut writer = Writer::new(&about, true);
    writer.database(0, 1, 0);
    let value = Value::String(StringValue::from_bytes(b"v"));
    let entry = Entry { key: b"k", value: &value, expire_at: None, idle_seconds: Some(1000), frequency: None };
    writer.entry(&entry);
    let file = writer.finish(true);
    redis_check_rdb(server.directory(), &file);
    let server = RealServer::start_with(&["--maxmemory-policy", "allkeys-lru"], Some(&file)).unwrap();
    let Tree::Leaf(idle) = ask(&mut server.client().unwrap(), &[b"OBJECT", b"IDLETIME", b"k"]) else { panic!() };
    let idle: u64 = std::str::from_utf8(&idle[1..idle.len() - 2]).unwrap().parse().unwrap();
    assert!((1000..1060).contains(&idle), "{idle}");
}

/// A node with this policy, an hour after a key was last used.
fn node_an_hour_later(policy: &str, load: Option<&[u8]>) -> (Engine, ClientId, Time) {
    let settings = [("maxmemory-policy", policy), ("lfu-log-factor", "0"), ("lfu-decay-time", "30"), ("save", "")];
    let config = settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let start = Time(1_700_000_000_000);
    let mut engine = Engine::new(Options { config, ..Options::default() }, start).unwrap();
    let client = engine.connect(start);
    let later = Time(start.0 + 3_600_000);
    match load {
        Some(file) => drop(engine.restore(file, later).unwrap()),
        None => {
            engine.call(client, &[b"SET", b"k", b"v"], start);
            (0..5).for_each(|_| drop(engine.call(client, &[b"GET", b"k"], start)));
        }
    }
    (engine, client, later)
}

/// As Redis, a snapshot says what the present policy goes by, and a reader takes what its own policy asks for.
#[test]
fn what_is_known_of_the_use_of_keys_travels_as_the_policy_asks() {
    for (policy, idle, frequency) in [
        ("noeviction", None, None),
        ("volatile-ttl", None, None),
        ("allkeys-random", None, None),
        ("allkeys-lru", Some(3600), None),
        ("volatile-lru", Some(3600), None),
        // 5 at first and 5 uses, less one for each half hour.
        ("allkeys-lfu", None, Some(8)),
        ("volatile-lfu", None, Some(8)),
    ] {
        let (mut engine, client, later) = node_an_hour_later(policy, None);
        engine.tick(later);
        let file = engine.snapshot();
        let record = read(&file).unwrap().remove(0);
        assert_eq!((record.idle_seconds, record.frequency), (idle, frequency), "{policy}");
        let directory = RealServer::start_with(&["--maxmemory-policy", policy], Some(&file)).unwrap();
        redis_check_rdb(directory.directory(), &file);
        let mut real = directory.client().unwrap();
        let (mut again, other, later) = node_an_hour_later(policy, Some(&file));
        let by_frequency = policy.ends_with("lfu");
        let asked: [&[u8]; 3] = [b"OBJECT", if by_frequency { b"FREQ" } else { b"IDLETIME" }, b"k"];
        let ours = again.call(other, &asked, later);
        let expected = idle.map_or(i64::from(frequency.unwrap_or(0)), |idle| idle as i64);
        assert_eq!(ours, engine::resp::Value::Integer(expected), "{policy}");
        let Tree::Leaf(theirs) = ask(&mut real, &asked) else { panic!() };
        let theirs: i64 = std::str::from_utf8(&theirs[1..theirs.len() - 2]).unwrap().parse().unwrap();
        assert!((expected..expected + 60).contains(&theirs), "{policy}: {theirs}");
        engine.disconnect(client, later);
    }
}

fn recorded_files() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../engine/src/persist/rdb/files");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Files with the encodings of Redis 2.0 to 7.0: the real server and we find the same in them.
#[test]
fn old_versions_mean_the_same_to_both() {
    let server = RealServer::start().unwrap();
    let mut versions = 0;
    for (name, file) in recorded_files() {
        let version: u32 = std::str::from_utf8(&file[5..9]).unwrap().parse().unwrap();
        if !name.starts_with("version-") || version > 10 {
            continue;
        }
        redis_check_rdb(server.directory(), &file);
        server.load(&file).unwrap();
        let mut ours = of_records(&read(&file).unwrap());
        // The real server drops what has expired while it loads.
        ours.retain(|_, key| key.expire_at.is_none_or(|time| time > 1_000_000_000_000));
        assert_same(&ours, &of_server(&server));
        versions += 1;
    }
    assert_eq!(versions, 6);
}

#[test]
fn payloads_travel_both_ways() {
    let mut random = Random::new(23);
    let server = RealServer::start().unwrap();
    let mut client = server.client().unwrap();
    let limits = Limits::default();
    for _ in 0..150 {
        let content = Content::random(&mut random);
        let payload = rdb::dump(&content.to_value(&limits), random.below(2) == 0);
        ask(&mut client, &[b"RESTORE", b"k", b"0", &payload, b"REPLACE"]);
        assert_eq!(Content::of_server(&mut client, b"k"), content);
        let back = ask(&mut client, &[b"DUMP", b"k"]);
        let value = rdb::restore(back.text().unwrap(), &limits).unwrap();
        assert_eq!(Content::of_value(&value), content);
    }
}

/// Payloads with bytes changed and a right checksum. What we load the real server loads too (it looks deeply when
/// told to), with the same meaning. We refuse a little more: it takes any text in a listpack for a score and a stream
/// whose entries are out of order, fewer than it says or above its last ID, follows a
/// length into the checksum (which is recognised by giving that as content), and sometimes takes a string's mark
/// for a length.
#[test]
fn damaged_payloads_mean_the_same_to_both() {
    let mut random = Random::new(24);
    let server = RealServer::start_with(&["--sanitize-dump-payload", "yes"], None).unwrap();
    let mut client = server.client().unwrap();
    let limits = Limits::default();
    let (mut loaded, mut refused, mut stricter) = (0, 0, 0);
    for _ in 0..6000 {
        let payload = rdb::dump(&Content::random(&mut random).to_value(&limits), random.below(2) == 0);
        if payload.len() > 2000 {
            continue;
        }
        let mut content = payload[..payload.len() - FOOTER_BYTES].to_vec();
        for _ in 0..=random.below(2) {
            let at = random.index(content.len());
            content[at] = random.next_u32() as u8;
        }
        let payload = signed(&content);
        let reply = client.call(&[&b"RESTORE"[..], b"k", b"0", &payload, b"REPLACE"]).unwrap();
        match (reply.starts_with(b"+"), rdb::restore(&payload, &limits)) {
            (true, Ok(value)) => {
                assert_eq!(Content::of_value(&value), Content::of_server(&mut client, b"k"));
                loaded += 1;
            }
            (false, Err(_)) => refused += 1,
            (true, Err(_)) if rdb::restore(&signed(&payload), &limits).is_ok() => refused += 1,
            (true, Err(_)) if matches!(content[0], ZSET_LISTPACK | STREAM_LISTPACKS_2) => refused += 1,
            (true, Err(_)) => stricter += 1,
            // What the damage made a type that came after 7.0.
            (false, Ok(_)) if content[0] > STREAM_LISTPACKS_2 => refused += 1,
            (false, Ok(ours)) => panic!("{} but {ours:?}: {}", reply.escape_ascii(), payload.escape_ascii()),
        }
    }
    assert!(loaded > 100 && refused > 100 && stricter * 50 < loaded, "{loaded} {refused} {stricter}");
}

/// The type code of a stream of Redis 7.0.
const STREAM_LISTPACKS_2: u8 = 19;

/// The type code of a sorted set in a listpack.
const ZSET_LISTPACK: u8 = 17;

/// Two bytes of version and eight of checksum.
const FOOTER_BYTES: usize = 10;

fn signed(content: &[u8]) -> Vec<u8> {
    let mut payload = [content, &(rdb::WRITTEN_VERSION as u16).to_le_bytes()].concat();
    let checksum = engine::base::crc64::crc64(0, &payload);
    payload.extend_from_slice(&checksum.to_le_bytes());
    payload
}
