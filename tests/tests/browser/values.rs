//! Values and their editors: every edit is a command in the terminal, and can be taken back.

use serde_json::json;
use tests::browser::page::{Element, Page, key, visit};
use tests::browser::{Terminal, TestSite};

/// Chooses a key in the tree; gives the region in which its value is.
#[track_caller]
fn choose(page: &Page, name: &str) -> Element {
    page.click_containing("treeitem", name);
    let value = page.find("region", "Value");
    page.own("return values[0].querySelector('h2')?.textContent.includes(values[1])", json!([value.argument(), name]));
    value
}

/// Presses a button of the value's view, even if the view is being drawn anew.
#[track_caller]
fn press(page: &Page, value: &Element, name: &str) {
    let script = "const button = [...values[0].querySelectorAll('button')].find((it) =>
        (it.ariaLabel ?? it.textContent.trim()) === values[1] && visible(it));
        button?.click(); return button !== undefined;";
    page.own(script, json!([value.argument(), name]));
}

/// Replaces what stands in a field of the open form.
#[track_caller]
fn fill(page: &Page, form: &str, field: &str, text: &str) {
    let form = page.find("form", form);
    let field = page.find_in(&form, "textbox", field);
    page.send_keys(&field, &format!("{}a{}", key::CONTROL, key::CONTROL));
    page.send_keys(&field, text);
}

/// Waits for a drawing that is called like this.
#[track_caller]
fn picture(page: &Page, part: &str) {
    let script = "return [...document.querySelectorAll('[role=img]')].some((it) => it.ariaLabel.includes(values[0]))";
    page.own(script, json!([part]));
}

#[test]
fn a_string_is_text_json_hex_and_bits() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check(r#"SET doc '{"b":[1,2],"a":"x"}' EX 1000"#, "OK");
        let value = choose(page, "doc");
        press(page, &value, "JSON");
        page.wait_for_text(&value, "This is valid JSON.");
        page.wait_for_text(&value, "{\n  \"b\": [\n    1,\n    2\n  ],\n  \"a\": \"x\"\n}");
        press(page, &value, "Hex");
        page.wait_for_text(&value, "32 5d 2c 22 61 22 3a 22");
        press(page, &value, "Edit bytes from 16");
        fill(page, "Edit bytes from 16", "Bytes in hexadecimal", "79");
        press(page, &value, "Save");
        terminal.wait_for("SETRANGE doc 16 y");
        terminal.check("GET doc", r#""{\"b\":[1,2],\"a\":\"y\"}""#);
        press(page, &value, "Bits");
        // The first bit of "{", 0x7b, is 0; the second is 1.
        let bit = page.find("switch", "Bit 1");
        assert_eq!(page.of(&bit, "attribute/aria-checked"), "true");
        page.click(&page.find("switch", "Bit 0"));
        terminal.wait_for("SETBIT doc 0 1");
        page.own("return document.getElementById('value-bit-0').ariaChecked === 'true'", json!([]));
        page.send_keys(&page.find("switch", "Bit 0"), &format!("{}{} ", key::RIGHT, key::DOWN));
        // In a panel of this width a row is a byte.
        terminal.wait_for("SETBIT doc 9 ");
        press(page, &value, "Text");
        press(page, &value, "Edit the value");
        fill(page, "Edit the value", "Value", "hello \"you\"");
        press(page, &value, "Save");
        terminal.wait_for("SET doc \"hello \\\"you\\\"\" KEEPTTL");
        terminal.check("GET doc", r#""hello \"you\"""#);
        assert_ne!(terminal.line("TTL doc"), "(integer) -1");
        press(page, &value, "Undo");
        terminal.check("STRLEN doc", "(integer) 19");
    });
}

#[test]
fn a_hash_is_edited_and_each_edit_undone() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("HSET user name Ada born 1815", "(integer) 2");
        let value = choose(page, "user");
        press(page, &value, "Edit name");
        fill(page, "Edit name", "Value", "Augusta");
        // Somebody else is quicker: the draft stays, and what is there now is shown.
        terminal.check("HSET user name Lovelace", "(integer) 0");
        page.wait_for_text(&value, "It has changed meanwhile. It is now: Lovelace");
        assert_eq!(page.value(&page.find("textbox", "Value")), "Augusta");
        press(page, &value, "Save");
        terminal.wait_for("HSET user name Augusta");
        page.wait_for_text(&value, "Field name set.");
        press(page, &value, "Undo");
        page.wait_for_text(&value, "Undone.");
        terminal.check("HGET user name", "\"Lovelace\"");
        press(page, &value, "Delete born");
        page.wait_for_text(&value, "Field born deleted.");
        terminal.check("HEXISTS user born", "(integer) 0");
        press(page, &value, "Undo");
        terminal.check("HGET user born", "\"1815\"");
        press(page, &value, "TTL of born");
        fill(page, "TTL of born", "Seconds", "600");
        press(page, &value, "Set");
        page.wait_for_text(&value, "9m");
        press(page, &value, "Add a field");
        fill(page, "Add a field", "Field", "city");
        fill(page, "Add a field", "Value", "London");
        press(page, &value, "Add");
        terminal.check("HGET user city", "\"London\"");
        // What another writes since is not overwritten by an undo.
        terminal.check("HSET user born 0", "(integer) 0");
        press(page, &value, "Undo");
        page.wait_for_text(&value, "The key has changed since that edit; nothing was undone.");
        terminal.check("HGET user city", "\"London\"");
    });
}

#[test]
fn a_key_is_renamed_given_a_time_to_live_deleted_and_brought_back() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("RPUSH queue a b a", "(integer) 3");
        let value = choose(page, "queue");
        press(page, &value, "Rename queue");
        fill(page, "Rename queue", "New name", "jobs");
        press(page, &page.find("form", "Rename queue"), "Rename");
        terminal.wait_for("RENAMENX queue jobs");
        page.own("return values[0].querySelector('h2')?.textContent === 'jobs'", json!([value.argument()]));
        press(page, &value, "Set the TTL");
        fill(page, "Set the TTL", "Seconds", "0");
        press(page, &page.find("form", "Set the TTL"), "Set");
        page.wait_for_text(&value, "Seconds has to be a whole number above 0.");
        fill(page, "Set the TTL", "Seconds", "900");
        press(page, &page.find("form", "Set the TTL"), "Set");
        page.wait_for_text(&value, "14m");
        press(page, &value, "Delete element 2");
        terminal.wait_for("LREM jobs -1 a");
        terminal.check("LRANGE jobs 0 -1", "1) \"a\"\n2) \"b\"");
        press(page, &value, "Delete jobs");
        page.wait_for_text(&value, "does not exist any more");
        press(page, &value, "Undo");
        terminal.check("LRANGE jobs 0 -1", "1) \"a\"\n2) \"b\"");
        assert_ne!(terminal.line("TTL jobs"), "(integer) -1");
    });
}

#[test]
fn sets_and_sorted_sets_by_rank_and_by_score() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SADD tags red", "(integer) 1");
        terminal.check("ZADD board 1 ann 2 bob 3 cyd", "(integer) 3");
        let value = choose(page, "tags");
        press(page, &value, "Add a member");
        fill(page, "Add a member", "Member", "dark blue");
        press(page, &value, "Add");
        terminal.wait_for("SADD tags \"dark blue\"");
        press(page, &value, "Delete red");
        terminal.check("SMEMBERS tags", "1) \"dark blue\"");
        let value = choose(page, "board");
        page.send_keys(&page.find("textbox", "Least score"), &format!("(1{}", key::ENTER));
        page.own("return !values[0].textContent.includes('ann')", json!([value.argument()]));
        page.wait_for_text(&value, "bob");
        press(page, &value, "Highest first");
        let order = "return /cyd[^]*bob/.test(values[0].querySelector('tbody')?.textContent)";
        page.own(order, json!([value.argument()]));
        press(page, &value, "Edit bob");
        fill(page, "Edit bob", "Score", "9.5");
        press(page, &value, "Save");
        terminal.check("ZSCORE board bob", "\"9.5\"");
        page.send_keys(&page.find("textbox", "Greatest score"), &format!("much{}", key::ENTER));
        page.wait_for_text(&value, "A score is a number");
    });
}

#[test]
fn a_stream_shows_its_groups_and_what_is_pending() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("XADD log 1-1 level info", "\"1-1\"");
        terminal.check("XADD log 2-1 level warn", "\"2-1\"");
        terminal.check("XGROUP CREATE log readers 0", "OK");
        terminal.enter("XREADGROUP GROUP readers me COUNT 1 STREAMS log >");
        let value = choose(page, "log");
        press(page, &value, "Add an entry");
        fill(page, "Add an entry", "ID", "3-1");
        fill(page, "Add an entry", "Fields and values", "level \"very bad\"");
        press(page, &value, "Add");
        page.wait_for_text(&value, "level very bad");
        press(page, &value, "Delete 2-1");
        terminal.check("XLEN log", "(integer) 2");
        press(page, &value, "Show readers");
        page.wait_for_text(&value, "Pending entries");
        press(page, &value, "Acknowledge 1-1");
        page.wait_for_text(&value, "Nothing waits to be acknowledged.");
        press(page, &value, "Undo");
        terminal.wait_for("XCLAIM log readers me 0 1-1 TIME");
        page.find("button", "Acknowledge 1-1");
        press(page, &value, "Back to the entries");
        page.wait_for_text(&value, "Entries");
    });
}

#[test]
fn a_hyperloglog_and_places_are_drawn() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("PFADD seen a b c", "(integer) 1");
        terminal.check("GEOADD sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", "(integer) 2");
        let value = choose(page, "seen");
        page.wait_for_text(&value, "3 elements");
        page.wait_for_text(&value, "0.81 %");
        picture(page, "16384 registers, of which 3 are above 0");
        press(page, &value, "Add an element");
        fill(page, "Add an element", "Element", "d");
        press(page, &value, "Add");
        page.wait_for_text(&value, "4 elements");
        let value = choose(page, "sicily");
        press(page, &value, "Map");
        picture(page, "Palermo: 13.36139, 38.11556");
        // The outline has come, from this site.
        page.own(
            "return [...document.querySelectorAll('svg path')].some((it) => it.getAttribute('d').length > 5000)",
            json!([]),
        );
        press(page, &value, "Add a place");
        fill(page, "Add a place", "Longitude", "14.3");
        fill(page, "Add a place", "Latitude", "99");
        fill(page, "Add a place", "Member", "Enna");
        press(page, &value, "Add");
        page.wait_for_text(&value, "The command was refused: ERR invalid longitude,latitude pair");
        fill(page, "Add a place", "Latitude", "37.6");
        press(page, &value, "Add");
        picture(page, "Enna: 14.3");
    });
}

#[test]
fn a_terminal_that_is_not_free_gets_no_edit() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SADD tags red", "(integer) 1");
        let value = choose(page, "tags");
        terminal.check("MULTI", "OK");
        press(page, &value, "Delete red");
        page.wait_for_text(&value, "Nothing was sent. The terminal is inside MULTI");
        terminal.check_at("127.0.0.1:6379(TX)> ", "DISCARD", "OK");
        terminal.check("SCARD tags", "(integer) 1");
    });
}

#[test]
fn hostile_keys_and_values_are_text_in_every_view() {
    const HOSTILE: &str = "<img src=x onerror=hacked=1><script>hacked=1</script>";
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let bytes = format!("{HOSTILE}\u{202e}\u{200b}\\xff\\x00\\n\u{5d0}");
        for line in [
            format!("SET \"{bytes}\" \"{bytes}\""),
            format!("HSET h:fields \"{bytes}\" \"{bytes}\""),
            format!("RPUSH h:elements \"{bytes}\""),
            format!("SADD h:members \"{bytes}\""),
            format!("ZADD h:scores 1 \"{bytes}\""),
            format!("GEOADD h:places 1 1 \"{bytes}\""),
            format!("XADD h:entries 1-1 \"{bytes}\" \"{bytes}\""),
            format!("XGROUP CREATE h:entries \"{bytes}\" 0"),
            format!("XREADGROUP GROUP \"{bytes}\" \"{bytes}\" STREAMS h:entries >"),
            format!("PFADD h:sketch \"{bytes}\""),
        ] {
            terminal.enter(&line);
        }
        terminal.check("DBSIZE", "(integer) 8");
        let clean = || {
            let script =
                "return document.querySelectorAll('img, iframe, b, body script').length + (window.hacked ?? 0)";
            assert_eq!(page.session().script(script, &[]).unwrap(), json!(0));
        };
        page.click_containing("treeitem", "h: 7");
        for (name, lenses) in [
            ("fields", &[][..]),
            ("elements", &[]),
            ("members", &[]),
            ("scores", &["Map"]),
            ("places", &["Map"]),
            ("entries", &[]),
            ("sketch", &["Text", "JSON", "Hex", "Bits"]),
        ] {
            page.click_containing("treeitem", name);
            let value = page.find("region", "Value");
            page.wait_for_text(&value, &format!("h:{name}"));
            if name != "sketch" {
                page.wait_for_text(&value, "<img src=x onerror=hacked=1>");
                page.wait_for_text(&value, "\\u{202e}\\u{200b}\\xff\\x00\\n\u{5d0}");
            }
            for lens in lenses {
                press(page, &value, lens);
                clean();
            }
            clean();
        }
        // A value of a few bytes that no text field could hold is edited with escapes, and comes back exactly.
        page.click_containing("treeitem", "<img");
        let value = page.find("region", "Value");
        for lens in ["JSON", "Hex", "Bits", "Text"] {
            press(page, &value, lens);
            clean();
        }
        press(page, &value, "Edit the value");
        let field = page.find("textbox", "Value");
        assert!(page.value(&field).ends_with("\\xff\\x00\\n\u{5d0}"), "{}", page.value(&field));
        page.send_keys(&field, "!");
        press(page, &value, "Save");
        page.wait_for_text(&value, "The value is set.");
        terminal.check(&format!("STRLEN \"{bytes}\""), "(integer) 65");
        clean();
    });
}

#[test]
fn what_an_editor_sent_comes_back_with_the_up_arrow() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("HSET user name Ada born 1815", "(integer) 2");
        let value = choose(page, "user");
        press(page, &value, "Delete born");
        page.wait_for_text(&value, "Field born deleted.");
        let bar = page.find("group", "Chosen key");
        press(page, &bar, "Expire");
        page.send_keys(&page.find_in(&bar, "textbox", "Time to live: 90s, 10m, 2h, 1d; empty for none"), "2h\u{e007}");
        terminal.wait_for("EXPIRE user 7200");
        for line in ["EXPIRE user 7200", "HDEL user born", "HSET user name Ada born 1815"] {
            page.send_keys(&terminal.input, &key::UP.to_string());
            page.wait_for_value(&terminal.input, line);
        }
    });
}

#[test]
fn a_string_too_long_to_be_edited_as_text_says_how_it_can_be() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SETRANGE long 299999 !", "(integer) 300000");
        let value = choose(page, "long");
        page.wait_for_text(&value, "This string has 293 KB. Up to 256 KB are edited as one text");
        press(page, &value, "Next");
        page.wait_for_text(&value, "4,097–8,192 of 300,000");
        press(page, &value, "Edit bytes as Hex");
        page.wait_for_text(&value, "00 00 00 00");
    });
}
