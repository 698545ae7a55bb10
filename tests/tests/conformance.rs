//! The engine beside the real server on fixed seeds, family by family. New seeds: `cargo xtask fuzz`.
//!
//! A difference prints its family and seed, the shortest stream that shows it as one types it into redis-cli, and
//! both replies.

use std::ops::Range;

use tests::compare::compare;
use tests::shrink;
use tests::side::{Ours, OursOverTcp, Real, Side};
use tests::stream::{self, FAMILIES, Plan};

/// The seeds of every family.
const SEEDS: Range<u64> = 1..1001;
/// Commands in a stream, beside the few that prepare it.
const LENGTH: usize = 150;
/// What all families together run at least.
const AT_LEAST: usize = 200_000;
/// After so many differences a family gives up.
const MOST_SHOWN: usize = 5;

const _: () = assert!((SEEDS.end - SEEDS.start) as usize * LENGTH * FAMILIES.len() >= AT_LEAST);

fn check(family: &str) {
    let commands = compare_streams(family, SEEDS, &mut Ours::new(1).unwrap());
    assert!(commands >= AT_LEAST / FAMILIES.len(), "only {commands} commands");
}

/// Compares a stream for each seed; how many commands that were.
fn compare_streams(family: &str, seeds: Range<u64>, ours: &mut dyn Side) -> usize {
    let family = stream::family(family).unwrap();
    let mut real = Real::start().unwrap();
    let mut commands = 0;
    let mut shown = Vec::new();
    for seed in seeds.clone() {
        let stream = stream::generate(&Plan { family, seed, length: LENGTH, allowed: &|_| true });
        commands += stream.len();
        if let Some(difference) = compare(&stream, &mut real, ours).unwrap() {
            let shortest = shrink::shrink(&stream, &difference, &mut real, ours).unwrap();
            shown.push(format!("{}, seed {seed}:\n{}", family.name, shrink::show(&shortest)));
        }
        if shown.len() == MOST_SHOWN {
            break;
        }
    }
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    println!("{}: {commands} commands in {} streams, replies and data equal", family.name, seeds.count());
    commands
}

#[test]
fn connection() {
    check("connection");
}

#[test]
fn keys() {
    check("keys");
}

#[test]
fn strings() {
    check("strings");
}

#[test]
fn debug() {
    check("debug");
}

#[test]
fn introspection() {
    check("introspection");
}

#[test]
fn bitmaps() {
    check("bitmaps");
}

#[test]
fn hyperloglog() {
    check("hyperloglog");
}

#[test]
fn hashes() {
    check("hashes");
}

#[test]
fn lists() {
    check("lists");
}

#[test]
fn sets() {
    check("sets");
}

#[test]
fn sorted_sets() {
    check("zsets");
}

#[test]
fn geo() {
    check("geo");
}

#[test]
fn streams() {
    check("streams");
}

#[test]
fn server() {
    check("server");
}

#[test]
fn acl() {
    check("acl");
}

#[test]
fn scripting() {
    check("scripting");
}

#[test]
fn mixed() {
    check("mixed");
}

/// The same through a socket: pipelines, pieces and closing are the server's part.
#[test]
fn through_the_server() {
    let mut ours = OursOverTcp::start(1).unwrap();
    for family in FAMILIES {
        compare_streams(family.name, 1..31, &mut ours);
    }
}
