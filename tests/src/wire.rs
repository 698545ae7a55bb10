//! The protocol's outer form: commands into bytes, and where one reply ends.
//!
//! Written apart from the engine's own parser on purpose: what cuts the real server's replies must not share a
//! mistake with what is being tested.

/// A command: its name and arguments.
pub type Command = Vec<Vec<u8>>;

/// A command from anything that looks like byte strings.
pub fn command<T: AsRef<[u8]>>(arguments: &[T]) -> Command {
    arguments.iter().map(|argument| argument.as_ref().to_vec()).collect()
}

/// The words of `line`, split at spaces only. For commands written in tests, which need no quoting.
pub fn words(line: &str) -> Command {
    line.split_whitespace().map(|word| word.as_bytes().to_vec()).collect()
}

/// Appends `arguments` as a RESP array of bulk strings.
pub fn encode<T: AsRef<[u8]>>(arguments: &[T], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", arguments.len()).as_bytes());
    for argument in arguments {
        let argument = argument.as_ref();
        out.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
        out.extend_from_slice(argument);
        out.extend_from_slice(b"\r\n");
    }
}

/// How many bytes the first reply in `bytes` takes, nested parts included.
/// `Ok(None)`: it is not complete yet. `Err`: these bytes are no reply.
pub fn reply_length(bytes: &[u8]) -> Result<Option<usize>, String> {
    let mut at = 0;
    // Values still to be read before the reply is whole; a counter instead of recursion, so depth costs nothing.
    let mut missing: u64 = 1;
    while missing > 0 {
        let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else { return Ok(None) };
        let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") else { return Ok(None) };
        let header = &rest[1..end];
        let count = || -> Result<i64, String> {
            std::str::from_utf8(header)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| format!("bad length in a reply: {:?}", show(&rest[..end])))
        };
        at += end + 2;
        missing -= 1;
        match rest[0] {
            b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => {}
            b'$' | b'=' | b'!' => {
                let length = count()?;
                if length >= 0 {
                    let length = length as usize;
                    let Some(tail) = bytes.get(at + length..at + length + 2) else { return Ok(None) };
                    if tail != b"\r\n" {
                        return Err(format!("a bulk string of {length} bytes does not end in CR LF"));
                    }
                    at += length + 2;
                }
            }
            b'*' | b'~' | b'>' => missing += count()?.max(0) as u64,
            b'%' => missing += count()?.max(0) as u64 * 2,
            // An attribute stands before the value it belongs to.
            b'|' => missing += count()?.max(0) as u64 * 2 + 1,
            other => return Err(format!("no reply starts with {:?}", char::from(other))),
        }
    }
    Ok(Some(at))
}

/// Bytes as readable text: printable ASCII as it is, the rest escaped as in Rust.
pub fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_where_a_reply_ends() {
        let cases: &[(&[u8], Option<usize>)] = &[
            (b"+OK\r\n+OK\r\n", Some(5)),
            (b"$3\r\na\r\n\r\n", Some(9)),
            (b"$-1\r\n", Some(5)),
            (b"*2\r\n:1\r\n*1\r\n$0\r\n\r\n", Some(18)),
            (b"*-1\r\n", Some(5)),
            (b"%1\r\n+a\r\n_\r\n", Some(11)),
            (b"|1\r\n+a\r\n+b\r\n:7\r\n", Some(16)),
            (b"=5\r\ntxt:x\r\n", Some(11)),
            (b"*2\r\n:1\r\n", None),
            (b"$3\r\nab", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(reply_length(bytes), Ok(*expected), "{}", show(bytes));
        }
        assert!(reply_length(b"hello\r\n").is_err());
        assert!(reply_length(b"$2\r\nabc\r\n").is_err());
    }
}
