use super::*;
use crate::base::Random;

const MOST: usize = 3000;

fn registers_of(text: &[u8]) -> Registers {
    let mut registers = [0; REGISTERS];
    merge(&mut registers, text).unwrap();
    registers
}

#[test]
fn both_forms_hold_the_same_registers() {
    let mut random = Random::new(1);
    for most in [0, 20, MOST, 100_000] {
        let (mut text, mut naive) = (new(), [0; REGISTERS]);
        for step in 0..6000 {
            // Few registers, so that runs are split, raised and joined again.
            let register = random.index(if step % 3 == 0 { REGISTERS } else { 40 });
            let value = 1 + random.index(if step < 3000 { 3 } else { 50 }) as u8;
            let raised = raise(&mut text, register, value, most).unwrap();
            assert_eq!(raised, naive[register] < value);
            naive[register] = naive[register].max(value);
            assert!(is_valid(&text));
            if step % 100 == 0 {
                assert_eq!(registers_of(&text), naive);
                assert_eq!(estimate(&text), Ok(estimate_of(&naive)));
            }
        }
        assert!(!is_sparse(&text));
        assert_eq!(registers_of(&text), naive);
        let mut again = new();
        make_dense(&mut again).unwrap();
        set_dense(&mut again, &naive);
        assert_eq!(again, text);
    }
}

#[test]
fn estimates_within_the_error_that_it_promises() {
    let (mut text, mut dense) = (new(), new());
    assert_eq!(make_dense(&mut dense), Ok(true));
    assert_eq!(make_dense(&mut dense), Ok(false));
    assert_eq!(estimate(&text), Ok(0));
    for number in 1..=200_000u32 {
        add(&mut text, &number.to_le_bytes(), MOST).unwrap();
        add(&mut dense, &number.to_le_bytes(), MOST).unwrap();
        if number.is_power_of_two() {
            let estimated = estimate(&text).unwrap();
            assert_eq!(estimate(&dense), Ok(estimated));
            let error = (estimated as f64 - f64::from(number)).abs() / f64::from(number);
            assert!(error < 0.03, "{estimated} of {number}");
        }
    }
    assert_eq!(text.get(HEADER..), dense.get(HEADER..));
}

#[test]
fn keeps_the_last_estimate() {
    let mut text = new();
    assert_eq!(last_estimate(&text), Some(0));
    outdate(&mut text);
    assert_eq!(last_estimate(&text), None);
    keep_estimate(&mut text, 1234);
    assert_eq!(last_estimate(&text), Some(1234));
    assert_eq!(runs(&text), "Z:16384");
}

#[test]
fn refuses_what_does_not_cover_the_registers() {
    let header = new()[..HEADER].to_vec();
    for body in [&b""[..], b"\x7f", b"\x7f\xff\x00", b"\x00", b"\x80\x80", b"\x7f\xfe\x83", b"\xff\xff\xff"] {
        let mut text = [&header, body].concat();
        assert!(is_valid(&text));
        assert_eq!(estimate(&text), Err(Corrupt));
        assert_eq!(make_dense(&mut text), Err(Corrupt));
        for register in [0, 1, 5, 300, REGISTERS - 1] {
            let mut text = text.clone();
            let _ = raise(&mut text, register, 7, MOST);
            let _ = raise(&mut text, register, 8, 0);
        }
    }
    assert!(!is_valid(b"HYLL"));
    assert!(!is_valid(&[&header[..4], &[2; 12]].concat()));
    assert!(!is_valid(&[&header[..4], &[0; 12]].concat()));
}
