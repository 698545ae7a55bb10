//! XCLAIM and XAUTOCLAIM: pending entries change their consumer.

use crate::command::{Access, Args, Error, Flags, Group, quoted};
use crate::dispatch::{Call, Command};
use crate::keyspace::{Class, Touched};
use crate::resp::Reply;
use crate::value::stream::{self, ConsumerId, Log, Pending, Stream, StreamId};

use super::group::{Delivery, propagate_consumer, propagate_deliveries, propagate_group_id};
use super::text::{bound, no_group, strict_id};
use super::{now_ms, write_entry, write_id};

family![XAUTOCLAIM, XCLAIM];

const XCLAIM: Command = Command {
    name: "XCLAIM",
    syntax: "key group consumer min-idle-time id... [IDLE ms<integer>] [TIME unix-time-milliseconds] \
             [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id]",
    summary: "Gives pending entries to another consumer of the group.",
    since: "5.0.0",
    complexity: "O(log N) per entry, N = pending entries of the group",
    group: Group::Stream,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    tips: &["nondeterministic_output"],
    run: Some(xclaim),
    ..Command::DEFAULT
};

fn xclaim(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, group, consumer, least_idle) = (args.next()?, args.next()?, args.next()?, args.next()?);
    if call.read::<Stream>(key)?.is_none_or(|stream| stream.group(group).is_none()) {
        return Err(no_group(key, group, ""));
    }
    let now_ms = now_ms(call);
    let least_idle_ms = integer(least_idle, "ERR Invalid min-idle-time argument for XCLAIM")?.max(0);
    let mut ids = Vec::new();
    while let Some(Ok(id)) = args.peek().map(|word| strict_id(word, 0)) {
        ids.push(id);
        args.next()?;
    }
    let options = ClaimOptions::parse(args, now_ms)?;
    call.propagate_nothing();
    let Call { keyspace, client, reply, .. } = call;
    let database = client.database;
    let claimed = keyspace.update::<Stream, _>(database, key, |stream, _| {
        let claimed = stream.change_group(group, |log, group| {
            let moved_on = options.last_id > group.last_id;
            group.last_id = group.last_id.max(options.last_id);
            let mut claiming = Claiming::start(log, group, consumer, least_idle_ms, now_ms);
            claiming.just_id = options.just_id;
            let start = reply.defer();
            let count = ids.iter().filter(|id| claiming.claim(reply, **id, &options)).count();
            reply.finish_array(start, count);
            (claiming.created, moved_on, claiming.deliveries)
        });
        let (created, moved_on, deliveries) = claimed.unwrap_or_default();
        let changes = deliveries.len() + usize::from(created) + usize::from(moved_on);
        ((created, moved_on, deliveries), Touched::quietly(changes))
    })?;
    let (created, moved_on, deliveries) = claimed.unwrap_or_default();
    follow(call, key, group, consumer, created, &deliveries);
    if moved_on && deliveries.is_empty() {
        propagate_group_id(call, key, group);
    }
    Ok(())
}

/// What follows the IDs of XCLAIM.
struct ClaimOptions {
    /// When the entries shall have been given.
    delivered_ms: i64,
    deliveries: Option<u64>,
    force: bool,
    just_id: bool,
    last_id: StreamId,
}

impl ClaimOptions {
    fn parse(mut args: Args, now_ms: i64) -> Result<ClaimOptions, Error> {
        let (force, just_id, last_id) = (false, false, StreamId::MIN);
        let mut options = ClaimOptions { delivered_ms: now_ms, deliveries: None, force, just_id, last_id };
        // -1 stands for a time that was not given.
        let mut delivered_ms = -1i64;
        while let Some(word) = args.next_if_any() {
            let is = |option: &str| word.eq_ignore_ascii_case(option.as_bytes());
            if is("FORCE") {
                options.force = true;
            } else if is("JUSTID") {
                options.just_id = true;
            } else if is("IDLE") && !args.is_empty() {
                let idle = integer(args.next()?, "ERR Invalid IDLE option argument for XCLAIM")?;
                delivered_ms = now_ms.wrapping_sub(idle);
            } else if is("TIME") && !args.is_empty() {
                delivered_ms = integer(args.next()?, "ERR Invalid TIME option argument for XCLAIM")?;
            } else if is("RETRYCOUNT") && !args.is_empty() {
                let count = integer(args.next()?, "ERR Invalid RETRYCOUNT option argument for XCLAIM")?;
                options.deliveries = u64::try_from(count).ok();
            } else if is("LASTID") && !args.is_empty() {
                options.last_id = strict_id(args.next()?, 0)?;
            } else {
                let text = [b"ERR Unrecognized XCLAIM option '", quoted(word), b"'"].concat();
                return Err(Error::text_of(text));
            }
        }
        // A time that cannot be, as when a client's clock is ahead, means now.
        if (0..=now_ms).contains(&delivered_ms) {
            options.delivered_ms = delivered_ms;
        }
        Ok(options)
    }
}

const XAUTOCLAIM: Command = Command {
    name: "XAUTOCLAIM",
    syntax: "key group consumer min-idle-time start<string> [COUNT count] [JUSTID]",
    summary: "Gives a consumer the entries that have been pending for some time, whoever has them.",
    since: "6.2.0",
    complexity: "O(1) if COUNT is small",
    group: Group::Stream,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_DELETE],
    tips: &["nondeterministic_output"],
    history: &[("7.0.0", "The reply says which entries were gone.")],
    run: Some(xautoclaim),
    ..Command::DEFAULT
};

fn xautoclaim(call: &mut Call, mut args: Args) -> Result<(), Error> {
    /// Entries that are looked at for each that may be claimed.
    const ATTEMPTS: i64 = 10;
    const ID_BYTES: i64 = 16;
    /// Redis has room for the IDs of all entries that could be gone, and no machine has more addresses.
    const ADDRESSES: i64 = 1 << 47;
    let (key, group, consumer, least_idle) = (args.next()?, args.next()?, args.next()?, args.next()?);
    // As in Redis the key is looked up before the arguments are read, and its type is judged after them.
    call.keyspace.lookup(call.client.database, key);
    let least_idle_ms = integer(least_idle, "ERR Invalid min-idle-time argument for XAUTOCLAIM")?.max(0);
    let start = bound(args.next()?, true)?;
    let (mut count, mut just_id) = (100i64, false);
    while let Some(word) = args.next_if_any() {
        if word.eq_ignore_ascii_case(b"COUNT") && !args.is_empty() {
            const REFUSAL: &str = "ERR COUNT must be > 0";
            count = integer(args.next()?, REFUSAL)?;
            if !(1..=i64::MAX / ID_BYTES).contains(&count) {
                return Err(Error::Static(REFUSAL));
            }
        } else if word.eq_ignore_ascii_case(b"JUSTID") {
            just_id = true;
        } else {
            return Err(Error::Syntax);
        }
    }
    let stream = call.keyspace.view::<Stream>(call.client.database, key)?;
    if stream.is_none_or(|stream| stream.group(group).is_none()) {
        return Err(no_group(key, group, ""));
    }
    if count >= ADDRESSES / ID_BYTES {
        return Err(Error::Static("ERR Insufficient memory, failed allocating transient memory, count too high."));
    }
    let now_ms = now_ms(call);
    call.propagate_nothing();
    let Call { keyspace, client, reply, .. } = call;
    let database = client.database;
    let claimed = keyspace.update::<Stream, _>(database, key, |stream, _| {
        let claimed = stream.change_group(group, |log, group| {
            let mut claiming = Claiming::start(log, group, consumer, least_idle_ms, now_ms);
            claiming.just_id = just_id;
            let mut claimed = Reply::new(reply.resp3);
            let (mut claims, mut gone) = (0, Vec::new());
            let (mut left, mut attempts) = (count, count.saturating_mul(ATTEMPTS));
            let mut cursor = claiming.next_pending(Some(start));
            while let Some(id) = cursor.filter(|_| attempts > 0 && left > 0) {
                attempts -= 1;
                if claiming.log.get(id).is_none() {
                    claiming.forget(id);
                    gone.push(id);
                    left -= 1;
                } else if claiming.claim(&mut claimed, id, &claiming.now()) {
                    claims += 1;
                    left -= 1;
                }
                cursor = claiming.next_pending(id.next());
            }
            reply.array(3);
            write_id(reply, cursor.unwrap_or(StreamId::MIN));
            reply.array(claims);
            reply.append(&claimed);
            reply.array(gone.len());
            gone.into_iter().for_each(|id| write_id(reply, id));
            (claiming.created, claiming.deliveries)
        });
        let (created, deliveries) = claimed.unwrap_or_default();
        let changes = deliveries.len() + usize::from(created);
        ((created, deliveries), Touched::quietly(changes))
    })?;
    let (created, deliveries) = claimed.unwrap_or_default();
    follow(call, key, group, consumer, created, &deliveries);
    Ok(())
}

/// Announces and journals what was claimed.
fn follow(call: &mut Call, key: &[u8], group: &[u8], consumer: &[u8], created: bool, deliveries: &[Delivery]) {
    if created {
        let database = call.database();
        call.keyspace.announce(database, key, Class::Stream, "xgroup-createconsumer");
        propagate_consumer(call, key, group, consumer);
    }
    propagate_deliveries(call, key, group, deliveries);
}

/// A consumer that claims pending entries.
struct Claiming<'s> {
    log: &'s Log,
    group: &'s mut stream::Group,
    consumer: ConsumerId,
    /// Whether the consumer was not there before.
    created: bool,
    least_idle_ms: i64,
    now_ms: i64,
    just_id: bool,
    deliveries: Vec<Delivery>,
}

impl<'s> Claiming<'s> {
    fn start(log: &'s Log, group: &'s mut stream::Group, name: &[u8], least_idle_ms: i64, now_ms: i64) -> Self {
        let (consumer, created) = group.find_or_create(name, now_ms);
        if let Some(consumer) = group.consumer_mut(consumer) {
            consumer.seen_ms = now_ms;
        }
        Claiming { log, group, consumer, created, least_idle_ms, now_ms, just_id: false, deliveries: Vec::new() }
    }

    /// The options of XAUTOCLAIM, which has none.
    fn now(&self) -> ClaimOptions {
        let (just_id, last_id) = (self.just_id, StreamId::MIN);
        ClaimOptions { delivered_ms: self.now_ms, deliveries: None, force: false, just_id, last_id }
    }

    /// The first pending entry from an ID on.
    fn next_pending(&self, start: Option<StreamId>) -> Option<StreamId> {
        self.group.pending(start?, StreamId::MAX).next().map(|(id, _)| id)
    }

    /// Takes an entry that is gone off the group's list.
    fn forget(&mut self, id: StreamId) {
        if let Some(pending) = self.group.pending_at(id).copied() {
            self.deliveries.push(Delivery::of(self.group, id, &pending));
            self.group.acknowledge(id);
        }
    }

    /// Claims an entry and writes it, unless it is not pending or not idle for long enough; says whether it did.
    fn claim(&mut self, reply: &mut Reply, id: StreamId, options: &ClaimOptions) -> bool {
        let Some(entry) = self.log.get(id) else {
            self.forget(id);
            return false;
        };
        let before = self.group.pending_at(id).copied();
        if before.is_none() && !options.force {
            return false;
        }
        let idle_ms = before.map(|before| self.now_ms.wrapping_sub(before.delivered_ms));
        if self.least_idle_ms > 0 && idle_ms.is_some_and(|idle_ms| idle_ms < self.least_idle_ms) {
            return false;
        }
        // One that was not pending counts as given once before this.
        let given = before.map_or(1, |before| before.deliveries);
        let deliveries = options.deliveries.unwrap_or(given.wrapping_add(u64::from(!options.just_id)));
        let pending = Pending { consumer: self.consumer, delivered_ms: options.delivered_ms, deliveries };
        self.group.assign(id, pending);
        if let Some(consumer) = self.group.consumer_mut(self.consumer) {
            consumer.active_ms = Some(self.now_ms);
        }
        self.deliveries.push(Delivery::of(self.group, id, &pending));
        if options.just_id {
            write_id(reply, id)
        } else {
            write_entry(reply, entry)
        }
        true
    }
}

fn integer(text: &[u8], refusal: &'static str) -> Result<i64, Error> {
    crate::base::numbers::parse_i64(text).ok_or(Error::Static(refusal))
}
