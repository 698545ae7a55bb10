//! Messages: who listens, and what is published.

use crate::base::{Bytes, glob, order};
use crate::command::{Access, Args, BeginSearch, Error, FindKeys, Flags, Group, KeyPositions};
use crate::dispatch::{Call, Command};
use crate::resp::Reply;
use crate::server::{Client, Scope};

use super::help;

family![PSUBSCRIBE, PUBLISH, PUBSUB, PUNSUBSCRIBE, SPUBLISH, SSUBSCRIBE, SUBSCRIBE, SUNSUBSCRIBE, UNSUBSCRIBE];

/// Shard channels stand where keys do, so that a cluster finds the node that has them.
const ALL_ARGUMENTS: KeyPositions = (BeginSearch::Index(1), FindKeys::Range { last: -1, step: 1, limit: 0 });
const FIRST_ARGUMENT: KeyPositions = (BeginSearch::Index(1), FindKeys::Range { last: 0, step: 1, limit: 0 });

/// What the commands that begin and end listening share.
const LISTENING: Flags =
    Flags::PUBSUB.with(Flags::NOSCRIPT).with(Flags::LOADING).with(Flags::STALE).with(Flags::SUBSCRIBER);

const SUBSCRIBE: Command = Command {
    name: "SUBSCRIBE",
    syntax: "channel...",
    summary: "Listens to channels.",
    since: "2.0.0",
    complexity: "O(N), N = channels",
    group: Group::PubSub,
    flags: LISTENING,
    run: Some(|call, args| subscribe(call, args, Scope::Channel)),
    ..Command::DEFAULT
};

const PSUBSCRIBE: Command = Command {
    name: "PSUBSCRIBE",
    syntax: "(pattern: pattern)...",
    summary: "Listens to all channels whose names fit a pattern.",
    since: "2.0.0",
    complexity: "O(N), N = patterns that the client listens to already",
    group: Group::PubSub,
    flags: LISTENING,
    run: Some(|call, args| subscribe(call, args, Scope::Pattern)),
    ..Command::DEFAULT
};

const SSUBSCRIBE: Command = Command {
    name: "SSUBSCRIBE",
    syntax: "shardchannel...",
    summary: "Listens to shard channels.",
    since: "7.0.0",
    complexity: "O(N), N = shard channels",
    group: Group::PubSub,
    flags: LISTENING,
    access: &[Access::NOT_KEY],
    keys: Some(&[ALL_ARGUMENTS]),
    run: Some(|call, args| subscribe(call, args, Scope::Shard)),
    ..Command::DEFAULT
};

fn subscribe(call: &mut Call, args: Args, scope: Scope) -> Result<(), Error> {
    // Inside a transaction it is allowed, for the sake of old clients; but there were no shards when those were written.
    if scope == Scope::Shard && !call.client.may_block {
        return Err(Error::Static("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"));
    }
    let Call { server, client, reply, .. } = call;
    for name in args.rest() {
        server.pubsub.subscribe(client, scope, name);
        confirm(reply, client, scope.subscribed(), scope, Some(name));
    }
    Ok(())
}

/// Says what a client listens to now.
fn confirm(reply: &mut Reply, client: &Client, what: &str, scope: Scope, name: Option<&[u8]>) {
    reply.push(3);
    reply.bulk(what.as_bytes());
    match name {
        Some(name) => reply.bulk(name),
        None => reply.null(),
    }
    reply.integer(client.subscriptions.count(scope) as i64);
}

const UNSUBSCRIBE: Command = Command {
    name: "UNSUBSCRIBE",
    syntax: "[channel]...",
    summary: "Ends listening to channels; without names, to all.",
    since: "2.0.0",
    complexity: "O(N), N = clients that listen to a channel",
    group: Group::PubSub,
    flags: LISTENING,
    run: Some(|call, args| unsubscribe(call, args, Scope::Channel)),
    ..Command::DEFAULT
};

const PUNSUBSCRIBE: Command = Command {
    name: "PUNSUBSCRIBE",
    syntax: "[pattern]...",
    summary: "Ends listening to patterns; without any, to all.",
    since: "2.0.0",
    complexity: "O(N+M), N = patterns of the client, M = patterns of all clients",
    group: Group::PubSub,
    flags: LISTENING,
    run: Some(|call, args| unsubscribe(call, args, Scope::Pattern)),
    ..Command::DEFAULT
};

const SUNSUBSCRIBE: Command = Command {
    name: "SUNSUBSCRIBE",
    syntax: "[shardchannel]...",
    summary: "Ends listening to shard channels; without names, to all.",
    since: "7.0.0",
    complexity: "O(N), N = clients that listen to a shard channel",
    group: Group::PubSub,
    flags: LISTENING,
    access: &[Access::NOT_KEY],
    keys: Some(&[ALL_ARGUMENTS]),
    run: Some(|call, args| unsubscribe(call, args, Scope::Shard)),
    ..Command::DEFAULT
};

fn unsubscribe(call: &mut Call, args: Args, scope: Scope) -> Result<(), Error> {
    let Call { server, client, reply, .. } = call;
    let all: Vec<Bytes> = client.subscriptions.of(scope).clone();
    let named = args.rest().iter().copied();
    let every = all.iter().map(Bytes::as_slice);
    let names: Vec<&[u8]> = if args.is_empty() { every.collect() } else { named.collect() };
    for name in &names {
        server.pubsub.unsubscribe(client, scope, name);
        confirm(reply, client, scope.unsubscribed(), scope, Some(name));
    }
    if names.is_empty() {
        confirm(reply, client, scope.unsubscribed(), scope, None);
    }
    Ok(())
}

const PUBLISH: Command = Command {
    name: "PUBLISH",
    syntax: "channel message",
    summary: "Sends a message to all who listen to a channel, and says how many that were.",
    since: "2.0.0",
    complexity: "O(N+M), N = clients that listen to the channel, M = patterns",
    group: Group::PubSub,
    flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::MAY_REPLICATE),
    run: Some(publish),
    ..Command::DEFAULT
};

fn publish(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (channel, message) = (args.next()?, args.next()?);
    let sent = call.server.pubsub.publish(&mut call.server.outbox, channel, message);
    call.reply.integer(sent as i64);
    Ok(())
}

const SPUBLISH: Command = Command {
    name: "SPUBLISH",
    syntax: "shardchannel message",
    summary: "Sends a message to all who listen to a shard channel, and says how many that were.",
    since: "7.0.0",
    complexity: "O(N), N = clients that listen to the shard channel",
    group: Group::PubSub,
    flags: Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::MAY_REPLICATE),
    access: &[Access::NOT_KEY],
    keys: Some(&[FIRST_ARGUMENT]),
    run: Some(spublish),
    ..Command::DEFAULT
};

fn spublish(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (channel, message) = (args.next()?, args.next()?);
    let sent = call.server.pubsub.publish_shard(&mut call.server.outbox, channel, message);
    call.reply.integer(sent as i64);
    Ok(())
}

const PUBSUB: Command = Command {
    name: "PUBSUB",
    summary: "Groups the commands that look at who listens.",
    since: "2.8.0",
    complexity: "That of the subcommand",
    group: Group::PubSub,
    subcommands: &[CHANNELS, HELP, NUMPAT, NUMSUB, SHARDCHANNELS, SHARDNUMSUB],
    ..Command::DEFAULT
};

const LOOKING: Flags = Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE);

const HELP: Command = Command {
    name: "HELP",
    summary: "Lists the subcommands of PUBSUB.",
    since: "6.2.0",
    complexity: "O(1)",
    group: Group::PubSub,
    flags: Flags::LOADING.with(Flags::STALE),
    run: Some(|call, _| help::of_container(call, &PUBSUB)),
    ..Command::DEFAULT
};

const CHANNELS: Command = Command {
    name: "CHANNELS",
    syntax: "[pattern]",
    summary: "Names the channels that somebody listens to.",
    since: "2.8.0",
    complexity: "O(N), N = channels that somebody listens to",
    group: Group::PubSub,
    flags: LOOKING,
    run: Some(|call, args| channels(call, args, Scope::Channel)),
    ..Command::DEFAULT
};

const SHARDCHANNELS: Command = Command {
    name: "SHARDCHANNELS",
    syntax: "[pattern]",
    summary: "Names the shard channels that somebody listens to.",
    since: "7.0.0",
    complexity: "O(N), N = shard channels that somebody listens to",
    group: Group::PubSub,
    flags: LOOKING,
    run: Some(|call, args| channels(call, args, Scope::Shard)),
    ..Command::DEFAULT
};

fn channels(call: &mut Call, mut args: Args, scope: Scope) -> Result<(), Error> {
    let pattern = args.next_if_any();
    if !args.is_empty() {
        return Err(Error::wrong_subcommand("PUBSUB", call.words));
    }
    let names = call.server.pubsub.names(scope);
    let mut names: Vec<&Bytes> =
        names.filter(|name| pattern.is_none_or(|pattern| glob::matches(pattern, name))).collect();
    order::sort(&mut names);
    call.reply.array(names.len());
    for name in names {
        call.reply.bulk(name);
    }
    Ok(())
}

const NUMSUB: Command = Command {
    name: "NUMSUB",
    syntax: "[channel]...",
    summary: "Says how many clients listen to each of these channels by name.",
    since: "2.8.0",
    complexity: "O(N), N = channels asked for",
    group: Group::PubSub,
    flags: LOOKING,
    run: Some(|call, args| listeners(call, args, Scope::Channel)),
    ..Command::DEFAULT
};

const SHARDNUMSUB: Command = Command {
    name: "SHARDNUMSUB",
    syntax: "[shardchannel]...",
    summary: "Says how many clients listen to each of these shard channels.",
    since: "7.0.0",
    complexity: "O(N), N = shard channels asked for",
    group: Group::PubSub,
    flags: LOOKING,
    run: Some(|call, args| listeners(call, args, Scope::Shard)),
    ..Command::DEFAULT
};

fn listeners(call: &mut Call, args: Args, scope: Scope) -> Result<(), Error> {
    // Pairs in a flat array, also in RESP3.
    call.reply.array(args.remaining() * 2);
    for name in args.rest() {
        call.reply.bulk(name);
        call.reply.integer(call.server.pubsub.listeners(scope, name) as i64);
    }
    Ok(())
}

const NUMPAT: Command = Command {
    name: "NUMPAT",
    summary: "Says how many patterns are listened to.",
    since: "2.8.0",
    complexity: "O(1)",
    group: Group::PubSub,
    flags: LOOKING,
    run: Some(numpat),
    ..Command::DEFAULT
};

fn numpat(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.reply.integer(call.server.pubsub.patterns() as i64);
    Ok(())
}
