//! How the two replies to a command are compared: declared once per command, in [`RULES`]. Everything not listed
//! must be equal byte for byte.

use crate::reply::Tree;

/// What "the same reply" means for a command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Byte for byte.
    Exact,
    /// The same elements in any order.
    Unordered,
    /// The same groups of `n` neighbouring elements in any order (in RESP3 a map's pairs are groups already).
    UnorderedGroups(usize),
    /// In order when the first key has a compact encoding on the real server, else in any order; groups of `n`.
    OrderedWhenCompact(usize),
    /// `SORT`: any order when the reply's order is left open (`BY nosort` and ties), exact otherwise.
    Sort,
    /// A cursor command: both sides are walked to the end, and what they returned must be the same set.
    Scan(Cursor),
    /// Random elements of the first key.
    RandomElements,
    /// Random elements that are removed; each side then removes what the other took.
    RandomPop,
    /// A random key.
    RandomKey,
    /// Integers (anywhere in the reply) up to this far apart; negative ones must be equal.
    Near(i64),
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
const SECONDS: Rule = Rule::Near(2);
const MILLISECONDS: Rule = Rule::Near(2_000);

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
    ("OBJECT IDLETIME", SECONDS),
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
    ("HELLO", Rule::FieldsExcept(&["version", "id"], "we are a 7.4 with clients of our own")),
    ("CLIENT ID", Rule::Shape("ids count connections")),
    ("CLIENT INFO", Rule::Shape("names sockets and buffers")),
    ("CLIENT LIST", Rule::Shape("names sockets and buffers")),
    ("CLIENT HELP", Rule::Ignored("help is in our own words")),
    ("COMMAND", Rule::Ignored("compared command by command in command_docs.rs")),
    ("COMMAND COUNT", Rule::Shape("we are a 7.4")),
    ("COMMAND LIST", Rule::Ignored("we are a 7.4; compared in command_docs.rs")),
    ("COMMAND INFO", Rule::Ignored("compared in command_docs.rs")),
    ("COMMAND DOCS", Rule::Ignored("compared in command_docs.rs")),
    ("COMMAND HELP", Rule::Ignored("help is in our own words")),
    ("CONFIG HELP", Rule::Ignored("help is in our own words")),
    ("CONFIG GET", Rule::UnorderedGroups(2)),
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
}

/// The difference between two replies by a rule that needs nothing but the replies, or `None`.
/// `ordered`: what is known about the first key's encoding, for [`Rule::OrderedWhenCompact`].
pub fn difference(rule: Rule, command: &[Vec<u8>], real: &[u8], ours: &[u8], ordered: bool) -> Option<String> {
    if real == ours {
        return None;
    }
    let (Some(real), Some(ours)) = (Tree::parse(real), Tree::parse(ours)) else {
        return Some("not a whole reply".into());
    };
    if real.is_error() || ours.is_error() {
        let excused = matches!(rule, Rule::Ignored(_)) && real.is_error() == ours.is_error();
        return (!excused).then(|| "errors differ".into());
    }
    let same = match rule {
        Rule::Ignored(_) => true,
        Rule::Unordered => real.sorted(1) == ours.sorted(1),
        Rule::UnorderedGroups(group) => real.sorted(group) == ours.sorted(group),
        Rule::OrderedWhenCompact(group) => !ordered && real.sorted(group) == ours.sorted(group),
        Rule::Sort => sort_leaves_order_open(command) && real.sorted(1) == ours.sorted(1),
        Rule::Near(most) => near(&real, &ours, most),
        Rule::Shape(_) => real.same_shape(&ours),
        Rule::FieldsExcept(fields, _) => real.without_fields(fields) == ours.without_fields(fields),
        _ => false,
    };
    (!same).then(|| match rule {
        Rule::Exact | Rule::OrderedWhenCompact(_) | Rule::Sort => "replies differ".into(),
        other => format!("replies differ even by the rule {other:?}"),
    })
}

/// `BY` a pattern leaves ties open (redis compares only the weights when `ALPHA` looks them up), and a pattern
/// without `*` means no sorting at all.
fn sort_leaves_order_open(command: &[Vec<u8>]) -> bool {
    command.iter().any(|argument| argument.eq_ignore_ascii_case(b"BY"))
}

fn near(real: &Tree, ours: &Tree, most: i64) -> bool {
    match (real, ours) {
        (Tree::Leaf(real), Tree::Leaf(ours)) => {
            let number = |leaf: &[u8]| {
                leaf.first().filter(|kind| **kind == b':')?;
                std::str::from_utf8(leaf).ok()?.trim_start_matches(':').trim_end().parse::<i64>().ok()
            };
            match (number(real), number(ours)) {
                (Some(real), Some(ours)) if real >= 0 && ours >= 0 => real.abs_diff(ours) <= most as u64,
                _ => real == ours,
            }
        }
        (Tree::Node(_, real), Tree::Node(_, ours)) => {
            real.len() == ours.len() && real.iter().zip(ours).all(|(real, ours)| near(real, ours, most))
        }
        _ => false,
    }
}
