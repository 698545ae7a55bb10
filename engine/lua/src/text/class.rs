//! The items of a pattern that stand for one byte: literals, `.`, `%a` and `[sets]`.
//!
//! Both pattern and subject are read as C strings would be: past the end there is a NUL.

use super::pattern::PatternError;

/// The byte at a position; past the end, the NUL that would stand there.
pub(super) fn at(bytes: &[u8], index: usize) -> u8 {
    bytes.get(index).copied().unwrap_or(0)
}

/// Where the item for one byte that begins here ends.
pub(super) fn class_end(pattern: &[u8], item: usize) -> Result<usize, PatternError> {
    match at(pattern, item) {
        b'%' if at(pattern, item + 1) == 0 => Err(PatternError::EndsWithPercent),
        b'%' => Ok(item + 2),
        b'[' => {
            let mut position = item + 1 + usize::from(at(pattern, item + 1) == b'^');
            // A bracket that comes first stands for itself.
            loop {
                match at(pattern, position) {
                    0 => return Err(PatternError::MissingBracket),
                    b'%' if at(pattern, position + 1) != 0 => position += 2,
                    _ => position += 1,
                }
                if at(pattern, position) == b']' {
                    return Ok(position + 1);
                }
            }
        }
        _ => Ok(item + 1),
    }
}

/// Whether the subject's byte at this position is one of the item's, which ends at `end`.
pub(super) fn fits(subject: &[u8], pattern: &[u8], position: usize, item: usize, end: usize) -> bool {
    let Some(&byte) = subject.get(position) else { return false };
    match at(pattern, item) {
        b'.' => true,
        b'%' => in_class(byte, at(pattern, item + 1)),
        b'[' => in_set(byte, pattern, item, end - 1),
        literal => literal == byte,
    }
}

/// `%a` and its like; an upper-case letter stands for the complement, anything else for itself.
fn in_class(byte: u8, class: u8) -> bool {
    let inside = match class.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => super::number::is_space(byte),
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        b'z' => byte == 0,
        _ => return class == byte,
    };
    inside != class.is_ascii_uppercase()
}

/// Whether a byte is in the set from `[` at `start` to `]` at `end`.
pub(super) fn in_set(byte: u8, pattern: &[u8], start: usize, end: usize) -> bool {
    let negated = at(pattern, start + 1) == b'^';
    let mut position = start + 1 + usize::from(negated);
    while position < end {
        let first = at(pattern, position);
        if first == b'%' {
            if in_class(byte, at(pattern, position + 1)) {
                return !negated;
            }
            position += 2;
        } else if at(pattern, position + 1) == b'-' && position + 2 < end {
            if (first..=at(pattern, position + 2)).contains(&byte) {
                return !negated;
            }
            position += 3;
        } else {
            if first == byte {
                return !negated;
            }
            position += 1;
        }
    }
    negated
}
