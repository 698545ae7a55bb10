//! MurmurHash2 with 64 bits (Austin Appleby, variant A, public domain): the hash that HyperLogLogs are built with,
//! so that those of two nodes can be merged. Read in little-endian order on every machine.

const MULTIPLIER: u64 = 0xc6a4_a793_5bd1_e995;
const SHIFT: u32 = 47;

/// The hash of `bytes`.
pub fn murmur64a(bytes: &[u8], seed: u64) -> u64 {
    let mix = |word: u64| {
        let word = word.wrapping_mul(MULTIPLIER);
        (word ^ (word >> SHIFT)).wrapping_mul(MULTIPLIER)
    };
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = (hash ^ mix(u64::from_le_bytes(*word))).wrapping_mul(MULTIPLIER);
    }
    if !rest.is_empty() {
        let last = rest.iter().rev().fold(0, |last, &byte| last << 8 | u64::from(byte));
        hash = (hash ^ last).wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ (hash >> SHIFT)).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_the_reference_does() {
        let check = |bytes: &[u8], hash| assert_eq!(murmur64a(bytes, 0xadc8_3b19), hash);
        check(b"", 0xd8df_ea65_85bc_9732);
        check(b"a", 0x53d2_470a_9b43_b1a7);
        check(b"abcdefgh", 0xf3a6_5df5_5991_4567);
        check(b"hello world, hello", 0x388a_ef2b_b496_58e0);
    }
}
