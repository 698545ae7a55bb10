//! BITFIELD: integers of any width at any place of a string.

use crate::base::bits;
use crate::base::numbers::parse_i64;
use crate::command::{Access, Args, Error, Flags, Group, keys, quoted};
use crate::dispatch::{Call, Command};
use crate::encoding::Digits;
use crate::keyspace::Touched;
use crate::value::StringValue;

use super::{reach, within_strings};

pub(super) const BITFIELD: Command = Command {
    name: "BITFIELD",
    syntax: "key [operation: GET (encoding offset) | (write: [OVERFLOW (wrap_sat_fail: WRAP | SAT | FAIL)] \
             (write_operation: SET (encoding offset value<integer>) | INCRBY (encoding offset increment)))]...",
    summary: "Reads, sets and increments integers of any width at any place of a string.",
    since: "3.2.0",
    complexity: "O(1) for each operation",
    group: Group::Bitmap,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_ACCESS_UPDATE.with(Access::VARIABLE_FLAGS)],
    find_keys: Some(keys::of_bitfield),
    run: Some(|call, args| bitfield(call, args, true)),
    ..Command::DEFAULT
};

pub(super) const BITFIELD_RO: Command = Command {
    name: "BITFIELD_RO",
    syntax: "key [GET (encoding offset)]...",
    summary: "Reads integers of any width at any place of a string.",
    since: "6.0.0",
    complexity: "O(1) for each operation",
    group: Group::Bitmap,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(|call, args| bitfield(call, args, false)),
    ..Command::DEFAULT
};

/// What happens to a number that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

/// A type such as `i16` or `u8`. A signed one has 1 to 64 bits, an unsigned one up to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    signed: bool,
    width: u32,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Get,
    Set(i64, Overflow),
    Increment(i64, Overflow),
}

#[derive(Clone, Copy, Debug)]
struct Operation {
    field: Field,
    offset: u64,
    action: Action,
}

impl Field {
    fn parse(text: &[u8]) -> Result<Field, Error> {
        const INVALID: Error = Error::Static(
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
        );
        let (signed, width) = match quoted(text).split_first() {
            Some((b'i', width)) => (true, width),
            Some((b'u', width)) => (false, width),
            _ => return Err(INVALID),
        };
        let most = if signed { 64 } else { 63 };
        match parse_i64(width) {
            Some(width) if (1..=most).contains(&width) => Ok(Field { signed, width: width as u32 }),
            _ => Err(INVALID),
        }
    }

    /// The number that stands at an offset.
    fn read(self, text: &[u8], offset: u64) -> i64 {
        let bits = bits::read(text, offset, self.width);
        let unused = bits::MOST_BITS - self.width;
        if self.signed { (bits << unused).cast_signed() >> unused } else { bits.cast_signed() }
    }

    /// What becomes of `value + increment`, and whether that is another number.
    fn fit(self, value: i64, increment: i64, overflow: Overflow) -> (i64, bool) {
        if self.signed {
            self.fit_signed(value, increment, overflow)
        } else {
            self.fit_unsigned(value, increment, overflow)
        }
    }

    fn fit_signed(self, value: i64, increment: i64, overflow: Overflow) -> (i64, bool) {
        let unused = bits::MOST_BITS - self.width;
        let (least, most) = (i64::MIN >> unused, i64::MAX >> unused);
        // These differences wrap in Redis, which shows when the value itself lies far outside.
        let (room_above, room_below) = (most.wrapping_sub(value), least.wrapping_sub(value));
        let narrow = self.width != bits::MOST_BITS;
        let too_high = value > most
            || (narrow && increment > room_above)
            || (value >= 0 && increment > 0 && increment > room_above);
        let too_low = value < least
            || (narrow && increment < room_below)
            || (value < 0 && increment < 0 && increment < room_below);
        let sum = value.wrapping_add(increment);
        match overflow {
            _ if !too_high && !too_low => (sum, false),
            Overflow::Saturate => (if too_high { most } else { least }, true),
            _ => (sum << unused >> unused, true),
        }
    }

    fn fit_unsigned(self, value: i64, increment: i64, overflow: Overflow) -> (i64, bool) {
        let most = u64::MAX >> (bits::MOST_BITS - self.width);
        let value = value.cast_unsigned();
        let room = most.wrapping_sub(value).cast_signed();
        let too_high = value > most || (increment > 0 && increment > room);
        let too_low = increment < 0 && increment < value.wrapping_neg().cast_signed();
        let sum = value.wrapping_add(increment.cast_unsigned());
        let fitted = match overflow {
            _ if !too_high && !too_low => sum,
            Overflow::Saturate if too_high => most,
            Overflow::Saturate => 0,
            _ => sum & most,
        };
        (fitted.cast_signed(), too_high || too_low)
    }
}

impl Operation {
    /// Runs it; what it answers, and whether the string has changed. `None` for what `OVERFLOW FAIL` refuses.
    fn run(&self, text: &mut [u8]) -> (Option<i64>, bool) {
        let Operation { field, offset, action } = *self;
        let before = field.read(text, offset);
        let ((after, overflowed), overflow) = match action {
            Action::Get => return (Some(before), false),
            Action::Set(value, overflow) => (field.fit(value, 0, overflow), overflow),
            Action::Increment(increment, overflow) => (field.fit(before, increment, overflow), overflow),
        };
        if overflowed && overflow == Overflow::Fail {
            return (None, false);
        }
        bits::write(text, offset, field.width, after.cast_unsigned());
        (Some(if matches!(action, Action::Set(..)) { before } else { after }), before != after)
    }
}

/// `#n` counts in fields of the operation's type.
fn field_offset(call: &Call, text: &[u8], field: Field) -> Result<u64, Error> {
    let offset = match text.strip_prefix(b"#") {
        Some(number) => parse_i64(number).and_then(|number| number.checked_mul(i64::from(field.width))),
        None => parse_i64(text),
    };
    offset.and_then(|offset| within_strings(call, offset)).ok_or(Error::BitOffset)
}

fn parse(call: &Call, args: &mut Args) -> Result<Vec<Operation>, Error> {
    let mut operations = Vec::new();
    let mut overflow = Overflow::Wrap;
    while !args.is_empty() {
        let remaining = args.remaining();
        if remaining > 1 && args.keyword("OVERFLOW") {
            overflow = if args.keyword("WRAP") {
                Overflow::Wrap
            } else if args.keyword("SAT") {
                Overflow::Saturate
            } else if args.keyword("FAIL") {
                Overflow::Fail
            } else {
                return Err(Error::Static("ERR Invalid OVERFLOW type specified"));
            };
            continue;
        }
        let action: fn(i64, Overflow) -> Action = if remaining > 2 && args.keyword("GET") {
            |_, _| Action::Get
        } else if remaining > 3 && args.keyword("SET") {
            Action::Set
        } else if remaining > 3 && args.keyword("INCRBY") {
            Action::Increment
        } else {
            return Err(Error::Syntax);
        };
        let field = Field::parse(args.next()?)?;
        let offset = field_offset(call, args.next()?, field)?;
        let action = match action(0, overflow) {
            Action::Get => Action::Get,
            _ => action(args.integer()?, overflow),
        };
        operations.push(Operation { field, offset, action });
    }
    Ok(operations)
}

fn bitfield(call: &mut Call, mut args: Args, may_write: bool) -> Result<(), Error> {
    let key = args.next()?;
    let operations = parse(call, &mut args)?;
    let writes = operations.iter().filter(|operation| !matches!(operation.action, Action::Get));
    let last_bit = writes.map(|operation| operation.offset.saturating_add(u64::from(operation.field.width) - 1)).max();
    let Some(last_bit) = last_bit else { return read_only(call, key, &operations) };
    if !may_write {
        return Err(Error::Static("ERR BITFIELD_RO only supports the GET subcommand"));
    }
    let answers = call.update_or_create::<StringValue, _>(key, |string, _| {
        let grown = match reach(string, last_bit) {
            Ok(grown) => grown,
            Err(error) => return (Err(error), Touched::NOTHING),
        };
        string.edit(|text| {
            let results: Vec<_> = operations.iter().map(|operation| (operation, operation.run(text))).collect();
            let changes = results.iter().filter(|(operation, (answer, changed))| {
                *changed || (grown && answer.is_some() && !matches!(operation.action, Action::Get))
            });
            let touched = match changes.count() {
                // A string that only grew is announced by nobody, as in Redis, which keeps it from the journal as well:
                // after a restart it is short again. Here it counts as a change.
                0 if grown => Touched::quietly(1),
                changes => Touched::times("setbit", changes),
            };
            let answers: Vec<Option<i64>> = results.iter().map(|(_, (answer, _))| *answer).collect();
            (Ok(answers), touched)
        })
    })??;
    write_answers(call, answers.into_iter());
    Ok(())
}

fn read_only(call: &mut Call, key: &[u8], operations: &[Operation]) -> Result<(), Error> {
    let mut digits = Digits::default();
    let text = call.keyspace.read::<StringValue>(call.client.database, key)?.map_or(&b""[..], |s| s.bytes(&mut digits));
    let answers: Vec<_> = operations.iter().map(|operation| operation.field.read(text, operation.offset)).collect();
    write_answers(call, answers.into_iter().map(Some));
    Ok(())
}

fn write_answers(call: &mut Call, answers: impl ExactSizeIterator<Item = Option<i64>>) {
    call.reply.array(answers.len());
    for answer in answers {
        match answer {
            Some(number) => call.reply.integer(number),
            None => call.reply.null(),
        }
    }
}
