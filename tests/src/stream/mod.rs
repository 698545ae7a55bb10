//! Seeded streams of commands, written down per family as the commands' own grammar.
//!
//! The same family, seed and length give the same stream on every machine. Streams know no replies and no state:
//! a small key space makes types, sizes and missing keys collide by themselves.

pub(crate) mod arguments;
mod families;
pub(crate) mod grammar;
mod scripts;

use crate::wire::{self, Command};
use arguments::Arguments;
use engine::base::Random;
pub use families::{FAMILIES, Family, family};
use grammar::Form;
use std::collections::BTreeSet;

/// What decides a stream.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    pub family: &'static Family,
    pub seed: u64,
    pub length: usize,
    /// Whether a command (`"GET"`, `"OBJECT ENCODING"`) may appear.
    pub allowed: &'a dyn Fn(&str) -> bool,
}

/// The stream of a plan: a prelude that puts one key of each type in place, then `length` commands.
pub fn generate(plan: &Plan) -> Vec<Command> {
    let mut random = Random::new(plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ plan.family.name.len() as u64);
    let mut commands = Vec::new();
    for line in prelude(&mut random) {
        if (plan.allowed)(&name(&line)) {
            commands.push(line);
        }
    }
    let prepared = commands.len();
    // Mixed streams change connection and settings less often than data.
    let families: Vec<&Family> = match plan.family.forms {
        [] => FAMILIES
            .iter()
            .flat_map(|family| {
                let often = match family.name {
                    // Most commands of a user with few permissions are refused.
                    // The versions' digests of scores differ.
                    "acl" | "debug" => 0,
                    "connection" | "introspection" | "server" | "scripting" => 1,
                    _ => 4,
                };
                std::iter::repeat_n(family, if family.forms.is_empty() { 0 } else { often })
            })
            .collect(),
        _ => vec![plan.family],
    };
    let tables: Vec<(&Family, Vec<Form>)> = families
        .into_iter()
        .map(|family| (family, grammar::parse_all(family.forms, plan.allowed)))
        .filter(|(_, forms)| !forms.is_empty())
        .collect();
    if tables.is_empty() {
        return Vec::new();
    }
    for _ in 0..plan.length {
        let (family, forms) = &tables[random.index(tables.len())];
        let mut command = if random.below(60) == 0 {
            switch(&mut random)
        } else {
            let mut arguments = Arguments::new(&mut random, family.keys);
            grammar::sample(forms, &mut arguments)
        };
        // A broken command could give its members different scores.
        let even = command.iter().any(|word| word.len() == 2 && word[0] == b'x');
        if random.below(14) == 0 && !even {
            mutate(&mut command, &mut random, family.keys);
        }
        defuse(&mut command);
        tame_script(&mut command);
        track_nothing(&mut command);
        if (plan.allowed)(&name(&command)) || command.len() == 1 {
            commands.push(command);
        }
    }
    stay_below_hints(&mut commands, prepared);
    commands
}

/// What rules and limits of a command do for it, done for commands that a script calls: an ID that the clock gives differs
/// between two servers, and a string of half a gigabyte is a matter of time.
fn tame_script(command: &mut Command) {
    let is_script = command.first().is_some_and(|word| word.to_ascii_uppercase().starts_with(b"EVAL"));
    let calls = |name: &str| command.iter().any(|word| word.eq_ignore_ascii_case(name.as_bytes()));
    let (adds, grows) = (calls("XADD"), calls("SETBIT") || calls("SETRANGE"));
    let is_far = |word: &[u8]| std::str::from_utf8(word).ok().and_then(|word| word.parse::<u64>().ok()) > Some(100_000);
    for word in command.iter_mut().filter(|_| is_script) {
        if adds && word == b"*" {
            *word = b"250-*".to_vec();
        } else if grows && is_far(word) {
            *word = b"1000".to_vec();
        }
    }
}

/// Since 7.2 the number of elements that a command is about to add decides about the encoding, even when it names
/// the same element twice or elements that are there; before, only what was really added counted (known differences).
/// Commands that exceed the smallest limit of the stream therefore name nothing twice, and do not exceed it at all
/// when it was set after the first `prepared` commands, or when they add nothing.
fn stay_below_hints(commands: &mut [Command], prepared: usize) {
    let mut smallest = 128;
    let mut lowered = false;
    for (index, command) in commands.iter_mut().enumerate().filter(|(_, command)| name(command) == "CONFIG SET") {
        for word in command.iter_mut() {
            if index >= prepared && word == b"0" {
                *word = b"2".to_vec();
            }
            if let Some(limit) = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok()) {
                lowered |= index >= prepared;
                smallest = smallest.min(limit);
            }
        }
    }
    for command in commands {
        let only_old = command.iter().any(|word| word.eq_ignore_ascii_case(b"XX"));
        let (first, group, element, by_addition) = match name(command).as_str() {
            "HSET" | "HMSET" => (2, 2, 0, true),
            "SADD" => (2, 1, 0, false),
            "ZADD" => {
                let flag = |word: &&Vec<u8>| {
                    let flags = ["NX", "XX", "GT", "LT", "CH", "INCR"];
                    flags.iter().any(|flag| flag.as_bytes().eq_ignore_ascii_case(word))
                };
                (2 + command.iter().skip(2).take_while(flag).count(), 2, 1, false)
            }
            "GEOADD" => {
                let flag =
                    |word: &&Vec<u8>| ["NX", "XX", "CH"].iter().any(|flag| flag.as_bytes().eq_ignore_ascii_case(word));
                (2 + command.iter().skip(2).take_while(flag).count(), 3, 2, false)
            }
            _ => continue,
        };
        let Some((head, tail)) = command.split_at_checked(first) else { continue };
        if tail.len() / group <= smallest {
            continue;
        }
        let mut seen = BTreeSet::new();
        let groups = tail.chunks(group).filter(|group| group.get(element).is_none_or(|element| seen.insert(element)));
        let most = if (lowered && !by_addition) || only_old { smallest.max(1) } else { usize::MAX };
        let groups = groups.take(most);
        *command = [head, &groups.flatten().cloned().collect::<Vec<_>>()].concat();
    }
}

/// Every real command that some form is about.
pub fn names() -> BTreeSet<String> {
    let names = FAMILIES.iter().flat_map(|family| family.forms).map(|form| grammar::command_of(form));
    names.filter(|name| !name.is_empty() && name != "NOSUCH").collect()
}

/// The name a rule or an allowance goes by: the command, with its subcommand for containers, in upper case.
pub fn name(command: &[Vec<u8>]) -> String {
    let upper = |argument: &Vec<u8>| String::from_utf8_lossy(argument).to_ascii_uppercase();
    let first = command.first().map(upper).unwrap_or_default();
    match (first.as_str(), command.get(1)) {
        (
            "ACL" | "PUBSUB" | "OBJECT" | "CLIENT" | "CONFIG" | "MEMORY" | "COMMAND" | "DEBUG" | "LATENCY" | "SLOWLOG"
            | "XGROUP" | "XINFO" | "FUNCTION" | "SCRIPT",
            Some(second),
        ) => {
            format!("{first} {}", upper(second))
        }
        _ => first,
    }
}

/// One key of each type, often small limits, so that encodings change within a few commands, and often RESP3.
fn prelude(random: &mut Random) -> Vec<Command> {
    let mut commands = Vec::new();
    if random.below(2) == 0 {
        for setting in [
            "hash-max-listpack-entries",
            "set-max-intset-entries",
            "zset-max-listpack-entries",
            "list-max-listpack-size",
            "hash-max-listpack-value",
            "zset-max-listpack-value",
            "stream-node-max-entries",
        ] {
            if random.below(2) == 0 {
                let value = ["0", "1", "3", "8", "16", "20"][random.index(6)];
                commands.push(wire::command(&["CONFIG", "SET", setting, value]));
            }
        }
        if random.below(4) == 0 {
            let value = ["-1", "-5", "1", "2"][random.index(4)];
            commands.push(wire::command(&["CONFIG", "SET", "list-max-listpack-size", value]));
        }
        if random.below(4) == 0 {
            let value = ["0", "1", "60", "150"][random.index(4)];
            commands.push(wire::command(&["CONFIG", "SET", "stream-node-max-bytes", value]));
        }
        if random.below(3) == 0 {
            commands.push(wire::command(&["CONFIG", "SET", "list-compress-depth", ["1", "2"][random.index(2)]]));
        }
    }
    if random.below(3) == 0 {
        commands.push(wire::words("HELLO 3"));
    }
    for line in [
        "SET s1 10",
        "SET s2 ohmytext",
        "HSET h1 a 1 b 2 c 3",
        "RPUSH l1 a b c 1 2 3",
        "SADD t1 1 2 3",
        "SADD t2 a b c 1",
        "ZADD z1 1 a 2 b 3 c",
        "XADD q1 1-1 a 1 b 2",
    ] {
        if random.below(8) != 0 {
            commands.push(wire::words(line));
        }
    }
    commands
}

/// A change of protocol or database in the middle of things.
fn switch(random: &mut Random) -> Command {
    wire::words(["HELLO 3", "HELLO 2", "SELECT 0", "SELECT 1", "SELECT 2", "SELECT 0"][random.index(6)])
}

/// Breaks a command: wrong arity, wrong order, wrong words.
pub(crate) fn mutate(command: &mut Command, random: &mut Random, keys: &'static str) {
    let last = command.len() - 1;
    match random.below(7) {
        0 => command.truncate(1 + random.index(command.len())),
        1 if last > 0 => {
            command.remove(1 + random.index(last));
        }
        2 => {
            let extra = Arguments::new(random, keys).extra();
            command.push(extra);
        }
        3 if last > 0 => {
            let copy = command[1 + random.index(last)].clone();
            command.insert(1 + random.index(command.len()), copy);
        }
        4 if last > 1 => command.swap(1 + random.index(last), 1 + random.index(last)),
        _ if last > 0 => {
            let nasty = Arguments::new(random, keys).nasty();
            let at = 1 + random.index(last);
            command[at] = nasty;
        }
        _ => {}
    }
}

/// Takes out what would never end or race. Expiry times move away from the present, because a key must not expire on
/// one side a moment before the other: times in the past and far in the future stay, what lies between becomes far.
pub(crate) fn defuse(command: &mut Command) {
    let name = name(command);
    let number = |argument: &[u8]| std::str::from_utf8(argument).ok().and_then(|text| text.trim().parse::<i64>().ok());
    // Before 7.2 a HELLO took effect word by word, and a name stayed although what followed was refused.
    let position = |option: &[u8]| command.iter().position(|word| word.eq_ignore_ascii_case(option));
    let end = [position(b"SETNAME").map(|at| at + 2), position(b"AUTH").map(|at| at + 3)].into_iter().flatten().min();
    let threshold = position(b"latency-monitor-threshold");
    if let ("HELLO", Some(end)) = (name.as_str(), end) {
        command.truncate(end);
    }
    if name == "ACL SETUSER" {
        // Before 7.2 a selector that was opened in another began anew.
        let mut opened = false;
        command.retain(|word| {
            let opens = word.starts_with(b"(") && !word.ends_with(b")");
            let again = opened && opens;
            opened |= opens;
            !again
        });
    }
    if name == "CONFIG SET" && threshold.is_some() {
        // What takes so long is each server's own affair.
        *command = wire::words("CONFIG SET latency-monitor-threshold 1000000");
    }
    if name.starts_with("DEBUG ") {
        defuse_debug(&name, command);
    }
    if name == "WAIT" && command.len() == 3 {
        // For a replica that never comes it would wait as long as it is told.
        command[1] = if command[1].iter().all(u8::is_ascii_digit) { b"0".to_vec() } else { b"-1".to_vec() };
    }
    if name.starts_with("COMMAND GETKEYS") && command.len() > 4 && command[2].eq_ignore_ascii_case(b"ZUNIONSTORE") {
        // What is no number is read by another function then, which also lists the keys in another order.
        if !matches!(command[4].as_slice(), [b'0'..=b'9']) {
            command[4] = b"1".to_vec();
        }
    }
    if name == "XADD" {
        // An ID from the clock is another on each side, and so is all that follows from it.
        command.iter_mut().skip(2).filter(|word| *word == b"*").for_each(|word| *word = b"300-*".to_vec());
    }
    if matches!(name.as_str(), "SRANDMEMBER" | "HRANDFIELD" | "ZRANDMEMBER") && command.len() > 2 {
        // A negative count is how many are drawn, with repetition: the real server tries 2^63 of them.
        if number(&command[2]).is_some_and(|count| count < -10_000) {
            command[2] = b"-77".to_vec();
        }
    }
    if name == "MIGRATE" && command.len() > 2 {
        // A connection that is refused at once.
        (command[1], command[2]) = (b"127.0.0.1".to_vec(), b"1".to_vec());
    }
    if matches!(name.as_str(), "SETBIT" | "BITFIELD") {
        // A string of hundreds of megabytes is made and compared, but not within a test's time.
        for at in 2..command.len() {
            let is_offset = name == "SETBIT" || matches!(command[at - 1].first(), Some(b'i' | b'u'));
            let offset = command[at].strip_prefix(b"#").unwrap_or(&command[at]);
            if is_offset && number(offset).is_some_and(|offset| (1_000_000..5_000_000_000).contains(&offset)) {
                command[at].extend_from_slice(b"000000");
            }
        }
    }
    let positions: Vec<usize> = match name.as_str() {
        "EXPIRE" | "PEXPIRE" | "SETEX" | "PSETEX" | "RESTORE" | "RESTORE-ASKING" => vec![2],
        "SET" | "GETEX" => (2..command.len())
            .filter(|at| matches!(command[at - 1].to_ascii_uppercase().as_slice(), b"EX" | b"PX"))
            .collect(),
        _ => return,
    };
    for position in positions {
        let Some(argument) = command.get_mut(position) else { continue };
        if number(argument).is_some_and(|number| (1..1_000_000).contains(&number)) {
            argument.extend_from_slice(b"000000");
        }
    }
}

/// What is told beside replies is compared with several clients; to one alone it would take a reply's place.
fn track_nothing(command: &mut Command) {
    let has = |option: &[u8]| command.iter().any(|word| word.eq_ignore_ascii_case(option));
    let is_refused = has(b"OPTIN") && (has(b"OPTOUT") || has(b"BCAST"));
    if name(command) == "CLIENT TRACKING" {
        // Which clients there are differs; nobody has this number.
        let redirect = command.iter().position(|word| word.eq_ignore_ascii_case(b"REDIRECT"));
        if let Some(client) = redirect.and_then(|at| command.get_mut(at + 1)).filter(|client| *client != b"0") {
            *client = b"987654321".to_vec();
        }
    }
    if name(command) == "CLIENT TRACKING" && !is_refused {
        command.iter_mut().filter(|word| word.eq_ignore_ascii_case(b"ON")).for_each(|word| *word = b"OFF".to_vec());
    }
}

/// What would take long, take all memory or let time decide.
fn defuse_debug(name: &str, command: &mut Command) {
    let harmless: &[&[u8]] = match name {
        "DEBUG POPULATE" => &[b"0", b"3", b"17", b"-1", b"abc", b""],
        "DEBUG QUICKLIST-PACKED-THRESHOLD" => &[b"-1", b"abc", b"5gb", b"", b"0"],
        "DEBUG SET-ACTIVE-EXPIRE" | "DEBUG PAUSE-CRON" => &[b"0"],
        // What is sent beside the reply.
        "DEBUG PROTOCOL" => {
            command.retain(|word| ![&b"push"[..], b"attrib"].iter().any(|kind| word.eq_ignore_ascii_case(kind)));
            return;
        }
        _ => return,
    };
    let prefix = usize::from(name == "DEBUG POPULATE") * 3;
    for (_, word) in command.iter_mut().enumerate().skip(2).filter(|(at, _)| *at != prefix) {
        if !harmless.contains(&word.as_slice()) {
            *word = harmless[0].to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream() {
        for family in FAMILIES {
            let plan = Plan { family, seed: 7, length: 200, allowed: &|_| true };
            let first = generate(&plan);
            assert!(first.len() >= 150, "{}", family.name);
            assert_eq!(first, generate(&plan));
            assert_ne!(first, generate(&Plan { seed: 8, ..plan }));
        }
    }

    #[test]
    fn only_allowed_commands_appear() {
        let plan =
            Plan { family: family("mixed").unwrap(), seed: 1, length: 500, allowed: &|name| name.starts_with('Z') };
        let names: std::collections::BTreeSet<String> =
            generate(&plan).iter().filter(|command| command.len() > 1).map(|command| super::name(command)).collect();
        assert!(names.len() > 20, "{names:?}");
        assert!(names.iter().all(|name| name.starts_with('Z')), "{names:?}");
    }
}
