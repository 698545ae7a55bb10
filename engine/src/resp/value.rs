//! A reply as a client sees it: parsed from RESP2 or RESP3, and the encoding of commands that ask for one.
//! Knows nothing of what a reply answers.
//!
//! Numbers that are not integers keep their text, so that printing shows what the server sent.

use core::fmt;

use crate::base::float_text::FloatText;

/// How deep aggregates may be nested.
pub const MAX_DEPTH: usize = 256;
/// Room for elements that is made before they are seen; nested aggregates that each claim the rest of the input would
/// otherwise multiply it.
const MAX_RESERVED: usize = 1024;

/// A parsed reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A status such as `OK`.
    Simple(Vec<u8>),
    /// An error: its code and text.
    Error(Vec<u8>),
    Integer(i64),
    Bulk(Vec<u8>),
    /// RESP3's null and RESP2's null byte string.
    Null,
    /// RESP2's null array.
    NullArray,
    Array(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Set(Vec<Value>),
    Push(Vec<Value>),
    /// A number with a fraction, as its text.
    Double(Vec<u8>),
    Boolean(bool),
    /// The digits of an integer beyond 64 bits.
    BigNumber(Vec<u8>),
    /// A text and its format, such as `txt`.
    Verbatim([u8; 3], Vec<u8>),
    /// Attributes and the reply that they describe.
    Attribute(Vec<(Value, Value)>, Box<Value>),
}

impl Value {
    /// The bytes of a status, byte string, text, double or big number.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Simple(bytes) | Value::Bulk(bytes) | Value::Double(bytes) | Value::BigNumber(bytes) => Some(bytes),
            Value::Verbatim(_, bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The value of an integer.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Value::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements of an array, set or push.
    pub fn as_elements(&self) -> Option<&[Value]> {
        match self {
            Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => Some(elements),
            _ => None,
        }
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        matches!(self, Value::Error(_))
    }

    /// Whether it is null in either protocol.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null | Value::NullArray)
    }
}

/// Why bytes are no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueError {
    /// No type of reply starts with this byte.
    UnknownType(u8),
    /// A length or number that is none.
    BadNumber,
    /// Text that does not end where its length says, or a value of its type that does not exist.
    BadText,
    /// Nested more than [`MAX_DEPTH`] levels.
    TooDeep,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueError::UnknownType(byte) => {
                write!(f, "Protocol error, got \"{}\" as reply type byte", byte.escape_ascii())
            }
            ValueError::BadNumber => f.write_str("Bad integer value"),
            ValueError::BadText => f.write_str("Bad string value"),
            ValueError::TooDeep => f.write_str("Bad nesting"),
        }
    }
}

/// The reply at the start of `bytes` and how many bytes it takes; none when it is incomplete.
pub fn parse_value(bytes: &[u8]) -> Result<Option<(Value, usize)>, ValueError> {
    let mut rest = bytes;
    match read_value(&mut rest, 0) {
        Ok(value) => Ok(Some((value, bytes.len().saturating_sub(rest.len())))),
        Err(Stop::Incomplete) => Ok(None),
        Err(Stop::Invalid(error)) => Err(error),
    }
}

/// All replies in `bytes`, which must be complete.
pub fn parse_values(mut bytes: &[u8]) -> Result<Option<Vec<Value>>, ValueError> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        match read_value(&mut bytes, 0) {
            Ok(value) => values.push(value),
            Err(Stop::Incomplete) => return Ok(None),
            Err(Stop::Invalid(error)) => return Err(error),
        }
    }
    Ok(Some(values))
}

/// A command as a client sends it.
pub fn encode_command<A: AsRef<[u8]>>(arguments: &[A]) -> Vec<u8> {
    let mut command = super::Reply::new(false);
    command.array(arguments.len());
    for argument in arguments {
        command.bulk(argument.as_ref());
    }
    command.take()
}

enum Stop {
    Incomplete,
    Invalid(ValueError),
}

impl From<ValueError> for Stop {
    fn from(error: ValueError) -> Stop {
        Stop::Invalid(error)
    }
}

/// Takes one reply off the front of `rest`.
fn read_value(rest: &mut &[u8], depth: usize) -> Result<Value, Stop> {
    if depth > MAX_DEPTH {
        return Err(ValueError::TooDeep.into());
    }
    let kind = *rest.first().ok_or(Stop::Incomplete)?;
    if !b"+-:$*%~>,#(=!_|".contains(&kind) {
        return Err(ValueError::UnknownType(kind).into());
    }
    let line = take_line(rest)?;
    Ok(match kind {
        b'+' => Value::Simple(line.to_vec()),
        b'-' => Value::Error(line.to_vec()),
        b':' => Value::Integer(number(line)?),
        b',' => Value::Double(double(line)?.to_vec()),
        b'#' => Value::Boolean(match line {
            b"t" => true,
            b"f" => false,
            _ => return Err(ValueError::BadText.into()),
        }),
        b'(' => Value::BigNumber(big_number(line)?.to_vec()),
        b'_' if line.is_empty() => Value::Null,
        b'_' => return Err(ValueError::BadText.into()),
        b'$' => take_bulk(rest, line)?.map_or(Value::Null, |bytes| Value::Bulk(bytes.to_vec())),
        b'!' => Value::Error(take_bulk(rest, line)?.unwrap_or_default().to_vec()),
        b'=' => match take_bulk(rest, line)? {
            Some([a, b, c, b':', text @ ..]) => Value::Verbatim([*a, *b, *c], text.to_vec()),
            _ => return Err(ValueError::BadText.into()),
        },
        b'*' => match number(line)? {
            -1 => Value::NullArray,
            count => Value::Array(read_elements(rest, count, depth)?),
        },
        b'~' => Value::Set(read_elements(rest, number(line)?, depth)?),
        b'>' => Value::Push(read_elements(rest, number(line)?, depth)?),
        b'%' => Value::Map(read_pairs(rest, number(line)?, depth)?),
        _ => {
            let attributes = read_pairs(rest, number(line)?, depth)?;
            Value::Attribute(attributes, Box::new(read_value(rest, depth.saturating_add(1))?))
        }
    })
}

fn read_elements(rest: &mut &[u8], count: i64, depth: usize) -> Result<Vec<Value>, Stop> {
    let count = usize::try_from(count).map_err(|_| ValueError::BadNumber)?;
    // The shortest element takes three bytes: a count alone reserves nothing.
    let mut elements = Vec::with_capacity(count.min(rest.len() / 3).min(MAX_RESERVED));
    for _ in 0..count {
        elements.push(read_value(rest, depth.saturating_add(1))?);
    }
    Ok(elements)
}

fn read_pairs(rest: &mut &[u8], count: i64, depth: usize) -> Result<Vec<(Value, Value)>, Stop> {
    let count = usize::try_from(count).map_err(|_| ValueError::BadNumber)?;
    let mut pairs = Vec::with_capacity(count.min(rest.len() / 6).min(MAX_RESERVED));
    for _ in 0..count {
        let key = read_value(rest, depth.saturating_add(1))?;
        pairs.push((key, read_value(rest, depth.saturating_add(1))?));
    }
    Ok(pairs)
}

/// Takes a line off the front of `rest`: what stands between its first byte and its end.
fn take_line<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Stop> {
    let end = rest.iter().position(|&byte| byte == b'\r').ok_or(Stop::Incomplete)?;
    let (line, after) = rest.split_at_checked(end).ok_or(Stop::Incomplete)?;
    match after {
        [b'\r', b'\n', after @ ..] => *rest = after,
        [b'\r'] => return Err(Stop::Incomplete),
        _ => return Err(ValueError::BadText.into()),
    }
    Ok(line.get(1..).unwrap_or_default())
}

/// Takes the byte string off the front of `rest` whose length stood in `line`; none is null.
fn take_bulk<'a>(rest: &mut &'a [u8], line: &[u8]) -> Result<Option<&'a [u8]>, Stop> {
    let length = number(line)?;
    if length == -1 {
        return Ok(None);
    }
    let length = usize::try_from(length).map_err(|_| ValueError::BadNumber)?;
    let (bytes, after) = rest.split_at_checked(length).ok_or(Stop::Incomplete)?;
    match after {
        [b'\r', b'\n', after @ ..] => *rest = after,
        [] | [b'\r'] => return Err(Stop::Incomplete),
        _ => return Err(ValueError::BadText.into()),
    }
    Ok(Some(bytes))
}

fn number(line: &[u8]) -> Result<i64, ValueError> {
    str::from_utf8(line).ok().and_then(|text| text.parse().ok()).ok_or(ValueError::BadNumber)
}

fn double(line: &[u8]) -> Result<&[u8], ValueError> {
    let unsigned = match line {
        [b'+' | b'-', unsigned @ ..] => unsigned,
        _ => line,
    };
    let is_number = match FloatText::parse(line) {
        Some(FloatText::Infinity { .. } | FloatText::Decimal { .. }) => true,
        Some(FloatText::Hexadecimal { .. }) => false,
        None => unsigned.eq_ignore_ascii_case(b"nan"),
    };
    if is_number { Ok(line) } else { Err(ValueError::BadNumber) }
}

fn big_number(line: &[u8]) -> Result<&[u8], ValueError> {
    let digits = line.strip_prefix(b"-").unwrap_or(line);
    let valid = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if valid { Ok(line) } else { Err(ValueError::BadNumber) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    #[track_caller]
    fn check(bytes: &str, expected: Value) {
        let bytes = bytes.as_bytes();
        assert_eq!(parse_value(bytes), Ok(Some((expected, bytes.len()))));
        for end in 0..bytes.len() {
            assert_eq!(parse_value(&bytes[..end]), Ok(None), "{}", bytes[..end].escape_ascii());
        }
    }

    #[test]
    fn reads_every_type() {
        let bulk = |text: &str| Value::Bulk(text.as_bytes().to_vec());
        check("+OK\r\n", Value::Simple(b"OK".to_vec()));
        check("-ERR no\r\n", Value::Error(b"ERR no".to_vec()));
        check(":-12\r\n", Value::Integer(-12));
        check("$2\r\n\r\n\r\n", bulk("\r\n"));
        check("$-1\r\n", Value::Null);
        check("*-1\r\n", Value::NullArray);
        check("_\r\n", Value::Null);
        check("*2\r\n:1\r\n$1\r\na\r\n", Value::Array(vec![Value::Integer(1), bulk("a")]));
        check("%1\r\n:1\r\n$1\r\na\r\n", Value::Map(vec![(Value::Integer(1), bulk("a"))]));
        check("~1\r\n#t\r\n", Value::Set(vec![Value::Boolean(true)]));
        check(">1\r\n#f\r\n", Value::Push(vec![Value::Boolean(false)]));
        check(",1.50\r\n", Value::Double(b"1.50".to_vec()));
        check(",-inf\r\n", Value::Double(b"-inf".to_vec()));
        check("(-123456789012345678901\r\n", Value::BigNumber(b"-123456789012345678901".to_vec()));
        check("=5\r\ntxt:a\r\n", Value::Verbatim(*b"txt", b"a".to_vec()));
        check("!3\r\nERR\r\n", Value::Error(b"ERR".to_vec()));
        let attributes = vec![(bulk("k"), Value::Integer(1))];
        check("|1\r\n$1\r\nk\r\n:1\r\n:2\r\n", Value::Attribute(attributes, Box::new(Value::Integer(2))));
    }

    #[test]
    fn refuses_what_is_no_reply() {
        let check = |bytes: &[u8], error| assert_eq!(parse_value(bytes), Err(error), "{}", bytes.escape_ascii());
        check(b"hello", ValueError::UnknownType(b'h'));
        check(b":x\r\n", ValueError::BadNumber);
        check(b"*-2\r\n", ValueError::BadNumber);
        check(b"$1\r\nab\r\n", ValueError::BadText);
        check(b"#x\r\n", ValueError::BadText);
        check(&b"*1\r\n".repeat(MAX_DEPTH + 2), ValueError::TooDeep);
        assert_eq!(parse_value(b"*9223372036854775807\r\n"), Ok(None));
    }

    #[test]
    fn never_panics() {
        let mut random = Random::new(5);
        let alphabet = b"+-:$*%~>,#(=!_|0123ft\r\n\r\n\r\n";
        for _ in 0..20_000 {
            let bytes: Vec<u8> = (0..random.index(40)).map(|_| alphabet[random.index(alphabet.len())]).collect();
            if let Ok(Some((_, used))) = parse_value(&bytes) {
                assert!(used <= bytes.len());
            }
        }
    }

    #[test]
    fn writes_commands() {
        assert_eq!(encode_command(&["GET", "k"]), b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
    }
}
