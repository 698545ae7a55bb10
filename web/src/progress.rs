//! Which exercises of the course are solved.
//!
//! Knows nothing of where it is kept; its text has a line for each solved exercise: the lesson's slug, a space and
//! which of the lesson's exercises it is, from 0. Lines that say something else are left out.

use std::collections::BTreeSet;

/// The exercises that are solved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    solved: BTreeSet<(String, usize)>,
}

impl Progress {
    pub fn from_text(text: &str) -> Progress {
        let solved = text.lines().filter_map(|line| {
            let (slug, exercise) = line.split_once(' ')?;
            Some((slug.to_owned(), exercise.parse().ok()?))
        });
        Progress { solved: solved.collect() }
    }

    pub fn to_text(&self) -> String {
        self.solved.iter().map(|(slug, exercise)| format!("{slug} {exercise}\n")).collect()
    }

    pub fn solve(&mut self, slug: &str, exercise: usize) {
        self.solved.insert((slug.to_owned(), exercise));
    }

    pub fn is_solved(&self, slug: &str, exercise: usize) -> bool {
        self.solved.contains(&(slug.to_owned(), exercise))
    }

    /// Whether all of a lesson's exercises are solved; never so for a lesson without any.
    pub fn is_done(&self, slug: &str, exercises: usize) -> bool {
        exercises > 0 && (0..exercises).all(|exercise| self.is_solved(slug, exercise))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kept_as_text() {
        let mut progress = Progress::from_text("ttl-tiers 0\nnonsense\nttl-tiers x\n\n");
        progress.solve("which", 1);
        assert_eq!(progress.to_text(), "ttl-tiers 0\nwhich 1\n");
        assert_eq!(Progress::from_text(&progress.to_text()), progress);
        assert!(progress.is_done("ttl-tiers", 1));
        assert!(!progress.is_done("ttl-tiers", 2));
        assert!(!progress.is_done("which", 2));
        assert!(!progress.is_done("none", 0));
    }
}
