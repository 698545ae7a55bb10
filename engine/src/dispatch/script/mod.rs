//! Running scripts and functions: turn by turn within a budget, with everything that `redis.call` and its kin reach. A
//! script that is not done at the end of its turn is kept beside the node's state and goes on at the next tick;
//! meanwhile the node answers nobody at first, and BUSY once the script is slow.

mod calls;
mod flags;
mod host;
mod load;
mod replies;

use lua::{Event, Failure, Fault, FaultKind, Lua, Value};

pub use flags::of_call as flags_of_call;
pub use load::{Policy, load_libraries};
use replies::Written;

use super::execute::{account, perform_queue};
use super::follow::hand_out;
use super::permissions::Attempt;
use super::{Call, Table, gates, monitor};
use crate::base::{Bytes, Time};
use crate::command::Error;
use crate::keyspace::Keyspace;
use crate::resp::Reply;
use crate::server::scripting::{Host, Origin, Rest, Run, Sandbox, ScriptFlags, Suspended};
use crate::server::{Blocked, Client, ClientId, OnTimeout, ReplyMode, Server, Wait};

/// What a script may use of the machine before others get their turn: some ten milliseconds.
const UNITS_PER_TURN: u64 = 1_000_000;

/// What a script may use for a caller that cannot wait for its end.
const UNITS_AT_ONCE: u64 = 200_000_000;

/// What the machine does in a millisecond at the very least: a script that has used so many units for each of the
/// milliseconds of `busy-reply-threshold` is slow, even where the host's time stands still.
const UNITS_PER_MS: u64 = 200_000;

/// What calling a host function counts for.
const UNITS_PER_CALL: u64 = 100;

/// How much a Lua may hold before it is cleaned up at the end of a script.
const GARBAGE_BYTES: usize = 8 << 20;

/// Why a script or function with these flags may not run at all; `None` for a text without `#!`, which is judged by the
/// commands that it calls.
///
/// # Errors
/// When it may not.
pub fn admit(call: &Call<'_>, flags: Option<ScriptFlags>, read_only: bool) -> Result<(), Error> {
    let Some(flags) = flags else { return Ok(()) };
    let (server, client) = (&*call.server, &*call.client);
    if !flags.has(ScriptFlags::NO_WRITES) {
        if !client.is_trusted
            && let Some(error) = server.refuses_writable_scripts()
        {
            return Err(error);
        }
        if read_only {
            return Err(Error::Static("ERR Can not execute a script with write flag using *_ro command."));
        }
        if !client.is_trusted && server.store.needs_replicas {
            return Err(gates::NOT_ENOUGH_REPLICAS);
        }
        if !flags.has(ScriptFlags::ALLOW_OOM) && server.is_exhausted && !client.is_trusted {
            return Err(Error::Static(
                "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
            ));
        }
    }
    Ok(())
}

/// Shows a call of a script or function to whoever monitors: before what it calls, and also when it cannot run.
pub fn show(call: &mut Call<'_>) {
    if !call.server.monitors.is_empty() {
        monitor::show_always(call.server, call.client, call.words, call.now);
    }
}

/// A node's parts while a client's script runs.
struct Turn<'a> {
    table: &'a Table,
    server: &'a mut Server,
    keyspace: &'a mut Keyspace,
    client: &'a mut Client,
}

/// How a turn ended.
enum Outcome {
    Finished,
    Failed(Fault),
    Suspended,
}

/// Runs what a sandbox was told to start, for the command that is being called. Its reply is written when it ends in
/// this turn; otherwise the client waits.
pub fn begin(call: &mut Call<'_>, mut sandbox: Box<Sandbox>, mut run: Run) {
    run.database = call.client.database;
    run.is_short_of_memory = call.server.is_exhausted && !call.client.is_trusted;
    call.propagate_nothing();
    if let Some(state) = call.server.scripting.random_state {
        sandbox.lua.set_random_state(state);
    }
    let Call { table, server, keyspace, client, reply, words, .. } = call;
    let mut turn = Turn { table, server, keyspace, client };
    match advance(&mut turn, &mut sandbox, &mut run) {
        Outcome::Suspended => {
            let blocked = Blocked {
                wait: Wait::Script,
                database: client.database,
                keys: Vec::new(),
                deadline: None,
                on_timeout: OnTimeout::NullArray,
                since: run.started,
                argv: Vec::new(),
            };
            run.words = words.iter().map(|word| Bytes::new(word)).collect();
            server.waiters.add(client.id, &blocked);
            client.blocked = Some(blocked);
            let is_unheard = matches!(client.reply_mode, ReplyMode::Off | ReplyMode::Skip);
            let mut suspended =
                Suspended { run, sandbox, is_slow: false, is_orphaned: false, is_unheard, transaction: None };
            suspended.is_slow = is_slow(server, &suspended.run, suspended.run.started);
            server.scripting.suspended = Some(Box::new(suspended));
        }
        outcome => call.failures += finish(server, reply, sandbox, &run, outcome),
    }
}

/// Runs until the end of the turn.
fn advance(turn: &mut Turn<'_>, sandbox: &mut Sandbox, run: &mut Run) -> Outcome {
    let at_once = !turn.client.may_suspend;
    let all = if at_once { UNITS_AT_ONCE } else { UNITS_PER_TURN };
    let start = turn.server.timer.start("that of the script");
    let mut left = all;
    let outcome = loop {
        let event = sandbox.lua.run(left);
        left = sandbox.lua.units_left().saturating_sub(UNITS_PER_CALL);
        match event {
            Event::Finished => break Outcome::Finished,
            Event::Failed(fault) => break Outcome::Failed(fault),
            Event::Called(number) => {
                let done = match Host::numbered(number) {
                    Some(Host::Call) => calls::call(turn, &mut sandbox.lua, run, true),
                    Some(Host::ProtectedCall) => calls::call(turn, &mut sandbox.lua, run, false),
                    Some(Host::CheckPermission) => calls::check_permission(turn, &mut sandbox.lua),
                    Some(Host::Log) => host::log(turn.server, &mut sandbox.lua),
                    Some(Host::SetResp) => host::set_resp(&mut sandbox.lua, run),
                    Some(Host::SetReplication) => host::set_replication(&mut sandbox.lua, run),
                    Some(Host::RegisterFunction) | None => {
                        sandbox.lua.answer(&[]);
                        Ok(())
                    }
                };
                if let Err(failure) = done {
                    break Outcome::Failed(fault(failure));
                }
                left = left.saturating_sub(core::mem::take(&mut run.extra_units));
                if left == 0 && !at_once {
                    break Outcome::Suspended;
                }
                left = left.max(1);
            }
            Event::Suspended if at_once => {
                sandbox.lua.kill();
                left = UNITS_PER_TURN;
            }
            Event::Suspended => break Outcome::Suspended,
        }
    };
    run.units = run.units.saturating_add(all.saturating_sub(left));
    run.micros = run.micros.saturating_add(turn.server.timer.stop(start));
    outcome
}

/// What failed outside the machine, which only lack of memory can make fail.
fn fault(failure: Failure) -> Fault {
    let kind = if failure == Failure::Killed { FaultKind::Killed } else { FaultKind::Memory };
    Fault { kind, value: Value::Nil, position: None }
}

/// Writes the reply of a run that has ended and puts its Lua back; returns how often the command counts as failed.
fn finish(server: &mut Server, reply: &mut Reply, mut sandbox: Box<Sandbox>, run: &Run, outcome: Outcome) -> u64 {
    let stats = &mut server.stats;
    let Written { failures } = match outcome {
        Outcome::Failed(fault) => replies::write_fault(&mut sandbox.lua, &fault, &run.name, reply, stats),
        _ => {
            let value = sandbox.lua.results().first().copied().unwrap_or(Value::Nil);
            replies::write(sandbox.lua.heap(), value, run.resp3, reply, stats)
        }
    };
    if sandbox.lua.memory_bytes() > GARBAGE_BYTES {
        clean_up(&mut sandbox.lua);
    }
    server.scripting.end_run(run.origin, sandbox);
    failures
}

fn clean_up(lua: &mut Lua) {
    lua.start(Value::Nil, &[]);
    lua.collect();
}

/// Whether a script has run so long that other clients are told.
fn is_slow(server: &Server, run: &Run, now: Time) -> bool {
    let threshold_ms = server.busy_after_ms;
    now.since(run.started) >= threshold_ms || run.units >= threshold_ms.saturating_mul(UNITS_PER_MS)
}

/// Goes on with the script that is suspended, if there is one. No client may be checked out.
pub fn resume(table: &Table, server: &mut Server, keyspace: &mut Keyspace, now: Time) {
    let Some(mut suspended) = server.scripting.suspended.take() else { return };
    let Some(mut client) = server.clients.check_out(suspended.run.client) else {
        // Its client was removed without a word: what it has done stays, what it would have done does not come.
        server.scripting.end_run(suspended.run.origin, suspended.sandbox);
        return end(server);
    };
    let mut turn = Turn { table, server, keyspace, client: &mut client };
    let outcome = advance(&mut turn, &mut suspended.sandbox, &mut suspended.run);
    if matches!(outcome, Outcome::Suspended) {
        let became_slow = !suspended.is_slow && is_slow(server, &suspended.run, now);
        suspended.is_slow |= became_slow;
        server.scripting.suspended = Some(suspended);
        server.clients.check_in(client);
        if became_slow {
            // Those who waited so far are told.
            server.resumed.extend(server.waiters.paused());
        }
        return;
    }
    let Suspended { run, sandbox, is_orphaned, is_unheard, transaction, .. } = *suspended;
    let blocked = client.blocked.take();
    if let Some(blocked) = &blocked {
        server.waiters.remove(client.id, blocked);
    }
    let mut reply = core::mem::take(&mut client.reply);
    let start = reply.mark();
    if let Some(rest) = &transaction {
        reply.raw(&rest.reply);
    }
    let failures = finish(server, &mut reply, sandbox, &run, outcome);
    let words: Vec<&[u8]> = run.words.iter().map(Bytes::as_slice).collect();
    if let Ok((number, command)) = gates::find(table, &words) {
        account(server, keyspace, &client, number, command, &words, run.micros, failures, now);
    }
    if let Some(Rest { queue, .. }) = transaction {
        perform_queue(table, server, keyspace, &mut client, &mut reply, start, queue, now);
        let exec: &[&[u8]] = &[b"EXEC"];
        if client.blocked.is_none()
            && let Ok((number, command)) = gates::find(table, exec)
        {
            account(server, keyspace, &client, number, command, exec, 0, 0, now);
        }
    }
    if is_unheard {
        reply.truncate(start);
    }
    if client.blocked.is_none() {
        server.journal.end_unit();
        hand_out(server, Some((&mut client, &mut reply)));
    }
    client.reply = reply;
    let id = client.id;
    if client.blocked.is_none() {
        // What it sent meanwhile comes before what others did.
        server.resumed.push_front(id);
    }
    server.clients.check_in(client);
    if is_orphaned && let Some(mut client) = server.clients.remove(id) {
        server.detach(&mut client);
    }
    end(server);
}

/// Lets everybody go on whom the script held back, unless there is another one already.
fn end(server: &mut Server) {
    if !server.scripting.is_running() {
        server.journal.end_unit();
        server.resumed.extend(server.waiters.paused());
    }
}

/// Ends the slow script of a kind.
///
/// # Errors
/// When there is none, one of the other kind runs, or it has written already.
pub fn kill(server: &mut Server, origin: Origin) -> Result<(), Error> {
    let Some(suspended) = server.scripting.suspended.as_deref_mut().filter(|suspended| suspended.is_slow) else {
        return Err(Error::Static("NOTBUSY No scripts in execution right now."));
    };
    if suspended.run.has_written {
        return Err(Error::Static(
            "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the \
             script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
        ));
    }
    if suspended.run.origin != origin {
        return Err(busy(suspended.run.origin));
    }
    suspended.sandbox.lua.kill();
    Ok(())
}

/// What other clients are told while a script is slow.
pub fn busy(origin: Origin) -> Error {
    Error::Static(match origin {
        Origin::Script => "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        Origin::Function => "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
    })
}

/// A client has gone: says whether it has to be kept until its script ends.
pub fn orphan(server: &mut Server, id: ClientId) -> bool {
    match server.scripting.suspended.as_deref_mut().filter(|suspended| suspended.run.client == id) {
        Some(suspended) => {
            suspended.is_orphaned = true;
            true
        }
        None => false,
    }
}
