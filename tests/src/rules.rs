//! How the two replies to a command are compared: declared once per command, in [`RULES`]. Everything not listed
//! must be equal byte for byte.

use crate::reply::Tree;
use crate::scores;
use crate::stream::name;
use crate::stream_info;
use crate::wire::{self, Command};
use engine::persist::rdb;
use engine::value::{Limits, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// What "the same reply" means for a command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Byte for byte.
    Exact,
    /// The same elements in any order.
    Unordered,
    /// A map in any order: entries that only one side has, and the named ones, are left to other tests; the rest
    /// must be equal.
    CommonFieldsExcept(&'static [&'static str], &'static str),
    /// In order when the first key has a compact encoding on the real server, else in any order; groups of `n`.
    OrderedWhenCompact(usize),
    /// `OBJECT ENCODING`: equal but for the known differences of the key's type.
    Encoding,
    /// `DUMP`: the same bytes where both keep the value in the same order and form, else the same content.
    Dump,
    /// `SORT`: any order where Redis leaves it open, exact otherwise.
    Sort,
    /// A cursor command: both sides are walked to the end, and what they returned must be the same set.
    Scan(Cursor),
    /// Random elements of the first key.
    RandomElements,
    /// Random elements that are removed; each side then removes what the other took.
    RandomPop,
    /// A random key.
    RandomKey,
    /// ACL LIST and ACL GETUSER: users, without what 7.2 shows in another way.
    Users,
    /// ACL LOG: without when, and what names a connection.
    Refusals,
    /// Integers (anywhere in the reply) up to this far apart; negative ones must be equal.
    Near { most: i64, unit_ms: u64 },
    /// XINFO: equal but for times and for consumers that have nothing pending.
    StreamInfo,
    /// XPENDING: equal but for the time since each entry was given, which may differ by some milliseconds.
    PendingEntries,
    /// The same structure and types, other contents. Errors must be equal.
    Shape(&'static str),
    /// A map whose named fields may differ.
    FieldsExcept(&'static [&'static str], &'static str),
    /// Not compared at all, except that either both or neither are errors.
    Ignored(&'static str),
    /// The connection ends after the reply, on both sides.
    Closes,
}

/// Where the cursor stands among a scan's arguments, and what belongs together in its reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cursor {
    pub position: usize,
    pub group: usize,
}

const fn scan(position: usize, group: usize) -> Rule {
    Rule::Scan(Cursor { position, group })
}

/// Seconds may round differently, and either side may be a moment ahead.
const SECONDS: Rule = Rule::Near { most: 2, unit_ms: 1_000 };
const MILLISECONDS: Rule = Rule::Near { most: 100, unit_ms: 1 };

/// Settings that say where and how a server was started.
const SETTINGS_OF_A_MACHINE: &[&str] = &["save", "dir", "port", "bind", "logfile", "enable-debug-command"];

const RULES: &[(&str, Rule)] = &[
    ("KEYS", Rule::Unordered),
    ("SCAN", scan(1, 1)),
    ("RANDOMKEY", Rule::RandomKey),
    ("SORT", Rule::Sort),
    ("SORT_RO", Rule::Sort),
    ("TTL", SECONDS),
    ("PTTL", MILLISECONDS),
    ("EXPIRETIME", SECONDS),
    ("PEXPIRETIME", MILLISECONDS),
    ("OBJECT ENCODING", Rule::Encoding),
    ("DUMP", Rule::Dump),
    ("OBJECT IDLETIME", Rule::Shape("the small integers that the real server shares keep the age of another key")),
    ("OBJECT REFCOUNT", Rule::Shape("shared integers are an implementation's own affair")),
    ("OBJECT HELP", Rule::Ignored("help is in our own words")),
    ("MEMORY USAGE", Rule::Shape("bytes are what each implementation needs")),
    ("MEMORY HELP", Rule::Ignored("help is in our own words")),
    ("HGETALL", Rule::OrderedWhenCompact(2)),
    ("HKEYS", Rule::OrderedWhenCompact(1)),
    ("HVALS", Rule::OrderedWhenCompact(1)),
    ("HSCAN", scan(2, 2)),
    ("HRANDFIELD", Rule::RandomElements),
    ("SMEMBERS", Rule::Unordered),
    ("SINTER", Rule::Unordered),
    ("SUNION", Rule::Unordered),
    ("SDIFF", Rule::Unordered),
    ("SSCAN", scan(2, 1)),
    ("SPOP", Rule::RandomPop),
    ("SRANDMEMBER", Rule::RandomElements),
    ("ZRANDMEMBER", Rule::RandomElements),
    ("ZSCAN", scan(2, 2)),
    ("XINFO STREAM", Rule::StreamInfo),
    ("XINFO GROUPS", Rule::StreamInfo),
    ("XINFO CONSUMERS", Rule::StreamInfo),
    ("XINFO HELP", Rule::Ignored("help is in our own words")),
    ("XGROUP HELP", Rule::Ignored("help is in our own words")),
    ("XPENDING", Rule::PendingEntries),
    ("HELLO", Rule::FieldsExcept(&["version", "id"], "we are a 7.4 with clients of our own")),
    ("CLIENT GETREDIR", Rule::Shape("ids count connections")),
    ("CLIENT TRACKINGINFO", Rule::FieldsExcept(&["redirect"], "ids count connections")),
    ("CLIENT ID", Rule::Shape("ids count connections")),
    ("CLIENT INFO", Rule::Shape("names sockets and buffers")),
    ("CLIENT LIST", Rule::Shape("names sockets and buffers")),
    ("CLIENT HELP", Rule::Ignored("help is in our own words")),
    ("DEBUG HELP", Rule::Ignored("help is in our own words")),
    ("DEBUG HTSTATS-KEY", Rule::Shape("the tables are others")),
    ("DEBUG OBJECT", Rule::Shape("an address, and times")),
    ("DEBUG SDSLEN", Rule::Shape("bytes are what each implementation needs")),
    ("LATENCY DOCTOR", Rule::Ignored("in our own words")),
    ("LATENCY HELP", Rule::Ignored("help is in our own words")),
    ("LOLWUT", Rule::Ignored("each version has its own picture")),
    ("OBJECT FREQ", Rule::Shape("grows by chance")),
    ("SLOWLOG GET", Rule::Ignored("what takes how long is each server's own")),
    ("SLOWLOG HELP", Rule::Ignored("help is in our own words")),
    ("SLOWLOG LEN", Rule::Shape("the comparison asks the real server some more")),
    ("COMMAND", Rule::Ignored("compared command by command in command_docs.rs")),
    ("COMMAND COUNT", Rule::Shape("we are a 7.4")),
    ("COMMAND LIST", Rule::Ignored("we are a 7.4; compared in command_docs.rs")),
    ("COMMAND INFO", Rule::Ignored("compared in command_docs.rs")),
    ("COMMAND DOCS", Rule::Ignored("compared in command_docs.rs")),
    ("COMMAND HELP", Rule::Ignored("help is in our own words")),
    ("CONFIG HELP", Rule::Ignored("help is in our own words")),
    ("CONFIG GET", Rule::CommonFieldsExcept(SETTINGS_OF_A_MACHINE, "each version has its own settings")),
    ("ACL LIST", Rule::Users),
    ("ACL GETUSER", Rule::Users),
    ("ACL LOG", Rule::Refusals),
    ("ACL CAT", Rule::Ignored("we are a 7.4; compared in command_docs.rs")),
    ("ACL GENPASS", Rule::Shape("drawn at random")),
    ("ACL HELP", Rule::Ignored("help is in our own words")),
    // Perhaps the own user.
    ("ACL DELUSER", Rule::Closes),
    ("FUNCTION LIST", Rule::Unordered),
    ("FUNCTION HELP", Rule::Ignored("help is in our own words")),
    ("SCRIPT HELP", Rule::Ignored("help is in our own words")),
    ("PUBSUB CHANNELS", Rule::Unordered),
    ("PUBSUB SHARDCHANNELS", Rule::Unordered),
    ("PUBSUB HELP", Rule::Ignored("help is in our own words")),
    ("QUIT", Rule::Closes),
    ("INFO", Rule::Shape("its figures are the node's own")),
    ("TIME", Rule::Ignored("the wall clock")),
    ("LASTSAVE", Rule::Shape("the moment of the start")),
];

/// The rule for a command by its name ([`crate::stream::name`]).
pub fn rule(name: &str) -> Rule {
    RULES.iter().find(|(listed, _)| *listed == name).map_or(Rule::Exact, |(_, rule)| *rule)
}

impl Rule {
    /// Whether both replies must be known before the next command is sent.
    pub fn needs_a_stop(self) -> bool {
        matches!(self, Rule::Scan(_) | Rule::RandomPop | Rule::Closes)
    }

    /// What the real server is told before the command (and its question), so that its reply depends on the data
    /// alone.
    pub fn preparation(command: &[Vec<u8>]) -> Option<Command> {
        match name(command).as_str() {
            // Redis removes a key past its deadline when it gets round to it or somebody asks for it; we, at once.
            "DBSIZE" | "SCAN" => Some(wire::words("SCAN 0 COUNT 1000000")),
            "MEMORY USAGE" => Some(wire::command(&[&b"EXISTS"[..], command.get(2)?])),
            // SORT looks at C's `errno` without clearing it, so it fails after anything that once overflowed. This
            // clears it and changes nothing.
            "SORT" | "SORT_RO" => Some(wire::words("ZINCRBY nokey notanumber member")),
            _ => None,
        }
    }

    /// What the comparison has to ask the real server just before the command.
    pub fn question(self, command: &[Vec<u8>]) -> Option<Command> {
        let key = |at: usize| command.get(at).map(Vec::as_slice);
        match self {
            Rule::OrderedWhenCompact(_) | Rule::Dump => Some(wire::command(&[&b"OBJECT"[..], b"ENCODING", key(1)?])),
            Rule::Encoding => Some(wire::command(&[b"TYPE", key(2)?])),
            Rule::Sort => Some(wire::command(&[b"TYPE", key(1)?])),
            Rule::RandomKey => Some(wire::words("KEYS *")),
            Rule::RandomPop => Some(wire::command(&[b"SMEMBERS", key(1)?])),
            Rule::RandomElements => match name(command).as_str() {
                "HRANDFIELD" => Some(wire::command(&[b"HGETALL", key(1)?])),
                "ZRANDMEMBER" => Some(wire::command(&[&b"ZRANGE"[..], key(1)?, b"0", b"-1", b"WITHSCORES"])),
                _ => Some(wire::command(&[b"SMEMBERS", key(1)?])),
            },
            _ => None,
        }
    }
}

/// The difference between two replies by a rule, or `None`. `answer` is what the real server said to the rule's
/// question, empty when it has none; `elapsed` is the time since both sides were reset.
pub fn difference(
    rule: Rule,
    command: &[Vec<u8>],
    real: &[u8],
    ours: &[u8],
    answer: &[u8],
    elapsed: Duration,
) -> Option<String> {
    if real == ours {
        return None;
    }
    let (Some(real), Some(ours)) = (Tree::parse(real), Tree::parse(ours)) else {
        return Some("not one whole reply".into());
    };
    let question = Tree::parse(answer);
    let (real, ours, question) = if shows_scores(command) {
        (scores::as_numbers(&real), scores::as_numbers(&ours), question.map(|answer| scores::as_numbers(&answer)))
    } else {
        (real, ours, question)
    };
    if real.is_error() || ours.is_error() {
        let excused = matches!(rule, Rule::Ignored(_)) && real.is_error() == ours.is_error();
        return (!excused).then(|| "replies differ".into());
    }
    if real == ours {
        return None;
    }
    let same = match rule {
        Rule::Ignored(_) => true,
        Rule::Unordered => real.sorted(1) == ours.sorted(1),
        Rule::CommonFieldsExcept(except, _) => {
            let wrong = disagreeing_fields(&real.without_fields(except), &ours.without_fields(except))?;
            return Some(format!("these fields differ: {wrong}"));
        }
        Rule::OrderedWhenCompact(group) => {
            let compact = question.and_then(|answer| answer.text().map(|text| text != b"hashtable")).unwrap_or(true);
            !compact && real.sorted(group) == ours.sorted(group)
        }
        Rule::Dump => same_dumps(&real, &ours, question.as_ref().and_then(Tree::text).unwrap_or_default()),
        Rule::Sort => {
            let is_set = question.is_some_and(|answer| answer.text() == Some(b"set"));
            // With a limit, an open order also leaves open which elements are returned.
            let limited = command.iter().any(|argument| argument.eq_ignore_ascii_case(b"LIMIT"));
            let alike =
                if limited { real.children().len() == ours.children().len() } else { real.sorted(1) == ours.sorted(1) };
            sort_leaves_order_open(command, is_set, &[&real, &ours]) && alike
        }
        // The sides run one after the other: they can be as far apart as the comparison has taken, and no further.
        Rule::Users => users(&real) == users(&ours),
        Rule::Refusals => {
            const NOT_COMPARED: &[&str] =
                &["age-seconds", "client-info", "entry-id", "timestamp-created", "timestamp-last-updated"];
            let entries = |log: &Tree| -> Vec<Tree> {
                log.children().iter().map(|entry| entry.without_fields(NOT_COMPARED)).collect()
            };
            entries(&real) == entries(&ours)
        }
        Rule::Near { most, unit_ms } => near(&real, &ours, most + (elapsed.as_millis() as u64 / unit_ms) as i64),
        Rule::StreamInfo => stream_info::without_times(&real) == stream_info::without_times(&ours),
        Rule::PendingEntries => {
            stream_info::without_idle_times(&real) == stream_info::without_idle_times(&ours)
                && near(&real, &ours, 100 + elapsed.as_millis() as i64)
        }
        Rule::Shape(_) => real.same_shape(&ours),
        Rule::FieldsExcept(fields, _) => real.without_fields(fields) == ours.without_fields(fields),
        Rule::RandomElements | Rule::RandomPop | Rule::RandomKey => {
            return question.map_or(Some("nothing to draw from".into()), |from| random(command, &real, &ours, &from));
        }
        Rule::Exact | Rule::Encoding | Rule::Scan(_) | Rule::Closes => false,
    };
    (!same).then(|| match rule {
        Rule::Exact | Rule::OrderedWhenCompact(_) | Rule::Sort | Rule::Encoding => "replies differ".into(),
        Rule::Dump => "the payloads hold something else".into(),
        other => format!("replies differ even by the rule {other:?}"),
    })
}

/// Users without the flag that is shown since 7.2, and of the rules about commands only where they begin: since 7.2
/// they are shown as they were given, before as the server found that they act.
fn users(shown: &Tree) -> Tree {
    match shown {
        Tree::Node(kind, parts) => {
            let parts = parts.iter().filter(|part| part.text() != Some(b"sanitize-payload")).map(users);
            Tree::Node(*kind, parts.collect())
        }
        Tree::Leaf(leaf) => {
            let mut kept: Vec<&[u8]> = Vec::new();
            for word in shown.text().unwrap_or(leaf).split(|&byte| byte == b' ') {
                match word {
                    b"sanitize-payload" => {}
                    b"+@all" | b"-@all" => kept.push(word),
                    // A selector may end with a rule about a command, or with where they begin.
                    [b'+' | b'-', .., b')'] => {
                        kept.extend(word.strip_suffix(b")").filter(|rule| rule.ends_with(b"@all")))
                    }
                    [b'+' | b'-', ..] => {}
                    _ => kept.push(word),
                }
            }
            Tree::Leaf(kept.join(&b' '))
        }
    }
}

/// Whether a command replies with scores of sorted sets. A draw without scores shows members alone, of which `0` and
/// `-0` are two.
pub fn shows_scores(command: &[Vec<u8>]) -> bool {
    let Some(name) = command.first().map(|name| name.to_ascii_uppercase()) else { return false };
    if name == b"ZRANDMEMBER" {
        return command.iter().any(|argument| argument.eq_ignore_ascii_case(b"WITHSCORES"));
    }
    name.starts_with(b"Z") || name.starts_with(b"BZ")
}

/// Whether two payloads that are not equal hold the same for a good reason: a hash table has no order, a set of 7.0
/// no listpack, scores in a listpack had more digits then, and 7.2 fills the nodes of a list in another way.
fn same_dumps(real: &Tree, ours: &Tree, encoding: &[u8]) -> bool {
    /// The type of a list, one node, and that it is a listpack.
    const ONE_PACKED_NODE: &[u8] = &[18, 1, 2];
    let (Some(real), Some(ours)) = (real.text(), ours.text()) else { return false };
    let same_kind = real.first() == ours.first();
    let one_node = [real, ours].iter().all(|payload| payload.starts_with(ONE_PACKED_NODE));
    // Sorted sets keep their dictionary, and with it the sign of a zero.
    let limits = Limits { zset_max_listpack_entries: 0, ..Limits::default() };
    let (Ok(real), Ok(ours)) = (rdb::restore(real, &limits), rdb::restore(ours, &limits)) else { return false };
    let excused = match &real {
        Value::List(_) => !one_node,
        // A listpack keeps no sign of zero, and since 7.2 a big ZADD begins without one.
        Value::ZSet(_) => encoding == b"listpack" || has_negative_zero(&ours),
        _ => encoding == b"hashtable" || !same_kind,
    };
    excused && real == ours
}

fn has_negative_zero(value: &Value) -> bool {
    matches!(value, Value::ZSet(zset) if zset.iter().any(|(_, score)| score == 0.0 && score.is_sign_negative()))
}

/// The names of the fields that both have with different values; `None` when all agree.
fn disagreeing_fields(real: &Tree, ours: &Tree) -> Option<String> {
    if !real.same_kind(ours) || !ours.children().len().is_multiple_of(2) {
        return Some("all, it is no map".into());
    }
    let value = |name: &Tree| ours.children().chunks(2).find(|pair| pair[0] == *name).and_then(|pair| pair.get(1));
    let wrong: Vec<String> = real
        .children()
        .chunks(2)
        .filter(|pair| value(&pair[0]).is_some_and(|value| Some(value) != pair.get(1)))
        .map(|pair| pair[0].summary(60))
        .collect();
    (!wrong.is_empty()).then(|| wrong.join(" "))
}

/// Redis leaves the order open when `BY` names no pattern and the key is a set, and among equals when `BY` is
/// combined with `ALPHA`. Without `STORE`, `ALPHA` also takes texts for equal that are the same up to a NUL.
fn sort_leaves_order_open(command: &[Vec<u8>], is_set: bool, replies: &[&Tree]) -> bool {
    let has = |word: &str| command.iter().any(|argument| argument.eq_ignore_ascii_case(word.as_bytes()));
    let patterned = command.windows(2).any(|pair| pair[0].eq_ignore_ascii_case(b"BY") && pair[1].contains(&b'*'));
    let has_nul = || replies.iter().any(|reply| reply.leaves().iter().any(|leaf| leaf.contains(&0)));
    (has("BY") && if patterned { has("ALPHA") } else { is_set }) || (has("ALPHA") && has_nul())
}

/// Whether our random draw has the properties of the real one: as many, of what there is, and each once unless the
/// count is negative.
fn random(command: &[Vec<u8>], real: &Tree, ours: &Tree, from: &Tree) -> Option<String> {
    let pairs = command
        .iter()
        .any(|argument| argument.eq_ignore_ascii_case(b"WITHVALUES") || argument.eq_ignore_ascii_case(b"WITHSCORES"));
    // What was asked holds pairs for hashes and sorted sets, also when only the first of each is drawn.
    let has_pairs = !matches!(name(command).as_str(), "SRANDMEMBER" | "SPOP" | "RANDOMKEY");
    let pool = from.leaves();
    // Members that are numbers are compared as such, so that two may count as one.
    let mut pool_counts: BTreeMap<&[&[u8]], usize> = BTreeMap::new();
    for group in pool.chunks(1 + usize::from(has_pairs)) {
        *pool_counts.entry(&group[..group.len().min(1 + usize::from(pairs))]).or_default() += 1;
    }
    let drawn = ours.leaves();
    let drawn: Vec<&[&[u8]]> = drawn.chunks(1 + usize::from(pairs)).collect();
    if !real.same_outline(ours) {
        return Some("as many should be drawn, in the same form".into());
    }
    if !ours.is_null() && drawn.iter().any(|group| !pool_counts.contains_key(group)) {
        return Some("something was drawn that is not there".into());
    }
    let repeats = command.get(2).is_some_and(|count| count.starts_with(b"-"));
    let count = |group: &&[&[u8]]| drawn.iter().filter(|other| *other == group).count();
    let has_twice = |group| pool_counts.get(group).is_some_and(|&there| count(group) > there);
    (!repeats && drawn.iter().any(has_twice)).then(|| "something was drawn twice".into())
}

fn near(real: &Tree, ours: &Tree, most: i64) -> bool {
    match (real, ours) {
        (Tree::Leaf(real_leaf), Tree::Leaf(ours_leaf)) => match (real.integer(), ours.integer()) {
            (Some(real), Some(ours)) if real >= 0 && ours >= 0 => real.abs_diff(ours) <= most as u64,
            _ => real_leaf == ours_leaf,
        },
        (Tree::Node(_, real), Tree::Node(_, ours)) => {
            real.len() == ours.len() && real.iter().zip(ours).all(|(real, ours)| near(real, ours, most))
        }
        _ => false,
    }
}
