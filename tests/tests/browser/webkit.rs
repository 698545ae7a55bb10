//! The core of the site in a second browser engine, WebKit.

use serde_json::json;
use tests::browser::page::Page;
use tests::browser::{Profile, Terminal, TestSite};
use tests::side::{Real, Side};

/// Runs a test in WebKit, where there is one: Debian has it, and the tests install it there.
fn visit_in_webkit(path: &str, test: impl FnOnce(&Page, &TestSite, &Profile)) {
    if !std::path::Path::new("/etc/debian_version").exists() {
        println!("not run: only Debian packages WebKit's driver in the way that the tests use");
        return;
    }
    let (site, profile) = (TestSite::at_root().unwrap(), Profile::create().unwrap());
    let page = Page::open_in_webkit(&profile, &site.url(path)).unwrap();
    test(&page, &site, &profile);
    page.close();
}

#[test]
fn webkit_runs_commands_shows_keys_and_keeps_them_over_a_reload() {
    visit_in_webkit("", |page, site, _| {
        let terminal = Terminal::find(page);
        terminal.check("SET user:1 ada", "OK");
        terminal.check("HSET user:2 name grace", "(integer) 1");
        page.find_containing("treeitem", "user");
        page.click_containing("treeitem", "user");
        page.click_containing("treeitem", "str");
        page.wait_for_text(&page.find("region", "Value"), "ada");
        page.own("return (await stored()).journal.includes('grace')", json!([]));
        page.reload();
        let terminal = Terminal::find(page);
        terminal.check("GET user:1", "\"ada\"");
        page.find_containing("treeitem", "user");
        // A lesson has a store of its own.
        page.go(&site.url("learn/which-structure"));
        Terminal::find(page).check("STRLEN board:json", "(integer) 65");
    });
}

#[test]
fn webkit_imports_a_file() {
    visit_in_webkit("", |page, _, profile| {
        let mut real = Real::start().unwrap();
        let commands = ["SET text hello", "RPUSH list a b c", "ZADD board 1 ada 2 bo"];
        for reply in real.run(&commands.map(|line| engine::resp::split_line(line).unwrap())).unwrap() {
            assert!(!reply.starts_with(b"-"));
        }
        let file = profile.file("dump.rdb", &real.save().unwrap()).unwrap();
        let terminal = Terminal::find(page);
        page.choose_file(&file);
        page.find_containing("treeitem", "board");
        terminal.check("GET text", "\"hello\"");
    });
}
