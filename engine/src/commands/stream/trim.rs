//! What XADD and XTRIM have in common: the words that say how a stream is trimmed.

use crate::command::Error;
use crate::dispatch::Call;
use crate::value::stream::{IdText, Stream, StreamId, Trim};

use super::text::{INVALID_ID, strict_id};

/// The words of XADD up to the ID, and those of XTRIM.
pub struct Options {
    /// The ID of XADD; none is `*`.
    pub id: Option<IdText>,
    /// Whether XADD creates a stream that is not there.
    pub creates: bool,
    pub strategy: Option<Trim>,
    /// `~`: only whole nodes are removed.
    pub whole_nodes: bool,
    /// Where the threshold stands among the words.
    threshold_at: usize,
    /// How many entries may be removed; 0 is no limit.
    limit: u64,
    /// Where the ID of XADD stands; of XTRIM how many words there are.
    pub end: usize,
}

impl Options {
    /// Reads the words after the key, which is the first of `words`.
    pub fn parse(call: &Call, words: &[&[u8]], adds: bool) -> Result<Options, Error> {
        let mut options = Options {
            id: None,
            creates: true,
            strategy: None,
            whole_nodes: false,
            threshold_at: 0,
            limit: 0,
            end: words.len(),
        };
        let mut limit = None;
        let mut at = 1;
        while let Some(&word) = words.get(at) {
            let is = |option: &str| word.eq_ignore_ascii_case(option.as_bytes());
            let more = words.len() - at - 1;
            if adds && word == b"*" {
                options.end = at;
                break;
            } else if (is("MAXLEN") || is("MINID")) && more > 0 {
                if options.strategy.is_some() {
                    return Err(Error::Static(
                        "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
                    ));
                }
                at += 1;
                let operator = words.get(at).copied().unwrap_or_default();
                options.whole_nodes = more >= 2 && operator == b"~";
                at += usize::from(more >= 2 && (operator == b"~" || operator == b"="));
                let threshold = words.get(at).copied().unwrap_or_default();
                options.strategy = Some(if is("MAXLEN") {
                    let most = integer(threshold)?;
                    Trim::MaxLen(at_least_0(most, "ERR The MAXLEN argument must be >= 0.")?)
                } else {
                    Trim::MinId(strict_id(threshold, 0)?)
                });
                options.threshold_at = at;
            } else if is("LIMIT") && more > 0 {
                at += 1;
                let most = integer(words.get(at).copied().unwrap_or_default())?;
                limit = Some(at_least_0(most, "ERR The LIMIT argument must be >= 0.")?);
            } else if adds && is("NOMKSTREAM") {
                options.creates = false;
            } else if adds {
                options.id = Some(IdText::parse(word).ok_or(INVALID_ID)?);
                options.end = at;
                break;
            } else {
                return Err(Error::Syntax);
            }
            at += 1;
        }
        if options.strategy.is_none() && limit.unwrap_or(0) > 0 {
            return Err(Error::Static("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"));
        }
        if options.strategy.is_none() && !adds {
            return Err(Error::Static("ERR syntax error, XTRIM must be called with a trimming strategy"));
        }
        // A journal holds what was trimmed, with the words of the limit that once applied.
        if call.is_replayed() {
            return Ok(options);
        }
        if limit.is_some() && !options.whole_nodes {
            return Err(Error::Static("ERR syntax error, LIMIT cannot be used without the special ~ option"));
        }
        if options.whole_nodes {
            options.limit = limit.unwrap_or_else(|| default_limit(call.keyspace.limits.stream_node_max_entries));
        }
        Ok(options)
    }

    /// Trims a stream and says how many entries went.
    pub fn trim(&self, stream: &mut Stream) -> u64 {
        self.strategy.map_or(0, |strategy| stream.log.trim(strategy, self.whole_nodes, self.limit))
    }

    /// The threshold that leaves exactly what is there now.
    pub fn threshold_reached(&self, stream: &Stream) -> Vec<u8> {
        match self.strategy {
            Some(Trim::MaxLen(_)) if self.whole_nodes => stream.log.len().to_string().into_bytes(),
            Some(Trim::MinId(_)) if self.whole_nodes => stream.log.edge_id().unwrap_or(StreamId::MAX).to_text(),
            _ => Vec::new(),
        }
    }

    /// Has the journal hold what was really trimmed, and which ID the entry got (its place among the words).
    pub fn propagate(
        &self,
        call: &mut Call,
        command: &[u8],
        words: &[&[u8]],
        threshold: Vec<u8>,
        id: Option<(usize, &[u8])>,
    ) {
        if !call.server.journal.on {
            return;
        }
        let mut argv = vec![command];
        argv.extend_from_slice(words);
        let mut put = |at: usize, word| {
            if let Some(slot) = argv.get_mut(at + 1) {
                *slot = word;
            }
        };
        if self.whole_nodes {
            put(self.threshold_at - 1, b"=".as_slice());
            put(self.threshold_at, &threshold);
        }
        if let Some((at, id)) = id {
            put(at, id);
        }
        call.propagate(&argv);
    }
}

fn integer(text: &[u8]) -> Result<i64, Error> {
    crate::base::numbers::parse_i64(text).ok_or(Error::NotInteger)
}

fn at_least_0(number: i64, refusal: &'static str) -> Result<u64, Error> {
    u64::try_from(number).map_err(|_| Error::Static(refusal))
}

/// A hundred nodes, so that no command takes long.
fn default_limit(node_entries: u64) -> u64 {
    const NODES: u64 = 100;
    const MOST: u64 = 1_000_000;
    const OF_NODES_WITHOUT_LIMIT: u64 = 10_000;
    if node_entries == 0 { OF_NODES_WITHOUT_LIMIT } else { node_entries.saturating_mul(NODES).min(MOST) }
}
