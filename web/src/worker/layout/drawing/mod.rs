//! The drawings of a value: rows of boxes, each with its row in a table and a sentence.

mod chains;
mod registers;
mod tables;
mod text;

use engine::encoding::Element;
use engine::value::layout::{Form, Layout, PAGE};

use super::strip::strip;
use crate::format;
use crate::layout::{Drawing, Pages, Segment, Tone, Turn};
use crate::worker::print;

/// Characters of a text in a box, and in a cell of a table.
const MAX_BOX_CHARACTERS: usize = 24;
const MAX_CELL_CHARACTERS: usize = 200;

/// Bytes of a segment that are shown.
const MAX_HEX_BYTES: usize = 8;

/// All drawings of a layout.
pub fn of(layout: &Layout<'_>, pages: Pages) -> Vec<Drawing> {
    let from = pages.from as usize;
    match &layout.form {
        Form::Text(place) => text::text(place, from),
        Form::Registers(place) => vec![registers::registers(place.text(), from)],
        Form::Listpack(shown) => vec![strip(shown, "Listpack", Turn::From)],
        Form::Intset { intset, from } => vec![chains::integers(intset, *from)],
        Form::Quicklist(chain) => chains::quicklist(chain),
        Form::Table(table) => tables::hash_table(table),
        Form::Sorted { table, tree, leaf } => {
            let mut drawings = tables::levels(tree, leaf.as_ref());
            drawings.extend(leaf.as_ref().map(tables::leaf_entries));
            drawings.extend(tables::hash_table(table));
            drawings
        }
        Form::Stream(nodes) => chains::stream(nodes),
    }
}

/// A drawing of numbered boxes; what is left out follows.
pub fn numbered(title: &str, unit: &str, columns: &[&str], total: usize, from: usize, turn: Turn) -> Drawing {
    Drawing {
        title: title.to_owned(),
        unit: unit.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        total: total as u32,
        from: from as u32,
        page: PAGE as u32,
        turn,
        ..Drawing::default()
    }
}

/// Bytes in hexadecimal, the first few of them.
pub fn segment(tone: Tone, bytes: &[u8]) -> Option<Segment> {
    let text = hex(bytes, MAX_HEX_BYTES);
    (!bytes.is_empty()).then_some(Segment { tone, text })
}

pub fn hex(bytes: &[u8], most: usize) -> String {
    let mut text = String::new();
    for byte in bytes.iter().take(most) {
        if !text.is_empty() {
            text.push(' ');
        }
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    if bytes.len() > most {
        text.push_str(&format!(" +{}", format::grouped((bytes.len() - most) as f64)));
    }
    text
}

pub fn short(bytes: &[u8]) -> String {
    print::name(bytes, MAX_BOX_CHARACTERS)
}

pub fn cell(bytes: &[u8]) -> String {
    print::name(bytes, MAX_CELL_CHARACTERS)
}

pub fn element_cell(element: Element<'_>) -> String {
    element.with_bytes(cell)
}

pub fn number(number: usize) -> String {
    format::grouped(number as f64)
}

fn first_of_page(from: usize, len: usize) -> usize {
    from.min(len.saturating_sub(1)) / PAGE * PAGE
}
