//! LCS: the longest common subsequence of two strings, as text, as a length or as the ranges that match.

use crate::command::{Access, Args, Error, Flags, Group};
use crate::dispatch::{Call, Command};
use crate::encoding::Digits;
use crate::keyspace::Object;
use crate::resp::Reply;
use crate::value::{StringValue, Value};

pub(super) const LCS: Command = Command {
    name: "LCS",
    syntax: "key1<key> key2<key>#0 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]",
    summary: "Returns the longest sequence of bytes that two strings have in common, in order but with gaps.",
    since: "7.0.0",
    complexity: "O(N*M) for strings of N and M bytes",
    group: Group::String,
    flags: Flags::READONLY,
    access: &[Access::RO_ACCESS],
    run: Some(lcs),
    ..Command::DEFAULT
};

/// What the reply is to be.
#[derive(Default)]
struct Options {
    length: bool,
    ranges: bool,
    with_match_length: bool,
    min_match_length: usize,
}

impl Options {
    fn parse(mut args: Args) -> Result<Options, Error> {
        let mut options = Options::default();
        while !args.is_empty() {
            if args.keyword("IDX") {
                options.ranges = true;
            } else if args.keyword("LEN") {
                options.length = true;
            } else if args.keyword("WITHMATCHLEN") {
                options.with_match_length = true;
            } else if args.remaining() > 1 && args.keyword("MINMATCHLEN") {
                options.min_match_length = usize::try_from(args.integer()?.max(0)).unwrap_or(usize::MAX);
            } else {
                return Err(Error::Syntax);
            }
        }
        match options {
            Options { length: true, ranges: true, .. } => {
                Err(Error::Static("ERR If you want both the length and indexes, please just use IDX."))
            }
            _ => Ok(options),
        }
    }
}

fn lcs(call: &mut Call, mut args: Args) -> Result<(), Error> {
    const NOT_STRINGS: Error = Error::Static("ERR The specified keys must contain string values");
    let keys = [args.next()?, args.next()?];
    let database = call.database();
    // Both are looked up before either is judged.
    let is_other = |object: Option<&Object>| object.is_some_and(|object| !matches!(object.value, Value::String(_)));
    let others = keys.map(|key| is_other(call.keyspace.lookup(database, key)));
    if others.contains(&true) {
        return Err(NOT_STRINGS);
    }
    let options = Options::parse(args)?;
    let empty = StringValue::new(b"");
    let strings = keys.map(|key| match call.keyspace.view::<StringValue>(database, key) {
        Ok(Some(string)) => string,
        _ => &empty,
    });
    let [first, second] = strings;
    let (mut first_digits, mut second_digits) = (Digits::default(), Digits::default());
    let (first, second) = (first.bytes(&mut first_digits), second.bytes(&mut second_digits));
    let table = Table::new(first, second, call.server.max_string_bytes)?;
    if options.length {
        call.reply.integer(i64::from(table.at(first.len(), second.len())));
    } else if options.ranges {
        reply_ranges(call.reply, &table, first, second, &options);
    } else {
        reply_text(call.reply, &table, first, second);
    }
    Ok(())
}

/// The length of the longest common subsequence of every two prefixes: dynamic programming, row by row
/// (Wagner and Fischer 1974).
struct Table {
    lengths: Vec<u32>,
    row_length: usize,
}

impl Table {
    /// Fills the table for two strings. It may take no more than `max_bytes`.
    fn new(first: &[u8], second: &[u8], max_bytes: usize) -> Result<Table, Error> {
        let row_length = second.len().saturating_add(1);
        let size = first.len().saturating_add(1).saturating_mul(row_length);
        if size.saturating_mul(size_of::<u32>()) > max_bytes {
            return Err(Error::Static("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
        }
        let mut lengths: Vec<u32> = Vec::new();
        lengths
            .try_reserve_exact(size)
            .map_err(|_| Error::Static("ERR Insufficient memory, failed allocating transient memory for LCS"))?;
        lengths.resize(row_length, 0);
        let mut row = vec![0; row_length];
        for byte in first {
            let above = lengths.get(lengths.len().saturating_sub(row_length)..).unwrap_or_default();
            let mut left = 0;
            for (((other, corner), up), cell) in
                second.iter().zip(above).zip(above.iter().skip(1)).zip(row.iter_mut().skip(1))
            {
                left = if byte == other { corner.saturating_add(1) } else { left.max(*up) };
                *cell = left;
            }
            lengths.extend_from_slice(&row);
        }
        Ok(Table { lengths, row_length })
    }

    /// The length for the first `first` bytes of one string and the first `second` of the other.
    fn at(&self, first: usize, second: usize) -> u32 {
        self.lengths.get(first.saturating_mul(self.row_length).saturating_add(second)).copied().unwrap_or(0)
    }

    /// Walks back from the ends of both strings and shows every pair of positions that match, last first. Where
    /// there are several longest subsequences this takes the one that Redis takes.
    fn walk(&self, first: &[u8], second: &[u8], mut visit: impl FnMut(usize, usize)) {
        let (mut row, mut column) = (first.len(), second.len());
        while let (Some(above), Some(left)) = (row.checked_sub(1), column.checked_sub(1)) {
            if first.get(above) == second.get(left) {
                visit(above, left);
                (row, column) = (above, left);
            } else if self.at(above, column) > self.at(row, left) {
                row = above;
            } else {
                column = left;
            }
        }
    }
}

fn reply_text(reply: &mut Reply, table: &Table, first: &[u8], second: &[u8]) {
    let mut text = Vec::with_capacity(table.at(first.len(), second.len()) as usize);
    table.walk(first, second, |position, _| text.extend(first.get(position)));
    text.reverse();
    reply.bulk(&text);
}

/// Matching positions that follow each other in both strings.
#[derive(Clone, Copy)]
struct Range {
    first: usize,
    second: usize,
    length: usize,
}

fn reply_ranges(reply: &mut Reply, table: &Table, first: &[u8], second: &[u8], options: &Options) {
    reply.map(2);
    reply.bulk(b"matches");
    let start = reply.defer();
    let mut count = 0;
    let mut current: Option<Range> = None;
    let mut finish = |range: Range| {
        if range.length >= options.min_match_length {
            reply_range(reply, range, options.with_match_length);
            count += 1;
        }
    };
    table.walk(first, second, |first, second| {
        current = match current {
            Some(range) if range.first == first + 1 && range.second == second + 1 => {
                Some(Range { first, second, length: range.length + 1 })
            }
            earlier => {
                earlier.into_iter().for_each(&mut finish);
                Some(Range { first, second, length: 1 })
            }
        };
    });
    current.into_iter().for_each(&mut finish);
    reply.finish_array(start, count);
    reply.bulk(b"len");
    reply.integer(i64::from(table.at(first.len(), second.len())));
}

fn reply_range(reply: &mut Reply, range: Range, with_length: bool) {
    reply.array(if with_length { 3 } else { 2 });
    for start in [range.first, range.second] {
        reply.array(2);
        reply.integer(start as i64);
        reply.integer((start + range.length - 1) as i64);
    }
    if with_length {
        reply.integer(range.length as i64);
    }
}
