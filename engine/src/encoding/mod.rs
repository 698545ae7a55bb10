//! Compact encodings: how data is laid out in bytes. Knows nothing of Redis's types or commands.

pub mod dict;
pub mod element;
pub mod intset;
pub mod listpack;
pub mod quicklist;
pub mod sorted;

pub use dict::Dict;
pub use element::{Digits, Element, Needle};
pub use intset::Intset;
pub use listpack::{Corrupt, Listpack};
pub use quicklist::Quicklist;
pub use sorted::Sorted;
