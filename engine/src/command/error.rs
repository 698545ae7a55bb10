//! Why a command was refused or failed: every variant's text is Redis's, byte for byte, and stands here once.
//! Knows nothing of which command failed beyond what the text names.

use std::borrow::Cow;

use crate::base::Bytes;

/// An error reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    WrongType,
    Syntax,
    NotInteger,
    NotFloat,
    /// The result of an addition of floats.
    NanOrInfinity,
    /// The value stored in a hash field.
    HashValueNotInteger,
    HashValueNotFloat,
    IncrementOverflow,
    MinMaxNotFloat,
    MinMaxNotLex,
    OutOfRange,
    NotPositive,
    IndexOutOfRange,
    OffsetOutOfRange,
    BitOffset,
    StringTooLong,
    NoSuchKey,
    SameObject,
    InvalidDatabase,
    InvalidCursor,
    Timeout,
    NegativeTimeout,
    OutOfMemory,
    BusyKey,
    /// The full name in lower case, such as `get` or `client|list`.
    WrongArity(Cow<'static, str>),
    /// The command's name in lower case.
    InvalidExpire(Cow<'static, str>),
    /// A container's name and what was not found in it.
    UnknownSubcommand {
        container: &'static str,
        name: Bytes,
    },
    /// Any other text, with its code.
    Static(&'static str),
    /// Any other text, with its code; it may quote what the client sent.
    Text(Bytes),
}

impl Error {
    /// The wrong number of arguments for the command with this full name in lower case.
    pub fn wrong_arity(name: &str) -> Error {
        Error::WrongArity(name.to_ascii_lowercase().into())
    }

    /// The words of a subcommand are not what it takes, although their number could be right. `container` is in upper
    /// case; `words` are all of the call.
    pub fn wrong_subcommand(container: &str, words: &[&[u8]]) -> Error {
        const SHOWN: usize = 128;
        let mut text = b"ERR unknown subcommand or wrong number of arguments for '".to_vec();
        text.extend(quoted(words.get(1).copied().unwrap_or_default()).iter().take(SHOWN));
        text.extend_from_slice(b"'. Try ");
        text.extend_from_slice(container.as_bytes());
        text.extend_from_slice(b" HELP.");
        Error::text_of(text)
    }

    /// An expiry that is out of range, in the command with this name.
    pub fn invalid_expire(name: &str) -> Error {
        Error::InvalidExpire(name.to_ascii_lowercase().into())
    }

    /// An error with a text of its own, code included.
    pub fn text_of(text: impl AsRef<[u8]>) -> Error {
        Error::Text(Bytes::new(text.as_ref()))
    }

    /// The error reply, without the leading `-`.
    pub fn text(&self) -> Cow<'_, [u8]> {
        let fixed: &[u8] = match self {
            Error::WrongType => b"WRONGTYPE Operation against a key holding the wrong kind of value",
            Error::Syntax => b"ERR syntax error",
            Error::NotInteger => b"ERR value is not an integer or out of range",
            Error::NotFloat => b"ERR value is not a valid float",
            Error::NanOrInfinity => b"ERR increment would produce NaN or Infinity",
            Error::HashValueNotInteger => b"ERR hash value is not an integer",
            Error::HashValueNotFloat => b"ERR hash value is not a float",
            Error::IncrementOverflow => b"ERR increment or decrement would overflow",
            Error::MinMaxNotFloat => b"ERR min or max is not a float",
            Error::MinMaxNotLex => b"ERR min or max not valid string range item",
            Error::OutOfRange => b"ERR value is out of range",
            Error::NotPositive => b"ERR value is out of range, must be positive",
            Error::IndexOutOfRange => b"ERR index out of range",
            Error::OffsetOutOfRange => b"ERR offset is out of range",
            Error::BitOffset => b"ERR bit offset is not an integer or out of range",
            Error::StringTooLong => b"ERR string exceeds maximum allowed size (proto-max-bulk-len)",
            Error::NoSuchKey => b"ERR no such key",
            Error::SameObject => b"ERR source and destination objects are the same",
            Error::InvalidDatabase => b"ERR DB index is out of range",
            Error::InvalidCursor => b"ERR invalid cursor",
            Error::Timeout => b"ERR timeout is not a float or out of range",
            Error::NegativeTimeout => b"ERR timeout is negative",
            Error::OutOfMemory => b"OOM command not allowed when used memory > 'maxmemory'.",
            Error::BusyKey => b"BUSYKEY Target key name already exists.",
            Error::Static(text) => text.as_bytes(),
            Error::Text(text) => text,
            Error::WrongArity(name) => {
                return format!("ERR wrong number of arguments for '{name}' command").into_bytes().into();
            }
            Error::InvalidExpire(name) => {
                return format!("ERR invalid expire time in '{name}' command").into_bytes().into();
            }
            Error::UnknownSubcommand { container, name } => {
                // Redis quotes at most 128 bytes of it, and none from a NUL on.
                let mut text = b"ERR unknown subcommand '".to_vec();
                text.extend(quoted(name).iter().take(128));
                text.extend_from_slice(b"'. Try ");
                text.extend_from_slice(container.to_ascii_uppercase().as_bytes());
                text.extend_from_slice(b" HELP.");
                return text.into();
            }
        };
        Cow::Borrowed(fixed)
    }

    /// The error's code: its first word.
    pub fn code(&self) -> Vec<u8> {
        let text = self.text();
        text.split(|&byte| byte == b' ').next().unwrap_or_default().to_vec()
    }
}

/// What an error text shows of an argument: Redis prints it as a C string, which ends at the first zero byte.
pub fn quoted(argument: &[u8]) -> &[u8] {
    argument.split(|&byte| byte == 0).next().unwrap_or_default()
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text()))
    }
}

impl std::error::Error for Error {}

impl From<crate::keyspace::WrongType> for Error {
    fn from(_: crate::keyspace::WrongType) -> Error {
        Error::WrongType
    }
}
