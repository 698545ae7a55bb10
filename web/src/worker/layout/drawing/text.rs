//! A text: the form that it has, and its bytes.

use engine::value::layout::PAGE;
use engine::value::string::Place;

use super::{cell, first_of_page, hex, number, numbered, segment, short};
use crate::format;
use crate::layout::{Drawing, DrawnBox, Tone, Turn};

/// Bytes of a text that stand in one box.
const BYTES_PER_BOX: usize = 8;

pub fn text(place: &Place<'_>, from: usize) -> Vec<Drawing> {
    const VALUE_BYTES: usize = 24;
    let mut inside = numbered("The value itself", "part", &["Part", "Bytes", "Content"], 0, 0, Turn::From);
    inside.caption = format!("{VALUE_BYTES} bytes in the table of keys, beside the key's name.");
    let mut add = |tone: Tone, text: String, name: &str, bytes: usize, content: &str, meaning: &str| {
        if bytes > 0 {
            inside.boxes.push(DrawnBox {
                tone,
                text,
                cells: vec![name.to_owned(), bytes.to_string(), content.to_owned()],
                meaning: meaning.to_owned(),
                ..DrawnBox::default()
            });
        }
    };
    let pointer = 2 * size_of::<usize>();
    match place {
        Place::Number(own) => {
            add(Tone::Structure, "kind".into(), "Kind", 1, "a number", "Says which of the four forms a string has.");
            add(
                Tone::Number,
                own.to_string(),
                "Number",
                8,
                &own.to_string(),
                "Its digits are written when it is read.",
            );
            add(Tone::Spare, "15 B".into(), "Not in use", VALUE_BYTES - 9, "", "");
        }
        Place::Inline(text) => {
            let shown = cell(text);
            add(
                Tone::Structure,
                "kind".into(),
                "Kind",
                1,
                "text in the value",
                "Says which of the four forms a string has.",
            );
            add(Tone::Frame, format!("len {}", text.len()), "Length", 1, &text.len().to_string(), "");
            add(Tone::Text, short(text), "Text", text.len(), &shown, "");
            let left = Place::INLINE - text.len();
            add(
                Tone::Spare,
                format!("{left} B"),
                "Not in use",
                left,
                "",
                "Longer texts up to 22 bytes stand here too.",
            );
            return vec![inside];
        }
        Place::Exact(text) => {
            add(
                Tone::Structure,
                "kind".into(),
                "Kind",
                1,
                "text outside",
                "Says which of the four forms a string has.",
            );
            let length = format!("{} bytes of text", number(text.len()));
            add(Tone::Frame, "→".into(), "Pointer and length", pointer, &length, "Leads to the text.");
            add(
                Tone::Spare,
                format!("{} B", VALUE_BYTES - 1 - pointer),
                "Not in use",
                VALUE_BYTES - 1 - pointer,
                "",
                "",
            );
        }
        Place::Grown { text, capacity } => {
            add(
                Tone::Structure,
                "kind".into(),
                "Kind",
                1,
                "text that grows",
                "Says which of the four forms a string has.",
            );
            let lengths = format!("{} bytes of text, room for {}", number(text.len()), number(*capacity));
            add(
                Tone::Frame,
                "→".into(),
                "Pointer",
                pointer / 2,
                &lengths,
                "Leads to pointer, length and room of the text.",
            );
            let left = VALUE_BYTES - 1 - pointer / 2;
            add(Tone::Spare, format!("{left} B"), "Not in use", left, "", "");
        }
    }
    let text = place.text();
    if text.is_empty() {
        return vec![inside];
    }
    let total = text.len().div_ceil(BYTES_PER_BOX);
    let from = first_of_page(from, total);
    let mut outside = numbered("The text", "group of 8 bytes", &["Offset", "Bytes", "Text"], total, from, Turn::From);
    outside.caption = format!("{} in memory of their own.", format::counted(text.len() as f64, "byte"));
    for (index, bytes) in text.chunks(BYTES_PER_BOX).enumerate().skip(from).take(PAGE) {
        let shown = short(bytes);
        outside.boxes.push(DrawnBox {
            tone: Tone::Text,
            text: shown.clone(),
            segments: segment(Tone::Text, bytes).into_iter().collect(),
            cells: vec![number(index * BYTES_PER_BOX), hex(bytes, BYTES_PER_BOX), shown],
            ..DrawnBox::default()
        });
    }
    if let Place::Grown { capacity, .. } = place
        && *capacity > text.len()
        && from + PAGE >= total
    {
        let left = format!("{} B", number(capacity - text.len()));
        outside.boxes.push(DrawnBox {
            tone: Tone::Spare,
            text: left.clone(),
            cells: vec![number(text.len()), left, "not in use".to_owned()],
            meaning: "Room to grow.".to_owned(),
            ..DrawnBox::default()
        });
    }
    vec![inside, outside]
}
