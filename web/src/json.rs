//! JSON laid out for reading: every value as it is written, numbers with all their digits, names in their order.
//!
//! Nothing is parsed into numbers or maps, so nothing of a document is lost on its way through here.

/// How deep values may lie in each other; deeper documents are refused rather than laid out beyond the margin.
const MAX_DEPTH: usize = 128;

/// Why a text is no JSON, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub at: usize,
    pub what: &'static str,
}

impl Mistake {
    /// What is wrong and where, for a person.
    pub fn in_words(&self, text: &str) -> String {
        let (line, column) = position(text, self.at);
        format!("This is no JSON: {} (line {line}, column {column}).", self.what)
    }
}

/// The document with each member and element on a line of its own.
///
/// # Errors
/// The first mistake.
pub fn pretty(text: &str) -> Result<String, Mistake> {
    write(text, true)
}

/// The document on one line.
///
/// # Errors
/// The first mistake.
pub fn compact(text: &str) -> Result<String, Mistake> {
    write(text, false)
}

/// The line and column of a byte, counted from 1.
pub fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(before.get(start..).unwrap_or_default()).chars().count() + 1;
    (line, column)
}

fn write(text: &str, pretty: bool) -> Result<String, Mistake> {
    let mut writer = Writer { bytes: text.as_bytes(), at: 0, out: Vec::with_capacity(text.len()), pretty };
    writer.value(0)?;
    writer.space();
    if writer.at < text.len() {
        return writer.fail("something follows the end of the document");
    }
    // Only whole strings and ASCII were copied.
    String::from_utf8(writer.out).map_err(|_| Mistake { at: 0, what: "this is no text" })
}

struct Writer<'a> {
    bytes: &'a [u8],
    at: usize,
    out: Vec<u8>,
    pretty: bool,
}

impl Writer<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, Mistake> {
        Err(Mistake { at: self.at, what })
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn new_line(&mut self, depth: usize) {
        if self.pretty {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * depth, b' ');
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), Mistake> {
        self.space();
        match self.peek() {
            Some(b'{') => self.collection(depth, b'}', true),
            Some(b'[') => self.collection(depth, b']', false),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            Some(_) => self.fail("no value begins like this"),
            None => self.fail("a value is missing at the end"),
        }
    }

    fn collection(&mut self, depth: usize, close: u8, named: bool) -> Result<(), Mistake> {
        if depth >= MAX_DEPTH {
            return self.fail("values lie too deep in each other");
        }
        self.take();
        self.space();
        if self.peek() == Some(close) {
            self.take();
            return Ok(());
        }
        loop {
            self.new_line(depth + 1);
            if named {
                self.space();
                if self.peek() != Some(b'"') {
                    return self.fail("a name in double quotes is missing");
                }
                self.string()?;
                self.space();
                if self.peek() != Some(b':') {
                    return self.fail("a colon is missing after the name");
                }
                self.take();
                if self.pretty {
                    self.out.push(b' ');
                }
            }
            self.value(depth + 1)?;
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.take();
                    self.space();
                }
                Some(byte) if byte == close => {
                    self.new_line(depth);
                    self.take();
                    return Ok(());
                }
                _ => return self.fail("a comma or the closing bracket is missing"),
            }
        }
    }

    fn take(&mut self) {
        self.out.extend(self.peek());
        self.at += 1;
    }

    fn string(&mut self) -> Result<(), Mistake> {
        self.take();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.take();
                    return Ok(());
                }
                Some(b'\\') => {
                    self.take();
                    match self.peek() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.take(),
                        Some(b'u') => {
                            self.take();
                            for _ in 0..4 {
                                match self.peek() {
                                    Some(byte) if byte.is_ascii_hexdigit() => self.take(),
                                    _ => return self.fail("\\u needs four hexadecimal digits"),
                                }
                            }
                        }
                        _ => return self.fail("JSON has no such escape"),
                    }
                }
                Some(0..0x20) => return self.fail("a control character stands in a string"),
                Some(_) => self.take(),
                None => return self.fail("a string does not end"),
            }
        }
    }

    fn digits(&mut self) -> Result<(), Mistake> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.fail("a digit is missing");
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.take();
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Mistake> {
        if self.peek() == Some(b'-') {
            self.take();
        }
        if self.peek() == Some(b'0') {
            self.take();
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return self.fail("a number does not begin with 0");
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.take();
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.take();
            if let Some(b'+' | b'-') = self.peek() {
                self.take();
            }
            self.digits()?;
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Mistake> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return self.fail("no value begins like this");
        }
        self.out.extend_from_slice(word);
        self.at += word.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_laid_out_without_loss() {
        let text = r#" {"b":[1,2.50e+3,-0],"a":{"é\u0041":null},"e":[],"f":{ }} "#;
        let shown = pretty(text).unwrap();
        assert_eq!(
            shown,
            "{\n  \"b\": [\n    1,\n    2.50e+3,\n    -0\n  ],\n  \"a\": {\n    \"é\\u0041\": null\n  },\n  \"e\": [],\n  \"f\": {}\n}"
        );
        assert_eq!(compact(&shown).unwrap(), r#"{"b":[1,2.50e+3,-0],"a":{"é\u0041":null},"e":[],"f":{}}"#);
        assert_eq!(pretty("123456789012345678901234567890").unwrap(), "123456789012345678901234567890");
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let at = |text: &str| pretty(text).unwrap_err().at;
        assert_eq!(at(""), 0);
        assert_eq!(at("{"), 1);
        assert_eq!(at("{\"a\" 1}"), 5);
        assert_eq!(at("[1,]"), 3);
        assert_eq!(at("[01]"), 2);
        assert_eq!(at("nul"), 0);
        assert_eq!(at("\"\\x\""), 2);
        assert_eq!(at("1 2"), 2);
        assert_eq!(at("'a'"), 0);
        assert_eq!(pretty(&"[".repeat(10_000)).unwrap_err().what, "values lie too deep in each other");
        assert_eq!(position("a\nbc", 3), (2, 2));
    }
}
