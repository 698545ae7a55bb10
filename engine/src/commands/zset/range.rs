//! Ranges of sorted sets: by rank, by score and by member.

use core::ops::Range;

use crate::base::numbers::parse_f64_range_end;
use crate::command::{Access, Args, Deprecated, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::{Class, Expiry, Touched};
use crate::value::zset::{LexBound, ScoreRange};
use crate::value::{Limits, Value, ZSet};

use super::super::element::write_element;
use super::super::list::index_range;

family![
    ZCOUNT,
    ZLEXCOUNT,
    ZRANGE,
    ZRANGEBYLEX,
    ZRANGEBYSCORE,
    ZRANGESTORE,
    ZREMRANGEBYLEX,
    ZREMRANGEBYRANK,
    ZREMRANGEBYSCORE,
    ZREVRANGE,
    ZREVRANGEBYLEX,
    ZREVRANGEBYSCORE,
];

/// What a range is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Member,
}

/// A range as the arguments give it, before any sorted set is looked at.
#[derive(Clone, Copy, Debug)]
enum Bounds<'a> {
    Rank { start: i64, stop: i64 },
    Score(ScoreRange),
    Member { min: LexBound<'a>, max: LexBound<'a> },
}

/// An end of a range of scores: the score, and whether it is outside itself.
fn score_end(text: &[u8]) -> Result<(f64, bool), Error> {
    let (exclusive, number) = match text.split_first() {
        Some((b'(', rest)) => (true, rest),
        _ => (false, text),
    };
    Ok((parse_f64_range_end(number).ok_or(Error::MinMaxNotFloat)?, exclusive))
}

/// An end of a range of members.
fn member_end(text: &[u8]) -> Result<LexBound<'_>, Error> {
    match text.split_first() {
        Some((b'-', [])) => Ok(LexBound::Lowest),
        Some((b'+', [])) => Ok(LexBound::Highest),
        Some((b'[', rest)) => Ok(LexBound::Inclusive(rest)),
        Some((b'(', rest)) => Ok(LexBound::Exclusive(rest)),
        _ => Err(Error::MinMaxNotLex),
    }
}

impl<'a> Bounds<'a> {
    fn parse(by: By, min: &'a [u8], max: &'a [u8]) -> Result<Bounds<'a>, Error> {
        let integer = |text| crate::base::numbers::parse_i64(text).ok_or(Error::NotInteger);
        Ok(match by {
            By::Rank => Bounds::Rank { start: integer(min)?, stop: integer(max)? },
            By::Score => {
                let ((min, min_exclusive), (max, max_exclusive)) = (score_end(min)?, score_end(max)?);
                Bounds::Score(ScoreRange { min, min_exclusive, max, max_exclusive })
            }
            By::Member => Bounds::Member { min: member_end(min)?, max: member_end(max)? },
        })
    }

    /// The ranks that it means in `zset`; of ranks counted from the highest score when `reverse`.
    fn ranks(&self, zset: &ZSet, reverse: bool) -> Range<usize> {
        let len = zset.len();
        match *self {
            Bounds::Rank { start, stop } => {
                let range = index_range(start, stop, len).unwrap_or(0..0);
                if reverse { len - range.end..len - range.start } else { range }
            }
            Bounds::Score(range) => zset.score_ranks(&range),
            Bounds::Member { min, max } => zset.lex_ranks(min, max, reverse),
        }
    }
}

/// The part of a range that LIMIT asks for.
#[derive(Clone, Copy, Debug)]
struct Window {
    offset: i64,
    /// Negative for all.
    count: i64,
}

impl Window {
    const ALL: Window = Window { offset: 0, count: -1 };

    fn cut(self, ranks: Range<usize>, reverse: bool) -> Range<usize> {
        let Ok(offset) = usize::try_from(self.offset) else { return 0..0 };
        let offset = offset.min(ranks.len());
        let count = usize::try_from(self.count).unwrap_or(usize::MAX).min(ranks.len() - offset);
        if reverse {
            let end = ranks.end - offset;
            end - count..end
        } else {
            let start = ranks.start + offset;
            start..start + count
        }
    }
}

/// A whole request for a range.
#[derive(Clone, Copy, Debug)]
struct Request<'a> {
    bounds: Bounds<'a>,
    window: Window,
    reverse: bool,
    with_scores: bool,
}

impl<'a> Request<'a> {
    /// Reads `min max` and the options. `by` and `reverse` are given by the older commands; ZRANGE takes them as
    /// options.
    fn parse(args: &mut Args<'a>, by: Option<By>, reverse: Option<bool>, store: bool) -> Result<Request<'a>, Error> {
        let (min, max) = (args.next()?, args.next()?);
        // Each of these may be chosen once.
        let (mut chosen, mut direction) = (by, reverse);
        let (mut with_scores, mut window) = (false, Window::ALL);
        while !args.is_empty() {
            if !store && args.keyword("WITHSCORES") {
                with_scores = true;
            } else if args.remaining() > 2 && args.keyword("LIMIT") {
                window = Window { offset: args.integer()?, count: args.integer()? };
            } else if direction.is_none() && args.keyword("REV") {
                direction = Some(true);
            } else if chosen.is_none() && args.keyword("BYLEX") {
                chosen = Some(By::Member);
            } else if chosen.is_none() && args.keyword("BYSCORE") {
                chosen = Some(By::Score);
            } else {
                return Err(Error::Syntax);
            }
        }
        let (by, backwards) = (chosen.unwrap_or(By::Rank), direction.unwrap_or(false));
        if window.count != -1 && by == By::Rank {
            return Err(Error::Static(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if by == By::Rank {
            // What is left is a LIMIT without an end, which Redis reads and forgets.
            window = Window::ALL;
        }
        if with_scores && by == By::Member {
            return Err(Error::Static("ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
        }
        let swapped = backwards && by != By::Rank;
        let bounds = if swapped { Bounds::parse(by, max, min)? } else { Bounds::parse(by, min, max)? };
        Ok(Request { bounds, window, reverse: backwards, with_scores })
    }

    fn ranks(&self, zset: &ZSet) -> Range<usize> {
        self.window.cut(self.bounds.ranks(zset, self.reverse), self.reverse)
    }
}

/// Answers with a range.
fn range(call: &mut Call, mut args: Args, by: Option<By>, reverse: Option<bool>) -> Result<(), Error> {
    let key = args.next()?;
    let request = Request::parse(&mut args, by, reverse, false)?;
    let Call { keyspace, client, reply, .. } = call;
    let Some(zset) = keyspace.read::<ZSet>(client.database, key)? else {
        reply.array(0);
        return Ok(());
    };
    let ranks = request.ranks(zset);
    let nested = request.with_scores && reply.resp3;
    reply.array(if request.with_scores && !nested { ranks.len() * 2 } else { ranks.len() });
    let write = |(member, score)| {
        if nested {
            reply.array(2);
        }
        write_element(reply, member);
        if request.with_scores {
            reply.double(score);
        }
    };
    zset.range(ranks, request.reverse).for_each(write);
    Ok(())
}

/// Removes a range and answers with its size.
fn remove(call: &mut Call, mut args: Args, by: By, event: &'static str) -> Result<(), Error> {
    let (key, min, max) = (args.next()?, args.next()?, args.next()?);
    let bounds = Bounds::parse(by, min, max)?;
    let removed = call.update::<ZSet, _>(key, |zset, _| {
        let ranks = bounds.ranks(zset, false);
        let count = ranks.len();
        zset.remove_ranks(ranks);
        (count, Touched::times(event, count))
    })?;
    call.reply.integer(removed.unwrap_or(0) as i64);
    Ok(())
}

/// Answers with the size of a range.
fn count(call: &mut Call, mut args: Args, by: By) -> Result<(), Error> {
    let (key, min, max) = (args.next()?, args.next()?, args.next()?);
    let bounds = Bounds::parse(by, min, max)?;
    let count = call.read::<ZSet>(key)?.map_or(0, |zset| bounds.ranks(zset, false).len());
    call.reply.integer(count as i64);
    Ok(())
}

const ZCOUNT: Command = Command {
    name: "ZCOUNT",
    syntax: "key min<double> max<double>",
    summary: "Returns how many members have a score in a range.",
    since: "2.0.0",
    complexity: "O(log(N)), N = members",
    group: Group::SortedSet,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(zcount),
    ..Command::DEFAULT
};

fn zcount(call: &mut Call, args: Args) -> Result<(), Error> {
    count(call, args, By::Score)
}

const ZLEXCOUNT: Command = Command {
    name: "ZLEXCOUNT",
    syntax: "key min max",
    summary: "Returns how many members stand between two others, when all scores are the same.",
    since: "2.8.9",
    complexity: "O(log(N)), N = members",
    group: Group::SortedSet,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO_ACCESS],
    run: Some(zlexcount),
    ..Command::DEFAULT
};

fn zlexcount(call: &mut Call, args: Args) -> Result<(), Error> {
    count(call, args, By::Member)
}

const ZRANGE: Command = Command {
    name: "ZRANGE",
    syntax: "key start<string> stop<string> [sortby: BYSCORE | BYLEX]@6.2.0 [REV]@6.2.0 [LIMIT (offset \
             count)]@6.2.0 [WITHSCORES]",
    summary: "Returns the members in a range of ranks, scores or members.",
    since: "1.2.0",
    complexity: "O(log(N)+M), N = members, M = members returned",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(zrange),
    ..Command::DEFAULT
};

fn zrange(call: &mut Call, args: Args) -> Result<(), Error> {
    range(call, args, None, None)
}

const ZRANGEBYLEX: Command = Command {
    name: "ZRANGEBYLEX",
    syntax: "key min max [LIMIT (offset count)]",
    summary: "Returns the members between two others, when all scores are the same.",
    since: "2.8.9",
    complexity: "O(log(N)+M), N = members, M = members returned",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    deprecated: Some(Deprecated { since: "6.2.0", replaced_by: "`ZRANGE` with `BYLEX`" }),
    run: Some(zrangebylex),
    ..Command::DEFAULT
};

fn zrangebylex(call: &mut Call, args: Args) -> Result<(), Error> {
    range(call, args, Some(By::Member), Some(false))
}

const ZRANGEBYSCORE: Command = Command {
    name: "ZRANGEBYSCORE",
    syntax: "key min<double> max<double> [WITHSCORES]@2.0.0 [LIMIT (offset count)]",
    summary: "Returns the members whose scores are in a range.",
    since: "1.0.5",
    complexity: "O(log(N)+M), N = members, M = members returned",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    deprecated: Some(Deprecated { since: "6.2.0", replaced_by: "`ZRANGE` with `BYSCORE`" }),
    run: Some(zrangebyscore),
    ..Command::DEFAULT
};

fn zrangebyscore(call: &mut Call, args: Args) -> Result<(), Error> {
    range(call, args, Some(By::Score), Some(false))
}

const ZRANGESTORE: Command = Command {
    name: "ZRANGESTORE",
    syntax: "dst<key> src<key> min max [sortby: BYSCORE | BYLEX] [REV] [LIMIT (offset count)]",
    summary: "Stores the members in a range of ranks, scores or members.",
    since: "6.2.0",
    complexity: "O(log(N)+M), N = members, M = members stored",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE, Access::RO_ACCESS],
    run: Some(zrangestore),
    ..Command::DEFAULT
};

fn zrangestore(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (destination, source) = (args.next()?, args.next()?);
    let request = Request::parse(&mut args, None, None, true)?;
    let limits: Limits = call.keyspace.limits.clone();
    let mut result = ZSet::new();
    if let Some(zset) = call.read::<ZSet>(source)? {
        let ranks = request.ranks(zset);
        for (member, score) in zset.range(ranks, false) {
            member.with_bytes(|member| result.insert(member, score, &limits));
        }
    }
    let len = result.len();
    let value = Value::ZSet(Box::new(result));
    call.keyspace.set(call.client.database, destination, value, Expiry::Clear, Class::ZSet, "zrangestore");
    call.reply.integer(len as i64);
    Ok(())
}

const ZREMRANGEBYLEX: Command = Command {
    name: "ZREMRANGEBYLEX",
    syntax: "key min max",
    summary: "Removes the members between two others, when all scores are the same.",
    since: "2.8.9",
    complexity: "O(log(N)+M), N = members, M = members removed",
    group: Group::SortedSet,
    flags: Flags::WRITE,
    access: &[Access::RW_DELETE],
    run: Some(zremrangebylex),
    ..Command::DEFAULT
};

fn zremrangebylex(call: &mut Call, args: Args) -> Result<(), Error> {
    remove(call, args, By::Member, "zremrangebylex")
}

const ZREMRANGEBYRANK: Command = Command {
    name: "ZREMRANGEBYRANK",
    syntax: "key start stop",
    summary: "Removes the members in a range of ranks.",
    since: "2.0.0",
    complexity: "O(log(N)+M), N = members, M = members removed",
    group: Group::SortedSet,
    flags: Flags::WRITE,
    access: &[Access::RW_DELETE],
    run: Some(zremrangebyrank),
    ..Command::DEFAULT
};

fn zremrangebyrank(call: &mut Call, args: Args) -> Result<(), Error> {
    remove(call, args, By::Rank, "zremrangebyrank")
}

const ZREMRANGEBYSCORE: Command = Command {
    name: "ZREMRANGEBYSCORE",
    syntax: "key min<double> max<double>",
    summary: "Removes the members whose scores are in a range.",
    since: "1.2.0",
    complexity: "O(log(N)+M), N = members, M = members removed",
    group: Group::SortedSet,
    flags: Flags::WRITE,
    access: &[Access::RW_DELETE],
    run: Some(zremrangebyscore),
    ..Command::DEFAULT
};

fn zremrangebyscore(call: &mut Call, args: Args) -> Result<(), Error> {
    remove(call, args, By::Score, "zremrangebyscore")
}

const ZREVRANGE: Command = Command {
    name: "ZREVRANGE",
    syntax: "key start stop [WITHSCORES]",
    summary: "Returns the members in a range of ranks, the highest score first.",
    since: "1.2.0",
    complexity: "O(log(N)+M), N = members, M = members returned",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    deprecated: Some(Deprecated { since: "6.2.0", replaced_by: "`ZRANGE` with `REV`" }),
    run: Some(zrevrange),
    ..Command::DEFAULT
};

fn zrevrange(call: &mut Call, args: Args) -> Result<(), Error> {
    range(call, args, Some(By::Rank), Some(true))
}

const ZREVRANGEBYLEX: Command = Command {
    name: "ZREVRANGEBYLEX",
    syntax: "key max min [LIMIT (offset count)]",
    summary: "Returns the members between two others from last to first, when all scores are the same.",
    since: "2.8.9",
    complexity: "O(log(N)+M), N = members, M = members returned",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    deprecated: Some(Deprecated { since: "6.2.0", replaced_by: "`ZRANGE` with `REV` and `BYLEX`" }),
    run: Some(zrevrangebylex),
    ..Command::DEFAULT
};

fn zrevrangebylex(call: &mut Call, args: Args) -> Result<(), Error> {
    range(call, args, Some(By::Member), Some(true))
}

const ZREVRANGEBYSCORE: Command = Command {
    name: "ZREVRANGEBYSCORE",
    syntax: "key max<double> min<double> [WITHSCORES] [LIMIT (offset count)]",
    summary: "Returns the members whose scores are in a range, the highest score first.",
    since: "2.2.0",
    complexity: "O(log(N)+M), N = members, M = members returned",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    deprecated: Some(Deprecated { since: "6.2.0", replaced_by: "`ZRANGE` with `REV` and `BYSCORE`" }),
    run: Some(zrevrangebyscore),
    ..Command::DEFAULT
};

fn zrevrangebyscore(call: &mut Call, args: Args) -> Result<(), Error> {
    range(call, args, Some(By::Score), Some(true))
}
