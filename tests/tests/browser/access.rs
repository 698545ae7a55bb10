//! Whether everybody can use the page: axe finds nothing against the WCAG 2.2 AA on any route in any theme, nothing
//! moves by itself while a page loads, and the keyboard alone is enough.

use serde_json::{Value, json};
use tests::browser::page::{key, visit};
use tests::browser::{Page, Terminal, TestSite};

/// How a theme is asked for: the person's choice and the system's.
const THEMES: [(&str, &str); 4] = [("light", "light"), ("dark", "dark"), ("contrast", "light"), ("contrast", "dark")];

/// What axe finds, each with the element and what would be enough.
const RUN: &str = "
    document.documentElement.dataset.theme = values[0];
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const { violations } = await axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
        resultTypes: ['violations'],
    });
    return violations.map(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))
        .flat();";

/// Fails with what axe finds on what is shown, in any theme.
#[track_caller]
fn check(page: &Page, about: &str) {
    let axe = xtask::tools::axe().expect("axe");
    let axe = std::fs::read_to_string(axe).expect("axe's script");
    page.session().script(&format!("if (!window.axe) {{ {axe} }}"), &[]).unwrap();
    let mut found = Vec::new();
    for (theme, system) in THEMES {
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": system}]});
        page.devtools("Emulation.setEmulatedMedia", scheme);
        let violations = page.session().script_to_its_end(RUN, &[json!(theme)]).unwrap();
        let violations = violations.as_array().cloned().unwrap_or_default();
        found.extend(violations.iter().map(|it| format!("{theme} ({system}): {}", it.as_str().unwrap_or_default())));
    }
    assert!(found.is_empty(), "{about}:\n{}", found.join("\n"));
}

#[test]
fn axe_finds_nothing_in_the_playground() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.find("searchbox", "Filter keys");
        check(page, "the empty playground");
        terminal.check("SET session:1 a EX 600", "OK");
        terminal.check("MSET user:1 a user:2 b", "OK");
        terminal
            .check("LPUSH session:1 x", "(error) WRONGTYPE Operation against a key holding the wrong kind of value");
        page.press("Options");
        page.click_containing("treeitem", "session");
        page.click_containing("treeitem", "str");
        page.find("group", "Chosen key");
        check(page, "the playground with keys");
        for panel in ["Charts", "Workload", "Value"] {
            let tools = page.find("group", "Show");
            page.click(&page.find_in(&tools, "button", panel));
            check(page, panel);
        }
        page.press("Command palette");
        let line = page.find("combobox", "What to do");
        check(page, "the palette");
        page.send_keys(&line, "all shortcuts\u{e007}");
        page.find("dialog", "Shortcuts");
        check(page, "the sheet of shortcuts");
    });
}

#[test]
fn axe_finds_nothing_on_the_other_routes() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "learn", |page| {
        page.find_containing("link", "Which structure");
        check(page, "the lessons");
        page.go(&site.url("learn/which-structure"));
        Terminal::find(page);
        check(page, "a lesson");
        page.go(&site.url("commands"));
        page.find("searchbox", "Search commands");
        page.find_containing("link", "GETDEL");
        check(page, "the commands");
        page.go(&site.url("commands/ZADD"));
        page.find("heading", "ZADD");
        check(page, "a command");
        page.go(&site.url("embed?cmd=PING"));
        page.find("button", "Run");
        check(page, "an embedded terminal");
        page.go(&site.url("nothing"));
        page.find("heading", "There is nothing here");
        check(page, "no page");
    });
}

#[test]
fn nothing_moves_while_the_page_loads() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("MSET user:1 a user:2 b", "OK");
        page.own("return (await stored()).journal.includes('user:2')", json!([]));
        page.reload();
        Terminal::find(page);
        page.find_containing("treeitem", "user");
        let shifts = "return new Promise((done) => {
            const shifts = [];
            new PerformanceObserver((list) => shifts.push(...list.getEntries())).observe({ type: 'layout-shift', buffered: true });
            const told = () => done(shifts.filter((entry) => !entry.hadRecentInput)
                .map(({ value, sources }) => ({ value, what: sources.map(({ node }) => node?.outerHTML?.slice(0, 120)) })));
            requestAnimationFrame(() => requestAnimationFrame(told));
        });";
        let shifts = page.session().script_to_its_end(shifts, &[]).unwrap();
        let moved: f64 = shifts.as_array().into_iter().flatten().filter_map(|shift| shift["value"].as_f64()).sum();
        assert!(moved < 0.02, "things moved by {moved}: {shifts}");
    });
}

/// What has the focus: its role and name.
#[track_caller]
fn focused(page: &Page) -> String {
    let body = "const at = document.activeElement; return `${role(at)} ${name(at)}`";
    page.own(body, json!([])).as_str().unwrap_or_default().to_owned()
}

/// Presses keys wherever the focus is, one after the other.
#[track_caller]
fn press(page: &Page, keys: &str) {
    keys.chars().for_each(|key| press_together(page, &[key]));
}

#[track_caller]
fn press_together(page: &Page, keys: &[char]) {
    let down = keys.iter().map(|key| json!({"type": "keyDown", "value": key}));
    let up = keys.iter().rev().map(|key| json!({"type": "keyUp", "value": key}));
    let actions: Vec<Value> = down.chain(up).collect();
    let body = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
    page.session().post("/actions", &body).unwrap();
}

/// Goes on with Tab until something has the focus.
#[track_caller]
fn tab_to(page: &Page, wanted: &str) {
    let mut seen = Vec::new();
    for _ in 0..60 {
        press(page, &key::TAB.to_string());
        let at = focused(page);
        if at == wanted {
            return;
        }
        seen.push(at);
    }
    panic!("Tab never comes to {wanted}; it went to {seen:?}");
}

#[test]
fn the_keyboard_alone_is_enough() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.own("return document.activeElement === values[0]", json!([terminal.input.argument()]));
        press(page, "SET cart:1 a\u{e007}SET cart:2 b\u{e007}");
        page.find_containing("treeitem", "cart: 2");
        // Round to the tree, into its folder, to a key, and away with it.
        tab_to(page, "tree Keys");
        press(page, &key::RIGHT.to_string());
        page.own("return document.activeElement.querySelector('[aria-expanded=true]') !== null", json!([]));
        press(page, &format!("{}{}", key::DOWN, key::ENTER));
        page.wait_for_text(&page.find("region", "Value"), "a");
        press(page, "\u{e017}");
        terminal.wait_for("DEL cart:1");
        tab_to(page, "button Undo");
        press(page, &key::ENTER.to_string());
        page.find_containing("treeitem", "cart: 2");
        // To the filter, and through the palette to another page.
        tab_to(page, "tree Keys");
        press(page, "/nothing");
        assert_eq!(focused(page), "searchbox Filter keys");
        page.find("button", "Show all");
        tab_to(page, "button Command palette");
        press(page, &key::ENTER.to_string());
        page.find("combobox", "What to do");
        press(page, "contrast\u{e007}");
        page.own("return document.documentElement.dataset.theme === 'contrast'", json!([]));
        press(page, "?");
        page.find("dialog", "Shortcuts");
        press(page, "\u{e00c}");
        press_together(page, &[key::CONTROL, 'k']);
        page.find("combobox", "What to do");
        press(page, "zadd command\u{e007}");
        page.find("heading", "ZADD");
        page.reload();
        page.own("return document.documentElement.dataset.theme === 'contrast'", json!([]));
    });
}
