//! DEBUG: looks behind the data, and tests of clients. What would need a process of its own to end or to crash, or a
//! C library, is refused with its reason.

mod digest;
mod protocol;
mod shown;

use crate::base::Time;
use crate::base::numbers::{parse_f64, parse_i64};
use crate::command::{Args, Error, Flags, Group};
use crate::dispatch::script::Policy;
use crate::dispatch::{Call, Command};
use crate::keyspace::{NEVER, Object};
use crate::server::config::kind::parse_memory;
use crate::server::{OnTimeout, Request, Wait, identifier};
use crate::value::{StringValue, Value};

use super::snapshot;

family![DEBUG];

const DEBUG: Command = Command {
    name: "DEBUG",
    summary: "Looks behind the data, and helps to test clients; its subcommands are listed by DEBUG HELP.",
    since: "1.0.0",
    complexity: "As the subcommand",
    group: Group::Server,
    arity: Some(-2),
    flags: Flags::ADMIN
        .with(Flags::NOSCRIPT)
        .with(Flags::LOADING)
        .with(Flags::STALE)
        .with(Flags::PROTECTED)
        .with(Flags::SYSTEM),
    run: Some(debug),
    ..Command::DEFAULT
};

/// What DEBUG HELP says, a subcommand and what it does.
const HELP: &[(&str, &str)] = &[
    ("CHANGE-REPL-ID", "Gives the node's data another replication ID."),
    ("DIGEST", "Returns a digest of all data."),
    ("DIGEST-VALUE <key> [<key> ...]", "Returns a digest of what each key holds."),
    ("ERROR <string>", "Returns an error with this text, for tests of clients."),
    ("HTSTATS <dbid> [full]", "Shows the sizes of a database's tables."),
    ("HTSTATS-KEY <key> [full]", "Shows the size of a value's table."),
    ("LISTPACK <key>", "Writes the entries of a listpack into the log of the node's host."),
    ("LOADAOF", "Loads the journal in place of the data."),
    ("LOG <message>", "Writes a message into the log of the node's host."),
    ("OBJECT <key>", "Shows how a key is kept."),
    ("PAUSE-CRON <0|1>", "Lets nothing be done without being asked for: no expiry, no save points."),
    ("POPULATE <count> [<prefix>] [<size>]", "Makes strings with the keys prefix:0, prefix:1 and so on."),
    ("PROTOCOL <type>", "Returns an example of a type of reply."),
    ("QUICKLIST <key>", "Writes the nodes of a quicklist into the log of the node's host."),
    ("QUICKLIST-PACKED-THRESHOLD <size>", "Accepted; list-max-listpack-size decides which elements stand alone."),
    ("RELOAD [MERGE|NOFLUSH|NOSAVE ...]", "Stores a snapshot and loads it in place of the data, or beside it."),
    ("REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time>", "Accepted; a reply takes the memory that it needs."),
    ("REPLYBUFFER RESIZING <0|1>", "Accepted; a reply takes the memory that it needs."),
    ("SDSLEN <key>", "Shows the lengths of a key and its string."),
    ("SET-ACTIVE-EXPIRE <0|1>", "Chooses whether keys expire also when nobody asks for them."),
    ("SET-DISABLE-DENY-SCRIPTS <0|1>", "Chooses whether scripts may call also what is not made for them."),
    ("SLEEP <seconds>", "Lets nothing happen for so long."),
    ("STRUCTSIZE", "Shows how many bytes some structures of the node take."),
    ("HELP", "Lists the subcommands."),
];

/// Subcommands of Redis that there cannot be here, and why.
const REFUSED: &[(&str, &str)] = &[
    ("ASSERT", "ERR DEBUG ASSERT is not supported: this node does not crash on demand"),
    ("CRASH-AND-RECOVER", "ERR DEBUG CRASH-AND-RECOVER is not supported: this node does not crash on demand"),
    ("LEAK", "ERR DEBUG LEAK is not supported: this node does not leak on demand"),
    ("OOM", "ERR DEBUG OOM is not supported: this node does not crash on demand"),
    ("PANIC", "ERR DEBUG PANIC is not supported: this node does not crash on demand"),
    ("RESTART", "ERR DEBUG RESTART is not supported: only its host can start this node"),
    ("SEGFAULT", "ERR DEBUG SEGFAULT is not supported: this node does not crash on demand"),
    ("SET-SKIP-CHECKSUM-VALIDATION", "ERR DEBUG SET-SKIP-CHECKSUM-VALIDATION is not supported: checksums are checked"),
];

fn debug(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let name = args.next()?;
    let rest = args.rest();
    match (name.to_ascii_lowercase().as_slice(), rest) {
        (b"help", []) => help(call),
        (b"change-repl-id", []) => {
            call.server.replication_id = identifier(&mut call.server.random);
            call.reply.ok();
        }
        (b"digest", []) => call.reply.simple(&digest::of_all(call.keyspace).text()),
        (b"digest-value", keys) => digests(call, keys),
        (b"error", [text]) => {
            // As it is, also what follows its last word.
            let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
            let text: Vec<u8> = text.iter().map(|byte| if is_end(byte) { b' ' } else { *byte }).collect();
            call.reply.raw(&[b"-".as_slice(), &text, b"\r\n"].concat());
        }
        (b"htstats", [_, options @ ..]) if all_full(options) => {
            return shown::table(call, args.integer()?, !options.is_empty());
        }
        (b"htstats-key", [key, options @ ..]) if all_full(options) => {
            return shown::table_of_value(call, key, !options.is_empty());
        }
        (b"listpack", [key]) => return shown::listpack(call, key),
        // Redis looks at nothing behind it.
        (b"loadaof", _) => {
            if !call.server.journal.on {
                return Err(Error::Static("ERR DEBUG LOADAOF needs a journal: appendonly is off"));
            }
            if !call.ask(Request::ReadJournal) {
                return Err(Error::Static("ERR DEBUG LOADAOF cannot be waited for inside a transaction"));
            }
        }
        (b"log", [message]) => {
            if !call.ask(Request::Log { message: message.to_vec(), answer: "OK" }) {
                return Err(Error::Static("ERR DEBUG LOG cannot be waited for inside a transaction"));
            }
        }
        (b"populate", [count]) => return populate(call, count, b"key", b"0"),
        (b"populate", [count, prefix]) => return populate(call, count, prefix, b"0"),
        (b"populate", [count, prefix, size]) => return populate(call, count, prefix, size),
        (b"quicklist", [key] | [key, _]) => return shown::quicklist(call, key),
        (b"object", [key]) => return shown::object(call, key),
        (b"sdslen", [key]) => return shown::sdslen(call, key),
        (b"pause-cron", [flag]) => {
            call.server.cron_paused = is_set(flag);
            call.reply.ok();
        }
        (b"protocol", [kind]) => return protocol::write(call.reply, kind),
        (b"quicklist-packed-threshold", [size]) => return quicklist_packed_threshold(call, size),
        (b"reload", options) => return reload(call, options),
        (b"replybuffer", [what, _]) if what.eq_ignore_ascii_case(b"RESIZING") => call.reply.ok(),
        (b"replybuffer", [what, time]) if what.eq_ignore_ascii_case(b"PEAK-RESET-TIME") => {
            if ![b"NEVER", b"RESET"].iter().any(|word| time.eq_ignore_ascii_case(*word)) {
                Args::new(&[time]).integer()?;
            }
            call.reply.ok();
        }
        (b"set-active-expire", [flag]) => {
            call.keyspace.active_expiry = is_set(flag);
            call.reply.ok();
        }
        (b"set-disable-deny-scripts", [flag]) => {
            call.server.scripting.may_call_all = is_set(flag);
            call.reply.ok();
        }
        (b"sleep", [seconds]) => sleep(call, seconds),
        (b"structsize", []) => {
            call.reply.bulk(format!("bits:{} robj:{} ", usize::BITS, size_of::<Object>()).as_bytes());
        }
        _ => {
            if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| name.eq_ignore_ascii_case(refused.as_bytes()))
            {
                return Err(Error::Static(reason));
            }
            return Err(Error::wrong_subcommand("DEBUG", call.words));
        }
    }
    Ok(())
}

/// What may stand behind HTSTATS: nothing, or that all figures are wanted.
fn all_full(options: &[&[u8]]) -> bool {
    matches!(options, [] | [_]) && options.iter().all(|option| option.eq_ignore_ascii_case(b"full"))
}

fn help(call: &mut Call) {
    call.reply.array(1 + 2 * HELP.len());
    call.reply.simple("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    for (usage, meaning) in HELP {
        call.reply.simple(usage);
        call.reply.simple(&format!("    {meaning}"));
    }
}

fn digests(call: &mut Call, keys: &[&[u8]]) {
    let database = call.database();
    call.reply.array(keys.len());
    for key in keys {
        let found = call.keyspace.exists(database, key);
        let space = call.keyspace.database(database).filter(|_| found);
        let object = space.and_then(|space| space.at(space.find(key)?)).map(|(_, object)| object);
        let digest = object.map(digest::of_object).unwrap_or_default();
        call.reply.simple(&digest.text());
    }
}

/// Makes keys that are not there yet. As in Redis the journal does not hold them.
fn populate(call: &mut Call, count: &[u8], prefix: &[u8], size: &[u8]) -> Result<(), Error> {
    /// Bytes that one call adds at most, with what a key takes beside its text.
    const MOST_BYTES: u64 = 1 << 28;
    const BYTES_PER_KEY: u64 = 64;
    let positive =
        |text: &[u8]| parse_i64(text).and_then(|number| u64::try_from(number).ok()).ok_or(Error::NotPositive);
    let (count, size) = (positive(count)?, positive(size)?);
    let each = size.saturating_add(prefix.len() as u64).saturating_add(BYTES_PER_KEY);
    if count.saturating_mul(each) > MOST_BYTES {
        return Err(Error::Static("ERR DEBUG POPULATE adds no more than 256 MB at once"));
    }
    let (database, dirty) = (call.database(), call.keyspace.counters.dirty);
    // Redis writes each key as a C string into a buffer.
    const LONGEST_KEY: usize = 127;
    let prefix = prefix.split(|&byte| byte == 0).next().unwrap_or_default();
    for number in 0..count {
        let digits = number.to_string();
        let mut key = [prefix, b":", digits.as_bytes()].concat();
        key.truncate(LONGEST_KEY);
        if call.keyspace.exists(database, &key) {
            continue;
        }
        let mut text = format!("value:{number}").into_bytes();
        if size > 0 {
            text.resize(usize::try_from(size).unwrap_or(text.len()), 0);
        }
        let value = Value::String(StringValue::new(&text));
        call.keyspace.put(database, &key, Object { value, expire_at_ms: NEVER, access: Default::default() }, "");
    }
    call.keyspace.counters.dirty = dirty;
    call.reply.ok();
    Ok(())
}

/// A threshold that Redis has beside `list-max-listpack-size`, far above anything that this node would pack.
fn quicklist_packed_threshold(call: &mut Call, size: &[u8]) -> Result<(), Error> {
    const MOST: u64 = u32::MAX as u64;
    match parse_memory(size) {
        Some(..=MOST) => call.reply.ok(),
        _ => {
            return Err(Error::Static("ERR argument must be a memory value bigger than 1 and smaller than 4gb"));
        }
    }
    Ok(())
}

/// Lets nothing happen for so long: every client waits, and this one for its reply.
fn sleep(call: &mut Call, seconds: &[u8]) {
    let milliseconds = (leading_number(seconds) * 1000.0).ceil();
    // A conversion of a float ends at the limits of the integer.
    let until = Time(call.now.0.saturating_add(milliseconds as u64));
    if until == call.now {
        call.reply.ok();
        return;
    }
    // Inside a transaction the answer comes at once, and the others wait nevertheless.
    if !call.block(Wait::Sleep, &[], Some(until), OnTimeout::Ok) {
        call.reply.ok();
    }
    call.server.asleep_until = call.server.asleep_until.max(Some(until));
}

/// The number at the start of a text, 0 if there is none.
fn leading_number(text: &[u8]) -> f64 {
    const LONGEST: usize = 64;
    let most = text.len().min(LONGEST);
    let number = (1..=most).rev().find_map(|len| parse_f64(text.get(..len)?));
    number.filter(|number| *number > 0.0).unwrap_or(0.0)
}

/// Whether a text begins with a number other than 0.
fn is_set(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    digits.iter().take_while(|byte| byte.is_ascii_digit()).any(|&byte| byte != b'0')
}

/// Writes a snapshot and loads it, so that what follows sees the data as after a restart.
fn reload(call: &mut Call, options: &[&[u8]]) -> Result<(), Error> {
    const FAILED: Error = Error::Static("ERR Error trying to load the RDB dump, check server logs.");
    let (mut merges, mut flushes, mut saves) = (false, true, true);
    for option in options {
        match option.to_ascii_lowercase().as_slice() {
            b"merge" => merges = true,
            b"noflush" => flushes = false,
            b"nosave" => saves = false,
            _ => {
                return Err(Error::Static("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."));
            }
        }
    }
    if call.client.in_script {
        return Err(Error::Static("ERR DEBUG RELOAD cannot replace the functions while a script runs"));
    }
    if !saves {
        let asked = call.ask(Request::ReadSnapshot { flushes, merges });
        let text = "ERR DEBUG RELOAD NOSAVE cannot be waited for inside a transaction";
        return if asked { Ok(()) } else { Err(Error::Static(text)) };
    }
    let file = snapshot::write(call.keyspace, call.server, false);
    let (loaded, summary) = snapshot::read(call.keyspace, &file).map_err(|_| FAILED)?;
    // Without a flush every key of the file is there already, on which Redis ends itself unless it may merge.
    if !flushes && !merges && summary.keys > 0 {
        return Err(FAILED);
    }
    snapshot::load_libraries(call.server, &summary, Policy::Flush).map_err(|_| FAILED)?;
    // It is the same data: nobody is told of a change.
    let listening = core::mem::replace(&mut call.keyspace.listening, false);
    call.keyspace.replace_data(loaded);
    call.keyspace.listening = listening;
    call.server.save_requested = true;
    if !call.block(Wait::Save, &[], None, OnTimeout::NullArray) {
        call.reply.ok();
    }
    Ok(())
}
