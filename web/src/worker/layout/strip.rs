//! A listpack as boxes: header, entries, end.

use engine::value::layout::{PAGE, Role, Strip};

use super::drawing::{cell, element_cell, hex, number, numbered, segment, short};
use super::words;
use crate::format;
use crate::layout::{Drawing, DrawnBox, Segment, Shape, Tone, Turn};

/// Bytes of an entry that its cell in the table shows.
const MAX_CELL_BYTES: usize = 24;

/// One page of a listpack.
pub fn strip(strip: &Strip<'_>, title: &str, turn: Turn) -> Drawing {
    let columns = ["Offset", "Entry", "For", "Encoding", "Encoding bytes", "Content", "Length backwards", "Bytes"];
    let mut drawing = numbered(title, "entry", &columns, strip.entries, strip.from, turn);
    drawing.shape = Shape::Strip;
    let totals = strip.totals;
    drawing.caption = format!(
        "{} bytes: 6 of header, {} of encodings, {} of content, {} of lengths, 1 of end.{}",
        number(strip.bytes),
        number(totals.head_bytes),
        number(totals.data_bytes),
        number(totals.back_bytes),
        match strip.spare {
            0 => String::new(),
            spare => format!(" {} more are kept to grow.", format::counted(spare as f64, "byte")),
        }
    );
    if strip.from == 0 {
        drawing.boxes.push(header(strip));
    }
    for (anatomy, role) in &strip.shown {
        let (kind, meaning) = words::kind(anatomy.kind);
        let is_number = anatomy.element.as_int().is_some();
        let tone = match role {
            Role::Deadline => Tone::Deadline,
            Role::Flags if anatomy.element.as_int().is_some_and(|flags| flags & 1 != 0) => Tone::Gone,
            _ if is_number => Tone::Number,
            _ => Tone::Text,
        };
        let segments = [(Tone::Encoding, anatomy.head), (tone, anatomy.data), (Tone::BackLength, anatomy.back)];
        let segments: Vec<Segment> = segments.into_iter().filter_map(|(tone, bytes)| segment(tone, bytes)).collect();
        let bytes = anatomy.head.len() + anatomy.data.len() + anatomy.back.len();
        drawing.boxes.push(DrawnBox {
            tone,
            text: anatomy.element.with_bytes(short),
            segments,
            fill: None,
            cells: vec![
                number(anatomy.at),
                element_cell(anatomy.element),
                words::role(*role).to_owned(),
                kind.to_owned(),
                hex(anatomy.head, MAX_CELL_BYTES),
                hex(anatomy.data, MAX_CELL_BYTES),
                hex(anatomy.back, MAX_CELL_BYTES),
                number(bytes),
            ],
            meaning: meaning.to_owned(),
        });
    }
    if strip.from + PAGE >= strip.entries && strip.bytes > 0 {
        drawing.boxes.push(DrawnBox {
            tone: Tone::Frame,
            text: "end".to_owned(),
            segments: segment(Tone::Frame, &[0xff]).into_iter().collect(),
            cells: ["", "end", "the end", "", "ff", "", "", "1"].map(str::to_owned).to_vec(),
            meaning: "FF is no encoding of an entry.".to_owned(),
            fill: None,
        });
        if let Some(cells) = drawing.boxes.last_mut().and_then(|last| last.cells.first_mut()) {
            *cells = number(strip.bytes - 1);
        }
    }
    drawing
}

fn header(strip: &Strip<'_>) -> DrawnBox {
    let (total, count) = strip.header.split_at_checked(4).unwrap_or_default();
    DrawnBox {
        tone: Tone::Frame,
        text: "header".to_owned(),
        segments: [total, count].into_iter().filter_map(|bytes| segment(Tone::Frame, bytes)).collect(),
        fill: None,
        cells: vec![
            "0".to_owned(),
            format!("{} bytes, {}", number(strip.bytes), counted(strip.entries)),
            "header".to_owned(),
            String::new(),
            cell(hex(strip.header, MAX_CELL_BYTES).as_bytes()),
            String::new(),
            String::new(),
            strip.header.len().to_string(),
        ],
        meaning: "All bytes in four, lowest first, and the number of entries in two.".to_owned(),
    }
}

pub fn counted(entries: usize) -> String {
    if entries == 1 { "1 entry".to_owned() } else { format!("{} entries", number(entries)) }
}
