//! The harness itself: a real server compared with another real server must never differ, so every difference the
//! other tests find is one of the engine's.

use tests::compare::compare;
use tests::shrink;
use tests::side::Real;
use tests::stream::{self, FAMILIES, Plan};

#[test]
fn two_real_servers_never_differ() {
    let mut one = Real::start().unwrap();
    let mut other = Real::start().unwrap();
    let streams: u64 = std::env::var("STREAMS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    for family in FAMILIES {
        for seed in 0..streams {
            let stream = stream::generate(&Plan { family, seed, length: 300, allowed: &|_| true });
            if let Some(difference) = compare(&stream, &mut one, &mut other).unwrap() {
                let shortest = shrink::shrink(&stream, &difference, &mut one, &mut other).unwrap();
                panic!("{}, seed {seed}:\n{}", family.name, shrink::show(&shortest));
            }
        }
    }
}
