//! Lessons: what came of steps and exercises.

use serde::{Deserialize, Serialize};

use crate::printed::Printed;

/// What a step of a lesson's block came to; blocks and their steps are counted from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    pub block: u32,
    pub step: u32,
    pub printed: Printed,
    pub outcome: StepOutcome,
}

/// How a step's reply compares with what the lesson says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepOutcome {
    Agrees,
    /// And how, in a few lines.
    Differs(String),
    /// It was stopped before it came to this.
    Skipped,
}

/// Whether an exercise is solved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    Solved,
    /// The command that told, what differs, and what to try.
    NotYet {
        command: String,
        difference: String,
        hint: Option<String>,
    },
    /// It could not be judged, and why.
    Failed(String),
}
