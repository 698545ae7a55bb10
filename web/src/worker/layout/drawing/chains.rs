//! What stands in a row: integers of an intset, nodes of a list and of a stream.

use engine::encoding::Intset;
use engine::value::layout::{Chain, Opened, PAGE, StreamNodes};

use super::super::strip::{counted as counted_entries, strip};
use super::{cell, element_cell, hex, number, numbered, segment, short};
use crate::layout::{Drawing, DrawnBox, Segment, Shape, Tone, Turn};

pub fn integers(intset: &Intset, from: usize) -> Drawing {
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

pub fn quicklist(chain: &Chain<'_>) -> Vec<Drawing> {
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

pub fn stream(nodes: &StreamNodes<'_>) -> Vec<Drawing> {
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
