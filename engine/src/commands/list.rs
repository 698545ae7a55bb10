//! Lists: the commands that do not wait.

use crate::base::numbers::parse_i64;
use crate::command::{Access, Args, Deprecated, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::encoding::{Digits, Element};
use crate::keyspace::{Class, Touched};
use crate::value::List;
use crate::value::list::Side;

use super::element::{write_element, write_optional};
use super::numkeys;

family![
    LINDEX, LINSERT, LLEN, LMOVE, LMPOP, LPOP, LPOS, LPUSH, LPUSHX, LRANGE, LREM, LSET, LTRIM, RPOP, RPOPLPUSH, RPUSH,
    RPUSHX,
];

const LINDEX: Command = Command {
    name: "LINDEX",
    syntax: "key index",
    summary: "Returns the element at an index.",
    since: "1.0.0",
    complexity: "O(N), N = elements passed on the way; O(1) at either end",
    group: Group::List,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(lindex),
    ..Command::DEFAULT
};

fn lindex(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let Some(list) = call.keyspace.read::<List>(call.client.database, key)? else {
        call.reply.null();
        return Ok(());
    };
    let index = position(args.integer()?, list.len());
    write_optional(call.reply, index.and_then(|index| list.at(index)));
    Ok(())
}

/// The position that an index means; negative ones count from the end.
fn position(index: i64, len: usize) -> Option<usize> {
    if index >= 0 { usize::try_from(index).ok() } else { len.checked_sub(usize::try_from(index.unsigned_abs()).ok()?) }
}

const LINSERT: Command = Command {
    name: "LINSERT",
    syntax: "key (where: BEFORE | AFTER) pivot element",
    summary: "Puts an element before or after another one.",
    since: "2.2.0",
    complexity: "O(N), N = elements before the pivot",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_INSERT],
    run: Some(linsert),
    ..Command::DEFAULT
};

fn linsert(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let after = if args.keyword("AFTER") {
        1
    } else if args.keyword("BEFORE") {
        0
    } else {
        return Err(Error::Syntax);
    };
    let (pivot, element) = (args.next()?, args.next()?);
    let len = call.update::<List, _>(key, |list, limits| match list.iter().position(|other| other.is(pivot)) {
        Some(index) => {
            list.insert(index + after, element, limits);
            (list.len() as i64, Touched::once("linsert"))
        }
        None => (-1, Touched::NOTHING),
    })?;
    call.reply.integer(len.unwrap_or(0));
    Ok(())
}

const LLEN: Command = Command {
    name: "LLEN",
    syntax: "key",
    summary: "Returns how many elements there are.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::List,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(llen),
    ..Command::DEFAULT
};

fn llen(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let len = call.read::<List>(args.next()?)?.map_or(0, List::len);
    call.reply.integer(len as i64);
    Ok(())
}

const LMOVE: Command = Command {
    name: "LMOVE",
    syntax: "source destination (wherefrom: LEFT | RIGHT) (whereto: LEFT | RIGHT)",
    summary: "Moves an element from an end of one list to an end of another.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_ACCESS_DELETE, Access::RW_INSERT],
    run: Some(lmove),
    ..Command::DEFAULT
};

fn lmove(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (source, destination) = (args.next()?, args.next()?);
    let (from, to) = (side(&mut args)?, side(&mut args)?);
    move_element(call, source, destination, from, to)
}

/// Reads `LEFT` or `RIGHT`.
pub fn side(args: &mut Args) -> Result<Side, Error> {
    if args.keyword("LEFT") {
        Ok(Side::Front)
    } else if args.keyword("RIGHT") {
        Ok(Side::Back)
    } else {
        Err(Error::Syntax)
    }
}

fn popped(side: Side) -> &'static str {
    if side == Side::Front { "lpop" } else { "rpop" }
}

fn pushed(side: Side) -> &'static str {
    if side == Side::Front { "lpush" } else { "rpush" }
}

/// Moves an element between the ends of two lists and answers with it; with null when there is none.
pub fn move_element(call: &mut Call, source: &[u8], destination: &[u8], from: Side, to: Side) -> Result<(), Error> {
    let database = call.client.database;
    let Some(list) = call.keyspace.seek::<List>(database, source)? else {
        call.reply.null();
        return Ok(());
    };
    let element = match from {
        Side::Front => list.iter().next(),
        Side::Back => list.iter().next_back(),
    };
    let element = element.map(Element::to_bytes).unwrap_or_default();
    let one = || core::iter::once(element.as_slice());
    if source == destination {
        // In one step, so that a list of one element is never empty, which would cost it its deadline.
        call.update::<List, _>(source, |list, limits| {
            list.pop(from, limits);
            list.push(to, one(), limits);
            ((), Touched::once(pushed(to)))
        })?;
        call.keyspace.announce(database, source, Class::List, popped(from));
        // It was looked up as each of the two.
        call.keyspace.use_key(database, source);
    } else {
        let pushed = call.update_or_create::<List, _>(destination, |list, limits| {
            list.push(to, one(), limits);
            ((), Touched::once(pushed(to)))
        });
        if pushed.is_err() {
            call.keyspace.use_key(database, source);
        }
        pushed?;
        call.update::<List, _>(source, |list, limits| {
            list.pop(from, limits);
            ((), Touched::once(popped(from)))
        })?;
    }
    call.reply.bulk(&element);
    Ok(())
}

const LMPOP: Command = Command {
    name: "LMPOP",
    syntax: "numkeys key... (where: LEFT | RIGHT) [COUNT count]",
    summary: "Removes elements from the first of several lists that has any.",
    since: "7.0.0",
    complexity: "O(N+M), N = provided keys, M = elements returned",
    group: Group::List,
    flags: Flags::WRITE,
    access: &[Access::RW_ACCESS_DELETE],
    run: Some(lmpop),
    ..Command::DEFAULT
};

fn lmpop(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let keys = numkeys::keys(&mut args, Error::Syntax)?;
    let side = side(&mut args)?;
    let count = numkeys::count(&mut args)?;
    if !pop_first(call, keys, side, count)? {
        call.reply.null_array();
    }
    Ok(())
}

/// Removes up to `count` elements from the first of several lists that has any, and answers with its key and them;
/// says whether there was one.
pub fn pop_first(call: &mut Call, keys: &[&[u8]], side: Side, count: usize) -> Result<bool, Error> {
    for key in keys {
        if let Some(list) = call.keyspace.seek::<List>(call.client.database, key)? {
            let count = count.min(list.len());
            call.reply.array(2);
            call.reply.bulk(key);
            pop_many(call, key, side, count)?;
            let command = if side == Side::Front { b"LPOP" } else { b"RPOP" };
            call.propagate(&[command, key, Digits::default().write(count as i64)]);
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes `count` elements, of which there are as many, and writes them in the order in which they go.
fn pop_many(call: &mut Call, key: &[u8], side: Side, count: usize) -> Result<(), Error> {
    let Call { keyspace, client, reply, .. } = call;
    reply.array(count);
    keyspace.update::<List, _>(client.database, key, |list, limits| {
        let len = list.len();
        match side {
            Side::Front => list.iter().take(count).for_each(|element| write_element(reply, element)),
            Side::Back => list.iter().rev().take(count).for_each(|element| write_element(reply, element)),
        }
        let first = if side == Side::Front { 0 } else { len.saturating_sub(count) };
        let removed = list.remove_range(first, count, limits);
        ((), Touched::times(popped(side), removed))
    })?;
    Ok(())
}

const LPOP: Command = Command {
    name: "LPOP",
    syntax: "key [count]@6.2.0",
    summary: "Removes elements from the head and returns them.",
    since: "1.0.0",
    complexity: "O(N), N = elements returned",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE],
    run: Some(lpop),
    ..Command::DEFAULT
};

fn lpop(call: &mut Call, args: Args) -> Result<(), Error> {
    pop(call, args, Side::Front)
}

fn pop(call: &mut Call, mut args: Args, side: Side) -> Result<(), Error> {
    let key = args.next()?;
    if args.remaining() > 1 {
        return Err(Error::wrong_arity(popped(side)));
    }
    let Some(count) = args.next_if_any() else {
        let Call { keyspace, client, reply, .. } = call;
        let element = keyspace.update::<List, _>(client.database, key, |list, limits| {
            let element = list.pop(side, limits);
            let touched = Touched::when(element.is_some(), popped(side));
            (element, touched)
        })?;
        match element.flatten() {
            Some(element) => reply.bulk(&element),
            None => reply.null(),
        }
        return Ok(());
    };
    let count = parse_i64(count).and_then(|count| usize::try_from(count).ok()).ok_or(Error::NotPositive)?;
    match call.seek::<List>(key)?.map(List::len) {
        None => call.reply.null_array(),
        Some(_) if count == 0 => {
            call.keyspace.use_key(call.client.database, key);
            call.reply.array(0);
        }
        Some(len) => pop_many(call, key, side, count.min(len))?,
    }
    Ok(())
}

const LPOS: Command = Command {
    name: "LPOS",
    syntax: "key element [RANK rank<integer>] [COUNT num-matches<integer>] [MAXLEN len]",
    summary: "Finds where an element stands.",
    since: "6.0.6",
    complexity: "O(N), N = length of the list",
    group: Group::List,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(lpos),
    ..Command::DEFAULT
};

fn lpos(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, element) = (args.next()?, args.next()?);
    let (mut rank, mut count, mut max_len) = (1i64, None, 0usize);
    while !args.is_empty() {
        if args.remaining() < 2 {
            return Err(Error::Syntax);
        } else if args.keyword("RANK") {
            rank = args.integer()?;
            if rank == i64::MIN {
                let text = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
                return Err(Error::Static(text));
            }
            if rank == 0 {
                return Err(Error::Static(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... \
                     or use negative to start from the end of the list",
                ));
            }
        } else if args.keyword("COUNT") {
            count = Some(not_negative(&mut args, "ERR COUNT can't be negative")?);
        } else if args.keyword("MAXLEN") {
            max_len = not_negative(&mut args, "ERR MAXLEN can't be negative")?;
        } else {
            return Err(Error::Syntax);
        }
    }
    let Some(list) = call.keyspace.read::<List>(call.client.database, key)? else {
        if count.is_some() {
            call.reply.array(0)
        } else {
            call.reply.null()
        }
        return Ok(());
    };
    let limit = if max_len == 0 { usize::MAX } else { max_len };
    let wanted = count.map_or(1, |count| if count == 0 { usize::MAX } else { count });
    let skipped = usize::try_from(rank.unsigned_abs() - 1).unwrap_or(usize::MAX);
    let is_match = |&(_, other): &(usize, Element)| other.is(element);
    let start = call.reply.defer();
    let mut found = 0;
    let mut write = |position: usize| {
        call.reply.integer(position as i64);
        found += 1;
    };
    if rank > 0 {
        let matches = list.iter().enumerate().take(limit).filter(is_match);
        matches.skip(skipped).take(wanted).for_each(|(position, _)| write(position));
    } else {
        let matches = list.iter().rev().enumerate().take(limit).filter(is_match);
        let last = list.len().saturating_sub(1);
        matches.skip(skipped).take(wanted).for_each(|(position, _)| write(last - position));
    }
    match count {
        Some(_) => call.reply.finish_array(start, found),
        None if found == 0 => call.reply.null(),
        None => {}
    }
    Ok(())
}

fn not_negative(args: &mut Args, message: &'static str) -> Result<usize, Error> {
    args.integer().ok().and_then(|number| usize::try_from(number).ok()).ok_or(Error::Static(message))
}

const LPUSH: Command = Command {
    name: "LPUSH",
    syntax: "key element...",
    summary: "Adds elements at the head.",
    since: "1.0.0",
    complexity: "O(1) per element",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_INSERT],
    run: Some(lpush),
    ..Command::DEFAULT
};

fn lpush(call: &mut Call, args: Args) -> Result<(), Error> {
    push(call, args, Side::Front)
}

fn push(call: &mut Call, mut args: Args, side: Side) -> Result<(), Error> {
    let key = args.next()?;
    let elements = args.rest();
    let len = call.update_or_create::<List, _>(key, |list, limits| {
        list.push(side, elements.iter().copied(), limits);
        (list.len(), Touched::times(pushed(side), elements.len()))
    })?;
    call.reply.integer(len as i64);
    Ok(())
}

const LPUSHX: Command = Command {
    name: "LPUSHX",
    syntax: "key element...",
    summary: "Adds elements at the head of a list that exists.",
    since: "2.2.0",
    complexity: "O(1) per element",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_INSERT],
    run: Some(lpushx),
    ..Command::DEFAULT
};

fn lpushx(call: &mut Call, args: Args) -> Result<(), Error> {
    push_existing(call, args, Side::Front)
}

fn push_existing(call: &mut Call, mut args: Args, side: Side) -> Result<(), Error> {
    let key = args.next()?;
    let elements = args.rest();
    let len = call.update::<List, _>(key, |list, limits| {
        list.push(side, elements.iter().copied(), limits);
        (list.len(), Touched::times(pushed(side), elements.len()))
    })?;
    call.reply.integer(len.unwrap_or(0) as i64);
    Ok(())
}

const LRANGE: Command = Command {
    name: "LRANGE",
    syntax: "key start stop",
    summary: "Returns the elements from one index to another.",
    since: "1.0.0",
    complexity: "O(S+N), S = distance of the start from the nearer end, N = elements returned",
    group: Group::List,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(lrange),
    ..Command::DEFAULT
};

fn lrange(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, start, stop) = (args.next()?, args.integer()?, args.integer()?);
    let list = call.keyspace.read::<List>(call.client.database, key)?;
    let range = list.and_then(|list| Some((list, index_range(start, stop, list.len())?)));
    match range {
        None => call.reply.array(0),
        Some((list, range)) => {
            call.reply.array(range.len());
            for element in list.iter_from(range.start).take(range.len()) {
                write_element(call.reply, element);
            }
        }
    }
    Ok(())
}

/// The positions from `start` to `stop`, both included and negative ones counted from the end; `None` for none.
pub fn index_range(start: i64, stop: i64, len: usize) -> Option<core::ops::Range<usize>> {
    let len = len as i64;
    let from_end = |index: i64| if index < 0 { index.saturating_add(len) } else { index };
    let start = from_end(start).max(0);
    let stop = from_end(stop).min(len - 1);
    (start <= stop).then_some(start as usize..(stop + 1) as usize)
}

const LREM: Command = Command {
    name: "LREM",
    syntax: "key count element",
    summary: "Removes elements that equal a value.",
    since: "1.0.0",
    complexity: "O(N+M), N = length of the list, M = elements removed",
    group: Group::List,
    flags: Flags::WRITE,
    access: &[Access::RW_DELETE],
    run: Some(lrem),
    ..Command::DEFAULT
};

fn lrem(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, count, element) = (args.next()?, args.integer()?, args.next()?);
    let limit = if count == 0 { usize::MAX } else { usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX) };
    let side = if count < 0 { Side::Back } else { Side::Front };
    let removed = call.update::<List, _>(key, |list, limits| {
        let removed = list.remove_matching(element, limit, side, limits);
        (removed, Touched::times("lrem", removed))
    })?;
    call.reply.integer(removed.unwrap_or(0) as i64);
    Ok(())
}

const LSET: Command = Command {
    name: "LSET",
    syntax: "key index element",
    summary: "Replaces the element at an index.",
    since: "1.0.0",
    complexity: "O(N), N = length of the list; O(1) at either end",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_UPDATE],
    run: Some(lset),
    ..Command::DEFAULT
};

fn lset(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let Some(len) = call.seek::<List>(key)?.map(List::len) else { return Err(Error::NoSuchKey) };
    let index = args.integer().map(|index| position(index, len).filter(|&index| index < len));
    let index = index.and_then(|index| index.ok_or(Error::IndexOutOfRange));
    if index.is_err() {
        call.keyspace.use_key(call.client.database, key);
    }
    let (index, element) = (index?, args.next()?);
    call.update::<List, _>(key, |list, limits| {
        let replaced = list.replace(index, element, limits);
        ((), Touched::when(replaced, "lset"))
    })?;
    call.reply.ok();
    Ok(())
}

const LTRIM: Command = Command {
    name: "LTRIM",
    syntax: "key start stop",
    summary: "Keeps the elements from one index to another and removes the rest.",
    since: "1.0.0",
    complexity: "O(N), N = elements removed",
    group: Group::List,
    flags: Flags::WRITE,
    access: &[Access::RW_DELETE],
    run: Some(ltrim),
    ..Command::DEFAULT
};

fn ltrim(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, start, stop) = (args.next()?, args.integer()?, args.integer()?);
    call.update::<List, _>(key, |list, limits| {
        let len = list.len();
        let kept = index_range(start, stop, len).unwrap_or(0..0);
        list.remove_range(kept.end, len - kept.end, limits);
        list.remove_range(0, kept.start, limits);
        // Announced also when nothing was removed, as in Redis.
        ((), Touched::announced("ltrim", len - kept.len()))
    })?;
    call.reply.ok();
    Ok(())
}

const RPOP: Command = Command {
    name: "RPOP",
    syntax: "key [count]@6.2.0",
    summary: "Removes elements from the tail and returns them.",
    since: "1.0.0",
    complexity: "O(N), N = elements returned",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE],
    run: Some(rpop),
    ..Command::DEFAULT
};

fn rpop(call: &mut Call, args: Args) -> Result<(), Error> {
    pop(call, args, Side::Back)
}

const RPOPLPUSH: Command = Command {
    name: "RPOPLPUSH",
    syntax: "source destination",
    summary: "Moves the last element of one list to the head of another.",
    since: "1.2.0",
    complexity: "O(1)",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_ACCESS_DELETE, Access::RW_INSERT],
    deprecated: Some(Deprecated { since: "6.2.0", replaced_by: "`LMOVE` with `RIGHT` and `LEFT`" }),
    run: Some(rpoplpush),
    ..Command::DEFAULT
};

fn rpoplpush(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (source, destination) = (args.next()?, args.next()?);
    move_element(call, source, destination, Side::Back, Side::Front)
}

const RPUSH: Command = Command {
    name: "RPUSH",
    syntax: "key element...",
    summary: "Adds elements at the tail.",
    since: "1.0.0",
    complexity: "O(1) per element",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_INSERT],
    run: Some(rpush),
    ..Command::DEFAULT
};

fn rpush(call: &mut Call, args: Args) -> Result<(), Error> {
    push(call, args, Side::Back)
}

const RPUSHX: Command = Command {
    name: "RPUSHX",
    syntax: "key element...",
    summary: "Adds elements at the tail of a list that exists.",
    since: "2.2.0",
    complexity: "O(1) per element",
    group: Group::List,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_INSERT],
    run: Some(rpushx),
    ..Command::DEFAULT
};

fn rpushx(call: &mut Call, args: Args) -> Result<(), Error> {
    push_existing(call, args, Side::Back)
}
