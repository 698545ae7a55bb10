//! Why an RDB file could not be read, in words for the person who wants their data back.

use core::fmt;

/// What is wrong with a file or payload, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// Where in the input, in bytes from its start.
    pub offset: usize,
    /// The key whose value is meant, when it was known by then.
    pub key: Option<Vec<u8>>,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a file or payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It does not start with `REDIS` and four digits.
    NotRdb,
    /// A version that came after the ones known here.
    UnknownVersion { version: u32 },
    /// It ends in the middle of something.
    Truncated,
    /// The checksum at the end is not that of the content.
    WrongChecksum { expected: u64, found: u64 },
    /// A byte where a value's type or an opcode is expected is neither.
    UnknownType { code: u8 },
    /// Something that this version does not hold, by name.
    Unsupported { what: String },
    /// Something is not built as its type demands.
    Corrupt { what: &'static str },
    /// A key stands twice in one database.
    DuplicateKey,
    /// A database beyond those there are.
    NoSuchDatabase { database: u64 },
    /// A function library that cannot be loaded, and why.
    Library { reason: String },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "key \"{}\": ", key.escape_ascii())?;
        }
        match &self.problem {
            Problem::NotRdb => write!(f, "this is not an RDB file: it does not start with REDIS and a version")?,
            Problem::UnknownVersion { version } => {
                write!(f, "RDB version {version} is not known; versions 1 to {} are", super::format::NEWEST_VERSION)?;
            }
            Problem::Truncated => write!(f, "the file is cut off")?,
            Problem::WrongChecksum { expected, found } => {
                write!(f, "the checksum is {found:016x} but the content has {expected:016x}: the file is damaged")?;
            }
            Problem::UnknownType { code } => write!(f, "there is no type or opcode {code}")?,
            Problem::Unsupported { what } => write!(f, "{what} cannot be loaded yet")?,
            Problem::Corrupt { what } => write!(f, "{what}")?,
            Problem::DuplicateKey => write!(f, "the key stands twice in one database")?,
            Problem::Library { reason } => write!(f, "a function library cannot be loaded: {reason}")?,
            Problem::NoSuchDatabase { database } => write!(f, "there is no database {database}")?,
        }
        write!(f, " (at byte {})", self.offset)
    }
}

impl core::error::Error for LoadError {}
