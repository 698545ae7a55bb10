//! RDB: the snapshot format of Redis.
//!
//! [`Writer`] writes version 10, which Redis 7.0 and everything after it loads, and version 12 only when a hash has
//! fields with a deadline, which came with Redis 7.4; [`read`] reads versions 1 to 12, what Redis 2.6 to 7.4 write. [`dump`] and [`restore`] do the same for one value, as in `DUMP` payloads.
//!
//! A file is `REDIS` and a four-digit version, then opcodes and key-value pairs, then EOF and (from version 5)
//! a CRC64 of all before it. Numbers are lengths of 1, 2, 5 or 9 bytes; strings are a length and bytes, or a
//! marked small integer or LZF block. Compact encodings (listpack, intset) stand in a string, byte for byte.

mod error;
mod format;
mod fuzz;
mod legacy;
mod payload;
mod reader;
mod source;
mod stream_in;
mod target;
mod value_in;
mod value_out;
mod writer;

pub use error::{LoadError, Problem};
pub use format::{NEWEST_VERSION, WRITTEN_VERSION};
pub use fuzz::fuzz;
pub use payload::{RestoreError, dump, dump_libraries, restore, restore_libraries};
pub use reader::{Record, Summary, read};
pub use writer::{About, Entry, Writer};

#[cfg(test)]
mod tests;
