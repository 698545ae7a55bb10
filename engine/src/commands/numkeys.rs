//! The arguments that the commands over several keys share: how many keys, which, and how much of them.

use crate::command::{Args, Error};

/// Reads `numkeys key...`, where there must be a key.
///
/// # Errors
/// When the number is not positive; `missing` when there are fewer arguments than it says.
pub fn keys<'a>(args: &mut Args<'a>, missing: Error) -> Result<&'a [&'a [u8]], Error> {
    let positive = Error::Static("ERR numkeys should be greater than 0");
    let count = args.integer().ok().filter(|&count| count > 0).ok_or(positive)?;
    usize::try_from(count).ok().and_then(|count| args.take(count).ok()).ok_or(missing)
}

/// Reads `[COUNT count]` to the end of the arguments; 1 without it.
///
/// # Errors
/// When the count is not positive, and for anything else that stands there.
pub fn count(args: &mut Args) -> Result<usize, Error> {
    let mut count = None;
    while !args.is_empty() {
        if count.is_some() || args.remaining() < 2 || !args.keyword("COUNT") {
            return Err(Error::Syntax);
        }
        let positive = Error::Static("ERR count should be greater than 0");
        let number = args.integer().ok().filter(|&number| number > 0).ok_or(positive)?;
        count = Some(usize::try_from(number).unwrap_or(usize::MAX));
    }
    Ok(count.unwrap_or(1))
}

/// Reads `[LIMIT limit]` to the end of the arguments; 0 and no limit at all mean the same.
///
/// # Errors
/// When the limit is negative, and for anything else that stands there.
pub fn limit(args: &mut Args) -> Result<usize, Error> {
    let mut limit = usize::MAX;
    while !args.is_empty() {
        if args.remaining() < 2 || !args.keyword("LIMIT") {
            return Err(Error::Syntax);
        }
        let negative = Error::Static("ERR LIMIT can't be negative");
        let number = args.integer().ok().and_then(|limit| usize::try_from(limit).ok()).ok_or(negative)?;
        limit = if number == 0 { usize::MAX } else { number };
    }
    Ok(limit)
}
