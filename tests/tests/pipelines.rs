//! Commands that come in one piece do what they do one by one: what is asked once for several of them, whether anything
//! out of the ordinary goes on, holds for each.

use engine::base::Random;
use engine::{ClientId, Engine, Options, Output, Time};
use std::collections::BTreeMap;
use tests::stream::{self, FAMILIES, Plan};
use tests::wire::{self, Command};

const NOW: Time = Time(1_700_000_000_000);

/// What comes between the commands of a stream: all that can refuse, hide, show, follow or hold back a plain one. Not
/// broadcasts of changed keys, which are told at the end of a piece, as in Redis.
const BETWEEN: &[&str] = &[
    "CLIENT REPLY SKIP",
    "CLIENT REPLY OFF",
    "CLIENT REPLY ON",
    "CLIENT NO-TOUCH ON",
    "CLIENT NO-TOUCH OFF",
    "CLIENT TRACKING ON",
    "CLIENT TRACKING OFF",
    "MULTI",
    "EXEC",
    "DISCARD",
    "WATCH s1 l1 h1 z1",
    "HELLO 3",
    "HELLO 2",
    "SUBSCRIBE here",
    "UNSUBSCRIBE",
    "RESET",
    "ACL SETUSER default -get -hset",
    "ACL SETUSER default resetkeys ~s*",
    "ACL SETUSER default +@all allkeys",
    "CONFIG SET maxmemory 1",
    "CONFIG SET maxmemory 0",
    "CONFIG SET maxmemory-policy allkeys-lru",
    "CONFIG SET maxmemory-policy noeviction",
    "CONFIG SET notify-keyspace-events KEA",
    "CONFIG SET notify-keyspace-events mn",
    "CONFIG SET min-replicas-to-write 1",
    "CONFIG SET min-replicas-to-write 0",
    "DEBUG SET-ACTIVE-EXPIRE 0",
    "EVAL \"return redis.call('INCR','i')\" 0",
    "BLPOP l1 l2 1",
    "SELECT 1",
    "SELECT 0",
];

const APART: &[&str] = &[
    "BGREWRITEAOF",
    "BGSAVE",
    "CLIENT INFO",
    "CLIENT LIST",
    "CONFIG REWRITE",
    "DEBUG RELOAD",
    "INFO",
    "MEMORY DOCTOR",
    "MEMORY STATS",
    "SAVE",
    "SHUTDOWN",
];

/// What a node does with a stream: everything that anybody is sent, by client, all events, the journal, and what the
/// node says of its data and itself at the end.
fn outcome(stream: &[Command], journal: &str, pieces: &mut dyn FnMut() -> usize) -> BTreeMap<String, String> {
    let config = [("save", ""), ("enable-debug-command", "yes"), ("appendonly", journal)];
    let config = config.map(|(name, value)| (name.into(), value.into()));
    let options = Options { seed: 7, config: config.into(), events: true };
    let mut engine = Engine::new(options, NOW).expect("an engine");
    let clients = [(); 3].map(|()| engine.connect(NOW));
    let [subject, listener, waiter] = clients;
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    let mut send = |engine: &mut Engine, client: ClientId, commands: &[Command]| {
        let mut bytes = Vec::new();
        commands.iter().for_each(|command| wire::encode(command, &mut bytes));
        engine.receive(client, &bytes, NOW);
        while let Some(output) = engine.poll() {
            let (to, text) = match output {
                Output::Reply { client, bytes } => (format!("{client:?}"), bytes.escape_ascii().to_string()),
                Output::Append(bytes) => ("journal".into(), bytes.escape_ascii().to_string()),
                Output::Event(event) => ("events".into(), format!("{event:?}")),
                output => {
                    engine.answer_without_files(&output, NOW);
                    continue;
                }
            };
            sent.entry(to).or_default().push_str(&text);
        }
    };
    send(&mut engine, listener, &[wire::words("PSUBSCRIBE *")]);
    let mut rest = stream;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(pieces().min(rest.len()));
        send(&mut engine, subject, piece);
        rest = after;
    }
    let last = ["CLIENT REPLY ON", "DISCARD", "RESET"].map(wire::words);
    send(&mut engine, subject, &last);
    let ends = ["DEBUG DIGEST", "INFO commandstats", "INFO errorstats", "INFO keyspace"].map(wire::words);
    ends.iter().for_each(|end| send(&mut engine, waiter, std::slice::from_ref(end)));
    let counters = engine.keyspace().counters;
    sent.insert("counters".into(), format!("{counters:?}"));
    sent
}

#[test]
fn commands_in_one_piece_do_what_they_do_one_by_one() {
    for family in FAMILIES {
        for seed in 1..40 {
            // What the host is asked for comes when it has taken a whole piece, and what these tell depends on how much
            // has come.
            let allowed = |name: &str| !APART.contains(&name);
            let mut random = Random::new(seed);
            let journal = if seed % 2 == 0 { "yes" } else { "no" };
            let mut stream = Vec::new();
            for command in stream::generate(&Plan { family, seed, length: 150, allowed: &allowed }) {
                if random.below(12) == 0 {
                    stream.push(wire::words(BETWEEN[random.index(BETWEEN.len())]));
                }
                stream.push(command);
            }
            let one_by_one = outcome(&stream, journal, &mut || 1);
            let together = outcome(&stream, journal, &mut || 1 + random.index(40));
            for (who, text) in &one_by_one {
                let other = together.get(who).map_or("", String::as_str);
                let same = text.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
                let show =
                    |text: &str| text.get(same.saturating_sub(200)..(same + 200).min(text.len())).map(str::to_owned);
                assert_eq!(show(other), show(text), "{}, seed {seed}: {who}", family.name);
                assert_eq!(other.len(), text.len(), "{}, seed {seed}: {who}", family.name);
            }
            assert_eq!(one_by_one.len(), together.len());
        }
    }
}
