//! Transcripts: commands with the replies they print, and the lines that turn the clock or make much data.
//!
//! ```text
//! > SET k v           a command; the lines after it are the reply, exactly as redis-cli prints it
//! OK
//! alice> BLPOP q 0    the same, from a client called alice; no lines: nothing is printed yet
//! alice<              what alice's client prints now
//! @ +10s              time moves (ms, s, m, h, d); also @ next-expiry, @ pause, @ resume
//! @ fill 1000 SET user:{n} {n}    a thousand commands, numbered from 1
//! @ any-order         the next reply's lines may come in any order
//! ? text              a hint, shown when the reply above differs
//! [..]  [1..60]       in a reply: any text; a whole number in a range
//! ...                 in a reply: any number of lines
//! \> text             in a reply: a line that would otherwise mean one of the above
//! ```
//!
//! A command without reply lines may print anything but an error; where a later `name<` line belongs to it, the
//! client must be waiting. A `name<` line without lines expects that nothing was printed. Empty lines between steps
//! and at the end of a reply mean nothing. Knows nothing of lessons or of any server: a caller performs each step and hands what
//! was printed to [`Step::judge`]. No input panics, and every limit has a name.

mod clock;
mod judge;
mod template;

pub(crate) use clock::duration;
pub use clock::{Clock, MAX_FORWARD_MS};
pub use judge::{Difference, Expected, ExpectedLines};
use judge::{ExpectedLine, without_number};
pub(crate) use template::scatter;
pub use template::{Fill, MAX_FILL, Template};

use crate::pattern::LinePattern;
use crate::problem::{Problem, quote};

/// Steps of one transcript.
pub const MAX_STEPS: usize = 2_000;
/// Bytes of one line; longer replies belong behind `[..]`.
pub const MAX_LINE_BYTES: usize = 16 * 1024;
const MAX_CLIENT_NAME_BYTES: usize = 16;
/// The client of lines that begin with `>` alone: the terminal a person types in.
pub const MAIN_CLIENT: &str = "";

/// One thing to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Line of the file, counted from 1.
    pub line: usize,
    pub action: Action,
    /// What to tell a person when the outcome differs.
    pub hint: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Command(Command),
    /// What `client` has printed since its last step: the reply it waited for, or pushed messages.
    Listen {
        client: String,
        expected: Expected,
    },
    Clock(Clock),
    Fill(Fill),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// [`MAIN_CLIENT`] or the name before the `>`.
    pub client: String,
    /// As written, to be shown or typed.
    pub text: String,
    /// As sent: never empty, quotes and escapes resolved.
    pub words: Vec<Vec<u8>>,
    pub expected: Expected,
}

impl Step {
    /// Compares with what was printed; `None` when nothing was (the client waits, or the step prints nothing).
    pub fn judge(&self, printed: Option<&str>) -> Result<(), Difference> {
        match &self.action {
            Action::Command(command) => command.expected.judge(printed),
            Action::Listen { expected, .. } => expected.judge(printed),
            Action::Clock(_) | Action::Fill(_) => Ok(()),
        }
    }

    /// The line that makes this step, as a transcript writes it.
    pub fn text(&self) -> String {
        match &self.action {
            Action::Command(command) => format!("{}> {}", command.client, command.text),
            Action::Listen { client, .. } => format!("{client}<"),
            Action::Clock(clock) => format!("@ {clock}"),
            Action::Fill(fill) => format!("@ fill {} {}", fill.count, fill.template.text()),
        }
    }
}

/// Whether any step moves the clock, which a real server cannot do.
pub fn turns_the_clock(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step.action, Action::Clock(_)))
}

/// Reads a transcript whose first line is line `first_line` of its file.
pub fn parse(text: &str, first_line: usize) -> Result<Vec<Step>, Problem> {
    let mut reader = Reader::default();
    for (offset, line) in text.lines().enumerate() {
        reader.line(line, first_line.saturating_add(offset))?;
    }
    reader.finish()
}

/// A printed line as it must stand in a transcript to be expected literally.
pub fn escape_reply_line(printed: &str) -> String {
    let is_plain = matches!(Line::read(printed), Line::Reply)
        && !LinePattern::parse(printed, 0).is_ok_and(|pattern| pattern.has_wildcard())
        && !printed.is_empty()
        && !printed.starts_with("```");
    if is_plain { printed.to_owned() } else { format!("\\{printed}") }
}

/// Splits a command as redis-cli does.
pub(crate) fn words(command: &str) -> Result<Vec<Vec<u8>>, String> {
    match engine::resp::split_line(command) {
        Err(_) => Err("the quotes of this command do not balance".to_owned()),
        Ok(words) if words.is_empty() => Err("there is no command on this line".to_owned()),
        Ok(words) => Ok(words),
    }
}

/// What one line of a transcript is, by its first characters.
enum Line<'a> {
    Command { client: &'a str, text: &'a str },
    Listen { client: &'a str },
    Directive(&'a str),
    Hint(&'a str),
    AnyLines,
    Literal(&'a str),
    Reply,
}

impl Line<'_> {
    fn read(line: &str) -> Line<'_> {
        if let Some(text) = line.strip_prefix('\\') {
            return Line::Literal(text);
        }
        if let Some(text) = after_mark(line, "@") {
            return Line::Directive(text);
        }
        if let Some(text) = after_mark(line, "?") {
            return Line::Hint(text);
        }
        if line == "..." {
            return Line::AnyLines;
        }
        let name_bytes = line.bytes().take_while(|byte| is_name_byte(*byte)).take(MAX_CLIENT_NAME_BYTES).count();
        let Some((client, rest)) = line.split_at_checked(name_bytes) else { return Line::Reply };
        if let Some(text) = after_mark(rest, ">") {
            return Line::Command { client, text };
        }
        if rest == "<" {
            return Line::Listen { client };
        }
        Line::Reply
    }
}

/// What follows a mark and a space; a mark alone on its line is followed by nothing.
fn after_mark<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(mark)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ').map(str::trim) }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// Collects steps; the reply lines after a command are gathered until something else begins.
#[derive(Default)]
struct Reader {
    steps: Vec<Step>,
    /// The reply lines of the last step so far.
    reply: Vec<ExpectedLine>,
    reply_text: Vec<String>,
    /// Empty lines since then: part of the reply if it goes on, else only space between steps.
    blank_lines: usize,
    /// `@ any-order` was read on this line and waits for its command.
    any_order_on: Option<usize>,
    /// The step whose reply is being read is to be compared in any order.
    reply_in_any_order: bool,
}

impl Reader {
    fn line(&mut self, line: &str, number: usize) -> Result<(), Problem> {
        if line.len() > MAX_LINE_BYTES {
            return Err(Problem::new(number, format!("longer than {MAX_LINE_BYTES} bytes")));
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let say = |message: String| Problem::new(number, message);
        match Line::read(line) {
            Line::Command { client, text } => {
                let words = words(text).map_err(say)?;
                let (client, text) = (client.to_owned(), text.to_owned());
                self.push(number, Action::Command(Command { client, text, words, expected: Expected::Anything }))
            }
            Line::Listen { client } => {
                self.push(number, Action::Listen { client: client.to_owned(), expected: Expected::Waiting })?;
                self.await_reply_of(number)
            }
            Line::Directive("any-order") => {
                self.close_reply()?;
                self.any_order_on = Some(number);
                Ok(())
            }
            Line::Directive(text) => {
                let action = match text.split_once(' ') {
                    Some(("fill", fill)) => Fill::parse(fill).map(Action::Fill),
                    _ => Clock::parse(text).map(Action::Clock),
                };
                self.push(number, action.map_err(say)?)
            }
            Line::Hint(hint) => self.hint(hint, number),
            Line::AnyLines => self.reply_line(ExpectedLine::AnyLines, "...", number),
            Line::Literal(text) => self.reply_line(ExpectedLine::One(LinePattern::literal(text)), text, number),
            Line::Reply if line.is_empty() => {
                self.blank_lines += 1;
                Ok(())
            }
            Line::Reply => {
                let in_any_order = self.reply_in_any_order;
                let text = if in_any_order { without_number(line) } else { line };
                self.reply_line(ExpectedLine::One(LinePattern::parse(text, number)?), line, number)
            }
        }
    }

    fn push(&mut self, line: usize, action: Action) -> Result<(), Problem> {
        self.close_reply()?;
        let replies = matches!(action, Action::Command(_) | Action::Listen { .. });
        match self.any_order_on.take() {
            Some(line) if !replies => return Err(Problem::new(line, "\"@ any-order\" stands right before a command")),
            waiting => self.reply_in_any_order = waiting.is_some(),
        }
        if self.steps.len() >= MAX_STEPS {
            return Err(Problem::new(line, format!("more than {MAX_STEPS} steps in one transcript")));
        }
        self.steps.push(Step { line, action, hint: None });
        Ok(())
    }

    /// The client of the `name<` step just pushed must have a command it can be waiting on, or have subscribed with
    /// one: its last command is the one that waits when it has no reply lines.
    fn await_reply_of(&mut self, line: usize) -> Result<(), Problem> {
        let Some((Step { action: Action::Listen { client, .. }, .. }, before)) = self.steps.split_last_mut() else {
            return Ok(());
        };
        for step in before.iter_mut().rev() {
            match &mut step.action {
                Action::Command(command) if command.client == *client => {
                    if command.expected == Expected::Anything {
                        command.expected = Expected::Waiting;
                    }
                    return Ok(());
                }
                _ => continue,
            }
        }
        Err(Problem::new(line, format!("the client of \"{client}<\" has not sent a command before this line")))
    }

    fn hint(&mut self, hint: &str, line: usize) -> Result<(), Problem> {
        self.close_reply()?;
        match self.steps.last_mut() {
            Some(step) if step.hint.is_none() && !hint.is_empty() => {
                step.hint = Some(hint.to_owned());
                Ok(())
            }
            Some(step) if step.hint.is_some() => Err(Problem::new(line, "this command already has a hint")),
            Some(_) => Err(Problem::new(line, "the hint after \"?\" is empty")),
            None => Err(Problem::new(line, "a hint stands after the command it belongs to")),
        }
    }

    fn reply_line(&mut self, expected: ExpectedLine, text: &str, line: usize) -> Result<(), Problem> {
        let complain = |why: &str| Err(Problem::new(line, format!("{why}: {}", quote(text))));
        if self.any_order_on.is_some() {
            return complain("a command must follow \"@ any-order\", not this");
        }
        match self.steps.last() {
            None => return complain("a transcript begins with a command (\"> PING\"), not with this"),
            Some(Step { hint: Some(_), .. }) => {
                return complain("a hint is one line; this line after it is no command");
            }
            Some(Step { action: Action::Clock(_) | Action::Fill(_), .. }) => {
                return complain("nothing is printed by a line that begins with @, so this cannot follow it");
            }
            Some(_) => {}
        }
        if self.reply_in_any_order && expected == ExpectedLine::AnyLines {
            return complain("a reply in any order must name all its lines");
        }
        for _ in 0..std::mem::take(&mut self.blank_lines) {
            self.reply.push(ExpectedLine::One(LinePattern::literal("")));
            self.reply_text.push(String::new());
        }
        self.reply.push(expected);
        self.reply_text.push(text.to_owned());
        Ok(())
    }

    /// Hands the gathered lines to the step they belong to.
    fn close_reply(&mut self) -> Result<(), Problem> {
        self.blank_lines = 0;
        let in_any_order = std::mem::take(&mut self.reply_in_any_order);
        let lines = std::mem::take(&mut self.reply);
        let text = std::mem::take(&mut self.reply_text).join("\n");
        let Some(step) = self.steps.last_mut() else { return Ok(()) };
        let (Action::Command(Command { expected, .. }) | Action::Listen { expected, .. }) = &mut step.action else {
            return Ok(());
        };
        match (lines.is_empty(), in_any_order) {
            (true, true) => Err(Problem::new(step.line, "\"@ any-order\" needs the lines of the reply")),
            (true, false) => Ok(()),
            (false, any_order) => {
                *expected = Expected::Lines(ExpectedLines { lines, any_order, text });
                Ok(())
            }
        }
    }

    fn finish(mut self) -> Result<Vec<Step>, Problem> {
        self.close_reply()?;
        match self.any_order_on {
            Some(line) => Err(Problem::new(line, "\"@ any-order\" stands right before a command")),
            None => Ok(self.steps),
        }
    }
}

#[cfg(test)]
mod tests;
