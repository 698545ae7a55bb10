//! Playing steps on anything that can perform them, and proving that a lesson is true.
//!
//! What performs a step is a closure: [`crate::Stage`] in this process, a connection to a real server, or the page's
//! worker (which awaits each answer and therefore has a loop of its own around [`Step::judge`]). Knows no server.

use std::fmt;

use crate::lesson::{Block, Exercise, Lesson};
use crate::transcript::Step;

/// The first step of a play that did not go as its transcript says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Line of the lesson or transcript file.
    pub line: usize,
    /// The step as written.
    pub step: String,
    /// What differs, or why the step could not be performed.
    pub what: String,
    /// The author's hint for a person, in the marks of lesson text.
    pub hint: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}\n{}", self.line, self.step, self.what)
    }
}

/// Performs the steps in order, up to the first that fails. `perform` returns what the step's client printed, `None`
/// for nothing.
pub fn play(steps: &[Step], mut perform: impl FnMut(&Step) -> Result<Option<String>, String>) -> Result<(), Failure> {
    for step in steps {
        let outcome = perform(step)
            .and_then(|printed| step.judge(printed.as_deref()).map_err(|difference| difference.to_string()));
        if let Err(what) = outcome {
            return Err(Failure { line: step.line, step: step.text(), what, hint: step.hint.clone() });
        }
    }
    Ok(())
}

/// How many commands of each workload a proof sends.
const WORKLOAD_COMMANDS: u64 = 200;

/// Shows that every reply of the lesson is true, and that each exercise's check fails before its solution and passes
/// after it: for somebody who has run every block in order, and for somebody who has run none. `start` makes an empty
/// store. Returns how many steps were performed; the error is for the lesson's author.
pub fn prove<P>(
    lesson: &Lesson,
    start: impl Fn() -> Result<P, String>,
    perform: impl Fn(&mut P, &Step) -> Result<Option<String>, String>,
) -> Result<usize, String> {
    let mut performed: usize = 0;
    let mut step = |performer: &mut P, step: &Step| {
        performed = performed.saturating_add(1);
        perform(performer, step)
    };
    let mut all_run = start()?;
    play(&lesson.setup, |setup| step(&mut all_run, setup)).map_err(|failure| failure.to_string())?;
    for block in &lesson.blocks {
        match block {
            Block::Prose(_) | Block::Code { .. } => {}
            Block::Transcript(steps) => {
                play(steps, |it| step(&mut all_run, it)).map_err(|failure| failure.to_string())?;
            }
            Block::Workload(workload) => {
                let steps: Vec<Step> = (0..WORKLOAD_COMMANDS).map(|number| workload.step(number)).collect();
                play(&steps, |it| step(&mut all_run, it)).map_err(|failure| failure.to_string())?;
            }
            Block::Exercise(exercise) => {
                prove_exercise(exercise, |it| step(&mut all_run, it))?;
                let mut only_setup = start()?;
                play(&lesson.setup, |it| step(&mut only_setup, it)).map_err(|failure| failure.to_string())?;
                prove_exercise(exercise, |it| step(&mut only_setup, it))
                    .map_err(|why| format!("{why}\n(right after the setup, no block run)"))?;
            }
        }
    }
    Ok(performed)
}

fn prove_exercise(
    exercise: &Exercise,
    mut perform: impl FnMut(&Step) -> Result<Option<String>, String>,
) -> Result<(), String> {
    match play(&exercise.check, &mut perform) {
        Ok(()) => return Err(format!("line {}: the check passes before the solution", exercise.line())),
        Err(failure) if failure.hint.is_none() => {
            return Err(format!("{failure}\nthis command of the check can fail, so it needs a hint"));
        }
        Err(_) => {}
    }
    play(&exercise.solution, &mut perform).map_err(|failure| format!("the solution: {failure}"))?;
    play(&exercise.check, &mut perform).map_err(|failure| format!("the check after the solution: {failure}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stage;
    use engine::Time;

    /// Why a lesson with this body is not proven; "" when it is.
    fn proven(body: &str) -> String {
        let front = "---\ntitle: T\nslug: t\nsummary: S\nminutes: 1\norder: 1\n---\n";
        let lesson = Lesson::parse(&format!("{front}{body}")).unwrap();
        prove(&lesson, || Stage::new(1, Time(1_700_000_000_000)), Stage::perform).err().unwrap_or_default()
    }

    fn exercise(solution: &str, check: &str) -> String {
        format!("```redis solution\n{solution}\n```\n```redis check\n{check}\n```\n")
    }

    #[test]
    fn a_true_lesson_is_proven() {
        let check = "> GET k\n\"v\"\n? Set it.";
        let body =
            format!("```redis\n> SET j 1 EX 60\nOK\n@ +61s\n> GET j\n(nil)\n```\n{}", exercise("> SET k v", check));
        assert_eq!(proven(&body), "");
    }

    #[test]
    fn a_wrong_lesson_is_not() {
        let check = "> GET k\n\"v\"\n? Set it.";
        assert!(
            proven("```redis\n> SET j 1\nOK\n> GET j\n\"2\"\n```\n").starts_with("line 11: > GET j\nthe reply differs")
        );
        assert!(proven("```redis setup\n> NOSUCH\n```\n").contains("an error was printed"));
        assert!(proven("```redis setup\n@ fill 2 NOSUCH\n```\n").contains("unknown command"));
        assert!(
            proven("```workload\ntitle: T\nclients: 1\nper second: 1\nwindow: 5s\ncommand: NOSUCH\n```\n")
                .contains("NOSUCH")
        );
        assert!(proven(&exercise("> SET k w", check)).contains("the check after the solution: line 12: > GET k"));
        assert!(proven(&exercise("> NOSUCH", check)).contains("the solution: line 9"));
        assert!(proven(&exercise("> SET k v", "> EXISTS other\n(integer) 0")).contains("passes before the solution"));
        assert!(proven(&exercise("> SET k v", "> GET k\n\"v\"")).contains("needs a hint"));
        // Solved by the lesson's own blocks, so that there is nothing left to do for somebody who ran them.
        let solved = format!("```redis\n> SET k v\nOK\n```\n{}", exercise("> SET k v", check));
        assert!(proven(&solved).contains("passes before the solution"));
        // The other way round: the solution needs what only a block makes.
        let needs_block = format!("```redis\n> SET j v\nOK\n```\n{}", exercise("> RENAME j k", check));
        assert!(proven(&needs_block).contains("right after the setup"));
    }
}
