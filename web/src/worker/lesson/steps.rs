//! Steps of a transcript: whose line each is, what a typed line means, and how what it printed compares with the lesson.

use lessons::transcript::{self, Action, Expected, MAIN_CLIENT, Step};

use crate::printed::Printed;
use crate::protocol::{StepOutcome, StepReport};

/// Which step of which block, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub block: u32,
    pub step: u32,
}

/// A step that is under way, and what it has printed so far.
#[derive(Debug)]
pub struct Following {
    pub mark: Mark,
    step: Step,
    pub printed: Printed,
}

impl Following {
    pub fn new(mark: Mark, step: Step) -> Following {
        Following { mark, step, printed: Printed::default() }
    }

    /// Compares with what the lesson says.
    pub fn judge(self) -> StepReport {
        let printed = (!self.printed.is_empty()).then_some(self.printed.text.as_str());
        let outcome = match self.step.judge(printed) {
            Ok(()) => StepOutcome::Agrees,
            Err(difference) => StepOutcome::Differs(difference.to_string()),
        };
        StepReport { block: self.mark.block, step: self.mark.step, printed: self.printed, outcome }
    }
}

/// What becomes of a step that was stopped.
pub fn skipped(mark: Mark) -> StepReport {
    let Mark { block, step } = mark;
    StepReport { block, step, printed: Printed::default(), outcome: StepOutcome::Skipped }
}

/// The line a learner would type for this step, if it is one for their own client.
pub fn line_of(step: &Step) -> Option<&str> {
    match &step.action {
        Action::Command(command) if command.client == MAIN_CLIENT => Some(&command.text),
        _ => None,
    }
}

/// What a line means that is typed as a lesson shows it (`@ +1m`, `alice> GET k`, `alice<`, `> GET k`); none for a
/// plain command.
pub fn typed(line: &str) -> Option<Result<Step, String>> {
    let line = line.trim();
    let is_name =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if let Some(client) = line.strip_suffix('<').filter(|name| is_name(name)) {
        let action = Action::Listen { client: client.to_owned(), expected: Expected::Anything };
        return Some(Ok(Step { line: 1, action, hint: None }));
    }
    let is_step = line.starts_with("@ ") || line.split_once("> ").is_some_and(|(name, _)| is_name(name));
    if !is_step {
        return None;
    }
    let mut steps = match transcript::parse(line, 1) {
        Ok(steps) => steps,
        Err(problem) => return Some(Err(problem.message)),
    };
    Some(steps.pop().ok_or_else(|| "There is nothing to do on this line.".to_owned()))
}
