//! Changing a string in place.

use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::{Class, Expiry, Touched};
use crate::value::{StringValue, Value};

pub(super) const APPEND: Command = Command {
    name: "APPEND",
    syntax: "key value",
    summary: "Adds bytes to the end of a string, which is created when there is none.",
    since: "2.0.0",
    complexity: "O(1) amortised, for a short addition",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_INSERT],
    run: Some(append),
    ..Command::DEFAULT
};

fn append(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, tail) = (args.next()?, args.next()?);
    let limit = longest_string(call);
    let appended = call.update::<StringValue, _>(key, |string, _| {
        let room = grow(string, string.len().saturating_add(tail.len()), limit);
        let result = room.map(|()| string.edit(|text| (text.extend_from_slice(tail), text.len()).1));
        let touched = Touched::when(result.is_ok(), "append");
        (result, touched)
    })?;
    let length = match appended {
        Some(length) => length?,
        None => {
            let value = Value::String(StringValue::from_bytes(tail));
            call.keyspace.set(call.client.database, key, value, Expiry::Clear, Class::String, "append");
            tail.len()
        }
    };
    call.reply.integer(length as i64);
    Ok(())
}

pub(super) const SETRANGE: Command = Command {
    name: "SETRANGE",
    syntax: "key offset value",
    summary: "Overwrites the bytes of a string from an offset on; what lies between its end and the offset is zero.",
    since: "2.2.0",
    complexity: "O(1) for a short value that fits in place",
    group: Group::String,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_UPDATE],
    run: Some(setrange),
    ..Command::DEFAULT
};

fn setrange(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, offset, patch) = (args.next()?, args.integer()?, args.next()?);
    let offset = usize::try_from(offset).map_err(|_| match offset {
        ..0 => Error::OffsetOutOfRange,
        _ => Error::StringTooLong,
    })?;
    let limit = longest_string(call);
    let length = call.update_or_create::<StringValue, _>(key, |string, _| {
        if patch.is_empty() {
            return (Ok(string.len()), Touched::NOTHING);
        }
        let end = offset.saturating_add(patch.len());
        let room = begin_or_grow(string, end, limit);
        let result = room.map(|()| string.edit(|text| overwrite(text, offset, end, patch)));
        let touched = Touched::when(result.is_ok(), "setrange");
        (result, touched)
    })??;
    call.reply.integer(length as i64);
    Ok(())
}

fn overwrite(text: &mut Vec<u8>, offset: usize, end: usize, patch: &[u8]) -> usize {
    if text.len() < end {
        text.resize(end, 0);
    }
    if let Some(room) = text.get_mut(offset..end) {
        room.copy_from_slice(patch);
    }
    text.len()
}

/// The most bytes that a string may have. A journal that is replayed was written under another limit perhaps.
fn longest_string(call: &Call) -> usize {
    if call.keyspace.expiring { call.server.max_string_bytes } else { usize::MAX }
}

/// Makes room for `length` bytes, so that what follows allocates nothing. As in Redis (`sdsMakeRoomFor`) there is room
/// for as much again, since a string that grew will grow again, but for no more than a megabyte.
///
/// # Errors
/// When a string must not be that long, or there is no memory for it.
fn grow(string: &mut StringValue, length: usize, limit: usize) -> Result<(), Error> {
    const MOST_SPARE: usize = 1024 * 1024;
    reserve(string, length, length.min(MOST_SPARE), limit)
}

/// The same for a string that has just been made perhaps, by SETRANGE or its first bit: as in Redis, an empty one gets
/// room for exactly what it needs.
///
/// # Errors
/// As [`grow`].
pub(in crate::commands) fn begin_or_grow(string: &mut StringValue, length: usize, limit: usize) -> Result<(), Error> {
    if string.is_empty() { reserve(string, length, 0, limit) } else { grow(string, length, limit) }
}

fn reserve(string: &mut StringValue, length: usize, spare: usize, limit: usize) -> Result<(), Error> {
    if length > limit {
        return Err(Error::StringTooLong);
    }
    string.edit(|text| {
        if length <= text.capacity() {
            return Ok(());
        }
        let additional = length.saturating_add(spare).saturating_sub(text.len());
        text.try_reserve_exact(additional).map_err(|_| Error::OutOfMemory)
    })
}
