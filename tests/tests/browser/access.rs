//! Whether everybody can use the page: axe finds nothing against the WCAG 2.2 AA on any route, panel and view of a value,
//! in any theme; and what a system asks for is done: less motion, its own colours.

use serde_json::json;
use tests::browser::page::{key, visit};
use tests::browser::{Element, Page, Terminal, TestSite};

/// How a theme is asked for: the person's choice and the system's.
const THEMES: [(&str, &str); 4] = [("light", "light"), ("dark", "dark"), ("contrast", "light"), ("contrast", "dark")];

/// What axe finds, each with the element and what would be enough.
const RUN: &str = "
    document.documentElement.dataset.theme = values[0];
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const { violations } = await axe.run(values[1] ?? document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
        resultTypes: ['violations'],
    });
    return violations.map(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))
        .flat();";

/// Fails with what axe finds on what is shown, in any theme.
#[track_caller]
fn check(page: &Page, about: &str) {
    check_part(page, about, None);
}

/// The same for one element.
#[track_caller]
fn check_part(page: &Page, about: &str, part: Option<&Element>) {
    let axe = xtask::tools::axe().expect("axe");
    let axe = std::fs::read_to_string(axe).expect("axe's script");
    page.session().script(&format!("if (!window.axe) {{ {axe} }}"), &[]).unwrap();
    let mut found = Vec::new();
    for (theme, system) in THEMES {
        page.prefer(&[("prefers-color-scheme", system)]);
        let within = part.map_or(json!(null), Element::argument);
        let violations = page.session().script_to_its_end(RUN, &[json!(theme), within]).unwrap();
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

/// A key of each type and encoding that is shown in a way of its own, with what shows it.
const VALUES: [(&str, &str, &[&str]); 9] = [
    ("doc", "SET doc '{\"b\":[1,2],\"a\":\"x\"}' EX 100000", &["JSON", "Hex", "Bits", "Text"]),
    ("record", "HSET record name Ada born 1815 city London", &[]),
    ("queue", "RPUSH queue a b 3 4000", &[]),
    ("tags", "SADD tags red green blue", &[]),
    ("ranks", "ZADD ranks 1 bronze 2 silver", &[]),
    ("log", "XADD log 1-1 level info", &["Show readers"]),
    ("sketch", "PFADD sketch a b c", &["Hex", "HyperLogLog"]),
    ("places", "GEOADD places 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", &["Map"]),
    ("wide", "EVAL \"for i=1,300 do redis.call('HSET','wide','f'..i,i) end\" 0", &[]),
];

/// Presses the button of this name in an element, if it has one.
fn press_in(page: &Page, outer: &Element, name: &str) {
    let script =
        "const button = [...values[0].querySelectorAll('button')].find((it) => visible(it) && name(it) === values[1]);
        button?.click(); return button !== undefined;";
    page.own(script, json!([outer.argument(), name]));
}

#[test]
fn axe_finds_nothing_in_any_view_of_a_value() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        VALUES.iter().for_each(|(_, line, _)| drop(terminal.line(line)));
        terminal.check("HEXPIRE record 100000 FIELDS 1 name", "1) (integer) 1");
        terminal.check("XGROUP CREATE log readers 0", "OK");
        terminal.enter("XREADGROUP GROUP readers me COUNT 1 STREAMS log >");
        for (name, _, lenses) in VALUES {
            page.click_containing("treeitem", name);
            let value = page.find("region", "Value");
            let heading = "return values[0].querySelector('h2')?.textContent.includes(values[1])";
            page.own(heading, json!([value.argument(), name]));
            check_part(page, name, Some(&value));
            for lens in lenses {
                press_in(page, &value, lens);
                check_part(page, &format!("{name}: {lens}"), Some(&page.find("region", "Value")));
            }
        }
    });
}

#[test]
fn axe_finds_nothing_in_the_forms_of_a_value() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("HSET user name Ada born 1815", "(integer) 2");
        page.click_containing("treeitem", "user");
        let value = page.find("region", "Value");
        page.wait_for_text(&value, "born");
        for form in ["Edit name", "TTL of born", "Add a field", "Rename user", "Set the TTL"] {
            press_in(page, &value, form);
            page.find("form", form);
            check_part(page, form, Some(&value));
        }
        press_in(page, &value, "Delete born");
        page.wait_for_text(&value, "Field born deleted.");
        check_part(page, "after an edit", Some(&value));
    });
}

#[test]
fn axe_finds_nothing_under_the_hood() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        VALUES.iter().for_each(|(_, line, _)| drop(terminal.line(line)));
        terminal.check("PING", "PONG");
        page.click_containing("treeitem", "doc");
        page.press("Under the hood");
        for (name, ..) in VALUES {
            page.click_containing("treeitem", name);
            let hood = page.find("region", "Under the hood");
            page.wait_for_text(&page.find("region", "Value"), name);
            page.find_in_containing(&hood, "img", "bytes in all");
            check_part(page, name, Some(&hood));
        }
        press_in(page, &page.find("region", "Under the hood"), "As a table");
        check_part(page, "as a table", Some(&page.find("region", "Under the hood")));
    });
}

#[test]
fn axe_finds_nothing_on_the_page_of_all_components() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "components", |page| {
        page.wait_for_text(&page.find("region", "Layouts"), "intset → listpack");
        check(page, "all components");
        let values = page.find("region", "Values");
        press_in(page, &values, "geo");
        page.wait_for_text(&values, "Paris");
        check_part(page, "a value among all components", Some(&values));
    });
}

#[test]
fn axe_finds_nothing_in_what_is_shown_for_a_while() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET k v EX 1000", "OK");
        page.click_containing("button", "Clock");
        page.find("dialog", "Clock");
        check(page, "the clock");
        page.press("Paused");
        page.strike(&key::ESCAPE.to_string());
        terminal.check("MULTI", "OK");
        terminal.check_at("127.0.0.1:6379(TX)> ", "GET k", "QUEUED");
        page.find("region", "Queue");
        check(page, "a transaction");
        page.press("DISCARD");
        terminal.check("BLPOP jobs 0", "");
        page.find("status", "Terminal");
        check(page, "a command that waits");
        page.press("New client");
        page.press("Stacked");
        check(page, "two terminals");
        page.press("Close client 2");
        page.find("button", "Undo");
        check(page, "a message");
        page.press("Charts");
        page.press("As tables");
        check(page, "charts as tables");
    });
}

/// What still moves on the page, or would: with its name and for how long.
const MOVES: &str = "const moving = [];
    for (const element of document.querySelectorAll('*')) {
        const { transitionDuration, animationName, animationDuration } = getComputedStyle(element);
        const longest = Math.max(...transitionDuration.split(',').map(parseFloat));
        if (longest > 0.01) moving.push(`${element.outerHTML.slice(0, 80)} changes in ${longest} s`);
        if (animationName !== 'none') moving.push(`${element.outerHTML.slice(0, 80)} ${animationName} ${animationDuration}`);
    }
    if (getComputedStyle(document.documentElement).scrollBehavior === 'smooth') moving.push('smooth scrolling');
    return moving.slice(0, 10);";

#[test]
fn nothing_moves_where_the_system_asks_for_less_motion() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        page.prefer(&[("prefers-reduced-motion", "reduce")]);
        let still = |about: &str| {
            let moving = page.own(MOVES, json!([]));
            assert_eq!(moving, json!([]), "{about}");
        };
        let terminal = Terminal::find(page);
        terminal.check("MSET user:1 a user:2 b", "OK");
        terminal.check("SET short v EX 100", "OK");
        terminal.check("HSET profile f v", "(integer) 1");
        page.click_containing("treeitem", "user");
        page.click_containing("treeitem", "profile");
        page.press("Under the hood");
        still("the playground");
        for panel in ["Charts", "Workload"] {
            page.press(panel);
            still(panel);
        }
        page.press("Command palette");
        page.find("combobox", "What to do");
        still("the palette");
        page.on_other_routes(&site, still);
    });
}

/// What has the focus without being marked in a way that forced colours leave.
const UNMARKED: &str = "const at = document.activeElement;
    if (at === document.body) return [];
    const marked = (element) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
    };
    // A caret is a mark of its own, in a field that looks like one or is framed.
    const typed = at.matches('textarea, input');
    return marked(at) || typed || marked(at.parentElement) ? [] : [`${role(at)} ${name(at)} ${at.outerHTML.slice(0, 80)}`];";

/// Buttons that are pressed and look as if they were not.
const PRESSED_ALIKE: &str = "const look = (it) => {
        const { backgroundColor, color, borderColor, textDecorationLine, fontWeight, outlineStyle, boxShadow } = getComputedStyle(it);
        return [backgroundColor, color, borderColor, textDecorationLine, fontWeight, outlineStyle, boxShadow].join();
    };
    const alike = [];
    for (const pressed of document.querySelectorAll('[aria-pressed=true]')) {
        const other = [...pressed.parentElement.children].find((it) => it.ariaPressed === 'false');
        if (visible(pressed) && other && look(other) === look(pressed)) alike.push(pressed.outerHTML.slice(0, 120));
    }
    return alike;";

#[test]
fn forced_colors_leave_focus_and_states_to_be_seen() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        page.prefer(&[("forced-colors", "active"), ("prefers-color-scheme", "dark")]);
        page.own("return matchMedia('(forced-colors: active)').matches", json!([]));
        let terminal = Terminal::find(page);
        terminal.check("MSET user:1 a user:2 b", "OK");
        terminal.check("HSET h f v", "(integer) 1");
        page.find_containing("treeitem", "user");
        let mut unmarked = Vec::new();
        for _ in 0..45 {
            page.strike(&key::TAB.to_string());
            let found: Vec<String> = serde_json::from_value(page.own(UNMARKED, json!([]))).unwrap();
            unmarked.extend(found);
        }
        assert!(unmarked.is_empty(), "no mark of the focus on:\n{}", unmarked.join("\n"));
        for panel in ["Value", "Charts", "Workload"] {
            page.press(panel);
            assert_eq!(page.own(PRESSED_ALIKE, json!([])), json!([]), "{panel}");
        }
        // What a chart draws is another colour than what it is drawn on.
        page.press("Charts");
        page.own("return document.querySelector('.charts polyline')?.getAttribute('points').includes(' ')", json!([]));
        let seen = "const line = document.querySelector('.charts polyline');
            return getComputedStyle(line).stroke !== getComputedStyle(document.body).backgroundColor";
        page.own(seen, json!([]));
    });
}
