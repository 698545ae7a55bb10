//! `/learn`: the lessons there are, and how far the person is with them.

use leptos::prelude::*;
use lessons::Lesson;

use crate::browser;
use crate::components::frame::{Header, Trouble};
use crate::progress::{Done, Progress};

/// Where solved exercises are remembered.
const PROGRESS: &str = "progress";

/// What earlier visits solved, and what there is to say if that could not be read.
pub fn progress() -> (Progress, Option<String>) {
    match browser::remembered(PROGRESS).map(|text| Progress::from_text(&text)) {
        None => (Progress::default(), None),
        Some(Ok(progress)) => (progress, None),
        Some(Err(why)) => (Progress::default(), Some(why)),
    }
}

/// Remembers that an exercise is solved. Reads first: another tab may have solved another one.
pub fn remember_solved(slug: &str, exercise: &lessons::Exercise) {
    let (mut progress, _) = progress();
    progress.solve(slug, exercise);
    browser::remember(PROGRESS, &progress.to_text());
}

/// The address of the list of lessons, below the site's base.
pub fn course_path() -> String {
    format!("{}/learn", browser::base_path())
}

pub fn lesson_path(slug: &str) -> String {
    format!("{}/learn/{slug}", browser::base_path())
}

#[component]
pub fn Learn() -> impl IntoView {
    browser::set_title("Learn · Rediscover");
    let (progress, damage) = progress();
    let lessons = match lessons::course::lessons() {
        Ok(lessons) => lessons,
        Err(problem) => {
            let problem = problem.to_string();
            return view! { <Header/><Trouble title="The course cannot be read"><p>{problem}</p></Trouble> }.into_any();
        }
    };
    let complete = lessons.iter().filter(|lesson| progress.of(lesson).is_complete()).count();
    let count = lessons.len();
    view! {
        <Header/>
        <main class="learn">
            <h1>"Learn Redis by doing"</h1>
            <p class="lead">
                "Each lesson has a store of its own that you cannot break: run what it shows, try what it does not, "
                "and solve its exercise. The store of the playground stays as it is."
            </p>
            {damage.map(|why| view! { <p class="damage" role="alert">{why}</p> })}
            <p class="course-progress">
                <progress max=count.to_string() value=complete.to_string() aria-label="Lessons done"></progress>
                {format!("{complete} of {count} lessons done")}
            </p>
            <ol class="lessons">
                {lessons.into_iter().map(|lesson| {
                    let done = progress.of(&lesson);
                    view! { <li>{card(lesson, done)}</li> }
                }).collect_view()}
            </ol>
        </main>
    }
    .into_any()
}

fn card(lesson: Lesson, done: Done) -> impl IntoView {
    let state = match done {
        done if done.is_complete() => Some("✓ Done".to_owned()),
        Done { solved: 0, .. } => None,
        Done { solved, exercises } => Some(format!("{solved} of {exercises} exercises solved")),
    };
    view! {
        <a href=lesson_path(&lesson.slug)>
            <h2>{lesson.title}</h2>
            <p>{lesson.summary}</p>
            <p class="muted">
                {format!("{} minutes", lesson.minutes)}
                {state.map(|state| view! { <span class="done">{state}</span> })}
            </p>
        </a>
    }
}
