//! SCAN, and what HSCAN, SSCAN and ZSCAN share with it: cursors, options and the form of the reply.

use crate::base::glob;
use crate::base::numbers::{parse_i64, parse_u64, u64_to_buffer};
use crate::command::{Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::resp::Reply;

family![SCAN];

const SCAN: Command = Command {
    name: "SCAN",
    syntax: "cursor [MATCH pattern] [COUNT count] [TYPE type]@6.0.0",
    summary: "Returns some keys of the database and the cursor to go on with; 0 begins and ends an iteration.",
    since: "2.8.0",
    complexity: "O(1) for a call, O(N) for a whole iteration over N keys",
    group: Group::Generic,
    flags: Flags::READONLY,
    run: Some(scan),
    tips: &["nondeterministic_output", "request_policy:special"],
    ..Command::DEFAULT
};

fn scan(call: &mut Call, mut args: Args) -> Result<(), Error> {
    let cursor = parse_cursor(args.next()?)?;
    let options = Options::parse(args, Subject::Keys)?;
    let keyspace = &*call.keyspace;
    let wanted_type = |name: &str| options.type_name.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name.as_bytes()));
    let mut page = Page::new(call.reply);
    let mut expired = Vec::new();
    let next = keyspace.database(call.client.database).map_or(0, |space| {
        space.scan(cursor, options.count, |key, object| {
            if !options.matches(key) || !wanted_type(object.value.type_name()) {
                return;
            }
            if keyspace.is_expired(object) {
                expired.push(key.clone());
            } else {
                page.reply.bulk(key);
                page.count += 1;
            }
        })
    });
    for key in expired {
        // Whoever comes across it removes it.
        call.keyspace.exists(call.client.database, &key);
    }
    page.send(call.reply, next);
    Ok(())
}

/// What is iterated over: it decides which options there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// SCAN
    Keys,
    /// HSCAN
    Hash,
    /// SSCAN and ZSCAN
    Members,
}

/// The options of a scan.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// `MATCH`; `*` is none.
    pub pattern: Option<&'a [u8]>,
    /// `COUNT`: how many elements to look at, at least 1.
    pub count: usize,
    /// `TYPE`, which only SCAN has.
    pub type_name: Option<&'a [u8]>,
    /// `NOVALUES`, which only HSCAN has.
    pub no_values: bool,
}

impl<'a> Options<'a> {
    /// Reads everything after the cursor. HSCAN, SSCAN and ZSCAN do this last: a bad cursor, a missing key and a
    /// wrong type come before a bad option.
    ///
    /// # Errors
    /// Those of the real server.
    pub fn parse(mut args: Args<'a>, subject: Subject) -> Result<Options<'a>, Error> {
        let mut options = Options { pattern: None, count: 10, type_name: None, no_values: false };
        while !args.is_empty() {
            let has_value = args.remaining() > 1;
            if has_value && args.keyword("COUNT") {
                let count = Some(args.integer()?).filter(|&count| count > 0).ok_or(Error::Syntax)?;
                options.count = usize::try_from(count).unwrap_or(usize::MAX);
            } else if has_value && args.keyword("MATCH") {
                options.pattern = Some(args.next()?).filter(|&pattern| pattern != b"*");
            } else if has_value && subject == Subject::Keys && args.keyword("TYPE") {
                options.type_name = Some(args.next()?);
            } else if args.keyword("NOVALUES") {
                if subject != Subject::Hash {
                    return Err(Error::Static("ERR NOVALUES option can only be used in HSCAN"));
                }
                options.no_values = true;
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }

    /// Whether an element with this name is wanted.
    #[inline]
    pub fn matches(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, name))
    }
}

/// Reads a cursor: a number that is not negative, or else whatever C's `strtoull` makes of the whole text, which
/// skips spaces, takes a sign and leading zeros, and counts negative numbers from 2^64 down.
///
/// # Errors
/// When it is none.
pub fn parse_cursor(text: &[u8]) -> Result<u64, Error> {
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    if let Some(number) = parse_i64(text) {
        return u64::try_from(number).map_err(|_| Error::InvalidCursor);
    }
    let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let spaces = text.iter().take_while(is_space).count();
    let (negative, digits) = match text.get(spaces..) {
        Some([b'-', digits @ ..]) => (true, digits),
        Some([b'+', digits @ ..]) => (false, digits),
        digits => (false, digits.unwrap_or_default()),
    };
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let number = match digits.get(zeros..) {
        Some([]) if zeros > 0 => Some(0),
        significant => parse_u64(significant.unwrap_or_default()),
    };
    let number = number.ok_or(Error::InvalidCursor)?;
    Ok(if negative { number.wrapping_neg() } else { number })
}

/// The elements of one call. The reply begins with the cursor, which is known only after them.
#[derive(Debug)]
pub struct Page {
    /// Where the elements are written.
    pub reply: Reply,
    /// How many were written; a field and its value are two.
    pub count: usize,
}

impl Page {
    /// An empty page in the protocol of `reply`.
    pub fn new(reply: &Reply) -> Page {
        Page { reply: Reply::new(reply.resp3), count: 0 }
    }

    /// Answers with the cursor to go on with, 0 at the end, and the elements. An empty page with cursor 0 is also
    /// what a missing key is answered with.
    pub fn send(self, reply: &mut Reply, next: u64) {
        reply.array(2);
        reply.bulk(&u64_to_buffer(next));
        reply.array(self.count);
        reply.append(&self.reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cursors_as_strtoull_does() {
        let check = |text: &[u8], expected: Option<u64>| assert_eq!(parse_cursor(text).ok(), expected, "{text:?}");
        check(b"0", Some(0));
        check(b"17", Some(17));
        check(b"18446744073709551615", Some(u64::MAX));
        check(b"18446744073709551616", None);
        check(b" \t5", Some(5));
        check(b"+5", Some(5));
        check(b"-0", Some(0));
        check(b"007", Some(7));
        check(b"00", Some(0));
        check(b"5\0x", Some(5));
        check(b"-9223372036854775809", Some(9_223_372_036_854_775_807));
        for text in [&b""[..], b"-1", b"a", b"5 ", b"+", b"-", b" ", b"0x1", b"--5", b"\0"] {
            check(text, None);
        }
    }
}
