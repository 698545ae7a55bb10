//! The site in other browser engines than Chromium, with what their consoles would say.

use crate::offline::every_tool_on_places;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use tests::browser::other::Kind;
use tests::browser::page::{Page, key, wait_for};
use tests::browser::{Profile, Terminal, TestSite};
use tests::compare;
use tests::side::{Real, Side};

/// The same tests in each engine.
macro_rules! in_engines {
    ($($name:ident: $test:expr;)*) => {
        mod webkit {
            $(#[test] fn $name() { super::visit(super::Kind::Webkit, $test); })*
        }
        mod firefox {
            $(#[test] fn $name() { super::visit(super::Kind::Firefox, $test); })*
        }
    };
}

in_engines! {
    it_runs_commands_shows_keys_and_keeps_them_over_a_reload: super::runs_and_keeps;
    it_imports_and_exports_what_the_real_server_holds: super::imports_and_exports;
    it_shows_every_panel_and_route_without_an_error: super::shows_everything;
    its_errors_are_noted: super::notes_errors;
}

/// Runs a test in an engine, where there is one, and fails if the page, or its worker, wrote an error.
fn visit(kind: Kind, test: fn(&Page, &TestSite, &Profile)) {
    if let Some(why) = kind.is_missing() {
        println!("not run: {why}");
        return;
    }
    let (site, profile) = (TestSite::that_notes_errors().unwrap(), Profile::create().unwrap());
    let page = Page::open_in(kind, &profile, &site.url("")).unwrap();
    test(&page, &site, &profile);
    page.close();
}

fn runs_and_keeps(page: &Page, site: &TestSite, _: &Profile) {
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
}

/// A file of this name anywhere below a folder, once it is whole.
fn downloaded(folder: &Path, name: &str) -> Option<Vec<u8>> {
    let paths: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    paths.iter().find_map(|path| match path.is_dir() {
        true => downloaded(path, name),
        false if path.ends_with(name) => fs::read(path).ok().filter(|bytes| !bytes.is_empty()),
        false => None,
    })
}

fn imports_and_exports(page: &Page, _: &TestSite, profile: &Profile) {
    let mut real = Real::start().unwrap();
    let commands = ["SET text hello", "RPUSH list a b c", "ZADD board 1 ada 2 bo", "SET binary \"\\x00\\xff\\r\\n\""];
    for reply in real.run(&commands.map(|line| engine::resp::split_line(line).unwrap())).unwrap() {
        assert!(!reply.starts_with(b"-"));
    }
    let file = profile.file("from-redis.rdb", &real.save().unwrap()).unwrap();
    let terminal = Terminal::find(page);
    page.choose_file(&file);
    page.find_containing("treeitem", "board");
    terminal.check("GET text", "\"hello\"");
    page.press("Export");
    let dump = wait_for("dump.rdb", || downloaded(&profile.downloads(), "dump.rdb"));
    let mut loaded = Real::start().unwrap();
    loaded.load(&dump).unwrap();
    let difference = compare::data(&mut real, &mut loaded).unwrap();
    assert!(difference.is_none(), "{difference:?}");
}

fn shows_everything(page: &Page, site: &TestSite, profile: &Profile) {
    let terminal = Terminal::find(page);
    terminal.check("GEOADD places 13.4 52.5 Berlin", "(integer) 1");
    terminal.check("EVAL \"return redis.call('TYPE', KEYS[1])\" 1 places", "zset");
    every_tool_on_places(page);
    page.press("New client");
    page.press("Side by side");
    page.find("region", "Client 2");
    page.press("Close client 2");
    page.press("Tabs");
    page.click_containing("button", "Clock");
    page.press("+1 min");
    let terminal = Terminal::find(page);
    terminal.check("SUBSCRIBE news", "1) \"subscribe\"\n2) \"news\"\n3) (integer) 1");
    page.send_keys(&terminal.input, &format!("{}c{}", key::CONTROL, key::CONTROL));
    terminal.check("PING", "PONG");
    page.choose_file_for("File of commands", &profile.file("some.txt", b"SET a 1\nGET a\n").unwrap());
    let dialog = page.find("dialog", "Run some.txt?");
    page.click(&page.find_in(&dialog, "button", "Run"));
    page.wait_for_text(&page.find("status", "Result of the file"), "2 commands in");
    page.on_other_routes(site, |path| {
        // An engine that is left while it loads its rest would say that it could not.
        match path {
            "components" => drop(page.find_containing("treeitem", "a key with a deadline")),
            "learn" | "commands" | "nothing" => {}
            _ => Terminal::find(page).check("PING", "PONG"),
        }
        page.check_console();
    });
    page.go(&site.url("commands/ZADD"));
    let example = page.find("region", "Example 1");
    page.click(&page.find_in(&example, "button", "Run"));
    page.wait_for_text(&example, "✓ As the page says.");
}

/// What notes errors notes them: without this, the tests above would prove nothing.
fn notes_errors(page: &Page, site: &TestSite, _: &Profile) {
    Terminal::find(page).check("PING", "PONG");
    // In a file of the site: not every driver's own scripts throw where the page would.
    let script = "setTimeout(() => { throw new Error('first'); });
        Promise.reject(new Error('second'));
        console.error('third');";
    fs::write(site.folder().join("throws.js"), script).unwrap();
    let load = "for (const source of ['/throws.js', 'https://example.invalid/x.js']) {
            const script = document.createElement('script');
            script.src = source;
            document.body.append(script);
        }
        return true;";
    page.own(load, json!([]));
    let all = "const noted = notedErrors().join();
        if (!['first', 'second', 'third', 'policy'].every((it) => noted.includes(it))) return false;
        sessionStorage.clear();
        return true;";
    page.own(all, json!([]));
}
