//! Every command is described as Redis describes it: COMMAND INFO, DOCS, LIST and GETKEYS of the engine beside
//! those of the real server, for all commands that the engine has. Texts for people are our own and not compared.

use engine::command::syntax::ArgumentKind;
use engine::command::{Argument, Command};
use std::collections::BTreeMap;
use tests::reply::Tree;
use tests::side::{Ours, Real, Side};
use tests::wire;

/// Commands that Redis 7.0 does not have.
const NEWER_COMMANDS: &[&str] = &[
    "cluster|myshardid",
    "waitaof",
    "client|no-touch",
    "client|setinfo",
    "hexpire",
    "hexpireat",
    "hexpiretime",
    "hpersist",
    "hpexpire",
    "hpexpireat",
    "hpexpiretime",
    "hpttl",
    "httl",
];

/// What an argument of a newer Redis changes about a command: its name and its arity then and now.
const NEWER_ARITIES: &[(&str, i64, i64)] = &[("zrank", 3, -3), ("zrevrank", 3, -3)];

/// Flags that a newer Redis shows.
const NEWER_FLAGS: &[(&str, &str)] = &[
    ("eval", "may_replicate"),
    ("evalsha", "may_replicate"),
    ("fcall", "may_replicate"),
    ("pfcount", "may_replicate"),
    ("publish", "may_replicate"),
    ("spublish", "may_replicate"),
];

/// Commands that a newer Redis calls deprecated.
const NEWLY_DEPRECATED: &[&str] = &["psetex", "quit", "setex", "setnx"];

/// Commands that a newer Redis dates otherwise: their name, the version then and now.
const NEWLY_DATED: &[(&str, &str, &str)] = &[("client|pause", "2.9.50", "3.0.0")];

/// Commands that a newer Redis also runs while it loads.
const NEWLY_WHILE_LOADING: &[&str] = &["cluster|shards", "cluster|slots"];

/// Both servers, speaking RESP3.
struct Both {
    real: Real,
    ours: Ours,
}

impl Both {
    fn start() -> Both {
        let mut both = Both { real: Real::start().unwrap(), ours: Ours::new(1).unwrap() };
        both.ask("HELLO 3");
        both
    }

    /// The replies of the real server and of ours.
    fn ask(&mut self, line: &str) -> (Tree, Tree) {
        let command = engine::resp::split_line(line).unwrap();
        let one = |side: &mut dyn Side| {
            let reply = side.run(std::slice::from_ref(&command)).unwrap().remove(0);
            Tree::parse(&reply).unwrap_or_else(|| panic!("{line}: {}", wire::show(&reply)))
        };
        (one(&mut self.real), one(&mut self.ours))
    }

    /// Our commands and subcommands that the real server has too.
    fn shared_names(&mut self) -> Vec<String> {
        let (real, ours) = self.ask("COMMAND LIST");
        let real = names(&real);
        let (shared, newer): (Vec<String>, Vec<String>) =
            names(&ours).into_iter().partition(|name| real.contains(name));
        assert!(newer.iter().all(|name| NEWER_COMMANDS.contains(&name.as_str())), "unknown to Redis: {newer:?}");
        assert!(shared.len() > 50, "{shared:?}");
        shared
    }
}

fn names(list: &Tree) -> Vec<String> {
    list.children().iter().filter_map(|name| Some(String::from_utf8_lossy(name.text()?).into_owned())).collect()
}

/// The value of a field of a map.
fn field<'t>(map: &'t Tree, name: &str) -> Option<&'t Tree> {
    map.children().chunks(2).find(|pair| pair[0].text() == Some(name.as_bytes())).map(|pair| &pair[1])
}

/// A map with other values for some of its fields.
fn with_field(map: &Tree, name: &str, change: impl Fn(&Tree) -> Tree) -> Tree {
    let Tree::Node(kind, children) = map else { return map.clone() };
    let pairs = children.chunks(2).flat_map(|pair| {
        let value = if pair[0].text() == Some(name.as_bytes()) { change(&pair[1]) } else { pair[1].clone() };
        [pair[0].clone(), value]
    });
    Tree::Node(*kind, pairs.collect())
}

fn each(list: &Tree, change: impl Fn(&Tree) -> Tree) -> Tree {
    match list {
        Tree::Node(kind, children) => Tree::Node(*kind, children.iter().map(change).collect()),
        leaf => leaf.clone(),
    }
}

#[track_caller]
fn assert_same(what: &str, real: &Tree, ours: &Tree) {
    assert_eq!(real.summary(100_000), ours.summary(100_000), "{what}: the real server, then ours");
    assert_eq!(real, ours, "{what}");
}

#[test]
fn commands_have_the_same_arity_flags_keys_and_categories() {
    let mut both = Both::start();
    for name in both.shared_names() {
        let (real, ours) = both.ask(&format!("COMMAND INFO {name}"));
        let (mut real, mut ours) = (real.children()[0].children().to_vec(), ours.children()[0].children().to_vec());
        if let Some((_, then, now)) = NEWER_ARITIES.iter().find(|(newer, ..)| *newer == name) {
            assert_eq!((real[1].integer(), ours[1].integer()), (Some(*then), Some(*now)), "{name}");
            real[1] = ours[1].clone();
        }
        if let Some((_, flag)) = NEWER_FLAGS.iter().find(|(newer, _)| *newer == name)
            && let Tree::Node(_, flags) = &mut ours[2]
        {
            let before = flags.len();
            flags.retain(|shown| shown.text() != Some(flag.as_bytes()));
            assert_eq!(flags.len() + 1, before, "{name}: {flag}");
        }
        if NEWLY_WHILE_LOADING.contains(&name.as_str()) {
            let loading = |flags: &Tree| names(flags).contains(&"loading".to_string());
            assert!(!loading(&real[2]) && loading(&ours[2]), "{name}");
            real[2] = ours[2].clone();
        }
        // Notes are texts for people.
        real[8] = each(&real[8], |group| group.without_fields(&["notes"]));
        // Subcommands are compared by their own names; which ones there are is seen in the documentation.
        (real[9], ours[9]) = (Tree::Node(b'*', vec![]), Tree::Node(b'*', vec![]));
        assert_same(&name, &Tree::Node(b'*', real), &Tree::Node(b'*', ours));
    }
}

/// Arguments as Redis 7.0 documents them: without those that came later, and without the texts to display.
fn as_documented_in_7_0(arguments: &Tree) -> Tree {
    let Tree::Node(kind, arguments) = arguments else { return arguments.clone() };
    let is_newer = |argument: &&Tree| {
        let since = field(argument, "since").and_then(Tree::text).unwrap_or_default();
        since > b"7.0.15".as_slice()
    };
    let shown = arguments.iter().filter(|argument| !is_newer(argument)).map(|argument| {
        let shown = field(argument, "display_text").map(Tree::text);
        let is_group = field(argument, "arguments").is_some();
        assert!(is_group || shown.is_none_or(|text| text == field(argument, "name").and_then(Tree::text)));
        with_field(&argument.without_fields(&["display_text"]), "arguments", as_documented_in_7_0)
    });
    Tree::Node(*kind, shown.collect())
}

#[test]
fn commands_have_the_same_documentation() {
    let mut both = Both::start();
    for name in both.shared_names() {
        let (real, ours) = both.ask(&format!("COMMAND DOCS {name}"));
        let (real, ours) = (&real.children()[1], &ours.children()[1]);
        assert_eq!(field(real, "group"), field(ours, "group"), "{name}: group");
        let since = |docs| field(docs, "since").and_then(Tree::text);
        match NEWLY_DATED.iter().find(|(newer, ..)| *newer == name) {
            Some((_, then, now)) => {
                assert_eq!((since(real), since(ours)), (Some(then.as_bytes()), Some(now.as_bytes())), "{name}: since");
            }
            None => assert_eq!(since(real), since(ours), "{name}: since"),
        }
        for compared in ["doc_flags", "deprecated_since"] {
            if NEWLY_DEPRECATED.contains(&name.as_str()) {
                assert!(field(real, compared).is_none() && field(ours, compared).is_some(), "{name}: {compared}");
            } else {
                assert_eq!(field(real, compared), field(ours, compared), "{name}: {compared}");
            }
        }
        let deprecated = field(ours, "deprecated_since").is_some();
        assert_eq!(field(ours, "replaced_by").is_some(), deprecated, "{name}: replaced_by");
        assert!(field(ours, "summary").is_some(), "{name}: summary");
        let arguments =
            |docs: &Tree| field(docs, "arguments").map(as_documented_in_7_0).unwrap_or(Tree::Node(b'*', vec![]));
        assert_same(&name, &arguments(real), &arguments(ours));
        let subcommands = |docs: &Tree| -> Vec<String> {
            let map = field(docs, "subcommands").map(Tree::children).unwrap_or_default();
            map.chunks(2).map(|pair| String::from_utf8_lossy(pair[0].text().unwrap()).into_owned()).collect()
        };
        let known = subcommands(real);
        for subcommand in subcommands(ours) {
            let newer = NEWER_COMMANDS.contains(&subcommand.as_str());
            assert!(newer || known.contains(&subcommand), "{subcommand}");
        }
    }
}

#[test]
fn lists_are_filtered_alike() {
    let mut both = Both::start();
    let shared = both.shared_names();
    let (categories, _) = both.ask("ACL CAT");
    let mut filters: Vec<String> = names(&categories).iter().map(|name| format!("ACLCAT {name}")).collect();
    assert_eq!(filters.len(), 21);
    filters.extend(["ACLCAT nosuch", "ACLCAT READ", "MODULE x"].map(str::to_owned));
    filters.extend(["PATTERN x*", "PATTERN *GET*", "PATTERN config|*", "PATTERN get", "PATTERN *"].map(str::to_owned));
    for filter in filters {
        let (real, ours) = both.ask(&format!("COMMAND LIST FILTERBY {filter}"));
        let sorted = |list: &Tree| -> Vec<String> {
            let mut names = names(list);
            names.retain(|name| shared.contains(name));
            names.sort();
            names
        };
        assert_eq!(sorted(&real), sorted(&ours), "{filter}");
    }
}

#[test]
fn the_rest_answers_alike() {
    let mut both = Both::start();
    for line in [
        "COMMAND INFO nosuch",
        "COMMAND INFO command|nosuch",
        "COMMAND DOCS nosuch",
        "COMMAND DOCS nosuch nosuch|x",
        "COMMAND LIST x",
        "COMMAND LIST FILTERBY",
        "COMMAND LIST FILTERBY PATTERN",
        "COMMAND LIST FILTERBY BAD x",
        "COMMAND LIST FILTERBY PATTERN a b",
        "COMMAND COUNT x",
        "COMMAND HELP x",
        "COMMAND NOSUCH",
        "COMMAND GETKEYS",
        "COMMAND GETKEYS get",
        "COMMAND GETKEYS get a b",
        "COMMAND GETKEYS nosuch a",
        "COMMAND GETKEYS ping a",
        "COMMAND GETKEYS config get a",
        "COMMAND GETKEYS config nosuch a",
        "COMMAND GETKEYS command|info a",
        "COMMAND GETKEYS mset a b c",
    ] {
        let (real, ours) = both.ask(line);
        assert_same(line, &real, &ours);
    }
}

/// A linear congruential generator: enough to choose words.
struct Choice(u64);

impl Choice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Words that a person might type for these arguments; sometimes wrong ones.
fn type_arguments(arguments: &[Argument], choice: &mut Choice, words: &mut Vec<String>) {
    for argument in arguments {
        if argument.optional && choice.below(2) == 0 {
            continue;
        }
        let times = if argument.multiple { 1 + choice.below(3) } else { 1 };
        for time in 0..times {
            if time == 0 || argument.multiple_token {
                words.extend(argument.token.map(str::to_owned));
            }
            match argument.kind {
                ArgumentKind::PureToken => {}
                ArgumentKind::Block => type_arguments(&argument.arguments, choice, words),
                ArgumentKind::OneOf => {
                    let chosen = choice.below(argument.arguments.len());
                    type_arguments(&argument.arguments[chosen..=chosen], choice, words);
                }
                ArgumentKind::Integer => words.push(choice.below(4).to_string()),
                _ => words.push(format!("{}{}", argument.name, choice.below(100))),
            }
        }
    }
    if choice.below(10) == 0 {
        words.push(["STORE", "x", "GET", "0"][choice.below(4)].to_owned());
    }
}

#[test]
fn finds_the_same_keys_in_calls() {
    let mut both = Both::start();
    let shared = both.shared_names();
    let mut checked = BTreeMap::new();
    let mut check = |name: &str, command: &Command<engine::dispatch::Run>| {
        // Arguments of a newer Redis change what is a valid call.
        if !shared.contains(&name.to_owned()) || NEWER_ARITIES.iter().any(|(newer, ..)| *newer == name) {
            return;
        }
        let mut choice = Choice(checked.len() as u64);
        for _ in 0..40 {
            let mut words = vec![name.replace('|', " ")];
            type_arguments(&command.arguments(), &mut choice, &mut words);
            for asked in ["GETKEYS", "GETKEYSANDFLAGS"] {
                let line = format!("COMMAND {asked} {}", words.join(" "));
                let (real, ours) = both.ask(&line);
                assert_same(&line, &real, &ours);
                *checked.entry(real.is_error()).or_insert(0) += 1;
            }
        }
    };
    for command in engine::commands().iter().copied().flatten() {
        let name = command.name.to_lowercase();
        check(&name, command);
        for subcommand in command.subcommands {
            check(&format!("{name}|{}", subcommand.name.to_lowercase()), subcommand);
        }
    }
    assert!(checked[&false] > 1000 && checked[&true] > 100, "{checked:?}");
}

/// The usage that `redis-cli help` shows, without its colours.
fn usage_in_redis_cli(name: &str) -> String {
    let words: Vec<&str> = name.split(' ').collect();
    let output = std::process::Command::new("redis-cli").arg("help").args(words).output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    while let Some(start) = text.find('\x1b') {
        let end = start + text[start..].find('m').unwrap();
        text.replace_range(start..=end, "");
    }
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("  {name}"))).unwrap_or("unknown");
    line.trim().to_owned()
}

/// Takes out the arguments that came after Redis 7.0, at every depth.
fn leave_out_newer(arguments: &mut Vec<Argument>) {
    arguments.retain(|argument| argument.since.is_none_or(|since| since < "7.1"));
    arguments.iter_mut().for_each(|argument| leave_out_newer(&mut argument.arguments));
}

/// Commands whose arguments `redis-cli` 7.0 describes otherwise than the server of its own version, or whose
/// empty word it shows as nothing at all (MIGRATE).
const MISPRINTED_BY_REDIS_CLI: &[&str] = &["BITFIELD", "BITFIELD_RO", "MIGRATE", "REPLICAOF", "SLAVEOF"];

#[test]
fn usage_reads_as_in_redis_cli() {
    let check = |name: &str, command: &Command<engine::dispatch::Run>| {
        if NEWER_COMMANDS.contains(&name.replace(' ', "|").to_lowercase().as_str()) {
            return;
        }
        let mut arguments = command.arguments();
        leave_out_newer(&mut arguments);
        let (ours, shown) = (engine::command::usage::usage(&arguments), usage_in_redis_cli(name));
        if MISPRINTED_BY_REDIS_CLI.contains(&name) {
            assert_ne!(ours, shown, "{name} is no exception");
        } else {
            assert_eq!(ours, shown, "{name}");
        }
    };
    for command in engine::commands().iter().copied().flatten() {
        check(command.name, command);
        for subcommand in command.subcommands {
            check(&format!("{} {}", command.name, subcommand.name), subcommand);
        }
    }
}

#[test]
fn every_declaration_can_be_read() {
    let mut names = Vec::new();
    let mut check = |name: String, command: &Command<engine::dispatch::Run>, name_words: usize| {
        engine::command::syntax::parse(command.syntax).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(command.key_positions(name_words).len(), command.access.len(), "{name}: keys and access");
        assert!(!command.summary.is_empty(), "{name}: summary");
        assert!(command.run.is_some() || command.is_container(), "{name}: no handler");
        names.push(name);
    };
    for command in engine::commands().iter().copied().flatten() {
        check(command.name.to_owned(), command, 1);
        for subcommand in command.subcommands {
            check(format!("{}|{}", command.name, subcommand.name), subcommand, 2);
        }
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "a name is declared twice");
}
