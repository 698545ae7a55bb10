//! The LZF format of liblzf, which RDB files and compressed list nodes hold.
//!
//! A control byte below 32 starts `control + 1` literal bytes. Any other names a copy from what is already
//! there: three bits of length (7: a further length byte follows), 13 bits of distance minus 1, length minus 2.
//! What [`compress`] writes every LZF reader reads, but it is not byte for byte what liblzf writes.

/// The farthest a copy reaches back.
const MAX_DISTANCE: usize = 1 << 13;
/// The longest copy.
const MAX_COPY: usize = 7 + 255 + 2;
/// The most literals behind one control byte.
const MAX_LITERALS: usize = 32;
/// Output bytes that one input byte can stand for at most: three bytes make the longest copy.
const MAX_EXPANSION: usize = MAX_COPY / 3;

/// Compresses `input`, unless the result would be longer than `max_bytes`.
pub fn compress(input: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    Compressor::default().compress(input, max_bytes)
}

/// A compressor that keeps its table between inputs. The result depends on the input alone.
#[derive(Clone, Debug, Default)]
pub struct Compressor {
    /// For each hash of three bytes the last position they were seen at, plus one.
    last_seen: Vec<u32>,
}

impl Compressor {
    /// As the function [`compress`].
    pub fn compress(&mut self, input: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
        // In step with the input, so that clearing it for a short one costs little.
        let slots = input.len().next_power_of_two().clamp(64, 1 << 14);
        self.last_seen.clear();
        self.last_seen.resize(slots, 0);
        let mut out = Vec::with_capacity(max_bytes.min(input.len()));
        let mut position = 0;
        let mut literals_from = 0;
        while let Some(&[a, b, c]) = input.get(position..).and_then(|rest| rest.first_chunk::<3>()) {
            let hash = u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9e37_79b1) >> 18;
            let candidate = match self.last_seen.get_mut(hash as usize & (slots - 1)) {
                Some(slot) => core::mem::replace(slot, (position as u32).wrapping_add(1)),
                None => 0,
            };
            match copy_length(input, position, candidate as usize) {
                Some((distance, length)) => {
                    write_literals(&mut out, input.get(literals_from..position)?);
                    write_copy(&mut out, distance, length);
                    position += length;
                    literals_from = position;
                }
                None => position += 1,
            }
            if out.len() > max_bytes {
                return None;
            }
        }
        write_literals(&mut out, input.get(literals_from..)?);
        (out.len() <= max_bytes).then_some(out)
    }
}

/// Distance and length of a copy from `candidate - 1`, when one of at least three bytes is possible.
fn copy_length(input: &[u8], position: usize, candidate: usize) -> Option<(usize, usize)> {
    let start = candidate.checked_sub(1)?;
    let distance = position.checked_sub(start).filter(|distance| (1..=MAX_DISTANCE).contains(distance))?;
    let (old, new) = (input.get(start..)?, input.get(position..)?);
    let length = new.iter().zip(old).take(MAX_COPY).take_while(|(new, old)| new == old).count();
    (length >= 3).then_some((distance, length))
}

fn write_literals(out: &mut Vec<u8>, literals: &[u8]) {
    for run in literals.chunks(MAX_LITERALS) {
        out.push((run.len() - 1) as u8);
        out.extend_from_slice(run);
    }
}

fn write_copy(out: &mut Vec<u8>, distance: usize, length: usize) {
    let (distance, length) = (distance - 1, length - 2);
    let high = (distance >> 8) as u8;
    if length < 7 {
        out.push((length as u8) << 5 | high);
    } else {
        out.push(7 << 5 | high);
        out.push((length - 7) as u8);
    }
    out.push(distance as u8);
}

/// Restores exactly `length` bytes. `None` for input that is cut off, reaches back before its start, or holds
/// more or less than that; also for more than there is memory for.
pub fn decompress(input: &[u8], length: usize) -> Option<Vec<u8>> {
    if length > input.len().saturating_mul(MAX_EXPANSION) {
        return None;
    }
    let mut out = Vec::new();
    // What a damaged file claims may be more than there is.
    out.try_reserve_exact(length).ok()?;
    let mut input = input;
    while let Some((&control, rest)) = input.split_first() {
        if control < 32 {
            let (literals, rest) = rest.split_at_checked(usize::from(control) + 1)?;
            if literals.len() > length - out.len() {
                return None;
            }
            out.extend_from_slice(literals);
            input = rest;
            continue;
        }
        let (extra, rest) = if control >> 5 == 7 { rest.split_first()? } else { (&0, rest) };
        let (&low, rest) = rest.split_first()?;
        let distance = (usize::from(control & 31) << 8 | usize::from(low)) + 1;
        let count = usize::from(control >> 5) + usize::from(*extra) + 2;
        if count > length - out.len() {
            return None;
        }
        copy_within(&mut out, distance, count)?;
        input = rest;
    }
    (out.len() == length).then_some(out)
}

/// Appends `count` bytes from `distance` back; where they overlap the end, what was just written repeats.
fn copy_within(out: &mut Vec<u8>, distance: usize, mut count: usize) -> Option<()> {
    let start = out.len().checked_sub(distance)?;
    while count > 0 {
        let step = count.min(out.len() - start);
        out.extend_from_within(start..start + step);
        count -= step;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    fn check(input: &[u8]) -> usize {
        let compressed = compress(input, usize::MAX).unwrap();
        assert_eq!(decompress(&compressed, input.len()).unwrap(), input);
        assert_eq!(compress(input, compressed.len()).as_ref(), Some(&compressed));
        assert!(compressed.is_empty() || compress(input, compressed.len() - 1).is_none());
        if !input.is_empty() {
            assert!(decompress(&compressed, input.len() - 1).is_none());
            assert!(decompress(&compressed, input.len() + 1).is_none());
            assert!(decompress(&compressed[..compressed.len() - 1], input.len()).is_none());
        }
        compressed.len()
    }

    #[test]
    fn restores_what_it_compressed() {
        check(b"");
        check(b"a");
        check(b"ab");
        assert!(check(&[b'a'; 1000]) < 20);
        assert!(check(b"abcabcabcabcabcabcabcabc") < 10);
        let mut random = Random::new(2);
        let mut compressor = Compressor::default();
        for round in 0..400 {
            let letters = 1 + random.below(if round % 3 == 0 { 256 } else { 3 });
            let input: Vec<u8> = (0..random.below(20_000)).map(|_| random.below(letters) as u8).collect();
            check(&input);
            assert_eq!(compressor.compress(&input, usize::MAX), compress(&input, usize::MAX));
        }
    }

    /// Strings compressed by liblzf, taken from a real server's `DUMP`.
    #[test]
    fn restores_what_liblzf_compressed() {
        assert_eq!(decompress(&[1, 97, 97, 224, 255, 0, 224, 23, 0, 1, 97, 97], 300).unwrap(), b"a".repeat(300));
        assert_eq!(
            decompress(
                &[
                    21, 116, 104, 101, 32, 113, 117, 105, 99, 107, 32, 98, 114, 111, 119, 110, 32, 102, 111, 120, 59,
                    32, 116, 224, 219, 20, 1, 59, 32
                ],
                252
            )
            .unwrap(),
            b"the quick brown fox; ".repeat(12)
        );
    }

    #[test]
    fn hostile_input_is_refused() {
        assert!(decompress(&[0x20, 0], 3).is_none(), "nothing to copy from");
        assert!(decompress(&[0, b'a', 0xe0, 255], 300).is_none(), "cut off");
        assert!(decompress(&[0xff; 10], usize::MAX).is_none());
        let mut random = Random::new(3);
        for _ in 0..20_000 {
            let input: Vec<u8> = (0..random.below(40)).map(|_| random.next_u32() as u8).collect();
            let length = random.index(400);
            if let Some(out) = decompress(&input, length) {
                assert_eq!(out.len(), length);
            }
        }
    }
}
