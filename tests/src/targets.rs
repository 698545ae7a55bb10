//! What people can feed in, as functions of bytes that must not panic. `tests/corpus/<name>/` holds inputs that once
//! mattered; `tests/bad_input.rs` replays them and their neighbours, and `cargo xtask hunt` looks for new ones.
//!
//! A target panics when an input breaks a promise: that it is answered, and that what is refused changes nothing.

mod lua_host;
mod lua_source;

use std::cell::RefCell;
use std::collections::BTreeSet;

use engine::base::crc64::crc64;
use engine::dispatch::Table;
use engine::persist::rdb;
use engine::resp::{self, CommandParser, Value};
use engine::server::Acl;
use engine::server::config::{Config, SETTINGS, file, rewrite};
use engine::value::Limits;
use engine::{ClientId, Engine, Options, Time};

pub use lua_host::lua_api;
pub use lua_source::{lua, lua_words};

/// A target's name and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("resp", resp),
    ("commands", commands),
    ("rdb", rdb),
    ("restore", restore),
    ("aof", aof),
    ("lessons", lessons),
    ("acl", acl),
    ("config", config),
    ("lua", lua),
    ("lua-api", lua_api),
];

const NOW: Time = Time(1_700_000_000_000);

/// Ends a client's turn in the input of [`commands`]: the other one goes on, a second later.
pub const TURN: u8 = 0x1f;

/// The protocol, both ways, and what a person types.
pub fn resp(bytes: &[u8]) {
    let whole = parsed(bytes, bytes.len());
    for piece in [1, 3] {
        assert_eq!(parsed(bytes, piece), whole, "in pieces of {piece}");
    }
    if let Ok(words) = resp::split_line(bytes) {
        let line = words.iter().map(|word| resp::line::quote_always(word)).collect::<Vec<_>>().join(&b" "[..]);
        assert_eq!(resp::split_line(&line), Ok(words));
    }
    let _ = engine::hint(&String::from_utf8_lossy(bytes));
    if let Ok(Some(values)) = resp::parse_values(bytes) {
        for value in &values {
            let pieces: Vec<u8> = resp::print::styled(value).into_iter().flat_map(|piece| piece.text).collect();
            assert_eq!(pieces, resp::print::tty(value));
            resp::print::raw(value);
            resp::print::push(value);
        }
    }
}

/// The commands in what arrives in pieces of this size, and what ended them.
fn parsed(bytes: &[u8], piece: usize) -> (Vec<Vec<Vec<u8>>>, Option<resp::ProtocolError>) {
    let (mut parser, mut buffer, mut commands) = (CommandParser::default(), Vec::new(), Vec::new());
    for piece in bytes.chunks(piece.max(1)) {
        buffer.extend_from_slice(piece);
        let mut words = Vec::new();
        loop {
            match parser.next(&buffer, &mut words) {
                Ok(resp::Step::Command) => commands.push(words.iter().map(|word| word.to_vec()).collect()),
                Ok(resp::Step::Inline(words)) => commands.push(words),
                Ok(resp::Step::More) => break,
                Err(error) => return (commands, Some(error)),
            }
        }
        drop(words);
        buffer.drain(..parser.take_consumed());
    }
    (commands, None)
}

/// RDB files and DUMP payloads: what is read survives being written; what is refused changes nothing.
pub fn rdb(bytes: &[u8]) {
    if let Err(why) = rdb::fuzz(bytes) {
        panic!("{why}");
    }
    restored(bytes);
    // Few inputs have the right checksum: what one holds up to its end or its first mistake is tried without.
    let mut ended = bytes.to_vec();
    ended.push(0xff);
    ended.extend([0; 8]);
    restored(&ended);
}

fn restored(file: &[u8]) {
    // Making an engine takes longer than loading a small file: two are kept, with the data that each input meets.
    thread_local! {
        static ENGINES: RefCell<[Engine; 2]> = RefCell::new([populated(), populated()]);
    }
    ENGINES.with_borrow_mut(|[engine, again]| {
        let (start, before) = (engine.snapshot(), data(engine));
        match engine.restore(file, NOW) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(data(engine) == before, "a refused file changed the data: {error}");
            }
            Ok(_) => {
                load(again, &engine.snapshot());
                assert!(data(again) == data(engine), "a snapshot loads as other data");
                touch_everything(engine);
                load(engine, &start);
                assert!(data(engine) == before, "a snapshot does not bring its data back");
            }
        }
    });
}

/// Loads a snapshot that an engine took.
fn load(engine: &mut Engine, snapshot: &[u8]) {
    if let Err(error) = engine.restore(snapshot, NOW) {
        panic!("a snapshot cannot be loaded: {error}");
    }
    drain(engine);
}

/// The content of payloads for RESTORE, which is signed here: what is restored can be read, changed, and dumped and
/// restored again; what is refused changes nothing.
pub fn restore(bytes: &[u8]) {
    thread_local! {
        static ENGINE: RefCell<Engine> = RefCell::new(populated());
    }
    let signed = |content: &[u8]| {
        let mut payload = [content, &rdb::NEWEST_VERSION.to_le_bytes()[..2]].concat();
        let checksum = crc64(0, &payload);
        payload.extend(checksum.to_le_bytes());
        payload
    };
    ENGINE.with_borrow_mut(|engine| {
        let (start, before) = (engine.snapshot(), data(engine));
        let client = engine.connect(NOW);
        let restore = |engine: &mut Engine, payload: &[u8]| {
            let reply = engine.call(client, &[b"RESTORE", b"restored", b"0", payload, b"REPLACE"], NOW);
            drain(engine);
            reply == Value::Simple(b"OK".to_vec())
        };
        if !restore(engine, bytes) && !restore(engine, &signed(bytes)) {
            assert!(data(engine) == before, "a refused payload changed the data");
            return engine.disconnect(client, NOW);
        }
        let dump = |engine: &mut Engine| match engine.call(client, &[b"DUMP", b"restored"], NOW) {
            Value::Bulk(payload) => Some(payload),
            // The fields of a hash may have expired, all of them.
            _ => None,
        };
        if let Some(first) = dump(engine) {
            assert!(restore(engine, &first), "what was dumped cannot be restored");
            let second = dump(engine).unwrap_or_default();
            let content = |payload: &[u8]| rdb::restore(payload, &Limits::default());
            assert_eq!(content(&second), content(&first), "DUMP and RESTORE change the value");
        }
        touch_everything(engine);
        engine.disconnect(client, NOW);
        load(engine, &start);
        assert!(data(engine) == before, "a snapshot does not bring its data back");
    });
}

/// Append-only files: all of one is run, or nothing; twice gives the same.
pub fn aof(bytes: &[u8]) {
    // A journal may hold longer strings than a client may make now, as in Redis.
    let extends = [&b"SETRANGE"[..], b"SETBIT", b"BITFIELD"].iter().any(|name| contains(bytes, name));
    if extends && digits(bytes).any(|(_, digits)| (7..20).contains(&digits)) || is_slow(bytes) {
        return;
    }
    let mut engine = populated();
    let before = data(&engine);
    match engine.replay(bytes, NOW) {
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(data(&engine) == before, "a refused file changed the data: {error}");
        }
        Ok(replayed) => {
            let mut again = populated();
            let whole = bytes.get(..replayed.bytes).unwrap_or_else(|| panic!("{replayed:?} of {} bytes", bytes.len()));
            assert_eq!(again.replay(whole, NOW), Ok(replayed));
            assert!(data(&again) == data(&engine), "a file that is run again gives other data");
            drain(&mut engine);
            touch_everything(&mut engine);
        }
    }
}

/// Texts of a `redis.conf`: what is read survives being written anew.
pub fn config(bytes: &[u8]) {
    let users = [b"user default on nopass".to_vec()];
    match file::read(bytes) {
        Err(error) => assert!(error.line > 0 && !error.report("7.4.1").is_empty()),
        Ok(startup) => {
            let new = rewrite::rewrite(&startup.config, Some(&users), bytes);
            let again = match file::read(&new) {
                Ok(again) => again,
                Err(error) => panic!("a rewritten text cannot be read: {error}"),
            };
            for setting in SETTINGS {
                let (now, then) = (startup.config.bytes(setting.name), again.config.bytes(setting.name));
                assert!(now == then, "{} is {now:?} and was rewritten as {then:?}", setting.name);
            }
        }
    }
    // Whatever it is, it can be brought up to date.
    rewrite::rewrite(&Config::default(), None, bytes);
}

/// Lesson files and transcripts, and what their replies are compared with.
pub fn lessons(bytes: &[u8]) {
    lessons::fuzz(bytes);
}

/// Lines of rules, each for a user, and the whole as an ACL file: what is refused changes nothing, and a user that is
/// shown and made again from that is the same.
pub fn acl(bytes: &[u8]) {
    thread_local! {
        static TABLE: Table = Table::new(engine::commands());
    }
    TABLE.with(|table| {
        let mut acl = Acl::default();
        for line in bytes.split(|&byte| byte == b'\n') {
            let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
            let Some((name, rules)) = words.split_first() else { continue };
            let before = acl.to_file();
            if let Err(error) = acl.set(name, rules, table) {
                assert!(!error.text().is_empty());
                assert_eq!(acl.to_file(), before, "a refused rule changed a user");
            }
        }
        let (mut again, mut loaded) = (Acl::default(), Acl::default());
        for (name, user) in acl.users() {
            let shown = user.describe();
            // Redis takes a first argument as it comes, whatever can be read back of it.
            if shown.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'(' | b')' | 0..b' ')) {
                return;
            }
            let rules = core::iter::once(&b"reset"[..]).chain(shown.split(|&byte| byte == b' '));
            let rules: Vec<&[u8]> = rules.collect();
            if let Err(error) = again.set(name, &rules, table) {
                panic!("{} {}: {}", name.escape_ascii(), shown.escape_ascii(), error.text().escape_ascii());
            }
            assert_eq!(again.get(name).map(|user| user.describe()), Some(shown));
        }
        let file = acl.to_file();
        if acl.users().all(|(name, _)| !engine::server::acl::has_spaces(name)) {
            assert_eq!(loaded.load(&file, "users.acl", table), Ok(()));
            assert_eq!(loaded.to_file(), file);
        }
        let before = loaded.to_file();
        if loaded.load(bytes, "users.acl", table).is_err() {
            assert_eq!(loaded.to_file(), before, "a refused file changed the users");
        }
    });
}

/// Whatever two clients send, in turns that [`TURN`] ends. Afterwards the data can be saved and loaded.
pub fn commands(bytes: &[u8]) {
    if is_slow(bytes) {
        return;
    }
    let mut engine = populated();
    let clients = [engine.connect(NOW), engine.connect(NOW)];
    let mut now = NOW;
    for (turn, piece) in bytes.split(|&byte| byte == TURN).enumerate() {
        engine.receive(clients[turn % 2], piece, now);
        drain(&mut engine);
        now = Time(now.0 + 1000);
        engine.tick(now);
        drain(&mut engine);
    }
    let file = engine.snapshot();
    let content = records(&file);
    // Each value of a snapshot is one that can be loaded.
    if let Err(error) = engine.restore(&file, now) {
        panic!("a snapshot cannot be loaded: {error}");
    }
    assert!(data(&engine) == content, "a snapshot loads as other data");
}

/// Whether a draw of millions of elements may stand in the input: it is answered, but with too much to go on quickly.
fn is_slow(bytes: &[u8]) -> bool {
    digits(bytes).any(|(before, digits)| before == Some(b'-') && (6..=8).contains(&digits))
}

/// How many digits stand together, and what stands before them.
fn digits(bytes: &[u8]) -> impl Iterator<Item = (Option<u8>, usize)> {
    let starts =
        (0..bytes.len()).filter(|&at| bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_digit()));
    starts.map(|at| {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        (before, bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count())
    })
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

/// A small engine with a value of each type, one of them about to expire, that keeps its journal.
fn populated() -> Engine {
    // The smallest limit there can be, so that one command cannot take half a gigabyte.
    let settings = [("proto-max-bulk-len", "1048576"), ("appendonly", "yes")];
    let config = settings.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let options = Options { seed: 1, config, events: true };
    let mut engine = Engine::new(options, NOW).unwrap_or_else(|error| panic!("{error}"));
    let client = engine.connect(NOW);
    let lines = b"SET s 10\nRPUSH l a 2\nHSET h f 1 g x\nSADD n 1 2\nSADD m a 1\nZADD z 1 a 2.5 b\nSET e x PX 1500\n\
        XADD q 1-1 f v\nXADD q 2-1 g w\nXGROUP CREATE q g 0\nXREADGROUP GROUP g c COUNT 1 STREAMS q >\n\
        HPEXPIRE h 1500 FIELDS 1 g\n";
    engine.receive(client, lines, NOW);
    drain(&mut engine);
    engine.disconnect(client, NOW);
    engine
}

/// Does what a host does; a snapshot is said to be stored.
fn drain(engine: &mut Engine) {
    while let Some(output) = engine.poll() {
        engine.answer_without_files(&output, NOW);
    }
}

/// All data in a form that is the same for the same data.
fn data(engine: &Engine) -> Vec<u8> {
    records(&engine.snapshot())
}

/// A snapshot from its first database on: what stands before says how much memory is in use.
fn records(snapshot: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut add = |record: rdb::Record| {
        found.extend(format!("{} {:?} {:?} ", record.database, record.key, record.expire_at).into_bytes());
        found.extend(rdb::dump(&record.value, false));
        Ok(())
    };
    let limits = engine::value::Limits::default();
    if let Err(error) = rdb::read(snapshot, &limits, &mut add) {
        panic!("a snapshot cannot be read: {error}");
    }
    found
}

/// Reads and changes every key in the ways of its type, which finds values that are not what they seem.
fn touch_everything(engine: &mut Engine) {
    let client = engine.connect(NOW);
    for (number, database) in
        engine.keyspace().databases().map(|(number, database)| (number, keys(database))).collect::<Vec<_>>()
    {
        ask(engine, client, &[b"SELECT", number.to_string().as_bytes()]);
        for (kind, key) in database {
            let on_key: &[&[&[u8]]] = match kind {
                "string" => &[&[b"GET"], &[b"STRLEN"], &[b"APPEND", b"x"], &[b"INCR"]],
                "list" => &[&[b"LRANGE", b"0", b"-1"], &[b"LPUSH", b"x"], &[b"LSET", b"-1", b"y"], &[b"LPOP", b"2"]],
                "hash" => &[
                    &[b"HGETALL"],
                    &[b"HSET", b"x", b"y"],
                    &[b"HPEXPIRE", b"9", b"FIELDS", b"1", b"x"],
                    &[b"HDEL", b"x"],
                    &[b"HRANDFIELD", b"-3"],
                ],
                "set" => &[&[b"SMEMBERS"], &[b"SADD", b"x", b"7"], &[b"SREM", b"x"], &[b"SPOP", b"2"]],
                "stream" => {
                    touch_stream(engine, client, &key);
                    &[&[b"XRANGE", b"-", b"+"], &[b"XADD", b"*", b"f", b"v"], &[b"XTRIM", b"MAXLEN", b"1"]]
                }
                _ => &[
                    &[b"ZRANGE", b"0", b"-1", b"WITHSCORES"],
                    &[b"ZADD", b"1", b"x"],
                    &[b"ZREM", b"x"],
                    &[b"ZPOPMIN", b"2"],
                ],
            };
            for words in [&[&b"OBJECT"[..], b"ENCODING"][..], &[b"MEMORY", b"USAGE"]] {
                ask(engine, client, &[words, &[&key]].concat());
            }
            for words in on_key {
                let Some((name, rest)) = words.split_first() else { continue };
                ask(engine, client, &[&[*name, &key], rest].concat());
            }
        }
    }
    engine.disconnect(client, NOW);
    records(&engine.snapshot());
}

/// Reads a stream as each of its groups and as a new one, from both sides, and takes an entry out.
fn touch_stream(engine: &mut Engine, client: ClientId, key: &[u8]) {
    ask(engine, client, &[b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"]);
    ask(engine, client, &[b"XREVRANGE", key, b"+", b"-"]);
    ask(engine, client, &[b"XGROUP", b"CREATE", key, b"new", b"0"]);
    let stream =
        engine.keyspace().databases().find_map(|(_, database)| match &database.at(database.find(key)?)?.1.value {
            engine::value::Value::Stream(stream) => Some(stream),
            _ => None,
        });
    let names: Vec<Vec<u8>> = stream.iter().flat_map(|stream| stream.groups()).map(|(name, _)| name.to_vec()).collect();
    let first = stream.map(|stream| stream.log.first_id().to_text()).unwrap_or_default();
    ask(engine, client, &[b"XDEL", key, &first]);
    for group in &names {
        ask(engine, client, &[b"XREADGROUP", b"GROUP", group, b"me", b"STREAMS", key, b">"]);
        ask(engine, client, &[b"XREADGROUP", b"GROUP", group, b"me", b"STREAMS", key, b"0"]);
        ask(engine, client, &[b"XAUTOCLAIM", key, group, b"you", b"0", b"-", b"COUNT", b"3"]);
        ask(engine, client, &[b"XPENDING", key, group, b"-", b"+", b"9"]);
        ask(engine, client, &[b"XACK", key, group, &first]);
        ask(engine, client, &[b"XGROUP", b"DELCONSUMER", key, group, b"me"]);
    }
}

fn keys(database: &engine::keyspace::Database) -> Vec<(&'static str, Vec<u8>)> {
    database.iter().map(|(key, object)| (object.value.type_name(), key.to_vec())).collect()
}

fn ask(engine: &mut Engine, client: ClientId, words: &[&[u8]]) {
    let _ = engine.call(client, words, NOW);
    drain(engine);
}

/// Writes words to the file that `FUZZ_DICTIONARY` names, in the form of libFuzzer's dictionaries: it reads them after
/// this.
pub fn write_dictionary(words: impl IntoIterator<Item = &'static str>) {
    let text: String = words.into_iter().map(|word| format!("\"{word}\"\n")).collect();
    if let Some(path) = std::env::var_os("FUZZ_DICTIONARY")
        && let Err(error) = std::fs::write(&path, text)
    {
        panic!("{}: {error}", path.display());
    }
}

/// The words that commands are made of.
pub fn command_words() -> BTreeSet<&'static str> {
    let mut words = BTreeSet::new();
    for command in engine::commands().iter().copied().flatten() {
        for command in std::iter::once(command).chain(command.subcommands) {
            words.insert(command.name);
            let options = command.syntax.split(|c: char| !(c.is_ascii_uppercase() || c == '-'));
            words.extend(options.filter(|word| word.len() > 1));
        }
    }
    let values = [
        "9223372036854775807",
        "-9223372036854775808",
        "-1",
        "0",
        "1e308",
        "inf",
        "nan",
        "(1",
        "[a",
        "*",
        "\\x0D\\x0A",
    ];
    words.extend(values);
    words
}
