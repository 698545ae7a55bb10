//! An exercise: hints one after the other, a check of the store, a solution for those who want to see one.

use leptos::prelude::*;
use lessons::Exercise;

use super::lesson_block::line;
use super::lesson_text::{inline, marked};
use crate::protocol::Verdict;
use crate::routes::learn::{progress, remember_solved};
use crate::session::Session;

/// The exercise in block `number` of the lesson `slug`. `reset` starts the lesson's data anew; `solved` hears when
/// the check passes.
#[component]
pub fn ExerciseBox(
    exercise: Exercise,
    number: u32,
    #[prop(into)] slug: String,
    session: Session,
    reset: Callback<()>,
    solved: Callback<()>,
) -> impl IntoView {
    let was_solved = progress().0.is_solved(&slug, &exercise);
    let verdict = RwSignal::new(None::<Verdict>);
    let checking = RwSignal::new(false);
    let hints_shown = RwSignal::new(0usize);
    let solution_shown = RwSignal::new(false);
    let hint_count = exercise.hints.len();
    let solution = StoredValue::new(exercise.solution.clone());
    let hints = StoredValue::new(exercise.hints.clone());
    let exercise = StoredValue::new((slug, exercise));
    let check = move |_| {
        checking.set(true);
        session.lesson.check_exercise(number, move |outcome| {
            checking.set(false);
            if outcome == Verdict::Solved {
                exercise.with_value(|(slug, exercise)| remember_solved(slug, exercise));
                solved.run(());
            }
            verdict.set(Some(outcome));
        });
    };
    let hint_label = move || match hints_shown.get() {
        0 => "Hint".to_owned(),
        shown => format!("Hint {} of {hint_count}", shown + 1),
    };
    view! {
        <section class="exercise" aria-label="Exercise" class:solved=move || verdict.get() == Some(Verdict::Solved)>
            <div class="buttons">
                <button type="button" class="primary" disabled=move || checking.get() on:click=check>"Check"</button>
                <Show when=move || hints_shown.get() < hint_count>
                    <button type="button" on:click=move |_| hints_shown.update(|shown| *shown += 1)>{hint_label}</button>
                </Show>
                <button
                    type="button"
                    aria-expanded=move || solution_shown.get().to_string()
                    on:click=move |_| solution_shown.update(|shown| *shown = !*shown)
                >
                    {move || if solution_shown.get() { "Hide solution" } else { "Show solution" }}
                </button>
                <button type="button" title="Start the lesson's store again" on:click=move |_| reset.run(())>"Reset"</button>
            </div>
            <div role="status" aria-label="Result" class="result">
                {move || match verdict.get() {
                    None if was_solved => view! { <p class="muted">"✓ You have solved this before."</p> }.into_any(),
                    None => ().into_any(),
                    Some(verdict) => verdict_view(verdict),
                }}
            </div>
            <ol class="hints" aria-live="polite">
                {move || hints.with_value(|hints| hints.iter().take(hints_shown.get()).map(|hint| {
                    view! { <li class="note">{inline(hint.clone())}</li> }
                }).collect_view())}
            </ol>
            <Show when=move || solution_shown.get()>
                <div class="solution" role="group" aria-label="Solution">
                    <p class="muted">"One way to get there. Type it, or find another: only the state of the store counts."</p>
                    <div class="steps">{solution.with_value(|steps| steps.iter().map(line).collect_view())}</div>
                </div>
            </Show>
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
                    <pre>{format!("> {command}\n{difference}")}</pre>
                </details>
            </div>
        }
        .into_any(),
        Verdict::Failed(why) => view! { <p class="verdict">{why}</p> }.into_any(),
    }
}
