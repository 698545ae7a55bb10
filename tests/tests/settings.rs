//! Every setting on both servers: its name, its default, and what CONFIG SET says to good and bad values.

use std::collections::BTreeMap;

use engine::server::config::{Kind, SETTINGS, Setting};
use engine::{ClientId, Engine, Options, Output};
use tests::process::{Process, free_port};
use tests::real::Directory;
use tests::side::now;
use tests::wire::{self, Command};
use tests::{Client, RealServer};

/// What the real server is started with, and so ours.
const START: &[(&str, &str)] = &[
    ("bind", "127.0.0.1"),
    ("save", ""),
    ("appendonly", "no"),
    ("enable-debug-command", "yes"),
    ("enable-protected-configs", "yes"),
];

/// Names that only one side shows, because the real server of the tests is a 7.0.
const SINCE: &[(&str, &str)] = &[
    ("locale-collate", "since 7.2"),
    ("cluster-announce-human-nodename", "since 7.2"),
    ("set-max-listpack-entries", "since 7.2"),
    ("set-max-listpack-value", "since 7.2"),
    ("cluster-ping-interval", "since 7.2"),
    ("max-new-connections-per-cycle", "since 7.4"),
    ("max-new-tls-connections-per-cycle", "since 7.4"),
    ("aof-disable-auto-gc", "hidden since 7.2"),
];

/// Defaults that are the machine's or the start's.
const OWN_DEFAULT: &[(&str, &str)] = &[
    ("port", "the launcher draws a free one"),
    ("dir", "the folder of the real server; the engine has none before its host says so"),
    ("maxclients", "the real server lowers it to what the system's limit on files allows"),
];

/// Values that the two answer differently to, or that the real server must not be given.
const NOT_SET: &[(&str, &str)] = &[
    ("port", "it would listen elsewhere; the server's own tests change it"),
    ("bind", "it would listen elsewhere; the server's own tests change it"),
    ("dir", "the engine has no folders; the server's own tests change it"),
    ("maxclients", "the real server refuses what the system's limit on files does not allow"),
    ("maxmemory-clients", "the client that asks may be closed for its memory; a transcript sets it"),
    ("watchdog-period", "the real server would interrupt itself"),
    ("oom-score-adj", "the real server asks the system, which may refuse"),
    ("oom-score-adj-values", "the real server asks the system, which may refuse"),
    ("appendonly", "the real server starts to write a file, which the engine's host does"),
    ("tls-port", "the real server refuses it for want of certificates, we for want of TLS"),
    ("tls-cluster", "the real server refuses it for want of certificates, we for want of TLS"),
    ("tls-replication", "the real server refuses it for want of certificates, we for want of TLS"),
];

struct Ours {
    engine: Engine,
    client: ClientId,
}

impl Ours {
    fn new() -> Ours {
        let config = START.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let mut engine = Engine::new(Options { seed: 1, config, events: false }, now()).unwrap();
        let client = engine.connect(now());
        Ours { engine, client }
    }

    fn run(&mut self, command: &Command) -> Vec<u8> {
        let mut bytes = Vec::new();
        wire::encode(command, &mut bytes);
        self.engine.receive(self.client, &bytes, now());
        let mut reply = Vec::new();
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Reply { bytes, .. } => reply.extend(bytes),
                other => panic!("{other:?}"),
            }
        }
        reply
    }
}

fn start() -> (RealServer, Client, Ours) {
    let server = RealServer::start_with(&["--enable-protected-configs", "yes"], None).unwrap();
    let client = server.client().unwrap();
    (server, client, Ours::new())
}

fn settings(reply: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(reply);
    let words: Vec<&str> = text.split("\r\n").skip(1).filter(|line| !line.starts_with('$')).collect();
    words.chunks_exact(2).map(|pair| (pair[0].to_string(), pair[1].to_string())).collect()
}

fn reason<'a>(list: &'a [(&str, &str)], name: &str) -> Option<&'a str> {
    list.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
}

#[test]
fn the_same_names_with_the_same_defaults() {
    let (_server, mut client, mut ours) = start();
    let all = wire::words("CONFIG GET *");
    let (real, ours) = (settings(&client.call(&all).unwrap()), settings(&ours.run(&all)));
    assert!(real.len() > 180, "only {} settings", real.len());
    for (name, value) in &real {
        match (ours.get(name), reason(SINCE, name), reason(OWN_DEFAULT, name)) {
            (Some(own), None, None) => assert_eq!(own, value, "{name}"),
            (Some(_), None, Some(_)) | (None, Some(_), None) => {}
            found => panic!("{name}: {found:?}"),
        }
    }
    for name in ours.keys().filter(|name| !real.contains_key(*name)) {
        assert!(reason(SINCE, name).is_some(), "{name} is ours alone");
    }
    for (name, _) in SINCE {
        assert!(!(real.contains_key(*name) && ours.contains_key(*name)), "{name} is on both");
    }
}

/// Good and bad values of each kind.
fn values(setting: &Setting) -> Vec<String> {
    let mut values: Vec<String> = ["", " ", "x", "yes", "NO", "1", "01", "-1", "1 2", "1\0", "99999999999999999999"]
        .iter()
        .map(|value| value.to_string())
        .collect();
    let mut add = |more: &[&str]| values.extend(more.iter().map(|value| value.to_string()));
    match setting.kind {
        Kind::Integer { min, max } => {
            let numbers = [min, max, min.saturating_sub(1), max.saturating_add(1), min + 1];
            add(&numbers.map(|number| number.to_string()).each_ref().map(String::as_str));
        }
        Kind::Hertz => add(&["0", "500", "501", "2147483647", "2147483648"]),
        Kind::Octal { .. } => add(&["0", "777", "1000", "8"]),
        Kind::Memory { .. } | Kind::AtLeast { .. } | Kind::MemoryOrPercent => add(&[
            "0",
            "1048575",
            "1mb",
            "2Gb",
            "3k",
            "4KB",
            "5b",
            "6 mb",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "5%",
            "100%",
            "101%",
            "0%",
            "-5%",
            "%",
            "b",
        ]),
        Kind::Choice(words) | Kind::Synonym(words, ..) => add(words),
        Kind::Flags(words) => {
            add(words);
            add(&["save nosave", "force now", "default now", "now  force", "SAVE", "save x"]);
        }
        Kind::Text(_) => add(&["a/b", "a\\b", "a_b", "a-b.c", "{title}", "{{", "{x}", "{port", "a b", "{TITLE} x"]),
        Kind::Binary => add(&["secret", "a b"]),
        Kind::SavePoints => {
            add(&["900 1", "900 1 300 10", "900  1", "900 1 ", "0 1", "1 0", "+5 4", "5 -1", "5 4x", "5 4294967296"])
        }
        Kind::OutputLimits => add(&[
            "normal 1gb 512mb 7",
            "replica 1 2 3",
            "SLAVE 1 2 3 pubsub 4 5 6",
            "master 1 2 3",
            "normal 1 2",
            "normal x 2 3",
            "normal 0 2 -3",
            "normal 0 0 0 x 1 2 3",
        ]),
        Kind::OomScores => add(&["1 2 3", "-2000 0 2000", "1 2 2001", "1 2", "a b c"]),
        Kind::Events => add(&["KEA", "AKE", "g$lshzxetd", "Elg", "Kmn", "KEX", "K E", "td", "n"]),
        Kind::Percentiles => {
            add(&["50 99 99.9", "0 100", "100.1", "-1", "50 x", "12.3456789", "nan", "inf", "50  60", "1e1"])
        }
        Kind::Primary => add(&["localhost 6379", "no one", "localhost x"]),
        Kind::YesNo | Kind::Addresses | Kind::Folder => {}
    }
    values
}

#[test]
fn the_same_answers_to_good_and_bad_values() {
    let (_server, mut client, mut ours) = start();
    let (mut compared, mut wrong) = (0, Vec::new());
    for setting in SETTINGS {
        // A name that one side does not show may still be known to both.
        let known = !wire::show(&client.call(&["CONFIG", "GET", setting.name]).unwrap()).starts_with("*0");
        if reason(NOT_SET, setting.name).is_some() || !known {
            continue;
        }
        for name in core::iter::once(setting.name).chain(setting.alias) {
            for value in values(setting) {
                let set = wire::command(&["CONFIG", "SET", name, &value]);
                let get = wire::command(&["CONFIG", "GET", name]);
                let real = [client.call(&set).unwrap(), client.call(&get).unwrap()];
                let own = [ours.run(&set), ours.run(&get)];
                compared += 1;
                if real != own {
                    wrong.push(format!(
                        "{name} {value:?}\n  real {}\n  ours {}",
                        real.map(|reply| wire::show(&reply)).join(" "),
                        own.map(|reply| wire::show(&reply)).join(" ")
                    ));
                }
            }
            let back = wire::command(&["CONFIG", "SET", name, setting.default]);
            assert_eq!(client.call(&back).unwrap(), ours.run(&back), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 3000, "only {compared} values");
    println!("{compared} values of settings compared");
}

/// Several at once: all of them or none, and the first mistake is the one that is named.
#[test]
fn several_at_once_are_set_together_or_not_at_all() {
    let (_server, mut client, mut ours) = start();
    for line in [
        "CONFIG SET hz 20 maxmemory-samples 7",
        "CONFIG SET hz 30 maxmemory-samples x timeout 5",
        "CONFIG GET hz maxmemory-samples timeout",
        "CONFIG SET hz 30 nosuch 1 daemonize yes",
        "CONFIG SET hz 30 daemonize yes nosuch 1",
        "CONFIG SET hz 30 HZ 40",
        "CONFIG SET Hz x",
        "CONFIG SET DAEMONIZE yes",
        "CONFIG SET hash-max-ziplist-entries 3 hash-max-listpack-entries 4",
        "CONFIG SET HASH-MAX-ZIPLIST-ENTRIES x",
        "CONFIG GET hash-max-ziplist-entries",
        "CONFIG GET hz hz HZ h?",
        "CONFIG GET watchdog-period",
        "CONFIG GET watchdog-*",
        "CONFIG GET [k]",
        "CONFIG SET hz",
        "CONFIG SET hz 1 timeout",
        "CONFIG SET",
        "CONFIG GET",
        "CONFIG REWRITE",
        "CONFIG REWRITE x",
        "CONFIG RESETSTAT",
        "CONFIG RESETSTAT x",
        "CONFIG HELP x",
        "CONFIG",
    ] {
        let command = wire::words(line);
        let (mut real, mut own) = (wire::show(&client.call(&command).unwrap()), wire::show(&ours.run(&command)));
        if line.starts_with("CONFIG GET") {
            // The order is that of the real server's hash table.
            (real, own) = (sorted(&real), sorted(&own));
        }
        assert_eq!(real, own, "{line}");
    }
}

fn sorted(shown: &str) -> String {
    let mut lines: Vec<&str> = shown.split("\\r\\n").collect();
    lines.sort_unstable();
    lines.join(" ")
}

/// CONFIG REWRITE keeps comments and order as the real server does; what it adds comes in any order.
#[test]
fn the_same_file_after_config_rewrite() {
    const OLD: &str = "# top\nport PORT\ndir FOLDER\n\n\n\nuser bob on ~* +get >secret\nslave-read-only no\n\
                       hash-max-ziplist-entries 77\n   maxmemory   100mb\nloglevel verbose\ntimeout 5\ntimeout 6\n\
                       client-output-buffer-limit slave 1 2 3\nsave 900 1\nsave 300 10\n# middle\nlogfile \"\"\n\
                       replica-announce-ip \"\"\nsave 60 1000\nnotify-keyspace-events KEA\nlua-time-limit 700\n# end\n";
    const CHANGES: &[&str] = &[
        "CONFIG SET hz 33 maxmemory-clients 5% notify-keyspace-events Ex",
        "CONFIG SET requirepass secret timeout 9",
        "CONFIG SET dynamic-hz no oom-score-adj-values 1;2;3 proto-max-bulk-len 2097152",
        "CONFIG SET save 900;1;60;1000 latency-tracking-info-percentiles 50",
        "CONFIG SET masterauth a;b repl-backlog-size 3mb",
    ];
    let rewritten = |start: &dyn Fn(&str, u16) -> Box<dyn std::any::Any>| -> (String, Vec<String>) {
        let folder = Directory::create().unwrap();
        let port = free_port().unwrap();
        let path = folder.0.join("redis.conf");
        let text = OLD.replace("PORT", &port.to_string()).replace("FOLDER", &folder.0.to_string_lossy());
        std::fs::write(&path, text).unwrap();
        let _server = start(&path.to_string_lossy(), port);
        let mut client = Client::connect(port).unwrap();
        for line in CHANGES {
            let words = wire::words(line);
            let words: Vec<Vec<u8>> =
                words.iter().map(|word| String::from_utf8_lossy(word).replace(';', " ").into_bytes()).collect();
            assert_eq!(wire::show(&client.call(&words).unwrap()), "+OK\\r\\n", "{line}");
        }
        assert_eq!(client.line("CONFIG REWRITE").unwrap(), b"+OK\r\n");
        // Once more: what was added stays where it is now.
        assert_eq!(client.line("CONFIG REWRITE").unwrap(), b"+OK\r\n");
        let text = std::fs::read_to_string(&path).unwrap();
        // Since 7.2 a user's description says whether payloads are checked.
        let text = text.replace(" sanitize-payload", "");
        let text = text.replace(&port.to_string(), "PORT").replace(&*folder.0.to_string_lossy(), "FOLDER");
        let (kept, added) = text.split_once("# Generated by CONFIG REWRITE\n").unwrap();
        let mut added: Vec<String> = added.lines().map(str::to_owned).collect();
        added.sort();
        (kept.to_owned(), added)
    };
    let real = rewritten(&|path, _| {
        let mut command = std::process::Command::new("redis-server");
        Box::new(Process::start(command.env("LC_ALL", "C").arg(path), "Ready to accept connections").unwrap())
    });
    let ours = rewritten(&|path, _| {
        let mut settings = server::Settings::read(&std::fs::read(path).unwrap()).unwrap();
        settings.config_file = Some(path.into());
        Box::new(server::Running::start(settings).unwrap())
    });
    assert_eq!(ours.0, real.0);
    assert_eq!(ours.1, real.1);
}
