//! Transcripts played on our engine, printed by our printer. Time stands still but for the transcript's own steps.

use std::collections::HashMap;

use engine::resp::{self, print};
use engine::{ClientId, Engine, Options, Output, Time};
use lessons::transcript::{Action, Clock, Step};

use crate::side::now;
use crate::wire;

/// An engine and a connection for each client that the transcript names.
pub struct Playback {
    engine: Engine,
    clients: HashMap<String, ClientId>,
    /// What each client was sent and has not printed yet.
    waiting: HashMap<ClientId, Vec<u8>>,
    now: Time,
}

impl Playback {
    pub fn start() -> Result<Playback, String> {
        let now = now();
        let engine = Engine::new(Options { seed: 1, ..Options::default() }, now).map_err(|error| error.to_string())?;
        Ok(Playback { engine, clients: HashMap::new(), waiting: HashMap::new(), now })
    }

    pub fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// Does what the step says; what its client printed, `None` when that is nothing.
    pub fn perform(&mut self, step: &Step) -> Result<Option<String>, String> {
        match &step.action {
            Action::Command(command) => {
                let client = self.client(&command.client);
                self.send(client, &command.words);
                self.printed(client, print::is_report(&command.words))
            }
            Action::Listen { client, .. } => {
                let client = self.client(client);
                self.printed(client, false)
            }
            Action::Fill(fill) => {
                let client = self.client("@ fill");
                for command in fill.commands() {
                    self.send(client, &command);
                    let printed = self.printed(client, false)?.unwrap_or_default();
                    if printed.starts_with("(error)") {
                        return Err(printed);
                    }
                }
                Ok(None)
            }
            Action::Clock(clock) => {
                match clock {
                    Clock::Forward(ms) => self.now.0 += ms,
                    Clock::NextExpiry => {
                        let next = self.engine.keyspace().next_expiry().unwrap_or(self.now);
                        self.now = self.now.max(Time(next.0 + 1));
                    }
                    Clock::Pause | Clock::Resume => {}
                }
                self.engine.tick(self.now);
                self.collect();
                Ok(None)
            }
        }
    }

    fn client(&mut self, name: &str) -> ClientId {
        match self.clients.get(name) {
            Some(client) => *client,
            None => {
                let client = self.engine.connect(self.now);
                self.clients.insert(name.to_owned(), client);
                client
            }
        }
    }

    fn send(&mut self, client: ClientId, words: &[Vec<u8>]) {
        let mut bytes = Vec::new();
        wire::encode(words, &mut bytes);
        self.engine.receive(client, &bytes, self.now);
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Reply { client, bytes } => self.waiting.entry(client).or_default().extend(bytes),
                // As redis-cli does, the next command opens a new connection.
                Output::Close { client } => self.clients.retain(|_, known| *known != client),
                Output::Append(_) | Output::Event(_) => {}
                Output::Save(_) => self.engine.saved(true, self.now),
            }
        }
    }

    fn printed(&mut self, client: ClientId, report: bool) -> Result<Option<String>, String> {
        let bytes = self.waiting.remove(&client).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(None);
        }
        let values = resp::parse_values(&bytes).map_err(|error| format!("{error:?}"))?;
        let values = values.ok_or_else(|| format!("not a whole reply: {}", wire::show(&bytes)))?;
        let printed: Vec<u8> = values.iter().flat_map(if report { print::raw } else { print::tty }).collect();
        Ok(Some(String::from_utf8_lossy(&printed).into_owned()))
    }
}
