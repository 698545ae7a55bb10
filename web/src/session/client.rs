//! One connection and its terminal.

use leptos::prelude::*;

use super::Session;
use crate::bytes::ByteBuf;
use crate::components::transcript::Transcript;
use crate::printed::{Printed, Style};
use crate::protocol::{
    Awaiting, ClientNumber, Connection, EditOutcome, FromPanel, LineHint, Ticket, ToPanel, ToWorker,
};

/// One connection and its terminal.
#[derive(Clone, Copy)]
pub struct Client {
    session: Session,
    pub number: ClientNumber,
    /// What the page calls it: the first one of a session is 1.
    pub label: u32,
    pub prompt: RwSignal<String>,
    pub database: RwSignal<u32>,
    /// What it waits for.
    pub awaiting: RwSignal<Awaiting>,
    /// How many lines have not run.
    pub waiting: RwSignal<u32>,
    /// User, name, protocol, and what it is in the middle of.
    pub connection: RwSignal<Connection>,
    /// Whether it was told last that a script can no longer be stopped.
    pub is_unkillable: RwSignal<bool>,
    pub hint: RwSignal<LineHint>,
    hint_ticket: RwSignal<Ticket>,
    pub transcript: StoredValue<Transcript, LocalStorage>,
}

impl Client {
    /// A new one, whose signals live as long as `owner`.
    pub(super) fn new(session: Session, owner: Option<Owner>, label: u32, name: &str, resp3: bool) -> Client {
        let number = session.wire.next_number();
        let known = Connection { name: name.to_owned(), resp3, ..Connection::default() };
        let client = || Client {
            session,
            number,
            label,
            prompt: RwSignal::new("127.0.0.1:6379> ".to_owned()),
            database: RwSignal::new(0),
            is_unkillable: RwSignal::new(false),
            awaiting: RwSignal::new(Awaiting::Nothing),
            waiting: RwSignal::new(0),
            connection: RwSignal::new(known),
            hint: RwSignal::new(LineHint::default()),
            hint_ticket: RwSignal::new(0),
            transcript: StoredValue::new_local(Transcript::new()),
        };
        match owner {
            Some(owner) => owner.with(client),
            None => client(),
        }
    }

    pub fn session(self) -> Session {
        self.session
    }

    /// Closes the connection; nothing can be done with it afterwards.
    pub fn close(self) {
        self.session.forget(self);
        self.session.wire.send(ToWorker::Disconnect { client: self.number });
    }

    /// What the page calls it: its own name, or a number.
    pub fn name(self) -> String {
        self.connection.with(|connection| match connection.name.as_str() {
            "" => format!("Client {}", self.label),
            name => name.to_owned(),
        })
    }

    /// Takes over what another terminal has printed.
    pub fn inherit(self, other: Client) {
        if let Some(transcript) = other.transcript.try_update_value(std::mem::take) {
            self.transcript.set_value(transcript);
            self.colour_next_frame();
        }
    }

    /// Runs lines as if they were typed.
    pub fn run(self, lines: &str) {
        self.session.wire.send(ToWorker::Lines { client: self.number, lines: lines.to_owned() });
    }

    /// Runs one command that was typed on several rows.
    pub fn run_whole(self, line: &str) {
        self.session.wire.send(ToWorker::Command { client: self.number, line: line.to_owned() });
    }

    /// Ctrl-C.
    pub fn interrupt(self) {
        self.session.wire.send(ToWorker::Interrupt { client: self.number });
    }

    /// Runs a command of an editor in this terminal, at once or not at all.
    pub fn edit(self, place: (u32, &[u8]), words: Vec<Vec<u8>>, done: impl FnOnce(EditOutcome) + 'static) {
        let (database, key) = (place.0, ByteBuf::from(place.1));
        let words = words.into_iter().map(ByteBuf::from).collect();
        let client = self.number;
        self.session.wire.ask(edited(done), |ticket| FromPanel::Edit { ticket, client, database, key, words });
    }

    /// Takes an edit back, by the number that came with it.
    pub fn undo_edit(self, number: u32, done: impl FnOnce(EditOutcome) + 'static) {
        let client = self.number;
        self.session.wire.ask(edited(done), |ticket| FromPanel::UndoEdit { ticket, client, number });
    }

    /// Runs a block of the session's lesson.
    pub fn run_block(self, block: u32) {
        self.session.lesson.forget(block);
        self.session.wire.send_for_panel(FromPanel::RunBlock { client: self.number, block });
    }

    /// Runs an example of the session's page on an empty store.
    pub fn run_example(self, example: u32, transcript: &str) {
        self.session.lesson.forget(example);
        let transcript = transcript.to_owned();
        self.session.wire.send_for_panel(FromPanel::RunExample { client: self.number, example, transcript });
    }

    /// Takes what the engine printed for it.
    pub(super) fn hear(self, printed: Printed, waiting: u32) {
        let is_unkillable = printed.has_error("UNKILLABLE");
        if self.is_unkillable.get_untracked() != is_unkillable {
            self.is_unkillable.set(is_unkillable);
        }
        self.print(printed);
        self.waiting.set(waiting);
    }

    pub(super) fn hear_hint(self, ticket: Ticket, hint: LineHint) {
        if self.hint_ticket.get_untracked() == ticket {
            self.hint.set(hint);
        }
    }

    pub(super) fn hear_connection(self, connection: Connection) {
        if self.connection.with_untracked(|known| *known != connection) {
            self.connection.set(connection);
        }
    }

    pub(super) fn hear_database(self, database: u32) {
        if self.database.get_untracked() != database {
            self.database.set(database);
        }
    }

    pub fn clear(self) {
        self.transcript.update_value(Transcript::clear);
    }

    /// Shows a note of the page in the transcript.
    pub fn note(self, text: &str) {
        self.print(Printed::of(Style::Notice, text));
    }

    fn print(self, printed: Printed) {
        if self.transcript.try_update_value(|transcript| transcript.append(printed)) == Some(true) {
            self.colour_next_frame();
        }
    }

    fn colour_next_frame(self) {
        request_animation_frame(move || {
            if self.transcript.try_update_value(Transcript::frame) == Some(true) {
                self.colour_next_frame();
            }
        });
    }

    /// Looks for what fits after an unfinished line; [`Client::hint`] gets it.
    pub fn look_for_hint(self, line: &str) {
        let ticket = self.session.wire.next_number();
        self.hint_ticket.set(ticket);
        if line.trim().is_empty() {
            self.hint.set(LineHint::default());
        } else {
            self.session.wire.send(ToWorker::Hint { client: self.number, ticket, line: line.to_owned() });
        }
    }
}

fn edited(done: impl FnOnce(EditOutcome) + 'static) -> impl FnOnce(ToPanel) + 'static {
    move |message| {
        if let ToPanel::Edited { outcome, .. } = message {
            done(outcome);
        }
    }
}
