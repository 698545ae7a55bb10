//! What everything else stands on: byte strings, numbers as Redis reads and prints them, glob patterns,
//! checksums, seeded randomness and time. Knows nothing of Redis's data or protocol.

pub(crate) mod big;
pub mod bits;
pub mod bytes;
pub mod crc16;
pub mod crc64;
pub mod extended;
pub mod float_text;
pub mod geohash;
pub mod glob;
pub mod grisu;
pub mod hash;
pub mod histogram;
pub mod lzf;
pub mod murmur;
pub mod numbers;
pub mod order;
pub mod partial_sort;
pub mod random;
mod sha;
pub mod sha1;
pub mod sha256;
pub mod time;

pub use bytes::Bytes;
pub use hash::HashSeed;
pub use random::Random;
pub use time::Time;
