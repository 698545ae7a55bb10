//! Text in which stretches have a style: what the terminal shows.
//!
//! Knows nothing of replies or of drawing. The stretches always cover the text from start to end and every one
//! ends at a character's boundary; [`Printed::pieces`] holds this even for bytes that came from elsewhere.

use serde::{Deserialize, Serialize};

/// What a stretch of text is, so that the page can colour it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Style {
    Plain = 0,
    Prompt = 1,
    Command = 2,
    Status = 3,
    Error = 4,
    Integer = 5,
    Text = 6,
    Null = 7,
    /// The numbers and marks that lay out nested replies.
    Structure = 8,
    Double = 9,
    Boolean = 10,
    /// What the page itself has to say.
    Notice = 11,
}

impl Style {
    const ALL: [Style; 12] = [
        Style::Plain,
        Style::Prompt,
        Style::Command,
        Style::Status,
        Style::Error,
        Style::Integer,
        Style::Text,
        Style::Null,
        Style::Structure,
        Style::Double,
        Style::Boolean,
        Style::Notice,
    ];

    fn from_code(code: u8) -> Style {
        Style::ALL.get(usize::from(code)).copied().unwrap_or(Style::Plain)
    }

    /// The class in the style sheet; nothing for plain text.
    pub fn class(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Prompt => "t-prompt",
            Style::Command => "t-command",
            Style::Status => "t-status",
            Style::Error => "t-error",
            Style::Integer => "t-integer",
            Style::Text => "t-text",
            Style::Null => "t-null",
            Style::Structure => "t-structure",
            Style::Double => "t-double",
            Style::Boolean => "t-boolean",
            Style::Notice => "t-notice",
        }
    }
}

/// A text with its styles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    pub text: String,
    /// For each stretch four bytes of length, the lowest first, and one of style.
    #[serde(with = "crate::bytes")]
    runs: Vec<u8>,
}

const RUN_BYTES: usize = 5;

impl Printed {
    /// One stretch.
    pub fn of(style: Style, text: &str) -> Printed {
        let mut printed = Printed::default();
        printed.push(style, text);
        printed
    }

    /// Adds a stretch at the end.
    pub fn push(&mut self, style: Style, text: &str) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let length = text.len() as u32;
        if let Some((&code, rest)) = self.runs.split_last()
            && code == style as u8
            && let Some(last) = rest.last_chunk::<4>()
            && let Some(sum) = u32::from_le_bytes(*last).checked_add(length)
        {
            let start = self.runs.len() - RUN_BYTES;
            self.runs.truncate(start);
            self.runs.extend_from_slice(&sum.to_le_bytes());
        } else {
            self.runs.extend_from_slice(&length.to_le_bytes());
        }
        self.runs.push(style as u8);
    }

    /// Adds another text at the end.
    pub fn append(&mut self, other: &Printed) {
        for (style, piece) in other.pieces() {
            self.push(style, piece);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether an error that begins with this word was printed.
    pub fn has_error(&self, code: &str) -> bool {
        let begins = |text: &str| text.trim_start_matches("(error) ").starts_with(code);
        self.text.contains(code) && self.pieces().any(|(style, text)| style == Style::Error && begins(text))
    }

    /// The stretches in order.
    pub fn pieces(&self) -> impl Iterator<Item = (Style, &str)> {
        let mut rest = self.text.as_str();
        let mut runs = self.runs.chunks_exact(RUN_BYTES);
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (style, length) = match runs.next() {
                Some([a, b, c, d, code]) => (Style::from_code(*code), u32::from_le_bytes([*a, *b, *c, *d]) as usize),
                _ => (Style::Plain, rest.len()),
            };
            let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            rest = after;
            Some((style, piece))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_come_back_as_they_went_in() {
        let mut printed = Printed::of(Style::Prompt, "> ");
        printed.push(Style::Command, "GET é");
        printed.push(Style::Command, "!");
        printed.push(Style::Plain, "");
        printed.append(&Printed::of(Style::Text, "\n\"x\""));
        let pieces: Vec<_> = printed.pieces().collect();
        assert_eq!(pieces, [(Style::Prompt, "> "), (Style::Command, "GET é!"), (Style::Text, "\n\"x\"")]);
        assert_eq!(printed.runs.len(), 3 * RUN_BYTES);
    }

    #[test]
    fn runs_that_make_no_sense_lose_no_text() {
        for runs in [vec![], vec![1], vec![3, 0, 0, 0, 4], vec![255, 255, 255, 255, 255], vec![0; 50]] {
            let printed = Printed { text: "ééé".into(), runs };
            let shown: String = printed.pieces().map(|(_, piece)| piece).collect();
            assert_eq!(shown, "ééé");
        }
    }

    #[test]
    fn every_style_has_its_code() {
        for style in Style::ALL {
            assert_eq!(Style::from_code(style as u8), style);
        }
    }
}
