//! What SHA-1 and SHA-256 share (FIPS 180-4): the message in blocks and its padding.

/// Runs `compress` on every block of the padded message.
pub fn absorb<const WORDS: usize>(state: &mut [u32; WORDS], bytes: &[u8], compress: fn(&mut [u32; WORDS], &[u8; 64])) {
    let (blocks, rest) = bytes.as_chunks::<64>();
    for block in blocks {
        compress(state, block);
    }
    // A one bit, zeros, and the length in bits end the last block, or the one after when it does not fit.
    let mut tail = rest.to_vec();
    tail.push(0x80);
    tail.resize(if tail.len() > 56 { 120 } else { 56 }, 0);
    tail.extend_from_slice(&(bytes.len() as u64).wrapping_mul(8).to_be_bytes());
    for block in tail.as_chunks::<64>().0 {
        compress(state, block);
    }
}
