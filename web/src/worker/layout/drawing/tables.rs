//! A hash table's slots and entries, and the tree that keeps a sorted set in order.

use engine::base::numbers::format_f64;
use engine::encoding::sorted::{LeafShape, Level, TreeShape};
use engine::value::layout::Table;

use super::{cell, hex, number, numbered, short};
use crate::format;
use crate::layout::{Drawing, DrawnBox, Segment, Shape, Tone, Turn};

pub fn hash_table(table: &Table<'_>) -> Vec<Drawing> {
    let shape = table.shape;
    let mut slots =
        numbered("Slots", "slot", &["Slot", "Position", "Name"], shape.slots, table.first_slot, Turn::Inside);
    slots.shape = Shape::Grid;
    let load = table.entries as f64 * 100.0 / shape.slots.max(1) as f64;
    slots.caption = format!(
        "{} of {} slots are in use ({load:.0}%). A name's hash says where to look; what stands there is the position of \
         its entry.",
        number(table.entries),
        number(shape.slots)
    );
    let name = |position: usize| {
        let entry = position.checked_sub(table.from).and_then(|index| table.shown.get(index));
        entry.map_or(String::new(), |entry| cell(entry.key))
    };
    for (index, position) in table.slots.iter().enumerate() {
        let slot = number(table.first_slot + index);
        slots.boxes.push(match position {
            Some(position) => DrawnBox {
                tone: Tone::Slots,
                text: position.to_string(),
                cells: vec![slot, number(*position), name(*position)],
                ..DrawnBox::default()
            },
            None => DrawnBox {
                tone: Tone::Spare,
                cells: vec![slot, "empty".to_owned(), String::new()],
                ..DrawnBox::default()
            },
        });
    }
    let has_values = table.shown.iter().any(|entry| entry.value.is_some());
    let mut columns = vec!["Position", if has_values { "Field" } else { "Member" }, "It stands"];
    if has_values {
        columns.extend(["Value", "The value stands"]);
    }
    if table.shown.iter().any(|entry| entry.score.is_some()) {
        columns.push("Score");
    }
    let mut entries = numbered("Entries", "entry", &columns, table.entries, table.from, Turn::From);
    entries.caption = format!(
        "{} of {} bytes each, in {} of up to 1,024. A text of up to 22 bytes stands in its entry, a longer one outside.",
        format::counted(table.entries as f64, "place"),
        shape.entry_bytes,
        format::counted(shape.pages as f64, "page"),
    );
    let place = |outside: usize| match outside {
        0 => "in the entry".to_owned(),
        outside => format!("outside, {} bytes", number(outside)),
    };
    for (index, entry) in table.shown.iter().enumerate() {
        let tone = |outside: usize| if outside == 0 { Tone::Text } else { Tone::Number };
        let mut cells = vec![number(table.from + index), cell(entry.key), place(entry.key_outside)];
        let mut segments = vec![Segment { tone: tone(entry.key_outside), text: short(entry.key) }];
        if let Some(value) = entry.value {
            cells.extend([cell(value), place(entry.value_outside)]);
            segments.push(Segment { tone: tone(entry.value_outside), text: short(value) });
        }
        if let Some(own) = entry.score {
            cells.push(score(own));
            segments.push(Segment { tone: Tone::Tree, text: score(own) });
        }
        entries.boxes.push(DrawnBox {
            tone: tone(entry.key_outside),
            text: number(table.from + index),
            segments,
            cells,
            meaning: match entry.deadline {
                Some(_) => "This field has a deadline.".to_owned(),
                None => String::new(),
            },
            ..DrawnBox::default()
        });
    }
    vec![slots, entries]
}

pub fn levels(tree: &TreeShape, leaf: Option<&LeafShape<'_>>) -> Vec<Drawing> {
    let depth = tree.levels.len();
    let level = |(index, level): (usize, &Level)| {
        let is_leaf = index + 1 == depth;
        let (title, most, of) = match (index, is_leaf) {
            (_, true) => ("Leaves".to_owned(), tree.leaf_entries, "Entries"),
            (0, false) => ("Root".to_owned(), tree.fan, "Children"),
            (index, false) => (format!("Level {}", index + 1), tree.fan, "Children"),
        };
        let columns = ["Node", of, "Members", "First rank", "Scores"];
        let mut drawing = numbered(&title, "node", &columns, level.nodes, level.from, Turn::Node);
        drawing.shape = Shape::Chain;
        drawing.caption = if is_leaf {
            format!(
                "Each has room for {most} entries and takes {} bytes. Choose one to look into it.",
                number(tree.leaf_bytes)
            )
        } else {
            format!("Each leads to up to {most} nodes below, and knows how many members each of them has.")
        };
        drawing.opened = leaf.filter(|_| is_leaf).map(|leaf| leaf.number as u32);
        for (index, node) in level.shown.iter().enumerate() {
            let (first, last) = node.scores;
            drawing.boxes.push(DrawnBox {
                tone: if is_leaf { Tone::Tree } else { Tone::Structure },
                text: node.width.to_string(),
                fill: Some(node.width as f64 / most.max(1) as f64),
                cells: vec![
                    number(level.from + index),
                    number(node.width),
                    number(node.entries),
                    number(node.rank),
                    format!("{} to {}", score(first), score(last)),
                ],
                ..DrawnBox::default()
            });
        }
        drawing
    };
    tree.levels.iter().enumerate().map(level).collect()
}

pub fn leaf_entries(leaf: &LeafShape<'_>) -> Drawing {
    let title = format!("Leaf {}", number(leaf.number));
    let columns = ["Rank", "Score", "Member", "Hint", "Position"];
    let mut drawing = numbered(&title, "entry", &columns, leaf.entries.len(), 0, Turn::Inside);
    drawing.caption = match leaf.prefix {
        [] => "An entry is a score, the first four bytes of the member as a hint, and its position in the hash table."
            .to_owned(),
        prefix => format!(
            "All members begin with \"{}\". An entry is a score, the member's next four bytes as a hint, and its \
             position in the hash table.",
            cell(prefix)
        ),
    };
    for (index, entry) in leaf.entries.iter().enumerate() {
        drawing.boxes.push(DrawnBox {
            tone: Tone::Tree,
            text: short(entry.member),
            segments: vec![
                Segment { tone: Tone::Number, text: score(entry.score) },
                Segment { tone: Tone::Text, text: hex(&entry.hint.to_be_bytes(), 4) },
                Segment { tone: Tone::Slots, text: format!("→ {}", entry.position) },
            ],
            cells: vec![
                number(leaf.rank + index),
                score(entry.score),
                cell(entry.member),
                hex(&entry.hint.to_be_bytes(), 4),
                number(entry.position),
            ],
            ..DrawnBox::default()
        });
    }
    drawing
}

fn score(score: f64) -> String {
    String::from_utf8_lossy(&format_f64(score)).into_owned()
}
