//! The codes of the format, as RDB versions 1 to 12 have them.

/// What every file starts with, before four digits of version.
pub const MAGIC: &[u8] = b"REDIS";

/// The version written: the oldest that holds every type without deadlines of fields. Redis 7.0 reads it.
pub const WRITTEN_VERSION: u32 = 10;

/// The version written when a hash has fields with a deadline: Redis 7.4's.
pub const VERSION_WITH_FIELD_TIMES: u32 = 12;

/// The newest version that can be read: Redis 7.4's.
pub const NEWEST_VERSION: u32 = 12;

/// The first version with a checksum at the end of the file.
pub const FIRST_VERSION_WITH_CHECKSUM: u32 = 5;

/// What can stand where a key-value pair may.
pub mod opcode {
    pub const SLOT_INFO: u8 = 244;
    pub const FUNCTION_2: u8 = 245;
    pub const FUNCTION_PRE_RELEASE: u8 = 246;
    pub const MODULE_AUX: u8 = 247;
    pub const IDLE: u8 = 248;
    pub const FREQUENCY: u8 = 249;
    pub const AUX: u8 = 250;
    pub const RESIZE_DB: u8 = 251;
    pub const EXPIRE_TIME_MS: u8 = 252;
    pub const EXPIRE_TIME: u8 = 253;
    pub const SELECT_DB: u8 = 254;
    pub const EOF: u8 = 255;
}

/// How a value is laid out.
pub mod kind {
    pub const STRING: u8 = 0;
    pub const LIST: u8 = 1;
    pub const SET: u8 = 2;
    pub const ZSET: u8 = 3;
    pub const HASH: u8 = 4;
    pub const ZSET_2: u8 = 5;
    pub const MODULE_PRE_RELEASE: u8 = 6;
    pub const MODULE_2: u8 = 7;
    pub const HASH_ZIPMAP: u8 = 9;
    pub const LIST_ZIPLIST: u8 = 10;
    pub const SET_INTSET: u8 = 11;
    pub const ZSET_ZIPLIST: u8 = 12;
    pub const HASH_ZIPLIST: u8 = 13;
    pub const LIST_QUICKLIST: u8 = 14;
    pub const STREAM_LISTPACKS: u8 = 15;
    pub const HASH_LISTPACK: u8 = 16;
    pub const ZSET_LISTPACK: u8 = 17;
    pub const LIST_QUICKLIST_2: u8 = 18;
    pub const STREAM_LISTPACKS_2: u8 = 19;
    pub const SET_LISTPACK: u8 = 20;
    pub const STREAM_LISTPACKS_3: u8 = 21;
    pub const HASH_METADATA_PRE_RELEASE: u8 = 22;
    pub const HASH_LISTPACK_EX_PRE_RELEASE: u8 = 23;
    pub const HASH_METADATA: u8 = 24;
    pub const HASH_LISTPACK_EX: u8 = 25;
}

/// What a file holds for a consumer group of which nobody knows how many entries it has read.
pub const UNKNOWN_ENTRIES_READ: i64 = -1;

/// How a node of a list is laid out.
pub mod container {
    pub const PLAIN: u64 = 1;
    pub const PACKED: u64 = 2;
}

/// How a string is laid out when its length is marked as special.
pub mod string_encoding {
    pub const INT8: u8 = 0;
    pub const INT16: u8 = 1;
    pub const INT32: u8 = 2;
    pub const LZF: u8 = 3;
}

/// What a module writes, so that it can be skipped by those who do not know the module.
pub mod module_opcode {
    pub const EOF: u64 = 0;
    pub const SIGNED: u64 = 1;
    pub const UNSIGNED: u64 = 2;
    pub const FLOAT: u64 = 3;
    pub const DOUBLE: u64 = 4;
    pub const STRING: u64 = 5;
}
