//! How long a person waits for the page: from navigation to the first command that was accepted.

use super::{Page, Profile};
use serde_json::json;

/// Types a command the moment the input is there, and notes when its reply is printed. Runs before the page does, so
/// that nothing is waited for from outside.
const TYPIST: &str = "
    const typist = setInterval(() => {
        const input = document.querySelector('[aria-label=Command]');
        const log = document.querySelector('[role=log]');
        if (!input || !log) return;
        if (!window.typedAt) {
            window.typedAt = performance.now();
            input.value = 'SET accepted yes\\n';
            input.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertLineBreak' }));
        } else if (log.textContent.includes('SET accepted yes\\nOK')) {
            window.acceptedAt = performance.now();
            clearInterval(typist);
        }
    }, 2);";

/// Milliseconds from navigation to the first accepted command, in a new browser, on the site at `url`: cold with an
/// empty profile, warm with that of an earlier visit.
pub fn until_accepted(profile: &Profile, url: &str) -> Result<f64, String> {
    let page = Page::open(profile, "about:blank")?;
    page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": TYPIST }));
    page.go(url);
    let accepted = page.own("return window.acceptedAt", json!([]));
    // The files are kept for the next visit once the service worker has them.
    page.wait_until_kept();
    page.close();
    accepted.as_f64().ok_or_else(|| format!("{accepted} is no time"))
}
