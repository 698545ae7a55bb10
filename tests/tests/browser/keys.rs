//! The tree of keys beside the terminal, and the value of the chosen one.

use serde_json::json;
use tests::browser::page::{key, visit};
use tests::browser::{Terminal, TestSite};

#[test]
fn keys_appear_change_and_go_as_they_do_in_the_store() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let tree = page.find("tree", "Keys");
        terminal.check("SET greeting hello", "OK");
        terminal.check("RPUSH user:1:queue a b", "(integer) 2");
        terminal.check("HSET user:2 name Ada", "(integer) 1");
        page.find_containing("treeitem", "greeting");
        page.wait_for_text(&tree, "user:2");
        let closed = "return values[0].querySelectorAll('[role=treeitem][aria-expanded=false]').length === 1";
        page.own(closed, json!([tree.argument()]));
        page.click_containing("treeitem", "user");
        // One folder below it, and one key.
        let row = "const rows = [...values[0].querySelectorAll('[role=treeitem]')];
            return rows.find((row) => row.ariaLevel === values[1] && row.textContent.includes(values[2])) ?? null;";
        page.own(row, json!([tree.argument(), "2", "1"]));
        page.own(row, json!([tree.argument(), "2", "2"]));
        terminal.check("DEL greeting user:2", "(integer) 2");
        let gone = "return ![...values[0].querySelectorAll('[role=treeitem]')].some((row) =>
            row.textContent.includes('greeting'))";
        page.own(gone, json!([tree.argument()]));
        terminal.check("SELECT 1", "OK");
        page.own("return !values[0].textContent.includes('user')", json!([tree.argument()]));
    });
}

#[test]
fn a_key_shows_its_type_its_time_to_live_and_its_value() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("HSET user name Ada born 1815", "(integer) 2");
        terminal.check("EXPIRE user 600", "(integer) 1");
        page.find_containing("treeitem", "9m");
        page.click_containing("treeitem", "user");
        let value = page.find("region", "Value");
        for text in ["hash", "listpack", "2 fields", "name", "Ada", "born", "1815"] {
            page.wait_for_text(&value, text);
        }
        // The time to live counts down by itself: what it says changes twice.
        let body = "const now = values[0].querySelector('dl').textContent;
            window.told ??= [];
            if (window.told.at(-1) !== now) window.told.push(now);
            return window.told.length >= 3;";
        page.own(body, json!([value.argument()]));
        // A write to the key shows at once.
        terminal.check("HSET user name Augusta", "(integer) 0");
        page.wait_for_text(&page.find("region", "Value"), "Augusta");
        terminal.check("PERSIST user", "(integer) 1");
        page.wait_for_text(&page.find("region", "Value"), "none");
        terminal.check("DEL user", "(integer) 1");
        page.wait_for_text(&page.find("region", "Value"), "does not exist any more");
    });
}

#[test]
fn the_tree_is_walked_with_the_keyboard() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("MSET a:1 one a:2 two b three", "OK");
        page.find_containing("treeitem", "b");
        let tree = page.find("tree", "Keys");
        page.send_keys(&tree, &key::HOME.to_string());
        let active = "const row = document.getElementById(values[0].getAttribute('aria-activedescendant'));
            return row?.textContent.includes(values[1]) && row.ariaLevel === values[2];";
        page.own(active, json!([tree.argument(), "a", "1"]));
        // Opens the folder, then goes into it.
        page.send_keys(&tree, &key::RIGHT.to_string());
        page.own("return values[0].querySelector('[aria-expanded=true]') !== null", json!([tree.argument()]));
        page.send_keys(&tree, &key::RIGHT.to_string());
        page.own(active, json!([tree.argument(), "1", "2"]));
        page.send_keys(&tree, &key::DOWN.to_string());
        page.own(active, json!([tree.argument(), "2", "2"]));
        page.send_keys(&tree, &key::ENTER.to_string());
        page.wait_for_text(&page.find("region", "Value"), "two");
    });
}

#[test]
fn twenty_thousand_keys_stay_responsive() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let line = |first: u32| {
            let pairs: Vec<String> = (first..first + 500).map(|number| format!("key:{number:05} v")).collect();
            format!("MSET {}\n", pairs.join(" "))
        };
        terminal.paste(&(0..40).map(|part| line(part * 500)).collect::<String>());
        terminal.check("DBSIZE", "(integer) 20000");
        let tree = page.find("tree", "Keys");
        page.wait_for_text(&tree, "20,000");
        let took = terminal.time("PING", "PONG");
        println!("with 20,000 keys a PING took {took:?} from the first key stroke to its reply");
        page.click_containing("treeitem", "key");
        page.wait_for_text(&tree, "00000");
        page.send_keys(&tree, &key::END.to_string());
        page.wait_for_text(&tree, "19999");
        let rows = page.present("treeitem").len();
        assert!(rows < 300, "{rows} rows are on the page");
        // What is written while the end is shown appears there.
        terminal.check("SET key:99999 v", "OK");
        page.send_keys(&tree, &key::END.to_string());
        page.wait_for_text(&tree, "99999");
    });
}

#[test]
fn prefixes_show_counts_and_shares_and_a_filter_narrows_them() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("MSET user:1 a user:2 b shop/1 c shop/2 d", "OK");
        terminal.check("SADD user:set a", "(integer) 1");
        page.find_containing("treeitem", "user: 3");
        let share = page.text(&page.find_containing("treeitem", "user: 3"));
        assert!(share.contains('%'), "{share}");
        let filter = page.find("searchbox", "Filter keys");
        page.send_keys(&filter, "user");
        page.wait_for_text(&page.find("region", "Store"), "3 of 5");
        page.press("Options");
        page.press("set");
        page.wait_for_text(&page.find("region", "Store"), "1 of 5");
        // What comes and goes while the filter is on is followed.
        terminal.check("SADD user:other a", "(integer) 1");
        page.wait_for_text(&page.find("region", "Store"), "2 of 6");
        page.send_keys(&filter, "nothing");
        page.press("Show all");
        page.wait_for_value(&filter, "");
        page.find_containing("treeitem", "user: 4");
        let delimiter = page.find("textbox", "Split at");
        page.send_keys(&delimiter, "\u{e003}/");
        page.find_containing("treeitem", "shop/ 2");
        page.reload();
        page.find_containing("treeitem", "shop/ 2");
    });
}

#[test]
fn what_is_done_to_a_key_is_a_command_and_can_be_undone() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("RPUSH \"to do\" a b c", "(integer) 3");
        page.click_containing("treeitem", "to do");
        let bar = page.find("group", "Chosen key");
        page.click(&page.find_in(&bar, "button", "Expire"));
        page.send_keys(&page.find_in(&bar, "textbox", "Time to live: 90s, 10m, 2h, 1d; empty for none"), "2h\u{e007}");
        terminal.wait_for("EXPIRE \"to do\" 7200");
        page.find_containing("treeitem", "2h");
        page.click(&page.find_in(&bar, "button", "Rename"));
        let name = page.find_in(&bar, "textbox", "New name");
        page.send_keys(&name, "done\u{e007}");
        terminal.wait_for("RENAMENX \"to do\" done");
        page.find_containing("treeitem", "done");
        // With the keyboard, and back again.
        let tree = page.find("tree", "Keys");
        page.send_keys(&tree, "\u{e010}\u{e017}");
        terminal.wait_for("DEL done");
        page.own("return !values[0].querySelector('[role=treeitem]')", json!([tree.argument()]));
        let undo = page.find_all("button", "Undo").pop().unwrap();
        page.click(&undo);
        page.find_containing("treeitem", "done");
        terminal.check("LRANGE done 0 -1", "1) \"a\"\n2) \"b\"\n3) \"c\"");
        terminal.reply("TTL done", |reply| if reply.contains("(integer) 7") { Ok(()) } else { Err(reply.to_owned()) });
    });
}

#[test]
fn an_empty_store_offers_data_and_databases_are_chosen_from_a_list() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.press("A web shop");
        terminal.wait_for("SET rate:17 3 EX 60");
        page.find_containing("treeitem", "cart: 2");
        assert!(!page.text(&terminal.log).contains("(error)"));
        terminal.check("SELECT 2", "OK");
        page.press("A game");
        page.find_containing("treeitem", "player: 3");
        terminal.check_at("127.0.0.1:6379[2]> ", "SELECT 4", "OK");
        page.press("City sensors");
        page.find_containing("treeitem", "sensor: 4");
        assert!(!page.text(&terminal.log).contains("(error)"));
        let databases = page.find("combobox", "Database");
        page.send_keys(&databases, &key::HOME.to_string());
        terminal.wait_for("SELECT 0");
        page.find_containing("treeitem", "cart: 2");
    });
}

#[test]
fn the_keys_that_expire_next_stand_in_their_order() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET shop:cart v EX 500", "OK");
        terminal.check("SET soon v EX 100", "OK");
        terminal.check("SET stays v", "OK");
        page.press("Options");
        let order = page.find("combobox", "Order");
        page.send_keys(&order, "next");
        let rows = "const rows = [...document.querySelectorAll('[role=treeitem] .name')].map((it) => it.textContent);
            return rows.join(' ') === values[0]";
        page.own(rows, json!(["soon shop:cart"]));
        page.wait_for_text(&page.find("status", "Found"), "Next to expire: 2 of 2 with a deadline");
        terminal.check("EXPIRE soon 900", "(integer) 1");
        page.own(rows, json!(["shop:cart soon"]));
        terminal.check("PERSIST soon", "(integer) 1");
        terminal.check("PERSIST shop:cart", "(integer) 1");
        page.wait_for_text(&page.find("region", "Store"), "No key expires.");
    });
}

#[test]
fn the_count_of_keys_is_shown_whole_beside_what_is_done_with_files() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("EVAL \"for i=1,12345 do redis.call('SET','key:'..i,i) end return 'done'\" 0", "\"done\"");
        page.wait_for_text(&page.find("region", "Store"), "12,345");
        // Nothing is cut off, nothing overlaps: at the panel's usual width and at its least.
        let body = "const panel = document.querySelector('.desk > .keys');
            panel.style.width = values[0];
            const title = panel.querySelector('h2'), files = panel.querySelector('.files');
            const range = document.createRange();
            range.selectNodeContents(title);
            return range.getBoundingClientRect().right <= files.getBoundingClientRect().left
                && files.getBoundingClientRect().right <= panel.getBoundingClientRect().right
                && title.scrollWidth <= title.clientWidth;";
        for width in ["264px", "230px"] {
            page.own(body, json!([width]));
        }
    });
}
