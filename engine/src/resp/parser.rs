//! The parser of commands, as a server reads them: arrays of byte strings, or lines that a person typed.
//! Knows nothing of what the commands mean; the caller owns the bytes.
//!
//! The arguments of a command are slices of the caller's buffer: nothing is copied and, in the steady state,
//! nothing is allocated. When a command is incomplete the parser remembers how far it came, so that a huge
//! command that arrives in pieces is read once. The caller keeps the unread bytes and appends to them:
//!
//! ```
//! # use engine::resp::{CommandParser, Step};
//! let mut parser = CommandParser::default();
//! let mut buffer = b"*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$2\r\nh".to_vec();
//! let mut arguments = Vec::new();
//! assert!(matches!(parser.next(&buffer, &mut arguments), Ok(Step::Command)));
//! assert_eq!(arguments, [b"PING"]);
//! assert!(matches!(parser.next(&buffer, &mut arguments), Ok(Step::More)));
//! drop(arguments);
//! buffer.drain(..parser.take_consumed());
//! buffer.extend_from_slice(b"i\r\n");
//! let mut arguments = Vec::new();
//! assert!(matches!(parser.next(&buffer, &mut arguments), Ok(Step::Command)));
//! assert_eq!(arguments, [&b"ECHO"[..], b"hi"]);
//! ```

use super::line::split_line;

/// The longest header or inline command, in bytes.
const MAX_LINE_BYTES: usize = 64 * 1024;
/// The most arguments a command can announce.
const MAX_ARGUMENTS: i64 = i32::MAX as i64;
/// What a client that must still authenticate may send.
const MAX_UNAUTHENTICATED_ARGUMENTS: i64 = 10;
const MAX_UNAUTHENTICATED_BULK_BYTES: i64 = 16 * 1024;
/// Room for spans that is kept between commands.
const KEPT_SPANS: usize = 1024;

/// What a client may send.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest argument: `proto-max-bulk-len`.
    pub max_bulk_bytes: i64,
    /// Whether the client has yet to authenticate, which limits it much more.
    pub unauthenticated: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_bulk_bytes: 512 * 1024 * 1024, unauthenticated: false }
    }
}

/// What the parser found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The buffer holds no further complete command.
    More,
    /// A command; its arguments are in the caller's vector, at least one.
    Command,
    /// A line that a person typed; at least one word.
    Inline(Vec<Vec<u8>>),
}

/// Why the bytes are no commands. The connection cannot be used any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    InvalidMultibulkLength,
    UnauthenticatedMultibulkLength,
    TooBigMultibulkCount,
    ExpectedBulk(u8),
    InvalidBulkLength,
    UnauthenticatedBulkLength,
    TooBigBulkCount,
    TooBigInline,
    UnbalancedQuotes,
}

impl ProtocolError {
    /// The error reply, without the leading `-`. Not always text: it can quote a byte of the client's.
    pub fn reply(self) -> Vec<u8> {
        let text = match self {
            ProtocolError::InvalidMultibulkLength => "invalid multibulk length",
            ProtocolError::UnauthenticatedMultibulkLength => "unauthenticated multibulk length",
            ProtocolError::TooBigMultibulkCount => "too big mbulk count string",
            ProtocolError::ExpectedBulk(_) => "expected '$', got '",
            ProtocolError::InvalidBulkLength => "invalid bulk length",
            ProtocolError::UnauthenticatedBulkLength => "unauthenticated bulk length",
            ProtocolError::TooBigBulkCount => "too big bulk count string",
            ProtocolError::TooBigInline => "too big inline request",
            ProtocolError::UnbalancedQuotes => "unbalanced quotes in request",
        };
        let mut reply = b"ERR Protocol error: ".to_vec();
        reply.extend_from_slice(text.as_bytes());
        if let ProtocolError::ExpectedBulk(got) = self {
            reply.extend_from_slice(&[got, b'\'']);
        }
        reply
    }
}

/// How far the reading of a client's bytes has come.
#[derive(Debug, Default)]
pub struct CommandParser {
    /// Where the command that is being read starts in the buffer; everything before it is done with.
    start: usize,
    /// What is read next, counted from `start`, as all positions below.
    position: usize,
    /// Bytes from `position` on that were searched for a line's end without finding one.
    searched: usize,
    /// Arguments of the command that are still to come.
    remaining: usize,
    /// The length of the argument whose bytes come next.
    bulk_bytes: Option<usize>,
    /// The arguments read so far: start and length.
    spans: Vec<(usize, usize)>,
    pub limits: Limits,
}

impl CommandParser {
    /// Reads on in `buffer`: the same bytes as in the last call, less those that [`CommandParser::take_consumed`]
    /// told the caller to drop, and with new ones at the end. For a [`Step::Command`], `arguments` holds its arguments.
    #[inline]
    pub fn next<'b>(&mut self, buffer: &'b [u8], arguments: &mut Vec<&'b [u8]>) -> Result<Step, ProtocolError> {
        arguments.clear();
        loop {
            let command = buffer.get(self.start..).unwrap_or_default();
            if self.remaining == 0 {
                if self.read_whole(command, arguments) {
                    return Ok(Step::Command);
                }
                match command {
                    [] => return Ok(Step::More),
                    [b'*', ..] => {
                        if !self.read_count(command)? {
                            return Ok(Step::More);
                        }
                    }
                    _ => match self.read_inline(command)? {
                        None => return Ok(Step::More),
                        Some(words) if words.is_empty() => continue,
                        Some(words) => return Ok(Step::Inline(words)),
                    },
                }
                if self.remaining == 0 {
                    self.finish();
                    continue;
                }
            }
            if !self.read_arguments(command)? {
                return Ok(Step::More);
            }
            let slices = self
                .spans
                .iter()
                .map(|&(start, len)| command.get(start..).and_then(|rest| rest.get(..len)).unwrap_or_default());
            arguments.extend(slices);
            self.finish();
            return Ok(Step::Command);
        }
    }

    /// Reads a command of the usual form that is there from its first byte to its last: fewer than a hundred arguments
    /// of fewer than a hundred bytes each. False when it is not; nothing is read then.
    #[inline]
    fn read_whole<'b>(&mut self, command: &'b [u8], arguments: &mut Vec<&'b [u8]>) -> bool {
        let Some((count, mut rest)) = short_header(command, b'*').filter(|(count, _)| *count > 0) else { return false };
        if self.limits.unauthenticated {
            return false;
        }
        for _ in 0..count {
            let argument = short_header(rest, b'$').and_then(|(bytes, tail)| tail.split_at_checked(bytes));
            let Some((argument, [_, _, after @ ..])) = argument else {
                arguments.clear();
                return false;
            };
            arguments.push(argument);
            rest = after;
        }
        self.start = self.start.saturating_add(command.len().saturating_sub(rest.len()));
        true
    }

    /// How many bytes at the front of the buffer are done with. The caller drops them before the next call.
    pub fn take_consumed(&mut self) -> usize {
        core::mem::take(&mut self.start)
    }

    /// The command that starts at `start` is done with.
    #[inline]
    fn finish(&mut self) {
        self.start = self.start.saturating_add(self.position);
        self.position = 0;
        self.spans.clear();
        if self.spans.capacity() > KEPT_SPANS {
            self.spans = Vec::new();
        }
    }

    /// Reads `*3\r\n`, the number of arguments; false when it is incomplete.
    #[inline]
    fn read_count(&mut self, command: &[u8]) -> Result<bool, ProtocolError> {
        let (count, width) = match command {
            [_, digit @ b'1'..=b'9', b'\r', _, ..] => (digit & 15, 4),
            _ => return self.read_long_count(command),
        };
        if self.limits.unauthenticated {
            return self.read_long_count(command);
        }
        self.remaining = usize::from(count);
        self.position = width;
        self.searched = 0;
        Ok(true)
    }

    #[cold]
    #[inline(never)]
    fn read_long_count(&mut self, command: &[u8]) -> Result<bool, ProtocolError> {
        let Some(line) = self.read_line(command, ProtocolError::TooBigMultibulkCount)? else { return Ok(false) };
        let count = header_number(line).filter(|count| *count <= MAX_ARGUMENTS);
        let count = count.ok_or(ProtocolError::InvalidMultibulkLength)?;
        if count > MAX_UNAUTHENTICATED_ARGUMENTS && self.limits.unauthenticated {
            return Err(ProtocolError::UnauthenticatedMultibulkLength);
        }
        self.remaining = usize::try_from(count).unwrap_or(0);
        Ok(true)
    }

    /// Reads the arguments that are still to come; false when one is incomplete.
    #[inline]
    fn read_arguments(&mut self, command: &[u8]) -> Result<bool, ProtocolError> {
        while self.remaining > 0 {
            let bytes = match self.bulk_bytes {
                Some(bytes) => bytes,
                None => match self.read_bulk_length(command)? {
                    Some(bytes) => bytes,
                    None => return Ok(false),
                },
            };
            // The two bytes after an argument are skipped unread, as Redis does.
            let end = self.position.saturating_add(bytes).saturating_add(2);
            if end > command.len() {
                self.bulk_bytes = Some(bytes);
                return Ok(false);
            }
            self.spans.push((self.position, bytes));
            self.position = end;
            self.bulk_bytes = None;
            self.remaining = self.remaining.saturating_sub(1);
        }
        Ok(true)
    }

    /// Reads `$5\r\n`, the length of an argument.
    #[inline]
    fn read_bulk_length(&mut self, command: &[u8]) -> Result<Option<usize>, ProtocolError> {
        let (bytes, width) = match command.get(self.position..).unwrap_or_default() {
            [b'$', one @ b'0'..=b'9', b'\r', _, ..] => (usize::from(one & 15), 4),
            [b'$', ten @ b'1'..=b'9', one @ b'0'..=b'9', b'\r', _, ..] => {
                (usize::from(ten & 15).wrapping_mul(10).wrapping_add(usize::from(one & 15)), 5)
            }
            _ => return self.read_long_bulk_length(command),
        };
        self.position = self.position.wrapping_add(width);
        self.searched = 0;
        Ok(Some(bytes))
    }

    #[cold]
    #[inline(never)]
    fn read_long_bulk_length(&mut self, command: &[u8]) -> Result<Option<usize>, ProtocolError> {
        let first = command.get(self.position).copied();
        let Some(line) = self.read_line(command, ProtocolError::TooBigBulkCount)? else { return Ok(None) };
        if let Some(other) = first.filter(|first| *first != b'$') {
            return Err(ProtocolError::ExpectedBulk(other));
        }
        let bytes = header_number(line).filter(|bytes| (0..=self.limits.max_bulk_bytes).contains(bytes));
        let bytes = bytes.ok_or(ProtocolError::InvalidBulkLength)?;
        if bytes > MAX_UNAUTHENTICATED_BULK_BYTES && self.limits.unauthenticated {
            return Err(ProtocolError::UnauthenticatedBulkLength);
        }
        Ok(usize::try_from(bytes).ok())
    }

    /// The line at `position` without its end, which is a carriage return and any one byte.
    fn read_line<'c>(&mut self, command: &'c [u8], too_long: ProtocolError) -> Result<Option<&'c [u8]>, ProtocolError> {
        let rest = command.get(self.position..).unwrap_or_default();
        let Some(length) = self.search(rest, b'\r') else {
            return if rest.len() > MAX_LINE_BYTES { Err(too_long) } else { Ok(None) };
        };
        let end = length.saturating_add(2);
        if end > rest.len() {
            return Ok(None);
        }
        self.searched = 0;
        self.position = self.position.saturating_add(end);
        Ok(rest.get(..length))
    }

    /// Reads a line that a person typed. A NUL byte hides the line's end, as it does in Redis.
    #[cold]
    #[inline(never)]
    fn read_inline(&mut self, command: &[u8]) -> Result<Option<Vec<Vec<u8>>>, ProtocolError> {
        let Some(length) = self.search(command, b'\n') else {
            return if command.len() > MAX_LINE_BYTES { Err(ProtocolError::TooBigInline) } else { Ok(None) };
        };
        self.searched = 0;
        self.start = self.start.saturating_add(length).saturating_add(1);
        let line = command.get(..length).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        split_line(line).map(Some).map_err(|_| ProtocolError::UnbalancedQuotes)
    }

    /// Where `end` stands in `rest`, unless a NUL byte stands before it. Does not search the same bytes twice.
    fn search(&mut self, rest: &[u8], end: u8) -> Option<usize> {
        let from = self.searched.min(rest.len());
        let unsearched = rest.get(from..).unwrap_or_default();
        match unsearched.iter().position(|&byte| byte == end || byte == 0) {
            Some(found) if unsearched.get(found) == Some(&end) => Some(from.saturating_add(found)),
            Some(nul) => {
                self.searched = from.saturating_add(nul);
                None
            }
            None => {
                self.searched = rest.len();
                None
            }
        }
    }
}

/// The number of one or two digits that a header line has behind its first byte, and what follows the line.
#[inline]
fn short_header(bytes: &[u8], first: u8) -> Option<(usize, &[u8])> {
    match bytes {
        [begin, one @ b'0'..=b'9', b'\r', _, rest @ ..] if *begin == first => Some((usize::from(one & 15), rest)),
        [begin, ten @ b'1'..=b'9', one @ b'0'..=b'9', b'\r', _, rest @ ..] if *begin == first => {
            Some((usize::from(ten & 15).wrapping_mul(10).wrapping_add(usize::from(one & 15)), rest))
        }
        _ => None,
    }
}

/// The number in a header line, after its first byte: no sign but a minus, no leading zero.
fn header_number(line: &[u8]) -> Option<i64> {
    let digits = line.get(1..)?;
    let magnitude = digits.strip_prefix(b"-").unwrap_or(digits);
    let canonical = match magnitude {
        [b'0'] => digits.len() == 1,
        [b'1'..=b'9', others @ ..] => others.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !canonical {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;

    /// Everything the parser finds when `input` arrives in pieces of at most `piece` bytes.
    fn parse(input: &[u8], piece: usize, limits: Limits) -> (Vec<Vec<Vec<u8>>>, Option<ProtocolError>) {
        let mut parser = CommandParser { limits, ..CommandParser::default() };
        let mut buffer = Vec::new();
        let mut commands = Vec::new();
        for chunk in input.chunks(piece) {
            buffer.extend_from_slice(chunk);
            let mut arguments = Vec::new();
            loop {
                match parser.next(&buffer, &mut arguments) {
                    Ok(Step::More) => break,
                    Ok(Step::Command) => commands.push(arguments.iter().map(|a| a.to_vec()).collect()),
                    Ok(Step::Inline(words)) => commands.push(words),
                    Err(error) => return (commands, Some(error)),
                }
            }
            buffer.drain(..parser.take_consumed());
        }
        (commands, None)
    }

    /// The commands in `input`, one a line, and the error at their end, whatever the pieces it arrives in.
    #[track_caller]
    fn check(input: &[u8], expected: &str) {
        for piece in [1, 2, 3, 7, 64, usize::MAX] {
            let (commands, error) = parse(input, piece, Limits::default());
            let mut shown: Vec<String> = commands
                .iter()
                .map(|c| c.iter().map(|a| a.escape_ascii().to_string()).collect::<Vec<_>>().join(" "))
                .collect();
            shown.extend(error.map(|e| format!("-{}", e.reply().escape_ascii())));
            assert_eq!(shown.join("\n"), expected, "in pieces of {piece}");
        }
    }

    // Recorded from Redis 7.0.15.
    #[test]
    fn reads_what_redis_reads() {
        check(b"", "");
        check(b"*1\r\n$4\r\nPING\r\n", "PING");
        check(
            b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$12\r\n\0\r\n345678901\r\n*1\r\n$4\r\nPING\r\n",
            "SET a \\x00\\r\\n345678901\nPING",
        );
        check(b"*-5\r\n*0\r\n*1\r\n$4\r\nPING\r\n", "PING");
        check(b"*-9223372036854775808\r\nPING\r\n", "PING");
        check(b"*1\r\n$4\r\nPINGxxPING\r\n", "PING\nPING");
        check(b"*1\rX$4\rXPING\r\n", "PING");
        check(b"*1\r\n$0\r\n\r\nPING\r\n", "\nPING");
        check(b"ECHO \"\\x41\\n\"\nPING\n\n\r\nPING x\r\n", "ECHO A\\n\nPING\nPING x");
        check(b"PI\rNG\r\n", "PI NG");
        check(b"\0PING\r\nPING\r\n", "");
        check(b"*12\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n$1\r\n6\r\n$1\r\n7\r\n$1\r\n8\r\n$1\r\n9\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", "1 2 3 4 5 6 7 8 9 a b c");
    }

    #[test]
    fn refuses_what_redis_refuses() {
        let invalid_count = "-ERR Protocol error: invalid multibulk length";
        for input in ["*2147483648\r\n", "*03\r\n", "*+1\r\n", "*-0\r\n", "*\r\n", "*x\r\n", "*1\n$4\nPING\n\r\n"] {
            check(input.as_bytes(), invalid_count);
        }
        let invalid_length = "-ERR Protocol error: invalid bulk length";
        for input in ["*1\r\n$-1\r\n", "*1\r\n$536870913\r\n", "*1\r\n$\r\n", "*1\r\n$03\r\n"] {
            check(input.as_bytes(), invalid_length);
        }
        check(b"*1\r\n$536870912\r\n", "");
        check(b"*2147483647\r\n$1\r\n", "");
        check(b"*1\r\nx\r\n", "-ERR Protocol error: expected \\'$\\', got \\'x\\'");
        check(b"*1\r\n\xff\r\n", "-ERR Protocol error: expected \\'$\\', got \\'\\xff\\'");
        check(b"set \"a\r\n", "-ERR Protocol error: unbalanced quotes in request");
        check(b"PING\r\nPING \"a\"b\r\n", "PING\n-ERR Protocol error: unbalanced quotes in request");
        let long = |prefix: &str, count| [prefix.as_bytes(), &vec![b'1'; count]].concat();
        check(&long("p", 65535), "");
        check(&long("p", 65536), "-ERR Protocol error: too big inline request");
        check(&long("*", 65535), "");
        check(&long("*", 65536), "-ERR Protocol error: too big mbulk count string");
        check(&long("*1\r\n$", 65536), "-ERR Protocol error: too big bulk count string");
    }

    #[test]
    fn limits_those_who_must_authenticate() {
        let limits = Limits { unauthenticated: true, ..Limits::default() };
        let check = |input: &[u8], error| assert_eq!(parse(input, usize::MAX, limits).1, error);
        check(b"*10\r\n", None);
        check(b"*11\r\n", Some(ProtocolError::UnauthenticatedMultibulkLength));
        check(b"*1\r\n$16384\r\n", None);
        check(b"*1\r\n$16385\r\n", Some(ProtocolError::UnauthenticatedBulkLength));
    }

    #[test]
    fn reads_the_same_in_any_pieces_and_never_panics() {
        let mut random = Random::new(11);
        let alphabet: [&[u8]; 16] = [
            b"*",
            b"$",
            b"0",
            b"1",
            b"3",
            b"-",
            b"\r",
            b"\n",
            b"\r\n",
            b"\"",
            b"'",
            b" ",
            b"\\",
            b"x",
            b"\0",
            b"*1\r\n$1\r\nx\r\n",
        ];
        for _ in 0..10_000 {
            let input: Vec<u8> = (0..random.index(40)).flat_map(|_| alphabet[random.index(16)]).copied().collect();
            let whole = parse(&input, usize::MAX, Limits::default());
            for piece in [1, 2, 5] {
                assert_eq!(parse(&input, piece, Limits::default()), whole, "{}", input.escape_ascii());
            }
        }
    }
}
