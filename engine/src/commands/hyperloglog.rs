//! HyperLogLogs: estimates of how many different elements were added. They are strings; how those are laid out is
//! `encoding::hyperloglog`'s.

use crate::command::{Access, Args, Error, Flags, Group, quoted};
use crate::dispatch::{Call, Command};
use crate::encoding::{Corrupt, hyperloglog};
use crate::keyspace::Touched;
use crate::value::{Limits, StringValue};

family![PFADD, PFCOUNT, PFDEBUG, PFMERGE, PFSELFTEST];

const NOT_ONE: Error = Error::Static("WRONGTYPE Key is not a valid HyperLogLog string value.");
const CORRUPT: Error = Error::Static("INVALIDOBJ Corrupted HLL object detected");

impl From<Corrupt> for Error {
    fn from(_: Corrupt) -> Error {
        CORRUPT
    }
}

fn is_one(string: &StringValue) -> bool {
    string.stored_int().is_none() && string.with_bytes(hyperloglog::is_valid)
}

/// Changes the HyperLogLog of a key; `None` when there is no such key.
///
/// # Errors
/// When the key holds something else, and those of `change`.
fn update<R>(
    call: &mut Call,
    key: &[u8],
    change: impl FnOnce(&mut Vec<u8>, &Limits) -> (Result<R, Error>, Touched),
) -> Result<Option<R>, Error> {
    let updated = call.update::<StringValue, _>(key, |string, limits| {
        if is_one(string) { string.edit(|text| change(text, limits)) } else { (Err(NOT_ONE), Touched::NOTHING) }
    })?;
    updated.transpose()
}

/// [`update`] of an empty one, which a key gets that is not there.
fn create<R>(
    call: &mut Call,
    key: &[u8],
    change: impl FnOnce(&mut Vec<u8>, &Limits) -> (Result<R, Error>, Touched),
) -> Result<R, Error> {
    call.update_or_create::<StringValue, _>(key, |string, limits| {
        string.edit(|text| {
            *text = hyperloglog::new();
            change(text, limits)
        })
    })?
}

const PFADD: Command = Command {
    name: "PFADD",
    syntax: "key [element...]",
    summary: "Adds elements to a HyperLogLog, which is created when there is none; 1 when its estimate may change.",
    since: "2.8.9",
    complexity: "O(1) for each element",
    group: Group::HyperLogLog,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_INSERT],
    run: Some(pfadd),
    ..Command::DEFAULT
};

fn pfadd(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let elements = args.rest();
    let add = |text: &mut Vec<u8>, limits: &Limits, created: usize| {
        let mut raised = created;
        let mut result = Ok(());
        for element in elements {
            match hyperloglog::add(text, element, limits.hll_sparse_max_bytes) {
                Ok(changed) => raised += usize::from(changed),
                Err(error) => {
                    result = Err(error.into());
                    break;
                }
            }
        }
        if raised > 0 {
            hyperloglog::outdate(text);
        }
        // What is damaged further on is told of, and nothing else, as in Redis.
        let counted = if result.is_ok() { raised } else { 0 };
        (result.map(|()| raised > 0), Touched::times("pfadd", counted))
    };
    let changed = match update(call, key, |text, limits| add(text, limits, 0))? {
        Some(changed) => changed,
        None => create(call, key, |text, limits| add(text, limits, 1))?,
    };
    call.reply.integer(i64::from(changed));
    Ok(())
}

const PFCOUNT: Command = Command {
    name: "PFCOUNT",
    syntax: "key...",
    summary: "Estimates how many different elements were added to one or several HyperLogLogs.",
    since: "2.8.9",
    complexity: "O(1) for one key that did not change since; O(N) for N keys, with a large constant",
    group: Group::HyperLogLog,
    // It keeps the estimate in the string, which the journal must know.
    flags: Flags::READONLY.with(Flags::MAY_REPLICATE),
    access: &[Access::RW_ACCESS],
    run: Some(pfcount),
    ..Command::DEFAULT
};

fn pfcount(call: &mut Call, args: Args) -> Result<(), Error> {
    let estimate = match args.rest() {
        [key] => count_one(call, key)?,
        keys => hyperloglog::estimate_of(&merged(call, keys)?.registers),
    };
    call.reply.integer(estimate.cast_signed());
    Ok(())
}

/// The estimate of one key, which it keeps.
fn count_one(call: &mut Call, key: &[u8]) -> Result<u64, Error> {
    let Some(string) = call.read::<StringValue>(key)? else { return Ok(0) };
    if !is_one(string) {
        return Err(NOT_ONE);
    }
    // Redis makes the string one that can be changed in place even when it does not change it.
    let is_raw = string.encoding() == "raw";
    if let Some(estimate) = string.with_bytes(hyperloglog::last_estimate).filter(|_| is_raw) {
        return Ok(estimate);
    }
    let counted = update(call, key, |text, _| match hyperloglog::last_estimate(text) {
        Some(estimate) => (Ok(estimate), Touched::NOTHING),
        None => match hyperloglog::estimate(text) {
            Ok(estimate) => {
                hyperloglog::keep_estimate(text, estimate);
                (Ok(estimate), Touched::UNANNOUNCED)
            }
            Err(error) => (Err(error.into()), Touched::NOTHING),
        },
    })?;
    Ok(counted.unwrap_or(0))
}

/// The highest values of each register in several HyperLogLogs.
struct Merged {
    registers: Box<hyperloglog::Registers>,
    /// Whether one of them was dense.
    dense: bool,
}

fn merged(call: &mut Call, keys: &[&[u8]]) -> Result<Merged, Error> {
    let mut merged = Merged { registers: Box::new([0; hyperloglog::REGISTERS]), dense: false };
    for key in keys {
        let Some(string) = call.read::<StringValue>(key)? else { continue };
        if !is_one(string) {
            return Err(NOT_ONE);
        }
        string.with_bytes(|text| {
            merged.dense |= !hyperloglog::is_sparse(text);
            hyperloglog::merge(&mut merged.registers, text)
        })?;
    }
    Ok(merged)
}

const PFMERGE: Command = Command {
    name: "PFMERGE",
    syntax: "destkey sourcekey<key>...",
    arity: Some(-2),
    summary: "Merges HyperLogLogs into one, which then estimates the union of what was added to them.",
    since: "2.8.9",
    complexity: "O(N) for N HyperLogLogs, with a large constant",
    group: Group::HyperLogLog,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_ACCESS.with(Access::INSERT), Access::RO_ACCESS],
    run: Some(pfmerge),
    ..Command::DEFAULT
};

fn pfmerge(call: &mut Call, args: Args) -> Result<(), Error> {
    let keys = args.rest();
    let Merged { registers, dense } = merged(call, keys)?;
    let destination = keys.first().copied().unwrap_or_default();
    let write = |text: &mut Vec<u8>, limits: &Limits| {
        if dense && let Err(error) = hyperloglog::make_dense(text) {
            return (Err(error.into()), Touched::NOTHING);
        }
        if hyperloglog::is_sparse(text) {
            for (register, &value) in registers.iter().enumerate().filter(|(_, value)| **value > 0) {
                // The string was merged itself, so its runs cover all registers; Redis does not look either.
                let _ = hyperloglog::raise(text, register, value, limits.hll_sparse_max_bytes);
            }
        } else {
            // The destination is one of those that were merged.
            hyperloglog::set_dense(text, &registers);
        }
        hyperloglog::outdate(text);
        (Ok(()), Touched::once("pfadd"))
    };
    if update(call, destination, write)?.is_none() {
        create(call, destination, write)?;
    }
    call.reply.ok();
    Ok(())
}

const PFDEBUG: Command = Command {
    name: "PFDEBUG",
    syntax: "subcommand key",
    summary: "Shows how a HyperLogLog is kept (ENCODING, DECODE, GETREG), or makes it dense (TODENSE).",
    since: "2.8.9",
    complexity: "O(N) for N bytes",
    group: Group::HyperLogLog,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::ADMIN).with(Flags::SYSTEM),
    access: &[Access::RW_ACCESS],
    run: Some(pfdebug),
    ..Command::DEFAULT
};

/// What PFDEBUG shows.
enum Shown {
    Registers(Box<hyperloglog::Registers>),
    Runs(String),
    Encoding(&'static str),
    Changed(bool),
}

fn pfdebug(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (subcommand, key) = (args.next()?, args.next()?);
    let is = |name: &str| subcommand.eq_ignore_ascii_case(name.as_bytes());
    let shown = update(call, key, |text, _| {
        let make_dense = |text: &mut Vec<u8>| match hyperloglog::make_dense(text) {
            Ok(changed) => (Ok(changed), Touched::quietly(usize::from(changed))),
            Err(error) => (Err(error.into()), Touched::NOTHING),
        };
        if is("GETREG") {
            let (result, touched) = make_dense(text);
            let registers = result.and_then(|_| {
                let mut registers = Box::new([0; hyperloglog::REGISTERS]);
                hyperloglog::merge(&mut registers, text)?;
                Ok(Shown::Registers(registers))
            });
            return (registers, touched);
        }
        if is("TODENSE") {
            let (result, touched) = make_dense(text);
            return (result.map(Shown::Changed), touched);
        }
        let result = if is("DECODE") {
            if hyperloglog::is_sparse(text) {
                Ok(Shown::Runs(hyperloglog::runs(text)))
            } else {
                Err(Error::Static("ERR HLL encoding is not sparse"))
            }
        } else if is("ENCODING") {
            Ok(Shown::Encoding(if hyperloglog::is_sparse(text) { "sparse" } else { "dense" }))
        } else {
            Err(Error::text_of([b"ERR Unknown PFDEBUG subcommand '", quoted(subcommand), b"'"].concat()))
        };
        (result, Touched::NOTHING)
    })?;
    match shown.ok_or(Error::Static("ERR The specified key does not exist"))? {
        Shown::Registers(registers) => {
            call.reply.array(registers.len());
            registers.iter().for_each(|&value| call.reply.integer(i64::from(value)));
        }
        Shown::Runs(text) => call.reply.bulk(text.as_bytes()),
        Shown::Encoding(name) => call.reply.simple(name),
        Shown::Changed(changed) => call.reply.integer(i64::from(changed)),
    }
    Ok(())
}

const PFSELFTEST: Command = Command {
    name: "PFSELFTEST",
    summary: "Tests the HyperLogLog of this node: its registers, and how far its estimates are off.",
    since: "2.8.9",
    complexity: "O(1), some milliseconds",
    group: Group::HyperLogLog,
    flags: Flags::ADMIN.with(Flags::SYSTEM),
    run: Some(pfselftest),
    ..Command::DEFAULT
};

fn pfselftest(call: &mut Call, _: Args) -> Result<(), Error> {
    /// Elements that are added; the estimate is looked at whenever there are ten times as many.
    const ELEMENTS: u64 = 100_000;
    /// Six standard errors, as Redis allows.
    const MOST_ERROR: f64 = 6.0 * 1.04 / 128.0;
    let most_sparse = call.keyspace.limits.hll_sparse_max_bytes;
    let (mut runs, mut packed) = (hyperloglog::new(), hyperloglog::new());
    hyperloglog::make_dense(&mut packed)?;
    let mut next_look = 1;
    for number in 1..=ELEMENTS {
        let element = number.to_le_bytes();
        hyperloglog::add(&mut runs, &element, most_sparse)?;
        hyperloglog::add(&mut packed, &element, most_sparse)?;
        if number != next_look {
            continue;
        }
        next_look = next_look.saturating_mul(10);
        let (estimate, other) = (hyperloglog::estimate(&runs)?, hyperloglog::estimate(&packed)?);
        let error = estimate.abs_diff(number);
        if other != estimate {
            return Err(Error::text_of(format!("TESTFAILED dense/sparse disagree: {other} and {estimate}")));
        }
        if error as f64 > (MOST_ERROR * number as f64).ceil() {
            return Err(Error::text_of(format!("TESTFAILED Too big error. card:{estimate} abserr:{error}")));
        }
    }
    call.reply.ok();
    Ok(())
}
