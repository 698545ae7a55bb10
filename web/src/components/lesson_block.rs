//! A block of commands in a lesson or on a command's page: what it will print, a Run button, and then what it did print.

use leptos::prelude::*;
use lessons::transcript::{Action, Expected, Step};

use crate::printed::Printed;
use crate::protocol::{StepOutcome, StepReport};
use crate::session::Client;

/// Where a block stands, and so how it is run.
#[derive(Clone)]
pub enum Source {
    /// The session knows the lesson.
    Lesson,
    /// A command's page, with this transcript.
    Page(String),
}

impl Source {
    fn word(&self) -> &'static str {
        match self {
            Source::Lesson => "lesson",
            Source::Page(_) => "page",
        }
    }
}

/// The commands of a block. `number` is the block's place in the text, `ordinal` its place among the blocks that
/// can be run, from 1.
#[component]
pub fn CommandBlock(
    steps: Vec<Step>,
    number: u32,
    ordinal: usize,
    client: Client,
    source: Source,
    /// Whether it runs without being asked.
    #[prop(optional)]
    run_at_once: bool,
) -> impl IntoView {
    let session = client.session();
    let (word, label) = (source.word(), if let Source::Lesson = source { "Commands" } else { "Example" });
    let count = steps.len() as u32;
    let asked = RwSignal::new(false);
    let reports = Memo::new(move |_| {
        session.lesson.steps.with(|steps| steps.keys().filter(|(of, _)| *of == number).count() as u32)
    });
    let running = move || asked.get() && reports.get() < count;
    Effect::new(move || {
        if asked.get() && reports.get() >= count {
            asked.set(false);
        }
    });
    let source = StoredValue::new(source);
    let run = move || {
        source.with_value(|source| match source {
            Source::Lesson => client.run_block(number),
            Source::Page(transcript) => client.run_example(number, transcript),
        });
        asked.set(true);
    };
    let toggle = move |_| if running() { client.interrupt() } else { run() };
    if run_at_once {
        run();
    }
    let summary = move || {
        session.lesson.steps.with(|steps| {
            let of_block = || steps.values().filter(|report| report.block == number);
            let differing = of_block().filter(|report| matches!(report.outcome, StepOutcome::Differs(_))).count();
            let skipped = of_block().any(|report| report.outcome == StepOutcome::Skipped);
            match (of_block().count() as u32 == count, skipped, differing) {
                (false, ..) => String::new(),
                (true, true, _) => "Stopped.".to_owned(),
                (true, false, 0) => format!("✓ As the {word} says."),
                (true, false, 1) => "One reply differs.".to_owned(),
                (true, false, many) => format!("{many} replies differ."),
            }
        })
    };
    view! {
        <section class="commands" aria-label=format!("{label} {ordinal}") class:running=running>
            <button type="button" class="run" on:click=toggle>{move || if running() { "Stop" } else { "Run" }}</button>
            <div class="steps">
                {(0u32..).zip(steps).map(|(index, step)| view! { <StepLines step block=number index client word/> }).collect_view()}
            </div>
            <p class="block-summary" aria-live="polite">{summary}</p>
        </section>
    }
}

/// The steps of a block that cannot be run yet.
pub fn preview(steps: Vec<Step>) -> impl IntoView {
    let lines = steps.into_iter().map(|step| {
        view! { <div class="step">{line(&step)}<pre class="told">{told(&step)}</pre></div> }
    });
    view! { <div class="steps">{lines.collect_view()}</div> }
}

/// One step: its line, and below it what the text says or, once it ran, what was printed. `word` is what that text is.
#[component]
fn StepLines(step: Step, block: u32, index: u32, client: Client, word: &'static str) -> impl IntoView {
    let session = client.session();
    let report = Memo::new(move |_| session.lesson.steps.with(|steps| steps.get(&(block, index)).cloned()));
    let told = StoredValue::new(told(&step));
    let has_reply = matches!(step.action, Action::Command(_) | Action::Listen { .. });
    let class = move || match report.get().map(|report| report.outcome) {
        Some(StepOutcome::Agrees) if has_reply => "step agrees",
        Some(StepOutcome::Differs(_)) => "step differs",
        Some(StepOutcome::Agrees) => "step agrees silent",
        Some(StepOutcome::Skipped) | None => "step",
    };
    view! {
        <div class=class>
            {line(&step)}
            {move || match report.get().filter(|report| report.outcome != StepOutcome::Skipped) {
                None => view! { <pre class="told">{told.get_value()}</pre> }.into_any(),
                Some(report) => came_to(report, told.get_value(), word),
            }}
        </div>
    }
}

/// The line that makes a step, typeset as in the terminal.
pub fn line(step: &Step) -> impl IntoView + use<> {
    let (prompt, class, text) = match &step.action {
        Action::Command(command) => (format!("{}> ", command.client), "t-command", command.text.clone()),
        Action::Listen { .. } => (String::new(), "t-prompt", step.text()),
        Action::Clock(_) | Action::Fill(_) => (String::new(), "at", step.text()),
    };
    view! { <pre class="line"><span class="t-prompt">{prompt}</span><span class=class>{text}</span></pre> }
}

/// What the lesson says a step prints.
fn told(step: &Step) -> String {
    let (Action::Command(lessons::transcript::Command { expected, .. }) | Action::Listen { expected, .. }) =
        &step.action
    else {
        return String::new();
    };
    match expected {
        Expected::Lines(lines) => lines.text().trim_end().to_owned(),
        Expected::Anything | Expected::Waiting => String::new(),
    }
}

fn came_to(report: StepReport, told: String, word: &str) -> AnyView {
    let replies = typeset(&report.printed);
    match report.outcome {
        StepOutcome::Differs(difference) => {
            let lesson_says = if told.is_empty() { difference } else { told };
            view! {
                <div class="reply"><span class="visually-hidden">{format!("This differs from the {word}: ")}</span>{replies}</div>
                <div class="differs-note">
                    <p>{format!("The {word} says:")}</p>
                    <pre>{lesson_says}</pre>
                </div>
            }
            .into_any()
        }
        _ => view! { <div class="reply">{replies}</div> }.into_any(),
    }
}

/// A reply with its colours.
fn typeset(printed: &Printed) -> AnyView {
    let mut pieces: Vec<(&'static str, String)> =
        printed.pieces().map(|(style, text)| (style.class(), text.to_owned())).collect();
    if let Some((_, last)) = pieces.last_mut() {
        last.truncate(last.trim_end_matches('\n').len());
    }
    let spans = pieces.into_iter().map(|(class, text)| view! { <span class=class>{text}</span> }).collect_view();
    view! { <pre>{spans}</pre> }.into_any()
}
