//! The two sides of a comparison behind one face: the real server, and ours.

use crate::client::Client;
use crate::real::RealServer;
use crate::wire::{self, Command};

/// One server with one connection to it.
pub trait Side {
    /// No data, default settings, a new connection.
    fn reset(&mut self) -> Result<(), String>;

    /// A new connection; the data stays.
    fn reconnect(&mut self) -> Result<(), String>;

    /// Runs the commands in order; one raw reply for each.
    fn run(&mut self, commands: &[Command]) -> Result<Vec<Vec<u8>>, String>;

    /// How many commands of the last, failed run were answered.
    fn answered(&self) -> usize;

    /// Whether the server has closed the connection.
    fn is_closed(&mut self) -> bool;
}

/// The settings that streams change, with the values of a fresh server.
const SETTINGS: &[(&str, &str)] = &[
    ("hash-max-listpack-entries", "128"),
    ("hash-max-listpack-value", "64"),
    ("set-max-intset-entries", "512"),
    ("zset-max-listpack-entries", "128"),
    ("zset-max-listpack-value", "64"),
    ("list-max-listpack-size", "-2"),
    ("list-compress-depth", "0"),
];

/// The real server. Keys expire when they are touched only, so that nothing depends on its timer.
pub struct Real {
    server: RealServer,
    client: Client,
    answered: usize,
}

impl Real {
    pub fn start() -> Result<Real, String> {
        let server = RealServer::start()?;
        let mut client = server.client()?;
        let reply = client.line("DEBUG SET-ACTIVE-EXPIRE 0").map_err(|error| error.to_string())?;
        if reply != b"+OK\r\n" {
            return Err(wire::show(&reply));
        }
        Ok(Real { server, client, answered: 0 })
    }
}

impl Side for Real {
    fn reset(&mut self) -> Result<(), String> {
        self.reconnect()?;
        let mut commands = vec![wire::words("FLUSHALL"), wire::words("CONFIG SET")];
        commands[1].extend(SETTINGS.iter().flat_map(|(name, value)| wire::command(&[name, value])));
        let replies = self.run(&commands)?;
        match replies.iter().find(|reply| *reply != b"+OK\r\n") {
            Some(reply) => Err(format!("reset: {}", wire::show(reply))),
            None => Ok(()),
        }
    }

    fn reconnect(&mut self) -> Result<(), String> {
        self.client = self.server.client()?;
        Ok(())
    }

    fn run(&mut self, commands: &[Command]) -> Result<Vec<Vec<u8>>, String> {
        self.answered = 0;
        let replies = self.client.pipeline(commands).map_err(|(error, replies)| {
            self.answered = replies.len();
            let command = commands.get(self.answered).cloned().unwrap_or_default();
            format!("{:.200}: {error}\n{}", crate::shrink::typed(&command), last_lines(&self.server.log(), 30))
        })?;
        Ok(replies)
    }

    fn answered(&self) -> usize {
        self.answered
    }

    fn is_closed(&mut self) -> bool {
        self.client.is_closed()
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
