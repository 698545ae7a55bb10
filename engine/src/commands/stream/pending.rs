//! XACK and XPENDING: what the consumers of a group were given and have not acknowledged.

use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::keyspace::Touched;
use crate::resp::Reply;
use crate::value::stream::{self, Stream, StreamId};

use super::text::{bound, no_group, strict_id};
use super::{now_ms, write_id};

family![XACK, XPENDING];

const XACK: Command = Command {
    name: "XACK",
    syntax: "key group id...",
    summary: "Acknowledges entries, so that a consumer group no longer lists them as pending; says how many it listed.",
    since: "5.0.0",
    complexity: "O(1) per entry",
    group: Group::Stream,
    flags: Flags::WRITE.with(Flags::FAST),
    access: &[Access::RW_UPDATE],
    run: Some(xack),
    ..Command::DEFAULT
};

fn xack(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let (key, group) = (args.next()?, args.next()?);
    call.read::<Stream>(key)?;
    let acknowledged = call.update::<Stream, _>(key, |stream, _| {
        // Only where there is a group are the IDs looked at.
        let acknowledged = stream.change_group(group, |_, group| {
            let ids: Result<Vec<StreamId>, Error> = args.rest().iter().map(|id| strict_id(id, 0)).collect();
            ids.map(|ids| ids.into_iter().filter(|id| group.acknowledge(*id)).count())
        });
        let acknowledged = acknowledged.unwrap_or(Ok(0));
        let touched = Touched::quietly(*acknowledged.as_ref().unwrap_or(&0));
        (acknowledged, touched)
    })?;
    call.reply.integer(acknowledged.unwrap_or(Ok(0))? as i64);
    Ok(())
}

const XPENDING: Command = Command {
    name: "XPENDING",
    syntax: "key group [filters: [IDLE min-idle-time<integer>]@6.2.0 start<string> end<string> count [consumer]]",
    summary: "Says what a consumer group was given and has not acknowledged: in short, or entry by entry.",
    since: "5.0.0",
    complexity: "O(N), N = entries returned; with IDLE entries looked at; in short the consumers of the group",
    group: Group::Stream,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    tips: &["nondeterministic_output"],
    history: &[("6.2.0", "IDLE, and IDs that do not belong to the range themselves: (ID.")],
    run: Some(xpending),
    ..Command::DEFAULT
};

fn xpending(call: &mut Call, mut args: Args) -> Result<(), Error> {
    const MOST_WORDS: usize = 8;
    let words = args.remaining();
    if words != 2 && !(5..=MOST_WORDS).contains(&words) {
        return Err(Error::Syntax);
    }
    let (key, group_name) = (args.next()?, args.next()?);
    let filter = if words == 2 { None } else { Some(Filter::parse(args)?) };
    let now_ms = now_ms(call);
    let Call { keyspace, client, reply, .. } = call;
    let stream = keyspace.read::<Stream>(client.database, key)?;
    let group = stream.and_then(|stream| stream.group(group_name)).ok_or_else(|| no_group(key, group_name, ""))?;
    match filter {
        None => summary(reply, group),
        Some(filter) => filter.list(reply, group, now_ms),
    }
    Ok(())
}

/// How many entries are pending, the lowest and highest ID, and each consumer's share.
fn summary(reply: &mut Reply, group: &stream::Group) {
    reply.array(4);
    reply.integer(group.pending_len() as i64);
    let Some((first, last)) = group.pending_edges() else {
        reply.null();
        reply.null();
        reply.null_array();
        return;
    };
    write_id(reply, first);
    write_id(reply, last);
    let sharing = || group.consumers().filter(|consumer| consumer.pending_len() > 0);
    reply.array(sharing().count());
    for consumer in sharing() {
        reply.array(2);
        reply.bulk(consumer.name());
        reply.bulk_integer(consumer.pending_len() as i64);
    }
}

/// Which pending entries are wanted.
struct Filter<'a> {
    least_idle_ms: i64,
    start: StreamId,
    end: StreamId,
    count: usize,
    consumer: Option<&'a [u8]>,
}

impl<'a> Filter<'a> {
    fn parse(mut args: Args<'a>) -> Result<Filter<'a>, Error> {
        let mut least_idle_ms = 0;
        if args.keyword("IDLE") {
            least_idle_ms = args.integer()?;
            if args.remaining() < 3 {
                return Err(Error::Syntax);
            }
        }
        let (start, end) = (args.next()?, args.next()?);
        let count = usize::try_from(args.integer()?).unwrap_or(0);
        let (start, end) = (bound(start, true)?, bound(end, false)?);
        // What may follow the consumer is not looked at.
        Ok(Filter { least_idle_ms, start, end, count, consumer: args.next_if_any() })
    }

    fn list(&self, reply: &mut Reply, group: &stream::Group, now_ms: i64) {
        let consumer = match self.consumer {
            None => None,
            Some(name) => match group.find(name).and_then(|id| group.consumer(id)) {
                Some(consumer) => Some(consumer),
                None => return reply.array(0),
            },
        };
        // Those of one consumer are found in its own list.
        let own = consumer.into_iter().flat_map(|consumer| consumer.pending(self.start, self.end));
        let own = own.filter_map(|id| Some((id, group.pending_at(id)?)));
        let all = consumer.is_none().then(|| group.pending(self.start, self.end));
        let idle = |delivered_ms: i64| now_ms.wrapping_sub(delivered_ms);
        let wanted = own
            .chain(all.into_iter().flatten())
            .filter(|(_, pending)| self.least_idle_ms == 0 || idle(pending.delivered_ms) >= self.least_idle_ms);
        let start = reply.defer();
        let mut count = 0;
        for (id, pending) in wanted.take(self.count) {
            reply.array(4);
            write_id(reply, id);
            reply.bulk(group.consumer(pending.consumer).map(|consumer| &consumer.name()[..]).unwrap_or_default());
            reply.integer(idle(pending.delivered_ms).max(0));
            reply.integer(pending.deliveries.cast_signed());
            count += 1;
        }
        reply.finish_array(start, count);
    }
}
