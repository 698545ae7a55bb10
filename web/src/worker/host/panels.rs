//! What panels ask for, handed to whom it concerns.

use super::Host;
use crate::protocol::{FromPanel, ToPanel};
use crate::worker::{key_view, reference};

impl Host {
    /// Stands in the part of the engine that is loaded later: no start needs it.
    #[inline(never)]
    pub(super) fn handle_panel(&mut self, message: FromPanel, real_ms: f64) {
        let now = self.clock.now(real_ms);
        match message {
            // The shell's.
            FromPanel::FetchDamaged { .. } | FromPanel::Bench { .. } => self.started_already(),
            // Another tab has let go of the store meanwhile: the page that asked shows it itself.
            FromPanel::HandOver { .. } => {}
            FromPanel::LeaveReal { shown_ms, real_ms: then_ms, speed } => {
                self.leave_real((shown_ms, then_ms), speed, real_ms);
            }
            FromPanel::RunFile { ticket, database, bytes } => self.run_file(ticket, database, bytes.into_vec(), now),
            FromPanel::StopFile => self.stop_file(),
            FromPanel::Load(order) => self.order_load(order, real_ms),
            FromPanel::Measure(on) => self.watch(on),
            FromPanel::Dump { ticket, database, key } => {
                let dumped = key_view::dump(self.engine.keyspace(), database, &key);
                self.outbox.push(ToPanel::Dumped { ticket, dumped }.into());
            }
            FromPanel::ShowValue(question) => self.show_value(question),
            FromPanel::ShowLayout(question) => self.layout.ask(question, self.engine.keyspace()),
            FromPanel::Edit { ticket, client, database, key, words } => {
                self.edit(ticket, client, (database, &key), words, real_ms);
            }
            FromPanel::UndoEdit { ticket, client, number } => self.undo_edit(ticket, client, number, real_ms),
            FromPanel::Export { ticket } => self.export(ticket),
            FromPanel::Import { ticket, bytes } => {
                let outcome = self.check_import(bytes.into_vec(), now);
                self.imported(ticket, outcome);
            }
            FromPanel::ConfirmImport { ticket } => {
                let outcome = self.confirm_import(now);
                self.imported(ticket, outcome);
            }
            FromPanel::UndoImport { ticket } => {
                let outcome = self.undo_import(now);
                self.imported(ticket, outcome);
            }
            FromPanel::RunBlock { client, block } => self.run_block(client, block),
            FromPanel::RunExample { client, example, transcript } => {
                self.run_example(client, example, &transcript, real_ms);
            }
            FromPanel::CheckExercise { ticket, block } => {
                let verdict = self.check_exercise(block, now);
                self.outbox.push(ToPanel::Checked { ticket, verdict }.into());
            }
            FromPanel::Traffic { block, on } => self.set_traffic(block, on, now),
            FromPanel::Commands { ticket } => {
                self.outbox.push(ToPanel::Commands { ticket, commands: reference::entries() }.into());
            }
            FromPanel::Facts { ticket, name } => {
                self.outbox.push(ToPanel::Facts { ticket, facts: reference::facts(&name) }.into());
            }
        }
    }
}
