//! What the window knows of each key it has counted, in as few bytes as it can be.

use std::hash::{Hash, Hasher};

/// A hash in a shape that needs no padding beside 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHash([u32; 2]);

impl KeyHash {
    pub fn of(hash: u64) -> KeyHash {
        KeyHash([(hash >> 32) as u32, hash as u32])
    }
}

impl Hash for KeyHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let KeyHash([high, low]) = *self;
        state.write_u64(u64::from(high) << 32 | u64::from(low));
    }
}

/// What is a hash already is not hashed again.
#[derive(Debug, Default)]
pub struct HashOfHash(u64);

impl Hasher for HashOfHash {
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The size of a key as it was counted, and whether the look has seen it.
#[derive(Clone, Copy, Debug)]
pub struct Known(u32);

impl Known {
    pub fn new(bytes: usize, mark: bool) -> Known {
        Known((bytes.min(u32::MAX as usize >> 1) as u32) << 1 | u32::from(mark))
    }

    pub fn bytes(self) -> usize {
        (self.0 >> 1) as usize
    }

    pub fn mark(self) -> bool {
        self.0 & 1 == 1
    }
}
