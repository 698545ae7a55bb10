//! Splitting a typed line into arguments, with the quoting that redis-cli and inline commands share, and
//! the way back. Knows nothing of what the arguments mean.
//!
//! Words are separated by white space. In double quotes `\xHH`, `\n`, `\r`, `\t`, `\b` and `\a` stand for
//! bytes and a backslash takes any other character as it is; in single quotes only `\'` does. A closing
//! quote must end its word.

use core::fmt;

/// A quote was not closed, or text followed a closing quote directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnbalancedQuotes;

impl fmt::Display for UnbalancedQuotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invalid argument(s)")
    }
}

/// The arguments of a line. A NUL byte ends the line, as it does in Redis.
pub fn split_line(line: impl AsRef<[u8]>) -> Result<Vec<Vec<u8>>, UnbalancedQuotes> {
    let mut words = Vec::new();
    let mut rest = line.as_ref();
    if let Some(end) = rest.iter().position(|&byte| byte == 0) {
        rest = rest.get(..end).unwrap_or_default();
    }
    loop {
        while let [first, after @ ..] = rest {
            if !is_space(*first) {
                break;
            }
            rest = after;
        }
        if rest.is_empty() {
            return Ok(words);
        }
        let (word, after) = split_word(rest)?;
        words.push(word);
        rest = after;
    }
}

/// C's `isspace`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// The first word of `rest` and what follows it.
fn split_word(mut rest: &[u8]) -> Result<(Vec<u8>, &[u8]), UnbalancedQuotes> {
    let mut word = Vec::new();
    loop {
        match rest {
            [] | [b' ' | b'\n' | b'\r' | b'\t', ..] => return Ok((word, rest)),
            [b'"', quoted @ ..] => {
                rest = double_quoted(quoted, &mut word)?;
                return Ok((word, rest));
            }
            [b'\'', quoted @ ..] => {
                rest = single_quoted(quoted, &mut word)?;
                return Ok((word, rest));
            }
            [byte, after @ ..] => {
                word.push(*byte);
                rest = after;
            }
        }
    }
}

/// Reads up to the closing quote and answers what follows it.
fn double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], UnbalancedQuotes> {
    loop {
        rest = match rest {
            [] => return Err(UnbalancedQuotes),
            [b'\\', b'x', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                word.push(hex_digit(*high) << 4 | hex_digit(*low));
                after
            }
            [b'\\', escaped, after @ ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 0x08,
                    b'a' => 0x07,
                    other => *other,
                });
                after
            }
            [b'"', after @ ..] => return end_of_word(after),
            [byte, after @ ..] => {
                word.push(*byte);
                after
            }
        }
    }
}

/// Reads up to the closing quote and answers what follows it.
fn single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], UnbalancedQuotes> {
    loop {
        rest = match rest {
            [] => return Err(UnbalancedQuotes),
            [b'\\', b'\'', after @ ..] => {
                word.push(b'\'');
                after
            }
            [b'\'', after @ ..] => return end_of_word(after),
            [byte, after @ ..] => {
                word.push(*byte);
                after
            }
        }
    }
}

fn end_of_word(after: &[u8]) -> Result<&[u8], UnbalancedQuotes> {
    match after {
        [byte, ..] if !is_space(*byte) => Err(UnbalancedQuotes),
        _ => Ok(after),
    }
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit.wrapping_sub(b'0'),
        b'a'..=b'f' => digit.wrapping_sub(b'a').wrapping_add(10),
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

/// `bytes` as one word that [`split_line`] reads back: as it is where that is safe, in double quotes otherwise.
pub fn quote(bytes: &[u8]) -> Vec<u8> {
    let plain = !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_graphic() && !b"\"'\\".contains(byte));
    if plain { bytes.to_vec() } else { quote_always(bytes) }
}

/// `bytes` in double quotes, as redis-cli prints a string.
pub fn quote_always(bytes: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(bytes.len().saturating_add(2));
    append_quoted(&mut quoted, bytes);
    quoted
}

/// Appends `bytes` in double quotes.
pub fn append_quoted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'\\' | b'"' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x07 => out.extend_from_slice(b"\\a"),
            0x08 => out.extend_from_slice(b"\\b"),
            b' '..=b'~' => out.push(byte),
            _ => {
                let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0') as u8;
                out.extend_from_slice(&[b'\\', b'x', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    fn check(line: &str, words: &[&[u8]]) {
        assert_eq!(split_line(line).unwrap(), words, "{line}");
    }

    #[test]
    fn splits_as_redis_cli_does() {
        check("", &[]);
        check("  \t\r\n", &[]);
        check("SET key value", &[b"SET", b"key", b"value"]);
        check("  a  b  ", &[b"a", b"b"]);
        check(r#"echo "a b""#, &[b"echo", b"a b"]);
        check(r#""""#, &[b""]);
        check("''", &[b""]);
        check(r#""\x41\n\r\t\b\a\q\"\\""#, &[b"A\n\r\t\x08\x07q\"\\"]);
        check(r#""\x4""#, &[b"x4"]);
        check(r"'a\'b\n'", &[br"a'b\n"]);
        check(r#"a"b c""#, &[b"ab c"]);
        check(r"a\nb", &[br"a\nb"]);
        check("a\0b", &[b"a"]);
        check("a\x0bb", &[b"a\x0bb"]);
        for line in [r#"""#, "'", r#""a"b"#, "'a'b", r#""a\"#, r#"a "b"#] {
            assert_eq!(split_line(line), Err(UnbalancedQuotes), "{line}");
        }
    }

    #[test]
    fn reads_back_what_it_quoted() {
        let mut random = Random::new(3);
        for _ in 0..2000 {
            let word: Vec<u8> = (0..random.index(12)).map(|_| random.next_u32() as u8).collect();
            assert_eq!(split_line(quote(&word)).unwrap(), [word]);
        }
        assert_eq!(quote(b"plain:1"), b"plain:1");
        assert_eq!(quote(b"a b\x00"), br#""a b\x00""#);
    }
}
