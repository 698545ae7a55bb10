//! The command reference: a page for every command, in one Markdown file for each group of commands
//! (`lessons/reference/string.md`).
//!
//! A file begins with its title (`# Strings`) and a few words on the group. `## SET` begins the page of a command,
//! `### CLIENT KILL` a subcommand's part of its container's page. A page is prose, then examples, and ends with
//! `See also: GET, MSET`. Its fences:
//!
//! | fence | meaning |
//! |---|---|
//! | `redis` | an example to run; it starts on an empty store of its own |
//! | `redis since=7.4` | the same, for what only servers from that version on answer in this way |
//! | none, or any other word | text to show as it is |
//!
//! Facts such as the syntax or the complexity are not written here: they are in the engine's command table. Knows
//! nothing of that table, of files or of a page of the site.

use crate::conformance::{self, Version};
use crate::markdown::{self, Inline, Prose, Text};
use crate::problem::{Problem, quote};
use crate::transcript::{self, Step};

/// What the last paragraph of a page begins with.
const SEE_ALSO: &str = "See also: ";

/// The commands of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub title: String,
    /// What the group is about.
    pub lead: Vec<Prose>,
    pub pages: Vec<Page>,
}

/// What there is to say about one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In capitals, without a container.
    pub name: String,
    /// The heading's line in the file.
    pub line: usize,
    pub blocks: Vec<Block>,
    /// Names of commands, with their container where they have one.
    pub see_also: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Prose(Prose),
    /// Where the part of a subcommand begins: its full name, such as CLIENT KILL.
    Subcommand(String),
    /// Text to show in fixed width.
    Code(String),
    Example(Example),
}

/// Commands to run on an empty store, and what they print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// As the file has it, for another process to parse.
    pub text: String,
    /// The lowest version that answers like this; `None` when all do.
    pub since: Option<Version>,
    pub steps: Vec<Step>,
}

impl Group {
    /// Reads the file of one group.
    pub fn parse(file: &str) -> Result<Group, Problem> {
        let mut group = Group { title: String::new(), lead: Vec::new(), pages: Vec::new() };
        for block in markdown::parse(file, 1)? {
            match block {
                markdown::Block::Prose(Prose::Heading { level: 1, text, .. }) if group.title.is_empty() => {
                    group.title = markdown::plain(&text);
                }
                markdown::Block::Prose(Prose::Heading { level: 1, line, .. }) => {
                    return Err(Problem::new(line, "a file has one title"));
                }
                markdown::Block::Prose(Prose::Heading { level: 2, text, line, .. }) => {
                    let name = name(&text, line)?;
                    group.pages.push(Page { name, line, blocks: Vec::new(), see_also: Vec::new() });
                }
                markdown::Block::Prose(prose) => group.prose(prose)?,
                markdown::Block::Fence(fence) => match group.pages.last_mut() {
                    Some(page) => page.fence(fence)?,
                    None => return Err(Problem::new(fence.line, "an example stands on the page of a command")),
                },
            }
        }
        match group.title.is_empty() {
            true => Err(Problem::new(1, "a file begins with its title, \"# Strings\"")),
            false => Ok(group),
        }
    }

    /// The page of a command or of the container of a subcommand.
    pub fn page(&self, name: &str) -> Option<&Page> {
        let own = name.split(' ').next().unwrap_or_default();
        self.pages.iter().find(|page| page.name.eq_ignore_ascii_case(own))
    }

    fn prose(&mut self, prose: Prose) -> Result<(), Problem> {
        let Some(page) = self.pages.last_mut() else {
            self.lead.push(prose);
            return Ok(());
        };
        match prose {
            Prose::Heading { text, line, .. } => {
                let name = name(&text, line)?;
                if name.split(' ').next() != Some(&page.name) || name == page.name {
                    return Err(Problem::new(line, format!("{} is no subcommand of {}", quote(&name), page.name)));
                }
                page.blocks.push(Block::Subcommand(name));
            }
            Prose::Paragraph(text) => match see_also(&text) {
                Some(names) => page.see_also = names,
                None => page.blocks.push(Block::Prose(Prose::Paragraph(text))),
            },
            other => page.blocks.push(Block::Prose(other)),
        }
        Ok(())
    }
}

impl Page {
    /// What it says on the command itself or, with a subcommand's full name, on that.
    pub fn part<'page>(&'page self, name: &str) -> impl Iterator<Item = &'page Block> + use<'page> {
        let begins = |block: &Block| matches!(block, Block::Subcommand(own) if own.eq_ignore_ascii_case(name));
        let from = self.blocks.iter().position(begins).map_or(0, |place| place.saturating_add(1));
        let rest = self.blocks.get(from..).unwrap_or_default();
        rest.iter().take_while(|block| !matches!(block, Block::Subcommand(_)))
    }

    pub fn examples(&self) -> impl Iterator<Item = &Example> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Example(example) => Some(example),
            _ => None,
        })
    }

    fn fence(&mut self, fence: markdown::Fence) -> Result<(), Problem> {
        let Some(since) = conformance::since(&fence.info, fence.line)? else {
            self.blocks.push(Block::Code(fence.text));
            return Ok(());
        };
        let steps = transcript::parse(&fence.text, fence.text_line())?;
        if steps.is_empty() {
            return Err(Problem::new(fence.line, "there is no command in this example"));
        }
        match steps.iter().find(|step| step.hint.is_some()) {
            Some(step) => return Err(Problem::new(step.line, "an example has no hints")),
            None => self.blocks.push(Block::Example(Example { text: fence.text, since, steps })),
        }
        Ok(())
    }
}

/// A heading that is the name of a command.
fn name(text: &[Inline], line: usize) -> Result<String, Problem> {
    let name = markdown::plain(text);
    let is_word = |word: &str| {
        let of_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        !word.is_empty() && word.bytes().all(of_name)
    };
    match name.split(' ').count() <= 2 && name.split(' ').all(is_word) {
        true => Ok(name),
        false => Err(Problem::new(line, format!("the name of a command is in capitals, not {}", quote(&name)))),
    }
}

/// The names, if this is the paragraph that ends a page.
fn see_also(text: &Text) -> Option<Vec<String>> {
    match text.as_slice() {
        [Inline::Text(text)] => Some(text.strip_prefix(SEE_ALSO)?.split(", ").map(str::to_owned).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
