//! Lists: elements by their index.

use super::{Action, Form, Input, Kind, Row, Source, Table, View, Word};
use super::{adding, called, cell, fixed, input, number, open, run};
use crate::protocol::{Element, ValuePage};
use crate::visible::Draft;

pub fn view(key: &[u8], page: &ValuePage, elements: &[Element]) -> View {
    let rows = (0..).zip(elements).map(|(at, element)| row(key, page, elements, at, element)).collect();
    let one = || vec![input("Element", Kind::Bytes)];
    let head = adding("Add at the head", &[b"LPUSH", key], one(), "Element added at the head.");
    let tail = adding("Add at the tail", &[b"RPUSH", key], one(), "Element added at the tail.");
    View {
        tables: vec![Table { caption: "Elements", headers: vec!["Index", "Element"], rows, empty: "No elements." }],
        actions: vec![open("Add at the head", head), open("Add at the tail", tail)],
    }
}

fn row(key: &[u8], page: &ValuePage, elements: &[Element], at: usize, element: &Element) -> Row {
    let index = page.from + at as u32;
    let cells = vec![number(index), cell(element)];
    if !element.is_whole() {
        return Row { cells, actions: Vec::new() };
    }
    let name = called(element);
    let mut words = fixed(&[b"LSET", key, index.to_string().as_bytes()]);
    words.push(Word::Input(0));
    let edit = Form {
        title: format!("Edit element {index}"),
        button: "Save",
        inputs: vec![Input { label: "Element", draft: Draft::of(&element.bytes), kind: Kind::Bytes }],
        words,
        said: format!("Element {index} set."),
        note: "LSET goes by the index: if elements come or go before it, another one stands there.",
        source: Some(Source::Index(index)),
    };
    Row { cells, actions: vec![open("Edit", edit), remove(key, page, elements, at, &name)] }
}

/// LREM removes by value, from one end. That is this very element if none before it, or none after it, is equal, as
/// far as this page reaches to that end; otherwise the button says what it will remove.
fn remove(key: &[u8], page: &ValuePage, elements: &[Element], at: usize, name: &str) -> Action {
    let element = elements.get(at).map(|it| it.bytes.as_slice()).unwrap_or_default();
    let equal = |other: &Element| *other.bytes == *element;
    let first = page.from == 0 && !elements.iter().take(at).any(equal);
    let last = page.from + page.count >= page.len && !elements.iter().skip(at + 1).any(equal);
    let index = page.from + at as u32;
    let said = |what: &str| format!("{what} deleted.");
    match (first, last) {
        (true, _) => run("Delete", format!("Delete element {index}"), &[b"LREM", key, b"1", element], said(name)),
        (_, true) => run("Delete", format!("Delete element {index}"), &[b"LREM", key, b"-1", element], said(name)),
        _ => {
            let label = "Delete first equal";
            let name_of = format!("{label}: the first {name} (LREM, from element {index})");
            run(label, name_of, &[b"LREM", key, b"1", element], said(&format!("The first {name}")))
        }
    }
}
