//! Hashes: fields with their values and times to live.

use super::{Action, Cell, Form, Input, Kind, Row, Source, Table, View, Word};
use super::{adding, called, cell, fixed, input, open, run};
use crate::protocol::FieldView;
use crate::visible::Draft;

pub fn view(key: &[u8], fields: &[FieldView]) -> View {
    let rows = fields.iter().map(|field| row(key, field)).collect();
    let headers = vec!["Field", "Value", "TTL"];
    let inputs = vec![input("Field", Kind::Bytes), input("Value", Kind::Bytes)];
    let add = adding("Add a field", &[b"HSET", key], inputs, "Field set.");
    View {
        tables: vec![Table { caption: "Fields", headers, rows, empty: "No fields." }],
        actions: vec![open("Add a field", add)],
    }
}

fn row(key: &[u8], row: &FieldView) -> Row {
    let cells = vec![cell(&row.field), cell(&row.value), Cell::Until(row.expires_at_ms)];
    let mut actions: Vec<Action> = Vec::new();
    if row.field.is_whole() {
        let (field, name) = (row.field.bytes.as_slice(), called(&row.field));
        if row.value.is_whole() {
            actions.push(edit(key, row, &name));
        }
        let mut words = fixed(&[b"HEXPIRE", key]);
        words.extend([vec![Word::Input(0)], fixed(&[b"FIELDS", b"1", field])].concat());
        let expire = Form {
            title: format!("TTL of {name}"),
            button: "Set",
            inputs: vec![input("Seconds", Kind::Positive)],
            words,
            said: format!("The field {name} has a time to live."),
            note: "",
            source: None,
        };
        actions.push(open("TTL", expire));
        if row.expires_at_ms.is_some() {
            let persist: [&[u8]; 5] = [b"HPERSIST", key, b"FIELDS", b"1", field];
            actions.push(run("Keep", format!("Keep {name} for good"), &persist, format!("The field {name} stays.")));
        }
        actions.push(run("Delete", format!("Delete {name}"), &[b"HDEL", key, field], format!("Field {name} deleted.")));
    }
    Row { cells, actions }
}

fn edit(key: &[u8], row: &FieldView, name: &str) -> Action {
    let mut words = fixed(&[b"HSET", key, &row.field.bytes]);
    words.push(Word::Input(0));
    let note = match row.expires_at_ms {
        Some(_) => "HSET takes the field's time to live away.",
        None => "",
    };
    open(
        "Edit",
        Form {
            title: format!("Edit {name}"),
            button: "Save",
            inputs: vec![Input { label: "Value", draft: Draft::of(&row.value.bytes), kind: Kind::Bytes }],
            words,
            said: format!("Field {name} set."),
            note,
            source: Some(Source::Field(row.field.bytes.to_vec())),
        },
    )
}
