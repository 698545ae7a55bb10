//! The grammar of C's `strtod` and `strtold` on a whole text: what is a number, before anything is computed.
//! Knows no precision. NaN, spaces and anything left over are not numbers here.

/// A text that is a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FloatText<'a> {
    /// `inf` or `infinity` in any case.
    Infinity { negative: bool },
    /// `digits * 10^exponent`.
    Decimal { negative: bool, digits: Digits<'a>, exponent: i64 },
    /// `digits * 2^exponent`, the digits hexadecimal.
    Hexadecimal { negative: bool, digits: Digits<'a>, exponent: i64 },
}

/// The digits on both sides of the point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digits<'a> {
    pub integer: &'a [u8],
    pub fraction: &'a [u8],
}

impl<'a> FloatText<'a> {
    /// Reads a whole text; `None` when it is not a number.
    pub fn parse(text: &'a [u8]) -> Option<FloatText<'a>> {
        let (negative, unsigned) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            Some((b'+', rest)) => (false, rest),
            _ => (false, text),
        };
        if FloatText::names_infinity(unsigned) {
            return Some(FloatText::Infinity { negative });
        }
        if let [b'0', b'x' | b'X', hexadecimal @ ..] = unsigned {
            let (digits, exponent) = Digits::parse(hexadecimal, u8::is_ascii_hexdigit, b'p')?;
            return Some(FloatText::Hexadecimal { negative, digits, exponent });
        }
        let (digits, exponent) = Digits::parse(unsigned, u8::is_ascii_digit, b'e')?;
        Some(FloatText::Decimal { negative, digits, exponent })
    }

    /// Whether the text is infinity by name, with or without a sign.
    pub fn names_infinity(text: &[u8]) -> bool {
        let unsigned = match text {
            [b'+' | b'-', rest @ ..] => rest,
            _ => text,
        };
        unsigned.eq_ignore_ascii_case(b"inf") || unsigned.eq_ignore_ascii_case(b"infinity")
    }
}

impl<'a> Digits<'a> {
    /// Digits with an optional point and an optional exponent behind the letter `mark`.
    fn parse(text: &'a [u8], is_digit: fn(&u8) -> bool, mark: u8) -> Option<(Digits<'a>, i64)> {
        let (integer, rest) = text.split_at_checked(text.iter().take_while(|byte| is_digit(byte)).count())?;
        let (fraction, rest) = match rest.split_first() {
            Some((b'.', rest)) => rest.split_at_checked(rest.iter().take_while(|byte| is_digit(byte)).count())?,
            _ => (&[][..], rest),
        };
        if integer.is_empty() && fraction.is_empty() {
            return None;
        }
        let digits = Digits { integer, fraction };
        match rest.split_first() {
            None => Some((digits, 0)),
            Some((letter, exponent)) if letter.eq_ignore_ascii_case(&mark) => Some((digits, parse_exponent(exponent)?)),
            Some(_) => None,
        }
    }

    /// Whether every digit is zero.
    pub fn are_zero(&self) -> bool {
        self.iter().all(|digit| digit == b'0')
    }

    /// All digits from left to right, without the point.
    pub fn iter(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.integer.iter().chain(self.fraction).copied()
    }

    /// `digits * 10^exponent` for decimal digits, where that takes a single rounding: the digits are an integer of at
    /// most 53 bits and the power of ten is one that a double holds exactly, as for nearly every number that a person
    /// types. From William Clinger, "How to Read Floating Point Numbers Accurately", 1990.
    pub fn short_decimal(&self, exponent: i64) -> Option<f64> {
        const MAX_MANTISSA: u64 = 1 << 53;
        let mut mantissa = 0u64;
        for digit in self.iter() {
            // Below 2^53 before, so it fits.
            mantissa = mantissa * 10 + u64::from(digit & 15);
            if mantissa > MAX_MANTISSA {
                return None;
            }
        }
        let exponent = exponent.saturating_sub_unsigned(self.fraction.len() as u64);
        let power = POWERS_OF_TEN.get(usize::try_from(exponent.unsigned_abs()).ok()?)?;
        Some(if exponent < 0 { mantissa as f64 / power } else { mantissa as f64 * power })
    }

    /// The leading digits as an integer `m` and the number `s` with `digits = m * 2^s`, for base 16. When
    /// digits had to be cut off that were not zero, the lowest of at least 125 bits of `m` is set, so that rounding
    /// sees them.
    pub fn hexadecimal_mantissa(&self) -> (u128, i64) {
        let mut mantissa = 0u128;
        let mut shift = 0i64.saturating_sub_unsigned(4 * self.fraction.len() as u64);
        for digit in self.iter() {
            let digit = u128::from(char::from(digit).to_digit(16).unwrap_or(0));
            if mantissa >> 124 == 0 {
                mantissa = mantissa << 4 | digit;
            } else {
                mantissa |= u128::from(digit != 0);
                shift = shift.saturating_add(4);
            }
        }
        (mantissa, shift)
    }
}

/// Those that a double holds exactly.
const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// An exponent with an optional sign. One too large for an `i64` saturates, which no float tells apart.
fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // A quarter of the range, so that sums with digit counts cannot overflow.
    let limit = i64::MAX / 4;
    let grow = |sum: i64, digit: &u8| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0')).min(limit);
    let magnitude = digits.iter().fold(0, grow);
    Some(if negative { -magnitude } else { magnitude })
}
