//! Writes the replies of a real `redis-server`, as the real `redis-cli` prints them, into transcript files.
//!
//!     cargo run -p tests --example record -- tests/transcripts/strings.md ...
//!
//! Each `##` section runs on a server of its own, and so does each example of the command reference
//! (`lessons/reference/...`); a lesson (`lessons/course/...`) is played from its start to its end, as somebody does who
//! runs every block and then the solution, whose commands stay without replies. A reply that already agrees
//! (wildcards and `@ any-order` included) stays as it is; every other one is replaced, so a new command is written
//! without its reply (after `@ any-order` with any line in its place). Sections `since` a newer version stay
//! untouched: their replies come from elsewhere.

use std::error::Error;

use lessons::transcript::{self, Step};
use tests::terminal::Session;

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args().skip(1) {
        let before = std::fs::read_to_string(&path)?;
        let kind = match before.starts_with("---\n") {
            true => Kind::Lesson,
            false if path.contains("lessons/reference/") => Kind::Reference,
            false => Kind::Sections,
        };
        let after = record_file(&before, kind).map_err(|error| format!("{path}: {error}"))?;
        println!("{path}: {}", if before == after { "nothing to change" } else { "recorded" });
        std::fs::write(&path, after)?;
    }
    Ok(())
}

/// Where a file starts anew.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Never.
    Lesson,
    /// With each example.
    Reference,
    /// With each section.
    Sections,
}

/// The file with recorded replies.
fn record_file(file: &str, kind: Kind) -> Result<String, Box<dyn Error>> {
    let lines: Vec<&str> = file.lines().collect();
    let mut out = String::new();
    let mut session = Session::start()?;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        out.push_str(line);
        out.push('\n');
        at += 1;
        let is_fresh_fence = kind == Kind::Reference && line == "```redis";
        if line.starts_with("## ") && kind == Kind::Sections || is_fresh_fence {
            session = Session::start()?;
        }
        if line.starts_with("```") {
            let end =
                at + lines[at..].iter().position(|line| line.starts_with("```")).ok_or("a fence is not closed")?;
            let fence = &lines[at..end];
            match line {
                "```redis" | "```redis check" => out.push_str(&record_fence(fence, at + 1, &mut session, true)?),
                "```redis setup" | "```redis solution" => {
                    out.push_str(&record_fence(fence, at + 1, &mut session, false)?)
                }
                _ => fence.iter().for_each(|line| out.extend([line, "\n"])),
            }
            out.push_str("```\n");
            at = end + 1;
        }
    }
    match kind {
        Kind::Lesson => lessons::Lesson::parse(&out).map(drop)?,
        Kind::Reference => lessons::reference::Group::parse(&out).map(drop)?,
        Kind::Sections => lessons::conformance::sections(&out).map(drop)?,
    }
    Ok(out)
}

fn record_fence(
    lines: &[&str],
    first_line: usize,
    session: &mut Session,
    adds_replies: bool,
) -> Result<String, Box<dyn Error>> {
    let steps = transcript::parse(&lines.join("\n"), first_line)?;
    let start_of = |step: &Step| step.line - first_line;
    let mut out: Vec<String> =
        lines[..steps.first().map_or(lines.len(), start_of)].iter().map(|line| line.to_string()).collect();
    for (index, step) in steps.iter().enumerate() {
        let start = start_of(step);
        let end = steps.get(index + 1).map_or(lines.len(), start_of);
        // Empty lines and `@ any-order` before the next step belong to it; a hint stays where it is.
        let belongs_to_next = |line: &&&str| line.is_empty() || **line == "@ any-order" || line.starts_with("? ");
        let reply_end = end - lines[start + 1..end].iter().rev().take_while(belongs_to_next).count();
        out.push(lines[start].to_string());
        let printed = session.perform(step).map_err(|error| format!("line {}: {error}", step.line))?;
        match printed {
            Some(printed) if reply_end == start + 1 && !adds_replies => {
                step.judge(Some(&printed)).map_err(|why| format!("line {}: {why}", step.line))?
            }
            Some(printed) if reply_end == start + 1 || step.judge(Some(&printed)).is_err() => {
                out.extend(printed.lines().map(transcript::escape_reply_line));
            }
            _ => out.extend(lines[start + 1..reply_end].iter().map(|line| line.to_string())),
        }
        out.extend(lines[reply_end..end].iter().map(|line| line.to_string()));
    }
    Ok(out.iter().map(|line| format!("{line}\n")).collect())
}
