//! The course: lessons as Markdown with executable transcripts.
