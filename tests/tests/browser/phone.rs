//! A phone of 360 px: every route and panel fits, and the terminal is there above the keyboard on the screen.

use serde_json::json;
use tests::browser::page::{Page, visit};
use tests::browser::{Terminal, TestSite};

/// What is wider than the window and nothing lets one scroll to.
const TOO_WIDE: &str = "const wide = [];
    if (document.documentElement.scrollWidth > innerWidth) wide.push(`the page: ${document.documentElement.scrollWidth}`);
    const scrolls = (it) => {
        for (let at = it.parentElement; at && at !== document.body; at = at.parentElement) {
            if (getComputedStyle(at).overflowX !== 'visible') return true;
        }
        return false;
    };
    for (const it of document.body.querySelectorAll('*')) {
        const { right, left, width } = it.getBoundingClientRect();
        if (visible(it) && width > 1 && (right > innerWidth + 1 || left < -1) && !scrolls(it)) {
            wide.push(`${it.outerHTML.slice(0, 100)} from ${left} to ${right}`);
        }
    }
    return wide.slice(0, 5);";

/// Controls that are smaller than a fingertip needs (WCAG 2.2, 2.5.8) and not part of a text.
const TOO_SMALL: &str = "const small = [];
    for (const it of document.querySelectorAll('button, select, [role=button], input, textarea')) {
        const { width, height } = it.getBoundingClientRect();
        if (visible(it) && it.tabIndex >= 0 && !it.matches('.visually-hidden, label [type=checkbox]') && (width < 24 || height < 24)) {
            small.push(`${name(it) || it.outerHTML.slice(0, 100)}: ${width} x ${height}`);
        }
    }
    return small.slice(0, 8);";

#[track_caller]
fn check(page: &Page, about: &str) {
    assert_eq!(page.own(TOO_WIDE, json!([])), json!([]), "{about}");
    assert_eq!(page.own(TOO_SMALL, json!([])), json!([]), "{about}");
}

fn on_a_phone(path: &str, test: impl FnOnce(&Page, &TestSite)) {
    let site = TestSite::at_root().unwrap();
    visit(&site, "nothing", |page| {
        page.resize(360, 740);
        page.go(&site.url(path));
        test(page, &site);
    });
}

#[test]
fn every_route_fits() {
    on_a_phone("learn", |page, site| {
        page.on_other_routes(site, |path| check(page, path));
    });
}

#[test]
fn every_panel_fits() {
    on_a_phone("", |page, _| {
        let terminal = Terminal::find(page);
        let show = |panel: &str| page.click(&page.find_in(&page.find("group", "Show"), "button", panel));
        check(page, "the empty playground");
        terminal.check("HSET user name Ada born 1815", "(integer) 2");
        terminal.check("GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", "(integer) 2");
        terminal.check(&format!("SET {} {}", "long:".repeat(20), "x".repeat(400)), "OK");
        check(page, "the terminal");
        show("Keys");
        page.press("Options");
        check(page, "the keys");
        page.click_containing("treeitem", "sicily");
        let value = page.find("region", "Value");
        page.wait_for_text(&value, "Palermo");
        check(page, "a value");
        page.click(&page.find_in(&value, "button", "Map"));
        page.press("Add a place");
        check(page, "a map");
        page.press("Under the hood");
        page.wait_for_text(&page.find("region", "Under the hood"), "listpack");
        check(page, "under the hood");
        show("Charts");
        page.wait_for_text(&page.find("region", "Charts"), "zset");
        check(page, "the charts");
        page.press("As tables");
        check(page, "the charts as tables");
        show("Workload");
        check(page, "the workload");
        show("Terminal");
        page.click_containing("button", "Clock");
        page.find("dialog", "Clock");
        check(page, "the clock");
        page.click_containing("button", "Clock");
        page.press("Command palette");
        page.find("combobox", "What to do");
        check(page, "the palette");
    });
}

/// Whether the line that is typed and the last that was printed can be seen.
const IN_SIGHT: &str = "const [log, input, last] = values;
    const texts = document.createTreeWalker(log, NodeFilter.SHOW_TEXT);
    let found = null;
    for (let node = texts.nextNode(); node; node = texts.nextNode()) if (node.data.includes(last)) found = node;
    if (!found) return false;
    const range = document.createRange();
    range.selectNode(found);
    const bottom = visualViewport.offsetTop + visualViewport.height;
    const is_seen = ({ top, bottom: end }) => top >= 0 && end <= bottom + 1;
    return is_seen(range.getBoundingClientRect()) && is_seen(input.getBoundingClientRect());";

#[test]
fn the_terminal_stays_above_the_keyboard_on_the_screen() {
    on_a_phone("", |page, _| {
        let terminal = Terminal::find(page);
        for number in 0..30 {
            terminal.check(&format!("ECHO line{number}"), &format!("\"line{number}\""));
        }
        let in_sight = |last: &str| {
            let values = json!([terminal.log.argument(), terminal.input.argument(), last]);
            page.own(IN_SIGHT, values);
        };
        in_sight("line29");
        // A browser that makes the page as high as what is left above the keyboard.
        page.resize(360, 400);
        in_sight("line29");
        terminal.check("ECHO typed", "\"typed\"");
        in_sight("typed");
        check(page, "above the keyboard");
        page.resize(360, 740);
        in_sight("typed");
        // One that lays the keyboard over the page and says so.
        let over = "const { height } = visualViewport;
            Object.defineProperty(visualViewport, 'height', { value: height - 320, configurable: true });
            visualViewport.dispatchEvent(new Event('resize'));
            return true";
        page.own(over, json!([]));
        in_sight("typed");
        terminal.check("ECHO again", "\"again\"");
        in_sight("again");
        page.own(
            "delete visualViewport.height; visualViewport.dispatchEvent(new Event('resize')); return true",
            json!([]),
        );
        in_sight("again");
        page.own("return values[0].getBoundingClientRect().bottom > 600", json!([terminal.input.argument()]));
    });
}
