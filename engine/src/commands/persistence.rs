//! Snapshots and the journal on demand, the end of the node, and the time. The host keeps the files: what needs its
//! word is answered when that has come.

use crate::command::{Args, Categories, Error, Flags, Group};
use crate::dispatch::{self, Call, Command};
use crate::server::{OnTimeout, Request, Shutdown, Wait};

use super::timeout;

family![BGREWRITEAOF, BGSAVE, LASTSAVE, SAVE, SHUTDOWN, TIME, WAITAOF];

const SAVE: Command = Command {
    name: "SAVE",
    summary: "Takes a snapshot of all data and stores it.",
    since: "1.0.0",
    complexity: "O(N), N = keys in all databases",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::NO_ASYNC_LOADING).with(Flags::NO_MULTI),
    run: Some(save),
    ..Command::DEFAULT
};

fn save(call: &mut Call, _args: Args) -> Result<(), Error> {
    if call.server.saving_dirty.is_some() {
        return Err(Error::Static("ERR Background save already in progress"));
    }
    call.server.save_requested = true;
    // The reply comes with the host's word, unless the caller cannot wait for it.
    if !call.block(Wait::Save, &[], None, OnTimeout::NullArray) {
        call.reply.ok();
    }
    Ok(())
}

const BGSAVE: Command = Command {
    name: "BGSAVE",
    syntax: "[SCHEDULE]@3.2.2",
    summary: "Takes a snapshot of all data and stores it in the background.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::NO_ASYNC_LOADING),
    run: Some(bgsave),
    ..Command::DEFAULT
};

fn bgsave(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let is_scheduled = args.remaining() == 1 && args.keyword("SCHEDULE");
    args.finish()?;
    if call.server.saving_dirty.is_some() {
        return Err(Error::Static("ERR Background save already in progress"));
    }
    if call.server.store.rewriting_since.is_some() && !is_scheduled {
        return Err(Error::Static(
            "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to \
             schedule a BGSAVE whenever possible.",
        ));
    }
    let is_delayed = call.server.store.rewriting_since.is_some();
    call.server.save_requested = true;
    call.reply.simple(if is_delayed { "Background saving scheduled" } else { "Background saving started" });
    Ok(())
}

const BGREWRITEAOF: Command = Command {
    name: "BGREWRITEAOF",
    summary: "Writes the journal anew in the background: all data as it is, without the way it came about.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::ADMIN.with(Flags::NOSCRIPT).with(Flags::NO_ASYNC_LOADING),
    run: Some(bgrewriteaof),
    ..Command::DEFAULT
};

fn bgrewriteaof(call: &mut Call, _args: Args) -> Result<(), Error> {
    if call.server.store.rewriting_since.is_some() {
        return Err(Error::Static("ERR Background append only file rewriting already in progress"));
    }
    call.server.store.rewrite_requested = true;
    let is_delayed = call.server.saving_dirty.is_some();
    call.reply.simple(if is_delayed {
        "Background append only file rewriting scheduled"
    } else {
        "Background append only file rewriting started"
    });
    Ok(())
}

const SHUTDOWN: Command = Command {
    name: "SHUTDOWN",
    syntax: "[nosave_save: NOSAVE | SAVE] [NOW]@7.0.0 [FORCE]@7.0.0 [ABORT]@7.0.0",
    summary: "Ends the node, after a snapshot if there are save points or SAVE asks for one.",
    since: "1.0.0",
    complexity: "O(N) with a snapshot, N = keys in all databases; else O(1)",
    group: Group::Server,
    flags: Flags::ADMIN
        .with(Flags::NOSCRIPT)
        .with(Flags::LOADING)
        .with(Flags::STALE)
        .with(Flags::NO_MULTI)
        .with(Flags::ALLOW_BUSY),
    run: Some(shutdown),
    history: &[("7.0.0", "NOW, FORCE and ABORT.")],
    ..Command::DEFAULT
};

fn shutdown(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let mut shutdown = Shutdown::default();
    let mut aborts = false;
    while !args.is_empty() {
        if args.keyword("NOSAVE") && shutdown.save != Some(true) {
            shutdown.save = Some(false);
        } else if args.keyword("SAVE") && shutdown.save != Some(false) {
            shutdown.save = Some(true);
        } else if args.keyword("NOW") {
            shutdown.now = true;
        } else if args.keyword("FORCE") {
            shutdown.force = true;
        } else if args.keyword("ABORT") {
            aborts = true;
        } else {
            return Err(Error::Syntax);
        }
    }
    if aborts {
        if shutdown != Shutdown::default() {
            return Err(Error::Syntax);
        }
        // There are no replicas that a shutdown would wait for: none is ever under way.
        return Err(Error::Static("ERR No shutdown in progress."));
    }
    if let Some(suspended) = call.server.scripting.suspended.as_deref().filter(|_| shutdown.save != Some(false)) {
        // A snapshot would hold half of what the script does.
        return Err(dispatch::script::busy(suspended.run.origin));
    }
    if !call.ask(Request::Shutdown(shutdown)) {
        return Err(Error::Static("ERR Errors trying to SHUTDOWN. Check logs."));
    }
    Ok(())
}

const WAITAOF: Command = Command {
    name: "WAITAOF",
    syntax: "numlocal<integer> numreplicas<integer> timeout<integer>",
    summary: "Waits until what was written is in the journal on the disk, here and at a number of replicas, of which \
              there are none.",
    since: "7.2.0",
    complexity: "O(1)",
    group: Group::Generic,
    flags: Flags::BLOCKING,
    categories: Categories::CONNECTION,
    without_categories: Categories::KEYSPACE,
    tips: &["request_policy:all_shards", "response_policy:agg_min"],
    run: Some(waitaof),
    ..Command::DEFAULT
};

fn waitaof(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let local = args.integer()?;
    if !(0..=1).contains(&local) {
        return Err(Error::Static("ERR value is out of range, value must between 0 and 1"));
    }
    let replicas = args.integer()?;
    if replicas < 0 {
        return Err(Error::Static("ERR value is out of range, must be positive"));
    }
    let deadline = timeout::milliseconds(args.next()?, call.now)?;
    let journal = call.server.journal.on;
    if local > 0 && !journal {
        return Err(Error::Static("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."));
    }
    let waits = if replicas > 0 {
        call.block(Wait::Replicas, &[], deadline, OnTimeout::Copies(journal))
    } else {
        local > 0 && call.ask_until(Request::SyncJournal, deadline, OnTimeout::Copies(false))
    };
    if !waits {
        call.reply.array(2);
        call.reply.integer(i64::from(journal));
        call.reply.integer(0);
    }
    Ok(())
}

const LASTSAVE: Command = Command {
    name: "LASTSAVE",
    summary: "Says when the last snapshot was stored, in seconds since 1970.",
    since: "1.0.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
    categories: Categories::ADMIN.with(Categories::DANGEROUS),
    tips: &["nondeterministic_output"],
    run: Some(lastsave),
    ..Command::DEFAULT
};

fn lastsave(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.reply.integer(call.server.last_save.seconds() as i64);
    Ok(())
}

const TIME: Command = Command {
    name: "TIME",
    summary: "Returns the node's time: seconds since 1970, and microseconds within the second.",
    since: "2.6.0",
    complexity: "O(1)",
    group: Group::Server,
    flags: Flags::LOADING.with(Flags::STALE).with(Flags::FAST),
    tips: &["nondeterministic_output"],
    run: Some(time),
    ..Command::DEFAULT
};

fn time(call: &mut Call, _args: Args) -> Result<(), Error> {
    call.reply.array(2);
    call.reply.bulk_integer(call.now.seconds() as i64);
    call.reply.bulk_integer((call.now.0 % 1000 * 1000) as i64);
    Ok(())
}
