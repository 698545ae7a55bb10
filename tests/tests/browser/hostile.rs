//! Keys and values that would like to be something else than text.

use serde_json::json;
use tests::browser::page::{Page, visit};
use tests::browser::{Terminal, TestSite};

/// Nothing that a store holds may have become an element: there is none of these on the page by itself.
#[track_caller]
fn nothing_became_markup(page: &Page) {
    let script = "return document.querySelectorAll('img, iframe, b, body script, object, marquee').length";
    assert_eq!(page.session().script(script, &[]).unwrap(), json!(0));
    assert_eq!(page.session().script("return window.hacked ?? null", &[]).unwrap(), json!(null));
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
