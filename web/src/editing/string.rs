//! Strings, also as bits and as a HyperLogLog.

use super::{Action, Cell, Command, Form, Input, Kind, Row, Source, Table, View, Word};
use super::{adding, fixed, input, open};
use crate::protocol::{ValueContent, ValuePage};
use crate::visible::Draft;

/// Bytes in a row of the view in hexadecimal.
const ROW: usize = 8;

/// All of a string, as text.
pub fn edit_text(key: &[u8], bytes: &[u8]) -> Action {
    let mut words = fixed(&[b"SET", key]);
    words.extend([vec![Word::Input(0)], fixed(&[b"KEEPTTL"])].concat());
    open(
        "Edit",
        Form {
            title: "Edit the value".to_owned(),
            button: "Save",
            inputs: vec![Input { label: "Value", draft: Draft::of(bytes), kind: Kind::Text }],
            words,
            said: "The value is set.".to_owned(),
            note: "",
            source: Some(Source::String),
        },
    )
}

/// The bytes of a page, each row with a button that writes over it.
pub fn hex_view(key: &[u8], page: &ValuePage) -> View {
    let ValueContent::Bytes { bytes, .. } = &page.content else { return View::default() };
    let row = |(at, part): (usize, &[u8])| {
        let offset = page.from as usize + at * ROW;
        let shown: String =
            part.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect();
        let cells = vec![Cell::Number(format!("{offset:06x}")), Cell::Text(hex(part)), Cell::Text(shown)];
        Row { cells, actions: vec![edit_bytes(key, offset, part)] }
    };
    let rows = bytes.chunks(ROW).enumerate().map(row).collect();
    let headers = vec!["Offset", "Bytes", "ASCII"];
    View { tables: vec![Table { caption: "Bytes", headers, rows, empty: "No bytes." }], actions: Vec::new() }
}

fn edit_bytes(key: &[u8], offset: usize, bytes: &[u8]) -> Action {
    let mut words = fixed(&[b"SETRANGE", key, offset.to_string().as_bytes()]);
    words.push(Word::Input(0));
    open(
        "Edit",
        Form {
            title: format!("Edit bytes from {offset}"),
            button: "Save",
            inputs: vec![Input { label: "Bytes in hexadecimal", draft: hex_draft(bytes), kind: Kind::Hex }],
            words,
            said: format!("Bytes from {offset} set."),
            note: "SETRANGE writes over what stands there; more bytes reach into those after them.",
            source: Some(Source::Bytes(offset, bytes.len())),
        },
    )
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

pub fn hex_draft(bytes: &[u8]) -> Draft {
    Draft { text: hex(bytes), escapes: false }
}

/// The bytes that pairs of hexadecimal digits stand for, with spaces between them or not.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().filter(|it| !it.is_whitespace()).map(|it| it.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// Any bit, also behind the end of the string.
pub fn set_any_bit(key: &[u8]) -> Action {
    let bit = Input { label: "Bit", draft: Draft { text: "1".to_owned(), escapes: false }, kind: Kind::Line };
    let mut form = adding("Set a bit", &[b"SETBIT", key], vec![input("Offset", Kind::Line), bit], "Bit set.");
    form.button = "Set";
    form.note = "Behind its end the string grows, with 0 in between.";
    open("Set a bit", form)
}

pub fn set_bit(key: &[u8], offset: u64, on: bool) -> Command {
    let bit = if on { b"1" } else { b"0" };
    let words = vec![b"SETBIT".to_vec(), key.to_vec(), offset.to_string().into_bytes(), bit.to_vec()];
    Command { words, said: format!("Bit {offset} set to {}.", u8::from(on)) }
}

pub fn hyperloglog_actions(key: &[u8]) -> Vec<Action> {
    let inputs = vec![input("Element", Kind::Bytes)];
    vec![open("Add an element", adding("Add an element", &[b"PFADD", key], inputs, "Element added."))]
}
