//! `/learn/<slug>`: a lesson beside a terminal that starts from the lesson's own data.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use lessons::transcript::{Action, Expected, Step};
use lessons::{Block, Exercise, Lesson};

use super::learn::PROGRESS;
use crate::browser;
use crate::components::chart::Traffic;
use crate::components::clock::Clock;
use crate::components::frame::{Header, Trouble, WhileRunning};
use crate::components::key_panel::KeyPanel;
use crate::components::lesson_text::{inline, marked, prose};
use crate::components::panes::{Panes, Shown};
use crate::components::terminal::Terminal;
use crate::progress::Progress;
use crate::protocol::Verdict;
use crate::session::{Client, Phase, Session};

#[component]
pub fn LessonRoute() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug").unwrap_or_default()));
    // Another lesson, or another attempt at this one, is another worker with fresh data.
    let attempt = RwSignal::new(0);
    move || {
        attempt.track();
        match find(&slug.get()) {
            Some((lesson, text)) => stage(lesson, text, attempt),
            None => view! {
                <Header/>
                <Trouble title="There is no such lesson"><p><A href="/learn">"See the lessons there are"</A></p></Trouble>
            }
            .into_any(),
        }
    }
}

fn find(slug: &str) -> Option<(Lesson, &'static str)> {
    let parsed = lessons::course::FILES.iter().filter_map(|(_, text)| Some((Lesson::parse(text).ok()?, *text)));
    parsed.into_iter().find(|(lesson, _)| lesson.slug == slug)
}

fn stage(lesson: Lesson, text: &'static str, attempt: RwSignal<u32>) -> AnyView {
    browser::set_title(&format!("{} · Rediscover", lesson.title));
    let session = match Session::start(None, Some(text.to_owned())) {
        Ok(session) => session,
        Err(why) => {
            return view! { <Header/><Trouble title="The engine could not start"><p>{why}</p></Trouble> }.into_any();
        }
    };
    let client = session.first_client();
    let shown: Shown = RwSignal::new(0);
    let uses_clock = lesson.transcripts().any(lessons::transcript::turns_the_clock);
    let lesson = StoredValue::new(lesson);
    let ready = move || matches!(session.phase.get(), Phase::Running(_));
    let text = move || {
        view! {
            <article class="lesson">
                <LessonText lesson=lesson.get_value() session client shown/>
                <footer>
                    <button type="button" on:click=move |_| attempt.update(|number| *number += 1)>"Start over with fresh data"</button>
                    <A href="/learn">"All lessons"</A>
                </footer>
            </article>
        }
    };
    let work = move || {
        view! {
            <section class="stage" aria-label="Workbench">
                {uses_clock.then(|| view! { <Clock session/> })}
                <Show when=move || !ready()><p class="preparing" role="status">"Preparing the lesson's data …"</p></Show>
                <Terminal client/>
                <KeyPanel client/>
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
    .into_any()
}

#[component]
fn LessonText(lesson: Lesson, session: Session, client: Client, shown: Shown) -> impl IntoView {
    let slug = StoredValue::new(lesson.slug);
    let mut exercises = 0;
    let blocks = (0u32..).zip(lesson.blocks).map(|(number, block)| match block {
        Block::Prose(it) => prose(it),
        Block::Code { text, .. } => view! { <pre class="code" tabindex="0">{text}</pre> }.into_any(),
        Block::Transcript(steps) => view! { <Transcript steps number client shown/> }.into_any(),
        Block::Workload(workload) => {
            view! { <Traffic session block=number title=workload.title window_ms=workload.window_ms/> }.into_any()
        }
        Block::Exercise(exercise) => {
            let ordinal = exercises;
            exercises += 1;
            view! { <Task exercise number ordinal slug session/> }.into_any()
        }
    });
    view! {
        <h1>{lesson.title}</h1>
        <p class="lead">{lesson.summary}</p>
        {blocks.collect_view()}
    }
}

/// Commands to run, and what they print.
#[component]
fn Transcript(steps: Vec<Step>, number: u32, client: Client, shown: Shown) -> impl IntoView {
    let run = move |_| {
        client.run_block(number);
        shown.set(1);
    };
    view! {
        <figure class="transcript-block">
            <pre tabindex="0">{steps.into_iter().map(step_lines).collect_view()}</pre>
            <button type="button" class="run" on:click=run>"Run"</button>
        </figure>
    }
}

fn step_lines(step: Step) -> impl IntoView {
    let (class, text, reply) = match &step.action {
        Action::Command(command) => {
            let reply = match &command.expected {
                Expected::Lines(lines) => format!("{}\n", lines.text().trim_end()),
                Expected::Anything | Expected::Waiting => String::new(),
            };
            ("t-command", step.text(), reply)
        }
        Action::Listen { expected: Expected::Lines(lines), .. } => {
            ("t-command", step.text(), format!("{}\n", lines.text()))
        }
        Action::Listen { .. } => ("t-command", step.text(), String::new()),
        Action::Clock(_) | Action::Fill(_) => ("t-notice", step.text(), String::new()),
    };
    view! { <span class=class>{text} "\n"</span> <span class="t-structure">{reply}</span> }
}

#[component]
fn Task(exercise: Exercise, number: u32, ordinal: usize, slug: StoredValue<String>, session: Session) -> impl IntoView {
    let remembered = || Progress::from_text(&browser::remembered(PROGRESS).unwrap_or_default());
    let was_solved = remembered().is_solved(&slug.get_value(), ordinal);
    let verdict = RwSignal::new(None::<Verdict>);
    let hints_shown = RwSignal::new(0);
    let hints = StoredValue::new(exercise.hints);
    let hint_count = hints.with_value(Vec::len);
    let check = move |_| {
        session.check_exercise(number, move |outcome| {
            if outcome == Verdict::Solved {
                let mut progress = remembered();
                progress.solve(&slug.get_value(), ordinal);
                browser::remember(PROGRESS, &progress.to_text());
            }
            verdict.set(Some(outcome));
        });
    };
    view! {
        <section class="exercise" aria-label="Exercise" class:solved=move || verdict.get() == Some(Verdict::Solved)>
            <div class="buttons">
                <button type="button" class="primary" on:click=check>"Check"</button>
                <Show when=move || hints_shown.get() < hint_count>
                    <button type="button" on:click=move |_| hints_shown.update(|shown| *shown += 1)>
                        {move || if hints_shown.get() == 0 { "Hint" } else { "Another hint" }}
                    </button>
                </Show>
            </div>
            <div role="status">
                {move || match verdict.get() {
                    None => was_solved.then(|| view! { <p class="muted">"You have solved this before."</p> }).into_any(),
                    Some(verdict) => verdict_view(verdict),
                }}
            </div>
            {move || hints.with_value(|hints| hints.iter().take(hints_shown.get()).map(|hint| {
                view! { <aside class="note">{inline(hint.clone())}</aside> }
            }).collect_view())}
            <details>
                <summary>"Show one solution"</summary>
                <pre tabindex="0">{exercise.solution.into_iter().map(step_lines).collect_view()}</pre>
            </details>
        </section>
    }
}

fn verdict_view(verdict: Verdict) -> AnyView {
    match verdict {
        Verdict::Solved => view! { <p class="verdict good">"✓ Solved."</p> }.into_any(),
        Verdict::NotYet { command, difference, hint } => view! {
            <div class="verdict">
                <p><strong>"Not yet."</strong></p>
                {hint.map(|hint| marked(&hint))}
                <details>
                    <summary>"What was compared"</summary>
                    <pre>{format!("{command}\n{difference}")}</pre>
                </details>
            </div>
        }
        .into_any(),
        Verdict::Failed(why) => view! { <p class="verdict">{why}</p> }.into_any(),
    }
}
