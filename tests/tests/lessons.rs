//! Every lesson of the course on the real server: each reply is what it prints, each check fails before its solution
//! and passes after it. The same on our engine is a test of the crate `lessons`.

use lessons::{course, prove};
use tests::terminal::Session;

fn is_true_on_the_real_server(slug: &str) {
    let lessons = course::lessons().unwrap();
    let lesson = lessons.iter().find(|lesson| lesson.slug == slug).unwrap();
    let steps = prove(lesson, Session::start, Session::perform).unwrap_or_else(|why| panic!("{slug}: {why}"));
    assert!(steps > 20, "{slug}: only {steps} steps");
}

#[test]
fn which_structure() {
    is_true_on_the_real_server("which-structure");
}

#[test]
fn ttl_tiers() {
    is_true_on_the_real_server("ttl-tiers");
}

#[test]
fn keys_and_scan() {
    is_true_on_the_real_server("keys-and-scan");
}

#[test]
fn eviction() {
    is_true_on_the_real_server("eviction");
}

/// A lesson without a test above would not be played.
#[test]
fn no_lesson_is_left_out() {
    let slugs: Vec<String> = course::lessons().unwrap().into_iter().map(|lesson| lesson.slug).collect();
    assert_eq!(slugs, ["which-structure", "ttl-tiers", "keys-and-scan", "eviction"]);
}
