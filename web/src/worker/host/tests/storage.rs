//! What is kept, and files that come and go.

use super::*;

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
