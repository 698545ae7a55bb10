//! New seeds for several clients at once: `cargo run -p tests --bin several -- --scene blocking --minutes 1`.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tests::several::{self, FAMILIES, OurStage, RealStage, Scene};
use tests::{shrink, stream};

const USAGE: &str = "\
usage: several [--scene NAME]... [--family NAME]... [--minutes N] [--seed S] [--length N]
  --scene NAME   transactions blocking pauses pubsub tracking notifications monitor scripts 'tracked scripts'; all of them unless given
  --family NAME  whose commands the scene of notifications runs; all in turn unless given
  --minutes N    how long; 1 unless given
  --seed S       the first seed; 1 unless given
  --length N     steps in a row (80)";

fn main() -> ExitCode {
    tests::ended::ended_with(run())
}

fn run() -> Result<usize, String> {
    let mut scenes: Vec<&'static Scene> = Vec::new();
    let mut families = Vec::new();
    let (mut minutes, mut first, mut length) = (1.0, 1, 80);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"))?;
        let number = || value.parse::<f64>().map_err(|_| format!("{value} is no number\n{USAGE}"));
        match argument.as_str() {
            "--scene" => scenes.push(several::scene(&value).ok_or(format!("no scene is called {value}\n{USAGE}"))?),
            "--family" => families.push(stream::family(&value).ok_or(format!("no family is called {value}\n{USAGE}"))?),
            "--minutes" => minutes = number()?,
            "--seed" => first = number()? as u64,
            "--length" => length = number()? as usize,
            _ => return Err(USAGE.into()),
        }
    }
    if scenes.is_empty() {
        scenes = FAMILIES.iter().collect();
    }
    if families.is_empty() {
        families = several::announced().collect();
    }
    let mut real = RealStage::start()?;
    let mut ours = OurStage::new(first)?;
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = 0;
    'all: for seed in first.. {
        for scene in &scenes {
            let family = families[seed as usize % families.len()];
            let mut steps = several::generate(scene, family, seed, length);
            for _ in 0..10 {
                if Instant::now() >= end {
                    break 'all;
                }
                count += steps.len();
                let Some(difference) = several::compare(&steps, &mut real, &mut ours)? else { break };
                let seen = kinds.entry(difference.signature()).or_default();
                *seen += 1;
                if *seen == 1 {
                    let shortest = several::shortest(&steps, &difference, &mut real, &mut ours)?;
                    println!("=== {} {}, seed {seed}\n{}", scene.name, family.name, shrink::show(&shortest));
                }
                match difference.at {
                    Some(at) => drop(steps.remove(at)),
                    None => break,
                }
            }
        }
    }
    println!("{count} steps from seed {first}");
    for (kind, count) in &kinds {
        println!("{count:6} x {kind}");
    }
    Ok(kinds.len())
}
