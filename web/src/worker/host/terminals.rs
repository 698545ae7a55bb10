//! The page's clients: their connections, their lines, and what they print.

use engine::ClientId;
use engine::base::Time;
use engine::command::usage::Piece;

use super::Host;
use crate::facts::{SyntaxPiece, TypedCommand};
use crate::file_run::Stopped;
use crate::printed::Style;
use crate::protocol::{Awaiting, ClientNumber, FromWorker, LineHint, MAX_LINES_BYTES, Ticket, ToPanel};
use crate::worker::terminal::{Step, Terminal};
use crate::worker::{complete, connection};

/// How many lines run between two looks at the time.
const LINES_PER_LOOK: usize = 16;
/// How much text is printed before it is sent on. The page colours each piece in one go, so pieces are small.
const MAX_PRINTED_BYTES: usize = 4 * 1024;
/// More clients than anyone looks at.
const MAX_CLIENTS: usize = 64;

impl Host {
    pub(super) fn connect(&mut self, client: ClientNumber, name: &str, resp3: bool, now: Time) {
        if self.terminals.contains_key(&client) {
            return self.problem(format!("Client {client} is connected already."));
        }
        if self.owners.len() >= MAX_CLIENTS {
            return self.problem(format!("More than {MAX_CLIENTS} clients."));
        }
        let id = self.open(client, now);
        let mut terminal = Terminal::new(client, id, self.lesson.is_some() || self.examples);
        terminal.introduce(name.as_bytes(), resp3);
        terminal.lend_clock(self.elapsed_ms);
        self.terminals.insert(client, terminal);
    }

    pub(in crate::worker) fn open(&mut self, client: ClientNumber, now: Time) -> ClientId {
        let id = self.engine.connect(now);
        // Ports as a system would give them, so that CLIENT LIST reads as it does elsewhere.
        let port = 50_000u64.saturating_add(id.0) % 65_536;
        self.engine.describe(id, &format!("127.0.0.1:{port}"), "127.0.0.1:6379");
        self.owners.insert(id, client);
        id
    }

    pub(super) fn disconnect(&mut self, client: ClientNumber, now: Time) {
        let Some(Terminal { client: id, .. }) = self.terminals.remove(&client) else { return self.unknown(client) };
        self.stop_filling(client, now);
        self.prompts.remove(&client);
        self.owners.remove(&id);
        self.engine.disconnect(id, now);
        self.drain(now);
    }

    pub(super) fn interrupt(&mut self, client: ClientNumber, now: Time) {
        self.stop_filling(client, now);
        let Some(terminal) = self.terminals.get_mut(&client) else { return self.unknown(client) };
        if terminal.interrupt() {
            self.reconnect(client, now);
        }
    }

    fn reconnect(&mut self, client: ClientNumber, now: Time) {
        let Some(old) = self.terminals.get(&client).map(|terminal| terminal.client) else { return };
        if self.owners.remove(&old).is_some() {
            self.engine.disconnect(old, now);
        }
        let id = self.open(client, now);
        if let Some(terminal) = self.terminals.get_mut(&client) {
            terminal.reconnected(id);
        }
        self.drain(now);
    }

    pub(super) fn take_lines(&mut self, client: ClientNumber, lines: &str) {
        match self.terminals.get_mut(&client) {
            Some(_) if lines.len() > MAX_LINES_BYTES => {
                self.problem(format!("More than {} MB at once.", MAX_LINES_BYTES >> 20));
            }
            Some(terminal) => terminal.enqueue(lines),
            None => self.unknown(client),
        }
    }

    pub(super) fn take_command(&mut self, client: ClientNumber, line: String) {
        match self.terminals.get_mut(&client) {
            Some(terminal) => terminal.enqueue_whole(line),
            None => self.unknown(client),
        }
    }

    /// What fits after an unfinished line: as redis-cli says, and names that are there.
    pub(super) fn hint(&mut self, client: ClientNumber, ticket: Ticket, line: &str) {
        let hint = engine::hint(line);
        let piece = |piece: Piece| SyntaxPiece { text: piece.text, current: piece.current };
        let command = hint.subject.map(|subject| TypedCommand {
            name: subject.name,
            arguments: subject.arguments.into_iter().map(piece).collect(),
        });
        let terminal = self.terminals.get(&client);
        let database = terminal.map(Terminal::database).unwrap_or_default();
        let text = if terminal.is_none_or(|terminal| terminal.hints) { hint.text } else { String::new() };
        let completions = match hint.completions.is_empty() {
            true => complete::completions(line, &self.engine, database),
            false => hint.completions,
        };
        let hint = LineHint { hint: text, completions, command };
        self.outbox.push(FromWorker::Hint { client, ticket, hint });
    }

    /// Runs some lines of one terminal; whether it has more that can run now.
    pub(in crate::worker) fn advance(&mut self, number: ClientNumber, real_ms: f64) -> bool {
        for _ in 0..LINES_PER_LOOK {
            // Asked each time: a step of a lesson may turn the clock.
            let now = self.clock.now(real_ms);
            if self.go_on_filling(number, now) {
                return true;
            }
            let Some(terminal) = self.terminals.get_mut(&number) else { return false };
            match terminal.step(now) {
                Step::Wait => return false,
                Step::Done => {}
                Step::Send(bytes) => {
                    let (client, began) = (terminal.client, (self.elapsed_ms)());
                    self.engine.receive(client, &bytes, now);
                    self.note_busy(began);
                    self.drain(now);
                    self.layout.name_command(&bytes);
                }
                Step::Close => {
                    let client = terminal.client;
                    self.owners.remove(&client);
                    self.engine.disconnect(client, now);
                    self.drain(now);
                }
                Step::Reconnect => self.reconnect(number, now),
                Step::Perform(step) => self.perform(number, &step, real_ms),
                Step::Clear => {
                    self.flush(number);
                    self.outbox.push(FromWorker::Clear { client: number });
                }
            }
            self.flush_if_long(number);
        }
        true
    }

    pub(super) fn reply(&mut self, client: ClientId, bytes: Vec<u8>, now: Time) {
        if self.file_reply(client, &bytes) {
            return;
        }
        self.edits.hear(self.owners.get(&client), &bytes);
        let terminal = match self.owners.get(&client) {
            Some(number) => self.terminals.get_mut(number),
            None => self.side_clients.values_mut().find(|terminal| terminal.client == client),
        };
        if let Some(terminal) = terminal {
            terminal.receive(&bytes, now);
            if let Some(client) = self.engine.server().clients.get(client) {
                terminal.note(&client.name, client.reply.resp3);
            }
        } else if let Some(load) = self.load.as_mut().filter(|load| load.is_client(client)) {
            load.heard(&bytes);
        }
    }

    pub(super) fn closed(&mut self, client: ClientId) {
        if let Some(file) = self.file.as_mut().filter(|file| file.batch.client == client) {
            file.batch.stop(Stopped::Closed);
        }
        // The next step that names it opens a new one.
        self.side_clients.retain(|_, terminal| terminal.client != client);
        let terminal = self.owners.remove(&client).and_then(|number| self.terminals.get_mut(&number));
        if let Some(terminal) = terminal {
            terminal.closed();
        }
    }

    fn flush_if_long(&mut self, number: ClientNumber) {
        if self.terminals.get(&number).is_some_and(|terminal| terminal.printed_len() > MAX_PRINTED_BYTES) {
            self.flush(number);
        }
    }

    /// Sends on what a terminal printed, and its prompt if that changed.
    pub(in crate::worker) fn flush(&mut self, number: ClientNumber) {
        let Some(terminal) = self.terminals.get_mut(&number) else { return };
        let printed = terminal.take_printed();
        let waiting = terminal.waiting() as u32;
        if !printed.is_empty() {
            self.outbox.push(FromWorker::Printed { client: number, printed, waiting });
        }
        self.outbox.extend(terminal.take_reports().into_iter().map(|report| ToPanel::Stepped(report).into()));
        let connection = connection::of(self.engine.server().clients.get(terminal.client), terminal);
        // Of a run of many lines the count goes with what they print; while one of them waits, it is told as it grows.
        let told = if terminal.awaiting() == Awaiting::Nothing { waiting.min(1) } else { waiting };
        let state = (terminal.prompt(), terminal.awaiting(), told, connection);
        if self.prompts.get(&number) != Some(&state) {
            self.prompts.insert(number, state.clone());
            let (prompt, awaiting, _, connection) = state;
            let database = terminal.database();
            self.outbox.push(FromWorker::Prompt { client: number, prompt, database, awaiting, waiting, connection });
        }
    }

    /// Says something in every terminal.
    pub fn announce(&mut self, text: &str) {
        for terminal in self.terminals.values_mut() {
            terminal.print(Style::Notice, text);
        }
    }
}
