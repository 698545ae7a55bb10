//! Replies as text, exactly as redis-cli prints them: for a person ([`tty`], [`styled`]) or for a program
//! ([`raw`]). Knows nothing of screens; [`styled`] says what each piece of text is, so that a page can colour it.
//!
//! All three end with a line break. Bytes that are no printable ASCII are escaped only in byte strings, as
//! redis-cli does: statuses, errors and verbatim texts come through as they are.

use super::Value;
use super::line::append_quoted;

/// What a piece of printed text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Status,
    Error,
    Integer,
    /// A byte string in quotes.
    String,
    Double,
    Boolean,
    BigNumber,
    /// A text that is shown as it is.
    Verbatim,
    /// `(nil)`
    Null,
    /// `(empty array)`
    Empty,
    /// The number of an element with its indentation: ` 1) `.
    Index,
    /// Line breaks, and what stands between a key and its value.
    Punctuation,
}

/// A piece of printed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub kind: Kind,
    pub text: Vec<u8>,
}

/// As redis-cli prints on a terminal, or with `--no-raw`.
pub fn tty(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    Printer { indent: Vec::new(), emit: |_, text: &[u8]| out.extend_from_slice(text) }.line(value);
    out
}

/// The same text as [`tty`], in pieces.
pub fn styled(value: &Value) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let emit = |kind, text: &[u8]| match pieces.last_mut() {
        Some(last) if last.kind == kind => last.text.extend_from_slice(text),
        _ => pieces.push(Piece { kind, text: text.to_vec() }),
    };
    Printer { indent: Vec::new(), emit }.line(value);
    pieces
}

/// As redis-cli prints into a pipe, or with `--raw`.
pub fn raw(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    append_raw(&mut out, value);
    out.push(b'\n');
    out
}

/// Whether redis-cli shows the reply to this command as [`raw`] text even to a person: reports made of lines.
pub fn is_report(words: &[impl AsRef<[u8]>]) -> bool {
    let word = |at: usize| words.get(at).map(|word| word.as_ref().to_ascii_lowercase()).unwrap_or_default();
    let exactly = |count: usize| words.len() == count;
    match (word(0).as_slice(), word(1).as_slice()) {
        (b"info" | b"lolwut", _) => true,
        (b"client", b"list" | b"info") => true,
        (b"memory", b"malloc-stats" | b"doctor") => true,
        (b"debug", b"htstats" | b"htstats-key" | b"client-eviction") => true,
        (b"cluster", b"nodes" | b"info") | (b"latency", b"doctor") => exactly(2),
        (b"latency", b"graph") => exactly(3),
        _ => false,
    }
}

/// A message that the server pushed, as redis-cli prints it on a terminal outside of the reply to a command.
pub fn push(value: &Value) -> Vec<u8> {
    match invalidated_keys(value) {
        None => tty(value),
        Some(keys) => {
            let quoted: Vec<Vec<u8>> =
                keys.iter().map(|key| [b"'".as_slice(), key.as_bytes().unwrap_or_default(), b"'"].concat()).collect();
            [b"-> invalidate: ".as_slice(), &quoted.join(b", ".as_slice()), b"\n"].concat()
        }
    }
}

/// The keys that a message of client tracking names.
fn invalidated_keys(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Push(elements) => match elements.as_slice() {
            [Value::Bulk(kind), Value::Array(keys)] if kind == b"invalidate" => Some(keys),
            _ => None,
        },
        _ => None,
    }
}

struct Printer<F> {
    /// What stands before the second and later lines of the value that is being printed.
    indent: Vec<u8>,
    emit: F,
}

impl<F: FnMut(Kind, &[u8])> Printer<F> {
    fn line(&mut self, value: &Value) {
        self.value(value);
        (self.emit)(Kind::Punctuation, b"\n");
    }

    /// Prints a value without the line break at its end.
    fn value(&mut self, value: &Value) {
        let mut text = Vec::new();
        let kind = match value {
            Value::Simple(status) => {
                text.extend_from_slice(c_string(status));
                Kind::Status
            }
            Value::Error(error) => {
                text.extend_from_slice(b"(error) ");
                text.extend_from_slice(c_string(error));
                Kind::Error
            }
            Value::Integer(number) => {
                text.extend_from_slice(b"(integer) ");
                crate::base::numbers::write_i64(&mut text, *number);
                Kind::Integer
            }
            Value::Bulk(bytes) => {
                append_quoted(&mut text, bytes);
                Kind::String
            }
            Value::Double(digits) => {
                text.extend_from_slice(b"(double) ");
                text.extend_from_slice(digits);
                Kind::Double
            }
            Value::BigNumber(digits) => return (self.emit)(Kind::BigNumber, digits),
            Value::Verbatim(_, bytes) => return (self.emit)(Kind::Verbatim, bytes),
            Value::Null | Value::NullArray => return (self.emit)(Kind::Null, b"(nil)"),
            Value::Boolean(true) => return (self.emit)(Kind::Boolean, b"(true)"),
            Value::Boolean(false) => return (self.emit)(Kind::Boolean, b"(false)"),
            Value::Array(elements) => return self.elements(elements, b')', b"(empty array)"),
            Value::Push(elements) => return self.elements(elements, b')', b"(empty push)"),
            Value::Set(elements) => return self.elements(elements, b'~', b"(empty set)"),
            Value::Map(pairs) => return self.pairs(pairs),
            // redis-cli knows no attributes; the reply is what they describe.
            Value::Attribute(_, described) => return self.value(described),
        };
        (self.emit)(kind, &text);
    }

    fn elements(&mut self, elements: &[Value], separator: u8, empty: &[u8]) {
        if elements.is_empty() {
            return (self.emit)(Kind::Empty, empty);
        }
        let width = digits(elements.len());
        for (position, element) in elements.iter().enumerate() {
            self.index(position, width, separator);
            let outer = self.deepen(width);
            self.value(element);
            self.indent.truncate(outer);
        }
    }

    fn pairs(&mut self, pairs: &[(Value, Value)]) {
        if pairs.is_empty() {
            return (self.emit)(Kind::Empty, b"(empty hash)");
        }
        let width = digits(pairs.len());
        for (position, (key, value)) in pairs.iter().enumerate() {
            self.index(position, width, b'#');
            let outer = self.deepen(width);
            self.value(key);
            (self.emit)(Kind::Punctuation, b" => ");
            if takes_several_lines(value) {
                (self.emit)(Kind::Punctuation, b"\n");
                (self.emit)(Kind::Punctuation, &self.indent);
            }
            self.value(value);
            self.indent.truncate(outer);
        }
    }

    /// The number of an element. The first one stands on the line where its aggregate begins.
    fn index(&mut self, position: usize, width: usize, separator: u8) {
        let mut text = Vec::new();
        if position > 0 {
            (self.emit)(Kind::Punctuation, b"\n");
            text.extend_from_slice(&self.indent);
        }
        text.extend_from_slice(format!("{:width$}{} ", position.saturating_add(1), char::from(separator)).as_bytes());
        (self.emit)(Kind::Index, &text);
    }

    /// Indents by a number of `width` digits and what follows it; answers the indentation to return to.
    fn deepen(&mut self, width: usize) -> usize {
        let outer = self.indent.len();
        self.indent.resize(outer.saturating_add(width).saturating_add(2), b' ');
        outer
    }
}

fn digits(count: usize) -> usize {
    count.checked_ilog10().unwrap_or(0).saturating_add(1) as usize
}

/// Whether a value of a map starts on a line of its own.
fn takes_several_lines(value: &Value) -> bool {
    match value {
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => match elements.as_slice() {
            [only] => takes_several_lines(only),
            elements => elements.len() > 1,
        },
        Value::Map(pairs) => match pairs.as_slice() {
            [(_, only)] => takes_several_lines(only),
            pairs => pairs.len() > 1,
        },
        Value::Attribute(_, described) => takes_several_lines(described),
        _ => false,
    }
}

/// redis-cli prints statuses and errors up to the first NUL byte.
fn c_string(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or(bytes)
}

fn append_raw(out: &mut Vec<u8>, value: &Value) {
    let separate = |out: &mut Vec<u8>, position: usize| {
        if position > 0 {
            out.push(b'\n');
        }
    };
    match value {
        Value::Null | Value::NullArray => {}
        Value::Error(error) => {
            out.extend_from_slice(error);
            out.push(b'\n');
        }
        Value::Simple(bytes) | Value::Bulk(bytes) | Value::Verbatim(_, bytes) => out.extend_from_slice(bytes),
        Value::Double(digits) | Value::BigNumber(digits) => out.extend_from_slice(digits),
        Value::Boolean(value) => out.extend_from_slice(if *value { b"(true)" } else { b"(false)" }),
        Value::Integer(number) => crate::base::numbers::write_i64(out, *number),
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => {
            for (position, element) in elements.iter().enumerate() {
                separate(out, position);
                append_raw(out, element);
            }
        }
        Value::Map(pairs) => {
            for (position, (key, value)) in pairs.iter().enumerate() {
                separate(out, position);
                append_raw(out, key);
                out.push(b' ');
                append_raw(out, value);
            }
        }
        Value::Attribute(_, described) => append_raw(out, described),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse_value, value::parse_values};
    use super::*;

    /// A reply and what redis-cli 7.0.15 printed for it: on a terminal and raw. Recorded from a server that
    /// answered these bytes, and from `DEBUG PROTOCOL` of a real one.
    const RECORDED: &str = include_str!("printed.txt");

    fn unescape(text: &str) -> Vec<u8> {
        super::super::split_line(format!("\"{text}\"")).unwrap().remove(0)
    }

    #[test]
    fn prints_what_redis_cli_printed() {
        let mut cases = 0;
        let mut lines = RECORDED.lines().filter(|line| !line.starts_with("# ") && !line.is_empty());
        while let (Some(reply), Some(terminal), Some(piped)) = (lines.next(), lines.next(), lines.next()) {
            let bytes = unescape(reply);
            let (value, used) = parse_value(&bytes).unwrap().unwrap();
            assert_eq!(used, bytes.len(), "{reply}");
            let show = |bytes: &[u8]| bytes.escape_ascii().to_string();
            assert_eq!(show(&tty(&value)), show(&unescape(terminal)), "{reply}");
            assert_eq!(show(&raw(&value)), show(&unescape(piped)), "{reply}");
            let joined: Vec<u8> = styled(&value).into_iter().flat_map(|piece| piece.text).collect();
            assert_eq!(show(&joined), show(&tty(&value)), "{reply}");
            cases += 1;
        }
        assert!(cases > 60, "{cases}");
    }

    #[test]
    fn prints_pushed_messages() {
        let check = |bytes: &[u8], expected: &str| {
            let values = parse_values(bytes).unwrap().unwrap();
            assert_eq!(String::from_utf8(push(&values[0])).unwrap(), expected);
        };
        check(b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", "-> invalidate: 'k'\n");
        check(b">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\nk\r\n$3\r\na'b\r\n", "-> invalidate: 'k', 'a'b'\n");
        check(b">2\r\n$10\r\ninvalidate\r\n*0\r\n", "-> invalidate: \n");
        check(b">2\r\n$10\r\ninvalidate\r\n_\r\n", "1) \"invalidate\"\n2) (nil)\n");
        check(b">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n", "1) \"message\"\n2) \"ch\"\n3) \"hi\"\n");
    }

    #[test]
    fn knows_which_replies_are_reports() {
        for line in
            ["INFO", "info server", "CLIENT LIST TYPE normal", "client info", "MEMORY DOCTOR", "LATENCY GRAPH x"]
        {
            assert!(is_report(&super::super::split_line(line).unwrap()), "{line}");
        }
        for line in ["GET info", "CLIENT ID", "CLUSTER INFO x", "LATENCY GRAPH", "MEMORY USAGE k", ""] {
            assert!(!is_report(&super::super::split_line(line).unwrap()), "{line}");
        }
    }

    #[test]
    fn says_what_each_piece_is() {
        let (value, _) = parse_value(b"*2\r\n:1\r\n%1\r\n$1\r\na\r\n_\r\n").unwrap().unwrap();
        let pieces: Vec<(Kind, String)> =
            styled(&value).into_iter().map(|piece| (piece.kind, String::from_utf8(piece.text).unwrap())).collect();
        let expected = [
            (Kind::Index, "1) "),
            (Kind::Integer, "(integer) 1"),
            (Kind::Punctuation, "\n"),
            (Kind::Index, "2) 1# "),
            (Kind::String, "\"a\""),
            (Kind::Punctuation, " => "),
            (Kind::Null, "(nil)"),
            (Kind::Punctuation, "\n"),
        ];
        assert_eq!(pieces, expected.map(|(kind, text)| (kind, text.to_owned())));
    }
}
