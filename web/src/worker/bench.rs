//! How fast the engine is here: the same batches of commands fed again and again to an engine of its own.

use engine::{Engine, Options, Output};

use super::clock::Clock;
use crate::protocol::Bench;

/// Runs all batches `times` times and returns the milliseconds that took.
pub fn run(bench: &Bench, real_ms: f64, elapsed_ms: fn() -> f64) -> Result<f64, String> {
    let now = Clock::new(real_ms).now(real_ms);
    let options = Options { seed: 1, config: vec![("save".to_owned(), String::new())], events: false };
    let mut engine = Engine::new(options, now).map_err(|error| error.to_string())?;
    let client = engine.connect(now);
    let mut feed = |bytes: &[u8]| {
        engine.receive(client, bytes, now);
        let mut failed = None;
        loop {
            while let Some(output) = engine.poll() {
                if let Output::Reply { bytes, .. } = output
                    && bytes.first() == Some(&b'-')
                {
                    failed = Some(format!("the bench got an error: {}", super::print::text(&bytes)));
                }
            }
            // A long script runs slice by slice.
            if engine.deadline().is_none_or(|due| due > now) {
                return failed.map_or(Ok(()), Err);
            }
            engine.tick(now);
        }
    };
    feed(&bench.prepare)?;
    let began = elapsed_ms();
    for _ in 0..bench.times {
        for batch in &bench.batches {
            feed(batch)?;
        }
    }
    Ok(elapsed_ms() - began)
}
