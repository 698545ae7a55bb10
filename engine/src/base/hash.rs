//! The seeded hash of the dictionaries. The seed comes from the engine's options, so that two engines with
//! one seed behave alike and a stranger cannot prepare colliding keys. No reply depends on hash order:
//! dictionaries iterate by position.

use core::hash::BuildHasher;
use foldhash::fast::FixedState;

/// A hash function with its seed.
#[derive(Clone, Debug)]
pub struct HashSeed(FixedState);

impl HashSeed {
    /// The hash function of `seed`.
    pub fn new(seed: u64) -> HashSeed {
        HashSeed(FixedState::with_seed(seed))
    }

    /// The hash of a byte string.
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        use core::hash::Hasher;
        let mut hasher = self.0.build_hasher();
        hasher.write(bytes);
        hasher.finish()
    }
}

impl Default for HashSeed {
    fn default() -> HashSeed {
        HashSeed::new(0)
    }
}
