//! Transcript files that are replayed on two servers, as in `tests/transcripts/`.
//!
//! Markdown whose `## headings` begin sections, each played on an empty store. A fence is `redis`, or
//! `redis since=7.4` for what only servers from that version on answer in this way: the section is then played only
//! on those. Other fences and prose are for people.

use crate::markdown::{self, Prose};
use crate::problem::{Problem, quote};
use crate::transcript::{self, Step};

/// A server version: major and minor.
pub type Version = (u32, u32);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub title: String,
    /// The heading's line in the file.
    pub line: usize,
    /// The lowest version that answers like this; `None` when all do.
    pub since: Option<Version>,
    /// All fences of the section, one after the other.
    pub steps: Vec<Step>,
}

/// Reads a whole file. Sections without a transcript are left out.
pub fn sections(file: &str) -> Result<Vec<Section>, Problem> {
    let mut sections: Vec<Section> = Vec::new();
    for block in markdown::parse(file, 1)? {
        match block {
            markdown::Block::Prose(Prose::Heading { level: 2, text, line, .. }) => {
                sections.push(Section { title: markdown::plain(&text), line, since: None, steps: Vec::new() });
            }
            markdown::Block::Prose(_) => {}
            markdown::Block::Fence(fence) => {
                let Some(since) = since(&fence.info, fence.line)? else { continue };
                let steps = transcript::parse(&fence.text, fence.text_line())?;
                let Some(section) = sections.last_mut() else {
                    return Err(Problem::new(fence.line, "a transcript stands below a \"## heading\""));
                };
                section.since = section.since.max(since);
                section.steps.extend(steps);
            }
        }
    }
    sections.retain(|section| !section.steps.is_empty());
    Ok(sections)
}

/// `None` for a fence that is no transcript; the version of `since=7.4` inside.
pub(crate) fn since(info: &str, line: usize) -> Result<Option<Option<Version>>, Problem> {
    let Some(option) = info.strip_prefix("redis") else { return Ok(None) };
    if option.is_empty() {
        return Ok(Some(None));
    }
    let version = option.strip_prefix(" since=").and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    match version {
        Some(version) => Ok(Some(Some(version))),
        None => Err(Problem::new(
            line,
            format!("a transcript fence is \"redis\" or \"redis since=7.4\", not {}", quote(info)),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_have_titles_versions_and_steps() {
        let file = "# Strings\n\nProse.\n\n## `SET`: options\n\n```redis\n> SET k v\nOK\n```\n\n## Small sets\n\n```redis since=7.2\n> OBJECT ENCODING s\n\"listpack\"\n```\n\n## Only prose\n\nText.\n";
        let sections = sections(file).unwrap();
        let shown: Vec<_> = sections.iter().map(|s| (s.title.as_str(), s.line, s.since, s.steps.len())).collect();
        assert_eq!(shown, [("SET: options", 5, None, 1), ("Small sets", 12, Some((7, 2)), 1)]);
    }

    #[test]
    fn problems_name_their_line() {
        let problem = |file: &str| sections(file).unwrap_err().to_string();
        assert!(problem("```redis\n> PING\n```\n").starts_with("line 1: a transcript stands below"));
        assert!(problem("## A\n\n```redis since=new\n```\n").starts_with("line 3: a transcript fence is"));
        assert!(problem("## A\n\n```redis\n> '\n```\n").starts_with("line 4: the quotes"));
    }
}
