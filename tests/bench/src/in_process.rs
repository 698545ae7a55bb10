//! The engine in this process, fed with commands in pieces of a hundred.

use crate::workload::{BATCH, Workload};
use engine::{Engine, Options, Output, Time};
use std::time::Instant;

/// Different pieces; a long run repeats them.
pub const PIECES: usize = 2_000;

/// Operations a second over this many commands.
pub fn measure(workload: &Workload, commands: usize) -> Result<f64, String> {
    let config = vec![("save".to_string(), String::new())];
    let now = Time(1_700_000_000_000);
    let options = Options { seed: 1, config, events: false };
    let mut engine = Engine::new(options, now).map_err(|error| error.to_string())?;
    let client = engine.connect(now);
    let mut feed = |bytes: &[u8]| {
        engine.receive(client, bytes, now);
        while let Some(output) = engine.poll() {
            if let Output::Reply { bytes, .. } = output
                && bytes.first() == Some(&b'-')
            {
                return Err(format!("{}: {}", workload.name, String::from_utf8_lossy(&bytes)));
            }
        }
        Ok(())
    };
    feed(&workload.prepare(commands))?;
    let pieces = commands.div_ceil(BATCH);
    let batches = workload.batches(pieces.min(PIECES));
    let began = Instant::now();
    for batch in batches.iter().cycle().take(pieces) {
        feed(batch)?;
    }
    Ok((pieces * BATCH) as f64 / began.elapsed().as_secs_f64())
}
