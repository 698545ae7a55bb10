//! A cursor over a command's arguments. Knows nothing of what they mean; what is missing or malformed is
//! answered with the error that Redis gives for it.

use super::Error;
use crate::base::numbers::{parse_f64, parse_i64};

/// The arguments that are still to be read: those after the command's name, and its subcommand's.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a>(&'a [&'a [u8]]);

impl<'a> Args<'a> {
    /// All of `arguments`.
    #[inline]
    pub fn new(arguments: &'a [&'a [u8]]) -> Args<'a> {
        Args(arguments)
    }

    /// The next argument. A missing one is a syntax error: the arity has been checked before, so it is an
    /// option that lacks its value.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<&'a [u8], Error> {
        // Not `ok_or`, here and below: the error that is not needed would be made and dropped each time.
        let Some((first, rest)) = self.0.split_first() else { return Err(Error::Syntax) };
        self.0 = rest;
        Ok(first)
    }

    /// The next argument, if there is one.
    #[inline]
    pub fn next_if_any(&mut self) -> Option<&'a [u8]> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// The next argument, which stays the next one.
    #[inline]
    pub fn peek(&self) -> Option<&'a [u8]> {
        self.0.first().copied()
    }

    /// The next `count` arguments.
    pub fn take(&mut self, count: usize) -> Result<&'a [&'a [u8]], Error> {
        let Some((taken, rest)) = self.0.split_at_checked(count) else { return Err(Error::Syntax) };
        self.0 = rest;
        Ok(taken)
    }

    /// All arguments that are left; they stay.
    #[inline]
    pub fn rest(&self) -> &'a [&'a [u8]] {
        self.0
    }

    /// How many arguments are left.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.0.len()
    }

    /// Whether none is left.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next argument as an integer.
    #[inline]
    pub fn integer(&mut self) -> Result<i64, Error> {
        let Some(number) = parse_i64(self.next()?) else { return Err(Error::NotInteger) };
        Ok(number)
    }

    /// The next argument as a double.
    #[inline]
    pub fn float(&mut self) -> Result<f64, Error> {
        let Some(number) = parse_f64(self.next()?) else { return Err(Error::NotFloat) };
        Ok(number)
    }

    /// Takes the next argument when it is `keyword`, in any case.
    #[inline]
    pub fn keyword(&mut self, keyword: &str) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if first.eq_ignore_ascii_case(keyword.as_bytes()) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// A syntax error unless everything was read.
    #[inline]
    pub fn finish(&self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Syntax) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_arguments_in_order() {
        let words: [&[u8]; 6] = [b"key", b"5", b"1.5", b"ex", b"a", b"b"];
        let mut args = Args::new(&words);
        assert_eq!(args.next(), Ok(&b"key"[..]));
        assert_eq!(args.integer(), Ok(5));
        assert_eq!(args.float(), Ok(1.5));
        assert!(!args.keyword("PX"));
        assert!(args.keyword("EX"));
        assert_eq!(args.peek(), Some(&b"a"[..]));
        assert_eq!(args.finish(), Err(Error::Syntax));
        assert_eq!(args.integer(), Err(Error::NotInteger));
        assert_eq!(args.take(2), Err(Error::Syntax));
        assert_eq!(args.take(1).map(<[_]>::len), Ok(1));
        assert_eq!(args.finish(), Ok(()));
        assert_eq!(args.next(), Err(Error::Syntax));
    }
}
