//! What HRANDFIELD, SRANDMEMBER and ZRANDMEMBER share: how many elements to draw, and whether one may come
//! twice.

use crate::base::Random;
use crate::command::{Args, Error};
use crate::resp::Reply;
use crate::value::sample;

/// A count, and whether values are wanted with the elements.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    count: u64,
    /// A negative count: each draw is from all elements.
    repeated: bool,
    pub with_values: bool,
}

/// The most repeated draws in one call. The real server has no such limit and fills its memory.
const MAX_REPEATED: u64 = 1 << 24;

impl Draws {
    /// Reads `[count [WITHVALUES]]`; `None` when there is no count. `keyword` is empty for a command without it.
    ///
    /// # Errors
    /// Those of the real server, in its order.
    pub fn parse(args: &mut Args, keyword: &str) -> Result<Option<Draws>, Error> {
        if args.is_empty() {
            return Ok(None);
        }
        let count = args.integer()?;
        if count == i64::MIN {
            let text = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
            return Err(Error::Static(text));
        }
        let with_values = !keyword.is_empty() && args.keyword(keyword);
        args.finish()?;
        let repeated = count < 0;
        let count = count.unsigned_abs();
        if (with_values && count > i64::MAX as u64 / 2) || (repeated && count > MAX_REPEATED) {
            return Err(Error::OutOfRange);
        }
        Ok(Some(Draws { count, repeated, with_values }))
    }

    /// The positions drawn among `len` elements.
    pub fn positions(self, random: &mut Random, len: usize) -> Vec<usize> {
        if self.repeated {
            (0..self.count).map(|_| random.index(len)).collect()
        } else {
            sample::distinct(random, usize::try_from(self.count).unwrap_or(usize::MAX), len)
        }
    }

    /// The header of a reply with `count` elements: RESP3 puts each with its value in an array of its own.
    pub fn write_header(self, reply: &mut Reply, count: usize) {
        reply.array(if self.with_values && !reply.resp3 { count.saturating_mul(2) } else { count });
    }

    /// What comes before an element and its value.
    pub fn write_pair_header(self, reply: &mut Reply) {
        if self.with_values && reply.resp3 {
            reply.array(2);
        }
    }
}
