//! The writer of replies: what the server answers, in RESP2 or RESP3. Knows nothing of clients or commands.
//!
//! A handler says what a reply is (a map, a null, a double); the writer says it in the client's protocol.
//! The buffer holds whole replies at every moment outside an aggregate that is being written.

use crate::base::numbers::{format_f64, i64_to_buffer};

/// What one client's replies may take before they are sent, so that a request of a few bytes (a draw of a million long
/// elements, one long string read a thousand times) cannot take all memory. Redis has no limit for common clients. The
/// longest string there is by default fits, and so does twice this much, while the buffer grows, in a wasm memory.
pub const MAX_BYTES: usize = 768 * 1024 * 1024;

/// The text of a reply that is being written.
#[derive(Clone, Debug)]
pub struct Reply {
    buffer: Vec<u8>,
    /// Whether the client speaks RESP3.
    pub resp3: bool,
    /// The most bytes it holds, see [`MAX_BYTES`].
    limit: usize,
    /// Whether something was left out because of the limit.
    overflowed: bool,
}

impl Default for Reply {
    fn default() -> Reply {
        Reply::new(false)
    }
}

/// A place in a reply: where an aggregate of yet unknown length starts, or what to return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(usize);

impl Reply {
    /// An empty reply for a client of RESP2 or RESP3.
    pub fn new(resp3: bool) -> Reply {
        Reply { buffer: Vec::new(), resp3, limit: MAX_BYTES, overflowed: false }
    }

    /// `+OK`
    #[inline]
    pub fn ok(&mut self) {
        self.buffer.extend_from_slice(b"+OK\r\n");
    }

    /// A status. `text` has no line break.
    pub fn simple(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// A status of bytes; line breaks become spaces.
    pub fn simple_bytes(&mut self, text: &[u8]) {
        let one_line: Vec<u8> =
            text.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect();
        self.line(b'+', &one_line);
    }

    /// An error: its code and text, without the leading `-`. Line breaks at the end go, others become spaces.
    pub fn error(&mut self, text: &[u8]) {
        let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last.saturating_add(1));
        self.buffer.push(b'-');
        let one_line = text.iter().take(end).map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte });
        self.buffer.extend(one_line);
        self.buffer.extend_from_slice(b"\r\n");
    }

    /// An integer.
    #[inline]
    pub fn integer(&mut self, value: i64) {
        self.header(b':', value);
    }

    /// A byte string.
    #[inline]
    pub fn bulk(&mut self, bytes: &[u8]) {
        if !self.fits(bytes) {
            return;
        }
        self.header(b'$', bytes.len() as i64);
        self.buffer.extend_from_slice(bytes);
        self.buffer.extend_from_slice(b"\r\n");
    }

    /// An integer as a byte string.
    pub fn bulk_integer(&mut self, value: i64) {
        self.bulk(&i64_to_buffer(value));
    }

    /// The absence of a value: `$-1`, or `_` in RESP3.
    #[inline]
    pub fn null(&mut self) {
        self.buffer.extend_from_slice(if self.resp3 { b"_\r\n" } else { b"$-1\r\n" });
    }

    /// The absence of an array: `*-1`, or `_` in RESP3.
    pub fn null_array(&mut self) {
        self.buffer.extend_from_slice(if self.resp3 { b"_\r\n" } else { b"*-1\r\n" });
    }

    /// The start of an array; `count` elements follow.
    #[inline]
    pub fn array(&mut self, count: usize) {
        self.header(b'*', count as i64);
    }

    /// The start of a map; `count` pairs follow. RESP2 has it as a flat array.
    pub fn map(&mut self, count: usize) {
        if self.resp3 { self.header(b'%', count as i64) } else { self.array(count.saturating_mul(2)) }
    }

    /// The start of a set; `count` elements follow. RESP2 has it as an array.
    pub fn set(&mut self, count: usize) {
        self.header(if self.resp3 { b'~' } else { b'*' }, count as i64);
    }

    /// The start of a pushed message; `count` elements follow. RESP2 has it as an array.
    pub fn push(&mut self, count: usize) {
        self.header(if self.resp3 { b'>' } else { b'*' }, count as i64);
    }

    /// The start of an attribute of the reply that follows it; `count` pairs follow. Only for RESP3.
    pub fn attribute(&mut self, count: usize) {
        self.header(b'|', count as i64);
    }

    /// A number with a fraction; in RESP2 a byte string.
    pub fn double(&mut self, value: f64) {
        let text = format_f64(value);
        if self.resp3 { self.line(b',', &text) } else { self.bulk(&text) }
    }

    /// True or false; in RESP2 1 or 0.
    pub fn boolean(&mut self, value: bool) {
        self.buffer.extend_from_slice(match (self.resp3, value) {
            (true, true) => b"#t\r\n",
            (true, false) => b"#f\r\n",
            (false, true) => b":1\r\n",
            (false, false) => b":0\r\n",
        });
    }

    /// A text with its format, three characters such as `txt`; in RESP2 a byte string.
    pub fn verbatim(&mut self, format: &[u8; 3], bytes: &[u8]) {
        if !self.resp3 {
            return self.bulk(bytes);
        }
        if !self.fits(bytes) {
            return;
        }
        self.header(b'=', bytes.len().saturating_add(4) as i64);
        self.buffer.extend_from_slice(format);
        self.buffer.push(b':');
        self.buffer.extend_from_slice(bytes);
        self.buffer.extend_from_slice(b"\r\n");
    }

    /// An integer beyond 64 bits, as its digits; in RESP2 a byte string.
    pub fn big_number(&mut self, digits: &[u8]) {
        if self.resp3 { self.line(b'(', digits) } else { self.bulk(digits) }
    }

    /// Bytes that are a reply already.
    pub fn raw(&mut self, reply: &[u8]) {
        if !self.fits(reply) {
            return;
        }
        self.buffer.extend_from_slice(reply);
    }

    /// Elements that were written apart, because what stands before them was not known yet.
    pub fn append(&mut self, elements: &Reply) {
        self.overflowed |= elements.overflowed;
        self.raw(&elements.buffer);
    }

    /// Starts an aggregate whose length is known only at its end, which one of the `finish_` calls marks.
    /// Aggregates that are open at the same time are finished innermost first.
    pub fn defer(&mut self) -> Mark {
        Mark(self.buffer.len())
    }

    /// Makes what was written since `start` an array of `count` elements.
    pub fn finish_array(&mut self, start: Mark, count: usize) {
        self.finish(start, b'*', count);
    }

    /// Makes what was written since `start` a map of `count` pairs.
    pub fn finish_map(&mut self, start: Mark, count: usize) {
        if self.resp3 { self.finish(start, b'%', count) } else { self.finish(start, b'*', count.saturating_mul(2)) }
    }

    /// Makes what was written since `start` a set of `count` elements.
    pub fn finish_set(&mut self, start: Mark, count: usize) {
        self.finish(start, if self.resp3 { b'~' } else { b'*' }, count);
    }

    /// Whether something was left out since the last call because the limit was reached. What was written is no reply
    /// then: the caller replaces it by an error.
    #[inline]
    pub fn take_overflow(&mut self) -> bool {
        core::mem::take(&mut self.overflowed)
    }

    /// Whether something was left out already, so that to go on writing is of no use.
    #[inline]
    pub fn has_overflowed(&self) -> bool {
        self.overflowed
    }

    /// Where the reply stands now, for [`Reply::truncate`].
    pub fn mark(&self) -> Mark {
        Mark(self.buffer.len())
    }

    /// Forgets what was written since `mark`.
    pub fn truncate(&mut self, mark: Mark) {
        self.buffer.truncate(mark.0);
    }

    /// What was written since `mark`.
    pub fn since(&self, mark: Mark) -> &[u8] {
        self.buffer.get(mark.0..).unwrap_or_default()
    }

    /// Bytes written.
    #[inline]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Bytes that can be written before the buffer grows.
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Whether nothing was written.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The bytes written.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        &self.buffer
    }

    /// Forgets everything but keeps the room.
    #[inline]
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    /// The bytes written, leaving an empty reply.
    pub fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.buffer)
    }

    /// Whether there is room for so many bytes more; that there was none is remembered.
    #[inline]
    fn fits(&mut self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= self.limit.saturating_sub(self.buffer.len());
        self.overflowed |= !fits;
        fits
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        self.buffer.reserve(text.len().saturating_add(3));
        self.buffer.push(kind);
        self.buffer.extend_from_slice(text);
        self.buffer.extend_from_slice(b"\r\n");
    }

    /// `kind`, a number and the line's end. Most numbers have one digit: lengths, counts and answers.
    #[inline]
    fn header(&mut self, kind: u8, value: i64) {
        match u8::try_from(value) {
            Ok(digit @ 0..=9) => self.buffer.extend_from_slice(&[kind, digit | b'0', b'\r', b'\n']),
            _ => self.long_header(kind, value),
        }
    }

    #[inline(never)]
    fn long_header(&mut self, kind: u8, value: i64) {
        self.line(kind, &i64_to_buffer(value));
    }

    fn finish(&mut self, start: Mark, kind: u8, count: usize) {
        let digits = i64_to_buffer(count as i64);
        let at = start.0.min(self.buffer.len());
        self.buffer.splice(at..at, [kind].iter().chain(digits.as_slice()).chain(b"\r\n").copied());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(resp3: bool, expected: &str, write: impl Fn(&mut Reply)) {
        let mut reply = Reply::new(resp3);
        write(&mut reply);
        assert_eq!(String::from_utf8_lossy(reply.as_slice()), expected);
    }

    #[test]
    fn writes_both_protocols() {
        let both = |resp2: &str, resp3: &str, write: &dyn Fn(&mut Reply)| {
            check(false, resp2, write);
            check(true, resp3, write);
        };
        both("+OK\r\n", "+OK\r\n", &|r| r.ok());
        both("$-1\r\n", "_\r\n", &|r| r.null());
        both("*-1\r\n", "_\r\n", &|r| r.null_array());
        both("*4\r\n", "%2\r\n", &|r| r.map(2));
        both("*2\r\n", "~2\r\n", &|r| r.set(2));
        both("*2\r\n", ">2\r\n", &|r| r.push(2));
        both(":1\r\n", "#t\r\n", &|r| r.boolean(true));
        both("$3\r\n1.5\r\n", ",1.5\r\n", &|r| r.double(1.5));
        both("$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n", &|r| r.verbatim(b"txt", b"hi"));
        both("$3\r\n123\r\n", "(123\r\n", &|r| r.big_number(b"123"));
        both("-ERR a  b\r\n", "-ERR a  b\r\n", &|r| r.error(b"ERR a\r\nb\r\n"));
        both("$12\r\nabcdefghijkl\r\n", "$12\r\nabcdefghijkl\r\n", &|r| r.bulk(b"abcdefghijkl"));
    }

    #[test]
    fn prints_integers() {
        for value in [0, 9, 10, -1, 99, 100, 12345, i64::MAX, i64::MIN] {
            check(false, &format!(":{value}\r\n"), |r| r.integer(value));
            check(false, &format!("${}\r\n{value}\r\n", value.to_string().len()), |r| r.bulk_integer(value));
        }
    }

    #[test]
    fn prints_doubles() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (3.0, "3"),
            (0.1, "0.1"),
            (1e300, "1e+300"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (value, text) in cases {
            check(true, &format!(",{text}\r\n"), |r| r.double(value));
        }
    }

    #[test]
    fn leaves_out_what_is_too_much() {
        let mut reply = Reply { limit: 100, ..Reply::default() };
        reply.bulk(&[b'x'; 50]);
        assert!(!reply.take_overflow());
        let whole = reply.len();
        reply.bulk(&[b'x'; 50]);
        assert_eq!((reply.len(), reply.take_overflow(), reply.take_overflow()), (whole, true, false));
    }

    #[test]
    fn learns_a_length_afterwards() {
        check(false, "*2\r\n:1\r\n*2\r\n:2\r\n:3\r\n", |r| {
            let outer = r.defer();
            r.integer(1);
            let inner = r.defer();
            r.integer(2);
            r.integer(3);
            r.finish_map(inner, 1);
            r.finish_array(outer, 2);
        });
        check(true, "+OK\r\n", |r| {
            r.ok();
            let mark = r.mark();
            r.bulk(b"forget me");
            r.truncate(mark);
        });
    }
}
