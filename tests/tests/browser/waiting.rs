//! What goes on after a command: transactions, commands that wait, messages, MONITOR; and clients beside each other.

use tests::browser::page::{Page, key, visit};
use tests::browser::{Terminal, TestSite};

const NEW_CONNECTION: &str = "^C\nThe connection was closed; a new one has taken its place.\n";
const READING: &str = "Reading messages... (press Ctrl-C to quit or any key to type command)";

fn ctrl_c(terminal: &Terminal) {
    terminal.page.send_keys(&terminal.input, &format!("{}c{}", key::CONTROL, key::CONTROL));
}

/// The terminal of a client that is there, or with a new one.
fn client<'a>(page: &'a Page, button: &str) -> Terminal<'a> {
    let button = page.find_containing("button", button);
    page.click(&button);
    Terminal::find(page)
}

#[test]
fn a_transaction_shows_in_the_prompt() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("MULTI", "OK");
        terminal.check_at("127.0.0.1:6379(TX)> ", "SET k v", "QUEUED");
        terminal.check_at("127.0.0.1:6379(TX)> ", "INCR k", "QUEUED");
        terminal.check_at(
            "127.0.0.1:6379(TX)> ",
            "EXEC",
            "1) OK\n2) (error) ERR value is not an integer or out of range",
        );
        terminal.check("MULTI", "OK");
        terminal.check_at("127.0.0.1:6379(TX)> ", "DISCARD", "OK");
        terminal.check("EXEC", "(error) ERR EXEC without MULTI");
    });
}

#[test]
fn a_command_that_waits_says_so_until_ctrl_c_or_stop() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SELECT 2", "OK");
        let prompt = "127.0.0.1:6379[2]> ";
        terminal.check_at(prompt, "BLPOP queue 0", "");
        let status = page.find("status", "Terminal");
        page.wait_for_text(&status, "Waiting for the reply");
        // For how long.
        page.own("return /[1-9] s/.test(values[0].parentElement.textContent)", serde_json::json!([status.argument()]));
        let from = terminal.end();
        ctrl_c(&terminal);
        terminal.expect(from, NEW_CONNECTION);
        page.own("return !document.querySelector('[role=status][aria-label=Terminal]')", serde_json::json!([]));
        // The same with a finger.
        terminal.check_at(prompt, "BRPOP queue 0", "");
        let from = terminal.end();
        page.press("Stop");
        terminal.expect(from, NEW_CONNECTION);
        terminal.check_at(prompt, "RPUSH queue job", "(integer) 1");
        terminal.check_at(prompt, "BLPOP queue 0", "1) \"queue\"\n2) \"job\"");
    });
}

#[test]
fn one_client_waits_for_what_another_brings() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let first = Terminal::find(page);
        first.check("BLPOP queue 0", "");
        page.find("button", "Client 1 waits");
        let second = client(page, "New client");
        second.check("RPUSH queue job", "(integer) 1");
        let first = client(page, "Client 1");
        first.wait_for("BLPOP queue 0\n1) \"queue\"\n2) \"job\"\n");
        first.check("EXISTS queue", "(integer) 0");
        // A watched key that the other client changes.
        first.check("WATCH stock", "OK");
        first.check("MULTI", "OK");
        let second = client(page, "Client 2");
        second.check("SET stock 1", "OK");
        let first = client(page, "Client 1");
        first.check_at("127.0.0.1:6379(TX)> ", "DECR stock", "QUEUED");
        first.check_at("127.0.0.1:6379(TX)> ", "EXEC", "(nil)");
        client(page, "Client 2");
        page.press("Close client 2");
        assert!(!page.has("button", "Client 2"));
        Terminal::find(page).check("GET stock", "\"1\"");
    });
}

#[test]
fn a_subscriber_prints_what_others_publish() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let subscriber = Terminal::find(page);
        subscriber.check("SUBSCRIBE news", "1) \"subscribe\"\n2) \"news\"\n3) (integer) 1");
        let status = page.find("status", "Terminal");
        page.wait_for_text(&status, READING);
        subscriber.check_at(
            "127.0.0.1:6379(subscribed mode)> ",
            "PSUBSCRIBE n*",
            "1) \"psubscribe\"\n2) \"n*\"\n3) (integer) 2",
        );
        let publisher = client(page, "New client");
        publisher.check("PUBLISH news \"hello, world\"", "(integer) 2");
        let subscriber = client(page, "Client 1 subscribed");
        subscriber.wait_for(
            "1) \"message\"\n2) \"news\"\n3) \"hello, world\"\n\
             1) \"pmessage\"\n2) \"n*\"\n3) \"news\"\n4) \"hello, world\"\n",
        );
        let from = subscriber.end();
        ctrl_c(&subscriber);
        subscriber.expect(from, NEW_CONNECTION);
        subscriber.check("PUBLISH news nobody", "(integer) 0");
    });
}

#[test]
fn messages_of_resp3_come_beside_replies() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("CONFIG SET notify-keyspace-events Ex", "OK");
        let hello = terminal.reply("HELLO 3", |reply| match reply.contains("\"modules\"") {
            true => Ok(()),
            false => Err("no list of modules".to_owned()),
        });
        assert!(hello.contains("3# \"proto\" => (integer) 3\n"), "{hello}");
        let channel = "__keyevent@0__:expired";
        terminal.check(&format!("SUBSCRIBE {channel}"), &format!("1) \"subscribe\"\n2) \"{channel}\"\n3) (integer) 1"));
        let prompt = "127.0.0.1:6379(subscribed mode)> ";
        // Another command, in the midst of it; what comes of it arrives by itself.
        terminal.check_at(prompt, "SET token abc PX 300", "OK");
        terminal.wait_for(&format!("1) \"message\"\n2) \"{channel}\"\n3) \"token\"\n"));
        let gone = format!("1) \"unsubscribe\"\n2) \"{channel}\"\n3) (integer) 0");
        terminal.check_at(prompt, &format!("UNSUBSCRIBE {channel}"), &gone);
        terminal.check("GET token", "(nil)");
    });
}

#[test]
fn monitor_shows_what_clients_run() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let monitor = Terminal::find(page);
        monitor.check("MONITOR", "OK");
        let status = page.find("status", "Terminal");
        page.wait_for_text(&status, "Showing what clients run");
        let other = client(page, "New client");
        other.check("SET greeting \"hello, world\"", "OK");
        let monitor = client(page, "Client 1 monitors");
        monitor.wait_for("] \"SET\" \"greeting\" \"hello, world\"\n");
        let from = monitor.end();
        page.press("Stop");
        monitor.expect(from, NEW_CONNECTION);
        monitor.check("GET greeting", "\"hello, world\"");
    });
}

#[test]
fn a_script_that_loops_is_killed_or_left_by_a_restart() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let first = Terminal::find(page);
        first.check("CONFIG SET busy-reply-threshold 100", "OK");
        first.check("SET n 1", "OK");
        first.enter("EVAL \"while true do end\" 0");
        let second = client(page, "New client");
        // The page answers meanwhile, and the node once the script is slow.
        second.check("SCRIPT KILL", "OK");
        let first = client(page, "Client 1");
        first.wait_for("Script killed by user with SCRIPT KILL");
        first.enter("EVAL \"redis.call('SET', 'n', 2) while true do end\" 0");
        let second = client(page, "Client 2");
        second.check(
            "SCRIPT KILL",
            "(error) UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait \
             the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
        );
        page.wait_for_text(&page.find("status", "Script"), "A restart ends the script");
        page.press("Restart");
        Terminal::find(page).check("GET n", "\"1\"");
    });
}
