//! CRC-64 with Jones' polynomial, bits reflected, initially 0: the checksum at the end of RDB files and of
//! `DUMP` payloads.

/// Jones' polynomial 0xad93d23594c935a9 with its bits reversed.
const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;

type Table = [u64; 256];

const TABLE: Table = table();

const fn table() -> Table {
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        let mut crc = index as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ POLYNOMIAL };
            bit += 1;
        }
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks the bound")]
        {
            table[index] = crc;
        }
        index += 1;
    }
    table
}

/// From this length on the seven further tables are worth their computation (about 2,000 steps).
const SLICING_BYTES: usize = 16 * 1024;

/// Continues the checksum `crc` (0 at the start) over `bytes`.
pub fn crc64(crc: u64, bytes: &[u8]) -> u64 {
    if bytes.len() < SLICING_BYTES { bytewise(crc, bytes) } else { sliced(crc, bytes) }
}

fn bytewise(crc: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(crc, |crc, &byte| crc >> 8 ^ look(&TABLE, crc as u8 ^ byte))
}

/// Eight bytes a step (Kounavis and Berry, "slicing-by-8", 2005). The tables are built for each call: 14 KB of
/// constants would weigh more in a download than they save.
fn sliced(mut crc: u64, bytes: &[u8]) -> u64 {
    let mut tables = [TABLE; 8];
    let mut previous = TABLE;
    for table in tables.iter_mut().skip(1) {
        for (entry, &before) in table.iter_mut().zip(&previous) {
            *entry = before >> 8 ^ look(&TABLE, before as u8);
        }
        previous = *table;
    }
    let [t0, t1, t2, t3, t4, t5, t6, t7] = &tables;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let [a, b, c, d, e, f, g, h] = (crc ^ u64::from_le_bytes(*word)).to_le_bytes();
        crc = look(t7, a)
            ^ look(t6, b)
            ^ look(t5, c)
            ^ look(t4, d)
            ^ look(t3, e)
            ^ look(t2, f)
            ^ look(t1, g)
            ^ look(t0, h);
    }
    bytewise(crc, rest)
}

#[inline]
fn look(table: &Table, index: u8) -> u64 {
    table.get(usize::from(index)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_known_values() {
        assert_eq!(crc64(0, b""), 0);
        assert_eq!(crc64(0, b"123456789"), 0xe9c6_d914_c4b8_d9ca);
        assert_eq!(sliced(0, b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }

    #[test]
    fn both_ways_agree_in_any_division() {
        let mut random = crate::base::Random::new(1);
        let bytes: Vec<u8> = (0..40_000).map(|_| random.next_u32() as u8).collect();
        let whole = bytewise(0, &bytes);
        assert_eq!(crc64(0, &bytes), whole);
        for _ in 0..50 {
            let (left, right) = bytes.split_at(random.index(bytes.len()));
            assert_eq!(sliced(sliced(0, left), right), whole);
        }
    }
}
