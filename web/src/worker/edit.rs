//! Edits: commands that the page's editor makes. They run in a person's terminal as if they were typed there, and
//! most of them can be taken back.
//!
//! What always holds: an edit runs at once or not at all, never later behind a wait. An edit is undone only while its
//! key is as the edit left it; undoing the last edit of a key makes the one before it possible again.

use std::fmt::Write as _;

use engine::keyspace::Change;
use engine::resp::{self, Value};

use super::host::Host;
use super::inverse::{Inverse, Words, inverse};
use super::print;
use crate::bytes::ByteBuf;
use crate::protocol::{Awaiting, ClientNumber, EditOutcome, Ticket, ToPanel};

/// How many edits are remembered.
const REMEMBERED: usize = 32;
/// How much of a reply is told besides the terminal.
const TOLD_CHARACTERS: usize = 300;

/// What is known of edits.
#[derive(Debug, Default)]
pub struct Edits {
    made: Vec<Made>,
    /// Counts edits and states of keys.
    last_number: u32,
    /// The client whose replies are listened to, and what came.
    listening: Option<(ClientNumber, Vec<u8>)>,
    /// Whether the keys changed since listening began.
    changed: bool,
}

/// An edit that can be undone.
#[derive(Debug)]
struct Made {
    number: u32,
    database: u32,
    key: Vec<u8>,
    lines: Vec<Words>,
    /// The key's state before it, and after it. States are numbered; no two are taken to be equal unless an undo has
    /// led back to one.
    before: u32,
    after: u32,
    /// What the key's state is now.
    now: u32,
}

impl Edits {
    fn next_number(&mut self) -> u32 {
        self.last_number += 1;
        self.last_number
    }

    /// Takes note of a reply.
    pub fn hear(&mut self, client: Option<&ClientNumber>, bytes: &[u8]) {
        if let Some((listened, heard)) = &mut self.listening
            && client == Some(listened)
        {
            heard.extend_from_slice(bytes);
        }
    }

    /// Takes note of a change.
    pub fn follow(&mut self, change: &Change) {
        let state = self.next_number();
        let is_about = |made: &Made| {
            let database = made.database as usize;
            match change {
                Change::Key { database: of, key, class, .. } => {
                    class.is_change() && *of == database && key.as_slice() == made.key.as_slice()
                }
                Change::FieldsExpired { .. } => false,
                Change::Flushed { database: of } => *of == database,
                Change::Swapped { first, second } => *first == database || *second == database,
            }
        };
        self.changed |= !matches!(change, Change::Key { class, .. } if !class.is_change());
        for made in self.made.iter_mut().filter(|made| is_about(made)) {
            made.now = state;
        }
    }

    /// All data are others.
    pub fn forget(&mut self) {
        self.made.clear();
    }

    fn state_of(&self, database: u32, key: &[u8]) -> Option<u32> {
        self.made.iter().find(|made| made.database == database && made.key == key).map(|made| made.now)
    }

    fn set_state(&mut self, database: u32, key: &[u8], state: u32) {
        for made in self.made.iter_mut().filter(|made| made.database == database && made.key == key) {
            made.now = state;
        }
    }
}

impl Host {
    /// Runs an edit and says what became of it.
    pub(super) fn edit(
        &mut self,
        ticket: Ticket,
        client: ClientNumber,
        place: (u32, &[u8]),
        words: Vec<ByteBuf>,
        real_ms: f64,
    ) {
        let words: Words = words.into_iter().map(ByteBuf::into_vec).collect();
        let outcome = match self.why_busy(client, place.0) {
            Some(why) => EditOutcome::Busy(why),
            None => self.run_edit(client, place, words, real_ms),
        };
        self.outbox.push(ToPanel::Edited { ticket, outcome }.into());
    }

    fn run_edit(&mut self, client: ClientNumber, place: (u32, &[u8]), words: Words, real_ms: f64) -> EditOutcome {
        let (database, key) = place;
        let before_state = self.edits.state_of(database, key).unwrap_or_else(|| self.edits.next_number());
        let inverse = inverse(self.engine.keyspace(), database as usize, &words);
        let outcome = self.run_words(client, &words, real_ms);
        let reply = match outcome {
            Ok(reply) => reply,
            Err(outcome) => return outcome,
        };
        let is_there = |key: &[u8]| self.engine.keyspace().view_object(database as usize, key).is_some();
        let undo = inverse.and_then(|inverse: Inverse| inverse.lines(&reply, is_there));
        let (key, lines) = match undo {
            Ok(undo) => undo,
            Err(why) => return EditOutcome::Done(Err(why)),
        };
        let (number, after) = (self.edits.next_number(), self.edits.next_number());
        self.edits.set_state(database, &key, after);
        if self.edits.made.len() >= REMEMBERED {
            self.edits.made.remove(0);
        }
        self.edits.made.push(Made { number, database, key, lines, before: before_state, after, now: after });
        EditOutcome::Done(Ok(number))
    }

    /// Runs the commands that take an edit back.
    pub(super) fn undo_edit(&mut self, ticket: Ticket, client: ClientNumber, number: u32, real_ms: f64) {
        let outcome = self.run_undo(client, number, real_ms);
        self.outbox.push(ToPanel::Edited { ticket, outcome }.into());
    }

    fn run_undo(&mut self, client: ClientNumber, number: u32, real_ms: f64) -> EditOutcome {
        let Some(at) = self.edits.made.iter().position(|made| made.number == number) else {
            return EditOutcome::Refused("This edit is no longer remembered; nothing was undone.".to_owned());
        };
        let database = self.edits.made.get(at).map_or(0, |made| made.database);
        if let Some(why) = self.why_busy(client, database) {
            return EditOutcome::Busy(why);
        }
        if self.edits.made.get(at).is_some_and(|made| made.now != made.after) {
            return EditOutcome::Refused("The key has changed since that edit; nothing was undone.".to_owned());
        }
        let made = self.edits.made.remove(at);
        for words in &made.lines {
            if let Err(outcome) = self.run_words(client, words, real_ms) {
                return outcome;
            }
        }
        self.edits.set_state(made.database, &made.key, made.before);
        EditOutcome::Done(Err(String::new()))
    }

    /// Runs a command in a terminal that is free.
    fn run_words(&mut self, client: ClientNumber, words: &Words, real_ms: f64) -> Result<Value, EditOutcome> {
        let line = line(words);
        self.edits.listening = Some((client, Vec::new()));
        self.edits.changed = false;
        if let Some(terminal) = self.terminals.get_mut(&client) {
            terminal.enqueue(&line);
        }
        self.advance(client, real_ms);
        self.flush(client);
        self.value_changed = true;
        let heard = self.edits.listening.take().map(|(_, heard)| heard).unwrap_or_default();
        match last_reply(&heard) {
            None => Err(EditOutcome::Waiting),
            Some(reply) if reply.is_error() => Err(EditOutcome::Refused(told(&reply))),
            Some(reply) if !self.edits.changed && did_nothing(&reply) => Err(EditOutcome::Nothing(told(&reply))),
            Some(reply) => Ok(reply),
        }
    }

    /// Why nothing can run in this terminal now.
    fn why_busy(&self, client: ClientNumber, database: u32) -> Option<String> {
        let Some(terminal) = self.terminals.get(&client) else { return Some("Its client is closed.".to_owned()) };
        let why = match terminal.awaiting() {
            Awaiting::Reply { .. } => "The terminal waits for a reply. End that (Ctrl-C or Stop), then save again.",
            Awaiting::Messages => {
                "The terminal is subscribed and reads messages. Leave that (Ctrl-C), or use another client."
            }
            Awaiting::Running { .. } => {
                "The terminal runs something of its own. End that (Ctrl-C or Stop), then save again."
            }
            Awaiting::Monitor => "The terminal shows what clients run. Leave that (Ctrl-C), or use another client.",
            Awaiting::Nothing if terminal.prompt().ends_with("(TX)> ") => {
                "The terminal is inside MULTI, where this would only be queued. EXEC or DISCARD it first."
            }
            Awaiting::Nothing if terminal.waiting() > 0 => "The terminal has other lines to run first.",
            Awaiting::Nothing if self.preparation.is_some() || self.fillings.contains_key(&client) => {
                "The data are still being made."
            }
            Awaiting::Nothing if terminal.database() != database => {
                return Some(format!("The terminal is in database {}, this key in {database}.", terminal.database()));
            }
            Awaiting::Nothing => return None,
        };
        Some(why.to_owned())
    }
}

/// The last reply among what a client was sent; messages that come unasked are none.
fn last_reply(mut bytes: &[u8]) -> Option<Value> {
    let mut last = None;
    while let Ok(Some((value, length))) = resp::parse_value(bytes) {
        if !matches!(value, Value::Push(_)) {
            last = Some(value);
        }
        bytes = bytes.get(length.max(1)..).unwrap_or_default();
    }
    last
}

/// Whether a reply counts nothing.
fn did_nothing(reply: &Value) -> bool {
    match reply {
        Value::Integer(number) => *number <= 0,
        Value::Array(elements) => elements.iter().all(did_nothing),
        _ => false,
    }
}

/// A reply in one short line.
fn told(reply: &Value) -> String {
    let text = print::reply(reply).text;
    let text = text.trim_end().trim_start_matches("(error) ").replace('\n', " ");
    text.chars().take(TOLD_CHARACTERS).collect()
}

/// Words as a line that is read back as them: text stays readable, everything that cannot be seen is escaped.
fn line(words: &Words) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

fn quoted(word: &[u8]) -> String {
    if let Ok(plain) = String::from_utf8(resp::line::quote(word))
        && !plain.contains("\\x")
    {
        return plain;
    }
    let mut out = String::from("\"");
    for chunk in word.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                _ if crate::visible::is_visible(character) => out.push(character),
                _ => escape(&mut out, character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        escape(&mut out, chunk.invalid());
    }
    out.push('"');
    out
}

fn escape(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests;
