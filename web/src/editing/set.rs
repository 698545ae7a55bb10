//! Sets.

use super::{Kind, Row, Table, View};
use super::{adding, called, cell, input, open, run};
use crate::protocol::Element;

pub fn view(key: &[u8], members: &[Element]) -> View {
    let row = |member: &Element| {
        let name = called(member);
        let remove: [&[u8]; 3] = [b"SREM", key, &member.bytes];
        let remove = run("Delete", format!("Delete {name}"), &remove, format!("{name} deleted."));
        Row { cells: vec![cell(member)], actions: if member.is_whole() { vec![remove] } else { Vec::new() } }
    };
    let rows = members.iter().map(row).collect();
    let add = adding("Add a member", &[b"SADD", key], vec![input("Member", Kind::Bytes)], "Member added.");
    View {
        tables: vec![Table { caption: "Members", headers: vec!["Member"], rows, empty: "No members." }],
        actions: vec![open("Add a member", add)],
    }
}
