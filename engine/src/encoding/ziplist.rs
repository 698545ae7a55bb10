//! The ziplist: what Redis 2.4 to 6.2 wrote to RDB files where newer versions write a listpack. Read only.
//!
//! ```text
//! total bytes (u32 LE)   offset of the last entry (u32 LE)   entries (u16 LE, 65535 = not known)   entry ...   FF
//! ```
//!
//! An entry begins with the length of the one before it: one byte, or `FE` and four (LE). Then comes what it is:
//!
//! | first byte | content |
//! |---|---|
//! | `00xxxxxx` | a string of up to 63 bytes |
//! | `01xxxxxx` + 1 byte | a string of up to 16383 bytes, its length big-endian |
//! | `10......` + 4 bytes | a string, its length big-endian |
//! | `C0` `D0` `E0` `F0` `FE` | an integer of 2, 4, 8, 3 or 1 bytes, little-endian |
//! | `F1` to `FD` | the integer 0 to 12 itself |
//! | `FF` | the end |

use super::element::Element;
use super::listpack::{Corrupt, Listpack};

const HEADER: usize = 10;
const END: u8 = 0xff;
/// The count in the header for more entries than it can tell.
const UNKNOWN: usize = u16::MAX as usize;

/// A ziplist whose every byte was checked.
#[derive(Clone, Copy, Debug)]
pub struct Ziplist<'a> {
    entries: &'a [u8],
    len: usize,
}

impl<'a> Ziplist<'a> {
    /// A ziplist from bytes of unknown origin: header, every entry and its lengths are checked.
    pub fn new(bytes: &'a [u8]) -> Result<Ziplist<'a>, Corrupt> {
        let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(Corrupt)?;
        let [b0, b1, b2, b3, t0, t1, t2, t3, c0, c1] = *header;
        let (&end, entries) = rest.split_last().ok_or(Corrupt)?;
        if u32::from_le_bytes([b0, b1, b2, b3]) as usize != bytes.len() || end != END {
            return Err(Corrupt);
        }
        let (mut at, mut last, mut len) = (0, 0, 0);
        while at < entries.len() {
            let entry = decode(entries.get(at..).unwrap_or_default()).ok_or(Corrupt)?;
            if entry.previous_bytes != at - last {
                return Err(Corrupt);
            }
            last = at;
            at += entry.bytes;
            len += 1;
        }
        let told = usize::from(u16::from_le_bytes([c0, c1]));
        let tail = u32::from_le_bytes([t0, t1, t2, t3]) as usize;
        if tail != HEADER + last || (told != UNKNOWN && told != len) {
            return Err(Corrupt);
        }
        Ok(Ziplist { entries, len })
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entries from first to last.
    pub fn iter(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut rest = self.entries;
        core::iter::from_fn(move || {
            let entry = decode(rest)?;
            rest = rest.get(entry.bytes..)?;
            Some(entry.element)
        })
    }

    /// The same entries as a listpack.
    pub fn to_listpack(&self) -> Listpack {
        let mut listpack = Listpack::with_capacity(self.entries.len());
        self.iter().for_each(|element| listpack.push_back(element));
        listpack.shrink_to_fit();
        listpack
    }
}

struct Entry<'a> {
    element: Element<'a>,
    /// How long the entry before it should be.
    previous_bytes: usize,
    bytes: usize,
}

/// The first entry of `entries`.
fn decode(entries: &[u8]) -> Option<Entry<'_>> {
    let (previous_bytes, rest) = match entries.split_first()? {
        (0xfe, rest) => {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        (&END, _) => return None,
        (&length, rest) => (usize::from(length), rest),
    };
    let (&first, rest) = rest.split_first()?;
    let (element, behind) = match first {
        0x00..=0x3f => string(rest, usize::from(first))?,
        0x40..=0x7f => {
            let (&low, rest) = rest.split_first()?;
            string(rest, usize::from(u16::from_be_bytes([first & 0x3f, low])))?
        }
        0x80..=0xbf => {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            string(rest, u32::from_be_bytes(*length) as usize)?
        }
        0xc0 => {
            let (bytes, rest) = rest.split_first_chunk::<2>()?;
            (Element::Int(i64::from(i16::from_le_bytes(*bytes))), rest)
        }
        0xd0 => {
            let (bytes, rest) = rest.split_first_chunk::<4>()?;
            (Element::Int(i64::from(i32::from_le_bytes(*bytes))), rest)
        }
        0xe0 => {
            let (bytes, rest) = rest.split_first_chunk::<8>()?;
            (Element::Int(i64::from_le_bytes(*bytes)), rest)
        }
        0xf0 => {
            let (&[b0, b1, b2], rest) = rest.split_first_chunk::<3>()?;
            (Element::Int(i64::from(i32::from_le_bytes([0, b0, b1, b2]) >> 8)), rest)
        }
        0xfe => {
            let (&byte, rest) = rest.split_first()?;
            (Element::Int(i64::from(i8::from_le_bytes([byte]))), rest)
        }
        0xf1..=0xfd => (Element::Int(i64::from(first) - 0xf1), rest),
        _ => return None,
    };
    Some(Entry { element, previous_bytes, bytes: entries.len() - behind.len() })
}

fn string(rest: &[u8], len: usize) -> Option<(Element<'_>, &[u8])> {
    let (text, rest) = rest.split_at_checked(len)?;
    Some((Element::Bytes(text), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    /// A ziplist of `contents`, each an entry without the length before it.
    fn ziplist(contents: &[Vec<u8>]) -> Vec<u8> {
        let (mut bytes, mut previous, mut tail) = (vec![0; HEADER], 0usize, HEADER);
        for content in contents {
            tail = bytes.len();
            if previous < 254 {
                bytes.push(previous as u8);
            } else {
                bytes.push(254);
                bytes.extend((previous as u32).to_le_bytes());
            }
            bytes.extend(content);
            previous = bytes.len() - tail;
        }
        bytes.push(END);
        let total = bytes.len() as u32;
        bytes[..4].copy_from_slice(&total.to_le_bytes());
        bytes[4..8].copy_from_slice(&(tail as u32).to_le_bytes());
        bytes[8..10].copy_from_slice(&(contents.len() as u16).to_le_bytes());
        bytes
    }

    fn all_kinds() -> (Vec<Vec<u8>>, Vec<String>) {
        let text = |head: &[u8], len: usize| [head, &vec![b'x'; len]].concat();
        let contents = vec![
            text(&[0], 0),
            text(&[63], 63),
            text(&[0x40, 64], 64),
            text(&[0x7f, 0xff], 16_383),
            text(&[0x80, 0, 0, 0x40, 0], 16_384),
            vec![0xf1],
            vec![0xfd],
            vec![0xfe, 13],
            vec![0xfe, 0x80],
            vec![0xc0, 0, 0x80],
            vec![0xf0, 0xff, 0xff, 0x7f],
            vec![0xf0, 0, 0, 0x80],
            vec![0xd0, 0, 0, 0, 0x80],
            vec![0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80],
        ];
        let strings = [0, 63, 64, 16_383, 16_384].map(|len| "x".repeat(len));
        let numbers: [i64; 9] = [0, 12, 13, -128, -32_768, 8_388_607, -8_388_608, -2_147_483_648, i64::MIN];
        (contents, strings.into_iter().chain(numbers.map(|number| number.to_string())).collect())
    }

    #[test]
    fn reads_every_kind_of_entry() {
        let (contents, expected) = all_kinds();
        let bytes = ziplist(&contents);
        let list = Ziplist::new(&bytes).unwrap();
        let texts: Vec<_> = list.iter().map(|element| String::from_utf8(element.to_vec()).unwrap()).collect();
        assert_eq!((texts, list.len()), (expected.clone(), contents.len()));
        let listpack = list.to_listpack();
        assert!(listpack.iter().map(Element::to_vec).eq(expected.into_iter().map(String::into_bytes)));
        assert!(Ziplist::new(&ziplist(&[])).unwrap().is_empty());
    }

    #[test]
    fn hostile_bytes_are_refused_and_never_panic() {
        let (contents, _) = all_kinds();
        let good = ziplist(&[&contents[..2], &contents[5..]].concat());
        for at in 0..good.len() {
            assert!(Ziplist::new(&good[..at]).is_err());
        }
        let mut random = Random::new(1);
        let mut accepted = 0;
        for _ in 0..100_000 {
            let mut bytes = good.clone();
            for _ in 0..=random.index(2) {
                let at = random.index(bytes.len());
                bytes[at] = random.next_u32() as u8;
            }
            if let Ok(list) = Ziplist::new(&bytes) {
                accepted += 1;
                assert_eq!(list.iter().count(), list.len());
            }
        }
        // What was changed were mostly texts.
        assert!((1..80_000).contains(&accepted), "{accepted}");
    }
}
