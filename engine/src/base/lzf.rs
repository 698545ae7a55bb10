//! The LZF format of liblzf (Marc Lehmann), which RDB files and compressed list nodes hold.
//!
//! A control byte below 32 starts `control + 1` literal bytes. Any other names a copy from what is already
//! there: three bits of length (7: a further length byte follows), 13 bits of distance minus 1, length minus 2.
//! [`compress`] takes the same copies as liblzf does in Redis, so that a value has the same payload there and here.

/// The farthest a copy reaches back.
const MAX_DISTANCE: usize = 1 << 13;
/// The longest copy.
const MAX_COPY: usize = 7 + 255 + 2;
/// The most literals behind one control byte.
const MAX_LITERALS: usize = 32;
/// Output bytes that one input byte can stand for at most: three bytes make the longest copy.
const MAX_EXPANSION: usize = MAX_COPY / 3;

const SLOTS: usize = 1 << 16;

/// Compresses `input`, unless the result would be longer than `max_bytes`.
pub fn compress(input: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
    Compressor::default().compress(input, max_bytes)
}

/// A compressor that keeps its table between inputs. The result depends on the input alone.
#[derive(Clone, Debug, Default)]
pub struct Compressor {
    /// For each hash of three bytes where they were last seen, counted over all long inputs so far: older entries
    /// than this input's first count as none, so that the table need not be cleared.
    last_seen: Vec<u32>,
    /// Where this input begins in that count.
    start: u32,
    /// The same for a short input, which does not need a table of 256 KB: hash and place plus one of each, found by
    /// linear probing. Empty while the input is long.
    few_seen: Vec<(u16, u16)>,
}

/// Inputs up to this length are short.
const SHORT: usize = 1024;

impl Compressor {
    /// As the function [`compress`].
    pub fn compress(&mut self, input: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
        let length = u32::try_from(input.len()).ok()?;
        if input.is_empty() || max_bytes == 0 {
            return None;
        }
        self.few_seen.clear();
        if input.len() <= SHORT {
            // Half of it is used at most.
            self.few_seen.resize((2 * input.len()).next_power_of_two(), (0, 0));
            return self.run(input, max_bytes);
        }
        match self.start.checked_add(length) {
            Some(_) if !self.last_seen.is_empty() => {}
            _ => {
                self.last_seen.clear();
                self.last_seen.resize(SLOTS, 0);
                self.start = 1;
            }
        }
        let result = self.run(input, max_bytes);
        self.start = self.start.saturating_add(length);
        result
    }

    fn run(&mut self, input: &[u8], max_bytes: usize) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(max_bytes.min(input.len()).saturating_add(4));
        // Literals since the last copy, whose control byte stands before them already.
        let mut literals = 0;
        out.push(0);
        let mut position = 0;
        // The last two bytes begin no copy.
        let end = input.len().saturating_sub(2);
        while position < end {
            let copy = self.exchange(input, position).and_then(|start| {
                let distance = position - start;
                let same = input.get(start..start + 3)? == input.get(position..position + 3)?;
                // Nothing is copied from the very first byte, which liblzf cannot tell from none.
                (start > 0 && distance <= MAX_DISTANCE && same).then_some(distance)
            });
            let Some(distance) = copy else {
                if out.len() >= max_bytes {
                    return None;
                }
                push_literal(&mut out, &mut literals, input.get(position).copied()?);
                position += 1;
                continue;
            };
            // Room for the copy and the next control byte, when the present one may be unused.
            if out.len() + 4 - usize::from(literals == 0) >= max_bytes {
                return None;
            }
            end_literals(&mut out, literals);
            let length = copy_length(input, position - distance, position);
            write_copy(&mut out, distance, length);
            (literals, position) = (0, position + length);
            out.push(0);
            if position >= end {
                break;
            }
            // Of what was copied, only the last two places are remembered.
            self.exchange(input, position - 2);
            self.exchange(input, position - 1);
        }
        if out.len() + 3 > max_bytes {
            return None;
        }
        for &byte in input.get(position..)? {
            push_literal(&mut out, &mut literals, byte);
        }
        end_literals(&mut out, literals);
        Some(out)
    }

    /// Remembers a place for the three bytes that stand there, and tells where they, or others with their hash,
    /// were last.
    fn exchange(&mut self, input: &[u8], position: usize) -> Option<usize> {
        let [a, b, c] = *input.get(position..)?.first_chunk::<3>()?;
        let hash = u16::from_be_bytes([a, b]).wrapping_sub(u16::from_be_bytes([b, c]).wrapping_mul(5));
        if !self.few_seen.is_empty() {
            return self.exchange_few(hash, position);
        }
        let slot = self.last_seen.get_mut(usize::from(hash))?;
        let before = core::mem::replace(slot, self.start.wrapping_add(position as u32));
        before.checked_sub(self.start).map(|start| start as usize)
    }
}

impl Compressor {
    fn exchange_few(&mut self, hash: u16, position: usize) -> Option<usize> {
        let mask = self.few_seen.len() - 1;
        let mut at = usize::from(hash) & mask;
        loop {
            let slot = self.few_seen.get_mut(at)?;
            let (seen, place) = *slot;
            if place == 0 || seen == hash {
                *slot = (hash, position as u16 + 1);
                return usize::from(place).checked_sub(1);
            }
            at = (at + 1) & mask;
        }
    }
}

/// How many bytes from `start` on stand at `position` again, at least three. As in liblzf up to 16 bytes after the
/// first two are compared without regard to the end of the input's last two bytes, which are left otherwise.
fn copy_length(input: &[u8], start: usize, position: usize) -> usize {
    const UNROLLED: usize = 16;
    let same = |length: usize| {
        let (old, new) = (input.get(start + length), input.get(position + length));
        new.is_some() && old == new
    };
    let most = (input.len() - position - 2).min(MAX_COPY);
    let mut length = 2;
    if most > UNROLLED {
        for _ in 0..UNROLLED {
            length += 1;
            if !same(length) {
                return length;
            }
        }
    }
    loop {
        length += 1;
        if length >= most || !same(length) {
            return length;
        }
    }
}

fn push_literal(out: &mut Vec<u8>, literals: &mut usize, byte: u8) {
    out.push(byte);
    *literals += 1;
    if *literals == MAX_LITERALS {
        end_literals(out, MAX_LITERALS);
        out.push(0);
        *literals = 0;
    }
}

/// Writes the control byte before the literals, or takes it away when there are none.
fn end_literals(out: &mut Vec<u8>, literals: usize) {
    if literals == 0 {
        out.pop();
    } else if let Some(control) = out.len().checked_sub(literals + 1).and_then(|at| out.get_mut(at)) {
        *control = (literals - 1) as u8;
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
        // As liblzf asks, there must be room for a little more.
        assert_eq!(compress(input, compressed.len() + 5).as_ref(), Some(&compressed));
        assert!(compress(input, compressed.len() - 1).is_none());
        assert!(decompress(&compressed, input.len() - 1).is_none());
        assert!(decompress(&compressed, input.len() + 1).is_none());
        assert!(decompress(&compressed[..compressed.len() - 1], input.len()).is_none());
        compressed.len()
    }

    #[test]
    fn restores_what_it_compressed() {
        assert_eq!(compress(b"", 100), None);
        check(b"a");
        check(b"ab");
        assert!(check(&[b'a'; 1000]) < 20);
        assert!(check(b"abcabcabcabcabcabcabcabc") < 12);
        let mut random = Random::new(2);
        let mut compressor = Compressor::default();
        for round in 0..400 {
            let letters = 1 + random.below(if round % 3 == 0 { 256 } else { 3 });
            let input: Vec<u8> = (0..1 + random.below(20_000)).map(|_| random.below(letters) as u8).collect();
            check(&input);
            assert_eq!(compressor.compress(&input, usize::MAX), compress(&input, usize::MAX));
        }
    }

    /// Strings compressed by liblzf, taken from a real server's `DUMP`.
    #[test]
    fn compresses_as_liblzf_does() {
        let check = |compressed: &[u8], input: &[u8]| {
            assert_eq!(decompress(compressed, input.len()).as_deref(), Some(input));
            assert_eq!(compress(input, input.len() - 4).as_deref(), Some(compressed));
        };
        check(&[1, 97, 97, 224, 255, 0, 224, 23, 0, 1, 97, 97], &b"a".repeat(300));
        check(b"\x15the quick brown fox; t\xe0\xdb\x14\x01; ", &b"the quick brown fox; ".repeat(12));
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
