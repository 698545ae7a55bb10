//! Values as they are sent to the page.

use super::*;
use crate::protocol::{ValueContent, ValueLook};
use engine::{Engine, Options, Time};

/// An engine in which these lines ran.
fn engine(lines: &str) -> Engine {
    let now = Time(1_750_000_000_000);
    let mut engine = Engine::new(Options { seed: 1, ..Options::default() }, now).unwrap();
    let client = engine.connect(now);
    for line in lines.lines() {
        let words = engine::resp::split_line(line).unwrap();
        engine.receive(client, &engine::resp::encode_command(&words), now);
        while let Some(output) = engine.poll() {
            if let engine::Output::Reply { bytes, .. } = output {
                assert_ne!(bytes.first(), Some(&b'-'), "{line}: {}", String::from_utf8_lossy(&bytes));
            }
        }
    }
    engine
}

fn ask(engine: &Engine, key: &str, change: impl FnOnce(&mut ValueQuestion)) -> ValuePage {
    let mut question = ValueQuestion { key: ByteBuf::from(key), ..ValueQuestion::default() };
    change(&mut question);
    view(engine.keyspace(), &question).value.unwrap()
}

fn names(page: &ValuePage) -> Vec<String> {
    let text = |element: &Element| String::from_utf8_lossy(&element.bytes).into_owned();
    match &page.content {
        ValueContent::List(elements) | ValueContent::Set(elements) => elements.iter().map(text).collect(),
        ValueContent::Sorted(members) => {
            members.iter().map(|it| format!("{} {} {}", it.rank, text(&it.member), it.score)).collect()
        }
        ValueContent::Stream { entries, .. } => entries.iter().map(|entry| entry.id.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn sorted_sets_by_rank_and_by_score() {
    let engine = engine("ZADD z 1 a 2 b 3 c 3 d inf e");
    let all = ask(&engine, "z", |_| {});
    assert_eq!(names(&all), ["0 a 1", "1 b 2", "2 c 3", "3 d 3", "4 e inf"]);
    let turned = ask(&engine, "z", |question| question.reversed = true);
    assert_eq!(names(&turned), ["4 e inf", "3 d 3", "2 c 3", "1 b 2", "0 a 1"]);
    let between = ask(&engine, "z", |question| (question.start, question.end) = ("(1".into(), "3".into()));
    assert_eq!(names(&between), ["1 b 2", "2 c 3", "3 d 3"]);
    assert_eq!((between.total, between.len), (5, 3));
    let open = ask(&engine, "z", |question| (question.start, question.reversed) = ("3".into(), true));
    assert_eq!(names(&open), ["4 e inf", "3 d 3", "2 c 3"]);
    let wrong = ask(&engine, "z", |question| question.start = "much".into());
    assert!(wrong.problem.unwrap().starts_with("A score is a number"));
    assert_eq!(wrong.count, 0);
}

#[test]
fn streams_from_an_id_in_both_directions() {
    let engine = engine(
        "CONFIG SET stream-node-max-entries 2\nXADD s 1-1 f v\nXADD s 2-1 f v\nXADD s 2-2 f v\nXADD s 3-1 f v\nXADD s 4-1 f v\nXDEL s 2-1",
    );
    let from = |start: &str, end: &str, reversed: bool| {
        names(&ask(&engine, "s", |question| {
            (question.start, question.end, question.reversed) = (start.into(), end.into(), reversed);
        }))
    };
    assert_eq!(from("", "", false), ["1-1", "2-2", "3-1", "4-1"]);
    assert_eq!(from("", "", true), ["4-1", "3-1", "2-2", "1-1"]);
    assert_eq!(from("2", "", false), ["2-2", "3-1", "4-1"]);
    assert_eq!(from("2-3", "3", false), ["3-1"]);
    assert_eq!(from("2", "3", true), ["3-1", "2-2"]);
    assert_eq!(from("9", "", false), Vec::<String>::new());
    assert_eq!(from("3", "2", false), Vec::<String>::new());
    let wrong = ask(&engine, "s", |question| question.start = "x".into());
    assert!(wrong.problem.unwrap().starts_with("An ID is milliseconds"));
}

#[test]
fn a_group_has_consumers_and_pending_entries() {
    let engine = engine(
        "XADD s 1-1 f v\nXADD s 2-1 f v\nXGROUP CREATE s \"g\\xff\" 0\nXREADGROUP GROUP \"g\\xff\" me COUNT 1 STREAMS s >",
    );
    let look = ValueLook::Group(ByteBuf::from(b"g\xff"));
    let page = ask(&engine, "s", |question| question.look = look);
    let ValueContent::Group(group) = &page.content else { panic!("{page:?}") };
    assert_eq!((group.consumers.len(), group.pending.len(), page.len), (1, 1, 1));
    assert_eq!(group.consumers[0].name.bytes.as_slice(), b"me");
    assert_eq!((group.pending[0].id.as_str(), group.pending[0].deliveries), ("1-1", 1.0));
    assert_eq!(group.pending[0].consumer.bytes.as_slice(), b"me");
    let gone = ask(&engine, "s", |question| question.look = ValueLook::Group(ByteBuf::from(*b"none")));
    assert!(matches!(gone.content, ValueContent::Stream { .. }));
}

#[test]
fn strings_are_sent_whole_up_to_a_limit_and_else_in_pages() {
    let engine = engine("SET t hello\nSETRANGE long 300000 x\nPFADD h a b c");
    let whole = ask(&engine, "t", |question| question.look = ValueLook::Whole);
    assert_eq!(whole.content, ValueContent::Bytes { bytes: ByteBuf::from(*b"hello"), ones: None });
    let long = ask(&engine, "long", |question| (question.look, question.from) = (ValueLook::Whole, 4096));
    assert_eq!((long.from, long.count, long.len), (4096, 4096, 300_001));
    let bits = ask(&engine, "t", |question| question.look = ValueLook::Bits);
    assert!(matches!(bits.content, ValueContent::Bytes { ones: Some(21.0), .. }), "{:?}", bits.content);
    let sketch = ask(&engine, "h", |question| question.look = ValueLook::Registers);
    assert!(sketch.is_hyperloglog && !whole.is_hyperloglog);
    let ValueContent::Registers(registers) = sketch.content else { panic!("{sketch:?}") };
    assert_eq!((registers.bytes.len(), registers.estimate, registers.is_sparse), (16_384, 3.0, true));
    // What only begins like one is a string.
    let engine = self::engine(
        "SET fake HYLL\\x01\nSET broken \"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xff\"",
    );
    for key in ["fake", "broken"] {
        let page = ask(&engine, key, |question| question.look = ValueLook::Registers);
        assert!(matches!(page.content, ValueContent::Bytes { .. }), "{key}: {page:?}");
    }
}

#[test]
fn places_are_where_geopos_says() {
    let engine = engine("GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania");
    let page = ask(&engine, "g", |question| question.look = ValueLook::Places);
    let ValueContent::Sorted(members) = page.content else { panic!() };
    let (longitude, latitude) = members[0].place.unwrap();
    assert!((longitude - 13.361389).abs() < 1e-5 && (latitude - 38.115556).abs() < 1e-5);
    let plain = ask(&engine, "g", |_| {});
    let ValueContent::Sorted(members) = plain.content else { panic!() };
    assert_eq!(members[0].place, None);
}

#[test]
fn elements_keep_their_bytes_and_very_long_ones_are_cut() {
    let engine = engine("RPUSH l \"\\xff\\x00\" plain");
    let ValueContent::List(elements) = ask(&engine, "l", |_| {}).content else { panic!() };
    assert_eq!(elements[0].bytes.as_slice(), b"\xff\x00");
    assert!(elements.iter().all(Element::is_whole));
    let megabyte = "x".repeat(1 << 20);
    let engine = self::engine(&format!("RPUSH l {megabyte} {megabyte} {megabyte} small"));
    let ValueContent::List(elements) = ask(&engine, "l", |_| {}).content else { panic!() };
    let whole: Vec<bool> = elements.iter().map(Element::is_whole).collect();
    assert_eq!(whole, [true, true, false, true]);
    assert_eq!((elements[2].bytes.len(), elements[2].len), (4096, 1 << 20));
}
