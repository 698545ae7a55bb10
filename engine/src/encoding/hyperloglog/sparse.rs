//! Registers as runs, in the order of the registers:
//!
//! - `00xxxxxx`: 1 to 64 zeros;
//! - `01xxxxxx xxxxxxxx`: 1 to 16384 zeros;
//! - `1vvvvvxx`: 1 to 4 registers of value 1 to 32.
//!
//! Raising a register splits its run and joins it with its neighbours in the very way in which Redis does, so that
//! both come to the same bytes.

use core::fmt::Write;

use super::estimate::Histogram;
use super::{HEADER, REGISTERS, Registers};
use crate::encoding::Corrupt;

const MOST_SHORT_ZEROS: usize = 64;
const MOST_VALUE: u8 = 32;
const MOST_VALUES: usize = 4;
/// How many runs are looked at for neighbours to join, from the one before the change on.
const LOOKED_AT: usize = 5;

/// A run of registers with one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// 0 for zeros.
    pub value: u8,
    pub registers: usize,
    /// How many bytes it is written in.
    pub bytes: usize,
}

/// What became of an attempt to raise a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    No,
    Yes,
    /// The register needs the dense form; nothing has changed.
    TooBig,
}

#[inline]
fn run_at(text: &[u8], at: usize) -> Option<Run> {
    let byte = *text.get(at)?;
    let low = usize::from(byte & 0x3f);
    Some(match byte >> 6 {
        0 => Run { value: 0, registers: low + 1, bytes: 1 },
        1 => {
            // A byte that is cut off counts as zero.
            let next = text.get(at + 1).copied().unwrap_or(0);
            Run { value: 0, registers: (low << 8 | usize::from(next)) + 1, bytes: 2 }
        }
        _ => Run { value: (byte >> 2 & 0x1f) + 1, registers: usize::from(byte & 3) + 1, bytes: 1 },
    })
}

pub fn runs(body: &[u8]) -> impl Iterator<Item = Run> {
    let mut at = 0;
    core::iter::from_fn(move || {
        let run = run_at(body, at)?;
        at += run.bytes;
        Some(run)
    })
}

/// Appends a run of zeros; nothing for none.
pub fn push_zeros(out: &mut Vec<u8>, registers: usize) {
    match registers {
        0 => {}
        1..=MOST_SHORT_ZEROS => out.push((registers - 1) as u8),
        _ => out.extend_from_slice(&((registers - 1) as u16 & 0x3fff | 0x4000).to_be_bytes()),
    }
}

/// Appends a run of a value; nothing for no registers.
fn push_values(out: &mut Vec<u8>, value: u8, registers: usize) {
    if registers > 0 {
        out.push(values(value, registers));
    }
}

fn values(value: u8, registers: usize) -> u8 {
    0x80 | value.saturating_sub(1) << 2 | registers.saturating_sub(1) as u8 & 3
}

/// Makes a register at least `value`, in the whole string with its header.
///
/// # Errors
/// When no run covers the register.
pub fn raise(text: &mut Vec<u8>, register: usize, value: u8, most_bytes: usize) -> Result<Raised, Corrupt> {
    if value > MOST_VALUE {
        return Ok(Raised::TooBig);
    }
    let (mut at, mut first, mut before) = (HEADER, 0, None);
    let run = loop {
        let run = run_at(text, at).ok_or(Corrupt)?;
        if register < first + run.registers {
            break run;
        }
        before = Some(at);
        at += run.bytes;
        first += run.registers;
    };
    if run.value >= value {
        return Ok(Raised::No);
    }
    let (left, right) = (register - first, first + run.registers - register - 1);
    let mut parts = Vec::with_capacity(5);
    if run.value == 0 {
        push_zeros(&mut parts, left);
        push_values(&mut parts, value, 1);
        push_zeros(&mut parts, right);
    } else {
        push_values(&mut parts, run.value, left);
        push_values(&mut parts, value, 1);
        push_values(&mut parts, run.value, right);
    }
    let length = (text.len() + parts.len()).saturating_sub(run.bytes);
    if parts.len() > run.bytes && length > most_bytes {
        return Ok(Raised::TooBig);
    }
    let end = (at + run.bytes).min(text.len());
    text.splice(at..end, parts);
    text.truncate(length);
    join(text, before.unwrap_or(HEADER));
    Ok(Raised::Yes)
}

/// Joins neighbours of the same value, from a run on.
fn join(text: &mut Vec<u8>, from: usize) {
    let mut at = from;
    for _ in 0..LOOKED_AT {
        let Some(run) = run_at(text, at) else { return };
        let next = run_at(text, at + 1).filter(|next| run.value > 0 && next.value == run.value);
        match next.map(|next| run.registers + next.registers) {
            Some(registers) if registers <= MOST_VALUES => {
                text.remove(at);
                if let Some(byte) = text.get_mut(at) {
                    *byte = values(run.value, registers);
                }
            }
            _ => at += run.bytes,
        }
    }
}

/// Makes each of `registers` at least what it is in `body`.
///
/// # Errors
/// When the runs do not cover exactly all registers.
pub fn merge(registers: &mut Registers, body: &[u8]) -> Result<(), Corrupt> {
    let mut first = 0;
    for run in runs(body) {
        let end = first + run.registers;
        if run.value > 0 {
            let covered = registers.get_mut(first..end).ok_or(Corrupt)?;
            covered.iter_mut().for_each(|register| *register = (*register).max(run.value));
        }
        first = end;
    }
    if first == REGISTERS { Ok(()) } else { Err(Corrupt) }
}

/// How often each value occurs.
///
/// # Errors
/// When the runs do not cover exactly all registers.
pub fn histogram(body: &[u8]) -> Result<Histogram, Corrupt> {
    let (mut histogram, mut total) = ([0; 64], 0usize);
    for run in runs(body) {
        total += run.registers;
        if total > REGISTERS {
            return Err(Corrupt);
        }
        if let Some(count) = histogram.get_mut(usize::from(run.value)) {
            *count += run.registers as u32;
        }
    }
    if total == REGISTERS { Ok(histogram) } else { Err(Corrupt) }
}

/// The runs as PFDEBUG DECODE shows them.
pub fn show(body: &[u8]) -> String {
    let mut text = String::new();
    for run in runs(body) {
        let Run { value, registers, bytes } = run;
        // Writing to a string cannot fail.
        let _ = match (value, bytes) {
            (0, 1) => write!(text, "z:{registers} "),
            (0, _) => write!(text, "Z:{registers} "),
            _ => write!(text, "v:{value},{registers} "),
        };
    }
    text.truncate(text.trim_end().len());
    text
}
