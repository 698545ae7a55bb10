//! The list of the journal's files as Redis 7 keeps it: one base, any number of increments after it, and history
//! that is to be removed. One line a file: `file NAME seq NUMBER type b|i|h`.

use engine::resp::line::quote;
use engine::resp::split_line;
use std::fmt::Write as _;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Base,
    Increment,
    History,
}

/// One file of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub number: u64,
    pub kind: Kind,
}

/// All files of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    pub base: Option<Entry>,
    pub increments: Vec<Entry>,
    pub history: Vec<Entry>,
}

impl Manifest {
    /// What the manifest of a journal is called.
    pub fn file_name(journal: &str) -> String {
        format!("{journal}.manifest")
    }

    /// Reads the text of a manifest.
    ///
    /// # Errors
    /// What is wrong with it, in Redis's words.
    pub fn read(text: &str) -> Result<Manifest, &'static str> {
        const WRONG: &str = "Invalid AOF manifest file format";
        const LONGEST_LINE: usize = 1024;
        let mut manifest = Manifest::default();
        let mut last = 0;
        if text.is_empty() {
            return Err("Found an empty AOF manifest");
        }
        for line in text.split_terminator('\n') {
            if line.starts_with('#') {
                continue;
            }
            if line.len() > LONGEST_LINE {
                return Err("The AOF manifest file contains too long line");
            }
            let words = split_line(line.trim()).map_err(|_| WRONG)?;
            if words.len() < 6 || words.len() % 2 == 1 {
                return Err(WRONG);
            }
            let (mut name, mut number, mut kind) = (None, 0, None);
            for pair in words.chunks_exact(2) {
                let value = String::from_utf8(pair[1].clone()).map_err(|_| WRONG)?;
                match pair[0].to_ascii_lowercase().as_slice() {
                    b"file" if value.contains(['/', '\\']) => return Err("File can't be a path, just a filename"),
                    b"file" => name = Some(value),
                    b"seq" => number = value.parse().unwrap_or(0),
                    b"type" => kind = value.chars().next(),
                    _ => {}
                }
            }
            let kind = match kind {
                Some('b') => Kind::Base,
                Some('i') => Kind::Increment,
                Some('h') => Kind::History,
                _ => return Err("Unknown AOF file type"),
            };
            let Some(name) = name.filter(|_| number > 0) else { return Err(WRONG) };
            let entry = Entry { name, number, kind };
            match kind {
                Kind::Base if manifest.base.is_some() => return Err("Found duplicate base file information"),
                Kind::Base => manifest.base = Some(entry),
                Kind::History => manifest.history.push(entry),
                Kind::Increment if number <= last => return Err("Found a non-monotonic sequence number"),
                Kind::Increment => {
                    last = number;
                    manifest.increments.push(entry);
                }
            }
        }
        Ok(manifest)
    }

    /// The text of the manifest.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for entry in self.base.iter().chain(&self.history).chain(&self.increments) {
            let kind = match entry.kind {
                Kind::Base => 'b',
                Kind::Increment => 'i',
                Kind::History => 'h',
            };
            let name = String::from_utf8_lossy(&quote(entry.name.as_bytes())).into_owned();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "file {name} seq {} type {kind}", entry.number);
        }
        text
    }

    /// The next base file.
    pub fn next_base(&self, journal: &str, is_rdb: bool) -> Entry {
        let number = self.base.as_ref().map_or(0, |base| base.number) + 1;
        let ending = if is_rdb { "rdb" } else { "aof" };
        Entry { name: format!("{journal}.{number}.base.{ending}"), number, kind: Kind::Base }
    }

    /// The next increment.
    pub fn next_increment(&self, journal: &str) -> Entry {
        let number = self.increments.last().map_or(0, |last| last.number) + 1;
        Entry { name: format!("{journal}.{number}.incr.aof"), number, kind: Kind::Increment }
    }

    /// Puts a new base in the place of the old one and of every increment before the last `kept`.
    pub fn rebase(&mut self, base: Entry, kept: usize) {
        let old = self.increments.len().saturating_sub(kept);
        self.history.extend(self.base.replace(base));
        self.history.extend(self.increments.drain(..old));
        for entry in &mut self.history {
            entry.kind = Kind::History;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.base.is_none() && self.increments.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_and_written() {
        let text = "file a.aof.2.base.rdb seq 2 type b\nfile a.aof.1.incr.aof seq 1 type h\n\
                    file a.aof.2.incr.aof seq 2 type i\nfile \"a b\" seq 3 type i\n";
        let manifest = Manifest::read(text).expect("well formed");
        assert_eq!(manifest.text(), text);
        assert_eq!((manifest.increments.len(), manifest.history.len()), (2, 1));
        assert_eq!(manifest.next_base("a.aof", true).name, "a.aof.3.base.rdb");
        assert_eq!(manifest.next_increment("a.aof").name, "a.aof.4.incr.aof");
        let mut next = manifest.clone();
        next.rebase(manifest.next_base("a.aof", false), 1);
        assert_eq!(next.base.map(|base| base.name).as_deref(), Some("a.aof.3.base.aof"));
        assert_eq!((next.increments.len(), next.history.len()), (1, 3));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, reason) in [
            ("", "Found an empty AOF manifest"),
            ("file x seq 1\n", "Invalid AOF manifest file format"),
            ("file x seq 0 type b\n", "Invalid AOF manifest file format"),
            ("file x seq 1 type z\n", "Unknown AOF file type"),
            ("file a/b seq 1 type b\n", "File can't be a path, just a filename"),
            ("file x seq 1 type b\nfile y seq 2 type b\n", "Found duplicate base file information"),
            ("file x seq 2 type i\nfile y seq 2 type i\n", "Found a non-monotonic sequence number"),
            ("file \"x seq 1 type b\n", "Invalid AOF manifest file format"),
        ] {
            assert_eq!(Manifest::read(text), Err(reason), "{text}");
        }
    }
}
