//! The zipmap: what Redis before 2.6 wrote to RDB files for small hashes. Read only.
//!
//! ```text
//! fields (1 byte, 254 and 255 = not known)   length field length unused value unused-bytes ...   FF
//! ```
//!
//! A length is one byte, or `FE` and four (LE); `unused` is one byte that tells how many bytes stand behind the
//! value without meaning.

use super::listpack::Corrupt;

const END: u8 = 0xff;
/// From here on the count in the header does not tell the number of fields.
const UNKNOWN: u8 = 254;

/// A zipmap whose every byte was checked.
#[derive(Clone, Copy, Debug)]
pub struct Zipmap<'a> {
    pairs: &'a [u8],
    len: usize,
}

impl<'a> Zipmap<'a> {
    /// A zipmap from bytes of unknown origin: every pair and the count are checked.
    pub fn new(bytes: &'a [u8]) -> Result<Zipmap<'a>, Corrupt> {
        let (&told, rest) = bytes.split_first().ok_or(Corrupt)?;
        let (&end, pairs) = rest.split_last().ok_or(Corrupt)?;
        let (mut rest, mut len) = (pairs, 0);
        while !rest.is_empty() {
            (_, _, rest) = decode(rest).ok_or(Corrupt)?;
            len += 1;
        }
        if end != END || (told < UNKNOWN && usize::from(told) != len) {
            return Err(Corrupt);
        }
        Ok(Zipmap { pairs, len })
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The fields with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let mut rest = self.pairs;
        core::iter::from_fn(move || {
            let (field, value, behind) = decode(rest)?;
            rest = behind;
            Some((field, value))
        })
    }
}

/// The first field, its value and what is behind them.
fn decode(pairs: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (len, rest) = length(pairs)?;
    let (field, rest) = rest.split_at_checked(len)?;
    let (len, rest) = length(rest)?;
    let (&unused, rest) = rest.split_first()?;
    let (value, rest) = rest.split_at_checked(len)?;
    Some((field, value, rest.get(usize::from(unused)..)?))
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes.split_first()? {
        (&END, _) => None,
        (&254, rest) => {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            Some((u32::from_le_bytes(*length) as usize, rest))
        }
        (&length, rest) => Some((usize::from(length), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    const GOOD: &[u8] = b"\x03\x03foo\x03\x00bar\x05hello\x05\x02world..\x01k\xfe\x04\x00\x00\x00\x01long.\xff";

    #[test]
    fn reads_fields_and_values() {
        let map = Zipmap::new(GOOD).unwrap();
        let pairs: Vec<_> = map.iter().collect();
        assert_eq!(pairs, [(&b"foo"[..], &b"bar"[..]), (b"hello", b"world"), (b"k", b"long")]);
        assert_eq!(map.len(), 3);
        assert!(Zipmap::new(b"\x00\xff").unwrap().is_empty());
        // The count may be unknown, but not wrong.
        let with_count = |count| Zipmap::new(&[&[count], &GOOD[1..]].concat()).map(|map| map.len());
        assert_eq!((with_count(254), with_count(2)), (Ok(3), Err(Corrupt)));
    }

    #[test]
    fn hostile_bytes_are_refused_and_never_panic() {
        for at in 0..GOOD.len() {
            assert!(Zipmap::new(&GOOD[..at]).is_err());
        }
        let mut random = Random::new(1);
        let mut accepted = 0;
        for _ in 0..100_000 {
            let mut bytes = GOOD.to_vec();
            let at = random.index(bytes.len());
            bytes[at] = random.next_u32() as u8;
            if let Ok(map) = Zipmap::new(&bytes) {
                accepted += 1;
                assert_eq!(map.iter().count(), map.len());
            }
        }
        assert!((1..80_000).contains(&accepted), "{accepted}");
    }
}
