//! The lessons of this course, as they are compiled in.

use crate::lesson::Lesson;
use crate::problem::Problem;

/// The file names and texts of all lessons.
pub const FILES: &[(&str, &str)] = &[
    ("which-structure.md", include_str!("../course/which-structure.md")),
    ("ttl-tiers.md", include_str!("../course/ttl-tiers.md")),
    ("keys-and-scan.md", include_str!("../course/keys-and-scan.md")),
    ("eviction.md", include_str!("../course/eviction.md")),
];

/// All lessons in the order in which they are offered. The tests prove that there is no problem.
pub fn lessons() -> Result<Vec<Lesson>, Problem> {
    let mut lessons = FILES.iter().map(|(_, text)| Lesson::parse(text)).collect::<Result<Vec<_>, _>>()?;
    lessons.sort_by_key(|lesson| lesson.order);
    Ok(lessons)
}

#[cfg(test)]
mod tests;
