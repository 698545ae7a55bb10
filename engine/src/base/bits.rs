//! Strings as rows of bits: bit 0 is the highest of the first byte. Counting, searching, combining, and integers
//! of any width at any offset. What lies beyond the end of a string is zero.

/// The widest integer that [`read`] and [`write`] know.
pub const MOST_BITS: u32 = 64;

/// Bytes that hold an integer of [`MOST_BITS`] at any offset.
const WINDOW: usize = 9;

/// How many bits are set. O(n), eight bytes at a time.
pub fn count(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    // Sums of a block fit in 32 bits, which lets the compiler count several words at once.
    let blocks = words
        .chunks(4096)
        .map(|block| u64::from(block.iter().map(|word| u64::from_le_bytes(*word).count_ones()).sum::<u32>()));
    blocks.sum::<u64>() + rest.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>()
}

/// How many of the bits `first..=last` are set.
pub fn count_between(bytes: &[u8], first: u64, last: u64) -> u64 {
    let (Ok(start), Ok(end)) = (usize::try_from(first >> 3), usize::try_from(last >> 3)) else { return 0 };
    let Some(range) = bytes.get(start..=end.min(bytes.len().saturating_sub(1))) else { return 0 };
    let before = range.first().map_or(0, |byte| (byte & !from_bit(first)).count_ones());
    let after =
        if end < bytes.len() { range.last().map_or(0, |byte| (byte & !up_to_bit(last)).count_ones()) } else { 0 };
    count(range).saturating_sub(u64::from(before) + u64::from(after))
}

/// The position of the first of the bits `first..=last` that is set, or that is clear.
pub fn find(bytes: &[u8], wanted: bool, first: u64, last: u64) -> Option<u64> {
    let start = usize::try_from(first >> 3).ok()?;
    let end = usize::try_from(last >> 3).ok()?.min(bytes.len().checked_sub(1)?);
    // What cannot be the answer becomes its opposite.
    let flip = if wanted { 0 } else { 0xff };
    let masked = |at: usize, byte: u8| {
        let mut found = byte ^ flip;
        if at == start {
            found &= from_bit(first);
        }
        if at as u64 == last >> 3 {
            found &= up_to_bit(last);
        }
        found
    };
    let position = |at: usize, byte: u8| (at as u64) * 8 + u64::from(byte.leading_zeros());
    let range = bytes.get(start..=end)?;
    let (&first_byte, inner) = range.split_first()?;
    if masked(start, first_byte) != 0 {
        return Some(position(start, masked(start, first_byte)));
    }
    let (blocks, _) = inner.as_chunks::<64>();
    // Whole blocks at once, without a decision for each byte.
    let skipped =
        64 * blocks.iter().take_while(|block| block.iter().fold(0, |all, byte| all | (byte ^ flip)) == 0).count();
    let from = start + 1 + skipped;
    let found = bytes.get(from..=end)?.iter().zip(from..).map(|(&byte, at)| (at, masked(at, byte)));
    found.into_iter().find(|(_, byte)| *byte != 0).map(|(at, byte)| position(at, byte))
}

/// The bits of a byte from this one on.
fn from_bit(bit: u64) -> u8 {
    0xff >> (bit & 7)
}

/// The bits of a byte up to this one.
fn up_to_bit(bit: u64) -> u8 {
    0xff << (7 - (bit & 7))
}

/// The operations of `BITOP` on several strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    And,
    Or,
    Xor,
}

/// Combines `other`, which counts as followed by zeros, into `target`, which is at least as long.
pub fn combine(target: &mut [u8], other: &[u8], combination: Combination) {
    let pairs = target.iter_mut().zip(other);
    match combination {
        Combination::And => {
            pairs.for_each(|(byte, other)| *byte &= other);
            target.iter_mut().skip(other.len()).for_each(|byte| *byte = 0);
        }
        Combination::Or => pairs.for_each(|(byte, other)| *byte |= other),
        Combination::Xor => pairs.for_each(|(byte, other)| *byte ^= other),
    }
}

/// The bit at an offset.
pub fn get(bytes: &[u8], offset: u64) -> bool {
    let byte = usize::try_from(offset >> 3).ok().and_then(|at| bytes.get(at));
    byte.is_some_and(|byte| byte >> (7 - (offset & 7)) & 1 == 1)
}

/// Gives the bit at an offset a value; nothing beyond the end.
pub fn set(bytes: &mut [u8], offset: u64, value: bool) {
    if let Some(byte) = usize::try_from(offset >> 3).ok().and_then(|at| bytes.get_mut(at)) {
        let mask = 0x80 >> (offset & 7);
        *byte = if value { *byte | mask } else { *byte & !mask };
    }
}

/// The unsigned integer in `width` bits (1 to 64) from `offset` on.
pub fn read(bytes: &[u8], offset: u64, width: u32) -> u64 {
    let start = usize::try_from(offset >> 3).unwrap_or(usize::MAX);
    let mut window = [0; 16];
    let taken = bytes.get(start..).unwrap_or_default();
    window.iter_mut().take(WINDOW).zip(taken).for_each(|(byte, &taken)| *byte = taken);
    (u128::from_be_bytes(window) << (offset & 7) >> (128 - width.clamp(1, MOST_BITS))) as u64
}

/// Writes the lowest `width` bits (1 to 64) of `value` from `offset` on; what lies beyond the end is lost.
pub fn write(bytes: &mut [u8], offset: u64, width: u32, value: u64) {
    let start = usize::try_from(offset >> 3).unwrap_or(usize::MAX);
    let Some(room) = bytes.get_mut(start..) else { return };
    let width = width.clamp(1, MOST_BITS);
    let shift = 128 - width - (offset & 7) as u32;
    let mask = u128::from(u64::MAX >> (MOST_BITS - width)) << shift;
    let value = (u128::from(value) << shift) & mask;
    let written = value.to_be_bytes().into_iter().zip(mask.to_be_bytes()).take(WINDOW);
    room.iter_mut().zip(written).for_each(|(byte, (value, mask))| *byte = *byte & !mask | value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    fn bits(bytes: &[u8]) -> Vec<bool> {
        (0..bytes.len() as u64 * 8).map(|offset| bytes[(offset / 8) as usize] >> (7 - offset % 8) & 1 == 1).collect()
    }

    #[test]
    fn counts_and_finds_as_bit_by_bit() {
        let mut random = Random::new(1);
        for _ in 0..3000 {
            let filler = [0x00, 0xff][random.index(2)];
            let mut bytes = vec![filler; random.index(60)];
            for _ in 0..random.index(4) {
                if !bytes.is_empty() {
                    let at = random.index(bytes.len());
                    bytes[at] = random.next_u32() as u8;
                }
            }
            let naive = bits(&bytes);
            assert_eq!(count(&bytes), naive.iter().filter(|bit| **bit).count() as u64);
            if naive.is_empty() {
                assert_eq!((count_between(&bytes, 0, 7), find(&bytes, false, 0, 7)), (0, None));
                continue;
            }
            let (a, b) = (random.index(naive.len()), random.index(naive.len()));
            let (first, last) = (a.min(b), a.max(b));
            let (from, to) = (first as u64, last as u64);
            let ones = naive[first..=last].iter().filter(|bit| **bit).count();
            assert_eq!(count_between(&bytes, from, to), ones as u64, "{bytes:?} {first}..={last}");
            for wanted in [false, true] {
                let expected = naive[first..=last].iter().position(|&bit| bit == wanted).map(|at| (at + first) as u64);
                assert_eq!(find(&bytes, wanted, from, to), expected, "{bytes:?} {wanted} {first}..={last}");
            }
        }
        assert_eq!(count(&vec![0xff; 100_000]), 800_000);
    }

    #[test]
    fn reads_and_writes_integers_as_bit_by_bit() {
        let mut random = Random::new(2);
        for _ in 0..3000 {
            let mut bytes: Vec<u8> = (0..1 + random.index(20)).map(|_| random.next_u32() as u8).collect();
            let (offset, width) = (random.index(180), 1 + random.index(64));
            let mut naive = bits(&bytes);
            let bit = |at: usize| naive.get(at).copied().unwrap_or(false);
            let expected = (offset..offset + width).fold(0u64, |value, at| value << 1 | u64::from(bit(at)));
            assert_eq!(read(&bytes, offset as u64, width as u32), expected);
            let value = random.next_u64();
            for at in 0..width {
                if let Some(slot) = naive.get_mut(offset + at) {
                    *slot = value >> (width - 1 - at) & 1 == 1;
                }
            }
            write(&mut bytes, offset as u64, width as u32, value);
            assert_eq!(bits(&bytes), naive, "offset {offset} width {width}");
            let (offset, value) = (random.index(180) as u64, random.below(2) == 1);
            set(&mut bytes, offset, value);
            assert_eq!(get(&bytes, offset), value && (offset as usize) < bytes.len() * 8);
        }
        assert!(!get(b"\xff", u64::MAX));
        assert_eq!(read(b"\xff", u64::MAX, 64), 0);
        write(&mut [0xff], u64::MAX, 64, 0);
    }

    #[test]
    fn combines_strings_of_any_length() {
        let check = |combination, expected: &[u8]| {
            let mut target = *b"\xf0\x0f\xff";
            combine(&mut target, b"\x3c\x3c", combination);
            assert_eq!(target, expected);
        };
        check(Combination::And, b"\x30\x0c\x00");
        check(Combination::Or, b"\xfc\x3f\xff");
        check(Combination::Xor, b"\xcc\x33\xff");
    }
}
