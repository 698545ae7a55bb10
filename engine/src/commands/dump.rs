//! Values as portable bytes: DUMP, RESTORE, and MIGRATE, which would carry them to another node.

use crate::base::numbers::i64_to_buffer;
use crate::command::{Access, Args, Categories, Error, Flags, Group, keys};
use crate::dispatch::{Call, Command};
use crate::keyspace::{KnownUse, NEVER, Object};
use crate::persist::rdb;

family![DUMP, MIGRATE, RESTORE, RESTORE_ASKING];

const DUMP: Command = Command {
    name: "DUMP",
    syntax: "key",
    summary: "Returns what a key holds as bytes that RESTORE makes a key of, here or on another node.",
    since: "2.6.0",
    complexity: "O(N) for N bytes",
    group: Group::Generic,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(dump),
    tips: &["nondeterministic_output"],
    ..Command::DEFAULT
};

fn dump(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let compress = call.server.config.is_on("rdbcompression");
    match call.keyspace.lookup(call.client.database, args.next()?) {
        Some(object) => call.reply.bulk(&rdb::dump(&object.value, compress)),
        None => call.reply.null(),
    }
    Ok(())
}

const RESTORE: Command = Command {
    name: "RESTORE",
    syntax: "key ttl<integer> serialized-value [REPLACE]@3.0.0 [ABSTTL]@5.0.0 [IDLETIME seconds]@5.0.0 \
             [FREQ frequency<integer>]@5.0.0",
    summary: "Makes a key of what DUMP returned, with a time to live in milliseconds, or none for 0.",
    since: "2.6.0",
    complexity: "O(N) for N bytes; O(N*log(N)) for a sorted set of N members",
    group: Group::Generic,
    flags: Flags::WRITE.with(Flags::DENYOOM),
    access: &[Access::OW_UPDATE],
    categories: Categories::DANGEROUS,
    run: Some(restore),
    history: &[("3.0.0", "Added `REPLACE`."), ("5.0.0", "Added `ABSTTL`."), ("5.0.0", "Added `IDLETIME` and `FREQ`.")],
    ..Command::DEFAULT
};

const RESTORE_ASKING: Command = Command {
    name: "RESTORE-ASKING",
    summary: "RESTORE between the nodes of a cluster.",
    since: "3.0.0",
    group: Group::Server,
    flags: Flags::WRITE.with(Flags::DENYOOM).with(Flags::ASKING).with(Flags::SYSTEM),
    categories: Categories::DANGEROUS.with(Categories::KEYSPACE),
    ..RESTORE
};

/// The options of RESTORE.
#[derive(Default)]
struct Options {
    replace: bool,
    /// Whether the time to live is a moment of the calendar.
    absolute: bool,
    idle_seconds: Option<i64>,
    frequency: Option<i64>,
}

impl Options {
    fn parse(mut args: Args) -> Result<Options, Error> {
        let mut options = Options::default();
        while !args.is_empty() {
            let has_value = args.remaining() > 1;
            if args.keyword("REPLACE") {
                options.replace = true;
            } else if args.keyword("ABSTTL") {
                options.absolute = true;
            } else if has_value && options.frequency.is_none() && args.keyword("IDLETIME") {
                let idle = args.integer()?;
                if idle < 0 {
                    return Err(Error::Static("ERR Invalid IDLETIME value, must be >= 0"));
                }
                options.idle_seconds = Some(idle);
            } else if has_value && options.idle_seconds.is_none() && args.keyword("FREQ") {
                let frequency = args.integer()?;
                if !(0..=255).contains(&frequency) {
                    return Err(Error::Static("ERR Invalid FREQ value, must be >= 0 and <= 255"));
                }
                options.frequency = Some(frequency);
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }
}

fn restore(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, ttl, payload) = (args.next()?, args.next()?, args.next()?);
    let given = args.rest();
    let options = Options::parse(args)?;
    let database = call.database();
    if !options.replace && call.keyspace.use_key(database, key).is_some() {
        return Err(Error::BusyKey);
    }
    let ttl = Args::new(&[ttl]).integer()?;
    if ttl < 0 {
        return Err(Error::Static("ERR Invalid TTL value, must be >= 0"));
    }
    let limits = &call.keyspace.limits;
    let value = rdb::restore(payload, limits).map_err(|error| Error::text_of(error.to_string()))?;
    // As in Redis a sum beyond 63 bits wraps, and then lies in the past.
    let deadline = if options.absolute { ttl } else { ttl.wrapping_add(call.now.0.cast_signed()) };
    let expire_at_ms = if ttl == 0 { NEVER } else { u64::try_from(deadline).unwrap_or(0) };
    if call.keyspace.is_past(expire_at_ms) {
        if call.keyspace.clear(database, key) {
            call.propagate(&[b"DEL", key]);
        }
        call.reply.ok();
        return Ok(());
    }
    let object = Object { value, expire_at_ms, access: Default::default() };
    let known = KnownUse {
        idle_seconds: options.idle_seconds.map(i64::cast_unsigned),
        frequency: options.frequency.and_then(|frequency| u8::try_from(frequency).ok()),
    };
    call.keyspace.put_used(database, key, object, known, "restore");
    if ttl > 0 && !options.absolute {
        let deadline = i64_to_buffer(deadline);
        let mut argv: Vec<&[u8]> = vec![b"RESTORE", key, &deadline, payload];
        argv.extend(given);
        argv.push(b"ABSTTL");
        call.propagate(&argv);
    }
    call.reply.ok();
    Ok(())
}

const MIGRATE: Command = Command {
    name: "MIGRATE",
    syntax: "host port (key_or_empty_string: key | (empty_string: \"\")) destination-db<integer> timeout [COPY]@3.0.0 \
             [REPLACE]@3.0.0 [authentication: [AUTH password]@4.0.7 | [AUTH2 (username password)]@6.0.0] \
             [KEYS key#1<key>...]@3.0.6",
    summary: "Would move keys to another node. This one has no connections of its own, and says so.",
    since: "2.6.0",
    complexity: "O(N) for N bytes of the keys",
    group: Group::Generic,
    flags: Flags::WRITE,
    access: &[Access::RW_ACCESS_DELETE, Access::RW_ACCESS_DELETE.with(Access::INCOMPLETE)],
    categories: Categories::DANGEROUS,
    keys: Some(keys::MIGRATE_KEYS),
    find_keys: Some(keys::of_migrate),
    run: Some(migrate),
    tips: &["nondeterministic_output"],
    history: &[
        ("3.0.0", "Added `COPY` and `REPLACE`."),
        ("3.0.6", "Added `KEYS`."),
        ("4.0.7", "Added `AUTH`."),
        ("6.0.0", "Added `AUTH2`."),
    ],
    ..Command::DEFAULT
};

fn migrate(call: &mut Call, mut args: Args) -> Result<(), Error> {
    const NO_NETWORK: Error = Error::Static(
        "IOERR this node cannot connect to others: DUMP the keys here and RESTORE them there, or load its RDB file there",
    );
    args.take(2)?;
    let (key, database, timeout) = (args.next()?, args.next()?, args.next()?);
    let mut keys = &[key][..];
    while !args.is_empty() {
        if args.keyword("AUTH") {
            args.next()?;
        } else if args.keyword("AUTH2") {
            args.take(2)?;
        } else if args.keyword("KEYS") {
            if !key.is_empty() {
                let text = "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string";
                return Err(Error::Static(text));
            }
            keys = args.rest();
            break;
        } else if !args.keyword("COPY") && !args.keyword("REPLACE") {
            return Err(Error::Syntax);
        }
    }
    Args::new(&[timeout]).integer()?;
    Args::new(&[database]).integer()?;
    let here = call.database();
    let found = keys.iter().filter(|key| call.keyspace.lookup(here, key).is_some()).count();
    if found > 0 {
        return Err(NO_NETWORK);
    }
    call.reply.simple("NOKEY");
    Ok(())
}
