//! The 80-bit floating point of x87, in which Redis computes `INCRBYFLOAT` and `HINCRBYFLOAT` and which shows
//! in their replies: 64 bits of mantissa, 15 of exponent, rounding to nearest with ties to even.
//!
//! Reading, adding and printing are each exact up to one rounding, as in C's `strtold`, `+` and `%.17Lf`.
//! Nothing here is NaN: it cannot be read, and a sum that is not finite is `None`.

use super::big::Big;
use super::float_text::{Digits, FloatText};
use super::numbers::write_u64;

/// The longest text that is read as a number, as in Redis.
pub const MAX_TEXT_BYTES: usize = 5 * 1024 - 1;

/// The weight of the lowest bit of the smallest numbers, and of the largest: 2 to these powers.
const MIN_EXPONENT: i64 = -16_445;
const MAX_EXPONENT: i64 = 16_320;

/// Digits after the point when printed, before zeros at the end are taken off.
const FRACTION_DIGITS: u32 = 17;

/// An 80-bit number, infinity included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extended {
    negative: bool,
    magnitude: Magnitude,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Magnitude {
    /// `mantissa * 2^exponent`; the mantissa's top bit is set unless the exponent is the least.
    Finite {
        mantissa: u64,
        exponent: i64,
    },
    Infinite,
}

impl Extended {
    /// Reads a number as `INCRBYFLOAT` does. Refused are NaN, spaces, texts over [`MAX_TEXT_BYTES`], and texts
    /// whose value overflows to infinity or underflows to zero; `inf` by name is a number.
    pub fn parse(text: &[u8]) -> Option<Extended> {
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        let (negative, magnitude, digits) = match FloatText::parse(text)? {
            FloatText::Infinity { negative } => return Some(Extended { negative, magnitude: Magnitude::Infinite }),
            FloatText::Decimal { negative, digits, exponent } => (negative, decimal(&digits, exponent), digits),
            FloatText::Hexadecimal { negative, digits, exponent } => (negative, hexadecimal(&digits, exponent), digits),
        };
        match magnitude {
            Magnitude::Infinite => None,
            Magnitude::Finite { mantissa: 0, .. } if !digits.are_zero() => None,
            Magnitude::Finite { .. } => Some(Extended { negative, magnitude }),
        }
    }

    /// Nothing.
    pub const ZERO: Extended =
        Extended { negative: false, magnitude: Magnitude::Finite { mantissa: 0, exponent: MIN_EXPONENT } };

    /// Whether it is not infinite.
    pub fn is_finite(self) -> bool {
        self.magnitude != Magnitude::Infinite
    }

    /// The sum, or `None` when it would be infinite or no number.
    pub fn checked_add(self, other: Extended) -> Option<Extended> {
        let (Magnitude::Finite { mantissa: a, exponent: x }, Magnitude::Finite { mantissa: b, exponent: y }) =
            (self.magnitude, other.magnitude)
        else {
            return None;
        };
        if a == 0 || b == 0 {
            // Two zeros are negative zero only together; it prints like zero anyway.
            let negative = if a == 0 && b == 0 { self.negative && other.negative } else { self.negative };
            return Some(if a == 0 && b != 0 { other } else { Extended { negative, ..self } });
        }
        let (high, low) = if x >= y {
            ((self.negative, a, x), (other.negative, b, y))
        } else {
            ((other.negative, b, y), (self.negative, a, x))
        };
        let distance = high.2 - low.2;
        // 63 more bits than either mantissa are exact; what lies beyond only says which way to round.
        let (left, right, exponent, cut) = match u32::try_from(distance) {
            Ok(distance @ 0..=63) => (u128::from(high.1) << distance, u128::from(low.1), low.2, false),
            Ok(distance @ 64..=126) => {
                let beyond = distance - 63;
                let kept = u128::from(low.1) >> beyond;
                (u128::from(high.1) << 63, kept, high.2 - 63, kept << beyond != u128::from(low.1))
            }
            _ => (u128::from(high.1) << 63, 0, high.2 - 63, true),
        };
        let (negative, sum) = match (high.0 == low.0, left >= right) {
            (true, _) => (high.0, left + right),
            // The cut-off part belongs to the subtrahend: borrow one for it, which leaves a positive rest.
            (false, true) => (high.0 && left != right, left - right - u128::from(cut)),
            (false, false) => (low.0, right - left),
        };
        match round(sum, exponent, cut) {
            Magnitude::Infinite => None,
            magnitude => Some(Extended { negative, magnitude }),
        }
    }

    /// Appends the number with up to 17 digits after the point and no zeros at the end, never in scientific
    /// notation: what `INCRBYFLOAT` replies and stores.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        if self.negative {
            out.push(b'-');
        }
        match self.magnitude {
            Magnitude::Infinite => out.extend_from_slice(b"inf"),
            Magnitude::Finite { mantissa, exponent } if exponent >= 0 => write_integer(out, mantissa, exponent),
            Magnitude::Finite { mantissa, exponent } => write_fraction(out, mantissa, exponent.unsigned_abs()),
        }
        if out.get(start..) == Some(b"-0") {
            out.remove(start);
        }
    }

    /// The text of [`Extended::write`].
    pub fn format(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(24);
        self.write(&mut out);
        out
    }
}

/// `mantissa * 2^exponent` and a bit more when `cut` is set, rounded once.
fn round(mantissa: u128, exponent: i64, cut: bool) -> Magnitude {
    let bits = i64::from(128 - mantissa.leading_zeros());
    if bits == 0 {
        return Magnitude::Finite { mantissa: 0, exponent: MIN_EXPONENT };
    }
    let lowest = exponent.saturating_add(bits - 64).max(MIN_EXPONENT);
    let dropped = lowest.saturating_sub(exponent);
    let (kept, up) = match dropped {
        // A shift to the left: by less than 64, because the highest bit stays within 64.
        ..=0 => (mantissa << dropped.unsigned_abs().min(63), false),
        1..=128 => {
            let kept = mantissa.checked_shr(dropped as u32).unwrap_or(0);
            let half = 1u128 << (dropped - 1);
            let rest = mantissa & (half | (half - 1));
            (kept, rest > half || (rest == half && (cut || kept & 1 == 1)))
        }
        _ => (0, false),
    };
    let rounded = kept + u128::from(up);
    let (mantissa, exponent) = if rounded >> 64 == 0 { (rounded, lowest) } else { (rounded >> 1, lowest + 1) };
    if exponent > MAX_EXPONENT {
        return Magnitude::Infinite;
    }
    Magnitude::Finite { mantissa: mantissa as u64, exponent }
}

fn hexadecimal(digits: &Digits<'_>, exponent: i64) -> Magnitude {
    let (mantissa, shift) = digits.hexadecimal_mantissa();
    round(mantissa, exponent.saturating_add(shift), false)
}

fn decimal(digits: &Digits<'_>, exponent: i64) -> Magnitude {
    let mut number = Big::from_digits(digits.iter());
    let power = exponent.saturating_sub_unsigned(digits.fraction.len() as u64);
    // Beyond these no text of the permitted length comes back into range, and the numbers stay small.
    if number.is_zero() || power < -(MAX_TEXT_BYTES as i64) - 5_000 {
        return Magnitude::Finite { mantissa: 0, exponent: MIN_EXPONENT };
    }
    if power > 5_000 {
        return Magnitude::Infinite;
    }
    let mut divisor = Big::new(1);
    match power {
        0.. => number.scale_by_ten(power as usize),
        _ => divisor.scale_by_ten(power.unsigned_abs() as usize),
    }
    quotient(number, divisor)
}

/// `number / divisor`, rounded once.
fn quotient(mut number: Big, mut divisor: Big) -> Magnitude {
    // With equally many bits the quotient lies between 1/2 and 2.
    let exponent = number.bits() as i64 - divisor.bits() as i64;
    match exponent {
        0.. => divisor.shift_left(exponent as usize),
        _ => number.shift_left(exponent.unsigned_abs() as usize),
    }
    let mut mantissa = 0u128;
    // One bit before the point and 66 behind it: two more than are kept, even with a leading zero.
    const FRACTION_BITS: usize = 66;
    for _ in 0..=FRACTION_BITS {
        mantissa <<= 1;
        if number >= divisor {
            number.subtract(&divisor);
            mantissa |= 1;
        }
        number.shift_left(1);
    }
    round(mantissa, exponent - FRACTION_BITS as i64, !number.is_zero())
}

/// Appends `mantissa * 2^exponent`, all digits of it.
fn write_integer(out: &mut Vec<u8>, mantissa: u64, exponent: i64) {
    let mut number = Big::new(mantissa);
    number.shift_left(exponent.unsigned_abs() as usize);
    let mut digits = Vec::new();
    while !number.is_zero() {
        let mut group = number.divide(1_000_000_000);
        for _ in 0..9 {
            digits.push(b'0' + (group % 10) as u8);
            group /= 10;
        }
    }
    let significant = digits.len() - digits.iter().rev().take_while(|&&digit| digit == b'0').count();
    out.extend(digits.iter().take(significant.max(1)).rev());
}

/// Appends `mantissa / 2^bits`, rounded to 17 digits after the point with ties to even.
fn write_fraction(out: &mut Vec<u8>, mantissa: u64, bits: u64) {
    const UNIT: u128 = 10u128.pow(FRACTION_DIGITS);
    // Below 2^121, so that from 122 bits on nothing is left.
    let scaled = u128::from(mantissa) * UNIT;
    let units = match u32::try_from(bits) {
        Ok(bits @ 1..=121) => {
            let (kept, half) = (scaled >> bits, 1u128 << (bits - 1));
            let rest = scaled & ((1 << bits) - 1);
            kept + u128::from(rest > half || (rest == half && kept & 1 == 1))
        }
        _ => 0,
    };
    write_u64(out, (units / UNIT) as u64);
    let fraction = (units % UNIT) as u64;
    if fraction != 0 {
        out.push(b'.');
        let digits = format!("{fraction:017}");
        out.extend_from_slice(digits.trim_end_matches('0').as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(value: &str, increment: &str) -> String {
        let (Some(value), Some(increment)) = (Extended::parse(value.as_bytes()), Extended::parse(increment.as_bytes()))
        else {
            return "ERR value is not a valid float".to_owned();
        };
        match value.checked_add(increment) {
            Some(sum) => sum.format().escape_ascii().to_string(),
            None => "ERR increment would produce NaN or Infinity".to_owned(),
        }
    }

    /// Value, increment and reply of `INCRBYFLOAT`, recorded from a real server on x86-64.
    #[test]
    fn adds_as_incrbyfloat_does() {
        for line in include_str!("extended_cases.txt").lines() {
            let [value, increment, reply] = line.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert_eq!(sum(value, increment), reply, "{value} + {increment}");
        }
    }
}
