//! Lists: the commands that wait until there is an element.

use super::list::{move_element, pop_first, side};
use super::{numkeys, timeout};
use crate::command::{Access, Args, Deprecated, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::Touched;
use crate::server::{OnTimeout, Wait};
use crate::value::List;
use crate::value::list::Side;

family![BLMOVE, BLMPOP, BLPOP, BRPOP, BRPOPLPUSH];

/// What TYPE says of what these commands wait for.
const WAIT: Wait = Wait::Key("list");

const SINCE_FLOAT: &[(&str, &str)] = &[("6.0.0", "The timeout may have a fraction.")];

const BLPOP: Command = Command {
    name: "BLPOP",
    syntax: "key... timeout<double>",
    summary: "Removes the first element of the first of several lists that has any; waits for one.",
    since: "2.0.0",
    complexity: "O(N), N = provided keys",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::NOSCRIPT).with(Flags::BLOCKING),
    access: &[Access::RW_ACCESS_DELETE],
    history: SINCE_FLOAT,
    run: Some(|call, args| pop(call, args, Side::Front)),
    ..Command::DEFAULT
};

const BRPOP: Command = Command {
    name: "BRPOP",
    syntax: "key... timeout<double>",
    summary: "Removes the last element of the first of several lists that has any; waits for one.",
    since: "2.0.0",
    complexity: "O(N), N = provided keys",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::NOSCRIPT).with(Flags::BLOCKING),
    access: &[Access::RW_ACCESS_DELETE],
    history: SINCE_FLOAT,
    run: Some(|call, args| pop(call, args, Side::Back)),
    ..Command::DEFAULT
};

fn pop(call: &mut Call, args: Args, side: Side) -> Result<(), Error> {
    let (last, keys) = args.rest().split_last().ok_or(Error::Syntax)?;
    let deadline = timeout::seconds(last, call.now)?;
    for key in keys {
        if call.seek::<List>(key)?.is_none() {
            continue;
        }
        let element = call.update::<List, _>(key, |list, limits| {
            let element = list.pop(side, limits);
            let touched = Touched::when(element.is_some(), if side == Side::Front { "lpop" } else { "rpop" });
            (element, touched)
        })?;
        call.reply.array(2);
        call.reply.bulk(key);
        call.reply.bulk(&element.flatten().unwrap_or_default());
        call.propagate(&[if side == Side::Front { b"LPOP" } else { b"RPOP" }, key]);
        return Ok(());
    }
    if !call.block(WAIT, keys, deadline, OnTimeout::NullArray) {
        call.reply.null_array();
    }
    Ok(())
}

const BLMPOP: Command = Command {
    name: "BLMPOP",
    syntax: "timeout<double> numkeys key... (where: LEFT | RIGHT) [COUNT count]",
    summary: "Removes elements from the first of several lists that has any; waits for one.",
    since: "7.0.0",
    complexity: "O(N+M), N = provided keys, M = elements returned",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::BLOCKING),
    access: &[Access::RW_ACCESS_DELETE],
    run: Some(blmpop),
    ..Command::DEFAULT
};

fn blmpop(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let timeout = args.next()?;
    let keys = numkeys::keys(&mut args, Error::Syntax)?;
    let side = side(&mut args)?;
    let count = numkeys::count(&mut args)?;
    let deadline = timeout::seconds(timeout, call.now)?;
    if !pop_first(call, keys, side, count)? && !call.block(WAIT, keys, deadline, OnTimeout::NullArray) {
        call.reply.null_array();
    }
    Ok(())
}

const BLMOVE: Command = Command {
    name: "BLMOVE",
    syntax: "source destination (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT) timeout<double>",
    summary: "Moves an element from an end of one list to an end of another; waits for one.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::NOSCRIPT).with(Flags::BLOCKING),
    access: &[Access::RW_ACCESS_DELETE, Access::RW_INSERT],
    run: Some(blmove),
    ..Command::DEFAULT
};

fn blmove(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (source, destination) = (args.next()?, args.next()?);
    let (from_word, to_word) = (args.peek(), args.rest().get(1).copied());
    let (from, to) = (side(&mut args)?, side(&mut args)?);
    move_or_wait(call, source, destination, from, to, args.next()?)?;
    if let (Some(from), Some(to), None) = (from_word, to_word, &call.client.blocked) {
        call.propagate(&[b"LMOVE", source, destination, from, to]);
    }
    Ok(())
}

const BRPOPLPUSH: Command = Command {
    name: "BRPOPLPUSH",
    syntax: "source destination timeout<double>",
    summary: "Moves the last element of one list to the head of another; waits for one.",
    since: "2.2.0",
    complexity: "O(1)",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::NOSCRIPT).with(Flags::BLOCKING),
    access: &[Access::RW_ACCESS_DELETE, Access::RW_INSERT],
    history: SINCE_FLOAT,
    deprecated: Some(Deprecated { since: "6.2.0", replaced_by: "`BLMOVE` with `RIGHT` and `LEFT`" }),
    run: Some(brpoplpush),
    ..Command::DEFAULT
};

fn brpoplpush(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (source, destination) = (args.next()?, args.next()?);
    move_or_wait(call, source, destination, Side::Back, Side::Front, args.next()?)?;
    if call.client.blocked.is_none() {
        call.propagate(&[b"RPOPLPUSH", source, destination]);
    }
    Ok(())
}

fn move_or_wait(
    call: &mut Call,
    source: &[u8],
    destination: &[u8],
    from: Side,
    to: Side,
    timeout: &[u8],
) -> Result<(), Error> {
    let deadline = timeout::seconds(timeout, call.now)?;
    let exists = call.seek::<List>(source)?.is_some();
    if !exists && call.block(WAIT, &[source], deadline, OnTimeout::NullArray) {
        return Ok(());
    }
    move_element(call, source, destination, from, to)
}
