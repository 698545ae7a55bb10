//! Scores of sorted sets as text. Up to 7.0 they were printed with 17 significant digits, since 7.2 with as few as
//! name the same number: `0.1` where it was `0.10000000000000001`. Here both become the number itself.

use crate::reply::Tree;

/// The tree with every score that is printed in one of the two ways replaced by its number. (Grisu2, which prints
/// them since 7.2 and here, misses the shortest text now and then: where that lies on the edge of what rounds back.)
pub fn as_numbers(tree: &Tree) -> Tree {
    let leaf = match tree {
        Tree::Node(kind, children) => return Tree::Node(*kind, children.iter().map(as_numbers).collect()),
        Tree::Leaf(leaf) => leaf,
    };
    let text = match leaf.first() {
        Some(b',') => leaf.get(1..leaf.len() - 2),
        _ => tree.text(),
    };
    let Some(text) = text.and_then(|text| std::str::from_utf8(text).ok()) else { return tree.clone() };
    match text.parse::<f64>() {
        // A listpack keeps no sign of zero, and since 7.2 a big ZADD begins without one.
        Ok(0.0) if text == "0" || text == "-0" => Tree::Leaf(vec![leaf[0], b'0']),
        Ok(number) if number.is_finite() && (text == seventeen_digits(number) || is_short(text, number)) => {
            Tree::Leaf(format!("{}number {:x}", char::from(leaf[0]), number.to_bits()).into_bytes())
        }
        _ => tree.clone(),
    }
}

/// Whole scores up to here, 2^62, are printed as integers since 7.2.
const BIGGEST_WHOLE: f64 = 4_611_686_018_427_387_904.0;

/// Whether this is how a score is printed since 7.2.
fn is_short(text: &str, number: f64) -> bool {
    if number.abs() <= BIGGEST_WHOLE && number == number.trunc() {
        return text == format!("{number:.0}");
    }
    let digits = |text: &str| {
        let mantissa = text.split('e').next().unwrap_or_default();
        // Zeros at the end of a whole number only say how large it is.
        let mantissa = if mantissa.contains('.') { mantissa } else { mantissa.trim_end_matches('0') };
        mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count()
    };
    let padded = text.split('e').next().is_some_and(|mantissa| mantissa.contains('.') && mantissa.ends_with('0'));
    !padded && digits(text) <= 17
}

/// C's `%.17g`.
fn seventeen_digits(number: f64) -> String {
    let scientific = format!("{number:.16e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if (-4..17).contains(&exponent) {
        trim(&format!("{number:.*}", (16 - exponent) as usize))
    } else {
        format!("{}e{}{:02}", trim(mantissa), if exponent < 0 { '-' } else { '+' }, exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_c_does() {
        let cases = [
            (0.1, "0.10000000000000001"),
            (2.5, "2.5"),
            (-5.81, "-5.8099999999999996"),
            (1e17, "1e+17"),
            (1.5e-7, "1.4999999999999999e-07"),
            (123456789.125, "123456789.125"),
            (1e300, "1.0000000000000001e+300"),
            (0.0001, "0.0001"),
        ];
        for (number, expected) in cases {
            assert_eq!(seventeen_digits(number), expected);
        }
    }

    #[test]
    fn only_the_digits_may_differ() {
        let same = |real: &str, ours: &str| {
            let leaf = |text: &str| Tree::Leaf(format!("${}\r\n{text}\r\n", text.len()).into_bytes());
            as_numbers(&leaf(real)) == as_numbers(&leaf(ours))
        };
        assert!(same("0.10000000000000001", "0.1"));
        assert!(same("1.0000000000000001e+300", "1e+300"));
        assert!(same("2.5", "2.5"));
        assert!(!same("2.5", "2.50000000000"));
        assert!(!same("0.10000000000000001", "0.10000000000000001000"));
        assert!(!same("0.10000000000000001", "0.1000000001"));
        assert!(!same("3", "3.0"));
        assert!(same("1.2345678901234568e+17", "123456789012345680"));
        assert!(same("1.8446744073709552e+19", "18446744073709552000"));
        assert!(same("5.1100000000000005e+21", "5110000000000001000000"));
        assert!(!same("5.1100000000000005e+21", "5110000000000003000000"));
        assert!(same("10000000000000000", "10000000000000000"));
        assert!(!same("10000000000000000", "1e+16"));
        assert!(same("4.6116860184273879e+18", "4611686018427387904"));
        assert!(!same("0.5", "0.50"));
        assert!(same("-0", "0"));
    }
}
