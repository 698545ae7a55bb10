//! The terminal at `/`: typing, replies, history, completion, pasting.

use serde_json::json;
use tests::browser::page::{key, visit};
use tests::browser::{Terminal, TestSite};

#[test]
fn commands_are_typed_and_answered() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET greeting \"hello, world\"", "OK");
        terminal.check("GET greeting", "\"hello, world\"");
        terminal.check("INCR visits", "(integer) 1");
        terminal.check("GET nothing", "(nil)");
        terminal.check("RPUSH queue a \"b c\" \"\\x00\\xff\"", "(integer) 3");
        terminal.check("LRANGE queue 0 -1", "1) \"a\"\n2) \"b c\"\n3) \"\\x00\\xff\"");
        terminal.check("LRANGE none 0 -1", "(empty array)");
        terminal.check("SET greeting \"no end", "Invalid argument(s)");
        terminal.check("nonsense 1", "(error) ERR unknown command 'nonsense', with args beginning with: '1' ");
        terminal.check("SET just-a-key", "(error) ERR wrong number of arguments for 'set' command");
        terminal.check("PING", "PONG");
    });
}

#[test]
fn an_error_has_a_colour_of_its_own() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET k v", "OK");
        terminal.check("LPUSH k v", "(error) WRONGTYPE Operation against a key holding the wrong kind of value");
        let color_of = |text: &str| {
            let body = "const [log, text] = values;
                const texts = document.createTreeWalker(log, NodeFilter.SHOW_TEXT);
                for (let node = texts.nextNode(); node; node = texts.nextNode()) {
                    if (node.data.startsWith(text)) return getComputedStyle(node.parentElement).color;
                }
                return null;";
            page.own(body, json!([terminal.log.argument(), text]))
        };
        assert_ne!(color_of("(error) WRONGTYPE"), color_of("OK"));
        assert_ne!(color_of("(error) WRONGTYPE"), color_of("LPUSH"));
    });
}

#[test]
fn resp3_replies_print_as_redis_cli_prints_them() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let hello = terminal.reply("HELLO 3", |reply| match reply.contains("\"modules\"") {
            true => Ok(()),
            false => Err("no list of modules".to_owned()),
        });
        assert!(hello.starts_with("1# \"server\" => \"redis\"\n"), "{hello}");
        assert!(hello.contains("\n3# \"proto\" => (integer) 3\n"), "{hello}");
        terminal.check("HSET user name Ada born 1815", "(integer) 2");
        terminal.check("HGETALL user", "1# \"name\" => \"Ada\"\n2# \"born\" => \"1815\"");
        terminal.check("ZADD board 3.5 ada", "(integer) 1");
        terminal.check("ZSCORE board ada", "(double) 3.5");
        terminal.check("GET none", "(nil)");
        terminal.check("SADD tags one", "(integer) 1");
        terminal.check("SMEMBERS tags", "1~ \"one\"");
    });
}

#[test]
fn the_prompt_says_which_database_and_what_state() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SELECT 3", "OK");
        terminal.check_at("127.0.0.1:6379[3]> ", "SET k v", "OK");
        terminal.check_at("127.0.0.1:6379[3]> ", "SELECT 99", "(error) ERR DB index is out of range");
        terminal.check_at("127.0.0.1:6379[3]> ", "SELECT 0", "OK");
        terminal.check("EXISTS k", "(integer) 0");
    });
}

#[test]
fn history_comes_back_with_the_arrow_keys_and_after_a_reload() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET first 1", "OK");
        terminal.check("SET second 2", "OK");
        page.send_keys(&terminal.input, "half");
        page.send_keys(&terminal.input, &key::UP.to_string());
        page.wait_for_value(&terminal.input, "SET second 2");
        page.send_keys(&terminal.input, &key::UP.to_string());
        page.wait_for_value(&terminal.input, "SET first 1");
        page.send_keys(&terminal.input, &key::DOWN.to_string());
        page.wait_for_value(&terminal.input, "SET second 2");
        page.send_keys(&terminal.input, &key::DOWN.to_string());
        page.wait_for_value(&terminal.input, "half");
        page.reload();
        let terminal = Terminal::find(page);
        page.send_keys(&terminal.input, &format!("{}{}", key::UP, key::UP));
        page.wait_for_value(&terminal.input, "SET first 1");
        let from = terminal.end();
        page.send_keys(&terminal.input, &key::ENTER.to_string());
        terminal.expect(from, "127.0.0.1:6379> SET first 1\nOK\n");
    });
}

#[test]
fn tab_completes_and_a_hint_follows_the_line() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        // The hint describes the input to a screen reader too.
        let has_hint = "const hint = document.getElementById(values[0].getAttribute('aria-describedby'));
            return hint.textContent.includes(values[1]);";
        page.send_keys(&terminal.input, "zrangebyscore ");
        page.own(has_hint, json!([terminal.input.argument(), "key min max"]));
        page.send_keys(&terminal.input, &format!("{}c{}", key::CONTROL, key::CONTROL));
        page.wait_for_value(&terminal.input, "");
        page.send_keys(&terminal.input, "getra");
        page.own(
            "values[0].focus(); values[0].dispatchEvent(new KeyboardEvent('keydown', {key: 'Tab', bubbles: true, \
             cancelable: true})); return values[0].value.toLowerCase() === 'getrange';",
            json!([terminal.input.argument()]),
        );
        page.send_keys(&terminal.input, &format!("{}c{}", key::CONTROL, key::CONTROL));
        page.wait_for_value(&terminal.input, "");
        terminal.check("PING", "PONG");
    });
}

#[test]
fn clear_and_help() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("ECHO before", "\"before\"");
        terminal.enter("clear");
        page.own("return !values[0].textContent.includes('before')", json!([terminal.log.argument()]));
        let help = terminal.reply("help SET", |reply| match reply.contains("since: 1.0.0") {
            true => Ok(()),
            false => Err("no version".to_owned()),
        });
        assert!(help.contains("SET key value"), "{help}");
        terminal.check("PING", "PONG");
    });
}

#[test]
fn pasted_lines_run_in_order_and_an_unfinished_last_one_waits() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let from = terminal.end();
        terminal.paste("SET a 1\r\nINCR a\n\nGET a\nDEL");
        page.wait_for_value(&terminal.input, "DEL");
        let prompt = "127.0.0.1:6379> ";
        terminal.expect(from, &format!("{prompt}SET a 1\nOK\n{prompt}INCR a\n(integer) 2\n{prompt}GET a\n\"2\"\n"));
        terminal.check_rest(" a", "DEL a", "(integer) 1");
    });
}

#[test]
fn pasted_commands_are_shown_before_they_run_and_can_be_dropped_or_stopped() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        page.paste(&terminal.input, "SET a 1\nSET b 2\nSET c 3\n");
        let pasted = page.find("region", "Pasted commands");
        page.wait_for_text(&pasted, "3 commands pasted");
        page.wait_for_text(&pasted, "SET c 3");
        page.send_keys(&terminal.input, &format!("{}c", key::CONTROL));
        page.own("return !document.querySelector('section[aria-label=\"Pasted commands\"]')", json!([]));
        terminal.check("DBSIZE", "(integer) 0");
        // A single one is as good as typed.
        page.paste(&terminal.input, "ECHO once\n");
        page.wait_for_value(&terminal.input, "ECHO once");
        page.send_keys(&terminal.input, &key::ENTER.to_string());
        terminal.wait_for("\"once\"");
        // What waits behind a command that blocks goes with it.
        terminal.paste("SET before 1\nBLPOP nothing 0\nSET after 1\n");
        page.wait_for_text(&page.find("status", "Terminal"), "; then 1 line to run");
        page.send_keys(&terminal.input, &format!("SET last 1{}", key::ENTER));
        page.wait_for_text(&page.find("status", "Terminal"), "; then 2 lines to run");
        page.send_keys(&terminal.input, &format!("{}c", key::CONTROL));
        terminal.check("KEYS *", "1) \"before\"");
    });
}
