//! Terminals: what they print, what they wait for, how their connections begin and end.

use super::*;

#[test]
fn a_terminal_reads_as_redis_cli() {
    check("SET k v\nGET k", "127.0.0.1:6379> SET k v\nOK\n127.0.0.1:6379> GET k\n\"v\"\n");
    check("  \n\nPING", "127.0.0.1:6379> PING\nPONG\n");
    check("GET \"k", "127.0.0.1:6379> GET \"k\nInvalid argument(s)\n");
    check("2 ECHO hi", "127.0.0.1:6379> 2 ECHO hi\n\"hi\"\n\"hi\"\n");
    check("SELECT 3\nPING", "127.0.0.1:6379> SELECT 3\nOK\n127.0.0.1:6379[3]> PING\nPONG\n");
    check(
        "SELECT 99\nPING",
        "127.0.0.1:6379> SELECT 99\n(error) ERR DB index is out of range\n127.0.0.1:6379> PING\nPONG\n",
    );
    check(
        "SELECT 3\nRESET\nPING",
        "127.0.0.1:6379> SELECT 3\nOK\n127.0.0.1:6379[3]> RESET\nRESET\n127.0.0.1:6379> PING\nPONG\n",
    );
}

#[test]
fn preferences_are_set_as_in_redis_cli() {
    let mut page = Page::open(None, None);
    let hint = |page: &mut Page| {
        page.heard.clear();
        page.send(ToWorker::Hint { client: CLIENT, ticket: 1, line: "GET ".into() });
        page.heard.iter().find_map(|it| if let FromWorker::Hint { hint, .. } = it { Some(hint.clone()) } else { None })
    };
    assert_eq!(hint(&mut page).unwrap().hint, "key");
    assert_eq!(page.run(":set nohints"), "127.0.0.1:6379> :set nohints\n");
    let without = hint(&mut page).unwrap();
    assert_eq!(without.hint, "");
    assert_eq!(without.command.unwrap().name, "GET", "the help panel goes on following");
    page.run(":SET Hints now");
    assert_eq!(hint(&mut page).unwrap().hint, "key");
    for (line, why) in [
        (":set foo", "unknown redis-cli preference 'foo'"),
        (":set", "unknown redis-cli internal command ':set'"),
        (": set hints", "unknown redis-cli internal command ':'"),
    ] {
        assert_eq!(page.run(line), format!("127.0.0.1:6379> {line}\n{why}\n"));
    }
}

#[test]
fn leaving_and_coming_back() {
    let mut page = Page::open(None, None);
    page.run("SELECT 2\nSET k v");
    assert!(page.run("QUIT").contains("Connection closed"));
    page.meanwhile("CLIENT LIST");
    assert_eq!(page.host.engine.server().clients.len(), 1, "the connection is closed at once");
    assert_eq!(page.prompt, "not connected> ");
    assert_eq!(page.run("EXISTS k"), "127.0.0.1:6379> EXISTS k\n(integer) 0\n");
}

const NEW_CONNECTION: &str = "^C\nThe connection was closed; a new one has taken its place.\n";

#[test]
fn the_prompt_shows_a_transaction() {
    let mut page = Page::open(None, None);
    page.run("SELECT 1");
    assert_eq!(
        page.run("MULTI\nSET k v\nGET k\nEXEC"),
        "127.0.0.1:6379[1]> MULTI\nOK\n127.0.0.1:6379[1](TX)> SET k v\nQUEUED\n\
         127.0.0.1:6379[1](TX)> GET k\nQUEUED\n127.0.0.1:6379[1](TX)> EXEC\n1) OK\n2) \"v\"\n"
    );
    assert_eq!(page.prompt, "127.0.0.1:6379[1]> ");
    page.run("MULTI\nSELECT 2");
    assert_eq!(page.prompt, "127.0.0.1:6379[2](TX)> ");
    page.run("DISCARD");
    assert_eq!(page.prompt, "127.0.0.1:6379[1]> ");
    // A watched key that another client changes ends the transaction with nothing.
    page.run("WATCH k");
    page.meanwhile("SELECT 1\nSET k other");
    assert!(page.run("MULTI\nSET k mine\nEXEC").ends_with("EXEC\n(nil)\n"));
    assert_eq!(page.prompt, "127.0.0.1:6379[1]> ");
}

#[test]
fn a_command_that_waits_holds_up_the_lines_after_it() {
    let mut page = Page::open(None, None);
    assert_eq!(page.run("BLPOP queue 0\nPING"), "127.0.0.1:6379> BLPOP queue 0\n");
    assert_eq!(page.awaiting, Awaiting::Reply { since_ms: START_MS });
    page.wait(300.0);
    assert_eq!(page.meanwhile("RPUSH queue job"), "1) \"queue\"\n2) \"job\"\n127.0.0.1:6379> PING\nPONG\n");
    assert_eq!(page.awaiting, Awaiting::Nothing);
    // One that gives up says how long it took, as redis-cli does.
    page.run("BLPOP queue 2");
    page.wait(2000.0);
    assert_eq!(page.printed(), "(nil)\n(2.00s)\n");
}

#[test]
fn ctrl_c_ends_a_wait_with_a_new_connection() {
    let mut page = Page::open(None, None);
    page.run("SELECT 3\nBLPOP queue 0");
    assert_eq!(page.interrupt(), NEW_CONNECTION);
    assert_eq!((page.prompt.as_str(), page.awaiting), ("127.0.0.1:6379[3]> ", Awaiting::Nothing));
    // Nobody waits any more, and the database is the one it was.
    page.meanwhile("SELECT 3\nRPUSH queue job");
    assert_eq!(page.run("LLEN queue"), "127.0.0.1:6379[3]> LLEN queue\n(integer) 1\n");
    // Where nothing is under way, Ctrl-C only says so.
    assert_eq!(page.interrupt(), "^C\n");
}

#[test]
fn a_subscriber_prints_messages_as_they_come() {
    let mut page = Page::open(None, None);
    assert_eq!(
        page.run("SUBSCRIBE news sport\nPING"),
        "127.0.0.1:6379> SUBSCRIBE news sport\n1) \"subscribe\"\n2) \"news\"\n3) (integer) 1\n\
         1) \"subscribe\"\n2) \"sport\"\n3) (integer) 2\n\
         127.0.0.1:6379(subscribed mode)> PING\n1) \"pong\"\n2) \"\"\n"
    );
    assert_eq!(page.awaiting, Awaiting::Messages);
    assert_eq!(page.meanwhile("PUBLISH news hello"), "1) \"message\"\n2) \"news\"\n3) \"hello\"\n");
    let refused = page.run("GET k");
    assert!(refused.contains("(error) ERR Can't execute 'get': only (P|S)SUBSCRIBE"), "{refused}");
    page.run("UNSUBSCRIBE");
    assert_eq!((page.prompt.as_str(), page.awaiting), ("127.0.0.1:6379> ", Awaiting::Nothing));
    page.run("PSUBSCRIBE n*");
    assert_eq!(page.interrupt(), NEW_CONNECTION);
    assert_eq!(page.meanwhile("PUBLISH news gone"), "");
    assert_eq!((page.prompt.as_str(), page.awaiting), ("127.0.0.1:6379> ", Awaiting::Nothing));
}

#[test]
fn a_number_before_a_command_repeats_it_or_is_refused() {
    let mut page = Page::open(None, None);
    assert!(page.run("+2 INCR n").ends_with("(integer) 1\n(integer) 2\n"));
    for line in ["0 INCR n", "-3 INCR n", "99999999999999999999 INCR n"] {
        assert!(page.run(line).ends_with("\nInvalid redis-cli repeat command option value.\n"), "{line}");
    }
    assert!(page.run("2x INCR n").contains("(error) ERR unknown command '2x'"));
    assert!(page.run("GET n").ends_with("\"2\"\n"));
}

#[test]
fn what_comes_unasked_is_no_reply_to_a_mode() {
    let mut page = Page::open(None, None);
    page.run("SET short v PX 10\nSET long v\nHELLO 3\nCLIENT TRACKING ON BCAST");
    // Found expired on the way.
    page.real_ms += 20.0;
    let printed = page.run("--bigkeys");
    assert!(printed.contains("invalidate"), "{printed}");
    assert!(printed.contains("Sampled 1 keys in the keyspace!"), "{printed}");
    assert!(printed.contains("1 strings with 1 bytes (100.00% of keys, avg size 1.00)"), "{printed}");
}

#[test]
fn a_subscriber_of_resp3_goes_on_with_other_commands() {
    let mut page = Page::open(None, None);
    page.run("HELLO 3\nSUBSCRIBE news");
    assert_eq!(page.prompt, "127.0.0.1:6379(subscribed mode)> ");
    let printed = page.run("PUBLISH news mine");
    assert!(printed.contains("1) \"message\"\n2) \"news\"\n3) \"mine\"\n"), "{printed}");
    assert!(printed.contains("(integer) 1\n"), "{printed}");
    assert_eq!(page.awaiting, Awaiting::Messages);
    // A channel and a shard channel are counted apart.
    page.run("SSUBSCRIBE shard\nUNSUBSCRIBE news");
    assert_eq!(page.awaiting, Awaiting::Messages);
    page.run("SUNSUBSCRIBE shard");
    assert_eq!(page.awaiting, Awaiting::Nothing);
}

#[test]
fn a_queued_subscription_does_not_wait_for_its_confirmations() {
    let mut page = Page::open(None, None);
    let printed = page.run("MULTI\nSUBSCRIBE a b\nPING\nDISCARD");
    assert!(printed.ends_with("127.0.0.1:6379(TX)> DISCARD\nOK\n"), "{printed}");
    assert_eq!(page.awaiting, Awaiting::Nothing);
}

#[test]
fn monitor_shows_what_others_run_until_ctrl_c() {
    let mut page = Page::open(None, None);
    assert_eq!(page.run("MONITOR\nPING"), "127.0.0.1:6379> MONITOR\nOK\n");
    assert_eq!(page.awaiting, Awaiting::Monitor);
    let shown = page.meanwhile("SET k v");
    assert!(shown.ends_with(" \"SET\" \"k\" \"v\"\n"), "{shown}");
    assert_eq!(page.interrupt(), format!("{NEW_CONNECTION}1 line behind it did not run.\n"));
    assert_eq!(page.run("GET k"), "127.0.0.1:6379> GET k\n\"v\"\n");
}

#[test]
fn beside_a_lesson_others_go_on_while_the_learner_waits() {
    let mut page = Page::open(None, None);
    page.host.terminals.insert(CLIENT, Terminal::new(CLIENT, page.host.terminals[&CLIENT].client, true));
    let printed = page.run("BLPOP queue 0\nalice> RPUSH queue job\nPING");
    assert_eq!(
        printed,
        "127.0.0.1:6379> BLPOP queue 0\nalice> RPUSH queue job\n1) \"queue\"\n2) \"job\"\n(integer) 1\n\
         127.0.0.1:6379> PING\nPONG\n"
    );
}

#[test]
fn a_connection_that_is_killed_comes_back_to_its_database() {
    let mut page = Page::open(None, None);
    page.run("SELECT 2");
    let printed = page.meanwhile("CLIENT KILL TYPE normal SKIPME yes");
    assert!(printed.contains("The server closed the connection."), "{printed}");
    assert_eq!(page.prompt, "not connected> ");
    assert_eq!(page.run("SET k v"), "127.0.0.1:6379[2]> SET k v\nOK\n");
}

#[test]
fn ten_thousand_lines_run_in_order_in_slices() {
    let mut page = Page::open(None, None);
    let lines = "INCR n\n".repeat(10_000);
    page.host.handle(ToWorker::Lines { client: CLIENT, lines }, START_MS);
    let slices = std::iter::from_fn(|| page.host.work(START_MS, 1.0).then_some(())).count();
    // The clock of this test stands still, so one slice does it all; the texts are sent in pieces all the same.
    assert_eq!(slices, 0);
    let pieces: Vec<_> =
        page.host.take_outbox().into_iter().filter(|message| matches!(message, FromWorker::Printed { .. })).collect();
    assert!(pieces.len() > 5, "{}", pieces.len());
    page.heard = pieces;
    assert!(page.printed().ends_with("127.0.0.1:6379> INCR n\n(integer) 10000\n"));
}

#[test]
fn the_page_knows_each_connection() {
    let mut page = Page::open(None, None);
    let line = |line: &str| ToWorker::Lines { client: CLIENT, lines: line.to_owned() };
    page.send(line("ACL SETUSER ann on nopass ~* &* +@all\nAUTH ann x\nHELLO 3 SETNAME jobs"));
    let known = page.connection();
    assert_eq!((known.user.as_str(), known.name.as_str(), known.resp3), ("ann", "jobs", true));
    // What it waits for, and until when.
    page.send(line("BLPOP queue {a}b 5"));
    let waits = page.connection().waits.unwrap();
    assert_eq!((waits.command.as_str(), waits.reason), ("BLPOP", crate::protocol::WaitReason::Keys));
    assert_eq!((waits.keys.shown.join(" "), waits.until_ms), ("queue {a}b".to_owned(), Some(START_MS + 5000.0)));
    // Ctrl-C: a new connection with the same name and protocol, as another user.
    page.send(ToWorker::Interrupt { client: CLIENT });
    let known = page.connection();
    assert_eq!((known.user.as_str(), known.name.as_str(), known.resp3), ("default", "jobs", true));
    page.send(line("SUBSCRIBE news\nPSUBSCRIBE n*"));
    assert_eq!(page.connection().channels.shown, ["news", "n* (pattern)"]);
    page.send(line("UNSUBSCRIBE\nPUNSUBSCRIBE\nWATCH k"));
    assert_eq!(page.connection().watched.shown, ["k"]);
    page.send(line("MULTI\nSET k \"a b\"\nINCR k"));
    let known = page.connection();
    assert_eq!(known.queue.unwrap().shown, ["SET k \"a b\"", "INCR k"]);
    assert!(!known.is_watch_broken);
    page.meanwhile("SET k 1");
    page.send(line("NOSUCH"));
    let known = page.connection();
    assert!(known.is_watch_broken && known.is_queue_bad);
    page.send(line("DISCARD\nRESET"));
    let known = page.connection();
    assert_eq!((known.name.as_str(), known.resp3, known.queue), ("", false, None));
}

#[test]
fn a_terminal_comes_back_with_its_name_and_protocol() {
    let mut page = Page::open(None, None);
    page.send(ToWorker::Connect { client: OTHER, name: "jobs".to_owned(), resp3: true });
    let known = page.last(|message| match message {
        FromWorker::Prompt { client: OTHER, connection, .. } => Some(connection.clone()),
        _ => None,
    });
    assert_eq!((known.name.as_str(), known.resp3, known.is_open), ("jobs", true, true));
    assert!(page.run("CLIENT LIST").contains(" name=jobs "));
}

#[test]
fn a_command_of_several_rows_reaches_the_engine_whole() {
    let mut page = Page::open(None, None);
    let lines = "EVAL \"local a = 1\nreturn a + 1\" 0\nPING";
    assert_eq!(
        page.run(lines),
        "127.0.0.1:6379> EVAL \"local a = 1\nreturn a + 1\" 0\n(integer) 2\n127.0.0.1:6379> PING\nPONG\n"
    );
    page.send(ToWorker::Command { client: CLIENT, line: "SET k \"one\ntwo\"".to_owned() });
    page.printed();
    assert_eq!(page.run("GET k"), "127.0.0.1:6379> GET k\n\"one\\ntwo\"\n");
}
