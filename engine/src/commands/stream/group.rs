//! XGROUP, and how the journal holds what groups do.

use super::super::help;
use super::now_ms;
use super::text::{id, no_group_at, strict_id};
use crate::base::Bytes;
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::{Class, Touched};
use crate::value::stream::{self, Pending, Stream, StreamId};

family![XGROUP];

const XGROUP: Command = Command {
    name: "XGROUP",
    summary: "Manages the consumer groups of a stream.",
    since: "5.0.0",
    complexity: "Depends on subcommand.",
    group: Group::Stream,
    without_categories: crate::command::Categories::STREAM,
    subcommands: &[CREATE, CREATECONSUMER, DELCONSUMER, DESTROY, GROUP_HELP, SETID],
    ..Command::DEFAULT
};

const NO_KEY: Error = Error::Static(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM \
     option to create an empty stream automatically.",
);

const CREATE: Command = Command {
    name: "CREATE",
    syntax: "key groupname (id: id | (new_id: \"$\")) [MKSTREAM] [ENTRIESREAD entries_read<integer>]",
    summary: "Creates a consumer group that reads a stream from an ID on.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_INSERT],
    history: &[("7.0.0", "ENTRIESREAD.")],
    run: Some(create),
    ..Command::DEFAULT
};

fn create(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let words = args.remaining();
    let (key, name, id) = (args.next()?, args.next()?, args.next()?);
    let options = Options::parse(call, args, true)?;
    let exists = call.keyspace.peek(call.client.database, key).is_some();
    if !exists && !options.make_stream {
        return Err(NO_KEY);
    }
    // Six words after the subcommand are the most that make sense, and only a stream is looked at before that.
    let too_many = words > 6;
    let create = |stream: &mut Stream, _: &_| {
        let created = match id {
            _ if too_many => Err(None),
            b"$" => Ok(stream.log.last_id()),
            id => strict_id(id, 0).map_err(Some),
        };
        let created = created.and_then(|id| {
            let group = stream::Group::new(id, options.entries_read);
            let busy = Error::Static("BUSYGROUP Consumer Group name already exists");
            if stream.add_group(name, group) { Ok(()) } else { Err(Some(busy)) }
        });
        let touched = Touched::when(created.is_ok(), "xgroup-create");
        (created, touched)
    };
    let created = call.update_or_create::<Stream, _>(key, create)?;
    created.map_err(|error| error.unwrap_or_else(|| Error::wrong_subcommand("XGROUP", call.words)))?;
    if !exists {
        // The event of the group does not tell those who watch the key that it came to be.
        let database = call.database();
        call.keyspace.announce(database, key, Class::Stream, "");
    }
    call.reply.ok();
    Ok(())
}

/// What may follow the ID in CREATE and SETID.
struct Options {
    make_stream: bool,
    entries_read: Option<i64>,
}

impl Options {
    fn parse(call: &Call, mut args: Args, creates: bool) -> Result<Options, Error> {
        let mut options = Options { make_stream: false, entries_read: None };
        while let Some(word) = args.next_if_any() {
            if creates && word.eq_ignore_ascii_case(b"MKSTREAM") {
                options.make_stream = true;
            } else if word.eq_ignore_ascii_case(b"ENTRIESREAD") && !args.is_empty() {
                const UNKNOWN: i64 = -1;
                let read = args.integer()?;
                if read < UNKNOWN {
                    return Err(Error::Static("ERR value for ENTRIESREAD must be positive or -1"));
                }
                options.entries_read = Some(read).filter(|&read| read != UNKNOWN);
            } else {
                return Err(Error::wrong_subcommand("XGROUP", call.words));
            }
        }
        Ok(options)
    }
}

const SETID: Command = Command {
    name: "SETID",
    syntax: "key groupname (id: id | (new_id: \"$\")) [ENTRIESREAD entries_read<integer>]",
    summary: "Sets the last ID that a consumer group was given.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::WRITE,
    access: &[Access::RW_UPDATE],
    history: &[("7.0.0", "ENTRIESREAD.")],
    run: Some(set_id),
    ..Command::DEFAULT
};

fn set_id(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let words = args.remaining();
    let (key, name, word) = (args.next()?, args.next()?, args.next()?);
    let options = Options::parse(call, args, false)?;
    let set = call.update::<Stream, _>(key, |stream, _| {
        let set = stream.change_group(name, |log, group| {
            if words > 5 {
                return Err(None);
            }
            group.last_id = if word == b"$" { log.last_id() } else { id(word, 0).map_err(Some)? };
            group.entries_read = options.entries_read;
            Ok(())
        });
        let set = set.unwrap_or_else(|| Err(Some(no_group_at(key, name))));
        let touched = Touched::when(set.is_ok(), "xgroup-setid");
        (set, touched)
    })?;
    let set = set.ok_or(NO_KEY)?;
    set.map_err(|error| error.unwrap_or_else(|| Error::wrong_subcommand("XGROUP", call.words)))?;
    call.reply.ok();
    Ok(())
}

const DESTROY: Command = Command {
    name: "DESTROY",
    syntax: "key groupname",
    summary: "Removes a consumer group with its consumers.",
    since: "5.0.0",
    complexity: "O(N), N = pending entries of the group",
    group: Group::Stream,
    flags: Flags::WRITE,
    access: &[Access::RW_DELETE],
    run: Some(destroy),
    ..Command::DEFAULT
};

fn destroy(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, name) = (args.next()?, args.next()?);
    let removed = call.update::<Stream, _>(key, |stream, _| {
        let removed = stream.remove_group(name);
        (removed, Touched::when(removed, "xgroup-destroy"))
    })?;
    call.reply.integer(i64::from(removed.ok_or(NO_KEY)?));
    Ok(())
}

const CREATECONSUMER: Command = Command {
    name: "CREATECONSUMER",
    syntax: "key groupname consumername",
    summary: "Adds a consumer to a group; reading adds it as well.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::RW_INSERT],
    run: Some(create_consumer),
    ..Command::DEFAULT
};

fn create_consumer(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, name, consumer) = (args.next()?, args.next()?, args.next()?);
    let now_ms = now_ms(call);
    let created = call.update::<Stream, _>(key, |stream, _| {
        let created = stream.change_group(name, |_, group| group.find_or_create(consumer, now_ms).1);
        (created, Touched::when(created == Some(true), "xgroup-createconsumer"))
    })?;
    let created = created.ok_or(NO_KEY)?.ok_or_else(|| no_group_at(key, name))?;
    call.reply.integer(i64::from(created));
    Ok(())
}

const DELCONSUMER: Command = Command {
    name: "DELCONSUMER",
    syntax: "key groupname consumername",
    summary: "Removes a consumer with its pending entries, and says how many those were.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::WRITE,
    access: &[Access::RW_DELETE],
    run: Some(delete_consumer),
    ..Command::DEFAULT
};

fn delete_consumer(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, name, consumer) = (args.next()?, args.next()?, args.next()?);
    let removed = call.update::<Stream, _>(key, |stream, _| {
        let removed = stream.change_group(name, |_, group| group.remove_consumer(consumer));
        (removed, Touched::when(matches!(removed, Some(Some(_))), "xgroup-delconsumer"))
    })?;
    let removed = removed.ok_or(NO_KEY)?.ok_or_else(|| no_group_at(key, name))?;
    call.reply.integer(removed.unwrap_or(0) as i64);
    Ok(())
}

const GROUP_HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands.",
    since: "5.0.0",
    complexity: "O(1)",
    group: Group::Stream,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &XGROUP)),
    ..Command::DEFAULT
};

// --- The journal ---------------------------------------------------------------------------------------------

/// An entry that a consumer was given, or one that a group forgets because it is gone.
pub struct Delivery {
    id: StreamId,
    consumer: Bytes,
    delivered_ms: i64,
    deliveries: u64,
}

impl Delivery {
    pub fn of(group: &stream::Group, id: StreamId, pending: &Pending) -> Delivery {
        let consumer = group.consumer(pending.consumer).map(|consumer| consumer.name().clone());
        let (delivered_ms, deliveries) = (pending.delivered_ms, pending.deliveries);
        Delivery { id, consumer: consumer.unwrap_or_default(), delivered_ms, deliveries }
    }
}

/// Has the journal hold who was given what, as claims that work however often and whenever they run. An entry that
/// is gone leaves the group when it is claimed.
pub fn propagate_deliveries(call: &mut Call, key: &[u8], group: &[u8], deliveries: &[Delivery]) {
    if deliveries.is_empty() || !call.server.journal.on {
        return;
    }
    let last_id = last_id(call, key, group).0.to_text();
    for delivery in deliveries {
        let (time, count) = (delivery.delivered_ms.to_string(), delivery.deliveries.cast_signed().to_string());
        call.propagate(&[
            b"XCLAIM",
            key,
            group,
            &delivery.consumer,
            b"0",
            &delivery.id.to_text(),
            b"TIME",
            time.as_bytes(),
            b"RETRYCOUNT",
            count.as_bytes(),
            b"FORCE",
            b"JUSTID",
            b"LASTID",
            &last_id,
        ]);
    }
}

/// Has the journal hold how far a group has read.
pub fn propagate_group_id(call: &mut Call, key: &[u8], group: &[u8]) {
    let (last_id, entries_read) = last_id(call, key, group);
    let read = entries_read.unwrap_or(-1).to_string();
    call.propagate(&[b"XGROUP", b"SETID", key, group, &last_id.to_text(), b"ENTRIESREAD", read.as_bytes()]);
}

/// Has the journal hold that a consumer came to be, where no delivery says so.
pub fn propagate_consumer(call: &mut Call, key: &[u8], group: &[u8], consumer: &[u8]) {
    call.propagate(&[b"XGROUP", b"CREATECONSUMER", key, group, consumer]);
}

fn last_id(call: &Call, key: &[u8], group: &[u8]) -> (StreamId, Option<i64>) {
    let stream = call.keyspace.view::<Stream>(call.client.database, key).ok().flatten();
    stream
        .and_then(|stream| stream.group(group))
        .map_or_else(Default::default, |group| (group.last_id, group.entries_read))
}
