//! Several clients at once, on both servers: after each step, everything that every client was sent is compared byte
//! for byte, whether it asked for it or not.
//!
//! A step is a command whose first word names the client that sends it: `b RPUSH l1 x`. The word `{c}` among the
//! arguments stands for the id of the client `c`, and `b DISCONNECT` ends a connection. A client connects when it is
//! first named, and again after its connection has ended.
//!
//! Nothing here waits for time to pass: [`real`] proves by the server's own counters that a step has been worked off
//! and that all its output has arrived.

mod ours;
mod real;
mod streams;

use crate::compare::{self, Difference};
use crate::known;
use crate::reply::Tree;
use crate::rules::{self, Rule};
use crate::scores;
use crate::shrink::{self, Shortest};
use crate::stream::name;
use crate::wire::{self, Command};
pub use ours::OurStage;
pub use real::RealStage;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
pub use streams::{FAMILIES, Scene, announced, generate, scene};

/// What clients were sent, by name; [`CLOSED`] at the end if the connection ended.
pub type Heard = BTreeMap<String, Vec<u8>>;

/// Stands in what a client heard for the end of its connection. No reply looks like this.
pub const CLOSED: &[u8] = b"<closed>\r\n";

/// The word that makes a step the end of a connection.
pub const DISCONNECT: &[u8] = b"DISCONNECT";

/// One server with several connections to it.
pub trait Stage: crate::side::Side {
    /// No data, default settings, no clients.
    fn clear(&mut self) -> Result<(), String>;

    /// Lets a client send a command, and returns all that anybody was sent because of it.
    fn step(&mut self, client: &str, command: &[Vec<u8>]) -> Result<Heard, String>;

    /// How many lookups of keys have found one, and how many have not, since the start.
    fn lookups(&mut self) -> Result<(u64, u64), String>;
}

/// Runs the steps on both, and then reads all data. An `Err` means that the real side failed.
pub fn compare(steps: &[Command], real: &mut dyn Stage, ours: &mut dyn Stage) -> Result<Option<Difference>, String> {
    real.clear()?;
    ours.clear()?;
    let started = Instant::now();
    let mut before = (real.lookups()?, ours.lookups()?);
    // The commands of each client that are not answered yet.
    let mut pending: BTreeMap<String, Vec<Command>> = BTreeMap::new();
    let mut queued: BTreeMap<String, Vec<Command>> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        let Some((client, command)) = step.split_first().filter(|(_, command)| !command.is_empty()) else { continue };
        if pauses_everything(command) || names_by_number(command) {
            continue;
        }
        let client = String::from_utf8_lossy(client).into_owned();
        let differs = |why: String, real: Vec<u8>, ours: Vec<u8>| Difference {
            at: Some(at),
            command: command.to_vec(),
            real,
            ours,
            why,
        };
        let waiting = pending.clone();
        let from_real = real.step(&client, command).map_err(|text| {
            format!("{text}\n{}", steps[..=at].iter().map(shrink::typed).collect::<Vec<_>>().join("\n"))
        })?;
        let from_ours = match ours.step(&client, command) {
            Ok(heard) => heard,
            Err(why) => return Ok(Some(differs(why, Vec::new(), Vec::new()))),
        };
        if command[0] == DISCONNECT {
            pending.remove(&client);
            queued.remove(&client);
        } else {
            pending.entry(client.clone()).or_default().push(command.to_vec());
        }
        let names: BTreeSet<&String> = from_real.keys().chain(from_ours.keys()).collect();
        let heard = |name: &String| {
            let (real, ours) = (from_real.get(name), from_ours.get(name));
            (real.map_or(&[][..], Vec::as_slice), ours.map_or(&[][..], Vec::as_slice))
        };
        let parts_for_good_reason = |name: &String| {
            let (real, ours) = heard(name);
            real != ours
                && waiting.get(name).is_some_and(|waiting| waiting.iter().any(known::looks_again))
                && !same_replies(real, ours)
        };
        let shows_within = |real: &Vec<u8>| {
            parts(real).is_some_and(|parts| parts.iter().any(|part| known::shows_within(command, part)))
        };
        if names.iter().any(|name| parts_for_good_reason(name)) || from_real.values().any(shows_within) {
            return Ok(None);
        }
        for name in names {
            let (real, ours) = heard(name);
            let pending = pending.entry(name.clone()).or_default();
            let queued = queued.entry(name.clone()).or_default();
            let tells_in_any_order = matches!(crate::stream::name(command).as_str(), "SCAN" | "SORT" | "SORT_RO");
            if let Some(why) = difference(pending, queued, real, ours, tells_in_any_order, started) {
                return Ok(Some(differs(format!("to {name}: {why}"), real.to_vec(), ours.to_vec())));
            }
        }
        // Who monitors already is not answered when he asks for it again.
        let unanswered = pending.entry(client).or_default();
        if unanswered.len() == 1 {
            unanswered.pop_if(|last| name(last) == "MONITOR");
        }
        let now = (real.lookups()?, ours.lookups()?);
        let by = |before: (u64, u64), now: (u64, u64)| (now.0 - before.0, now.1 - before.1);
        let (real, ours) = (by(before.0, now.0), by(before.1, now.1));
        before = now;
        if real != ours
            && !waiting.values().flatten().any(known::looks_again_and_counts)
            && !known::counts_otherwise(command)
        {
            let show = |(hits, misses)| format!("+{hits} hits, {misses} misses\r\n").into_bytes();
            return Ok(Some(differs("lookups are counted differently".into(), show(real), show(ours))));
        }
    }
    let data = compare::data(as_side(real), as_side(ours))?;
    Ok(data.map(|difference| Difference { at: None, ..difference }))
}

/// Whether a command holds back the questions of the comparison too, or for a time that passes meanwhile.
fn pauses_everything(command: &[Vec<u8>]) -> bool {
    let is_harmless = |arguments: &[Vec<u8>]| match arguments {
        [length, mode] => length == b"100000" && mode.eq_ignore_ascii_case(b"WRITE"),
        _ => false,
    };
    name(command) == "CLIENT PAUSE" && !is_harmless(&command[2..])
}

/// Whether a command names a client by a number, which means another one on each side, or speaks of one otherwise.
fn names_by_number(command: &[Vec<u8>]) -> bool {
    let is_id = |word: &Vec<u8>| !matches!(word[..], [] | [b'0', ..]) && word.iter().all(u8::is_ascii_digit);
    let takes_id = matches!(name(command).as_str(), "CLIENT KILL" | "CLIENT TRACKING" | "CLIENT UNBLOCK");
    let is_client = |word: &Vec<u8>| matches!(word[..], [b'{', _, b'}']);
    command.iter().any(|word| if takes_id { is_id(word) } else { is_client(word) })
}

fn as_side(stage: &mut dyn Stage) -> &mut dyn crate::side::Side {
    stage
}

/// Why what one client was sent differs; takes the commands that this answers from `pending`. `in_any_order`: the
/// command came across keys in the order of a table, and so did what was told of them.
fn difference(
    pending: &mut Vec<Command>,
    queued: &mut Vec<Command>,
    real: &[u8],
    ours: &[u8],
    in_any_order: bool,
    started: Instant,
) -> Option<String> {
    let real_parts = parts(real);
    let ours_parts = parts(ours);
    let (Some(real_parts), Some(ours_parts)) = (real_parts, ours_parts) else {
        return Some("not a row of whole replies".into());
    };
    // What is pushed comes after the reply since 7.2, and answers no command; but to SUBSCRIBE and the like, which
    // nothing else answers.
    let replies = real_parts.iter().filter(|part| !is_message(part)).count();
    let mut answered: Vec<Command> = pending.drain(..replies.min(pending.len())).collect();
    if real.ends_with(CLOSED) {
        pending.clear();
    }
    let same = real == ours;
    if same && replies <= 1 && answered.is_empty() {
        return None;
    }
    let ordered = |parts: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
        let (mut messages, replies): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| is_message(part));
        // One publication that fits several patterns comes in the order of a table.
        for same in messages.chunk_by_mut(|one, other| published(one).is_some_and(|it| Some(it) == published(other))) {
            same.sort();
        }
        if in_any_order {
            messages.sort();
        }
        replies.into_iter().chain(messages).collect()
    };
    let (real_parts, ours_parts) = (ordered(real_parts), ordered(ours_parts));
    if real_parts.len() != ours_parts.len() {
        return Some(format!("{} replies and messages, ours are {}", real_parts.len(), ours_parts.len()));
    }
    answered.reverse();
    let is_unsubscribe = answered.last().is_some_and(|command| name(command).ends_with("UNSUBSCRIBE"));
    if is_unsubscribe && !same {
        // Without names, in the order of a table; how many are left is counted in any case.
        return (!same_unsubscriptions(&real_parts, &ours_parts)).then(|| "replies differ".into());
    }
    for (real, ours) in real_parts.iter().zip(&ours_parts) {
        let command = if is_message(real) { None } else { answered.pop() };
        let commands = match &command {
            Some(command) if real == b"+QUEUED\r\n" => {
                queued.push(command.clone());
                vec![command.clone()]
            }
            Some(command) if name(command) == "EXEC" => std::mem::take(queued),
            // A transaction begins, or one that was not run ends.
            Some(command)
                if real.starts_with(b"+") && matches!(name(command).as_str(), "MULTI" | "DISCARD" | "RESET") =>
            {
                queued.clear();
                vec![command.clone()]
            }
            Some(command) => vec![command.clone()],
            None => Vec::new(),
        };
        if real == ours {
            continue;
        }
        if let Some(why) = reply_difference(command.as_ref(), &commands, real, ours, started) {
            return Some(why);
        }
    }
    None
}

/// Compares one reply by the rule of its command; the reply of EXEC by those of the queued ones.
fn reply_difference(
    command: Option<&Command>,
    queued: &[Command],
    real: &[u8],
    ours: &[u8],
    started: Instant,
) -> Option<String> {
    let Some(command) = command else {
        // It names a client by its number.
        let tells_of_redirection = |reply: &[u8]| reply.starts_with(b">2\r\n$21\r\ntracking-redir-broken\r\n");
        if tells_of_redirection(real) && tells_of_redirection(ours) {
            return None;
        }
        let as_numbers = |reply| Tree::parse(reply).map(|tree| scores::as_numbers(&tree));
        return (as_numbers(real) != as_numbers(ours)).then(|| "messages differ".into());
    };
    let one = |command: &Command, real: &[u8], ours: &[u8]| {
        let rule = rules::rule(&name(command));
        let left_to_others = matches!(
            rule,
            Rule::Scan(_)
                | Rule::StreamInfo
                | Rule::RandomElements
                | Rule::RandomKey
                | Rule::Encoding
                | Rule::OrderedWhenCompact(_)
                | Rule::Dump
        ) && real.first() != Some(&b'-')
            && ours.first() != Some(&b'-');
        if left_to_others || known::accepts(command, b"", real, ours) {
            return None;
        }
        let rule = if rule == Rule::RandomPop { Rule::Unordered } else { rule };
        // What is sorted may be a set, whose own order is open.
        let answer = if rule == Rule::Sort { &b"+set\r\n"[..] } else { b"" };
        rules::difference(rule, command, real, ours, answer, started.elapsed())
    };
    if name(command) != "EXEC" {
        return one(command, real, ours);
    }
    let (Some(real_tree), Some(ours_tree)) = (Tree::parse(real), Tree::parse(ours)) else {
        return Some("not one whole reply".into());
    };
    let (real_children, ours_children) = (children(real), children(ours));
    if real_tree.children().len() != ours_tree.children().len() || real_children.len() != queued.len() {
        return Some("replies differ".into());
    }
    let each = queued.iter().zip(real_children.iter().zip(&ours_children));
    each.filter_map(|(command, (real, ours))| one(command, real, ours)).next()
}

/// The raw elements of an array.
fn children(reply: &[u8]) -> Vec<Vec<u8>> {
    let end = reply.iter().position(|byte| *byte == b'\n').map_or(reply.len(), |at| at + 1);
    parts(&reply[end..]).unwrap_or_default()
}

/// Whether a reply answers no command: a message, or what MONITOR shows.
fn is_message(reply: &[u8]) -> bool {
    const KINDS: [&[u8]; 5] = [b"message", b"pmessage", b"smessage", b"invalidate", b"tracking-redir-broken"];
    let kind = Tree::parse(reply).and_then(|tree| tree.children().first()?.text().map(<[u8]>::to_vec));
    let is_line = reply.starts_with(b"+T [");
    is_line || (reply.len() > 10 && kind.is_some_and(|kind| KINDS.contains(&kind.as_slice())))
}

/// Channel and text of what was published, if it came by a pattern.
fn published(message: &[u8]) -> Option<Vec<Vec<u8>>> {
    let tree = Tree::parse(message)?;
    let [kind, _, channel, payload] = tree.children() else { return None };
    (kind.text()? == b"pmessage").then_some(())?;
    Some(vec![channel.text()?.to_vec(), payload.text()?.to_vec()])
}

/// Equal but for how scores are printed.
fn same_replies(real: &[u8], ours: &[u8]) -> bool {
    let numbers = |heard| {
        let parts = parts(heard)?;
        Some(parts.iter().map(|part| Tree::parse(part).map(|tree| scores::as_numbers(&tree))).collect::<Vec<_>>())
    };
    numbers(real) == numbers(ours)
}

/// Whether both lists tell of the same names, whatever their order, and of the same numbers.
fn same_unsubscriptions(real: &[Vec<u8>], ours: &[Vec<u8>]) -> bool {
    let taken_apart = |replies: &[Vec<u8>]| {
        let mut names = Vec::new();
        let mut counts = Vec::new();
        for reply in replies {
            let tree = Tree::parse(reply);
            let leaves: Vec<Vec<u8>> = tree.iter().flat_map(Tree::leaves).map(<[u8]>::to_vec).collect();
            names.push(leaves.get(..2).map(<[_]>::to_vec));
            counts.push(leaves.get(2..).map(<[_]>::to_vec));
        }
        names.sort();
        (names, counts)
    };
    taken_apart(real) == taken_apart(ours)
}

/// Cuts what a client heard into replies; the end of the connection is one.
fn parts(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let length = if bytes == CLOSED { CLOSED.len() } else { wire::reply_length(bytes).ok()?? };
        let (part, rest) = bytes.split_at(length);
        parts.push(part.to_vec());
        bytes = rest;
    }
    Some(parts)
}

/// The shortest row of steps that shows the same kind of difference.
pub fn shortest(
    steps: &[Command],
    difference: &Difference,
    real: &mut dyn Stage,
    ours: &mut dyn Stage,
) -> Result<Shortest, String> {
    shrink::shrink_by(steps, difference, &mut |steps| compare(steps, real, ours))
}

/// What a client heard, with the lines of MONITOR as both sides show them: no time, and names instead of addresses.
/// `name_of` tells a client's name by its address; lines of clients without one are left out.
fn shown_lines(heard: &[u8], name_of: &dyn Fn(&str) -> Option<String>) -> Vec<u8> {
    let Some(parts) = parts(heard) else { return heard.to_vec() };
    let mut shown = Vec::with_capacity(heard.len());
    for part in parts {
        let line = std::str::from_utf8(&part).ok().and_then(monitor_line);
        match line {
            None => shown.extend(without_times(part, name_of)),
            Some((database, address, rest)) => {
                if let Some(name) = name_of(address) {
                    shown.extend_from_slice(format!("+T [{database} {name}{rest}").as_bytes());
                }
            }
        }
    }
    shown
}

/// The real server cuts such lines into the reply to a transaction of one who monitors.
fn without_times(reply: Vec<u8>, name_of: &dyn Fn(&str) -> Option<String>) -> Vec<u8> {
    let Some(text) = std::str::from_utf8(&reply).ok().filter(|text| text.starts_with('*')) else { return reply };
    let line = |line: &str| match monitor_line(line) {
        Some((database, address, rest)) => {
            format!("+T [{database} {}{rest}", name_of(address).unwrap_or_default())
        }
        None => line.to_owned(),
    };
    text.split("\r\n").map(line).collect::<Vec<_>>().join("\r\n").into_bytes()
}

/// Takes `+1700000000.123456 [0 127.0.0.1:50000] "get" "k"` apart: database, address, and the rest from `]` on.
fn monitor_line(line: &str) -> Option<(&str, &str, &str)> {
    let (time, rest) = line.strip_prefix('+')?.split_once(" [")?;
    let (seconds, micros) = time.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(seconds) || !digits(micros) {
        return None;
    }
    let (place, _) = rest.split_once(']')?;
    let (database, address) = place.split_once(' ')?;
    Some((database, address, &rest[place.len()..]))
}
