//! SHA-1 (FIPS 180-4): names scripts by their text and values by their content. Not for secrets.

use super::sha::absorb;

/// The digest of `bytes`.
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    absorb(&mut state, bytes, compress);
    let mut digest = [0; 20];
    for (slot, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *slot = word.to_be_bytes();
    }
    digest
}

/// The digest in lower-case hexadecimal.
pub fn sha1_hex(bytes: &[u8]) -> [u8; 40] {
    let mut text = [0; 40];
    for (slot, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(sha1(bytes)) {
        *slot = [hex_digit(byte >> 4), hex_digit(byte & 15)];
    }
    text
}

fn hex_digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

fn compress(state: &mut [u32; 5], block: &[u8; 64]) {
    // The message schedule as a ring of its last 16 words.
    let mut ring = [0u32; 16];
    for (word, bytes) in ring.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    let word = |ring: &[u32; 16], round: usize| ring.get(round % 16).copied().unwrap_or(0);
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for round in 0..80 {
        if round >= 16 {
            let mixed = word(&ring, round + 13) ^ word(&ring, round + 8) ^ word(&ring, round + 2) ^ word(&ring, round);
            if let Some(slot) = ring.get_mut(round % 16) {
                *slot = mixed.rotate_left(1);
            }
        }
        let (mix, constant) = match round {
            0..20 => (b & c | !b & d, 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => (b & c | b & d | c & d, 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6u32),
        };
        let next = a.rotate_left(5).wrapping_add(mix).wrapping_add(e).wrapping_add(constant);
        let next = next.wrapping_add(word(&ring, round));
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    for (slot, value) in state.iter_mut().zip([a, b, c, d, e]) {
        *slot = slot.wrapping_add(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of FIPS 180, and lengths around the block edge checked with `sha1sum`.
    #[test]
    fn agrees_with_known_values() {
        let check = |bytes: &[u8], hex: &str| assert_eq!(sha1_hex(bytes).escape_ascii().to_string(), hex);
        check(b"", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        check(b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
        check(b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        check(&[b'a'; 1_000_000], "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
        check(&[b'x'; 55], "cef734ba81a024479e09eb5a75b6ddae62e6abf1");
        check(&[b'x'; 56], "901305367c259952f4e7af8323f480d59f81335b");
        check(&[b'x'; 63], "0ddc4e0cccd9a12850deb5abb0853a4425559fec");
        check(&[b'x'; 64], "bb2fa3ee7afb9f54c6dfb5d021f14b1ffe40c163");
        check(&[b'x'; 119], "4300320394f7ee239bcdce7d3b8bcee173a0cd5c");
        check(&[b'x'; 120], "ceb2821639c4b6dcb10bce0e522ca2e608ce056d");
    }
}
