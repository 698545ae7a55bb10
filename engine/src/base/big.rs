//! Natural numbers of any size, as far as reading and printing 80-bit floats needs them. The caller bounds
//! the size; the work of each step is proportional to it.

use core::cmp::Ordering;

/// 32 bits a limb, the lowest first, no zero limb at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Big(Vec<u32>);

impl Big {
    /// The number of 64 bits.
    pub fn new(value: u64) -> Big {
        let mut big = Big(vec![value as u32, (value >> 32) as u32]);
        big.trim();
        big
    }

    /// The number that decimal digits are; other bytes count as zero.
    pub fn from_digits(digits: impl Iterator<Item = u8>) -> Big {
        let mut big = Big(Vec::new());
        for digit in digits {
            big.multiply_add(10, u32::from(digit.wrapping_sub(b'0')));
        }
        big
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The position of its highest bit plus one; 0 for zero.
    pub fn bits(&self) -> usize {
        match self.0.last() {
            Some(top) => self.0.len() * 32 - top.leading_zeros() as usize,
            None => 0,
        }
    }

    /// `self * factor + summand`.
    pub fn multiply_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// `self * 10^power`.
    pub fn scale_by_ten(&mut self, power: usize) {
        for _ in 0..power / 9 {
            self.multiply_add(1_000_000_000, 0);
        }
        for _ in 0..power % 9 {
            self.multiply_add(10, 0);
        }
    }

    /// `self * 2^bits`.
    pub fn shift_left(&mut self, bits: usize) {
        if self.is_zero() {
            return;
        }
        self.multiply_add(1 << (bits % 32), 0);
        self.0.splice(0..0, core::iter::repeat_n(0, bits / 32));
    }

    /// Subtracts `other`, which must not be larger.
    pub fn subtract(&mut self, other: &Big) {
        let mut borrow = false;
        let others = other.0.iter().copied().chain(core::iter::repeat(0));
        for (limb, other) in self.0.iter_mut().zip(others) {
            let (value, first) = limb.overflowing_sub(other);
            let (value, second) = value.overflowing_sub(u32::from(borrow));
            (*limb, borrow) = (value, first || second);
        }
        debug_assert!(!borrow, "the subtrahend is not larger");
        self.trim();
    }

    /// Divides by `divisor` (not 0) and returns the remainder.
    pub fn divide(&mut self, divisor: u32) -> u32 {
        let divisor = u64::from(divisor.max(1));
        let mut remainder = 0u64;
        for limb in self.0.iter_mut().rev() {
            let value = remainder << 32 | u64::from(*limb);
            *limb = (value / divisor) as u32;
            remainder = value % divisor;
        }
        self.trim();
        remainder as u32
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

impl Ord for Big {
    fn cmp(&self, other: &Big) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Big) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_like_u128() {
        let value = |big: &Big| big.0.iter().rev().fold(0u128, |sum, &limb| sum << 32 | u128::from(limb));
        let mut random = crate::base::Random::new(8);
        for _ in 0..5_000 {
            let (a, b) = (random.next_u64() >> random.below(64), random.next_u64() >> random.below(64));
            let (mut x, y) = (Big::new(a), Big::new(b));
            assert_eq!(x.cmp(&y), a.cmp(&b));
            assert_eq!(x.bits(), 64 - a.leading_zeros() as usize);
            let shift = random.index(60);
            x.shift_left(shift);
            assert_eq!(value(&x), u128::from(a) << shift);
            if x >= y {
                x.subtract(&y);
                assert_eq!(value(&x), (u128::from(a) << shift) - u128::from(b));
            }
            let (before, divisor) = (value(&x), random.next_u32().max(1));
            let remainder = x.divide(divisor);
            assert_eq!(
                (value(&x), u128::from(remainder)),
                (before / u128::from(divisor), before % u128::from(divisor))
            );
        }
        assert_eq!(Big::from_digits(b"340282366920938463463374607431768211455".iter().copied()).bits(), 128);
        let mut ten = Big::new(7);
        ten.scale_by_ten(20);
        assert_eq!(value(&ten), 700_000_000_000_000_000_000);
    }
}
