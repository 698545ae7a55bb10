//! What the charts show, measured while somebody looks at them and not otherwise.
//!
//! Counters are read from the engine and compared with the last reading. Sums over all keys need a walk: it is done in
//! short portions, again and again, so that a million keys delay nobody; what it says is as of its end.

use std::collections::HashMap;

use engine::Engine;
use engine::base::order;
use engine::keyspace::{Keyspace, NEVER};

use super::latencies::Latencies;
use super::print;
use crate::metrics::{Sample, Share, SlowCommand, Survey};

/// How often a sample is taken.
pub const SAMPLE_MS: f64 = 250.0;
/// How long a portion of the walk takes, and how long it rests after each.
const WALK_MS: f64 = 3.0;
pub const REST_MS: f64 = 15.0;
/// Keys between two looks at the time.
const KEYS_PER_LOOK: usize = 128;
/// From the end of a walk to the beginning of the next.
const AGAIN_MS: f64 = 3000.0;
/// Prefixes that are counted apart; keys of further ones are counted together.
const MAX_PREFIXES: usize = 2000;
/// Longer ones are not kept: the keys would be held a second time.
const MAX_PREFIX_BYTES: usize = 128;
/// How many of them are told, the largest first.
const TOLD_PREFIXES: usize = 12;
const MAX_NAME_CHARACTERS: usize = 60;
const MAX_SLOW: usize = 20;
const MAX_SLOW_CHARACTERS: usize = 300;
/// Where the bars of deadlines end, in milliseconds.
const TTL_ENDS: [u64; 8] = [1_000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000, 30 * 86_400_000, u64::MAX];
const DELIMITER: u8 = b':';

/// Counters of the engine at the last sample.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    commands: u64,
    hits: u64,
    misses: u64,
    expired: u64,
    evicted: u64,
}

impl Counts {
    fn read(engine: &Engine) -> Counts {
        let counters = engine.keyspace().counters;
        Counts {
            commands: engine.server().stats.commands_processed,
            hits: counters.hits,
            misses: counters.misses,
            expired: counters.expired,
            evicted: counters.evicted,
        }
    }
}

/// What is measured.
#[derive(Debug)]
pub struct Metrics {
    before: Counts,
    sampled_ms: f64,
    latencies: Latencies,
    walk: Option<Walk>,
    walked_ms: f64,
    survey: Option<Survey>,
    /// The slow log's latest entry and its length when it was told.
    told_slow: Option<(Option<u64>, usize)>,
}

impl Metrics {
    pub fn new(engine: &Engine, at_ms: f64) -> Metrics {
        Metrics {
            before: Counts::read(engine),
            sampled_ms: at_ms,
            latencies: Latencies::default(),
            walk: None,
            walked_ms: f64::MIN,
            survey: None,
            told_slow: None,
        }
    }

    /// Takes note of a command that the engine was busy with for so long.
    pub fn served(&mut self, took_ms: f64) {
        self.latencies.note(took_ms);
    }

    /// In how many milliseconds there is something to do.
    pub fn due_in(&self, at_ms: f64) -> f64 {
        let sample = self.sampled_ms + SAMPLE_MS - at_ms;
        if self.walk.is_some() { sample.min(REST_MS) } else { sample }
    }

    /// Walks on, and takes a sample when one is due.
    pub fn run(&mut self, engine: &Engine, elapsed_ms: fn() -> f64) -> Option<Sample> {
        let at_ms = elapsed_ms();
        if self.walk.is_none() && at_ms - self.walked_ms >= AGAIN_MS {
            self.walk = Some(Walk::new(at_ms));
        }
        if let Some(walk) = &mut self.walk
            && walk.go_on(engine.keyspace(), elapsed_ms, at_ms + WALK_MS)
        {
            self.walked_ms = elapsed_ms();
            self.survey = Some(walk.survey(engine.keyspace(), self.walked_ms));
            self.walk = None;
        }
        (at_ms - self.sampled_ms >= SAMPLE_MS).then(|| self.sample(engine, at_ms))
    }

    fn sample(&mut self, engine: &Engine, at_ms: f64) -> Sample {
        let now = Counts::read(engine);
        let before = std::mem::replace(&mut self.before, now);
        // Counters begin anew with CONFIG RESETSTAT.
        let since = |now: u64, before: u64| if now >= before { (now - before) as f64 } else { now as f64 };
        let server = engine.server();
        let sample = Sample {
            span_ms: at_ms - self.sampled_ms,
            commands: since(now.commands, before.commands),
            hits: since(now.hits, before.hits),
            misses: since(now.misses, before.misses),
            expired: since(now.expired, before.expired),
            evicted: since(now.evicted, before.evicted),
            used_bytes: server.memory(engine.keyspace()).used() as f64,
            max_bytes: server.max_memory as f64,
            survey: self.survey.take(),
            slow: self.slow(engine),
            slower_than_us: server.slowlog.slower_than.map(|micros| micros as f64),
            ..std::mem::take(&mut self.latencies).sample()
        };
        self.sampled_ms = at_ms;
        sample
    }

    fn slow(&mut self, engine: &Engine) -> Option<Vec<SlowCommand>> {
        let log = &engine.server().slowlog;
        let told = Some((log.iter().next().map(|entry| entry.id), log.len()));
        if std::mem::replace(&mut self.told_slow, told) == told {
            return None;
        }
        let text = |words: &[engine::base::Bytes]| {
            let words = words.iter().map(|word| String::from_utf8_lossy(&engine::resp::quote(word)).into_owned());
            print::name(words.collect::<Vec<_>>().join(" ").as_bytes(), MAX_SLOW_CHARACTERS)
        };
        let told = log.iter().take(MAX_SLOW).map(|entry| SlowCommand {
            id: entry.id as f64,
            at_ms: entry.time.0 as f64,
            micros: entry.micros as f64,
            text: text(&entry.words),
            client: match entry.name.is_empty() {
                true => entry.address.clone(),
                false => print::name(&entry.name, MAX_NAME_CHARACTERS),
            },
        });
        Some(told.collect())
    }
}

/// A walk over all keys of all databases, from the last to the first of each: a removal meanwhile moves a key only
/// from where the walk has been to where it has not, so none that stays is left out.
#[derive(Debug)]
struct Walk {
    began_ms: f64,
    database: usize,
    /// Positions below this one are still to be seen; none before the database was looked at.
    below: Option<usize>,
    types: HashMap<&'static str, (f64, f64)>,
    prefixes: HashMap<Vec<u8>, (f64, f64)>,
    other: (f64, f64),
    ttls: [f64; TTL_ENDS.len()],
    lasting: f64,
}

impl Walk {
    fn new(began_ms: f64) -> Walk {
        Walk {
            began_ms,
            database: 0,
            below: None,
            types: HashMap::new(),
            prefixes: HashMap::new(),
            other: (0.0, 0.0),
            ttls: [0.0; TTL_ENDS.len()],
            lasting: 0.0,
        }
    }

    /// Goes on until `until`; whether it is at its end.
    fn go_on(&mut self, keyspace: &Keyspace, elapsed_ms: fn() -> f64, until: f64) -> bool {
        let now_ms = keyspace.now().0;
        while let Some(database) = keyspace.database(self.database) {
            let below = self.below.unwrap_or(database.len()).min(database.len());
            let end = below.saturating_sub(KEYS_PER_LOOK);
            for position in end..below {
                if let (Some((key, object)), Some(bytes)) = (database.at(position), database.bytes_at(position)) {
                    let left_ms = (object.expire_at_ms != NEVER).then(|| object.expire_at_ms.saturating_sub(now_ms));
                    self.count(key, object.value.type_name(), bytes as f64, left_ms);
                }
            }
            self.below = Some(end);
            if end == 0 {
                (self.database, self.below) = (self.database + 1, None);
            }
            // Empty databases cost nothing worth a look at the time.
            if below > 0 && elapsed_ms() >= until {
                return keyspace.database(self.database).is_none();
            }
        }
        true
    }

    fn count(&mut self, key: &[u8], type_name: &'static str, bytes: f64, left_ms: Option<u64>) {
        let add = |sum: &mut (f64, f64)| *sum = (sum.0 + 1.0, sum.1 + bytes);
        add(self.types.entry(type_name).or_default());
        let prefix = match key.iter().position(|byte| *byte == DELIMITER) {
            Some(at) => key.get(..=at).unwrap_or_default(),
            None => b"",
        };
        let has_room = self.prefixes.len() < MAX_PREFIXES && prefix.len() <= MAX_PREFIX_BYTES;
        match self.prefixes.get_mut(prefix) {
            Some(sum) => add(sum),
            None if has_room => add(self.prefixes.entry(prefix.to_vec()).or_default()),
            None => add(&mut self.other),
        }
        let bar = left_ms.and_then(|left| TTL_ENDS.iter().position(|end| left <= *end));
        match bar.and_then(|bar| self.ttls.get_mut(bar)) {
            Some(count) => *count += 1.0,
            None => self.lasting += 1.0,
        }
    }

    fn survey(&self, keyspace: &Keyspace, at_ms: f64) -> Survey {
        let share = |name: String, (keys, bytes): (f64, f64)| Share { name, keys, bytes };
        let by_size = |shares: &mut Vec<Share>| {
            order::sort_by(shares, |a, b| b.bytes.total_cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        };
        let mut types: Vec<Share> = self.types.iter().map(|(name, sum)| share((*name).to_owned(), *sum)).collect();
        by_size(&mut types);
        let named = |prefix: &[u8]| match prefix {
            b"" => "(none)".to_owned(),
            prefix => print::name(prefix, MAX_NAME_CHARACTERS),
        };
        let mut prefixes: Vec<Share> = self.prefixes.iter().map(|(prefix, sum)| share(named(prefix), *sum)).collect();
        by_size(&mut prefixes);
        let rest = prefixes.split_off(prefixes.len().min(TOLD_PREFIXES));
        let rest = rest.iter().fold(self.other, |sum, share| (sum.0 + share.keys, sum.1 + share.bytes));
        if rest.0 > 0.0 {
            prefixes.push(share("(all others)".to_owned(), rest));
        }
        let end = |end: u64| if end == u64::MAX { f64::INFINITY } else { end as f64 };
        Survey {
            as_of_ms: keyspace.now().0 as f64,
            took_ms: at_ms - self.began_ms,
            types,
            prefixes,
            ttls: TTL_ENDS.iter().zip(self.ttls).map(|(at, count)| (end(*at), count)).collect(),
            lasting: self.lasting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{ClientId, Options, Time};
    use std::cell::Cell;

    thread_local! {
        static ELAPSED: Cell<f64> = const { Cell::new(0.0) };
    }

    /// Each look at the clock takes a millisecond.
    fn elapsed_ms() -> f64 {
        ELAPSED.with(|elapsed| elapsed.replace(elapsed.get() + 1.0))
    }

    fn wait(ms: f64) {
        ELAPSED.with(|elapsed| elapsed.set(elapsed.get() + ms));
    }

    const NOW: Time = Time(1_700_000_000_000);

    fn engine(lines: &str) -> (Engine, ClientId) {
        let mut engine = Engine::new(Options::default(), NOW).unwrap();
        let client = engine.connect(NOW);
        run(&mut engine, client, lines);
        (engine, client)
    }

    fn run(engine: &mut Engine, client: ClientId, lines: &str) {
        engine.receive(client, lines.replace('\n', "\r\n").as_bytes(), NOW);
        while engine.poll().is_some() {}
    }

    fn names(shares: &[Share]) -> Vec<(String, f64)> {
        shares.iter().map(|share| (share.name.clone(), share.keys)).collect()
    }

    fn first_survey(metrics: &mut Metrics, engine: &Engine) -> (Survey, u32) {
        for turn in 1.. {
            wait(SAMPLE_MS);
            if let Some(survey) = metrics.run(engine, elapsed_ms).and_then(|sample| sample.survey) {
                return (survey, turn);
            }
        }
        unreachable!()
    }

    #[test]
    fn a_sample_says_what_happened_since_the_last() {
        let (mut engine, client) = engine("SET a 1\nGET a\n");
        let mut metrics = Metrics::new(&engine, elapsed_ms());
        run(&mut engine, client, "GET a\nGET a\nGET none\nSET b 1 PX 1\n");
        metrics.served(0.0);
        metrics.served(7.0);
        wait(SAMPLE_MS);
        let sample = metrics.run(&engine, elapsed_ms).unwrap();
        assert_eq!((sample.commands, sample.hits, sample.misses, sample.measured), (4.0, 2.0, 1.0, 2.0));
        assert!(sample.median_ms < 0.1 && sample.worst_ms == 7.0, "{sample:?}");
        assert_eq!(metrics.run(&engine, elapsed_ms), None);
        // Counters that begin anew are no negative numbers.
        run(&mut engine, client, "CONFIG RESETSTAT\nGET a\n");
        wait(SAMPLE_MS);
        let sample = metrics.run(&engine, elapsed_ms).unwrap();
        assert!((0.0..=2.0).contains(&sample.commands) && sample.hits == 1.0, "{sample:?}");
    }

    #[test]
    fn keys_are_added_up_by_type_prefix_and_deadline() {
        let (mut engine, client) =
            engine("SET user:1 a\nSET user:2 b EX 5\nHSET cart:1 f v\nSET plain x EX 100000000\n");
        run(&mut engine, client, "SELECT 3\nRPUSH user:3 x\n");
        let (survey, _) = first_survey(&mut Metrics::new(&engine, elapsed_ms()), &engine);
        let mut types = names(&survey.types);
        types.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(types, [("hash".into(), 1.0), ("list".into(), 1.0), ("string".into(), 3.0)]);
        let mut prefixes = names(&survey.prefixes);
        prefixes.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(prefixes, [("(none)".into(), 1.0), ("cart:".into(), 1.0), ("user:".into(), 3.0)]);
        assert_eq!(survey.lasting, 3.0);
        assert_eq!(survey.ttls.iter().map(|(_, keys)| *keys).collect::<Vec<_>>(), [0., 1., 0., 0., 0., 0., 0., 1.]);
        let bytes: f64 = survey.types.iter().map(|share| share.bytes).sum();
        let (first, third) = (engine.keyspace().database(0).unwrap(), engine.keyspace().database(3).unwrap());
        let all = (0..first.len()).map(|at| first.bytes_at(at).unwrap()).sum::<usize>() + third.bytes_at(0).unwrap();
        assert_eq!(bytes, all as f64);
    }

    #[test]
    fn many_keys_are_walked_in_portions() {
        let lines: String = (0..3000).map(|number| format!("SET p{number}:k v\n")).collect();
        let (engine, _) = engine(&lines);
        let (survey, turns) = first_survey(&mut Metrics::new(&engine, elapsed_ms()), &engine);
        assert_eq!(names(&survey.types), [("string".into(), 3000.0)]);
        assert_eq!(survey.prefixes.iter().map(|share| share.keys).sum::<f64>(), 3000.0);
        assert_eq!(survey.prefixes.last().map(|share| share.name.as_str()), Some("(all others)"));
        // Looks cost a millisecond here, and a portion has three.
        assert!(turns >= 3000 / (KEYS_PER_LOOK as u32 * 4), "{turns}");
    }

    #[test]
    fn the_slow_log_is_told_when_it_changes() {
        let (mut engine, client) = engine("CONFIG SET slowlog-log-slower-than 0\n");
        let mut metrics = Metrics::new(&engine, elapsed_ms());
        let slow = |metrics: &mut Metrics, engine: &Engine| {
            wait(SAMPLE_MS);
            metrics.run(engine, elapsed_ms).unwrap().slow
        };
        let first = slow(&mut metrics, &engine).unwrap();
        assert_eq!(slow(&mut metrics, &engine), None);
        run(&mut engine, client, "CLIENT SETNAME me\nSET k \"a b\\x00\"\n");
        let told = slow(&mut metrics, &engine).unwrap();
        assert_eq!((told.len(), told[0].client.as_str()), (first.len() + 2, "me"));
        assert_eq!(told[0].text, "SET k \"a b\\x00\"");
        run(&mut engine, client, "CONFIG SET slowlog-log-slower-than -1\nSLOWLOG RESET\n");
        assert_eq!(slow(&mut metrics, &engine), Some(Vec::new()));
    }
}
