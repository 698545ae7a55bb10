//! Edits and what takes them back, through the host.

use super::*;
use crate::protocol::{FromPanel, FromWorker, Start, ToPanel, ToWorker};

const CLIENT: ClientNumber = 1;
const OTHER: ClientNumber = 2;
const NOW_MS: f64 = 1_750_000_000_000.0;

struct Page {
    host: Host,
    heard: Vec<FromWorker>,
}

impl Page {
    /// An engine that has DEBUG, as the examples' has.
    fn open() -> Page {
        let start = Start { version: crate::protocol::VERSION, workspace: None, seed: 1, lesson: None, examples: true };
        let mut page = Page { host: Host::new(&start, NOW_MS, || 0.0).unwrap(), heard: Vec::new() };
        for client in [CLIENT, OTHER] {
            page.send(ToWorker::Connect { client, name: String::new(), resp3: false });
        }
        page
    }

    fn send(&mut self, message: impl Into<ToWorker>) {
        self.host.handle(message.into(), NOW_MS);
        while self.host.work(NOW_MS, 1.0) {}
        self.heard.extend(self.host.take_outbox());
    }

    /// What a client's terminal prints for lines.
    fn run(&mut self, client: ClientNumber, lines: &str) -> String {
        self.heard.clear();
        self.send(ToWorker::Lines { client, lines: lines.to_owned() });
        self.printed()
    }

    fn printed(&self) -> String {
        let text = self.heard.iter().filter_map(|message| match message {
            FromWorker::Printed { printed, .. } => Some(printed.text.as_str()),
            _ => None,
        });
        text.collect()
    }

    fn outcome(&self) -> EditOutcome {
        let mut outcomes = self.heard.iter().filter_map(|message| match message {
            FromWorker::Panel(ToPanel::Edited { outcome, .. }) => Some(outcome.clone()),
            _ => None,
        });
        outcomes.next_back().unwrap()
    }

    fn edit(&mut self, key: &[u8], words: &[&[u8]]) -> EditOutcome {
        self.heard.clear();
        let (key, words) = (ByteBuf::from(key), words.iter().map(|word| ByteBuf::from(*word)).collect());
        self.send(FromPanel::Edit { ticket: 1, client: CLIENT, database: 0, key, words });
        self.outcome()
    }

    fn undo(&mut self, number: u32) -> EditOutcome {
        self.heard.clear();
        self.send(FromPanel::UndoEdit { ticket: 1, client: CLIENT, number });
        self.outcome()
    }

    /// All data and their deadlines, as a text that is equal when they are.
    fn digest(&mut self) -> String {
        self.run(OTHER, "DEBUG DIGEST\nPEXPIRETIME k\nPEXPIRETIME other\nHPEXPIRETIME k FIELDS 2 f g\nXINFO GROUPS k")
    }
}

/// An edit changes the data, and its undo brings them back, deadlines included.
#[track_caller]
fn check_undone(setup: &str, line: &str) {
    let mut page = Page::open();
    page.run(OTHER, setup);
    let before = page.digest();
    let words = resp::split_line(line).unwrap();
    let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    let key = if words[0] == b"XGROUP" { words[2] } else { words[1] };
    let outcome = page.edit(key, &words);
    let EditOutcome::Done(Ok(number)) = outcome else { panic!("{line}: {outcome:?}\n{}", page.printed()) };
    assert_ne!(page.digest(), before, "{line} changed nothing");
    let outcome = page.undo(number);
    assert_eq!(outcome, EditOutcome::Done(Err(String::new())), "{line}: {}", page.printed());
    let said = page.printed();
    assert_eq!(page.digest(), before, "{line} was not undone by\n{said}");
}

#[test]
fn every_edit_is_undone_exactly() {
    for (setup, line) in [
        ("SET k old\nEXPIRE k 100", "SET k \"new\\xff\" KEEPTTL"),
        ("SET k 0123456789", "SETRANGE k 3 abc"),
        ("SET k 0123456789", "SETRANGE k 8 abcdef"),
        ("SET k a", "SETBIT k 6 1"),
        ("SET k a", "SETBIT k 60 1"),
        ("SET k a", "EXPIRE k 100"),
        ("SET k a\nEXPIRE k 50", "EXPIRE k 100"),
        ("SET k a\nEXPIRE k 50", "PERSIST k"),
        ("SET k a\nEXPIRE k 50", "RENAMENX k other"),
        ("SET k a\nEXPIRE k 50", "DEL k"),
        ("RPUSH k a b c", "DEL k"),
        ("HSET k f v g w\nHEXPIRE k 50 FIELDS 1 f", "DEL k"),
        ("HSET k f v g w", "HSET k f new"),
        ("HSET k f v g w\nHEXPIRE k 50 FIELDS 1 f", "HSET k f new"),
        ("HSET k f v g w", "HSET k \"n\\xff\" new"),
        ("HSET k f v g w\nHEXPIRE k 50 FIELDS 1 f", "HDEL k f"),
        ("HSET k f v\nEXPIRE k 50", "HDEL k f"),
        ("HSET k f v g w", "HEXPIRE k 50 FIELDS 1 f"),
        ("HSET k f v g w\nHEXPIRE k 50 FIELDS 1 f", "HEXPIRE k 80 FIELDS 1 f"),
        ("HSET k f v g w\nHEXPIRE k 50 FIELDS 1 f", "HPERSIST k FIELDS 1 f"),
        ("RPUSH k a b c", "LSET k 1 new"),
        ("RPUSH k a b c", "LPUSH k new"),
        ("RPUSH k a b c", "RPUSH k new"),
        ("RPUSH k a b a c", "LREM k 1 a"),
        ("RPUSH k a\nEXPIRE k 50", "LREM k 1 a"),
        ("SADD k a b", "SADD k \"\\xff\""),
        ("SADD k a b", "SREM k a"),
        ("SADD k a\nEXPIRE k 50", "SREM k a"),
        ("ZADD k 1 a 2 b", "ZADD k 3 c"),
        ("ZADD k 0.1 a 2 b", "ZADD k 3 a"),
        ("ZADD k 0.1 a 2 b", "ZREM k a"),
        ("GEOADD k 13.361389 38.115556 Palermo", "GEOADD k 1 2 Palermo"),
        ("GEOADD k 13.361389 38.115556 Palermo", "GEOADD k 1 2 New"),
        ("PFADD k a b", "PFADD k c"),
        ("XADD k 1-1 f v\nXADD k 2-1 f v", "XDEL k 1-1"),
        ("XADD k 1-1 f v", "XGROUP CREATE k g 0"),
        ("", "SET k new"),
        ("", "HSET k f v"),
        ("", "XADD k * f v"),
    ] {
        check_undone(setup, line);
    }
}

#[test]
fn an_added_entry_is_removed_and_an_acknowledged_one_is_pending_again() {
    let mut page = Page::open();
    page.run(OTHER, "XADD s 1-1 f v\nXGROUP CREATE s g 0\nXREADGROUP GROUP g me STREAMS s >");
    let pending = page.run(OTHER, "XPENDING s g - + 10");
    let EditOutcome::Done(Ok(acknowledged)) = page.edit(b"s", &[b"XACK", b"s", b"g", b"1-1"]) else { panic!() };
    assert_ne!(page.run(OTHER, "XPENDING s g - + 10"), pending);
    assert_eq!(page.undo(acknowledged), EditOutcome::Done(Err(String::new())));
    assert_eq!(page.run(OTHER, "XPENDING s g - + 10"), pending);
    let EditOutcome::Done(Ok(added)) = page.edit(b"s", &[b"XADD", b"s", b"5-1", b"f", b"v"]) else { panic!() };
    assert_eq!(page.undo(added), EditOutcome::Done(Err(String::new())));
    assert!(page.run(OTHER, "XLEN s").contains("(integer) 1"));
}

#[test]
fn an_edit_shows_in_the_terminal_as_it_could_be_typed() {
    let mut page = Page::open();
    page.edit("é".as_bytes(), &[b"SET", "é".as_bytes(), "a \"b\" \u{202e}\u{200b}\n\\ \u{1f600}".as_bytes()]);
    let line = "SET \"é\" \"a \\\"b\\\" \\xe2\\x80\\xae\\xe2\\x80\\x8b\\n\\\\ \u{1f600}\"";
    assert!(page.printed().starts_with(&format!("127.0.0.1:6379> {line}\nOK\n")), "{}", page.printed());
    let mut random = engine::base::Random::new(5);
    for _ in 0..2000 {
        let word: Vec<u8> = (0..random.index(10)).map(|_| random.next_u32() as u8).collect();
        assert_eq!(resp::split_line(quoted(&word)).unwrap(), [word]);
    }
}

#[test]
fn undo_waits_for_nobody_and_overwrites_nobody() {
    let mut page = Page::open();
    page.run(OTHER, "HSET h a 1 b 2");
    let edit = |page: &mut Page, value: &[u8]| match page.edit(b"h", &[b"HSET", b"h", b"a", value]) {
        EditOutcome::Done(Ok(number)) => number,
        other => panic!("{other:?}"),
    };
    // The last edit first, then the one before it.
    let (first, second) = (edit(&mut page, b"x"), edit(&mut page, b"y"));
    assert!(matches!(page.undo(first), EditOutcome::Refused(_)));
    assert_eq!(page.undo(second), EditOutcome::Done(Err(String::new())));
    assert_eq!(page.undo(first), EditOutcome::Done(Err(String::new())));
    assert!(page.run(OTHER, "HGET h a").contains("\"1\""));
    assert!(matches!(page.undo(first), EditOutcome::Refused(_)));
    // Somebody else wrote since; other keys are no matter.
    let third = edit(&mut page, b"z");
    page.run(OTHER, "SET else 1");
    page.run(OTHER, "HSET h b 3");
    assert!(matches!(page.undo(third), EditOutcome::Refused(_)));
    let fourth = edit(&mut page, b"w");
    page.run(OTHER, "HGET h a\nTTL h\nHGETALL nothing");
    assert_eq!(page.undo(fourth), EditOutcome::Done(Err(String::new())));
}

#[test]
fn a_terminal_that_is_not_free_is_left_alone() {
    let busy = |page: &mut Page| match page.edit(b"k", &[b"SET", b"k", b"v"]) {
        EditOutcome::Busy(why) => why,
        other => panic!("{other:?}"),
    };
    let mut page = Page::open();
    page.run(CLIENT, "MULTI");
    assert!(busy(&mut page).contains("MULTI"));
    page.run(CLIENT, "DISCARD\nBLPOP q 0");
    assert!(busy(&mut page).contains("waits for a reply"));
    page.send(ToWorker::Interrupt { client: CLIENT });
    page.run(CLIENT, "SUBSCRIBE c");
    assert!(busy(&mut page).contains("subscribed"));
    page.send(ToWorker::Interrupt { client: CLIENT });
    page.run(CLIENT, "MONITOR");
    assert!(busy(&mut page).contains("clients run"));
    page.send(ToWorker::Interrupt { client: CLIENT });
    page.run(CLIENT, "SELECT 3");
    assert!(busy(&mut page).contains("database 3"));
    page.run(CLIENT, "SELECT 0");
    assert!(page.run(OTHER, "EXISTS k").contains("(integer) 0"));
    page.run(CLIENT, "QUIT");
    assert!(matches!(page.edit(b"k", &[b"SET", b"k", b"v"]), EditOutcome::Done(Ok(_))));
}

#[test]
fn refusals_and_commands_that_change_nothing_are_told() {
    let mut page = Page::open();
    page.run(OTHER, "SET k v\nSET other v");
    let EditOutcome::Refused(why) = page.edit(b"k", &[b"HSET", b"k", b"f", b"v"]) else { panic!() };
    assert!(why.starts_with("WRONGTYPE"), "{why}");
    assert_eq!(page.edit(b"k", &[b"RENAMENX", b"k", b"other"]), EditOutcome::Nothing("(integer) 0".into()));
    page.run(OTHER, "CONFIG SET maxmemory 1");
    let EditOutcome::Refused(why) = page.edit(b"k", &[b"SET", b"k", b"w"]) else { panic!() };
    assert!(why.starts_with("OOM"), "{why}");
}
