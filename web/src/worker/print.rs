//! What the terminal prints, made of the engine's own printer, and readable forms of raw bytes.
//!
//! Everything that leaves here is text without control characters other than line feeds, so that no key or value
//! can disturb the page.

use engine::resp::Value;
pub use engine::resp::print::is_report;
use engine::resp::print::{self, Kind};

use crate::format::grouped;
use crate::printed::{Printed, Style};
use crate::visible;

/// How many lines of one reply are shown; `KEYS *` over 200,000 keys would otherwise fill the page's memory.
pub const MAX_REPLY_LINES: usize = 2_000;
/// How many bytes of one line are shown.
pub const MAX_LINE_BYTES: usize = 16 * 1024;

/// A reply as redis-cli prints it, with its line end.
pub fn reply(value: &Value) -> Printed {
    let mut printed = Printed::default();
    for piece in print::styled(value) {
        printed.push(style(piece.kind), &paragraph(&piece.text));
    }
    shortened(printed)
}

/// A reply of lines, such as that of INFO, which redis-cli prints as it is.
pub fn report(value: &Value) -> Printed {
    let style = if value.is_error() { Style::Error } else { Style::Plain };
    shortened(Printed::of(style, &paragraph(&print::raw(value)).replace("\\r\n", "\n")))
}

fn style(kind: Kind) -> Style {
    match kind {
        Kind::Status => Style::Status,
        Kind::Error => Style::Error,
        Kind::Integer | Kind::BigNumber => Style::Integer,
        Kind::String | Kind::Verbatim => Style::Text,
        Kind::Double => Style::Double,
        Kind::Boolean => Style::Boolean,
        Kind::Null | Kind::Empty => Style::Null,
        Kind::Index | Kind::Punctuation => Style::Structure,
    }
}

/// Cuts what would be too long to show, and says so.
fn shortened(printed: Printed) -> Printed {
    let long = printed.text.len() > MAX_LINE_BYTES || printed.text.len() > MAX_REPLY_LINES;
    if !long {
        return printed;
    }
    let mut short = Printed::default();
    let (mut lines, mut line_bytes, mut cut) = (0usize, 0usize, 0usize);
    for (style, piece) in printed.pieces() {
        for part in piece.split_inclusive('\n') {
            if lines < MAX_REPLY_LINES {
                let ends = part.ends_with('\n');
                let text = part.strip_suffix('\n').unwrap_or(part);
                let kept = floor_boundary(text, MAX_LINE_BYTES.saturating_sub(line_bytes));
                short.push(style, kept);
                cut += text.len() - kept.len();
                line_bytes += kept.len();
                if ends {
                    if cut > 0 {
                        short.push(Style::Notice, &format!(" … {} more bytes", grouped(cut as f64)));
                    }
                    short.push(style, "\n");
                    (line_bytes, cut) = (0, 0);
                }
            }
            lines += usize::from(part.ends_with('\n'));
        }
    }
    if lines > MAX_REPLY_LINES {
        short.push(
            Style::Notice,
            &format!("… {} more lines are not shown\n", grouped((lines - MAX_REPLY_LINES) as f64)),
        );
    }
    short
}

/// The longest start of `text` of at most `bytes` that ends at a character.
fn floor_boundary(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A typed line as it is echoed: control characters made visible; rows stay rows.
pub fn visible(line: &str) -> String {
    let (line, cut) = match line.len() > MAX_LINE_BYTES {
        true => (floor_boundary(line, MAX_LINE_BYTES), true),
        false => (line, false),
    };
    let mut out: String = line.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    if cut {
        out.push('…');
    }
    out
}

/// Bytes as a name: text stays as it is, all else is escaped as redis-cli would.
pub fn name(bytes: &[u8], max_characters: usize) -> String {
    if bytes.is_empty() {
        return "(empty)".to_owned();
    }
    let start = bytes.get(..max_characters.saturating_mul(4)).unwrap_or(bytes);
    let text = text(start);
    if bytes.len() == start.len() && text.chars().count() <= max_characters {
        return text;
    }
    text.chars().take(max_characters).chain(['…']).collect()
}

/// Bytes as text on one line: valid characters as they are; control characters, what cannot be seen or turns the
/// direction of a line, and stray bytes escaped.
pub fn text(bytes: &[u8]) -> String {
    escaped(bytes, "")
}

/// As [`text`], with line feeds and tabs kept: the value of a string.
pub fn paragraph(bytes: &[u8]) -> String {
    escaped(bytes, "\n\t")
}

fn escaped(bytes: &[u8], kept: &str) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if !visible::is_visible(character) && !kept.contains(character) {
                out.extend(character.escape_default());
            } else {
                out.push(character);
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_show_what_is_there() {
        assert_eq!(name(b"user", 10), "user");
        assert_eq!(name(b"", 10), "(empty)");
        assert_eq!(name("é\n\u{7f}".as_bytes(), 20), "é\\n\\u{7f}");
        assert_eq!(name(b"a\xff\x00b", 20), "a\\xff\\u{0}b");
        assert_eq!(name("a\u{202e}b\u{200b}".as_bytes(), 30), "a\\u{202e}b\\u{200b}");
        assert_eq!(name(b"abcdefgh", 3), "abc…");
        assert_eq!(name(&vec![b'a'; 1_000_000], 3), "aaa…");
    }

    #[test]
    fn long_replies_are_cut_and_say_so() {
        let many = Value::Array((0..MAX_REPLY_LINES as i64 + 1500).map(Value::Integer).collect());
        let shown = reply(&many);
        assert_eq!(shown.text.lines().count(), MAX_REPLY_LINES + 1);
        assert!(shown.text.ends_with("… 1,500 more lines are not shown\n"), "{}", shown.text);
        let long = Value::Array(vec![Value::Bulk("é".repeat(MAX_LINE_BYTES).into_bytes()), Value::Integer(1)]);
        let shown = reply(&long);
        assert!(shown.text.lines().all(|line| line.len() < MAX_LINE_BYTES + 40));
        assert!(shown.text.contains("more bytes"));
        assert!(shown.text.ends_with("2) (integer) 1\n"));
    }
}
