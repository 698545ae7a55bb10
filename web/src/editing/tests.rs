//! What the views offer, and the commands that it makes.

use super::*;
use crate::protocol::{EntryView, FieldView, GroupContent, MemberView, PendingView};

fn element(bytes: &[u8]) -> Element {
    Element { bytes: bytes.to_vec().into(), len: bytes.len() as u32 }
}

fn page(content: ValueContent, len: u32) -> ValuePage {
    ValuePage {
        type_name: String::new(),
        encoding: String::new(),
        bytes: 0.0,
        expires_at_ms: None,
        total: len,
        len,
        from: 0,
        count: len,
        content,
        problem: None,
        is_hyperloglog: false,
    }
}

/// The command of an action whose name this is, with these texts entered, as words with spaces between them.
#[track_caller]
fn command(view: &View, name: &str, entered: &[&str]) -> Result<String, String> {
    let rows = view.tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.actions);
    let mut actions = rows.chain(&view.actions).filter(|action| action.name == name);
    let action = actions.next().unwrap_or_else(|| panic!("no {name} in {view:?}"));
    let command = match &action.act {
        Act::Run(command) => command.clone(),
        Act::Open(form) => {
            let drafts: Vec<Draft> =
                entered.iter().map(|text| Draft { text: (*text).to_owned(), escapes: false }).collect();
            form.command(&drafts)?
        }
        Act::Look(_) => panic!("{name} makes no command"),
    };
    Ok(command.words.iter().map(|word| visible::text(word)).collect::<Vec<_>>().join(" "))
}

#[track_caller]
fn check(view: &View, name: &str, entered: &[&str], expected: &str) {
    assert_eq!(command(view, name, entered).unwrap(), expected);
}

#[test]
fn hashes() {
    let timed = FieldView { field: element(b"f\xff"), value: element(b"v"), expires_at_ms: Some(1.0) };
    let view = view(b"k", &page(ValueContent::Hash(vec![timed]), 1));
    check(&view, "Edit f\\xff", &["new"], "HSET k f\\xff new");
    check(&view, "TTL of f\\xff", &[" 60 "], "HEXPIRE k 60 FIELDS 1 f\\xff");
    assert!(command(&view, "TTL of f\\xff", &["0"]).is_err());
    check(&view, "Keep f\\xff for good", &[], "HPERSIST k FIELDS 1 f\\xff");
    check(&view, "Delete f\\xff", &[], "HDEL k f\\xff");
    check(&view, "Add a field", &["g", "a b"], "HSET k g a b");
}

#[test]
fn lists_remove_the_very_element_or_say_which() {
    let elements = [b"a", b"b", b"a", b"c", b"a"].map(|it| element(it)).to_vec();
    let whole = page(ValueContent::List(elements.clone()), 5);
    let shown = view(b"k", &whole);
    check(&shown, "Edit element 2", &["new"], "LSET k 2 new");
    check(&shown, "Delete element 0", &[], "LREM k 1 a");
    check(&shown, "Delete element 1", &[], "LREM k 1 b");
    check(&shown, "Delete element 4", &[], "LREM k -1 a");
    check(&shown, "Delete first equal: the first a (LREM, from element 2)", &[], "LREM k 1 a");
    check(&shown, "Add at the head", &["x"], "LPUSH k x");
    check(&shown, "Add at the tail", &["x"], "RPUSH k x");
    let middle = ValuePage { from: 100, len: 300, ..whole };
    let shown = view(b"k", &middle);
    check(&shown, "Delete first equal: the first b (LREM, from element 101)", &[], "LREM k 1 b");
    assert_eq!(Source::Index(103).now(&middle), Some(b"c".to_vec()));
    assert_eq!(Source::Index(99).now(&middle), None);
}

#[test]
fn sorted_sets_and_places() {
    let member = |place| MemberView { member: element(b"m"), score: 1.5, rank: 3, place };
    let shown = view(b"k", &page(ValueContent::Sorted(vec![member(None)]), 1));
    check(&shown, "Edit m", &["2"], "ZADD k 2 m");
    check(&shown, "Delete m", &[], "ZREM k m");
    check(&shown, "Add a member", &["7", "n"], "ZADD k 7 n");
    let shown = view(b"k", &page(ValueContent::Sorted(vec![member(Some((1.0, 2.0)))]), 1));
    check(&shown, "Edit m", &["3", "4"], "GEOADD k 3 4 m");
    check(&shown, "Add a place", &["3", "4", "n"], "GEOADD k 3 4 n");
}

#[test]
fn streams_and_their_groups() {
    let entry = EntryView { id: "1-1".into(), fields: vec![(element(b"f"), element(b"v"))] };
    let shown = view(b"k", &page(ValueContent::Stream { entries: vec![entry], groups: Vec::new() }, 1));
    check(&shown, "Delete 1-1", &[], "XDEL k 1-1");
    check(&shown, "Add an entry", &["*", "f v g \"a b\""], "XADD k * f v g a b");
    assert!(command(&shown, "Add an entry", &["*", "f \"v"]).is_err());
    check(&shown, "Add a group", &["g", "0"], "XGROUP CREATE k g 0");
    let pending = PendingView { id: "1-1".into(), consumer: element(b"me"), delivered_ms: 0.0, deliveries: 1.0 };
    let group = GroupContent { name: element(b"g\xff"), consumers: Vec::new(), pending: vec![pending] };
    let shown = view(b"k", &page(ValueContent::Group(group), 1));
    check(&shown, "Acknowledge 1-1", &[], "XACK k g\\xff 1-1");
}

#[test]
fn strings_as_bytes() {
    let bytes: Vec<u8> = (0..20).collect();
    let shown = page(ValueContent::Bytes { bytes: bytes.into(), ones: None }, 20);
    let view = hex_view(b"k", &shown);
    assert_eq!(view.tables[0].rows.len(), 3);
    check(&view, "Edit bytes from 16", &["FF 00"], "SETRANGE k 16 \\xff\\x00");
    assert!(command(&view, "Edit bytes from 16", &["f"]).is_err());
    assert!(command(&view, "Edit bytes from 16", &["xy"]).is_err());
    assert_eq!(Source::Bytes(16, 4).now(&shown), Some(vec![16, 17, 18, 19]));
    assert_eq!(Source::Bytes(16, 5).now(&shown), None);
    let edit = edit_text(b"k", b"a\xff");
    let Act::Open(form) = edit.act else { panic!() };
    let command = form.command(&[form.inputs[0].draft.clone()]).unwrap();
    assert_eq!(command.words, [b"SET".to_vec(), b"k".to_vec(), b"a\xff".to_vec(), b"KEEPTTL".to_vec()]);
}

#[test]
fn an_element_that_is_not_all_here_offers_nothing_that_needs_it() {
    let cut = || Element { bytes: b"start".to_vec().into(), len: 1 << 20 };
    let field = FieldView { field: element(b"f"), value: cut(), expires_at_ms: None };
    let hash = view(b"k", &page(ValueContent::Hash(vec![field]), 1));
    assert!(!hash.tables[0].rows[0].actions.iter().any(|action| action.name == "Edit f"));
    check(&hash, "Delete f", &[], "HDEL k f");
    for content in [ValueContent::List(vec![cut()]), ValueContent::Set(vec![cut()])] {
        assert!(view(b"k", &page(content, 1)).tables[0].rows[0].actions.is_empty());
    }
}
