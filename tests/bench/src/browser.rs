//! The page in Chromium: the engine in its worker, and how soon a first command is accepted.

use crate::in_process::PIECES;
use crate::workload::{BATCH, Workload};
use ::tests::browser::{Browser, Profile, start};
use serde_json::{Value, json};
use xtask::site::Site;

/// The page's measurement, ready to be asked.
pub struct Tab {
    // Dropped in this order: the browser writes into its profile to the end.
    browser: Browser,
    _profile: Profile,
}

impl Tab {
    /// Opens the site's measurement in a browser of its own.
    pub fn open(site: &Site) -> Result<Tab, String> {
        let profile = Profile::create()?;
        let tab = Tab { browser: Browser::start(&profile)?, _profile: profile };
        tab.browser.session().post("/url", &json!({ "url": format!("{}bench", site.url()) }))?;
        tab.run("while (!window.rediscoverBench) await new Promise((next) => requestAnimationFrame(next));", &[])?;
        Ok(tab)
    }

    fn run(&self, body: &str, arguments: &[Value]) -> Result<Value, String> {
        self.browser.session().script_to_its_end(body, arguments)
    }
}

/// Operations a second of the engine in the page's worker.
pub fn measure(tab: &Tab, workload: &Workload, commands: usize) -> Result<f64, String> {
    let pieces = commands.div_ceil(BATCH);
    let different = pieces.min(PIECES);
    let times = pieces.div_ceil(different);
    let prepare = workload.prepare(times * different * BATCH);
    let milliseconds = milliseconds(tab, &prepare, &workload.batches(different), times)?;
    Ok((times * different * BATCH) as f64 / milliseconds * 1_000.0)
}

/// Milliseconds that the engine in the page's worker takes for each of these pieces, `times` times, after `prepare`.
pub fn milliseconds(tab: &Tab, prepare: &[u8], pieces: &[Vec<u8>], times: usize) -> Result<f64, String> {
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).into_owned());
    let pieces: Vec<Value> = pieces.iter().map(|piece| text(piece)).collect();
    let script =
        "const [prepare, batches, times] = arguments; return await window.rediscoverBench(prepare, batches, times);";
    let outcome = tab.run(script, &[text(prepare), pieces.into(), times.into()])?;
    outcome.as_f64().ok_or_else(|| format!("the page measured {outcome}"))
}

/// Milliseconds from navigation to the first command that was accepted: on a first visit, and on the next one.
pub fn first_command(site: &Site) -> Result<(f64, f64), String> {
    let profile = Profile::create()?;
    let visit = || start::until_accepted(&profile, &site.url());
    Ok((visit()?, visit()?))
}
