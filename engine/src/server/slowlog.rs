//! The commands that took long, the latest first.

use std::collections::VecDeque;

use crate::base::{Bytes, Time};

/// The most words that an entry keeps.
const MAX_WORDS: usize = 32;
/// The most bytes of a word that it keeps.
const MAX_WORD_BYTES: usize = 128;

/// One command that took long.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: u64,
    pub time: Time,
    pub micros: u64,
    pub words: Vec<Bytes>,
    pub address: String,
    pub name: Bytes,
}

/// The commands that took long.
#[derive(Debug, Default)]
pub struct SlowLog {
    entries: VecDeque<Entry>,
    next_id: u64,
    /// `slowlog-log-slower-than` in microseconds; `None` logs nothing.
    pub slower_than: Option<u64>,
    /// `slowlog-max-len`
    pub max_len: usize,
}

impl SlowLog {
    /// Whether a command that took so long is to be added.
    #[inline]
    pub fn wants(&self, micros: u64) -> bool {
        self.slower_than.is_some_and(|limit| micros >= limit) && self.max_len > 0
    }

    /// Adds a command; of long ones it keeps the beginning.
    pub fn add(&mut self, words: &[&[u8]], micros: u64, address: &str, name: &Bytes, now: Time) {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let (words, address) = (shortened(words), address.to_string());
        self.entries.push_front(Entry { id, time: now, micros, words, address, name: name.clone() });
        self.entries.truncate(self.max_len);
    }

    /// Forgets all commands; their numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The commands, the latest first.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}

fn shortened(words: &[&[u8]]) -> Vec<Bytes> {
    let kept = if words.len() > MAX_WORDS { MAX_WORDS - 1 } else { words.len() };
    let mut short: Vec<Bytes> = words.iter().take(kept).map(|word| shortened_word(word)).collect();
    if words.len() > kept {
        short.push(Bytes::from(format!("... ({} more arguments)", words.len() - kept).into_bytes()));
    }
    short
}

fn shortened_word(word: &[u8]) -> Bytes {
    match word.split_at_checked(MAX_WORD_BYTES) {
        Some((start, rest)) if !rest.is_empty() => {
            Bytes::from([start, format!("... ({} more bytes)", rest.len()).as_bytes()].concat())
        }
        _ => Bytes::new(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&[u8]]) -> Vec<String> {
        shortened(words).iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }

    #[test]
    fn keeps_the_beginning_of_what_is_long() {
        let words = vec![b"w".as_slice(); 33];
        assert_eq!(shortened(&words[..32]).len(), 32);
        let short = texts(&words);
        assert_eq!((short.len(), short[31].as_str()), (32, "... (2 more arguments)"));
        assert_eq!(texts(&[&[b'x'; 128]]), ["x".repeat(128)]);
        assert_eq!(texts(&[&[b'x'; 130]]), ["x".repeat(128) + "... (2 more bytes)"]);
    }

    #[test]
    fn keeps_the_latest() {
        let mut log = SlowLog { slower_than: Some(5), max_len: 2, ..SlowLog::default() };
        assert!(log.wants(5) && !log.wants(4));
        for micros in [5, 6, 7] {
            log.add(&[b"PING"], micros, "a:1", &Bytes::default(), Time(0));
        }
        assert_eq!(log.iter().map(|entry| (entry.id, entry.micros)).collect::<Vec<_>>(), [(2, 7), (1, 6)]);
        log.clear();
        log.add(&[b"PING"], 8, "a:1", &Bytes::default(), Time(0));
        assert_eq!(log.iter().map(|entry| entry.id).collect::<Vec<_>>(), [3]);
        log.max_len = 0;
        assert!(!log.wants(9));
    }
}
