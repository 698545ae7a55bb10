//! `/learn/<slug>`: a lesson beside a terminal that starts from the lesson's own data.
//!
//! Each lesson, and each new attempt at one, has a worker of its own in memory. Nothing here can reach the person's
//! own store.

use leptos::html::Article;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use lessons::{Block, Lesson};

use super::learn::{course_path, lesson_path, progress};
use crate::browser;
use crate::components::chart::Traffic;
use crate::components::clock::Clock;
use crate::components::exercise::ExerciseBox;
use crate::components::frame::{Header, Trouble, WhileRunning};
use crate::components::key_panel::KeyPanel;
use crate::components::lesson_block::{CommandBlock, Source};
use crate::components::lesson_keys::DrainingKeys;
use crate::components::lesson_text::prose;
use crate::components::panes::{Panes, Shown};
use crate::components::terminals::Terminal;
use crate::format;
use crate::session::{Client, Purpose, Session};

#[component]
pub fn LessonRoute() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug").unwrap_or_default()));
    move || {
        match Course::at(&slug.get()) {
        Ok(Some(course)) => view! { <Attempts course/> }.into_any(),
        Ok(None) => view! {
            <Header/>
            <Trouble title="There is no such lesson"><p><a href=course_path()>"See the lessons there are"</a></p></Trouble>
        }
        .into_any(),
        Err(why) => view! { <Header/><Trouble title="The course cannot be read"><p>{why}</p></Trouble> }.into_any(),
    }
    }
}

/// A lesson and its neighbours.
#[derive(Clone)]
struct Course {
    lesson: Lesson,
    text: &'static str,
    /// Slug and title.
    previous: Option<(String, String)>,
    next: Option<(String, String)>,
}

impl Course {
    fn at(slug: &str) -> Result<Option<Course>, String> {
        let lessons = lessons::course::lessons().map_err(|problem| problem.to_string())?;
        let Some(place) = lessons.iter().position(|lesson| lesson.slug == slug) else { return Ok(None) };
        let name = |place: Option<usize>| {
            place.and_then(|place| lessons.get(place)).map(|lesson| (lesson.slug.clone(), lesson.title.clone()))
        };
        let (previous, next) = (name(place.checked_sub(1)), name(place.checked_add(1)));
        let is_it = |text: &&str| Lesson::parse(text).is_ok_and(|lesson| lesson.slug == slug);
        let text = lessons::course::FILES.iter().map(|(_, text)| *text).find(is_it);
        Ok(lessons.get(place).cloned().zip(text).map(|(lesson, text)| Course { lesson, text, previous, next }))
    }
}

/// Starts over when asked to, with fresh data and at the same place in the text.
#[component]
fn Attempts(course: Course) -> impl IntoView {
    browser::set_title(&format!("{} · Rediscover", course.lesson.title));
    let attempt = RwSignal::new(0u32);
    let scrolled = StoredValue::new(0);
    move || {
        attempt.track();
        match Session::start(Purpose::Lesson(course.text.to_owned())) {
            Ok(session) => view! { <Stage course=course.clone() session attempt scrolled/> }.into_any(),
            Err(why) => {
                view! { <Header/><Trouble title="The engine could not start"><p>{why}</p></Trouble> }.into_any()
            }
        }
    }
}

#[component]
fn Stage(course: Course, session: Session, attempt: RwSignal<u32>, scrolled: StoredValue<i32>) -> impl IntoView {
    let client = session.first_client();
    let shown: Shown = RwSignal::new(0);
    let article = NodeRef::<Article>::new();
    Effect::new(move || {
        if let Some(article) = article.get() {
            article.set_scroll_top(scrolled.get_value());
        }
    });
    let reset = Callback::new(move |()| {
        scrolled.set_value(article.get_untracked().map_or(0, |article| article.scroll_top()));
        attempt.update(|number| *number += 1);
    });
    let uses_clock = course.lesson.transcripts().any(lessons::transcript::turns_the_clock);
    let course = StoredValue::new(course);
    let text = move || {
        view! {
            <article class="lesson" node_ref=article>
                <LessonText course=course.get_value() session client reset/>
            </article>
        }
    };
    let work = move || {
        view! {
            <section class="stage" aria-label="Workbench">
                {uses_clock.then(|| view! { <Clock session/> })}
                <Preparing session/>
                {move || session.problem.get().map(|why| view! { <p class="damage" role="alert">{why}</p> })}
                <Terminal client focus=false/>
                {match uses_clock {
                    true => view! { <DrainingKeys client/> }.into_any(),
                    false => view! { <KeyPanel client=Signal::stored(client)/> }.into_any(),
                }}
            </section>
        }
    };
    view! {
        <Header session/>
        <main class="fill">
            <WhileRunning session>
                <Panes shown labels=["Lesson", "Terminal"] class="lesson-panes" first=text second=work/>
            </WhileRunning>
        </main>
    }
}

/// How far the lesson's data are made.
#[component]
fn Preparing(session: Session) -> impl IntoView {
    let prepared = move || session.lesson.prepared.get();
    let incomplete = move || prepared().0 < prepared().1;
    view! {
        <Show when=incomplete>
            <p class="preparing" role="status" aria-label="Preparation">
                <progress max=move || prepared().1.to_string() value=move || prepared().0.to_string() aria-label="Data of the lesson"></progress>
                {move || match prepared() {
                    (_, total) if total <= 1.0 => "Preparing the lesson's data …".to_owned(),
                    (done, total) => format!("Preparing the lesson's data: {} of {} commands", format::grouped(done), format::grouped(total)),
                }}
            </p>
        </Show>
    }
}

#[component]
fn LessonText(course: Course, session: Session, client: Client, reset: Callback<()>) -> impl IntoView {
    let Course { lesson, previous, next, .. } = course;
    let (before, damage) = progress();
    let done = RwSignal::new(before.of(&lesson).is_complete());
    let whole = StoredValue::new(lesson.clone());
    let solved = Callback::new(move |()| done.set(whole.with_value(|lesson| progress().0.of(lesson).is_complete())));
    let mut ordinal = 0;
    let slug = lesson.slug.clone();
    let blocks = (0u32..).zip(lesson.blocks).map(move |(number, block)| match block {
        Block::Prose(it) => prose(it),
        Block::Code { text, .. } => view! { <pre class="code" tabindex="0">{text}</pre> }.into_any(),
        Block::Transcript(steps) => {
            ordinal += 1;
            view! { <CommandBlock steps number ordinal client source=Source::Lesson/> }.into_any()
        }
        Block::Workload(workload) => view! { <Traffic session block=number workload/> }.into_any(),
        Block::Exercise(exercise) => {
            view! { <ExerciseBox exercise number slug=slug.clone() session reset solved/> }.into_any()
        }
    });
    let neighbour = |label: &'static str, class: &'static str, lesson: Option<(String, String)>| {
        lesson.map(|(slug, title)| {
            view! { <a class=class href=lesson_path(&slug)><span class="muted">{label}</span>{title}</a> }
        })
    };
    view! {
        <p class="muted">
            {format!("{} minutes", lesson.minutes)}
            <Show when=move || done.get()><span class="done">"✓ Done"</span></Show>
        </p>
        <h1>{lesson.title}</h1>
        <p class="lead">{lesson.summary}</p>
        {damage.map(|why| view! { <p class="damage" role="alert">{why}</p> })}
        {blocks.collect_view()}
        <footer>
            <nav aria-label="Lessons">
                {neighbour("Previous lesson", "previous", previous)}
                <a href=course_path()>"All lessons"</a>
                {neighbour("Next lesson", "next", next)}
            </nav>
        </footer>
    }
}
