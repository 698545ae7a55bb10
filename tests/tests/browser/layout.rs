//! How a key stands in memory, drawn; and the page with every component.

use serde_json::json;
use tests::browser::page::{Page, key, visit};
use tests::browser::{Terminal, TestSite};

/// Chooses a key in the tree and looks under the hood.
fn look_under(page: &Page, name: &str) {
    page.click_containing("treeitem", name);
    page.click(&page.find("button", "Under the hood"));
    page.find("region", "Under the hood");
}

/// The name of the box that the arrow keys have reached.
const ACTIVE: &str = "const box = document.getElementById(values[0].getAttribute('aria-activedescendant'));
    return box?.getAttribute('aria-label').includes(values[1]);";

#[test]
fn a_listpack_is_drawn_byte_by_byte_and_can_be_walked_and_read_as_a_table() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("RPUSH queue a 5 -4000 70000", "(integer) 4");
        look_under(page, "queue");
        let boxes = page.find("listbox", "Listpack");
        page.send_keys(&boxes, &key::RIGHT.to_string());
        page.own(ACTIVE, json!([boxes.argument(), "Offset 6, Entry a, For element, Encoding 6-bit string"]));
        page.send_keys(&boxes, &key::RIGHT.to_string());
        page.own(ACTIVE, json!([boxes.argument(), "7-bit unsigned integer, Encoding bytes 05"]));
        page.send_keys(&boxes, &key::END.to_string());
        page.own(ACTIVE, json!([boxes.argument(), "Offset 19, Entry end"]));
        page.click(&page.find("button", "As a table"));
        page.wait_for_text(&page.find("region", "Listpack as a table"), "24-bit integer");
        let memory = page.find_containing("img", "bytes in all");
        // Another write is drawn at once.
        terminal.check("RPUSH queue written:later", "(integer) 5");
        page.wait_for_text(&page.find("region", "Listpack as a table"), "written:later");
        drop(memory);
    });
}

#[test]
fn crossing_a_limit_shows_as_it_happens_with_its_cost() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("CONFIG SET hash-max-listpack-entries 3", "OK");
        terminal.check("HSET user a 1 b 2", "(integer) 2");
        look_under(page, "user");
        let hood = page.find("region", "Under the hood");
        page.find("meter", "hash-max-listpack-entries");
        page.wait_for_text(&hood, "2 of 3 fields");
        terminal.check("HSET user c 3 d 4", "(integer) 2");
        let log = page.find("log", "Changes of encoding, as they happen");
        for part in ["listpack → hashtable", "HSET user c 3", "4 fields: more than 3.", "times as much"] {
            page.wait_for_text(&log, part);
        }
        page.wait_for_text(&hood, "4 of 3 fields: crossed");
        page.find("listbox", "Slots");
        page.find("listbox", "Entries");
    });
}

#[test]
fn a_chain_shows_its_nodes_and_what_one_of_them_holds() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("CONFIG SET list-max-listpack-size 2", "OK");
        terminal.check("RPUSH jobs one two three four five", "(integer) 5");
        look_under(page, "jobs");
        let nodes = page.find("listbox", "Nodes");
        page.find("listbox", "Node 0");
        page.send_keys(&nodes, &format!("{}{}", key::END, key::ENTER));
        let opened = page.find("listbox", "Node 2");
        page.wait_for_text(&opened, "five");
    });
}

#[test]
fn every_component_is_shown_in_every_theme() {
    let site = TestSite::at_root().unwrap();
    for (scheme, width) in [("light", 1440), ("dark", 360)] {
        visit(&site, "", |page| {
            let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
            page.devtools("Emulation.setEmulatedMedia", json!({ "features": features }));
            let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
            page.devtools("Emulation.setDeviceMetricsOverride", size);
            page.go(&site.url("components"));
            let parts = "Buttons|Notices|Saving|Trouble|Clock|Terminals|Keys|Values|Clock menu|The charts|The workload|Command palette|\
                Shortcuts|Layouts";
            for part in parts.split('|') {
                page.find("region", part);
            }
            // The last layout comes when all others are there.
            let layouts = page.find("region", "Layouts");
            let all = "return values[0].querySelectorAll('section.gallery-state').length ===
                values[0].querySelectorAll('section.hood figure.memory').length";
            page.own(all, json!([layouts.argument()]));
            page.wait_for_text(&layouts, "intset → listpack");
            for waiting in ["Waiting for the reply", "Reading messages"] {
                page.wait_for_text(&page.find("region", "Terminals"), waiting);
            }
            // Nothing is wider than the page.
            page.own("return document.documentElement.scrollWidth <= innerWidth", json!([]));
        });
    }
}
