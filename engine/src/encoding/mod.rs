//! Compact encodings: how data is laid out in bytes. Knows nothing of Redis's types or commands.
//!
//! What comes from outside as bytes is checked to the last one before it is taken, so nothing here reports
//! damage later, and nothing panics.

pub mod dict;
pub mod element;
pub mod hyperloglog;
pub mod intset;
pub mod listpack;
pub mod quicklist;
pub mod sorted;
pub mod ziplist;
pub mod zipmap;

pub use dict::Dict;
pub use element::{Digits, Element, Needle};
pub use intset::Intset;
pub use listpack::{Corrupt, Listpack};
pub use quicklist::Quicklist;
pub use sorted::Sorted;
pub use ziplist::Ziplist;
pub use zipmap::Zipmap;
