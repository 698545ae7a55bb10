//! Lua 5.1's pattern matching as a machine with a stack of choices of its own.
//!
//! The original matches by recursion in C. Here a [`Search`] keeps everything it needs to go on, so that it can stop
//! whenever its fuel ends and be continued later: a pattern that would take years holds nobody up. The stack is
//! never deeper than the pattern is long, as every item of a pattern is on the way to its end at most once.
//!
//! As in the original, which hands patterns on as C strings, a pattern ends at its first NUL.

use super::class::{at, class_end, fits, in_set};
use std::fmt;

/// How many captures a pattern may have.
pub const MAX_CAPTURES: usize = 32;

/// Why a pattern, or what is asked of its captures, is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    EndsWithPercent,
    MissingBracket,
    MissingBracketAfterFrontier,
    Unbalanced,
    InvalidCaptureIndex,
    InvalidPatternCapture,
    TooManyCaptures,
    UnfinishedCapture,
}

impl fmt::Display for PatternError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            PatternError::EndsWithPercent => "malformed pattern (ends with '%')",
            PatternError::MissingBracket => "malformed pattern (missing ']')",
            PatternError::MissingBracketAfterFrontier => "missing '[' after '%f' in pattern",
            PatternError::Unbalanced => "unbalanced pattern",
            PatternError::InvalidCaptureIndex => "invalid capture index",
            PatternError::InvalidPatternCapture => "invalid pattern capture",
            PatternError::TooManyCaptures => "too many captures",
            PatternError::UnfinishedCapture => "unfinished capture",
        })
    }
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The subject's bytes from `start` up to `end` match.
    Matched {
        start: usize,
        end: usize,
    },
    Failed,
    /// The fuel is used up: run it again, with the same subject and pattern.
    Unfinished,
}

/// What a capture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captured {
    /// The subject's bytes from the first up to the second position.
    Text(usize, usize),
    /// `()`: a position, counted from 1.
    Position(usize),
}

#[derive(Clone, Copy, Debug)]
enum Capture {
    Open(usize),
    Position(usize),
    Closed(usize, usize),
}

/// What to try when the present way fails.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// Go on with this position of the subject at this one of the pattern.
    Other { subject: usize, pattern: usize },
    /// A greedy repetition from `base`: `count` bytes were taken, one fewer may do.
    Fewer { base: usize, count: usize, after: usize },
    /// A lazy repetition: one byte more of the item may do.
    More { subject: usize, item: usize, after: usize },
    /// Forget the last capture that was begun.
    Unbegin,
    /// Open this capture again.
    Reopen(usize),
}

/// A search for a pattern in a subject; both are passed to every call and must not change in between.
#[derive(Clone, Debug)]
pub struct Search {
    /// Where the present attempt began.
    start: usize,
    /// Only the first position is tried.
    anchored: bool,
    /// Where the pattern begins: after the `^` of an anchored one.
    first: usize,
    /// The positions in subject and pattern of an attempt that is under way.
    now: Option<(usize, usize)>,
    captures: Vec<Capture>,
    choices: Vec<Choice>,
}

/// What a step led to.
enum Step {
    Go(usize, usize),
    Fail,
    Done(usize),
}

impl Search {
    /// A search from this position on. `anchors` says whether a leading `^` ties it to that position, as everywhere
    /// but in gmatch, where it stands for itself.
    pub fn new(pattern: &[u8], start: usize, anchors: bool) -> Search {
        let anchored = anchors && pattern.first() == Some(&b'^');
        let first = usize::from(anchored);
        Search { start, anchored, first, now: None, captures: Vec::new(), choices: Vec::new() }
    }

    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// Begins anew from this position.
    pub fn restart(&mut self, start: usize) {
        self.start = start;
        self.now = None;
    }

    /// Looks for the next match; each step takes a unit of fuel.
    pub fn run(&mut self, subject: &[u8], pattern: &[u8], fuel: &mut u64) -> Result<Progress, PatternError> {
        loop {
            let (position, item) = match self.now {
                Some(now) => now,
                None => {
                    if self.start > subject.len() {
                        return Ok(Progress::Failed);
                    }
                    self.captures.clear();
                    self.choices.clear();
                    (self.start, self.first)
                }
            };
            match self.attempt(subject, pattern, position, item, fuel)? {
                Some(Some(end)) => {
                    self.now = None;
                    return Ok(Progress::Matched { start: self.start, end });
                }
                Some(None) => {
                    self.now = None;
                    self.start += 1;
                    if self.anchored {
                        return Ok(Progress::Failed);
                    }
                }
                None => return Ok(Progress::Unfinished),
            }
        }
    }

    /// The number of captures of the last match.
    pub fn capture_count(&self) -> usize {
        self.captures.len()
    }

    /// A capture of the match that [`Search::run`] found; one without captures has the whole match as its first.
    pub fn capture(&self, index: usize, start: usize, end: usize) -> Result<Captured, PatternError> {
        match self.captures.get(index) {
            None if index == 0 => Ok(Captured::Text(start, end)),
            None => Err(PatternError::InvalidCaptureIndex),
            Some(Capture::Open(_)) => Err(PatternError::UnfinishedCapture),
            Some(&Capture::Position(position)) => Ok(Captured::Position(position + 1)),
            Some(&Capture::Closed(start, end)) => Ok(Captured::Text(start, end)),
        }
    }

    /// Matches from one position: `None` when the fuel ends before that is known, otherwise the match's end, if any.
    fn attempt(
        &mut self,
        subject: &[u8],
        pattern: &[u8],
        mut position: usize,
        mut item: usize,
        fuel: &mut u64,
    ) -> Result<Option<Option<usize>>, PatternError> {
        loop {
            if *fuel == 0 {
                self.now = Some((position, item));
                return Ok(None);
            }
            *fuel -= 1;
            match self.step(subject, pattern, position, item, fuel)? {
                Step::Go(next_position, next_item) => (position, item) = (next_position, next_item),
                Step::Done(end) => return Ok(Some(Some(end))),
                Step::Fail => match self.back(subject, pattern) {
                    Some(way) => (position, item) = way,
                    None => return Ok(Some(None)),
                },
            }
        }
    }

    fn step(
        &mut self,
        subject: &[u8],
        pattern: &[u8],
        position: usize,
        item: usize,
        fuel: &mut u64,
    ) -> Result<Step, PatternError> {
        match at(pattern, item) {
            0 => Ok(Step::Done(position)),
            b'(' => {
                if self.captures.len() >= MAX_CAPTURES {
                    return Err(PatternError::TooManyCaptures);
                }
                let is_position = at(pattern, item + 1) == b')';
                self.captures.push(if is_position { Capture::Position(position) } else { Capture::Open(position) });
                self.choices.push(Choice::Unbegin);
                Ok(Step::Go(position, item + 1 + usize::from(is_position)))
            }
            b')' => {
                let open = self.captures.iter().rposition(|capture| matches!(capture, Capture::Open(_)));
                let index = open.ok_or(PatternError::InvalidPatternCapture)?;
                if let Some(capture) = self.captures.get_mut(index)
                    && let Capture::Open(start) = *capture
                {
                    *capture = Capture::Closed(start, position);
                }
                self.choices.push(Choice::Reopen(index));
                Ok(Step::Go(position, item + 1))
            }
            b'$' if at(pattern, item + 1) == 0 => {
                Ok(if position == subject.len() { Step::Done(position) } else { Step::Fail })
            }
            b'%' => match at(pattern, item + 1) {
                b'b' => balance(subject, pattern, position, item, fuel),
                b'f' => frontier(subject, pattern, position, item),
                digit @ b'0'..=b'9' => self.back_reference(subject, digit, position, item, fuel),
                _ => self.single(subject, pattern, position, item, fuel),
            },
            _ => self.single(subject, pattern, position, item, fuel),
        }
    }

    /// An item for one byte, with what may follow it: `?`, `*`, `+` or `-`.
    fn single(
        &mut self,
        subject: &[u8],
        pattern: &[u8],
        position: usize,
        item: usize,
        fuel: &mut u64,
    ) -> Result<Step, PatternError> {
        let end = class_end(pattern, item)?;
        let fits = |position: usize| fits(subject, pattern, position, item, end);
        Ok(match at(pattern, end) {
            b'?' => {
                if fits(position) {
                    self.choices.push(Choice::Other { subject: position, pattern: end + 1 });
                    Step::Go(position + 1, end + 1)
                } else {
                    Step::Go(position, end + 1)
                }
            }
            repeat @ (b'*' | b'+') => {
                let rest = subject.len().saturating_sub(position);
                let count = (0..rest).take_while(|&offset| fits(position + offset)).count();
                *fuel = fuel.saturating_sub(count as u64 / 4);
                let least = usize::from(repeat == b'+');
                if count < least {
                    return Ok(Step::Fail);
                }
                let base = position + least;
                let count = count - least;
                if count > 0 {
                    self.choices.push(Choice::Fewer { base, count, after: end + 1 });
                }
                Step::Go(base + count, end + 1)
            }
            b'-' => {
                self.choices.push(Choice::More { subject: position, item, after: end });
                Step::Go(position, end + 1)
            }
            _ if fits(position) => Step::Go(position + 1, end),
            _ => Step::Fail,
        })
    }

    /// `%1`: the same bytes as a capture's.
    fn back_reference(
        &self,
        subject: &[u8],
        digit: u8,
        position: usize,
        item: usize,
        fuel: &mut u64,
    ) -> Result<Step, PatternError> {
        let index = usize::from(digit - b'0').checked_sub(1);
        match index.and_then(|index| self.captures.get(index)) {
            None | Some(Capture::Open(_)) => Err(PatternError::InvalidCaptureIndex),
            // The original takes the mark of a position capture for a length no subject has.
            Some(Capture::Position(_)) => Ok(Step::Fail),
            Some(&Capture::Closed(start, end)) => {
                let text = subject.get(start..end).unwrap_or_default();
                *fuel = fuel.saturating_sub(text.len() as u64 / 16);
                let same = subject.get(position..).is_some_and(|rest| rest.starts_with(text));
                Ok(if same { Step::Go(position + text.len(), item + 2) } else { Step::Fail })
            }
        }
    }

    /// The next way to try after a failure.
    fn back(&mut self, subject: &[u8], pattern: &[u8]) -> Option<(usize, usize)> {
        loop {
            match self.choices.pop()? {
                Choice::Other { subject, pattern } => return Some((subject, pattern)),
                Choice::Fewer { base, count, after } => {
                    let count = count - 1;
                    if count > 0 {
                        self.choices.push(Choice::Fewer { base, count, after });
                    }
                    return Some((base + count, after));
                }
                Choice::More { subject: position, item, after } => {
                    if fits(subject, pattern, position, item, after) {
                        self.choices.push(Choice::More { subject: position + 1, item, after });
                        return Some((position + 1, after + 1));
                    }
                }
                Choice::Unbegin => {
                    self.captures.pop();
                }
                Choice::Reopen(index) => {
                    if let Some(capture) = self.captures.get_mut(index)
                        && let Capture::Closed(start, _) = *capture
                    {
                        *capture = Capture::Open(start);
                    }
                }
            }
        }
    }
}

/// `%bxy`: from an x to the y that balances it.
fn balance(subject: &[u8], pattern: &[u8], position: usize, item: usize, fuel: &mut u64) -> Result<Step, PatternError> {
    let (open, close) = (at(pattern, item + 2), at(pattern, item + 3));
    if open == 0 || close == 0 {
        return Err(PatternError::Unbalanced);
    }
    if at(subject, position) != open {
        return Ok(Step::Fail);
    }
    let mut depth = 1usize;
    for (offset, &byte) in subject.iter().enumerate().skip(position + 1) {
        if byte == close {
            depth -= 1;
            if depth == 0 {
                *fuel = fuel.saturating_sub((offset - position) as u64 / 8);
                return Ok(Step::Go(offset + 1, item + 4));
            }
        } else if byte == open {
            depth += 1;
        }
    }
    *fuel = fuel.saturating_sub((subject.len() - position) as u64 / 8);
    Ok(Step::Fail)
}

/// `%f[set]`: between a byte outside the set and one inside; both ends of the subject count as NUL.
fn frontier(subject: &[u8], pattern: &[u8], position: usize, item: usize) -> Result<Step, PatternError> {
    let set = item + 2;
    if at(pattern, set) != b'[' {
        return Err(PatternError::MissingBracketAfterFrontier);
    }
    let end = class_end(pattern, set)?;
    let before = position.checked_sub(1).map_or(0, |before| at(subject, before));
    let inside = |byte| in_set(byte, pattern, set, end - 1);
    Ok(if !inside(before) && inside(at(subject, position)) { Step::Go(position, end) } else { Step::Fail })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(subject: &str, pattern: &str) -> String {
        let mut search = Search::new(pattern.as_bytes(), 0, true);
        loop {
            // One step at a time: whatever a search needs to go on must be in it.
            match search.run(subject.as_bytes(), pattern.as_bytes(), &mut 1) {
                Ok(Progress::Unfinished) => {}
                Ok(Progress::Failed) => return "nil".to_owned(),
                Err(error) => return error.to_string(),
                Ok(Progress::Matched { start, end }) => {
                    let mut out = format!("{} {}", start + 1, end);
                    for index in 0..search.capture_count() {
                        match search.capture(index, start, end) {
                            Ok(Captured::Text(start, end)) => out += &format!(" {:?}", &subject[start..end]),
                            Ok(Captured::Position(position)) => out += &format!(" {position}"),
                            Err(error) => return error.to_string(),
                        }
                    }
                    return out;
                }
            }
        }
    }

    /// Each as `print(string.find(...))` of lua5.1 has it.
    #[test]
    fn searches_find_what_lua_finds() {
        for (subject, pattern, expected) in [
            ("hello world", "o w", "5 7"),
            ("hello", "l+", "3 4"),
            ("hello", "l-", "1 0"),
            ("hello", "^l", "nil"),
            ("hello", "(h)(.)(%l+)", "1 5 \"h\" \"e\" \"llo\""),
            ("hello", "()ll()", "3 4 3 5"),
            ("f(a(b)c)d", "%b()", "2 8"),
            ("f(a(b)c", "%b()", "4 6"),
            ("THE (quick) fox", "%f[%a]%a+%f[%A]", "1 3"),
            ("  key = value", "^%s*(%S+)%s*=%s*(%S+)$", "1 13 \"key\" \"value\""),
            ("\"x\" 'y'", "([\"'])(.-)%1", "1 3 \"\\\"\" \"x\""),
            ("abc", "[a-]", "1 1"),
            ("a-c", "[]-]", "2 2"),
            ("a]c", "[^]]", "1 1"),
            ("aaa", "a?a?a?a?a", "1 3"),
            ("aXb", "%u", "2 2"),
            ("", "", "1 0"),
            ("abc", "$", "4 3"),
            ("a$c", "$c", "2 3"),
            ("abc", "%", "malformed pattern (ends with '%')"),
            ("abc", "[a", "malformed pattern (missing ']')"),
            ("abc", "[%", "malformed pattern (missing ']')"),
            ("abc", "%f", "missing '[' after '%f' in pattern"),
            ("abc", "(a", "unfinished capture"),
            ("abc", "a)", "invalid pattern capture"),
            ("abc", "%1", "invalid capture index"),
            ("abc", "(a%1)", "invalid capture index"),
            ("abc", "%b", "unbalanced pattern"),
            ("aa", "()%1", "nil"),
        ] {
            assert_eq!(find(subject, pattern), expected, "{subject:?} {pattern:?}");
        }
        assert_eq!(find("abc", &"()".repeat(33)), "too many captures");
    }

    #[test]
    fn a_hopeless_pattern_ends_with_its_fuel() {
        let subject = "a".repeat(40);
        let pattern = "a-".repeat(20) + "b";
        let mut search = Search::new(pattern.as_bytes(), 0, true);
        let mut fuel = 100_000;
        assert_eq!(search.run(subject.as_bytes(), pattern.as_bytes(), &mut fuel), Ok(Progress::Unfinished));
        assert_eq!(fuel, 0);
        assert!(search.choices.len() <= pattern.len());
    }
}
