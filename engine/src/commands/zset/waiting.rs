//! Sorted sets: the commands that wait until there is a member.

use super::{End, end, pop_first, pop_many};
use crate::command::{Access, Args, Error, Flags, Group};
use crate::commands::element::write_element;
use crate::commands::{numkeys, timeout};
use crate::dispatch::{Call, Command};
use crate::server::{OnTimeout, Wait};
use crate::value::ZSet;

family![BZMPOP, BZPOPMAX, BZPOPMIN];

/// What TYPE says of what these commands wait for.
const WAIT: Wait = Wait::Key("zset");

const SINCE_FLOAT: &[(&str, &str)] = &[("6.0.0", "The timeout may have a fraction.")];

const BZPOPMIN: Command = Command {
    name: "BZPOPMIN",
    syntax: "key... timeout<double>",
    summary: "Removes the member with the lowest score from the first of several sorted sets that has any; waits for one.",
    since: "5.0.0",
    complexity: "O(log(N)), N = members",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::NOSCRIPT).with(Flags::BLOCKING).with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE],
    history: SINCE_FLOAT,
    run: Some(|call, args| pop(call, args, End::Lowest)),
    ..Command::DEFAULT
};

const BZPOPMAX: Command = Command {
    name: "BZPOPMAX",
    syntax: "key... timeout<double>",
    summary: "Removes the member with the highest score from the first of several sorted sets that has any; waits for one.",
    since: "5.0.0",
    complexity: "O(log(N)), N = members",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::NOSCRIPT).with(Flags::BLOCKING).with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE],
    history: SINCE_FLOAT,
    run: Some(|call, args| pop(call, args, End::Highest)),
    ..Command::DEFAULT
};

fn pop(call: &mut Call, args: Args, end: End) -> Result<(), Error> {
    let (last, keys) = args.rest().split_last().ok_or(Error::Syntax)?;
    let deadline = timeout::seconds(last, call.now)?;
    for key in keys {
        if call.seek::<ZSet>(key)?.is_none() {
            continue;
        }
        call.reply.array(3);
        call.reply.bulk(key);
        pop_many(call, key, end, 1, |reply, member, score| {
            write_element(reply, member);
            reply.double(score);
        })?;
        call.propagate(&[if end == End::Lowest { b"ZPOPMIN" } else { b"ZPOPMAX" }, key]);
        return Ok(());
    }
    if !call.block(WAIT, keys, deadline, OnTimeout::NullArray) {
        call.reply.null_array();
    }
    Ok(())
}

const BZMPOP: Command = Command {
    name: "BZMPOP",
    syntax: "timeout<double> numkeys key... (where: MIN | MAX) [COUNT count]",
    summary: "Removes the members with the lowest or highest scores from the first of several sorted sets that has \
              any; waits for one.",
    since: "7.0.0",
    complexity: "O(K)+O(M*log(N)), K = keys, N = members, M = members popped",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::BLOCKING),
    access: &[Access::RW_ACCESS_DELETE],
    run: Some(bzmpop),
    ..Command::DEFAULT
};

fn bzmpop(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let timeout = args.next()?;
    let keys = numkeys::keys(&mut args, Error::Syntax)?;
    let end = end(&mut args)?;
    let count = numkeys::count(&mut args)?;
    let deadline = timeout::seconds(timeout, call.now)?;
    if !pop_first(call, keys, end, count)? && !call.block(WAIT, keys, deadline, OnTimeout::NullArray) {
        call.reply.null_array();
    }
    Ok(())
}
