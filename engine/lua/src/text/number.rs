//! Numbers to text and back, as Lua 5.1 on glibc converts them: `strtod` (with hexadecimal, infinities and NaN),
//! `strtoul` for `tonumber(text, base)`, `%.14g`, and the casts of x86-64 from doubles to integers.
//!
//! What always holds: decimal text gives the nearest double (ties to even), and `%.14g` is correctly rounded.

use std::io::Write as _;

/// Whether C's `isspace` holds in the C locale.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// A number written as Lua takes it from a string: spaces around it are allowed, nothing else. As in the original,
/// where strings are handed on as C strings, the text ends at its first NUL.
pub fn parse(text: &[u8]) -> Option<f64> {
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    let text = text.get(..end)?;
    let (value, used) = strtod(text)?;
    let rest = text.get(used..)?;
    rest.iter().all(|&byte| is_space(byte)).then_some(value)
}

/// What `tonumber(text, base)` makes of text, for bases 2 to 36 other than 10: `strtoul`, so that a minus sign wraps
/// around at 2^64 and what is too large becomes the largest.
pub fn parse_in_base(text: &[u8], base: u32) -> Option<f64> {
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    let text = text.get(..end)?;
    let start = text.iter().position(|&byte| !is_space(byte))?;
    let (negative, mut rest) = sign(text.get(start..)?);
    if base == 16
        && let [b'0', b'x' | b'X', digit, ..] = rest
        && digit.is_ascii_hexdigit()
    {
        rest = rest.get(2..)?;
    }
    let digits = rest.iter().take_while(|&&byte| char::from(byte).is_digit(base)).count();
    if digits == 0 || !rest.get(digits..)?.iter().all(|&byte| is_space(byte)) {
        return None;
    }
    let mut value = Some(0u64);
    for &byte in rest.get(..digits)? {
        let digit = u64::from(char::from(byte).to_digit(base)?);
        value = value.and_then(|value| value.checked_mul(u64::from(base))?.checked_add(digit));
    }
    Some(match value {
        None => u64::MAX as f64,
        Some(value) if negative => value.wrapping_neg() as f64,
        Some(value) => value as f64,
    })
}

/// C's `strtod`: leading spaces, a sign, then decimal, hexadecimal, `inf`, `infinity`, `nan` or `nan(word)`. Returns the
/// value and how many bytes it took; `None` when there is no number at the start.
pub fn strtod(text: &[u8]) -> Option<(f64, usize)> {
    let start = text.iter().position(|&byte| !is_space(byte))?;
    let (negative, rest) = sign(text.get(start..)?);
    let before = text.len() - rest.len();
    let (value, used) = match rest {
        [b'0', b'x' | b'X', digits @ ..] => match hexadecimal(digits) {
            Some((value, used)) => (value, used + 2),
            // Only the zero before the x is a number.
            None => (0.0, 1),
        },
        [b'0'..=b'9' | b'.', ..] => decimal(rest)?,
        _ => named(rest)?,
    };
    Some((if negative { -value } else { value }, before + used))
}

/// Whether there is a minus, and the text after the sign.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn digits_at(text: &[u8], start: usize) -> usize {
    text.iter().skip(start).take_while(|byte| byte.is_ascii_digit()).count()
}

fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    let whole = digits_at(text, 0);
    let mut end = whole;
    let mut fraction = 0;
    if text.get(end) == Some(&b'.') {
        fraction = digits_at(text, end + 1);
        end += 1 + fraction;
    }
    if whole == 0 && fraction == 0 {
        return None;
    }
    if fraction == 0 && end == whole && whole <= 15 && !matches!(text.get(end), Some(b'e' | b'E')) {
        // Below 2^53 every integer is exact.
        let value = text.get(..whole)?.iter().fold(0u64, |value, byte| value * 10 + u64::from(byte & 15));
        return Some((value as f64, end));
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let digits = digits_at(text, end + 1 + signed);
        if digits > 0 {
            end += 1 + signed + digits;
        }
    }
    let value = std::str::from_utf8(text.get(..end)?).ok()?.parse().ok()?;
    Some((value, end))
}

fn named(text: &[u8]) -> Option<(f64, usize)> {
    let starts = |word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if starts(b"infinity") {
        return Some((f64::INFINITY, 8));
    }
    if starts(b"inf") {
        return Some((f64::INFINITY, 3));
    }
    if !starts(b"nan") {
        return None;
    }
    let mut used = 3;
    if text.get(3) == Some(&b'(') {
        let word = text.iter().skip(4).take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
        if text.get(4 + word) == Some(&b')') {
            used = 5 + word;
        }
    }
    Some((f64::NAN.copysign(1.0), used))
}

/// The digits after `0x`, with their fraction and binary exponent.
fn hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    let mut mantissa = 0u64;
    let mut exponent = 0i64;
    // Set when a digit other than zero no longer fits: enough to break a tie when rounding.
    let mut lost = false;
    let mut digits = 0usize;
    let mut point = None;
    let mut position = 0usize;
    while let Some(&byte) = text.get(position) {
        if byte == b'.' && point.is_none() {
            point = Some(position);
        } else if let Some(digit) = char::from(byte).to_digit(16) {
            digits += 1;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(digit);
                exponent -= if point.is_some() { 4 } else { 0 };
            } else {
                lost |= digit != 0;
                exponent += if point.is_some() { 0 } else { 4 };
            }
        } else {
            break;
        }
        position += 1;
    }
    if digits == 0 {
        return None;
    }
    if matches!(text.get(position), Some(b'p' | b'P')) {
        let (negative, rest) = sign(text.get(position + 1..)?);
        let count = digits_at(rest, 0);
        if count > 0 {
            let power = rest
                .iter()
                .take(count)
                .fold(0i64, |power, byte| power.saturating_mul(10).saturating_add(i64::from(byte & 15)).min(1 << 40));
            exponent = exponent.saturating_add(if negative { -power } else { power });
            position = text.len() - rest.len() + count;
        }
    }
    Some((scaled(mantissa, lost, exponent), position))
}

/// `mantissa * 2^exponent`, rounded once to the nearest double (ties to even); `lost` says that the true mantissa is a
/// little larger.
fn scaled(mantissa: u64, lost: bool, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let shift = mantissa.leading_zeros();
    let mantissa = mantissa << shift;
    // The value is 1.xxx * 2^power.
    let power = exponent.saturating_add(63 - i64::from(shift));
    if power > 1023 {
        return f64::INFINITY;
    }
    // A normal number keeps 53 bits; below 2^-1022 the bits end at 2^-1074.
    let kept = if power >= -1022 { 53 } else { power.saturating_add(1075) };
    if kept < 0 {
        return 0.0;
    }
    let dropped = 64 - kept.clamp(0, 53) as u32;
    let (high, low) = if dropped == 64 { (0, mantissa) } else { (mantissa >> dropped, mantissa << (64 - dropped)) };
    let half = 1u64 << 63;
    let up = low > half || low == half && (lost || high & 1 == 1);
    let rounded = high + u64::from(up);
    // Rounding up may carry into the exponent's bits, which is just what the next power of two needs.
    let biased = if power >= -1022 { (power + 1022) as u64 } else { 0 };
    f64::from_bits((biased << 52) + rounded)
}

/// `%.14g`: how Lua writes a number.
pub fn write(value: f64, out: &mut Vec<u8>) {
    write_with(value, 14, out);
}

/// `%.Ng` without flags, for 1 to 17 digits.
pub fn write_with(value: f64, digits: usize, out: &mut Vec<u8>) {
    // Most numbers are integers, and these need no rounding; -0 takes the long way.
    const EXACT: f64 = 1e14;
    if digits >= 14 && value.abs() < EXACT && value.trunc() == value && (value != 0.0 || value.is_sign_positive()) {
        write_integer(value as i64, out);
        return;
    }
    super::format::general(value, digits, out);
}

fn write_integer(value: i64, out: &mut Vec<u8>) {
    let mut buffer = [0u8; 20];
    let mut used = 0;
    let mut rest = value.unsigned_abs();
    for slot in buffer.iter_mut().rev() {
        *slot = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(buffer.get(buffer.len() - used..).unwrap_or_default());
}

/// `%.14g` as a fresh vector.
pub fn text(value: f64) -> Vec<u8> {
    let mut out = Vec::with_capacity(24);
    write(value, &mut out);
    out
}

/// What a C cast from double to 64-bit integer gives on x86-64: truncated, and the smallest integer for whatever does
/// not fit (NaN included).
pub fn to_i64(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) { value as i64 } else { i64::MIN }
}

/// The same cast to 32 bits.
pub fn to_i32(value: f64) -> i32 {
    const LIMIT: f64 = 2_147_483_648.0;
    if value > -LIMIT - 1.0 && value < LIMIT { value as i32 } else { i32::MIN }
}

/// The cast to an unsigned 64-bit integer as gcc compiles it: from 2^63 on the top bit is handled apart, and
/// negative numbers wrap around.
pub fn to_u64(value: f64) -> u64 {
    const TOP: f64 = 9_223_372_036_854_775_808.0;
    if value >= TOP { to_i64(value - TOP) as u64 ^ 1 << 63 } else { to_i64(value) as u64 }
}

/// Scientific digits of a finite number: `D.DDDDe-X` with `decimals` digits after the point.
pub(super) fn scientific(value: f64, decimals: usize, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "{value:.decimals$e}");
}

/// Fixed digits of a finite number: `DDD.DDD`.
pub(super) fn fixed(value: f64, decimals: usize, out: &mut Vec<u8>) {
    let _ = write!(out, "{value:.decimals$}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let value = parse(source.as_bytes());
        let shown = value.map_or("nil".to_owned(), |value| String::from_utf8(text(value)).unwrap());
        assert_eq!(shown, expected, "{source:?}");
    }

    /// What `lua5.1 -e 'print(tonumber(...))'` prints for each.
    #[test]
    fn texts_become_numbers_as_in_lua() {
        for (source, expected) in [
            (" 0x1p4 ", "16"),
            ("1e", "nil"),
            ("nan", "nan"),
            ("-nan", "-nan"),
            ("inf", "inf"),
            ("-infinity", "-inf"),
            ("infinit", "nil"),
            ("nan(123)", "nan"),
            ("nan(", "nil"),
            ("0x", "nil"),
            ("0x.8", "0.5"),
            ("0x.", "nil"),
            ("1e+", "nil"),
            ("1.", "1"),
            (".", "nil"),
            (".5e1", "5"),
            ("1 2", "nil"),
            ("1\0abc", "1"),
            ("\0", "nil"),
            ("", "nil"),
            (" ", "nil"),
            ("0x1p", "nil"),
            ("0x1p-1074", "4.9406564584125e-324"),
            ("0x1p-1075", "0"),
            ("0x1.8p-1075", "4.9406564584125e-324"),
            ("0x1.8p1", "3"),
            ("1e400", "inf"),
            ("- 1", "nil"),
            ("+1", "1"),
            ("--1", "nil"),
            ("0X1F", "31"),
            ("\u{b}1\u{c}", "1"),
            ("0x1.fffffffffffff8p0", "2"),
            ("1e-400", "0"),
            ("4.9e-324", "4.9406564584125e-324"),
            ("2e-324", "0"),
            ("0x123456789abcdef01", "2.0988295479421e+19"),
            ("0x1p1024", "inf"),
            ("-0", "-0"),
        ] {
            check(source, expected);
        }
    }

    #[test]
    fn hexadecimals_round_once() {
        assert_eq!(parse(b"0x20000000000001"), Some(9_007_199_254_740_992.0));
        assert_eq!(parse(b"0x20000000000001.0000000000001"), Some(9_007_199_254_740_994.0));
        assert_eq!(parse(b"0x20000000000003"), Some(9_007_199_254_740_996.0));
        assert_eq!(parse(b"0x1.fffffffffffffp1023"), Some(f64::MAX));
        assert_eq!(parse(b"0x1.fffffffffffff8p1023"), Some(f64::INFINITY));
        assert_eq!(parse(b"0x0.fffffffffffff8p-1022"), Some(f64::MIN_POSITIVE));
    }

    #[test]
    fn other_bases_wrap_and_saturate() {
        assert_eq!(parse_in_base(b"-ff", 16), Some((u64::MAX - 254) as f64));
        assert_eq!(parse_in_base(b" zz ", 36), Some(1295.0));
        assert_eq!(parse_in_base(b"8", 8), None);
        assert_eq!(parse_in_base(b"0x10", 16), Some(16.0));
        assert_eq!(parse_in_base(b"0x", 16), None);
        assert_eq!(parse_in_base(b"ffffffffffffffffff", 16), Some(u64::MAX as f64));
        assert_eq!(parse_in_base(b"", 7), None);
    }

    #[test]
    fn casts_are_those_of_the_machine() {
        assert_eq!(to_i64(1e300), i64::MIN);
        assert_eq!(to_i64(f64::NAN), i64::MIN);
        assert_eq!(to_i64(-2.7), -2);
        assert_eq!(to_u64(18_446_744_073_709_551_616.0), 0);
        assert_eq!(to_u64(9_223_372_036_854_775_808.0), 1 << 63);
        assert_eq!(to_u64(-1.0), u64::MAX);
        assert_eq!(to_u64(f64::NAN), 1 << 63);
        assert_eq!(to_i32(2_147_483_648.0), i32::MIN);
        assert_eq!(to_i32(-2_147_483_648.9), i32::MIN);
    }
}
