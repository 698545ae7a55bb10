//! Seeded rows of steps: what several clients do to each other.

use crate::known;
use crate::stream::arguments::Arguments;
use crate::stream::grammar::{self, Form};
use crate::stream::{self, Plan, name};
use crate::wire::{self, Command};
use engine::base::Random;

/// What clients do together.
pub struct Scene {
    pub name: &'static str,
    /// What each client does, by the first letters of the alphabet.
    clients: &'static [&'static [&'static [&'static str]]],
}

pub fn scene(name: &str) -> Option<&'static Scene> {
    FAMILIES.iter().find(|scene| scene.name == name)
}

pub const FAMILIES: &[Scene] = &[
    Scene {
        name: "transactions",
        clients: &[
            &[TRANSACTIONS, CHANGES],
            &[TRANSACTIONS, CHANGES],
            &[TRANSACTIONS, CHANGES, WAITING],
            &[CHANGES, GOING],
        ],
    },
    Scene {
        name: "blocking",
        // The first never waits, so that somebody is there to serve the others.
        clients: &[
            &[CHANGES, CHANGES, TRANSACTIONS, UNBLOCKING],
            &[WAITING, CHANGES],
            &[WAITING, WAITING, GOING],
            &[WAITING, TRANSACTIONS, CHANGES],
        ],
    },
    Scene {
        name: "pauses",
        clients: &[
            &[PAUSING],
            &[CHANGES, PAUSING],
            &[CHANGES, TRANSACTIONS, WAITING],
            &[CHANGES, PUBLISHING, WAITING, GOING],
        ],
    },
    Scene {
        name: "pubsub",
        clients: &[
            &[PUBLISHING, PUBLISHING, TRANSACTIONS],
            &[LISTENING, PUBLISHING],
            &[LISTENING, PUBLISHING, GOING],
            &[LISTENING, CHANGES],
        ],
    },
    Scene {
        name: "tracking",
        clients: &[
            &[CHANGES, CHANGES, TRACKING],
            &[TRACKING],
            &[TRACKING, TRACKING, CHANGES, TRANSACTIONS],
            &[TRACKING, CHANGES, GOING],
        ],
    },
    // One client runs any commands on data while another listens to the events.
    Scene { name: "notifications", clients: &[] },
    Scene {
        name: "monitor",
        clients: &[
            &[CHANGES, CHANGES, TRANSACTIONS, PUBLISHING],
            &[MONITORING, CHANGES, TRANSACTIONS],
            &[MONITORING, CHANGES],
            &[WAITING, CHANGES],
        ],
    },
    // What scripts and functions do to keys at which others wait, or which they watch.
    Scene {
        name: "scripts",
        clients: &[
            &[SCRIPTS, SCRIPTS, CHANGES, PAUSING],
            &[SCRIPTS, TRANSACTIONS, CHANGES],
            &[WAITING, WAITING, SCRIPTS, HEARING],
            &[TRANSACTIONS, SCRIPTS, GOING],
        ],
    },
    // The same with those who track and nobody who waits: since 7.2 who is served changes the key once more.
    Scene {
        name: "tracked scripts",
        clients: &[
            &[SCRIPTS, CHANGES, PAUSING],
            &[SCRIPTS, TRANSACTIONS, CACHING],
            &[SCRIPTS, CACHING],
            &[SCRIPTS, CACHING, GOING],
        ],
    },
];

const SCRIPTS: &[&str] = &[
    "12 EVAL near-script 2 near-list near-list element element",
    "6 EVAL near-script 2 near-key near-key value value",
    "3 EVAL near-script 2 near-zset near-zset member member",
    "3 EVAL near-script 2 near-stream near-stream value value",
    "EVAL near-script 1 near-key",
    "2 EVAL_RO near-script 2 near-key near-key value value",
    "3 SCRIPT LOAD near-loaded",
    "6 EVALSHA near-digest 2 near-list near-list element element",
    "EVALSHA_RO near-digest 2 near-key near-key value value",
    "SCRIPT EXISTS near-digest...",
    "SCRIPT FLUSH [ASYNC|SYNC]",
    "SCRIPT KILL",
    "5 FUNCTION LOAD [REPLACE] near-library",
    "8 FCALL near-function 1 near-list element",
    "3 FCALL near-function 1 near-key value",
    "2 FCALL_RO near-function 1 near-key",
    "FUNCTION DELETE near-library-name",
    "FUNCTION FLUSH [ASYNC|SYNC]",
    "FUNCTION STATS",
    "FUNCTION KILL",
    "FUNCTION LIST LIBRARYNAME near-library-name",
    "2 TYPE near-key",
    "2 LRANGE near-list 0 -1",
];

/// What tells a client of what others do.
const HEARING: &[&str] = &[
    "3 HELLO 3",
    "4 SUBSCRIBE ('c1|'c2|'__keyspace@0__:l1)",
    "SSUBSCRIBE 'c1",
    "UNSUBSCRIBE ('c1|'c2)",
    "2 CONFIG SET 'notify-keyspace-events ('KEA|'KEAmn|')",
    "2 PING",
    "MONITOR",
    "2 RESET",
];

/// By prefix alone: which keys a script's reader remembers changed in 7.2, see `tests/tests/tracking.rs`.
const CACHING: &[&str] = &[
    "3 HELLO 3",
    "3 CLIENT TRACKING ON BCAST [NOLOOP]",
    "CLIENT TRACKING OFF",
    "4 GET near-key",
    "3 LRANGE near-list 0 -1",
    "MONITOR",
    "RESET",
];

const TRANSACTIONS: &[&str] = &[
    "4 MULTI",
    "5 EXEC",
    "DISCARD",
    "4 WATCH near-key...",
    "UNWATCH",
    "2 GET near-key",
    "SET near-key value",
    "INCR near-key",
    "RPUSH near-list element...",
    "LPOP near-list [count]",
    "LRANGE near-list 0 -1",
    "ZADD near-zset (score member)...",
    "XLEN near-stream",
    "NOSUCH value",
    "GET",
    "ECHO value",
    "2 SELECT (0|0|1)",
];

/// Everything by which a key can appear, change or go.
const CHANGES: &[&str] = &[
    "10 RPUSH near-list element...",
    "6 LPUSH near-list element...",
    "2 RPUSHX near-list element",
    "2 LPOP near-list [count]",
    "2 LMOVE near-list near-list (LEFT|RIGHT) (LEFT|RIGHT)",
    "LINSERT near-list BEFORE element element",
    "LTRIM near-list 1 0",
    "8 ZADD near-zset (score member)...",
    "2 ZINCRBY near-zset score member",
    "ZPOPMIN near-zset [count]",
    "ZUNIONSTORE near-key 2 near-zset near-zset",
    "ZRANGESTORE near-key near-zset 0 -1",
    "SUNIONSTORE near-key 't1",
    "GEOADD near-zset 13.3 38.1 member",
    "6 XADD near-stream high-id field value",
    "XDEL near-stream stream-id",
    "XTRIM near-stream MAXLEN 1",
    "4 XGROUP CREATE near-stream 'g ('$|0) [MKSTREAM]",
    "XGROUP DESTROY near-stream 'g",
    "XGROUP SETID near-stream 'g ('$|0)",
    "XACK near-stream 'g stream-id",
    "3 SET near-key value",
    "INCR near-key",
    "APPEND near-key value",
    "SADD near-key member",
    "5 DEL near-key...",
    "4 RENAME near-key near-key",
    "2 RENAMENX near-key near-key",
    "3 COPY near-key near-key [DB (0|1)] [REPLACE]",
    "2 MOVE near-key (0|1)",
    "2 SWAPDB 0 1",
    "2 SELECT (0|0|1)",
    "2 SORT near-list ALPHA STORE near-key",
    "SORT near-key BY 'nosort STORE near-key",
    "EXPIRE near-key (100000|-1|0)",
    "PEXPIREAT near-key 1",
    "PERSIST near-key",
    "FLUSHDB",
    "FLUSHALL",
    "2 LRANGE near-list 0 -1",
    "2 GET near-key",
    "LLEN near-list",
];

const WAITING: &[&str] = &[
    "5 BLPOP near-list... patience",
    "4 BRPOP near-list... patience",
    "3 BLMPOP patience #near-list... (LEFT|RIGHT) [COUNT count]",
    "5 BLMOVE near-list near-list (LEFT|RIGHT) (LEFT|RIGHT) patience",
    "2 BRPOPLPUSH near-list near-list patience",
    "4 BZPOPMIN near-zset... patience",
    "3 BZPOPMAX near-zset... patience",
    "3 BZMPOP patience #near-zset... (MIN|MAX) [COUNT count]",
    "3 XREAD BLOCK (0|0|100000) STREAMS near-stream ('$|0|stream-id)",
    "XREAD COUNT 2 BLOCK 0 STREAMS near-stream near-stream '$ '$",
    "4 XREADGROUP GROUP 'g 'c BLOCK 0 [NOACK] STREAMS near-stream '>",
    "BLPOP near-key patience",
    "BZPOPMIN near-key patience",
    "WAIT 0 0",
    "2 PING",
];

const UNBLOCKING: &[&str] =
    &["6 CLIENT UNBLOCK client-id [TIMEOUT|ERROR]", "CLIENT UNBLOCK value", "2 CLIENT KILL ID client-id"];

/// Apart from CLIENT UNBLOCK: Redis 7.0 ends itself when that names a client that a pause holds back.
const PAUSING: &[&str] = &["2 CLIENT PAUSE 100000 WRITE", "3 CLIENT UNPAUSE"];

const GOING: &[&str] = &["2 DISCONNECT", "RESET", "QUIT", "2 HELLO (2|3)"];

const LISTENING: &[&str] = &[
    "5 SUBSCRIBE channel...",
    "4 PSUBSCRIBE channel-pattern...",
    "3 SSUBSCRIBE channel...",
    "2 UNSUBSCRIBE channel...",
    "UNSUBSCRIBE",
    "2 PUNSUBSCRIBE channel-pattern...",
    "PUNSUBSCRIBE",
    "2 SUNSUBSCRIBE channel...",
    "SUNSUBSCRIBE",
    "3 PING [value]",
    "RESET",
    "2 HELLO (2|3)",
];

const PUBLISHING: &[&str] = &[
    "12 PUBLISH channel value",
    "5 SPUBLISH channel value",
    "2 PUBSUB CHANNELS [channel-pattern]",
    "PUBSUB NUMSUB channel...",
    "PUBSUB NUMSUB",
    "2 PUBSUB NUMPAT",
    "PUBSUB SHARDCHANNELS [channel-pattern]",
    "PUBSUB SHARDNUMSUB channel...",
    "PUBSUB (NOSUCH|CHANNELS|NUMPAT) value value",
    "2 CONFIG SET 'notify-keyspace-events ('KEA|'KEAmn|')",
    "SET near-key value",
    "DEL near-key",
    "CLIENT KILL ID client-id",
];

const MONITORING: &[&str] = &["3 MONITOR", "RESET", "PING", "CONFIG GET 'maxmemory", "SET near-key value"];

const TRACKING: &[&str] = &[
    "6 CLIENT TRACKING ON",
    "2 CLIENT TRACKING ON BCAST [NOLOOP]",
    "3 CLIENT TRACKING ON BCAST (PREFIX ('l|'l1|'l2|'z|'q1|'s|''))... [NOLOOP]",
    "2 CLIENT TRACKING ON OPTIN [NOLOOP]",
    "2 CLIENT TRACKING ON OPTOUT [NOLOOP]",
    "2 CLIENT TRACKING ON REDIRECT client-id [BCAST]",
    "CLIENT TRACKING (ON|OFF|value) [OPTIN] [OPTOUT] [BCAST] [PREFIX near-key] [REDIRECT value]",
    "3 CLIENT TRACKING OFF",
    "4 CLIENT CACHING (YES|NO)",
    "CLIENT GETREDIR",
    "2 CLIENT TRACKINGINFO",
    "4 HELLO 3",
    "HELLO 2",
    "SUBSCRIBE '__redis__:invalidate",
    "UNSUBSCRIBE '__redis__:invalidate",
    "12 GET near-key",
    "6 MGET near-key...",
    "4 LRANGE near-list 0 -1",
    "2 EXISTS near-key...",
    "2 TTL near-key",
    "2 ZRANGE near-zset 0 -1",
    "TOUCH near-key",
    "SET near-key value",
    "PING",
];

/// The families whose commands cause events.
pub fn announced() -> impl Iterator<Item = &'static stream::Family> {
    stream::FAMILIES
        .iter()
        .filter(|family| !matches!(family.name, "connection" | "acl" | "debug" | "introspection" | "server"))
}

/// The steps of a scene: the same for the same seed and length. `family`: whose commands one client runs, in the
/// scene of notifications.
pub fn generate(scene: &Scene, family: &'static stream::Family, seed: u64, length: usize) -> Vec<Command> {
    let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ scene.name.len() as u64);
    if scene.clients.is_empty() {
        return notifications(&mut random, family, seed, length);
    }
    let tables: Vec<Vec<Vec<Form>>> = scene
        .clients
        .iter()
        .map(|tables| tables.iter().map(|forms| grammar::parse_all(forms, &|_| true)).collect())
        .collect();
    let mut steps = Vec::new();
    if random.below(3) == 0 {
        steps.extend(["a HELLO 3", "b HELLO 3"].map(wire::words));
    }
    for _ in 0..length {
        let client = random.index(tables.len());
        let table = &tables[client][random.index(tables[client].len())];
        let mut command = grammar::sample(table, &mut Arguments::new(&mut random, "lzs"));
        if random.below(25) == 0 {
            stream::mutate(&mut command, &mut random, "lzs");
        }
        stream::defuse(&mut command);
        defuse(&mut command);
        steps.push(by(["a", "b", "c", "d"][client], command));
    }
    steps
}

fn by(client: &str, mut command: Command) -> Command {
    command.insert(0, client.as_bytes().to_vec());
    command
}

/// What only waiting commands bring with them.
fn defuse(command: &mut Command) {
    let name = name(command);
    if name == "CLIENT PAUSE" {
        // A pause of everything would also hold back the questions of the comparison.
        command.resize(3, b"100000".to_vec());
        command.push(b"WRITE".to_vec());
    }
    let is_number = |word: &[u8]| std::str::from_utf8(word).is_ok_and(|word| word.trim().parse::<i64>().is_ok());
    if matches!(name.as_str(), "CLIENT KILL" | "CLIENT UNBLOCK") {
        // Only by what stands for an id can both sides mean the same client.
        for word in command.iter_mut().skip(2).filter(|word| is_number(word)) {
            *word = b"0".to_vec();
        }
    }
    if name == "CLIENT TRACKING" {
        // Of three prefixes that overlap the real server says so, and OK as well (known differences).
        let mut prefixes = command.iter().enumerate().filter(|(_, word)| word.eq_ignore_ascii_case(b"PREFIX"));
        if let Some((third, _)) = prefixes.nth(2) {
            command.truncate(third);
        }
    }
    if name == "CONFIG SET" {
        // Before 7.2 a refused value takes the flag for new keys away, as it is not in what is put back.
        let value = command.iter_mut().skip_while(|word| *word != b"notify-keyspace-events").nth(1);
        if let Some(value) = value
            && value.iter().any(|letter| !b"AKEmn".contains(letter))
        {
            *value = b"KEA".to_vec();
        }
    }
    // Since 7.4 there is `+`, the last entry.
    if matches!(name.as_str(), "XREAD" | "XREADGROUP") {
        command.iter_mut().filter(|word| *word == b"+").for_each(|word| *word = b"$".to_vec());
    }
    // A timeout that ends while the stream runs would end at different moments; what is beyond all time is refused
    // in other words since 7.2.
    let place = match name.as_str() {
        "BLPOP" | "BRPOP" | "BZPOPMIN" | "BZPOPMAX" | "BLMOVE" | "BRPOPLPUSH" => command.len() - 1,
        "BLMPOP" | "BZMPOP" => 1,
        _ => match command.iter().position(|word| word.eq_ignore_ascii_case(b"BLOCK")) {
            Some(at) => at + 1,
            None => return,
        },
    };
    let Some(timeout) = command.get_mut(place).filter(|_| place > 0) else { return };
    let number = std::str::from_utf8(timeout).ok().and_then(|text| text.trim().parse::<f64>().ok());
    let far = [&b"0"[..], b"100000", b"100000.5", b"-1", b"abc", b""];
    if number.is_some() && !far.contains(&timeout.as_slice()) || timeout.starts_with(b"0x") {
        *timeout = b"0".to_vec();
    }
}

/// One client runs a family's commands; others listen to the events and choose which ones there are.
fn notifications(random: &mut Random, family: &'static stream::Family, seed: u64, length: usize) -> Vec<Command> {
    let mut steps = vec![
        wire::words("c CONFIG SET notify-keyspace-events KEAmn"),
        wire::words("b HELLO 3"),
        wire::words("a PSUBSCRIBE *"),
    ];
    for mut command in stream::generate(&Plan { family, seed, length, allowed: &|_| true }) {
        defuse(&mut command);
        if known::counts_otherwise(&command) && name(&command) != "SCAN" {
            // Announced as a miss, or not: the one looks for the key where the other refuses.
            continue;
        }
        if let ("MEMORY USAGE", Some(key)) = (name(&command).as_str(), command.get(2)) {
            // Redis does not mind whether its time is over.
            steps.push(wire::command(&[&b"b"[..], b"EXISTS", key]));
        }
        steps.extend(consumers(&command).into_iter().map(|command| by("b", command)));
        match name(&command).as_str() {
            // Both come across keys past their deadline, in an order of their own.
            "DBSIZE" | "RANDOMKEY" | "SCAN" => steps.push(wire::words("b SCAN 0 COUNT 1000000")),
            // Members are drawn at random; only all of them are the same ones.
            "SPOP" if command.len() > 1 => {
                command.truncate(2);
                command.push(b"100000".to_vec());
            }
            // Clears what SORT should not look at, see `rules`.
            "SORT" | "SORT_RO" => {
                // Unsorted, the order of a set is open, and so is which of its elements a limit leaves.
                let has = |word: &[u8]| command.iter().any(|other| other.eq_ignore_ascii_case(word));
                if has(b"LIMIT") && has(b"BY") {
                    continue;
                }
                steps.push(wire::words("c ZINCRBY nokey notanumber member"));
            }
            "QUIT" | "CONFIG RESETSTAT" | "RESET" => continue,
            _ => {}
        }
        steps.push(by("b", command));
        if random.below(30) == 0 {
            let letters = "KEAg$lshzxetdmn".as_bytes();
            let flags: Vec<u8> = (0..6).map(|_| letters[random.index(letters.len())]).collect();
            let flags = if random.below(2) == 0 { b"KEAmn".to_vec() } else { [b"K", &flags[..]].concat() };
            steps.push(wire::command(&[&b"c"[..], b"CONFIG", b"SET", b"notify-keyspace-events", &flags]));
        }
    }
    steps
}

/// What makes the consumers that a command is about, whom the real server makes only when they get something.
fn consumers(command: &Command) -> Vec<Command> {
    let create = |key: &[u8], group: &[u8], consumer: &[u8]| {
        wire::command(&[&b"XGROUP"[..], b"CREATECONSUMER", key, group, consumer])
    };
    let place = |word: &[u8]| command.iter().position(|other| other.eq_ignore_ascii_case(word));
    match (name(command).as_str(), &command[1..]) {
        ("XCLAIM" | "XAUTOCLAIM", [key, group, consumer, ..]) => vec![create(key, group, consumer)],
        ("XREADGROUP", _) => {
            let (Some(group), Some(streams)) = (place(b"GROUP"), place(b"STREAMS")) else { return Vec::new() };
            let Some([group, consumer]) = command.get(group + 1..group + 3) else { return Vec::new() };
            let keys = command[streams + 1..].iter().take((command.len() - streams) / 2);
            keys.map(|key| create(key, group, consumer)).collect()
        }
        _ => Vec::new(),
    }
}
