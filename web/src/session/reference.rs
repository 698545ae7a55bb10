//! What the engine tells of its commands.

use super::wire::Wire;
use crate::facts::{CommandEntry, CommandFacts};
use crate::protocol::{FromPanel, ToPanel};

/// The commands of a session's engine.
#[derive(Clone, Copy)]
pub struct Reference {
    wire: Wire,
}

impl Reference {
    pub fn new(wire: Wire) -> Reference {
        Reference { wire }
    }

    /// Which commands there are, in alphabetical order.
    pub fn commands(self, done: impl FnOnce(Vec<CommandEntry>) + 'static) {
        let answer = move |message| {
            if let ToPanel::Commands { commands, .. } = message {
                done(commands);
            }
        };
        self.wire.ask(answer, |ticket| FromPanel::Commands { ticket });
    }

    /// What there is to know about a command; none if there is no such command.
    pub fn facts(self, name: &str, done: impl FnOnce(Option<CommandFacts>) + 'static) {
        let answer = move |message| {
            if let ToPanel::Facts { facts, .. } = message {
                done(facts);
            }
        };
        self.wire.ask(answer, |ticket| FromPanel::Facts { ticket, name: name.to_owned() });
    }
}
