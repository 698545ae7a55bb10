//! Writing a file, key by key.

use super::format::{MAGIC, WRITTEN_VERSION, opcode};
use super::target::Target;
use super::value_out;
use crate::base::Time;
use crate::base::crc64::crc64;
use crate::value::Value;

/// What a file says about its origin.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The version of Redis that its writer claims to be.
    pub redis_version: &'a str,
    /// When it is written.
    pub now: Time,
    /// `used_memory` of the writer.
    pub used_memory: u64,
    /// Whether an AOF continues it.
    pub aof_base: bool,
}

/// A key with all that is kept of it.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub key: &'a [u8],
    pub value: &'a Value,
    pub expire_at: Option<Time>,
    /// Seconds since the last access, where eviction goes by that.
    pub idle_seconds: Option<u64>,
    /// The access counter, where eviction goes by that.
    pub frequency: Option<u8>,
}

/// A file being written.
#[derive(Debug)]
pub struct Writer {
    target: Target,
    /// What the values so far need.
    version: u32,
}

impl Writer {
    /// The start of a file; `compress` is `rdbcompression`.
    pub fn new(about: &About<'_>, compress: bool) -> Writer {
        let mut writer = Writer { target: Target::new(compress), version: WRITTEN_VERSION };
        writer.target.raw(MAGIC);
        writer.target.raw(format!("{WRITTEN_VERSION:04}").as_bytes());
        writer.aux(b"redis-ver", |target| target.string(about.redis_version.as_bytes()));
        writer.aux(b"redis-bits", |target| target.integer(64));
        writer.aux(b"ctime", |target| target.integer(about.now.seconds().cast_signed()));
        writer.aux(b"used-mem", |target| target.integer(about.used_memory.cast_signed()));
        writer.aux(b"aof-base", |target| target.integer(i64::from(about.aof_base)));
        writer
    }

    fn aux(&mut self, name: &[u8], value: impl FnOnce(&mut Target)) {
        self.target.byte(opcode::AUX);
        self.target.string(name);
        value(&mut self.target);
    }

    /// Adds a function library by its code; all of them come before the databases.
    pub fn library(&mut self, code: &[u8]) {
        self.target.byte(opcode::FUNCTION_2);
        self.target.string(code);
    }

    /// Starts a database. `keys` and how many of them expire are hints that let a reader allocate at once.
    pub fn database(&mut self, index: u32, keys: usize, expiring: usize) {
        self.target.byte(opcode::SELECT_DB);
        self.target.length(u64::from(index));
        self.target.byte(opcode::RESIZE_DB);
        self.target.length(keys as u64);
        self.target.length(expiring as u64);
    }

    /// Adds a key to the database started last. A collection must not be empty.
    pub fn entry(&mut self, entry: &Entry<'_>) {
        if let Some(expire_at) = entry.expire_at {
            self.target.byte(opcode::EXPIRE_TIME_MS);
            self.target.raw(&expire_at.0.to_le_bytes());
        }
        if let Some(idle_seconds) = entry.idle_seconds {
            self.target.byte(opcode::IDLE);
            self.target.length(idle_seconds);
        }
        if let Some(frequency) = entry.frequency {
            self.target.byte(opcode::FREQUENCY);
            self.target.byte(frequency);
        }
        self.version = self.version.max(value_out::version(entry.value));
        self.target.byte(value_out::kind(entry.value));
        self.target.string(entry.key);
        value_out::write(&mut self.target, entry.value);
    }

    /// The file. Without a checksum (`rdbchecksum no`) zeros stand in its place, and readers check nothing.
    pub fn finish(mut self, checksum: bool) -> Vec<u8> {
        let version = format!("{:04}", self.version);
        if let Some(digits) = self.target.bytes.get_mut(MAGIC.len()..MAGIC.len() + version.len()) {
            digits.copy_from_slice(version.as_bytes());
        }
        self.target.byte(opcode::EOF);
        let checksum = if checksum { crc64(0, &self.target.bytes) } else { 0 };
        self.target.raw(&checksum.to_le_bytes());
        self.target.bytes
    }
}
