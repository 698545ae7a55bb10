//! Transactions: commands that are queued and run together, and keys that must not change before.

use crate::base::Bytes;
use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{self, Call, Command};
use crate::server::{Transaction, Watched};

family![DISCARD, EXEC, MULTI, UNWATCH, WATCH];

/// What all of them share.
const FLAGS: Flags = Flags::NOSCRIPT.with(Flags::LOADING).with(Flags::STALE).with(Flags::FAST).with(Flags::ALLOW_BUSY);

const MULTI: Command = Command {
    name: "MULTI",
    summary: "Begins to queue commands, for EXEC to run together.",
    since: "1.2.0",
    complexity: "O(1)",
    group: Group::Transactions,
    flags: FLAGS.with(Flags::NOT_QUEUED),
    run: Some(multi),
    ..Command::DEFAULT
};

fn multi(call: &mut Call, _args: Args) -> Result<(), Error> {
    if call.client.transaction.is_some() {
        return Err(Error::Static("ERR MULTI calls can not be nested"));
    }
    call.client.transaction = Some(Transaction::default());
    call.reply.ok();
    Ok(())
}

const DISCARD: Command = Command {
    name: "DISCARD",
    summary: "Forgets the commands queued since MULTI, and watches nothing any more.",
    since: "2.0.0",
    complexity: "O(N), N = commands queued",
    group: Group::Transactions,
    flags: FLAGS.with(Flags::NOT_QUEUED),
    run: Some(discard),
    ..Command::DEFAULT
};

fn discard(call: &mut Call, _args: Args) -> Result<(), Error> {
    if call.client.transaction.take().is_none() {
        return Err(Error::Static("ERR DISCARD without MULTI"));
    }
    call.server.unwatch(call.client);
    call.reply.ok();
    Ok(())
}

const EXEC: Command = Command {
    name: "EXEC",
    summary: "Runs the commands queued since MULTI, unless a watched key has changed.",
    since: "1.2.0",
    complexity: "That of the queued commands",
    group: Group::Transactions,
    flags: Flags::NOSCRIPT
        .with(Flags::LOADING)
        .with(Flags::STALE)
        .with(Flags::SKIP_SLOWLOG)
        .with(Flags::NOT_QUEUED)
        .with(Flags::RUNS_QUEUE),
    run: Some(exec),
    ..Command::DEFAULT
};

fn exec(call: &mut Call, _args: Args) -> Result<(), Error> {
    let Some(transaction) = call.client.transaction.take() else {
        return Err(Error::Static("ERR EXEC without MULTI"));
    };
    // A watched key whose time has come is removed only when it is looked for, and that breaks the watch.
    for watched in &call.client.watching.keys {
        call.keyspace.exists(watched.database, &watched.key);
    }
    if call.keyspace.has_changes() {
        dispatch::follow(call.server, call.keyspace, Some(call.client));
    }
    let broken = call.client.watching.broken;
    call.server.unwatch(call.client);
    if transaction.aborted {
        return Err(Error::Static("EXECABORT Transaction discarded because of previous errors."));
    }
    if broken {
        call.reply.null_array();
        return Ok(());
    }
    let start = call.reply.mark();
    call.reply.array(transaction.queue.len());
    let Call { keyspace, server, client, reply, table, now, .. } = call;
    dispatch::perform_queue(table, server, keyspace, client, reply, start, transaction.queue, *now);
    Ok(())
}

const WATCH: Command = Command {
    name: "WATCH",
    syntax: "key...",
    summary: "Lets the next EXEC run nothing if one of these keys has changed by then.",
    since: "2.2.0",
    complexity: "O(1) per key",
    group: Group::Transactions,
    flags: FLAGS.with(Flags::NOT_QUEUED),
    access: &[Access::RO],
    run: Some(watch),
    ..Command::DEFAULT
};

fn watch(call: &mut Call, args: Args) -> Result<(), Error> {
    if call.client.transaction.is_some() {
        return Err(Error::Static("ERR WATCH inside MULTI is not allowed"));
    }
    let database = call.database();
    // With a broken watch EXEC will run nothing, whatever else is watched.
    if !call.client.watching.broken {
        for key in args.rest() {
            let keys = &call.client.watching.keys;
            if keys.iter().any(|watched| watched.database == database && *watched.key == **key) {
                continue;
            }
            let existed = call.keyspace.exists(database, key);
            call.server.watchers.add(database, key, call.client.id);
            call.client.watching.keys.push(Watched { database, key: Bytes::new(key), existed });
        }
    }
    call.reply.ok();
    Ok(())
}

const UNWATCH: Command = Command {
    name: "UNWATCH",
    summary: "Watches nothing any more.",
    since: "2.2.0",
    complexity: "O(1)",
    group: Group::Transactions,
    flags: FLAGS,
    run: Some(unwatch),
    ..Command::DEFAULT
};

fn unwatch(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.server.unwatch(call.client);
    call.reply.ok();
    Ok(())
}
