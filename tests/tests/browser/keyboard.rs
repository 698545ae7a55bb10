//! The keyboard alone is enough: every panel is reached, used and left by it.

use serde_json::json;
use tests::browser::page::{key, visit};
use tests::browser::{Terminal, TestSite};

#[test]
fn the_keyboard_alone_is_enough() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.own("return document.activeElement === values[0]", json!([terminal.input.argument()]));
        page.strike("SET cart:1 a\u{e007}SET cart:2 b\u{e007}");
        page.find_containing("treeitem", "cart: 2");
        // Round to the tree, into its folder, to a key, and away with it.
        page.tab_to("tree Keys");
        page.strike(&key::RIGHT.to_string());
        page.own("return document.activeElement.querySelector('[aria-expanded=true]') !== null", json!([]));
        page.strike(&format!("{}{}", key::DOWN, key::ENTER));
        page.wait_for_text(&page.find("region", "Value"), "a");
        page.strike("\u{e017}");
        terminal.wait_for("DEL cart:1");
        page.tab_to("button Undo");
        page.strike(&key::ENTER.to_string());
        page.find_containing("treeitem", "cart: 2");
        // To the filter, and through the palette to another page.
        page.tab_to("tree Keys");
        page.strike("/nothing");
        assert_eq!(page.focused(), "searchbox Filter keys");
        page.find("button", "Show all");
        page.tab_to("button Command palette");
        page.strike(&key::ENTER.to_string());
        page.find("combobox", "What to do");
        page.strike("contrast\u{e007}");
        page.own("return document.documentElement.dataset.theme === 'contrast'", json!([]));
        page.strike("?");
        page.find("dialog", "Shortcuts");
        page.strike("\u{e00c}");
        page.strike_together(&[key::CONTROL, 'k']);
        page.find("combobox", "What to do");
        page.strike("zadd command\u{e007}");
        page.find("heading", "ZADD");
        page.reload();
        page.own("return document.documentElement.dataset.theme === 'contrast'", json!([]));
    });
}

#[test]
fn terminals_are_opened_named_moved_and_closed_with_keys() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        Terminal::find(page);
        let shifted = |key: char| page.strike_together(&[key::ALT, key::SHIFT, key]);
        let order = |expected: &[&str]| {
            let tabs = "const names = [...document.querySelectorAll('[aria-label=Clients] button')].map((it) => it.firstChild.textContent);
                return JSON.stringify(names) === JSON.stringify(values);";
            page.own(tabs, json!(expected));
        };
        shifted('n');
        order(&["Client 1", "Client 2"]);
        page.strike(&key::F2.to_string());
        page.find("textbox", "Name of client 2");
        page.strike(&format!("listener{}", key::ENTER));
        order(&["Client 1", "listener"]);
        shifted(key::LEFT);
        order(&["listener", "Client 1"]);
        page.own("return name(document.activeElement) === 'Command'", json!([]));
        page.strike(&format!("CLIENT GETNAME{}", key::ENTER));
        Terminal::find(page).wait_for("\"listener\"");
        shifted(key::RIGHT);
        order(&["Client 1", "listener"]);
        shifted('l');
        page.find("region", "Client 1");
        page.find("region", "listener");
        page.strike_together(&[key::ALT, '1']);
        page.own("return document.activeElement.closest('section').ariaLabel === 'Client 1'", json!([]));
        page.strike_together(&[key::ALT, '2']);
        page.own("return document.activeElement.closest('section').ariaLabel === 'listener'", json!([]));
        shifted('x');
        order(&["Client 1"]);
        page.tab_to("button Undo");
        page.strike(&key::ENTER.to_string());
        order(&["Client 1", "listener"]);
        page.own("return document.activeElement.closest('section')?.ariaLabel === 'listener'", json!([]));
        page.strike(&format!("CLIENT GETNAME{}", key::ENTER));
        page.wait_for_text(
            &page.find("region", "listener"),
            "CLIENT GETNAME\n\"listener\"\n127.0.0.1:6379> CLIENT GETNAME\n\"listener\"",
        );
    });
}

#[test]
fn the_clock_is_turned_with_keys() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.strike(&format!("SET k v EX 1000{}", key::ENTER));
        terminal.wait_for("OK");
        page.strike(&key::F8.to_string());
        page.find_containing("button", "paused");
        page.strike(&key::F9.to_string());
        page.tab_to_what_begins("button Clock");
        page.strike(&key::ENTER.to_string());
        page.find("dialog", "Clock");
        page.tab_to("button +1 min");
        page.strike(" ");
        page.tab_to_what_begins("button To the next expiry");
        page.strike(&key::ENTER.to_string());
        page.strike(&key::ESCAPE.to_string());
        page.own("return !document.getElementById('clock-menu').matches(':popover-open')", json!([]));
        page.own("return name(document.activeElement).startsWith('Clock')", json!([]));
        page.tab_to("textbox Command");
        page.strike(&format!("EXISTS k{}", key::ENTER));
        terminal.wait_for("(integer) 0");
    });
}

#[test]
fn values_are_seen_and_edited_with_keys() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.strike(&format!("HSET user name Ada born 1815{}", key::ENTER));
        page.find_containing("treeitem", "user");
        page.tab_to("tree Keys");
        page.strike(&key::ENTER.to_string());
        let value = page.find("region", "Value");
        page.wait_for_text(&value, "born");
        page.tab_to("button Edit name");
        page.strike(&key::ENTER.to_string());
        page.own(
            "return role(document.activeElement) === 'textbox' && document.activeElement.closest('form') !== null",
            json!([]),
        );
        page.strike_together(&[key::CONTROL, 'a']);
        page.strike("Augusta");
        page.tab_to("button Save");
        page.strike(&key::ENTER.to_string());
        terminal.wait_for("HSET user name Augusta");
        page.tab_to("button Undo");
        page.strike(&key::ENTER.to_string());
        page.wait_for_text(&value, "Undone.");
        // Under the hood, and along its drawing.
        page.tab_to("button Under the hood");
        page.strike(&key::ENTER.to_string());
        page.tab_to("listbox Listpack");
        page.strike(&key::RIGHT.to_string());
        let active =
            "const box = document.getElementById(document.activeElement.getAttribute('aria-activedescendant'));
            return box?.getAttribute('aria-label').includes('Offset')";
        page.own(active, json!([]));
        page.tab_to("button As a table");
        page.strike(&key::ENTER.to_string());
        page.find("region", "Listpack as a table");
        page.tab_to("button Close the value");
        page.strike(&key::ENTER.to_string());
        page.wait_for_text(&page.find("region", "Value"), "Choose a key");
    });
}

#[test]
fn a_map_is_walked_with_keys() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", "(integer) 2");
        page.find_containing("treeitem", "sicily");
        page.tab_to("tree Keys");
        page.strike(&key::ENTER.to_string());
        page.wait_for_text(&page.find("region", "Value"), "Catania");
        page.tab_to("button Map");
        page.strike(&key::ENTER.to_string());
        page.tab_to_what_begins("group Map");
        let window = || page.own("return document.querySelector('.map svg').getAttribute('viewBox')", json!([]));
        let before = window();
        for key in [key::RIGHT, key::DOWN, '+'] {
            page.strike(&key.to_string());
        }
        assert_ne!(window(), before);
        page.tab_to_what_begins("img Palermo");
        page.wait_for_text(&page.find("status", "Place"), "Palermo: 13.36139, 38.11556");
        page.tab_to_what_begins("img Catania");
        page.wait_for_text(&page.find("status", "Place"), "Catania");
        page.tab_to("button Add a place");
        page.strike(&key::ENTER.to_string());
        page.own("return document.activeElement.closest('form') !== null", json!([]));
        page.strike(&format!("14.3{}37.6{}Enna", key::TAB, key::TAB));
        page.tab_to("button Add");
        page.strike(&key::ENTER.to_string());
        terminal.wait_for("GEOADD sicily 14.3 37.6 Enna");
    });
}

#[test]
fn charts_workload_and_help_are_used_with_keys() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("MSET user:1 a user:2 b", "OK");
        page.tab_to("button Charts");
        page.strike(&key::ENTER.to_string());
        page.tab_to("button As tables");
        page.strike(&key::ENTER.to_string());
        page.own("return document.querySelector('.charts table') !== null", json!([]));
        page.tab_to("group All charts");
        page.strike(&key::PAGE_DOWN.to_string());
        page.own("return document.activeElement.scrollTop > 0", json!([]));
        page.tab_to("button Workload");
        page.strike(&key::ENTER.to_string());
        page.find("region", "Workload");
        page.tab_to("textbox Ends after, 0: never");
        page.strike_together(&[key::CONTROL, 'a']);
        page.strike("300");
        page.tab_to("button Start");
        page.strike(&key::ENTER.to_string());
        page.wait_for_text(&page.find("status", "State of the workload"), "Stopped after 300 commands");
        page.tab_to("textbox Command");
        page.strike("EXPIRE k ");
        let help = page.find("region", "Help");
        page.wait_for_text(&help, "time to live in seconds");
        page.strike(&key::ESCAPE.to_string());
        page.tab_to("button Run");
        page.strike(&key::ENTER.to_string());
        page.wait_for_text(&help, "✓ As the page says.");
    });
}

#[test]
fn lessons_and_the_reference_are_used_with_keys() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "learn", |page| {
        page.find_containing("link", "TTL tiers");
        page.tab_to_what_begins("link TTL tiers");
        page.strike(&key::ENTER.to_string());
        page.find("heading", "TTL tiers");
        let terminal = Terminal::find(page);
        page.tab_to("textbox Command");
        page.strike(&format!("PING{}", key::ENTER));
        terminal.wait_for("PONG");
        page.strike(&key::ESCAPE.to_string());
        page.tab_to("link Commands");
        page.strike(&key::ENTER.to_string());
        page.find("region", "Sorted sets");
        page.own("return name(document.activeElement) === 'Search commands'", json!([]));
        page.strike("getd");
        page.wait_for_text(&page.find("status", "Found"), "1 command");
        page.strike(&key::ENTER.to_string());
        page.find("heading", "GETDEL");
        page.tab_to("button Run");
        page.strike(&key::ENTER.to_string());
        page.wait_for_text(&page.find("region", "Example 1"), "✓ As the page says.");
        page.tab_to("combobox Theme");
    });
}
