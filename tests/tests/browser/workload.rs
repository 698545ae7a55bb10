//! A workload to watch: started, stopped, repeated and cleared away, and never in the way of who types.

use serde_json::json;
use std::time::Duration;
use tests::browser::page::{Page, visit};
use tests::browser::{Terminal, TestSite};

/// Gives the workload all its settings as a text.
#[track_caller]
fn set(page: &Page, text: &str) {
    let body = "const area = document.querySelector('form[aria-label=\"Settings of the workload\"] textarea');
        if (!area) return false;
        area.value = values[0];
        area.dispatchEvent(new Event('change', { bubbles: true }));
        return true;";
    page.own(body, json!([text]));
}

#[track_caller]
fn wait_for_state(page: &Page, part: &str) {
    let state = page.find("status", "State of the workload");
    page.wait_for_text(&state, part);
}

/// The figures of a finished run.
#[track_caller]
fn run(page: &Page, number: u32) -> Vec<String> {
    let body = "const table = document.querySelector('[aria-label=\"The last runs\"] table');
        const row = [...table?.tBodies[0].rows ?? []].find((it) => it.cells[0].textContent === String(values[0]));
        return row ? [...row.cells].map((it) => it.textContent) : null;";
    let cells = page.own(body, json!([number]));
    cells.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_workload_runs_again_exactly_and_leaves_when_asked_to() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.press("Workload");
        set(page, "keys=40 zipf=0 ops=600 rate=0 delay=0 reads=50");
        page.press("Start");
        wait_for_state(page, "Stopped after 600 commands");
        terminal.check("DBSIZE", "(integer) 40");
        terminal.check("FLUSHALL", "OK");
        page.press("Repeat run 1");
        let (first, second) = (run(page, 1), run(page, 2));
        assert_eq!((&first[1], &first[3], &first[11]), (&second[1], &second[3], &second[11]));
        assert_eq!(first[1], "600");
        page.press("Remove its keys");
        terminal.wait_for("0 load:\n(integer) 40");
        terminal.check("DBSIZE", "(integer) 0");
        set(page, "keys=none");
        page.wait_for_text(&page.find("form", "Settings of the workload"), "Not taken: keys is a whole number");
    });
}

#[test]
fn who_types_is_answered_while_it_runs_as_fast_as_it_can() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.press("Workload");
        set(page, "mix=GET:1,INCR:1 rate=0 delay=0 keys=1000");
        page.press("Start");
        page.find("button", "Stop");
        page.own("return document.querySelector('.load polyline')?.getAttribute('points').includes(' ')", json!([]));
        let times: Vec<Duration> = (0..5).map(|_| terminal.time("PING", "PONG")).collect();
        println!("PING beside a workload that runs as fast as it can: {times:?}");
        assert!(times.iter().min().unwrap() < &Duration::from_millis(1500), "{times:?}");
        page.press("Stop");
        wait_for_state(page, "Stopped after");
        // A reload ends it as well.
        page.press("Start");
        page.find("button", "Stop");
        page.reload();
        let terminal = Terminal::find(page);
        terminal.check("PING", "PONG");
        assert!(!terminal.line("CLIENT LIST").contains("name=workload"));
    });
}

#[test]
fn memory_is_set_in_the_terminal_and_policies_stand_side_by_side() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.press("Workload");
        page.press("Set it");
        terminal.wait_for("CONFIG SET maxmemory 1mb maxmemory-policy allkeys-lru\nOK");
        set(page, "keys=20000 size=400 ops=8000 rate=0 delay=0 zipf=0.8");
        page.press("Start");
        wait_for_state(page, "Stopped after 8,000 commands");
        let first = run(page, 1);
        assert_eq!(first[9], "1.0 MB, allkeys-lru");
        assert!(first[7] != "0", "{first:?}");
    });
}

#[test]
fn the_last_runs_are_there_when_one_comes_back() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        page.press("Workload");
        set(page, "keys=40 ops=300 rate=0 delay=0");
        page.press("Start");
        wait_for_state(page, "Stopped after 300 commands");
        page.click(&page.find("link", "Learn"));
        page.find("heading", "Learn Redis by doing");
        page.click(&page.find("link", "Playground"));
        page.press("Workload");
        assert_eq!(run(page, 1)[1], "300");
        let rows = "return document.querySelectorAll('[aria-label=\"The last runs\"] tbody tr').length === 1";
        page.own(rows, json!([]));
        page.own("return document.querySelector('.load textarea').value.includes('ops=300')", json!([]));
    });
}

#[test]
fn a_link_beside_an_open_store_is_shown_in_either_tab_and_starts_nothing() {
    let site = TestSite::at_root().unwrap();
    let link = |operations: u32| site.url(&format!("?workload=mix=INCR:1+ops={operations}+prefix=linked:"));
    let is_shown = |page: &Page, from: &str, operations: u32| {
        page.wait_for_text(&page.find("status", "Link"), from);
        wait_for_state(page, "Not running.");
        let body = "return document.querySelector('.load textarea').value.includes(`ops=${values[0]}`)";
        page.own(body, json!([operations]));
        Terminal::find(page).check("KEYS *", "1) \"here\"");
    };
    visit(&site, "", |page| {
        Terminal::find(page).check("SET here 1", "OK");
        page.new_tab(&link(51));
        page.find("heading", "This link brings settings for a workload");
        page.press("Show them in the other tab");
        page.wait_for_text(&page.find("status", "Other tab"), "They are in the other tab now");
        page.close_tab();
        is_shown(page, "came with a link in another tab", 51);
        // The tab that has the store may be somewhere else on the site.
        page.click(&page.find("link", "Learn"));
        page.find("heading", "Learn Redis by doing");
        page.new_tab(&link(53));
        page.press("Show them in the other tab");
        page.wait_for_text(&page.find("status", "Other tab"), "They are in the other tab now");
        page.close_tab();
        page.click(&page.find("link", "Playground"));
        is_shown(page, "came with a link in another tab", 53);
        page.new_tab(&link(52));
        page.press("Use the store here");
        is_shown(page, "came with the address", 52);
        page.close_tab();
        page.find("heading", "The store moved to another tab");
    });
}

#[test]
fn a_link_brings_settings_and_starts_nothing() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "?workload=mix=INCR:1+keys=7+ops=50+rate=0+prefix=linked:", |page| {
        page.wait_for_text(&page.find("status", "Link"), "Nothing runs before you press Start");
        wait_for_state(page, "Not running.");
        let terminal = Terminal::find(page);
        terminal.check("DBSIZE", "(integer) 0");
        page.allow_clipboard();
        page.press("Copy link");
        page.wait_for_text(&page.find("status", "Copied"), "Whoever opens it");
        let link = page.own("return await navigator.clipboard.readText()", json!([]));
        assert!(link.as_str().unwrap().contains("/?workload=seed=1+mix=INCR:1+"), "{link}");
        page.press("Start");
        wait_for_state(page, "Stopped after 50 commands");
        page.go(&site.url("?workload=keys=none"));
        page.wait_for_text(&page.find("status", "Link"), "keys is a whole number");
    });
}
