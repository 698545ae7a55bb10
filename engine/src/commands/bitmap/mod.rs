//! Strings as rows of bits: single bits, counting, searching and combining. Integers in them are `field`'s.

mod field;

use crate::base::bits::{self, Combination};
use crate::base::numbers::parse_i64;
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::encoding::Digits;
use crate::keyspace::{Class, Expiry, Touched};
use crate::value::{StringValue, Value};

use super::string::begin_or_grow;

family![BITCOUNT, field::BITFIELD, field::BITFIELD_RO, BITOP, BITPOS, GETBIT, SETBIT];

/// The offset of a bit.
///
/// # Errors
/// When it is no number, negative, or in a byte beyond the longest string; a journal may hold any.
fn bit_offset(call: &Call, text: &[u8]) -> Result<u64, Error> {
    parse_i64(text).and_then(|offset| within_strings(call, offset)).ok_or(Error::BitOffset)
}

/// The offset when a string may reach that far.
fn within_strings(call: &Call, offset: i64) -> Option<u64> {
    let offset = u64::try_from(offset).ok()?;
    let fits = !call.keyspace.expiring || offset >> 3 < call.server.max_string_bytes as u64;
    fits.then_some(offset)
}

/// Makes a string reach to the byte of `last_bit`; whether it became longer.
///
/// # Errors
/// When there is no memory for it.
fn reach(string: &mut StringValue, last_bit: u64) -> Result<bool, Error> {
    let length = usize::try_from(last_bit >> 3).ok().and_then(|byte| byte.checked_add(1)).ok_or(Error::OutOfMemory)?;
    if string.len() >= length {
        return Ok(false);
    }
    begin_or_grow(string, length, usize::MAX)?;
    string.edit(|text| text.resize(length, 0));
    Ok(true)
}

const SETBIT: Command = Command {
    name: "SETBIT",
    syntax: "key offset value<integer>",
    summary: "Sets or clears one bit of a string, which grows as far as needed, and returns what the bit was.",
    since: "2.2.0",
    complexity: "O(1)",
    group: Group::Bitmap,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(setbit),
    ..Command::DEFAULT
};

fn setbit(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let offset = bit_offset(call, args.next()?)?;
    let value = match parse_i64(args.next()?) {
        Some(0) => false,
        Some(1) => true,
        _ => return Err(Error::Static("ERR bit is not an integer or out of range")),
    };
    let before = call.update_or_create::<StringValue, _>(key, |string, _| {
        let grown = match reach(string, offset) {
            Ok(grown) => grown,
            Err(error) => return (Err(error), Touched::NOTHING),
        };
        string.edit(|text| {
            let before = bits::get(text, offset);
            bits::set(text, offset, value);
            (Ok(before), Touched::when(grown || before != value, "setbit"))
        })
    })??;
    call.reply.integer(i64::from(before));
    Ok(())
}

const GETBIT: Command = Command {
    name: "GETBIT",
    syntax: "key offset",
    summary: "Returns one bit of a string; beyond its end there are zeros.",
    since: "2.2.0",
    complexity: "O(1)",
    group: Group::Bitmap,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(getbit),
    ..Command::DEFAULT
};

fn getbit(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let offset = bit_offset(call, args.next()?)?;
    let string = call.read::<StringValue>(key)?;
    let bit = string.is_some_and(|string| string.with_bytes(|text| bits::get(text, offset)));
    call.reply.integer(i64::from(bit));
    Ok(())
}

/// In what the ends of a range are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Byte,
    Bit,
}

impl Unit {
    /// Reads `[BYTE | BIT]` to the end of the arguments.
    fn parse(args: &mut Args) -> Result<Unit, Error> {
        let unit = if args.keyword("BIT") {
            Unit::Bit
        } else if args.is_empty() || args.keyword("BYTE") {
            Unit::Byte
        } else {
            return Err(Error::Syntax);
        };
        args.finish()?;
        Ok(unit)
    }

    /// The bits `first..=last` that a range names in a string of `length` bytes: negative ends count from its end.
    fn bits(self, start: i64, end: i64, length: usize) -> Option<(u64, u64)> {
        let factor = if self == Unit::Bit { 8 } else { 1 };
        let total = i64::try_from(length).ok()?.checked_mul(factor)?;
        let resolve = |at: i64| if at < 0 { at.saturating_add(total).max(0) } else { at };
        let (start, end) = (resolve(start), resolve(end).min(total - 1));
        if start > end {
            return None;
        }
        let (start, end) = (start.cast_unsigned(), end.cast_unsigned());
        Some(if self == Unit::Bit { (start, end) } else { (start * 8, end * 8 + 7) })
    }
}

const BITCOUNT: Command = Command {
    name: "BITCOUNT",
    syntax: "key [index: start end [index_unit: BYTE | BIT]@7.0.0]",
    summary: "Counts the bits that are set in a string or in a part of it.",
    since: "2.6.0",
    complexity: "O(N)",
    group: Group::Bitmap,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(bitcount),
    history: &[("7.0.0", "The part may be given in bits: `BIT`.")],
    ..Command::DEFAULT
};

fn bitcount(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let range = match args.remaining() {
        0 => None,
        2 | 3 => Some((args.integer()?, args.integer()?, Unit::parse(&mut args)?)),
        _ => return Err(Error::Syntax),
    };
    let Some(string) = call.keyspace.read::<StringValue>(call.client.database, key)? else {
        call.reply.integer(0);
        return Ok(());
    };
    let mut digits = Digits::default();
    let text = string.bytes(&mut digits);
    let count = match range {
        None => bits::count(text),
        Some((start, end, _)) if start < 0 && end < 0 && start > end => 0,
        Some((start, end, unit)) => {
            unit.bits(start, end, text.len()).map_or(0, |(first, last)| bits::count_between(text, first, last))
        }
    };
    call.reply.integer(count.cast_signed());
    Ok(())
}

const BITPOS: Command = Command {
    name: "BITPOS",
    syntax: "key bit<integer> [index: start [end_index: end [index_unit: BYTE | BIT]@7.0.0]]",
    summary: "Finds the first bit that is set, or clear, in a string or in a part of it.",
    since: "2.8.7",
    complexity: "O(N)",
    group: Group::Bitmap,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(bitpos),
    history: &[("7.0.0", "The part may be given in bits: `BIT`.")],
    ..Command::DEFAULT
};

fn bitpos(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let wanted = match args.integer()? {
        0 => false,
        1 => true,
        _ => return Err(Error::Static("ERR The bit argument must be 1 or 0.")),
    };
    if args.remaining() > 3 {
        return Err(Error::Syntax);
    }
    let start = if args.is_empty() { 0 } else { args.integer()? };
    let end = args.next_if_any();
    // The unit is looked at before the end, as in Redis.
    let unit = Unit::parse(&mut args)?;
    let end = end.map(|end| parse_i64(end).ok_or(Error::NotInteger)).transpose()?;
    let Some(string) = call.keyspace.read::<StringValue>(call.client.database, key)? else {
        // A string that is not there is an endless row of zeros.
        call.reply.integer(if wanted { -1 } else { 0 });
        return Ok(());
    };
    let mut digits = Digits::default();
    let text = string.bytes(&mut digits);
    let range = unit.bits(start, end.unwrap_or(i64::MAX), text.len());
    let found = range.and_then(|(first, last)| bits::find(text, wanted, first, last));
    // Without an end the string counts as followed by zeros.
    let beyond = (range.is_some() && !wanted && end.is_none()).then_some(text.len() as u64 * 8);
    call.reply.integer(found.or(beyond).map_or(-1, u64::cast_signed));
    Ok(())
}

const BITOP: Command = Command {
    name: "BITOP",
    syntax: "operation destkey key...",
    summary: "Combines strings bit by bit with AND, OR or XOR, or inverts one with NOT, and stores the result.",
    since: "2.6.0",
    complexity: "O(N)",
    group: Group::Bitmap,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE, Access::RO_ACCESS],
    run: Some(bitop),
    ..Command::DEFAULT
};

fn bitop(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let combination = if args.keyword("AND") {
        Some(Combination::And)
    } else if args.keyword("OR") {
        Some(Combination::Or)
    } else if args.keyword("XOR") {
        Some(Combination::Xor)
    } else if args.keyword("NOT") {
        None
    } else {
        return Err(Error::Syntax);
    };
    let (destination, keys) = (args.next()?, args.rest());
    if combination.is_none() && keys.len() != 1 {
        return Err(Error::Static("ERR BITOP NOT must be called with a single source key."));
    }
    let database = call.database();
    let mut longest = 0;
    for key in keys {
        longest = longest.max(call.read::<StringValue>(key)?.map_or(0, StringValue::len));
    }
    let mut result = Vec::new();
    result.try_reserve_exact(longest).map_err(|_| Error::OutOfMemory)?;
    let mut digits = vec![Digits::default(); keys.len()];
    let mut sources: Vec<&[u8]> = Vec::with_capacity(keys.len());
    for (key, digits) in keys.iter().zip(&mut digits) {
        let string = call.keyspace.view::<StringValue>(database, key)?;
        sources.push(string.map_or(&b""[..], |string| string.bytes(digits)));
    }
    // Block by block, so that what is combined next is still in the processor's cache.
    while result.len() < longest {
        const BLOCK: usize = 8192;
        let start = result.len();
        let end = longest.min(start + BLOCK);
        for (index, source) in sources.iter().enumerate() {
            let part = source.get(start..end.min(source.len())).unwrap_or_default();
            match (index, combination, result.get_mut(start..end)) {
                (1.., Some(combination), Some(block)) => bits::combine(block, part, combination),
                _ => {
                    result.extend_from_slice(part);
                    result.resize(end, 0);
                }
            }
        }
        if combination.is_none() {
            result.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
        }
    }
    if longest == 0 {
        call.keyspace.clear(database, destination);
    } else {
        let mut string = StringValue::new(b"");
        string.edit(|text| *text = result);
        let value = Value::String(string);
        call.keyspace.set(database, destination, value, Expiry::Clear, Class::String, "set");
    }
    call.reply.integer(longest as i64);
    Ok(())
}
