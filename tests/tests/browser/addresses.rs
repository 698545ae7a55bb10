//! The site under a sub-path, deep links, and what an address can ask for.

use tests::browser::page::visit;
use tests::browser::{Terminal, TestSite};

#[test]
fn the_site_works_below_a_path() {
    let site = TestSite::under_a_path().unwrap();
    visit(&site, "", |page| {
        Terminal::find(page).check("SET k v", "OK");
        page.click(&page.find("link", "Learn"));
        page.click(&page.find_containing("link", "TTL tiers"));
        page.find("heading", "TTL tiers");
        assert_eq!(page.address(), site.url("learn/ttl-tiers"));
        // A deep link, opened afresh.
        page.reload();
        page.find("heading", "TTL tiers");
        Terminal::find(page).check("GET k", "(nil)");
        page.click(&page.find("link", "Playground"));
        Terminal::find(page).check("GET k", "\"v\"");
        page.go(&site.url("embed?cmd=PING"));
        page.press("Run");
        Terminal::find(page).wait_for("PONG");
    });
}

#[test]
fn a_terminal_goes_on_where_a_person_left_it() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET k v", "OK");
        terminal.check("SELECT 2", "OK");
        for away in ["Learn", "Commands", "Learn"] {
            page.click(&page.find("link", away));
            page.find_role("main");
            page.click(&page.find("link", "Playground"));
            let terminal = Terminal::find(page);
            terminal.wait_for("SET k v\nOK\n");
            terminal.check_at("127.0.0.1:6379[2]> ", "DBSIZE", "(integer) 0");
        }
    });
}

#[test]
fn an_embedded_terminal_runs_nothing_before_a_person_says_so() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET k mine", "OK");
        page.go(&site.url("embed?cmd=SET+k+%22a%2Bb%22&cmd=GET+k%0AFLUSHALL&theme=dark"));
        let terminal = Terminal::find(page);
        let offer = page.find("region", "Commands");
        for line in ["SET k \"a+b\"", "GET k", "FLUSHALL"] {
            page.wait_for_text(&offer, line);
        }
        // Its own first command finds that none of them has run.
        terminal.check("DBSIZE", "(integer) 0");
        page.press("Run");
        let prompt = "127.0.0.1:6379> ";
        let ran = format!("{prompt}SET k \"a+b\"\nOK\n{prompt}GET k\n\"a+b\"\n{prompt}FLUSHALL\nOK\n");
        terminal.wait_for(&ran);
        // Its store is not the person's.
        page.go(&site.url(""));
        Terminal::find(page).check("GET k", "\"mine\"");
    });
}

#[test]
fn an_address_that_makes_no_sense_is_answered_in_words() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        for query in
            ["cmd=%zz", "cmd=%ff%fe", "cmd=%", &"cmd=PING&".repeat(200), &format!("cmd={}", "a".repeat(20_000))]
        {
            page.go(&site.url(&format!("embed?{query}")));
            let alert = page.find_role("alert");
            assert!(page.text(&alert).len() > 20);
            assert!(!page.has("button", "Run"), "{query} can be run");
            Terminal::find(page).check("PING", "PONG");
        }
        for query in ["", "?", "?cmd=", "?cmd", "?x=%zz&=&&", "#cmd=PING", "?cmd=%0a%0d"] {
            page.go(&site.url(&format!("embed{query}")));
            Terminal::find(page).check("DBSIZE", "(integer) 0");
            assert!(!page.has("button", "Run"), "{query} can be run");
        }
        for path in ["learn/no-such-lesson", "learn/%3Cimg%20src=x%3E", "no/such/page", "learn/a/b/c"] {
            page.go(&site.url(path));
            page.find_role("alert");
            page.click(&page.find("link", "Playground"));
            Terminal::find(page).check("PING", "PONG");
        }
    });
}
