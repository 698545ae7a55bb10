//! XINFO: how a stream is built, its consumer groups and their consumers.

use super::super::help;
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::resp::Reply;
use crate::value::stream::{self, Consumer, Stream, StreamId};

use super::text::no_group_at;
use super::{limit, now_ms, write_entries, write_entry, write_id};

family![XINFO];

const XINFO: Command = Command {
    name: "XINFO",
    summary: "Describes a stream.",
    since: "5.0.0",
    complexity: "Depends on subcommand.",
    group: Group::Stream,
    without_categories: crate::command::Categories::STREAM,
    subcommands: &[CONSUMERS, GROUPS, INFO_HELP, STREAM],
    ..Command::DEFAULT
};

const STREAM: Command = Command {
    name: "STREAM",
    syntax: "key [FULL (full: [COUNT count])]",
    summary: "Describes a stream; with FULL also its entries, groups and consumers.",
    since: "5.0.0",
    complexity: "O(N), N = nodes; with FULL also entries, groups and consumers shown",
    group: Group::Stream,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    history: &[
        ("6.0.0", "FULL."),
        ("7.0.0", "max-deleted-entry-id, entries-added, recorded-first-entry-id, entries-read and lag."),
        ("7.2.0", "active-time of consumers."),
    ],
    run: Some(info_stream),
    ..Command::DEFAULT
};

fn info_stream(call: &mut Call, mut args: Args) -> Result<(), Error> {
    const FULL_COUNT: i64 = 10;
    let wrong = Error::wrong_subcommand("XINFO", call.words);
    let Call { keyspace, client, reply, .. } = call;
    let stream = keyspace.read::<Stream>(client.database, args.next()?)?.ok_or(Error::NoSuchKey)?;
    let mut full = None;
    if !args.is_empty() {
        let words = args.remaining();
        if !(words == 1 || words == 3) || !args.keyword("FULL") || words == 3 && !args.keyword("COUNT") {
            return Err(wrong);
        }
        let count = if words == 3 { args.integer()? } else { FULL_COUNT };
        full = Some(if count < 0 { FULL_COUNT } else { count });
    }
    let log = &stream.log;
    reply.map(if full.is_some() { 9 } else { 10 });
    reply.bulk(b"length");
    reply.integer(log.len() as i64);
    reply.bulk(b"radix-tree-keys");
    reply.integer(log.nodes().len() as i64);
    reply.bulk(b"radix-tree-nodes");
    reply.integer(log.radix_tree_nodes() as i64);
    reply.bulk(b"last-generated-id");
    write_id(reply, log.last_id());
    reply.bulk(b"max-deleted-entry-id");
    write_id(reply, log.max_deleted_id());
    reply.bulk(b"entries-added");
    reply.integer(log.entries_added().cast_signed());
    reply.bulk(b"recorded-first-entry-id");
    write_id(reply, log.first_id());
    if let Some(count) = full {
        let most = limit(Some(count).filter(|&count| count > 0));
        reply.bulk(b"entries");
        write_entries(reply, log.range(StreamId::MIN, StreamId::MAX).take(most));
        reply.bulk(b"groups");
        reply.array(stream.groups_len());
        for (name, group) in stream.groups() {
            whole_group(reply, stream, name, group, most);
        }
        return Ok(());
    }
    reply.bulk(b"groups");
    reply.integer(stream.groups_len() as i64);
    let ends = [
        ("first-entry", log.range(StreamId::MIN, StreamId::MAX).next()),
        ("last-entry", log.range_back(StreamId::MIN, StreamId::MAX).next()),
    ];
    for (name, entry) in ends {
        reply.bulk(name.as_bytes());
        match entry {
            Some(entry) => write_entry(reply, entry),
            None => reply.null(),
        }
    }
    Ok(())
}

/// A group as XINFO STREAM FULL shows it.
fn whole_group(reply: &mut Reply, stream: &Stream, name: &[u8], group: &stream::Group, most: usize) {
    reply.map(7);
    reply.bulk(b"name");
    reply.bulk(name);
    reply.bulk(b"last-delivered-id");
    write_id(reply, group.last_id);
    write_progress(reply, stream, group);
    reply.bulk(b"pel-count");
    reply.integer(group.pending_len() as i64);
    reply.bulk(b"pending");
    reply.array(group.pending_len().min(most));
    for (id, pending) in group.pending(StreamId::MIN, StreamId::MAX).take(most) {
        reply.array(4);
        write_id(reply, id);
        reply.bulk(group.consumer(pending.consumer).map(|consumer| &consumer.name()[..]).unwrap_or_default());
        reply.integer(pending.delivered_ms);
        reply.integer(pending.deliveries.cast_signed());
    }
    reply.bulk(b"consumers");
    reply.array(group.consumers_len());
    for consumer in group.consumers() {
        reply.map(5);
        reply.bulk(b"name");
        reply.bulk(consumer.name());
        reply.bulk(b"seen-time");
        reply.integer(consumer.seen_ms);
        reply.bulk(b"active-time");
        reply.integer(consumer.active_ms.unwrap_or(-1));
        reply.bulk(b"pel-count");
        reply.integer(consumer.pending_len() as i64);
        reply.bulk(b"pending");
        let ids = consumer.pending(StreamId::MIN, StreamId::MAX).take(most);
        reply.array(consumer.pending_len().min(most));
        for (id, pending) in ids.filter_map(|id| Some((id, group.pending_at(id)?))) {
            reply.array(3);
            write_id(reply, id);
            reply.integer(pending.delivered_ms);
            reply.integer(pending.deliveries.cast_signed());
        }
    }
}

/// How many entries a group was given and how many it was not, as far as that is known.
fn write_progress(reply: &mut Reply, stream: &Stream, group: &stream::Group) {
    for (name, number) in [("entries-read", group.entries_read), ("lag", group.lag(&stream.log))] {
        reply.bulk(name.as_bytes());
        match number {
            Some(number) => reply.integer(number),
            None => reply.null(),
        }
    }
}

const GROUPS: Command = Command {
    name: "GROUPS",
    syntax: "key",
    summary: "Describes the consumer groups of a stream.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    history: &[("7.0.0", "entries-read and lag.")],
    run: Some(info_groups),
    ..Command::DEFAULT
};

fn info_groups(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let Call { keyspace, client, reply, .. } = call;
    let stream = keyspace.read::<Stream>(client.database, args.next()?)?.ok_or(Error::NoSuchKey)?;
    reply.array(stream.groups_len());
    for (name, group) in stream.groups() {
        reply.map(6);
        reply.bulk(b"name");
        reply.bulk(name);
        reply.bulk(b"consumers");
        reply.integer(group.consumers_len() as i64);
        reply.bulk(b"pending");
        reply.integer(group.pending_len() as i64);
        reply.bulk(b"last-delivered-id");
        write_id(reply, group.last_id);
        write_progress(reply, stream, group);
    }
    Ok(())
}

const CONSUMERS: Command = Command {
    name: "CONSUMERS",
    syntax: "key groupname",
    summary: "Describes the consumers of a group.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output"],
    history: &[("7.2.0", "inactive.")],
    run: Some(info_consumers),
    ..Command::DEFAULT
};

fn info_consumers(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let now_ms = now_ms(call);
    let (key, name) = (args.next()?, args.next()?);
    let Call { keyspace, client, reply, .. } = call;
    let stream = keyspace.read::<Stream>(client.database, key)?.ok_or(Error::NoSuchKey)?;
    let group = stream.group(name).ok_or_else(|| no_group_at(key, name))?;
    reply.array(group.consumers_len());
    for consumer in group.consumers() {
        reply.map(4);
        reply.bulk(b"name");
        reply.bulk(consumer.name());
        reply.bulk(b"pending");
        reply.integer(consumer.pending_len() as i64);
        reply.bulk(b"idle");
        reply.integer(now_ms.wrapping_sub(consumer.seen_ms).max(0));
        reply.bulk(b"inactive");
        reply.integer(inactive_ms(consumer, now_ms));
    }
    Ok(())
}

/// For how long a consumer was given nothing; -1 when it never was.
fn inactive_ms(consumer: &Consumer, now_ms: i64) -> i64 {
    consumer.active_ms.map_or(-1, |active_ms| now_ms.wrapping_sub(active_ms).max(0))
}

const INFO_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &XINFO)),
    ..Command::DEFAULT
};
