//! The library `math`.

use crate::heap::Heap;
use crate::heap::native::{Call, Failure, Native, Step};
use crate::heap::value::{TableId, Value};

/// In the order of the original, on which the order of `pairs` depends.
const FUNCTIONS: &[(&str, Native)] = &[
    ("abs", |call| unary(call, f64::abs)),
    ("acos", |call| unary(call, f64::acos)),
    ("asin", |call| unary(call, f64::asin)),
    ("atan2", |call| binary(call, f64::atan2)),
    ("atan", |call| unary(call, f64::atan)),
    ("ceil", |call| unary(call, f64::ceil)),
    ("cosh", |call| unary(call, f64::cosh)),
    ("cos", |call| unary(call, f64::cos)),
    ("deg", |call| unary(call, |x| x / (std::f64::consts::PI / 180.0))),
    ("exp", |call| unary(call, f64::exp)),
    ("floor", |call| unary(call, f64::floor)),
    // The remainder has the sign of the dividend, as C's.
    ("fmod", |call| binary(call, |x, y| x % y)),
    ("frexp", fraction_and_exponent),
    ("ldexp", scale),
    ("log10", |call| unary(call, f64::log10)),
    ("log", |call| unary(call, f64::ln)),
    ("max", |call| extreme(call, |known, next| next > known)),
    ("min", |call| extreme(call, |known, next| next < known)),
    ("modf", whole_and_fraction),
    ("pow", |call| binary(call, f64::powf)),
    ("rad", |call| unary(call, |x| x * (std::f64::consts::PI / 180.0))),
    ("random", random),
    ("randomseed", random_seed),
    ("sinh", |call| unary(call, f64::sinh)),
    ("sin", |call| unary(call, f64::sin)),
    ("sqrt", |call| unary(call, f64::sqrt)),
    ("tanh", |call| unary(call, f64::tanh)),
    ("tan", |call| unary(call, f64::tan)),
];

/// The library's table.
pub(super) fn open(heap: &mut Heap) -> Result<TableId, Failure> {
    let table = heap.table(0, FUNCTIONS.len())?;
    heap.register(table, FUNCTIONS)?;
    heap.set_bytes(table, b"pi", Value::Number(std::f64::consts::PI))?;
    heap.set_bytes(table, b"huge", Value::Number(f64::INFINITY))?;
    // An old name of the same function.
    let remainder = heap.get_bytes(table, b"fmod");
    heap.set_bytes(table, b"mod", remainder)?;
    Ok(table)
}

fn unary(call: &mut Call<'_>, function: fn(f64) -> f64) -> Result<Step, Failure> {
    let number = call.check_number(0)?;
    call.returns(Value::Number(function(number)))
}

fn binary(call: &mut Call<'_>, function: fn(f64, f64) -> f64) -> Result<Step, Failure> {
    // The original's compiler has the second argument looked at first.
    let right = call.check_number(1)?;
    let left = call.check_number(0)?;
    call.returns(Value::Number(function(left, right)))
}

fn extreme(call: &mut Call<'_>, replaces: fn(f64, f64) -> bool) -> Result<Step, Failure> {
    let mut known = call.check_number(0)?;
    for index in 1..call.count() {
        let next = call.check_number(index)?;
        if replaces(known, next) {
            known = next;
        }
    }
    call.returns(Value::Number(known))
}

fn whole_and_fraction(call: &mut Call<'_>) -> Result<Step, Failure> {
    let number = call.check_number(0)?;
    let whole = number.trunc();
    let fraction = if number.is_infinite() { 0.0_f64.copysign(number) } else { (number - whole).copysign(number) };
    call.push(Value::Number(whole));
    call.returns(Value::Number(fraction))
}

fn fraction_and_exponent(call: &mut Call<'_>) -> Result<Step, Failure> {
    let number = call.check_number(0)?;
    let (fraction, exponent) = if number == 0.0 || !number.is_finite() {
        (number, 0)
    } else {
        // A subnormal number is scaled up first.
        let (number, shift) =
            if number.abs() < f64::MIN_POSITIVE { (number * 2.0_f64.powi(64), 64) } else { (number, 0) };
        let bits = number.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as i32 - 1022;
        (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - shift)
    };
    call.push(Value::Number(fraction));
    call.returns(Value::Number(f64::from(exponent)))
}

fn scale(call: &mut Call<'_>) -> Result<Step, Failure> {
    let mut exponent = call.check_int(1)?;
    let mut number = call.check_number(0)?;
    // In steps, so that the factor itself neither overflows nor vanishes.
    while exponent != 0 && number != 0.0 && number.is_finite() {
        let step = exponent.clamp(-1000, 1000);
        number *= 2.0_f64.powi(step);
        exponent -= step;
    }
    call.returns(Value::Number(number))
}

/// POSIX's `lrand48`: 31 bits of a linear congruential generator of 48.
fn next_random(heap: &mut Heap) -> u32 {
    heap.random = heap.random.wrapping_mul(0x5_deec_e66d).wrapping_add(0xb) & 0xffff_ffff_ffff;
    (heap.random >> 17) as u32
}

fn random(call: &mut Call<'_>) -> Result<Step, Failure> {
    let limit = f64::from(i32::MAX);
    let fraction = (f64::from(next_random(call.heap)) % limit) / limit;
    let (low, high) = match call.count() {
        0 => return call.returns(Value::Number(fraction)),
        1 => {
            let high = call.check_int(0)?;
            if high < 1 {
                return Err(call.argument_error(0, "interval is empty"));
            }
            (1, high)
        }
        2 => {
            let (low, high) = (call.check_int(0)?, call.check_int(1)?);
            if low > high {
                return Err(call.argument_error(1, "interval is empty"));
            }
            (low, high)
        }
        _ => return Err(call.error("wrong number of arguments")),
    };
    let width = f64::from(high.wrapping_sub(low).wrapping_add(1));
    call.returns(Value::Number((fraction * width).floor() + f64::from(low)))
}

fn random_seed(call: &mut Call<'_>) -> Result<Step, Failure> {
    let seed = call.check_int(0)?;
    call.heap.seed(seed as u32);
    Ok(Step::Return)
}
