//! The page comes in parts: what a visit begins with works without the rest, and the rest comes when it is needed.

use crate::update::copy_all;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use tests::browser::{Page, Profile, Terminal, first_visit};
use tests::real::Directory;
use xtask::{page, site::Site};

/// A page that nothing keeps for later, so that a file can be taken away from it.
fn bare_page() -> Directory {
    let folder = Directory::create().unwrap();
    copy_all(&page::for_tests("/").unwrap(), &folder.0);
    let index = fs::read_to_string(folder.0.join("index.html")).unwrap();
    fs::write(folder.0.join("index.html"), index.replace("data-version=", "data-no-version=")).unwrap();
    folder
}

#[test]
fn first_commands_need_only_the_first_part_and_the_rest_is_loaded_when_one_needs_it() {
    let folder = bare_page();
    let (later, away) = (folder.0.join("worker_later.wasm"), folder.0.join("away.wasm"));
    fs::rename(&later, &away).unwrap();
    let site = Site::start(&folder.0, "/", 0).unwrap();
    let page = Page::open(&Profile::create().unwrap(), &site.url()).unwrap();
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
    let folder = bare_page();
    let names = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path());
    let is_later = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("web-") && name.ends_with("_later.wasm")
    };
    let later = names.into_iter().find(is_later).unwrap();
    let away = folder.0.join("away.wasm");
    fs::rename(&later, &away).unwrap();
    let site = Site::start(&folder.0, "/", 0).unwrap();
    let page = Page::open(&Profile::create().unwrap(), &site.url()).unwrap();
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
