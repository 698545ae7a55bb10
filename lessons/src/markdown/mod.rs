//! The part of Markdown a lesson may use, as a tree that a page renders itself.
//!
//! Headings (`#` to `###`), paragraphs, flat lists, tables, notes (`>`), code fences; inside text `` `code` ``,
//! `*emphasis*`, `**strong**` and links. Anything else is refused with its line, raw HTML above all, so there is
//! nothing to escape or to sanitise later. Knows nothing of Redis or of lessons.
//!
//! Why not a Markdown crate: the smallest build of pulldown-cmark adds 188 KB of wasm (78 KB gzipped, mostly its
//! table of HTML entities), more than a tenth of what page and engine together may weigh; and it accepts what
//! a lesson must refuse.

mod inline;

pub use inline::{Inline, LinkTarget};

use crate::problem::{Problem, quote};

/// Bytes of one file.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
const MAX_BLOCKS: usize = 5_000;
const MAX_TABLE_COLUMNS: usize = 8;
const MAX_FENCE_INFO_BYTES: usize = 64;

/// A run of inline text.
pub type Text = Vec<Inline>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Prose(Prose),
    Fence(Fence),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prose {
    /// `level` is 1 to 3; `id` is made of the heading's words, for links within the page.
    Heading {
        level: u8,
        id: String,
        text: Text,
        line: usize,
    },
    Paragraph(Text),
    List {
        ordered: bool,
        items: Vec<Text>,
    },
    Table {
        header: Vec<Text>,
        rows: Vec<Vec<Text>>,
    },
    /// Paragraphs set apart from the rest.
    Note(Vec<Text>),
}

/// A code fence, not yet understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// What stands after the backticks.
    pub info: String,
    /// The lines between, each with its line end.
    pub text: String,
    /// The line of the opening backticks.
    pub line: usize,
}

impl Fence {
    /// The file's line on which the fence's text begins.
    pub fn text_line(&self) -> usize {
        self.line.saturating_add(1)
    }
}

/// Reads a whole file whose first line is line `first_line`.
pub fn parse(text: &str, first_line: usize) -> Result<Vec<Block>, Problem> {
    if text.len() > MAX_FILE_BYTES {
        return Err(Problem::new(first_line, format!("the file is larger than {MAX_FILE_BYTES} bytes")));
    }
    let mut lines = Lines { rest: text.lines(), number: first_line, peeked: None };
    let mut blocks = Vec::new();
    while let Some((number, line)) = lines.peek() {
        if line.trim().is_empty() {
            lines.next();
            continue;
        }
        if blocks.len() >= MAX_BLOCKS {
            return Err(Problem::new(number, format!("more than {MAX_BLOCKS} blocks in one file")));
        }
        blocks.push(block(&mut lines, number, line)?);
    }
    Ok(blocks)
}

/// Reads one paragraph's text alone, such as a check's hint.
pub fn text(text: &str, line: usize) -> Result<Text, Problem> {
    inline::parse(text.trim(), line)
}

/// The plain words of a text, without marks: for titles, summaries of a page and accessible names.
pub fn plain(text: &[Inline]) -> String {
    let mut words = String::new();
    for inline in text {
        match inline {
            Inline::Text(text) | Inline::Code(text) => words.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => {
                words.push_str(&plain(inner));
            }
        }
    }
    words
}

struct Lines<'a> {
    rest: std::str::Lines<'a>,
    number: usize,
    peeked: Option<&'a str>,
}

impl<'a> Lines<'a> {
    fn peek(&mut self) -> Option<(usize, &'a str)> {
        if self.peeked.is_none() {
            self.peeked = self.rest.next();
        }
        self.peeked.map(|line| (self.number, line))
    }

    fn next(&mut self) -> Option<(usize, &'a str)> {
        let next = self.peek();
        self.peeked = None;
        self.number = self.number.saturating_add(1);
        next
    }

    /// Takes the next line if it is what `accept` makes something of.
    fn next_if<T>(&mut self, accept: impl Fn(&'a str) -> Option<T>) -> Option<(usize, T)> {
        let (number, line) = self.peek()?;
        let accepted = accept(line)?;
        self.next();
        Some((number, accepted))
    }
}

fn block(lines: &mut Lines<'_>, number: usize, line: &str) -> Result<Block, Problem> {
    let prose = match Start::of(line) {
        Start::Fence => return fence(lines).map(Block::Fence),
        Start::Heading => heading(lines),
        Start::Note => note(lines),
        Start::Item { ordered } => list(lines, ordered),
        Start::Table => table(lines),
        Start::Text => paragraph(lines),
        Start::Refused(why) => Err(Problem::new(number, format!("{why}: {}", quote(line)))),
    };
    prose.map(Block::Prose)
}

/// What a line that is not empty begins.
#[derive(PartialEq)]
enum Start {
    Fence,
    Heading,
    Note,
    Item { ordered: bool },
    Table,
    Text,
    Refused(&'static str),
}

impl Start {
    fn of(line: &str) -> Start {
        let is_rule = |mark: u8| line.len() >= 3 && line.trim_end().bytes().all(|byte| byte == mark);
        match line.as_bytes().first() {
            Some(b' ' | b'\t') => Start::Refused("a line outside a list must not begin with a space"),
            Some(b'#') => Start::Heading,
            Some(b'>') => Start::Note,
            Some(b'|') => Start::Table,
            _ if line.starts_with("```") => Start::Fence,
            _ if is_rule(b'-') || is_rule(b'=') || is_rule(b'*') || is_rule(b'_') => {
                Start::Refused("rules and underlined headings are not used in lessons")
            }
            _ if line.starts_with("~~~") => Start::Refused("a code fence is made of backticks"),
            _ if line.starts_with("* ") || line.starts_with("+ ") => Start::Refused("a list item begins with \"- \""),
            _ if line.starts_with("- ") => Start::Item { ordered: false },
            _ if ordered_item(line).is_some() => Start::Item { ordered: true },
            _ => Start::Text,
        }
    }
}

fn ordered_item(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = line.split_at_checked(digits)?;
    if (1..=3).contains(&number.len()) { rest.strip_prefix(". ") } else { None }
}

fn heading(lines: &mut Lines<'_>) -> Result<Prose, Problem> {
    let Some((line, text)) = lines.next() else { return Ok(Prose::Paragraph(Vec::new())) };
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    let words = text.get(level..).and_then(|rest| rest.strip_prefix(' ')).map(str::trim).unwrap_or_default();
    if !(1..=3).contains(&level) || words.is_empty() {
        return Err(Problem::new(line, "a heading is \"# \", \"## \" or \"### \" and its words"));
    }
    let text = inline::parse(words, line)?;
    let id = plain(&text)
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join("-");
    // `level` is at most 3.
    Ok(Prose::Heading { level: u8::try_from(level).unwrap_or(3), id, text, line })
}

fn paragraph(lines: &mut Lines<'_>) -> Result<Prose, Problem> {
    let first = lines.number;
    let text = joined(lines, |line| (Start::of(line) == Start::Text).then_some(line));
    inline::parse(&text, first).map(Prose::Paragraph)
}

/// Takes lines as long as `accept` does and none is empty, and joins them with spaces.
fn joined<'a>(lines: &mut Lines<'a>, accept: impl Fn(&'a str) -> Option<&'a str>) -> String {
    let mut text = String::new();
    while let Some((_, line)) = lines.next_if(|line| accept(line).filter(|line| !line.trim().is_empty())) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(line.trim());
    }
    text
}

fn note(lines: &mut Lines<'_>) -> Result<Prose, Problem> {
    let mut paragraphs = Vec::new();
    loop {
        while lines.next_if(|line| (line.trim_end() == ">").then_some(())).is_some() {}
        let first = lines.number;
        let text = joined(lines, |line| line.strip_prefix("> "));
        if text.is_empty() {
            break;
        }
        paragraphs.push(inline::parse(&text, first)?);
    }
    match (lines.peek(), paragraphs.is_empty()) {
        (Some((number, line)), _) if line.starts_with('>') => {
            Err(Problem::new(number, format!("a line of a note begins with \"> \": {}", quote(line))))
        }
        (_, true) => Err(Problem::new(lines.number, "a note without words")),
        _ => Ok(Prose::Note(paragraphs)),
    }
}

fn list(lines: &mut Lines<'_>, ordered: bool) -> Result<Prose, Problem> {
    let item_text = |line| if ordered { ordered_item(line) } else { str::strip_prefix(line, "- ") };
    let mut items = Vec::new();
    while let Some((number, first)) = lines.next_if(item_text) {
        let more = joined(lines, |line| line.starts_with(' ').then_some(line).filter(|line| !begins_item(line)));
        if let Some((number, line)) = lines.peek().filter(|(_, line)| line.starts_with(' ') && begins_item(line)) {
            return Err(Problem::new(number, format!("a list inside a list is not used in lessons: {}", quote(line))));
        }
        items.push(inline::parse(format!("{first} {more}").trim(), number)?);
    }
    Ok(Prose::List { ordered, items })
}

fn begins_item(line: &str) -> bool {
    let text = line.trim_start();
    text.starts_with("- ") || ordered_item(text).is_some()
}

fn table(lines: &mut Lines<'_>) -> Result<Prose, Problem> {
    let row = |line: &str| line.starts_with('|').then(|| cells(line));
    let first = lines.number;
    let shape = || Problem::new(first, "a table is \"| a | b |\", then \"|---|---|\", then its rows");
    let header = lines.next_if(row).ok_or_else(shape)?.1;
    let rule = lines.next_if(row).ok_or_else(shape)?.1;
    let is_rule = |cell: &String| cell.len() >= 3 && cell.bytes().all(|byte| byte == b'-');
    if !rule.iter().all(is_rule) || rule.len() != header.len() || header.len() > MAX_TABLE_COLUMNS {
        return Err(shape());
    }
    let mut rows = Vec::new();
    while let Some((number, row)) = lines.next_if(row) {
        if row.len() != header.len() {
            let message = format!("this row has {} cells, the table's head has {}", row.len(), header.len());
            return Err(Problem::new(number, message));
        }
        rows.push(parse_cells(&row, number)?);
    }
    Ok(Prose::Table { header: parse_cells(&header, first)?, rows })
}

fn parse_cells(cells: &[String], line: usize) -> Result<Vec<Text>, Problem> {
    cells.iter().map(|cell| inline::parse(cell, line)).collect()
}

/// The cells of `| a | b |`; `\|` is a bar inside a cell.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let inside = line.strip_prefix('|').unwrap_or(line);
    let inside = inside.strip_suffix('|').filter(|rest| !rest.ends_with('\\')).unwrap_or(inside);
    let mut cells = vec![String::new()];
    let mut characters = inside.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, cells.last_mut()) {
            ('\\', Some(cell)) if characters.peek() == Some(&'|') => {
                characters.next();
                cell.push('|');
            }
            ('|', _) => cells.push(String::new()),
            (other, Some(cell)) => cell.push(other),
            (_, None) => {}
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

fn fence(lines: &mut Lines<'_>) -> Result<Fence, Problem> {
    let Some((line, opening)) = lines.next() else { return Err(Problem::new(lines.number, "no fence here")) };
    let marks = opening.bytes().take_while(|byte| *byte == b'`').count();
    let info = opening.get(marks..).unwrap_or_default().trim().to_owned();
    if info.len() > MAX_FENCE_INFO_BYTES || info.contains('`') {
        return Err(Problem::new(line, "what follows the backticks of a code fence is a few words without backticks"));
    }
    let mut text = String::new();
    while let Some((_, inner)) = lines.next() {
        let closing = inner.trim_end();
        if closing.len() >= marks && closing.bytes().all(|byte| byte == b'`') {
            return Ok(Fence { info, text, line });
        }
        text.push_str(inner);
        text.push('\n');
    }
    Err(Problem::new(line, "this code fence is never closed"))
}

#[cfg(test)]
mod tests;
