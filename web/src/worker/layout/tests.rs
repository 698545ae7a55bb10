//! Layouts of a host driven by messages, held against what its commands say.

use super::*;
use crate::layout::Pages;
use crate::protocol::{FromPanel, FromWorker, Start, ToPanel, ToWorker, VERSION};
use crate::worker::host::Host;

const NOW_MS: f64 = 1_750_000_000_000.0;

fn host() -> Host {
    let start = Start { version: VERSION, workspace: None, seed: 1, lesson: None, examples: false };
    let mut host = Host::new(&start, NOW_MS, || 0.0).unwrap();
    host.handle(ToWorker::Connect { client: 1, name: String::new(), resp3: false }, NOW_MS);
    host
}

/// Runs lines and gives what is printed.
fn run(host: &mut Host, lines: &str) -> String {
    host.handle(ToWorker::Lines { client: 1, lines: lines.to_owned() }, NOW_MS);
    while host.work(NOW_MS, 1.0) {}
    let printed = host.take_outbox().into_iter().filter_map(|message| match message {
        FromWorker::Printed { printed, .. } => Some(printed.text),
        _ => None,
    });
    printed.collect()
}

fn look(host: &mut Host, key: &str, pages: Pages) -> LayoutView {
    let question = LayoutQuestion { database: 0, key: ByteBuf::from(key), pages };
    host.handle(FromPanel::ShowLayout(Some(question)).into(), NOW_MS);
    seen(host).expect("a layout")
}

/// The layout that is sent next, if one is.
fn seen(host: &mut Host) -> Option<LayoutView> {
    host.refresh(NOW_MS);
    host.take_outbox().into_iter().rev().find_map(|message| match message {
        FromWorker::Panel(ToPanel::Layout(view)) => Some(view),
        _ => None,
    })
}

#[test]
fn parts_are_what_memory_usage_says_and_encodings_what_object_says() {
    let mut host = host();
    run(
        &mut host,
        "SET int 12\nSET inline abc\nSET embstr abcdefghijklmnopqrstuvwxyzabcd\nAPPEND raw abc\nAPPEND raw def\n\
         HSET hash a 1 b -4000 c 70000\nHSET timed a 1 b 2\nHEXPIRE timed 100 FIELDS 1 b\nRPUSH list a bb 3\n\
         SADD numbers 1 2 70000\nSADD names a b\nZADD zset 1.5 a 2 b\nXADD stream 1-1 a 1 b 2\nXADD stream 1-2 c 1\n\
         XADD stream 2-1 a 5 b 6\nXDEL stream 1-2\nPFADD registers a b c\nEXPIRE hash 1000\n\
         SET a:name:that:is:longer:than:22:bytes 1\nCONFIG SET list-max-listpack-size 2\nRPUSH chain 1 2 3 4 5\n\
         EVAL \"for i=1,700 do redis.call('HSET','table','field:'..i,i) redis.call('ZADD','sorted',i,'m'..i) \
         redis.call('SADD','members','m'..i) end\" 0\nPFADD dense a\nPFDEBUG TODENSE dense\n",
    );
    let keys = [
        "int",
        "inline",
        "embstr",
        "raw",
        "hash",
        "timed",
        "list",
        "numbers",
        "names",
        "zset",
        "stream",
        "registers",
        "a:name:that:is:longer:than:22:bytes",
        "chain",
        "table",
        "sorted",
        "members",
        "dense",
    ];
    for key in keys {
        let layout = look(&mut host, key, Pages::default()).layout.expect(key);
        let sum: f64 = layout.parts.iter().map(|part| part.bytes).sum();
        assert_eq!(sum, layout.bytes, "{key}");
        let usage = run(&mut host, &format!("MEMORY USAGE {key} SAMPLES 0\n"));
        assert!(usage.contains(&format!("(integer) {}\n", layout.bytes)), "{key}: {usage} {}", layout.bytes);
        let encoding = run(&mut host, &format!("OBJECT ENCODING {key}\n"));
        assert!(encoding.contains(&format!("\"{}\"", layout.encoding)), "{key}: {encoding}");
        assert!(!layout.summary.is_empty() && !layout.drawings.is_empty(), "{key}");
        for drawing in &layout.drawings {
            assert!(!drawing.boxes.is_empty(), "{key}: {}", drawing.title);
            assert!(drawing.boxes.iter().all(|drawn| drawn.cells.len() == drawing.columns.len()), "{key}: {drawing:?}");
        }
    }
    assert_eq!(look(&mut host, "nothing", Pages::default()).layout, None);
}

#[test]
fn a_listpack_entry_by_entry() {
    let mut host = host();
    run(&mut host, "RPUSH list a 5 -4000 70000\n");
    let layout = look(&mut host, "list", Pages::default()).layout.unwrap();
    let drawing = &layout.drawings[0];
    let row = |index: usize| drawing.boxes[index].cells.join("|");
    // The bytes that DUMP of Redis 7.0.15 has for this list.
    assert_eq!(row(0), "0|20 bytes, 4 entries|header||14 00 00 00 04 00|||6");
    assert_eq!(row(1), "6|a|element|6-bit string|81|61|02|3");
    assert_eq!(row(2), "9|5|element|7-bit unsigned integer|05||01|2");
    assert_eq!(row(3), "11|-4000|element|13-bit integer|d0 60||02|3");
    assert_eq!(row(4), "14|70000|element|24-bit integer|f2|70 11 01|04|5");
    assert_eq!(row(5), "19|end|the end||ff|||1");
}

#[test]
fn crossing_a_limit_is_seen_with_its_command_and_its_cost() {
    let mut host = host();
    run(&mut host, "CONFIG SET hash-max-listpack-entries 3\nHSET h a 1 b 2 c 3\n");
    let before = look(&mut host, "h", Pages::default());
    assert!(before.crossings.is_empty());
    let limit = &before.layout.unwrap().limits[0];
    assert_eq!((limit.name.as_str(), limit.reached, limit.most), ("hash-max-listpack-entries", 3.0, 3.0));
    run(&mut host, "HSET other a 1\n");
    assert_eq!(seen(&mut host), None);
    run(&mut host, "HSET h d 4\nHSET h e 5\n");
    let after = seen(&mut host).unwrap();
    let [crossing] = after.crossings.as_slice() else { panic!("{:?}", after.crossings) };
    assert_eq!((crossing.from.as_str(), crossing.to.as_str()), ("listpack", "hashtable"));
    assert_eq!(crossing.command, "HSET h d 4");
    assert_eq!(crossing.setting.as_deref(), Some("hash-max-listpack-entries"));
    assert_eq!(crossing.why, "4 fields: more than 3.");
    assert!(crossing.bytes_before < crossing.bytes_after);
    // Another page of the same key keeps them, another key does not.
    let pages = Pages { inside: 1, ..Pages::default() };
    assert_eq!(look(&mut host, "h", pages).crossings.len(), 1);
    assert!(look(&mut host, "other", Pages::default()).crossings.is_empty());
}

#[test]
fn each_kind_of_crossing_has_a_reason() {
    let mut host = host();
    let mut check = |prepare: &str, cross: &str, expected: &str| {
        run(&mut host, "FLUSHALL\n");
        run(&mut host, prepare);
        look(&mut host, "k", Pages::default());
        look(&mut host, "no such key", Pages::default());
        look(&mut host, "k", Pages::default());
        run(&mut host, cross);
        let view = seen(&mut host).unwrap();
        let told: Vec<String> =
            view.crossings.iter().map(|it| format!("{} to {}: {}", it.from, it.to, it.why)).collect();
        assert_eq!(told, [expected], "{cross}");
    };
    check("SADD k 1 2\n", "SADD k a\n", "intset to listpack: A member is no integer.");
    let long = "x".repeat(65);
    check(
        "SADD k a\n",
        &format!("SADD k {long}\n"),
        "listpack to hashtable: 65 bytes in the longest member: longer than 64.",
    );
    check(
        "ZADD k 1 a\n",
        &format!("ZADD k 1 {long}\n"),
        "listpack to skiplist: 65 bytes in the longest member: longer than 64.",
    );
    check(
        "SET k 1\n",
        "APPEND k 2\n",
        "int to raw: It was changed in place, so it is text from now on, even if it reads as a number.",
    );
    check(
        "HSET k a 1\n",
        "HEXPIRE k 100 FIELDS 1 a\n",
        "listpack to listpackex: A field got a deadline: there has to be room for it.",
    );
    let big = "y".repeat(9000);
    check(
        "RPUSH k a\n",
        &format!("RPUSH k {big}\n"),
        "listpack to quicklist: The listpack would have more than 8,192 bytes.",
    );
    check(
        "PFADD k a\nCONFIG SET hll-sparse-max-bytes 10\n",
        "PFADD k b\n",
        "sparse HyperLogLog to dense HyperLogLog: The runs would take more than 10 bytes, or a register is above 32.",
    );
}
