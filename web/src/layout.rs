//! How a value stands in memory, as it travels from the worker to the page: figures, sentences and drawings made of
//! boxes. The page knows how to draw boxes, not what they mean.

use serde::{Deserialize, Serialize};

use crate::bytes::ByteBuf;

/// Which key, and which page of each of its drawings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayoutQuestion {
    pub database: u32,
    pub key: ByteBuf,
    pub pages: Pages,
}

/// What the drawings of a value begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pages {
    /// The first entry or node.
    pub from: u32,
    /// The node that is looked into.
    pub node: u32,
    /// The first entry in it, or the first slot of a table.
    pub inside: u32,
}

impl Pages {
    /// These pages with one of the three turned.
    pub fn turned(mut self, turn: Turn, to: u32) -> Pages {
        match turn {
            Turn::From => self.from = to,
            Turn::Node => (self.node, self.inside) = (to, 0),
            Turn::Inside => self.inside = to,
        }
        self
    }
}

/// Which of the [`Pages`] a drawing follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    #[default]
    From,
    Node,
    Inside,
}

/// The layout of one key, and what its encoding went through while it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayoutView {
    pub database: u32,
    pub key: ByteBuf,
    /// The key as text.
    pub name: String,
    /// None when there is no such key (any more).
    pub layout: Option<LayoutPage>,
    /// The newest last.
    pub crossings: Vec<Crossing>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayoutPage {
    pub type_name: String,
    /// What `OBJECT ENCODING` says.
    pub encoding: String,
    /// What that is, and where it differs from Redis.
    pub summary: String,
    /// What `MEMORY USAGE` says; the parts together.
    pub bytes: f64,
    pub parts: Vec<PartView>,
    pub limits: Vec<LimitView>,
    /// A command that adds entries until the encoding changes.
    pub suggestion: Option<String>,
    pub drawings: Vec<Drawing>,
}

/// Some of the bytes of a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartView {
    pub tone: Tone,
    pub name: String,
    pub meaning: String,
    pub bytes: f64,
}

/// A limit that decides about an encoding, and how far the value is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitView {
    pub name: String,
    /// Whether CONFIG SET changes it.
    pub is_setting: bool,
    pub most: f64,
    pub reached: f64,
    /// What is counted, in words: "fields".
    pub unit: String,
}

/// A change of encoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// The engine's time.
    pub at_ms: f64,
    pub from: String,
    pub to: String,
    /// The command that a terminal sent, or the event that told of it.
    pub command: String,
    /// Which limit was crossed, in a sentence.
    pub why: String,
    /// The setting behind it.
    pub setting: Option<String>,
    /// Of the whole key.
    pub bytes_before: f64,
    pub bytes_after: f64,
}

/// A row of boxes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    pub title: String,
    pub caption: String,
    pub shape: Shape,
    /// Of the table behind it.
    pub columns: Vec<String>,
    pub boxes: Vec<DrawnBox>,
    /// What is counted, in the singular.
    pub unit: String,
    /// How many there are in all; the first of these; how many make a page.
    pub total: u32,
    pub from: u32,
    pub page: u32,
    pub turn: Turn,
    /// The number of the box that is looked into, where boxes can be: those of a chain or of leaves.
    pub opened: Option<u32>,
}

/// How boxes stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// One after another without gaps: they share one run of bytes.
    #[default]
    Strip,
    /// Each for itself, linked to the next.
    Chain,
    /// Small squares.
    Grid,
}

/// One box.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawnBox {
    pub tone: Tone,
    pub text: String,
    /// Its bytes, by what they are for.
    pub segments: Vec<Segment>,
    /// How full it is, from 0 to 1, where it has room.
    pub fill: Option<f64>,
    /// Its row in the table.
    pub cells: Vec<String>,
    /// What it is for, in a sentence.
    pub meaning: String,
}

/// Some bytes of a box, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub tone: Tone,
    pub text: String,
}

/// What bytes are for, as their colour says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    #[default]
    Frame,
    Encoding,
    Text,
    Number,
    BackLength,
    Structure,
    Slots,
    Tree,
    Deadline,
    Spare,
    Gone,
}

impl Tone {
    /// What the legend calls it.
    pub fn label(self) -> &'static str {
        match self {
            Tone::Frame => "header, end",
            Tone::Encoding => "encoding",
            Tone::Text => "text",
            Tone::Number => "number",
            Tone::BackLength => "length backwards",
            Tone::Structure => "structure",
            Tone::Slots => "table",
            Tone::Tree => "order",
            Tone::Deadline => "deadline",
            Tone::Spare => "not in use",
            Tone::Gone => "removed",
        }
    }

    /// How the style sheet calls it.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Frame => "tone-frame",
            Tone::Encoding => "tone-encoding",
            Tone::Text => "tone-text",
            Tone::Number => "tone-number",
            Tone::BackLength => "tone-back",
            Tone::Structure => "tone-structure",
            Tone::Slots => "tone-slots",
            Tone::Tree => "tone-tree",
            Tone::Deadline => "tone-deadline",
            Tone::Spare => "tone-spare",
            Tone::Gone => "tone-gone",
        }
    }
}

impl Drawing {
    /// The tones that occur, in the order of their first occurrence.
    pub fn tones(&self) -> Vec<Tone> {
        let mut tones = Vec::new();
        for drawn in &self.boxes {
            let own = drawn.segments.is_empty().then_some(drawn.tone);
            for tone in drawn.segments.iter().map(|segment| segment.tone).chain(own) {
                if !tones.contains(&tone) {
                    tones.push(tone);
                }
            }
        }
        tones
    }

    /// What a box is called: what is written in it, and the same in words.
    pub fn name(&self, index: usize) -> String {
        let drawn = self.boxes.get(index);
        let segments = drawn.iter().flat_map(|drawn| &drawn.segments).map(|segment| segment.text.as_str());
        let written: Vec<&str> =
            drawn.iter().map(|drawn| drawn.text.as_str()).chain(segments).filter(|text| !text.is_empty()).collect();
        match written.is_empty() {
            true => self.words(index),
            false => format!("{}: {}", written.join(" "), self.words(index)),
        }
    }

    /// What a box is, in words: the columns with its cells, and what it is for.
    pub fn words(&self, index: usize) -> String {
        let Some(drawn) = self.boxes.get(index) else { return String::new() };
        let cells = self.columns.iter().zip(&drawn.cells).filter(|(_, cell)| !cell.is_empty());
        let mut words: Vec<String> = cells.map(|(column, cell)| format!("{column} {cell}")).collect();
        if !drawn.meaning.is_empty() {
            words.push(drawn.meaning.clone());
        }
        words.join(", ")
    }
}

/// How much more or less: "3.2 times as much".
pub fn ratio(before: f64, after: f64) -> String {
    match after / before.max(1.0) {
        ratio if ratio >= 1.05 => format!("{ratio:.1} times as much"),
        ratio if ratio <= 0.95 => format!("{:.0}% less", (1.0 - ratio) * 100.0),
        _ => "about the same".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_in_words() {
        let drawn =
            DrawnBox { cells: vec!["6".into(), String::new()], meaning: "It ends.".into(), ..DrawnBox::default() };
        let drawing =
            Drawing { columns: vec!["Offset".into(), "For".into()], boxes: vec![drawn], ..Drawing::default() };
        assert_eq!(drawing.words(0), "Offset 6, It ends.");
        assert_eq!(drawing.words(1), "");
        assert_eq!(drawing.tones(), [Tone::Frame]);
    }

    #[test]
    fn costs_in_words() {
        assert_eq!(ratio(100.0, 320.0), "3.2 times as much");
        assert_eq!(ratio(100.0, 25.0), "75% less");
        assert_eq!(ratio(100.0, 101.0), "about the same");
    }

    #[test]
    fn turning_to_another_node_begins_at_its_first_entry() {
        let pages = Pages { from: 100, node: 1, inside: 200 };
        assert_eq!(pages.turned(Turn::Node, 3), Pages { from: 100, node: 3, inside: 0 });
        assert_eq!(pages.turned(Turn::Inside, 300), Pages { inside: 300, ..pages });
    }
}
