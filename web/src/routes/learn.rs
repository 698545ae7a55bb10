//! `/learn`: the lessons there are.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::browser;
use crate::components::frame::{Header, Trouble};
use crate::progress::Progress;

/// Where solved exercises are remembered.
pub const PROGRESS: &str = "progress";

#[component]
pub fn Learn() -> impl IntoView {
    browser::set_title("Learn · Rediscover");
    let progress = Progress::from_text(&browser::remembered(PROGRESS).unwrap_or_default());
    let lessons = match lessons::course::lessons() {
        Ok(lessons) => lessons,
        Err(problem) => {
            let problem = problem.to_string();
            return view! { <Header/><Trouble title="The course cannot be read"><p>{problem}</p></Trouble> }.into_any();
        }
    };
    view! {
        <Header/>
        <main class="learn">
            <h1>"Learn Redis by doing"</h1>
            <p class="lead">
                "Each lesson has a store of its own that you cannot break: run what it shows, try what it does not, "
                "and solve its exercise. Yours stays as it is."
            </p>
            <ol class="lessons">
                {lessons.into_iter().map(|lesson| {
                    let done = progress.is_done(&lesson.slug, lesson.exercises().count());
                    view! {
                        <li>
                            <A href=format!("/learn/{}", lesson.slug)>
                                <h2>{lesson.title}</h2>
                                <p>{lesson.summary}</p>
                                <p class="muted">
                                    {format!("{} minutes", lesson.minutes)}
                                    {done.then(|| view! { <span class="done">"✓ done"</span> })}
                                </p>
                            </A>
                        </li>
                    }
                }).collect_view()}
            </ol>
        </main>
    }
    .into_any()
}
