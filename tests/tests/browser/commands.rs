//! The command reference at `/commands`, and the help that follows what is typed.

use std::collections::BTreeSet;

use serde_json::json;
use tests::browser::page::{Page, key, visit};
use tests::browser::{Profile, Terminal, TestSite};

/// Runs the example with this number on the page and waits until every reply is the expected one.
fn run_example(page: &Page, number: usize) {
    let example = page.find("region", &format!("Example {number}"));
    page.click(&page.find_in(&example, "button", "Run"));
    page.wait_for_text(&example, "✓ As the page says.");
}

#[test]
fn the_index_leads_to_every_command() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        page.click(&page.find("link", "Commands"));
        page.find("heading", "Commands");
        page.find("region", "Sorted sets");
        assert_eq!(page.own("return document.title", json!([])), json!("Commands · Rediscover"));
        let paths = "return [...document.querySelectorAll('main ul a')].map((it) => new URL(it.href).pathname)";
        let linked: BTreeSet<String> = serde_json::from_value(page.own(paths, json!([]))).unwrap();
        let commands = engine::commands().iter().copied().flatten();
        let expected: BTreeSet<String> = commands.map(|command| format!("/commands/{}", command.name)).collect();
        assert_eq!(linked, expected);
    });
}

#[test]
fn the_index_is_searched_without_a_mouse() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "commands", |page| {
        page.find("region", "Strings");
        let search = page.find("searchbox", "Search commands");
        page.send_keys(&search, "getd");
        page.wait_for_text(&page.find("status", "Found"), "1 command");
        page.send_keys(&search, &key::ENTER.to_string());
        page.find("heading", "GETDEL");
        assert_eq!(page.address(), site.url("commands/GETDEL"));
        page.go(&site.url("commands"));
        // By what it does, and of a subcommand its part of the container's page.
        let search = page.find("searchbox", "Search commands");
        page.find("region", "Strings");
        page.send_keys(&search, "client kill");
        page.find_containing("link", "CLIENT KILL");
        page.send_keys(&search, &key::DOWN.to_string());
        assert_eq!(page.own("return name(document.activeElement).startsWith('CLIENT KILL')", json!([])), json!(true));
        page.send_keys(&page.find_containing("link", "CLIENT KILL"), &key::ENTER.to_string());
        page.find("heading", "CLIENT KILL");
        assert_eq!(page.address(), site.url("commands/CLIENT#client-kill"));
        page.own(
            "return document.getElementById('client-kill').getBoundingClientRect().top < innerHeight / 2",
            json!([]),
        );
        page.go(&site.url("commands"));
        page.find("region", "Strings");
        page.send_keys(&page.find("searchbox", "Search commands"), "xyzzy");
        page.wait_for_text(&page.find("status", "Found"), "No command fits.");
    });
}

#[test]
fn examples_run_again_and_again_on_an_empty_store() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "commands/set", |page| {
        page.find("heading", "SET");
        assert_eq!(page.own("return document.title", json!([])), json!("SET · Commands · Rediscover"));
        let article = page.find_role("article");
        for text in ["SET key value", "O(1)", "1.0.0", "@string", "denyoom", "argument 1", "History", "6.2.0"] {
            page.wait_for_text(&article, text);
        }
        run_example(page, 1);
        run_example(page, 2);
        run_example(page, 1);
        // The terminal beside it is on the same store.
        Terminal::find(page).check("GET session:81", "\"lena\"");
        page.find("link", "TTL tiers");
        page.click(&page.find("link", "MSET"));
        page.find("heading", "MSET");
        run_example(page, 1);
    });
}

#[test]
fn an_example_may_wait_listen_and_turn_the_clock() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        for name in ["BLPOP", "SUBSCRIBE", "EXPIRE", "MONITOR", "HEXPIRE", "DEBUG", "PFCOUNT"] {
            page.go(&site.url(&format!("commands/{name}")));
            page.find("heading", name);
            run_example(page, 1);
        }
    });
}

#[test]
fn a_subcommand_has_a_page_however_its_name_is_written() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "commands/config-get", |page| {
        page.find("heading", "CONFIG GET");
        page.go(&site.url("commands/client%20no-evict"));
        page.find("heading", "CLIENT NO-EVICT");
        page.go(&site.url("commands/restore-asking"));
        page.find("heading", "RESTORE-ASKING");
        assert_eq!(page.own("return document.title", json!([])), json!("RESTORE-ASKING · Commands · Rediscover"));
    });
}

#[test]
fn a_command_that_does_not_exist_is_said_so() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "commands/%3Cimg%20src=x%3E", |page| {
        page.wait_for_text(&page.find_role("alert"), "There is no such command");
        page.click(&page.find("link", "See the commands there are"));
        page.find("region", "Strings");
    });
}

#[test]
fn the_reference_works_below_a_path_and_without_a_server() {
    let site = TestSite::under_a_path().unwrap();
    let (page_of, index) = (site.url("commands/ZADD"), site.url("commands"));
    let profile = Profile::create().unwrap();
    let page = Page::open(&profile, &page_of).unwrap();
    run_example(&page, 1);
    page.click(&page.find("link", "ZINCRBY"));
    page.find("heading", "ZINCRBY");
    assert_eq!(page.address(), site.url("commands/ZINCRBY"));
    page.wait_until_kept();
    drop(site);
    page.go(&index);
    page.send_keys(&page.find("searchbox", "Search commands"), "lpush");
    page.click_containing("link", "LPUSHX");
    page.find("heading", "LPUSHX");
    run_example(&page, 1);
    page.close();
}

#[test]
fn help_follows_what_is_typed() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET mine 1", "OK");
        let help = page.find("region", "Help");
        let marked = |expected: &[&str]| {
            let found = "const found = [...document.querySelectorAll('mark')].map((it) => it.textContent);
                return JSON.stringify(found) === JSON.stringify(values);";
            page.own(found, json!(expected));
        };
        page.send_keys(&terminal.input, "EXPIRE session ");
        page.wait_for_text(&help, "EXPIRE key seconds");
        marked(&["seconds"]);
        page.send_keys(&terminal.input, "60 ");
        marked(&["[NX|XX|GT|LT]"]);
        for text in ["Complexity", "@keyspace", "fast", "Used in: ", "TTL tiers", "time to live in seconds"] {
            page.wait_for_text(&help, text);
        }
        // The example runs in a store of its own.
        page.click(&page.find_in(&help, "button", "Run"));
        page.wait_for_text(&help, "✓ As the page says.");
        terminal.check_rest("NX", "EXPIRE session 60 NX", "(integer) 0");
        terminal.check("DBSIZE", "(integer) 1");
        // Its subcommand is told apart, and what ran last stays.
        page.send_keys(&terminal.input, "client kill");
        page.wait_for_text(&help, "The page of CLIENT KILL");
        let toggle = "return [...document.querySelectorAll('button')].find((it) => /^Help/.test(name(it)))
            .getAttribute('aria-expanded')";
        assert_eq!(page.own(toggle, json!([])), json!("true"));
        page.click(&page.find_containing("button", "Help"));
        assert_eq!(page.own(toggle, json!([])), json!("false"));
        page.reload();
        Terminal::find(page).check("GET mine", "\"1\"");
        assert_eq!(page.own(toggle, json!([])), json!("false"));
    });
}

#[test]
fn the_palette_lists_the_commands_where_no_route_has_asked_for_them() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "learn", |page| {
        page.press("Command palette");
        let line = page.find("combobox", "What to do");
        page.send_keys(&line, "command zadd");
        page.find_containing("option", "Command: ZADD");
        page.send_keys(&line, &key::ENTER.to_string());
        page.find("heading", "ZADD");
    });
}
