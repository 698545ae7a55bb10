//! A HyperLogLog: its header and its registers, in runs or packed.

use engine::encoding::hyperloglog::{self, HEADER};
use engine::value::layout::PAGE;

use super::{first_of_page, number, numbered, segment};
use crate::format;
use crate::layout::{Drawing, DrawnBox, Tone, Turn};

pub fn registers(text: &[u8], from: usize) -> Drawing {
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
