//! New seeds for the conformance streams: `cargo run -p tests --bin fuzz -- --family strings --minutes 2`.
//!
//! Every difference is shrunk and printed once per kind; then the command is left out and the stream goes on. The
//! exit code says whether there were any.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tests::compare::compare;
use tests::shrink;
use tests::side::{Ours, Real};
use tests::stream::{self, FAMILIES, Family, Plan};

const USAGE: &str = "\
usage: fuzz [--family NAME]... [--minutes N | --commands N] [--seed S] [--length N] [--all] [--only-existing]
  --family NAME     connection keys strings bitmaps hyperloglog hashes lists sets zsets geo streams server acl mixed;
                    all of them unless given
  --minutes N       how long; 1 unless --commands is given
  --commands N      how many commands
  --seed S          the first seed; from the clock unless given
  --length N        commands in a stream (150)
  --command NAME    only streams of this command and what it needs (repeatable)
  --all             show every difference, not one of each kind
  --only-existing   leave out the commands that the engine does not have, and say which";

struct Settings {
    families: Vec<&'static Family>,
    minutes: Option<f64>,
    commands: Option<usize>,
    seed: u64,
    length: usize,
    wanted: Vec<String>,
    all: bool,
    only_existing: bool,
}

fn main() -> ExitCode {
    tests::ended::ended_with(settings().and_then(|settings| run(&settings)))
}

fn settings() -> Result<Settings, String> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_millis() as u64);
    let mut settings = Settings {
        families: Vec::new(),
        minutes: None,
        commands: None,
        seed: clock % 1_000_000_000,
        length: 150,
        wanted: Vec::new(),
        all: false,
        only_existing: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"));
        let number = |text: String| text.parse::<f64>().map_err(|_| format!("{text} is no number\n{USAGE}"));
        match argument.as_str() {
            "--family" => {
                let name = value()?;
                settings.families.push(stream::family(&name).ok_or(format!("no family is called {name}\n{USAGE}"))?);
            }
            "--minutes" => settings.minutes = Some(number(value()?)?),
            "--commands" => settings.commands = Some(number(value()?)? as usize),
            "--seed" => settings.seed = number(value()?)? as u64,
            "--length" => settings.length = number(value()?)? as usize,
            "--command" => settings.wanted.push(value()?.to_ascii_uppercase()),
            "--all" => settings.all = true,
            "--only-existing" => settings.only_existing = true,
            _ => return Err(USAGE.into()),
        }
    }
    if settings.families.is_empty() {
        settings.families = FAMILIES.iter().collect();
    }
    Ok(settings)
}

/// What the engine's own table has, containers' subcommands as `OBJECT ENCODING`.
fn existing() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for command in engine::commands().iter().copied().flatten() {
        names.insert(command.name.to_ascii_uppercase());
        for subcommand in command.subcommands {
            names.insert(format!("{} {}", command.name, subcommand.name).to_ascii_uppercase());
        }
    }
    names
}

/// Runs until time or commands are used up; how many kinds of differences there were.
fn run(settings: &Settings) -> Result<usize, String> {
    // Panics are caught and shown as differences; their usual report would drown the rest.
    std::panic::set_hook(Box::new(|panic| {
        LAST_PANIC.with(|last| *last.borrow_mut() = panic.location().map(ToString::to_string).unwrap_or_default());
    }));
    let existing = existing();
    let missing = std::cell::RefCell::new(BTreeSet::new());
    let known = stream::names();
    let allowed = |name: &str| {
        // What no form is about (a broken subcommand) may be tried on anything.
        let has = !settings.only_existing || existing.contains(name) || !known.contains(name);
        if !has {
            missing.borrow_mut().insert(name.to_string());
        }
        has
    };
    let mut real = Real::start()?;
    let mut ours = Ours::new(settings.seed)?;
    let started = Instant::now();
    let end = settings.minutes.or(settings.commands.is_none().then_some(1.0));
    let end = end.map(|minutes| started + Duration::from_secs_f64(minutes * 60.0));
    let (mut commands, mut streams) = (0, 0);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    'all: for round in 0.. {
        for &family in &settings.families {
            if end.is_some_and(|end| Instant::now() >= end) || settings.commands.is_some_and(|most| commands >= most) {
                break 'all;
            }
            let seed = settings.seed + round;
            let plan = Plan { family, seed, length: settings.length, allowed: &allowed };
            let mut stream = stream::generate(&plan);
            if !settings.wanted.is_empty() {
                stream.retain(|command| wanted(settings, command));
            }
            streams += 1;
            // Without the command that differs, the rest of the stream still has something to say.
            for _ in 0..20 {
                commands += stream.len();
                let Some(difference) = compare(&stream, &mut real, &mut ours)? else { break };
                if settings.only_existing && difference.ours.starts_with(b"-ERR unknown command") {
                    break;
                }
                let kind = difference.signature();
                let seen = kinds.entry(kind).or_default();
                *seen += 1;
                if *seen == 1 || settings.all {
                    let shortest = shrink::shrink(&stream, &difference, &mut real, &mut ours)?;
                    println!("=== {}, seed {seed}", family.name);
                    println!("{}", shrink::show(&shortest));
                    if difference.why.starts_with("PANIC") {
                        println!("  at {}\n", LAST_PANIC.with(|last| last.borrow().clone()));
                    }
                }
                match difference.at {
                    Some(at) => drop(stream.remove(at)),
                    None => break,
                }
            }
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{commands} commands in {streams} streams from seed {} in {seconds:.1} s", settings.seed);
    let missing = missing.into_inner();
    if !missing.is_empty() {
        println!("left out, not there yet: {}", missing.into_iter().collect::<Vec<_>>().join(", "));
    }
    for (kind, count) in &kinds {
        println!("{count:6} x {kind}");
    }
    println!("{} kinds of differences", kinds.len());
    Ok(kinds.len())
}

/// `--command`: the named commands, and those that put data, protocol and settings in place.
fn wanted(settings: &Settings, command: &[Vec<u8>]) -> bool {
    let name = stream::name(command);
    let helps = ["SET", "HSET", "RPUSH", "SADD", "ZADD", "HELLO", "SELECT", "CONFIG SET"];
    settings.wanted.contains(&name) || helps.contains(&name.as_str())
}

thread_local! {
    static LAST_PANIC: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}
