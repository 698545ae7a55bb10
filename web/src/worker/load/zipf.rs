//! Numbers by Zipf's law: number k comes in proportion to k to the power of minus the exponent.
//!
//! Rejection inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
//! distributions", 1996): no table, the same few operations for ten keys and for ten million, and exact.

use engine::base::Random;

/// Numbers from 1 to a greatest one.
#[derive(Clone, Debug)]
pub struct Zipf {
    exponent: f64,
    greatest: f64,
    /// The integral up to just above 1, less the share of 1, and up to just above the greatest.
    from: f64,
    to: f64,
    /// Closer to the inverse than this, a number is taken without a closer look.
    squeeze: f64,
}

impl Zipf {
    /// `exponent` is greater than 0.
    pub fn new(exponent: f64, greatest: u32) -> Zipf {
        let greatest = f64::from(greatest.max(1));
        let mut zipf = Zipf { exponent, greatest, from: 0.0, to: 0.0, squeeze: 0.0 };
        zipf.from = zipf.integral(1.5) - 1.0;
        zipf.to = zipf.integral(greatest + 0.5);
        zipf.squeeze = 2.0 - zipf.inverse(zipf.integral(2.5) - zipf.density(2.0));
        zipf
    }

    pub fn draw(&self, random: &mut Random) -> u32 {
        loop {
            let at = self.to + random.unit() * (self.from - self.to);
            let x = self.inverse(at);
            let number = x.round().clamp(1.0, self.greatest);
            if number - x <= self.squeeze || at >= self.integral(number + 0.5) - self.density(number) {
                return number as u32;
            }
        }
    }

    fn density(&self, x: f64) -> f64 {
        (-self.exponent * x.ln()).exp()
    }

    /// The integral of the density from 1 to x.
    fn integral(&self, x: f64) -> f64 {
        let log = x.ln();
        let t = (1.0 - self.exponent) * log;
        // Near 0 the quotient loses its digits, and its limit is 1: that is the exponent 1, whose integral is the
        // logarithm.
        log * if t.abs() > 1e-8 { t.exp_m1() / t } else { 1.0 + t / 2.0 }
    }

    fn inverse(&self, x: f64) -> f64 {
        let t = (x * (1.0 - self.exponent)).max(-1.0);
        (x * if t.abs() > 1e-8 { t.ln_1p() / t } else { 1.0 - t / 2.0 }).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_as_often_as_the_law_says() {
        for exponent in [0.5, 0.99, 1.0, 1.5, 3.0] {
            let (greatest, draws) = (50u32, 200_000);
            let zipf = Zipf::new(exponent, greatest);
            let mut random = Random::new(7);
            let mut counts = vec![0u32; greatest as usize + 1];
            for _ in 0..draws {
                counts[zipf.draw(&mut random) as usize] += 1;
            }
            assert_eq!(counts[0], 0);
            let all: f64 = (1..=greatest).map(|k| f64::from(k).powf(-exponent)).sum();
            for number in [1, 2, 5, 20, 50] {
                let expected = f64::from(draws) * f64::from(number).powf(-exponent) / all;
                let (off, allowed) = (f64::from(counts[number as usize]) - expected, 5.0 * expected.sqrt() + 1.0);
                assert!(off.abs() <= allowed, "{number} with {exponent}: {} of {expected}", counts[number as usize]);
            }
        }
    }

    #[test]
    fn the_ends_are_reached_and_never_passed() {
        let mut random = Random::new(1);
        assert!((0..100).all(|_| Zipf::new(2.0, 1).draw(&mut random) == 1));
        let flat = Zipf::new(0.01, 3);
        let mut seen = [false; 4];
        (0..1000).for_each(|_| seen[flat.draw(&mut random) as usize] = true);
        assert_eq!(seen, [false, true, true, true]);
        let wide = Zipf::new(1.0, 10_000_000);
        assert!((0..1000).map(|_| wide.draw(&mut random)).any(|number| number > 1_000_000));
    }
}
