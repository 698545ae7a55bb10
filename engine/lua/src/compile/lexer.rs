//! From bytes to tokens, and the messages about what is wrong with them.

use crate::heap::Heap;
use crate::heap::native::Failure;
use crate::heap::prototype::{COMPILER_NAME_BYTES, chunk_id};
use crate::heap::value::{StringId, Value};
use crate::text::number;

/// A token with what it stands for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Token {
    /// A character that is a token by itself, or is none at all.
    Byte(u8),
    And,
    Break,
    Do,
    Else,
    ElseIf,
    End,
    False,
    For,
    Function,
    If,
    In,
    Local,
    Nil,
    Not,
    Or,
    Repeat,
    Return,
    Then,
    True,
    Until,
    While,
    Concat,
    Dots,
    Equal,
    GreaterEqual,
    LessEqual,
    NotEqual,
    Number(f64),
    Name(StringId),
    String(StringId),
    Eos,
}

const RESERVED: [(&str, Token); 21] = [
    ("and", Token::And),
    ("break", Token::Break),
    ("do", Token::Do),
    ("else", Token::Else),
    ("elseif", Token::ElseIf),
    ("end", Token::End),
    ("false", Token::False),
    ("for", Token::For),
    ("function", Token::Function),
    ("if", Token::If),
    ("in", Token::In),
    ("local", Token::Local),
    ("nil", Token::Nil),
    ("not", Token::Not),
    ("or", Token::Or),
    ("repeat", Token::Repeat),
    ("return", Token::Return),
    ("then", Token::Then),
    ("true", Token::True),
    ("until", Token::Until),
    ("while", Token::While),
];

impl Token {
    /// How messages write it when its own text is not what they show.
    pub(super) fn text(self) -> String {
        let other = match self {
            Token::Byte(byte) if byte.is_ascii_control() => return format!("char({byte})"),
            Token::Byte(byte) => return char::from(byte).to_string(),
            Token::Concat => "..",
            Token::Dots => "...",
            Token::Equal => "==",
            Token::GreaterEqual => ">=",
            Token::LessEqual => "<=",
            Token::NotEqual => "~=",
            Token::Number(_) => "<number>",
            Token::Name(_) => "<name>",
            Token::String(_) => "<string>",
            Token::Eos => "<eof>",
            word => RESERVED.iter().find(|(_, token)| *token == word).map_or("", |(text, _)| text),
        };
        other.to_string()
    }
}

pub(super) struct Lexer<'a> {
    pub(super) heap: &'a mut Heap,
    source: &'a [u8],
    at: usize,
    pub(super) line: u32,
    /// The line of the token before the current one.
    pub(super) last_line: u32,
    pub(super) token: Token,
    ahead: Option<Token>,
    /// The text of the token that was read last.
    buffer: Vec<u8>,
    /// The chunk's name.
    pub(super) name: StringId,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(heap: &'a mut Heap, source: &'a [u8], name: StringId) -> Lexer<'a> {
        Lexer { heap, source, at: 0, line: 1, last_line: 1, token: Token::Eos, ahead: None, buffer: Vec::new(), name }
    }

    // ---- errors

    /// A message with the position in front and, when given, what stands there behind it.
    pub(super) fn error(&mut self, text: &str, near: Option<Token>) -> Failure {
        let mut message = chunk_id(self.heap.bytes(self.name), COMPILER_NAME_BYTES);
        message.extend_from_slice(format!(":{}: {text}", self.line).as_bytes());
        // As in the real one, a NUL is what stands for nothing here.
        if let Some(token) = near.filter(|token| !matches!(token, Token::Byte(0))) {
            message.extend_from_slice(b" near '");
            match token {
                Token::Name(_) | Token::String(_) | Token::Number(_) => {
                    // C's formatting ends at a zero byte.
                    message.extend(self.buffer.iter().take_while(|byte| **byte != 0));
                }
                // So it does when the character is one.
                Token::Byte(byte) if byte >= 0x80 => message.push(byte),
                other => message.extend_from_slice(other.text().as_bytes()),
            }
            message.push(b'\'');
        }
        match self.heap.string_from(message) {
            Ok(string) => Failure::Error(Value::String(string)),
            Err(failure) => failure,
        }
    }

    /// An error at the current token.
    pub(super) fn syntax_error(&mut self, text: &str) -> Failure {
        self.error(text, Some(self.token))
    }

    // ---- tokens

    pub(super) fn next(&mut self) -> Result<(), Failure> {
        self.last_line = self.line;
        self.token = match self.ahead.take() {
            Some(token) => token,
            None => self.read()?,
        };
        Ok(())
    }

    pub(super) fn look_ahead(&mut self) -> Result<Token, Failure> {
        let token = self.read()?;
        self.ahead = Some(token);
        Ok(token)
    }

    fn current(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    fn is(&self, byte: u8) -> bool {
        self.current() == Some(byte)
    }

    fn is_one_of(&self, bytes: &[u8]) -> bool {
        self.current().is_some_and(|byte| bytes.contains(&byte))
    }

    fn save_and_advance(&mut self) {
        if let Some(byte) = self.current() {
            self.buffer.push(byte);
        }
        self.at += 1;
    }

    /// Steps over the byte if it is this one.
    fn accept(&mut self, byte: u8) -> bool {
        let is = self.is(byte);
        self.at += usize::from(is);
        is
    }

    /// Steps over a line break; "\r\n" and "\n\r" are one.
    fn new_line(&mut self) {
        let first = self.current();
        self.at += 1;
        if self.is_one_of(b"\r\n") && self.current() != first {
            self.at += 1;
        }
        self.line = self.line.saturating_add(1);
    }

    fn read(&mut self) -> Result<Token, Failure> {
        self.buffer.clear();
        loop {
            let Some(byte) = self.current() else { return Ok(Token::Eos) };
            match byte {
                b'\n' | b'\r' => self.new_line(),
                b'-' => {
                    self.at += 1;
                    if !self.accept(b'-') {
                        return Ok(Token::Byte(b'-'));
                    }
                    self.comment()?;
                }
                b'[' => {
                    let start = self.at;
                    match self.long_bracket() {
                        Some(level) => return self.long_string(level, false),
                        None if self.at == start + 1 => return Ok(Token::Byte(b'[')),
                        None => {
                            return Err(self.error("invalid long string delimiter", Some(Token::String(self.name))));
                        }
                    }
                }
                b'=' => return Ok(self.one_or_two(b'=', Token::Equal)),
                b'<' => return Ok(self.one_or_two(b'=', Token::LessEqual)),
                b'>' => return Ok(self.one_or_two(b'=', Token::GreaterEqual)),
                b'~' => return Ok(self.one_or_two(b'=', Token::NotEqual)),
                b'"' | b'\'' => return self.string(byte),
                b'.' => {
                    self.save_and_advance();
                    if self.accept(b'.') {
                        return Ok(if self.accept(b'.') { Token::Dots } else { Token::Concat });
                    }
                    if !self.current().is_some_and(|byte| byte.is_ascii_digit()) {
                        return Ok(Token::Byte(b'.'));
                    }
                    return self.number();
                }
                b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
                b'0'..=b'9' => return self.number(),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.word(),
                other => {
                    self.at += 1;
                    return Ok(Token::Byte(other));
                }
            }
        }
    }

    fn one_or_two(&mut self, second: u8, both: Token) -> Token {
        let first = self.current().unwrap_or(0);
        self.at += 1;
        if self.accept(second) { both } else { Token::Byte(first) }
    }

    fn word(&mut self) -> Result<Token, Failure> {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let word = rest.get(..length).unwrap_or_default();
        self.buffer.extend_from_slice(word);
        self.at += length;
        if length <= 8
            && let Some((_, token)) = RESERVED.iter().find(|(text, _)| text.as_bytes() == word)
        {
            return Ok(*token);
        }
        Ok(Token::Name(self.heap.string(word)?))
    }

    fn number(&mut self) -> Result<Token, Failure> {
        while self.current().is_some_and(|byte| byte.is_ascii_digit() || byte == b'.') {
            self.save_and_advance();
        }
        if self.is_one_of(b"eE") {
            self.save_and_advance();
            if self.is_one_of(b"+-") {
                self.save_and_advance();
            }
        }
        while self.current().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.save_and_advance();
        }
        match number::parse(&self.buffer) {
            Some(number) => Ok(Token::Number(number)),
            None => Err(self.error("malformed number", Some(Token::Number(0.0)))),
        }
    }

    // ---- comments and strings

    fn comment(&mut self) -> Result<(), Failure> {
        if self.is(b'[') {
            let level = self.long_bracket();
            self.buffer.clear();
            if let Some(level) = level {
                self.long_string(level, true)?;
                self.buffer.clear();
                return Ok(());
            }
        }
        while self.current().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
            self.at += 1;
        }
        Ok(())
    }

    /// After "[" or "]": the number of "=" when the same bracket follows them. Stops before that second bracket.
    fn long_bracket(&mut self) -> Option<usize> {
        let bracket = self.current()?;
        self.save_and_advance();
        let mut level = 0;
        while self.is(b'=') {
            self.save_and_advance();
            level += 1;
        }
        self.is(bracket).then_some(level)
    }

    fn long_string(&mut self, level: usize, is_comment: bool) -> Result<Token, Failure> {
        self.save_and_advance();
        if self.is_one_of(b"\r\n") {
            self.new_line();
        }
        loop {
            match self.current() {
                None => {
                    let what = if is_comment { "unfinished long comment" } else { "unfinished long string" };
                    return Err(self.error(what, Some(Token::Eos)));
                }
                Some(b'[') => {
                    if self.long_bracket() == Some(level) {
                        self.save_and_advance();
                        if level == 0 {
                            return Err(self.error("nesting of [[...]] is deprecated", Some(Token::Byte(b'['))));
                        }
                    }
                }
                Some(b']') => {
                    if self.long_bracket() == Some(level) {
                        self.save_and_advance();
                        break;
                    }
                }
                Some(b'\n' | b'\r') => {
                    if !is_comment {
                        self.buffer.push(b'\n');
                    }
                    self.new_line();
                }
                Some(_) if is_comment => self.at += 1,
                Some(_) => self.save_and_advance(),
            }
        }
        if is_comment {
            return Ok(Token::Eos);
        }
        let inside = self.buffer.get(level + 2..self.buffer.len().saturating_sub(level + 2)).unwrap_or_default();
        Ok(Token::String(self.heap.string(inside)?))
    }

    fn string(&mut self, quote: u8) -> Result<Token, Failure> {
        self.save_and_advance();
        loop {
            match self.current() {
                None => return Err(self.error("unfinished string", Some(Token::Eos))),
                Some(b'\n' | b'\r') => {
                    return Err(self.error("unfinished string", Some(Token::String(self.name))));
                }
                Some(b'\\') => self.escape()?,
                Some(byte) => {
                    self.save_and_advance();
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        let inside = self.buffer.get(1..self.buffer.len() - 1).unwrap_or_default();
        Ok(Token::String(self.heap.string(inside)?))
    }

    fn escape(&mut self) -> Result<(), Failure> {
        self.at += 1;
        let Some(byte) = self.current() else { return Ok(()) };
        let plain = match byte {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\n' | b'\r' => {
                self.buffer.push(b'\n');
                self.new_line();
                return Ok(());
            }
            b'0'..=b'9' => {
                let mut code = 0;
                for _ in 0..3 {
                    let Some(digit @ b'0'..=b'9') = self.current() else { break };
                    code = code * 10 + u32::from(digit - b'0');
                    self.at += 1;
                }
                if code > 255 {
                    return Err(self.error("escape sequence too large", Some(Token::String(self.name))));
                }
                self.buffer.push(code as u8);
                return Ok(());
            }
            other => other,
        };
        self.buffer.push(plain);
        self.at += 1;
        Ok(())
    }
}
