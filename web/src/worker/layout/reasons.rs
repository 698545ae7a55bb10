//! Why an encoding changed, as far as the value and the settings tell.

use engine::value::Limits;
use engine::value::layout::{Layout, Unit};
use engine::value::string::Place;

use super::words;
use crate::format::grouped;

/// A sentence, and the setting behind it.
pub fn of(before: &str, now: &str, layout: &Layout<'_>, limits: &Limits) -> (String, Option<&'static str>) {
    const LIST: &str = "list-max-listpack-size";
    const SPARSE: &str = "hll-sparse-max-bytes";
    let fixed = |text: &str| (text.to_owned(), None);
    match (before, now) {
        (_, "int") => fixed("The text is that of an integer."),
        ("int", "raw") => fixed("It was changed in place, so it is text from now on, even if it reads as a number."),
        ("int", _) => fixed("The text is no integer."),
        ("embstr", "raw") => match layout.crossed() {
            Some(limit) => {
                fixed(&format!("{} bytes are more than the {} of an embstr.", limit.reached, Place::EMBEDDED))
            }
            None => fixed("It was changed in place, and keeps room to grow from now on."),
        },
        ("raw", "embstr") => fixed("The new text has no more than 44 bytes."),
        ("sparse HyperLogLog", "dense HyperLogLog") => {
            let most = grouped(limits.hll_sparse_max_bytes as f64);
            (format!("The runs would take more than {most} bytes, or a register is above 32."), Some(SPARSE))
        }
        ("intset", "listpack") => fixed("A member is no integer."),
        ("listpack", "listpackex") => fixed("A field got a deadline: there has to be room for it."),
        ("listpack", "quicklist") => {
            let fill = limits.list_fill();
            let most = if fill.elements < usize::MAX {
                format!("{} elements", grouped(fill.elements as f64))
            } else {
                format!("{} bytes", grouped(fill.bytes as f64))
            };
            (format!("The listpack would have more than {most}."), Some(LIST))
        }
        ("quicklist", "listpack") => (format!("One node is left, of at most half of what {LIST} allows."), Some(LIST)),
        _ => match layout.crossed() {
            Some(limit) => {
                let unit = words::unit(limit, false);
                let text = match limit.unit {
                    Unit::Entries => {
                        format!("{} {unit}: more than {}.", grouped(limit.reached as f64), grouped(limit.most as f64))
                    }
                    _ => {
                        format!("{} {unit}: longer than {}.", grouped(limit.reached as f64), grouped(limit.most as f64))
                    }
                };
                (text, limit.is_setting.then_some(limit.name))
            }
            None if matches!(now, "hashtable" | "skiplist") => {
                fixed("One command brought more than a small encoding may hold.")
            }
            None => fixed("It was made anew."),
        },
    }
}
