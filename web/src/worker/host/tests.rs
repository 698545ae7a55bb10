//! The host driven by messages, as the page would, with a clock of the test's own.

use serde_bytes::ByteBuf;

use super::*;
use crate::load::{LoadOrder, Plan};
use crate::protocol::{
    Awaiting, ClockOrder, Element, EntryView, FieldView, FromPanel, FromWorker, GroupView, ImportOutcome, KeyKind,
    KeysOrder, KeysView, MemberView, ToPanel, ToWorker, ValueContent, Verdict,
};

mod clock;

const CLIENT: ClientNumber = 7;
/// Somebody else.
const OTHER: ClientNumber = 8;
/// Some moment in 2025.
const START_MS: f64 = 1_750_000_000_000.0;

fn elapsed_ms() -> f64 {
    ELAPSED_MS.get()
}

thread_local! {
    static ELAPSED_MS: std::cell::Cell<f64> = const { std::cell::Cell::new(0.0) };
}

/// A host with one terminal.
struct Page {
    host: Host,
    real_ms: f64,
    prompt: String,
    awaiting: Awaiting,
    heard: Vec<FromWorker>,
}

impl Page {
    fn open(workspace: Option<&str>, lesson: Option<&str>) -> Page {
        let start = Start {
            version: crate::protocol::VERSION,
            workspace: workspace.map(str::to_owned),
            seed: 1,
            lesson: lesson.map(str::to_owned),
            examples: false,
        };
        let host = Host::new(&start, START_MS, elapsed_ms).unwrap();
        let (prompt, awaiting, heard) = Default::default();
        let mut page = Page { host, real_ms: START_MS, prompt, awaiting, heard };
        page.send(ToWorker::Connect { client: CLIENT, name: String::new(), resp3: false });
        page
    }

    fn send(&mut self, message: impl Into<ToWorker>) {
        self.host.handle(message.into(), self.real_ms);
        while self.host.work(self.real_ms, elapsed_ms() + 1.0) {}
        self.host.refresh(self.real_ms);
        self.heard.extend(self.host.take_outbox());
    }

    fn wait(&mut self, ms: f64) {
        self.real_ms += ms;
        self.host.tick(self.real_ms);
        while self.host.work(self.real_ms, elapsed_ms() + 1.0) {}
        self.host.refresh(self.real_ms);
        self.heard.extend(self.host.take_outbox());
    }

    /// What the terminal printed since last asked.
    fn printed(&mut self) -> String {
        let mut text = String::new();
        for message in std::mem::take(&mut self.heard) {
            match message {
                FromWorker::Printed { client: CLIENT, printed, .. } => text += &printed.text,
                FromWorker::Prompt { client: CLIENT, prompt, awaiting, .. } => {
                    (self.prompt, self.awaiting) = (prompt, awaiting);
                }
                _ => {}
            }
        }
        text
    }

    fn run(&mut self, lines: &str) -> String {
        self.send(ToWorker::Lines { client: CLIENT, lines: lines.to_owned() });
        self.printed()
    }

    /// What is printed when somebody else runs lines.
    fn meanwhile(&mut self, lines: &str) -> String {
        if !self.host.terminals.contains_key(&OTHER) {
            self.send(ToWorker::Connect { client: OTHER, name: String::new(), resp3: false });
        }
        self.send(ToWorker::Lines { client: OTHER, lines: lines.to_owned() });
        self.printed()
    }

    fn interrupt(&mut self) -> String {
        self.send(ToWorker::Interrupt { client: CLIENT });
        self.printed()
    }

    /// The last message that `pick` takes.
    fn last<T>(&mut self, pick: impl Fn(&FromWorker) -> Option<T>) -> T {
        let found = self.heard.iter().rev().find_map(pick);
        self.heard.clear();
        found.expect("no such message came")
    }

    fn keys(&mut self, database: u32) -> Vec<String> {
        self.send(ToWorker::Keys(KeysOrder::View { database, first: 0, count: 100 }));
        let view = self.last(|message| match message {
            FromWorker::Keys(view) => Some(view.clone()),
            _ => None,
        });
        drawn(&view)
    }
}

fn drawn(view: &KeysView) -> Vec<String> {
    let row = |row: &crate::protocol::KeyRow| match &row.kind {
        KeyKind::Folder { keys, .. } => format!("{}{}: {keys}", " ".repeat(row.depth as usize), row.name),
        KeyKind::Key { type_name, .. } => format!("{}{} {type_name}", " ".repeat(row.depth as usize), row.name),
    };
    view.shown.iter().map(row).collect()
}

#[track_caller]
fn check(lines: &str, expected: &str) {
    assert_eq!(Page::open(None, None).run(lines), expected);
}

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
fn the_key_tree_follows_every_change() {
    let mut page = Page::open(None, None);
    assert_eq!(page.keys(0), Vec::<String>::new());
    page.run("MSET user:1 a user:2 b x y\nHSET h f v");
    assert_eq!(page.keys(0), ["h hash", "user: 2", "x string"]);
    page.send(ToWorker::Keys(KeysOrder::Open { folder: ByteBuf::from(*b"user:"), open: true }));
    page.run("DEL user:2 x\nRENAME h user:h\nSET user:1 again\nSET user:z 1 PX 10");
    assert_eq!(page.keys(0), ["user: 3", " 1 string", " h hash", " z string"]);
    page.wait(20.0);
    assert_eq!(page.keys(0), ["user: 2", " 1 string", " h hash"]);
    page.run("SELECT 1\nSET elsewhere 1\nSWAPDB 0 1");
    assert_eq!(page.keys(0), ["elsewhere string"]);
    // In another database the folders start closed.
    assert_eq!(page.keys(1), ["user: 2"]);
    page.run("FLUSHALL");
    assert_eq!(page.keys(1), Vec::<String>::new());
}

#[test]
fn a_stream_shows_what_others_read_and_acknowledge_though_nobody_is_notified() {
    let mut page = Page::open(None, None);
    page.run("XADD log 1-1 f v\nXADD log 2-1 f v\nXGROUP CREATE log readers 0");
    let question = ValueQuestion { key: ByteBuf::from(*b"log"), ..ValueQuestion::default() };
    page.send(FromPanel::ShowValue(Some(question)));
    let pending = |page: &mut Page, line: &str| {
        page.heard.clear();
        page.send(ToWorker::Lines { client: OTHER, lines: line.to_owned() });
        page.last(|message| match message {
            FromWorker::Panel(ToPanel::Value(view)) => match &view.value.as_ref()?.content {
                ValueContent::Stream { groups, .. } => groups.first().map(|group| (group.consumers, group.pending)),
                _ => None,
            },
            _ => None,
        })
    };
    page.meanwhile("PING");
    page.run("CONFIG SET notify-keyspace-events AKE\nWATCH log\nMULTI\nPING");
    assert_eq!(pending(&mut page, "XREADGROUP GROUP readers ann STREAMS log >"), (1, 2));
    assert_eq!(pending(&mut page, "XACK log readers 1-1"), (1, 1));
    assert_eq!(pending(&mut page, "XGROUP CREATECONSUMER log readers bob"), (2, 1));
    assert_eq!(pending(&mut page, "XCLAIM log readers bob 0 2-1"), (2, 1));
    assert_eq!(pending(&mut page, "XAUTOCLAIM log readers cleo 0 0"), (3, 1));
    assert_eq!(pending(&mut page, "XGROUP DELCONSUMER log readers cleo"), (2, 0));
    assert_eq!(pending(&mut page, "XGROUP SETID log readers 0"), (2, 0));
    // Those who watch the stream are not told, nor those who listen.
    assert!(page.run("EXEC").ends_with("1) PONG\n"));
    page.run("PSUBSCRIBE __keyspace@0__:*");
    let told = page.meanwhile("XREADGROUP GROUP readers ann STREAMS log >\nXACK log readers 1-1 2-1\nSET k v");
    assert_eq!(told.matches("pmessage").count(), 1, "{told}");
    // An estimate that PFCOUNT leaves is seen by those who watch, as in Redis.
    page.interrupt();
    page.run("PFADD visits a\nWATCH visits");
    page.meanwhile("PFCOUNT visits");
    assert!(page.run("MULTI\nPING\nEXEC").ends_with("(nil)\n"));
}

#[test]
fn a_value_is_shown_by_its_type_and_followed() {
    let mut page = Page::open(None, None);
    page.run("ZADD z 1 a 2.5 b\nRPUSH l x y\nHSET h f v\nSADD s m\nHSET e f v g w\nHEXPIREAT e 33177117420 FIELDS 1 g\nSET t \"a\\nb\\x00\\xff\"");
    page.run("XADD log 1-1 f v g w\nXADD log 2-1 f x\nXGROUP CREATE log readers 0");
    page.run("XREADGROUP GROUP readers me COUNT 1 STREAMS log >");
    let mut content = |key: &str| {
        let question = ValueQuestion { key: ByteBuf::from(key), ..ValueQuestion::default() };
        page.send(FromPanel::ShowValue(Some(question)));
        page.last(|message| match message {
            FromWorker::Panel(ToPanel::Value(view)) => Some(view.value.as_ref().map(|page| page.content.clone())),
            _ => None,
        })
    };
    let element = |text: &str| Element { bytes: ByteBuf::from(text), len: text.len() as u32 };
    let member = |text: &str, score, rank| MemberView { member: element(text), score, rank, place: None };
    let field = |field: &str, value: &str, expires_at_ms| FieldView {
        field: element(field),
        value: element(value),
        expires_at_ms,
    };
    assert_eq!(content("z"), Some(ValueContent::Sorted(vec![member("a", 1.0, 0), member("b", 2.5, 1)])));
    assert_eq!(content("l"), Some(ValueContent::List(vec![element("x"), element("y")])));
    assert_eq!(content("h"), Some(ValueContent::Hash(vec![field("f", "v", None)])));
    assert_eq!(content("s"), Some(ValueContent::Set(vec![element("m")])));
    assert_eq!(content("t"), Some(ValueContent::Bytes { bytes: ByteBuf::from(b"a\nb\x00\xff"), ones: None }));
    let entry = |id: &str, fields: &[(&str, &str)]| EntryView {
        id: id.to_owned(),
        fields: fields.iter().map(|(name, value)| (element(name), element(value))).collect(),
    };
    assert_eq!(
        content("log"),
        Some(ValueContent::Stream {
            entries: vec![entry("1-1", &[("f", "v"), ("g", "w")]), entry("2-1", &[("f", "x")])],
            groups: vec![GroupView {
                name: element("readers"),
                consumers: 1,
                pending: 1,
                last_id: "1-1".into(),
                lag: Some(1.0),
            }],
        })
    );
    assert_eq!(
        content("e"),
        Some(ValueContent::Hash(vec![field("g", "w", Some(33_177_117_420_000.0)), field("f", "v", None)]))
    );
    assert_eq!(content("none"), None);
    page.run("SET none now");
    page.host.refresh(START_MS);
}

#[test]
fn a_value_page_stays_inside_a_value_that_shrinks() {
    let mut page = Page::open(None, None);
    let elements: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    page.run(&format!("RPUSH l {}", elements.join(" ")));
    let question = ValueQuestion { key: ByteBuf::from(*b"l"), from: 200, ..ValueQuestion::default() };
    page.send(FromPanel::ShowValue(Some(question)));
    page.send(ToWorker::Lines { client: CLIENT, lines: "LTRIM l 0 119".to_owned() });
    let (from, count) = page.last(|message| match message {
        FromWorker::Panel(ToPanel::Value(view)) => view.value.as_ref().map(|page| (page.from, page.count)),
        _ => None,
    });
    assert_eq!((from, count), (100, 20));
}

fn outcome(message: &FromWorker) -> Option<ImportOutcome> {
    match message {
        FromWorker::Panel(ToPanel::Imported { outcome, .. }) => Some(outcome.clone()),
        _ => None,
    }
}

#[test]
fn export_and_import_with_consent_and_undo() {
    let mut page = Page::open(Some("test"), None);
    page.run("SET a 1\nSET b 2");
    page.send(FromPanel::Export { ticket: 1 });
    let rdb = page.last(|message| match message {
        FromWorker::Panel(ToPanel::Exported { bytes, .. }) => Some(bytes.clone()),
        _ => None,
    });
    assert!(rdb.starts_with(b"REDIS"));
    page.run("FLUSHALL");
    page.send(FromPanel::Import { ticket: 2, bytes: rdb.clone() });
    assert_eq!(page.last(outcome), ImportOutcome::Done { keys: 2.0, replaced: 0.0 });
    assert!(page.host.take_snapshot().is_some_and(|snapshot| !snapshot.continues));
    page.run("FLUSHALL\nSET only 1");
    page.send(FromPanel::Import { ticket: 3, bytes: rdb });
    assert_eq!(page.last(outcome), ImportOutcome::WouldReplace { keys: 2.0, present: 1.0 });
    assert!(page.run("EXISTS only").ends_with("(integer) 1\n"));
    page.send(FromPanel::ConfirmImport { ticket: 4 });
    assert_eq!(page.last(outcome), ImportOutcome::Done { keys: 2.0, replaced: 1.0 });
    page.send(FromPanel::UndoImport { ticket: 5 });
    assert_eq!(page.last(outcome), ImportOutcome::Done { keys: 1.0, replaced: 2.0 });
    assert!(page.run("EXISTS only").ends_with("(integer) 1\n"));
}

#[test]
fn a_file_that_is_no_rdb_changes_nothing() {
    let mut page = Page::open(None, None);
    page.run("SET a 1");
    for bytes in [b"".to_vec(), b"REDIS9999".to_vec(), b"hello world".to_vec()] {
        page.send(FromPanel::Import { ticket: 1, bytes: ByteBuf::from(bytes) });
        assert!(matches!(page.last(outcome), ImportOutcome::Refused(_)));
    }
    page.send(FromPanel::ConfirmImport { ticket: 2 });
    assert!(matches!(page.last(outcome), ImportOutcome::Refused(_)));
    assert!(page.run("EXISTS a").ends_with("(integer) 1\n"));
}

#[test]
fn what_was_stored_comes_back() {
    let mut page = Page::open(Some("test"), None);
    page.run("SET a 1\nSELECT 2\nSET b 2\nEXPIRE b 100");
    page.host.make_snapshot(true);
    let snapshot = page.host.take_snapshot().unwrap();
    assert!(!snapshot.journal_before.is_empty());
    page.run("PERSIST b\nSET c 3");
    let journal = page.host.take_journal();
    let mut again = Page::open(Some("test"), None);
    // Long after `b` would have expired, had it not been persisted.
    again.real_ms += 1_000_000.0;
    again.host.load_snapshot(&snapshot.rdb, snapshot.made_ms).unwrap();
    assert_eq!(again.host.replay_journal(&journal, again.real_ms).unwrap(), journal.len());
    assert!(again.run("GET a").ends_with("\"1\"\n"));
    assert!(again.run("SELECT 2\nMGET b c").ends_with("1) \"2\"\n2) \"3\"\n"));
}

#[test]
fn no_snapshot_is_made_in_the_middle_of_a_script() {
    let mut page = Page::open(Some("test"), None);
    page.run("SET n 1");
    page.run("EVAL \"redis.call('INCR', 'n') for i = 1, 5000000 do end redis.call('INCR', 'n')\" 0");
    assert!(page.host.engine.server().scripting.is_running());
    page.host.make_snapshot(true);
    page.send(FromPanel::Export { ticket: 1 });
    assert_eq!(page.host.take_snapshot(), None);
    assert!(!page.heard.iter().any(|message| matches!(message, FromWorker::Panel(ToPanel::Exported { .. }))));
    while page.host.engine.server().scripting.is_running() {
        page.wait(1.0);
    }
    assert!(page.heard.iter().any(|message| matches!(message, FromWorker::Panel(ToPanel::Exported { .. }))));
    let snapshot = page.host.take_snapshot().unwrap();
    let mut again = Page::open(Some("test"), None);
    again.host.load_snapshot(&snapshot.rdb, snapshot.made_ms).unwrap();
    assert!(again.run("GET n").ends_with("\"3\"\n"));
    assert_eq!(page.host.take_journal(), b"");
}

#[test]
fn a_snapshot_and_the_journal_around_it_do_not_overlap() {
    let mut page = Page::open(Some("test"), None);
    page.run("SET a 1\nSAVE");
    let snapshot = page.host.take_snapshot().unwrap();
    // SAVE answers when the shell has stored it; what is typed behind it runs then.
    page.host.saved(true, page.real_ms);
    page.run("INCR a");
    let journal = page.host.take_journal();
    assert!(snapshot.asked);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(text(&snapshot.journal_before).contains("SET") && !text(&snapshot.journal_before).contains("INCR"));
    assert!(text(&journal).starts_with("*2\r\n$6\r\nSELECT") && text(&journal).contains("INCR"));
}

#[test]
fn the_clock_obeys() {
    let mut page = Page::open(None, None);
    page.run("SET a 1 EX 100\nSET b 1 EX 200");
    page.send(ToWorker::Clock(ClockOrder::Speed(0.0)));
    page.wait(1_000_000.0);
    assert!(page.run("TTL a").ends_with("(integer) 100\n"));
    page.send(ToWorker::Clock(ClockOrder::NextExpiry));
    assert!(page.run("EXISTS a b").ends_with("(integer) 1\n"));
    page.send(ToWorker::Clock(ClockOrder::Step { by_ms: 60_000.0 }));
    assert!(page.run("TTL b").ends_with("(integer) 40\n"));
}

#[test]
fn nothing_is_measured_that_nobody_looks_at() {
    let mut page = Page::open(None, None);
    page.run("SET a 1");
    assert_eq!(page.host.measure_in(), None);
    page.send(FromPanel::Measure(true));
    assert_eq!(page.host.measure_in(), Some(super::super::metrics::SAMPLE_MS));
    page.send(FromPanel::Measure(false));
    assert_eq!(page.host.measure_in(), None);
}

#[test]
fn a_workload_runs_beside_the_terminals_and_ends() {
    let mut page = Page::open(None, None);
    let plan = Plan::parse("mix=INCR:1 keys=1 ops=50 rate=0 delay=0").unwrap();
    page.send(FromPanel::Load(LoadOrder::Start { plan: plan.clone(), database: 3 }));
    while page.host.run_load(page.real_ms, 1.0).is_some() {
        page.run("PING");
    }
    assert!(page.run("SELECT 3\nGET load:counter:1").ends_with("\"50\"\n"));
    assert!(!page.run("CLIENT LIST").contains("name=workload"));
    page.send(FromPanel::Load(LoadOrder::Start { plan: Plan { operations: 0, delay_ms: 9, ..plan }, database: 3 }));
    page.host.run_load(page.real_ms, 1.0);
    assert!(page.run("CLIENT LIST").contains("name=workload"));
    page.send(FromPanel::Load(LoadOrder::Stop));
    let report = page.last(|message| match message {
        FromWorker::Panel(ToPanel::Load(report)) => Some(report.clone()),
        _ => None,
    });
    assert!(!report.running && report.run == 2 && report.total.errors == 0.0, "{report:?}");
    assert_eq!(page.host.run_load(page.real_ms, 1.0), None);
    assert!(!page.run("CLIENT LIST").contains("name=workload"));
}

#[test]
fn messages_that_make_no_sense_are_answered() {
    let mut page = Page::open(None, None);
    let senseless = [
        ToWorker::Lines { client: 99, lines: "PING".into() },
        ToWorker::Disconnect { client: 99 },
        ToWorker::Interrupt { client: 99 },
        ToWorker::Connect { client: CLIENT, name: String::new(), resp3: false },
        FromPanel::RunBlock { client: CLIENT, block: 3 }.into(),
        FromPanel::Traffic { block: 3, on: true }.into(),
        ToWorker::TakeOver,
    ];
    for message in senseless {
        page.send(message.clone());
        let problem = page.last(|message| match message {
            FromWorker::Problem { message } => Some(message.clone()),
            _ => None,
        });
        assert!(!problem.is_empty(), "{message:?}");
    }
    page.send(ToWorker::Keys(KeysOrder::View { database: 99, first: u32::MAX, count: u32::MAX }));
    page.send(ToWorker::Keys(KeysOrder::Open { folder: ByteBuf::from(*b":::"), open: true }));
    page.send(FromPanel::ShowValue(Some(ValueQuestion { database: 99, from: u32::MAX, ..ValueQuestion::default() })));
    assert!(page.run("PING").ends_with("PONG\n"));
}

#[test]
fn every_lesson_can_be_done_through_the_page() {
    for (name, text) in lessons::course::FILES {
        let lesson = Lesson::parse(text).unwrap();
        let mut page = Page::open(None, Some(text));
        for (number, block) in (0u32..).zip(&lesson.blocks) {
            match block {
                lessons::Block::Transcript(_) => {
                    page.send(FromPanel::RunBlock { client: CLIENT, block: number });
                    let printed = page.printed();
                    assert!(!printed.contains("(error)") || text.contains("(error)"), "{name}: {printed}");
                }
                lessons::Block::Workload(_) => {
                    page.send(FromPanel::Traffic { block: number, on: true });
                    page.host.run_traffic(page.real_ms);
                    page.send(FromPanel::Traffic { block: number, on: false });
                }
                lessons::Block::Exercise(exercise) => {
                    assert!(matches!(verdict(&mut page, number), Verdict::NotYet { .. }), "{name}");
                    for step in &exercise.solution {
                        page.run(step.text().trim_start_matches('>').trim());
                    }
                    assert_eq!(verdict(&mut page, number), Verdict::Solved, "{name}");
                }
                _ => {}
            }
        }
    }
}

fn verdict(page: &mut Page, block: u32) -> Verdict {
    page.send(FromPanel::CheckExercise { ticket: 1, block });
    page.last(|message| match message {
        FromWorker::Panel(ToPanel::Checked { verdict, .. }) => Some(verdict.clone()),
        _ => None,
    })
}

impl Page {
    /// What the page was told last of the terminal's connection.
    fn connection(&mut self) -> Connection {
        self.last(|message| match message {
            FromWorker::Prompt { client: CLIENT, connection, .. } => Some(connection.clone()),
            _ => None,
        })
    }
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

#[test]
fn a_journal_that_grows_without_end_is_not_replaced_without_end() {
    let mut page = Page::open(Some("test"), None);
    let mut replaces = |elapsed_ms: f64, bytes: usize| {
        ELAPSED_MS.set(elapsed_ms);
        page.host.replace_journal(bytes);
        page.host.take_snapshot().is_some()
    };
    assert!(replaces(10_000.0, 2 << 20));
    assert!(!replaces(10_100.0, 2 << 20));
    assert!(replaces(10_200.0, 64 << 20));
    assert!(!replaces(15_100.0, 2 << 20));
    assert!(replaces(15_200.0, 2 << 20));
}
