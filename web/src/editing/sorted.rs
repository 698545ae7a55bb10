//! Sorted sets, also as places.

use super::{Action, Cell, Form, Input, Kind, Row, Source, Table, View, Word};
use super::{adding, called, cell, fixed, input, number, open, run, score};
use crate::protocol::MemberView;
use crate::visible::Draft;

pub fn view(key: &[u8], members: &[MemberView]) -> View {
    let places = members.iter().any(|member| member.place.is_some());
    let rows = members.iter().map(|member| row(key, member)).collect();
    let (caption, headers) = match places {
        true => ("Places", vec!["Member", "Longitude", "Latitude"]),
        false => ("Members by rank", vec!["Rank", "Member", "Score"]),
    };
    let inputs = vec![input("Score", Kind::Line), input("Member", Kind::Bytes)];
    let add = adding("Add a member", &[b"ZADD", key], inputs, "Member added.");
    View {
        tables: vec![Table { caption, headers, rows, empty: "No members here." }],
        actions: vec![if places { open("Add a place", add_place(key, None)) } else { open("Add a member", add) }],
    }
}

/// A form for a new place, perhaps at this longitude and latitude.
pub fn add_place(key: &[u8], at: Option<(f64, f64)>) -> Form {
    let line = |label, degrees: Option<f64>| Input {
        label,
        draft: Draft { text: degrees.map_or_else(String::new, |degrees| format!("{degrees:.5}")), escapes: false },
        kind: Kind::Line,
    };
    let inputs = vec![
        line("Longitude", at.map(|(longitude, _)| longitude)),
        line("Latitude", at.map(|(_, latitude)| latitude)),
        input("Member", Kind::Bytes),
    ];
    let mut form = adding("Add a place", &[b"GEOADD", key], inputs, "Place added.");
    form.note = "Longitude from -180 to 180, latitude from -85.05 to 85.05 degrees.";
    form
}

fn row(key: &[u8], row: &MemberView) -> Row {
    let cells = match row.place {
        Some((longitude, latitude)) => vec![cell(&row.member), degrees(longitude), degrees(latitude)],
        None => vec![number(row.rank), cell(&row.member), Cell::Number(score(row.score))],
    };
    if !row.member.is_whole() {
        return Row { cells, actions: Vec::new() };
    }
    let (member, name) = (row.member.bytes.as_slice(), called(&row.member));
    let remove = run("Delete", format!("Delete {name}"), &[b"ZREM", key, member], format!("{name} deleted."));
    Row { cells, actions: vec![edit(key, row, &name), remove] }
}

fn edit(key: &[u8], row: &MemberView, name: &str) -> Action {
    let member = Word::Fixed(row.member.bytes.to_vec());
    let form = |words, inputs, source| Form {
        title: format!("Edit {name}"),
        button: "Save",
        inputs,
        words,
        said: format!("{name} set."),
        note: "",
        source,
    };
    let line = |label, text: String| Input { label, draft: Draft { text, escapes: false }, kind: Kind::Line };
    let form = match row.place {
        None => form(
            [fixed(&[b"ZADD", key]), vec![Word::Input(0), member]].concat(),
            vec![line("Score", score(row.score))],
            Some(Source::Score(row.member.bytes.to_vec())),
        ),
        Some((longitude, latitude)) => form(
            [fixed(&[b"GEOADD", key]), vec![Word::Input(0), Word::Input(1), member]].concat(),
            vec![line("Longitude", format!("{longitude:.6}")), line("Latitude", format!("{latitude:.6}"))],
            None,
        ),
    };
    open("Edit", form)
}

/// As exact as a score is: a cell is about 0.6 m wide.
fn degrees(degrees: f64) -> Cell {
    Cell::Number(format!("{degrees:.6}"))
}
