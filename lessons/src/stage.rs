//! A stage for transcripts in this process: an engine, a clock that only the transcript moves, and a connection for
//! each client that it names. Prints as redis-cli does.
//!
//! Deterministic: the same seed, start and steps print the same.

use std::collections::BTreeMap;

use engine::resp::{self, print};
use engine::{ClientId, Engine, Options, Output, Time};

use crate::transcript::{Action, Clock, Fill, Step};

pub struct Stage {
    engine: Engine,
    clients: BTreeMap<String, ClientId>,
    /// What each client was sent and has not printed yet.
    heard: BTreeMap<ClientId, Vec<u8>>,
    now: Time,
}

impl Stage {
    pub fn new(seed: u64, now: Time) -> Result<Stage, String> {
        Stage::with_options(Options { seed, ..Options::default() }, now)
    }

    /// With settings that only a start can give, for instance.
    pub fn with_options(options: Options, now: Time) -> Result<Stage, String> {
        let engine = Engine::new(options, now).map_err(|error| error.to_string())?;
        Ok(Stage { engine, clients: BTreeMap::new(), heard: BTreeMap::new(), now })
    }

    pub fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    pub fn now(&self) -> Time {
        self.now
    }

    /// Does what the step says; what its client printed, `None` for nothing.
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
            Action::Fill(fill) => self.fill(fill).map(|()| None),
            Action::Clock(clock) => {
                self.turn(*clock);
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
        self.engine.receive(client, &resp::encode_command(words), self.now);
        self.collect();
    }

    /// From a connection of its own, so that no client's database or protocol matters.
    fn fill(&mut self, fill: &Fill) -> Result<(), String> {
        let client = self.engine.connect(self.now);
        for command in fill.commands() {
            self.send(client, &command);
            match self.printed(client, false)? {
                Some(printed) if printed.starts_with("(error)") => return Err(printed.trim_end().to_owned()),
                _ => {}
            }
        }
        self.engine.disconnect(client, self.now);
        Ok(())
    }

    fn turn(&mut self, clock: Clock) {
        match clock {
            Clock::Forward(ms) => self.now = Time(self.now.0.saturating_add(ms)),
            Clock::NextExpiry => self.now = self.engine.keyspace().next_expiry().unwrap_or(self.now).max(self.now),
            Clock::Pause | Clock::Resume => {}
        }
        self.engine.tick(self.now);
        self.collect();
    }

    fn collect(&mut self) {
        /// A script that needs more turns than this does not end by itself.
        const TURNS: usize = 200;
        for _ in 0..TURNS {
            while let Some(output) = self.engine.poll() {
                match output {
                    Output::Reply { client, bytes } => self.heard.entry(client).or_default().extend(bytes),
                    // As redis-cli does, the next command opens a new connection.
                    Output::Close { client } => self.clients.retain(|_, known| *known != client),
                    other => self.engine.answer_without_files(&other, self.now),
                }
            }
            if !self.engine.server().scripting.is_running() {
                break;
            }
            self.engine.tick(self.now);
        }
    }

    fn printed(&mut self, client: ClientId, is_report: bool) -> Result<Option<String>, String> {
        let bytes = self.heard.remove(&client).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(None);
        }
        let values = resp::parse_values(&bytes).map_err(|error| error.to_string())?;
        let values = values.ok_or_else(|| format!("not a whole reply: {}", bytes.escape_ascii()))?;
        let printed: Vec<u8> = values.iter().flat_map(if is_report { print::raw } else { print::tty }).collect();
        Ok(Some(String::from_utf8_lossy(&printed).into_owned()))
    }
}
