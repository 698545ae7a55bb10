//! The forms in which data outlives the process: RDB files and `DUMP` payloads.
//!
//! Knows values, but neither the keyspace nor any file: the caller hands keys over one by one to be written,
//! and is handed them one by one when reading. What always holds: no input panics, nothing is allocated by a
//! length that the input only claims, and a damaged input is an error that says where and what.

pub mod aof;
pub mod aof_base;
pub mod rdb;
