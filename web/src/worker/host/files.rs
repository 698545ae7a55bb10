//! RDB files that a person brings and takes away.

use engine::base::Time;
use engine::{Engine, Options};

use super::{Host, count_keys};
use crate::protocol::{ImportOutcome, Ticket, ToPanel};

impl Host {
    /// All data as a file, at the end of a script that runs.
    pub(super) fn export(&mut self, ticket: Ticket) {
        self.after_script.exports.push(ticket);
        self.end_script();
    }

    /// Loads the file into an engine of its own first: what is wrong with it shows before anything is replaced.
    pub(super) fn check_import(&mut self, rdb: Vec<u8>, now: Time) -> ImportOutcome {
        let trial = Engine::new(Options::default(), now).map_err(|error| error.to_string());
        let trial = trial.and_then(|mut trial| match trial.restore(&rdb, now) {
            Ok(_) => Ok(trial),
            Err(error) => Err(error.to_string()),
        });
        let present = self.keys();
        match trial {
            Err(why) => ImportOutcome::Refused(why),
            Ok(_) if present == 0 => self.import(&rdb, now),
            Ok(trial) => {
                self.checked_import = Some(rdb);
                ImportOutcome::WouldReplace { keys: count_keys(&trial) as f64, present: present as f64 }
            }
        }
    }

    /// Replaces all data by the file that was checked last.
    pub(super) fn confirm_import(&mut self, now: Time) -> ImportOutcome {
        match self.checked_import.take() {
            Some(rdb) => self.import(&rdb, now),
            None => ImportOutcome::Refused("There is no file to import.".to_owned()),
        }
    }

    /// Brings back what was there before the last import.
    pub(super) fn undo_import(&mut self, now: Time) -> ImportOutcome {
        match self.before_import.take() {
            Some(before) => self.import(&before, now),
            None => ImportOutcome::Refused("There is no import to undo.".to_owned()),
        }
    }

    fn import(&mut self, rdb: &[u8], now: Time) -> ImportOutcome {
        if self.runs_script() {
            return ImportOutcome::Refused("a script is running; stop it with SCRIPT KILL, then import".to_owned());
        }
        let replaced = self.keys();
        let before = self.engine.snapshot();
        if let Err(error) = self.engine.restore(rdb, now) {
            return ImportOutcome::Refused(error.to_string());
        }
        self.drain(now);
        self.before_import = Some(before);
        self.data_replaced();
        // The journal does not hold an import; only a snapshot does.
        if self.stored {
            self.make_snapshot(false);
        }
        ImportOutcome::Done { keys: self.keys() as f64, replaced: replaced as f64 }
    }

    pub(super) fn imported(&mut self, ticket: Ticket, outcome: ImportOutcome) {
        self.outbox.push(ToPanel::Imported { ticket, outcome }.into());
    }
}
