//! Random bytes that nobody can guess: what ACL GENPASS makes passwords of.
//!
//! A generator of its own, because the seed of a node is short and everything else it draws is shown. Each block is the
//! digest of a key and a counter; the key is a digest of the seed until the host adds what the system's randomness gives.

use crate::base::sha256::sha256;

/// The bytes of a digest.
const BLOCK: usize = 32;

/// Random bytes that nobody can guess; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Secrets {
    key: [u8; BLOCK],
    blocks: u64,
}

impl Secrets {
    pub fn new(seed: u64) -> Secrets {
        Secrets { key: sha256(&[b"secrets of ".as_slice(), &seed.to_le_bytes()].concat()), blocks: 0 }
    }

    /// Mixes something into the key; what was drawn before tells nothing of what will be.
    pub fn add(&mut self, entropy: &[u8]) {
        self.key = sha256(&[&self.key, entropy].concat());
    }

    /// The next bytes.
    pub fn draw(&mut self) -> [u8; BLOCK] {
        self.blocks = self.blocks.wrapping_add(1);
        sha256(&[self.key.as_slice(), &self.blocks.to_le_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_added_changes_all_that_follows() {
        let mut one = Secrets::new(1);
        let mut same = Secrets::new(1);
        assert_eq!(one.draw(), same.draw());
        assert_ne!(one.draw(), one.draw());
        let mut other = Secrets::new(2);
        assert_ne!(Secrets::new(1).draw(), other.draw());
        let mut added = Secrets::new(1);
        added.add(b"entropy");
        assert_ne!(Secrets::new(1).draw(), added.draw());
    }
}
