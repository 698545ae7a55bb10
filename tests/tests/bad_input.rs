//! Whatever is fed in is answered or refused; it never panics, and a refused file changes nothing. Replays the
//! corpus of every target, then what lies near it: each input cut, spliced and with bytes changed, by fixed seeds.

use std::path::{Path, PathBuf};

use engine::base::Random;
use tests::targets::{TARGETS, TURN, Target};

/// How many changed inputs each target gets.
const CHANGED: usize = 4_000;

/// What stands at the edges of what the formats hold: signs, numbers, lengths.
const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"-1",
    b"2147483648",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"1e309",
    b"nan",
    b"\xff\xff\xff\xff",
    b"\x81\xff\xff\xff\xff\xff\xff\xff\xff",
    b"[..]",
    b"```",
    &[TURN],
];

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

fn target(name: &str) -> Target {
    *TARGETS.iter().find(|(known, _)| *known == name).unwrap()
}

fn check(name: &str) {
    let (_, run) = target(name);
    let inputs = corpus(name);
    assert!(inputs.len() > 2, "the corpus of {name} is gone");
    for (path, bytes) in &inputs {
        println!("{}", path.display());
        run(bytes);
    }
    let mut random = Random::new(1);
    for number in 0..CHANGED {
        let input = changed(&inputs, &mut random);
        // Shown only when the target panics.
        println!("changed input {number}: {}", input.escape_ascii());
        run(&input);
    }
    println!("{name}: {} inputs and {CHANGED} changed ones", inputs.len());
}

fn changed(inputs: &[(PathBuf, Vec<u8>)], random: &mut Random) -> Vec<u8> {
    let mut input = inputs[random.index(inputs.len())].1.clone();
    for _ in 0..1 + random.index(4) {
        let at = random.index(input.len() + 1);
        match random.below(7) {
            0 => input.truncate(at),
            1 => input.insert(at, random.next_u32() as u8),
            2 if at < input.len() => input[at] = random.next_u32() as u8,
            3 if at < input.len() => input[at] ^= 1 << random.below(8),
            4 if at < input.len() => drop(input.remove(at)),
            5 => drop(input.splice(at..at, PIECES[random.index(PIECES.len())].iter().copied())),
            _ => {
                let other = &inputs[random.index(inputs.len())].1;
                let from = random.index(other.len() + 1);
                let to = from + random.index(other.len() - from + 1);
                input.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    input
}

#[test]
fn resp() {
    check("resp");
}

#[test]
fn commands() {
    check("commands");
}

#[test]
fn rdb() {
    check("rdb");
}

#[test]
fn restore() {
    check("restore");
}

#[test]
fn aof() {
    check("aof");
}

#[test]
fn config() {
    check("config");
}

#[test]
fn acl() {
    check("acl");
}

#[test]
fn lessons() {
    check("lessons");
}

#[test]
fn lua() {
    check("lua");
}

#[test]
fn lua_api() {
    check("lua-api");
}

/// No target goes without a test.
#[test]
fn every_target_is_replayed() {
    let text = include_str!("bad_input.rs");
    for (name, _) in TARGETS {
        assert!(text.contains(&format!("check(\"{name}\")")), "{name}");
    }
}

#[test]
fn random_bytes() {
    let mut random = Random::new(2);
    for _ in 0..2_000 {
        let length = random.index(200);
        let bytes: Vec<u8> = (0..length).map(|_| random.next_u32() as u8).collect();
        for (_, run) in TARGETS {
            run(&bytes);
        }
    }
}
