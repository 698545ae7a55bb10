//! DEBUG beside the real server: both allow it, and both are given the same data.

use engine::server::Request;
use engine::{ClientId, Engine, Options, Output, Time};
use tests::side::now;
use tests::wire::{self, Command};
use tests::{Client, RealServer};

struct Ours {
    engine: Engine,
    client: ClientId,
    /// The last snapshot.
    stored: Vec<u8>,
}

impl Ours {
    fn new() -> Ours {
        let config = vec![("enable-debug-command".to_string(), "yes".to_string())];
        let mut engine = Engine::new(Options { seed: 1, config, events: false }, now()).unwrap();
        let client = engine.connect(now());
        Ours { engine, client, stored: Vec::new() }
    }

    fn run(&mut self, line: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        wire::encode(&command(line), &mut bytes);
        self.engine.receive(self.client, &bytes, now());
        self.replies(now())
    }

    /// All that is sent to anybody, with a host that stores every snapshot.
    fn replies(&mut self, now: Time) -> Vec<u8> {
        let mut replies = Vec::new();
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Reply { bytes, .. } => replies.extend(bytes),
                Output::Save(file) => {
                    self.stored = file;
                    self.engine.saved(true, now);
                }
                Output::Ask { client, request: Request::ReadSnapshot { .. } } => {
                    self.engine.answer(client, Ok(self.stored.clone()), now);
                }
                other => panic!("{other:?}"),
            }
        }
        replies
    }
}

fn command(line: &str) -> Command {
    engine::resp::split_line(line).unwrap()
}

struct Both {
    real: Client,
    ours: Ours,
    _server: RealServer,
}

impl Both {
    fn start() -> Both {
        let server = RealServer::start().unwrap();
        Both { real: server.client().unwrap(), ours: Ours::new(), _server: server }
    }

    /// The real server's reply, then ours.
    fn ask(&mut self, line: &str) -> (String, String) {
        let real = self.real.call(&command(line)).unwrap();
        (wire::show(&real), wire::show(&self.ours.run(line)))
    }

    #[track_caller]
    fn check(&mut self, line: &str) {
        let (real, ours) = self.ask(line);
        assert_eq!(real, ours, "{line}: the real server, then ours");
    }

    fn check_all(&mut self, lines: &[&str]) {
        lines.iter().for_each(|line| self.check(line));
    }
}

/// Data of every type, small and large.
fn fill(both: &mut Both) {
    both.check_all(&[
        "SET text hello",
        "SET number 12345",
        "SET empty \"\"",
        "APPEND text \" world\"",
        "SET bytes \"\\x00\\xff\\r\\n\"",
        "RPUSH list a 1 -7 \"\" a",
        "SADD integers 3 1 2",
        "SADD words a b 17",
        "HSET hash f v g 1 \"\" \"\"",
        "ZADD scores 1 a -2.5 b inf c -inf d 0 e 100000 f",
        "XADD stream 1-1 a 1 b 2",
        "XADD stream 1-2 a 3 b 4",
        "XADD stream 5-0 c x",
        "XDEL stream 1-2",
        "SET volatile x PX 100000000",
        "SELECT 3",
        "SET text hello",
        "PFADD loglog a b c",
        "SELECT 0",
    ]);
    let many = |head: &str, each: fn(usize) -> String| (0..600).fold(head.to_string(), |line, at| line + &each(at));
    both.check(&many("RPUSH long-list", |at| format!(" element-number-{at}")));
    both.check(&many("SADD large-set", |at| format!(" member-{at}")));
    both.check(&many("HSET large-hash", |at| format!(" field-{at} {at}")));
    both.check(&many("ZADD large-zset", |at| format!(" {at}.5 member-{at}")));
}

const KEYS: &[&str] = &[
    "text",
    "number",
    "empty",
    "bytes",
    "list",
    "integers",
    "words",
    "hash",
    "scores",
    "stream",
    "volatile",
    "nosuch",
    "long-list",
    "large-set",
    "large-hash",
    "large-zset",
];

#[test]
fn digests_are_those_of_the_real_server() {
    let mut both = Both::start();
    both.check("DEBUG DIGEST");
    fill(&mut both);
    for key in KEYS {
        both.check(&format!("DEBUG DIGEST-VALUE {key}"));
    }
    both.check(&format!("DEBUG DIGEST-VALUE {}", KEYS.join(" ")));
    both.check("DEBUG DIGEST-VALUE");
    let (real, ours) = both.ask("DEBUG DIGEST");
    assert_eq!(real, ours);
    // And what a snapshot holds is the same again.
    both.check("DEBUG RELOAD");
    assert_eq!(both.ask("DEBUG DIGEST"), (real, ours));
}

#[test]
fn scripts_may_call_what_is_not_made_for_them_once_that_is_allowed() {
    let mut both = Both::start();
    let calls = [
        "RPUSH l a b c",
        "ZADD z 1 m",
        "EVAL \"return redis.call('blpop', 'none', 0)\" 0",
        "EVAL \"return redis.call('blpop', 'l', 0)\" 0",
        "EVAL \"return redis.call('brpop', 'none', 'l', 0)\" 0",
        "EVAL \"return redis.call('blmove', 'l', 'm', 'LEFT', 'LEFT', 0)\" 0",
        "EVAL \"return redis.call('bzpopmin', 'z', 0)\" 0",
        "EVAL \"return redis.call('config', 'get', 'maxmemory-policy')\" 0",
        "EVAL \"return redis.call('acl', 'getuser', 'nobody')\" 0",
        "EVAL \"return redis.pcall('latency', 'reset')\" 0",
    ];
    both.check("DEBUG SET-DISABLE-DENY-SCRIPTS 1");
    both.check_all(&calls);
    both.check_all(&["LRANGE m 0 -1", "EXISTS l z", "DEBUG SET-DISABLE-DENY-SCRIPTS 0"]);
    both.check_all(&calls);
    both.check_all(&["DEBUG SET-DISABLE-DENY-SCRIPTS", "DEBUG SET-DISABLE-DENY-SCRIPTS 1 2"]);
    // What a connection is needed for, and scripts in scripts, on which the real server ends itself.
    both.ours.run("DEBUG SET-DISABLE-DENY-SCRIPTS 1");
    for call in ["'eval', 'return 1', 0", "'multi'", "'subscribe', 'c'", "'monitor'", "'reset'", "'function', 'flush'"]
    {
        let reply = both.ours.run(&format!("EVAL \"return redis.call({call})\" 0"));
        assert!(wire::show(&reply).contains("not allowed from script"), "{call}: {}", wire::show(&reply));
    }
    let reply = both.ours.run("EVAL \"return redis.call('debug', 'reload')\" 0");
    assert!(wire::show(&reply).contains("while a script runs"), "{}", wire::show(&reply));
}

#[test]
fn replies_of_every_type_and_refusals_are_the_same() {
    let mut both = Both::start();
    let kinds = [
        "string", "integer", "double", "bignum", "null", "array", "set", "map", "attrib", "verbatim", "true", "false",
        "FALSE", "nosuch",
    ];
    for hello in ["HELLO 2", "HELLO 3"] {
        both.ask(hello);
        for kind in kinds {
            both.check(&format!("DEBUG PROTOCOL {kind}"));
        }
        both.check_all(&["DEBUG ERROR FOO", "DEBUG ERROR \"ERR a\\r\\nb\"", "DEBUG ERROR \"\"", "DEBUG HTSTATS 1"]);
    }
    // What is pushed comes before the reply, which follows it.
    let pushed = both.real.call(&command("DEBUG PROTOCOL push")).unwrap();
    let real = [pushed, both.real.read_reply().unwrap()].concat();
    assert_eq!(wire::show(&real), wire::show(&both.ours.run("DEBUG PROTOCOL push")));
    both.ask("HELLO 2");
    both.check_all(&[
        "DEBUG PROTOCOL push",
        "DEBUG",
        "DEBUG nosuch",
        "DEBUG JMAP",
        "DEBUG STRINGMATCH-LEN 10",
        "DEBUG PROTOCOL",
        "DEBUG PROTOCOL a b",
        "DEBUG ERROR",
        "DEBUG DIGEST x",
        "DEBUG OBJECT",
        "DEBUG OBJECT nosuch",
        "DEBUG SDSLEN nosuch",
        "DEBUG HTSTATS",
        "DEBUG HTSTATS 99",
        "DEBUG HTSTATS -1",
        "DEBUG HTSTATS x",
        "DEBUG HTSTATS-KEY nosuch",
        "DEBUG SET-ACTIVE-EXPIRE",
        "DEBUG SET-ACTIVE-EXPIRE x",
        "DEBUG SET-ACTIVE-EXPIRE 1",
        "DEBUG PAUSE-CRON",
        "DEBUG PAUSE-CRON 1",
        "DEBUG PAUSE-CRON 0",
        "DEBUG QUICKLIST-PACKED-THRESHOLD 10b",
        "DEBUG QUICKLIST-PACKED-THRESHOLD 4gb",
        "DEBUG QUICKLIST-PACKED-THRESHOLD 5gb",
        "DEBUG QUICKLIST-PACKED-THRESHOLD -1",
        "DEBUG QUICKLIST-PACKED-THRESHOLD x",
        "DEBUG QUICKLIST-PACKED-THRESHOLD 0",
        "DEBUG REPLYBUFFER",
        "DEBUG REPLYBUFFER x y",
        "DEBUG REPLYBUFFER RESIZING 1",
        "DEBUG REPLYBUFFER PEAK-RESET-TIME NEVER",
        "DEBUG REPLYBUFFER PEAK-RESET-TIME reset",
        "DEBUG REPLYBUFFER PEAK-RESET-TIME 100",
        "DEBUG REPLYBUFFER PEAK-RESET-TIME x",
        "DEBUG CHANGE-REPL-ID",
        "DEBUG CHANGE-REPL-ID x",
        "DEBUG RELOAD x",
        "DEBUG RELOAD MERGE x",
        "DEBUG RELOAD NOFLUSH",
        "DEBUG SLEEP",
        "DEBUG SLEEP 0",
        "DEBUG SLEEP -1",
        "DEBUG SLEEP x",
        "DEBUG HELP x",
        "MULTI",
        "DEBUG SLEEP 0",
        "DEBUG RELOAD",
        "EXEC",
    ]);
    fill(&mut both);
    both.check_all(&["DEBUG RELOAD MERGE NOFLUSH", "DEBUG HTSTATS-KEY text", "DEBUG HTSTATS-KEY hash"]);
    both.check_all(&["DEBUG SDSLEN number", "DEBUG SDSLEN list"]);
}

#[test]
fn the_declaration_is_the_same() {
    let mut both = Both::start();
    both.check("COMMAND INFO debug");
    let (real, ours) = both.ask("COMMAND DOCS debug");
    for part in ["\\r\\n$5\\r\\n1.0.0\\r\\n", "\\r\\n$6\\r\\nserver\\r\\n", "+syscmd"] {
        assert!(real.contains(part) && ours.contains(part), "{part}: {real}, then {ours}");
    }
    assert!(!real.contains("arguments") && !ours.contains("arguments"));
}

#[test]
fn keys_are_made_alike() {
    let mut both = Both::start();
    both.check_all(&[
        "SET key:1 mine",
        "DEBUG POPULATE 3",
        "DEBUG POPULATE 3 short 5",
        "DEBUG POPULATE 2 long 20",
        "DEBUG POPULATE 0 none",
        "DEBUG POPULATE x",
        "DEBUG POPULATE -1",
        "DEBUG POPULATE 1 p x",
        "DEBUG POPULATE 1 p -1",
        "DEBUG POPULATE 1 p 2 3",
        "DEBUG POPULATE",
        "MGET key:0 key:1 key:2 key:3 short:0 short:2 long:1 p:0",
        "DBSIZE",
        "DEBUG DIGEST",
        "DEBUG LISTPACK nosuch",
        "DEBUG LISTPACK key:0",
        "DEBUG QUICKLIST nosuch",
        "DEBUG QUICKLIST key:0",
    ]);
    // Redis would try, and take all memory there is.
    let limit = "-ERR DEBUG POPULATE adds no more than 256 MB at once\\r\\n";
    assert_eq!(wire::show(&both.ours.run("DEBUG POPULATE 9223372036854775807")), limit);
    assert_eq!(wire::show(&both.ours.run("DEBUG POPULATE 2 p 9223372036854775807")), limit);
}

#[test]
fn a_stored_snapshot_is_loaded_alike() {
    let mut both = Both::start();
    both.check_all(&["SET a 1", "SET b 2", "DEBUG RELOAD", "SET b 3", "SET c 4", "DEBUG RELOAD MERGE NOFLUSH NOSAVE"]);
    both.check_all(&["MGET a b c", "SET d 5", "DEBUG RELOAD NOSAVE", "MGET a b c d", "DBSIZE", "DEBUG DIGEST"]);
    // Redis ends itself when it may not merge.
    both.ask("FLUSHALL");
    both.check_all(&["DEBUG RELOAD NOFLUSH NOSAVE", "DBSIZE"]);
    let refusal = "-ERR Error trying to load the RDB dump, check server logs.\\r\\n";
    assert_eq!(wire::show(&both.ours.run("DEBUG RELOAD NOFLUSH NOSAVE")), refusal);
    assert_eq!(wire::show(&both.ours.run("DBSIZE")), ":2\\r\\n");
}

/// The line of DEBUG OBJECT without the address.
fn without_address(line: &str) -> String {
    let (_, rest) = line.split_once(" refcount:").unwrap_or_else(|| panic!("{line}"));
    // The second of the last use may be another one on each side.
    let words = rest.split(' ').filter(|word| !word.starts_with("lru"));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn objects_are_described_alike() {
    let mut both = Both::start();
    fill(&mut both);
    for key in ["text", "number", "empty", "bytes", "integers", "hash", "scores", "long-list", "volatile"] {
        let (real, ours) = both.ask(&format!("DEBUG OBJECT {key}"));
        assert_eq!(without_address(&real), without_address(&ours), "{key}");
    }
    let (real, ours) = both.ask("DEBUG SDSLEN number");
    assert_eq!(real, ours);
    let (real, ours) = both.ask("DEBUG SDSLEN text");
    let names =
        |line: &str| line.split(", ").map(|field| field.split(':').next().unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(names(&real), names(&ours));
}

#[test]
fn only_whoever_may_uses_it() {
    let mut engine = Engine::new(Options { seed: 1, ..Options::default() }, now()).unwrap();
    let client = engine.connect(now());
    engine.receive(client, b"DEBUG SLEEP 1\r\n", now());
    let mut ours = Ours { engine, client, stored: Vec::new() };
    let refusal = ours.replies(now());
    let server = RealServer::start_with(&["--enable-debug-command", "no"], None).unwrap();
    let real = server.client().unwrap().line("DEBUG SLEEP 1").unwrap();
    assert_eq!(wire::show(&real), wire::show(&refusal));
}
