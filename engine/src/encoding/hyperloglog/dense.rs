//! Registers packed in 6 bits each, the lowest bits first: three bytes hold four of them.

use super::estimate::Histogram;
use super::{REGISTERS, Registers};

/// Bytes of all registers.
pub const BYTES: usize = REGISTERS * 6 / 8;

const MASK: u16 = 0x3f;

/// Makes a register at least `value`; whether it was less.
pub fn raise(body: &mut [u8], register: usize, value: u8) -> bool {
    let (at, shift) = (register * 6 / 8, register * 6 % 8);
    let low = body.get(at).copied().unwrap_or(0);
    let high = body.get(at + 1).copied().unwrap_or(0);
    let pair = u16::from_le_bytes([low, high]);
    if pair >> shift & MASK >= u16::from(value) {
        return false;
    }
    let changed = pair & !(MASK << shift) | (u16::from(value) & MASK) << shift;
    for (byte, changed) in body.iter_mut().skip(at).zip(changed.to_le_bytes()) {
        *byte = changed;
    }
    true
}

/// Makes each of `registers` at least what it is in `body`.
pub fn merge(registers: &mut Registers, body: &[u8]) {
    let (groups, _) = registers.as_chunks_mut::<4>();
    for (group, bytes) in groups.iter_mut().zip(body.as_chunks::<3>().0) {
        for (register, value) in group.iter_mut().zip(unpack(*bytes)) {
            *register = (*register).max(value);
        }
    }
}

/// Four registers.
#[inline]
pub fn unpack([a, b, c]: [u8; 3]) -> [u8; 4] {
    [a & 0x3f, a >> 6 | b << 2 & 0x3f, b >> 4 | c << 4 & 0x3f, c >> 2]
}

/// How often each value occurs.
pub fn histogram(body: &[u8]) -> Histogram {
    let mut histogram = [0; 64];
    for bytes in body.as_chunks::<3>().0 {
        for value in unpack(*bytes) {
            if let Some(count) = histogram.get_mut(usize::from(value)) {
                *count += 1;
            }
        }
    }
    histogram
}

/// Appends all registers.
pub fn push(text: &mut Vec<u8>, registers: &Registers) {
    text.reserve_exact(BYTES);
    for [a, b, c, d] in registers.as_chunks::<4>().0 {
        text.extend_from_slice(&[a | b << 6, b >> 2 | c << 4, c >> 4 | d << 2]);
    }
}
