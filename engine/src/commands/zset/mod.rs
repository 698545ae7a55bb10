//! Sorted sets: members and their scores. Ranges stand in [`range`], set operations in [`algebra`].

pub mod algebra;
pub mod range;
pub mod waiting;

use crate::base::numbers::{format_f64, parse_f64, parse_i64};
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::encoding::{Digits, Element};
use crate::keyspace::Touched;
use crate::resp::Reply;
use crate::value::{Limits, ZSet};

use super::element::{write_element, write_optional};
use super::numkeys;
use super::random::Draws;
use super::scan::{self, Page, Subject};

family![ZADD, ZCARD, ZINCRBY, ZMPOP, ZMSCORE, ZPOPMAX, ZPOPMIN, ZRANDMEMBER, ZRANK, ZREM, ZREVRANK, ZSCAN, ZSCORE];

const ZADD: Command = Command {
    name: "ZADD",
    syntax: "key [condition: NX | XX]@3.0.2 [comparison: GT | LT]@6.2.0 [change: CH]@3.0.2 [increment: \
             INCR]@3.0.2 (score member)...",
    summary: "Adds members with their scores, or changes the scores of those that are there.",
    since: "1.2.0",
    complexity: "O(log(N)) per member, N = members",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(zadd),
    ..Command::DEFAULT
};

pub(super) fn zadd(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let rules = Rules::parse(&mut args);
    let pairs = args.rest();
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(Error::Syntax);
    }
    rules.check(pairs.len() / 2)?;
    if rules.increment {
        let [score, member] = pairs else { return Err(Error::Syntax) };
        let increment = parse_f64(score).ok_or(Error::NotFloat)?;
        return add_to_score(call, key, member, increment, rules);
    }
    // All scores are read before anything is changed. Most calls have one, which needs no vector.
    if pairs.chunks_exact(2).any(|pair| pair.first().is_none_or(|score| parse_f64(score).is_none())) {
        return Err(Error::NotFloat);
    }
    if rules.only_existing && call.keyspace.seek::<ZSet>(call.client.database, key)?.is_none() {
        call.reply.integer(0);
        return Ok(());
    }
    let (added, updated) = call.update_or_create::<ZSet, _>(key, |zset, limits| {
        let longest = pairs.chunks_exact(2).filter_map(|pair| pair.get(1)).map(|member| member.len()).max();
        zset.expect(pairs.len() / 2, longest.unwrap_or(0), limits);
        let (mut added, mut updated) = (0, 0);
        for pair in pairs.chunks_exact(2) {
            let [score, member] = pair else { continue };
            let Some(score) = parse_f64(score) else { continue };
            match rules.apply(zset, member, score, limits) {
                Outcome::Added => added += 1,
                Outcome::Updated => updated += 1,
                Outcome::Unchanged | Outcome::Refused => {}
            }
        }
        ((added, updated), Touched::times("zadd", added + updated))
    })?;
    call.reply.integer(if rules.count_changes { added + updated } else { added } as i64);
    Ok(())
}

/// The options of ZADD.
#[derive(Clone, Copy, Debug, Default)]
struct Rules {
    only_new: bool,
    only_existing: bool,
    only_greater: bool,
    only_less: bool,
    count_changes: bool,
    increment: bool,
}

/// What became of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Added,
    Updated,
    Unchanged,
    /// The options forbade it.
    Refused,
}

impl Rules {
    fn parse(args: &mut Args) -> Rules {
        let mut rules = Rules::default();
        loop {
            let flag = if args.keyword("NX") {
                &mut rules.only_new
            } else if args.keyword("XX") {
                &mut rules.only_existing
            } else if args.keyword("GT") {
                &mut rules.only_greater
            } else if args.keyword("LT") {
                &mut rules.only_less
            } else if args.keyword("CH") {
                &mut rules.count_changes
            } else if args.keyword("INCR") {
                &mut rules.increment
            } else {
                return rules;
            };
            *flag = true;
        }
    }

    fn check(&self, pairs: usize) -> Result<(), Error> {
        if self.only_new && self.only_existing {
            return Err(Error::Static("ERR XX and NX options at the same time are not compatible"));
        }
        if [self.only_new, self.only_greater, self.only_less].iter().filter(|&&flag| flag).count() > 1 {
            return Err(Error::Static("ERR GT, LT, and/or NX options at the same time are not compatible"));
        }
        if self.increment && pairs > 1 {
            return Err(Error::Static("ERR INCR option supports a single increment-element pair"));
        }
        Ok(())
    }

    fn apply(&self, zset: &mut ZSet, member: &[u8], score: f64, limits: &Limits) -> Outcome {
        let (before, chosen) = zset.update(member, limits, |old| match old {
            None => (!self.only_existing).then_some(score),
            Some(old) => {
                let refused = self.only_new || (self.only_less && score >= old) || (self.only_greater && score <= old);
                (!refused).then_some(score)
            }
        });
        match (before, chosen) {
            (_, None) => Outcome::Refused,
            (None, Some(_)) => Outcome::Added,
            (Some(old), Some(new)) if old == new => Outcome::Unchanged,
            (Some(_), Some(_)) => Outcome::Updated,
        }
    }
}

/// ZINCRBY, and ZADD with INCR.
fn add_to_score(call: &mut Call, key: &[u8], member: &[u8], increment: f64, rules: Rules) -> Result<(), Error> {
    if rules.only_existing && call.keyspace.seek::<ZSet>(call.client.database, key)?.is_none() {
        call.reply.null();
        return Ok(());
    }
    let score = call.update_or_create::<ZSet, _>(key, |zset, limits| {
        let score = zset.score(member).map_or(increment, |old| old + increment);
        if score.is_nan() && !(rules.only_new) {
            return (Err(Error::Static("ERR resulting score is not a number (NaN)")), Touched::NOTHING);
        }
        zset.expect(1, member.len(), limits);
        let outcome = rules.apply(zset, member, score, limits);
        let changed = matches!(outcome, Outcome::Added | Outcome::Updated);
        (Ok((outcome != Outcome::Refused).then_some(score)), Touched::when(changed, "zincr"))
    })??;
    match score {
        Some(score) => call.reply.double(score),
        None => call.reply.null(),
    }
    Ok(())
}

const ZCARD: Command = Command {
    name: "ZCARD",
    syntax: "key",
    summary: "Returns how many members there are.",
    since: "1.2.0",
    complexity: "O(1)",
    group: Group::SortedSet,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(zcard),
    ..Command::DEFAULT
};

fn zcard(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let len = call.read::<ZSet>(args.next()?)?.map_or(0, ZSet::len);
    call.reply.integer(len as i64);
    Ok(())
}

const ZINCRBY: Command = Command {
    name: "ZINCRBY",
    syntax: "key increment member",
    summary: "Adds to the score of a member.",
    since: "1.2.0",
    complexity: "O(log(N)), N = members",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_ACCESS_UPDATE],
    run: Some(zincrby),
    ..Command::DEFAULT
};

fn zincrby(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, increment, member) = (args.next()?, args.float()?, args.next()?);
    add_to_score(call, key, member, increment, Rules { increment: true, ..Rules::default() })
}

const ZMPOP: Command = Command {
    name: "ZMPOP",
    syntax: "numkeys key... (where: MIN | MAX) [COUNT count]",
    summary: "Removes the members with the lowest or highest scores from the first of several sorted sets that has any.",
    since: "7.0.0",
    complexity: "O(K)+O(M*log(N)), K = keys, N = members, M = members popped",
    group: Group::SortedSet,
    flags: Flags::WRITE,
    access: &[Access::RW_ACCESS_DELETE],
    run: Some(zmpop),
    ..Command::DEFAULT
};

fn zmpop(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let keys = numkeys::keys(&mut args, Error::Syntax)?;
    let end = end(&mut args)?;
    let count = numkeys::count(&mut args)?;
    if !pop_first(call, keys, end, count)? {
        call.reply.null_array();
    }
    Ok(())
}

/// Reads `MIN` or `MAX`.
fn end(args: &mut Args) -> Result<End, Error> {
    if args.keyword("MIN") {
        Ok(End::Lowest)
    } else if args.keyword("MAX") {
        Ok(End::Highest)
    } else {
        Err(Error::Syntax)
    }
}

/// Removes up to `count` members from the first of several sorted sets that has any, and answers with its key and
/// them; says whether there was one.
fn pop_first(call: &mut Call, keys: &[&[u8]], end: End, count: usize) -> Result<bool, Error> {
    for key in keys {
        if let Some(zset) = call.seek::<ZSet>(key)? {
            let count = count.min(zset.len());
            call.reply.array(2);
            call.reply.bulk(key);
            call.reply.array(count);
            pop_many(call, key, end, count, |reply, member, score| {
                reply.array(2);
                write_element(reply, member);
                reply.double(score);
            })?;
            let command: &[u8] = if end == End::Lowest { b"ZPOPMIN" } else { b"ZPOPMAX" };
            call.propagate(&[command, key, Digits::default().write(count as i64)]);
            return Ok(true);
        }
    }
    Ok(false)
}

/// From which end members are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Lowest,
    Highest,
}

/// Removes `count` members, of which there are as many, and shows each to `write` before.
fn pop_many(
    call: &mut Call,
    key: &[u8],
    end: End,
    count: usize,
    mut write: impl FnMut(&mut Reply, Element, f64),
) -> Result<(), Error> {
    let Call { keyspace, client, reply, .. } = call;
    keyspace.update::<ZSet, _>(client.database, key, |zset, _| {
        let len = zset.len();
        match end {
            End::Lowest => {
                zset.range(0..count, false).for_each(|(member, score)| write(reply, member, score));
                zset.remove_ranks(0..count);
                ((), Touched::times("zpopmin", count))
            }
            End::Highest => {
                zset.range(len - count..len, true).for_each(|(member, score)| write(reply, member, score));
                zset.remove_ranks(len - count..len);
                ((), Touched::times("zpopmax", count))
            }
        }
    })?;
    Ok(())
}

const ZMSCORE: Command = Command {
    name: "ZMSCORE",
    syntax: "key member...",
    summary: "Returns the scores of several members.",
    since: "6.2.0",
    complexity: "O(N), N = members being requested",
    group: Group::SortedSet,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(zmscore),
    ..Command::DEFAULT
};

fn zmscore(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let zset = call.keyspace.read::<ZSet>(call.client.database, args.next()?)?;
    call.reply.array(args.remaining());
    for member in args.rest() {
        match zset.and_then(|zset| zset.score(member)) {
            Some(score) => call.reply.double(score),
            None => call.reply.null(),
        }
    }
    Ok(())
}

const ZPOPMAX: Command = Command {
    name: "ZPOPMAX",
    syntax: "key [count]",
    summary: "Removes the members with the highest scores.",
    since: "5.0.0",
    complexity: "O(M*log(N)), N = members, M = members popped",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE],
    run: Some(zpopmax),
    ..Command::DEFAULT
};

fn zpopmax(call: &mut Call, args: Args) -> Result<(), Error> {
    pop(call, args, End::Highest)
}

fn pop(call: &mut Call, mut args: Args, end: End) -> Result<(), Error> {
    let key = args.next()?;
    if args.remaining() > 1 {
        return Err(Error::Syntax);
    }
    let count = match args.next_if_any() {
        Some(count) => Some(parse_i64(count).and_then(|count| usize::try_from(count).ok()).ok_or(Error::NotPositive)?),
        None => None,
    };
    let len = call.seek::<ZSet>(key)?.map_or(0, ZSet::len);
    let popped = count.unwrap_or(1).min(len);
    if popped == 0 {
        call.keyspace.use_key(call.client.database, key);
        call.reply.array(0);
        return Ok(());
    }
    // RESP3 puts each pair in an array of its own, but not the only one of a call without a count.
    let nested = count.is_some() && call.reply.resp3;
    call.reply.array(if nested { popped } else { popped * 2 });
    pop_many(call, key, end, popped, |reply, member, score| {
        if nested {
            reply.array(2);
        }
        write_element(reply, member);
        reply.double(score);
    })
}

const ZPOPMIN: Command = Command {
    name: "ZPOPMIN",
    syntax: "key [count]",
    summary: "Removes the members with the lowest scores.",
    since: "5.0.0",
    complexity: "O(M*log(N)), N = members, M = members popped",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_ACCESS_DELETE],
    run: Some(zpopmin),
    ..Command::DEFAULT
};

fn zpopmin(call: &mut Call, args: Args) -> Result<(), Error> {
    pop(call, args, End::Lowest)
}

const ZRANDMEMBER: Command = Command {
    name: "ZRANDMEMBER",
    syntax: "key [options: count [WITHSCORES]]",
    summary: "Returns members chosen at random.",
    since: "6.2.0",
    complexity: "O(N), N = elements returned",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output"],
    run: Some(zrandmember),
    ..Command::DEFAULT
};

fn zrandmember(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let draws = Draws::parse(&mut args, "WITHSCORES")?;
    let Call { keyspace, server, client, reply, .. } = call;
    let zset = keyspace.read::<ZSet>(client.database, key)?;
    let Some(draws) = draws else {
        let member = zset.and_then(|zset| zset.at(server.random.index(zset.len())));
        write_optional(reply, member.map(|(member, _)| member));
        return Ok(());
    };
    let Some(zset) = zset else {
        reply.array(0);
        return Ok(());
    };
    let positions = draws.positions(&mut server.random, zset.len());
    draws.write_header(reply, positions.len());
    for (member, score) in positions.iter().filter_map(|&position| zset.at(position)) {
        draws.write_pair_header(reply);
        write_element(reply, member);
        if draws.with_values {
            reply.double(score);
        }
    }
    Ok(())
}

const ZRANK: Command = Command {
    name: "ZRANK",
    syntax: "key member [WITHSCORE]@7.2.0",
    summary: "Returns how many members have a lower score.",
    since: "2.0.0",
    complexity: "O(log(N)), N = members",
    group: Group::SortedSet,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(zrank),
    ..Command::DEFAULT
};

fn zrank(call: &mut Call, args: Args) -> Result<(), Error> {
    rank(call, args, End::Lowest)
}

fn rank(call: &mut Call, mut args: Args, from: End) -> Result<(), Error> {
    let (key, member) = (args.next()?, args.next()?);
    let with_score = !args.is_empty();
    if args.remaining() > 1 {
        return Err(Error::wrong_arity(if from == End::Lowest { "zrank" } else { "zrevrank" }));
    }
    if with_score && !args.keyword("WITHSCORE") {
        return Err(Error::Syntax);
    }
    args.finish()?;
    let zset = call.keyspace.read::<ZSet>(call.client.database, key)?;
    let found = zset.and_then(|zset| Some((zset.rank(member)?, zset.len())));
    match found {
        None if with_score => call.reply.null_array(),
        None => call.reply.null(),
        Some(((rank, score), len)) => {
            if with_score {
                call.reply.array(2);
            }
            call.reply.integer(if from == End::Lowest { rank } else { len - 1 - rank } as i64);
            if with_score {
                call.reply.double(score);
            }
        }
    }
    Ok(())
}

const ZREM: Command = Command {
    name: "ZREM",
    syntax: "key member...",
    summary: "Removes members, and the sorted set with its last one.",
    since: "1.2.0",
    complexity: "O(M*log(N)), N = members, M = members removed",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_DELETE],
    run: Some(zrem),
    ..Command::DEFAULT
};

fn zrem(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    let removed = call.update::<ZSet, _>(key, |zset, _| {
        let removed = args.rest().iter().filter(|member| zset.remove(member).is_some()).count();
        (removed, Touched::times("zrem", removed))
    })?;
    call.reply.integer(removed.unwrap_or(0) as i64);
    Ok(())
}

const ZREVRANK: Command = Command {
    name: "ZREVRANK",
    syntax: "key member [WITHSCORE]@7.2.0",
    summary: "Returns how many members have a higher score.",
    since: "2.0.0",
    complexity: "O(log(N)), N = members",
    group: Group::SortedSet,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(zrevrank),
    ..Command::DEFAULT
};

fn zrevrank(call: &mut Call, args: Args) -> Result<(), Error> {
    rank(call, args, End::Highest)
}

const ZSCORE: Command = Command {
    name: "ZSCORE",
    syntax: "key member",
    summary: "Returns the score of a member.",
    since: "1.2.0",
    complexity: "O(1)",
    group: Group::SortedSet,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(zscore),
    ..Command::DEFAULT
};

fn zscore(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, member) = (args.next()?, args.next()?);
    match call.read::<ZSet>(key)?.and_then(|zset| zset.score(member)) {
        Some(score) => call.reply.double(score),
        None => call.reply.null(),
    }
    Ok(())
}

const ZSCAN: Command = Command {
    name: "ZSCAN",
    syntax: "key cursor [MATCH pattern] [COUNT count]",
    summary: "Walks through the members and their scores, some at a time.",
    since: "2.8.0",
    complexity: "O(1) per call, O(N) for a whole iteration",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output"],
    run: Some(zscan),
    ..Command::DEFAULT
};

fn zscan(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, cursor) = (args.next()?, scan::parse_cursor(args.next()?)?);
    let mut page = Page::new(call.reply);
    let mut next = 0;
    if let Some(zset) = call.keyspace.read::<ZSet>(call.client.database, key)? {
        let options = scan::Options::parse(args, Subject::Members)?;
        next = zset.scan(cursor, options.count, |member, score| {
            if member.with_bytes(|member| options.matches(member)) {
                write_element(&mut page.reply, member);
                page.reply.bulk(&format_f64(score));
                page.count += 2;
            }
        });
    }
    page.send(call.reply, next);
    Ok(())
}
