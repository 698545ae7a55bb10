//! Reading an append-only file: commands in the protocol's form, one after another, with the byte offset of
//! each. Knows no command; nothing is run here.

use core::fmt;

/// One command of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where it starts.
    pub offset: usize,
    /// Its words; at least one.
    pub argv: Vec<&'a [u8]>,
}

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AofError {
    /// The file ends inside the command that starts at this offset: the writer was interrupted.
    Truncated { offset: usize },
    /// The bytes at this offset are no command.
    Corrupt { offset: usize },
}

impl fmt::Display for AofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AofError::Truncated { offset } => write!(f, "the file ends inside the command at byte {offset}"),
            AofError::Corrupt { offset } => write!(f, "there is no command at byte {offset}"),
        }
    }
}

impl std::error::Error for AofError {}

/// The commands of an append-only file in order. After an error the iterator ends.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
    offset: usize,
    failed: bool,
}

impl<'a> Records<'a> {
    /// The commands from `offset` on.
    pub fn new(bytes: &'a [u8], offset: usize) -> Records<'a> {
        Records { bytes, offset, failed: false }
    }

    fn read(&mut self) -> Result<Option<Record<'a>>, AofError> {
        let mut rest = self.bytes.get(self.offset..).unwrap_or_default();
        // Timestamps stand in lines of their own.
        while rest.first() == Some(&b'#') {
            let end = rest.iter().position(|&byte| byte == b'\n').ok_or(AofError::Truncated { offset: self.offset })?;
            self.offset += end + 1;
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        if rest.is_empty() {
            return Ok(None);
        }
        let offset = self.offset;
        let count = header(&mut rest, b'*', offset)?;
        if count == 0 {
            return Err(AofError::Corrupt { offset });
        }
        let mut argv = Vec::new();
        for _ in 0..count {
            let length = header(&mut rest, b'$', offset)?;
            let (word, after) = rest.split_at_checked(length).ok_or(AofError::Truncated { offset })?;
            let (end, after) = after.split_at_checked(2).ok_or(AofError::Truncated { offset })?;
            if end != b"\r\n" {
                return Err(AofError::Corrupt { offset });
            }
            argv.push(word);
            rest = after;
        }
        self.offset = self.bytes.len() - rest.len();
        Ok(Some(Record { offset, argv }))
    }
}

/// Reads `*3\r\n` or `$3\r\n` and returns the number.
fn header(rest: &mut &[u8], kind: u8, offset: usize) -> Result<usize, AofError> {
    /// Digits of the greatest length that can be.
    const MAX_DIGITS: usize = 10;
    let (&first, after) = rest.split_first().ok_or(AofError::Truncated { offset })?;
    if first != kind {
        return Err(AofError::Corrupt { offset });
    }
    let Some(digits) = after.iter().position(|&byte| byte == b'\r') else {
        let plausible = after.len() <= MAX_DIGITS && after.iter().all(u8::is_ascii_digit);
        return Err(if plausible { AofError::Truncated { offset } } else { AofError::Corrupt { offset } });
    };
    let (number, end) = after.split_at_checked(digits).ok_or(AofError::Corrupt { offset })?;
    let number = crate::base::numbers::parse_i64(number).and_then(|number| u32::try_from(number).ok());
    let number = number.ok_or(AofError::Corrupt { offset })?;
    match end.split_at_checked(2) {
        Some((b"\r\n", after)) => *rest = after,
        Some(_) => return Err(AofError::Corrupt { offset }),
        None => return Err(AofError::Truncated { offset }),
    }
    Ok(number as usize)
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, AofError>;

    fn next(&mut self) -> Option<Result<Record<'a>, AofError>> {
        if self.failed {
            return None;
        }
        let record = self.read();
        self.failed = record.is_err();
        record.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_commands_and_names_the_offset_of_what_is_wrong() {
        let file = b"*1\r\n$4\r\nPING\r\n#TS:1\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
        let records: Vec<_> = Records::new(file, 0).map(Result::unwrap).collect();
        assert_eq!(records.len(), 2);
        assert_eq!(records[1], Record { offset: 21, argv: vec![b"GET", b"k"] });
        // Every prefix is whole up to a command's end, or truncated; none is taken for corrupt.
        for end in 0..file.len() {
            for record in Records::new(&file[..end], 0) {
                assert!(!matches!(record, Err(AofError::Corrupt { .. })), "{end}");
            }
        }
        let last = |file: &[u8]| Records::new(file, 0).last().unwrap().map(|record| record.offset);
        assert_eq!(last(b"*1\r\n$4\r\nPING\r\nhello\r\n"), Err(AofError::Corrupt { offset: 14 }));
        assert_eq!(last(b"*1\r\n$4\r\nPINGxx"), Err(AofError::Corrupt { offset: 0 }));
        assert_eq!(last(b"*0\r\n"), Err(AofError::Corrupt { offset: 0 }));
        assert_eq!(last(b"*99999999999\r\n"), Err(AofError::Corrupt { offset: 0 }));
        assert_eq!(last(b"*-1\r\n"), Err(AofError::Corrupt { offset: 0 }));
    }
}
