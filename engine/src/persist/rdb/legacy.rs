//! The compact encodings of Redis before 7.0, read into plain elements: the ziplist (2.0 to 6.2) and the
//! zipmap (hashes of 2.0 to 2.4). Nothing here writes them.

use super::error::LoadError;
use super::source::Source;
use crate::base::numbers;

/// An element as it stood, or the text of an integer.
pub type Elements = Vec<Vec<u8>>;

/// The elements of a ziplist: `total bytes (u32), offset of the last entry (u32), count (u16), entries, 0xff`.
/// An entry is `length of the previous one, encoding, data`. Every back link and total is checked.
pub fn ziplist(bytes: &[u8]) -> Result<Elements, LoadError> {
    let mut source = Source::new(bytes);
    let total = u32::from_le_bytes(source.array()?);
    let last = u32::from_le_bytes(source.array()?);
    let count = u16::from_le_bytes(source.array()?);
    if total as usize != bytes.len() {
        return Err(source.corrupt("a ziplist is not as long as it says"));
    }
    let mut elements = Elements::new();
    let mut previous_start = source.position();
    loop {
        let start = source.position();
        let first = source.byte()?;
        if first == 0xff {
            break;
        }
        let previous = if first == 0xfe { u32::from_le_bytes(source.array()?) } else { u32::from(first) };
        if previous as usize != start - previous_start {
            return Err(source.corrupt("a ziplist entry does not link to the one before"));
        }
        previous_start = start;
        elements.push(ziplist_element(&mut source)?);
    }
    if source.remaining() > 0 || last as usize != previous_start {
        return Err(source.corrupt("a ziplist does not end where it says"));
    }
    // The count stops counting at its largest value.
    if count != u16::MAX && usize::from(count) != elements.len() {
        return Err(source.corrupt("a ziplist does not hold as many entries as it says"));
    }
    Ok(elements)
}

fn ziplist_element(source: &mut Source<'_>) -> Result<Vec<u8>, LoadError> {
    let encoding = source.byte()?;
    let number = match encoding {
        0x00..=0x3f => return Ok(source.take(u64::from(encoding))?.to_vec()),
        0x40..=0x7f => {
            let length = u64::from(encoding & 0x3f) << 8 | u64::from(source.byte()?);
            return Ok(source.take(length)?.to_vec());
        }
        0x80 => {
            let length = u32::from_be_bytes(source.array()?);
            return Ok(source.take(u64::from(length))?.to_vec());
        }
        0xc0 => i64::from(i16::from_le_bytes(source.array()?)),
        0xd0 => i64::from(i32::from_le_bytes(source.array()?)),
        0xe0 => i64::from_le_bytes(source.array()?),
        0xf0 => {
            let [low, middle, high] = source.array()?;
            i64::from(i32::from_le_bytes([0, low, middle, high]) >> 8)
        }
        0xfe => i64::from(i8::from_le_bytes(source.array()?)),
        0xf1..=0xfd => i64::from(encoding) - 0xf1,
        _ => return Err(source.corrupt("a ziplist entry is written in an unknown way")),
    };
    Ok(numbers::i64_to_buffer(number).to_vec())
}

/// The fields and values of a zipmap, alternating: `count (u8), entries, 0xff`. An entry is `length, field,
/// length, unused bytes (u8), value, unused bytes`.
pub fn zipmap(bytes: &[u8]) -> Result<Elements, LoadError> {
    let mut source = Source::new(bytes);
    let count = source.byte()?;
    let mut elements = Elements::new();
    while let Some(length) = zipmap_length(&mut source)? {
        elements.push(source.take(u64::from(length))?.to_vec());
        let Some(length) = zipmap_length(&mut source)? else {
            return Err(source.corrupt("a zipmap has a field without a value"));
        };
        let unused = source.byte()?;
        elements.push(source.take(u64::from(length))?.to_vec());
        source.take(u64::from(unused))?;
    }
    if source.remaining() > 0 {
        return Err(source.corrupt("a zipmap goes on behind its end"));
    }
    // From 254 pairs on nothing was counted.
    if count < 254 && usize::from(count) != elements.len() / 2 {
        return Err(source.corrupt("a zipmap does not hold as many pairs as it says"));
    }
    Ok(elements)
}

fn zipmap_length(source: &mut Source<'_>) -> Result<Option<u32>, LoadError> {
    match source.byte()? {
        0xff => Ok(None),
        0xfe => Ok(Some(u32::from_le_bytes(source.array()?))),
        length => Ok(Some(u32::from(length))),
    }
}
