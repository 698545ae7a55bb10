//! The page comes in parts: what a visit begins with works without the rest, and the rest comes when it is needed.

use serde_json::json;
use std::fs;
use std::path::PathBuf;
use tests::browser::{Page, Profile, Terminal, TestSite, first_visit};

#[test]
fn first_commands_need_only_the_first_part_and_the_rest_is_loaded_when_one_needs_it() {
    let site = TestSite::that_is_not_kept().unwrap();
    let [later, away] = ["worker_later.wasm", "away.wasm"].map(|name| site.folder().join(site.own(name)));
    fs::rename(&later, &away).unwrap();
    let page = Page::open(&Profile::create().unwrap(), &site.url("")).unwrap();
    let terminal = Terminal::find(&page);
    first_visit::run(&terminal);
    fs::rename(&away, &later).unwrap();
    terminal.check("EVAL \"return redis.call('GET', KEYS[1])\" 1 counter", "\"1\"");
    terminal.check("XLEN none", "(integer) 0");
    terminal.check("GET counter", "\"1\"");
    page.close();
}

#[test]
fn what_the_page_can_not_load_is_said_and_loaded_when_it_is_asked_for_again() {
    let site = TestSite::that_is_not_kept().unwrap();
    let names = fs::read_dir(site.folder().join(site.own(""))).unwrap().map(|entry| entry.unwrap().path());
    let is_later = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("web-") && name.ends_with("_later.wasm")
    };
    let later = names.into_iter().find(is_later).unwrap();
    let away = site.folder().join("away.wasm");
    fs::rename(&later, &away).unwrap();
    let page = Page::open(&Profile::create().unwrap(), &site.url("")).unwrap();
    let terminal = Terminal::find(&page);
    terminal.check("SET greeting hello", "OK");
    page.click_containing("treeitem", "greeting");
    let told = "return [...document.querySelectorAll('[role=alert]')]
        .some((it) => it.textContent.includes('could not be loaded: status 404'))";
    page.own(told, json!([]));
    fs::rename(&away, &later).unwrap();
    // Help says the same below the terminal.
    page.click(&page.find_all("button", "Try again")[0]);
    page.find("heading", "greeting");
    page.press("Charts");
    page.find("heading", "Operations a second");
    terminal.check("GET greeting", "\"hello\"");
    // The missing file stands in the console, as it should.
    page.close_with_errors("404");
}
