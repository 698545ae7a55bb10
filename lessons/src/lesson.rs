//! One lesson: its front matter, its prose and what can be run in it.
//!
//! A file begins with settings between two `---` lines (`title`, `slug`, `summary`, `minutes`, `order`), then
//! Markdown as [`crate::markdown`] takes it. Code fences give it life:
//!
//! | fence | meaning |
//! |---|---|
//! | `redis` | a transcript to run as shown |
//! | `redis setup` | the data the lesson starts from; before every other transcript, not shown |
//! | `hint`, `redis solution`, `redis check` | next to each other: an exercise; hints in the order they are given |
//! | `workload` | traffic in the background, see [`crate::workload`] |
//! | any other word, or none | text to show as it is |
//!
//! A check judges the state of the store: only the commands in it matter, not how the state came about. Each of its
//! commands therefore has its reply and may have a hint (`? ...`). Knows nothing of a server or of a page.

use crate::markdown::{self, Fence, Prose, Text};
use crate::problem::{Problem, quote};
use crate::settings::Settings;
use crate::transcript::{self, Action, Expected, Step};
use crate::workload::Workload;

const MAX_MINUTES: u32 = 120;
const MAX_ORDER: u32 = 999;
const MAX_SLUG_BYTES: usize = 60;
/// As a search engine or a list of lessons shows it on two lines.
const MAX_SUMMARY_CHARACTERS: usize = 200;
const MAX_HINTS: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    pub title: String,
    /// Lower-case words joined by `-`: the last part of the lesson's address.
    pub slug: String,
    /// One plain sentence.
    pub summary: String,
    /// How long it takes to do.
    pub minutes: u32,
    /// Lessons are offered in ascending order.
    pub order: u32,
    /// What the lesson's store holds at the start. Empty when it starts empty.
    pub setup: Vec<Step>,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Prose(Prose),
    /// Text to show in fixed width; `language` may be empty.
    Code {
        language: String,
        text: String,
    },
    /// Commands to run, with the replies they will print.
    Transcript(Vec<Step>),
    Workload(Workload),
    Exercise(Exercise),
}

/// Something to do without being told the commands. Its task is the prose before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercise {
    /// Read-only commands of the main client and what they print once the exercise is solved; run them on a
    /// connection of their own. Their hints are texts that [`markdown::text`] reads.
    pub check: Vec<Step>,
    /// One way to get there.
    pub solution: Vec<Step>,
    /// To be shown one after the other, on demand.
    pub hints: Vec<Text>,
    line: usize,
}

impl Lesson {
    /// Reads one lesson file.
    pub fn parse(file: &str) -> Result<Lesson, Problem> {
        let (mut settings, body, body_line) = front_matter(file)?;
        let title = settings.take("title")?.1.to_owned();
        let slug = slug(settings.take("slug")?)?;
        let (summary_line, summary) = settings.take("summary")?;
        if summary.chars().count() > MAX_SUMMARY_CHARACTERS {
            let message = format!("the summary is longer than {MAX_SUMMARY_CHARACTERS} characters");
            return Err(Problem::new(summary_line, message));
        }
        let minutes = settings.take_number("minutes", 1..=MAX_MINUTES)?;
        let order = settings.take_number("order", 1..=MAX_ORDER)?;
        settings.finish()?;
        let (setup, blocks) = blocks(markdown::parse(body, body_line)?)?;
        Ok(Lesson { title, slug, summary: summary.to_owned(), minutes, order, setup, blocks })
    }

    /// The transcripts to run, in order.
    pub fn transcripts(&self) -> impl Iterator<Item = &[Step]> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Transcript(steps) => Some(steps.as_slice()),
            _ => None,
        })
    }

    /// Whether a command is run in it, by a block, an exercise or its traffic; `name` has a container before a
    /// subcommand.
    pub fn runs(&self, name: &str) -> bool {
        let begins = |line: &str| {
            let mut words = line.split_whitespace();
            name.split(' ').all(|word| words.next().is_some_and(|typed| typed.eq_ignore_ascii_case(word)))
        };
        let in_steps = |steps: &[Step]| {
            steps.iter().any(|step| match &step.action {
                Action::Command(command) => begins(&command.text),
                Action::Fill(fill) => begins(fill.template.text()),
                Action::Listen { .. } | Action::Clock(_) => false,
            })
        };
        self.blocks.iter().any(|block| match block {
            Block::Transcript(steps) => in_steps(steps),
            Block::Exercise(exercise) => in_steps(&exercise.check) || in_steps(&exercise.solution),
            Block::Workload(workload) => workload.commands.iter().any(|command| begins(command.text())),
            Block::Prose(_) | Block::Code { .. } => false,
        })
    }

    pub fn exercises(&self) -> impl Iterator<Item = &Exercise> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Exercise(exercise) => Some(exercise),
            _ => None,
        })
    }
}

/// The settings, the rest of the file and the line on which that begins.
fn front_matter(file: &str) -> Result<(Settings<'_>, &str, usize), Problem> {
    let missing = || Problem::new(1, "a lesson begins with a line \"---\", its settings and another line \"---\"");
    let is_rule = |line: &str| line.trim_end() == "---";
    let (first, rest) = file.split_once('\n').ok_or_else(missing)?;
    if !is_rule(first) {
        return Err(missing());
    }
    let settings_lines = rest.lines().take_while(|line| !is_rule(line)).count();
    let mut body = rest;
    for _ in 0..=settings_lines {
        body = body.split_once('\n').ok_or_else(missing)?.1;
    }
    let settings = Settings::parse(rest.lines().take(settings_lines), 2)?;
    Ok((settings, body, settings_lines.saturating_add(3)))
}

fn slug((line, slug): (usize, &str)) -> Result<String, Problem> {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    match slug.len() <= MAX_SLUG_BYTES && slug.split('-').all(is_word) {
        true => Ok(slug.to_owned()),
        false => Err(Problem::new(line, format!("a slug is lower-case words joined by \"-\", not {}", quote(slug)))),
    }
}

fn blocks(markdown: Vec<markdown::Block>) -> Result<(Vec<Step>, Vec<Block>), Problem> {
    let mut blocks = Vec::new();
    let mut setup = Vec::new();
    let mut exercise: Option<Draft> = None;
    for block in markdown {
        let fence = match block {
            markdown::Block::Fence(fence) => fence,
            markdown::Block::Prose(prose) => {
                blocks.extend(finish(exercise.take())?);
                blocks.push(Block::Prose(prose));
                continue;
            }
        };
        if matches!(fence.info.as_str(), "hint" | "redis solution" | "redis check") {
            exercise.get_or_insert_with(|| Draft::new(fence.line)).add(&fence)?;
            continue;
        }
        blocks.extend(finish(exercise.take())?);
        match fence.info.as_str() {
            "redis setup" => {
                if blocks.iter().any(|block| matches!(block, Block::Transcript(_))) {
                    return Err(Problem::new(fence.line, "the setup stands before every transcript it prepares"));
                }
                setup.extend(steps(&fence, false)?);
            }
            "redis" => blocks.push(Block::Transcript(steps(&fence, false)?)),
            "workload" => blocks.push(Block::Workload(Workload::parse(&fence.text, fence.text_line())?)),
            info if info.starts_with("redis") => {
                let message = "a redis fence is \"redis\", \"redis setup\", \"redis solution\" or \"redis check\"";
                return Err(Problem::new(fence.line, message));
            }
            _ => blocks.push(Block::Code { language: fence.info, text: fence.text }),
        }
    }
    blocks.extend(finish(exercise)?);
    Ok((setup, blocks))
}

fn steps(fence: &Fence, with_hints: bool) -> Result<Vec<Step>, Problem> {
    let steps = transcript::parse(&fence.text, fence.text_line())?;
    if steps.is_empty() {
        return Err(Problem::new(fence.line, "there is no command in this block"));
    }
    match steps.iter().find(|step| step.hint.is_some() && !with_hints) {
        Some(step) => Err(Problem::new(step.line, "only a check's commands have hints")),
        None => Ok(steps),
    }
}

/// An exercise of which not all fences were read yet.
struct Draft {
    line: usize,
    check: Option<Vec<Step>>,
    solution: Option<Vec<Step>>,
    hints: Vec<Text>,
}

impl Draft {
    fn new(line: usize) -> Draft {
        Draft { line, check: None, solution: None, hints: Vec::new() }
    }

    fn add(&mut self, fence: &Fence) -> Result<(), Problem> {
        let slot = match fence.info.as_str() {
            "hint" => {
                self.hints.push(hint(fence)?);
                if self.hints.len() > MAX_HINTS {
                    return Err(Problem::new(fence.line, format!("more than {MAX_HINTS} hints")));
                }
                return Ok(());
            }
            "redis check" => {
                let check = steps(fence, true)?;
                check.iter().try_for_each(check_step)?;
                self.check.replace(check)
            }
            _ => self.solution.replace(steps(fence, false)?),
        };
        match slot {
            Some(_) => Err(Problem::new(
                fence.line,
                "an exercise has one check and one solution; prose separates two exercises",
            )),
            None => Ok(()),
        }
    }
}

fn hint(fence: &Fence) -> Result<Text, Problem> {
    let blocks = markdown::parse(&fence.text, fence.text_line())?;
    match <[markdown::Block; 1]>::try_from(blocks) {
        Ok([markdown::Block::Prose(Prose::Paragraph(text))]) => Ok(text),
        _ => Err(Problem::new(fence.line, "a hint is one paragraph")),
    }
}

fn check_step(step: &Step) -> Result<(), Problem> {
    if let Some(hint) = &step.hint {
        markdown::text(hint, step.line)?;
    }
    match &step.action {
        Action::Command(command) if command.client != transcript::MAIN_CLIENT => {
            Err(Problem::new(step.line, "a check is run by one client: its commands begin with \"> \""))
        }
        Action::Command(command) if matches!(command.expected, Expected::Lines(_)) => Ok(()),
        Action::Command(_) => Err(Problem::new(step.line, "a check's command needs the reply it must print")),
        _ => Err(Problem::new(step.line, "a check only looks at the store: commands and their replies")),
    }
}

fn finish(draft: Option<Draft>) -> Result<Option<Block>, Problem> {
    let Some(Draft { line, check, solution, hints }) = draft else { return Ok(None) };
    match (check, solution) {
        (Some(check), Some(solution)) => Ok(Some(Block::Exercise(Exercise { check, solution, hints, line }))),
        (None, _) => Err(Problem::new(line, "this exercise has no \"redis check\" fence next to it")),
        (_, None) => Err(Problem::new(line, "this exercise has no \"redis solution\" fence next to it")),
    }
}

impl Exercise {
    /// The first line of its fences, for messages.
    pub fn line(&self) -> usize {
        self.line
    }
}

#[cfg(test)]
mod tests;
