//! Numbers as Redis reads and prints them: integers, and doubles as scores and ranges.
//!
//! Knows nothing of commands; each function says which of Redis's rules it is. The 80-bit arithmetic of
//! `INCRBYFLOAT` is in [`super::extended`].

use super::float_text::FloatText;
use super::grisu;

/// The longest text of an `i64`.
pub const I64_DIGITS: usize = 20;

/// Reads an integer the way commands do: no spaces, no `+`, no leading zeros, no `-0`, the full `i64` range.
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, text),
    };
    let magnitude = parse_magnitude(digits)?;
    match negative {
        false => i64::try_from(magnitude).ok(),
        true if magnitude == 0 => None,
        true => 0i64.checked_sub_unsigned(magnitude),
    }
}

/// Reads an unsigned integer under the rules of [`parse_i64`], up to `u64::MAX`.
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    parse_magnitude(text)
}

fn parse_magnitude(digits: &[u8]) -> Option<u64> {
    let (&first, rest) = digits.split_first()?;
    if digits.len() > I64_DIGITS || !first.is_ascii_digit() || (first == b'0' && !rest.is_empty()) {
        return None;
    }
    let mut value = u64::from(first - b'0');
    for &byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// The decimal text of an `i64` or `u64`, without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct DecimalText {
    bytes: [u8; I64_DIGITS],
    start: usize,
}

impl DecimalText {
    /// The digits, with a `-` where the number is negative.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or(&[])
    }
}

impl core::ops::Deref for DecimalText {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

/// The decimal text of `value`.
pub fn i64_to_buffer(value: i64) -> DecimalText {
    let mut text = u64_to_buffer(value.unsigned_abs());
    if value < 0 {
        // The longest magnitude of an i64 has 19 digits, so there is room for the sign.
        text.start = text.start.saturating_sub(1);
        if let Some(slot) = text.bytes.get_mut(text.start) {
            *slot = b'-';
        }
    }
    text
}

/// The decimal text of `value`.
pub fn u64_to_buffer(mut value: u64) -> DecimalText {
    let mut bytes = [0; I64_DIGITS];
    let mut start = I64_DIGITS;
    for slot in bytes.iter_mut().rev() {
        *slot = b'0' + (value % 10) as u8;
        start -= 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    DecimalText { bytes, start }
}

/// Appends the decimal text of `value`.
pub fn write_i64(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(&i64_to_buffer(value));
}

/// Appends the decimal text of `value`.
pub fn write_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&u64_to_buffer(value));
}

/// Reads a double as `ZADD`, `ZINCRBY` and most commands do (C's `strtod` on the whole text): decimal or
/// hexadecimal, `inf` and `infinity` in any case, a sign. Refused are spaces, NaN, and texts whose value
/// overflows to infinity or underflows to zero (`1e400`, `1e-400`).
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    let value = parse_any_f64(text)?;
    let lost = (value.is_infinite() && !FloatText::names_infinity(text)) || (value == 0.0 && has_nonzero_digit(text));
    if lost { None } else { Some(value) }
}

/// Reads one end of a score range as `ZRANGEBYSCORE` and its kin do, after the caller took off a `(`: what
/// [`parse_f64`] reads, and besides leading spaces, overflow to infinity, underflow to zero, the empty text
/// as zero, and anything after a NUL byte. All of that is what C's `strtod` leaves through.
pub fn parse_f64_range_end(text: &[u8]) -> Option<f64> {
    let text = text.split(|&byte| byte == 0).next().unwrap_or(text);
    if text.is_empty() {
        return Some(0.0);
    }
    let spaces = text.iter().take_while(|&&byte| is_space(byte)).count();
    parse_any_f64(text.get(spaces..)?)
}

/// C's `isspace` in the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn parse_any_f64(text: &[u8]) -> Option<f64> {
    // Most scores are small integers, which a double holds exactly.
    if text.len() <= 15
        && let Some(value) = parse_i64(text)
    {
        return Some(value as f64);
    }
    match FloatText::parse(text)? {
        FloatText::Infinity { negative } => Some(if negative { f64::NEG_INFINITY } else { f64::INFINITY }),
        FloatText::Decimal { negative, digits, exponent } => match digits.short_decimal(exponent) {
            Some(magnitude) => Some(if negative { -magnitude } else { magnitude }),
            None => parse_long_decimal(text),
        },
        FloatText::Hexadecimal { negative, digits, exponent } => {
            let magnitude = hexadecimal_f64(digits.hexadecimal_mantissa(), exponent);
            Some(if negative { -magnitude } else { magnitude })
        }
    }
}

/// A decimal number of any length. The grammar of the standard library's decimal floats is strtod's, and both round
/// correctly. Apart from the rest because it needs large tables.
#[inline(never)]
fn parse_long_decimal(text: &[u8]) -> Option<f64> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// Whether a text that `strtod` accepts has a digit other than zero before its exponent.
fn has_nonzero_digit(text: &[u8]) -> bool {
    match FloatText::parse(text) {
        Some(FloatText::Decimal { digits, .. } | FloatText::Hexadecimal { digits, .. }) => !digits.are_zero(),
        _ => false,
    }
}

/// `mantissa * 2^exponent`, rounded once to the nearest double, ties to even. The lowest bit of the mantissa
/// also stands for whatever was cut off below it.
fn hexadecimal_f64((mantissa, shift): (u128, i64), exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let leading = i64::from(mantissa.leading_zeros()) - 64;
    let aligned = mantissa << mantissa.leading_zeros();
    let mantissa = (aligned >> 64) as u64 | u64::from(aligned as u64 != 0);
    // The value is mantissa * 2^power, with the mantissa's top bit set.
    let power = exponent.saturating_add(shift).saturating_sub(leading);
    if power > 1023 - 63 {
        return f64::INFINITY;
    }
    // 53 bits stay for a normal number, fewer for one below 2^-1022.
    let dropped = 11 + (-1022 - 63i64).saturating_sub(power).max(0);
    if dropped > 64 {
        return 0.0;
    }
    let dropped = dropped as u32;
    let kept = mantissa.checked_shr(dropped).unwrap_or(0);
    let half = 1u64 << (dropped - 1);
    let rest = if dropped == 64 { mantissa } else { mantissa & ((1 << dropped) - 1) };
    let kept = kept + u64::from(rest > half || (rest == half && kept & 1 == 1));
    let lowest = power.saturating_add(i64::from(dropped)).max(-1074);
    // The exponent field of a double with 2^52 as its leading bit; a carry out of the mantissa moves into it.
    let field = (lowest + 1074) as u64;
    f64::from_bits(if kept < 1 << 52 { kept } else { (field << 52) + kept })
}

/// The integer that a double is, when it lies in the range (half of what 64 bits hold) where Redis 7.2 and later
/// print and store such a double as an integer. Minus zero counts as zero here, as in a listpack.
pub fn f64_as_i64(value: f64) -> Option<i64> {
    const SAFE: f64 = (i64::MAX / 2) as f64;
    let exact = value as i64;
    ((-SAFE..=SAFE).contains(&value) && exact as f64 == value).then_some(exact)
}

/// Appends a double as replies of Redis 7.2 and later print it (`ZSCORE`, `ZADD INCR`, `ZRANGE WITHSCORES` ...)
/// and as scores stand in a listpack: integers as such, otherwise digits that read back to the same double.
/// Redis 7.0 prints those as [`write_f64_17`] does.
pub fn write_f64(out: &mut Vec<u8>, value: f64) {
    if write_special_f64(out, value) {
        return;
    }
    match f64_as_i64(value) {
        Some(integer) => write_i64(out, integer),
        None => grisu::write(out, value),
    }
}

/// The text of [`write_f64`].
pub fn format_f64(value: f64) -> Vec<u8> {
    let mut out = Vec::with_capacity(24);
    write_f64(&mut out, value);
    out
}

/// Appends a double with 17 significant digits, C's `%.17g`: scores in `ZSCAN` of a skiplist, in a rewritten
/// AOF and in RDB's old sorted sets, in all versions; every score reply of Redis 7.0 and before.
pub fn write_f64_17(out: &mut Vec<u8>, value: f64) {
    if write_special_f64(out, value) {
        return;
    }
    if value < 0.0 {
        out.push(b'-');
    }
    // 17 correctly rounded digits as "d.dddde-5", which only differs from %g in where the point goes.
    let text = format!("{:.16e}", value.abs());
    let Some((digits, exponent)) = text.split_once('e') else { return };
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_digit).collect();
    let significant = digits.len() - digits.iter().rev().take_while(|&&digit| digit == b'0').count();
    let digits = digits.get(..significant.max(1)).unwrap_or(&digits);
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..17).contains(&exponent) {
        write_positional(out, digits, exponent);
    } else {
        write_scientific(out, digits, exponent, 2);
    }
}

/// The text of [`write_f64_17`].
pub fn format_f64_17(value: f64) -> Vec<u8> {
    let mut out = Vec::with_capacity(24);
    write_f64_17(&mut out, value);
    out
}

/// Appends a double with exactly so many decimals, at most 17, rounded correctly (ties to even): C's `%.17f`.
pub fn write_fixed(out: &mut Vec<u8>, value: f64, decimals: u32) {
    // The value is mantissa * 2^-shift; 53 bits of it and the 57 of 10^17 fit together.
    let bits = value.to_bits();
    let field = (bits >> 52 & 0x7ff) as u32;
    let mantissa = bits & ((1 << 52) - 1) | u64::from(field > 0) << 52;
    let Some(shift) = 1075u32.checked_sub(field.max(1)) else {
        // Numbers of 2^53 and more, infinity and what is no number.
        return out.extend_from_slice(format!("{value:.*}", decimals as usize).as_bytes());
    };
    let unit = 10u64.saturating_pow(decimals.min(17));
    let product = u128::from(mantissa) * u128::from(unit);
    let kept = product.checked_shr(shift).unwrap_or(0);
    let rest = product - kept.checked_shl(shift).unwrap_or(0);
    let half = 1u128.checked_shl(shift.wrapping_sub(1)).filter(|_| shift > 0).unwrap_or(u128::MAX);
    let scaled = kept + u128::from(rest > half || (rest == half && kept & 1 == 1));
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let (whole, fraction) = match u64::try_from(scaled) {
        Ok(scaled) => (scaled / unit, scaled % unit),
        Err(_) => ((scaled / u128::from(unit)) as u64, (scaled % u128::from(unit)) as u64),
    };
    write_u64(out, whole);
    if decimals > 0 {
        out.push(b'.');
        let digits = u64_to_buffer(fraction);
        out.extend(core::iter::repeat_n(b'0', (decimals as usize).saturating_sub(digits.len())));
        out.extend_from_slice(&digits);
    }
}

fn write_special_f64(out: &mut Vec<u8>, value: f64) -> bool {
    let text: &[u8] = match value {
        _ if value.is_nan() => b"nan",
        f64::INFINITY => b"inf",
        f64::NEG_INFINITY => b"-inf",
        _ if value != 0.0 => return false,
        _ if value.is_sign_negative() => b"-0",
        _ => b"0",
    };
    out.extend_from_slice(text);
    true
}

/// Appends `d.ddd * 10^exponent` as `ddd`, `dd.d` or `0.00ddd`.
pub(super) fn write_positional(out: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend(core::iter::repeat_n(b'0', (exponent.unsigned_abs() - 1) as usize));
        out.extend_from_slice(digits);
        return;
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    match digits.split_at_checked(whole) {
        Some((integer, fraction)) => {
            out.extend_from_slice(integer);
            if !fraction.is_empty() {
                out.push(b'.');
                out.extend_from_slice(fraction);
            }
        }
        None => {
            out.extend_from_slice(digits);
            out.extend(core::iter::repeat_n(b'0', whole - digits.len()));
        }
    }
}

/// Appends `d.ddde-dd`, the exponent with at least `exponent_digits` digits.
pub(super) fn write_scientific(out: &mut Vec<u8>, digits: &[u8], exponent: i32, exponent_digits: usize) {
    if let Some((&first, rest)) = digits.split_first() {
        out.push(first);
        if !rest.is_empty() {
            out.push(b'.');
            out.extend_from_slice(rest);
        }
    }
    out.push(b'e');
    out.push(if exponent < 0 { b'-' } else { b'+' });
    let magnitude = u64_to_buffer(u64::from(exponent.unsigned_abs()));
    out.extend(core::iter::repeat_n(b'0', exponent_digits.saturating_sub(magnitude.len())));
    out.extend_from_slice(&magnitude);
}

#[cfg(test)]
mod tests {
    #[test]
    fn fixed_decimals_are_rounded_correctly() {
        let check = |value: f64| {
            for decimals in [0, 1, 4, 17] {
                let mut text = Vec::new();
                write_fixed(&mut text, value, decimals);
                assert_eq!(String::from_utf8(text).unwrap(), format!("{value:.*}", decimals as usize), "{value:e}");
            }
        };
        let edges = [0.0, -0.0, 0.5, 1.5, 2.5, 0.125, 0.00005, 0.00015, 1e15, 9007199254740991.0, 9007199254740992.0];
        edges.into_iter().for_each(check);
        [1e300, f64::MAX, f64::MIN_POSITIVE, 5e-324, f64::INFINITY, 4503599627370496.5, 180.0]
            .into_iter()
            .for_each(check);
        let mut random = crate::base::Random::new(5);
        for _ in 0..20_000 {
            check((random.unit() - 0.5) * 10f64.powi(random.index(20) as i32 - 5));
            check(random.below(100_000) as f64 / 32.0);
        }
    }

    use super::*;
    use crate::base::Random;

    #[test]
    fn reads_integers_as_commands_do() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(parse_i64(text.as_bytes()), expected, "{text:?}");
        for value in [0, 1, -1, 9, 10, 99, -100, i64::MAX, i64::MIN, i64::MIN + 1, 1 << 53] {
            check(&value.to_string(), Some(value));
            assert_eq!(&*i64_to_buffer(value), value.to_string().as_bytes());
        }
        for text in ["", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1.0", "0x1", "a", "--1", "-+1", "1\0"] {
            check(text, None);
        }
        check("9223372036854775808", None);
        check("-9223372036854775809", None);
        check("18446744073709551617", None);
        check("100000000000000000000000", None);
        assert_eq!(parse_u64(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_u64(b"18446744073709551616"), None);
        assert_eq!(parse_u64(b"-1"), None);
        assert_eq!(&*u64_to_buffer(u64::MAX), b"18446744073709551615");
    }

    #[test]
    fn writes_every_length_of_integer() {
        let mut random = Random::new(1);
        for _ in 0..10_000 {
            let value = (random.next_u64() >> random.below(64)) as i64;
            let mut out = b"x".to_vec();
            write_i64(&mut out, value);
            assert_eq!(out, format!("x{value}").into_bytes());
            assert_eq!(parse_i64(&out[1..]), Some(value));
        }
    }

    /// Recorded from `ZADD` and `ZRANGEBYSCORE` of a real server.
    #[test]
    #[rustfmt::skip]
    fn reads_doubles_as_commands_do() {
        let inf = f64::INFINITY;
        let accepted = [
            ("1", 1.0),
            ("0x10", 16.0),
            ("0x1p4", 16.0),
            ("-0x1.8p1", -3.0),
            ("inf", inf),
            ("+inf", inf),
            ("-inf", -inf),
            ("infinity", inf),
            ("Infinity", inf),
            ("INF", inf),
            ("4.9e-324", 5e-324),
            ("1e-320", 9.999_888_671_826_83e-321),
            ("+1", 1.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("0x.8", 0.5),
            ("0x1p-1074", 5e-324),
            ("00012", 12.0),
            ("1e308", 1e308),
            ("2.2250738585072011e-308", 2.225_073_858_507_201e-308),
            ("1.0000000000000000000000000000000001", 1.0),
            ("0e99999999999999999999", 0.0),
            ("0x0p99999999999999999999", 0.0),
            ("0X1P+2", 4.0),
            ("1E2", 100.0),
            ("0x1.fffffffffffff7p1023", f64::MAX),
            ("0x0.8p-1073", 5e-324),
        ];
        for (text, value) in accepted {
            assert_eq!(parse_f64(text.as_bytes()), Some(value), "{text:?}");
            assert_eq!(parse_f64_range_end(text.as_bytes()), Some(value), "{text:?}");
        }
        let refused = [
            "nan", "NaN", "-nan", "nan(1)", "1 ", ".", "e5", "1e", "1e+", "0x", "0x.", "0xp1", "0x1p", "1_0", "infx",
            "in", "infinit", "1d", "1f", "--1", "+-1", "0x1p+", "1.2.3", "é", "- 1", "0x1g", "1e5.",
        ];
        for text in refused {
            assert_eq!(parse_f64(text.as_bytes()), None, "{text:?}");
            assert_eq!(parse_f64_range_end(text.as_bytes()), None, "{text:?}");
        }
        let only_as_range_end = [
            (" 1", 1.0),
            ("\t1", 1.0),
            ("", 0.0),
            ("1e400", inf),
            ("-1e400", -inf),
            ("1e-400", 0.0),
            ("0x1p1024", inf),
            ("0x1p-1080", 0.0),
            ("1e5000000000000000000", inf),
            ("1.7976931348623159e308", inf),
            ("3\0junk", 3.0),
            ("0x1.fffffffffffff8p1023", inf),
            ("0x1p99999999999999999999999", inf),
            ("0x1p-99999999999999999999999", 0.0),
        ];
        for (text, value) in only_as_range_end {
            assert_eq!(parse_f64(text.as_bytes()), None, "{text:?}");
            assert_eq!(parse_f64_range_end(text.as_bytes()), Some(value), "{text:?}");
        }
        assert!(parse_f64(b"-0").unwrap().is_sign_negative());
        assert!(parse_f64_range_end(b" ").is_none());
    }

    #[test]
    fn decimal_doubles_are_those_of_the_standard_library() {
        let check = |text: &str| {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(parse_any_f64(text.as_bytes()).map(f64::to_bits), Some(expected.to_bits()), "{text}");
        };
        for mantissa in (0..2_000).chain((1u64 << 53) - 50..(1 << 53) + 50) {
            for exponent in -40..=40 {
                check(&format!("{mantissa}e{exponent}"));
            }
        }
        let mut random = Random::new(7);
        for _ in 0..200_000 {
            let mut text = String::from(["", "-", "+"][random.index(3)]);
            let longest = [6, 17, 25][random.index(3)];
            let digits = 1 + random.index(longest);
            let point = random.index(2 * digits);
            for at in 0..digits {
                if at == point {
                    text.push('.');
                }
                text.push(char::from(b'0' + random.index(10) as u8));
            }
            if random.index(3) == 0 {
                text.push_str(&format!("e{}", random.index(60) as i64 - 30));
            }
            check(&text);
        }
    }

    #[test]
    fn hexadecimal_doubles_round_once_to_even() {
        let mut random = Random::new(3);
        for _ in 0..20_000 {
            let bits = random.next_u64();
            let value = f64::from_bits(bits & !(1 << 63));
            if !value.is_finite() || value == 0.0 {
                continue;
            }
            let (field, fraction) = ((value.to_bits() >> 52) as i64, value.to_bits() & ((1 << 52) - 1));
            let (lead, power) = if field == 0 { (0, -1022) } else { (1, field - 1023) };
            let text = format!("0x{lead}.{fraction:013x}p{power}");
            assert_eq!(parse_f64(text.as_bytes()), Some(value), "{text}");
            // Half of the last place goes to the even neighbour, anything more goes up.
            let text = format!("0x{lead}.{fraction:013x}8p{power}");
            let up = f64::from_bits(value.to_bits() + 1);
            let even = if fraction & 1 == 0 { value } else { up };
            assert_eq!(parse_f64_range_end(text.as_bytes()), Some(even), "{text}");
            let text = format!("0x{lead}.{fraction:013x}8000000000000000000000001p{power}");
            assert_eq!(parse_f64_range_end(text.as_bytes()), Some(up), "{text}");
        }
    }

    #[test]
    fn prints_doubles() {
        let check = |value: f64, short: &str, long: &str| {
            assert_eq!(format_f64(value).escape_ascii().to_string(), short);
            assert_eq!(format_f64_17(value).escape_ascii().to_string(), long);
        };
        check(0.0, "0", "0");
        check(-0.0, "-0", "-0");
        check(f64::NAN, "nan", "nan");
        check(f64::INFINITY, "inf", "inf");
        check(f64::NEG_INFINITY, "-inf", "-inf");
        check(3.0, "3", "3");
        check(-3.5, "-3.5", "-3.5");
        check(0.1, "0.1", "0.10000000000000001");
        check(1e21, "1e+21", "1e+21");
        check(1e17, "100000000000000000", "1e+17");
        check(4e18, "4000000000000000000", "4e+18");
        check(5e18, "5e+18", "5e+18");
        check(123456789012345680.0, "123456789012345680", "1.2345678901234568e+17");
        check(4503599627370497.0, "4503599627370497", "4503599627370497");
        check(1e-5, "0.00001", "1.0000000000000001e-05");
        check(1e-7, "1e-7", "9.9999999999999995e-08");
        check(1.5e-10, "1.5e-10", "1.5e-10");
        check(f64::MAX, "1.7976931348623157e+308", "1.7976931348623157e+308");
        check(5e-324, "5e-324", "4.9406564584124654e-324");
        check(0.0001, "0.0001", "0.0001");
    }
}
