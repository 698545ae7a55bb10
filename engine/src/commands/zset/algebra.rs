//! Union, intersection and difference of sorted sets; plain sets take part with scores of 1.

use crate::base::numbers::parse_f64;
use crate::base::order;
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::encoding::Element;
use crate::encoding::dict::Dict;
use crate::keyspace::{Class, Expiry, Keyspace};
use crate::value::{Set, Value, ZSet};

use super::super::element::write_element;
use super::super::numkeys;

family![ZDIFF, ZDIFFSTORE, ZINTER, ZINTERCARD, ZINTERSTORE, ZUNION, ZUNIONSTORE];

/// What is done with several sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

/// How the scores of a member in several sets become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn apply(self, score: f64, other: f64) -> f64 {
        match self {
            // Infinities of different signs cancel out, by definition.
            Aggregate::Sum => zero_if_nan(score + other),
            Aggregate::Min => {
                if other < score {
                    other
                } else {
                    score
                }
            }
            Aggregate::Max => {
                if other > score {
                    other
                } else {
                    score
                }
            }
        }
    }
}

fn zero_if_nan(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// One of the sets that an operation reads.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Set(&'a Set),
    ZSet(&'a ZSet),
    Missing,
}

impl<'a> Source<'a> {
    fn of(keyspace: &'a Keyspace, database: usize, key: &[u8]) -> Result<Source<'a>, Error> {
        match keyspace.view_object(database, key).map(|object| &object.value) {
            None => Ok(Source::Missing),
            Some(Value::Set(set)) => Ok(Source::Set(set)),
            Some(Value::ZSet(zset)) => Ok(Source::ZSet(zset)),
            Some(_) => Err(Error::WrongType),
        }
    }

    fn len(self) -> usize {
        match self {
            Source::Set(set) => set.len(),
            Source::ZSet(zset) => zset.len(),
            Source::Missing => 0,
        }
    }

    fn score(self, member: Element) -> Option<f64> {
        match self {
            Source::Set(set) => set.contains(member).then_some(1.0),
            Source::ZSet(zset) => member.with_bytes(|member| zset.score(member)),
            Source::Missing => None,
        }
    }

    /// Shows each member with its score, until `visit` returns false.
    fn each(self, mut visit: impl FnMut(Element, f64) -> bool) {
        match self {
            Source::Set(set) => {
                set.iter().all(|member| visit(member, 1.0));
            }
            Source::ZSet(zset) => {
                zset.iter().all(|(member, score)| visit(member, score));
            }
            Source::Missing => {}
        }
    }
}

/// The keys that `numkeys` announces, and the sources under them.
fn sources<'a>(
    keyspace: &'a mut Keyspace,
    database: usize,
    args: &mut Args,
    command: &str,
) -> Result<Vec<Source<'a>>, Error> {
    let numkeys = args.integer()?;
    if numkeys < 1 {
        let text = format!("ERR at least 1 input key is needed for '{}' command", command.to_ascii_lowercase());
        return Err(Error::text_of(text));
    }
    let keys = args.take(usize::try_from(numkeys).map_err(|_| Error::Syntax)?)?;
    for key in keys {
        keyspace.lookup(database, key);
        Source::of(keyspace, database, key)?;
    }
    let keyspace: &Keyspace = keyspace;
    keys.iter().map(|key| Source::of(keyspace, database, key)).collect()
}

/// Calculates the result, with what the options say; whether scores are wanted comes back too.
fn combine(call: &mut Call, args: &mut Args, operation: Operation, store: bool) -> Result<(ZSet, bool), Error> {
    let limits = call.keyspace.limits.clone();
    let sources = sources(call.keyspace, call.client.database, args, call.command.name)?;
    let mut weights = vec![1.0; sources.len()];
    let (mut aggregate, mut with_scores) = (Aggregate::Sum, false);
    while !args.is_empty() {
        if operation != Operation::Difference && args.remaining() > sources.len() && args.keyword("WEIGHTS") {
            for weight in &mut weights {
                *weight = parse_f64(args.next()?).ok_or(Error::Static("ERR weight value is not a float"))?;
            }
        } else if operation != Operation::Difference && args.remaining() > 1 && args.keyword("AGGREGATE") {
            aggregate = if args.keyword("SUM") {
                Aggregate::Sum
            } else if args.keyword("MIN") {
                Aggregate::Min
            } else if args.keyword("MAX") {
                Aggregate::Max
            } else {
                return Err(Error::Syntax);
            };
        } else if !store && args.keyword("WITHSCORES") {
            with_scores = true;
        } else {
            return Err(Error::Syntax);
        }
    }
    let mut weighted: Vec<(Source, f64)> = sources.into_iter().zip(weights).collect();
    if operation != Operation::Difference {
        // The order of additions matters for floats: Redis begins with the smallest set.
        order::sort_by_key(&mut weighted, |(source, _)| source.len());
    }
    // A listpack would lose the sign of a zero, which a reply shows; what is stored settles later.
    let mut result = ZSet::new();
    result.unpack(&limits);
    let mut insert = |member: Element, score: f64| {
        member.with_bytes(|member| result.insert(member, score, &limits));
    };
    match operation {
        Operation::Union => {
            // One pass over the sources: to look each member up in all the others would take their number's square.
            let mut sums: Dict<f64> = Dict::new(limits.hash_seed.clone());
            for (source, weight) in &weighted {
                source.each(|member, score| {
                    let score = zero_if_nan(weight * score);
                    member.with_bytes(|member| {
                        let (position, is_new) = sums.find_or_insert(member, || score);
                        if let Some((_, sum)) = sums.at_mut(position).filter(|_| !is_new) {
                            *sum = aggregate.apply(*sum, score);
                        }
                    });
                    true
                });
            }
            sums.iter().for_each(|(member, score)| insert(Element::Bytes(member), *score));
        }
        Operation::Intersection => intersect(&weighted, aggregate, |member, score| {
            insert(member, score);
            true
        }),
        Operation::Difference => {
            if let Some(((first, _), others)) = weighted.split_first() {
                first.each(|member, score| {
                    if others.iter().all(|(other, _)| other.score(member).is_none()) {
                        insert(member, score);
                    }
                    true
                });
            }
        }
    }
    Ok((result, with_scores))
}

/// Shows the members that all sources have, until `visit` returns false.
fn intersect(sources: &[(Source, f64)], aggregate: Aggregate, mut visit: impl FnMut(Element, f64) -> bool) {
    let Some(((smallest, weight), others)) = sources.split_first() else { return };
    smallest.each(|member, score| {
        let mut sum = zero_if_nan(weight * score);
        for (other, weight) in others {
            match other.score(member) {
                // Unlike in a union, only what the aggregation makes of it is kept from being NaN.
                Some(score) => sum = aggregate.apply(sum, weight * score),
                None => return true,
            }
        }
        visit(member, sum)
    });
}

/// Answers with a result.
fn answer(call: &mut Call, mut args: Args, operation: Operation) -> Result<(), Error> {
    let (result, with_scores) = combine(call, &mut args, operation, false)?;
    let nested = with_scores && call.reply.resp3;
    call.reply.array(if with_scores && !nested { result.len() * 2 } else { result.len() });
    for (member, score) in result.iter() {
        if nested {
            call.reply.array(2);
        }
        write_element(call.reply, member);
        if with_scores {
            call.reply.double(score);
        }
    }
    Ok(())
}

/// Stores a result and answers with its size.
fn store(call: &mut Call, mut args: Args, operation: Operation, event: &'static str) -> Result<(), Error> {
    let destination = args.next()?;
    let (mut result, _) = combine(call, &mut args, operation, true)?;
    result.settle(&call.keyspace.limits);
    let len = result.len();
    let value = Value::ZSet(Box::new(result));
    call.keyspace.set(call.client.database, destination, value, Expiry::Clear, Class::ZSet, event);
    call.reply.integer(len as i64);
    Ok(())
}

const ZDIFF: Command = Command {
    name: "ZDIFF",
    syntax: "numkeys key... [WITHSCORES]",
    summary: "Returns the members of the first sorted set that are in none of the others.",
    since: "6.2.0",
    complexity: "O(L+(N-K)*log(N)), L = members of all sets, N = members of the first set, K = members of the result",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(zdiff),
    ..Command::DEFAULT
};

fn zdiff(call: &mut Call, args: Args) -> Result<(), Error> {
    answer(call, args, Operation::Difference)
}

const ZDIFFSTORE: Command = Command {
    name: "ZDIFFSTORE",
    syntax: "destination numkeys key...",
    summary: "Stores the members of the first sorted set that are in none of the others.",
    since: "6.2.0",
    complexity: "O(L+(N-K)*log(N)), L = members of all sets, N = members of the first set, K = members of the result",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE, Access::RO_ACCESS],
    run: Some(zdiffstore),
    ..Command::DEFAULT
};

fn zdiffstore(call: &mut Call, args: Args) -> Result<(), Error> {
    store(call, args, Operation::Difference, "zdiffstore")
}

const ZINTER: Command = Command {
    name: "ZINTER",
    syntax: "numkeys key... [WEIGHTS weight...] [AGGREGATE (aggregate: SUM | MIN | MAX)] [WITHSCORES]",
    summary: "Returns the members that all the sorted sets have.",
    since: "6.2.0",
    complexity: "O(N*K)+O(M*log(M)), N = members of the smallest set, K = sets, M = members of the result",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(zinter),
    ..Command::DEFAULT
};

fn zinter(call: &mut Call, args: Args) -> Result<(), Error> {
    answer(call, args, Operation::Intersection)
}

const ZINTERCARD: Command = Command {
    name: "ZINTERCARD",
    syntax: "numkeys key... [LIMIT limit]",
    summary: "Returns how many members all the sorted sets have.",
    since: "7.0.0",
    complexity: "O(N*K), N = members of the smallest set, K = sets",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(zintercard),
    ..Command::DEFAULT
};

fn zintercard(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let sources = sources(call.keyspace, call.client.database, &mut args, "zintercard")?;
    let limit = numkeys::limit(&mut args)?;
    let mut weighted: Vec<(Source, f64)> = sources.into_iter().map(|source| (source, 1.0)).collect();
    order::sort_by_key(&mut weighted, |(source, _)| source.len());
    let mut found = 0;
    intersect(&weighted, Aggregate::Sum, |_, _| {
        found += 1;
        found < limit
    });
    call.reply.integer(found as i64);
    Ok(())
}

const ZINTERSTORE: Command = Command {
    name: "ZINTERSTORE",
    syntax: "destination numkeys key... [WEIGHTS weight...] [AGGREGATE (aggregate: SUM | MIN | MAX)]",
    summary: "Stores the members that all the sorted sets have.",
    since: "2.0.0",
    complexity: "O(N*K)+O(M*log(M)), N = members of the smallest set, K = sets, M = members of the result",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE, Access::RO_ACCESS],
    run: Some(zinterstore),
    ..Command::DEFAULT
};

fn zinterstore(call: &mut Call, args: Args) -> Result<(), Error> {
    store(call, args, Operation::Intersection, "zinterstore")
}

const ZUNION: Command = Command {
    name: "ZUNION",
    syntax: "numkeys key... [WEIGHTS weight...] [AGGREGATE (aggregate: SUM | MIN | MAX)] [WITHSCORES]",
    summary: "Returns the members that any of the sorted sets has.",
    since: "6.2.0",
    complexity: "O(N)+O(M*log(M)), N = members of all sets, M = members of the result",
    group: Group::SortedSet,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(zunion),
    ..Command::DEFAULT
};

fn zunion(call: &mut Call, args: Args) -> Result<(), Error> {
    answer(call, args, Operation::Union)
}

const ZUNIONSTORE: Command = Command {
    name: "ZUNIONSTORE",
    syntax: "destination numkeys key... [WEIGHTS weight...] [AGGREGATE (aggregate: SUM | MIN | MAX)]",
    summary: "Stores the members that any of the sorted sets has.",
    since: "2.0.0",
    complexity: "O(N)+O(M*log(M)), N = members of all sets, M = members of the result",
    group: Group::SortedSet,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE, Access::RO_ACCESS],
    run: Some(zunionstore),
    ..Command::DEFAULT
};

fn zunionstore(call: &mut Call, args: Args) -> Result<(), Error> {
    store(call, args, Operation::Union, "zunionstore")
}
