//! XREAD and XREADGROUP: what is new in several streams, for one reader or for the consumers of a group.

use crate::base::{Bytes, Time};
use crate::command::{Access, Args, BeginSearch, Error, FindKeys, Flags, Group};
use crate::commands::timeout;
use crate::dispatch::{Call, Command};
use crate::keyspace::{Class, Touched};
use crate::resp::Reply;
use crate::server::{OnTimeout, Wait};
use crate::value::stream::{self, ConsumerId, Log, Pending, Stream, StreamId};

use super::group::{Delivery, propagate_consumer, propagate_deliveries, propagate_group_id};
use super::text::{no_group, strict_id};
use super::{limit, now_ms, write_entries, write_entry, write_id};

family![XREAD, XREADGROUP];

const XREAD: Command = Command {
    name: "XREAD",
    syntax: "[COUNT count] [BLOCK milliseconds] STREAMS (streams: key... id...)",
    summary: "Returns the entries of several streams above an ID of each, and can wait for some to come.",
    since: "5.0.0",
    complexity: "O(N) per stream, N = entries returned",
    group: Group::Stream,
    flags: Flags::READONLY.with(Flags::BLOCKING),
    access: &[Access::RO_ACCESS],
    keys: Some(&[(BeginSearch::Keyword("STREAMS", 1), FindKeys::Range { last: -1, step: 1, limit: 2 })]),
    run: Some(xread),
    ..Command::DEFAULT
};

fn xread(call: &mut Call, args: Args) -> Result<(), Error> {
    let request = Request::parse(args, false, call.now, script_name(call))?;
    let mut streams = Vec::with_capacity(request.streams.len());
    for &(key, id) in &request.streams {
        let stream = call.read::<Stream>(key)?;
        streams.push((key, first_position(stream, id)?));
    }
    let Call { keyspace, client, reply, .. } = call;
    let mut answer = Answer::new(reply);
    for &(key, after) in &streams {
        // Looked up once more, which also counts: so does Redis.
        let stream = keyspace.read::<Stream>(client.database, key)?;
        if let Some(log) = stream.map(|stream| &stream.log)
            && log.top_id().is_some_and(|top| top > after)
            && let Some(start) = after.next()
        {
            answer.add(key, |reply| {
                write_entries(reply, log.range(start, StreamId::MAX).take(limit(request.count)));
            });
        }
    }
    if !answer.finish() {
        let last_ids: Vec<StreamId> = streams.iter().map(|(_, after)| *after).collect();
        request.wait(call, Wait::Key(WAITED_FOR), &last_ids);
    }
    Ok(())
}

/// What TYPE says of what these commands wait for.
const WAITED_FOR: &str = "stream";

/// The ID above which XREAD reads a stream, which may not be there.
fn first_position(stream: Option<&Stream>, id: &[u8]) -> Result<StreamId, Error> {
    match id {
        b"$" => Ok(stream.map_or(StreamId::MIN, |stream| stream.log.last_id())),
        b">" => Err(Error::Static(
            "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
        )),
        b"+" => match stream.map(|stream| stream.log.last_id().previous()) {
            None => Ok(StreamId::MIN),
            Some(before) => before.ok_or(Error::Static("ERR the stream last element ID is 0-0")),
        },
        id => strict_id(id, 0),
    }
}

const XREADGROUP: Command = Command {
    name: "XREADGROUP",
    syntax: "GROUP (group consumer) [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS (streams: key... id...)",
    summary: "Gives a consumer of a group entries that none was given before, or those that it has not acknowledged.",
    since: "5.0.0",
    complexity: "O(M) per stream, M = entries returned",
    group: Group::Stream,
    flags: Flags::WRITE.with(Flags::BLOCKING),
    access: &[Access::RO_ACCESS],
    keys: Some(&[(BeginSearch::Keyword("STREAMS", 4), FindKeys::Range { last: -1, step: 1, limit: 2 })]),
    run: Some(xreadgroup),
    ..Command::DEFAULT
};

/// What XREADGROUP writes `>` as: above it there is nothing that could be asked for.
const NEVER_GIVEN: StreamId = StreamId::MAX;

fn xreadgroup(call: &mut Call, args: Args) -> Result<(), Error> {
    let request = Request::parse(args, true, call.now, script_name(call))?;
    let (group, consumer) = request.group.ok_or(Error::Static("ERR Missing GROUP option for XREADGROUP"))?;
    let mut streams = Vec::with_capacity(request.streams.len());
    for &(key, id) in &request.streams {
        if call.read::<Stream>(key)?.is_none_or(|stream| stream.group(group).is_none()) {
            return Err(no_group(key, group, " in XREADGROUP with GROUP option"));
        }
        streams.push((key, group_position(id)?));
    }
    let (now_ms, journal) = (now_ms(call), call.server.journal.on);
    call.propagate_nothing();
    let Call { keyspace, client, reply, .. } = call;
    let database = client.database;
    let mut answer = Answer::new(reply);
    let mut happened = Vec::with_capacity(streams.len());
    for &(key, after) in &streams {
        // Once more, as Redis counts it.
        keyspace.lookup(database, key);
        let read = keyspace.update::<Stream, _>(database, key, |stream, _| {
            let read = stream.change_group(group, |log, group| {
                let mut reading = Reading::start(log, group, consumer, now_ms);
                if after != NEVER_GIVEN {
                    answer.add(key, |reply| reading.history(reply, after, limit(request.count)));
                } else if log.top_id().is_some_and(|top| top > reading.group.last_id) {
                    answer.add(key, |reply| reading.new_entries(reply, limit(request.count), request.no_ack));
                }
                reading.happened
            });
            let read = read.unwrap_or_default();
            let changes = read.deliveries.len() + usize::from(read.created) + usize::from(read.advanced);
            (read, Touched::quietly(changes))
        })?;
        let read = read.unwrap_or_default();
        if read.created {
            keyspace.announce(database, key, Class::Stream, "xgroup-createconsumer");
        }
        happened.push((key, read));
    }
    let answered = answer.finish();
    if journal {
        for (key, read) in &happened {
            if read.created && read.deliveries.is_empty() {
                propagate_consumer(call, key, group, consumer);
            }
            propagate_deliveries(call, key, group, &read.deliveries);
            if read.advanced {
                propagate_group_id(call, key, group);
            }
        }
    }
    if !answered {
        request.wait(call, Wait::KeyOrItsEnd(WAITED_FOR), &[]);
    }
    Ok(())
}

/// What XREADGROUP asks of a stream.
fn group_position(id: &[u8]) -> Result<StreamId, Error> {
    match id {
        b"$" => Err(Error::Static(
            "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer \
             by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty \
             result set.",
        )),
        b"+" => Err(Error::Static(
            "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer \
             by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty \
             result set.",
        )),
        b">" => Ok(NEVER_GIVEN),
        id => strict_id(id, 0),
    }
}

/// A consumer that reads one stream.
struct Reading<'s> {
    log: &'s Log,
    group: &'s mut stream::Group,
    consumer: ConsumerId,
    now_ms: i64,
    happened: Happened,
}

/// What reading changed.
#[derive(Default)]
struct Happened {
    /// The consumer was not there before.
    created: bool,
    /// The group went on.
    advanced: bool,
    deliveries: Vec<Delivery>,
}

impl<'s> Reading<'s> {
    fn start(log: &'s Log, group: &'s mut stream::Group, consumer: &[u8], now_ms: i64) -> Reading<'s> {
        let (consumer, created) = group.find_or_create(consumer, now_ms);
        if let Some(consumer) = group.consumer_mut(consumer) {
            consumer.seen_ms = now_ms;
        }
        Reading { log, group, consumer, now_ms, happened: Happened { created, ..Happened::default() } }
    }

    /// The consumer's pending entries above an ID; those that are gone as an ID alone.
    fn history(&mut self, reply: &mut Reply, after: StreamId, most: usize) {
        let start = after.next().unwrap_or(StreamId::MAX);
        let consumer = self.group.consumer(self.consumer);
        let pending = consumer.into_iter().flat_map(|consumer| consumer.pending(start, StreamId::MAX));
        let ids: Vec<StreamId> = pending.take(most).collect();
        reply.array(ids.len());
        for id in ids {
            match self.log.get(id) {
                Some(entry) => {
                    write_entry(reply, entry);
                    let deliveries = self.group.pending_at(id).map_or(0, |pending| pending.deliveries);
                    self.deliver(id, deliveries.wrapping_add(1));
                }
                None => {
                    reply.array(2);
                    write_id(reply, id);
                    reply.null_array();
                }
            }
        }
    }

    /// Entries that nobody in the group was given.
    fn new_entries(&mut self, reply: &mut Reply, most: usize, no_ack: bool) {
        let start = self.group.last_id.next().unwrap_or(StreamId::MAX);
        let log = self.log;
        let entries = log.range(start, StreamId::MAX).take(most).inspect(|entry| {
            self.happened.advanced |= self.group.advance(log, entry.id);
            if !no_ack {
                self.deliver(entry.id, 1);
                if let Some(consumer) = self.group.consumer_mut(self.consumer) {
                    consumer.active_ms = Some(self.now_ms);
                }
            }
        });
        write_entries(reply, entries);
    }

    fn deliver(&mut self, id: StreamId, deliveries: u64) {
        let pending = Pending { consumer: self.consumer, delivered_ms: self.now_ms, deliveries };
        self.group.assign(id, pending);
        self.happened.deliveries.push(Delivery::of(self.group, id, &pending));
    }
}

/// The words of XREAD and XREADGROUP.
struct Request<'a> {
    count: Option<i64>,
    /// BLOCK: until when to wait; none is without end.
    deadline: Option<Option<Time>>,
    group: Option<(&'a [u8], &'a [u8])>,
    no_ack: bool,
    /// Keys with the words for their IDs.
    streams: Vec<(&'a [u8], &'a [u8])>,
}

/// What the command is called where a script calls it.
fn script_name<'a>(call: &Call<'a>) -> Option<&'a [u8]> {
    call.words.first().copied().filter(|_| call.client.in_script)
}

impl<'a> Request<'a> {
    fn parse(mut args: Args<'a>, of_group: bool, now: Time, in_script: Option<&[u8]>) -> Result<Request<'a>, Error> {
        let mut request = Request { count: None, deadline: None, group: None, no_ack: false, streams: Vec::new() };
        let refused = |option: &str| {
            let text = format!("ERR The {option} option is only supported by XREADGROUP. You called XREAD instead.");
            Error::text_of(text)
        };
        loop {
            let word = args.next()?;
            let is = |option: &str| word.eq_ignore_ascii_case(option.as_bytes());
            if is("BLOCK") && !args.is_empty() {
                if let Some(name) = in_script {
                    let text = [name, b" command is not allowed with BLOCK option from scripts"].concat();
                    return Err(Error::text_of([b"ERR ".as_slice(), &text].concat()));
                }
                request.deadline = Some(timeout::milliseconds(args.next()?, now)?);
            } else if is("COUNT") && !args.is_empty() {
                request.count = Some(args.integer()?).filter(|&count| count > 0);
            } else if is("STREAMS") && !args.is_empty() {
                break;
            } else if is("GROUP") && args.remaining() >= 2 {
                if !of_group {
                    return Err(refused("GROUP"));
                }
                request.group = Some((args.next()?, args.next()?));
            } else if is("NOACK") {
                if !of_group {
                    return Err(refused("NOACK"));
                }
                request.no_ack = true;
            } else {
                return Err(Error::Syntax);
            }
        }
        let words = args.rest();
        if !words.len().is_multiple_of(2) {
            let (name, id) = if of_group { ("xreadgroup", '>') } else { ("xread", '$') };
            return Err(Error::text_of(format!(
                "ERR Unbalanced '{name}' list of streams: for each stream key an ID or '{id}' must be specified."
            )));
        }
        let (keys, ids) = words.split_at_checked(words.len() / 2).unwrap_or_default();
        request.streams = keys.iter().copied().zip(ids.iter().copied()).collect();
        Ok(request)
    }

    /// Waits for entries, or answers that there are none. In the words that run later `$` is the last ID of now, one
    /// of `last_ids`.
    fn wait(&self, call: &mut Call, wait: Wait, last_ids: &[StreamId]) {
        let waits = self.deadline.is_some_and(|deadline| {
            let keys: Vec<&[u8]> = self.streams.iter().map(|(key, _)| *key).collect();
            let mut argv: Vec<Bytes> = call.words.iter().map(|word| Bytes::new(word)).collect();
            let first_id = argv.len() - keys.len();
            for (word, id) in argv.iter_mut().skip(first_id).zip(last_ids) {
                if word.as_slice() == b"$" {
                    *word = Bytes::from(id.to_text());
                }
            }
            call.block_as(argv, wait, &keys, deadline, OnTimeout::NullArray)
        });
        if !waits {
            call.reply.null_array();
        }
    }
}

/// The reply: keys with their entries.
struct Answer<'r> {
    reply: &'r mut Reply,
    start: crate::resp::Mark,
    streams: usize,
}

impl<'r> Answer<'r> {
    fn new(reply: &'r mut Reply) -> Answer<'r> {
        let start = reply.defer();
        Answer { reply, start, streams: 0 }
    }

    /// Adds a stream, whose entries `write` writes as an array.
    fn add(&mut self, key: &[u8], write: impl FnOnce(&mut Reply)) {
        self.streams += 1;
        if !self.reply.resp3 {
            self.reply.array(2);
        }
        self.reply.bulk(key);
        write(self.reply);
    }

    /// Whether there was any stream to answer with.
    fn finish(self) -> bool {
        match self.streams {
            0 => {}
            streams if self.reply.resp3 => self.reply.finish_map(self.start, streams),
            streams => self.reply.finish_array(self.start, streams),
        }
        self.streams > 0
    }
}
