//! `DUMP` payloads: a value's type and content, two bytes of RDB version and eight of CRC64.

use core::fmt;

use super::format::{NEWEST_VERSION, WRITTEN_VERSION, opcode};
use super::source::Source;
use super::target::Target;
use super::{value_in, value_out};
use crate::base::crc64::crc64;
use crate::value::{Limits, Value};

/// Why a payload was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// The payload was changed, cut off, or comes from a newer version.
    Footer,
    /// The payload is as it was written, but holds no value that can be loaded.
    Content,
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RestoreError::Footer => "ERR DUMP payload version or checksum are wrong",
            RestoreError::Content => "ERR Bad data format",
        })
    }
}

impl core::error::Error for RestoreError {}

/// What `DUMP` replies; `compress` is `rdbcompression`.
pub fn dump(value: &Value, compress: bool) -> Vec<u8> {
    let mut target = Target::new(compress);
    target.byte(value_out::kind(value));
    value_out::write(&mut target, value);
    target.raw(&(value_out::version(value) as u16).to_le_bytes());
    let checksum = crc64(0, &target.bytes);
    target.raw(&checksum.to_le_bytes());
    target.bytes
}

/// The value of a payload, from `RESTORE`.
pub fn restore(payload: &[u8], limits: &Limits) -> Result<Value, RestoreError> {
    let mut source = Source::new(content(payload)?);
    let value = source.byte().and_then(|kind| value_in::read(&mut source, kind, limits));
    // An empty collection has no place in a database.
    let value = value.map_err(|_| RestoreError::Content)?;
    if value.is_gone() { Err(RestoreError::Content) } else { Ok(value) }
}

/// What stands before the version and the checksum.
fn content(payload: &[u8]) -> Result<&[u8], RestoreError> {
    let (signed, checksum) = payload.split_last_chunk::<8>().ok_or(RestoreError::Footer)?;
    let (content, version) = signed.split_last_chunk::<2>().ok_or(RestoreError::Footer)?;
    if u32::from(u16::from_le_bytes(*version)) > NEWEST_VERSION || crc64(0, signed) != u64::from_le_bytes(*checksum) {
        return Err(RestoreError::Footer);
    }
    Ok(content)
}

/// What FUNCTION DUMP replies: the code of each library.
pub fn dump_libraries<'a>(codes: impl Iterator<Item = &'a [u8]>, compress: bool) -> Vec<u8> {
    let mut target = Target::new(compress);
    for code in codes {
        target.byte(opcode::FUNCTION_2);
        target.string(code);
    }
    target.raw(&(WRITTEN_VERSION as u16).to_le_bytes());
    let checksum = crc64(0, &target.bytes);
    target.raw(&checksum.to_le_bytes());
    target.bytes
}

/// The code of each library of a payload, from FUNCTION RESTORE.
///
/// # Errors
/// The text of the refusal, with its code.
pub fn restore_libraries(payload: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut source = Source::new(content(payload).map_err(|error| error.to_string())?);
    let mut codes = Vec::new();
    while source.remaining() > 0 {
        match source.byte() {
            Ok(opcode::FUNCTION_2) => {}
            Ok(opcode::FUNCTION_PRE_RELEASE) => return Err("ERR Pre-GA function format not supported".to_string()),
            _ => return Err("ERR given type is not a function".to_string()),
        }
        let code = source.string().map_err(|_| "ERR Failed loading library code".to_string())?;
        codes.push(code.into_owned());
    }
    Ok(codes)
}
