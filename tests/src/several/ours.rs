//! Our engine in this process with several connections.

use super::{CLOSED, DISCONNECT, Heard, Stage, shown_lines};
use crate::side::{Side, now, panic_text, run_in, start};
use crate::wire::{self, Command};
use engine::{ClientId, Engine, Output};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub struct OurStage {
    engine: Engine,
    /// Asks for what the comparison wants to know.
    control: ClientId,
    clients: BTreeMap<String, ClientId>,
    seed: u64,
    answered: usize,
}

impl OurStage {
    pub fn new(seed: u64) -> Result<OurStage, String> {
        let (engine, control) = start(seed)?;
        Ok(OurStage { engine, control, clients: BTreeMap::new(), seed, answered: 0 })
    }

    fn client(&mut self, name: &str) -> ClientId {
        match self.clients.get(name) {
            Some(client) => *client,
            None => {
                let client = self.engine.connect(now());
                self.engine.describe(client, name, "here");
                self.clients.insert(name.to_owned(), client);
                client
            }
        }
    }

    fn heard(&mut self) -> Heard {
        let mut heard = Heard::new();
        while let Some(output) = self.engine.poll() {
            let (client, bytes) = match output {
                Output::Reply { client, bytes } => (client, bytes),
                Output::Close { client } => (client, CLOSED.to_vec()),
                _ => continue,
            };
            let name = self.clients.iter().find(|(_, id)| **id == client).map(|(name, _)| name.clone());
            let Some(name) = name else { continue };
            if bytes == CLOSED {
                self.clients.remove(&name);
            }
            heard.entry(name).or_default().extend(bytes);
        }
        for bytes in heard.values_mut() {
            *bytes = shown_lines(bytes, &|address| Some(address.to_owned()));
        }
        heard
    }
}

impl Stage for OurStage {
    fn clear(&mut self) -> Result<(), String> {
        self.clients.clear();
        self.reset()
    }

    fn step(&mut self, client: &str, command: &[Vec<u8>]) -> Result<Heard, String> {
        let id = self.client(client);
        if command.first().is_some_and(|word| word == DISCONNECT) {
            self.clients.remove(client);
        }
        let mut words = command.to_vec();
        for word in &mut words {
            if let [b'{', name, b'}'] = word[..] {
                let other = self.client(&char::from(name).to_string());
                *word = other.0.to_string().into_bytes();
            }
        }
        let mut bytes = Vec::new();
        wire::encode(&words, &mut bytes);
        let engine = &mut self.engine;
        catch_unwind(AssertUnwindSafe(|| {
            if command.first().is_some_and(|word| word == DISCONNECT) {
                engine.disconnect(id, now());
            } else {
                engine.receive(id, &bytes, now());
            }
        }))
        .map_err(|panic| panic_text(&*panic))?;
        Ok(self.heard())
    }

    fn lookups(&mut self) -> Result<(u64, u64), String> {
        let counters = &self.engine.keyspace().counters;
        Ok((counters.hits, counters.misses))
    }
}

impl Side for OurStage {
    fn reset(&mut self) -> Result<(), String> {
        (self.engine, self.control) = start(self.seed)?;
        Ok(())
    }

    fn reconnect(&mut self) -> Result<(), String> {
        self.engine.disconnect(self.control, now());
        self.control = self.engine.connect(now());
        Ok(())
    }

    fn run(&mut self, commands: &[Command]) -> Result<Vec<Vec<u8>>, String> {
        run_in(&mut self.engine, self.control, &mut self.answered, commands)
    }

    fn answered(&self) -> usize {
        self.answered
    }

    fn is_closed(&mut self) -> bool {
        false
    }
}
