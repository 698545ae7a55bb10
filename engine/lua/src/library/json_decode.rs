//! `cjson.decode`: a value from JSON.
//!
//! As in the original the text ends at its first NUL, tokens carry the names its messages use, and open arrays and
//! objects are on a stack of our own.

use super::MAX_STACK;
use super::cjson::{Settings, settings};
use crate::heap::native::{Call, Continuation, Failure, Step};
use crate::heap::value::{StringId, TableId, Value};
use crate::text::number;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Token {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    /// Its bytes are in the decoder's scratch buffer.
    String,
    Number(f64),
    Boolean(bool),
    Null,
    Colon,
    Comma,
    End,
    Error(&'static str),
}

impl Token {
    fn name(self) -> &'static str {
        match self {
            Token::ObjectBegin => "T_OBJ_BEGIN",
            Token::ObjectEnd => "T_OBJ_END",
            Token::ArrayBegin => "T_ARR_BEGIN",
            Token::ArrayEnd => "T_ARR_END",
            Token::String => "T_STRING",
            Token::Number(_) => "T_NUMBER",
            Token::Boolean(_) => "T_BOOLEAN",
            Token::Null => "T_NULL",
            Token::Colon => "T_COLON",
            Token::Comma => "T_COMMA",
            Token::End => "T_END",
            Token::Error(text) => text,
        }
    }
}

/// An array or object that is being read.
enum Open {
    Array { table: TableId, count: usize },
    Object { table: TableId, key: Value },
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Value,
    /// The first thing of an array: a value or its end.
    FirstElement,
    /// The first thing of an object: a key or its end.
    FirstKey,
    Key,
    /// After a value: a comma or the end of what it is in.
    After,
}

struct Decoder {
    source: StringId,
    settings: Settings,
    position: usize,
    /// Where the last token began, or its error is.
    token_position: usize,
    scratch: Vec<u8>,
    open: Vec<Open>,
    /// How many values the original would have on its stack.
    height: usize,
    expected: Expected,
    /// The value that was read last.
    value: Value,
}

pub(super) fn decode(call: &mut Call<'_>) -> Result<Step, Failure> {
    if call.count() != 1 {
        return Err(call.argument_error(0, "expected 1 argument"));
    }
    let source = call.check_string(0)?;
    if let [first, second, ..] = call.heap.bytes(source)
        && (*first == 0 || *second == 0)
    {
        return Err(call.error("JSON parser does not support UTF-16 or UTF-32"));
    }
    let decoder = Decoder {
        source,
        settings: settings(call),
        position: 0,
        token_position: 0,
        scratch: Vec::new(),
        open: Vec::new(),
        height: 1,
        expected: Expected::Value,
        value: Value::Nil,
    };
    Box::new(decoder).resume(call, &[])
}

impl Continuation for Decoder {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, _: &[Value]) -> Result<Step, Failure> {
        loop {
            if !call.budget.spend(1) {
                return Ok(Step::Again(self));
            }
            let before = self.position;
            let token = self.next(call.heap.bytes(self.source));
            call.budget.spend((self.position - before) / 16);
            match self.expected {
                Expected::Value => self.begin_value(call, token)?,
                Expected::FirstElement if token == Token::ArrayEnd => self.close(call)?,
                Expected::FirstElement => self.begin_value(call, token)?,
                Expected::FirstKey if token == Token::ObjectEnd => self.close(call)?,
                Expected::FirstKey | Expected::Key => self.key(call, token)?,
                Expected::After if self.open.is_empty() => {
                    if token != Token::End {
                        return Err(self.wrong(call, "the end", token));
                    }
                    return call.returns(self.value);
                }
                Expected::After => self.after(call, token)?,
            }
        }
    }

    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(Value::String(self.source));
        visit(self.value);
        for open in &self.open {
            match open {
                Open::Array { table, .. } => visit(Value::Table(*table)),
                Open::Object { table, key } => {
                    visit(Value::Table(*table));
                    visit(*key);
                }
            }
        }
    }
}

impl Decoder {
    fn wrong(&self, call: &Call<'_>, expected: &str, token: Token) -> Failure {
        let position = self.token_position + 1;
        call.error(format!("Expected {expected} but found {} at character {position}", token.name()))
    }

    fn begin_value(&mut self, call: &mut Call<'_>, token: Token) -> Result<(), Failure> {
        let value = match token {
            Token::String => Value::String(call.heap.string(&self.scratch)?),
            Token::Number(number) => Value::Number(number),
            Token::Boolean(boolean) => Value::Boolean(boolean),
            Token::Null => Value::LightUserdata(0),
            Token::ObjectBegin => {
                let table = self.descend(call, 3)?;
                self.open.push(Open::Object { table, key: Value::Nil });
                // The table and a key.
                self.height += 2;
                self.expected = Expected::FirstKey;
                return Ok(());
            }
            Token::ArrayBegin => {
                let table = self.descend(call, 2)?;
                self.open.push(Open::Array { table, count: 0 });
                self.height += 1;
                self.expected = Expected::FirstElement;
                return Ok(());
            }
            _ => return Err(self.wrong(call, "value", token)),
        };
        self.finish_value(call, value)
    }

    /// One level deeper; the original makes sure of so many free places on its stack.
    fn descend(&mut self, call: &mut Call<'_>, places: usize) -> Result<TableId, Failure> {
        let depth = self.open.len() + 1;
        let allowed = usize::try_from(self.settings.decode_max_depth).unwrap_or(0);
        if depth > allowed || self.height + places > MAX_STACK {
            let position = self.position;
            return Err(call.error(format!("Found too many nested data structures ({depth}) at character {position}")));
        }
        call.heap.table(0, 0)
    }

    /// Puts a value where it belongs.
    fn finish_value(&mut self, call: &mut Call<'_>, value: Value) -> Result<(), Failure> {
        match self.open.last_mut() {
            Some(Open::Array { table, count }) => {
                *count += 1;
                call.heap.set_integer(*table, *count, value)?;
            }
            Some(Open::Object { table, key }) => call.heap.set(*table, *key, value)?,
            None => self.value = value,
        }
        self.expected = Expected::After;
        Ok(())
    }

    fn key(&mut self, call: &mut Call<'_>, token: Token) -> Result<(), Failure> {
        if token != Token::String {
            return Err(self.wrong(call, "object key string", token));
        }
        let string = Value::String(call.heap.string(&self.scratch)?);
        if let Some(Open::Object { key, .. }) = self.open.last_mut() {
            *key = string;
        }
        let token = self.next(call.heap.bytes(self.source));
        if token != Token::Colon {
            return Err(self.wrong(call, "colon", token));
        }
        self.expected = Expected::Value;
        Ok(())
    }

    /// A comma or an end after a value.
    fn after(&mut self, call: &mut Call<'_>, token: Token) -> Result<(), Failure> {
        match (self.open.last(), token) {
            (Some(Open::Array { .. }), Token::ArrayEnd) | (Some(Open::Object { .. }), Token::ObjectEnd) => {
                self.close(call)?
            }
            (Some(Open::Array { .. }), Token::Comma) => self.expected = Expected::Value,
            (Some(Open::Object { .. }), Token::Comma) => self.expected = Expected::Key,
            (Some(Open::Array { .. }), _) => return Err(self.wrong(call, "comma or array end", token)),
            _ => return Err(self.wrong(call, "comma or object end", token)),
        }
        Ok(())
    }

    /// The innermost table is complete: it is a value of what it is in.
    fn close(&mut self, call: &mut Call<'_>) -> Result<(), Failure> {
        match self.open.pop() {
            Some(Open::Array { table, .. }) => {
                self.height -= 1;
                self.finish_value(call, Value::Table(table))
            }
            Some(Open::Object { table, .. }) => {
                self.height -= 2;
                self.finish_value(call, Value::Table(table))
            }
            None => Ok(()),
        }
    }

    // ---- tokens

    fn next(&mut self, text: &[u8]) -> Token {
        while matches!(at(text, self.position), b' ' | b'\t' | b'\n' | b'\r') {
            self.position += 1;
        }
        self.token_position = self.position;
        let single = match at(text, self.position) {
            0 => return Token::End,
            b'{' => Token::ObjectBegin,
            b'}' => Token::ObjectEnd,
            b'[' => Token::ArrayBegin,
            b']' => Token::ArrayEnd,
            b':' => Token::Colon,
            b',' => Token::Comma,
            b'"' => return self.string(text),
            first => return self.word(text, first),
        };
        self.position += 1;
        single
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self, text: &[u8], first: u8) -> Token {
        let rest = text.get(self.position..).unwrap_or_default();
        let unusual = is_invalid_number(rest);
        if first == b'-' || first.is_ascii_digit() {
            if unusual && !self.settings.decode_invalid {
                return Token::Error("invalid number");
            }
            return self.number(rest);
        }
        for (word, token) in
            [(&b"true"[..], Token::Boolean(true)), (b"false", Token::Boolean(false)), (b"null", Token::Null)]
        {
            if rest.starts_with(word) {
                self.position += word.len();
                return token;
            }
        }
        // Only what may begin an infinity or NaN is looked at as a number.
        if matches!(first, b'+' | b'i' | b'I' | b'n' | b'N') && unusual && self.settings.decode_invalid {
            return self.number(rest);
        }
        Token::Error("invalid token")
    }

    fn number(&mut self, rest: &[u8]) -> Token {
        match number::strtod(rest) {
            Some((value, used)) => {
                self.position += used;
                Token::Number(value)
            }
            None => Token::Error("invalid number"),
        }
    }

    /// A string into the scratch buffer, from its opening quote on.
    fn string(&mut self, text: &[u8]) -> Token {
        self.position += 1;
        self.scratch.clear();
        loop {
            let rest = text.get(self.position..).unwrap_or_default();
            let plain = rest.iter().position(|&byte| matches!(byte, b'"' | b'\\' | 0)).unwrap_or(rest.len());
            self.scratch.extend_from_slice(rest.get(..plain).unwrap_or_default());
            self.position += plain;
            match at(text, self.position) {
                b'"' => {
                    self.position += 1;
                    return Token::String;
                }
                b'\\' => {
                    if let Err(error) = self.escape(text) {
                        self.token_position = self.position;
                        return Token::Error(error);
                    }
                }
                _ => {
                    self.token_position = self.position;
                    return Token::Error("unexpected end of string");
                }
            }
        }
    }

    fn escape(&mut self, text: &[u8]) -> Result<(), &'static str> {
        let byte = match at(text, self.position + 1) {
            plain @ (b'"' | b'\\' | b'/') => plain,
            b'b' => 0x08,
            b't' => b'\t',
            b'n' => b'\n',
            b'f' => 0x0c,
            b'r' => b'\r',
            b'u' => {
                let (code, used) = unicode(text, self.position).ok_or("invalid unicode escape code")?;
                // Every code that is left is a character.
                let mut buffer = [0; 4];
                let encoded = char::from_u32(code).map(|char| char.encode_utf8(&mut buffer).as_bytes().to_vec());
                self.scratch.extend_from_slice(&encoded.unwrap_or_default());
                self.position += used;
                return Ok(());
            }
            _ => return Err("invalid escape code"),
        };
        self.scratch.push(byte);
        self.position += 2;
        Ok(())
    }
}

/// The byte at a position, NUL behind the end.
fn at(text: &[u8], position: usize) -> u8 {
    text.get(position).copied().unwrap_or(0)
}

/// The code point of `\uXXXX` or of a pair of surrogates, and how many bytes it takes.
fn unicode(text: &[u8], position: usize) -> Option<(u32, usize)> {
    let high = four_digits(text, position + 2)?;
    if high & 0xf800 != 0xd800 {
        return Some((high, 6));
    }
    if high & 0x400 != 0 || at(text, position + 6) != b'\\' || at(text, position + 7) != b'u' {
        return None;
    }
    let low = four_digits(text, position + 8)?;
    (low & 0xfc00 == 0xdc00).then_some((((high & 0x3ff) << 10 | low & 0x3ff) + 0x10000, 12))
}

fn four_digits(text: &[u8], position: usize) -> Option<u32> {
    let digits = text.get(position..position + 4)?;
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

/// Whether this would be a number for C but not for JSON: a plus, hexadecimal, leading zeros, infinities and NaN.
fn is_invalid_number(text: &[u8]) -> bool {
    let unsigned = match text {
        [b'+', ..] => return true,
        [b'-', rest @ ..] => rest,
        _ => text,
    };
    match unsigned {
        [b'0', next, ..] => next.eq_ignore_ascii_case(&b'x') || next.is_ascii_digit(),
        [a, b, c, ..] if *a > b'9' => {
            let word = [a.to_ascii_lowercase(), b.to_ascii_lowercase(), c.to_ascii_lowercase()];
            word == *b"inf" || word == *b"nan"
        }
        _ => false,
    }
}
