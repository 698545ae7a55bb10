//! The writer of replies: what the server answers, in RESP2 or RESP3. Knows nothing of clients or commands.
//!
//! A handler says what a reply is (a map, a null, a double); the writer says it in the client's protocol.
//! The buffer holds whole replies at every moment outside an aggregate that is being written.

/// The text of a reply that is being written.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    buffer: Vec<u8>,
    /// Whether the client speaks RESP3.
    pub resp3: bool,
}

/// A place in a reply: where an aggregate of yet unknown length starts, or what to return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(usize);

impl Reply {
    /// An empty reply for a client of RESP2 or RESP3.
    pub fn new(resp3: bool) -> Reply {
        Reply { buffer: Vec::new(), resp3 }
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
        self.header(b'$', bytes.len() as i64);
        self.buffer.extend_from_slice(bytes);
        self.buffer.extend_from_slice(b"\r\n");
    }

    /// An integer as a byte string.
    pub fn bulk_integer(&mut self, value: i64) {
        let mut digits = [0; DECIMAL];
        self.bulk(decimal(value, &mut digits));
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
        let mut text = Vec::with_capacity(24);
        append_double(&mut text, value);
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
        self.buffer.extend_from_slice(reply);
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
        let mut digits = [0; DECIMAL];
        self.line(kind, decimal(value, &mut digits));
    }

    fn finish(&mut self, start: Mark, kind: u8, count: usize) {
        let mut digits = [0; DECIMAL];
        let digits = decimal(count as i64, &mut digits);
        let at = start.0.min(self.buffer.len());
        self.buffer.splice(at..at, [kind].iter().chain(digits).chain(b"\r\n").copied());
    }
}

/// Room for the digits of any `i64` with its sign.
const DECIMAL: usize = 20;

/// The digits of `value`, written at the end of `room`.
fn decimal(value: i64, room: &mut [u8; DECIMAL]) -> &[u8] {
    let mut rest = value.unsigned_abs();
    let mut used = 0usize;
    for slot in room.iter_mut().rev() {
        *slot = (rest % 10) as u8 | b'0';
        rest /= 10;
        used = used.saturating_add(1);
        if rest == 0 {
            break;
        }
    }
    let mut start = DECIMAL.saturating_sub(used);
    if value < 0 {
        start = start.saturating_sub(1);
        if let Some(slot) = room.get_mut(start) {
            *slot = b'-';
        }
    }
    room.get(start..).unwrap_or_default()
}

/// A double as Redis 7.2 and later print it: the shortest digits that read back as the same number, without
/// an exponent while that stays short.
fn append_double(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        return out.extend_from_slice(b"nan");
    }
    if value.is_infinite() {
        return out.extend_from_slice(if value < 0.0 { b"-inf" } else { b"inf" });
    }
    // Up to 2^62 a whole number prints as an integer.
    let whole = value as i64;
    if value.abs() <= 4_611_686_018_427_387_904.0 && whole as f64 == value && (whole != 0 || value.is_sign_positive()) {
        let mut digits = [0; DECIMAL];
        return out.extend_from_slice(decimal(whole, &mut digits));
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if mantissa.starts_with('-') {
        out.push(b'-');
    }
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let count = digits.len() as i32;
    // The value is `digits` times ten to the power of `scale`.
    let scale = exponent.saturating_sub(count).saturating_add(1);
    if scale >= 0 && exponent < count.saturating_add(7) {
        out.extend_from_slice(&digits);
        out.extend(core::iter::repeat_n(b'0', scale as usize));
    } else if scale < 0 && (scale > -7 || exponent.abs() < 4) {
        if exponent < 0 {
            out.extend_from_slice(b"0.");
            out.extend(core::iter::repeat_n(b'0', exponent.abs().saturating_sub(1) as usize));
            out.extend_from_slice(&digits);
        } else {
            let (before, after) = digits.split_at_checked(exponent.saturating_add(1) as usize).unwrap_or_default();
            out.extend_from_slice(before);
            out.push(b'.');
            out.extend_from_slice(after);
        }
    } else {
        let (first, others) = digits.split_at_checked(1).unwrap_or_default();
        out.extend_from_slice(first);
        if !others.is_empty() {
            out.push(b'.');
            out.extend_from_slice(others);
        }
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        out.extend_from_slice(exponent.unsigned_abs().to_string().as_bytes());
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
            (1e15, "1000000000000000"),
            (4e18, "4000000000000000000"),
            (5e18, "5e+18"),
            (1e20, "1e+20"),
            (1e300, "1e+300"),
            (-1.5e-9, "-1.5e-9"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.000001, "0.000001"),
            (0.0000001, "1e-7"),
            (3.0000000000000004, "3.0000000000000004"),
            (123456.789, "123456.789"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (value, text) in cases {
            check(true, &format!(",{text}\r\n"), |r| r.double(value));
        }
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
