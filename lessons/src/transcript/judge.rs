//! What a transcript expects a command to print, and a readable account of how the printed text differs.

use std::fmt;

use crate::pattern::LinePattern;

/// What a command is expected to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The transcript does not say; only an error reply is a surprise.
    Anything,
    /// Nothing: the client waits, and a later `name<` line shows what it gets.
    Waiting,
    Lines(ExpectedLines),
}

/// The lines of a reply, in the order written or, after `@ any-order`, in any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedLines {
    pub(super) lines: Vec<ExpectedLine>,
    pub(super) any_order: bool,
    /// What the author wrote, without escapes.
    pub(super) text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExpectedLine {
    One(LinePattern),
    /// `...`: any number of lines, none included.
    AnyLines,
}

impl ExpectedLine {
    fn text(&self) -> &str {
        match self {
            ExpectedLine::One(pattern) => pattern.text(),
            ExpectedLine::AnyLines => "...",
        }
    }

    fn matches(&self, printed: &str) -> bool {
        match self {
            ExpectedLine::One(pattern) => pattern.matches(printed),
            ExpectedLine::AnyLines => true,
        }
    }
}

impl ExpectedLines {
    /// The lines as the author wrote them, for a page to show.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the lines may come in any order.
    pub fn any_order(&self) -> bool {
        self.any_order
    }
}

/// How a printed reply differs from what was expected. Its `Display` is a few lines for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The first sentence: what kind of difference this is.
    pub summary: String,
    /// Lines with a mark: two spaces for a line that agrees, `- ` for one expected, `+ ` for one printed.
    pub lines: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary)?;
        self.lines.iter().try_for_each(|line| write!(formatter, "\n  {line}"))
    }
}

impl Expected {
    /// Compares with what was printed: `None` when nothing was, because the client waits.
    pub fn judge(&self, printed: Option<&str>) -> Result<(), Difference> {
        match (self, printed) {
            (Expected::Anything | Expected::Waiting, None) => Ok(()),
            (Expected::Anything, Some(printed)) if printed.starts_with("(error)") => {
                Err(Difference { summary: "an error was printed:".to_owned(), lines: marked('+', printed.lines()) })
            }
            (Expected::Anything, Some(_)) => Ok(()),
            (Expected::Waiting, Some(printed)) => Err(Difference {
                summary: "nothing should be printed yet, but this was:".to_owned(),
                lines: marked('+', printed.lines()),
            }),
            (Expected::Lines(expected), None) => Err(Difference {
                summary: "nothing was printed, expected:".to_owned(),
                lines: marked('-', expected.lines.iter().map(ExpectedLine::text)),
            }),
            (Expected::Lines(expected), Some(printed)) => {
                let printed = printed_lines(printed);
                if expected.any_order {
                    in_any_order(&expected.lines, &printed)
                } else {
                    in_order(&expected.lines, &printed)
                }
            }
        }
    }
}

/// The printed lines without their ends (a bulk reply printed raw may carry `\r\n`) and without empty last lines.
fn printed_lines(printed: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = printed.lines().collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// Carries along the set of printed positions each expected line can end at, as [`LinePattern::matches`] does.
fn in_order(expected: &[ExpectedLine], printed: &[&str]) -> Result<(), Difference> {
    let empty_at_end = expected.iter().rev().take_while(|line| line.text().is_empty()).count();
    let (expected, _) = expected.split_at_checked(expected.len() - empty_at_end).unwrap_or((expected, &[]));
    let mut reached = vec![0];
    for (index, line) in expected.iter().enumerate() {
        let next: Vec<usize> = match line {
            ExpectedLine::AnyLines => (reached.first().copied().unwrap_or(0)..=printed.len()).collect(),
            ExpectedLine::One(pattern) => reached
                .iter()
                .filter(|at| printed.get(**at).is_some_and(|printed| pattern.matches(printed)))
                .map(|at| at + 1)
                .collect(),
        };
        if next.is_empty() {
            return Err(difference_at(expected, printed, index, reached.first().copied().unwrap_or(0)));
        }
        reached = next;
    }
    match reached.contains(&printed.len()) {
        true => Ok(()),
        false => Err(difference_at(expected, printed, expected.len(), reached.last().copied().unwrap_or(0))),
    }
}

/// Expected lines up to `index` were met by the printed ones up to `at`; what follows in both does not agree.
fn difference_at(expected: &[ExpectedLine], printed: &[&str], index: usize, at: usize) -> Difference {
    const AGREEING_SHOWN: usize = 3;
    const DIFFERING_SHOWN: usize = 12;
    let mut lines = Vec::new();
    let agreeing: Vec<&str> = printed.iter().take(at).rev().take(AGREEING_SHOWN).copied().collect();
    lines.extend(agreeing.iter().rev().map(|line| format!("  {line}")));
    lines.extend(clipped('-', expected.iter().skip(index).map(ExpectedLine::text), DIFFERING_SHOWN));
    lines.extend(clipped('+', printed.iter().skip(at).copied(), DIFFERING_SHOWN));
    let summary = match (expected.len() > index, printed.len() > at) {
        (true, false) => "the reply ends too early (- is still missing):".to_owned(),
        (false, true) => "the reply goes on (+ is too much):".to_owned(),
        _ => "the reply differs (- expected, + printed):".to_owned(),
    };
    Difference { summary, lines }
}

fn clipped<'a>(mark: char, lines: impl Iterator<Item = &'a str>, most: usize) -> Vec<String> {
    let all = marked(mark, lines);
    let left_out = all.len().saturating_sub(most);
    let mut shown: Vec<String> = all.into_iter().take(most).collect();
    if left_out > 0 {
        shown.push(format!("{mark} ({left_out} more)"));
    }
    shown
}

fn marked<'a>(mark: char, lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    lines.map(|line| format!("{mark} {line}")).collect()
}

/// Compares as bags of lines without the numbers redis-cli puts before the elements of an aggregate.
/// Lines without wildcards take their printed line first; the others then take the first that fits.
fn in_any_order(expected: &[ExpectedLine], printed: &[&str]) -> Result<(), Difference> {
    let mut left: Vec<&str> = printed.iter().map(|line| without_number(line)).collect();
    let mut missing = Vec::new();
    let (mut plain, wild): (Vec<_>, Vec<_>) = expected.iter().partition(|line| match line {
        ExpectedLine::One(pattern) => !pattern.has_wildcard(),
        ExpectedLine::AnyLines => false,
    });
    plain.extend(wild);
    for line in plain {
        match left.iter().position(|printed| line.matches(printed)) {
            Some(found) => drop(left.swap_remove(found)),
            None => missing.push(line.text()),
        }
    }
    if missing.is_empty() && left.is_empty() {
        return Ok(());
    }
    let mut lines = marked('-', missing.into_iter());
    lines.extend(marked('+', left.into_iter()));
    Err(Difference { summary: "the reply differs, whatever the order (- missing, + too much):".to_owned(), lines })
}

/// `2) 1) "a"` becomes `"a"`; also the marks of RESP3's sets and maps (`1~ `, `1# `).
pub(super) fn without_number(line: &str) -> &str {
    let mut rest = line;
    loop {
        let text = rest.trim_start_matches(' ');
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let after = text.split_at_checked(digits).and_then(|(number, after)| (!number.is_empty()).then_some(after));
        let stripped = after.and_then(|after| [") ", "~ ", "# "].iter().find_map(|mark| after.strip_prefix(mark)));
        match stripped {
            Some(stripped) => rest = stripped,
            None => return text,
        }
    }
}
