//! The drawings of a value: rows of boxes, each with its row in a table and a sentence.

use engine::base::numbers::format_f64;
use engine::encoding::hyperloglog::{self, HEADER};
use engine::encoding::sorted::{LeafShape, TreeShape};
use engine::encoding::{Element, Intset};
use engine::value::layout::{Chain, Form, Layout, Opened, PAGE, StreamNodes, Table};
use engine::value::string::Place;

use super::super::print;
use super::strip::{counted as counted_entries, strip};
use crate::format;
use crate::layout::{Drawing, DrawnBox, Pages, Segment, Shape, Tone, Turn};

/// Characters of a text in a box, and in a cell of a table.
const MAX_BOX_CHARACTERS: usize = 24;
const MAX_CELL_CHARACTERS: usize = 200;
/// Bytes of a segment that are shown.
const MAX_HEX_BYTES: usize = 8;
/// Bytes of a text that stand in one box.
const BYTES_PER_BOX: usize = 8;

/// All drawings of a layout.
pub fn of(layout: &Layout<'_>, pages: Pages) -> Vec<Drawing> {
    let from = pages.from as usize;
    match &layout.form {
        Form::Text(place) => text(place, from),
        Form::Registers(place) => vec![registers(place.text(), from)],
        Form::Listpack(shown) => vec![strip(shown, "Listpack", Turn::From)],
        Form::Intset { intset, from } => vec![integers(intset, *from)],
        Form::Quicklist(chain) => quicklist(chain),
        Form::Table(table) => hash_table(table),
        Form::Sorted { table, tree, leaf } => {
            let mut drawings = levels(tree, leaf.as_ref());
            drawings.extend(leaf.as_ref().map(leaf_entries));
            drawings.extend(hash_table(table));
            drawings
        }
        Form::Stream(nodes) => stream(nodes),
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

fn score(score: f64) -> String {
    String::from_utf8_lossy(&format_f64(score)).into_owned()
}

fn first_of_page(from: usize, len: usize) -> usize {
    from.min(len.saturating_sub(1)) / PAGE * PAGE
}

fn text(place: &Place<'_>, from: usize) -> Vec<Drawing> {
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

fn registers(text: &[u8], from: usize) -> Drawing {
    let mut boxes = Vec::new();
    if from < PAGE {
        boxes.push(DrawnBox {
            tone: Tone::Frame,
            text: "HYLL".to_owned(),
            segments: [text.get(..4), text.get(4..8), text.get(8..HEADER)]
                .into_iter()
                .flatten()
                .filter_map(|bytes| segment(Tone::Frame, bytes))
                .collect(),
            cells: vec!["0".to_owned(), "header".to_owned(), String::new(), String::new(), HEADER.to_string()],
            meaning: match hyperloglog::last_estimate(text) {
                Some(estimate) => {
                    format!(
                        "A name, the form, and the last estimate, {}, which is still right.",
                        format::grouped(estimate as f64)
                    )
                }
                None => "A name, the form, and the last estimate, which is out of date.".to_owned(),
            },
            ..DrawnBox::default()
        });
    }
    let columns = ["Offset", "Written as", "Registers", "Value", "Bytes"];
    let mut drawing;
    if hyperloglog::is_sparse(text) {
        let total = hyperloglog::stretches(text).count();
        let from = first_of_page(from, total);
        drawing = numbered("Runs of registers", "run", &columns, total, from, Turn::From);
        drawing.caption =
            "ZERO: up to 64 registers of value 0, in a byte. XZERO: up to 16,384 of them, in two. VAL: up to \
                           four registers of one value, in a byte."
                .to_owned();
        for run in hyperloglog::stretches(text).skip(from).take(PAGE) {
            let (name, tone) = match (run.value, run.bytes) {
                (0, 1) => ("ZERO", Tone::Spare),
                (0, _) => ("XZERO", Tone::Spare),
                _ => ("VAL", Tone::Number),
            };
            let shown = match run.value {
                0 => format!("{name} {}", run.registers),
                value => format!("{name} {value}×{}", run.registers),
            };
            let last = run.first + run.registers - 1;
            let range =
                if last == run.first { number(last) } else { format!("{} to {}", number(run.first), number(last)) };
            boxes.push(DrawnBox {
                tone,
                text: shown,
                segments: segment(tone, text.get(run.at..run.at + run.bytes).unwrap_or_default()).into_iter().collect(),
                cells: vec![number(run.at), name.to_owned(), range, run.value.to_string(), run.bytes.to_string()],
                ..DrawnBox::default()
            });
        }
    } else {
        let total = hyperloglog::REGISTERS / 4;
        let from = first_of_page(from, total);
        drawing = numbered("Packed registers", "group of four registers", &columns, total, from, Turn::From);
        drawing.caption = "Four registers of 6 bits stand in three bytes, the lowest bits first.".to_owned();
        for group in from..(from + PAGE).min(total) {
            let Some((bytes, values)) = hyperloglog::dense_group(text, group) else { break };
            let shown = values.map(|value| value.to_string()).join(" ");
            boxes.push(DrawnBox {
                tone: if values == [0; 4] { Tone::Spare } else { Tone::Number },
                text: shown.clone(),
                segments: segment(Tone::Number, &bytes).into_iter().collect(),
                cells: vec![
                    number(HEADER + 3 * group),
                    "4 × 6 bits".to_owned(),
                    format!("{} to {}", number(4 * group), number(4 * group + 3)),
                    shown,
                    "3".to_owned(),
                ],
                ..DrawnBox::default()
            });
        }
    }
    drawing.boxes = boxes;
    drawing
}

fn integers(intset: &Intset, from: usize) -> Drawing {
    let width = intset.width();
    let header = intset.as_bytes().len() - intset.len() * width;
    let mut drawing = numbered("Intset", "integer", &["Offset", "Integer", "Bytes"], intset.len(), from, Turn::From);
    drawing.caption = format!("{} integers of {} bits each, in order.", number(intset.len()), width * 8);
    if from == 0 {
        let bytes = intset.as_bytes();
        drawing.boxes.push(DrawnBox {
            tone: Tone::Frame,
            text: format!("{} bit × {}", width * 8, intset.len()),
            segments: [bytes.get(..4), bytes.get(4..header)]
                .into_iter()
                .flatten()
                .filter_map(|bytes| segment(Tone::Frame, bytes))
                .collect(),
            cells: vec!["0".to_owned(), "header".to_owned(), header.to_string()],
            meaning: "The width of each integer in bytes, and how many there are.".to_owned(),
            ..DrawnBox::default()
        });
    }
    for (index, own) in intset.iter().enumerate().skip(from).take(PAGE) {
        let at = header + index * width;
        drawing.boxes.push(DrawnBox {
            tone: Tone::Number,
            text: own.to_string(),
            segments: segment(Tone::Number, intset.as_bytes().get(at..at + width).unwrap_or_default())
                .into_iter()
                .collect(),
            cells: vec![number(at), own.to_string(), width.to_string()],
            ..DrawnBox::default()
        });
    }
    drawing
}

fn quicklist(chain: &Chain<'_>) -> Vec<Drawing> {
    let columns = ["Node", "Elements", "Bytes", "Not in use", "Kind"];
    let mut nodes = numbered("Nodes", "node", &columns, chain.nodes, chain.from, Turn::From);
    nodes.shape = Shape::Chain;
    nodes.caption = match chain.fill.elements {
        usize::MAX => format!("Each holds up to {} bytes. Choose one to look into it.", number(chain.fill.bytes)),
        most => format!("Each holds up to {} elements. Choose one to look into it.", number(most)),
    };
    for (index, node) in chain.shown.iter().enumerate() {
        let full = match chain.fill.elements {
            usize::MAX => node.bytes as f64 / chain.fill.bytes as f64,
            most => node.elements as f64 / most as f64,
        };
        let kind = if node.is_plain { "one large element" } else { "listpack" };
        nodes.boxes.push(DrawnBox {
            tone: if node.is_plain { Tone::Number } else { Tone::Text },
            text: if node.is_plain { "1 large".to_owned() } else { number(node.elements) },
            fill: Some(full.min(1.0)),
            cells: vec![
                number(chain.from + index),
                number(node.elements),
                number(node.bytes),
                number(node.spare),
                kind.to_owned(),
            ],
            ..DrawnBox::default()
        });
    }
    let mut drawings = vec![nodes];
    if let Some((opened, inside)) = &chain.opened {
        if let Some(nodes) = drawings.first_mut() {
            nodes.opened = Some(*opened as u32);
        }
        let title = format!("Node {}", number(*opened));
        match inside {
            Opened::Listpack(shown) => drawings.push(strip(shown, &title, Turn::Inside)),
            Opened::Plain(text) => {
                let mut plain = numbered(&title, "element", &["Bytes", "Begins with"], 1, 0, Turn::Inside);
                plain.boxes.push(DrawnBox {
                    tone: Tone::Text,
                    text: short(text),
                    segments: segment(Tone::Text, text).into_iter().collect(),
                    cells: vec![number(text.len()), cell(text)],
                    meaning: "Too large for a listpack, so it stands alone.".to_owned(),
                    ..DrawnBox::default()
                });
                drawings.push(plain);
            }
        }
    }
    drawings
}

fn hash_table(table: &Table<'_>) -> Vec<Drawing> {
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

fn levels(tree: &TreeShape, leaf: Option<&LeafShape<'_>>) -> Vec<Drawing> {
    let depth = tree.levels.len();
    let level = |(index, level): (usize, &engine::encoding::sorted::Level)| {
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

fn leaf_entries(leaf: &LeafShape<'_>) -> Drawing {
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

fn stream(nodes: &StreamNodes<'_>) -> Vec<Drawing> {
    let columns = ["Node", "ID", "Entries", "Removed", "Names", "Bytes", "Not in use"];
    let mut drawing = numbered("Nodes", "node", &columns, nodes.nodes, nodes.from, Turn::From);
    drawing.shape = Shape::Chain;
    drawing.caption =
        "The key of each is the 16 bytes of the ID that its entries count from; what it shares with the key \
                       before it, a radix tree keeps once. Choose a node to look into it."
            .to_owned();
    drawing.opened = nodes.opened.as_ref().map(|(opened, _)| *opened as u32);
    let mut before: Option<[u8; 16]> = None;
    for (index, node) in nodes.shown.iter().enumerate() {
        let key = node.id.to_be_bytes();
        let shared = before.map_or(0, |before| before.iter().zip(&key).take_while(|(one, other)| one == other).count());
        before = Some(key);
        let (same, own) = key.split_at_checked(shared).unwrap_or((&[], &key));
        let names: Vec<String> = node.names.iter().map(|name| element_cell(*name)).collect();
        drawing.boxes.push(DrawnBox {
            tone: if node.deleted > 0 { Tone::Gone } else { Tone::Text },
            text: counted_entries(node.entries as usize),
            segments: [(Tone::Spare, same), (Tone::Tree, own)]
                .into_iter()
                .filter(|(_, bytes)| !bytes.is_empty())
                .map(|(tone, bytes)| Segment { tone, text: hex(bytes, 16) })
                .collect(),
            cells: vec![
                number(nodes.from + index),
                format!("{}-{}", node.id.ms, node.id.seq),
                number(node.entries as usize),
                number(node.deleted as usize),
                names.join(", "),
                number(node.bytes),
                number(node.spare),
            ],
            ..DrawnBox::default()
        });
    }
    let mut drawings = vec![drawing];
    if let Some((opened, shown)) = &nodes.opened {
        drawings.push(strip(shown, &format!("Node {}", number(*opened)), Turn::Inside));
    }
    drawings
}
