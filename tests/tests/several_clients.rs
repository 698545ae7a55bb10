//! Several clients at once beside the real server on fixed seeds: all that each of them is sent after each step, the
//! lookups that were counted, and the data left behind. New seeds: `cargo run -p tests --bin several`.

use tests::several::{self, OurStage, RealStage};
use tests::{shrink, stream};

const STEPS: usize = 80;
const MOST_SHOWN: usize = 3;

fn check(scene: &str, seeds: std::ops::Range<u64>) {
    let scene = several::scene(scene).unwrap();
    let families: Vec<&stream::Family> = several::announced().collect();
    let (mut real, mut ours) = (RealStage::start().unwrap(), OurStage::new(1).unwrap());
    let (mut steps, mut shown) = (0, Vec::new());
    for seed in seeds.clone() {
        let family = families[seed as usize % families.len()];
        let row = several::generate(scene, family, seed, STEPS);
        steps += row.len();
        if let Some(difference) = several::compare(&row, &mut real, &mut ours).unwrap() {
            let shortest = several::shortest(&row, &difference, &mut real, &mut ours).unwrap();
            shown.push(format!("{} {}, seed {seed}:\n{}", scene.name, family.name, shrink::show(&shortest)));
        }
        if shown.len() == MOST_SHOWN {
            break;
        }
    }
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    assert!(steps >= STEPS * seeds.count());
    println!("{}: {steps} steps", scene.name);
}

#[test]
fn transactions() {
    check("transactions", 1..121);
}

#[test]
fn blocking() {
    check("blocking", 1..121);
}

#[test]
fn pauses() {
    check("pauses", 1..61);
}

#[test]
fn messages() {
    check("pubsub", 1..121);
}

#[test]
fn tracking() {
    check("tracking", 1..121);
}

/// The families in turn.
#[test]
fn notifications() {
    check("notifications", 1..121);
}

#[test]
fn monitors() {
    check("monitor", 1..61);
}

#[test]
fn scripts() {
    check("scripts", 1..121);
    check("tracked scripts", 1..61);
}
