//! Choosing the key to give up when memory is short: by samples, as Redis does, so that no order of all keys has to
//! be kept for it.
//!
//! Each round looks at a few random keys of every database and keeps the best candidates of this and earlier rounds
//! in a small pool, of which the best is taken: with 5 samples that comes close to the true order (Redis: "Random
//! notes on improving the Redis LRU algorithm", 2016).

use super::access::AccessClock;
use super::{Class, Database, Keyspace, NEVER, Object};
use crate::base::{Bytes, Random, Time};

/// How many candidates are remembered.
const POOL: usize = 16;
/// Up to so many keys with a deadline are counted off, more are found by looking at random keys.
const FEW_VOLATILE: usize = 1024;
/// So many random keys are looked at for one with a deadline.
const MOST_TRIES: usize = 4096;

/// What a key is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The time since its last use.
    Age,
    /// How seldom it is used.
    Rarity,
    /// How soon it expires anyway.
    Deadline,
    /// Nothing.
    Chance,
}

/// `maxmemory-policy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// `None`: no key is given up.
    pub measure: Option<Measure>,
    /// Whether only keys with a deadline are given up.
    pub only_volatile: bool,
}

impl Policy {
    /// The policy with this name; for any other, `noeviction`.
    pub fn named(name: &str) -> Policy {
        let (keys, measure) = name.split_once('-').unwrap_or_default();
        let measure = match measure {
            "lru" => Measure::Age,
            "lfu" => Measure::Rarity,
            "ttl" => Measure::Deadline,
            "random" => Measure::Chance,
            _ => return Policy::default(),
        };
        Policy { measure: Some(measure), only_volatile: keys == "volatile" }
    }

    fn candidates(self, database: &Database) -> usize {
        if self.only_volatile { database.volatile_len() } else { database.len() }
    }
}

/// What eviction remembers from one key to the next.
#[derive(Clone, Debug)]
pub struct Eviction {
    pub policy: Policy,
    /// `maxmemory-samples`.
    pub samples: usize,
    /// The best candidates, the best of them last.
    pool: Vec<Candidate>,
    /// The database that a random choice looks at first.
    turn: usize,
    random: Random,
}

#[derive(Clone, Debug)]
struct Candidate {
    /// Higher is better to give up.
    score: u64,
    database: usize,
    key: Bytes,
}

impl Eviction {
    pub fn new(seed: u64) -> Eviction {
        let policy = Policy::default();
        Eviction { policy, samples: 5, pool: Vec::new(), turn: 0, random: Random::new(seed) }
    }

    /// Forgets the candidates, since another policy would have others.
    pub fn set_policy(&mut self, policy: Policy) {
        if self.policy != policy {
            self.policy = policy;
            self.pool.clear();
        }
    }

    /// A key to give up: its database and name.
    fn choose(&mut self, databases: &[Database], clock: &AccessClock, now: Time) -> Option<(usize, Bytes)> {
        let policy = self.policy;
        match policy.measure? {
            Measure::Chance => self.choose_any(databases),
            measure => loop {
                if databases.iter().all(|database| policy.candidates(database) == 0) {
                    return None;
                }
                for (number, database) in databases.iter().enumerate() {
                    self.sample(number, database, |object| score(measure, object, clock, now));
                }
                while let Some(best) = self.pool.pop() {
                    // It may be gone, or not be a candidate any more.
                    let space = databases.get(best.database);
                    let found = space.and_then(|space| space.at(space.find(&best.key)?));
                    if found.is_some_and(|(_, object)| !policy.only_volatile || object.expire_at_ms != NEVER) {
                        return Some((best.database, best.key));
                    }
                }
            },
        }
    }

    /// A key of the next database that has any: each gives in its turn.
    fn choose_any(&mut self, databases: &[Database]) -> Option<(usize, Bytes)> {
        for _ in 0..databases.len() {
            self.turn = (self.turn + 1) % databases.len().max(1);
            let Some(database) = databases.get(self.turn) else { continue };
            if let Some(position) = self.random_position(database) {
                return database.at(position).map(|(key, _)| (self.turn, key.clone()));
            }
        }
        None
    }

    /// Looks at some keys of a database and keeps those that are better than what the pool holds.
    fn sample(&mut self, number: usize, database: &Database, score: impl Fn(&Object) -> u64) {
        for _ in 0..self.samples.max(1).min(self.policy.candidates(database)) {
            let Some((key, object)) = self.random_position(database).and_then(|position| database.at(position)) else {
                return;
            };
            let score = score(object);
            let place = self.pool.partition_point(|candidate| candidate.score < score);
            let full = self.pool.len() == POOL;
            if (place == 0 && full) || self.pool.iter().any(|own| own.database == number && own.key == *key) {
                continue;
            }
            let place = if full {
                self.pool.remove(0);
                place - 1
            } else {
                place
            };
            self.pool.insert(place, Candidate { score, database: number, key: key.clone() });
        }
    }

    /// Where a random key of a database stands, or a random one of those with a deadline.
    fn random_position(&mut self, database: &Database) -> Option<usize> {
        if database.is_empty() {
            return None;
        }
        if !self.policy.only_volatile {
            return Some(self.random.index(database.len()));
        }
        let volatile = database.volatile_len();
        if volatile == 0 {
            return None;
        }
        if volatile > FEW_VOLATILE {
            let has_deadline =
                |position: &usize| database.at(*position).is_some_and(|(_, object)| object.expire_at_ms != NEVER);
            let found = (0..MOST_TRIES).map(|_| self.random.index(database.len())).find(has_deadline);
            if found.is_some() {
                return found;
            }
        }
        database.nth_deadline(self.random.index(volatile))
    }
}

/// How good a key is to give up; only the order counts.
fn score(measure: Measure, object: &Object, clock: &AccessClock, now: Time) -> u64 {
    match measure {
        Measure::Age => clock.idle_seconds(object.access, now),
        Measure::Rarity => u64::from(u8::MAX - clock.frequency(object.access, now)),
        Measure::Deadline => u64::MAX - object.expire_at_ms,
        Measure::Chance => 0,
    }
}

impl Keyspace {
    /// Gives up the key that the policy chooses; `false` when there is none to choose.
    pub fn evict_one(&mut self) -> bool {
        let chosen = self.eviction.choose(&self.databases, &self.access, self.now);
        let Some((database, key)) = chosen else { return false };
        let Some(space) = self.databases.get_mut(database) else { return false };
        if space.find(&key).and_then(|position| space.remove_at(position)).is_none() {
            return false;
        }
        self.counters.evicted += 1;
        self.announce(database, &key, Class::Evicted, "evicted");
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::HashSeed;
    use crate::keyspace::{Expiry, Touched};
    use crate::value::{StringValue, Value};

    /// 1000 keys `k0` to `k999` in two databases; every third has a deadline, later for higher numbers; lower numbers
    /// were used last, and more often.
    fn filled(policy: &str) -> Keyspace {
        let mut keyspace = Keyspace::new(HashSeed::new(1), 16, Time(1_700_000_000_000));
        keyspace.access.by_frequency = policy.ends_with("lfu");
        keyspace.eviction.set_policy(Policy::named(policy));
        keyspace.listening = true;
        for number in (0..1000u64).rev() {
            keyspace.set_now(Time(keyspace.now().0 + 1000));
            let expiry = if number % 3 == 0 { Expiry::At(1_800_000_000_000 + number * 1000) } else { Expiry::Clear };
            let value = Value::String(StringValue::new(b"value"));
            let (database, key) = (number as usize % 2, format!("k{number}"));
            keyspace.set(database, key.as_bytes(), value, expiry, Class::String, "set");
            (number..1000).for_each(|_| assert!(keyspace.lookup(database, key.as_bytes()).is_some()));
        }
        keyspace.take_changes();
        keyspace
    }

    /// The numbers of the keys that 200 evictions take, and how many follow.
    fn evicted(policy: &str) -> (Vec<u64>, usize) {
        let mut keyspace = filled(policy);
        let evicted = (0..200).filter(|_| keyspace.evict_one()).count();
        let mut numbers = Vec::new();
        for change in keyspace.take_changes() {
            let crate::keyspace::Change::Key { key, class: Class::Evicted, event: "evicted", .. } = change else {
                panic!("{change:?}")
            };
            numbers.push(String::from_utf8_lossy(&key)[1..].parse().unwrap());
        }
        assert_eq!((numbers.len(), keyspace.counters.evicted), (evicted, evicted as u64));
        (numbers, (0..2000).filter(|_| keyspace.evict_one()).count())
    }

    #[test]
    fn every_policy_takes_what_it_may_and_the_better_ones_first() {
        for policy in ["allkeys-lru", "allkeys-lfu", "allkeys-random"] {
            let (numbers, more) = evicted(policy);
            assert_eq!((numbers.len(), more), (200, 800), "{policy}");
        }
        for policy in ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"] {
            let (numbers, more) = evicted(policy);
            assert!(numbers.iter().all(|number| number % 3 == 0), "{policy} took a key without deadline");
            assert_eq!((numbers.len(), more), (200, 134), "{policy}");
        }
        assert_eq!(evicted("noeviction"), (Vec::new(), 0));
        let mean = |policy: &str| evicted(policy).0.iter().sum::<u64>() / 200;
        // Of a perfect order it would be 900, of none 500.
        assert!(mean("allkeys-lru") > 850, "{}", mean("allkeys-lru"));
        assert!(mean("allkeys-lfu") > 780, "{}", mean("allkeys-lfu"));
        assert!((400..600).contains(&mean("allkeys-random")), "{}", mean("allkeys-random"));
        // Of 334 keys, a perfect order takes the 200 lowest: 300; no order: 500.
        assert!(mean("volatile-ttl") < 360, "{}", mean("volatile-ttl"));
        assert!(mean("volatile-lru") > 640, "{}", mean("volatile-lru"));
    }

    #[test]
    fn a_candidate_that_is_no_more_is_passed_over() {
        let mut keyspace = filled("volatile-ttl");
        assert!(keyspace.evict_one());
        for number in 0..1000 {
            let key = format!("k{number}");
            if number % 2 == 0 {
                keyspace.remove(0, key.as_bytes(), "del");
            } else {
                keyspace.expire(1, key.as_bytes(), None, "persist");
            }
        }
        assert!(!keyspace.evict_one());
        let touch = |value: &mut StringValue, _: &_| (value.len(), Touched::NOTHING);
        assert!(keyspace.update(1, b"k1", touch).is_ok());
    }
}
