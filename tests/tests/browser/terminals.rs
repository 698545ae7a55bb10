//! Several terminals at once, the editing of their lines, redis-cli's modes and files of commands.

use serde_json::json;
use tests::browser::page::{Page, key, visit};
use tests::browser::{Terminal, TestSite};

/// Presses a key with Ctrl.
fn ctrl(terminal: &Terminal, letter: char) {
    terminal.page.send_keys(&terminal.input, &format!("{}{letter}{}", key::CONTROL, key::CONTROL));
}

/// The terminal in a region, when several are shown.
fn terminal_of<'a>(page: &'a Page, name: &str) -> Terminal<'a> {
    let region = page.find("region", name);
    let (log, input) = (page.find_in(&region, "log", "Replies"), page.find_in(&region, "textbox", "Command"));
    Terminal { page, input, log }
}

#[test]
fn terminals_side_by_side_keep_names_protocols_and_layout() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        Terminal::find(page).check("CLIENT SETNAME worker", "OK");
        page.find("button", "worker");
        page.press("New client");
        page.press("Side by side");
        let (worker, other) = (terminal_of(page, "worker"), terminal_of(page, "Client 2"));
        worker.check("SET k v", "OK");
        other.check("GET k", "\"v\"");
        let head = page.find("region", "Client 2");
        page.click(&page.find_in(&head, "button", "RESP3"));
        other.wait_for("\"proto\" => (integer) 3\n");
        other.check("SMEMBERS none", "(empty set)");
        page.reload();
        let (worker, other) = (terminal_of(page, "worker"), terminal_of(page, "Client 2"));
        worker.check("CLIENT GETNAME", "\"worker\"");
        other.check("SMEMBERS none", "(empty set)");
        page.press("Tabs");
        Terminal::find(page).check("PING", "PONG");
    });
}

#[test]
fn a_terminal_shows_what_it_is_in_the_midst_of() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("MULTI", "OK");
        let inside = "127.0.0.1:6379(TX)> ";
        terminal.check_at(inside, "SET k \"a b\"", "QUEUED");
        terminal.check_at(inside, "GET k", "QUEUED");
        let queue = page.find("region", "Queue");
        page.wait_for_text(&queue, "2 commands queued until EXEC");
        page.wait_for_text(&queue, "SET k \"a b\"");
        page.press("EXEC");
        terminal.wait_for("1) OK\n2) \"a b\"\n");
        terminal.check("SUBSCRIBE news", "1) \"subscribe\"\n2) \"news\"\n3) (integer) 1");
        page.wait_for_text(&page.find("region", "Client 1"), "Listens to news");
        ctrl(&terminal, 'c');
        terminal.check("BLPOP jobs 0", "");
        page.wait_for_text(&page.find("status", "Terminal"), "to BLPOP: something in jobs");
    });
}

#[test]
fn a_closed_terminal_comes_back_with_what_it_printed() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        page.press("New client");
        let second = Terminal::find(page);
        second.check("ECHO here", "\"here\"");
        page.press("Close client 2");
        assert!(!page.has("button", "Client 2"));
        page.press("Undo");
        page.find("button", "Client 2");
        let second = Terminal::find(page);
        second.wait_for("ECHO here\n\"here\"\n");
        second.check("PING", "PONG");
    });
}

#[test]
fn a_line_is_edited_as_in_a_shell() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("SET user:1 a", "OK");
        terminal.check("GET user:1", "\"a\"");
        // Older lines are searched.
        ctrl(&terminal, 'r');
        page.send_keys(&terminal.input, "user");
        page.wait_for_value(&terminal.input, "GET user:1");
        ctrl(&terminal, 'r');
        page.wait_for_value(&terminal.input, "SET user:1 a");
        ctrl(&terminal, 'e');
        ctrl(&terminal, 'u');
        page.wait_for_value(&terminal.input, "");
        ctrl(&terminal, 'y');
        page.wait_for_value(&terminal.input, "SET user:1 a");
        ctrl(&terminal, 'u');
        // A script in quotes spans rows.
        page.send_keys(&terminal.input, &format!("EVAL \"local n = 1{}", key::ENTER));
        page.wait_for_value(&terminal.input, "EVAL \"local n = 1\n");
        let from = terminal.enter("return n + 1\" 0");
        terminal.expect(from, "return n + 1\" 0\n(integer) 2\n");
    });
}

#[test]
fn the_modes_of_redis_cli_run_in_a_terminal() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        terminal.check("RPUSH l a b c", "(integer) 3");
        terminal.enter("--bigkeys");
        terminal.wait_for("Biggest   list found '\"l\"' has 3 items\n");
        terminal.check("--scan", "\"l\"");
        terminal.enter("--latency");
        page.wait_for_text(&page.find("region", "Client 1"), "min: ");
        let from = terminal.end();
        ctrl(&terminal, 'c');
        terminal.wait_for(" samples)\n");
        assert!(terminal.since(from).starts_with("^C\nmin: "));
        terminal.check("-r 2 PING", "PONG\nPONG");
    });
}

#[test]
fn a_file_of_commands_runs_after_consent() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        let terminal = Terminal::find(page);
        let drop = "const files = new DataTransfer();
            files.items.add(new File([values[1]], 'commands.txt'));
            for (const kind of ['dragenter', 'dragover', 'drop']) {
                values[0].dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
            }
            return true;";
        let file = "SET a 1\nINCR a\n<b>no</b> 1\nLPUSH a x\n";
        page.own(drop, json!([terminal.log.argument(), file]));
        let dialog = page.find("dialog", "Run commands.txt?");
        page.wait_for_text(&dialog, "4 lines of commands");
        page.wait_for_text(&dialog, "<b>no</b> 1");
        page.click(&page.find_in(&dialog, "button", "Run"));
        page.wait_for_text(&page.find("status", "Result of the file"), "4 commands in");
        let errors = page.find("group", "Errors of the file");
        page.wait_for_text(&errors, "WRONGTYPE");
        terminal.check("GET a", "\"2\"");
    });
}

#[test]
fn terminals_are_rearranged_by_dragging_their_tabs() {
    let site = TestSite::at_root().unwrap();
    visit(&site, "", |page| {
        Terminal::find(page).check("CLIENT SETNAME first", "OK");
        page.find("button", "first");
        page.press("New client");
        page.find("button", "Client 2");
        let clients = page.find("group", "Clients");
        let tab = |name: &str| page.find_in(&clients, "button", name);
        page.drag(&tab("Client 2"), &tab("first"));
        let order = "const names = [...document.querySelectorAll('[aria-label=Clients] button')].map((it) => it.firstChild.textContent);
            return names.join() === 'Client 2,first';";
        page.own(order, json!([]));
        // A drag that ends where nothing takes it leaves everything as it is, and the next one works.
        let clients = page.find("group", "Clients");
        page.drag(&page.find_in(&clients, "button", "first"), &page.find("log", "Replies"));
        page.own(order, json!([]));
        page.reload();
        Terminal::find(page).check("PING", "PONG");
        page.own(order, json!([]));
        let clients = page.find("group", "Clients");
        page.drag(&page.find_in(&clients, "button", "Client 2"), &page.find_in(&clients, "button", "first"));
        page.own(&order.replace("Client 2,first", "first,Client 2"), json!([]));
    });
}
