//! When and how often keys are used: 24 bits for each, which mean one of two things, as in Redis.
//!
//! By age (LRU): the second of the last use, on a clock that wraps after 194 days. By frequency (LFU): 16 bits for
//! the minute in which the counter was last touched, and 8 for a counter that grows with the logarithm of the uses
//! and falls with time. Which one it is follows from `maxmemory-policy`; a change of policy reinterprets the bits, and
//! what they say becomes right with use.

use crate::base::{HashSeed, Random, Time};

/// The bits of a clock of seconds.
const CLOCK_MASK: u64 = (1 << 24) - 1;
/// The bits of a clock of minutes.
const MINUTES_MASK: u64 = (1 << 16) - 1;
/// The counter of a new key: one that starts at 0 would be evicted before it could be used.
const INITIAL_COUNTER: u8 = 5;

/// When or how often a key was used; see the module's documentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access(u32);

impl Access {
    /// The 24 bits as they are.
    pub fn bits(self) -> u32 {
        self.0
    }
}

/// What a snapshot or a RESTORE says of a key's use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownUse {
    /// Seconds since the last use.
    pub idle_seconds: Option<u64>,
    /// The counter.
    pub frequency: Option<u8>,
}

/// How uses are kept: the settings, and the chance that the logarithm takes.
#[derive(Clone, Debug)]
pub struct AccessClock {
    /// Whether frequency counts and not age.
    pub by_frequency: bool,
    /// `lfu-log-factor`: how many more uses each step of the counter takes.
    pub log_factor: u32,
    /// `lfu-decay-time`: minutes in which the counter falls by 1; 0 is never.
    pub decay_minutes: u32,
    random: Random,
    /// By how much the clock was set back in all. Uses are kept on a clock that never goes back: on one that does, the
    /// keys that were used last would look as if nobody had used them for half a year.
    set_back_ms: u64,
}

impl AccessClock {
    pub fn new(seed: &HashSeed) -> AccessClock {
        AccessClock {
            by_frequency: false,
            log_factor: 10,
            decay_minutes: 1,
            random: Random::new(seed.hash(b"uses of keys")),
            set_back_ms: 0,
        }
    }

    /// Says that the clock went back.
    #[cold]
    pub fn note_set_back(&mut self, by_ms: u64) {
        self.set_back_ms = self.set_back_ms.saturating_add(by_ms);
    }

    /// Says that the clock went ahead again, as far as it had gone back.
    #[cold]
    pub fn note_set_ahead(&mut self, by_ms: u64) {
        self.set_back_ms = self.set_back_ms.saturating_sub(by_ms);
    }

    /// The time on the clock of the uses.
    #[inline]
    fn steady(&self, now: Time) -> Time {
        Time(now.0.saturating_add(self.set_back_ms))
    }

    /// The bits of a new key.
    #[inline]
    pub fn fresh(&self, now: Time) -> Access {
        let now = self.steady(now);
        if self.by_frequency { counted(INITIAL_COUNTER, now) } else { at(now) }
    }

    /// The bits after one more use.
    #[inline]
    pub fn used(&mut self, before: Access, now: Time) -> Access {
        if self.by_frequency { self.counted_once_more(before, now) } else { at(self.steady(now)) }
    }

    fn counted_once_more(&mut self, before: Access, now: Time) -> Access {
        let counter = self.frequency(before, now);
        let above = f64::from(counter.saturating_sub(INITIAL_COUNTER));
        let chance = 1.0 / (above * f64::from(self.log_factor) + 1.0);
        let grows = counter < u8::MAX && self.random.unit() < chance;
        counted(counter.saturating_add(u8::from(grows)), self.steady(now))
    }

    /// The bits of a key whose use is known from elsewhere, as far as the present policy asks for it.
    pub fn known(&self, known: KnownUse, now: Time) -> Access {
        match known {
            KnownUse { frequency: Some(counter), .. } if self.by_frequency => counted(counter, self.steady(now)),
            KnownUse { idle_seconds: Some(idle), .. } if !self.by_frequency => {
                Access((self.steady(now).seconds().wrapping_sub(idle) & CLOCK_MASK) as u32)
            }
            _ => self.fresh(now),
        }
    }

    /// Seconds since the last use. Meaningful by age.
    pub fn idle_seconds(&self, access: Access, now: Time) -> u64 {
        self.steady(now).seconds().wrapping_sub(u64::from(access.0)) & CLOCK_MASK
    }

    /// The counter now. Meaningful by frequency.
    pub fn frequency(&self, access: Access, now: Time) -> u8 {
        let [counter, ..] = access.0.to_le_bytes();
        let minutes = (self.steady(now).seconds() / 60).wrapping_sub(u64::from(access.0 >> 8)) & MINUTES_MASK;
        let steps = minutes.checked_div(u64::from(self.decay_minutes)).unwrap_or(0);
        counter.saturating_sub(u8::try_from(steps).unwrap_or(u8::MAX))
    }
}

fn at(now: Time) -> Access {
    Access((now.seconds() & CLOCK_MASK) as u32)
}

fn counted(counter: u8, now: Time) -> Access {
    Access((((now.seconds() / 60) & MINUTES_MASK) as u32) << 8 | u32::from(counter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(by_frequency: bool) -> AccessClock {
        AccessClock { by_frequency, ..AccessClock::new(&HashSeed::new(7)) }
    }

    #[test]
    fn ages_count_seconds_on_a_clock_that_wraps() {
        let mut clock = clock(false);
        let second = |seconds: u64| Time(seconds * 1000);
        let start = second(1_700_000_000);
        let used = clock.fresh(start);
        assert_eq!(clock.idle_seconds(used, start), 0);
        assert_eq!(clock.idle_seconds(used, second(1_700_000_123)), 123);
        assert_eq!(clock.idle_seconds(used, second(1_700_000_000 + (1 << 24) + 9)), 9);
        let used = clock.used(used, second(1_700_000_500));
        assert_eq!(clock.idle_seconds(used, second(1_700_000_501)), 1);
        let known = KnownUse { idle_seconds: Some(70_000), frequency: Some(9) };
        assert_eq!(clock.idle_seconds(clock.known(known, start), start), 70_000);
        assert_eq!(clock.idle_seconds(clock.known(known, second(5)), second(5)), 70_000);
        assert_eq!(clock.known(KnownUse::default(), start), clock.fresh(start));
    }

    #[test]
    fn a_clock_that_is_set_back_changes_no_age() {
        let (noon, day_ms) = (Time(1_700_000_000_000), 86_400_000);
        let mut ages = clock(false);
        let used = ages.fresh(Time(noon.0 + day_ms));
        ages.note_set_back(day_ms);
        assert_eq!(ages.idle_seconds(used, Time(noon.0 + 7_000)), 7);
        let used = ages.used(used, noon);
        assert_eq!(ages.idle_seconds(used, Time(noon.0 + 3_000)), 3);
        ages.note_set_ahead(day_ms);
        assert_eq!(ages.idle_seconds(used, Time(noon.0 + day_ms + 5_000)), 5);
        let mut counters = clock(true);
        let used = counters.known(KnownUse { frequency: Some(9), ..KnownUse::default() }, Time(noon.0 + day_ms));
        counters.note_set_back(day_ms);
        assert_eq!(counters.frequency(used, Time(noon.0 + 120_000)), 7);
    }

    #[test]
    fn counters_grow_with_the_logarithm_of_the_uses_and_fall_with_time() {
        // Means of many counters after so many uses, from the table in redis.conf: 10 for 100, 18 for 1000, 142 for
        // 100,000 with the factor 10.
        let start = Time(1_700_000_000_000);
        let mut clock = clock(true);
        for (uses, expected) in [(0, 5.0..5.1), (100, 9.0..11.5), (1000, 17.0..20.0), (100_000, 135.0..150.0)] {
            let keys = if uses > 10_000 { 5 } else { 200 };
            let mut sum = 0.0;
            for _ in 0..keys {
                let mut access = clock.fresh(start);
                (0..uses).for_each(|_| access = clock.used(access, start));
                sum += f64::from(clock.frequency(access, start));
            }
            let mean = sum / f64::from(keys);
            assert!(expected.contains(&mean), "{uses} uses: {mean}");
        }
        let access = clock.known(KnownUse { idle_seconds: Some(1), frequency: Some(100) }, start);
        let minutes = |minutes: u64| Time(start.0 + minutes * 60_000);
        assert_eq!(clock.frequency(access, start), 100);
        assert_eq!(clock.frequency(access, minutes(30)), 70);
        assert_eq!(clock.frequency(access, minutes(300)), 0);
        clock.decay_minutes = 10;
        assert_eq!(clock.frequency(access, minutes(30)), 97);
        clock.decay_minutes = 0;
        assert_eq!(clock.frequency(access, minutes(30_000)), 100);
        clock.log_factor = 0;
        let mut access = clock.fresh(start);
        (0..300).for_each(|_| access = clock.used(access, start));
        assert_eq!(clock.frequency(access, start), 255);
    }
}
