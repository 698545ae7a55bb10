//! Bytes as text that hides nothing, and texts as people edit them.
//!
//! Characters that cannot be seen, or that turn the direction of what stands beside them, are escaped, so that two
//! values that differ look different. A draft is either plain text or, where plain text would lose something on its
//! way through a text field, text with the escapes of redis-cli.

use std::fmt::Write as _;

/// Whether a character can be seen where it stands, or is a space.
pub fn is_visible(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Bytes on one line.
pub fn text(bytes: &[u8]) -> String {
    escaped(bytes, "")
}

/// Bytes with their line feeds and tabs.
pub fn paragraph(bytes: &[u8]) -> String {
    escaped(bytes, "\n\t")
}

/// The start of bytes on one line, and what is left out.
pub fn shortened(bytes: &[u8], len: usize, max_characters: usize) -> String {
    if len == 0 {
        return "(empty)".to_owned();
    }
    let start = bytes.get(..max_characters.saturating_mul(4)).unwrap_or(bytes);
    let shown = text(start);
    match shown.char_indices().nth(max_characters) {
        None if start.len() == len => shown,
        None => format!("{shown}… ({len} bytes)"),
        Some((end, _)) => format!("{}… ({len} bytes)", shown.get(..end).unwrap_or_default()),
    }
}

fn escaped(bytes: &[u8], kept: &str) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                _ if is_visible(character) || kept.contains(character) => out.push(character),
                '\n' | '\r' | '\t' => out.extend(character.escape_default()),
                _ if (character as u32) < 0x80 => hex(&mut out, character as u8),
                _ => out.extend(character.escape_unicode()),
            }
        }
        chunk.invalid().iter().for_each(|byte| hex(&mut out, *byte));
    }
    out
}

fn hex(out: &mut String, byte: u8) {
    let _ = write!(out, "\\x{byte:02x}");
}

/// A text in an editor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub text: String,
    /// Whether backslashes escape.
    pub escapes: bool,
}

impl Draft {
    /// As plain text if nothing of it would be lost or unseen.
    pub fn of(bytes: &[u8]) -> Draft {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.chars().all(|it| is_visible(it) || it == '\n' || it == '\t') => {
                Draft { text: text.to_owned(), escapes: false }
            }
            _ => Draft { text: with_escapes(bytes), escapes: true },
        }
    }

    /// The same bytes, written with escapes or without; without only where that loses nothing.
    pub fn rewritten(&self, escapes: bool) -> Option<Draft> {
        let bytes = self.bytes();
        let plain = Draft::of(&bytes);
        match escapes {
            true => Some(Draft { text: with_escapes(&bytes), escapes }),
            false if plain.escapes => None,
            false => Some(plain),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        if self.escapes { without_escapes(&self.text) } else { self.text.clone().into_bytes() }
    }
}

/// As [`escaped`], so that [`without_escapes`] gives the bytes back.
fn with_escapes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                '\n' | '\r' | '\t' => out.extend(character.escape_default()),
                _ if is_visible(character) => out.push(character),
                _ => character.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| hex(&mut out, byte)),
            }
        }
        chunk.invalid().iter().for_each(|byte| hex(&mut out, *byte));
    }
    out
}

/// The escapes of redis-cli's double quotes; a backslash takes any other character as it is. Line breaks of the text
/// itself only lay it out.
fn without_escapes(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '\n' => {}
            '\\' => {
                let mut ahead = rest.clone();
                match ahead.next() {
                    Some('x') => match (ahead.next().and_then(digit), ahead.next().and_then(digit)) {
                        (Some(high), Some(low)) => {
                            out.push(high << 4 | low);
                            rest = ahead;
                        }
                        _ => {
                            out.push(b'x');
                            rest.next();
                        }
                    },
                    Some(other) => {
                        rest.next();
                        let byte = match other {
                            'n' => '\n',
                            'r' => '\r',
                            't' => '\t',
                            'a' => '\u{7}',
                            'b' => '\u{8}',
                            other => other,
                        };
                        push(&mut out, byte);
                    }
                    None => out.push(b'\\'),
                }
            }
            other => push(&mut out, other),
        }
    }
    out
}

fn digit(character: char) -> Option<u8> {
    character.to_digit(16).map(|digit| digit as u8)
}

fn push(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(text("é <b>\u{202e}\u{200b}x".as_bytes()), "é <b>\\u{202e}\\u{200b}x");
        assert_eq!(text(b"a\xff\x00\n"), "a\\xff\\x00\\n");
        assert_eq!(paragraph(b"a\n\tb\r"), "a\n\tb\\r");
        assert_eq!(shortened(b"", 0, 3), "(empty)");
        assert_eq!(shortened(b"abc", 3, 3), "abc");
        assert_eq!(shortened(b"abcd", 4, 3), "abc… (4 bytes)");
        assert_eq!(shortened(b"abc", 1_000_000, 3), "abc… (1000000 bytes)");
    }

    #[test]
    fn a_draft_gives_its_bytes_back() {
        for bytes in [
            "plain \\ text\n\tmore".as_bytes(),
            b"",
            b"\xff\xfe\\x41",
            b"a\r\nb",
            "\u{202e}é\u{200b}".as_bytes(),
            b"\\",
            b"\x00\x07\x08\x1b",
        ] {
            let draft = Draft::of(bytes);
            assert_eq!(draft.bytes(), bytes, "{draft:?}");
            assert_eq!(draft.rewritten(true).unwrap().bytes(), bytes);
        }
        assert!(!Draft::of("a\nb é".as_bytes()).escapes);
        assert_eq!(Draft::of(b"a\r\n\xff").text, "a\\r\\n\\xff");
        assert_eq!(Draft { text: "\\x41\\q\\x4".to_owned(), escapes: true }.bytes(), b"Aqx4");
        assert_eq!(Draft::of(b"\xff").rewritten(false), None);
    }
}
