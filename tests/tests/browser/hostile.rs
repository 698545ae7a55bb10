//! Keys and values that would like to be something else than text.

use serde_json::json;
use tests::browser::page::{Page, visit};
use tests::browser::{Terminal, TestSite};

/// Markup without a space, so that it can stand where names may have none.
const ATTACK: &str = "<img/src=x/onerror=hacked=1><script>hacked=1</script><b>";
/// The same with bytes that are no text, a turned direction and a character without width.
const TURNED: &str = "<b>\u{202e}evil\u{200b}\\xff\\x00\u{5d0}";

/// Nothing that a store holds may have become an element: there is none of these on the page by itself. And nothing
/// that turns the direction of text or cannot be seen stands anywhere but where it was typed and echoed.
#[track_caller]
fn nothing_became_markup(page: &Page) {
    let script = "return document.querySelectorAll('img, iframe, b, body script, object, marquee').length";
    assert_eq!(page.session().script(script, &[]).unwrap(), json!(0));
    assert_eq!(page.session().script("return window.hacked ?? null", &[]).unwrap(), json!(null));
    let unseen = "const raw = /[\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff\\u0000\\ufffd]/, found = [];
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = texts.nextNode(); node; node = texts.nextNode()) {
            const at = node.parentElement;
            if (raw.test(node.data) && !at.closest('[role=log], textarea, noscript')) found.push(at.outerHTML.slice(0, 200));
        }
        for (const it of document.querySelectorAll('[aria-label], [title]')) {
            if (raw.test(it.ariaLabel ?? '') || raw.test(it.title)) found.push(it.outerHTML.slice(0, 200));
        }
        return found";
    assert_eq!(page.session().script(unseen, &[]).unwrap(), json!([]));
}

/// Hands a file to the page as a drop does, under any name.
#[track_caller]
fn drop_file(page: &Page, terminal: &Terminal, name: &str, text: &str) {
    let drop = "const files = new DataTransfer();
        files.items.add(new File([values[2]], values[1]));
        for (const kind of ['dragenter', 'dragover', 'drop']) {
            values[0].dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: files }));
        }
        return true;";
    page.own(drop, json!([terminal.log.argument(), name, text]));
}

#[test]
fn markup_in_keys_and_values_is_shown_as_text() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let attack = "<img src=x onerror=hacked=1><script>hacked=1</script><b>";
        terminal.check(&format!("SET '{attack}' '{attack}'"), "OK");
        terminal.check(&format!("GET '{attack}'"), &format!("\"{attack}\""));
        terminal.check(
            &format!("'{attack}' '{attack}'"),
            &format!("(error) ERR unknown command '{attack}', with args beginning with: '{attack}' "),
        );
        page.click_containing("treeitem", attack);
        let value = page.find("region", "Value");
        page.wait_for_text(&value, attack);
        terminal.check(&format!("HSET fields '{attack}' '{attack}'"), "(integer) 1");
        page.click_containing("treeitem", "fields");
        page.wait_for_text(&page.find("region", "Value"), "listpack");
        nothing_became_markup(page);
        page.reload();
        Terminal::find(page).check("DBSIZE", "(integer) 2");
        page.find_containing("treeitem", attack);
        nothing_became_markup(page);
    });
}

#[test]
fn bytes_that_are_no_text_are_shown_as_redis_cli_shows_them() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET \"k\\x00\\x1b[31m\\xff\\n\" \"\\xf0\\x28\\x8c\\x28\\a\\r\\n\"", "OK");
        terminal.check("KEYS k*", "1) \"k\\x00\\x1b[31m\\xff\\n\"");
        terminal.check("GET \"k\\x00\\x1b[31m\\xff\\n\"", "\"\\xf0(\\x8c(\\a\\r\\n\"");
        page.click_containing("treeitem", "[31m");
        page.wait_for_text(&page.find("region", "Value"), "(");
        // Characters that turn the direction of a line, or are nothing, may not deceive about where a reply ends.
        terminal.check("SET e \"\u{e9}\u{202e}\u{200b}\u{1f600}\"", "OK");
        terminal.check("STRLEN e", "(integer) 12");
    });
}

#[test]
fn a_value_of_a_megabyte_is_no_burden() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SETRANGE big 1048575 x", "(integer) 1048576");
        page.click_containing("treeitem", "big");
        page.wait_for_text(&page.find("region", "Value"), "1,048,576 bytes");
        let shown = page.text(&page.find("region", "Value")).len();
        assert!(shown < 100_000, "{shown} bytes of it are on the page");
        let from = terminal.enter("GET big");
        page.own("return values[0].textContent.slice(values[1]).length > 1000", json!([terminal.log.argument(), from]));
        terminal.check("PING", "PONG");
    });
}

#[test]
fn hostile_data_is_text_in_tree_drawings_charts_and_states() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let mut keys = Vec::new();
        for (number, name) in [ATTACK, TURNED].into_iter().enumerate() {
            for line in [
                format!("HSET \"{name}:key{number}h\" \"{name}\" \"{name}\""),
                format!("RPUSH \"{name}:key{number}l\" \"{name}\" 1"),
                format!("SADD \"{name}:key{number}s\" \"{name}\""),
                format!("ZADD \"{name}:key{number}z\" 1 \"{name}\""),
                format!("GEOADD \"{name}:key{number}g\" 1 1 \"{name}\""),
                format!("XADD \"{name}:key{number}x\" 1-1 \"{name}\" \"{name}\""),
                format!("SET \"{name}:key{number}t\" \"{name}\" EX 1000"),
            ] {
                terminal.enter(&line);
            }
            // With the word: "0s" alone is also the end of many a time to live.
            keys.extend(["h", "l", "s", "z", "g", "x", "t"].map(|kind| format!("key{number}{kind}")));
        }
        terminal.check("DBSIZE", "(integer) 14");
        for folder in [ATTACK, "evil"] {
            page.click_containing("treeitem", folder);
        }
        nothing_became_markup(page);
        for (at, key) in keys.iter().enumerate() {
            page.click_containing("treeitem", key);
            // The panel takes the place of what is said before it is there.
            page.find_containing("heading", key);
            let value = page.find("region", "Value");
            page.wait_for_text(&value, key);
            if at == 0 {
                page.press("Under the hood");
            }
            page.find_in_containing(&page.find("region", "Under the hood"), "img", "bytes in all");
            nothing_became_markup(page);
        }
        terminal.check("CONFIG SET slowlog-log-slower-than 0", "OK");
        terminal.enter(&format!("SCARD \"{TURNED}\""));
        page.press("Charts");
        let charts = page.find("region", "Charts");
        page.wait_for_text(&charts, ATTACK);
        page.wait_for_text(&charts, "SCARD");
        nothing_became_markup(page);
        page.press("As tables");
        page.wait_for_text(&charts, ATTACK);
        nothing_became_markup(page);
        // What a terminal is in the midst of.
        terminal.enter(&format!("WATCH \"{ATTACK}\" \"{TURNED}\""));
        terminal.check("MULTI", "OK");
        terminal.check_at("127.0.0.1:6379(TX)> ", &format!("GET \"{TURNED}\""), "QUEUED");
        page.wait_for_text(&page.find("region", "Queue"), "GET");
        nothing_became_markup(page);
        terminal.check_at("127.0.0.1:6379(TX)> ", "DISCARD", "OK");
        terminal.enter(&format!("SUBSCRIBE \"{ATTACK}\" \"{TURNED}\""));
        page.wait_for_text(&page.find("region", "Client 1"), "Listens to");
        nothing_became_markup(page);
        page.press("Stop");
        terminal.enter(&format!("BLPOP \"{ATTACK}\" \"{TURNED}\" 0"));
        page.wait_for_text(&page.find("status", "Terminal"), "something in");
        nothing_became_markup(page);
        page.press("Stop");
        terminal.check("PING", "PONG");
    });
}

#[test]
fn hostile_names_of_files_clients_and_settings_are_text() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let name = format!("{ATTACK}\u{202e}txt.exe");
        let lines = format!(
            "{ATTACK} 1\n\"{TURNED}\" 1\n\u{202e}SET a 1\nSET \"{ATTACK}\" \"{TURNED}\"\nLPUSH \"{ATTACK}\" x\n"
        );
        drop_file(page, &terminal, &name, &lines);
        let run = page.find("button", "Do not run");
        nothing_became_markup(page);
        page.click(&run);
        drop_file(page, &terminal, &name, &lines);
        let dialog = page.find_containing("dialog", ATTACK);
        page.click(&page.find_in(&dialog, "button", "Run"));
        page.wait_for_text(&page.find("group", "Errors of the file"), ATTACK);
        nothing_became_markup(page);
        // No RDB, for all its name says.
        drop_file(page, &terminal, &name, "REDIS0011 and no more");
        page.wait_for_text(&page.find("status", "Messages"), "was not imported");
        nothing_became_markup(page);
        // The name of a client is the title of its terminal.
        terminal.check(&format!("CLIENT SETNAME {ATTACK}"), "OK");
        page.find("button", ATTACK);
        nothing_became_markup(page);
        page.press("New client");
        page.press("Side by side");
        page.find("region", ATTACK);
        page.press("Close client 1");
        page.wait_for_text(&page.find("status", "Messages"), ATTACK);
        nothing_became_markup(page);
        page.press("Undo");
        page.find("region", ATTACK);
        page.press("Tabs");
        let terminal = Terminal::find(page);
        // Help on a command that is none, and the workload's settings.
        page.send_keys(&terminal.input, &format!("{ATTACK} {ATTACK}"));
        nothing_became_markup(page);
        page.send_keys(&terminal.input, "\u{e009}u\u{e009}");
        page.press("Workload");
        let set = "const area = document.querySelector('form[aria-label=\"Settings of the workload\"] textarea');
            if (!area) return false;
            area.value = values[0];
            area.dispatchEvent(new Event('change', { bubbles: true }));
            return true;";
        page.own(set, json!([format!("{ATTACK}=1")]));
        page.wait_for_text(&page.find("form", "Settings of the workload"), "Not taken: ");
        nothing_became_markup(page);
        page.own(set, json!(["ops=200 rate=0 delay=0"]));
        page.press("Start");
        page.wait_for_text(&page.find("status", "State of the workload"), "Stopped after 200 commands");
        nothing_became_markup(page);
        page.press("Remove its keys");
        terminal.wait_for("(integer) ");
        nothing_became_markup(page);
        // Where names are looked for.
        page.send_keys(&page.find("searchbox", "Filter keys"), &format!("{ATTACK}\u{202e}"));
        page.find("button", "Show all");
        page.press("Command palette");
        page.send_keys(&page.find("combobox", "What to do"), &format!("{ATTACK}\u{202e}"));
        page.own("return document.querySelector('.palette').textContent.includes('Nothing fits.')", json!([]));
        nothing_became_markup(page);
    });
}

#[test]
fn hostile_addresses_are_text() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let attack = "%3Cimg%2Fsrc%3Dx%2Fonerror%3Dhacked%3D1%3E%3Cscript%3Ehacked%3D1%3C%2Fscript%3E%E2%80%AE";
        for path in [
            format!("embed?cmd=SET+{attack}+1"),
            format!("embed?cmd=PING&theme={attack}&x={attack}#{attack}"),
            format!("learn/{attack}"),
            format!("commands/{attack}"),
            format!("commands/SET#{attack}"),
            format!("{attack}?{attack}#{attack}"),
        ] {
            page.go(&site.url(&path));
            page.own("return document.querySelector('main, [role=alert]') !== null", json!([]));
            nothing_became_markup(page);
        }
        page.go(&site.url(&format!("embed?cmd=SET+{attack}+1")));
        page.press("Run");
        Terminal::find(page).wait_for("OK");
        nothing_became_markup(page);
    });
}

#[test]
fn a_line_of_a_megabyte_is_taken_wherever_lines_are() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let long = format!("{ATTACK}{}", "x".repeat(1_048_576));
        let alive = || terminal.check("PING", "PONG");
        terminal.paste(&format!("SET long '{long}'\n"));
        terminal.wait_for("OK\n");
        terminal.check("STRLEN long", &format!("(integer) {}", long.len()));
        terminal.paste(&format!("SADD '{long}' '{long}'\n"));
        terminal.wait_for("(integer) 1\n");
        alive();
        // As a key of the tree, a value, a drawing, in the charts.
        page.click_containing("treeitem", ATTACK);
        page.wait_for_text(&page.find("region", "Value"), ATTACK);
        page.press("Under the hood");
        page.find_in_containing(&page.find("region", "Under the hood"), "img", "bytes in all");
        nothing_became_markup(page);
        page.click_containing("treeitem", "long");
        page.find_in_containing(&page.find("region", "Under the hood"), "img", "bytes in all");
        let shown = page.text(&page.find("region", "Value")).len();
        assert!(shown < 200_000, "{shown} bytes of it are on the page");
        page.press("Charts");
        page.wait_for_text(&page.find("region", "Charts"), "string");
        alive();
        // A command that is none, a queue, a message, and a file.
        terminal.paste(&format!("{long} 1\n"));
        terminal.wait_for("(error) ERR unknown command '<img");
        terminal.check("MULTI", "OK");
        terminal.paste(&format!("APPEND long '{long}'\n"));
        page.wait_for_text(&page.find("region", "Queue"), "1 command queued");
        page.press("DISCARD");
        alive();
        drop_file(page, &terminal, "long.txt", &format!("{long}\nECHO '{long}'\n"));
        let dialog = page.find("dialog", "Run long.txt?");
        page.click(&page.find_in(&dialog, "button", "Run"));
        page.wait_for_text(&page.find("status", "Result of the file"), "2 commands in");
        let said = page.text(&page.find("group", "Errors of the file")).len();
        assert!(said < 10_000, "{said} bytes of an error are on the page");
        nothing_became_markup(page);
        alive();
    });
}

#[test]
fn memory_may_grow_while_bytes_are_handed_over() {
    let site = TestSite::that_grows_memory().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("HSET plain field value", "(integer) 1");
        terminal.check("SET \"\\xff\\x00\" \"\\x00\\xff\"", "OK");
        page.click_containing("treeitem", "plain");
        page.wait_for_text(&page.find("region", "Value"), "field");
        page.press("Under the hood");
        page.find_in_containing(&page.find("region", "Under the hood"), "img", "bytes in all");
        terminal.check("SAVE", "OK");
        page.reload();
        let terminal = Terminal::find(page);
        terminal.check("GET \"\\xff\\x00\"", "\"\\x00\\xff\"");
        terminal.check("HGETALL plain", "1) \"field\"\n2) \"value\"");
        page.find_containing("treeitem", "plain");
        let grown = page.own("return await timesGrown()", json!([]));
        let times = |module: usize| grown[module].as_u64().unwrap_or_default();
        assert!(times(0) > 0 && times(1) > 0, "the memories grew {grown} times");
    });
}
