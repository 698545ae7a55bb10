//! HyperLogLog: an estimate of how many different elements were added, in at most 12 KB, as Redis lays it out in a
//! string: a header of 16 bytes and 16384 registers of 6 bits, either as runs (sparse) or packed (dense).
//!
//! The header is `HYLL`, the encoding (0 dense, 1 sparse), three unused bytes, and the last estimate in eight bytes;
//! the highest bit of the last one says that it is out of date. Flajolet et al. 2007; the estimate is Ertl's, "New
//! cardinality estimation algorithms for HyperLogLog sketches", 2017.
//!
//! Such a string may come from anywhere, so what it holds is checked wherever it is read.

mod dense;
mod estimate;
mod sparse;
#[cfg(test)]
mod tests;

use super::Corrupt;
use crate::base::murmur::murmur64a;

/// How many registers there are; an element's hash chooses one of them.
pub const REGISTERS: usize = 1 << INDEX_BITS;
const INDEX_BITS: u32 = 14;
/// Bits of the hash whose trailing zeros are counted.
const RANK_BITS: u32 = 64 - INDEX_BITS;
const HASH_SEED: u64 = 0xadc8_3b19;

/// Bytes before the registers.
pub const HEADER: usize = 16;
const MAGIC: &[u8; 4] = b"HYLL";
const ENCODING_AT: usize = 4;
const ESTIMATE_AT: usize = 8;
/// In the last byte of the header: the estimate is out of date.
const OUTDATED: u8 = 0x80;

const DENSE: u8 = 0;
const SPARSE: u8 = 1;

/// The values of all registers.
pub type Registers = [u8; REGISTERS];

/// One without elements, sparse.
pub fn new() -> Vec<u8> {
    let mut text = MAGIC.to_vec();
    text.resize(HEADER, 0);
    if let Some(encoding) = text.get_mut(ENCODING_AT) {
        *encoding = SPARSE;
    }
    sparse::push_zeros(&mut text, REGISTERS);
    text
}

/// Whether a string is a HyperLogLog, as far as its header and length tell.
pub fn is_valid(text: &[u8]) -> bool {
    let dense = HEADER + dense::BYTES;
    text.len() >= HEADER
        && text.starts_with(MAGIC)
        && match text.get(ENCODING_AT) {
            Some(&DENSE) => text.len() == dense,
            Some(&SPARSE) => true,
            _ => false,
        }
}

/// Whether the registers are kept as runs.
pub fn is_sparse(text: &[u8]) -> bool {
    text.get(ENCODING_AT) == Some(&SPARSE)
}

/// Adds an element; whether the registers changed. A sparse one of more than `most_sparse` bytes becomes dense.
///
/// # Errors
/// When the runs do not cover the registers.
pub fn add(text: &mut Vec<u8>, element: &[u8], most_sparse: usize) -> Result<bool, Corrupt> {
    let (register, rank) = place(element);
    raise(text, register, rank, most_sparse)
}

/// The register that an element goes to, and the value that this register has at least then.
fn place(element: &[u8]) -> (usize, u8) {
    let hash = murmur64a(element, HASH_SEED);
    let rank = (hash >> INDEX_BITS | 1 << RANK_BITS).trailing_zeros() + 1;
    (hash as usize & (REGISTERS - 1), rank as u8)
}

/// Makes a register at least `value`; whether it was less.
///
/// # Errors
/// When the runs do not cover the registers.
pub fn raise(text: &mut Vec<u8>, register: usize, value: u8, most_sparse: usize) -> Result<bool, Corrupt> {
    if !is_sparse(text) {
        return Ok(dense::raise(text.get_mut(HEADER..).unwrap_or_default(), register, value));
    }
    match sparse::raise(text, register, value, most_sparse)? {
        sparse::Raised::No => Ok(false),
        sparse::Raised::Yes => Ok(true),
        sparse::Raised::TooBig => {
            make_dense(text)?;
            Ok(dense::raise(text.get_mut(HEADER..).unwrap_or_default(), register, value))
        }
    }
}

/// Packs the registers; whether they were runs before.
///
/// # Errors
/// When the runs do not cover the registers.
pub fn make_dense(text: &mut Vec<u8>) -> Result<bool, Corrupt> {
    if !is_sparse(text) {
        return Ok(false);
    }
    let mut registers = [0; REGISTERS];
    merge(&mut registers, text)?;
    text.truncate(HEADER);
    if let Some(encoding) = text.get_mut(ENCODING_AT) {
        *encoding = DENSE;
    }
    dense::push(text, &registers);
    Ok(true)
}

/// Makes a dense one's registers these.
pub fn set_dense(text: &mut Vec<u8>, registers: &Registers) {
    text.truncate(HEADER);
    dense::push(text, registers);
}

/// Makes each of the registers at least what it is in `text`.
///
/// # Errors
/// When the runs do not cover the registers.
pub fn merge(registers: &mut Registers, text: &[u8]) -> Result<(), Corrupt> {
    let body = text.get(HEADER..).unwrap_or_default();
    if is_sparse(text) {
        return sparse::merge(registers, body);
    }
    dense::merge(registers, body);
    Ok(())
}

/// The estimate from the header, unless it is out of date.
pub fn last_estimate(text: &[u8]) -> Option<u64> {
    let bytes = text.get(ESTIMATE_AT..HEADER)?.first_chunk::<8>()?;
    let [.., last] = bytes;
    (last & OUTDATED == 0).then_some(u64::from_le_bytes(*bytes))
}

/// Puts an estimate into the header.
pub fn keep_estimate(text: &mut [u8], estimate: u64) {
    if let Some(room) = text.get_mut(ESTIMATE_AT..HEADER) {
        room.copy_from_slice(&estimate.to_le_bytes());
    }
}

/// Marks the estimate in the header as out of date.
pub fn outdate(text: &mut [u8]) {
    if let Some(last) = text.get_mut(HEADER - 1) {
        *last |= OUTDATED;
    }
}

/// How many different elements were added, about.
///
/// # Errors
/// When the runs do not cover the registers.
pub fn estimate(text: &[u8]) -> Result<u64, Corrupt> {
    let body = text.get(HEADER..).unwrap_or_default();
    let histogram = if is_sparse(text) { sparse::histogram(body)? } else { dense::histogram(body) };
    Ok(estimate::of_histogram(&histogram))
}

/// [`estimate`] of registers that were merged.
pub fn estimate_of(registers: &Registers) -> u64 {
    let mut histogram = [0; 64];
    for &value in registers {
        if let Some(count) = histogram.get_mut(usize::from(value)) {
            *count += 1;
        }
    }
    estimate::of_histogram(&histogram)
}

/// A run of registers with one value, as a sparse one is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where it is written, in bytes from the beginning of the string.
    pub at: usize,
    /// In how many bytes.
    pub bytes: usize,
    /// The first register.
    pub first: usize,
    /// How many there are.
    pub registers: usize,
    /// What each of them is.
    pub value: u8,
}

/// The runs of a sparse one with the places where they are written.
pub fn stretches(text: &[u8]) -> impl Iterator<Item = Stretch> {
    let (mut at, mut first) = (HEADER, 0);
    sparse::runs(text.get(HEADER..).unwrap_or_default()).map(move |run| {
        let stretch = Stretch { at, bytes: run.bytes, first, registers: run.registers, value: run.value };
        at += run.bytes;
        first += run.registers;
        stretch
    })
}

/// Three bytes of a dense one and the four registers in them; the groups are counted from 0.
pub fn dense_group(text: &[u8], group: usize) -> Option<([u8; 3], [u8; 4])> {
    let bytes = *text.get(HEADER..)?.as_chunks::<3>().0.get(group)?;
    Some((bytes, dense::unpack(bytes)))
}

/// The runs of a sparse one: `z:5` and `Z:500` zeros, `v:2,3` three registers of value 2.
pub fn runs(text: &[u8]) -> String {
    sparse::show(text.get(HEADER..).unwrap_or_default())
}
