//! Streams: adding, trimming and reading by ID; consumer groups are in [`group`], [`read`] and [`pending`].

pub mod claim;
pub mod group;
pub mod info;
pub mod pending;
pub mod read;
mod text;
mod trim;

use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::{Class, Touched};
use crate::resp::Reply;
use crate::value::stream::{Counters, Entry, IdText, NewId, NotAdded, Stream, StreamId};

use super::element::write_element;
use text::{bound, strict_id};
use trim::Options;

family![XADD, XDEL, XLEN, XRANGE, XREVRANGE, XSETID, XTRIM];

/// The time as the times of groups are kept.
fn now_ms(call: &Call) -> i64 {
    i64::try_from(call.now.0).unwrap_or(i64::MAX)
}

const XADD: Command = Command {
    name: "XADD",
    syntax: "key [NOMKSTREAM]@6.2.0 [trim: (strategy: MAXLEN | MINID@6.2.0) [operator: (equal: \"=\") \
             | (approximately: \"~\")] threshold [LIMIT count]@6.2.0] (id_or_auto: (auto_id: \"*\") | id) (field value)...",
    summary: "Adds an entry to a stream, and can trim the stream with it.",
    since: "5.0.0",
    complexity: "O(1), and O(N) when trimming, N = entries removed",
    group: Group::Stream,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    tips: &["nondeterministic_output"],
    history: &[("6.2.0", "NOMKSTREAM, trimming with MINID and LIMIT."), ("7.0.0", "IDs of the form ms-*.")],
    run: Some(xadd),
    ..Command::DEFAULT
};

fn xadd(call: &mut Call, args: Args) -> Result<(), Error> {
    let words = args.rest();
    let key = words.first().copied().ok_or(Error::Syntax)?;
    let options = Options::parse(call, words, true)?;
    let pairs = words.get(options.end + 1..).unwrap_or_default();
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(Error::wrong_arity("xadd"));
    }
    let new = match options.id {
        Some(id) if id.with_seq(0) == Some(StreamId::MIN) => {
            return Err(Error::Static("ERR The ID specified in XADD must be greater than 0-0"));
        }
        Some(IdText::AnySeq(ms)) => NewId::AnySeq(ms),
        Some(id) => id.with_seq(0).map_or(NewId::Auto(call.now.0), NewId::Exactly),
        None => NewId::Auto(call.now.0),
    };
    let add = |stream: &mut Stream, limits: &_| {
        let added = stream.log.append(new, pairs, limits).map_err(|why| match why {
            NotAdded::Exhausted => {
                Error::Static("ERR The stream has exhausted the last possible ID, unable to add more items")
            }
            NotAdded::NotAbove => {
                Error::Static("ERR The ID specified in XADD is equal or smaller than the target stream top item")
            }
            NotAdded::TooLarge => Error::Static("ERR Elements are too large to be stored"),
        });
        let touched = Touched::when(added.is_ok(), "xadd");
        let trimmed = if added.is_ok() { options.trim(stream) } else { 0 };
        (added.map(|id| (id, trimmed, options.threshold_reached(stream))), touched)
    };
    let added = if options.creates {
        call.update_or_create::<Stream, _>(key, add)?
    } else {
        match call.update::<Stream, _>(key, add)? {
            Some(added) => added,
            None => {
                call.reply.null();
                return Ok(());
            }
        }
    };
    let (id, trimmed, threshold) = added?;
    let id_text = id.to_text();
    call.reply.bulk(&id_text);
    if trimmed > 0 {
        let database = call.database();
        call.keyspace.announce(database, key, Class::Stream, "xtrim");
    }
    if new != NewId::Exactly(id) || options.whole_nodes {
        let id_at = options.end;
        options.propagate(call, b"XADD", words, threshold, Some((id_at, &id_text)));
    }
    Ok(())
}

const XTRIM: Command = Command {
    name: "XTRIM",
    syntax: "key (trim: (strategy: MAXLEN | MINID@6.2.0) [operator: (equal: \"=\") | (approximately: \"~\")] threshold \
             [LIMIT count]@6.2.0)",
    summary: "Removes the oldest entries of a stream.",
    since: "5.0.0",
    complexity: "O(N), N = entries removed",
    group: Group::Stream,
    flags: Flags::WRITE,
    access: &[Access::RW_DELETE],
    tips: &["nondeterministic_output"],
    history: &[("6.2.0", "Trimming with MINID and LIMIT.")],
    run: Some(xtrim),
    ..Command::DEFAULT
};

fn xtrim(call: &mut Call, args: Args) -> Result<(), Error> {
    let words = args.rest();
    let key = words.first().copied().ok_or(Error::Syntax)?;
    let options = Options::parse(call, words, false)?;
    let trimmed = call.update::<Stream, _>(key, |stream, _| {
        let trimmed = options.trim(stream);
        ((trimmed, options.threshold_reached(stream)), Touched::times("xtrim", trimmed as usize))
    })?;
    let (trimmed, threshold) = trimmed.unwrap_or_default();
    call.reply.integer(trimmed as i64);
    if options.whole_nodes {
        options.propagate(call, b"XTRIM", words, threshold, None);
    }
    Ok(())
}

const XDEL: Command = Command {
    name: "XDEL",
    syntax: "key id...",
    summary: "Removes entries by their ID and says how many there were.",
    since: "5.0.0",
    complexity: "O(1) per entry",
    group: Group::Stream,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_DELETE],
    run: Some(xdel),
    ..Command::DEFAULT
};

fn xdel(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let key = args.next()?;
    // Only where there is a stream are the IDs looked at.
    if call.keyspace.peek(call.client.database, key).is_none() {
        call.reply.integer(0);
        return Ok(());
    }
    let removed = call.update::<Stream, _>(key, |stream, _| {
        let ids: Result<Vec<StreamId>, Error> = args.rest().iter().map(|id| strict_id(id, 0)).collect();
        let removed = ids.map(|ids| ids.into_iter().filter(|id| stream.log.remove(*id)).count());
        let touched = Touched::times("xdel", *removed.as_ref().unwrap_or(&0));
        (removed, touched)
    })?;
    call.reply.integer(removed.unwrap_or(Ok(0))? as i64);
    Ok(())
}

const XLEN: Command = Command {
    name: "XLEN",
    syntax: "key",
    summary: "Returns how many entries a stream has.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::READONLY.with(Flags::FAST),
    access: &[Access::RO],
    run: Some(xlen),
    ..Command::DEFAULT
};

fn xlen(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let len = call.read::<Stream>(args.next()?)?.map_or(0, |stream| stream.log.len());
    call.reply.integer(len as i64);
    Ok(())
}

const XRANGE: Command = Command {
    name: "XRANGE",
    syntax: "key start<string> end<string> [COUNT count]",
    summary: "Returns the entries between two IDs.",
    since: "5.0.0",
    complexity: "O(log(N)+M), N = entries, M = entries returned",
    group: Group::Stream,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    history: &[("6.2.0", "IDs that do not belong to the range themselves: (ID.")],
    run: Some(|call, args| range(call, args, false)),
    ..Command::DEFAULT
};

const XREVRANGE: Command = Command {
    name: "XREVRANGE",
    syntax: "key end<string> start<string> [COUNT count]",
    summary: "Returns the entries between two IDs, the newest first.",
    since: "5.0.0",
    complexity: "O(log(N)+M), N = entries, M = entries returned",
    group: Group::Stream,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    history: &[("6.2.0", "IDs that do not belong to the range themselves: (ID.")],
    run: Some(|call, args| range(call, args, true)),
    ..Command::DEFAULT
};

fn range(call: &mut Call, mut args: Args, reverse: bool) -> Result<(), Error> {
    let key = args.next()?;
    let (first, second) = (args.next()?, args.next()?);
    let (start, end) = if reverse { (second, first) } else { (first, second) };
    let (start, end) = (bound(start, true)?, bound(end, false)?);
    let mut count = None;
    while !args.is_empty() {
        if !args.keyword("COUNT") || args.is_empty() {
            return Err(Error::Syntax);
        }
        count = Some(args.integer()?.max(0));
    }
    let Call { keyspace, client, reply, .. } = call;
    let Some(stream) = keyspace.read::<Stream>(client.database, key)? else {
        reply.array(0);
        return Ok(());
    };
    if count == Some(0) {
        reply.null_array();
        return Ok(());
    }
    let entries = if reverse { stream.log.range_back(start, end) } else { stream.log.range(start, end) };
    write_entries(reply, entries.take(limit(count)));
    Ok(())
}

/// How many entries a COUNT means.
fn limit(count: Option<i64>) -> usize {
    count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX)
}

/// Writes entries as an array and says how many there were.
fn write_entries<'a>(reply: &mut Reply, entries: impl Iterator<Item = Entry<'a>>) -> usize {
    let start = reply.defer();
    let mut count = 0;
    for entry in entries {
        write_entry(reply, entry);
        count += 1;
        if reply.has_overflowed() {
            break;
        }
    }
    reply.finish_array(start, count);
    count
}

/// Writes an entry: its ID, and its names and values in one array.
fn write_entry(reply: &mut Reply, entry: Entry) {
    reply.array(2);
    write_id(reply, entry.id);
    reply.array(entry.fields.len() * 2);
    for (name, value) in entry.fields {
        write_element(reply, name);
        write_element(reply, value);
    }
}

fn write_id(reply: &mut Reply, id: StreamId) {
    reply.bulk(&id.to_text());
}

const XSETID: Command = Command {
    name: "XSETID",
    syntax: "key last-id [ENTRIESADDED entries_added<integer>]@7.0.0 [MAXDELETEDID max_deleted_entry_id]@7.0.0",
    summary: "Sets the last ID of a stream and what it has counted; made for copying streams.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    history: &[("7.0.0", "ENTRIESADDED and MAXDELETEDID.")],
    run: Some(xsetid),
    ..Command::DEFAULT
};

fn xsetid(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, last_id) = (args.next()?, strict_id(args.next()?, 0)?);
    let (mut entries_added, mut max_deleted_id) = (None, StreamId::MIN);
    while let Some(option) = args.next_if_any() {
        if option.eq_ignore_ascii_case(b"ENTRIESADDED") && !args.is_empty() {
            let added = args.integer()?;
            entries_added =
                Some(u64::try_from(added).map_err(|_| Error::Static("ERR entries_added must be positive"))?);
        } else if option.eq_ignore_ascii_case(b"MAXDELETEDID") && !args.is_empty() {
            max_deleted_id = strict_id(args.next()?, 0)?;
            if last_id < max_deleted_id {
                return Err(Error::Static(
                    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                ));
            }
        } else {
            return Err(Error::Syntax);
        }
    }
    let set = call.update::<Stream, _>(key, |stream, _| {
        let set = set_id(stream, last_id, entries_added, max_deleted_id);
        let touched = Touched::when(set.is_ok(), "xsetid");
        (set, touched)
    })?;
    set.ok_or(Error::NoSuchKey)??;
    call.reply.ok();
    Ok(())
}

fn set_id(stream: &mut Stream, last_id: StreamId, added: Option<u64>, max_deleted_id: StreamId) -> Result<(), Error> {
    let log = &mut stream.log;
    if last_id < log.max_deleted_id() {
        return Err(Error::Static("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"));
    }
    if log.top_id().is_some_and(|top| last_id < top) {
        return Err(Error::Static("ERR The ID specified in XSETID is smaller than the target stream top item"));
    }
    if added.is_some_and(|added| log.len() > added) {
        return Err(Error::Static(
            "ERR The entries_added specified in XSETID is smaller than the target stream length",
        ));
    }
    let max_deleted_id = if max_deleted_id == StreamId::MIN { log.max_deleted_id() } else { max_deleted_id };
    let entries_added = added.unwrap_or(log.entries_added());
    log.restore_counters(Counters { last_id, max_deleted_id, entries_added });
    Ok(())
}
