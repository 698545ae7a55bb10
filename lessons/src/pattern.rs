//! One line of expected output and whether a printed line meets it.
//!
//! `[..]` stands for any text, `[1..60]` for a whole number in that range (either end may be left out); all else is
//! literal. Knows nothing of commands or replies. Matching takes time proportional to the line's length times the
//! pattern's parts, whatever the pattern: reachable positions are carried along instead of backtracking.

use crate::problem::Problem;
use engine::base::order;

/// More wildcards than any readable line has.
const MAX_PARTS: usize = 64;

/// A line of expected output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinePattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    AnyText,
    Number { least: i64, most: i64 },
}

impl LinePattern {
    /// A pattern as an author writes it.
    pub fn parse(text: &str, line: usize) -> Result<LinePattern, Problem> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('[') {
            literal.push_str(before);
            match wildcard(after, line)? {
                Some((part, remaining)) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(part);
                    rest = remaining;
                }
                None => {
                    literal.push('[');
                    rest = after;
                }
            }
            if parts.len() > MAX_PARTS {
                return Err(Problem::new(line, format!("more than {MAX_PARTS} wildcards on one line")));
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(LinePattern { text: text.to_owned(), parts })
    }

    /// A line in which nothing is a wildcard.
    pub fn literal(text: &str) -> LinePattern {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Literal(text.to_owned())] };
        LinePattern { text: text.to_owned(), parts }
    }

    /// The line as the author wrote it (without a leading escape).
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn has_wildcard(&self) -> bool {
        self.parts.iter().any(|part| !matches!(part, Part::Literal(_)))
    }

    /// Whether a printed line (without its line end) meets this pattern.
    pub fn matches(&self, printed: &str) -> bool {
        let mut reached = Reached::These(vec![0]);
        let mut parts = self.parts.iter().peekable();
        while let Some(part) = parts.next() {
            reached = match (part, &reached) {
                (_, Reached::These(positions)) if positions.is_empty() => return false,
                // The common case, decided without looking at what the wildcard before it took.
                (Part::Literal(literal), Reached::AllFrom(first)) if parts.peek().is_none() => {
                    let start = printed.len().checked_sub(literal.len());
                    return start.is_some_and(|start| start >= *first) && printed.ends_with(literal.as_str());
                }
                _ => part.advance(printed, &reached),
            };
        }
        match reached {
            Reached::These(positions) => positions.contains(&printed.len()),
            Reached::AllFrom(_) => true,
        }
    }
}

/// The byte positions of the printed line that the parts so far can end at.
enum Reached {
    /// Ascending.
    These(Vec<usize>),
    /// Every one from here to the end of the line. Kept apart, so that `[..]` costs nothing on a long line.
    AllFrom(usize),
}

impl Part {
    /// From where the parts before can end, where this part can.
    fn advance(&self, printed: &str, from: &Reached) -> Reached {
        match self {
            Part::AnyText => match from {
                Reached::These(positions) => {
                    positions.first().map_or(Reached::These(Vec::new()), |at| Reached::AllFrom(*at))
                }
                Reached::AllFrom(first) => Reached::AllFrom(*first),
            },
            Part::Literal(literal) => {
                let end = |start: usize| {
                    let is_here = printed.get(start..).is_some_and(|rest| rest.starts_with(literal.as_str()));
                    is_here.then(|| start.saturating_add(literal.len()))
                };
                Reached::These(ends(printed, from, end))
            }
            Part::Number { least, most } => {
                let mut ends = ends(printed, from, |start| number_end(printed, start, *least, *most));
                order::sort(&mut ends);
                ends.dedup();
                Reached::These(ends)
            }
        }
    }
}

fn ends(printed: &str, from: &Reached, end: impl Fn(usize) -> Option<usize>) -> Vec<usize> {
    match from {
        Reached::These(positions) => positions.iter().filter_map(|start| end(*start)).collect(),
        Reached::AllFrom(first) => (*first..=printed.len()).filter_map(end).collect(),
    }
}

/// Where the whole number that starts at `start` ends, if there is one and it lies in the range.
fn number_end(printed: &str, start: usize, least: i64, most: i64) -> Option<usize> {
    /// Longer than any 64-bit number: keeps a line of a million digits from costing a million times a million.
    const MAX_DIGITS: usize = 20;
    let rest = printed.get(start..)?;
    let sign = usize::from(rest.starts_with('-'));
    let digits = rest.bytes().skip(sign).take(MAX_DIGITS).take_while(u8::is_ascii_digit).count();
    let end = start + sign + digits;
    let number: i64 = printed.get(start..end)?.parse().ok()?;
    (least <= number && number <= most).then_some(end)
}

/// Reads the wildcard after a `[`: the part and what follows its `]`. `None` when it is an ordinary bracket.
fn wildcard(after: &str, line: usize) -> Result<Option<(Part, &str)>, Problem> {
    /// Room for two 64-bit numbers; a line of brackets must not cost its length squared.
    const MAX_INSIDE_BYTES: usize = 48;
    let closing = after.bytes().take(MAX_INSIDE_BYTES).position(|byte| byte == b']');
    let Some((inside, rest)) = closing.and_then(|closing| after.get(..closing).zip(after.get(closing + 1..))) else {
        return Ok(None);
    };
    let Some((least, most)) = inside.split_once("..") else { return Ok(None) };
    if least.is_empty() && most.is_empty() {
        return Ok(Some((Part::AnyText, rest)));
    }
    let is_bound = |bound: &str| bound.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if !is_bound(least) || !is_bound(most) {
        return Ok(None);
    }
    let bound = |text: &str, default: i64| match text {
        "" => Ok(default),
        _ => text.parse().map_err(|_| Problem::new(line, format!("[{inside}] is not a range of 64-bit numbers"))),
    };
    let (least, most) = (bound(least, i64::MIN)?, bound(most, i64::MAX)?);
    if least > most {
        return Err(Problem::new(line, format!("[{inside}] is an empty range: the smaller number comes first")));
    }
    Ok(Some((Part::Number { least, most }, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, printed: &str, expected: bool) {
        let parsed = LinePattern::parse(pattern, 1).unwrap();
        assert_eq!(parsed.matches(printed), expected, "{pattern:?} against {printed:?}");
    }

    #[test]
    fn literal_lines() {
        check("OK", "OK", true);
        check("OK", "OK ", false);
        check("", "", true);
        check("", "x", false);
        check("[a] [ ] ..", "[a] [ ] ..", true);
        check("\"[abc..x]\"", "\"[abc..x]\"", true);
    }

    #[test]
    fn any_text() {
        check("[..]", "", true);
        check("[..]", "anything", true);
        check("id=[..] addr=[..]", "id=3 addr=127.0.0.1:1 addr=2", true);
        check("[..]b[..]b", "abcb", true);
        check("[..]b[..]b", "ab", false);
        check("a[..]é", "a–é", true);
        check("[..]aaa[..]aaa", "aaaaa", false);
        check("[..]aa", "aaa", true);
        check("a[..]a", "a", false);
        check("a[..][..]", "a", true);
        check("[..]é", "é", true);
    }

    #[test]
    fn numbers_in_a_range() {
        check("(integer) [1..60]", "(integer) 60", true);
        check("(integer) [1..60]", "(integer) 61", false);
        check("(integer) [1..60]", "(integer) 0", false);
        check("(integer) [1..60]", "(integer) x", false);
        check("(integer) [..-1]", "(integer) -2", true);
        check("(integer) [100..]", "(integer) 99999999999999999999999999", false);
        check("ttl=[..] n=[5..6],", "ttl=5 n=7, n=6,", true);
        check("[..][5..6]", "15", true);
    }

    #[test]
    fn ranges_that_make_no_sense() {
        assert!(LinePattern::parse("[5..1]", 7).unwrap_err().message.contains("empty range"));
        assert_eq!(LinePattern::parse("[1-..]", 7).unwrap_err().line, 7);
        assert!(LinePattern::parse(&"[..]".repeat(65), 7).unwrap_err().message.contains("wildcards"));
    }

    #[test]
    fn a_hostile_pattern_stays_cheap() {
        let pattern = LinePattern::parse(&"[..]a".repeat(32), 1).unwrap();
        assert!(!pattern.matches(&"a".repeat(20_000).replace('a', "ab")));
    }
}
