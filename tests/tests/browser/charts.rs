//! The charts: what they say, as lines and as tables, and that nothing is measured behind their back.

use serde_json::json;
use tests::browser::page::{Page, visit};
use tests::browser::{Terminal, TestSite};

/// Waits until the figure with this heading says something.
#[track_caller]
fn wait_for_chart(page: &Page, title: &str, part: &str) {
    let body = "const figure = [...document.querySelectorAll('figure')].find((it) => it.querySelector('h3')?.textContent === values[0]);
        return figure && visible(figure) && figure.textContent.includes(values[1]);";
    page.own(body, json!([title, part]));
}

#[test]
fn charts_say_what_the_engine_does_and_holds() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("CONFIG SET slowlog-log-slower-than 0", "OK");
        terminal.check("MSET user:1 a user:2 b \"<b>x</b>:1\" c plain d", "OK");
        terminal.check("HSET cart:1 f v", "(integer) 1");
        terminal.check("SET short:1 v EX 50", "OK");
        page.press("Charts");
        page.find("region", "Charts");
        wait_for_chart(page, "Memory by type", "hash");
        wait_for_chart(page, "Memory by prefix", "user:");
        // What a key is called is text.
        wait_for_chart(page, "Memory by prefix", "<b>x</b>:");
        wait_for_chart(page, "Time to live", "up to 1m");
        terminal.check("KEYS nothing*", "(empty array)");
        wait_for_chart(page, "Slow log", "KEYS nothing*");
        // Drawn, and the same as tables.
        page.own("return [...document.querySelectorAll('.charts polyline')].some((it) => it.getAttribute('points').includes(' '))", json!([]));
        page.press("As tables");
        wait_for_chart(page, "Hit rate", "Seconds ago");
        terminal.check("GET user:1", "\"a\"");
        wait_for_chart(page, "Hit rate", "100.0 %");
        wait_for_chart(page, "Operations a second", "Seconds ago");
        page.own("return !document.querySelector('.charts polyline')", json!([]));
    });
}

#[test]
fn what_cannot_be_seen_is_not_measured() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.press("Charts");
        terminal.check("SET a 1", "OK");
        wait_for_chart(page, "Memory by type", "string");
        page.press("Value");
        terminal.check("HSET h f v", "(integer) 1");
        // Twice as long as from one walk over the keys to the next.
        page.own("window.since ??= performance.now(); return performance.now() - window.since > 7000", json!([]));
        page.own(
            "return ![...document.querySelectorAll('.charts th')].some((it) => it.textContent === 'hash')",
            json!([]),
        );
        page.press("Charts");
        wait_for_chart(page, "Memory by type", "hash");
    });
}

#[test]
fn charts_are_drawn_at_most_ten_times_a_second() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        Terminal::find(page).check("SET a 1", "OK");
        page.press("Workload");
        page.press("Start");
        page.press("Charts");
        wait_for_chart(page, "Memory by type", "string");
        let watch = "const seen = window.drawn = new Set();
            // All that is drawn in one task counts once.
            new MutationObserver(() => seen.add(performance.now()))
                .observe(document.querySelector('.charts'), { subtree: true, attributes: true, attributeFilter: ['points', 'd'] });
            window.watchedFrom = performance.now();
            return true;";
        page.own(watch, json!([]));
        let seen = page.own(
            "const ms = performance.now() - window.watchedFrom;
            return ms > 4000 && { drawn: window.drawn.size, ms };",
            json!([]),
        );
        let a_second = seen["drawn"].as_f64().unwrap() * 1000.0 / seen["ms"].as_f64().unwrap();
        println!("charts were drawn {a_second:.1} times a second");
        assert!(0.5 < a_second && a_second <= 10.5, "{a_second} times a second");
    });
}
