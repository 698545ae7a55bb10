//! After the first load the site needs no network.

use serde_json::json;
use tests::browser::page::visit;
use tests::browser::{Page, Profile, Terminal, TestSite};

#[test]
fn without_a_server_everything_still_works() {
    works_offline(TestSite::at_root().unwrap());
}

#[test]
fn without_a_server_everything_still_works_below_a_path() {
    works_offline(TestSite::under_a_path().unwrap());
}

#[test]
fn the_site_can_be_installed() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        Terminal::find(page).check("PING", "PONG");
        let manifest = page.devtools("Page.getAppManifest", json!({}));
        assert_eq!(manifest["errors"], json!([]), "{manifest}");
        let errors = page.devtools("Page.getInstallabilityErrors", json!({}));
        assert_eq!(errors["installabilityErrors"], json!([]), "{errors}");
    });
}

/// One visit of `/`, and then no server: every panel and every route is there, also those whose code nobody has
/// asked for yet.
fn works_offline(site: TestSite) {
    let url = |path: &str| site.url(path);
    let routes = ["", "learn", "learn/ttl-tiers", "commands", "commands/ZADD", "embed?cmd=PING", "components", "none"];
    let [home, learn, lesson, commands, command, embed, components, none] = routes.map(url);
    let profile = Profile::create().unwrap();
    let page = Page::open(&profile, &home).unwrap();
    Terminal::find(&page).check("SET k v", "OK");
    page.wait_until_kept();
    page.own("return (await stored()).journal.includes('SET')", json!([]));
    drop(site);
    page.reload();
    every_panel(&page);
    page.go(&learn);
    page.find_containing("link", "TTL tiers");
    page.go(&lesson);
    page.find("heading", "TTL tiers");
    Terminal::find(&page).check("PING", "PONG");
    page.go(&commands);
    page.find("region", "Sorted sets");
    page.go(&command);
    page.find("heading", "ZADD");
    let example = page.find("region", "Example 1");
    page.click(&page.find_in(&example, "button", "Run"));
    page.wait_for_text(&example, "✓ As the page says.");
    page.go(&embed);
    page.press("Run");
    Terminal::find(&page).wait_for("PONG");
    page.go(&components);
    page.wait_for_text(&page.find("region", "Layouts"), "intset → listpack");
    page.go(&none);
    page.find("heading", "There is nothing here");
    page.close();
}

fn every_panel(page: &Page) {
    let terminal = Terminal::find(page);
    terminal.check("GET k", "\"v\"");
    terminal.check("EVAL \"return redis.call('GET', KEYS[1])\" 1 k", "\"v\"");
    terminal.check("GEOADD places 13.4 52.5 Berlin", "(integer) 1");
    every_tool_on_places(page);
    page.send_keys(&terminal.input, "EXPIRE k ");
    page.wait_for_text(&page.find("region", "Help"), "time to live in seconds");
    page.press("Command palette");
    page.send_keys(&page.find("combobox", "What to do"), "all shortcuts\u{e007}");
    page.find("dialog", "Shortcuts");
}

/// Looks at the key `places`, a sorted set with one place, and at every other tool.
#[track_caller]
pub fn every_tool_on_places(page: &Page) {
    page.click_containing("treeitem", "places");
    page.find("heading", "places");
    let value = page.find("region", "Value");
    page.wait_for_text(&value, "Berlin");
    page.click(&page.find_in(&value, "button", "Map"));
    page.own("return document.querySelector('.map .land')?.getAttribute('d').length > 5000", json!([]));
    page.press("Under the hood");
    page.wait_for_text(&page.find("region", "Under the hood"), "listpack");
    page.press("Charts");
    page.wait_for_text(&page.find("region", "Charts"), "zset");
    page.press("Workload");
    page.press("Start");
    page.press("Stop");
    page.wait_for_text(&page.find("status", "State of the workload"), "Stopped after");
}
