//! Streams: entries, groups, and what a group's consumers have not acknowledged.

use super::{Act, Action, Cell, Form, Input, Kind, Row, Table, View, Word};
use super::{called, cell, fixed, input, number, open, run};
use crate::format;
use crate::protocol::{Element, EntryView, GroupContent, GroupView, ValueLook};
use crate::visible::{self, Draft};

/// How much of each field and value of an entry is shown.
const FIELD_CHARACTERS: usize = 400;

pub fn view(key: &[u8], entries: &[EntryView], groups: &[GroupView]) -> View {
    let rows = entries.iter().map(|entry| entry_row(key, entry)).collect();
    let entries = Table { caption: "Entries", headers: vec!["ID", "Fields and values"], rows, empty: "No entries." };
    let headers = vec!["Group", "Last ID", "Consumers", "Pending", "Lag"];
    let rows = groups.iter().map(group_row).collect();
    let mut tables = vec![entries];
    if !groups.is_empty() {
        tables.push(Table { caption: "Groups", headers, rows, empty: "" });
    }
    View { tables, actions: vec![open("Add an entry", add(key)), open("Add a group", add_group(key))] }
}

fn entry_row(key: &[u8], entry: &EntryView) -> Row {
    let shown = |element: &Element| visible::shortened(&element.bytes, element.len as usize, FIELD_CHARACTERS);
    let fields: Vec<String> =
        entry.fields.iter().map(|(name, value)| format!("{} {}", shown(name), shown(value))).collect();
    let id = &entry.id;
    let remove: [&[u8]; 3] = [b"XDEL", key, id.as_bytes()];
    let remove = run("Delete", format!("Delete {id}"), &remove, format!("Entry {id} deleted."));
    Row { cells: vec![Cell::Text(id.clone()), Cell::Text(fields.join("  "))], actions: vec![remove] }
}

fn add(key: &[u8]) -> Form {
    let id = Input { label: "ID", draft: Draft { text: "*".to_owned(), escapes: false }, kind: Kind::Line };
    let mut words = fixed(&[b"XADD", key]);
    words.extend([Word::Input(0), Word::Several(1)]);
    Form {
        title: "Add an entry".to_owned(),
        button: "Add",
        inputs: vec![id, Input { label: "Fields and values", ..Input::default() }],
        words,
        said: "Entry added.".to_owned(),
        note: "As in a command: field value field value, with quotes around what has spaces. * takes the next ID.",
        source: None,
    }
}

fn add_group(key: &[u8]) -> Form {
    let start = Input { label: "From ID", draft: Draft { text: "0".to_owned(), escapes: false }, kind: Kind::Line };
    let mut words = fixed(&[b"XGROUP", b"CREATE", key]);
    words.extend([Word::Input(0), Word::Input(1)]);
    Form {
        title: "Add a group".to_owned(),
        button: "Add",
        inputs: vec![input("Name", Kind::Bytes), start],
        words,
        said: "Group added.".to_owned(),
        note: "0 gives it all entries, $ only those to come.",
        source: None,
    }
}

fn group_row(group: &GroupView) -> Row {
    let lag = group.lag.map_or("not known".to_owned(), format::grouped);
    let cells = vec![
        cell(&group.name),
        Cell::Text(group.last_id.clone()),
        number(group.consumers),
        number(group.pending),
        Cell::Number(lag),
    ];
    let look = Act::Look(ValueLook::Group(group.name.bytes.clone()));
    let show = Action { label: "Show", name: format!("Show {}", called(&group.name)), act: look };
    Row { cells, actions: if group.name.is_whole() { vec![show] } else { Vec::new() } }
}

/// One group: its consumers, and the entries they were given and have not acknowledged.
pub fn group_view(key: &[u8], group: &GroupContent) -> View {
    let consumers = group.consumers.iter().map(|consumer| Row {
        cells: vec![cell(&consumer.name), number(consumer.pending), Cell::Since(consumer.seen_ms)],
        actions: Vec::new(),
    });
    let consumers = consumers.collect();
    let pending = group.pending.iter().map(|pending| {
        let id = &pending.id;
        let acknowledge: [&[u8]; 4] = [b"XACK", key, &group.name.bytes, id.as_bytes()];
        let said = format!("Entry {id} acknowledged.");
        Row {
            cells: vec![
                Cell::Text(id.clone()),
                cell(&pending.consumer),
                Cell::Since(pending.delivered_ms),
                number(pending.deliveries),
            ],
            actions: vec![run("Acknowledge", format!("Acknowledge {id}"), &acknowledge, said)],
        }
    });
    let pending = pending.collect();
    let headers = vec!["Consumer", "Pending", "Idle for"];
    let consumers = Table { caption: "Consumers", headers, rows: consumers, empty: "No consumers yet." };
    let headers = vec!["ID", "Consumer", "Given", "Times"];
    let empty = "Nothing waits to be acknowledged.";
    let pending = Table { caption: "Pending entries", headers, rows: pending, empty };
    View { tables: vec![consumers, pending], actions: Vec::new() }
}
