//! Text inside a block: code, emphasis, strong and links.

use crate::problem::{Problem, quote};

const MAX_DEPTH: usize = 4;
const MAX_TARGET_BYTES: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Code(String),
    Emphasis(Vec<Inline>),
    Strong(Vec<Inline>),
    Link { target: LinkTarget, text: Vec<Inline> },
}

/// Where a link may lead; there is no other kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// An address that begins with `https://`, in printable ASCII without quotes, spaces or angle brackets.
    Web(String),
    /// A path of this site, from its root, with or without a query: `/learn/ttl-tiers`, `/?workload=zipf=1`. The page
    /// puts the site's own base before it.
    Site(String),
    /// The `id` of a heading on the same page, without the `#`.
    Heading(String),
}

pub(super) fn parse(text: &str, line: usize) -> Result<Vec<Inline>, Problem> {
    let mut reader = Reader { rest: text, line };
    reader.run(None, 0)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    /// Reads up to and with `closing`, or to the end when there is none.
    fn run(&mut self, closing: Option<&str>, depth: usize) -> Result<Vec<Inline>, Problem> {
        if depth > MAX_DEPTH {
            return self.problem(format!("marks nested more than {MAX_DEPTH} deep"));
        }
        let opened_at = self.rest;
        let mut inlines = Vec::new();
        let mut text = String::new();
        loop {
            // A double star inside emphasis begins or ends something strong.
            let is_other_mark = closing == Some("*") && self.rest.starts_with("**");
            if !is_other_mark && closing.is_some_and(|closing| self.take(closing)) {
                break;
            }
            match self.special(depth)? {
                Some(inline) => {
                    flush(&mut text, &mut inlines);
                    inlines.push(inline);
                }
                None => match self.character() {
                    Some(character) => text.push(character),
                    None if closing.is_none() => break,
                    None => return self.problem(format!("a mark is never closed before {}", quote(opened_at))),
                },
            }
        }
        flush(&mut text, &mut inlines);
        Ok(inlines)
    }

    /// An inline element that begins here, if one does.
    fn special(&mut self, depth: usize) -> Result<Option<Inline>, Problem> {
        let second = self.rest.chars().nth(1);
        let inline = match self.rest.chars().next() {
            Some('`') => Inline::Code(self.code()?),
            Some('*') if self.opens("**") => Inline::Strong(self.run(Some("**"), depth.saturating_add(1))?),
            Some('*') if self.opens("*") => Inline::Emphasis(self.run(Some("*"), depth.saturating_add(1))?),
            Some('[') => self.link(depth)?,
            Some('!') if second == Some('[') => return self.problem("images are not used in lessons".to_owned()),
            Some('<') if second.is_some_and(|next| next.is_ascii_alphabetic() || "/!?".contains(next)) => {
                return self.problem("HTML is not used in lessons; a literal < is written `<` or \\<".to_owned());
            }
            Some('&') if self.is_entity() => {
                return self.problem("write the character itself instead of an HTML entity".to_owned());
            }
            _ => return Ok(None),
        };
        Ok(Some(inline))
    }

    /// Takes `mark` if it opens something: what follows it is no space.
    fn opens(&mut self, mark: &str) -> bool {
        let is_open =
            self.rest.strip_prefix(mark).and_then(|rest| rest.chars().next()).is_some_and(|c| !c.is_whitespace());
        is_open && self.take(mark)
    }

    fn take(&mut self, mark: &str) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The next character; a backslash before punctuation stands for that punctuation.
    fn character(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let mut character = characters.next()?;
        if character == '\\' {
            let after = characters.clone().next().filter(char::is_ascii_punctuation);
            if let Some(escaped) = after {
                character = escaped;
                characters.next();
            }
        }
        self.rest = characters.as_str();
        Some(character)
    }

    fn code(&mut self) -> Result<String, Problem> {
        let marks = self.rest.bytes().take_while(|byte| *byte == b'`').count();
        let (fence, mut rest) = self.rest.split_at_checked(marks).unwrap_or((self.rest, ""));
        let mut code = String::new();
        while let Some((before, after)) = rest.split_once(fence) {
            code.push_str(before);
            let longer = after.bytes().take_while(|byte| *byte == b'`').count();
            if longer == 0 {
                self.rest = after;
                let inner = code.strip_prefix(' ').and_then(|code| code.strip_suffix(' '));
                return Ok(inner.filter(|inner| !inner.trim().is_empty()).unwrap_or(&code).to_owned());
            }
            // A longer run of backticks is part of the code.
            let (run, remaining) = after.split_at_checked(longer).unwrap_or((after, ""));
            code.push_str(fence);
            code.push_str(run);
            rest = remaining;
        }
        self.problem(format!("a backtick is never closed: {}", quote(self.rest)))
    }

    fn link(&mut self, depth: usize) -> Result<Inline, Problem> {
        let whole = self.rest;
        self.take("[");
        let text = self.run(Some("]"), depth.saturating_add(1))?;
        let target = self.rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let Some((target, rest)) = target else {
            return self.problem(format!("a link is [words](target); a literal [ is written \\[: {}", quote(whole)));
        };
        if text.is_empty() {
            return self.problem(format!("a link without words: {}", quote(whole)));
        }
        match link_target(target) {
            Some(target) => {
                self.rest = rest;
                Ok(Inline::Link { target, text })
            }
            None => self.problem(format!(
                "a link leads to https://..., to a path of this site (/learn/...) or to a #heading, not to {}",
                quote(target)
            )),
        }
    }

    fn is_entity(&self) -> bool {
        const MAX_ENTITY_BYTES: usize = 32;
        let name = self.rest.bytes().skip(1).take(MAX_ENTITY_BYTES);
        let length = name.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
        length > 0 && self.rest.as_bytes().get(length + 1) == Some(&b';')
    }

    fn problem<T>(&self, message: String) -> Result<T, Problem> {
        Err(Problem::new(self.line, message))
    }
}

fn flush(text: &mut String, inlines: &mut Vec<Inline>) {
    if !text.is_empty() {
        inlines.push(Inline::Text(std::mem::take(text)));
    }
}

fn link_target(target: &str) -> Option<LinkTarget> {
    let is_safe = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte);
    if target.len() > MAX_TARGET_BYTES || !target.bytes().all(is_safe) {
        return None;
    }
    if let Some(rest) = target.strip_prefix("https://") {
        return rest
            .starts_with(|first: char| first.is_ascii_alphanumeric())
            .then(|| LinkTarget::Web(target.to_owned()));
    }
    if let Some(id) = target.strip_prefix('#') {
        return (!id.is_empty()).then(|| LinkTarget::Heading(id.to_owned()));
    }
    let is_site = target.starts_with('/') && !target.starts_with("//") && !target.split('/').any(|part| part == "..");
    is_site.then(|| LinkTarget::Site(target.to_owned()))
}
