//! The clock in the header: turning it, what follows it, and what a reload leaves of it.

use serde_json::json;
use tests::browser::page::{Page, visit};
use tests::browser::{Terminal, TestSite};

/// The whole number that a command prints.
#[track_caller]
fn number(terminal: &Terminal, line: &str) -> i64 {
    let reply = terminal.line(line);
    reply.strip_prefix("(integer) ").and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{line}: {reply}"))
}

#[track_caller]
fn open_menu(page: &Page) {
    // It stays open while one types, and a click on its button would close it.
    if !page.has("dialog", "Clock") {
        page.click_containing("button", "Clock");
    }
    page.find("dialog", "Clock");
}

/// Waits until the stored clock has this speed; 1 if none is stored.
#[track_caller]
fn wait_until_kept(page: &Page, speed: f64) {
    let body = "const database = await opened();
        const records = await settled(database.transaction(['snapshots']).objectStore('snapshots').getAll());
        database.close();
        return (records.find((it) => it?.clock)?.speed ?? 1) === values[0];";
    page.own(body, json!([speed]));
}

#[test]
fn the_clock_is_paused_stepped_sped_up_and_brought_back() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET k v EX 100000", "OK");
        open_menu(page);
        page.press("Paused");
        page.find_containing("button", "paused");
        page.press("+1 min");
        page.press("+10 s");
        let left = number(&terminal, "TTL k");
        assert!((99_900..=99_930).contains(&left), "{left}");
        assert_eq!(number(&terminal, "TTL k"), left);
        open_menu(page);
        page.press("1×");
        page.press("+1 day");
        page.find_containing("button", "+1d");
        let left = number(&terminal, "TTL k");
        assert!((13_400..=13_530).contains(&left), "{left}");
        // Back a day, and ahead again.
        open_menu(page);
        page.press("Back to real time");
        assert!(number(&terminal, "TTL k") > 99_000);
        // Whoever waits does not wait for a day.
        terminal.check("BLPOP queue 60", "");
        page.press("Undo");
        page.find_containing("button", "+1d");
        page.wait_for_text(&page.find("status", "Terminal"), "to BLPOP: something in queue");
        open_menu(page);
        page.press("+1 min");
        terminal.wait_for("(nil)\n(60.");
        assert!(number(&terminal, "TTL k") < 14_000);
        open_menu(page);
        page.click_containing("button", "To the next expiry");
        assert_eq!(number(&terminal, "EXISTS k"), 0);
        page.find("button", "No key expires");
    });
}

#[test]
fn a_moved_clock_is_the_same_after_a_reload() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        open_menu(page);
        page.press("+1 day");
        page.press("Paused");
        terminal.check("SET k v EX 500", "OK");
        page.own("return (await stored()).journal.includes('PXAT')", json!([]));
        wait_until_kept(page, 0.0);
        page.reload();
        let terminal = Terminal::find(page);
        page.find_containing("button", "paused");
        terminal.check("TTL k", "(integer) 500");
        open_menu(page);
        let dialog = page.find("dialog", "Clock");
        page.wait_for_text(&dialog, "ahead of real time");
        page.wait_for_text(&dialog, "A reload moves nothing");
        page.press("Back to real time");
        assert!(number(&terminal, "TTL k") > 86_000);
        wait_until_kept(page, 1.0);
        page.reload();
        let terminal = Terminal::find(page);
        assert!(number(&terminal, "TTL k") > 86_000);
        page.own("return !document.querySelector('button .state')?.textContent", json!([]));
    });
}

#[test]
fn keys_of_the_keyboard_pause_and_step_while_one_types() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET k v EX 1000", "OK");
        page.send_keys(&terminal.input, "\u{e038}");
        page.find_containing("button", "paused");
        let left = number(&terminal, "TTL k");
        page.send_keys(&terminal.input, "\u{e039}\u{e039}");
        terminal.check("TTL k", &format!("(integer) {}", left - 2));
        page.send_keys(&terminal.input, "\u{e038}");
        page.own("return !document.querySelector('button .state').textContent.includes('paused')", json!([]));
    });
}
