//! The page in Chromium: the engine in its worker, and how soon a first command is answered.

use crate::in_process::PIECES;
use crate::workload::{BATCH, Workload};
use ::tests::webdriver::Browser;
use serde_json::Value;
use xtask::programs::{CHROMEDRIVER, CHROMIUM};
use xtask::site::Site;

/// Starts a browser with a profile of its own.
pub fn start() -> Result<Browser, String> {
    let find = |program: &xtask::programs::Program| program.find().ok_or(format!("{} is missing", program.title));
    Browser::start(&find(&CHROMEDRIVER)?, &find(&CHROMIUM)?)
}

/// Lets the page of the site load and offer its measurement.
pub fn open_bench(browser: &Browser, site: &Site) -> Result<(), String> {
    browser.open(&format!("{}bench", site.url()))?;
    let waiting = "while (!window.rediscoverBench) await new Promise((next) => requestAnimationFrame(next));";
    browser.wait_for(waiting, &[]).map(drop)
}

/// Operations a second of the engine in the page's worker.
pub fn measure(browser: &Browser, workload: &Workload, commands: usize) -> Result<f64, String> {
    let pieces = commands.div_ceil(BATCH);
    let different = pieces.min(PIECES);
    let times = pieces.div_ceil(different);
    let text = |bytes: Vec<u8>| Value::from(String::from_utf8_lossy(&bytes).into_owned());
    let batches: Vec<Value> = workload.batches(different).into_iter().map(text).collect();
    let prepare = text(workload.prepare(times * different * BATCH));
    let script =
        "const [prepare, batches, times] = arguments; return await window.rediscoverBench(prepare, batches, times);";
    let outcome = browser.wait_for(script, &[prepare, batches.into(), times.into()])?;
    let milliseconds = outcome.as_f64().ok_or_else(|| format!("the page measured {outcome}"))?;
    Ok((times * different * BATCH) as f64 / milliseconds * 1_000.0)
}

/// Types PING as soon as there is a place for it, and notes when the answer stands there.
const FIRST_COMMAND: &str = r#"
if (window.top === window) {
  window.firstCommand = new Promise((resolve) => {
    let typed = false;
    const look = () => {
      const input = document.querySelector('[aria-label="Command"]');
      if (!typed && input && !input.disabled) {
        typed = true;
        input.focus();
        document.execCommand("insertText", false, "PING");
        input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true, cancelable: true }));
      }
      const log = document.querySelector('[role="log"]');
      if (typed && log && log.textContent.includes("PONG")) {
        observer.disconnect();
        resolve(performance.now());
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}
"#;

/// Milliseconds from navigation to the answer of a first command: on a first visit, and on the next one.
pub fn first_command(site: &Site) -> Result<(f64, f64), String> {
    let browser = start()?;
    browser.run_first(FIRST_COMMAND)?;
    let visit = || {
        browser.open(&site.url())?;
        let time = browser.wait_for("return await window.firstCommand;", &[])?;
        time.as_f64().ok_or_else(|| format!("the page took {time}"))
    };
    Ok((visit()?, visit()?))
}
