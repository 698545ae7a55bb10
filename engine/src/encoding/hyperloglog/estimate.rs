//! From registers to an estimate: Ertl's improved estimator, which needs no table of corrections. Only how often
//! each value occurs matters.

use super::{RANK_BITS, REGISTERS};

/// How many registers have each value.
pub type Histogram = [u32; 64];

/// `1 / (2 ln 2)`
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// The estimate for registers with these values.
pub fn of_histogram(histogram: &Histogram) -> u64 {
    let m = REGISTERS as f64;
    let count = |value: u32| f64::from(histogram.get(value as usize).copied().unwrap_or(0));
    let mut z = m * tau((m - count(RANK_BITS + 1)) / m);
    for value in (1..=RANK_BITS).rev() {
        z = (z + count(value)) * 0.5;
    }
    z += m * sigma(count(0) / m);
    (ALPHA * m * m / z).round() as u64
}

/// The part of the registers that are still zero: `x + sum of x^(2^k) 2^(k-1)`.
fn sigma(x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut x, mut y, mut z) = (x, 1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}

/// The part of the registers that can grow no further.
fn tau(x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut x, mut y, mut z) = (x, 1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if before == z {
            return z / 3.0;
        }
    }
}
