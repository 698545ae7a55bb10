//! The conversions of `printf` that `string.format` offers, with glibc's results.
//!
//! What always holds: digits are exact for every precision, and nothing is written but the conversion itself.

use super::number;
use std::fmt;

/// A conversion's flags, width and precision: what stands between `%` and its letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub alternate: bool,
    pub zero: bool,
    pub width: usize,
    pub precision: Option<usize>,
}

/// Why a conversion is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    RepeatedFlags,
    TooLong,
}

impl fmt::Display for FormatError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            FormatError::RepeatedFlags => "invalid format (repeated flags)",
            FormatError::TooLong => "invalid format (width or precision too long)",
        })
    }
}

impl Spec {
    /// Reads what follows a `%`; also returns how many bytes stand before the letter.
    pub fn parse(text: &[u8]) -> Result<(Spec, usize), FormatError> {
        /// Each of the five flags once; the original counts them and doesn't look which they are.
        const MAX_FLAGS: usize = 5;
        let mut spec = Spec::default();
        let mut position = 0;
        while let Some(&flag) = text.get(position) {
            match flag {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                b'0' => spec.zero = true,
                _ => break,
            }
            position += 1;
        }
        if position > MAX_FLAGS {
            return Err(FormatError::RepeatedFlags);
        }
        spec.width = two_digits(text, &mut position);
        if text.get(position) == Some(&b'.') {
            position += 1;
            spec.precision = Some(two_digits(text, &mut position));
        }
        if text.get(position).is_some_and(u8::is_ascii_digit) {
            return Err(FormatError::TooLong);
        }
        Ok((spec, position))
    }

    /// Writes a sign or prefix and digits, padded to the width.
    fn pad(self, prefix: &[u8], body: &[u8], zeros_allowed: bool, out: &mut Vec<u8>) {
        let missing = self.width.saturating_sub(prefix.len() + body.len());
        let zeros = if zeros_allowed && self.zero && !self.left { missing } else { 0 };
        let spaces = missing - zeros;
        if !self.left {
            out.resize(out.len() + spaces, b' ');
        }
        out.extend_from_slice(prefix);
        out.resize(out.len() + zeros, b'0');
        out.extend_from_slice(body);
        if self.left {
            out.resize(out.len() + spaces, b' ');
        }
    }

    fn sign(self, negative: bool) -> &'static [u8] {
        match () {
            () if negative => b"-",
            () if self.plus => b"+",
            () if self.space => b" ",
            () => b"",
        }
    }

    /// `%d` and `%i`.
    pub fn signed(self, value: i64, out: &mut Vec<u8>) {
        let digits = self.digits(value.unsigned_abs(), b'u');
        self.pad(self.sign(value < 0), &digits, self.precision.is_none(), out);
    }

    /// `%u`, `%o`, `%x` and `%X`.
    pub fn unsigned(self, value: u64, conversion: u8, out: &mut Vec<u8>) {
        let mut digits = self.digits(value, conversion);
        let mut prefix: &[u8] = b"";
        if self.alternate {
            match conversion {
                b'o' if digits.first() != Some(&b'0') => digits.insert(0, b'0'),
                b'x' if value != 0 => prefix = b"0x",
                b'X' if value != 0 => prefix = b"0X",
                _ => {}
            }
        }
        self.pad(prefix, &digits, self.precision.is_none(), out);
    }

    /// The digits, filled with zeros up to the precision; a zero of precision 0 has none.
    fn digits(self, value: u64, conversion: u8) -> Vec<u8> {
        let precision = self.precision.unwrap_or(1);
        let digits = match conversion {
            _ if value == 0 => String::new(),
            b'o' => format!("{value:o}"),
            b'x' => format!("{value:x}"),
            b'X' => format!("{value:X}"),
            _ => value.to_string(),
        };
        let mut filled = vec![b'0'; precision.saturating_sub(digits.len())];
        filled.extend_from_slice(digits.as_bytes());
        filled
    }

    /// `%e`, `%E`, `%f`, `%g` and `%G`.
    pub fn float(self, value: f64, conversion: u8, out: &mut Vec<u8>) {
        let sign = self.sign(value.is_sign_negative());
        let upper = conversion.is_ascii_uppercase();
        if !value.is_finite() {
            let name: &[u8] = match (value.is_nan(), upper) {
                (true, false) => b"nan",
                (true, true) => b"NAN",
                (false, false) => b"inf",
                (false, true) => b"INF",
            };
            return self.pad(sign, name, false, out);
        }
        let value = value.abs();
        let mut body = Vec::with_capacity(32);
        let precision = self.precision.unwrap_or(6);
        match conversion {
            b'f' => {
                number::fixed(value, precision, &mut body);
                if precision == 0 && self.alternate {
                    body.push(b'.');
                }
            }
            b'e' | b'E' => scientific(value, precision, self.alternate, &mut body),
            _ => general_of_positive(value, precision.max(1), self.alternate, &mut body),
        }
        if upper {
            body.make_ascii_uppercase();
        }
        self.pad(sign, &body, true, out);
    }

    /// `%s`: up to the first NUL, and at most as many bytes as the precision says.
    pub fn string(self, text: &[u8], out: &mut Vec<u8>) {
        let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
        let end = end.min(self.precision.unwrap_or(end));
        self.pad(b"", text.get(..end).unwrap_or_default(), false, out);
    }

    /// `%c`. The original takes the length of the result with `strlen`, so that a NUL ends it there.
    pub fn character(self, byte: u8, out: &mut Vec<u8>) {
        let start = out.len();
        self.pad(b"", &[byte], false, out);
        if byte == 0 {
            let end = out.iter().skip(start).position(|&byte| byte == 0).map_or(out.len(), |found| start + found);
            out.truncate(end);
        }
    }
}

/// At most two digits.
fn two_digits(text: &[u8], position: &mut usize) -> usize {
    let mut value = 0;
    for _ in 0..2 {
        let Some(digit) = text.get(*position).filter(|byte| byte.is_ascii_digit()) else { break };
        value = value * 10 + usize::from(digit & 15);
        *position += 1;
    }
    value
}

/// `%q`: a string as Lua source would write it.
pub fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' | b'\\' | b'\n' => out.extend_from_slice(&[b'\\', byte]),
            b'\r' => out.extend_from_slice(b"\\r"),
            0 => out.extend_from_slice(b"\\000"),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// `%.Ng` without flags.
pub(super) fn general(value: f64, digits: usize, out: &mut Vec<u8>) {
    if value.is_sign_negative() {
        out.push(b'-');
    }
    if value.is_nan() {
        out.extend_from_slice(b"nan");
    } else if value.is_infinite() {
        out.extend_from_slice(b"inf");
    } else {
        general_of_positive(value.abs(), digits, false, out);
    }
}

/// `D.DDDe+XX`: the exponent has a sign and at least two digits.
fn scientific(value: f64, decimals: usize, alternate: bool, out: &mut Vec<u8>) {
    let start = out.len();
    number::scientific(value, decimals, out);
    let exponent = take_exponent(out, start);
    if decimals == 0 && alternate {
        out.push(b'.');
    }
    write_exponent(exponent, out);
}

/// Cuts `eX` off what was written from `start` on, and returns X.
fn take_exponent(out: &mut Vec<u8>, start: usize) -> i32 {
    let Some(mark) = out.iter().skip(start).position(|&byte| byte == b'e') else { return 0 };
    let exponent = out.get(start + mark + 1..).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    out.truncate(start + mark);
    exponent.unwrap_or(0)
}

fn write_exponent(exponent: i32, out: &mut Vec<u8>) {
    out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
    let size = exponent.unsigned_abs();
    if size < 10 {
        out.push(b'0');
    }
    out.extend_from_slice(size.to_string().as_bytes());
}

/// `%g` of a number that is finite and not negative, with at least one digit.
fn general_of_positive(value: f64, digits: usize, alternate: bool, out: &mut Vec<u8>) {
    let start = out.len();
    number::scientific(value, digits - 1, out);
    let exponent = take_exponent(out, start);
    let fixed = exponent >= -4 && usize::try_from(exponent).map_or(true, |exponent| exponent < digits);
    if fixed {
        move_point(exponent, start, out);
    }
    if alternate {
        if !out.iter().skip(start).any(|&byte| byte == b'.') {
            out.push(b'.');
        }
    } else if out.iter().skip(start).any(|&byte| byte == b'.') {
        while out.last() == Some(&b'0') {
            out.pop();
        }
        if out.last() == Some(&b'.') {
            out.pop();
        }
    }
    if !fixed {
        write_exponent(exponent, out);
    }
}

/// Turns `D.DDD` written from `start` on into the same digits times 10^exponent, for exponents from -4 up to the number
/// of digits less one.
fn move_point(exponent: i32, start: usize, out: &mut Vec<u8>) {
    if out.get(start + 1) == Some(&b'.') {
        out.remove(start + 1);
    }
    match usize::try_from(exponent) {
        Ok(exponent) => {
            let point = start + 1 + exponent;
            if point < out.len() {
                out.insert(point, b'.');
            }
        }
        Err(_) => {
            let zeros = exponent.unsigned_abs() as usize - 1;
            let lead = [b'0', b'.', b'0', b'0', b'0'];
            out.splice(start..start, lead.into_iter().take(2 + zeros));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(format: &str, value: f64) -> String {
        let text = format.strip_prefix('%').unwrap().as_bytes();
        let (spec, used) = Spec::parse(text).unwrap();
        let mut out = Vec::new();
        match text[used] {
            b'd' => spec.signed(value as i64, &mut out),
            b'o' | b'u' | b'x' | b'X' => spec.unsigned(value as i64 as u64, text[used], &mut out),
            conversion => spec.float(value, conversion, &mut out),
        }
        String::from_utf8(out).unwrap()
    }

    /// Each as `lua5.1 -e 'print(string.format(...))'` prints it.
    #[test]
    fn conversions_are_those_of_glibc() {
        for (format, value, expected) in [
            ("%5d", 42.0, "   42"),
            ("%05d", -1.0, "-0001"),
            ("%-5d", 42.0, "42   "),
            ("%+ d", 1.0, "+1"),
            ("%.0d", 0.0, ""),
            ("%05.3d", 42.0, "  042"),
            ("%#o", 0.0, "0"),
            ("%#.0o", 0.0, "0"),
            ("%#x", 0.0, "0"),
            ("%#08x", 42.0, "0x00002a"),
            ("%08.3x", 42.0, "     02a"),
            ("%#X", -1.0, "0XFFFFFFFFFFFFFFFF"),
            ("%05.1f", -1.0, "-01.0"),
            ("%.0f", 0.5, "0"),
            ("%.0f", 1.5, "2"),
            ("%.0f", 2.5, "2"),
            ("%.1f", 0.25, "0.2"),
            ("%.2f", 2.675, "2.67"),
            ("%#.0f", 1.0, "1."),
            ("%.0e", 2.5, "2e+00"),
            ("%.0e", 3.5, "4e+00"),
            ("%#.0e", 1.0, "1.e+00"),
            ("%+e", 123456789.0, "+1.234568e+08"),
            ("%E", 1e-300, "1.000000E-300"),
            ("%g", 0.0001, "0.0001"),
            ("%g", 0.00001, "1e-05"),
            ("%g", 123456.0, "123456"),
            ("%g", 1234567.0, "1.23457e+06"),
            ("%g", 999999.5, "1e+06"),
            ("%#g", 0.5, "0.500000"),
            ("%#g", 0.0, "0.00000"),
            ("%.0g", 1.5, "2"),
            ("%G", 1e300, "1E+300"),
            ("%010f", f64::INFINITY, "       inf"),
            ("%+G", f64::NAN, "+NAN"),
            ("%.14g", 0.1, "0.1"),
            ("%.14g", 1e15, "1e+15"),
            ("%.17g", 0.1, "0.10000000000000001"),
            ("%.20f", 0.1, "0.10000000000000000555"),
        ] {
            assert_eq!(float(format, value), expected, "{format} of {value}");
        }
    }

    #[test]
    fn formats_that_are_too_long_are_refused() {
        assert_eq!(Spec::parse(b"------d"), Err(FormatError::RepeatedFlags));
        assert!(Spec::parse(b"-----d").is_ok());
        assert_eq!(Spec::parse(b"123d"), Err(FormatError::TooLong));
        assert_eq!(Spec::parse(b".123d"), Err(FormatError::TooLong));
        assert_eq!(Spec::parse(b"99.99f").map(|(_, used)| used), Ok(5));
    }

    #[test]
    fn strings_and_characters_end_at_a_nul() {
        let spec = Spec { width: 3, ..Spec::default() };
        let mut out = Vec::new();
        spec.string(b"a\0b", &mut out);
        spec.character(0, &mut out);
        assert_eq!(out, b"  a  ");
        let mut out = Vec::new();
        quoted(b"a\n\r\0\"\\", &mut out);
        assert_eq!(out, b"\"a\\\n\\r\\000\\\"\\\\\"");
    }
}
