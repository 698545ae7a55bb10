//! Which exercises of the course are solved.
//!
//! Knows nothing of where it is kept. Its text begins with a line that names the format and carries a checksum of
//! the rest; then comes a line for each solved exercise: the lesson's slug and a hash of what the exercise checks.
//! So a text that was cut or changed is noticed, and an exercise that was rewritten counts as not solved.

use std::collections::BTreeSet;

use engine::base::crc64::crc64;
use lessons::{Exercise, Lesson};

/// How the text begins. Other versions of the format have another number.
const FORMAT: &str = "rediscover-progress 1";
/// More than any course has; what is longer was not written here.
const MAX_BYTES: usize = 256 * 1024;

/// The exercises that are solved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Slug of the lesson and [`fingerprint`] of the exercise.
    solved: BTreeSet<(String, u64)>,
}

/// How much of a lesson is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    pub solved: usize,
    pub exercises: usize,
}

impl Done {
    /// Never so for a lesson without exercises.
    pub fn is_complete(self) -> bool {
        self.exercises > 0 && self.solved == self.exercises
    }
}

impl Progress {
    /// Reads what [`Progress::to_text`] wrote; the error is for the person.
    pub fn from_text(text: &str) -> Result<Progress, String> {
        let damaged = || "The record of your progress was damaged, so it starts again from nothing.".to_owned();
        if text.len() > MAX_BYTES {
            return Err(damaged());
        }
        let (first, rest) = text.split_once('\n').ok_or_else(damaged)?;
        let checksum = first.strip_prefix(FORMAT).ok_or_else(|| {
            if first.starts_with("rediscover-progress ") {
                "The record of your progress is of another version of this site, so it starts again.".to_owned()
            } else {
                damaged()
            }
        })?;
        if checksum.trim() != format!("{:016x}", crc64(0, rest.as_bytes())) {
            return Err(damaged());
        }
        let solved = rest.lines().map(|line| {
            let (slug, hash) = line.split_once(' ')?;
            Some((slug.to_owned(), u64::from_str_radix(hash, 16).ok()?))
        });
        Ok(Progress { solved: solved.collect::<Option<_>>().ok_or_else(damaged)? })
    }

    pub fn to_text(&self) -> String {
        let rest: String = self.solved.iter().map(|(slug, hash)| format!("{slug} {hash:016x}\n")).collect();
        format!("{FORMAT} {:016x}\n{rest}", crc64(0, rest.as_bytes()))
    }

    pub fn solve(&mut self, slug: &str, exercise: &Exercise) {
        self.solved.insert((slug.to_owned(), fingerprint(exercise)));
    }

    pub fn is_solved(&self, slug: &str, exercise: &Exercise) -> bool {
        self.solved.contains(&(slug.to_owned(), fingerprint(exercise)))
    }

    pub fn of(&self, lesson: &Lesson) -> Done {
        let solved = lesson.exercises().filter(|exercise| self.is_solved(&lesson.slug, exercise)).count();
        Done { solved, exercises: lesson.exercises().count() }
    }
}

/// Changes when what the exercise checks changes, not when its hints or the lines around it do.
fn fingerprint(exercise: &Exercise) -> u64 {
    exercise.check.iter().fold(0, |hash, step| {
        let hash = crc64(hash, step.text().as_bytes());
        match &step.action {
            lessons::transcript::Action::Command(command) => match &command.expected {
                lessons::transcript::Expected::Lines(lines) => crc64(hash, lines.text().as_bytes()),
                _ => hash,
            },
            _ => hash,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(expected: &str, hint: &str) -> Lesson {
        let front = "---\ntitle: T\nslug: one-two\nsummary: S\nminutes: 1\norder: 1\n---\n";
        let body = format!("```redis solution\n> SET k v\n```\n```redis check\n> GET k\n{expected}\n? {hint}\n```\n");
        Lesson::parse(&format!("{front}{body}")).unwrap()
    }

    fn solved(lesson: &Lesson) -> Progress {
        let mut progress = Progress::default();
        progress.solve(&lesson.slug, lesson.exercises().next().unwrap());
        progress
    }

    #[test]
    fn is_kept_as_text() {
        let lesson = lesson("\"v\"", "Set it.");
        assert_eq!(Progress::default().of(&lesson), Done { solved: 0, exercises: 1 });
        let text = solved(&lesson).to_text();
        let progress = Progress::from_text(&text).unwrap();
        assert_eq!(progress.to_text(), text);
        assert!(progress.of(&lesson).is_complete());
        assert!(!Done { solved: 0, exercises: 0 }.is_complete());
        assert_eq!(Progress::from_text(&Progress::default().to_text()), Ok(Progress::default()));
    }

    #[test]
    fn a_rewritten_check_is_a_new_exercise_and_a_rewritten_hint_is_not() {
        let progress = solved(&lesson("\"v\"", "Set it."));
        assert!(progress.of(&lesson("\"v\"", "Now set it.")).is_complete());
        assert!(!progress.of(&lesson("\"w\"", "Set it.")).is_complete());
    }

    #[test]
    fn damaged_texts_are_noticed() {
        let text = solved(&lesson("\"v\"", "Set it.")).to_text();
        for cut in 0..text.len() {
            assert!(Progress::from_text(&text[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(Progress::from_text(&changed).is_err(), "changed at {at}");
        }
        assert!(Progress::from_text(&"x".repeat(MAX_BYTES + 1)).is_err());
        assert!(Progress::from_text("rediscover-progress 2 0\n").unwrap_err().contains("another version"));
        let sealed = |rest: &str| format!("{FORMAT} {:016x}\n{rest}", crc64(0, rest.as_bytes()));
        for rest in ["nonsense\n", "a x\n", "a 1 2\n", " \n"] {
            assert!(Progress::from_text(&sealed(rest)).is_err(), "{rest:?}");
        }
    }
}
