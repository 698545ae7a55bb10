//! `notify-keyspace-events`: which events of the keyspace are published.

use crate::keyspace::Class;

/// The chosen classes of events and the channels they go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notify(u16);

const KEYSPACE: u16 = 1 << 0;
const KEYEVENT: u16 = 1 << 1;
const GENERIC: u16 = 1 << 2;
const STRING: u16 = 1 << 3;
const LIST: u16 = 1 << 4;
const SET: u16 = 1 << 5;
const HASH: u16 = 1 << 6;
const ZSET: u16 = 1 << 7;
const EXPIRED: u16 = 1 << 8;
const EVICTED: u16 = 1 << 9;
const STREAM: u16 = 1 << 10;
const MISS: u16 = 1 << 11;
const NEW: u16 = 1 << 12;
const MODULE: u16 = 1 << 13;

/// What `A` stands for: all classes but misses and new keys.
const ALL: u16 = GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

/// In the order in which they are printed.
const LETTERS: [(char, u16); 14] = [
    ('g', GENERIC),
    ('$', STRING),
    ('l', LIST),
    ('s', SET),
    ('h', HASH),
    ('z', ZSET),
    ('x', EXPIRED),
    ('e', EVICTED),
    ('t', STREAM),
    ('d', MODULE),
    ('n', NEW),
    ('K', KEYSPACE),
    ('E', KEYEVENT),
    ('m', MISS),
];

impl Notify {
    /// Reads the letters of the setting.
    pub fn parse(letters: &str) -> Option<Notify> {
        let mut flags = 0;
        for letter in letters.chars() {
            flags |= match letter {
                'A' => ALL,
                _ => LETTERS.iter().find(|(other, _)| *other == letter)?.1,
            };
        }
        Some(Notify(flags))
    }

    /// All letters, `A` for those it stands for.
    pub fn letters(self) -> String {
        let whole = self.0 & ALL == ALL;
        let rest = LETTERS.iter().filter(|(_, flag)| self.0 & flag != 0 && !(whole && flag & ALL != 0));
        whole.then_some('A').into_iter().chain(rest.map(|(letter, _)| *letter)).collect()
    }

    /// The letters as CONFIG GET prints them: beside `A` Redis leaves out the one for new keys, although it knows it.
    pub fn shown(self) -> String {
        let whole = self.0 & ALL == ALL;
        Notify(if whole { self.0 & !NEW } else { self.0 }).letters()
    }

    /// Whether events go to `__keyspace@...` channels.
    pub fn keyspace(self) -> bool {
        self.0 & KEYSPACE != 0
    }

    /// Whether events go to `__keyevent@...` channels.
    pub fn keyevent(self) -> bool {
        self.0 & KEYEVENT != 0
    }

    /// Whether events of a class are published at all.
    pub fn wants(self, class: Class) -> bool {
        let flag = match class {
            Class::Generic => GENERIC,
            Class::String => STRING,
            Class::List => LIST,
            Class::Set => SET,
            Class::Hash => HASH,
            Class::ZSet => ZSET,
            Class::Stream => STREAM,
            Class::Expired => EXPIRED,
            Class::Evicted => EVICTED,
            Class::Miss => MISS,
            Class::New => NEW,
            Class::Quiet => 0,
        };
        self.0 & flag != 0
    }

    /// Whether anything is published.
    #[inline]
    pub fn is_on(self) -> bool {
        self.0 & (KEYSPACE | KEYEVENT) != 0 && self.0 & !(KEYSPACE | KEYEVENT) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_back_in_redis_s_order() {
        for (given, kept) in [("", ""), ("KEA", "AKE"), ("Kx", "xK"), ("g$lshzxetdEn", "AnE"), ("mKE", "KEm")] {
            assert_eq!(Notify::parse(given).unwrap().letters(), kept, "{given}");
        }
        assert_eq!(Notify::parse("AKEn").unwrap().shown(), "AKE");
        assert_eq!(Notify::parse("KQ"), None);
    }

    #[test]
    fn without_a_channel_nothing_is_published() {
        assert!(!Notify::parse("A").unwrap().is_on());
        assert!(!Notify::parse("KE").unwrap().is_on());
        assert!(Notify::parse("Kx").unwrap().is_on());
        assert!(!Notify::parse("Kx").unwrap().wants(Class::Generic));
    }
}
