//! A lesson: its data, the steps of its blocks, its exercises, its background traffic.

use std::collections::HashMap;

use leptos::prelude::*;

use super::wire::Wire;
use crate::metrics::Sample;
use crate::protocol::{FromPanel, StepReport, ToPanel, Verdict};

/// The lesson that a session runs.
#[derive(Clone, Copy)]
pub struct Lesson {
    wire: Wire,
    /// What the steps of its blocks came to, by block and step.
    pub steps: RwSignal<HashMap<(u32, u32), StepReport>>,
    /// How many of the commands that make its data have run, and how many there are.
    pub prepared: RwSignal<(f64, f64)>,
    /// What background traffic saw last, and in which block it runs.
    pub traffic: RwSignal<Option<(u32, Sample)>>,
}

impl Lesson {
    pub fn new(wire: Wire) -> Lesson {
        Lesson {
            wire,
            steps: RwSignal::new(HashMap::new()),
            prepared: RwSignal::new((0.0, 1.0)),
            traffic: RwSignal::new(None),
        }
    }

    pub fn check_exercise(self, block: u32, done: impl FnOnce(Verdict) + 'static) {
        let answer = move |message| {
            if let ToPanel::Checked { verdict, .. } = message {
                done(verdict);
            }
        };
        self.wire.ask(answer, |ticket| FromPanel::CheckExercise { ticket, block });
    }

    pub fn set_traffic(self, block: u32, on: bool) {
        self.wire.send_for_panel(FromPanel::Traffic { block, on });
    }

    pub(super) fn hear_step(self, report: StepReport) {
        self.steps.update(|steps| {
            steps.insert((report.block, report.step), report);
        });
    }

    /// Forgets what a block came to: it runs anew.
    pub(super) fn forget(self, block: u32) {
        self.steps.update(|steps| steps.retain(|(of, _), _| *of != block));
    }
}
