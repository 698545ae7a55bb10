//! Doubles as decimal digits by Grisu2 (Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with
//! Integers", 2010), laid out as Redis lays them out since 7.2.
//!
//! The digits always read back to the same double. In about one double of a thousand they are one digit
//! longer than the shortest that would: Redis uses Grisu2 too, and the same bytes are the point, so the
//! choices the paper leaves open (precision of the powers, which power, how products round) are its own.

use super::numbers::{write_positional, write_scientific};

/// Appends a finite double that is not zero.
pub fn write(out: &mut Vec<u8>, value: f64) {
    let mut digits = Digits { bytes: [0; 20], len: 0 };
    let power = shortest_digits(value, &mut digits);
    let negative = value < 0.0;
    if negative {
        out.push(b'-');
    }
    let count = digits.len as i32;
    // The exponent of the first digit.
    let exponent = power + count - 1;
    if (power >= 0 && exponent < count + 7) || (power < 0 && (power > -7 || exponent.abs() < 4)) {
        write_positional(out, digits.as_slice(), exponent);
    } else {
        let most = if negative { 17 } else { 18 };
        let digits = digits.as_slice();
        write_scientific(out, digits.get(..most).unwrap_or(digits), exponent, 1);
    }
}

/// Digits as they are produced; 18 are the most that a double needs here.
struct Digits {
    bytes: [u8; 20],
    len: usize,
}

impl Digits {
    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&self.bytes)
    }

    /// Appends a digit, unless it is a leading zero.
    fn push(&mut self, digit: u64) {
        if digit == 0 && self.len == 0 {
            return;
        }
        if let Some(slot) = self.bytes.get_mut(self.len) {
            *slot = b'0' + digit as u8;
            self.len += 1;
        }
    }

    fn decrement_last(&mut self) {
        if let Some(slot) = self.len.checked_sub(1).and_then(|last| self.bytes.get_mut(last)) {
            *slot -= 1;
        }
    }
}

/// `fraction * 2^exponent`.
#[derive(Clone, Copy)]
struct Scaled {
    fraction: u64,
    exponent: i32,
}

impl Scaled {
    /// Shifts the top bit of the fraction into place.
    fn normalized(self) -> Scaled {
        let shift = self.fraction.leading_zeros();
        Scaled { fraction: self.fraction << shift, exponent: self.exponent - shift as i32 }
    }

    /// The product with its upper 64 bits kept, rounded half up; the lowest 32 bits of the
    /// product do not take part, as in the paper.
    fn times(self, other: Scaled) -> Scaled {
        const LOW: u64 = 0xffff_ffff;
        let (a, b) = (self.fraction >> 32, self.fraction & LOW);
        let (c, d) = (other.fraction >> 32, other.fraction & LOW);
        let (ac, bc, ad, bd) = (a * c, b * c, a * d, b * d);
        let middle = (bd >> 32) + (ad & LOW) + (bc & LOW) + (1 << 31);
        let fraction = ac + (ad >> 32) + (bc >> 32) + (middle >> 32);
        Scaled { fraction, exponent: self.exponent + other.exponent + 64 }
    }
}

/// Digits of `|value|`; returns the power of ten of the last one.
fn shortest_digits(value: f64, digits: &mut Digits) -> i32 {
    const HIDDEN: u64 = 1 << 52;
    let bits = value.to_bits();
    let field = (bits >> 52 & 0x7ff) as i32;
    let exact = match field {
        0 => Scaled { fraction: bits & (HIDDEN - 1), exponent: -1074 },
        _ => Scaled { fraction: (bits & (HIDDEN - 1)) + HIDDEN, exponent: field - 1075 },
    };
    // The halfway points to both neighbours; the lower one is nearer just above a power of two.
    let upper = Scaled { fraction: (exact.fraction << 1) + 1, exponent: exact.exponent - 1 }.normalized();
    let closer = if exact.fraction == HIDDEN { 2 } else { 1 };
    let lower = Scaled { fraction: (exact.fraction << closer) - 1, exponent: exact.exponent - closer };
    let lower = Scaled { fraction: lower.fraction << (lower.exponent - upper.exponent), exponent: upper.exponent };
    let (scale, power) = cached_power(upper.exponent);
    let exact = exact.normalized().times(scale);
    let upper = upper.times(scale);
    let lower = lower.times(scale);
    // One unit inwards on both sides makes up for the rounding of the products.
    let upper = Scaled { fraction: upper.fraction - 1, exponent: upper.exponent };
    generate(exact.fraction, upper, lower.fraction + 1, digits) - power
}

/// Produces digits of `upper` until what is left over lies within the interval, then walks the last digit down
/// towards the exact value. Returns the power of ten of the last digit.
fn generate(exact: u64, upper: Scaled, lower: u64, digits: &mut Digits) -> i32 {
    let mut distance = upper.fraction - exact;
    let mut interval = upper.fraction - lower;
    // `cached_power` keeps this between 32 and 60: ten decimal digits at most stand before the point.
    let point = upper.exponent.unsigned_abs();
    let one = 1u64 << point;
    let mut whole = upper.fraction >> point;
    let mut fraction = upper.fraction & (one - 1);
    let mut unit = 1_000_000_000u64;
    for position in (0..10).rev() {
        digits.push(whole / unit);
        whole %= unit;
        let rest = (whole << point) + fraction;
        if rest <= interval {
            round_last(digits, interval, rest, unit << point, distance);
            return position;
        }
        unit /= 10;
    }
    let mut position = 0;
    loop {
        fraction = fraction.wrapping_mul(10);
        interval = interval.wrapping_mul(10);
        distance = distance.wrapping_mul(10);
        position -= 1;
        digits.push(fraction >> point);
        fraction &= one - 1;
        // The interval grows tenfold each time, so this ends after at most 19 digits.
        if fraction < interval || position <= -19 {
            round_last(digits, interval, fraction, one, distance);
            return position;
        }
    }
}

/// Lowers the last digit while that brings the digits nearer to the exact value and keeps them in the interval.
fn round_last(digits: &mut Digits, interval: u64, mut rest: u64, unit: u64, distance: u64) {
    while rest < distance
        && interval - rest >= unit
        && (rest.wrapping_add(unit) < distance || distance - rest > rest.wrapping_add(unit).wrapping_sub(distance))
    {
        digits.decrement_last();
        rest = rest.wrapping_add(unit);
    }
}

/// A power of ten `10^power` that brings a number of this binary exponent between `2^-60` and `2^-32`.
fn cached_power(exponent: i32) -> (Scaled, i32) {
    // About one power in ten fits twice; starting from the logarithm settles which.
    let guess = -f64::from(exponent + POWERS.len() as i32) * 0.301_029_995_663_981_14;
    let mut index = (guess as i32 - FIRST_POWER) / POWER_STEP;
    // Every binary exponent of a double is within reach; the bound is for the reader.
    for _ in 0..POWERS.len() {
        let power = FIRST_POWER + index * POWER_STEP;
        let scaled_exponent = exponent + power_exponent(power) + 64;
        if scaled_exponent < -60 {
            index += 1;
        } else if scaled_exponent > -32 {
            index -= 1;
        } else {
            break;
        }
    }
    let power = FIRST_POWER + index * POWER_STEP;
    let fraction = usize::try_from(index).ok().and_then(|index| POWERS.get(index)).copied().unwrap_or(1 << 63);
    (Scaled { fraction, exponent: power_exponent(power) }, power)
}

/// The binary exponent of `10^power` with a 64-bit fraction: `floor(log2(10^power)) - 63`, exact in this range.
fn power_exponent(power: i32) -> i32 {
    ((power * 217_706) >> 16) - 63
}

const FIRST_POWER: i32 = -348;
const POWER_STEP: i32 = 8;

/// The upper 64 bits of `10^-348`, `10^-340` ... `10^340`, rounded to nearest.
const POWERS: [u64; 87] = [
    0xfa8f_d5a0_081c_0288,
    0xbaae_e17f_a23e_bf76,
    0x8b16_fb20_3055_ac76,
    0xcf42_894a_5dce_35ea,
    0x9a6b_b0aa_5565_3b2d,
    0xe61a_cf03_3d1a_45df,
    0xab70_fe17_c79a_c6ca,
    0xff77_b1fc_bebc_dc4f,
    0xbe56_91ef_416b_d60c,
    0x8dd0_1fad_907f_fc3c,
    0xd351_5c28_3155_9a83,
    0x9d71_ac8f_ada6_c9b5,
    0xea9c_2277_23ee_8bcb,
    0xaecc_4991_4078_536d,
    0x823c_1279_5db6_ce57,
    0xc210_9436_4dfb_5637,
    0x9096_ea6f_3848_984f,
    0xd774_85cb_2582_3ac7,
    0xa086_cfcd_97bf_97f4,
    0xef34_0a98_172a_ace5,
    0xb238_67fb_2a35_b28e,
    0x84c8_d4df_d2c6_3f3b,
    0xc5dd_4427_1ad3_cdba,
    0x936b_9fce_bb25_c996,
    0xdbac_6c24_7d62_a584,
    0xa3ab_6658_0d5f_daf6,
    0xf3e2_f893_dec3_f126,
    0xb5b5_ada8_aaff_80b8,
    0x8762_5f05_6c7c_4a8b,
    0xc9bc_ff60_34c1_3053,
    0x964e_858c_91ba_2655,
    0xdff9_7724_7029_7ebd,
    0xa6df_bd9f_b8e5_b88f,
    0xf8a9_5fcf_8874_7d94,
    0xb944_7093_8fa8_9bcf,
    0x8a08_f0f8_bf0f_156b,
    0xcdb0_2555_6531_31b6,
    0x993f_e2c6_d07b_7fac,
    0xe45c_10c4_2a2b_3b06,
    0xaa24_2499_6973_92d3,
    0xfd87_b5f2_8300_ca0e,
    0xbce5_0864_9211_1aeb,
    0x8cbc_cc09_6f50_88cc,
    0xd1b7_1758_e219_652c,
    0x9c40_0000_0000_0000,
    0xe8d4_a510_0000_0000,
    0xad78_ebc5_ac62_0000,
    0x813f_3978_f894_0984,
    0xc097_ce7b_c907_15b3,
    0x8f7e_32ce_7bea_5c70,
    0xd5d2_38a4_abe9_8068,
    0x9f4f_2726_179a_2245,
    0xed63_a231_d4c4_fb27,
    0xb0de_6538_8cc8_ada8,
    0x83c7_088e_1aab_65db,
    0xc45d_1df9_4271_1d9a,
    0x924d_692c_a61b_e758,
    0xda01_ee64_1a70_8dea,
    0xa26d_a399_9aef_774a,
    0xf209_787b_b47d_6b85,
    0xb454_e4a1_79dd_1877,
    0x865b_8692_5b9b_c5c2,
    0xc835_53c5_c896_5d3d,
    0x952a_b45c_fa97_a0b3,
    0xde46_9fbd_99a0_5fe3,
    0xa59b_c234_db39_8c25,
    0xf6c6_9a72_a398_9f5c,
    0xb7dc_bf53_54e9_bece,
    0x88fc_f317_f222_41e2,
    0xcc20_ce9b_d35c_78a5,
    0x9816_5af3_7b21_53df,
    0xe2a0_b5dc_971f_303a,
    0xa8d9_d153_5ce3_b396,
    0xfb9b_7cd9_a4a7_443c,
    0xbb76_4c4c_a7a4_4410,
    0x8bab_8eef_b640_9c1a,
    0xd01f_ef10_a657_842c,
    0x9b10_a4e5_e991_3129,
    0xe710_9bfb_a19c_0c9d,
    0xac28_20d9_623b_f429,
    0x8044_4b5e_7aa7_cf85,
    0xbf21_e440_03ac_dd2d,
    0x8e67_9c2f_5e44_ff8f,
    0xd433_179d_9c8c_b841,
    0x9e19_db92_b4e3_1ba9,
    0xeb96_bf6e_badf_77d9,
    0xaf87_023b_9bf0_ee6b,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        write(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_double_reads_back() {
        let mut random = Random::new(5);
        let mut longer = 0;
        for round in 0..200_000 {
            let bits = random.next_u64();
            let value =
                if round % 2 == 0 { f64::from_bits(bits) } else { (bits % 1_000_000_007) as f64 / 1000.0 + 0.0001 };
            if !value.is_finite() || value == 0.0 {
                continue;
            }
            let text = text(value);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
            let digits = |text: &str| {
                let digits = text.split('e').next().unwrap().replace(['-', '.'], "");
                digits.trim_matches('0').len()
            };
            longer += usize::from(digits(&text) > digits(&format!("{value:e}")));
        }
        assert!(longer < 400, "{longer} of 200000 are longer than the shortest digits");
        for exponent in 0..2047u64 {
            for fraction in [0, 1, (1 << 52) - 1] {
                let value = f64::from_bits(exponent << 52 | fraction);
                if value != 0.0 {
                    assert_eq!(text(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
                }
            }
        }
    }
}
