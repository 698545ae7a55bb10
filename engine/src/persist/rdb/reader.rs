//! Reading a file, key by key.

use super::error::{LoadError, Problem};
use super::format::{FIRST_VERSION_WITH_CHECKSUM, MAGIC, NEWEST_VERSION, module_opcode, opcode};
use super::source::Source;
use super::value_in;
use crate::base::crc64::crc64;
use crate::base::{Bytes, Time};
use crate::value::{Limits, Value};

/// A key with all that a file holds of it.
#[derive(Clone, Debug)]
pub struct Record {
    pub database: u64,
    pub key: Bytes,
    pub value: Value,
    /// When it expires, which may be in the past.
    pub expire_at: Option<Time>,
    pub idle_seconds: Option<u64>,
    pub frequency: Option<u8>,
}

/// What a file was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Its format.
    pub version: u32,
    /// The Redis that wrote it, when it says so.
    pub redis_version: Option<String>,
    /// Keys handed over.
    pub keys: usize,
    /// Collections without elements, which cannot be in a database and were left out.
    pub empty_keys: usize,
    /// The code of each function library.
    pub libraries: Vec<Vec<u8>>,
    /// Where it ended. What follows is not part of it: an AOF may start with an RDB file.
    pub bytes: usize,
}

/// Reads a file and hands its keys over one by one. `sink` may refuse one, as a duplicate or because there is
/// no such database. After an error the caller drops what it was handed before.
pub fn read(
    bytes: &[u8],
    limits: &Limits,
    sink: &mut dyn FnMut(Record) -> Result<(), Problem>,
) -> Result<Summary, LoadError> {
    let mut source = Source::new(bytes);
    let mut summary = Summary { version: header(&mut source)?, ..Summary::default() };
    let mut database = 0;
    let mut attributes = Attributes::default();
    loop {
        match source.byte()? {
            opcode::EOF => break,
            opcode::SELECT_DB => database = source.length()?,
            opcode::RESIZE_DB => skip_lengths(&mut source, 2)?,
            opcode::SLOT_INFO => skip_lengths(&mut source, 3)?,
            opcode::AUX => aux(&mut source, &mut summary)?,
            opcode::MODULE_AUX => skip_module_aux(&mut source)?,
            opcode::FUNCTION_2 => {
                let code = source.string()?.into_owned();
                summary.libraries.push(code);
            }
            opcode::FUNCTION_PRE_RELEASE => {
                return Err(source.error(Problem::Unsupported { what: "a function from before Redis 7.0".to_owned() }));
            }
            opcode::EXPIRE_TIME => attributes.expire_at = seconds(i32::from_le_bytes(source.array()?)),
            opcode::EXPIRE_TIME_MS => attributes.expire_at = milliseconds(i64::from_le_bytes(source.array()?)),
            opcode::IDLE => attributes.idle_seconds = Some(source.length()?),
            opcode::FREQUENCY => attributes.frequency = Some(source.byte()?),
            kind => {
                let attributes = core::mem::take(&mut attributes);
                let key = Bytes::from(source.string()?.into_owned());
                let named = |error: LoadError| LoadError { key: Some(key.to_vec()), ..error };
                let value = value_in::read(&mut source, kind, limits).map_err(named)?;
                if value.is_gone() {
                    summary.empty_keys += 1;
                    continue;
                }
                let Attributes { expire_at, idle_seconds, frequency } = attributes;
                let record = Record { database, key: key.clone(), value, expire_at, idle_seconds, frequency };
                sink(record).map_err(|problem| named(source.error(problem)))?;
                summary.keys += 1;
            }
        }
    }
    checksum(&mut source, summary.version)?;
    summary.bytes = source.position();
    Ok(summary)
}

/// What may stand before a key.
#[derive(Default)]
struct Attributes {
    expire_at: Option<Time>,
    idle_seconds: Option<u64>,
    frequency: Option<u8>,
}

fn header(source: &mut Source<'_>) -> Result<u32, LoadError> {
    let not_rdb = LoadError { offset: 0, key: None, problem: Problem::NotRdb };
    let (magic, digits) = (source.take(MAGIC.len() as u64), source.array::<4>());
    let (Ok(MAGIC), Ok(digits)) = (magic, digits) else { return Err(not_rdb) };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(not_rdb);
    }
    let version = digits.iter().fold(0, |version, digit| version * 10 + u32::from(digit - b'0'));
    if (1..=NEWEST_VERSION).contains(&version) {
        Ok(version)
    } else {
        Err(source.error(Problem::UnknownVersion { version }))
    }
}

fn checksum(source: &mut Source<'_>, version: u32) -> Result<(), LoadError> {
    if version < FIRST_VERSION_WITH_CHECKSUM {
        return Ok(());
    }
    let content = source.consumed();
    let found = u64::from_le_bytes(source.array()?);
    // Zero says that the writer was told not to compute one.
    if found == 0 {
        return Ok(());
    }
    let expected = crc64(0, content);
    if found == expected { Ok(()) } else { Err(source.error(Problem::WrongChecksum { expected, found })) }
}

/// An expiry in seconds; -1 is none, and what lies before 1970 is long past.
fn seconds(value: i32) -> Option<Time> {
    milliseconds(if value == -1 { -1 } else { i64::from(value) * 1000 })
}

fn milliseconds(value: i64) -> Option<Time> {
    (value != -1).then(|| Time(u64::try_from(value).unwrap_or(0)))
}

fn skip_lengths(source: &mut Source<'_>, count: usize) -> Result<(), LoadError> {
    for _ in 0..count {
        source.length()?;
    }
    Ok(())
}

/// Reads a name and a value of which only the writer's version matters.
fn aux(source: &mut Source<'_>, summary: &mut Summary) -> Result<(), LoadError> {
    let name = source.string()?;
    let value = source.string()?;
    if *name == *b"redis-ver" {
        summary.redis_version = Some(String::from_utf8_lossy(&value).into_owned());
    }
    Ok(())
}

/// Skips what a module keeps outside keys: its id, when it is to be loaded, and data that describes itself.
fn skip_module_aux(source: &mut Source<'_>) -> Result<(), LoadError> {
    skip_lengths(source, 3)?;
    loop {
        match source.length()? {
            module_opcode::EOF => return Ok(()),
            module_opcode::SIGNED | module_opcode::UNSIGNED => skip_lengths(source, 1)?,
            module_opcode::FLOAT => drop(source.take(4)?),
            module_opcode::DOUBLE => drop(source.take(8)?),
            module_opcode::STRING => drop(source.string()?),
            _ => return Err(source.corrupt("a module's data is written in an unknown way")),
        }
    }
}
